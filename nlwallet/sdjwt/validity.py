"""Is a signed claims set meant for now, and for us (RFC 7519 §4.1, RFC 9901 §7.1(6))."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from nlwallet.errors import InvalidSdJwt, OutsideValidity

LAST_MOMENT = 253_402_300_799
"""The end of the year 9999: no later time is a date, here as in RFC 5280 §4.1.2.5."""

_TIMES = ("exp", "nbf", "iat")


def check_validity(
    claims: Mapping[str, Any], *, now: int, leeway: int = 0, required: Collection[str] = ()
) -> None:
    """``exp`` and ``nbf`` where present (RFC 7519 §4.1.4, §4.1.5), and that every ``required`` claim is there.

    A token is good from the second ``nbf`` on, and no longer at the second ``exp``; ``leeway`` is seconds.
    Raises :class:`~nlwallet.errors.InvalidSdJwt` or :class:`~nlwallet.errors.OutsideValidity`.
    """
    for name in required:
        if name not in claims:
            raise InvalidSdJwt(
                f"the required claim {name} is missing or was withheld",
                spec="RFC 9901 §9.7",
                pointer=f"/payload/{name}",
            )
    for name in _TIMES:
        if name in claims and not _is_time(claims[name]):
            raise InvalidSdJwt(
                f"{name} is no NumericDate",
                spec="RFC 7519 §2",
                pointer=f"/payload/{name}",
                hint="seconds since the epoch, as a JSON number",
            )
    if "exp" in claims and now >= claims["exp"] + leeway:
        raise OutsideValidity(
            "it has expired",
            spec="RFC 9901 §7.1(6)",
            pointer="/payload/exp",
            code="expired",
            hint="get a fresh one issued",
        )
    if "nbf" in claims and now < claims["nbf"] - leeway:
        raise OutsideValidity(
            "it is not valid yet", spec="RFC 9901 §7.1(6)", pointer="/payload/nbf", code="not_yet_valid"
        )


def check_audience(claims: Mapping[str, Any], audience: str | None) -> None:
    """Where the SD-JWT itself has ``aud``, it names ``audience`` (RFC 7519 §4.1.3). Raises InvalidSdJwt."""
    if "aud" not in claims:
        return
    meant = claims["aud"]
    if audience is None or (audience not in meant if isinstance(meant, list) else audience != meant):
        raise InvalidSdJwt(
            "the SD-JWT is meant for another audience",
            spec="RFC 9901 §7.1(6)",
            pointer="/payload/aud",
            hint="say who verifies, as audience" if audience is None else "",
        )


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LAST_MOMENT
