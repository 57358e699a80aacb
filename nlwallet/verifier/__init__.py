"""The relying party: requests, QR codes, sessions, verification, and the HTTP face that wallets see."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from nlwallet.verifier.session_sql import SqlSessionStore

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
    "SqlSessionStore",
    "Status",
    "StatusLists",
    "TrustPolicy",
    "UnverifiedResponse",
    "VerificationReport",
    "VerifiedPresentation",
    "Verifier",
    "disclosed_attestations",
]


_NEED_A_DATABASE = {
    "SqlSessionStore": "nlwallet.verifier.session_sql",
}


def __getattr__(name: str) -> Any:
    # Only who keeps things in a database needs SQLAlchemy; the first of these says so where it is missing.
    if name not in _NEED_A_DATABASE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_module("nlwallet.store")
    return getattr(import_module(_NEED_A_DATABASE[name]), name)
