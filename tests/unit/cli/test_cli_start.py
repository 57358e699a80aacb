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
    f"nlwallet.{room}" for room in ("crypto", "holder", "http", "issuer", "sandbox", "testing", "verifier")
}


def imported_by(*arguments: str) -> set[str]:
    """The modules that are there after a command, run in a process of its own."""
    program = (
        "import sys; from nlwallet.cli.app import run; code = run(sys.argv[1:]);"
        "print(*sys.modules, sep='\\n', file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, timeout=90
    )
    assert "Usage:" in done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize("command", ["", "decode", "verify", "lint", "match", "demo"])
def test_help_waits_for_no_room_of_the_library(command: str) -> None:
    modules = imported_by(*command.split(), "--help")
    assert modules & (HEAVY | ROOMS) == set()
    loaded = {each for each in modules if each.startswith("nlwallet.cli.")}
    assert loaded <= {
        "nlwallet.cli.app",
        "nlwallet.cli.commands",
        "nlwallet.cli.one_input",
        f"nlwallet.cli.{command}_command",
    }


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
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


def test_a_group_has_its_own_commands() -> None:
    wallet = next(command for command in COMMANDS if command.name == "wallet").loaded()
    assert isinstance(wallet, TyperGroup)
    assert {"create", "receive", "open", "log", "erase", "report", "shared-with"} <= wallet.commands.keys()
