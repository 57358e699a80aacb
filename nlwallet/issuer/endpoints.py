"""What is behind the HTTP faces of an issuer and its authorization server, and what their answers have in common.

Every answer of a protected endpoint brings a fresh ``DPoP-Nonce`` (RFC 9449 §8.2), and where wallets authenticate, a
fresh challenge.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nlwallet.clock import Clock
from nlwallet.errors import IssuanceRefused, LimitExceeded, RemoteError
from nlwallet.http.face import error_answer
from nlwallet.issuer.authorization_page import AuthorizationPage
from nlwallet.issuer.authorization_server import AuthorizationServer
from nlwallet.issuer.caller import Caller
from nlwallet.issuer.client_authentication import ClientAuthentication
from nlwallet.issuer.credential_desk import CredentialDesk
from nlwallet.issuer.dpop_check import DpopCheck
from nlwallet.issuer.status import StatusLists
from nlwallet.openid4vci import (
    ATTESTATION_HEADER,
    CHALLENGE_HEADER,
    POP_HEADER,
    CredentialOffer,
    ErrorCode,
    RequestEncryption,
)

MAX_BODY_BYTES = 262_144

_DPOP_ERRORS = frozenset({ErrorCode.INVALID_DPOP_PROOF, ErrorCode.USE_DPOP_NONCE})

_STATUS: dict[str, int] = {
    ErrorCode.INVALID_TOKEN: 401,
    ErrorCode.INSUFFICIENT_SCOPE: 403,
    ErrorCode.INVALID_CLIENT: 401,
    **dict.fromkeys(_DPOP_ERRORS, 401),
}
"""For who sent an Authorization header: 401 names the schemes for another one (RFC 9110 §15.5.2, RFC 6750 §3.1). Every
other refusal is 400, as RFC 6749 §5.2 has it for a wallet that authenticates by attestation."""

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What is behind the faces; the endpoints are below ``base``, those of the server below ``server_base``."""

    base: str
    server_base: str
    clock: Clock
    server: AuthorizationServer
    desk: CredentialDesk
    dpop: DpopCheck
    clients: ClientAuthentication
    encryption: RequestEncryption
    page: AuthorizationPage | None
    issuer_metadata: Mapping[str, Any]
    signed_issuer_metadata: Callable[[], str] | None
    authorization_server_metadata: Mapping[str, Any]
    type_metadata: Callable[[str], list[str] | None]
    offer: Callable[[str], CredentialOffer | None]
    status_lists: StatusLists
    nl_wallet_drafts: bool = False


def caller_of(request: Request, url: str) -> Caller:
    """Who calls the endpoint at ``url``, as wallets know it."""
    return Caller(
        method=request.method,
        url=url,
        authorization=request.headers.get("authorization", ""),
        dpop=tuple(request.headers.getlist("dpop")),
        attestation=tuple(request.headers.getlist(ATTESTATION_HEADER)),
        attestation_pop=tuple(request.headers.getlist(POP_HEADER)),
    )


def with_nonces(endpoint: Endpoint, endpoints: Endpoints) -> Endpoint:
    """The endpoint, whose answers bring a nonce and a challenge for the next request."""

    async def answered(request: Request) -> Response:
        return add_nonces(await endpoint(request), endpoints)

    return answered


def add_nonces(response: Response, endpoints: Endpoints) -> Response:
    """The same answer with a nonce and a challenge.

    Attestation-based client authentication allows challenges in answers beside an endpoint for them (§6.2); the NL
    Wallet takes no such answer. Who sent a stale one is told a fresh one all the same, as must be.
    """
    response.headers["DPoP-Nonce"] = endpoints.dpop.nonce(now=endpoints.clock.now())
    if endpoints.clients.required and not (endpoints.nl_wallet_drafts and response.status_code < 400):
        response.headers[CHALLENGE_HEADER] = endpoints.clients.challenge(now=endpoints.clock.now())
    return response


def refuse(request: Request, error: RemoteError, endpoints: Endpoints) -> Response:
    """The error response: in the clear, whatever was encrypted (§8.3.1.2)."""
    code = error.code if isinstance(error, IssuanceRefused) else ErrorCode.INVALID_REQUEST
    scheme = request.headers.get("authorization", "").partition(" ")[0].lower()
    default = 413 if isinstance(error, LimitExceeded) else 400
    status = _STATUS.get(code, default) if scheme else default
    response = error_answer(status, code, f"{error.message}. {error.hint}" if error.hint else error.message)
    if status in (401, 403) and scheme:
        # RFC 9449 §7.1: who came with DPoP is told what goes with DPoP.
        with_dpop = scheme == "dpop" or code in _DPOP_ERRORS
        response.headers["WWW-Authenticate"] = (
            f'DPoP error="{code}", algs="ES256"' if with_dpop else f'Bearer error="{code}"'
        )
    return add_nonces(response, endpoints)
