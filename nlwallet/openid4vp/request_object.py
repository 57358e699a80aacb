"""The signed request object (RFC 9101, OpenID4VP 1.0 §5, HAIP 1.0 §5.1).

It can only move forward: :class:`UnverifiedRequestObject` (parsed, nothing believed),
:class:`AuthenticRequestObject` (the signature is the client's: an error may be sent to its address),
:class:`VerifiedRequest` (every parameter is one that a wallet may act on).
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import Certificate, CertificateChain, Jws, PrivateKey, parse_jws, sign_jws, verify_chain
from nlwallet.errors import InvalidRequest, LocalError, MalformedInput, OutsideValidity
from nlwallet.openid4vp.checks import check
from nlwallet.openid4vp.client_id import ClientIdentifier
from nlwallet.openid4vp.codes import ErrorCode
from nlwallet.openid4vp.metadata import SD_JWT_VC
from nlwallet.openid4vp.request import SELF_ISSUED_V2, AuthorizationRequest
from nlwallet.openid4vp.uri import check_https_uri
from nlwallet.profiles import Profile
from nlwallet.report import Report

REQUEST_OBJECT_TYPE = "oauth-authz-req+jwt"
REQUEST_OBJECT_MEDIA_TYPE = "application/oauth-authz-req+jwt"

MAX_CLOCK_AHEAD = 60
"""How far the clock of a verifier may run ahead, in seconds."""


@dataclass(frozen=True, slots=True)
class ReplyAddress:
    """Where an error response may go: known only after the signature verified."""

    response_uri: str
    state: str | None


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """A request that passed every check, and the access certificate of who signed it."""

    request: AuthorizationRequest
    chain: CertificateChain


@dataclass(frozen=True, slots=True)
class AuthenticRequestObject:
    """Claims that the holder of the access certificate signed; not yet checked for content."""

    client: ClientIdentifier
    chain: CertificateChain
    claims: Mapping[str, Any] = field(repr=False)

    @property
    def reply_address(self) -> ReplyAddress | None:
        """Where to report an error; ``None`` if the request names no acceptable place."""
        response_uri, state = self.claims.get("response_uri"), self.claims.get("state")
        direct_post = self.claims.get("response_mode") in ("direct_post", "direct_post.jwt")
        if not direct_post or not isinstance(response_uri, str):
            return None
        try:
            check_https_uri(response_uri, pointer="/response_uri")
            self.client.check_response_uri(response_uri)
        except InvalidRequest:
            return None
        return ReplyAddress(response_uri, state if isinstance(state, str) and len(state) <= 1024 else None)

    def read(
        self,
        *,
        now: int,
        profile: Profile,
        report: Report,
        wallet_nonce: str | None = None,
        audiences: Collection[str] = (SELF_ISSUED_V2,),
        formats: Collection[str] = (SD_JWT_VC,),
    ) -> VerifiedRequest:
        """Check the content. Raises an :class:`~nlwallet.errors.RemoteError` whose code §8.5 knows.

        ``audiences`` are the accepted values of ``aud``; a wallet that must work with verifiers that
        still name their own request_uri there adds it. ``formats`` are the wallet's credential formats.
        """
        with check(report, "W-24", "OpenID4VP 1.0 §5", "the parameters of the request"):
            request = AuthorizationRequest.parse(self.claims)
        with check(report, "W-06", "OpenID4VP 1.0 §5.10.1", "wallet_nonce is the one that was sent"):
            _check_wallet_nonce(request.wallet_nonce, wallet_nonce)
        with check(report, "V-23", "OpenID4VP 1.0 §5.8", "the request is for a wallet"):
            if not set(audiences) & set(request.aud):
                raise InvalidRequest(
                    "the request object is for another audience",
                    spec="OpenID4VP 1.0 §5.8",
                    pointer="/aud",
                    hint=f"aud is {SELF_ISSUED_V2}",
                )
        with check(report, "RPA_03", "RFC 7519 §4.1", "iat, nbf and exp of the request object"):
            _check_times(request, now=now, leeway=profile.clock_leeway)
        with check(report, "W-20", "OpenID4VP 1.0 §14.3.1", "response_uri belongs to the client"):
            self.client.check_response_uri(request.response_uri)
        with check(report, "W-25", "OpenID4VP 1.0 §8.5", "a requested format is supported"):
            request.check_formats(formats, algorithms=profile.signing_algorithms)
        with check(report, "HW-01", "HAIP 1.0 §5", "the response can be encrypted to the verifier"):
            request.client_metadata.encryption_target(encs=profile.encryption_encs)
        return VerifiedRequest(request, self.chain)


@dataclass(frozen=True, slots=True)
class UnverifiedRequestObject:
    """A parsed request object. Believe nothing in it yet."""

    jws: Jws = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, text: str, *, profile: Profile) -> UnverifiedRequestObject:
        """Parse a compact JWS whose ``typ`` is ``oauth-authz-req+jwt`` (§5).

        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        jws = parse_jws(
            text.strip(),
            typ={REQUEST_OBJECT_TYPE},
            algorithms=profile.signing_algorithms,
            what="request object",
        )
        return cls(jws, jws.claims())

    @property
    def client_id(self) -> str:
        """What the object says that its client identifier is; empty if it says nothing."""
        value = self.claims.get("client_id")
        return value if isinstance(value, str) else ""

    def authenticate(
        self,
        *,
        expected_client_id: str,
        anchors: Sequence[Certificate],
        now: int,
        profile: Profile,
        report: Report,
    ) -> AuthenticRequestObject:
        """Check that the client itself signed this; ``anchors`` are those of the access certificates.

        Raises a :class:`~nlwallet.errors.RemoteError`; nothing may be sent to the response_uri then.
        """
        report.passed("W-01", "OpenID4VP 1.0 §5", "the request object has the right typ and alg")
        with check(report, "W-05", "OpenID4VP 1.0 §5.10.1", "client_id is the same outside and inside"):
            if not self.client_id or self.client_id != expected_client_id:
                raise InvalidRequest(
                    "the client_id of the link is not that of the request object",
                    spec="OpenID4VP 1.0 §5.10.1",
                    pointer="/client_id",
                )
        with check(report, "W-13", "OpenID4VP 1.0 §5.9", "the client identifier prefix is accepted"):
            client = ClientIdentifier.parse(self.client_id, prefixes=profile.client_id_prefixes)
        with check(report, "W-17", "OpenID4VP 1.0 §5.9.3", "the certificate leads to a trust anchor"):
            if "x5c" not in self.jws.header:
                raise MalformedInput(
                    "the request object has no x5c header", spec="OpenID4VP 1.0 §5.9.3", pointer="/x5c"
                )
            chain = CertificateChain.from_x5c(self.jws.header["x5c"], pointer="/x5c")
            verify_chain(
                chain, anchors, now=now, anchor_in_x5c=profile.anchor_in_x5c, what="access certificate"
            )
        with check(report, "V-27", "OpenID4VP 1.0 §5.9.3", "the client identifier is of this certificate"):
            client.check_certificate(chain.leaf)
        with check(report, "HW-05", "HAIP 1.0 §7", "the signature is of the certificate's key"):
            self.jws.verify(chain.leaf.public_key)
        return AuthenticRequestObject(client, chain, self.claims)

    def verify(
        self,
        *,
        expected_client_id: str,
        anchors: Sequence[Certificate],
        now: int,
        profile: Profile,
        report: Report,
        wallet_nonce: str | None = None,
        audiences: Collection[str] = (SELF_ISSUED_V2,),
    ) -> VerifiedRequest:
        """:meth:`authenticate` and :meth:`AuthenticRequestObject.read` in one."""
        authentic = self.authenticate(
            expected_client_id=expected_client_id, anchors=anchors, now=now, profile=profile, report=report
        )
        return authentic.read(
            now=now, profile=profile, report=report, wallet_nonce=wallet_nonce, audiences=audiences
        )


def sign_request_object(
    request: AuthorizationRequest | Mapping[str, Any], *, key: PrivateKey, chain: CertificateChain
) -> str:
    """Sign a request; ``chain`` is the access certificate without its anchor (HAIP 1.0 §5).

    Claims may be given as a mapping, for requests that are wrong on purpose.
    Raises :class:`~nlwallet.errors.LocalError` if ``key`` is not that of the certificate.
    """
    if key.public != chain.leaf.public_key:
        raise LocalError("the key is not that of the access certificate")
    claims = request.as_json() if isinstance(request, AuthorizationRequest) else request
    return sign_jws(claims, key, typ=REQUEST_OBJECT_TYPE, header={"x5c": chain.x5c()})


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
