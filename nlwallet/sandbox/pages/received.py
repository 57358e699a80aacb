"""What a relying party received, as a person can read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.holder import Language
from nlwallet.http.html import Html, tag
from nlwallet.sdjwt import TypeMetadata, TypeMetadataRegistry
from nlwallet.verifier import VerifiedPresentation

_YES_NO = {"nl": ("nee", "ja"), "en": ("no", "yes")}
_MDOC = "mso_mdoc"


def received(one: VerifiedPresentation, types: TypeMetadataRegistry, language: Language) -> Html:
    """The claims of a presentation, each with its label."""
    known = types.effective(one.type)
    claims: Mapping[str, Any] = one.claims
    if one.format == _MDOC:  # {namespace: {element: value}}; the labels are those of the elements
        claims = {name: value for elements in one.claims.values() for name, value in elements.items()}
    lines = (
        tag("div", tag("dt", label), tag("dd", _value(value, language)))
        for label, value in _lines(claims, known, language)
    )
    return tag("dl", *lines)


def card_label(type_: str, types: TypeMetadataRegistry, language: Language) -> str:
    """What a type of card is called."""
    return types.effective(type_).label(language)


def claim_label(type_: str, path: ClaimPath, types: TypeMetadataRegistry, language: Language) -> str:
    """What a claim is called; for an mdoc ``path`` begins with the namespace."""
    known = types.effective(type_)
    found = known.claim(path) or known.claim(path[1:])
    label = found.label(language) if found is not None else None
    return label or str(next((step for step in reversed(path) if isinstance(step, str)), path[-1]))


def _lines(
    value: Any, known: TypeMetadata, language: Language, path: ClaimPath = ()
) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _lines(inner, known, language, (*path, name))
        return
    found = known.claim(path)
    yield (found.label(language) if found is not None else None) or str(path[-1]), value


def _value(value: Any, language: Language) -> str:
    if isinstance(value, bool):
        return _YES_NO[language][value]
    if isinstance(value, list):
        return ", ".join(_value(item, language) for item in value)
    if isinstance(value, str) and value.startswith("data:image/") and len(value) <= 500_000:
        return tag("img", src=value, alt="", class_="portrait")
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_value(inner, language)}" for name, inner in value.items())
    return str(value)
