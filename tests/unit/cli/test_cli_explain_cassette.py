"""``nlwallet explain``: what somebody reads who gets a cassette in a bug report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlwallet.cli.app import run
from nlwallet.testing.cassette_recorder import record
from nlwallet.testing.ecosystem import Ecosystem


@pytest.fixture(scope="module")
def cassettes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One of a login that went well, one of a request that the wallet does not take."""
    folder = tmp_path_factory.mktemp("cassettes")
    with Ecosystem() as edi:
        party = edi.party("shop.example", "family_name")
        wallet = edi.wallet("frouke", behaves_as="nl-wallet-0.6")
        with record(wallet, clock=edi.clock.now) as recorder:
            wallet.open(party.request().uri).approve()
            well = recorder.cassette().write(folder / "made" / "well.json")
            recorder.forget()
            query = {"id": "p", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:eudi:pid:nl:1"]}}
            asked = {"credentials": [{**query, "claims": [{"path": ["family_name"]}], "multiple": True}]}
            with pytest.raises(Exception, match="multiple"):
                wallet.open(party.request(asked).uri)
            return well, recorder.cassette().write(folder / "badly.json")


def test_the_story_of_what_went_well(cassettes: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", str(cassettes[0])]) == 0
    out = capsys.readouterr().out
    assert "  1. The wallet was given openid4vp:// with client_id, request_uri" in out
    assert "pid: an SD-JWT with key binding that discloses family_name" in out
    assert out.endswith("Nothing went wrong.\n")


def test_where_it_went_wrong(cassettes: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", str(cassettes[1])]) == 1
    out = capsys.readouterr().out
    story, _, fault = out.partition("\nIt went wrong at step ")
    assert "NL Wallet: DCQL" in fault
    assert "/dcql_query/credentials/0/multiple" in fault
    assert f"→{fault.partition(':')[0]:>3}. " in story


def test_the_same_for_programs(cassettes: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", str(cassettes[1]), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["went_wrong"]["pointer"] == "/dcql_query/credentials/0/multiple"
    assert told["steps"][told["went_wrong"]["step"] - 1]["number"] == told["went_wrong"]["step"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "this JSON is no cassette"),
        ('{"format":"nlwallet-cassette","version":9}', "a newer version than 1"),
        ("not json", "not JSON in UTF-8"),
    ],
)
def test_another_file_ends_in_one_line(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "some.json"
    file.write_text(text)
    assert run(["explain", str(file)]) == 1
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "/nowhere/cassette.json"]) == 1
    assert "cannot be read" in capsys.readouterr().err
