"""The HTTP face: status codes, error bodies, headers (OpenID4VP 1.0 §5.10, §8.2)."""

from __future__ import annotations

from typing import Any

import anyio
import httpx
import pytest

from nlwallet.openid4vp import error_form
from nlwallet.verifier.face import face

ERROR_CHARACTERS = {chr(c) for c in (*range(0x20, 0x22), *range(0x23, 0x5C), *range(0x5D, 0x7F))}


def check_error(reply: Any, status: int) -> None:
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/json"
    body = reply.json()
    assert set(body) == {"error", "error_description"}
    assert body["error"] == "invalid_request"
    assert body["error_description"]
    assert set(body["error_description"]) <= ERROR_CHARACTERS


@pytest.mark.req("V-21")
def test_the_request_object_has_its_media_type(world: Any) -> None:
    reply = world.http("GET", world.link(world.verifier.request()).request_uri)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/oauth-authz-req+jwt"
    assert reply.text.count(".") == 2


def test_answers_are_not_cached_and_not_sniffed(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    replies = [
        world.http("GET", world.link(request).request_uri),
        world.http("GET", "https://cafe.example/request/unknown"),
        world.http("GET", "https://cafe.example/"),
        world.answer(asked),
    ]
    for reply in replies:
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in reply.headers["content-security-policy"]


@pytest.mark.req("ADV-027", "V-40")
@pytest.mark.parametrize(
    "path",
    [
        "/request/unknown",
        "/request/..%2f..%2fetc%2fpasswd",
        "/request/",
        "/request/a/",
        "/request",
        "/response",
        "/",
        "/nothing",
        "/request/" + "a" * 2000,
        "/request/%00",
    ],
)
def test_unknown_paths_are_404_and_never_a_redirect(path: str, world: Any) -> None:
    check_error(world.http("GET", f"https://cafe.example{path}"), 404)


@pytest.mark.req("ADV-027")
def test_an_expired_request_is_410(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    world.clock.travel(600)
    check_error(world.http("GET", world.link(request).request_uri), 410)
    check_error(world.answer(asked), 410)


@pytest.mark.req("ADV-021", "V-59")
@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", None]
)
def test_another_content_type_is_415(content_type: str | None, world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    headers = {"content-type": content_type} if content_type else {}
    check_error(world.http("POST", asked.response_uri, content=b"error=x", headers=headers), 415)
    check_error(world.http("POST", world.link(request).request_uri, content=b"{}", headers=headers), 415)
    assert world.verifier.result(request).status == "pending"


@pytest.mark.req("ADV-021")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_405(method: str, world: Any) -> None:
    asked = world.fetch(world.verifier.request())
    reply = world.http(method, asked.response_uri)
    check_error(reply, 405)
    assert reply.headers["allow"] == "POST"


@pytest.mark.req("ADV-022")
@pytest.mark.parametrize("name", ["response", "state", "vp_token"])
def test_a_duplicate_field_is_400(name: str, world: Any) -> None:
    asked = world.fetch(world.verifier.request())
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = f"{name}=a&{name}=b".encode()
    check_error(world.http("POST", asked.response_uri, content=body, headers=headers), 400)


@pytest.mark.req("ADV-026")
def test_a_body_that_is_too_large_is_413(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = b"wallet_metadata=" + b"a" * 1_100_000
    for uri in (asked.response_uri, world.link(request).request_uri):
        check_error(world.http("POST", uri, content=body, headers=headers), 413)


@pytest.mark.parametrize("nonce", ["", "n" * 5000])
def test_a_wallet_nonce_without_sense_is_400(nonce: str, world: Any) -> None:
    check_error(
        world.http("POST", world.link(world.verifier.request()).request_uri, data={"wallet_nonce": nonce}),
        400,
    )


@pytest.mark.req("V-34")
def test_success_and_an_error_response_are_both_200_json(world: Any) -> None:
    for success in (True, False):
        asked = world.fetch(world.verifier.request())
        reply = (
            world.answer(asked)
            if success
            else world.post(asked, error_form("access_denied", "", asked.state))
        )
        assert reply.status_code == 200
        assert reply.headers["content-type"] == "application/json"
        assert reply.json() == {}


@pytest.mark.req("V-37", "ADV-001")
def test_a_wrong_state_says_nothing_about_other_sessions(world: Any) -> None:
    mine, other = world.verifier.request(), world.verifier.request()
    asked, others = world.fetch(mine), world.fetch(other)
    bodies = []
    for state in (others.state, "unknown-state", ""):
        reply = world.post_members(asked, {"vp_token": {"pid": ["x"]}, "state": state})
        check_error(reply, 400)
        bodies.append(reply.content)
    assert len(set(bodies)) == 1
    assert world.verifier.result(mine).status == world.verifier.result(other).status == "pending"


def test_a_mistake_of_ours_tells_the_wallet_nothing() -> None:
    class Broken:
        def request_object(self, request_id: str, *, wallet_nonce: str | None = None) -> str:
            raise RuntimeError("database password is hunter2")

        def receive(self, request_id: str, body: bytes, content_type: str) -> dict[str, str]:
            raise RuntimeError

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=face(Broken()), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.get("https://cafe.example/request/1")

    reply = anyio.run(go)
    assert reply.status_code == 500
    assert reply.json()["error"] == "server_error"
    assert "hunter2" not in reply.text
