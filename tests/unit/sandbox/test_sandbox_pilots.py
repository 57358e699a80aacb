"""Pilots are files: what stands in one, what is refused in one, and how each that comes with the sandbox ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nlwallet import Sandbox
from nlwallet.errors import LimitExceeded, LocalError, MalformedInput
from nlwallet.sandbox import PILOTS, Pilot, pilot, pilot_text, read_pilot, run_pilot
from nlwallet.sandbox.pilot_file import MAX_PILOT_BYTES
from nlwallet.sandbox.pilots import NEARBY

CAFE = pilot_text("cafe-de-vrije-val")


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.mark.parametrize("one", PILOTS, ids=lambda one: one.id)
def test_a_pilot_ends_as_it_is_meant_to(edi: Sandbox, one: Pilot) -> None:
    ran = run_pilot(one, edi)
    assert ran.as_meant, ran
    if one.careful == "shares":
        asked = {
            ".".join(map(str, path))
            for credential in one.record.intended_use(one.intended_use).credentials
            for path in credential.claims
        }
        got = [path for paths in ran.received.values() for path in paths]
        assert {path for path in asked if any(each.startswith(path) for each in got)} == asked
        assert all(any(each.startswith(path) for path in asked) for each in got), "nothing that was not asked"
    else:
        assert ran.received == {}


def test_each_way_to_end_badly_is_shown_by_a_pilot(edi: Sandbox) -> None:
    assert run_pilot(pilot("over-asking"), edi).outcome == "refused"
    withdrawn = run_pilot(pilot("gisteren-ingetrokken"), edi)
    assert (withdrawn.outcome, withdrawn.error) == ("stopped", "certificate_revoked")


def test_a_house_is_rented_with_three_cards_and_a_contract_comes_back(edi: Sandbox) -> None:
    ran = run_pilot(pilot("huis-huren"), edi)
    assert ran.received == {
        "pid": ["given_name", "family_name", "birthdate"],
        "credential_1": ["institution", "programme"],
        "credential_2": ["year", "income"],
    }
    assert ran.given == "rental-contract"


def test_a_run_tells_no_values(edi: Sandbox) -> None:
    told = str(run_pilot(pilot("huis-huren"), edi).as_dict())
    assert "Hofstra" not in told
    assert "38450" not in told


def test_a_pilot_that_ends_otherwise_says_so(edi: Sandbox) -> None:
    text = pilot_text("over-asking").replace('careful = "refuses"', "").replace('"over-asking"', '"other"')
    text = text.replace("gretige-webwinkel", "andere").replace("NTRNL-90000003", "NTRNL-90000399")
    ran = run_pilot(read_pilot(text.encode()), edi)
    assert (ran.outcome, ran.as_meant) == ("refused", False)


def test_every_pilot_differs_in_id_host_and_number() -> None:
    every = (*PILOTS, *NEARBY)
    assert len({one.id for one in every}) == len({one.host for one in every}) == len(every) == 13
    assert len({one.record.identifier for one in every}) == len(every)
    for one in every:
        assert set(one.title) == set(one.story) == {"nl", "en"}


def test_a_file_of_ones_own(tmp_path: Path, edi: Sandbox) -> None:
    path = tmp_path / "zwembad.toml"
    text = CAFE.replace("cafe-de-vrije-val", "zwembad").replace("NTRNL-90000002", "NTRNL-90000088")
    path.write_text(text, encoding="utf-8")
    mine = read_pilot(path)
    assert (mine.id, mine.host, mine.cards, mine.careful) == (
        "zwembad",
        "zwembad.example",
        ("pid",),
        "shares",
    )
    assert run_pilot(mine, edi).received == {"pid": ["age_over_18"]}
    with pytest.raises(LocalError, match="No such file"):
        read_pilot(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("before", "after", "pointer", "told"),
    [
        ('card = "pid"', 'card = "pass"', "/asks/0/card", "one of pid, diploma"),
        ('card = "pid"', 'card = "pid"\ntype = "x"', "/asks/0", "a card, or a type"),
        ('card = "pid"', "", "/asks/0", "a card, or a type"),
        ('"leeftijd"', '"Leef tijd"', "/use/id", "small letters"),
        ("cafe-de-vrije-val.example", "https://x", "/party/host", "a host name"),
        ('identifier = "NTRNL-90000002"', 'identifier = "42"', "/identifier", ""),
        ('id = "cafe', 'citizen = "nobody"\nid = "cafe', "/citizen", "one of frouke"),
        ('id = "cafe', 'citizen = "jip"\ncards = ["driving-licence"]\nid = "cafe', "/cards", "jip has no"),
        ('id = "cafe', 'gives = "income-statement"\ncitizen = "jip"\nid = "cafe', "/cards", "jip has no"),
        ('id = "cafe', 'colour = "red"\nid = "cafe', "/colour", "Extra inputs"),
        ("days = 0", "days = -1", "/use/retention/days", ""),
        ("claims = [", "claims = [1, ", "/asks/0/claims/0", ""),
    ],
)
def test_what_is_wrong_is_told_with_its_place(before: str, after: str, pointer: str, told: str) -> None:
    assert before in CAFE
    with pytest.raises(MalformedInput, match="this pilot is wrong") as refused:
        read_pilot(CAFE.replace(before, after, 1).encode())
    assert refused.value.pointer.startswith(pointer)
    assert told in refused.value.message
    assert refused.value.hint


def test_what_is_no_toml_or_too_much_is_refused() -> None:
    with pytest.raises(MalformedInput, match="not TOML"):
        read_pilot(b"id = ")
    with pytest.raises(MalformedInput, match="not TOML"):
        read_pilot(b"\xff")
    with pytest.raises(MalformedInput, match="not TOML"):
        read_pilot(b"id = " + b"[" * 30_000)
    with pytest.raises(LimitExceeded):
        read_pilot(b"#" * (MAX_PILOT_BYTES + 1))
    with pytest.raises(MalformedInput):
        read_pilot(b"")
