"""HTTP as a hostile client speaks it, to an ASGI app; and as a hostile server answers, to a wallet."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from fuzz_bytes import mutated_bytes, mutated_text
from fuzz_tokens import Hostile
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from nlwallet.openid4vp import FORM_MEDIA_TYPE


class Post(NamedTuple):
    """One request to a server. ``chunks`` are the body as it comes in."""

    method: str
    path: str
    content_type: str
    chunks: tuple[bytes, ...]


class Reply(NamedTuple):
    """One answer of a server."""

    status: int
    content_type: str
    body: bytes


def status_of(app: Any, post: Post) -> int:
    """The status that an ASGI app answers with; what the app raises is raised."""
    sent: list[int] = []
    chunks = list(post.chunks)

    async def receive() -> dict[str, Any]:
        if not chunks:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            sent.append(message["status"])

    raw = post.path.encode("utf-8", "replace")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": post.method, "scheme": "https",
        "path": raw.decode(), "raw_path": raw, "query_string": b"a=%ff&b", "root_path": "",
        "headers": [(b"host", b"cafe.example"), (b"content-type", post.content_type.encode("latin-1", "replace"))],
        "client": ("127.0.0.1", 1), "server": ("cafe.example", 443), "state": {},
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    (status,) = sent
    return status


def posts(path: str, body: SearchStrategy[bytes]) -> SearchStrategy[Post]:
    """Requests to ``path`` with these bodies; mostly well-formed around them."""
    chunks = st.one_of(
        body.map(lambda data: (data,)),
        body.map(lambda data: (data[:7], b"", data[7:])),
        body.map(lambda data: (data, b"a" * 600_000, b"a" * 600_000)),
        st.just((b"",)),
    )
    form, forms = st.just(FORM_MEDIA_TYPE), mutated_text(FORM_MEDIA_TYPE)
    return st.builds(
        Post,
        st.sampled_from(
            ("POST", "POST", "POST", "POST", "GET", "PUT", "HEAD", "OPTIONS", "", "post", "POST\0")
        ),
        st.one_of(*[st.just(path)] * 5, mutated_text(path)),
        st.one_of(form, form, form, forms, st.sampled_from(("application/json", "", "multipart/form-data"))),
        chunks,
    )


def replies(valid: Hostile, content_type: str) -> SearchStrategy[Reply]:
    """Answers of a server around these bodies; mostly 200 and of the right type."""
    bodies = valid.mutations
    return st.builds(
        Reply,
        st.sampled_from((200,) * 40 + (201, 204, 206, 301, 304, 400, 404, 500, 503)),
        st.one_of(*[st.just(content_type)] * 9, mutated_text(content_type)),
        st.one_of(*[bodies] * 8, mutated_bytes(valid.valid), st.binary(max_size=100)),
    )


class HostileServer:
    """An ASGI app that answers what it is told to, by method."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        reply = self.replies.get(scope["method"], Reply(404, "text/plain", b""))
        content_type = reply.content_type.encode("utf-8", "surrogateescape")
        headers = [(b"content-type", content_type), (b"content-length", b"7"), (b"set-cookie", b"a=b")]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})
