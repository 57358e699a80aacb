"""What a database needs, and who is told so: without one nothing of it is imported."""

from __future__ import annotations

import json
import subprocess
import sys

WANTED = [
    "from nlwallet.issuer import SqlIssuerStore",
    "from nlwallet.issuer import SqlStatusStore",
    "from nlwallet.verifier import SqlSessionStore",
    "from nlwallet.store import Database",
    "from nlwallet import Sandbox; Sandbox(database='sqlite:///never-made.sqlite')",
]
PROGRAM = """
import json, sys
from nlwallet import Sandbox
with Sandbox():
    pass
print(json.dumps(sorted({"sqlalchemy", "psycopg", "sqlite3", "nlwallet.store"} & sys.modules.keys())))
sys.modules["sqlalchemy"] = None
for wanted in json.loads(sys.argv[1]):
    try:
        exec(wanted)
    except Exception as error:
        print(json.dumps([type(error).__name__, str(error)]))
"""


def test_without_a_database_nothing_of_it_is_imported_and_who_wants_one_is_told_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(WANTED)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    imported, *told = map(json.loads, done.stdout.splitlines())
    assert imported == []
    assert len(told) == len(WANTED)
    for kind, message in told:
        assert kind == "LocalError"
        assert "pip install 'nlwallet[sandbox]'" in message
