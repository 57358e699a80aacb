"""``nlwallet issuance-server``: from an empty folder to a server, and what it says when something is wrong."""

from __future__ import annotations

import io
import json
import re
import signal
import ssl
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import httpx
import pytest

from nlwallet.cli.app import run

SERVE = "import sys; from nlwallet.cli.app import run; sys.exit(run(sys.argv[1:]))"
BACK_OFFICE = "for your back office"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made as a newcomer makes it, with ports that are free."""
    made = tmp_path_factory.mktemp("newcomer")
    config = made / "issuance_server.toml"
    with redirect_stdout(io.StringIO()) as said:
        assert run(["pki", "new", str(made / "pki")]) == 0
        assert run(["issuance-server", "--from-pki", str(made / "pki"), "-c", str(config)]) == 0
    assert said.getvalue().count("tls") == 2
    config.write_text(re.sub(r"port = 800[12]", "port = 0", config.read_text()))
    return made


def test_from_nothing_to_a_server(folder: Path) -> None:
    options = ["-c", str(folder / "issuance_server.toml"), "--tls", str(folder / "tls.pem")]
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, "issuance-server", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        lines = []
        for line in server.stdout:
            lines.append(line.strip())
            if "Ctrl-C" in line:
                break
        internal = next(re.findall(r"http://[^ ]+", one)[0] for one in lines if one.startswith(BACK_OFFICE))
        port = next(re.findall(r"https://127.0.0.1:(\d+)", one)[0] for one in lines if "for wallets" in one)
        assert sum("disclosure_based_issuance?client_id=" in one for one in lines) == 1
        context = ssl.create_default_context(cafile=folder / "tls-ca.pem")
        with httpx.Client(trust_env=False, timeout=60, verify=context) as client:
            assert client.post(internal, json=[]).status_code == 200
            assert "/revoke/" in client.get(internal.replace("revoke/", "openapi.json")).json()["paths"]
            public = f"https://localhost:{port}"
            asked = client.get(f"{public}/disclosure/membership/request_uri?session_type=same_device")
            assert asked.headers["content-type"] == "application/oauth-authz-req+jwt"
            metadata = client.get(f"{public}/.well-known/openid-credential-issuer").json()
        assert list(metadata["credential_configurations_supported"]) == ["com.example.membership"]
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=90)
        assert server.returncode == 128 + signal.SIGTERM
        assert said.count("\n") == 1
        assert "publish_dir" in said
    finally:
        server.kill()
        server.communicate()


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["issuance-server", *arguments]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_what_is_not_there_or_there_already(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert "--from-pki" in failed(capsys, "--config", str(folder / "other.toml"))
    config = str(folder / "issuance_server.toml")
    assert "there already" in failed(capsys, "--from-pki", str(folder / "pki"), "-c", config)
    assert "no certificate with its key" in failed(capsys, "-c", config, "--tls", str(folder / "tls-ca.pem"))
    missing = folder / "membership.json"
    text = missing.read_text()
    missing.unlink()
    assert "membership.json" in failed(capsys, "-c", config)
    missing.write_text(json.dumps([text]))
    failed(capsys, "-c", config)
    missing.write_text(text)


def test_a_key_that_is_wrong_is_told_by_its_place(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUANCE_SERVER__DISCLOSURE_SETTINGS__MEMBERSHIP__PRIVATE_KEY", "aGFsbG8=")
    said = failed(capsys, "-c", str(folder / "issuance_server.toml"))
    assert "/disclosure_settings/membership/private_key" in said
