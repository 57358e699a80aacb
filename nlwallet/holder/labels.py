"""What people call a card and the claims on it, from type metadata."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nlwallet.claim_path import ClaimPath, show_path
from nlwallet.errors import RemoteError
from nlwallet.holder.readable import plain
from nlwallet.holder.texts import LANGUAGES, Language, say
from nlwallet.mdoc import age_limit, claim_path
from nlwallet.sdjwt import TypeMetadata, TypeMetadataRegistry

LABEL_LENGTH = 60


class Labels:
    """Names from ``types``, in the language asked for or the nearest; the technical name where there is none."""

    def __init__(self, types: TypeMetadataRegistry) -> None:
        self._types = types

    def card(self, vct: str, language: Language) -> str:
        """The name of a type of card."""
        metadata = self._metadata(vct)
        return plain(metadata.label(language) if metadata else vct, LABEL_LENGTH)

    def names(self, vct: str) -> dict[str, str]:
        """The name of a type of card by language."""
        return {language: self.card(vct, language) for language in LANGUAGES}

    def claim(self, vct: str, path: ClaimPath, language: Language) -> str:
        """The label of a claim; the empty path is the card itself.

        An element of an mdoc has that of the claim in its twin. Where two claims of a type have the same label, the
        label of what they belong to goes before it.
        """
        path = claim_path(vct, path)
        if not path:  # also a namespace of an mdoc that is the card's own
            return self.card(vct, language)
        metadata = self._metadata(vct)
        own = self._own(metadata, path, language)
        if metadata is None or own is None:
            age = age_limit(path[-1])
            return (
                plain(show_path(path), LABEL_LENGTH)
                if age is None
                else say(language, "label.age_over", age=age)
            )
        same = [claim.path for claim in metadata.claims if claim.label(language) == own]
        around = self._own(metadata, path[:-1], language) if len(path) > 1 else None
        if len(same) > 1 and around is not None and around != own:
            own = f"{around}: {own}"
        return plain(own, LABEL_LENGTH)

    def in_order(self, vct: str, names: Iterable[str]) -> list[str]:
        """``names`` of claims as the type has them; those that it does not know come last."""
        metadata = self._metadata(vct)
        known = [claim.path[0] for claim in metadata.claims] if metadata else []
        return sorted(names, key=lambda name: known.index(name) if name in known else len(known))

    def ordered(self, vct: str, path: ClaimPath, value: Any) -> Any:
        """``value`` with the members of its objects as the type has them.

        A credential says nothing about their order: what is disclosed comes by the order of its digests.
        """
        metadata = self._metadata(vct)
        if metadata is None:
            return value
        return _ordered(value, claim_path(vct, path), [claim.path for claim in metadata.claims])

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


def _ordered(value: Any, path: ClaimPath, known: Sequence[ClaimPath]) -> Any:
    if isinstance(value, list):
        return [_ordered(item, (*path, None), known) for item in value]
    if not isinstance(value, dict):
        return value
    places = {at[-1]: place for place, at in enumerate(known) if at[:-1] == path}
    names = sorted(value, key=lambda name: places.get(name, len(known)))
    return {name: _ordered(value[name], (*path, name), known) for name in names}
