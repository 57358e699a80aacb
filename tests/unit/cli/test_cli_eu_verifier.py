"""``nlwallet eu-verifier``: from files to a front end that asks, and what it says when something is wrong."""

from __future__ import annotations

import io
import json
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import httpx
import pytest

from nlwallet.cli.app import run
from nlwallet.clock import SystemClock
from nlwallet.registration import issue_wrprc
from nlwallet.sandbox import read_hierarchy
from nlwallet.status import StatusReference

QUERY = {"credentials": [{"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:eudi:pid:nl:1"]}}]}
ASKED = {"dcql_query": QUERY, "nonce": "n-1"}
SHOP = "https://shop.example"
PATIENT: dict[str, Any] = {"trust_env": False, "timeout": 60}

Visit = Callable[[str, str], Any]
Serve = Callable[..., Any]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made as a newcomer makes it, and a registration certificate beside it."""
    folder = tmp_path_factory.mktemp("newcomer") / "pki"
    with redirect_stdout(io.StringIO()):
        assert run(["pki", "new", str(folder)]) == 0
    hierarchy = read_hierarchy(folder)
    signer = hierarchy.signers["registration-certificate"]
    text = issue_wrprc(
        hierarchy.names.record(),
        "adult",
        key=signer.key,
        chain=signer.chain,
        now=SystemClock().now(),
        days=30,
        status=StatusReference(1, "https://pki.example/status/1"),
        registry_uri="https://pki.example",
    )
    (folder / "adult.jwt").write_text(f"{text}\n")
    return folder


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Serve:
    """Runs the command, and instead of waiting lets somebody visit it; gives what they saw."""

    def served(visit: Visit, *arguments: str) -> Any:
        seen = []

        def visited(_: object) -> None:
            said = capsys.readouterr().out
            address = re.findall(r"https?://(?:127[.0-9]+|localhost):\d+", said)[0]
            seen.append(visit(address, said))

        monkeypatch.setattr("nlwallet.cli.eu_verifier.wait_for", visited)
        assert run(["eu-verifier", "--port", "0", *arguments]) == 0
        return seen[0]

    return served


def own(pki: Path, **other: Path) -> list[str]:
    files = {
        "certificate": pki / "signers" / "access.pem",
        "key": pki / "signers" / "access.key.pem",
        "record": pki / "record.json",
        **other,
    }
    return [word for name, path in files.items() for word in (f"--{name}", str(path))]


def test_a_newcomer_asks(serve: Serve, pki: Path) -> None:
    def visit(address: str, said: str) -> Any:
        assert "Testdienst, x509_hash:" in said
        assert re.search(r"registered uses +adult\n", said)
        return address, httpx.post(f"{address}/ui/presentations/v2", json=ASKED, **PATIENT).json()

    address, begun = serve(visit, "--pki", str(pki), "--link", "eudi-openid4vp://")
    assert begun["request_uri"].startswith(f"{address}/wallet/request.jwt/")
    assert begun["authorization_request_uri"].startswith("eudi-openid4vp://?client_id=x509_hash")


def test_a_party_of_its_own_over_https(serve: Serve, pki: Path, tmp_path: Path) -> None:
    anchor = tmp_path / "tls.pem"

    def visit(address: str, said: str) -> Any:
        assert re.search(r"registered uses +adult\n", said)
        trusting = ssl.create_default_context(cadata=anchor.read_text())
        with httpx.Client(base_url=address, verify=trusting, **PATIENT) as page:
            uses = page.get("/ui/intended-uses", headers={"Origin": SHOP})
            start = {**ASKED, "origin": SHOP, "intended_use_id": "adult"}
            return uses, page.post("/ui/presentations/dc-api", json=start).json()

    arguments = [
        *own(pki),
        *("--registration-certificate", str(pki / "adult.jwt"), "--anchor", str(pki / "anchors")),
        *("--anchor", str(pki / "anchors" / "pid_provider.pem"), "--https", str(anchor)),
        *("--public-url", "https://verifier.example/", "--allow-origin", SHOP, "--result-needs-code"),
    ]
    uses, begun = serve(visit, *arguments)
    assert uses.headers["access-control-allow-origin"] == SHOP
    (use,) = uses.json()["intended_uses"]
    assert use["description"] == "Check that you are 18 or older"
    assert use["registration_certificate"] == (pki / "adult.jwt").read_text().strip()
    assert begun["request"].count(".") == 2


def test_what_is_wrong_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], pki: Path, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("x")
    other_use = json.loads((pki / "record.json").read_text())
    other_use["intended_uses"][0]["id"] = "other"
    (tmp_path / "other.json").write_text(json.dumps(other_use))
    adult = ["--registration-certificate", str(pki / "adult.jwt")]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        trusting = ["--anchor", str(pki)]
        for arguments, told in (
            (["--pki", str(tmp_path)], "nlwallet pki new"),
            (["--pki", str(pki), "--port", str(port)], f"port {port}"),
            (["--pki", str(pki), "--port", "0", "--https", str(tmp_path / "no" / "tls.pem")], "no/tls.pem"),
            (["--pki", str(pki), "--port", "0", "--public-url", "verifier"], "no address"),
            (["--pki", str(pki), "--registration-certificate", str(tmp_path / "x")], "no registration"),
            ([*own(pki, key=tmp_path / "none"), *trusting], "none cannot be read"),
            ([*own(pki, key=pki / "signers" / "reader.key.pem"), "--port", "0", *trusting], "not that of"),
            ([*own(pki, record=tmp_path / "x"), *trusting], f"{tmp_path / 'x'}: "),
            ([*own(pki, record=tmp_path / "other.json"), *trusting, *adult], "another intended use"),
            ([*own(pki), "--anchor", str(tmp_path / "x")], "no certificate"),
        ):
            assert run(["eu-verifier", *arguments]) == 1, arguments
            said = capsys.readouterr().err
            assert (said.count("\n"), told in said) == (1, True), said


def test_who_asks_and_whom_to_trust_has_to_be_said(capsys: pytest.CaptureFixture[str], pki: Path) -> None:
    for arguments in ([], own(pki)[:4], [*own(pki), "--pki", str(pki)], own(pki)):
        assert run(["eu-verifier", *arguments]) == 2
    assert "--anchor" in capsys.readouterr().err
