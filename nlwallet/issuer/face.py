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
from nlwallet.http.face import PUBLIC_HEADERS, answer, body, error_answer, form, media_type, protocol_app
from nlwallet.openid4vci import ErrorCode, refusal

MAX_BODY_BYTES = 262_144

_STATUS: dict[str, int] = {ErrorCode.INVALID_TOKEN: 401, ErrorCode.INSUFFICIENT_SCOPE: 403}
"""RFC 6750 §3.1; every other refusal is 400."""


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

    def authorize(self, access_token: str) -> object:
        """Look at an access token, and refuse it if it is no good."""
        ...

    def credential(self, access_token: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a credential request."""
        ...


def face(issuance: Issuance, *, path: str = "") -> Starlette:
    """The ASGI app; mount it at the origin of the issuer.

    ``path`` is that of the issuer's identifier, ``""`` or ``/tenant``: the endpoints are below it, and the
    well-known documents have it behind their own path (§12.2.2).
    """

    def issuer_metadata(_: Request) -> Response:
        return answer(200, issuance.issuer_metadata(), PUBLIC_HEADERS)

    def authorization_server_metadata(_: Request) -> Response:
        return answer(200, issuance.authorization_server_metadata(), PUBLIC_HEADERS)

    def type_metadata(request: Request) -> Response:
        documents = issuance.type_metadata(request.path_params["configuration_id"])
        if documents is None:
            raise HTTPException(404, "no such credential configuration")
        return answer(200, documents, PUBLIC_HEADERS)

    async def token(request: Request) -> Response:
        fields = await form(request, what="the token request", max_bytes=MAX_BODY_BYTES)
        return answer(200, await run_in_threadpool(issuance.token, fields))

    def nonce(_: Request) -> Response:
        return answer(200, issuance.nonce())

    async def credential(request: Request) -> Response:
        access_token = _bearer_token(request)
        issuance.authorize(access_token)  # before anything is read of who may not ask
        value = await _credential_request(request)
        return answer(200, await run_in_threadpool(issuance.credential, access_token, value))

    return protocol_app(
        [
            Route(f"/.well-known/openid-credential-issuer{path}", issuer_metadata),
            Route(f"/.well-known/oauth-authorization-server{path}", authorization_server_metadata),
            Route(path + "/type-metadata/{configuration_id:path}", type_metadata),
            Route(f"{path}/token", token, methods=["POST"]),
            Route(f"{path}/nonce", nonce, methods=["POST"]),
            Route(f"{path}/credential", credential, methods=["POST"]),
        ],
        refuse=_refuse,
    )


def _bearer_token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


async def _credential_request(request: Request) -> dict[str, Any]:
    kind = media_type(request)
    if kind == "application/jwt":
        raise refusal(ErrorCode.INVALID_ENCRYPTION_PARAMETERS, "encrypted requests are not supported")
    if kind != "application/json":
        raise refusal(ErrorCode.INVALID_CREDENTIAL_REQUEST, "the body is application/json", section="§8.2")
    received = await body(request, max_bytes=MAX_BODY_BYTES)
    try:
        return parse_json_object(received, what="the credential request")
    except RemoteError as error:
        raise refusal(
            ErrorCode.INVALID_CREDENTIAL_REQUEST, error.message, section="§8.2", pointer=error.pointer
        ) from None


def _refuse(_: Request, error: RemoteError) -> Response:
    code = error.code if isinstance(error, IssuanceRefused) else ErrorCode.INVALID_REQUEST
    default = 413 if isinstance(error, LimitExceeded) else 400
    status = _STATUS.get(code, default)
    response = error_answer(status, code, f"{error.message}. {error.hint}" if error.hint else error.message)
    if status in (401, 403):
        response.headers["WWW-Authenticate"] = f'Bearer error="{code}"'
    return response
