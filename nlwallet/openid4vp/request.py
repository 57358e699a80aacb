"""The authorization request: the claims of a request object (OpenID4VP 1.0 §5)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp.codes import ErrorCode
from nlwallet.openid4vp.metadata import SD_JWT_VC, ClientMetadata
from nlwallet.openid4vp.reading import NumericDate, WireModel, read_model
from nlwallet.openid4vp.uri import check_https_uri

SELF_ISSUED_V2 = "https://self-issued.me/v2"
"""The audience of a request to a wallet that is found by a fixed link (§5.8)."""

REGISTRATION_CERTIFICATE = "registration_cert"
"""The ``verifier_info`` format of a registration certificate (ETSI TS 119 472-2 §6.3.2.2)."""

MAX_AUDIENCES = 8
MAX_VERIFIER_INFO = 16

_URL_SAFE = re.compile(r"[A-Za-z0-9._~-]{1,1024}")


def _url_safe(value: str) -> str:
    if not _URL_SAFE.fullmatch(value):
        raise ValueError("only A-Z a-z 0-9 - . _ ~, and at most 1024 of them")
    return value


def _dcql(value: Any) -> DcqlQuery:
    return value if isinstance(value, DcqlQuery) else DcqlQuery.parse(value, pointer="/dcql_query")


def _audiences(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


UrlSafe = Annotated[str, AfterValidator(_url_safe)]
ClientId = Annotated[str, Field(min_length=1, max_length=2048)]


class VerifierInfo(WireModel):
    """Something that a third party attests about the verifier (§5.11)."""

    format: Annotated[str, Field(max_length=256)]
    data: Annotated[str | dict[str, Any], Field(repr=False)]
    credential_ids: tuple[str, ...] | None = None


class AuthorizationRequest(WireModel):
    """What a verifier asks, and where and how it wants the answer.

    Read with :meth:`parse`, which gives every violation the code of §8.5.
    """

    client_id: ClientId
    response_type: Literal["vp_token"] = "vp_token"
    response_mode: Literal["direct_post.jwt"] = "direct_post.jwt"
    response_uri: str
    nonce: Annotated[UrlSafe, Field(repr=False)]
    state: Annotated[UrlSafe | None, Field(repr=False)] = None
    dcql_query: Annotated[DcqlQuery, PlainValidator(_dcql)]
    client_metadata: ClientMetadata
    verifier_info: (
        Annotated[tuple[VerifierInfo, ...], Field(min_length=1, max_length=MAX_VERIFIER_INFO)] | None
    ) = None
    aud: Annotated[tuple[str, ...], BeforeValidator(_audiences), Field(max_length=MAX_AUDIENCES)] = (
        SELF_ISSUED_V2,
    )
    iat: NumericDate | None = None
    nbf: NumericDate | None = None
    exp: NumericDate | None = None
    wallet_nonce: Annotated[str | None, Field(max_length=1024, repr=False)] = None

    @classmethod
    def parse(cls, claims: Mapping[str, Any]) -> AuthorizationRequest:
        """Read the claims of a request object; unknown ones are ignored, ``iss`` too (§5).

        Raises :class:`~nlwallet.errors.InvalidRequest` or :class:`~nlwallet.errors.InvalidQuery`, both with
        the ``code`` to send back.
        """
        _check_what_is_asked_of_the_wallet(claims)
        if "aud" not in claims:
            raise InvalidRequest("there is no aud", spec="OpenID4VP 1.0 §5.8", pointer="/aud")
        request = read_model(cls, dict(claims), what="the request object")
        check_https_uri(request.response_uri, pointer="/response_uri")
        return request

    @property
    def registration_certificates(self) -> tuple[str, ...]:
        """The registration certificates that came along, unverified; one is the rule (RPRC_19)."""
        return tuple(
            info.data
            for info in self.verifier_info or ()
            if info.format == REGISTRATION_CERTIFICATE and isinstance(info.data, str)
        )

    @property
    def registration_certificate(self) -> str | None:
        """The one registration certificate, unverified; ``None`` when there is none, or more than one."""
        found = self.registration_certificates
        return found[0] if len(found) == 1 else None

    def check_formats(
        self, supported: Collection[str] = (SD_JWT_VC,), *, algorithms: Collection[str]
    ) -> None:
        """One requested format at least is known to the wallet and announced by the verifier (§8.5).

        Raises :class:`~nlwallet.errors.InvalidRequest` with ``vp_formats_not_supported``.
        """
        asked = {credential.format for credential in self.dcql_query.credentials}
        if not any(
            name in supported and self.client_metadata.accepts_format(name, algorithms=algorithms)
            for name in asked
        ):
            raise InvalidRequest(
                "no requested credential format is supported by both sides",
                code=ErrorCode.VP_FORMATS_NOT_SUPPORTED,
                spec="OpenID4VP 1.0 §8.5",
                pointer="/client_metadata/vp_formats_supported",
                hint=f"ask for {', '.join(supported)} and list it with {', '.join(sorted(algorithms))}",
            )

    def as_json(self) -> dict[str, Any]:
        """The claims of the request object."""
        claims: dict[str, Any] = self.model_dump(
            mode="json", exclude={"dcql_query", "client_metadata", "aud"}, exclude_none=True
        )
        claims["dcql_query"] = self.dcql_query.as_json()
        claims["client_metadata"] = self.client_metadata.as_json()
        claims["aud"] = self.aud[0] if len(self.aud) == 1 else list(self.aud)
        return claims


def _check_what_is_asked_of_the_wallet(claims: Mapping[str, Any]) -> None:
    if "transaction_data" in claims:
        raise InvalidRequest(
            "this wallet has no type of transaction data",
            code=ErrorCode.INVALID_TRANSACTION_DATA,
            spec="OpenID4VP 1.0 §8.5",
            pointer="/transaction_data",
        )
    if "request" in claims or "request_uri" in claims:
        raise InvalidRequest(
            "a request object contains no other request object",
            code=ErrorCode.INVALID_REQUEST_OBJECT,
            spec="RFC 9101 §4",
        )
    if claims.get("response_type") != "vp_token":
        raise InvalidRequest(
            "response_type is not vp_token",
            code=ErrorCode.UNSUPPORTED_RESPONSE_TYPE,
            spec="HAIP 1.0 §5",
            pointer="/response_type",
        )
    if claims.get("response_mode") != "direct_post.jwt":
        raise InvalidRequest(
            "response_mode is not direct_post.jwt",
            spec="HAIP 1.0 §5.1",
            pointer="/response_mode",
            hint="the Digital Credentials API modes are not supported here yet"
            if str(claims.get("response_mode")).startswith("dc_api")
            else "an answer by redirect goes encrypted to response_uri",
        )
    if "redirect_uri" in claims:
        raise InvalidRequest(
            "redirect_uri does not go with direct_post.jwt",
            spec="OpenID4VP 1.0 §8.2",
            pointer="/redirect_uri",
            hint="return redirect_uri from the response_uri",
        )
    if "scope" in claims or "dcql_query" not in claims:
        raise InvalidRequest(
            "a request has a dcql_query and no scope",
            spec="OpenID4VP 1.0 §5.1",
            pointer="/scope" if "scope" in claims else "/dcql_query",
            hint="presentation_definition was removed before 1.0; write a DCQL query"
            if "presentation_definition" in claims or "presentation_definition_uri" in claims
            else "",
        )
