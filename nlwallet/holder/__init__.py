"""The wallet: keeps cards, asks its holder before anything leaves it, and answers requests.

:class:`Wallet` is the role. What it shows is a :class:`ConsentPrompt`; all its words are in
:mod:`nlwallet.holder.texts`.
"""

from nlwallet.holder.card_notice import CardNotice, CardWatch
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
from nlwallet.holder.contact import Channel
from nlwallet.holder.draft import Attachment, Draft
from nlwallet.holder.examine import OverAsking
from nlwallet.holder.file_vault import FileVault
from nlwallet.holder.history import GivenClaim, SharedWith
from nlwallet.holder.issuance import CardLine, Offer, OfferedCard, Received, ReceivedCard
from nlwallet.holder.issuer_visit import IssuerVisit
from nlwallet.holder.keys import KeyStore, SoftwareKeys
from nlwallet.holder.log import Counterparty, LogEntry, LoggedClaim, LoggedIntermediary, LogOutcome
from nlwallet.holder.log_import import read_transaction_log
from nlwallet.holder.log_removal import LogRemoval
from nlwallet.holder.offer_notice import OfferNotice
from nlwallet.holder.offer_prompt import OfferPrompt
from nlwallet.holder.present_type import PresentType
from nlwallet.holder.prompt import ConsentPrompt
from nlwallet.holder.proximity import DeviceProof, ProximityPresentation
from nlwallet.holder.received_cards import ReceivedCards
from nlwallet.holder.report_draft import AUTORITEIT_PERSOONSGEGEVENS, EDPB_MEMBERS, Authority
from nlwallet.holder.running_low import RenewalDue
from nlwallet.holder.session import Outcome
from nlwallet.holder.texts import Language
from nlwallet.holder.trouble import what_went_wrong
from nlwallet.holder.vault import Card, CardStore, MemoryVault
from nlwallet.holder.wallet import Wallet

__all__ = [
    "AUTORITEIT_PERSOONSGEGEVENS",
    "EDPB_MEMBERS",
    "Agreement",
    "Attachment",
    "Authority",
    "Card",
    "CardLine",
    "CardNotice",
    "CardStatus",
    "CardStore",
    "CardWatch",
    "Channel",
    "ClaimName",
    "Consent",
    "ConsentPrompt",
    "ConsentWarning",
    "Counterparty",
    "DeviceProof",
    "Draft",
    "FileVault",
    "GivenClaim",
    "IssuerVisit",
    "KeyStore",
    "Language",
    "LogEntry",
    "LogOutcome",
    "LogRemoval",
    "LoggedClaim",
    "LoggedIntermediary",
    "MemoryVault",
    "Offer",
    "OfferNotice",
    "OfferPrompt",
    "OfferedCard",
    "Outcome",
    "OverAsking",
    "PresentType",
    "ProximityPresentation",
    "Received",
    "ReceivedCard",
    "ReceivedCards",
    "RenewalDue",
    "Requester",
    "SharedCard",
    "SharedClaim",
    "SharedWith",
    "SoftwareKeys",
    "Wallet",
    "read_transaction_log",
    "what_went_wrong",
]
