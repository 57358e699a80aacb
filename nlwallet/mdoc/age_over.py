"""Which element answers a question about an age: the one of that number, or the nearest one (ISO/IEC 18013-5 §7.2.5).

Who is over 21 is over 18, so that a document without ``age_over_18`` still answers; and who is not over 16 is not over
18 either. Not being over 65 says nothing about being over 18.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.errors import LocalError

AGE_NAMESPACES = frozenset({"org.iso.18013.5.1", "org.iso.23220.1", "eu.europa.ec.av.1"})
"""Where ``age_over_NN`` is an age attestation with this rule."""

_AGE_OVER = re.compile(r"age_over_([0-9]{2})")


def age_limit(identifier: object) -> int | None:
    """18 of ``age_over_18``; ``None`` for the name of another element."""
    found = _AGE_OVER.fullmatch(identifier) if isinstance(identifier, str) else None
    return int(found[1]) if found else None


def age_element(elements: Mapping[str, Any], age: int) -> str | None:
    """The identifier of the element that answers whether somebody is over ``age``; ``None`` if none does.

    ``elements`` is one namespace. The nearest that is true at ``age`` or above it, else the nearest that is false at
    ``age`` or below it.
    """
    said = {
        limit: elements[name]
        for name in elements
        if (limit := age_limit(name)) is not None and isinstance(elements[name], bool)
    }
    over = min((limit for limit, true in said.items() if true and limit >= age), default=None)
    under = max((limit for limit, true in said.items() if not true and limit <= age), default=None)
    found = under if over is None else over
    return None if found is None else f"age_over_{found:02}"


def is_over(elements: Mapping[str, Any], age: int) -> bool | None:
    """Whether somebody is over ``age``, as the elements of one namespace tell; ``None`` if they do not."""
    name = age_element(elements, age)
    return None if name is None else bool(elements[name])


def check_ages(elements: Mapping[str, Any], *, at: int) -> None:
    """Hold each ``age_over_NN`` against ``birth_date``, where both are there: true at ``validFrom`` (§7.2.5, PID_12).

    ``at`` is that moment in seconds since the epoch, by the day in UTC. Raises
    :class:`~nlwallet.errors.LocalError` with the code ``invalid_claims``.
    """
    born = elements.get("birth_date")
    if not isinstance(born, date):
        return
    today = datetime.fromtimestamp(at, UTC).date()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    for name, value in elements.items():
        limit = age_limit(name)
        if limit is not None and value is not (age >= limit):
            raise LocalError(
                f"/{name}: it does not agree with birth_date on the day that the document begins to be valid",
                code="invalid_claims",
                spec="ISO/IEC 18013-5 §7.2.5",
                pointer=f"/{name}",
                hint="issue it anew when the age changes",
            )


def answering_path(namespaces: Mapping[str, Any], path: ClaimPath) -> ClaimPath:
    """The path of the element that answers a request for ``path``: ``path`` itself, unless the age rule has another.

    ``namespaces`` is ``{namespace: {element: value}}``.
    """
    limit = age_limit(path[1]) if len(path) == 2 and path[0] in AGE_NAMESPACES else None
    if limit is None or not isinstance(path[0], str):
        return path
    elements = namespaces.get(path[0])
    if not isinstance(elements, Mapping) or path[1] in elements:
        return path
    nearest = age_element(elements, limit)
    return path if nearest is None else (path[0], nearest)
