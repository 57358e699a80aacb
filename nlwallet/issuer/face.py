"""The issuer's HTTP face: metadata, token, nonce and credential endpoints (OpenID4VCI 1.0 §6 to §8, §12.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.encoding import dump_json, parse_json_object
from nlwallet.errors import IssuanceRefused, LimitExceeded, RemoteError

MAX_BODY_BYTES = 262_144
MAX_FIELDS = 32

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STATUS = {"invalid_token": 401}


class Issuance(Protocol):
    """What is behind the face: see :class:`nlwallet.issuer.Issuer`."""

    def issuer_metadata(self) -> dict[str, Any]:
        """The credential issuer metadata."""
        ...

    def authorization_server_metadata(self) -> dict[str, Any]:
        """The authorization server metadata."""
        ...

    def type_metadata(self, configuration_id: str) -> list[str] | None:
        """The type metadata documents."""
        ...

    def token(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Answer a token request."""
        ...

    def nonce(self) -> dict[str, str]:
        """A fresh nonce."""
        ...

    def credential(self, access_token: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a credential request."""
        ...


def face(issuance: Issuance) -> Starlette:
    """The ASGI app; mount it at the root of the issuer's origin."""

    def issuer_metadata(_: Request) -> Response:
        return _json(200, issuance.issuer_metadata())

    def authorization_server_metadata(_: Request) -> Response:
        return _json(200, issuance.authorization_server_metadata())

    def type_metadata(request: Request) -> Response:
        documents = issuance.type_metadata(request.path_params["configuration_id"])
        return _json(404, {"error": "not_found"}) if documents is None else _json(200, documents)

    async def token(request: Request) -> Response:
        fields = _form(await _body(request), request.headers.get("content-type", ""))
        return _json(200, await run_in_threadpool(issuance.token, fields))

    def nonce(_: Request) -> Response:
        return _json(200, issuance.nonce())

    async def credential(request: Request) -> Response:
        body = await _body(request)
        token = _bearer_token(request)
        if _media_type(request.headers.get("content-type", "")) != "application/json":
            raise HTTPException(415, "the body is application/json")
        try:
            value = parse_json_object(body, what="the credential request")
        except LimitExceeded:
            raise
        except RemoteError as error:
            raise IssuanceRefused(
                error.message, code="invalid_credential_request", pointer=error.pointer
            ) from None
        return _json(200, await run_in_threadpool(issuance.credential, token, value))

    app = Starlette(
        routes=[
            Route("/.well-known/openid-credential-issuer", issuer_metadata),
            Route("/.well-known/oauth-authorization-server", authorization_server_metadata),
            Route("/type-metadata/{configuration_id}", type_metadata),
            Route("/token", token, methods=["POST"]),
            Route("/nonce", nonce, methods=["POST"]),
            Route("/credential", credential, methods=["POST"]),
        ],
        exception_handlers={RemoteError: _refuse, HTTPException: _refuse_http},
    )
    app.router.redirect_slashes = False
    return app


async def _body(request: Request) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise HTTPException(413, f"the body has more than {MAX_BODY_BYTES} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _form(body: bytes, content_type: str) -> dict[str, str]:
    if _media_type(content_type) != "application/x-www-form-urlencoded":
        raise HTTPException(415, "the body is application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            strict_parsing=bool(body),
            errors="strict",
        )
    except ValueError:
        raise _bad_request("the form cannot be read") from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise _bad_request("a parameter is there twice")
    return dict(pairs)


def _bearer_token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        # No error code when there is no token at all (RFC 6750 §3.1).
        raise HTTPException(401, "", headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _bad_request(reason: str) -> IssuanceRefused:
    return IssuanceRefused(reason, code="invalid_request", spec="RFC 6749 §5.2")


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, RemoteError)
    status = _STATUS.get(error.code, 413 if isinstance(error, LimitExceeded) else 400)
    code = error.code if isinstance(error, IssuanceRefused) else "invalid_request"
    response = _json(status, {"error": code, "error_description": _ascii(error)})
    if status == 401:
        response.headers["WWW-Authenticate"] = f'Bearer error="{code}"'
    return response


async def _refuse_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    members = {"error": "invalid_request", "error_description": error.detail} if error.detail else {}
    response = _json(error.status_code, members)
    response.headers.update(error.headers or {})
    return response


def _ascii(error: RemoteError) -> str:
    """``error_description`` has printable ASCII without quotes and backslashes (RFC 6749 §5.2)."""
    text = f"{error.message}. {error.hint}" if error.hint else error.message
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "'" for c in text)[:300]


def _json(status: int, value: Any) -> Response:
    return Response(dump_json(value), status_code=status, media_type="application/json", headers=_HEADERS)
