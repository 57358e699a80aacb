"""``nlwallet attack-wallet``: a wallet that is another program, with the hostile parties on real ports."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from nlwallet.cli.app import run
from nlwallet.crypto import CertificateAuthority
from nlwallet.errors import LocalError
from nlwallet.sandbox.loopback import Loopback

SCRIPT = """
import base64, json, os, ssl, sys, urllib.request as web
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

what, link = sys.argv[1], sys.argv[2]
trust = Path(os.environ["NLWALLET_TRUST"])
if what == "setup":
    assert (trust / "access_ca.pem").read_text() == Path(os.environ["NLWALLET_ANCHOR_ACCESS_CA"]).read_text()
    Path(link).write_text("ready")
    sys.exit(0)
tls = ssl.create_default_context(cafile=os.environ["NLWALLET_TLS_ANCHOR"])
asked = parse_qs(urlsplit(link).query)
part = web.urlopen(asked["request_uri"][0], context=tls).read().split(b".")[1]
claims = json.loads(base64.urlsafe_b64decode(part + b"=="))
if what == "crashing" and "redirect_uri" in claims:
    raise KeyError("response_uri")
if what == "careful" and "redirect_uri" in claims:
    print(json.dumps({"state": "refused", "reason": "a redirect_uri"}))
    sys.exit(0)
web.urlopen(claims["response_uri"], b"vp_token=%7B%7D", context=tls)
"""
FEW = ("--only", "ADV-172", "--only", "ADV-167/none")


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "wallet.py"
    path.write_text(SCRIPT)
    return f"{sys.executable} {path}"


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["attack-wallet", *arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def test_our_own_wallet_as_a_demonstration(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "demo", "--only", "ADV-174", "--only", "ADV-194", "--parallel", "3")
    assert code == 0
    assert "✓ 8 attacks: 8 survived" in out


def test_a_command_finds_its_anchors_and_is_seen_to_be_gullible(
    capsys: pytest.CaptureFixture[str], script: str, tmp_path: Path
) -> None:
    files = {name: tmp_path / name for name in ("junit", "sarif", "html")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    ready, trust = tmp_path / "ready", tmp_path / "trust"
    setup = ("--setup", f"{script} setup {ready}", "--trust", str(trust))
    code, out, err = ran(capsys, f"{script} careful {{link}}", *FEW, *setup, *options)
    assert code == 1
    assert ready.read_text() == "ready"
    assert "PRIVATE" not in "".join(one.read_text() for one in trust.iterdir())
    assert "no offers are tried" in err
    assert "✗ ADV-167/none" in out
    assert "A sound wallet refuses" in out
    assert "2 attacks: 1 survived, 1 hole" in out
    suites = ET.parse(files["junit"]).getroot()
    assert suites.get("name", "").startswith("nlwallet attack-wallet")
    assert [
        one.get("name", "").split()[0] for one in suites.iter("testcase") if one.find("failure") is not None
    ] == ["ADV-167/none"]
    (finding,) = json.loads(files["sarif"].read_text())["runs"][0]["results"]
    assert finding["ruleId"] == "ADV-167/none"
    assert "A sound wallet" in files["html"].read_text()


def test_a_wallet_may_bring_the_attestation_of_its_own_provider(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    provider = CertificateAuthority.create("Provider of another wallet", now=1_790_000_000)
    (tmp_path / "provider.pem").write_text(provider.certificate.pem())
    given: list[Any] = []

    def sandbox(*, hosting: Loopback, wallet_anchors: Any, **_: Any) -> None:
        hosting.close()
        given.extend(wallet_anchors)
        raise LocalError("seen")

    monkeypatch.setattr("nlwallet.cli.attack_wallet.Sandbox", sandbox)
    ran(capsys, "true {link}", "--wallet-anchor", str(tmp_path / "provider.pem"))
    assert given == [provider.certificate]


def test_a_crash_is_none_of_its_refusals(capsys: pytest.CaptureFixture[str], script: str) -> None:
    """Python ends with 1 for what nobody foresaw, as for a refusal."""
    code, out, _ = ran(capsys, f"{script} crashing {{link}}", "--only", "ADV-172", "--json")
    report: dict[str, Any] = json.loads(out)
    assert (code, report["results"][0]["verdict"]) == (1, "hole")
    assert report["results"][0]["seen"].startswith("it breaks: it dies: ")


def test_a_wallet_that_refuses_everything_is_not_attacked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, _ = ran(capsys, f"{sys.executable} -c pass {{link}}", *FEW)
    assert code == 1
    assert "✗ the honest request or offer is not taken; nothing else was tried" in out
    assert "a sound wallet presents" in out


def test_the_cases_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "--list", "--only", "ADV-174/missing")
    assert code == 0
    assert "ADV-174/missing" in out
    assert "ADV-174/number" not in out


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        ([], 2, "which wallet"),
        (["mywallet open"], 2, "{link}"),
        (["mywallet {link}", "--receive", "mywallet"], 2, "--receive"),
        (["mywallet {link}", "--only", "ADV-999"], 1, "ADV-999"),
        (["mywallet {link}", "--pki", "/nowhere"], 1, "/nowhere"),
        (["/nowhere/at/all {link}", "--only", "ADV-174"], 1, "/nowhere/at/all"),
        (["true {link}", "--setup", "false", "--only", "ADV-174"], 1, "false ends with 1"),
        (["true {link}", "--trust", "/dev/null/x", "--only", "ADV-174"], 1, "/dev/null/x"),
        (["http://127.0.0.1:9/", "--only", "ADV-174"], 1, "is the wallet up"),
    ],
)
def test_wrong_use_is_told(
    arguments: list[str], code: int, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, out, err = ran(capsys, *arguments)
    assert ended == code
    assert what in out + err
