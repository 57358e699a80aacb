"""A request of a known client, and what becomes of it: a request that a wallet may act on (OpenID4VP 1.0 §5)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import CertificateChain
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidRequest, OutsideValidity
from nlwallet.openid4vp.checks import check
from nlwallet.openid4vp.client import AuthenticatedClient
from nlwallet.openid4vp.codes import ErrorCode
from nlwallet.openid4vp.metadata import MSO_MDOC, SD_JWT_VC
from nlwallet.openid4vp.request import SELF_ISSUED_V2, AuthorizationRequest
from nlwallet.openid4vp.request_rules import DIRECT_POST_MODES
from nlwallet.openid4vp.transaction_data import TransactionData, parse_transaction_data
from nlwallet.openid4vp.transaction_type import TransactionDataType
from nlwallet.openid4vp.uri import check_https_uri
from nlwallet.profiles import Profile
from nlwallet.report import Report

MAX_CLOCK_AHEAD = 60
"""How far the clock of a verifier may run ahead, in seconds."""


@dataclass(frozen=True, slots=True)
class WalletCapabilities:
    """What a wallet can do beyond its profile.

    ``formats``: credential format identifiers. ``scopes``: the queries that it knows by name (§5.5).
    ``transaction_types``: the types of transaction data that it can show and authorise. ``audiences``: the
    accepted values of ``aud``; a wallet that must work with verifiers that name their request_uri there adds it.
    """

    formats: tuple[str, ...] = (SD_JWT_VC, MSO_MDOC)
    scopes: Mapping[str, DcqlQuery] = field(default_factory=dict)
    transaction_types: Mapping[str, TransactionDataType] = field(default_factory=dict)
    audiences: tuple[str, ...] = (SELF_ISSUED_V2,)


@dataclass(frozen=True, slots=True)
class ReplyAddress:
    """Where an error response may go, and how: by POST to ``uri``, or in the fragment of it."""

    uri: str
    state: str | None
    by_post: bool = True


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """A request that passed every check, and who sent it."""

    request: AuthorizationRequest
    client: AuthenticatedClient
    origin: str | None = None
    """The page that asked, through the Digital Credentials API: from the platform, never from the request."""
    transaction_data: tuple[TransactionData, ...] = ()

    @property
    def query(self) -> DcqlQuery:
        """What is asked."""
        return self.request.dcql_query

    @property
    def chain(self) -> CertificateChain | None:
        """The access certificate, if the client is known by one."""
        return self.client.chain

    @property
    def audience(self) -> str:
        """What presentations are bound to: the whole client identifier, or the page's origin (§14.8, §A.4)."""
        return self.client.identifier.full if self.origin is None else f"origin:{self.origin}"


