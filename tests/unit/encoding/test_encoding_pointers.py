"""Names from outside in pointers and paths: they can always be written, and are never long."""

from __future__ import annotations

import pytest

from nlwallet.claim_path import show_path
from nlwallet.encoding import dump_json, json_pointer


def test_pointers_are_those_of_the_rfc() -> None:
    assert json_pointer(["a/b", "m~n", 0, None, ""]) == "/a~1b/m~0n/0/*/"
    assert json_pointer([]) == ""
    assert json_pointer(["café", "🍺"]) == "/café/🍺"
    assert show_path(("address", "straße", None, 0)) == "address.straße[][0]"


@pytest.mark.parametrize("name", ["\ud800", "a\udfff", "\ud800" * 5000, "a" * 5000, "é" * 5000])
def test_a_hostile_name_is_cut_and_can_be_written(name: str) -> None:
    for text in (json_pointer([name, name]), show_path((name, name))):
        assert len(text) < 1100
        assert dump_json(text).decode("utf-8")
