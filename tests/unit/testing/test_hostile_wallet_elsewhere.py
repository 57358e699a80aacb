"""A wallet under test behind an address: what it is posted, and what its answers mean."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nlwallet.errors import LocalError, TransportError
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.loopback import Loopback
from nlwallet.testing.hostile import HostileParties, OwnWallet, UrlWallet, Verdict, attacks


@dataclass
class Desk:
    """Answers each post with what ``answer`` makes of it."""

    answer: Callable[[dict[str, Any]], tuple[int, dict[str, Any]]] = lambda _: (200, {"state": "refused"})
    posted: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.posted.append(body)
            status, members = made.answer(body)
            said = json.dumps(members).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/"
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_real_wallet_behind_an_address_survives(desk: Desk) -> None:
    """Ours, which speaks over the network to the hostile parties; some of it at once."""
    with Sandbox(hosting=Loopback()) as edi:
        own = OwnWallet(edi.empty_wallet(), edi.browser("frouke"))

        def answer(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            if body["kind"] == "browser":
                outcome = own.open_in_browser(body["requests"], origin=body["origin"])
            elif body["kind"] == "offer":
                outcome = own.receive(body["link"])
            else:
                outcome = own.open(body["link"], agrees=body["agrees"])
            told = {"state": outcome.state, "reason": outcome.reason, "redirect_uri": outcome.goes_to}
            return 200, told | ({} if outcome.data is None else {"data": outcome.data})

        desk.answer = answer
        chosen = attacks(
            "wallet", only=["ADV-174", "ADV-170/untrusted", "ADV-195/stranger", "ADV-162/signature"]
        )
        report = HostileParties(edi).report(UrlWallet(desk.url), chosen, pid=True, parallel=3)
    assert report.honest.verdict is Verdict.SURVIVED, report.honest.story()
    assert report.ok, [one.story() for one in report.holes]
    assert {one.verdict for one in report.results} == {Verdict.SURVIVED}
    assert {one["kind"] for one in desk.posted} == {"request", "offer", "browser"}


@pytest.mark.parametrize(
    ("status", "members", "state"),
    [
        (200, {"state": "done", "redirect_uri": "https://shop.example/"}, "done"),
        (200, {"state": "refused", "reason": "no"}, "refused"),
        (500, {}, "broken"),
    ],
)
def test_what_an_answer_means(desk: Desk, status: int, members: dict[str, Any], state: str) -> None:
    desk.answer = lambda _: (status, members)
    outcome = UrlWallet(desk.url).open("openid4vp://?x", agrees=False)
    assert (outcome.state, outcome.goes_to) == (state, members.get("redirect_uri", ""))
    assert desk.posted == [{"kind": "request", "link": "openid4vp://?x", "agrees": False}]


def test_a_wallet_without_a_browser_says_so(desk: Desk) -> None:
    desk.answer = lambda _: (501, {})
    assert UrlWallet(desk.url).open_in_browser([{}], origin="https://shop.example") is None


@pytest.mark.parametrize(
    ("status", "members"), [(200, {}), (200, {"state": "asleep"}), (404, {"state": "done"})]
)
def test_an_answer_that_says_nothing_is_no_refusal(desk: Desk, status: int, members: dict[str, Any]) -> None:
    desk.answer = lambda _: (status, members)
    with pytest.raises(LocalError, match="without a state"):
        UrlWallet(desk.url).receive("openid-credential-offer://?x")


def test_who_does_not_come_back_hangs_and_who_is_not_there_is_told(desk: Desk) -> None:
    released = threading.Event()

    def answer(_: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        released.wait(60)
        return 200, {"state": "done"}

    desk.answer = answer
    assert UrlWallet(desk.url, time_limit=0.2).open("x").state == "hung"
    released.set()
    with pytest.raises(TransportError, match="ConnectError"):
        UrlWallet("http://127.0.0.1:9/").open("x")
