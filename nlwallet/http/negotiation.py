"""Which form of an answer its reader wants (RFC 9110 §12)."""

from __future__ import annotations

from collections.abc import Sequence

_MAX_HEADER = 4096


def preferred(accept: str, offered: Sequence[str]) -> str | None:
    """The media type of ``offered`` that the header ``Accept`` likes best, the earlier one if it does not mind.

    ``None`` when it wants none of them, and the answer is 406. Without the header anything is fine (§12.5.1).
    """
    if not accept.strip():
        return offered[0]
    weights = _weights(accept)
    weighed = [(_weight(weights, media_type), media_type) for media_type in offered]
    best = max(weight for weight, _ in weighed)
    return next((media_type for weight, media_type in weighed if weight == best), None) if best > 0 else None


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the header ``Accept-Encoding`` allows for gzip; without the header nothing is compressed (§12.5.3)."""
    weights = _weights(accept_encoding)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(weights: dict[str, float], media_type: str) -> float:
    """The most specific range counts."""
    return weights.get(media_type, weights.get(media_type.partition("/")[0] + "/*", weights.get("*/*", 0.0)))


def _weights(header: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for item in header[:_MAX_HEADER].lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name:
            found[name] = _quality(parameters)
    return found


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
