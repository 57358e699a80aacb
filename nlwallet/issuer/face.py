"""The issuer's HTTP face: metadata, offers, authorization, tokens, credentials (OpenID4VCI 1.0 §4 to §12).

Every answer of a protected endpoint brings a fresh ``DPoP-Nonce`` (RFC 9449 §8.2), and where wallets authenticate,
the token endpoint a fresh challenge.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from nlwallet.clock import Clock
from nlwallet.encoding import parse_json_object
from nlwallet.errors import IssuanceRefused, LimitExceeded, RemoteError
from nlwallet.http.face import (
    PUBLIC_HEADERS,
    SECURITY_HEADERS,
    answer,
    body,
    error_answer,
    form,
    media_type,
    protocol_app,
)
from nlwallet.issuer.authorization_page import AuthorizationPage
from nlwallet.issuer.authorization_server import AuthorizationServer
from nlwallet.issuer.caller import Caller
from nlwallet.issuer.client_authentication import ClientAuthentication
from nlwallet.issuer.credential_desk import CredentialDesk
from nlwallet.issuer.dpop_check import DpopCheck
from nlwallet.issuer.grant import Grant
from nlwallet.issuer.status import StatusLists
from nlwallet.openid4vci import (
    ATTESTATION_HEADER,
    CHALLENGE_HEADER,
    MESSAGE_MEDIA_TYPE,
    POP_HEADER,
    CredentialOffer,
    CredentialRequest,
    CredentialResponse,
    DeferredCredentialRequest,
    EncryptionTo,
    ErrorCode,
    Notification,
    RequestEncryption,
    refusal,
)

MAX_BODY_BYTES = 262_144

_PAGE_HEADERS = {
    **SECURITY_HEADERS,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' https:; "
    "frame-ancestors 'none'; base-uri 'none'",
}

_STATUS: dict[str, int] = {
    ErrorCode.INVALID_TOKEN: 401,
    ErrorCode.INSUFFICIENT_SCOPE: 403,
    ErrorCode.INVALID_CLIENT: 401,
}
"""RFC 6750 §3.1, RFC 6749 §5.2; every other refusal is 400."""

_DPOP_ERRORS = frozenset({ErrorCode.INVALID_DPOP_PROOF, ErrorCode.USE_DPOP_NONCE})

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What is behind the face; ``base`` is the URL that the endpoints are below."""

    base: str
    clock: Clock
    server: AuthorizationServer
    desk: CredentialDesk
    dpop: DpopCheck
    clients: ClientAuthentication
    encryption: RequestEncryption
    page: AuthorizationPage | None
    issuer_metadata: Mapping[str, Any]
    authorization_server_metadata: Mapping[str, Any]
    type_metadata: Callable[[str], list[str] | None]
    offer: Callable[[str], CredentialOffer | None]
    status_lists: StatusLists


def face(endpoints: Endpoints, *, path: str = "") -> Starlette:
    """The ASGI app; mount it at the origin of the issuer.

    ``path`` is that of the issuer's identifier, ``""`` or ``/tenant``: the endpoints are below it, and the
    well-known documents have it behind their own path (§12.2.2).
    """
    routes: list[BaseRoute] = [
        Route(f"/.well-known/openid-credential-issuer{path}", _document(endpoints.issuer_metadata)),
        Route(
            f"/.well-known/oauth-authorization-server{path}",
            _document(endpoints.authorization_server_metadata),
        ),
        Route(path + "/type-metadata/{configuration_id:path}", _type_metadata(endpoints)),
        Route(path + "/offer/{name}", _offer(endpoints)),
        *_authorization_routes(endpoints, path),
        *_credential_routes(endpoints, path),
        *endpoints.status_lists.routes(),
    ]
    return protocol_app(routes, refuse=lambda request, error: _refuse(request, error, endpoints))


