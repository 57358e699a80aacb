"""The cards of the holder, and where they are kept: a small protocol, and one store in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Final, Protocol

from nlwallet.dcql import MSO_MDOC, CandidateCredential
from nlwallet.errors import LocalError
from nlwallet.holder.card_status import CardStatus
from nlwallet.holder.copies import Copies, Credential
from nlwallet.holder.issuer_words import IssuerWords
from nlwallet.mdoc import claims_of
from nlwallet.registration import DisclosurePolicy
from nlwallet.trust import TrustedLists

OF_THE_CREDENTIAL: Final = frozenset(
    {
        *("iss", "iat", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "aud", "jti"),
        *("attestation_qualification", "attestation_legal_category"),
    }
)
"""Members that concern the credential, not its holder; every presentation carries them."""


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """A credential that was verified before it came here, in one copy or several, each with a key of its own."""

    candidate: CandidateCredential
    """As the query language sees it; its id is ours, random, and never leaves the wallet."""
    issuer: str
    """Name of the issuer: organisation in its certificate, else its common name."""
    names: Mapping[str, str]
    """Name of the card by language."""
    received_at: int
    expires_at: int | None
    copies: Copies = field(repr=False)
    status: CardStatus = "valid"
    """What the issuer's status list said when the wallet last looked."""
    disclosure_policy: DisclosurePolicy | None = None
    """To whom its issuer wanted it shown, when the card came (ARF EDP_10)."""
    words: IssuerWords = field(default_factory=IssuerWords, repr=False)
    """What its issuer called it and its claims, when the card came; see :mod:`nlwallet.holder.issuer_words`."""

    @property
    def id(self) -> str:
        """The id of the card in this wallet."""
        return self.candidate.id

    @property
    def credential(self) -> Credential:
        """The copy that the claims are read from."""
        return self.copies.first.credential

    @property
    def format(self) -> str:
        """The credential format identifier, such as ``dc+sd-jwt``."""
        return self.candidate.format

    @property
    def type(self) -> str:
        """The ``vct`` or docType of the credential."""
        return self.candidate.types[0]

    @property
    def types(self) -> tuple[str, ...]:
        """Its type and the types that it extends, the most specific first."""
        return self.candidate.types

    @property
    def claims(self) -> dict[str, Any]:
        """What the card says about its holder; of an mdoc in the shape of its twin in the other format."""
        if self.format == MSO_MDOC:
            return claims_of(self.type, self.candidate.claims)
        return {name: value for name, value in self.candidate.claims.items() if name not in OF_THE_CREDENTIAL}

    def listed_in(self, lists: TrustedLists) -> Card:
        """The same card, with the trusted lists that its issuer's certificates are in."""
        if not lists.known:
            return self
        found = lists.listing(self.credential.chain)
        return replace(self, candidate=replace(self.candidate, trusted_lists=found))

    def name(self, language: str = "nl") -> str:
        """The name of the card in ``language``, else in one that it has, else its type."""
        return self.names.get(language) or next(iter(self.names.values()), self.type)

    def expired(self, now: int) -> bool:
        """Whether the card may no longer be used at ``now`` (epoch seconds)."""
        return self.expires_at is not None and now >= self.expires_at

    def usable(self, now: int) -> bool:
        """Whether the card may be shown: not expired, and not taken back by its issuer, as far as is known."""
        return self.status == "valid" and not self.expired(now)


class CardStore(Protocol):
    """Keeps cards. ``add`` keeps all of them or none."""

    def add(self, cards: Sequence[Card]) -> None:
        """Keep ``cards``, all or none."""
        ...

    def remove(self, card_id: str) -> Card:
        """Forget the card and its key. Raises :class:`~nlwallet.errors.LocalError` if there is none."""
        ...

    def replace(self, card_id: str, card: Card) -> None:
        """Put ``card`` in the place of another one. Raises :class:`~nlwallet.errors.LocalError` if there is none."""
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
                raise unknown_card() from None

    def replace(self, card_id: str, card: Card) -> None:
        """Put ``card`` in the place of another one. Raises :class:`~nlwallet.errors.LocalError` if there is none."""
        with self._lock:
            if card_id not in self._cards:
                raise unknown_card()
            self._cards = {
                (card.id if one == card_id else one): (card if one == card_id else kept)
                for one, kept in self._cards.items()
            }

    def all(self) -> tuple[Card, ...]:
        """All cards, oldest first."""
        with self._lock:
            return tuple(self._cards.values())


def unknown_card() -> LocalError:
    """There is no such card."""
    return LocalError("no card with this id in the wallet")
