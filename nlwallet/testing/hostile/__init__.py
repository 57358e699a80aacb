"""The hostile wallet: it answers a relying party as an attacker would, one case at a time.

:func:`attacks` are the cases, :class:`HostileWallet` runs them against a :class:`RelyingPartyUnderTest`.
:class:`HostileParties` runs those of ``attacks("wallet")`` against a :class:`WalletUnderTest`.
"""

from nlwallet.testing.hostile.attack import Attack, Role, Severity
from nlwallet.testing.hostile.attack_report import AttackReport
from nlwallet.testing.hostile.attempt import PATIENCE
from nlwallet.testing.hostile.cases import attacks
from nlwallet.testing.hostile.hostile_issuer import HostileIssuer
from nlwallet.testing.hostile.hostile_parties import (
    HONEST_OFFER,
    HONEST_PID,
    HONEST_REQUEST,
    HostileParties,
)
from nlwallet.testing.hostile.hostile_relying_party import HostileRelyingParty
from nlwallet.testing.hostile.hostile_wallet import HONEST, HostileWallet
from nlwallet.testing.hostile.outside import Outside
from nlwallet.testing.hostile.party import (
    BrowserSession,
    CallableParty,
    PartySession,
    RelyingPartyUnderTest,
    SessionOutcome,
    SpeaksDcApi,
    VerifierParty,
)
from nlwallet.testing.hostile.report_html import html_page
from nlwallet.testing.hostile.report_junit import junit_xml
from nlwallet.testing.hostile.report_sarif import sarif_log
from nlwallet.testing.hostile.trust_folder import write_trust
from nlwallet.testing.hostile.verdict import AttackResult, Verdict
from nlwallet.testing.hostile.wallet_elsewhere import CommandWallet, UrlWallet
from nlwallet.testing.hostile.wallet_party import OwnWallet, WalletOutcome, WalletUnderTest
from nlwallet.testing.hostile.web_party import CommandParty, EuVerifierParty, NlVerifierParty, WebParty

__all__ = [
    "HONEST",
    "HONEST_OFFER",
    "HONEST_PID",
    "HONEST_REQUEST",
    "PATIENCE",
    "Attack",
    "AttackReport",
    "AttackResult",
    "BrowserSession",
    "CallableParty",
    "CommandParty",
    "CommandWallet",
    "EuVerifierParty",
    "HostileIssuer",
    "HostileParties",
    "HostileRelyingParty",
    "HostileWallet",
    "NlVerifierParty",
    "Outside",
    "OwnWallet",
    "PartySession",
    "RelyingPartyUnderTest",
    "Role",
    "SessionOutcome",
    "Severity",
    "SpeaksDcApi",
    "UrlWallet",
    "Verdict",
    "VerifierParty",
    "WalletOutcome",
    "WalletUnderTest",
    "WebParty",
    "attacks",
    "html_page",
    "junit_xml",
    "sarif_log",
    "write_trust",
]
