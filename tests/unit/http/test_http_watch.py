"""Who watches a client hears of every exchange, of those that fail too, and changes nothing."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from nlwallet.errors import TransportError
from nlwallet.http import HttpClient, HttpExchange


def app() -> Starlette:
    async def answer(_: Request) -> Response:
        return PlainTextResponse("hello", 418)

    async def away(_: Request) -> Response:
        return PlainTextResponse("", 302, {"location": "/elsewhere"})

    return Starlette(
        routes=[Route("/tea", answer, methods=["GET", "POST"]), Route("/away", away, methods=["GET"])]
    )


def test_each_exchange_is_told_with_what_came_of_it() -> None:
    told: list[HttpExchange] = []
    with HttpClient() as client:
        client.mount("https://rp.example", app())
        client.watch(told.append)
        client.get("https://rp.example/tea?x=1", accept="*/*", what="tea")
        client.post_form("https://rp.example/tea", {"sugar": "no"}, accept="*/*", what="tea")
        with pytest.raises(TransportError):
            client.get("https://rp.example/away", accept="*/*", what="coffee")
        with pytest.raises(TransportError):
            client.get("http://rp.example/", accept="*/*", what="plain")
    assert [(one.method, one.url, one.what, dict(one.form)) for one in told] == [
        ("GET", "https://rp.example/tea?x=1", "tea", {}),
        ("POST", "https://rp.example/tea", "tea", {"sugar": "no"}),
        ("GET", "https://rp.example/away", "coffee", {}),
        ("GET", "http://rp.example/", "plain", {}),
    ]
    assert [one.reply.status if one.reply else None for one in told] == [418, 418, None, None]
    assert [one.error.code if one.error else "" for one in told] == [
        "",
        "",
        "redirect_refused",
        "https_required",
    ]


def test_what_was_posted_and_what_came_back_is_not_in_its_text() -> None:
    told: list[HttpExchange] = []
    with HttpClient() as client:
        client.mount("https://rp.example", app())
        client.watch(told.append)
        client.post_form("https://rp.example/tea", {"secret": "s3cr3t"}, accept="*/*", what="tea")
    assert "s3cr3t" not in repr(told)
    assert "hello" not in repr(told)
