"""A PostgreSQL server of the moment, on a socket in a folder of its own; skipped, loudly, where there is none."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # the machine does not lose its power during a test
    "shared_buffers": "16MB",
    "max_connections": "200",
}


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Gives the address of a fresh, empty place on a server."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is missing (initdb, pg_ctl): nothing is tried on it")
    with tempfile.TemporaryDirectory(prefix="nlwallet-pg-") as name:
        folder, who = Path(name), _somebody()
        if who:
            shutil.chown(folder, who["user"], who["group"])

        def run(program: str, *arguments: str) -> None:
            done = subprocess.run(
                [programs / program, *arguments], cwd=folder, capture_output=True, text=True, check=False,
                timeout=60, **who,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr + done.stdout

        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        run("initdb", "-D", "data", "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")
        run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", f"-k {folder} {options}", "start")
        # Whoever ends the tests, however hard, closes this pipe: nothing is left behind.
        stop = f"cat; '{programs / 'pg_ctl'}' -D data -m immediate stop; rm -rf '{folder}'/*"
        with subprocess.Popen(
            ["sh", "-c", stop], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            start_new_session=True, **who,
        ):  # fmt: skip
            yield _places(folder)


def _places(folder: Path) -> Callable[[], str]:
    numbers, server = count(1), f"postgresql://tester@/postgres?host={quote(str(folder), safe='')}"

    def fresh() -> str:
        schema = f"t{next(numbers)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
        return f"{server}&options=-csearch_path%3D{schema}"

    return fresh


def _programs() -> Path | None:
    """The folder of the server's programs; Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((one for one in reversed(folders) if (one / "pg_ctl").exists()), None)


def _somebody() -> dict[str, Any]:
    """As whom to run it: the server refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    name = next(one for one in ("postgres", "nobody") if _exists(one))
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": ()}


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
