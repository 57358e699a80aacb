"""What a command imports before it does anything: a person waits for all of it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.core import TyperGroup

from nlwallet.cli.app import run
from nlwallet.cli.commands import COMMANDS, Later

HEAVY = {"cryptography", "httpx", "joserfc", "rich", "sqlalchemy", "ssl", "starlette", "uvicorn"}
"""Not pydantic: typer itself reads the options with it."""
ROOMS = {
    f"nlwallet.{room}"
    for room in (
        "crypto",
        "holder",
        "http",
        "issuer",
        "sandbox.sandbox",
        "sandbox.served",
        "testing",
        "verifier",
    )
}
"""The package ``sandbox`` imports nothing by itself; it says on which ports it is."""


APART = ("decode", "demo", "lint", "match", "qr", "sandbox", "verify")
"""Commands whose options stand apart from what they do."""


def test_help_waits_for_no_room_of_the_library() -> None:
    program = f"""
import sys
from nlwallet.cli.app import run
for command in ("", "wallet", *{APART}):
    run([*command.split(), "--help"])
print(*sys.modules, sep="\\n", file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=90
    )
    assert done.stdout.count("Usage:") == 2 + len(APART)
    modules = set(done.stderr.split())
    assert modules & (HEAVY | ROOMS) == set()
    assert {each for each in modules if each.startswith("nlwallet.cli.")} == {
        "nlwallet.cli.app",
        "nlwallet.cli.commands",
        "nlwallet.cli.one_input",
        *(f"nlwallet.cli.{command}_command" for command in APART),
    }


def test_the_wallet_waits_for_no_other_role() -> None:
    program = "import nlwallet.cli.wallet, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=90
    )
    roles = {f"nlwallet.{role}" for role in ("holder", "issuer", "registrar", "verifier")}
    assert roles & set(done.stdout.split()) == {"nlwallet.holder"}


GROUPS = [one for one in COMMANDS if isinstance(one, TyperGroup)]
ALL = [
    *((one.name, one) for one in COMMANDS if isinstance(one, Later)),
    *((f"{group.name} {one.name}", one) for group in GROUPS for one in group.commands.values()),
]


@pytest.mark.parametrize("command", [one for _, one in ALL], ids=[name for name, _ in ALL])
def test_the_line_of_a_command_is_the_beginning_of_its_own_help(command: Later) -> None:
    own = command.loaded()
    assert own.name == command.name
    assert own.get_short_help_str(10_000) == command.get_short_help_str(10_000) != ""
    assert command.loaded() is own, "built once for each of many runs"


def test_the_help_has_every_command_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    _, _, table = capsys.readouterr().out.partition("Commands:\n")
    assert [line.split()[0] for line in table.splitlines()] == [command.name for command in COMMANDS]


def test_a_typing_mistake_is_answered_with_what_is_near(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["decod", "x"]) == 2
    assert "Did you mean 'decode'" in capsys.readouterr().err


def test_a_group_is_one_more_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["wallet", "--help"]) == 0
    _, _, table = capsys.readouterr().out.partition("Commands:\n")
    names = [line.split()[0] for line in table.splitlines()]
    assert {"create", "receive", "open", "log", "erase", "report", "shared-with"} <= set(names)
    assert run(["wallet"]) == 2, "which command is not said"
    assert "Commands:" in capsys.readouterr().err


def test_a_group_within_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["wallet", "log", "--help"]) == 0
    assert "export" in capsys.readouterr().out
