"""The HTTP face that wallets see: ``/request/{id}`` and ``/response/{id}`` (OpenID4VP 1.0 §5.10, §8.2).

It answers 200 or 4xx with an OAuth error in JSON, never a redirect. The work is done in a worker thread.
"""

from __future__ import annotations

from typing import Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import InvalidRequest, InvalidResponse, RemoteError
from nlwallet.http.face import SECURITY_HEADERS, answer, body, error_answer, protocol_app
from nlwallet.openid4vp import (
    REQUEST_OBJECT_MEDIA_TYPE,
    WalletMetadata,
    error_code_for,
    is_form,
    parse_form,
)

MAX_WALLET_NONCE = 1024

NO_ISSUABLE_ATTESTATIONS = "no_issuable_attestations"
"""The NL Wallet's code for a presentation after which there is nothing to issue."""

_STATUS = {
    "unknown_request": 404,
    "request_ended": 410,
    "unsupported_media_type": 415,
    NO_ISSUABLE_ATTESTATIONS: 404,
    "server_error": 500,
    "temporarily_unavailable": 503,
}


class Presentations(Protocol):
    """What is behind the face: see :class:`nlwallet.verifier.endpoints.WalletEndpoints`."""

    def request_object(
        self,
        request_id: str,
        *,
        wallet_nonce: str | None = None,
        wallet_metadata: WalletMetadata | None = None,
    ) -> str:
        """The signed request object, encrypted if the wallet wants it so."""
        ...

    def receive(self, request_id: str, body: bytes, content_type: str) -> dict[str, str]:
        """Take a response, and say where the user goes."""
        ...

    def receive_at_fixed_uri(self, body: bytes, content_type: str) -> dict[str, str]:
        """The same where one address serves all requests."""
        ...


def face(presentations: Presentations, *, fixed_response_uri: bool = False) -> Starlette:
    """The ASGI app; mount it at the root of the verifier's ``base_url``."""

    async def request_uri(request: Request) -> Response:
        request_id = request.path_params["request_id"]
        nonce, metadata = _of_wallet(await body(request), request.headers.get("content-type", ""))
        text = await run_in_threadpool(
            presentations.request_object, request_id, wallet_nonce=nonce, wallet_metadata=metadata
        )
        return Response(text, media_type=REQUEST_OBJECT_MEDIA_TYPE, headers=dict(SECURITY_HEADERS))

    async def response_uri(request: Request) -> Response:
        request_id = request.path_params["request_id"]
        received, content_type = await body(request), request.headers.get("content-type", "")
        return answer(200, await run_in_threadpool(presentations.receive, request_id, received, content_type))

    async def at_fixed_uri(request: Request) -> Response:
        received, content_type = await body(request), request.headers.get("content-type", "")
        return answer(
            200, await run_in_threadpool(presentations.receive_at_fixed_uri, received, content_type)
        )

    fetch = Route("/request/{request_id}", request_uri, methods=["GET", "POST"])
    fetch.methods = {
        "GET",
        "POST",
    }  # Starlette adds HEAD; a preview of the link would use up a one-time request
    return protocol_app(
        [
            fetch,
            Route("/response", at_fixed_uri, methods=["POST"])
            if fixed_response_uri
            else Route("/response/{request_id}", response_uri, methods=["POST"]),
        ],
        refuse=_refuse,
    )


def _of_wallet(received: bytes, content_type: str) -> tuple[str | None, WalletMetadata | None]:
    """The two parameters of a POST; all others are ignored (§5.10)."""
    if not received:
        return None, None
    if not is_form(content_type):
        raise InvalidResponse(
            "the body is not a form", code="unsupported_media_type", spec="OpenID4VP 1.0 §5.10"
        )
    fields = parse_form(received, what="the request")
    wallet_nonce, metadata = fields.get("wallet_nonce"), fields.get("wallet_metadata")
    if wallet_nonce is not None and not 0 < len(wallet_nonce) <= MAX_WALLET_NONCE:
        raise InvalidRequest(
            f"wallet_nonce has 1 to {MAX_WALLET_NONCE} characters", spec="OpenID4VP 1.0 §5.10"
        )
    return wallet_nonce, None if metadata is None else WalletMetadata.parse(metadata)


def _refuse(_: Request, error: RemoteError) -> Response:
    text = f"{error.message}. {error.hint}" if error.hint else error.message
    code = error.code if error.code == NO_ISSUABLE_ATTESTATIONS else str(error_code_for(error))
    return error_answer(_STATUS.get(error.code, 400), code, text)
