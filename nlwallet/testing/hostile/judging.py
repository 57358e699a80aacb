"""From a run of an attack to its result: the one rule by which everybody under test is judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from nlwallet.errors import NlWalletError
from nlwallet.testing.hostile.answer import NotApplicable
from nlwallet.testing.hostile.attack import Attack
from nlwallet.testing.hostile.attempt import Broke, NotJudged, Step, Unsound
from nlwallet.testing.hostile.verdict import AttackResult, Verdict


class Course(Protocol):
    """An attempt: what happened in it, and how it is put away."""

    @property
    def steps(self) -> Sequence[Step]:
        """What happened, in order."""
        ...

    def end(self) -> None:
        """Leave everything as it was before."""
        ...


def result_of(attack: Attack, attempt: Course, run: Callable[[], tuple[Verdict, str]]) -> AttackResult:
    """Run an attack; ``run`` gives its verdict unless it raises one. Never raises for what the other side does."""
    begun, broke = time.monotonic(), False
    try:
        verdict, seen = run()
    except Unsound as found:
        verdict, seen, broke = Verdict.HOLE, str(found), isinstance(found, Broke)
    except NotApplicable as reason:
        verdict, seen = Verdict.NOT_APPLICABLE, str(reason)
    except (NotJudged, NlWalletError) as reason:
        verdict, seen = Verdict.NOT_JUDGED, str(reason)
    finally:
        attempt.end()
    return AttackResult(attack, verdict, seen, tuple(attempt.steps), time.monotonic() - begun, broke)
