"""Values as people write them, and text from outside that cannot change the screen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.claim_path import ClaimPath
from nlwallet.holder.readable import day_of, listing, period, plain, readable
from nlwallet.holder.texts import Language


def label(path: ClaimPath) -> str:
    return str(path[-1])


@pytest.mark.parametrize(
    ("value", "path", "nl", "en"),
    [
        ("2000-03-24", ("birthdate",), "24 maart 2000", "24 March 2000"),
        ("2000-00-00", ("birthdate",), "2000-00-00", "2000-00-00"),
        (
            "2026-08-06T09:05:00Z",
            ("date_of_issuance",),
            "6 augustus 2026, 09:05 UTC",
            "6 August 2026, 09:05 UTC",
        ),
        (True, ("age_over_18",), "ja", "yes"),
        (False, ("cum_laude",), "nee", "no"),
        (0, ("number",), "0", "0"),
        (None, ("x",), "(leeg)", "(empty)"),
        ([], ("x",), "(leeg)", "(empty)"),
        (["NL"], ("nationalities",), "NL", "NL"),
        (["NL", "BE", "FR"], ("nationalities",), "NL, BE en FR", "NL, BE and FR"),
        (2, ("sex",), "vrouw", "female"),
        (2, ("copies",), "2", "2"),
        ("999991772", ("bsn",), "999991772", "999991772"),
        ("data:image/jpeg;base64,AAAA", ("picture",), "een foto", "a photo"),
        ({"a": True, "b": "2000-01-01"}, ("x",), "a: ja; b: 1 januari 2000", "a: yes; b: 1 January 2000"),
        ([{"a": 1}, {"a": 2}], ("x",), "a: 1; a: 2", "a: 1; a: 2"),
    ],
)
def test_values(value: Any, path: ClaimPath, nl: str, en: str) -> None:
    assert readable(value, path, "nl", label) == nl
    assert readable(value, path, "en", label) == en


ADDRESS = {
    "street_address": "Van Wijngaerdenstraat",
    "house_number": "1",
    "postal_code": "2596TW",
    "locality": "Toetsoog",
    "country": "Nederland",
}


def test_an_address_is_written_as_on_an_envelope() -> None:
    written = readable(ADDRESS, ("address",), "nl", label)
    assert written == "Van Wijngaerdenstraat 1, 2596TW Toetsoog, Nederland"


@pytest.mark.parametrize("extra", [{"note": "bel 2x"}, {"geo": {"lat": 52}}, {"formatted": "Straat 1\nDorp"}])
def test_nothing_in_an_address_is_left_out(extra: dict[str, Any]) -> None:
    written = readable(ADDRESS | extra, ("address",), "nl", label)
    for part in (*ADDRESS.values(), "bel 2x" if "note" in extra else "", "52" if "geo" in extra else ""):
        assert part in written
    if "formatted" in extra:
        assert written.startswith("Straat 1 Dorp")


@given(
    st.dictionaries(
        st.sampled_from(["street_address", "postal_code", "country", "formatted", "x", "y"]),
        st.one_of(st.integers(100, 999), st.lists(st.integers(100, 999), max_size=3), st.booleans()),
    )
)
def test_every_number_that_is_shared_is_shown(value: dict[str, Any]) -> None:
    written = readable(value, ("address",), "nl", label)
    for part in value.values():
        for number in part if isinstance(part, list) else [part]:
            if not isinstance(number, bool):
                assert str(number) in written


@pytest.mark.parametrize(
    ("days", "nl", "en"),
    [
        (1, "1 dag", "1 day"),
        (90, "90 dagen", "90 days"),
        (365, "1 jaar", "1 year"),
        (730, "2 jaar", "2 years"),
        (400, "400 dagen", "400 days"),
    ],
)
def test_periods(days: int, nl: str, en: str) -> None:
    assert (period(days, "nl"), period(days, "en")) == (nl, en)


def test_a_moment_as_a_date() -> None:
    assert day_of(0, "nl") == "1 januari 1970"


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a en b"), (["a", "b", "c"], "a, b en c")]
)
def test_listing(items: list[str], text: str) -> None:
    assert listing(items, "nl") == text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("Gemeente\x1b[2J\x1b[31m", "Gemeente [2J [31m"),
        ("a\r\nWarnings: none", "a Warnings: none"),
        ("bank\u202egro.live", "bank gro.live"),
        ("a\u200bb\u2066c", "a b c"),
        ("\ud800x", "x"),
        ("Café  'De Vrije Val'", "Café 'De Vrije Val'"),
    ],
)
def test_text_from_outside_cannot_change_the_screen(hostile: str, shown: str) -> None:
    assert plain(hostile) == shown


@given(st.text())
def test_plain_text_is_one_printable_line(text: str) -> None:
    shown = plain(text, 80)
    assert shown.isprintable()
    assert len(shown) < 100


def test_what_is_cut_is_counted() -> None:
    assert plain("x" * 5000, 10) == "xxxxxxxxxx… (5000)"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda c: st.lists(c) | st.dictionaries(st.text(), c),
        max_leaves=20,
    )
)
def test_any_json_value_can_be_shown(value: Any) -> None:
    languages: tuple[Language, ...] = ("nl", "en")
    for language in languages:
        assert readable(value, ("x",), language, label).isprintable()
