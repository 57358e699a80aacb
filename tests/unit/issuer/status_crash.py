"""An issuer of statuses that is killed before and after every transaction, again and again, on one file.

Run by a test: ``python status_crash.py FOLDER STEP``; a folder in memory will do, for it is the process that dies,
not the machine. For each beginning and end of a transaction a child process walks the story on a fresh file, tells
over a pipe what it was told is done, and is killed with SIGKILL just before that. (Within a transaction it is the
same on the disk as at its beginning and its end.)
Then the file is opened again and held against what was told. Prints how often it killed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import LocalError
from nlwallet.issuer import SqlStatusStore, StatusLists
from nlwallet.status import Status, StatusSigner, verify_status_list_jwt
from nlwallet.store import Database

NOW = 1_790_000_000
BASE = "https://issuer.example"
ROOT = CertificateAuthority.create("Status root", now=NOW)
KEY = PrivateKey.generate()
CHAIN = ROOT.issue(KEY.public, Subject("Status signer"), now=NOW)


def status_lists(path: Path, **more: Any) -> StatusLists:
    options = {"size": 16, "history": 60, **more}
    return StatusLists(
        base_url=BASE,
        key=KEY,
        chain=CHAIN,
        clock=TravellingClock(NOW),
        store=SqlStatusStore(Database(f"sqlite:///{path}")),
        **options,
    )


class Told:
    """What the child was told, a line each: ``given ID URI IDX`` and ``status ID VALUE``."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def given(self, lists: StatusLists, credential_id: str, count: int) -> None:
        for reference in lists.allocate_batch(credential_id, count):
            self._tell(f"given {credential_id} {reference.uri} {reference.idx}")

    def status(self, credential_id: str, status: Status) -> None:
        self._tell(f"status {credential_id} {int(status)}")

    def begin(self, what: str) -> None:
        """From here on the step may be done, though nobody was told."""
        self._tell(f"begin {what}")

    def _tell(self, line: str) -> None:
        os.write(self._pipe, line.encode() + b"\n")


def story(path: Path, told: Told, *, kill_at: int) -> None:
    """Everything that an issuer does to its statuses, on lists so small that a second one is needed."""
    import sqlite3

    statements = 0

    def count(sql: str) -> None:
        nonlocal statements
        if not sql.startswith(("BEGIN", "COMMIT")):
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
    lists = status_lists(path)
    told.given(lists, "a", 1)
    told.given(lists, "batch", 8)
    told.given(lists, "b", 6)
    for credential_id, step, status in (
        ("a", lists.revoke, Status.INVALID),
        ("batch", lists.suspend, Status.SUSPENDED),
        ("batch", lists.restore, Status.VALID),
        ("batch", lists.revoke, Status.INVALID),
        ("b", lists.suspend, Status.SUSPENDED),
    ):
        told.begin(f"{credential_id} {int(status)}")
        step(credential_id)
        told.status(credential_id, status)
    told.given(lists, "c", 2)


def check(path: Path, lines: list[str]) -> None:
    """The file knows all that was told, and gives nothing out twice."""
    given: dict[tuple[str, int], str] = {}
    status: dict[str, set[int]] = {}
    for line in lines:
        kind, credential_id, *rest = line.split()
        if kind == "given":
            place = (rest[0], int(rest[1]))
            assert place not in given, f"given twice: {place}"
            given[place] = credential_id
            status.setdefault(credential_id, {Status.VALID})
        elif kind == "begin":
            status[credential_id].add(int(rest[0]))
        else:
            status[credential_id] = {int(rest[0])}
    lists = status_lists(path)
    tokens = {}
    for (uri, idx), credential_id in given.items():
        may_be = status[credential_id]
        assert lists.status_of(credential_id) in may_be
        assert any((one.uri, one.idx) == (uri, idx) for one in lists.references_of(credential_id))
        if uri not in tokens:
            token = lists.token(int(uri.rpartition("/")[2]))
            assert token is not None
            tokens[uri] = verify_status_list_jwt(
                token.body.decode(), uri=uri, signer=StatusSigner([ROOT.certificate]), now=NOW
            )
        assert tokens[uri].statuses[idx] == lists.status_of(credential_id), "the list says something else"
    for new in lists.allocate_batch("after", 20):
        assert (new.uri, new.idx) not in given, f"given again: {new}"
        given[new.uri, new.idx] = "after"
    for credential_id, may_be in status.items():
        if may_be == {Status.INVALID}:
            try:
                lists.restore(credential_id)
            except LocalError:
                continue
            raise AssertionError("what was revoked came back")


def main(folder: Path, step: int) -> None:
    kills = 0
    for kill_at in range(1, 1000, step):
        path = folder / f"statuses-{kill_at}.sqlite"
        heard, pipe = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(heard)
            story(path, Told(pipe), kill_at=kill_at)
            os._exit(0)
        os.close(pipe)
        with os.fdopen(heard) as lines:
            told = lines.read().splitlines()
        _, how = os.waitpid(child, 0)
        check(path, told)
        if os.WIFEXITED(how):
            assert os.WEXITSTATUS(how) == 0
            assert told[-1].startswith("given c"), "the story was not told to its end"
            break
        assert os.WTERMSIG(how) == signal.SIGKILL
        kills += 1
    print(kills)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
