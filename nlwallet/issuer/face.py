"""The issuer's HTTP face: metadata, offers, nonces, credentials (OpenID4VCI 1.0 §4, §7 to §12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from nlwallet.encoding import parse_json_object
from nlwallet.errors import RemoteError
from nlwallet.http.accept import is_preferred
from nlwallet.http.face import (
    PUBLIC_HEADERS,
    SECURITY_HEADERS,
    answer,
    body,
    media_type,
    protocol_app,
)
from nlwallet.issuer.authorization_face import authorization_routes
from nlwallet.issuer.endpoints import (
    MAX_BODY_BYTES,
    Endpoints,
    caller_of,
    refuse,
    with_nonces,
)
from nlwallet.issuer.grant import Grant
from nlwallet.issuer.nl_wallet_drafts import (
    BATCH_PATH,
    PREVIEW_PATH,
    Batch,
    previews,
)
from nlwallet.openid4vci import (
    MESSAGE_MEDIA_TYPE,
    SIGNED_METADATA_MEDIA_TYPE,
    CredentialRequest,
    CredentialResponse,
    DeferredCredentialRequest,
    EncryptionTo,
    ErrorCode,
    Notification,
    refusal,
)
from nlwallet.openid4vci.nl_wallet_drafts import DraftRequest, batch_response


def face(endpoints: Endpoints) -> Starlette:
    """The ASGI app; mount it at the origin of the issuer.

    The endpoints are below the path of the issuer's identifier, and the well-known documents have it behind their own
    path (§12.2.2). The authorization server is there too if it has the same origin.
    """
    path = urlsplit(endpoints.base).path
    routes: list[BaseRoute] = [
        Route(f"/.well-known/openid-credential-issuer{path}", _issuer_metadata(endpoints)),
        Route(path + "/type-metadata/{configuration_id:path}", _type_metadata(endpoints)),
        Route(path + "/offer/{name}", _offer(endpoints)),
        *_credential_routes(endpoints, path),
        *endpoints.status_lists.routes(),
    ]
    if urlsplit(endpoints.base).netloc == urlsplit(endpoints.server_base).netloc:
        routes.extend(authorization_routes(endpoints))
    return protocol_app(routes, refuse=lambda request, error: refuse(request, error, endpoints))


def authorization_face(endpoints: Endpoints) -> Starlette:
    """The ASGI app of an authorization server at an origin of its own."""
    return protocol_app(
        authorization_routes(endpoints), refuse=lambda request, error: refuse(request, error, endpoints)
    )


def _issuer_metadata(endpoints: Endpoints) -> Callable[[Request], Response]:
    signed = endpoints.signed_issuer_metadata

    def serve(request: Request) -> Response:
        headers = {**PUBLIC_HEADERS, "Vary": "Accept"}
        accept = request.headers.get("accept", "")
        if signed is not None and is_preferred(accept, SIGNED_METADATA_MEDIA_TYPE, over="application/json"):
            return Response(signed(), media_type=SIGNED_METADATA_MEDIA_TYPE, headers=headers)
        return answer(200, dict(endpoints.issuer_metadata), headers)

    return serve


def _type_metadata(endpoints: Endpoints) -> Callable[[Request], Response]:
    def serve(request: Request) -> Response:
        documents = endpoints.type_metadata(request.path_params["configuration_id"])
        if documents is None:
            raise HTTPException(404, "no such credential configuration")
        return answer(200, documents, PUBLIC_HEADERS)

    return serve


def _offer(endpoints: Endpoints) -> Callable[[Request], Response]:
    def serve(request: Request) -> Response:
        found = endpoints.offer(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "there is no such offer, or it has expired")
        return answer(200, found.as_json())

    return serve


def _credential_routes(endpoints: Endpoints, path: str) -> list[BaseRoute]:
    desk = endpoints.desk

    def nonce(_: Request) -> Response:
        reply = answer(200, {"c_nonce": desk.nonces.create(now=endpoints.clock.now())})
        reply.headers["DPoP-Nonce"] = endpoints.dpop.nonce(now=endpoints.clock.now())
        return reply

    async def credential(request: Request) -> Response:
        grant = await _grant(request, endpoints, "/credential")
        message = await _message(request, endpoints)
        if endpoints.nl_wallet_drafts and "format" in message:
            (text,) = await _drafts(grant, [DraftRequest.parse(message)])
            return answer(200, CredentialResponse((text,)).as_json())
        asked = CredentialRequest.parse(message)
        _check_encrypted(asked.response_encryption, request, endpoints)
        return _credentials(await run_in_threadpool(desk.credential, grant, asked), asked.response_encryption)

    async def _drafts(grant: Grant, drafts: Sequence[DraftRequest]) -> list[str]:
        batch = Batch.of(grant, drafts)
        return batch.in_order(await run_in_threadpool(desk.credentials, batch.grant, batch.requests))

    async def preview(request: Request) -> Response:
        # With the token alone, whatever it is bound to: that wallet sends no proof here.
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        grant = await run_in_threadpool(endpoints.server.grant, token.strip())
        return answer(200, previews(grant, desk.signer, now=endpoints.clock.now()))

    async def batch_credential(request: Request) -> Response:
        grant = await _grant(request, endpoints, BATCH_PATH)
        if request.method == "DELETE":
            await run_in_threadpool(desk.decline, grant)
            return Response(status_code=204, headers=dict(SECURITY_HEADERS))
        message = await _json(request, ErrorCode.INVALID_CREDENTIAL_REQUEST, section="§8.2")
        return answer(200, batch_response(await _drafts(grant, DraftRequest.parse_batch(message))))

    async def deferred(request: Request) -> Response:
        grant = await _grant(request, endpoints, "/deferred")
        asked = DeferredCredentialRequest.parse(await _message(request, endpoints))
        _check_encrypted(asked.response_encryption, request, endpoints)
        return _credentials(await run_in_threadpool(desk.deferred, grant, asked), asked.response_encryption)

    async def notification(request: Request) -> Response:
        grant = await _grant(request, endpoints, "/notification")
        message = await _json(request, ErrorCode.INVALID_NOTIFICATION_REQUEST, section="§11.3")
        await run_in_threadpool(desk.notify, grant, Notification.parse(message))
        return Response(status_code=204, headers=dict(SECURITY_HEADERS))

    drafts = [
        Route(path + PREVIEW_PATH, with_nonces(preview, endpoints), methods=["POST"]),
        Route(path + BATCH_PATH, with_nonces(batch_credential, endpoints), methods=["POST", "DELETE"]),
    ]
    return [
        *(drafts if endpoints.nl_wallet_drafts else ()),
        Route(f"{path}/nonce", nonce, methods=["POST"]),
        Route(f"{path}/credential", with_nonces(credential, endpoints), methods=["POST"]),
        Route(f"{path}/deferred", with_nonces(deferred, endpoints), methods=["POST"]),
        Route(f"{path}/notification", with_nonces(notification, endpoints), methods=["POST"]),
    ]


async def _grant(request: Request, endpoints: Endpoints, endpoint: str) -> Grant:
    """What the access token is good for, before anything is read of who may not ask."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() not in {"bearer", "dpop"} or not token:
        raise HTTPException(401, headers={"WWW-Authenticate": 'DPoP algs="ES256", Bearer'})
    grant = await run_in_threadpool(endpoints.server.grant, token)
    if grant.bound_to is None and scheme.lower() == "bearer":
        return grant
    if grant.bound_to is None or scheme.lower() == "bearer":
        raise refusal(ErrorCode.INVALID_TOKEN, "the access token is of the other kind", section="§8.3.1.1")
    await run_in_threadpool(
        endpoints.dpop.check_bound,
        caller_of(request, endpoints.base + endpoint),
        bound_to=grant.bound_to,
        access_token=token,
        now=endpoints.clock.now(),
    )
    return grant


