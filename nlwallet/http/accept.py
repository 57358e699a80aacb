"""What a reader asked for: media types and languages, by preference (RFC 9110 §12.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

MAX_LENGTH = 4096
MAX_CHOICES = 64

_QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", re.IGNORECASE)


def is_preferred(accept: str, media_type: str, *, over: str) -> bool:
    """Whether ``accept`` names ``media_type`` itself, and likes it no less than ``over``.

    A wildcard names nothing: who takes anything gets what everybody gets.
    """
    qualities = dict(_choices(accept))
    wildcard = max(qualities.get("*/*", 0.0), qualities.get(f"{over.partition('/')[0]}/*", 0.0))
    return qualities.get(media_type, 0.0) > 0 and qualities[media_type] >= qualities.get(over, wildcard)


def preferred_language(accept_language: str, offered: Sequence[str]) -> str:
    """The one of ``offered`` (``nl``, ``en``) that the reader likes best; the first when none is named."""
    qualities: dict[str, float] = {}
    for tag, quality in _choices(accept_language):
        language = tag.partition("-")[0]
        qualities[language] = max(quality, qualities.get(language, 0.0))
    return max(offered, key=lambda one: (qualities.get(one, 0.0), -offered.index(one)))


def _choices(header: str) -> Iterator[tuple[str, float]]:
    """Each name in lower case with its quality; what cannot be read is passed over."""
    for choice in header[:MAX_LENGTH].split(",")[:MAX_CHOICES]:
        name, *parameters = choice.split(";")
        found = (_QUALITY.fullmatch(one) for one in parameters)
        quality = next((float(one[1]) for one in found if one), 1.0)
        if name.strip():
            yield name.strip().lower(), quality
