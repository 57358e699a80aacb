"""Links in one process and between two: whole messages, in their order, bounded, and gone when one side is gone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlwallet.errors import LimitExceeded, LocalError, TransportError
from nlwallet.link import connect, link_pair, listen
from nlwallet.link.in_process import MAX_WAITING
from nlwallet.proximity import MAX_MESSAGE_BYTES, Link

WAIT = 5.0


def in_process(_: Path) -> tuple[Link, Link]:
    return link_pair()


def by_port(_: Path) -> tuple[Link, Link]:
    with listen() as waiting:
        reader = connect(waiting.address, timeout=WAIT)
        return waiting.accept(WAIT), reader


def by_path(folder: Path) -> tuple[Link, Link]:
    with listen(folder / "s") as waiting:
        reader = connect(waiting.address, timeout=WAIT)
        return waiting.accept(WAIT), reader


KINDS = [in_process, by_port, by_path]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def ends(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Link, Link]]:
    both: tuple[Link, Link] = request.param(tmp_path)
    yield both
    for one in both:
        one.close()


def test_messages_arrive_whole_and_in_order(ends: tuple[Link, Link]) -> None:
    device, reader = ends
    for message in (b"a", b"b" * 5_000, b"c"):
        reader.send(message)
        device.send(message[::-1])
    assert [device.receive(WAIT) for _ in range(3)] == [b"a", b"b" * 5_000, b"c"]
    assert [len(reader.receive(WAIT)) for _ in range(3)] == [1, 5_000, 1]


def test_who_waits_in_vain_is_told_so(ends: tuple[Link, Link]) -> None:
    device, _ = ends
    with pytest.raises(TransportError) as silent:
        device.receive(0.0)
    assert silent.value.code == "link_timeout"


def test_what_was_sent_before_the_end_arrives(ends: tuple[Link, Link]) -> None:
    device, reader = ends
    reader.send(b"last")
    reader.close()
    reader.close()
    assert device.receive(WAIT) == b"last"
    for _ in range(2):
        with pytest.raises(TransportError) as gone:
            device.receive(WAIT)
        assert gone.value.code == "link_closed"
    with pytest.raises(TransportError):
        reader.send(b"more")
    with pytest.raises(TransportError):
        reader.receive(WAIT)


def test_a_link_in_process_holds_a_few_messages() -> None:
    _, reader = link_pair()
    for _ in range(MAX_WAITING + 2):
        reader.send(b"x")
    with pytest.raises(TransportError) as full:
        reader.send(b"x")
    assert full.value.code == "link_full"
    with pytest.raises(TransportError):
        link_pair()[0].send(bytes(MAX_MESSAGE_BYTES + 1))


def test_a_stranger_who_speaks_something_else_is_cut_off() -> None:
    with listen() as waiting:
        stranger = socket.create_connection(("127.0.0.1", waiting.address))  # type: ignore[arg-type]
        device = waiting.accept(WAIT)
    with stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(LimitExceeded):
            device.receive(WAIT)
        with pytest.raises(TransportError):
            device.receive(WAIT)


def test_a_message_that_never_ends_does_not_hold_the_device() -> None:
    with listen() as waiting:
        stranger = socket.create_connection(("127.0.0.1", waiting.address))  # type: ignore[arg-type]
        device = waiting.accept(WAIT)
    with stranger:
        stranger.sendall(b"\x00\x00\x00\x09abc")
        with pytest.raises(TransportError) as silent:
            device.receive(0.05)
        assert silent.value.code == "link_timeout"
    device.close()


def test_one_comes_and_no_other() -> None:
    with listen() as waiting:
        first = connect(waiting.address, timeout=WAIT)
        device = waiting.accept(WAIT)
        with pytest.raises(TransportError) as refused:
            connect(waiting.address, timeout=WAIT)
        assert refused.value.code == "link_refused"
        with pytest.raises(TransportError):
            waiting.accept(0.0)
    first.close()
    device.close()


def test_where_nobody_can_be_waited_for(tmp_path: Path) -> None:
    with pytest.raises(LocalError):
        listen(tmp_path / "no" / "such" / "folder")
    with listen() as waiting, pytest.raises(TransportError) as silent:
        waiting.accept(0.01)
    assert silent.value.code == "link_timeout"
    for address in (tmp_path / "nobody", 70_000):
        with pytest.raises(TransportError):
            connect(address, timeout=WAIT)
    waiting = listen(tmp_path / "here")
    assert (tmp_path / "here").stat().st_mode & 0o077 == 0
    waiting.close()
    assert not (tmp_path / "here").exists()
