"""Time is always passed in. Roles hold a clock; everything below them takes ``now``.

All times are whole seconds since the Unix epoch (NumericDate without a fraction, RFC 7519 §2).
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Anything that knows what time it is."""

    def now(self) -> int:
        """Seconds since the Unix epoch."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> int:
        """Seconds since the Unix epoch."""
        return int(time.time())


class TravellingClock:
    """A clock that stands still until it is told to travel: for tests that expire things."""

    def __init__(self, start: int | None = None) -> None:
        self._now = int(time.time()) if start is None else start

    def now(self) -> int:
        """Seconds since the Unix epoch."""
        return self._now

    def travel(self, seconds: int) -> None:
        """Move ``seconds`` forward, or backward when negative."""
        self._now += seconds
