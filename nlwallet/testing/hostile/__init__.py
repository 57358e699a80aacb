"""The hostile wallet: it answers a relying party as an attacker would, one case at a time.

:func:`attacks` are the cases, :class:`HostileWallet` runs them against a :class:`RelyingPartyUnderTest`.
"""

from nlwallet.testing.hostile.attack import Attack, Role, Severity
from nlwallet.testing.hostile.cases import attacks
from nlwallet.testing.hostile.hostile_wallet import HONEST, HostileWallet
from nlwallet.testing.hostile.party import (
    CallableParty,
    PartySession,
    RelyingPartyUnderTest,
    SessionOutcome,
    VerifierParty,
)
from nlwallet.testing.hostile.verdict import AttackResult, Verdict

__all__ = [
    "HONEST",
    "Attack",
    "AttackResult",
    "CallableParty",
    "HostileWallet",
    "PartySession",
    "RelyingPartyUnderTest",
    "Role",
    "SessionOutcome",
    "Severity",
    "Verdict",
    "VerifierParty",
    "attacks",
]
