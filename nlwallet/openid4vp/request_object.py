"""The signed request object (RFC 9101, OpenID4VP 1.0 §5, HAIP 1.0 §5.1).

A request can only move forward: :class:`UnverifiedRequestObject` (parsed, nothing believed),
:class:`AuthenticRequest` (the signature is the client's: an error may be sent to its address),
:class:`VerifiedRequest` (every parameter is one that a wallet may act on).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import Certificate, Jws, PrivateKey, encrypt_jwe, parse_jwe, parse_jws
from nlwallet.errors import InvalidRequest, RemoteError
from nlwallet.openid4vp.authentic_request import AuthenticRequest
from nlwallet.openid4vp.authentication import authenticate_signed, parse_client_id
from nlwallet.openid4vp.checks import check
from nlwallet.openid4vp.client import KnownClients
from nlwallet.openid4vp.codes import ErrorCode
from nlwallet.openid4vp.metadata import EncryptionTarget
from nlwallet.profiles import Profile
from nlwallet.report import Report

REQUEST_OBJECT_TYPE = "oauth-authz-req+jwt"
REQUEST_OBJECT_MEDIA_TYPE = "application/oauth-authz-req+jwt"


@dataclass(frozen=True, slots=True)
class UnverifiedRequestObject:
    """A parsed request object. Believe nothing in it yet."""

    jws: Jws = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, text: str, *, profile: Profile) -> UnverifiedRequestObject:
        """Parse a compact JWS whose ``typ`` is ``oauth-authz-req+jwt`` (§5), or the other one of the profile.

        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        jws = parse_jws(
            text.strip(),
            typ={REQUEST_OBJECT_TYPE, profile.request_object_type},
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
        expected_client_id: str | None,
        anchors: Sequence[Certificate],
        now: int,
        profile: Profile,
        report: Report,
        known: KnownClients | None = None,
        origin: str | None = None,
    ) -> AuthenticRequest:
        """Check that the client itself signed this; ``anchors`` are those of the access certificates.

        ``expected_client_id`` is that of the link; ``None`` where there is none, through the Digital
        Credentials API. Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        known = known or KnownClients()
        report.passed("W-01", "OpenID4VP 1.0 §5", "the request object has the right typ and alg")
        with check(report, "W-05", "OpenID4VP 1.0 §5.10.1", "client_id is the same outside and inside"):
            if not self.client_id or expected_client_id not in {None, self.client_id}:
                raise InvalidRequest(
                    "the client_id of the link is not that of the request object",
                    spec="OpenID4VP 1.0 §5.10.1",
                    pointer="/client_id",
                )
        client = parse_client_id(self.client_id, profile=profile, known=known, report=report)
        authenticated = authenticate_signed(
            self.jws, client, anchors=anchors, known=known, now=now, profile=profile, report=report
        )
        return AuthenticRequest(authenticated, self.claims, origin)


def encrypt_request_object(request_object: str, target: EncryptionTarget) -> str:
    """A signed request object in a JWE for the wallet that asked for it (RFC 9101 §6.1, OpenID4VP 1.0 §5.10)."""
    return encrypt_jwe(
        request_object.encode("ascii"),
        target.key,
        enc=target.enc,
        kid=target.kid,
        header={"typ": REQUEST_OBJECT_TYPE, "cty": "JWT"},
    )


def decrypt_request_object(text: str, *, key: PrivateKey, kid: str, encs: Sequence[str]) -> str:
    """The signed request object inside. Raises :class:`~nlwallet.errors.InvalidRequest`.

    One that is not encrypted is refused: the wallet asked for it. A JWE need not name its key (RFC 7516 §4.1.6); the
    wallet has one.
    """
    try:
        jwe = parse_jwe(text.strip(), encs=encs, what="the request object")
        if jwe.kid not in {None, kid}:
            raise InvalidRequest("kid is not that of the wallet's key", pointer="/kid")
        return jwe.decrypt(key).decode("ascii")
    except (RemoteError, UnicodeDecodeError) as error:
        message = error.message if isinstance(error, RemoteError) else "it holds no JWS"
        raise InvalidRequest(
            f"the request object is not encrypted to this wallet: {message}",
            code=ErrorCode.INVALID_REQUEST_OBJECT,
            spec="OpenID4VP 1.0 §5.10",
            hint="use the key in jwks of wallet_metadata",
        ) from None
