"""The cards of the holder, and where they are kept: a small protocol, and one store in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import PrivateKey
from nlwallet.errors import LocalError
from nlwallet.sdjwt import SdJwtVc


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """A credential that was verified before it came here, with the key that it is bound to."""

    id: str
    """Ours, random; it never leaves the wallet."""
    format: str
    types: tuple[str, ...]
    """Its type and the types that it extends, the most specific first."""
    claims: Mapping[str, Any] = field(repr=False)
    """What the card says about the holder, without the members that concern the credential itself."""
    issuer: str
    """Name of the issuer: organisation in its certificate, else its common name."""
    received_at: int
    expires_at: int | None
    always_shared: tuple[ClaimPath, ...] = ()
    """Claims that are no disclosures: whoever sees the card sees them."""
    authority_key_ids: frozenset[bytes] = frozenset()
    """Of the certificates in the issuer's chain, for trusted authorities of the kind ``aki``."""
    credential: SdJwtVc = field(repr=False, kw_only=True)
    key: PrivateKey = field(repr=False, kw_only=True)

    @property
    def type(self) -> str:
        """The ``vct`` of the credential."""
        return self.types[0]

    def expired(self, now: int) -> bool:
        """Whether the card may no longer be used at ``now`` (epoch seconds)."""
        return self.expires_at is not None and now >= self.expires_at


class CardStore(Protocol):
    """Keeps cards. ``add`` keeps all of them or none."""

    def add(self, cards: Sequence[Card]) -> None:
        """Keep ``cards``, all or none."""
        ...

    def remove(self, card_id: str) -> Card:
        """Forget the card and its key. Raises :class:`~nlwallet.errors.LocalError` if there is none."""
        ...

    def all(self) -> tuple[Card, ...]:
        """All cards, oldest first."""
        ...


class MemoryVault:
    """A :class:`CardStore` that lasts as long as the process."""

    def __init__(self) -> None:
        self._cards: dict[str, Card] = {}
        self._lock = Lock()

    def add(self, cards: Sequence[Card]) -> None:
        """Keep ``cards``, all or none."""
        with self._lock:
            self._cards = self._cards | {card.id: card for card in cards}

    def remove(self, card_id: str) -> Card:
        """Forget the card and its key. Raises :class:`~nlwallet.errors.LocalError` if there is none."""
        with self._lock:
            try:
                return self._cards.pop(card_id)
            except KeyError:
                raise LocalError("no card with this id in the wallet") from None

    def all(self) -> tuple[Card, ...]:
        """All cards, oldest first."""
        with self._lock:
            return tuple(self._cards.values())
