from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from nlwallet.errors import LimitExceeded, LocalError, TransportError
from nlwallet.http import HttpClient, HttpPolicy, HttpReply
from nlwallet.http import lifespan as mounted_lifespan

RP = "https://rp.example"


def app_of(endpoint: Callable[..., Any], **options: Any) -> Starlette:
    return Starlette(routes=[Route("/{path:path}", endpoint, methods=["GET", "POST"])], **options)


def ask(app: Any, path: str = "/x", policy: HttpPolicy | None = None) -> HttpReply:
    with HttpClient(policy) as client:
        client.mount(RP, app)
        return client.get(RP + path, accept="application/json", what="the thing")


async def mirror(request: Request) -> Response:
    body = await request.body()
    return JSONResponse(
        {
            "method": request.method,
            "url": str(request.url),
            "headers": dict(request.headers),
            "body": body.decode(),
        }
    )


def wsgi_mirror(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("201 Created", [("Content-Type", "text/plain; charset=utf-8")])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["wsgi.input"].read()]


def test_an_asgi_app_sees_what_a_server_would_show_it() -> None:
    with HttpClient() as client:
        client.mount(RP, app_of(mirror))
        reply = client.post_form(RP + "/a%20b?c=%20d", {"e": "f"}, accept="application/json", what="it")
    assert reply.status == 200
    assert reply.content_type == "application/json"
    assert b'"method":"POST"' in reply.body
    assert b'"url":"https://rp.example/a b?c=%20d"' in reply.body
    assert b'"host":"rp.example"' in reply.body
    assert b'"body":"e=f"' in reply.body


def test_a_wsgi_app_is_called_as_well() -> None:
    with HttpClient() as client:
        client.mount(RP, wsgi_mirror)
        reply = client.post_json(RP, {"a": 1}, accept="*/*", what="it")
    assert reply == HttpReply(201, "text/plain", b'POST {"a":1}')


def test_the_network_is_not_used_for_a_mounted_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: pytest.fail("looked up"))
    assert ask(app_of(mirror)).status == 200


@pytest.mark.parametrize("url", ["https://RP.example/x", "https://rp.example:443/x"])
def test_an_origin_is_found_however_it_is_written(url: str) -> None:
    with HttpClient() as client:
        client.mount("https://Rp.Example:443/", app_of(mirror))
        assert client.get(url, accept="*/*", what="it").status == 200


@pytest.mark.parametrize("origin", ["rp.example", "https://rp.example/path", "", "https://a b"])
def test_only_an_origin_can_be_mounted(origin: str) -> None:
    with HttpClient() as client, pytest.raises(LocalError):
        client.mount(origin, app_of(mirror))


@pytest.mark.parametrize(
    "url", ["https://rp.example:8443/x", "https://rp.example.org/x", "http://rp.example/x"]
)
def test_another_origin_is_not_the_mounted_one(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [])
    with HttpClient() as client:
        client.mount(RP, lambda *_: pytest.fail("called"))
        with pytest.raises(TransportError):
            client.get(url, accept="*/*", what="it")


def test_a_mounted_base_url_is_reached_where_it_is(serve: Callable[..., Any]) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    with HttpClient() as client:
        client.mount(RP, f"http://127.0.0.1:{server.port}/base/")
        assert client.get(RP + "/x?y=z", accept="*/*", what="it").body == b"ok"
    assert server.received[0].startswith(b"GET /base/x?y=z HTTP/1.1\r\n")


def test_a_redirect_of_a_mounted_app_is_refused_too() -> None:
    with pytest.raises(TransportError) as refusal:
        ask(app_of(lambda _: Response(status_code=307, headers={"Location": "/y"})))
    assert refusal.value.code == "redirect_refused"


def test_what_an_app_does_after_its_answer_is_done_when_the_answer_is_here() -> None:
    done = threading.Event()
    assert ask(app_of(lambda _: Response(background=BackgroundTask(done.set)))).status == 200
    assert done.is_set()


# Apps that misbehave -------------------------------------------------------------------------


def raising(_: Request) -> Response:
    raise KeyError("a mistake in the app")


async def raising_before_anything(scope: Any, receive: Any, send: Any) -> None:
    raise KeyError("a mistake in the app")


def wsgi_raising(environ: Any, start_response: Any) -> Iterable[bytes]:
    raise KeyError("a mistake in the app")


