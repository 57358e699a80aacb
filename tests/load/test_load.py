"""The sandbox under load, on ports: no error, and every session in the right state, also after a restart.

Without more said: a small load. ``make load``: NLWALLET_LOAD_SECONDS with NLWALLET_LOAD_SESSIONS open at every moment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from load_run import PARTY, run

from nlwallet import Sandbox
from nlwallet.sandbox.loopback import Loopback

SECONDS = int(os.environ.get("NLWALLET_LOAD_SECONDS", "0"))
SESSIONS = int(os.environ.get("NLWALLET_LOAD_SESSIONS", "20"))
WALLETS = 8 if SECONDS else 3
SMALL = 40
"""How many sessions there are in all, where no time is said."""
KINDS = ["memory", "sqlite", "postgresql"] if SECONDS else ["sqlite"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_session_ends_as_it_must(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    url = _address(kind, tmp_path, request)
    with Sandbox(hosting=Loopback(), database=url) as edi:
        load = run(edi, sessions=SESSIONS, wallets=WALLETS, go_on=_until())
        assert len(load.ended) >= (SESSIONS if SECONDS else SMALL)
        assert len({one.id for one in load.ended}) == len(load.ended)
        _check(edi, load.ended)
    if url is not None:
        with Sandbox(database=url) as edi:
            _check(edi, load.ended)
    if SECONDS:
        with capsys.disabled():
            print(f"\n{kind}, {SESSIONS} at once: {load}")


def _check(edi: Sandbox, ended: list) -> None:
    party = edi.relying_party(PARTY)
    assert [one for one in ended if party.result(one.id).status is not one.expected] == []


def _until() -> Callable[[int], bool]:
    if not SECONDS:
        return lambda number: number <= SMALL
    ends: list[float] = []

    def go_on(_: int) -> bool:
        # The time begins with the first session, not with the wallets that are made before it.
        if not ends:
            ends.append(time.monotonic() + SECONDS)
        return time.monotonic() < ends[0]

    return go_on


def _address(kind: str, folder: Path, request: pytest.FixtureRequest) -> str | None:
    if kind == "memory":
        return None
    return f"sqlite:///{folder}/load.sqlite" if kind == "sqlite" else request.getfixturevalue("postgresql")()
