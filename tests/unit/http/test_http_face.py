from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import IssuanceRefused, RemoteError
from nlwallet.http import face
from nlwallet.http.mount import mounted_transport
from nlwallet.http.network import Deadline

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def refuse(_: Request, error: RemoteError) -> Response:
    return face.error_answer(400, error.code, error.message)


async def echo(request: Request) -> Response:
    return face.answer(200, await face.form(request, what="the form", max_bytes=100))


async def never() -> dict[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face, "MAX_BODY_SECONDS", 0.0)
    with pytest.raises(HTTPException) as given_up:
        asyncio.run(face.body(Request({"type": "http", "headers": []}, never)))
    assert given_up.value.status_code == 408


def unwell(_: Request) -> Response:
    raise RuntimeError("s3cret")


def unwelcome(_: Request) -> Response:
    raise IssuanceRefused('not "today" \\ é', code="invalid_grant")


def unknown(_: Request) -> Response:
    raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})


APP: Starlette = face.protocol_app(
    [
        Route("/form", echo, methods=["POST"]),
        Route("/unwell", unwell),
        Route("/unwelcome", unwelcome),
        Route("/unknown", unknown),
    ],
    refuse=refuse,
)


def call(
    method: str, path: str, content: Any = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    request = httpx.Request(
        method,
        f"https://rp.example{path}",
        content=content,
        headers=headers,
        extensions={"deadline": Deadline(5)},
    )
    transport = mounted_transport(APP, 1_000_000)
    response = transport.handle_request(request)
    response.read()
    transport.close()
    return response


def test_a_form_is_read() -> None:
    assert call("POST", "/form", b"a=1&b=%C3%A9&c=", FORM).json() == {"a": "1", "b": "é", "c": ""}


@pytest.mark.parametrize(
    "content", [b"a=1&a=2", b"a", b"a=%ff", b"\xff=1", b"&".join(b"%d=1" % n for n in range(40))]
)
def test_a_form_that_can_be_read_in_two_ways_or_none_is_refused(content: bytes) -> None:
    response = call("POST", "/form", content[:100], FORM)
    assert response.status_code == 400
    assert response.json()["error"]


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json", "multipart/form-data", "application/x-www-form-urlencoded; charset=utf-16"],
)
def test_another_media_type_is_a_415(content_type: str) -> None:
    response = call("POST", "/form", b"a=1", {"Content-Type": content_type} if content_type else {})
    assert response.status_code == 415
    assert response.json()["error"] == "invalid_request"


def chunked() -> Iterator[bytes]:
    yield from (b"a=" + b"b" * 60, b"b" * 60)


@pytest.mark.parametrize("content", [b"a=" + b"b" * 99, chunked()], ids=["counted", "chunked"])
def test_a_body_over_the_limit_is_a_413(content: Any) -> None:
    assert call("POST", "/form", content, FORM).status_code == 413


def test_an_endless_body_is_not_read_to_the_end() -> None:
    given = 0

    async def receive() -> dict[str, Any]:
        nonlocal given
        given += 1
        return {"type": "http.request", "body": b"a" * 1000, "more_body": True}

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(HTTPException) as refusal:
        asyncio.run(face.body(request, max_bytes=2500))
    assert refusal.value.status_code == 413
    assert given == 3


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/form", 200),
        ("GET", "/form", 405),
        ("GET", "/nothing", 404),
        ("GET", "/unwell", 500),
        ("GET", "/unwelcome", 400),
        ("GET", "/unknown", 401),
        ("POST", "/form/", 404),
    ],
)
def test_every_answer_is_json_for_one_reader_and_no_redirect(method: str, path: str, status: int) -> None:
    response = call(method, path, b"", FORM)
    assert response.status_code == status
    assert isinstance(response.json(), dict)
    for name, value in face.SECURITY_HEADERS.items():
        assert response.headers[name] == value
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_mistake_of_ours_keeps_its_text_inside() -> None:
    response = call("GET", "/unwell")
    assert response.json()["error"] == "server_error"
    assert "s3cret" not in response.text


def test_a_description_has_only_the_characters_that_oauth_allows() -> None:
    assert call("GET", "/unwelcome").json() == {
        "error": "invalid_grant",
        "error_description": "not 'today' ' '",
    }


def test_a_405_says_what_is_allowed_and_a_401_asks_for_a_token_without_a_code() -> None:
    assert call("GET", "/form").headers["allow"] == "POST"
    response = call("GET", "/unknown")
    assert (response.headers["www-authenticate"], response.json()) == ("Bearer", {})
