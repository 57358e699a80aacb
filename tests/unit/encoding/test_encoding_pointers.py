"""JSON pointers are exact; in an error, names from outside can always be written, and are never long."""

from __future__ import annotations

import pytest

from nlwallet.claim_path import show_path
from nlwallet.encoding import dump_json, json_pointer
from nlwallet.errors import InvalidResponse


def test_pointers_are_those_of_the_rfc() -> None:
    assert json_pointer(["a/b", "m~n", 0, None, ""]) == "/a~1b/m~0n/0/*/"
    assert json_pointer([]) == ""
    assert json_pointer(["café", "🍺", "a\nb"]) == "/café/🍺/a\nb"
    assert show_path(("address", "straße", None, 0)) == "address.straße[][0]"


@pytest.mark.parametrize("name", ["a\nERROR: b", "\r", "\u202egnp.exe", "\0", "\x1b[2J", "\u2028", "\ud800"])
def test_an_error_passes_nothing_on_that_nobody_can_see(name: str) -> None:
    error = InvalidResponse(f"no {name}", pointer=json_pointer([name, "é"]), hint=show_path((name,)))
    assert str(error).isprintable()
    assert error.pointer.endswith("/é")
    assert "?" in error.message
    assert dump_json(error.diagnostics())


@pytest.mark.parametrize("name", ["a" * 5000, "é" * 5000, "\ud800" * 5000])
def test_an_error_is_never_long(name: str) -> None:
    error = InvalidResponse(name, pointer=json_pointer([name, name]), hint=name)
    assert len(str(error)) < 3500
    assert dump_json(error.diagnostics())
