"""The ephemeral id in a link: shows that this server made it, and lets a QR code that was photographed go stale.

An HMAC-SHA-256 over session token, session type and, where it is to go stale, the time; the NL Wallet 0.5 always put
in the time, and never the type.
"""

from __future__ import annotations

import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias

from nlwallet.encoding import date_time
from nlwallet.verifier.nl_server.refusal import Refusal
from nlwallet.verifier.nl_server.return_url import SESSION_TYPES, SessionType

Version: TypeAlias = Literal["0.5", "0.6"]
"""Of the NL Wallet, where its servers behave differently: the release of March 2026, and what comes after it."""

VALIDITY_SECONDS: Final = 10
MIN_SECRET_BYTES: Final = 32
MAX_TEXT: Final = 128

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class EphemeralIds:
    """Makes and checks them under one secret."""

    secret: bytes = field(repr=False)
    version: Version = "0.6"

    def parameters(
        self, session_token: str, session_type: SessionType, *, goes_stale: bool, now: int
    ) -> dict[str, str]:
        """The query of a request_uri. In 0.6 only what ``goes_stale`` has a time."""
        parameters: dict[str, str] = {"session_type": session_type}
        time = date_time(now) if goes_stale or self.version == "0.5" else ""
        parameters["ephemeral_id"] = self._mac(session_token, session_type, time).hex()
        return {**parameters, "time": time} if time else parameters

    def check(self, session_token: str, parameters: Mapping[str, str], *, now: int) -> SessionType:
        """The session type of a request_uri that was made here, and is not stale.

        Raises :class:`Refusal`: ``invalid_request`` or ``expired_ephemeral_id``.
        """
        session_type = session_type_of(parameters)
        if session_type is None or "ephemeral_id" not in parameters:
            raise Refusal("missing query parameters")
        text, time = parameters["ephemeral_id"], parameters.get("time", "")
        try:
            given = binascii.unhexlify(text[:MAX_TEXT])
        except (ValueError, UnicodeError):
            raise Refusal("missing query parameters") from None
        made_at = _seconds(time) if time else None
        if (time and made_at is None) or (self.version == "0.5" and not time):
            raise Refusal("missing query parameters")
        if not hmac.compare_digest(given, self._mac(session_token, session_type, time)):
            raise Refusal("the ephemeral ID is invalid")
        if made_at is not None and made_at < now - VALIDITY_SECONDS:
            raise Refusal("the ephemeral ID has expired", code="expired_ephemeral_id")
        return session_type

    def _mac(self, session_token: str, session_type: SessionType, time: str) -> bytes:
        parts = [session_token, *([session_type] if self.version == "0.6" else []), *([time] if time else [])]
        return hmac.digest(self.secret, "|".join(parts).encode("utf-8", "surrogatepass"), "sha256")


def session_type_of(parameters: Mapping[str, str]) -> SessionType | None:
    """The parameter ``session_type``, if it is one."""
    given = parameters.get("session_type")
    return next((one for one in SESSION_TYPES if one == given), None)


def _seconds(time: str) -> float | None:
    """RFC 3339 in seconds since the epoch."""
    if len(time) > MAX_TEXT or not _TIME.fullmatch(time):
        return None
    try:
        return datetime.fromisoformat(time.upper()).timestamp()
    except (ValueError, OverflowError):
        return None
