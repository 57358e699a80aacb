"""A wallet's file whatever happens to its process: the old state or the new one, and synced before it counts."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kill_step import KILL_STEP

from nlwallet.errors import LocalError
from nlwallet.holder.atomic_file import FileLock, read_whole, remove_leftovers, write_atomically

HERE = Path(__file__).parent
MEMORY = Path("/dev/shm")


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where that can be: it is the process that dies, not the machine."""
    place = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield Path(name)


def test_a_wallet_that_is_killed_at_any_step_is_as_it_was_or_as_it_was_to_be(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "vault_crash.py"), str(folder), str(KILL_STEP)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) * KILL_STEP > 40


def test_a_file_is_synced_before_it_takes_its_place_and_the_folder_after(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    sync, replace = os.fsync, os.replace

    def syncing(descriptor: int) -> None:
        calls.append("folder" if Path(f"/proc/self/fd/{descriptor}").resolve().is_dir() else "file")
        sync(descriptor)

    def replacing(*args: Any) -> None:
        calls.append("replace")
        replace(*args)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(os, "replace", replacing)
    write_atomically(folder / "f", b"new")
    assert calls == ["file", "replace", "folder"]
    assert [one.name for one in folder.iterdir()] == ["f"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    folder: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_atomically(folder / "f", b"old")

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, failing, fail)
        with pytest.raises(LocalError, match="No space left"):
            write_atomically(folder / "f", b"new")
    assert read_whole(folder / "f", max_bytes=10) == b"old"
    assert [one.name for one in folder.iterdir()] == ["f"]


def test_nobody_follows_a_link_that_somebody_left_there(folder: Path) -> None:
    (folder / "elsewhere").write_bytes(b"theirs")
    (folder / "f").symlink_to(folder / "elsewhere")
    write_atomically(folder / "f", b"ours")
    assert (folder / "elsewhere").read_bytes() == b"theirs"
    assert not (folder / "f").is_symlink()


def test_only_a_file_is_read_and_only_as_much_as_it_may_have(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    for other in (folder / "pipe", folder):
        with pytest.raises(LocalError):
            read_whole(other, max_bytes=10)
    (folder / "f").write_bytes(b"x" * 100)
    assert len(read_whole(folder / "f", max_bytes=10)) == 11


def test_a_lock_is_one_holders_and_ends_with_its_process(folder: Path) -> None:
    hold = (
        "import sys, time; from pathlib import Path; from nlwallet.holder.atomic_file import FileLock;"
        "lock = FileLock(Path(sys.argv[1])); print(lock.take(wait=False), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(folder / "f")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert not FileLock(folder / "f").take(wait=False)
        other.kill()
    lock = FileLock(folder / "f")
    assert lock.take(wait=False)
    lock.free()


def test_leftovers_of_another_file_stay(folder: Path) -> None:
    for name in (".f.0011.new", ".g.0011.new", "f"):
        (folder / name).touch()
    remove_leftovers(folder / "f")
    assert sorted(one.name for one in folder.iterdir()) == [".g.0011.new", "f"]
