"""How a session ends: what is told to the other side, and what its status means (ISO/IEC 18013-5 §9.1.1.4)."""

from __future__ import annotations

from typing import Final

from nlwallet.errors import DecryptionFailed, RemoteError, SessionEnded
from nlwallet.proximity.session_messages import SessionData, SessionStatus

EXPIRED: Final = "session_expired"
ONE_TOO_MANY: Final = "second_request"

_WORDS: Final = {
    SessionStatus.SESSION_ENCRYPTION_ERROR: (
        "session_encryption_error",
        "the other side could not decrypt what it got",
    ),
    SessionStatus.CBOR_DECODING_ERROR: ("cbor_decoding_error", "the other side could not read what it got"),
    SessionStatus.SESSION_TERMINATION: ("session_terminated", "the other side ended the session"),
}


def termination() -> bytes:
    """The message that ends a session and says nothing else."""
    return SessionData(status=SessionStatus.SESSION_TERMINATION).encode()


def expired() -> SessionEnded:
    """Too late."""
    return SessionEnded("the session took too long", code=EXPIRED, hint="engage anew")


def over() -> SessionEnded:
    """A message that comes after the end."""
    return SessionEnded("the session is over", code="session_over", hint="engage anew")


def ended_with(status: int) -> SessionEnded:
    """What the other side says with this status."""
    otherwise = ("session_terminated", f"the other side ended the session with status {status}")
    code, what = _WORDS.get(SessionStatus(status), otherwise) if status in _KNOWN else otherwise
    return SessionEnded(what, code=code)


def check_no_end(message: bytes) -> None:
    """Raises :class:`~nlwallet.errors.SessionEnded` if ``message`` is a status that ends a session."""
    try:
        status = SessionData.parse(message).status
    except RemoteError:
        return
    if status is not None:
        raise ended_with(status)


def farewell_for(error: RemoteError) -> bytes | None:
    """What the other side is told of its message that was refused so; ``None`` if it ended the session itself."""
    if isinstance(error, SessionEnded) and error.code != EXPIRED:
        return None
    if isinstance(error, SessionEnded) or error.code == ONE_TOO_MANY:
        return termination()
    if isinstance(error, DecryptionFailed):
        return SessionData(status=SessionStatus.SESSION_ENCRYPTION_ERROR).encode()
    return SessionData(status=SessionStatus.CBOR_DECODING_ERROR).encode()


_KNOWN: Final = frozenset(int(status) for status in SessionStatus)
