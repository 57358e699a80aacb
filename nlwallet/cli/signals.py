"""How a command that serves learns that it has to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread, current_thread, main_thread
from typing import Final

_LOOK_SECONDS: Final = 0.5


@contextmanager
def stopped_by_signals() -> Iterator[Event]:
    """An event that SIGTERM sets, so that a service manager stops the command as cleanly as Ctrl-C does."""
    stop = Event()
    if current_thread() is not main_thread():
        yield stop
        return
    # A handler runs between any two steps of this thread, also while it holds the lock of ``stop`` to wait for it.
    before = signal.signal(signal.SIGTERM, lambda *_: Thread(target=stop.set).start())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)


def wait_for(stop: Event) -> None:
    """Until somebody stops it."""
    while not stop.wait(_LOOK_SECONDS):
        pass
