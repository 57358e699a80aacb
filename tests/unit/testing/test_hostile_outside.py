"""What the attacker serves to a party that shares no process with it: status lists on a server of their own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nlwallet.cli.app import run
from nlwallet.clock import SystemClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import LocalError
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.loopback import SERVER_AUTHENTICATION, Loopback, tls_authority
from nlwallet.testing.hostile import AttackResult, HostileWallet, Outside, Verdict, WebParty, attacks
from nlwallet.testing.hostile.canary import serving, serving_each
from nlwallet.verifier import Verifier


def certificate(authority: CertificateAuthority, folder: Path) -> str:
    """A PEM file with a TLS certificate for 127.0.0.1, and its key."""
    key = PrivateKey.generate()
    chain = authority.issue(
        key.public,
        Subject("127.0.0.1"),
        now=SystemClock().now(),
        days=1,
        san_ips=("127.0.0.1",),
        extended_key_usages=(SERVER_AUTHENTICATION,),
    )
    path = folder / "tls.pem"
    path.write_text(chain.leaf.pem() + key.pem().decode())
    return str(path)


@dataclass
class World:
    """A bar on a port, with a page; and where it finds what an attacker serves."""

    edi: Sandbox
    bar: Verifier
    page: str
    tls_anchor: str
    outside: Outside

    def attacked(self, id_: str) -> AttackResult:
        party = WebParty(f"{self.page}/start", f"{self.page}/outcome/{{id}}", tls_anchor=self.tls_anchor)
        attack = next(one for one in attacks("rp") if one.id == id_)
        return HostileWallet(self.edi, outside=self.outside).attack(party, attack)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, authority = tmp_path_factory.mktemp("outside"), tls_authority(days=1)
    hosting = Loopback(authority=authority)
    anchor = folder / "anchor.pem"
    anchor.write_text(hosting.tls_anchor_pem)
    with Sandbox(hosting=hosting) as edi, Outside(tls=certificate(authority, folder)) as outside:
        bar = edi.relying_party("cafe-de-vrije-val")

        def start(_: Request) -> Response:
            made = bar.request()
            return JSONResponse({"id": made.id, "link": made.uri})

        def outcome(request: Request) -> Response:
            verified = str(bar.result(request.path_params["id"]).status) == "verified"
            return JSONResponse({}, 200 if verified else 401)

        app = Starlette(routes=[Route("/start", start), Route("/outcome/{id}", outcome)])
        yield World(edi, bar, edi.serve("page.example", app), str(anchor), outside)


def test_a_party_that_reaches_the_lists_is_judged(world: World) -> None:
    control = world.attacked("ADV-130/control")
    assert control.seen == "accepted"
    assert any(step.what == "the status list was fetched" for step in control.steps)
    for id_, verdict in (
        ("ADV-130", Verdict.SURVIVED),
        ("ADV-133", Verdict.SURVIVED),
        ("ADV-142", Verdict.SURVIVED),
    ):
        result = world.attacked(id_)
        assert result.verdict is verdict, result.story()


@pytest.mark.parametrize("id_", ["ADV-130", "ADV-131/suspended", "ADV-133", "ADV-135/untrusted", "ADV-149"])
def test_who_refuses_without_a_look_is_not_judged(
    id_: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.outside, "url", "https://127.0.0.1:9")
    result = world.attacked(id_)
    assert result.verdict is Verdict.NOT_JUDGED, result.story()
    assert "never asked" in result.seen


def test_each_is_served_at_a_path_of_its_own() -> None:
    with Outside() as outside, HttpClient(_LOCAL) as http:
        one = outside.serve(serving(b"one"))
        other = outside.serve(serving_each(lambda path: path.encode()))
        assert http.send("GET", f"{one}/status/1", what="it").body == b"one"
        assert http.send("GET", other, what="it").body == b"/"
        proxied = other.replace(outside.url, f"{outside.url}/behind/a/proxy")
        assert http.send("GET", f"{proxied}/type/2", what="it").body == b"/type/2"
        assert http.send("GET", f"{outside.url}/else", what="it").status == 404


def test_it_says_where_it_is_found() -> None:
    with Outside(url="https://tunnel.example/") as outside:
        assert outside.serve(serving(b"")).startswith("https://tunnel.example/")


def test_where_it_cannot_be_served_it_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalError, match=f"cannot listen on 127.0.0.1 port {port}"):
            Outside(port=port)
    (tmp_path / "empty.pem").write_text("")
    for name in ("empty.pem", "nowhere.pem"):
        with pytest.raises(LocalError, match=name):
            Outside(tls=str(tmp_path / name))


@pytest.mark.parametrize(
    ("option", "value", "code", "what"),
    [
        ("--status-listen", "here", 2, "ADDRESS:PORT"),
        ("--status-listen", "127.0.0.1:many", 2, "ADDRESS:PORT"),
        ("--status-tls", "/nowhere.pem", 1, "/nowhere.pem"),
    ],
)
def test_wrong_use_of_the_command_is_one_clear_line(
    option: str, value: str, code: int, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["attack", "https://rp.example/", "-o", "https://rp.example/", option, value]) == code
    out, err = capsys.readouterr()
    assert what in out + err
    assert "Traceback" not in err


_LOCAL = HttpPolicy(insecure_allow_http=True, insecure_allow_private_addresses=True)
