"""All roles wired together, in process or on loopback ports, and the pilots to walk through."""

from typing import TYPE_CHECKING

from nlwallet.front_door import front_door

if TYPE_CHECKING:
    from nlwallet.sandbox.attestation_server import AttestationServer
    from nlwallet.sandbox.disclosure_based_issuance import (
        DisclosureBasedIssuance,
        IssuanceState,
        IssuanceStatus,
    )
    from nlwallet.sandbox.hierarchy import Hierarchy, HierarchyNames, HierarchySigner
    from nlwallet.sandbox.hierarchy_files import read_anchor_folder, read_hierarchy, write_hierarchy
    from nlwallet.sandbox.hosting import Hosting, InProcess
    from nlwallet.sandbox.issuable_document import IssuableDocument, parse_issuable_documents
    from nlwallet.sandbox.issuance_server import IssuanceServer
    from nlwallet.sandbox.pilot_file import read_pilot
    from nlwallet.sandbox.pilot_run import PilotRun, run_pilot
    from nlwallet.sandbox.pilot_scenario import Pilot
    from nlwallet.sandbox.pilots import PILOTS, pilot, pilot_text
    from nlwallet.sandbox.sandbox import Sandbox
    from nlwallet.sandbox.verification_servers import SandboxVerificationServer
    from nlwallet.sandbox.walkthrough import Citizen, Decision, Step, careful_citizen, walk
    from nlwallet.sandbox.wire import Exchange, Wire
else:
    __getattr__, __dir__ = front_door(
        __name__,
        {
            "nlwallet.sandbox.attestation_server": ("AttestationServer",),
            "nlwallet.sandbox.disclosure_based_issuance": (
                "DisclosureBasedIssuance",
                "IssuanceState",
                "IssuanceStatus",
            ),
            "nlwallet.sandbox.hierarchy": ("Hierarchy", "HierarchyNames", "HierarchySigner"),
            "nlwallet.sandbox.hierarchy_files": ("read_anchor_folder", "read_hierarchy", "write_hierarchy"),
            "nlwallet.sandbox.hosting": ("Hosting", "InProcess"),
            "nlwallet.sandbox.issuable_document": ("IssuableDocument", "parse_issuable_documents"),
            "nlwallet.sandbox.issuance_server": ("IssuanceServer",),
            "nlwallet.sandbox.pilot_scenario": ("Pilot",),
            "nlwallet.sandbox.pilot_file": ("read_pilot",),
            "nlwallet.sandbox.pilot_run": ("PilotRun", "run_pilot"),
            "nlwallet.sandbox.pilots": ("PILOTS", "pilot", "pilot_text"),
            "nlwallet.sandbox.sandbox": ("Sandbox",),
            "nlwallet.sandbox.verification_servers": ("SandboxVerificationServer",),
            "nlwallet.sandbox.walkthrough": ("Citizen", "Decision", "Step", "careful_citizen", "walk"),
            "nlwallet.sandbox.wire": ("Exchange", "Wire"),
        },
    )

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
