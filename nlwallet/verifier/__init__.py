"""The relying party: requests, QR codes, sessions, verification, and the HTTP face that wallets see."""

from nlwallet.verifier.disclosed import disclosed_attestations
from nlwallet.verifier.intermediary import Intermediary
from nlwallet.verifier.presentation import Provenance, VerifiedPresentation
from nlwallet.verifier.proximity import ProximityReading
from nlwallet.verifier.request import CROSS_DEVICE_LABEL, BrowserRequest, PresentationRequest, RequestWarning
from nlwallet.verifier.result import PresentationResult, Status, VerificationReport
from nlwallet.verifier.role import Verifier
from nlwallet.verifier.session import Flow, Session
from nlwallet.verifier.status_check import StatusLists
from nlwallet.verifier.store import InMemorySessionStore, SessionStore
from nlwallet.verifier.trust_policy import TrustPolicy
from nlwallet.verifier.verification import Expectations, UnverifiedResponse

__all__ = [
    "CROSS_DEVICE_LABEL",
    "BrowserRequest",
    "Expectations",
    "Flow",
    "InMemorySessionStore",
    "Intermediary",
    "PresentationRequest",
    "PresentationResult",
    "Provenance",
    "ProximityReading",
    "RequestWarning",
    "Session",
    "SessionStore",
    "Status",
    "StatusLists",
    "TrustPolicy",
    "UnverifiedResponse",
    "VerificationReport",
    "VerifiedPresentation",
    "Verifier",
    "disclosed_attestations",
]