def _document(document: Mapping[str, Any]) -> Callable[[Request], Response]:
    def serve(_: Request) -> Response:
        return answer(200, dict(document), PUBLIC_HEADERS)

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


# Authorization server ----------------------------------------------------------------------------


def _authorization_routes(endpoints: Endpoints, path: str) -> list[BaseRoute]:
    server, page = endpoints.server, endpoints.page

    async def token(request: Request) -> Response:
        fields = await form(request, what="the token request", max_bytes=MAX_BODY_BYTES)
        made = await run_in_threadpool(server.token, fields, _caller(request, endpoints, "/token"))
        return answer(200, made.as_json())

    async def push(request: Request) -> Response:
        fields = await form(request, what="the authorization request", max_bytes=MAX_BODY_BYTES)
        return answer(201, await run_in_threadpool(server.push, fields, _caller(request, endpoints, "/par")))

    def challenge(_: Request) -> Response:
        return answer(200, {"attestation_challenge": endpoints.clients.challenge(now=endpoints.clock.now())})

    async def authorize(request: Request) -> Response:
        assert page is not None  # there is no such route otherwise
        fields = dict(request.query_params)
        request_uri, client_id = fields.get("request_uri", ""), fields.get("client_id", "")
        if request.method == "POST":
            sent = await form(request, what="the form", max_bytes=MAX_BODY_BYTES)
            location = page.answer(
                sent.get("request_uri", ""),
                sent.get("client_id", ""),
                sent.get("person", ""),
                agreed=sent.get("decision") == "agree",
            )
            return _redirect(location)
        location, html = page.open(request_uri, client_id)
        return (
            _redirect(location) if location else Response(html, media_type="text/html", headers=_PAGE_HEADERS)
        )

    routes: list[BaseRoute] = [
        Route(f"{path}/token", _with_nonces(token, endpoints), methods=["POST"]),
    ]
    if endpoints.clients.required:
        routes.append(Route(f"{path}/challenge", challenge, methods=["POST"]))
    if page is not None:
        routes.append(Route(f"{path}/par", _with_nonces(push, endpoints), methods=["POST"]))
        routes.append(Route(f"{path}/authorize", authorize, methods=["GET", "POST"]))
    return routes


def _redirect(location: str) -> Response:
    # 303: the form must not be sent on to the wallet (RFC 9700 §4.12).
    return Response(status_code=303, headers={**SECURITY_HEADERS, "Location": location})


# Credential issuer -------------------------------------------------------------------------------


def _credential_routes(endpoints: Endpoints, path: str) -> list[BaseRoute]:
    desk = endpoints.desk

    def nonce(_: Request) -> Response:
        return answer(200, {"c_nonce": desk.nonces.create(now=endpoints.clock.now())})

    async def credential(request: Request) -> Response:
        grant = await _grant(request, endpoints, "/credential")
        asked = CredentialRequest.parse(await _message(request, endpoints))
        _check_encrypted(asked.response_encryption, request, endpoints)
        return _credentials(await run_in_threadpool(desk.credential, grant, asked), asked.response_encryption)

    async def deferred(request: Request) -> Response:
        grant = await _grant(request, endpoints, "/deferred")
        asked = DeferredCredentialRequest.parse(await _message(request, endpoints))
        _check_encrypted(asked.response_encryption, request, endpoints)
        return _credentials(await run_in_threadpool(desk.deferred, grant, asked), asked.response_encryption)

    async def notification(request: Request) -> Response:
        grant = await _grant(request, endpoints, "/notification")
        desk.notify(grant, Notification.parse(await _message(request, endpoints, encryptable=False)))
        return Response(status_code=204, headers=dict(SECURITY_HEADERS))

    def nonce_with_dpop(request: Request) -> Response:
        reply = nonce(request)
        reply.headers["DPoP-Nonce"] = endpoints.dpop.nonce(now=endpoints.clock.now())
        return reply

    return [
        Route(f"{path}/nonce", nonce_with_dpop, methods=["POST"]),
        Route(f"{path}/credential", _with_nonces(credential, endpoints), methods=["POST"]),
        Route(f"{path}/deferred", _with_nonces(deferred, endpoints), methods=["POST"]),
        Route(f"{path}/notification", _with_nonces(notification, endpoints), methods=["POST"]),
    ]


