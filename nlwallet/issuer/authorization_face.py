"""The HTTP face of the authorization server: metadata, pushed requests, the page, tokens (OpenID4VCI 1.0 §5, §6)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from nlwallet.errors import IssuanceRefused, RemoteError
from nlwallet.http.accept import is_preferred, preferred_language
from nlwallet.http.face import PUBLIC_HEADERS, SECURITY_HEADERS, answer, form
from nlwallet.issuer.authorization_page import STYLE_HASH, AuthorizationPage, error_page
from nlwallet.issuer.authorization_texts import LANGUAGES
from nlwallet.issuer.endpoints import MAX_BODY_BYTES, Endpoint, Endpoints, caller_of, with_nonces
from nlwallet.openid4vci import ErrorCode

_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")


def authorization_routes(endpoints: Endpoints) -> list[BaseRoute]:
    """The endpoints below the identifier of the server, and its well-known document."""
    path = urlsplit(endpoints.server_base).path
    server, page = endpoints.server, endpoints.page

    def metadata(_: Request) -> Response:
        return answer(200, dict(endpoints.authorization_server_metadata), PUBLIC_HEADERS)

    async def token(request: Request) -> Response:
        fields = await form(request, what="the token request", max_bytes=MAX_BODY_BYTES)
        caller = caller_of(request, f"{endpoints.server_base}/token")
        return answer(200, (await run_in_threadpool(server.token, fields, caller)).as_json())

    async def push(request: Request) -> Response:
        fields = await form(request, what="the authorization request", max_bytes=MAX_BODY_BYTES)
        caller = caller_of(request, f"{endpoints.server_base}/par")
        return answer(201, await run_in_threadpool(server.push, fields, caller))

    def challenge(_: Request) -> Response:
        return answer(200, {"attestation_challenge": endpoints.clients.challenge(now=endpoints.clock.now())})

    routes: list[BaseRoute] = [
        Route(f"/.well-known/oauth-authorization-server{path}", metadata),
        Route(f"{path}/token", with_nonces(token, endpoints), methods=["POST"]),
    ]
    if endpoints.clients.required:
        routes.append(Route(f"{path}/challenge", challenge, methods=["POST"]))
    if page is not None:
        routes.append(Route(f"{path}/par", with_nonces(push, endpoints), methods=["POST"]))
        routes.append(Route(f"{path}/authorize", _authorize(page, endpoints), methods=["GET", "POST"]))
    return routes


def _authorize(page: AuthorizationPage, endpoints: Endpoints) -> Endpoint:
    """Where a person comes: every mistake is told in her language, and nobody is sent on because of one."""

    async def authorize(request: Request) -> Response:
        language = preferred_language(request.headers.get("accept-language", ""), LANGUAGES)
        language = request.query_params.get("lang") or language
        try:
            if request.method == "POST":
                return await answered(request)
            fields = request.query_params
            if "request_uri" not in fields:
                raise IssuanceRefused(
                    "authorization requests are pushed first",
                    code=ErrorCode.INVALID_REQUEST,
                    spec="HAIP 1.0 §4",
                    hint="POST to the pushed_authorization_request_endpoint",
                )
            opened = await run_in_threadpool(
                page.open, fields["request_uri"], fields.get("client_id", ""), language
            )
        except RemoteError:
            if not is_preferred(request.headers.get("accept", ""), "text/html", over="application/json"):
                raise
            return _html(error_page(language), status=400)
        if opened.location:
            return _redirect(opened.location)
        return _html(opened.html, goes_on_to=opened.goes_on_to)

    async def answered(request: Request) -> Response:
        _check_same_origin(request, endpoints.server_base)
        sent = await form(request, what="the form", max_bytes=MAX_BODY_BYTES)
        location = await run_in_threadpool(
            page.answer,
            sent.get("request_uri", ""),
            sent.get("client_id", ""),
            sent.get("person", ""),
            agreed=sent.get("decision") == "agree",
        )
        return _redirect(location)

    return authorize


def _check_same_origin(request: Request, server_base: str) -> None:
    """The form was sent by our own page: every browser says where a form comes from (RFC 6749 §10.12).

    Who says nothing is no browser, and cannot be made to act for somebody else.
    """
    parts = urlsplit(server_base)
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin not in (None, f"{parts.scheme}://{parts.netloc}") or site not in (None, "same-origin"):
        raise IssuanceRefused(
            "the form was sent by another website", code=ErrorCode.ACCESS_DENIED, spec="RFC 6749 §10.12"
        )


def _redirect(location: str) -> Response:
    # 303: the form must not be sent on to the wallet (RFC 9700 §4.12).
    return Response(status_code=303, headers={**SECURITY_HEADERS, "Location": location})


def _html(html: str, *, status: int = 200, goes_on_to: str = "") -> Response:
    """A page without script; what its form may lead to is itself, and the wallet that is waiting."""
    policy = (
        f"default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'{_source(goes_on_to)}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        **SECURITY_HEADERS,
        "Content-Security-Policy": policy,
        # With no-referrer a browser does not tell of which origin a form is.
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Vary": "Accept-Language",
    }
    return Response(html, status, media_type="text/html", headers=headers)


def _source(redirect_uri: str) -> str:
    """The origin or the scheme of ``redirect_uri`` as a source of the policy: browsers hold redirects to it too."""
    parts = urlsplit(redirect_uri)
    if _HOST.fullmatch(parts.netloc):
        return f" {parts.scheme}://{parts.netloc}"
    if parts.scheme == "https":
        return ""
    # Also for a wallet at [::1]: a policy has no way to name that address (Content Security Policy Level 3 §2.3.1).
    return f" {parts.scheme}:" if _SCHEME.fullmatch(parts.scheme) else ""
