"""The command: what a person sees, the exit codes, files, addresses and formats."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from lint_requests import NOW, Party, query, record, sd_jwt
from rich.console import Console

from nlwallet import Sandbox
from nlwallet.cli.app import run
from nlwallet.cli.lint import LintOptions, lint_source, print_report
from nlwallet.errors import TransportError
from nlwallet.http import HttpClient
from nlwallet.sandbox.pilots import pilot

CAFE = pilot("cafe-de-vrije-val")
BIRTHDATE = query(sd_jwt(["birthdate"], name="age_check"))


def file(folder: Path, value: Any, name: str = "query.json") -> str:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2))
    return str(path)


def test_nothing_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", file(tmp_path, query())]) == 0
    out = capsys.readouterr().out
    assert "DCQL query   profile haip-1.0" in out
    assert "✓ nothing found" in out


def test_warnings_are_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", file(tmp_path, BIRTHDATE)]) == 0
    out = capsys.readouterr().out
    assert "! MIN-01   /credentials/0/claims/0  line 12" in out
    assert "→ Ask age_over_18." in out
    assert "✓ 1 warning   --fix prints the query that asks least" in out
    assert all(line == line.rstrip() for line in out.splitlines())


def test_errors_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", file(tmp_path, query(sd_jwt(["age_over_18"], id="a b")))]) == 1
    out = capsys.readouterr().out
    assert "1 error" in out
    assert "✗ D-02     /credentials/0/id  line 4" in out
    assert "OpenID4VP 1.0 §6.1" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--profile", "nobody"],
        ["--format", "xml"],
        ["--registration", "/nowhere.json"],
        ["--tls-anchor", "/nowhere.pem", "openid4vp://?client_id=x&request_uri=https%3A%2F%2Frp.example%2F1"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    source = [] if arguments[-1].startswith("openid4vp") else [json.dumps(query())]
    assert run(["lint", *source, *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_what_is_no_request_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "hello"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("nlwallet: malformed:")
    assert err.count("\n") == 1
    assert run(["lint", "nowhere.json"]) == 2


def test_the_fix_can_be_piped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["lint", "--fix", file(tmp_path, BIRTHDATE)]) == 0
    out = capsys.readouterr().out
    assert json.loads(out)["credentials"][0]["claims"] == [{"path": ["age_over_18"]}]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(out.encode())))
    assert run(["lint", "-"]) == 0
    assert "nothing found" in capsys.readouterr().out


def test_what_cannot_be_mended_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "--fix", file(tmp_path, query(sd_jwt(["bsn"], meta=None)))]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "--registration" in captured.err


def test_a_registration_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    registered = file(tmp_path, record(["age_over_18"]).as_json(), "record.json")
    assert run(["lint", file(tmp_path, BIRTHDATE), "-r", registered]) == 1
    assert "RPRC_21" in capsys.readouterr().out
    assert run(["lint", file(tmp_path, BIRTHDATE), "-r", file(tmp_path, "nonsense", "r.jwt")]) == 1


def test_the_formats_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = file(tmp_path, BIRTHDATE)
    assert run(["lint", source, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"][0]["check"] == "MIN-01"
    assert run(["lint", source, "-f", "sarif"]) == 0
    [result] = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == Path(source).as_posix()
    assert physical["region"]["startLine"] == 12


def test_a_request_object_and_a_moment(party: Party, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", party.sign(), "--at", str(NOW)]) == 0
    assert "Café De Vrije Val asks  pid: age_over_18" in capsys.readouterr().out
    assert run(["lint", party.sign(), "--at", str(NOW + 3600)]) == 1
    assert "expired 50 minutes ago" in capsys.readouterr().out


def test_a_link_is_not_followed_offline(party: Party, capsys: pytest.CaptureFixture[str]) -> None:
    link = f"openid4vp://?client_id={party.client_id}&request_uri=https%3A%2F%2Frp.invalid%2F1.jwt"
    assert run(["lint", link, "--offline"]) == 0
    assert "was not looked at" in capsys.readouterr().out


def test_an_address_that_nobody_answers_at(capsys: pytest.CaptureFixture[str]) -> None:
    """A private address is not even tried, unless somebody says so."""
    assert run(["lint", "https://127.0.0.1:1/request.jwt"]) == 1
    assert "--local" in capsys.readouterr().err
    assert run(["lint", "http://127.0.0.1:1/request.jwt", "--local"]) == 1


def test_a_running_endpoint(party: Party) -> None:
    with Sandbox() as edi:
        cafe = edi.relying_party(CAFE.id)
        client = HttpClient()
        client.mount(f"https://{CAFE.host}", cafe.app)
        with client:
            report = lint_source(cafe.request().uri, LintOptions(at=edi.clock.now()), http=client)
    assert report.findings == ()
    assert report.party == CAFE.record.trade_name
    assert party.client_id


def answering(*, status: int, body: bytes = b"", headers: Any = ()) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body})

    return app


def test_an_endpoint_that_redirects_or_breaks_off() -> None:
    def linted(app: Any) -> Any:
        with HttpClient() as client:
            client.mount("https://rp.example", app)
            return lint_source("https://rp.example/1", LintOptions(), http=client)

    redirect = linted(answering(status=302, headers=[(b"location", b"https://evil.example")]))
    assert [one.check for one in redirect.findings] == ["V-40"]
    assert [one.check for one in linted(answering(status=500)).findings] == ["V-21"]
    with pytest.raises(TransportError):
        linted(answering(status=200, headers=[(b"content-encoding", b"gzip")]))


def test_nothing_in_a_request_steers_the_terminal() -> None:
    hostile = query(sd_jwt(["\x1b[31mred\x07"], name="\x1b]0;title\x07"))
    out = io.StringIO()
    print_report(Console(file=out, width=100), lint_source(json.dumps(hostile), LintOptions()))
    assert "\x1b" not in out.getvalue()
    assert "\x07" not in out.getvalue()


def test_the_report_fits_a_narrow_terminal(tmp_path: Path) -> None:
    out = io.StringIO()
    report = lint_source(file(tmp_path, BIRTHDATE), LintOptions())
    print_report(Console(file=out, width=40), report)
    assert max(map(len, out.getvalue().splitlines())) <= 40
