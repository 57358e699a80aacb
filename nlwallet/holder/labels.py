"""What people call a card and the claims on it: by the metadata of its type, by us, or else by its issuer.

Who is heard, in this order: the type metadata that the wallet has (:mod:`nlwallet.sdjwt.type_metadata`, which
OpenID4VCI 1.0 §12.2.4 prefers), the names that this library has for the claims of a PID or a driving licence, whatever
card they are on, and last the issuer's own words, which are marked as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Self

from nlwallet.claim_path import ClaimPath, show_path
from nlwallet.errors import RemoteError
from nlwallet.holder.issuer_words import (
    IssuerWords,
    is_name_of_identity,
    quoted,
    well_known_claim,
    words_by_type,
)
from nlwallet.holder.readable import plain
from nlwallet.holder.texts import LANGUAGES, Language, say
from nlwallet.holder.vault import Card
from nlwallet.mdoc import age_limit, claim_path
from nlwallet.sdjwt import TypeMetadata, TypeMetadataRegistry

LABEL_LENGTH = 60

_NO_WORDS: Final[Mapping[str, Sequence[IssuerWords]]] = MappingProxyType({})


class Labels:
    """Names from ``types``, in the language asked for or the nearest; the technical name where there is none.

    ``words`` are those of issuers, by type of card. Where two of them contradict each other neither is believed.
    """

    def __init__(
        self, types: TypeMetadataRegistry, words: Mapping[str, Sequence[IssuerWords]] = _NO_WORDS
    ) -> None:
        self._types = types
        self._words = words

    @classmethod
    def of_cards(cls, types: TypeMetadataRegistry, cards: Iterable[Card]) -> Self:
        """Names for what a wallet has: the words of the issuers of its ``cards`` too."""
        return cls(types, words_by_type((card.type, card.words) for card in cards))

    def of(self, card: Card) -> Labels:
        """The names for one card: of the issuers only its own has something to say about it."""
        return self.saying({card.type: (card.words,)})

    def saying(self, words: Mapping[str, Sequence[IssuerWords]]) -> Labels:
        """The same with these words for these types."""
        return Labels(self._types, {**self._words, **words})

    def card(self, vct: str, language: Language) -> str:
        """The name of a type of card."""
        metadata = self._metadata(vct)
        if metadata is not None:
            return plain(metadata.label(language), LABEL_LENGTH)
        words = _agreed(one.card.get(language, "") for one in self._words.get(vct, ()))
        return quoted(words) if words and not is_name_of_identity(words) else plain(vct, LABEL_LENGTH)

    def names(self, vct: str) -> dict[str, str]:
        """The name of a type of card by language."""
        return {language: self.card(vct, language) for language in LANGUAGES}

    def claim(self, vct: str, path: ClaimPath, language: Language) -> str:
        """The label of a claim; the empty path is the card itself.

        An element of an mdoc has that of the claim in its twin. Where two claims of a type have the same label, the
        label of what they belong to goes before it. The words of an issuer have the technical name behind them.
        """
        path = claim_path(vct, path)
        if not path:  # also a namespace of an mdoc that is the card's own
            return self.card(vct, language)
        metadata = self._metadata(vct)
        own = self._own(metadata, path, language)
        if metadata is None or own is None:
            return self._unvouched(vct, path, language)
        same = [claim.path for claim in metadata.claims if claim.label(language) == own]
        around = self._own(metadata, path[:-1], language) if len(path) > 1 else None
        if len(same) > 1 and around is not None and around != own:
            own = f"{around}: {own}"
        return plain(own, LABEL_LENGTH)

    def _unvouched(self, vct: str, path: ClaimPath, language: Language) -> str:
        """The label of a claim that no type metadata name."""
        age = age_limit(path[-1])
        if age is not None:
            return say(language, "label.age_over", age=age)
        known = well_known_claim(path, language)
        if known is not None:
            return plain(known, LABEL_LENGTH)
        technical = plain(show_path(path), LABEL_LENGTH)
        words = _agreed(one.claim(path, language) for one in self._words.get(vct, ()))
        return quoted(words, technical) if words and words != technical else technical

    def in_order(self, vct: str, names: Iterable[str]) -> list[str]:
        """``names`` of claims as the type has them, or its issuer; those that it does not know come last."""
        known = [path[0] for path in self._order(vct)]
        return sorted(names, key=lambda name: known.index(name) if name in known else len(known))

    def ordered(self, vct: str, path: ClaimPath, value: Any) -> Any:
        """``value`` with the members of its objects as the type has them.

        A credential says nothing about their order: what is disclosed comes by the order of its digests.
        """
        order = self._order(vct)
        return _ordered(value, claim_path(vct, path), order) if order else value

    def _order(self, vct: str) -> tuple[ClaimPath, ...]:
        metadata = self._metadata(vct)
        if metadata is not None:
            return tuple(claim.path for claim in metadata.claims)
        return next((one.order for one in self._words.get(vct, ()) if one.order), ())

    def _own(self, metadata: TypeMetadata | None, path: ClaimPath, language: Language) -> str | None:
        """The label of ``path``, or of the list that it is an element of."""
        while metadata is not None and path:
            claim = metadata.claim(path)
            label = claim.label(language) if claim else None
            if label is not None or isinstance(path[-1], str):
                return label
            path = path[:-1]
        return None

    def _metadata(self, vct: str) -> TypeMetadata | None:
        try:
            return self._types.effective(vct) if vct in self._types else None
        except RemoteError:
            return None  # a parent is not known: the card works, its names are technical


def _agreed(words: Iterable[str]) -> str:
    """What all who say something say; empty if they do not agree, or nobody does."""
    said = {one for one in words if one}
    return said.pop() if len(said) == 1 else ""


def _ordered(value: Any, path: ClaimPath, known: Sequence[ClaimPath]) -> Any:
    if isinstance(value, list):
        return [_ordered(item, (*path, None), known) for item in value]
    if not isinstance(value, dict):
        return value
    places = {at[-1]: place for place, at in enumerate(known) if at[:-1] == path}
    names = sorted(value, key=lambda name: places.get(name, len(known)))
    return {name: _ordered(value[name], (*path, name), known) for name in names}
