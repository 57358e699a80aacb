"""The reader's side of one session: engaged, asked, over (ISO/IEC 18013-5 §6.3.2.4, §9.1.1.4).

::

    engaged ──establish──▶ requested ──SessionData──▶ ended
       │                    │   ▲ └──SessionData──▶ answered
       │                    │   └────────ask───────────┤
       └─ time, error, end ─┴──────────────────────────┴──▶ ended

The device decides whether there can be another request: its answer ends the session, or leaves it open.
"""

from __future__ import annotations

from typing import Final

from nlwallet.crypto import PrivateKey, SessionCipher
from nlwallet.errors import InvalidSessionMessage, LocalError, RemoteError, SessionEnded
from nlwallet.mdoc import NfcHandover, proximity_session_transcript
from nlwallet.proximity.device_engagement import DeviceEngagement
from nlwallet.proximity.device_session import SessionState
from nlwallet.proximity.session_end import ONE_TOO_MANY, ended_with, expired, farewell_for, over, termination
from nlwallet.proximity.session_keys import SessionKeys
from nlwallet.proximity.session_messages import SessionData, SessionEstablishment, reader_key_bytes

READER_LIFETIME: Final = 300
"""Seconds for which a reader waits: the holder reads, decides, and types a PIN."""


_BEGUN: Final = frozenset({SessionState.REQUESTED, SessionState.ANSWERED})


class ReaderSession:
    """One session of a reader with the device of ``engagement``; its ephemeral key is made here and used once.

    ``expires_at`` is in seconds since the epoch. ``key`` is for published examples only.
    """

    def __init__(
        self,
        engagement: DeviceEngagement,
        *,
        expires_at: int,
        handover: NfcHandover | None = None,
        key: PrivateKey | None = None,
    ) -> None:
        self.engagement = engagement
        self.expires_at = expires_at
        self.state = SessionState.ENGAGED
        self.farewell: bytes | None = None
        """What to send once the device was refused; ``None`` when there is nothing to say."""
        self.key = key or PrivateKey.generate(engagement.device_key.curve)
        """Its ephemeral key; a device MAC is verified with it too."""
        self._encoded_key = reader_key_bytes(self.key.public)
        self.transcript = proximity_session_transcript(
            device_engagement=engagement.encoded, reader_key=self._encoded_key, handover=handover
        )
        """The session transcript, encoded CBOR: the reader's signature covers it."""
        self._in: SessionCipher | None = None
        self._out: SessionCipher | None = None

    def establish(self, request: bytes, *, now: int) -> bytes:
        """The first message, with the encoded DeviceRequest.

        Raises :class:`~nlwallet.errors.LocalError` the second time, :class:`~nlwallet.errors.SessionEnded` when the
        session took too long.
        """
        if self.state is not SessionState.ENGAGED:
            raise LocalError("a session is established once", code=ONE_TOO_MANY, hint="scan a new engagement")
        if now >= self.expires_at:
            self._end()
            raise expired()
        keys = SessionKeys.derive(self.key, self.engagement.device_key, self.transcript)
        self._in, self._out = keys.from_device(), keys.from_reader()
        self.state = SessionState.REQUESTED
        data = self._out.encrypt(request)
        return SessionEstablishment(self.key.public, self._encoded_key, data).encode()

    def ask(self, request: bytes, *, now: int) -> bytes:
        """The next message with an encoded DeviceRequest, after an answer that left the session open.

        Raises :class:`~nlwallet.errors.SessionEnded` when it did not, or the session took too long;
        :class:`~nlwallet.errors.LocalError` while an answer is due.
        """
        if self.state is SessionState.ENDED:
            raise SessionEnded(
                "the device takes no further request in this session",
                code="session_over",
                hint="ask for everything at once, or scan a new engagement",
            )
        if self.state is not SessionState.ANSWERED or self._out is None:
            raise LocalError(f"a request is answered before the next: the session is {self.state}")
        if now >= self.expires_at:
            self.farewell = self.terminate()
            raise expired()
        self.state = SessionState.REQUESTED
        return SessionData(self._out.encrypt(request)).encode()

    def receive(self, message: bytes, *, now: int) -> bytes:
        """The encoded DeviceResponse in the device's message. The session is over after that, or ``answered``.

        Raises a :class:`~nlwallet.errors.RemoteError`: :class:`~nlwallet.errors.SessionEnded` when the device ended
        the session without an answer, or took too long.
        """
        try:
            return self._response(message, now)
        except RemoteError as error:
            if self.state is not SessionState.ENDED:
                self.farewell = farewell_for(error)
            self._end()
            raise

    def terminate(self) -> bytes | None:
        """End the session; the message that says so, ``None`` if it was over or never began."""
        begun = self.state in _BEGUN
        self._end()
        return termination() if begun else None

    def _response(self, message: bytes, now: int) -> bytes:
        if self.state is SessionState.ENDED:
            raise over()
        if self._in is None:
            raise LocalError("nothing was asked yet", code="no_request")
        if now >= self.expires_at:
            raise expired()
        received = SessionData.parse(message)
        if received.data is None:
            assert received.status is not None  # SessionData has one of both
            raise ended_with(received.status)
        if self.state is SessionState.ANSWERED:
            raise InvalidSessionMessage("the device answers what was not asked", code=ONE_TOO_MANY)
        response = self._in.decrypt(received.data)
        if received.status is None:
            self.state = SessionState.ANSWERED
        else:
            self._end()
        return response

    def _end(self) -> None:
        self.state = SessionState.ENDED
        self._in = self._out = None

    def __repr__(self) -> str:
        return f"<ReaderSession {self.state}>"