async def _message(request: Request, endpoints: Endpoints) -> dict[str, Any]:
    """The request, decrypted if it was encrypted (§10)."""
    if media_type(request) == MESSAGE_MEDIA_TYPE:
        received = await body(request, max_bytes=MAX_BODY_BYTES)
        return endpoints.encryption.decrypt(received.decode("ascii", "replace"))
    message = await _json(request, ErrorCode.INVALID_CREDENTIAL_REQUEST, section="§8.2")
    if endpoints.encryption.required:
        raise refusal(
            ErrorCode.INVALID_ENCRYPTION_PARAMETERS, "requests must be encrypted here", section="§8.2"
        )
    return message


async def _json(request: Request, code: ErrorCode, *, section: str) -> dict[str, Any]:
    received = await body(request, max_bytes=MAX_BODY_BYTES)
    if media_type(request) != "application/json":
        raise refusal(code, "the body is application/json", section=section)
    try:
        return parse_json_object(received, what="the request")
    except RemoteError as error:
        raise refusal(code, error.message, section=section, pointer=error.pointer) from None


def _check_encrypted(to: EncryptionTo | None, request: Request, endpoints: Endpoints) -> None:
    if to is None and endpoints.encryption.required:
        raise refusal(
            ErrorCode.INVALID_ENCRYPTION_PARAMETERS,
            "responses are encrypted here",
            section="§8.2",
            pointer="/credential_response_encryption",
        )
    if to is not None and media_type(request) != MESSAGE_MEDIA_TYPE:
        raise refusal(
            ErrorCode.INVALID_ENCRYPTION_PARAMETERS,
            "who wants an encrypted response encrypts the request too",
            section="§8.2",
            pointer="/credential_response_encryption",
        )


def _credentials(response: CredentialResponse, to: EncryptionTo | None) -> Response:
    status = 202 if response.transaction_id is not None else 200
    if to is None:
        return answer(status, response.as_json())
    return Response(
        to.encrypt(response.as_json()), status, media_type=MESSAGE_MEDIA_TYPE, headers=dict(SECURITY_HEADERS)
    )
