"""What carries the messages of a session: a link between two devices that are near each other, whatever its kind."""

from __future__ import annotations

from typing import Final, Protocol

from nlwallet.errors import LimitExceeded, LocalError
from nlwallet.proximity.session_messages import MAX_MESSAGE_BYTES

LENGTH_BYTES: Final = 4


class Link(Protocol):
    """Brings whole messages to the other side, in their order. Secrecy is none of its business: the session has it."""

    def send(self, message: bytes) -> None:
        """Bring one message. Raises :class:`~nlwallet.errors.TransportError` (``link_closed``)."""
        ...

    def receive(self, timeout: float) -> bytes:
        """The next message, waited for at most ``timeout`` seconds.

        Raises :class:`~nlwallet.errors.TransportError`: ``link_timeout`` when none came, ``link_closed`` when the
        other side is gone.
        """
        ...

    def close(self) -> None:
        """Be gone; the second time nothing happens."""
        ...


def frame(message: bytes) -> bytes:
    """``message`` with its length before it, 4 bytes: for links that carry a stream of octets."""
    if not 0 < len(message) <= MAX_MESSAGE_BYTES:
        raise LocalError(f"a message has 1 to {MAX_MESSAGE_BYTES} bytes")
    return len(message).to_bytes(LENGTH_BYTES) + message


class Frames:
    """Messages out of a stream of octets. A length out of range is refused before anything of it is kept."""

    def __init__(self) -> None:
        self._octets = bytearray()

    def parse(self, octets: bytes) -> list[bytes]:
        """The messages that are complete now. Raises :class:`~nlwallet.errors.LimitExceeded`."""
        self._octets += octets
        messages = []
        while len(self._octets) >= LENGTH_BYTES:
            length = int.from_bytes(self._octets[:LENGTH_BYTES])
            if not 0 < length <= MAX_MESSAGE_BYTES:
                raise LimitExceeded(
                    f"a message has 1 to {MAX_MESSAGE_BYTES} bytes", hint="is this another protocol?"
                )
            if len(self._octets) < LENGTH_BYTES + length:
                break
            messages.append(bytes(self._octets[LENGTH_BYTES : LENGTH_BYTES + length]))
            del self._octets[: LENGTH_BYTES + length]
        return messages
