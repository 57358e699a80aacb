"""The device's side of one session: engaged, asked, answered, over (ISO/IEC 18013-5 §6.3.2.4, §9.1.1.4).

::

    engaged ──SessionEstablishment──▶ requested ──respond──▶ ended
       │                                │   ▲ └──respond──▶ answered
       │                                │   └──SessionData─────┤
       └───────── time, error, end ─────┴──────────────────────┴──▶ ended

A session has one request and one answer, unless the device was told to take more of them; then each is answered before
the next comes, and the last answer ends it. No bytes are sent here; what is to be sent is returned, and what to say
when something was wrong is in ``farewell``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from nlwallet.crypto import PrivateKey, PublicKey, SessionCipher
from nlwallet.errors import InvalidSessionMessage, LocalError, RemoteError
from nlwallet.mdoc import NfcHandover, proximity_session_transcript
from nlwallet.proximity.device_engagement import DeviceEngagement
from nlwallet.proximity.session_end import (
    ONE_TOO_MANY,
    check_no_end,
    expired,
    farewell_for,
    over,
    termination,
)
from nlwallet.proximity.session_keys import SessionKeys
from nlwallet.proximity.session_messages import SessionData, SessionEstablishment, SessionStatus

ENGAGEMENT_LIFETIME: Final = 300
"""Seconds for which an engagement counts, and its session with it: a QR code can be photographed."""


MAX_REQUESTS: Final = 16
"""At most so many in one session: a holder decides about each."""


class SessionState(StrEnum):
    """Where either side is in a session."""

    ENGAGED = "engaged"
    REQUESTED = "requested"
    ANSWERED = "answered"
    ENDED = "ended"


class DeviceSession:
    """One session of the device. ``device_key`` is the private half of the engagement's key.

    ``handover``: the NFC messages that brought the engagement; ``None`` for a QR code. ``expires_at`` is in seconds
    since the epoch, and for all of it. ``requests``: how many are taken, at most 16.
    """

    def __init__(
        self,
        engagement: DeviceEngagement,
        device_key: PrivateKey,
        *,
        expires_at: int,
        handover: NfcHandover | None = None,
        requests: int = 1,
    ) -> None:
        if not 1 <= requests <= MAX_REQUESTS:
            raise LocalError(f"a session takes 1 to {MAX_REQUESTS} requests")
        if device_key.public != engagement.device_key:
            raise LocalError("the engagement is of another key", spec="ISO/IEC 18013-5 §9.1.1.4")
        self.engagement = engagement
        self.expires_at = expires_at
        self.state = SessionState.ENGAGED
        self.farewell: bytes | None = None
        """What to send once a message was refused; ``None`` when there is nothing to say."""
        self._key: PrivateKey | None = device_key
        self._handover = handover
        self._asked: tuple[PublicKey, bytes] | None = None
        self._in: SessionCipher | None = None
        self._out: SessionCipher | None = None
        self._left = requests

    @property
    def reader_key(self) -> PublicKey:
        """The reader's ephemeral key, once it asked."""
        return self._once_asked()[0]

    @property
    def transcript(self) -> bytes:
        """The session transcript, encoded CBOR, once the reader asked."""
        return self._once_asked()[1]

    def receive(self, message: bytes, *, now: int) -> bytes:
        """The encoded DeviceRequest in the reader's message.

        Raises a :class:`~nlwallet.errors.RemoteError`, and the session is over: for a message that is malformed or
        does not decrypt, one too many, one that comes too late, and for the reader's own end.
        """
        try:
            return self._request(message, now)
        except RemoteError as error:
            if self.state is not SessionState.ENDED:
                self.farewell = farewell_for(error)
            self._end()
            raise

    def respond(self, response: bytes, *, now: int) -> bytes:
        """The message with the encoded DeviceResponse, which ends the session if no more requests are taken.

        Raises :class:`~nlwallet.errors.LocalError` where nobody asked, :class:`~nlwallet.errors.SessionEnded` when it
        is too late.
        """
        if self.state is not SessionState.REQUESTED or self._out is None:
            raise LocalError(f"there is nothing to answer: the session is {self.state}", code="no_request")
        if now >= self.expires_at:
            self.farewell = self.terminate()
            raise expired()
        self._left -= 1
        data = self._out.encrypt(response)
        if self._left:
            self.state = SessionState.ANSWERED
            return SessionData(data).encode()
        self._end()
        return SessionData(data, SessionStatus.SESSION_TERMINATION).encode()

    def terminate(self) -> bytes | None:
        """End the session; the message that says so, ``None`` if it was over. It is the same whatever the reason."""
        if self.state is SessionState.ENDED:
            return None
        self._end()
        return termination()

    def _request(self, message: bytes, now: int) -> bytes:
        if self.state is SessionState.ENDED:
            raise over()
        if now >= self.expires_at:
            raise expired()
        check_no_end(message)
        if self.state is SessionState.REQUESTED:
            raise InvalidSessionMessage(
                "the reader asks again", code=ONE_TOO_MANY, hint="a request is answered before the next"
            )
        request = self._established(message) if self._in is None else self._next_of(self._in, message)
        self.state = SessionState.REQUESTED
        return request

    def _established(self, message: bytes) -> bytes:
        assert self._key is not None  # it goes when the session is established
        established = SessionEstablishment.parse(message)
        transcript = proximity_session_transcript(
            device_engagement=self.engagement.encoded,
            reader_key=established.reader_key_bytes,
            handover=self._handover,
        )
        keys = SessionKeys.derive(self._key, established.reader_key, transcript)
        from_reader = keys.from_reader()
        request = from_reader.decrypt(established.data)
        self._key = None
        self._asked = established.reader_key, transcript
        self._in, self._out = from_reader, keys.from_device()
        return request

    @staticmethod
    def _next_of(from_reader: SessionCipher, message: bytes) -> bytes:
        data = SessionData.parse(message).data
        assert data is not None  # the other messages without a status were refused
        return from_reader.decrypt(data)

    def _end(self) -> None:
        self.state = SessionState.ENDED
        self._key = self._in = self._out = None

    def _once_asked(self) -> tuple[PublicKey, bytes]:
        if self._asked is None:
            raise LocalError("the reader did not ask yet", code="no_request")
        return self._asked

    def __repr__(self) -> str:
        return f"<DeviceSession {self.state}>"
