"""An SQLite file that several open at the same moment."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from nlwallet.errors import LocalError
from nlwallet.store import Database, sqlite_file


def test_who_opens_a_new_file_while_another_begins_with_it_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    pauses = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        other.execute("COMMIT")

    monkeypatch.setattr("nlwallet.store.sqlite_file.time.sleep", pause)
    try:
        with Database(f"sqlite:///{path}") as database, database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    finally:
        other.close()
    assert len(pauses) == 1


def test_but_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(sqlite_file, "_WAIT_SECONDS", 0.0)
    try:
        with pytest.raises(LocalError, match="locked"):
            Database(f"sqlite:///{path}")
    finally:
        other.close()
