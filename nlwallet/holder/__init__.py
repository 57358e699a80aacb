"""The wallet: keeps cards, asks its holder before anything leaves it, and answers requests.

:class:`Wallet` is the role. What it shows is a :class:`ConsentPrompt`; all its words are in
:mod:`nlwallet.holder.texts`.
"""

from nlwallet.holder.consent import (
    Agreement,
    ClaimName,
    Consent,
    ConsentWarning,
    Requester,
    SharedCard,
    SharedClaim,
)
from nlwallet.holder.examine import OverAsking
from nlwallet.holder.log import Counterparty, LogEntry, LoggedClaim, LogOutcome
from nlwallet.holder.prompt import ConsentPrompt
from nlwallet.holder.session import Outcome
from nlwallet.holder.texts import Language
from nlwallet.holder.trouble import what_went_wrong
from nlwallet.holder.vault import Card, CardStore, MemoryVault
from nlwallet.holder.wallet import Wallet

__all__ = [
    "Agreement",
    "Card",
    "CardStore",
    "ClaimName",
    "Consent",
    "ConsentPrompt",
    "ConsentWarning",
    "Counterparty",
    "Language",
    "LogEntry",
    "LogOutcome",
    "LoggedClaim",
    "MemoryVault",
    "Outcome",
    "OverAsking",
    "Requester",
    "SharedCard",
    "SharedClaim",
    "Wallet",
    "what_went_wrong",
]
