"""The role that gives credentials to wallets; with the NL PID and invented people to give it to."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nlwallet.issuer.attributes import AttributesFunction
from nlwallet.issuer.authorization_page import Login
from nlwallet.issuer.bsn import check_bsn, check_test_bsn
from nlwallet.issuer.cards import ReadyMadeCard, card, card_names, cards_of
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.eu_pid import (
    EU_PID_VCT,
    eu_pid_claims,
    eu_pid_configuration,
    eu_pid_configurations,
)
from nlwallet.issuer.issued_credential import DocumentSigner
from nlwallet.issuer.issuer_memory import InMemoryIssuerStore
from nlwallet.issuer.issuer_store import IssuerStore
from nlwallet.issuer.metadata import IssuerDisplay, MetadataSigner
from nlwallet.issuer.offers import IssuableCredential, IssuedOffer, OfferStatus
from nlwallet.issuer.personas import persona, persona_names
from nlwallet.issuer.pid import NL_PID, pid_claims, pid_configuration
from nlwallet.issuer.prerequisites import SignsAs
from nlwallet.issuer.revocation_face import revocation_app
from nlwallet.issuer.role import Issuer
from nlwallet.issuer.status import StatusLists, StatusSeries
from nlwallet.issuer.status_store import InMemoryStatusStore, StatusStore

if TYPE_CHECKING:
    from nlwallet.issuer.issuer_sql import SqlIssuerStore
    from nlwallet.issuer.status_sql import SqlStatusStore

__all__ = [
    "EU_PID_VCT",
    "NL_PID",
    "AttributesFunction",
    "CredentialConfiguration",
    "DocumentSigner",
    "InMemoryIssuerStore",
    "InMemoryStatusStore",
    "IssuableCredential",
    "IssuedOffer",
    "Issuer",
    "IssuerDisplay",
    "IssuerStore",
    "Login",
    "MetadataSigner",
    "OfferStatus",
    "ReadyMadeCard",
    "SignsAs",
    "SqlIssuerStore",
    "SqlStatusStore",
    "StatusLists",
    "StatusSeries",
    "StatusStore",
    "card",
    "card_names",
    "cards_of",
    "check_bsn",
    "check_test_bsn",
    "eu_pid_claims",
    "eu_pid_configuration",
    "eu_pid_configurations",
    "persona",
    "persona_names",
    "pid_claims",
    "pid_configuration",
    "revocation_app",
]


_NEED_A_DATABASE = {
    "SqlIssuerStore": "nlwallet.issuer.issuer_sql",
    "SqlStatusStore": "nlwallet.issuer.status_sql",
}


def __getattr__(name: str) -> Any:
    # Only who keeps things in a database needs SQLAlchemy; the first of these says so where it is missing.
    if name not in _NEED_A_DATABASE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_module("nlwallet.store")
    return getattr(import_module(_NEED_A_DATABASE[name]), name)
