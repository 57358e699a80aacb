"""The wallet: keeps cards, asks its holder before anything leaves it, and answers requests.

:class:`Wallet` is the role. What it shows is a :class:`ConsentPrompt`; all its words are in
:mod:`nlwallet.holder.texts`.
"""

from nlwallet.holder.card_status import CardStatus
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
from nlwallet.holder.file_vault import FileVault
from nlwallet.holder.issuance import CardLine, Offer, OfferedCard, Received, ReceivedCard
from nlwallet.holder.keys import KeyStore, SoftwareKeys
from nlwallet.holder.log import Counterparty, LogEntry, LoggedClaim, LogOutcome
from nlwallet.holder.offer_notice import OfferNotice
from nlwallet.holder.offer_prompt import OfferPrompt
from nlwallet.holder.prompt import ConsentPrompt
from nlwallet.holder.received_cards import ReceivedCards
from nlwallet.holder.running_low import RenewalDue
from nlwallet.holder.session import Outcome
from nlwallet.holder.texts import Language
from nlwallet.holder.trouble import what_went_wrong
from nlwallet.holder.vault import Card, CardStore, MemoryVault
from nlwallet.holder.wallet import Wallet

__all__ = [
    "Agreement",
    "Card",
    "CardLine",
    "CardStatus",
    "CardStore",
    "ClaimName",
    "Consent",
    "ConsentPrompt",
    "ConsentWarning",
    "Counterparty",
    "FileVault",
    "KeyStore",
    "Language",
    "LogEntry",
    "LogOutcome",
    "LoggedClaim",
    "MemoryVault",
    "Offer",
    "OfferNotice",
    "OfferPrompt",
    "OfferedCard",
    "Outcome",
    "OverAsking",
    "Received",
    "ReceivedCard",
    "ReceivedCards",
    "RenewalDue",
    "Requester",
    "SharedCard",
    "SharedClaim",
    "SoftwareKeys",
    "Wallet",
    "what_went_wrong",
]
