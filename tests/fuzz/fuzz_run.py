"""How a property is tried: a few examples in ``make test``, for a length of time in ``make fuzz``.

``NLWALLET_FUZZ_SECONDS`` is the time for each target. In ``make test`` the examples are the same each time.
"""

from __future__ import annotations

import os
import resource
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.strategies import SearchStrategy

from nlwallet.encoding import dump_json
from nlwallet.errors import RemoteError

SECONDS = float(os.environ.get("NLWALLET_FUZZ_SECONDS", "0"))

MAX_CPU_SECONDS = 20
"""For one input of at most a few MiB: a thousand times what any needs, and far less than a product of two sizes."""

MAX_GROWTH = 512 << 20
"""How much memory all inputs of one target together may take, in bytes."""

MAX_ERROR_TEXT = 4_000
"""In characters: a path and a pointer of names from outside, at their longest, and what we say ourselves."""


class TookTooLong(BaseException):
    """Of no class that a parser catches."""


def survives(run: Callable[[Any], object], given: Any) -> None:
    """``run`` returns, or raises a RemoteError that can be shown; and it ends."""
    try:
        with _cpu_limit():
            run(given)
    except RemoteError as error:
        problem = _not_to_be_shown(error)
        if problem:
            # What is wrong with the text must not break the report of it.
            pytest.fail(f"{problem}: {ascii(str(error))[:MAX_ERROR_TEXT]}")


def _not_to_be_shown(error: RemoteError) -> str:
    """What is wrong with the error itself, which goes to a log, a terminal or the other party; or nothing."""
    try:
        dump_json(error.diagnostics())
    except (TypeError, ValueError):
        return "the error cannot be written as UTF-8"
    if not str(error).isprintable():
        return "the error has characters that nobody can see"
    return "the text of the error is not bounded" if len(str(error)) > MAX_ERROR_TEXT else ""


def explore(inputs: SearchStrategy[Any], check: Callable[[Any], None], *, examples: int = 60) -> None:
    """Try ``check`` on ``examples`` inputs, or for ``NLWALLET_FUZZ_SECONDS``; and that memory stays bounded."""
    before = _peak()
    if SECONDS:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            _try(inputs, check, examples=200, seed=secrets.randbits(64))
    else:
        _try(inputs, check, examples=examples, seed=None)
    assert _peak() - before < MAX_GROWTH


def _try(
    inputs: SearchStrategy[Any], check: Callable[[Any], None], *, examples: int, seed: int | None
) -> None:
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=seed is None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @hypothesis.given(inputs)
    def attempt(given: Any) -> None:
        check(given)

    (attempt if seed is None else hypothesis.seed(seed)(attempt))()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


@contextmanager
def _cpu_limit() -> Iterator[None]:
    """Processor time, not time of day: a busy machine changes nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise TookTooLong(f"one input took more than {MAX_CPU_SECONDS} seconds")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, MAX_CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
