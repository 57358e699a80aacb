"""The nearest thing that a wallet does hold, for a developer who asked for something else. Names, never values.

How near two names are is a guess by their spelling: it finds ``postal_code`` for ``postcode``, and
``age_equal_or_over.18`` for ``age_over_18``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Protocol, TypeVar

from nlwallet.claim_path import ClaimPath, expand
from nlwallet.dcql.query import CredentialQuery

NEAR_ENOUGH = 0.6
MAX_PATHS = 2048
MAX_DEPTH = 8


class Held(Protocol):
    """A credential, as far as its nearness is concerned."""

    @property
    def format(self) -> str:
        """The Credential Format Identifier."""

    @property
    def types(self) -> tuple[str, ...]:
        """Its type and those that it extends."""


Found = TypeVar("Found", bound=Held)


def nearest_path(claims: Mapping[str, Any], path: ClaimPath) -> ClaimPath | None:
    """The path in ``claims`` whose name is most like ``path``, array elements as ``None``; ``None`` if none is.

    At most :data:`MAX_PATHS` paths are looked at.
    """
    best: tuple[float, int, ClaimPath] | None = None
    for there in _paths(claims, ()):
        near = _likeness(path, there)
        # Of two that are as near the shorter one: whatever is below it is near as well.
        better = near >= NEAR_ENOUGH and (best is None or (near, -len(there)) > best[:2])
        # Elements of one array may differ: what the first one has, not all need to have.
        if better and expand(claims, there):
            best = (near, -len(there), there)
    return best[2] if best else None


def nearest_credential(query: CredentialQuery, held: Sequence[Found]) -> Found | None:
    """The credential that comes nearest to the format and type asked for; ``None`` if none is alike."""

    def nearness(one: Held) -> float:
        kinds = max((_alike(asked, own) for asked in query.types for own in one.types), default=0.0)
        return kinds + (0.25 if one.format == query.format else 0.0)

    near = [one for one in held if any(_alike(a, b) >= NEAR_ENOUGH for a in query.types for b in one.types)]
    return max(near, key=nearness, default=None)


def _paths(value: Any, at: ClaimPath) -> Iterator[ClaimPath]:
    seen: dict[ClaimPath, None] = {}
    waiting: list[tuple[Any, ClaimPath]] = [(value, at)]
    while waiting and len(seen) < MAX_PATHS:
        item, here = waiting.pop(0)
        if here:
            seen[here] = None
        if len(here) >= MAX_DEPTH:
            continue
        if isinstance(item, Mapping):
            waiting += [(member, (*here, str(name))) for name, member in item.items()]
        elif isinstance(item, list):
            waiting += [(member, (*here, None)) for member in item[:1]]
    return iter(seen)


def _likeness(asked: ClaimPath, there: ClaimPath) -> float:
    return max(
        _alike(_joined(asked), _joined(there)), 0.95 * _alike(_joined(asked[-1:]), _joined(there[-1:]))
    )


def _joined(path: ClaimPath) -> str:
    return " ".join(str(step) for step in path if isinstance(step, str))


def _alike(one: str, other: str) -> float:
    """Between 0 and 1: the same letters in the same order, or the same words."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return 0.0
    letters = SequenceMatcher(None, "".join(first), "".join(second), autojunk=False).ratio()
    words, others = {*first}, {*second}
    contained = len(first) > 1 and (words <= others or others <= words)
    near = max(letters, 0.9 if contained else len(words & others) / len(words | others))
    # 18 and 21 are spelled alike and mean different things.
    numbers = {word for word in words | others if word.isdigit()}
    return near if numbers <= words and numbers <= others else 0.7 * near


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text[:256]).lower())
