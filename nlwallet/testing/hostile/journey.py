"""Travel in time during one attack, and back when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlwallet.clock import Clock, TravellingClock
from nlwallet.testing.hostile.answer import NotApplicable
from nlwallet.testing.time_machine import TimeMachine


@dataclass(slots=True)
class Journey:
    """Everybody in the sandbox shares ``clock``, and travels along. ``shared`` says whether who is under test does."""

    clock: Clock = field(repr=False)
    shared: bool = True
    seconds: int = 0
    """How far from home."""

    def check(self) -> None:
        """Raises :class:`NotApplicable` where nobody can travel."""
        self._travelling()

    def forward(self, seconds: int) -> None:
        """Let time pass. Raises :class:`NotApplicable`."""
        self._travelling().travel(seconds)
        self.seconds += seconds

    def end(self) -> None:
        """Turn the clock back."""
        if self.seconds:
            self._travelling().travel(-self.seconds)
            self.seconds = 0

    def _travelling(self) -> TravellingClock | TimeMachine:
        if not self.shared or not isinstance(self.clock, TravellingClock | TimeMachine):
            raise NotApplicable("its clock cannot travel")
        return self.clock
