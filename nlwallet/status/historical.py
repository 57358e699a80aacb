"""What the status was at an earlier moment (Token Status List §8.4)."""

from __future__ import annotations

from nlwallet.errors import OutsideValidity
from nlwallet.status.token import StatusListToken


def historical_uri(uri: str, time: int) -> str:
    """The address of the list as it was at ``time``, in seconds since the epoch."""
    return f"{uri}{'&' if '?' in uri else '?'}time={time}"


def check_valid_at(token: StatusListToken, time: int) -> None:
    """``time`` is not before ``iat`` and before ``exp``; a server that ignores the parameter sends the list of now.

    Raises :class:`~nlwallet.errors.OutsideValidity`.
    """
    if token.expires_at is None or not token.issued_at <= time < token.expires_at:
        raise OutsideValidity(
            "the status list token was not valid at that time", spec="TSL §8.4", pointer="/payload/iat"
        )
