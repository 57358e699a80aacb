"""The issuer's HTTP face: metadata, token, nonce and credential endpoints (OpenID4VCI 1.0 §6 to §8, §12.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.encoding import parse_json_object
from nlwallet.errors import IssuanceRefused, LimitExceeded, RemoteError
from nlwallet.http.face import answer, body, error_answer, form, media_type, protocol_app

MAX_BODY_BYTES = 262_144


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
        return answer(200, issuance.issuer_metadata())

    def authorization_server_metadata(_: Request) -> Response:
        return answer(200, issuance.authorization_server_metadata())

    def type_metadata(request: Request) -> Response:
        documents = issuance.type_metadata(request.path_params["configuration_id"])
        if documents is None:
            raise HTTPException(404, "no such credential configuration")
        return answer(200, documents)

    async def token(request: Request) -> Response:
        fields = await form(request, what="the token request", max_bytes=MAX_BODY_BYTES)
        return answer(200, await run_in_threadpool(issuance.token, fields))

    def nonce(_: Request) -> Response:
        return answer(200, issuance.nonce())

    async def credential(request: Request) -> Response:
        access_token = _bearer_token(request)
        if media_type(request) != "application/json":
            raise HTTPException(415, "the body is application/json")
        received = await body(request, max_bytes=MAX_BODY_BYTES)
        try:
            value = parse_json_object(received, what="the credential request")
        except RemoteError as error:
            raise IssuanceRefused(
                error.message, code="invalid_credential_request", pointer=error.pointer
            ) from None
        return answer(200, await run_in_threadpool(issuance.credential, access_token, value))

    return protocol_app(
        [
            Route("/.well-known/openid-credential-issuer", issuer_metadata),
            Route("/.well-known/oauth-authorization-server", authorization_server_metadata),
            Route("/type-metadata/{configuration_id}", type_metadata),
            Route("/token", token, methods=["POST"]),
            Route("/nonce", nonce, methods=["POST"]),
            Route("/credential", credential, methods=["POST"]),
        ],
        refuse=_refuse,
    )


def _bearer_token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


def _refuse(_: Request, error: RemoteError) -> Response:
    code = error.code if isinstance(error, IssuanceRefused) else "invalid_request"
    status = {"invalid_token": 401}.get(code, 413 if isinstance(error, LimitExceeded) else 400)
    response = error_answer(status, code, f"{error.message}. {error.hint}" if error.hint else error.message)
    if status == 401:
        response.headers["WWW-Authenticate"] = f'Bearer error="{code}"'
    return response
