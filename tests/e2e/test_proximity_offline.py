"""``nlwallet proximity show`` and ``read`` in two processes, with every other connection cut; and with none at all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nlwallet.link import port_of
from nlwallet.proximity import DeviceEngagement

PIN = "112233"
PATIENCE_SECONDS = 90

# Python tells every look-up and connection to an audit hook before it is made. This one lets none through but that to
# the one port, and writes down what was tried.
GUARDED = """
import os, sys
allowed = {("127.0.0.1", int(port)) for port in os.environ["ALLOWED_PORTS"].split()} | {os.environ["ALLOWED_PATH"]}
tried = os.environ["TRIED"]
def guard(event, arguments):
    looks = event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg")
    if looks or event == "socket.connect" and arguments[1] not in allowed:
        with open(tried, "a") as file:
            print(event, arguments[-1], file=file)
        raise OSError("the network is gone")
sys.addaudithook(guard)
from nlwallet.cli import main
main()
"""


@dataclass
class Place:
    """A folder of their own for two processes, and what they tried."""

    folder: Path
    prefix: Sequence[str] = ()
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def tried(self) -> Path:
        return self.folder / "tried"

    def start(self, *arguments: str, ports: str = "", stdin: str = "") -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "PYTHONIOENCODING": "utf-8",
            "ALLOWED_PORTS": ports,
            "ALLOWED_PATH": str(self.folder / "link"),
            "TRIED": str(self.tried),
        }
        process = subprocess.Popen(
            [*self.prefix, sys.executable, "-c", GUARDED, "proximity", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        self.running.append(process)
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.flush()
        return process

    def show(self, *arguments: str, answers: str = "") -> tuple[subprocess.Popen[str], str]:
        """The holder's device, and the text of its code."""
        show = self.start("show", "--json", "--pin-stdin", *arguments, stdin=f"{PIN}\n{answers}")
        assert show.stdout is not None
        line = show.stdout.readline()
        assert line, show.stderr.read() if show.stderr else ""
        return show, json.loads(line)["engagement"]

    def read(self, engagement: str, *arguments: str) -> subprocess.Popen[str]:
        port = ""
        if engagement.startswith("mdoc:"):
            read = DeviceEngagement.from_uri(engagement)
            port = str(port_of(read)) if read.extensions else ""
        return self.start("read", "--json", engagement, *arguments, ports=port)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, error = process.communicate(timeout=PATIENCE_SECONDS)
    assert "Traceback" not in error
    return process.returncode, out, error


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    one = Place(tmp_path)
    yield one
    for process in one.running:
        process.kill()
        process.communicate()


def outcome_of(result: dict[str, Any], check: str) -> tuple[str, str]:
    (found,) = [one for one in result["report"] if one["id"] == check]
    return found["outcome"], found.get("reason", "")


@pytest.mark.req("OIA_01")
def test_the_bar_sees_18_while_every_other_connection_is_cut(place: Place) -> None:
    show, code = place.show("--yes")
    status, out, error = ended(place.read(code))
    assert status == 0, error
    result = json.loads(out)
    assert result["status"] == "verified"
    assert result["claims"] == {"pid": {"urn:eudi:pid:nl:1": {"age_over_18": True}}}
    assert outcome_of(result, "V-48") == ("passed", "")  # from the list that was kept
    status, out, error = ended(show)
    assert status == 0, error
    told = json.loads(out)
    assert told["shared"] is True
    assert (told["transaction"]["kind"], told["transaction"]["outcome"]) == ("proximity", "shared")
    assert told["transaction"]["warnings"] == ["offline"]
    assert not place.tried.exists(), place.tried.read_text()


def test_without_a_kept_list_the_status_is_told_as_not_checked(place: Place) -> None:
    show, code = place.show("--yes")
    reader = place.folder / "state" / "nlwallet" / "proximity" / "reader.json"
    content = json.loads(reader.read_text())
    assert content["status_lists"]
    reader.write_text(json.dumps({**content, "status_lists": {}}))
    status, out, error = ended(place.read(code))
    assert status == 0, error
    assert outcome_of(json.loads(out), "V-48") == ("warned", "not checked: offline")
    assert ended(show)[0] == 0
    show, code = place.show("--yes")
    status, out, error = ended(place.read(code, "--profile", "strict"))
    assert status == 1
    assert "offline" in error
    assert json.loads(out)["claims"] == {}
    assert not place.tried.exists(), place.tried.read_text()


def test_a_holder_who_refuses_looks_like_one_without_a_card(place: Place) -> None:
    results = []
    query = {
        "credentials": [
            {
                "id": "pid",
                "format": "mso_mdoc",
                "meta": {"doctype_value": "org.example.unknown"},
                "claims": [{"path": ["org.example.unknown", "x"]}],
            }
        ]
    }
    for arguments in ([], ["--query", json.dumps(query)]):
        show, code = place.show(answers="n\n")
        status, out, error = ended(place.read(code, *arguments))
        assert status == 1
        results.append((json.loads(out)["status"], json.loads(out)["error"], error))
        status, out, _ = ended(show)
        assert status == 1
        assert json.loads(out)["shared"] is False
    assert results[0] == results[1]
    assert results[0][0] == "refused"


def test_a_reader_asks_twice_in_one_session(place: Place) -> None:
    pid = "urn:eudi:pid:nl:1"
    credential = {"id": "pid", "format": "mso_mdoc", "meta": {"doctype_value": pid}}
    query = json.dumps({"credentials": [{**credential, "claims": [{"path": [pid, "age_over_18"]}]}]})
    show, code = place.show("--yes", "--requests", "2")
    status, out, error = ended(place.read(code, "--query", query, "--query", query))
    assert status == 0, error
    first, end = json.JSONDecoder().raw_decode(out)
    second = json.loads(out[end:])
    assert first["claims"] == second["claims"] == {"pid": {pid: {"age_over_18": True}}}
    status, out, error = ended(show)
    assert status == 0, error
    assert [json.loads(line)["shared"] for line in out.splitlines()] == [True, True]


def test_a_code_works_once_and_time_runs_out(place: Place) -> None:
    show, code = place.show("--timeout", "1")
    status, _, error = ended(show)
    assert (status, "link_timeout" in error) == (1, True)
    status, _, error = ended(place.read(code))
    assert (status, "link_refused" in error) == (1, True)


@pytest.mark.req("OIA_01")
def test_two_processes_without_any_network_meet_at_a_unix_socket(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if (
        unshare is None
        or subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("this machine does not let a process be without a network (unshare -rn)")
    place = Place(tmp_path, prefix=[unshare, "-rn"])
    try:
        show, code = place.show("--yes", "--mac", "--socket", str(tmp_path / "link"))
        status, out, error = ended(place.read(code, "--socket", str(tmp_path / "link")))
        assert status == 0, error
        assert not place.tried.exists()
        assert json.loads(out)["claims"] == {"pid": {"urn:eudi:pid:nl:1": {"age_over_18": True}}}
        assert ended(show)[0] == 0
    finally:
        for process in place.running:
            process.kill()
            process.communicate()
