"""What a package hands out when somebody asks for it: the lists agree, and nothing is imported before."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import nlwallet
from nlwallet.front_door import front_door

PACKAGE = Path(nlwallet.__file__).parent
HEAVY = ("cryptography", "httpx", "joserfc", "pydantic", "rich", "sqlalchemy", "ssl", "starlette", "uvicorn")
LAZY = tuple(
    ".".join(("nlwallet", *path.parent.relative_to(PACKAGE).parts))
    for path in sorted(PACKAGE.rglob("__init__.py"))
    if "front_door(" in path.read_text()
)


def imported_by(program: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules, sep='\\n')"],
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    )
    return set(done.stdout.split())


def test_which_packages_these_are() -> None:
    assert LAZY == ("nlwallet", "nlwallet.http", "nlwallet.sandbox", "nlwallet.testing")


@pytest.mark.parametrize("name", LAZY)
def test_what_type_checkers_see_is_what_python_gives(name: str) -> None:
    package = importlib.import_module(name)
    [choice] = [node for node in ast.parse(inspect.getsource(package)).body if isinstance(node, ast.If)]
    seen = {
        each.name: node.module
        for node in choice.body
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }
    assert sorted(package.__all__) == sorted(seen)
    [given] = [
        ast.literal_eval(call.args[1])
        for node in choice.orelse
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
    ]
    assert seen == {each: module for module, names in given.items() for each in names}
    for each, module in seen.items():
        assert getattr(package, each) is getattr(importlib.import_module(str(module)), each)
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("name", LAZY)
def test_no_name_is_that_of_a_module_in_the_room(name: str) -> None:
    package = importlib.import_module(name)
    folder = Path(inspect.getfile(package)).parent
    modules = {path.stem for path in folder.glob("*.py")} | {
        path.parent.name for path in folder.glob("*/__init__.py")
    }
    assert modules.isdisjoint(package.__all__)


def test_everything_at_once() -> None:
    names: dict[str, object] = {}
    exec("from nlwallet import *", names)
    assert names.keys() - {"__builtins__"} == set(nlwallet.__all__)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'nlwallet' has no attribute 'Wallets'"):
        nlwallet.Wallets  # type: ignore[attr-defined] # noqa: B018
    with pytest.raises(ImportError, match="Wallets"):
        exec("from nlwallet import Wallets")


def test_the_modules_of_a_room_are_there_without_importing_them_by_name() -> None:
    get, _ = front_door(
        "nlwallet.sandbox", {"nlwallet.sandbox.wire": ("Wire",), "nlwallet.errors": ("LocalError",)}
    )
    assert get("wire") is importlib.import_module("nlwallet.sandbox.wire")
    with pytest.raises(AttributeError):
        get("errors")


def test_importing_them_imports_nothing_else() -> None:
    modules = imported_by(f"import {', '.join(LAZY)}")
    assert {each for each in modules if each.startswith("nlwallet")} == {*LAZY, "nlwallet.front_door"}
    assert modules.isdisjoint(HEAVY)


def test_a_verifier_imports_no_other_role() -> None:
    modules = imported_by("from nlwallet import Verifier")
    others = {
        f"nlwallet.{room}" for room in ("cli", "holder", "issuer", "registrar", "sandbox", "store", "testing")
    }
    assert "nlwallet.verifier.role" in modules
    assert modules.isdisjoint(others | {"sqlalchemy", "uvicorn", "typer"})


def test_the_pytest_plugin_imports_the_library_for_a_fixture_only() -> None:
    modules = imported_by("import pytest_nlwallet")
    assert {each for each in modules if each.startswith("nlwallet")} == set()
