"""The role that gives credentials to wallets; with the NL PID and invented people to give it to."""

from nlwallet.issuer.bsn import check_bsn, check_test_bsn
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.offers import IssuedOffer
from nlwallet.issuer.personas import persona, persona_names
from nlwallet.issuer.pid import NL_PID, pid_claims, pid_configuration
from nlwallet.issuer.role import Issuer

__all__ = [
    "NL_PID",
    "CredentialConfiguration",
    "IssuedOffer",
    "Issuer",
    "check_bsn",
    "check_test_bsn",
    "persona",
    "persona_names",
    "pid_claims",
    "pid_configuration",
]
