"""The peers as fixtures, npm's and those that are built; where they are missing, a loud skip (or a failure)."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # pytest's importlib mode finds no modules beside a test
REQUIRED = "NLWALLET_REQUIRE_NODE"
"""Set to ``1`` where the peers must be there, as in continuous integration: then a skip is an error."""
WRITTEN = "NLWALLET_WRITE_INTEROP"
"""Set to ``1`` to write the flows that were walked, and how they went, into docs/interop.md."""
ANSWER_WITHIN_SECONDS = 60
HOW = "install Node.js 20 or newer, then in tests/interop: npm install --ignore-scripts --no-audit --no-fund"


@dataclass(frozen=True)
class Built:
    """A program around somebody else's library that is built here, from the source in its folder."""

    called: str
    folder: Path
    made: str
    """The program, in the folder."""
    sources: tuple[str, ...]
    how: str
    """What builds it."""

    @property
    def program(self) -> Path:
        return self.folder / self.made

    def why_missing(self) -> str:
        """Why it cannot run here, or nothing."""
        if not self.program.is_file():
            return f"{self.called} is not built; {self.how}"
        built = self.program.stat().st_mtime
        if any(one.stat().st_mtime > built for pattern in self.sources for one in self.folder.glob(pattern)):
            return f"{self.called} is older than its source; {self.how}"
        return ""


ISOMDL = Built(
    "the Rust peer isomdl",
    HERE / "isomdl_peer",
    "target/debug/isomdl_peer",
    ("Cargo.toml", "src/*.rs"),
    "`make interop-rust` builds it, with cargo",
)
MULTIPAZ = Built(
    "the JVM peer Multipaz",
    HERE / "multipaz_peer",
    "target/multipaz_peer",
    ("pom.xml", "src/main/kotlin/*.kt"),
    "`make interop-jvm` builds it, with Maven and a JDK of version 21 or newer",
)


class PeerRefused(Exception):
    """The peer threw; the message is the peer's own."""


Web = Callable[[dict[str, Any]], dict[str, Any]]
"""Answers an HTTP request: ``method``, ``url``, ``headers``, ``body`` (base64) to ``status``, ``headers``, ``body``."""


class Peers:
    """Calls into one process of peers that lives as long as the test session."""

    def __init__(self, name: str, process: subprocess.Popen[str], complaints: Any) -> None:
        self._name = name
        self._process = process
        self._complaints = complaints

    def __call__(self, call: str, *, web: Web | None = None, **given: Any) -> Any:
        """What the peer answers; ``web`` is where it fetches from meanwhile.

        Raises :class:`PeerRefused` with what it said when it throws.
        """
        self._say({"call": call, **given})
        answer = self._hear(call)
        while "fetch" in answer:
            assert web is not None, f"{call} goes to the web: {answer['fetch']['url']}"
            self._say(web(answer["fetch"]))
            answer = self._hear(call)
        if "error" in answer:
            raise PeerRefused(answer["error"])
        return answer["result"]

    def _say(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _hear(self, call: str) -> Any:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], ANSWER_WITHIN_SECONDS)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._complaints.seek(0)
            pytest.fail(f"the {self._name} gave no answer to {call}: {self._complaints.read()[-2000:]}")
        return json.loads(line)


def why_missing() -> str:
    """Why the peers cannot run here, or nothing."""
    if shutil.which("node") is None:
        return f"Node.js is not on the PATH; {HOW}"
    pinned = json.loads((HERE / "package.json").read_text())["dependencies"]
    for name, version in pinned.items():
        manifest = HERE / "node_modules" / name / "package.json"
        if not manifest.is_file():
            return f"npm peer {name} {version} is not installed; {HOW}"
        installed = json.loads(manifest.read_text())["version"]
        if installed != version:
            return f"npm peer {name} is {installed}, pinned is {version}; {HOW}"
    return ""


def pytest_configure(config: pytest.Config) -> None:
    for mark, what in (("rust", "Rust"), ("jvm", "JVM")):
        config.addinivalue_line(
            "markers", f"{mark}: needs the {what} peer; skipped, loudly, where it is not built"
        )
    if os.environ.get(WRITTEN) == "1" and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Flows())


class Flows:
    """Listens how the flows go, and writes the tables when all is done."""

    def __init__(self) -> None:
        self._passed: dict[str, dict[str, bool]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, flow in report.user_properties:
            if name in {"openid4vp", "openid4vci"} and isinstance(flow, str):
                passed = self._passed.setdefault(name, {})
                passed[flow] = passed.get(flow, True) and report.passed

    def pytest_sessionfinish(self) -> None:
        from interop_tables import TABLES  # its place is on the path only from here on

        for table in TABLES:
            if passed := self._passed.get(table.name):
                table.write(passed)


@dataclass(frozen=True)
class Kind:
    """Tests of one mark need peers that may be missing."""

    mark: str
    peers: str
    required: str
    """The variable that is ``1`` where they must be there; ``make`` sets it for the target that builds them."""
    missing: Callable[[], str]


KINDS = (
    Kind("node", "npm peers", REQUIRED, why_missing),
    Kind("rust", "the Rust peer", "NLWALLET_REQUIRE_RUST", ISOMDL.why_missing),
    Kind("jvm", "the JVM peer", "NLWALLET_REQUIRE_JVM", MULTIPAZ.why_missing),
)
_SKIPPED = pytest.StashKey[dict[str, str]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    skipped = config.stash.setdefault(_SKIPPED, {})
    for kind in KINDS:
        concerned = [item for item in items if item.get_closest_marker(kind.mark)]
        missing = kind.missing() if concerned else ""
        if not missing:
            continue
        if os.environ.get(kind.required) == "1":
            raise pytest.UsageError(f"{kind.required}=1, but {missing}")
        skipped[kind.mark] = f"{len(concerned)} tests with {kind.peers} skipped: {missing}"
        for item in concerned:
            item.add_marker(pytest.mark.skip(reason=missing))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for told in config.stash.get(_SKIPPED, {}).values():
        terminalreporter.write_line(f"INTEROP NOT PROVEN: {told}", yellow=True)


@contextmanager
def started(name: str, *command: str) -> Iterator[Peers]:
    """The process, told to stop at the end by its input's end."""
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            encoding="utf-8",
        )
        with process:
            yield Peers(name, process, complaints)
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=ANSWER_WITHIN_SECONDS)


@pytest.fixture(scope="session")
def peers() -> Iterator[Peers]:
    """The npm peers, in one Node process."""
    with started("Node peers", "node", str(HERE / "peers.mjs")) as running:
        yield running


@pytest.fixture(scope="session")
def isomdl() -> Iterator[Peers]:
    """The crate of that name."""
    with started("Rust peer", str(ISOMDL.program)) as running:
        yield running


@pytest.fixture(scope="session")
def multipaz() -> Iterator[Peers]:
    """The library of that name, in one Java process."""
    with started("JVM peer", str(MULTIPAZ.program)) as running:
        yield running


@pytest.fixture(scope="session")
def worlds() -> Iterator[Callable[[str], Any]]:
    """Our parties under a profile, by its name; made once."""
    from interop_openid4vp_world import World  # its place is on the path only from here on

    made: dict[str, World] = {}

    def world(profile: str) -> World:
        if profile not in made:
            made[profile] = World(profile)
        return made[profile]

    yield world
    for each in made.values():
        each.close()


@pytest.fixture(scope="session")
def refusal() -> type[Exception]:
    """The exception that a peer's refusal becomes."""
    return PeerRefused
