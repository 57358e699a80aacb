"""Deleting from the transaction log: by its holder alone, who first reads what it means (DASH_02a, DASH_06a)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from threading import Lock
from typing import Final

from nlwallet.clock import Clock
from nlwallet.errors import PromptClosed
from nlwallet.holder.labels import LABEL_LENGTH
from nlwallet.holder.layout import RULE, wrap
from nlwallet.holder.log import LogEntry
from nlwallet.holder.pin import Pin
from nlwallet.holder.readable import day_of, listing, plain
from nlwallet.holder.texts import Language, checked_language, say

RETENTION_DAYS: Final = 5 * 365
"""How long entries are kept at least, in days.

The law of a Member State may name a period; ours is that of a claim for damages (five years, BW 3:310)."""

_NAMED: Final = 5


class LogRemoval:
    """Entries that are to go; waits for :meth:`delete`. ``str(removal)`` is what the holder reads first.

    ``before``: for old entries, the moment (epoch seconds) that they are older than.
    """

    def __init__(
        self,
        entries: Sequence[LogEntry],
        *,
        language: Language,
        pin: Pin | None,
        clock: Clock,
        remove: Callable[[Collection[str]], None],
        before: int | None = None,
    ) -> None:
        self.entries = tuple(entries)
        self.language: Language = language
        self._before = before
        self._pin = pin
        self._clock = clock
        self._remove = remove
        self._open = True
        self._lock = Lock()

    def text(self, language: Language | None = None) -> str:
        """What deleting means for the holder's rights, and how to keep a copy, in either language."""
        return "\n".join(self._lines(checked_language(language or self.language)))

    def delete(self, *, pin: str | None = None) -> None:
        """Delete the entries. ``pin``: needed when the wallet has one, so that nobody else can do it (DASH_06b).

        Raises :class:`~nlwallet.errors.PromptClosed`, :class:`~nlwallet.errors.WrongPin` (nothing was deleted),
        :class:`~nlwallet.errors.WalletLocked`, or LocalError when the change could not be kept.
        """
        with self._lock:
            if not self._open:
                raise PromptClosed("these entries were deleted already")
            if self._pin is not None:
                self._pin.check(pin, now=self._clock.now())
            self._remove({one.id for one in self.entries})
            self._open = False

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<LogRemoval of {len(self.entries)} entries>"

    def _lines(self, language: Language) -> Iterator[str]:
        count = len(self.entries)
        yield RULE
        if self._before is None:
            yield from wrap(say(language, "removal.title", count=count), "")
        else:
            date = day_of(self._before, language)
            yield from wrap(say(language, "removal.title.old", count=count, date=date), "")
        yield RULE
        names = [plain(one.party.name, LABEL_LENGTH) for one in self.entries if one.party.name]
        known = list(dict.fromkeys(names))
        if known:
            shown = known if len(known) <= _NAMED else [*known[:_NAMED], "…"]
            yield from wrap(say(language, "removal.parties", names=listing(shown, language)), "")
        yield from wrap(say(language, "removal.consequence"), "")
        yield from wrap(say(language, "removal.export"), "")
        yield ""
        yield from wrap(say(language, "removal.choice.delete"), "  ")
        yield from wrap(say(language, "removal.choice.stop"), "  ")
        yield RULE
