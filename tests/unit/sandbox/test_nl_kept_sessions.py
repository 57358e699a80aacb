"""A ``verification_server`` with ``storage.url``: what another start, and another process, find of its sessions."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidConfiguration, LocalError, TransportError
from nlwallet.http import HttpStatusLists
from nlwallet.sandbox import pilot
from nlwallet.store import Database
from nlwallet.verifier.nl_server import (
    Lifetimes,
    OpenedServer,
    Refusal,
    SessionState,
    open_verification_server,
)
from nlwallet.verifier.nl_server.kept_requester_sessions import KeptRequesterSessions
from nlwallet.verifier.nl_server.requester_session import RequesterSession
from nlwallet.verifier.nl_server.requester_session_json import read_requester_session, write_requester_session
from nlwallet.verifier.session import VERIFYING_SECONDS
from nlwallet.verifier.store import advance

NOW = 1_790_000_000
PIN = Sandbox.PIN
HOST = "verification-server.example"
TEMPLATE = "https://rp.example/return?session_token={session_token}"
QUERY = {
    "credentials": [
        {
            "id": "pid",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
            "claims": [{"path": ["given_name"]}],
        }
    ]
}
USE_CASE = {
    "record": pilot("gemeente-amsterdam").record,
    "dcql_query": QUERY,
    "return_url_template": TEMPLATE,
}


class Server:
    """One that can be stopped and started again, and a citizen."""

    def __init__(self, database: str) -> None:
        self.clock = TravellingClock(NOW)
        self.edi = Sandbox(profile="nl-wallet-0.6", clock=self.clock)
        served = self.edi.verification_server({"login": USE_CASE}, storage={"url": database})
        self.settings, self.opened = served.settings, served.opened
        self.all = [self.opened]
        self.client = self.edi.client()
        self.frouke = self.edi.wallet("frouke")

    def another(self, **changes: Any) -> OpenedServer:
        """One more process with the same settings."""
        opened = open_verification_server(
            replace(self.settings, **changes),
            clock=self.clock,
            status_lists=HttpStatusLists(self.client),
            reader_usage=False,
            anchors=self.edi.anchors,
        )
        self.all.append(opened)
        return opened

    def restart(self, **changes: Any) -> None:
        self.opened.close()
        self.opened = self.another(**changes)
        self.edi.serve(HOST, self.opened.public)

    def link(self, token: str) -> str:
        return self.opened.server.status(token, session_type="same_device")["ul"]

    def status(self, token: str) -> str:
        status, body = self.get(f"https://{HOST}/disclosure/sessions/{token}")
        return str(body["status"] if status == 200 else body["type"])

    def get(self, url: str) -> tuple[int, Any]:
        reply = self.client.get(url, accept="*/*", what="test")
        return reply.status, json.loads(reply.body)

    def approve(self, prompt: Any) -> str:
        """The nonce that comes back."""
        url = prompt.approve(pin=PIN, despite_warnings=True).redirect_uri or ""
        return parse_qs(urlsplit(url).query)["nonce"][0]

    def close(self) -> None:
        self.edi.close()
        for one in self.all:
            one.close()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('kept')}/sessions.sqlite"
    else:
        url = str(request.getfixturevalue("postgresql")()).replace("postgresql://", "postgres://", 1)
    made = Server(url)
    yield made
    made.close()


def test_what_was_finished_is_there_after_a_restart_and_what_was_open_goes_on(server: Server) -> None:
    done, created, waiting, cancelled, failed = (server.opened.server.start("login") for _ in range(5))
    nonce = server.approve(server.frouke.open(server.link(done)))
    link, prompt = server.link(created), server.frouke.open(server.link(waiting))
    server.opened.server.cancel(cancelled)
    server.frouke.open(server.link(failed))
    with pytest.raises(Refusal):
        server.opened.server.receive(failed, b"response=x", "application/x-www-form-urlencoded")

    server.restart()
    found = [server.status(one) for one in (done, created, waiting, cancelled, failed)]
    assert found == ["DONE", "CREATED", "WAITING_FOR_RESPONSE", "CANCELLED", "FAILED"]
    assert attributes(server, done, nonce) == {"given_name": "Frouke"}
    with pytest.raises(Refusal, match="nonce"):
        server.opened.server.disclosed_attributes(done)
    with pytest.raises(Refusal) as why:
        server.opened.server.disclosed_attributes(failed)
    assert why.value.session_error
    for token, asked in ((waiting, prompt), (created, server.frouke.open(link))):
        assert attributes(server, token, server.approve(asked)) == {"given_name": "Frouke"}

    server.clock.travel(5 * 60)
    server.restart()
    found = [server.status(one) for one in (done, created, cancelled)]
    assert found == ["unknown_session", "unknown_session", "CANCELLED"]


def attributes(server: Server, token: str, nonce: str) -> Any:
    ((attestation,),) = [
        one["attestations"] for one in server.opened.server.disclosed_attributes(token, nonce=nonce)
    ]
    return dict(attestation["attributes"])


def test_an_open_session_expires_and_what_is_over_leaves_the_database(server: Server) -> None:
    kept = server.another().server._sessions
    assert isinstance(kept, KeptRequesterSessions)
    token = server.opened.server.start("login")
    server.clock.travel(30 * 60)
    assert server.status(token) == "EXPIRED"
    with pytest.raises(Refusal, match="EXPIRED"):
        server.opened.server.cancel(token)
    server.clock.travel(4 * 3600)
    assert server.status(token) == "unknown_session"
    assert len(kept) > 0  # until the next one begins
    server.opened.server.start("login")
    assert len(kept) == 1


def test_of_several_processes_one_gives_the_request_and_one_takes_the_answer(server: Server) -> None:
    servers = [server.opened.server, server.another().server]
    token = servers[0].start("login")
    query = urlsplit(parse_qs(urlsplit(server.link(token)).query)["request_uri"][0]).query
    parameters = {name: values[0] for name, values in parse_qs(query).items()}
    given = together(servers, lambda one: one.request_object(token, parameters))
    assert sorted(given) == ["session not in expected state, found: WAITING_FOR_RESPONSE"] * 3 + ["taken"]
    form = "application/x-www-form-urlencoded"
    answered = together(servers, lambda one: one.receive(token, b"error=access_denied", form))
    assert answered.count("taken") == 1
    assert {one.server.status(token)["status"] for one in server.all} == {"CANCELLED"}


def together(servers: list[Any], work: Any) -> list[str]:
    """What two threads for each of ``servers`` were told."""
    barrier, found = threading.Barrier(2 * len(servers)), []

    def run(one: Any) -> None:
        barrier.wait()
        try:
            work(one)
        except Refusal as error:
            found.append(error.message)
        else:
            found.append("taken")

    threads = [threading.Thread(target=run, args=(one,)) for one in servers * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_an_answer_that_a_process_took_with_it_failed(server: Server) -> None:
    token = server.opened.server.start("login")
    prompt = server.frouke.open(server.link(token))
    stores = server.opened.server
    id_ = stores._known(token).presentation
    now = server.clock.now()
    assert advance(stores._presentations, id_, lambda one: one.taken(now=now))  # and then it was killed
    server.restart()
    assert server.status(token) == "WAITING_FOR_RESPONSE"
    with pytest.raises(TransportError, match="400"):
        server.approve(prompt)
    server.clock.travel(VERIFYING_SECONDS)
    assert server.status(token) == "FAILED"
    with pytest.raises(Refusal) as why:
        server.opened.server.disclosed_attributes(token)
    assert why.value.session_error == "the server stopped while it verified the answer"


def test_a_use_case_that_is_no_more_opens_nothing(server: Server) -> None:
    token, done = server.opened.server.start("login"), server.opened.server.start("login")
    nonce = server.approve(server.frouke.open(server.link(done)))
    (use_case,) = server.settings.use_cases
    other = server.another(use_cases=(replace(use_case, name="other"),)).server
    with pytest.raises(Refusal, match="unknown session"):
        other.status(token)
    assert len(other.disclosed_attributes(done, nonce=nonce)) == 1


# The store by itself ------------------------------------------------------------------------------


def whole() -> RequesterSession:
    """A session of which no field has its default."""
    return RequesterSession(
        token="t" * 32,
        use_case="login",
        query=DcqlQuery.parse(QUERY),
        return_url_template=TEMPLATE,
        last_active=NOW,
        state=SessionState.DONE,
        presentation="presentation",
        return_url="https://rp.example/?nonce=n",
        nonce="n",
        disclosed=({"id": "pid", "attestations": [{"attributes": {"a": 2**70, "b": "Hofstra \ud83d"}}]},),
        error="why",
        revision=3,
    )


def test_a_session_is_read_as_it_was_written() -> None:
    for one in fields(session := whole()):
        assert getattr(session, one.name) != one.default, one.name
    assert read_requester_session(write_requester_session(session)) == session


@pytest.mark.parametrize(
    "kept", [b"", b"[]", b"{}", b'{"version":1}', b'{"version":2}', b"[" * 100_000, b"\xff"]
)
def test_what_was_damaged_is_our_mistake(kept: bytes) -> None:
    with pytest.raises(LocalError) as caught:
        read_requester_session(kept)
    assert caught.value.code == "store"


def test_there_is_a_limit_and_each_server_has_its_own_sessions(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/a.sqlite") as database:
        one, other = (
            KeptRequesterSessions(database, Lifetimes(), owner=name, max_sessions=1) for name in ("a", "b")
        )
        one.add(whole(), now=NOW)
        with pytest.raises(LocalError, match="1 sessions"):
            one.add(replace(whole(), token="u" * 32), now=NOW)
        assert other.find(whole().token, now=NOW) is None
        assert one.find("\0", now=NOW) is None
        assert one.find("é", now=NOW) is None
        assert not one.replace(replace(whole(), revision=2), whole())


def test_a_database_that_fails_is_a_server_error_and_says_nothing(tmp_path: Path) -> None:
    made = Server(f"sqlite:///{tmp_path}/sessions.sqlite")
    token = made.opened.server.start("login")

    def lose(table: str) -> None:
        connection = sqlite3.connect(tmp_path / "sessions.sqlite")
        connection.execute(f"DROP TABLE {table}")
        connection.close()

    (request_uri,) = parse_qs(urlsplit(made.link(token)).query)["request_uri"]
    lose("verifier_session")
    status, told = made.get(request_uri)
    assert (status, told["error"], told["error_description"]) == (
        500,
        "server_error",
        "the request cannot be kept now",
    )
    lose("nlwallet_revised_value")
    status, told = made.get(f"https://{HOST}/disclosure/sessions/{token}")
    assert (status, told["type"], told["detail"]) == (500, "server_error", "the sessions cannot be had now")
    made.close()


def test_a_database_that_is_not_there_is_told_at_the_start_by_its_place(tmp_path: Path) -> None:
    with Sandbox(profile="nl-wallet-0.6", clock=TravellingClock(NOW)) as edi:
        settings = edi.verification_server({"login": USE_CASE}).settings
        for address in (
            f"sqlite:///{tmp_path}/none/sessions.sqlite",
            "postgresql://me:sesame@127.0.0.1:1/sessions",
        ):
            with pytest.raises(InvalidConfiguration) as refused:
                open_verification_server(
                    replace(settings, database=address), clock=edi.clock, status_lists=None
                )
            assert refused.value.pointer == "/storage/url"
            assert "sesame" not in json.dumps(refused.value.diagnostics()) + repr(settings)
