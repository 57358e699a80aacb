"""The issuer's own door to its status lists: the NL Wallet's internal revocation API.

``POST /revoke/`` takes an array of ids, ``GET /batch/`` and ``GET /batch/{id}`` tell which are revoked. It is for the
issuer's back office: serve it where nobody else gets to, and never at the origin that wallets see.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.encoding import parse_json
from nlwallet.errors import LimitExceeded, LocalError, MalformedInput, RemoteError
from nlwallet.http.face import SECURITY_HEADERS, answer, body, error_answer, protocol_app
from nlwallet.issuer.status import StatusLists
from nlwallet.status import Status


def _json_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": "OK", "content": {"application/json": {"schema": schema}}}


async def health(_: Request) -> Response:
    """Whether it is there."""
    return answer(200, {"status": "UP", "checks": []})


MAX_IDS = 10_000
MAX_ID_LENGTH = 256

_NO_IDS = "no_ids"


_IDS = {"type": "array", "items": {"type": "string", "format": "uuid"}}
_BATCH = {
    "type": "object",
    "required": ["batch_id", "is_revoked"],
    "properties": {"batch_id": {"type": "string"}, "is_revoked": {"type": "boolean"}},
}
OPENAPI: Final[Mapping[str, Any]] = {
    "openapi": "3.1.0",
    "info": {"title": "Revocation API", "version": "0.6"},
    "paths": {
        "/revoke/": {
            "post": {
                "summary": "Revoke credentials by the ids of their documents",
                "requestBody": {"required": True, "content": {"application/json": {"schema": _IDS}}},
                "responses": {"200": {"description": "They are revoked, or were never issued."}},
            }
        },
        "/batch/": {
            "get": {
                "summary": "All that was issued",
                "responses": {"200": _json_of({"type": "array", "items": _BATCH})},
            }
        },
        "/batch/{batch_id}": {
            "get": {
                "summary": "One of them",
                "parameters": [
                    {"name": "batch_id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {"200": _json_of(_BATCH), "404": {"description": "It was not issued here."}},
            }
        },
    },
}
"""What describes this interface to programs."""


def revocation_app(status_lists: StatusLists, *, api_key: str | None = None) -> Starlette:
    """The ASGI app. With ``api_key`` a caller needs it as bearer token; without, who gets here may revoke."""

    async def revoke(request: Request) -> Response:
        _check_key(request, api_key)
        ids = parse_ids(await body(request))
        await run_in_threadpool(_revoke, status_lists, ids)
        return Response(status_code=200, headers=dict(SECURITY_HEADERS))

    async def batches(request: Request) -> Response:
        _check_key(request, api_key)
        found = await run_in_threadpool(status_lists.credentials)
        return answer(200, [_batch(id_, status) for id_, status in found.items()])

    async def batch(request: Request) -> Response:
        _check_key(request, api_key)
        id_ = request.path_params["credential_id"]
        try:
            status = await run_in_threadpool(status_lists.status_of, id_)
        except LocalError as error:
            if error.code != "unknown_credential":
                raise
            raise HTTPException(404, "no credential of that id has a status here") from None
        return answer(200, _batch(id_, status))

    async def openapi(request: Request) -> Response:
        _check_key(request, api_key)
        return answer(200, OPENAPI)

    return protocol_app(
        [
            Route("/revoke/", revoke, methods=["POST"]),
            Route("/openapi.json", openapi),
            Route("/health", health),
            Route("/batch/", batches),
            Route("/batch/{credential_id}", batch),
        ],
        refuse=_refuse,
    )


def parse_ids(data: bytes) -> tuple[str, ...]:
    """The ids to revoke, each once. Raises :class:`~nlwallet.errors.RemoteError`."""
    value = parse_json(data, what="the ids to revoke")
    if not isinstance(value, list) or not all(
        isinstance(id_, str) and 0 < len(id_) <= MAX_ID_LENGTH for id_ in value
    ):
        raise MalformedInput("an array of ids is expected", code=_NO_IDS)
    if len(value) > MAX_IDS:
        raise LimitExceeded(f"there are more than {MAX_IDS} ids")
    return tuple(dict.fromkeys(value))


def _revoke(status_lists: StatusLists, ids: tuple[str, ...]) -> None:
    """Of what was revoked before, or has no status here, nothing is said; an offer that waits is to be withdrawn."""
    for id_ in ids:
        try:
            status_lists.revoke(id_)
        except LocalError as error:
            if error.code != "unknown_credential":
                raise


def _batch(id_: str, status: Status) -> dict[str, Any]:
    return {"batch_id": id_, "is_revoked": status == Status.INVALID}


def _check_key(request: Request, api_key: str | None) -> None:
    if api_key is None:
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode("utf-8", "surrogatepass"), api_key.encode())
    if scheme.lower() != "bearer" or not right:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})


def _refuse(_: Request, error: RemoteError) -> Response:
    status = 413 if isinstance(error, LimitExceeded) else 422 if error.code == _NO_IDS else 400
    return error_answer(status, "invalid_request", error.message)
