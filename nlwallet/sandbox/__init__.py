"""All roles wired together, in process or on loopback ports, and the pilots to walk through."""

from nlwallet.sandbox.attestation_server import AttestationServer
from nlwallet.sandbox.disclosure_based_issuance import DisclosureBasedIssuance, IssuanceState, IssuanceStatus
from nlwallet.sandbox.hierarchy import Hierarchy, HierarchyNames, HierarchySigner
from nlwallet.sandbox.hierarchy_files import read_anchor_folder, read_hierarchy, write_hierarchy
from nlwallet.sandbox.hosting import Hosting, InProcess
from nlwallet.sandbox.issuable_document import IssuableDocument, parse_issuable_documents
from nlwallet.sandbox.issuance_server import IssuanceServer
from nlwallet.sandbox.pilot import Pilot
from nlwallet.sandbox.pilot_file import read_pilot
from nlwallet.sandbox.pilot_run import PilotRun, run_pilot
from nlwallet.sandbox.pilots import PILOTS, pilot, pilot_text
from nlwallet.sandbox.sandbox import Sandbox
from nlwallet.sandbox.verification_servers import SandboxVerificationServer
from nlwallet.sandbox.walkthrough import Citizen, Decision, Step, careful_citizen, walk
from nlwallet.sandbox.wire import Exchange, Wire

__all__ = [
    "PILOTS",
    "AttestationServer",
    "Citizen",
    "Decision",
    "DisclosureBasedIssuance",
    "Exchange",
    "Hierarchy",
    "HierarchyNames",
    "HierarchySigner",
    "Hosting",
    "InProcess",
    "IssuableDocument",
    "IssuanceServer",
    "IssuanceState",
    "IssuanceStatus",
    "Pilot",
    "PilotRun",
    "Sandbox",
    "SandboxVerificationServer",
    "Step",
    "Wire",
    "careful_citizen",
    "parse_issuable_documents",
    "pilot",
    "pilot_text",
    "read_anchor_folder",
    "read_hierarchy",
    "read_pilot",
    "run_pilot",
    "walk",
    "write_hierarchy",
]
