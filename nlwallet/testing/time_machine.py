"""A clock for tests: it runs along with the real one, and jumps when it is told to."""

from __future__ import annotations

import time

_SECONDS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


class TimeMachine:
    """The time of a whole ecosystem. It runs, so that a party with a clock of its own agrees, until it is frozen.

    Only who shares this clock travels along. A relying party that asks the machine what time it is stays in the
    present: give it :meth:`now`, or travel there with a tool of its own.
    """

    def __init__(self) -> None:
        self._ahead = 0
        self._frozen: int | None = None

    def now(self) -> int:
        """Seconds since the Unix epoch."""
        base = int(time.time()) if self._frozen is None else self._frozen
        return base + self._ahead

    def travel(self, seconds: int = 0, *, days: int = 0, hours: int = 0, minutes: int = 0) -> int:
        """Jump forward, or back where the sum is negative; returns the time that it is then."""
        parts = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
        self._ahead += sum(_SECONDS[name] * count for name, count in parts.items())
        return self.now()

    def travel_to(self, moment: int) -> int:
        """Jump to ``moment``, in seconds since the Unix epoch."""
        return self.travel(moment - self.now())

    def freeze(self) -> int:
        """Stand still, until the test is over; travelling goes on to work."""
        self._frozen, self._ahead = self.now(), 0
        return self._frozen

    def back(self) -> None:
        """Return to the present, and run."""
        self._ahead, self._frozen = 0, None

    def __repr__(self) -> str:
        return f"<TimeMachine {self._ahead:+d} seconds>"
