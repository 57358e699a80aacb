"""The port at which a browser comes back to ``nlwallet wallet receive``: who is let in, and who is sent away."""

from __future__ import annotations

import io
import os
import socket
import sys
from collections.abc import Callable, Iterator
from email.message import Message
from threading import Thread
from urllib.request import urlopen

import pytest
from rich.console import Console

from nlwallet.cli.asking import Person
from nlwallet.cli.return_address import ReturnAddress, _Visitor
from nlwallet.cli.wallet_words import WORDS
from nlwallet.errors import LocalError

STATE = "s-4f1c"


class Terminal(io.TextIOWrapper):
    """A real one, at which somebody types."""

    def __init__(self) -> None:
        self.keyboard, screen = os.openpty()
        super().__init__(os.fdopen(screen, "rb"))

    def type(self, text: str) -> None:
        os.write(self.keyboard, text.encode())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    made = Terminal()
    monkeypatch.setattr(sys, "stdin", made)
    yield made
    made.close()
    os.close(made.keyboard)


@pytest.fixture
def address() -> Iterator[ReturnAddress]:
    with ReturnAddress("en") as made:
        yield made


def person() -> Person:
    return Person(Console(file=io.StringIO()), "en")


def meanwhile(act: Callable[[], object]) -> Thread:
    thread = Thread(target=act)
    thread.start()
    return thread


def test_a_browser_comes_back(address: ReturnAddress, terminal: Terminal) -> None:
    answers: list[tuple[int, str, Message]] = []
    back = f"{address.uri}?code=abc&state={STATE}"

    def come() -> None:
        with urlopen(back, timeout=60) as answer:
            answers.append((answer.status, answer.read().decode(), answer.headers))

    coming = meanwhile(come)
    assert address.waited_for(STATE, person()) == back
    coming.join()
    ((status, page, headers),) = answers
    assert (status, WORDS["en"]["page.done"] in page) == (200, True)
    assert "abc" not in page
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "visit",
    [
        "/back?code=abc&state=another",
        "/back?code=abc",
        f"/back?code=abc&state={STATE}&state={STATE}",
        f"/elsewhere?code=abc&state={STATE}",
        "/back?code=abc&state=%C3%A9",
        "/back?" + "&".join(f"a{each}=1" for each in range(40)) + f"&state={STATE}",
        "//[?",
    ],
)
def test_who_does_not_bring_the_state_is_sent_away(
    visit: str, address: ReturnAddress, terminal: Terminal
) -> None:
    answers: list[bytes] = []
    port = int(address.uri.split(":")[2].partition("/")[0])

    def come() -> None:
        with socket.create_connection(("127.0.0.1", port)) as stray:
            stray.sendall(f"GET {visit} HTTP/1.0\r\n\r\n".encode())
            answers.append(stray.recv(65_536))
        urlopen(f"{address.uri}?code=right&state={STATE}", timeout=60).close()

    coming = meanwhile(come)
    assert address.waited_for(STATE, person()).endswith(f"?code=right&state={STATE}")
    coming.join()
    assert answers[0].startswith(b"HTTP/1.0 404 ")


def test_a_visitor_who_says_nothing_or_hangs_up_keeps_nobody_away(
    address: ReturnAddress, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Visitor, "timeout", 0.05)
    port = int(address.uri.split(":")[2].partition("/")[0])
    with (
        socket.create_connection(("127.0.0.1", port)),
        socket.create_connection(("127.0.0.1", port)) as leaving,
    ):
        leaving.close()
        coming = meanwhile(lambda: urlopen(f"{address.uri}?code=right&state={STATE}", timeout=60).close())
        assert address.waited_for(STATE, person()).endswith("code=right&state=s-4f1c")
        coming.join()


def test_the_address_may_be_pasted(address: ReturnAddress, terminal: Terminal) -> None:
    terminal.type(f"\n {address.uri}?code=abc \n")
    assert address.waited_for(STATE, person()) == f"{address.uri}?code=abc"


def test_a_terminal_that_ends_is_told(address: ReturnAddress, terminal: Terminal) -> None:
    terminal.type("\x04")
    with pytest.raises(LocalError, match="nobody to answer"):
        address.waited_for(STATE, person())


def test_nobody_comes(address: ReturnAddress, terminal: Terminal) -> None:
    with pytest.raises(LocalError) as refused:
        address.waited_for(STATE, person(), seconds=0.01)
    assert refused.value.code == "not_come_back"


def test_it_is_for_this_machine_only(address: ReturnAddress) -> None:
    assert address.uri.startswith("http://127.0.0.1:")
    with ReturnAddress("nl") as other:
        assert other.uri != address.uri
