"""The authorization request and its parameters (OpenID4VP 1.0 §5, §A.2)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp.codes import ErrorCode
from nlwallet.openid4vp.metadata import MSO_MDOC, SD_JWT_VC, ClientMetadata
from nlwallet.openid4vp.reading import NumericDate, WireModel, read_model
from nlwallet.openid4vp.request_rules import check_parameters, in_unsigned_dc_api
from nlwallet.openid4vp.scope import query_of_scope
from nlwallet.openid4vp.transaction_data import MAX_TRANSACTION_DATA
from nlwallet.openid4vp.uri import check_https_uri

SELF_ISSUED_V2 = "https://self-issued.me/v2"
"""The audience of a request to a wallet that is found by a fixed link (§5.8)."""

REGISTRATION_CERTIFICATE = "registration_cert"
"""The ``verifier_info`` format of a registration certificate (ETSI TS 119 472-2 §6.3.2.2)."""

ResponseMode: TypeAlias = Literal["direct_post.jwt", "direct_post", "fragment", "dc_api.jwt", "dc_api"]

MAX_AUDIENCES = 8
MAX_VERIFIER_INFO = 16
MAX_ORIGINS = 32

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
ClientId = Annotated[str, Field(min_length=1, max_length=4096)]
Origin = Annotated[str, Field(min_length=1, max_length=512)]


class VerifierInfo(WireModel):
    """Something that a third party attests about the verifier (§5.11)."""

    format: Annotated[str, Field(max_length=256)]
    data: Annotated[str | dict[str, Any], Field(repr=False)]
    credential_ids: Annotated[tuple[str, ...], Field(min_length=1)] | None = None


class AuthorizationRequest(WireModel):
    """What a verifier asks, and where and how it wants the answer.

    Read with :meth:`parse`, which gives every violation the code of §8.5. ``client_id`` is absent only in an
    unsigned request through the Digital Credentials API.
    """

    client_id: ClientId | None = None
    response_type: Literal["vp_token"] = "vp_token"
    response_mode: ResponseMode = "direct_post.jwt"
    response_uri: str | None = None
    redirect_uri: str | None = None
    expected_origins: Annotated[tuple[Origin, ...], Field(min_length=1, max_length=MAX_ORIGINS)] | None = None
    nonce: Annotated[UrlSafe, Field(repr=False)]
    state: Annotated[UrlSafe | None, Field(repr=False)] = None
    scope: Annotated[str, Field(max_length=1024)] | None = None
    dcql_query: Annotated[DcqlQuery, PlainValidator(_dcql)]
    """What is asked; for a request with ``scope`` the query that the scope stands for."""
    client_metadata: ClientMetadata = ClientMetadata()
    transaction_data: (
        Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_TRANSACTION_DATA)] | None
    ) = Field(default=None, repr=False)
    verifier_info: (
        Annotated[tuple[VerifierInfo, ...], Field(min_length=1, max_length=MAX_VERIFIER_INFO)] | None
    ) = None
    aud: Annotated[tuple[str, ...], BeforeValidator(_audiences), Field(max_length=MAX_AUDIENCES)] | None = (
        None
    )
    iat: NumericDate | None = None
    nbf: NumericDate | None = None
    exp: NumericDate | None = None
    wallet_nonce: Annotated[str | None, Field(max_length=1024, repr=False)] = None

    @classmethod
    def parse(
        cls,
        claims: Mapping[str, Any],
        *,
        signed: bool = True,
        dc_api: bool = False,
        modes: Collection[str] = ("direct_post.jwt",),
        scopes: Mapping[str, DcqlQuery] | None = None,
    ) -> AuthorizationRequest:
        """Read the parameters of a request; unknown ones are ignored, ``iss`` too (§5).

        ``modes`` are the response modes that the wallet answers in, ``scopes`` the queries that it knows by
        name (§5.5). ``dc_api`` says that the request came through the Digital Credentials API.

        Raises :class:`~nlwallet.errors.InvalidRequest` or :class:`~nlwallet.errors.InvalidQuery`, both with
        the ``code`` to send back.
        """
        given = in_unsigned_dc_api(claims) if dc_api and not signed else dict(claims)
        check_parameters(given, signed=signed, dc_api=dc_api, modes=modes)
        if "scope" in given:
            given["dcql_query"] = query_of_scope(given["scope"], scopes or {})
        request = read_model(cls, given, what="the request")
        for name, uri in (("response_uri", request.response_uri), ("redirect_uri", request.redirect_uri)):
            if uri is not None:
                check_https_uri(uri, pointer=f"/{name}")
        return request

    @property
    def encrypted(self) -> bool:
        """Whether the answer is to be encrypted (§8.3)."""
        return self.response_mode.endswith(".jwt")

    @property
    def answer_uri(self) -> str | None:
        """Where the answer goes: ``response_uri`` or ``redirect_uri``; ``None`` through the browser's API."""
        return self.response_uri or self.redirect_uri

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
        self, supported: Collection[str] = (SD_JWT_VC, MSO_MDOC), *, algorithms: Collection[str]
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
        """The parameters as JSON members: the claims of a request object, or ``data`` of the browser's API."""
        claims: dict[str, Any] = self.model_dump(
            mode="json", exclude={"dcql_query", "client_metadata", "aud"}, exclude_none=True
        )
        if self.scope is None:
            claims["dcql_query"] = self.dcql_query.as_json()
        if metadata := self.client_metadata.as_json():
            claims["client_metadata"] = metadata
        if self.aud is not None:
            claims["aud"] = self.aud[0] if len(self.aud) == 1 else list(self.aud)
        return claims
