"""``nlwallet check-rp``: what a wallet objects to in a relying party, before a citizen sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.cli.app import run
from nlwallet.cli.check_rp import REMEDIES
from nlwallet.cli.party_check import PartyOptions, check_party
from nlwallet.registration import reason_code
from nlwallet.registration.told import TOLD
from nlwallet.trust import Category
from nlwallet.verifier import Verifier

NL_PID = "urn:eudi:pid:nl:1"
Write = Callable[[str, str], str]


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def bar(edi: Sandbox) -> Verifier:
    return edi.relying_party("cafe-de-vrije-val")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return to


@pytest.fixture
def anchors(edi: Sandbox, write: Write) -> list[str]:
    arguments: list[str] = []
    for category in (Category.ACCESS_CA, Category.REGISTRATION_CERTIFICATE_PROVIDER):
        pem = "".join(one.pem() for one in edi.anchors.of(category))
        arguments += ["--anchor", write(f"{category}.pem", pem), "--category", str(category)]
    return arguments


def query(*names: str) -> str:
    claims = [{"path": [name]} for name in names]
    credential = {"id": "q", "format": "dc+sd-jwt", "meta": {"vct_values": [NL_PID]}, "claims": claims}
    return json.dumps({"credentials": [credential]})


def papers(bar: Verifier, write: Write) -> tuple[str, str]:
    chain = write("wrpac.pem", "".join(one.pem() for one in bar.certificates.access_chain))
    (wrprc,) = bar.certificates.registration_certificates.values()
    return chain, write("wrprc.jwt", wrprc)


def codes(report: dict[str, Any]) -> set[str]:
    return {check["reason_code"] for check in report["checks"] if "reason_code" in check}


def test_a_running_request_gets_every_check_that_a_wallet_makes(edi: Sandbox, bar: Verifier) -> None:
    seen, checked = check_party(
        [bar.request().uri], PartyOptions(anchors=edi.anchors), http=edi._hosting.client()
    )
    assert seen.kinds == ("request object",)
    assert checked.verdict == "accept"
    assert {"HW-05", "RPA_03", "RPA_04", "RPRC_17", "RPRC_01a", "RPRC_21"} <= {
        one.id for one in checked.report
    }


def test_a_request_of_strangers_is_refused_and_still_told_whole(edi: Sandbox, bar: Verifier) -> None:
    _, checked = check_party([bar.request().uri], PartyOptions(), http=edi._hosting.client())
    found = {(one.id, reason_code(one)) for one in checked.report if reason_code(one)}
    assert {("W-17", "REQUESTER_NOT_VERIFIED"), ("RPRC_17", "UNTRUSTED_PROVIDER")} <= found
    assert checked.verdict == "refuse"


def test_certificates_and_a_query_are_held_together(
    bar: Verifier, write: Write, anchors: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = write("query.json", query("age_over_18", "bsn"))
    assert run(["check-rp", *papers(bar, write), asked, *anchors, "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["inputs"] == ["request without signature", "access certificate", "registration certificate"]
    assert "OVERASKING_DETECTED" in codes(report)
    over = next(check for check in report["checks"] if check["id"] == "RPRC_21")
    assert "bsn" in over["reason"]
    assert over["told"].keys() == {"nl", "en"}


@pytest.mark.parametrize(("profile", "code"), [("transitional", 0), ("haip-1.0", 1), ("strict", 1)])
def test_a_warning_counts_unless_the_profile_is_transitional(
    bar: Verifier, write: Write, anchors: list[str], profile: str, code: int
) -> None:
    chain, _ = papers(bar, write)
    asked = write("query.json", query("age_over_18"))
    assert run(["check-rp", chain, asked, *anchors, "--profile", profile]) == code


def test_what_was_not_given_is_not_blamed(
    bar: Verifier, write: Write, anchors: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    chain, wrprc = papers(bar, write)
    for paper in (chain, wrprc):
        assert run(["check-rp", paper, *anchors, "--profile", "strict"]) == 0
        assert "give the" in capsys.readouterr().out


def test_it_says_what_to_do_and_what_the_citizen_reads(
    bar: Verifier, write: Write, anchors: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    chain, _ = papers(bar, write)
    asked = write("query.json", query("age_over_18"))
    for language in ("nl", "en"):
        assert run(["check-rp", chain, asked, *anchors, "--language", language]) == 1
        out = capsys.readouterr().out
        assert TOLD["NOT_REGISTERED"][language] in out
        assert REMEDIES["NOT_REGISTERED"] in out


def test_a_record_is_read_and_its_uses_are_held_against_the_query(
    bar: Verifier, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    record = write("record.json", bar.certificates.record.model_dump_json(exclude_none=True))
    assert run(["check-rp", record]) == 0
    assert run(["check-rp", record, write("q.json", query("bsn"))]) == 1
    assert "bsn was not registered" in capsys.readouterr().out


def test_a_record_that_the_register_refuses_is_told(
    bar: Verifier, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    members = json.loads(bar.certificates.record.model_dump_json(exclude_none=True))
    record = write("record.json", json.dumps({**members, "identifier": "NTRNL-12"}))
    assert run(["check-rp", record]) == 1
    assert "eight digits" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        ["--category", "access_ca"],
        ["--language", "de"],
        ["--profile", "none"],
        ["--anchor", "nowhere.pem"],
    ],
)
def test_wrong_usage_is_exit_code_2(write: Write, wrong: list[str]) -> None:
    assert run(["check-rp", write("q.json", query("bsn")), *wrong]) == 2


@pytest.mark.parametrize("text", ["hallo", "{}", "a.b.c.d.e", "-----BEGIN CERTIFICATE-----"])
def test_what_is_none_of_these_things_is_one_line(
    write: Write, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check-rp", write("input.txt", text)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_every_reason_has_a_remedy_and_a_text() -> None:
    assert REMEDIES.keys() == TOLD.keys()
    assert all(texts.keys() == {"nl", "en"} and all(texts.values()) for texts in TOLD.values())
