"""Processes that share a register in one file: one that is killed at every transaction, and several that race.

Run by a test: ``python register_processes.py FOLDER STEP``; a folder in memory will do, for it is the process that
dies, not the machine. For each STEPth transaction a child process walks the story on a fresh file, tells over a pipe
what it was told is done, and is killed with SIGKILL just before the end of that transaction. (At the beginning of the
next one it is the same on the disk as at the end of this one.) Then the file is opened again and held against what was
told. Then some begin at the same moment on one file. Prints how often it killed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey
from nlwallet.registrar import ListSigner, Registrar, new_access_authority, new_registration_authority
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox.kept_sql import SqlKeptRegister
from nlwallet.sandbox.pilots import PILOTS
from nlwallet.store import Database
from nlwallet.trust import ACCESS_AUTHORITIES, PID_PROVIDERS, verify_lote

NOW = 1_790_000_000
URL = "https://registrar.example"
RUNNERS = 3


@cache
def keys() -> tuple[CertificateAuthority, CertificateAuthority, ListSigner, PrivateKey]:
    """What every registrar here has; none of it changes."""
    authorities = new_access_authority(URL, now=NOW), new_registration_authority(URL, now=NOW)
    return *authorities, ListSigner.create(now=NOW), PrivateKey.generate()


def registrar(database: Database) -> Registrar:
    """One more on the same database."""
    access, registration, signer, _ = keys()
    return Registrar(
        clock=TravellingClock(NOW),
        base_url=URL,
        access_authority=access,
        registration_authority=registration,
        list_signer=signer,
        kept=SqlKeptRegister(database, owner=URL),
    )


def party(number: int) -> RelyingPartyRecord:
    """A party of which there is only this one."""
    return PILOTS[0].record.model_copy(update={"identifier": f"NTRNL-{80_000_000 + number}"})


def register(one: Registrar, number: int) -> None:
    """Enter a party, and give it certificates."""
    one.register(party(number), keys()[3].public, dns_names=("rp.example",))


# Killed -------------------------------------------------------------------------------------------


def story(path: Path, pipe: int, *, kill_at: int) -> None:
    """Everything that changes a register."""
    import sqlite3

    statements = 0

    def count(sql: str) -> None:
        nonlocal statements
        if not sql.startswith("COMMIT"):
            return
        statements += 1
        if statements == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    connect = sqlite3.connect

    def watched(*args: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*args, **more)
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = watched  # type: ignore[assignment]
    one = registrar(Database(f"sqlite:///{path}"))
    first, second = party(1).identifier, party(2).identifier
    steps: list[tuple[str, Callable[[], Any]]] = [
        ("registered 1", lambda: register(one, 1)),
        ("registered 2", lambda: register(one, 2)),
        ("suspended", lambda: one.suspend(first)),
        ("resumed", lambda: one.resume(first)),
        ("cancelled", lambda: one.cancel(second)),
        ("notified", lambda: one.lists.notify(PID_PROVIDERS, "PID", issuance=(one.access_anchor,))),
        ("taken off", lambda: one.lists.cancel(PID_PROVIDERS, "PID")),
        ("stopped", one.cancel_access_authority),
    ]
    for name, step in steps:
        os.write(pipe, f"begin {name}\n".encode())
        step()
        os.write(pipe, f"done {name}\n".encode())


def check(path: Path, told: list[str]) -> None:
    """The file knows all that was told, and of what was begun all or nothing."""
    done = {line.removeprefix("done ") for line in told if line.startswith("done ")}
    begun = {line.removeprefix("begin ") for line in told if line.startswith("begin ")}
    with Database(f"sqlite:///{path}") as database:
        one = registrar(database)
        log = {(change.identifier, change.what) for change in one.changes}
        found = {name for name, seen in seen_in(one, log).items() if seen}
        # What came later undid these.
        undone = {"suspended"} & found if "resumed" in found else set()
        assert done <= found | undone, (done, found)
        assert found <= begun, (found, begun)
        for number in (1, 2):
            known = one.look_up(party(number).identifier)
            certificates = one.issued_to(party(number).identifier, keys()[3].public)
            assert (known is None) == (certificates is None)
            if known is not None and certificates is not None:
                open_still = known.state == "active" and "stopped" not in found
                assert one.is_revoked(certificates.access_chain.leaf) == (not open_still)
        signer = one.lists.signer
        if "stopped" in found:  # an authority that was stopped is off its list, whatever was in between
            assert one.lists.entities(ACCESS_AUTHORITIES) == ()
        verify_lote(one.lists.token(PID_PROVIDERS), kind=PID_PROVIDERS, signers=(signer,), now=NOW)


def seen_in(one: Registrar, log: set[tuple[str, str]]) -> dict[str, bool]:
    """Which steps of the story the register has."""
    first, second = party(1).identifier, party(2).identifier
    listed = any(each.name == "PID" for each in one.lists.entities(PID_PROVIDERS))
    off = one.lists.was_cancelled(PID_PROVIDERS, "PID")
    return {
        "registered 1": {(first, "registered"), (first, "certified")} <= log,
        "registered 2": {(second, "registered"), (second, "certified")} <= log,
        "suspended": (first, "suspended") in log,
        "resumed": (first, "resumed") in log,
        "cancelled": (second, "cancelled") in log,
        "notified": listed or off,
        "taken off": off,
        "stopped": not one._office.access_open,
    }


def killed(folder: Path, step: int) -> int:
    """How often; the last child walks to the end."""
    for kills, kill_at in enumerate(range(1, 1000, step)):
        path = folder / f"register-{kill_at}.sqlite"
        heard, pipe = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(heard)
            story(path, pipe, kill_at=kill_at)
            os._exit(0)
        os.close(pipe)
        with os.fdopen(heard) as lines:
            told = lines.read().splitlines()
        _, how = os.waitpid(child, 0)
        check(path, told)
        if os.WIFEXITED(how):
            assert os.WEXITSTATUS(how) == 0
            assert told[-1] == "done stopped", "the story was not told to its end"
            return kills
        assert os.WTERMSIG(how) == signal.SIGKILL
    raise AssertionError("no end")


# At the same moment -------------------------------------------------------------------------------


def race(path: Path) -> None:
    """Each enters parties of its own and stops one of each other, beginning together."""
    with Database(f"sqlite:///{path}") as database:
        register(registrar(database), 0)
    waiting, start = os.pipe()
    children = []
    for runner in range(RUNNERS):
        child = os.fork()
        if child == 0:
            os.close(start)
            os.read(waiting, 1)  # ends for all of them when the other side is closed
            run(path, runner)
            os._exit(0)
        children.append(child)
    os.close(start)
    for child in children:
        _, how = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(how) == 0
    with Database(f"sqlite:///{path}") as database:
        one = registrar(database)
        expected = {party(10 * runner + n).identifier for runner in range(RUNNERS) for n in (1, 2)}
        stopped = {party(10 * runner + 2).identifier for runner in range(RUNNERS)}
        assert {record.identifier for record, _ in one.entries()} == expected - stopped
        log = [(change.identifier, change.what) for change in one.changes]
        assert len(log) == len(set(log)), "a line that is there twice"
        assert {identifier for identifier, what in log if what == "registered"} == {
            *expected,
            party(0).identifier,
        }
        assert {identifier for identifier, what in log if what == "cancelled"} == {
            *stopped,
            party(0).identifier,
        }
        assert {each.name for each in one.lists.entities(PID_PROVIDERS)} == {"0", "1", "2"}


def run(path: Path, runner: int) -> None:
    with Database(f"sqlite:///{path}") as database:
        one = registrar(database)
        for n in (1, 2):
            register(one, 10 * runner + n)
        one.cancel(party(10 * runner + 2).identifier)
        one.cancel(party(0).identifier)  # all of them want that; the first one does it
        one.lists.notify(PID_PROVIDERS, str(runner), issuance=(one.access_anchor,))


def main(folder: Path, step: int) -> None:
    keys()
    times = killed(folder, step)
    race(folder / "race.sqlite")
    print(times)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
