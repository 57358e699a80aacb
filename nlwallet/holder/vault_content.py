"""What is in the file of a wallet once it is open: records of everything, and which keys they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from nlwallet.crypto import SealingKey, SigningKey
from nlwallet.encoding import b64url_decode
from nlwallet.errors import InvalidVault, NlWalletError
from nlwallet.holder.belongings import Belongings
from nlwallet.holder.keys import KeyStore
from nlwallet.holder.log import LogEntry, entry_of
from nlwallet.holder.vault import Card
from nlwallet.holder.vault_cards import Keys, Record, card_of, card_record, key_id
from nlwallet.holder.vault_records import (
    keys_of_session,
    promise_record,
    renewal_record,
    told_record,
    types_record,
)
from nlwallet.sdjwt import TypeMetadataRegistry

_Read = TypeVar("_Read")

EMPTY: Final[Record] = {
    "cards": [],
    "log": [],
    "promised": [],
    "renewals": {},
    "types": [],
    "anchors": {},
    "tls_anchors": "",
    "notes": {},
}
"""A new wallet."""

ADDED: Final[Record] = {"told_to_browser": None}
"""What files of before do not have, with what that means."""


def content_of(
    rest: Record,
    cards: Sequence[Card],
    log: Sequence[LogEntry],
    belongings: Belongings | None,
    *,
    learned_beside: TypeMetadataRegistry | None,
) -> tuple[Record, dict[str, SigningKey]]:
    """Everything but the keys, and the keys that it needs; ``rest`` as it is where nothing else says better.

    ``learned_beside``: the types that the wallet knew when it was opened; those are not written down.
    """
    content: Record = {
        **rest,
        "cards": [card_record(card) for card in cards],
        "log": [entry.as_dict() for entry in log],
    }
    keys = [copy.key for card in cards for copy in card.copies.all]
    if belongings is not None and learned_beside is not None:
        promised, renewals = belongings.promised, belongings.renewals
        content["types"] = types_record(belongings.types, learned_beside)
        content["promised"] = [promise_record(one) for one in promised]
        content["told_to_browser"] = told_record(belongings.told_to_browser)
        content["renewals"] = {card: renewal_record(one) for card, one in renewals.items()}
        keys += [key for one in promised for key in one.keys]
        for session in (*(one.session for one in promised), *(one.session for one in renewals.values())):
            keys += keys_of_session(session)
    return content, {key_id(key): key for key in keys}


def check_parts(content: Record) -> None:
    """Raises ``KeyError`` or ``TypeError`` when a part is missing, or is something else."""
    for name, empty in EMPTY.items():
        if type(content[name]) is not type(empty):
            raise TypeError(name)


def cards_of(content: Record, keys: Keys) -> list[Card]:
    """The cards, oldest first."""
    return [card_of(record, keys) for record in content["cards"]]


def log_of(content: Record) -> list[LogEntry]:
    """The transaction log, oldest entry first."""
    return [entry_of(record) for record in content["log"]]


def keys_of(content: Record, keys: KeyStore, under: SealingKey) -> Sequence[SigningKey]:
    """The keys."""
    return keys.unsealed(b64url_decode(content["keys"]), under=under)


def readable(read: Callable[[], _Read]) -> _Read:
    """What the content says. Raises :class:`~nlwallet.errors.InvalidVault`: the wallet that wrote it was another."""
    try:
        return read()
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, NlWalletError) as error:
        code = error.code if isinstance(error, NlWalletError) else type(error).__name__
        raise InvalidVault(
            f"the content of the wallet cannot be read: {code}",
            code="vault_unreadable",
            hint="use the nlwallet that wrote it",
        ) from None
