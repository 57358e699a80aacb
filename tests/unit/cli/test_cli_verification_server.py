"""``nlwallet verification-server``: from an empty folder to a session, and what it says when something is wrong."""

from __future__ import annotations

import io
import re
import signal
import socket
import subprocess
import sys
import tomllib
from contextlib import redirect_stdout
from pathlib import Path

import httpx
import pytest

from nlwallet.cli.app import run
from nlwallet.sandbox.verification_server_file import to_toml

SERVE = "import sys; from nlwallet.cli.app import run; sys.exit(run(sys.argv[1:]))"


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made as a newcomer makes it, with ports that are free."""
    folder = tmp_path_factory.mktemp("newcomer")
    with redirect_stdout(io.StringIO()) as said:
        assert run(["pki", "new", str(folder / "pki")]) == 0
        assert run(["verification-server", "--from-pki", str(folder / "pki")]) == 0
    text = said.getvalue()
    text = text[text.index("ephemeral_id_secret") :]
    for port in ("8001", "8002"):
        text = text.replace(f"port = {port}", "port = 0")
    path = folder / "verification_server.toml"
    path.write_text(text)
    return path


def test_from_nothing_to_a_session(settings_file: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, "verification-server", "--config", str(settings_file)],
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
        requester, public = (
            re.findall(r"http://127[^ /]+", next(one for one in lines if one.startswith(what)))[0]
            for what in ("for your back end", "for wallets")
        )
        options = {"trust_env": False, "timeout": 20}
        start = f"{requester}/disclosure/sessions"
        token = httpx.post(start, json={"usecase": "adult"}, **options).json()["session_token"]
        address = f"{public}/disclosure/sessions/{token}?session_type=cross_device"
        status = httpx.get(address, **options).json()
        assert status["status"] == "CREATED"
        assert status["ul"].startswith("walletdebuginteraction://")
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=20)
        assert (server.returncode, said) == (128 + signal.SIGTERM, "")
    finally:
        server.kill()
        server.communicate()


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["verification-server", *arguments]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_no_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "--from-pki" in failed(capsys, "--config", str(tmp_path / "verification_server.toml"))


def test_a_port_that_is_taken_is_told_with_its_section(
    capsys: pytest.CaptureFixture[str], settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("VERIFICATION_SERVER__INTERNAL_SERVER__PORT", str(port))
        said = failed(capsys, "-c", str(settings_file))
        assert f"[internal_server] cannot listen on 127.0.0.1 port {port}" in said


def test_a_key_that_is_wrong_is_told_by_its_place(
    capsys: pytest.CaptureFixture[str], settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERIFICATION_SERVER__USECASES__ADULT__PRIVATE_KEY", "aGFsbG8=")
    assert "/usecases/adult/private_key" in failed(capsys, "-c", str(settings_file))
    monkeypatch.setenv("VERIFICATION_SERVER__EPHEMERAL_ID_SECRET", "beef")
    assert "fewer than 32 bytes" in failed(capsys, "-c", str(settings_file))


def test_settings_are_written_as_they_are_read() -> None:
    members = {
        "a": 'say "\\" é 😀',
        "b": [1, True, "x"],
        "usecases": {"log in": {"dcql_query": {"credentials": [{"id": "p", "meta": {"vct_values": ["a"]}}]}}},
        "one": {"ip": "127.0.0.1", "port": 1},
    }
    assert tomllib.loads(to_toml(members)) == members
