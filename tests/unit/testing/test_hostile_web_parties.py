"""Relying parties on real servers, spoken to as their front ends are: pages, the NL and the EU verifier, commands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from nlwallet.errors import LocalError, TransportError
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.loopback import Loopback
from nlwallet.testing.hostile import (
    CommandParty,
    EuVerifierParty,
    HostileWallet,
    NlVerifierParty,
    RelyingPartyUnderTest,
    Verdict,
    WebParty,
    attacks,
)
from nlwallet.testing.hostile.web_party import link_in
from nlwallet.verifier import PresentationRequest, Verifier

SOME = [one for one in attacks() if one.id in ("ADV-074", "ADV-100/wrong", "ADV-004", "ADV-112", "ADV-025")]


@dataclass
class Site:
    """A bar with each of the front ends; ``gullible`` says that everything went well."""

    bar: Verifier
    requests: dict[str, PresentationRequest]
    gullible: bool = False

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/start.json", self._json),
                Route("/start.html", self._html),
                Route("/outcome/{id}", self._outcome),
                Route("/mine", self._mine),
                Route("/disclosure/sessions", self._nl_start, methods=["POST"]),
                Route("/disclosure/sessions/{id}", self._nl_status),
                Route("/disclosure/sessions/{id}/disclosed_attributes", self._nl_result),
                Route("/ui/presentations/v2", self._eu_start, methods=["POST"]),
                Route("/ui/presentations/{id}", self._eu_result),
                Route("/broken", lambda _: PlainTextResponse("no", 503)),
                Route("/empty", lambda _: JSONResponse({"hello": "world"})),
            ]
        )

    def _begin(self) -> PresentationRequest:
        request = self.bar.request()
        self.requests[request.id] = request
        return request

    def _status(self, id_: str) -> str:
        status = str(self.bar.result(self.requests[id_]).status)
        return "verified" if self.gullible and status == "failed" else status

    def _json(self, _: Request) -> Response:
        request = self._begin()
        return JSONResponse({"wallet": {"uri": request.uri}, "session": {"id": request.id}})

    def _html(self, _: Request) -> Response:
        request = self._begin()
        page = HTMLResponse(f'<a class="wallet" href="{escape(request.uri)}">Open your wallet</a>')
        page.set_cookie("session", request.id, secure=True, httponly=True)
        return page

    def _outcome(self, request: Request) -> Response:
        return JSONResponse({"status": self._status(request.path_params["id"])})

    def _mine(self, request: Request) -> Response:
        verified = self._status(request.cookies["session"]) == "verified"
        return PlainTextResponse("welcome", 200) if verified else PlainTextResponse("not yet", 401)

    async def _nl_start(self, request: Request) -> Response:
        assert (await request.json())["usecase"] == "age"
        assert request.headers["authorization"] == "Bearer secret"
        return JSONResponse({"session_token": self._begin().id})

    def _nl_status(self, request: Request) -> Response:
        id_ = request.path_params["id"]
        names = {"pending": "CREATED", "verified": "DONE", "failed": "FAILED"}
        members = {"status": names[self._status(id_)]}
        if request.query_params.get("session_type") == "cross_device":
            members["ul"] = self.requests[id_].uri
        return JSONResponse(members)

    def _nl_result(self, request: Request) -> Response:
        return JSONResponse([{"id": "pid"}])

    async def _eu_start(self, request: Request) -> Response:
        assert (await request.json())["dcql_query"] == {"credentials": []}
        made = self._begin()
        return JSONResponse({"transaction_id": made.id, "authorization_request_uri": made.uri})

    def _eu_result(self, request: Request) -> Response:
        status = self._status(request.path_params["id"])
        if status == "verified":
            return JSONResponse({"vp_token": {"pid": ["…"]}})
        return JSONResponse({"error": "access_denied"}) if status == "failed" else JSONResponse({}, 400)


@dataclass
class World:
    edi: Sandbox
    site: Site
    at: str
    tls_anchor: str

    def party(self, kind: str) -> RelyingPartyUnderTest:
        return {
            "json": WebParty(
                f"{self.at}/start.json",
                f"{self.at}/outcome/{{session.id}}",
                success='"verified"',
                failure='"failed"',
                tls_anchor=self.tls_anchor,
            ),
            "html": WebParty(f"{self.at}/start.html", f"{self.at}/mine", tls_anchor=self.tls_anchor),
            "nl": NlVerifierParty(self.at, self.at, "age", api_key="secret", tls_anchor=self.tls_anchor),
            "eu": EuVerifierParty(self.at, {"credentials": []}, tls_anchor=self.tls_anchor),
        }[kind]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    hosting = Loopback()
    anchor = tmp_path_factory.mktemp("tls") / "anchor.pem"
    anchor.write_text(hosting.tls_anchor_pem)
    with Sandbox(hosting=hosting) as edi:
        bar = edi.relying_party("cafe-de-vrije-val")
        site = Site(bar, {})
        yield World(edi, site, edi.serve("site.example", site.app()), str(anchor))


KINDS = ("json", "html", "nl", "eu")


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_party_is_seen_to_be_sound(kind: str, world: World) -> None:
    report = HostileWallet(world.edi).report(world.party(kind), SOME, parallel=3)
    assert report.ok, [one.story() for one in (report.honest, *report.holes)]
    assert report.count(Verdict.SURVIVED) == len(SOME) - 1
    assert report.count(Verdict.NOT_APPLICABLE) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_gullible_one_is_seen_to_be_gullible(kind: str, world: World) -> None:
    world.site.gullible = True
    try:
        report = HostileWallet(world.edi).report(world.party(kind), SOME)
    finally:
        world.site.gullible = False
    assert {one.attack.id for one in report.holes} == {"ADV-074", "ADV-100/wrong"}


@pytest.mark.parametrize(
    ("path", "what"),
    [("/broken", "answers 503"), ("/empty", "no link of a request"), ("/nowhere", "answers 404")],
)
def test_where_no_session_begins_it_says_so(path: str, what: str, world: World) -> None:
    party = WebParty(f"{world.at}{path}", f"{world.at}/mine", tls_anchor=world.tls_anchor)
    with pytest.raises(LocalError, match=what):
        party.begin()
    result = HostileWallet(world.edi).honest(party)
    assert result.verdict is Verdict.NOT_JUDGED
    assert what in result.seen


def test_nobody_at_home_is_an_error_of_ours_to_tell(world: World) -> None:
    with pytest.raises(TransportError, match="ConnectError"):
        WebParty("http://127.0.0.1:9/", "http://127.0.0.1:9/").begin()


def test_a_member_that_is_not_there_is_named(world: World) -> None:
    party = WebParty(
        f"{world.at}/start.json", f"{world.at}/outcome/{{session.nothing}}", tls_anchor=world.tls_anchor
    )
    with pytest.raises(LocalError, match=r"session\.nothing"):
        party.begin()


def test_two_commands_are_a_party_too(world: World, tmp_path: Path) -> None:
    request = world.site._begin()
    start = tmp_path / "start.py"
    start.write_text(f"print({request.uri!r}); print({request.id!r})")
    ends = {"yes": "0", "no": "1"}
    for name, code in ends.items():
        (tmp_path / f"{name}.py").write_text(
            f"import sys; sys.exit({code} if sys.argv[1] == {request.id!r} else 2)"
        )
    for name, state in (("yes", "succeeded"), ("no", "pending")):
        party = CommandParty(
            f"{sys.executable} {start}", f"{sys.executable} {tmp_path / name}.py {{session}}"
        )
        session = party.begin()
        assert session.link == request.uri
        assert session.outcome().state == state
    with pytest.raises(LocalError, match="ends with"):
        CommandParty(f"{sys.executable} {tmp_path / 'no.py'} x", "true").begin()
    with pytest.raises(LocalError, match="No such file"):
        CommandParty("/nowhere/at/all", "true").begin()


@pytest.mark.parametrize(
    "text",
    [
        "openid4vp://?client_id=x&request_uri=https%3A%2F%2Frp.example%2Fr",
        'say "openid4vp://?client_id=x&request_uri=https%3A%2F%2Frp.example%2Fr" now',
        "<a href='openid4vp://?client_id=x&amp;request_uri=https%3A%2F%2Frp.example%2Fr'>",
        '{"uri": "openid4vp:\\/\\/?client_id=x\\u0026request_uri=https%3A%2F%2Frp.example%2Fr"}',
    ],
)
def test_a_link_is_found_wherever_it_stands(text: str) -> None:
    assert link_in(text) == "openid4vp://?client_id=x&request_uri=https%3A%2F%2Frp.example%2Fr"
