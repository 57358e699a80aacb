"""Claims path pointers (OpenID4VP 1.0 §7, SD-JWT VC "Claim Path").

A path is a tuple of strings (a member), non-negative integers (an array index) and ``None`` (every
element of an array): ``("address", "locality")``, ``("nationalities", None)``, ``("degrees", 0, "type")``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidQuery

ClaimPath: TypeAlias = tuple[str | int | None, ...]

MAX_PATH_LENGTH = 32


def parse_claim_path(value: Any, *, pointer: str = "") -> ClaimPath:
    """Read a path from JSON. Raises :class:`~nlwallet.errors.InvalidQuery` (OpenID4VP 1.0 §7)."""
    if not isinstance(value, list | tuple) or not value:
        raise InvalidQuery("a claims path is a non-empty array", spec="OpenID4VP 1.0 §7", pointer=pointer)
    if len(value) > MAX_PATH_LENGTH:
        raise InvalidQuery(
            f"a claims path has at most {MAX_PATH_LENGTH} elements", spec="OpenID4VP 1.0 §7", pointer=pointer
        )
    for position, element in enumerate(value):
        is_index = isinstance(element, int) and not isinstance(element, bool) and element >= 0
        if not (element is None or isinstance(element, str) or is_index):
            raise InvalidQuery(
                "a path element is a string, null or a non-negative integer",
                spec="OpenID4VP 1.0 §7",
                pointer=pointer + json_pointer([position]),
            )
    return tuple(value)


def expand(claims: Any, path: ClaimPath) -> list[ClaimPath]:
    """The concrete paths (no ``None``) that ``path`` selects in ``claims``, in order; empty if none.

    Follows OpenID4VP 1.0 §7.1.1. Where that section says "abort with an error" (a string applied to
    something that is no object, a number or null to something that is no array) the result is empty
    as well: for a query both mean that the claim is not there.
    """
    selected: list[tuple[ClaimPath, Any]] = [((), claims)]
    for element in path:
        following: list[tuple[ClaimPath, Any]] = []
        for at, value in selected:
            if isinstance(element, str):
                if not isinstance(value, dict):
                    return []
                if element in value:
                    following.append(((*at, element), value[element]))
            elif not isinstance(value, list):
                return []
            elif element is None:
                following.extend(((*at, index), item) for index, item in enumerate(value))
            elif element < len(value):
                following.append(((*at, element), value[element]))
        selected = following
    return [at for at, _ in selected]


def select(claims: Any, path: ClaimPath) -> list[Any]:
    """The values that ``path`` selects in ``claims`` (OpenID4VP 1.0 §7.1.1); empty if there are none."""
    return [value_at(claims, concrete) for concrete in expand(claims, path)]


def value_at(claims: Any, path: ClaimPath) -> Any:
    """The value at a concrete path that :func:`expand` returned."""
    value = claims
    for element in path:
        value = value[element]
    return value


def covers(registered: Sequence[str | int | None], requested: Sequence[str | int | None]) -> bool:
    """Whether who may ask ``registered`` may also ask ``requested``.

    Equal or below it: ``("address",)`` covers ``("address", "locality")``; ``None`` covers every
    element, an index only itself. A parent is never covered by its child.
    """
    if len(registered) > len(requested):
        return False
    for may, asks in zip(registered, requested, strict=False):
        if may is None:
            if isinstance(asks, str):
                return False
        elif may != asks or isinstance(may, str) != isinstance(asks, str):
            return False
    return True


def show_path(path: Iterable[str | int | None]) -> str:
    """A path as people write it: ``address.locality``, ``nationalities[]``, ``degrees[0].type``."""
    text = ""
    for element in path:
        if element is None:
            text += "[]"
        elif isinstance(element, int):
            text += f"[{element}]"
        else:
            text += f".{element}" if text else element
    return text
