"""``nlwallet proximity``: where the two parties come from, what a person reads when it fails, and no traceback ever.

That two processes meet is in tests/e2e/test_proximity_offline.py.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest

from nlwallet.cli.app import run
from nlwallet.cli.meeting_place import LASTS, meeting_place
from nlwallet.cli.reader_file import KeptLists, read_reader
from nlwallet.clock import SystemClock, TravellingClock
from nlwallet.crypto import DerivationCost, PrivateKey
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.errors import LocalError, TransportError
from nlwallet.holder import file_vault, what_went_wrong
from nlwallet.http import FetchedStatusList
from nlwallet.link import connect, link_pair, listen, port_extension
from nlwallet.profiles import HAIP_1_0
from nlwallet.proximity import DeviceEngagement, SessionData

NOW = 1_790_000_000


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(
        file_vault, "DerivationCost", lambda: DerivationCost(memory_kib=8, iterations=1, lanes=1)
    )
    return tmp_path


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader that was made once."""
    folder, before = tmp_path_factory.mktemp("made"), os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(folder)
    try:
        return meeting_place().reader
    finally:
        os.environ.pop("XDG_STATE_HOME")
        if before is not None:
            os.environ["XDG_STATE_HOME"] = before


def code(port: int | None = None) -> str:
    extensions = port_extension(port) if port else None
    return DeviceEngagement.create(PrivateKey.generate().public, extensions=extensions).uri


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = run(["proximity", *arguments])
    error = capsys.readouterr().err
    assert "Traceback" not in error
    return status, error


def test_whoever_comes_first_makes_one_place(home: Path) -> None:
    start, found = Barrier(2), []

    def come() -> None:
        start.wait()
        found.append(meeting_place())

    both = [Thread(target=come) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    folder = home / "state" / "nlwallet" / "proximity"
    assert {one.reader for one in found} == {folder / "reader.json"}
    assert not [path for path in folder.parent.iterdir() if path.name.startswith(".")]  # nothing left over
    assert not meeting_place().made_now
    assert (folder / "reader.json").stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_a_place_that_is_old_is_made_anew(home: Path) -> None:
    place = meeting_place()
    before = place.reader.read_bytes()
    assert not meeting_place().made_now
    old = SystemClock().now() - LASTS - 60
    os.utime(place.reader, (old, old))
    assert meeting_place().made_now
    assert place.reader.read_bytes() != before
    assert meeting_place(fresh=True).made_now


def test_a_place_that_cannot_be_made_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "state").write_text("in the way")
    status, error = answer(capsys, "read", code(4242))
    assert status == 1
    assert "cannot be used" in error


def test_a_reader_comes_back_as_it_was_kept(reader: Path) -> None:
    bar = read_reader(reader, clock=SystemClock(), profile=HAIP_1_0, online=None)
    assert bar.certificates.record.trade_name == "Strandbar Zonder Bereik"
    assert set(bar.certificates.registration_certificates) == {"leeftijd"}
    assert b"PRIVATE KEY" in reader.read_bytes()
    assert "PRIVATE" not in repr(bar)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: {},
        lambda content: {**content, "key": "none"},
        lambda content: {**content, "access_chain": []},
        lambda content: {**content, "anchors": {"nobody": []}},
        lambda content: {**content, "record": {**content["record"], "trade_name": 5}},
        lambda content: {**content, "status_lists": [1]},
        lambda content: [],
    ],
)
def test_a_file_that_is_no_reader_is_said(
    damage: Callable[[dict[str, object]], object], reader: Path, tmp_path: Path
) -> None:
    path = tmp_path / "reader.json"
    path.write_text(json.dumps(damage(json.loads(reader.read_text()))))
    with pytest.raises(LocalError) as error:
        read_reader(path, clock=SystemClock(), profile=HAIP_1_0, online=None)
    assert error.value.code == "invalid_reader"


def test_a_kept_list_counts_until_it_expires() -> None:
    token = b"e30." + b64url_encode(dump_json({"exp": NOW + 60})).encode() + b".AA"
    clock = TravellingClock(NOW)
    kept = KeptLists(
        {"https://s.example/1": FetchedStatusList("x", token), "b": FetchedStatusList("x", b"no")}, clock
    )
    assert kept("https://s.example/1", accept="x").body == token
    clock.travel(60)
    for uri in ("https://s.example/1", "https://s.example/2", "b"):
        with pytest.raises(TransportError) as offline:
            kept(uri, accept="x")
        assert offline.value.code == "offline"


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("mdoc:AAAA", "invalid_engagement"),
        ("openid4vp://?x", "invalid_engagement"),
        ("nowhere.txt", "there is no file"),
        (code(), "no_address"),
    ],
)
def test_what_is_no_code_is_said(
    argument: str, said: str, reader: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, error = answer(capsys, "read", argument, "--reader", str(reader))
    assert (status, said in error) == (1, True)
    assert len(error.strip().splitlines()) == 1


def test_a_code_from_a_pipe(
    reader: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(code().encode())))
    assert "no_address" in answer(capsys, "read", "--reader", str(reader))[1]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert "the input is empty" in answer(capsys, "read", "--reader", str(reader))[1]


def test_a_device_that_is_gone_or_says_something_else(
    reader: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = listen()
    waiting.close()
    assert isinstance(waiting.address, int)
    assert "link_refused" in answer(capsys, "read", code(waiting.address), "--reader", str(reader))[1]
    with listen() as waiting:
        assert isinstance(waiting.address, int)
        device = Thread(target=lambda: _say(waiting.accept(10), SessionData(status=10).encode()))
        device.start()
        status, error = answer(capsys, "read", code(waiting.address), "--reader", str(reader))
        device.join()
    assert (status, "session_encryption_error" in error) == (1, True)


def _say(link: object, message: bytes) -> None:
    link.receive(10)  # type: ignore[attr-defined]
    link.send(message)  # type: ignore[attr-defined]
    link.close()  # type: ignore[attr-defined]


def test_wrong_usage(reader: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "read", code(4242), "--timeout", "0")[0] == 2
    assert answer(capsys, "show", "--language", "fr")[0] == 2
    status, error = answer(capsys, "read", code(4242), "--profile", "none", "--reader", str(reader))
    assert (status, "no profile" in error) == (1, True)
    status, error = answer(capsys, "read", code(4242), "--query", "{}", "--reader", str(reader))
    assert status == 1


def test_a_citizen_reads_what_became_of_it() -> None:
    mine, theirs = link_pair()
    with pytest.raises(TransportError) as nobody:
        mine.receive(0)
    theirs.close()
    with pytest.raises(TransportError) as gone:
        mine.receive(0)
    assert (
        what_went_wrong(nobody.value, "nl") == "Niemand heeft uw code op tijd gelezen. Er is niets gedeeld."
    )
    assert what_went_wrong(gone.value, "en") == "The other side stopped, or is not near any more."
    with listen() as waiting:
        link = connect(waiting.address, timeout=5)
        link.close()