@dataclass(frozen=True, slots=True)
class AuthenticRequest:
    """Parameters that are known to come from ``client``; not yet checked for content.

    For a client without a signature that means: from whoever reads the address that the answer goes to.
    """

    client: AuthenticatedClient
    claims: Mapping[str, Any] = field(repr=False)
    origin: str | None = None

    @property
    def reply_address(self) -> ReplyAddress | None:
        """Where to report an error; ``None`` if the request names no acceptable place."""
        return reply_address(self.claims, self.client)

    def read(
        self,
        *,
        now: int,
        profile: Profile,
        report: Report,
        wallet_nonce: str | None = None,
        capabilities: WalletCapabilities | None = None,
    ) -> VerifiedRequest:
        """Check the content. Raises an :class:`~nlwallet.errors.RemoteError` whose code §8.5 knows."""
        able = capabilities or WalletCapabilities()
        signed, dc_api = self.client.signed, self.origin is not None
        with check(report, "W-24", "OpenID4VP 1.0 §5", "the parameters of the request"):
            request = AuthorizationRequest.parse(
                self._with_registered_metadata(),
                signed=signed,
                dc_api=dc_api,
                modes=profile.response_modes,
                scopes=able.scopes,
            )
        with check(report, "W-06", "OpenID4VP 1.0 §5.10.1", "wallet_nonce is the one that was sent"):
            _check_wallet_nonce(request.wallet_nonce, wallet_nonce)
        if self.origin is None:
            self._check_place(request, report)
        elif signed:
            with check(
                report, "A-05", "OpenID4VP 1.0 §A.2", "the page is one that the request may come from"
            ):
                _check_origin(self.origin, request.expected_origins or ())
        with check(report, "V-23", "OpenID4VP 1.0 §5.8", "the request is for a wallet"):
            if request.aud is not None and not set(able.audiences) & set(request.aud):
                raise InvalidRequest(
                    "the request object is for another audience",
                    spec="OpenID4VP 1.0 §5.8",
                    pointer="/aud",
                    hint=f"aud is {SELF_ISSUED_V2}",
                )
        with check(report, "RPA_03", "RFC 7519 §4.1", "iat, nbf and exp of the request object"):
            _check_times(request, now=now, leeway=profile.clock_leeway)
        with check(report, "W-25", "OpenID4VP 1.0 §8.5", "a requested format is supported"):
            request.check_formats(able.formats, algorithms=profile.signing_algorithms)
        if request.encrypted:
            with check(report, "HW-01", "HAIP 1.0 §5", "the response can be encrypted to the verifier"):
                request.client_metadata.encryption_target(encs=profile.encryption_encs)
        with check(report, "X-03", "OpenID4VP 1.0 §5.1", "all transaction data is of a type that is known"):
            transactions = parse_transaction_data(
                request.transaction_data or (), query=request.dcql_query, types=able.transaction_types
            )
        return VerifiedRequest(request, self.client, self.origin, transactions)

    def _with_registered_metadata(self) -> Mapping[str, Any]:
        registered = self.client.registered
        if registered is None or registered.client_metadata is None:
            return self.claims
        if "client_metadata" in self.claims:
            raise InvalidRequest(
                "the metadata of this client is registered, and the request brings its own",
                code=ErrorCode.INVALID_CLIENT,
                spec="OpenID4VP 1.0 §8.5",
                pointer="/client_metadata",
            )
        return {**self.claims, "client_metadata": registered.client_metadata}

    def _check_place(self, request: AuthorizationRequest, report: Report) -> None:
        with check(report, "W-20", "OpenID4VP 1.0 §14.3.1", "the answer goes to a place of the client"):
            name = "response_uri" if request.response_uri else "redirect_uri"
            self.client.check_response_uri(request.answer_uri or "", pointer=f"/{name}")


def reply_address(claims: Mapping[str, Any], client: AuthenticatedClient | None) -> ReplyAddress | None:
    """Where ``claims`` want an error to go, if that is an https URI that ``client`` may use.

    ``client`` is ``None`` for a request that nobody could authenticate.
    """
    mode = claims.get("response_mode")
    if not isinstance(mode, str) or mode not in {*DIRECT_POST_MODES, "fragment"}:
        return None
    by_post = mode in DIRECT_POST_MODES
    name = "response_uri" if by_post else "redirect_uri"
    uri, state = claims.get(name), claims.get("state")
    if not isinstance(uri, str):
        return None
    try:
        check_https_uri(uri, pointer=f"/{name}")
        if client is not None:
            client.check_response_uri(uri, pointer=f"/{name}")
    except InvalidRequest:
        return None
    return ReplyAddress(uri, state if isinstance(state, str) and len(state) <= 1024 else None, by_post)


def _check_origin(origin: str, expected: tuple[str, ...]) -> None:
    """Character by character, without any reading or repair of either side (§A.2)."""
    if origin not in expected:
        raise InvalidRequest(
            "the page that asks is not among the expected_origins",
            spec="OpenID4VP 1.0 §A.2",
            pointer="/expected_origins",
            hint="an origin has no path and no slash at its end: https://rp.example",
        )


def _check_wallet_nonce(received: str | None, sent: str | None) -> None:
    matches = (
        received is None
        if sent is None
        else received is not None and hmac.compare_digest(received.encode(), sent.encode())
    )
    if not matches:
        raise InvalidRequest(
            "the request object was not made for this fetch",
            spec="OpenID4VP 1.0 §5.10.1",
            pointer="/wallet_nonce",
            hint="repeat the wallet_nonce of the POST; leave it out if there was none",
        )


def _check_times(request: AuthorizationRequest, *, now: int, leeway: int) -> None:
    if request.exp is not None and now >= request.exp + leeway:
        raise OutsideValidity(
            "the request has expired",
            code=ErrorCode.INVALID_REQUEST,
            spec="RFC 7519 §4.1.4",
            pointer="/exp",
            hint="ask the website for a new request",
        )
    for name, value in (("iat", request.iat), ("nbf", request.nbf)):
        if value is not None and value > now + MAX_CLOCK_AHEAD + leeway:
            raise OutsideValidity(
                "the request is from the future",
                code=ErrorCode.INVALID_REQUEST,
                spec="RFC 7519 §4.1",
                pointer=f"/{name}",
                hint="compare the clocks of wallet and verifier",
            )