async def _grant(request: Request, endpoints: Endpoints, endpoint: str) -> Grant:
    """What the access token is good for, before anything is read of who may not ask."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() not in {"bearer", "dpop"} or not token:
        raise HTTPException(401, headers={"WWW-Authenticate": 'DPoP algs="ES256", Bearer'})
    grant = endpoints.server.grant(token)
    if grant.bound_to is None and scheme.lower() == "bearer":
        return grant
    if grant.bound_to is None or scheme.lower() == "bearer":
        raise refusal(ErrorCode.INVALID_TOKEN, "the access token is of the other kind", section="§8.3.1.1")
    endpoints.dpop.check_bound(
        _caller(request, endpoints, endpoint),
        bound_to=grant.bound_to,
        access_token=token,
        now=endpoints.clock.now(),
    )
    return grant


async def _message(request: Request, endpoints: Endpoints, *, encryptable: bool = True) -> dict[str, Any]:
    kind, received = media_type(request), await body(request, max_bytes=MAX_BODY_BYTES)
    if kind == MESSAGE_MEDIA_TYPE and encryptable:
        return endpoints.encryption.decrypt(received.decode("ascii", "replace"))
    if kind != "application/json":
        raise refusal(ErrorCode.INVALID_CREDENTIAL_REQUEST, "the body is application/json", section="§8.2")
    if endpoints.encryption.required and encryptable:
        raise refusal(
            ErrorCode.INVALID_ENCRYPTION_PARAMETERS, "requests must be encrypted here", section="§8.2"
        )
    try:
        return parse_json_object(received, what="the request")
    except RemoteError as error:
        raise refusal(
            ErrorCode.INVALID_CREDENTIAL_REQUEST, error.message, section="§8.2", pointer=error.pointer
        ) from None


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


# Both --------------------------------------------------------------------------------------------


def _caller(request: Request, endpoints: Endpoints, endpoint: str) -> Caller:
    return Caller(
        method=request.method,
        url=endpoints.base + endpoint,
        authorization=request.headers.get("authorization", ""),
        dpop=tuple(request.headers.getlist("dpop")),
        attestation=tuple(request.headers.getlist(ATTESTATION_HEADER)),
        attestation_pop=tuple(request.headers.getlist(POP_HEADER)),
    )


def _with_nonces(endpoint: Endpoint, endpoints: Endpoints) -> Endpoint:
    async def answered(request: Request) -> Response:
        return _add_nonces(await endpoint(request), endpoints)

    return answered


def _add_nonces(response: Response, endpoints: Endpoints) -> Response:
    response.headers["DPoP-Nonce"] = endpoints.dpop.nonce(now=endpoints.clock.now())
    if endpoints.clients.required:
        response.headers[CHALLENGE_HEADER] = endpoints.clients.challenge(now=endpoints.clock.now())
    return response


def _refuse(request: Request, error: RemoteError, endpoints: Endpoints) -> Response:
    code = error.code if isinstance(error, IssuanceRefused) else ErrorCode.INVALID_REQUEST
    at_resource = "authorization" in request.headers
    default = 413 if isinstance(error, LimitExceeded) else 400
    status = 401 if at_resource and code in _DPOP_ERRORS else _STATUS.get(code, default)
    response = error_answer(status, code, f"{error.message}. {error.hint}" if error.hint else error.message)
    if status in (401, 403) and at_resource:
        scheme = "DPoP" if code in _DPOP_ERRORS else "Bearer"
        response.headers["WWW-Authenticate"] = f'{scheme} error="{code}"'
    return _add_nonces(response, endpoints)
