"""Times that can be compared on a noisy machine: the tasks take turns, and the median of the rounds counts."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

Task = Callable[[], object]
Measured = dict[str, float]

ROUNDS = 25
SECONDS_A_TURN = 0.02


def interleaved(tasks: Mapping[str, Task]) -> Measured:
    """Seconds that one call of each task takes."""
    calls = {name: _calls_a_turn(task) for name, task in tasks.items()}
    turns: dict[str, list[float]] = {name: [] for name in tasks}
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for name, task in tasks.items():
                turns[name].append(_turn(task, calls[name]))
    finally:
        gc.enable()
    return {name: statistics.median(found) for name, found in turns.items()}


def _calls_a_turn(task: Task) -> int:
    for _ in range(20):
        task()
    return max(3, round(SECONDS_A_TURN / _turn(task, 10)))


def _turn(task: Task, calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        task()
    return (time.perf_counter() - start) / calls
