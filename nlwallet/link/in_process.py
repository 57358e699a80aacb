"""Two devices in one process: what one sends, the other receives."""

from __future__ import annotations

import queue
import threading
from typing import Final

from nlwallet.errors import TransportError
from nlwallet.link.ended import closed, silent
from nlwallet.proximity.session_messages import MAX_MESSAGE_BYTES

MAX_WAITING: Final = 16
"""Messages that wait to be received; more are not taken."""


class InProcessLink:
    """One end; made by :func:`link_pair`. It may be used from a thread of its own."""

    def __init__(
        self, mine: queue.Queue[bytes | None], theirs: queue.Queue[bytes | None], gone: threading.Event
    ) -> None:
        self._mine, self._theirs, self._gone = mine, theirs, gone
        self._closed = False

    def send(self, message: bytes) -> None:
        """See :class:`~nlwallet.proximity.Link`."""
        if self._gone.is_set():
            raise closed()
        if len(message) > MAX_MESSAGE_BYTES:
            raise TransportError("the message is too long", code="too_long")
        try:
            self._theirs.put_nowait(message)
        except queue.Full:
            raise TransportError("the other side takes nothing any more", code="link_full") from None

    def receive(self, timeout: float) -> bytes:
        """See :class:`~nlwallet.proximity.Link`."""
        if self._closed:
            raise closed()
        try:
            message = self._mine.get(timeout=timeout) if timeout > 0 else self._mine.get_nowait()
        except queue.Empty:
            raise silent() from None
        if message is None:
            self._mine.put(None)  # it stays closed
            raise closed()
        return message

    def close(self) -> None:
        """See :class:`~nlwallet.proximity.Link`."""
        if not self._closed:
            self._closed = True
            self._gone.set()
            self._theirs.put(None)


def link_pair() -> tuple[InProcessLink, InProcessLink]:
    """Both ends of a new link: that of the holder's device, and that of the reader."""
    one: queue.Queue[bytes | None] = queue.Queue(MAX_WAITING + 2)
    other: queue.Queue[bytes | None] = queue.Queue(MAX_WAITING + 2)
    gone = threading.Event()
    return InProcessLink(one, other, gone), InProcessLink(other, one, gone)
