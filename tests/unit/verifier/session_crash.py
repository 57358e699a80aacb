"""A verifier that is killed before or after any transaction, again and again, and started again on its file.

Run by a test: ``python session_crash.py FOLDER STEP``; a folder in memory will do, for it is the process that dies,
not the machine. A child plays a story over the HTTP face and tells over a pipe what is done. It is killed with
SIGKILL at the beginning or the end of a transaction: at each of these points once. Another child starts the verifier
again, and holds every session against what was told. Prints how often it killed, and in which states sessions were
found.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from conftest import Issuer, World, new_access, worlds

from nlwallet.errors import InvalidResponse
from nlwallet.store import Database
from nlwallet.verifier import SqlSessionStore
from nlwallet.verifier.session import VERIFYING_SECONDS, State

DONE = "https://cafe.example/done"
Start = Callable[[Path], World]
Tell = Callable[..., None]


def story(world: World, tell: Tell) -> None:
    """One that is verified, one that fails, one that is released once, and one that nobody answers."""
    open_ = world.verifier.request()
    tell("made", open_.id)
    good = world.verifier.request()
    tell("made", good.id)
    asked = world.fetch(good)
    tell("begin", good.id, "verified")
    assert world.answer(asked).status_code == 200
    tell("done", good.id, "verified")
    bad = world.verifier.request()
    tell("made", bad.id)
    asked = world.fetch(bad)
    tell("begin", bad.id, "failed")
    assert world.answer(asked, {"pid": [world.presentation(asked, nonce="another")]}).status_code == 400
    tell("done", bad.id, "failed")
    once = world.verifier.request(flow="same_device", redirect_uri=DONE)
    tell("made", once.id)
    code = world.answer(world.fetch(once)).json()["redirect_uri"].partition("response_code=")[2]
    tell("code", once.id, code)
    assert world.verifier.result(once, response_code=code).status == "verified"
    tell("released", once.id, code)


def play(start: Start, path: Path, pipe: int, kill_at: int) -> None:
    points, connect = 0, sqlite3.connect

    def point(sql: str) -> None:
        nonlocal points
        points += sql.startswith(("BEGIN", "COMMIT"))
        if points == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(*args: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*args, **more)
        connection.set_trace_callback(point)
        return connection

    sqlite3.connect = watched  # type: ignore[assignment]
    story(start(path), lambda *what: os.write(pipe, json.dumps(what).encode() + b"\n") and None)
    os.write(pipe, b'["end", ""]\n')


def check(start: Start, path: Path, lines: list[str], pipe: int) -> None:
    """Nothing that was finished is lost, and what was not is what it is."""
    world = start(path)
    told: dict[str, list[list[str]]] = {}
    for line in lines:
        what = json.loads(line)
        told.setdefault(what[1], []).append(what)
    told.pop("", None)
    for id_, steps in told.items():
        state, (last, *more) = world.verifier._store.by_id(id_).state, (steps[-1][0], *steps[-1][2:])  # type: ignore[union-attr]
        os.write(pipe, f"{state}\n".encode())
        result = world.verifier.result(id_)
        if last == "done":
            assert result.status == more[0]
            assert result.report.checks
        elif last == "released":
            assert result.error is not None
            assert result.error.code == "already_released"
            refused(world, id_, more[0])
        elif last == "code" and state is State.VERIFIED:
            released = world.verifier.result(id_, response_code=more[0])
            assert released.claims("pid") == {"age_over_18": True}
            refused(world, id_, more[0])
        elif last == "code":
            assert state is State.RELEASED  # it was, though nobody was told
            refused(world, id_, more[0])
        elif state is State.PENDING:
            assert result.status == "pending"
        elif state is State.VERIFYING:
            assert result.status == "pending"
            world.clock.travel(VERIFYING_SECONDS)
            failed = world.verifier.result(id_)
            assert (failed.status, failed.error and failed.error.code) == (
                "failed",
                "verification_interrupted",
            )
            world.clock.travel(-VERIFYING_SECONDS)
        else:
            assert [last, str(state)] == ["begin", *more]  # done, though nobody was told


def refused(world: World, id_: str, code: str) -> None:
    try:
        world.verifier.result(id_, response_code=code)
    except InvalidResponse:
        return
    raise AssertionError("released twice")


def in_a_child(work: Callable[[int], None]) -> tuple[list[str], int]:
    """What a child wrote into its pipe, and how it ended. Here is never a thread, so a fork is safe."""
    heard, pipe = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        status = 1
        try:
            work(pipe)
            status = 0
        finally:
            if status:
                traceback.print_exc()
            os._exit(status)
    os.close(pipe)
    with os.fdopen(heard) as lines:
        told = lines.read().splitlines()
    return told, os.waitpid(child, 0)[1]


def main(folder: Path, step: int) -> None:
    make = worlds(Issuer.create("PID provider"), Issuer.create("University"), new_access())

    def start(path: Path) -> World:
        return make(store=SqlSessionStore(Database(f"sqlite:///{path}"), owner="cafe"))

    kills, states = 0, Counter[str]()
    for kill_at in count(1, step):
        path = folder / f"sessions-{kill_at}.sqlite"
        told, how = in_a_child(lambda pipe, path=path, at=kill_at: play(start, path, pipe, at))
        found, after = in_a_child(lambda pipe, path=path, told=told: check(start, path, told, pipe))
        assert os.waitstatus_to_exitcode(after) == 0, (kill_at, told)
        states.update(found)
        if os.WIFEXITED(how):
            assert os.WEXITSTATUS(how) == 0
            assert told[-1] == '["end", ""]', "the story was not told to its end"
            break
        assert os.WTERMSIG(how) == signal.SIGKILL
        kills += 1
    print(json.dumps({"kills": kills, **states}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