@pytest.mark.parametrize("app", [app_of(raising), raising_before_anything, wsgi_raising])
def test_an_app_that_raises_looks_like_a_server_that_breaks_and_the_log_says_why(
    app: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert ask(app).status == 500
    assert "a mistake in the app" in caplog.text


async def silent(scope: Any, receive: Any, send: Any) -> None:
    """An app that ends without an answer."""


def test_an_app_without_an_answer_is_a_500() -> None:
    assert ask(silent).status == 500


async def endless(_: Request) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"a" * 65_536

    return StreamingResponse(chunks())


def test_an_endless_answer_of_a_mounted_app_is_stopped() -> None:
    with pytest.raises(LimitExceeded):
        ask(app_of(endless))


def test_an_app_that_hangs_is_left_at_the_deadline() -> None:
    stopped = threading.Event()

    async def hanging(_: Request) -> Response:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return Response()

    with pytest.raises(TransportError) as refusal:
        ask(app_of(hanging), policy=HttpPolicy(timeout_seconds=0.2))
    assert refusal.value.code == "timeout"
    assert stopped.wait(5)


def test_a_role_called_on_the_loop_that_answers_it_says_how_to_call_it() -> None:
    problems: list[LocalError] = []

    async def calling(_: Request) -> Response:
        try:
            ask(app_of(mirror))
        except LocalError as error:
            problems.append(error)
        return Response()

    assert ask(app_of(calling)).status == 200
    assert "worker thread" in problems[0].hint


def test_an_app_may_call_a_role_in_a_worker_thread() -> None:
    def calling(_: Request) -> Response:
        return Response(ask(app_of(mirror)).body)

    assert b'"method":"GET"' in ask(app_of(calling)).body


# Lifespan ------------------------------------------------------------------------------------


class Diary:
    def __init__(self) -> None:
        self.lines: list[str] = []

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[dict[str, str]]:
        self.lines.append("up")
        yield {"database": "open"}
        self.lines.append("down")


async def state(request: Request) -> Response:
    return Response(request.state.database)


def test_an_app_is_started_once_for_all_that_mount_it_and_stopped_by_the_last() -> None:
    diary = Diary()
    app = app_of(state, lifespan=diary.lifespan)
    with HttpClient() as one:
        one.mount(RP, app)
        with HttpClient() as two:
            two.mount(RP, app)
            assert diary.lines == []
            for client in (one, two, two):
                assert client.get(RP, accept="*/*", what="it").body == b"open"
            assert diary.lines == ["up"]
        assert diary.lines == ["up"]
    assert diary.lines == ["up", "down"]


def test_an_app_that_cannot_start_is_the_callers_mistake() -> None:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no database")
        yield

    with HttpClient() as client:
        client.mount(RP, app_of(state, lifespan=lifespan))
        for _ in range(2):
            with pytest.raises(LocalError, match="no database"):
                client.get(RP, accept="*/*", what="it")


def test_an_app_that_hangs_at_its_start_is_left_at_the_deadline_and_may_start_again() -> None:
    tries: list[str] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, str]]:
        tries.append("try")
        if len(tries) == 1:
            await asyncio.Event().wait()
        yield {"database": "open"}

    with HttpClient(HttpPolicy(timeout_seconds=0.2)) as client:
        client.mount(RP, app_of(state, lifespan=lifespan))
        with pytest.raises(TransportError) as refusal:
            client.get(RP, accept="*/*", what="it")
        assert refusal.value.code == "timeout"
        assert client.get(RP, accept="*/*", what="it").body == b"open"


def test_an_app_that_hangs_at_its_end_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounted_lifespan, "SHUTDOWN_SECONDS", 0.1)
    cancelled = threading.Event()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, str]]:
        yield {"database": "open"}
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with HttpClient() as client:
        client.mount(RP, app_of(state, lifespan=lifespan))
        assert client.get(RP, accept="*/*", what="it").status == 200
    assert cancelled.wait(5)


def test_mounting_anew_stops_what_was_there() -> None:
    diary = Diary()
    with HttpClient() as client:
        client.mount(RP, app_of(state, lifespan=diary.lifespan))
        client.get(RP, accept="*/*", what="it")
        client.mount(RP, app_of(mirror))
        assert diary.lines == ["up", "down"]
        assert client.get(RP, accept="*/*", what="it").content_type == "application/json"
