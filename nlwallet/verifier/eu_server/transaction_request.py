"""What a front end posts to ``/ui/presentations``, or ``…/dc-api``: the query and how to ask it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast
from urllib.parse import urlsplit

from nlwallet.crypto import Certificate
from nlwallet.dcql import MSO_MDOC, SD_JWT_VC, DcqlQuery
from nlwallet.encoding import parse_json_object
from nlwallet.errors import LocalError, RemoteError
from nlwallet.openid4vp import TransactionData, check_origin, encode_transaction_data
from nlwallet.verifier.eu_server.issuer_chain import read_issuer_chain
from nlwallet.verifier.eu_server.refusal import EuRefusal
from nlwallet.verifier.redirect import RESPONSE_CODE_PLACEHOLDER

MAX_TEXT: Final = 65_536
MAX_TRANSACTION_DATA: Final = 32
MAX_ORIGINS: Final = 16

_NONCE = re.compile(r"[A-Za-z0-9._~-]{1,1024}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,63}")

FetchedBy = Literal["get", "post", "post_get"]


@dataclass(frozen=True, slots=True)
class TransactionRequest:
    """One, read and checked."""

    query: DcqlQuery
    nonce: str = field(repr=False)
    encrypted: bool = True
    by_value: bool = False
    fetched_by: FetchedBy = "get"
    redirect_uri_template: str | None = None
    transaction_data: tuple[TransactionData, ...] = field(default=(), repr=False)
    issuers: tuple[Certificate, ...] = ()
    """Whom alone to trust as issuers, for this one; nobody: those of the verifier."""
    wallet_endpoint: str | None = None
    intended_use: str | None = None
    registration_certificate: str | None = field(default=None, repr=False)
    haip: bool = False
    """Whether it was held against HAIP 1.0."""
    origin: str | None = None
    """The page that asks, where it goes through the browser's Digital Credentials API."""
    expected_origins: tuple[str, ...] = ()
    """The pages that may, as the request says it to the browser; :attr:`origin` is one of them."""

    @classmethod
    def parse(cls, data: bytes, *, x509_hash: bool = True) -> TransactionRequest:
        """Read the JSON. ``x509_hash`` says whether the verifier's name is the hash of its certificate, as HAIP wants.

        Raises :class:`EuRefusal`.
        """
        members = _members(data)
        query = _query(members)
        request = cls(
            query=query,
            nonce=_nonce(members),
            encrypted=_choice(members, "response_mode", ("direct_post.jwt", "direct_post"))
            == "direct_post.jwt",
            by_value=_choice(members, "jar_mode", ("by_reference", "by_value")) == "by_value",
            fetched_by=cast("FetchedBy", _choice(members, "request_uri_method", ("get", "post", "post_get"))),
            redirect_uri_template=_template(members),
            transaction_data=_transaction_data(members, query),
            issuers=read_issuer_chain(_text(members, "issuer_chain")),
            wallet_endpoint=_wallet_endpoint(members),
            intended_use=_text(members, "intended_use_id"),
            registration_certificate=_registration_certificate(members),
            haip=_choice(members, "profile", ("openid4vp", "haip")) == "haip",
        )
        if request.haip:
            _check_haip(request, x509_hash=x509_hash)
        return request

    @classmethod
    def parse_for_browser(cls, data: bytes, *, x509_hash: bool = True) -> TransactionRequest:
        """Read that of a transaction through the browser: it is signed and encrypted, and as HAIP 1.0 wants it.

        Raises :class:`EuRefusal`.
        """
        members = _members(data)
        query = _query(members)
        origin, expected = _origins(members)
        request = cls(
            query=query,
            nonce=_nonce(members),
            transaction_data=_transaction_data(members, query),
            issuers=read_issuer_chain(_text(members, "issuer_chain")),
            intended_use=_text(members, "intended_use_id"),
            registration_certificate=_registration_certificate(members),
            haip=True,
            origin=origin,
            expected_origins=expected,
        )
        _check_haip(request, x509_hash=x509_hash)
        return request


def _members(data: bytes) -> Mapping[str, Any]:
    try:
        return parse_json_object(data, what="the body")
    except RemoteError as error:
        raise EuRefusal(error.message) from None


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > MAX_TEXT):
        raise EuRefusal(f"{name} is no string")
    return value


def _choice(members: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    value = members.get(name)
    if value is None:
        return known[0]
    if value not in known:
        raise EuRefusal(f"{name} is none of {', '.join(known)}")
    return str(value)


def _query(members: Mapping[str, Any]) -> DcqlQuery:
    value = members.get("dcql_query")
    if value is None:
        raise EuRefusal("there is no dcql_query", code="MissingPresentationQuery")
    try:
        query = DcqlQuery.parse(value, pointer="/dcql_query")
    except RemoteError as error:
        raise EuRefusal(error.message) from None
    if any(one.format not in (SD_JWT_VC, MSO_MDOC) for one in query.credentials):
        raise EuRefusal("a format is not known here", code="UnsupportedFormat")
    return query


def _nonce(members: Mapping[str, Any]) -> str:
    nonce = _text(members, "nonce")
    if nonce is None or not _NONCE.fullmatch(nonce):
        raise EuRefusal(
            "nonce is missing, or has other characters than a-z A-Z 0-9 . _ ~ -", code="MissingNonce"
        )
    return nonce


def _template(members: Mapping[str, Any]) -> str | None:
    template = _text(members, "wallet_response_redirect_uri_template")
    if template is None:
        return None
    refusal = EuRefusal("the template is no URL with {RESPONSE_CODE}", code="InvalidWalletResponseTemplate")
    if RESPONSE_CODE_PLACEHOLDER not in template or not template.isascii() or not template.isprintable():
        raise refusal
    try:
        parts = urlsplit(template.replace(RESPONSE_CODE_PLACEHOLDER, "x"))
    except ValueError:
        raise refusal from None
    # A wallet follows https, or opens an app; with http it would end in its error page after the user shared.
    if parts.scheme in ("", "http") or not parts.netloc or " " in template:
        raise refusal
    return template


def _transaction_data(members: Mapping[str, Any], query: DcqlQuery) -> tuple[TransactionData, ...]:
    given = members.get("transaction_data")
    if given is None:
        return ()
    refusal = EuRefusal("transaction_data cannot be what is authorised", code="InvalidTransactionData")
    if not isinstance(given, list) or len(given) > MAX_TRANSACTION_DATA:
        raise refusal
    if not all(isinstance(one, dict) for one in given):
        raise refusal
    try:
        return tuple(encode_transaction_data(one, query=query) for one in given)
    except (LocalError, RemoteError):
        raise refusal from None


def _origins(members: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    origin = _text(members, "origin")
    if origin is None:
        raise EuRefusal("there is no origin")
    expected = members.get("expected_origins")
    if expected is None:
        expected = [origin]
    if not isinstance(expected, list) or not 0 < len(expected) <= MAX_ORIGINS or origin not in expected:
        raise EuRefusal("expected_origins are some, and origin is one of them")
    try:
        for one in expected:
            check_origin(one if isinstance(one, str) else "")
    except RemoteError as error:
        raise EuRefusal(f"an origin is none: {error.message}") from None
    return origin, tuple(expected)


def _wallet_endpoint(members: Mapping[str, Any]) -> str | None:
    scheme, uri = _text(members, "authorization_request_scheme"), _text(members, "authorization_request_uri")
    if scheme is not None and uri is not None:
        name = "ContainsBothAuthorizationRequestUriAndAuthorizationRequestScheme"
        raise EuRefusal(
            "there is one of authorization_request_scheme and authorization_request_uri", code=name
        )
    if scheme is not None:
        if not _SCHEME.fullmatch(scheme):
            raise EuRefusal("this is no scheme", code="InvalidAuthorizationRequestScheme")
        return f"{scheme}://"
    if uri is None:
        return None
    head, colon, rest = uri.partition(":")
    if (
        not colon
        or not _SCHEME.fullmatch(head)
        or not rest.isascii()
        or not rest.isprintable()
        or set(" #") & set(rest)
    ):
        raise EuRefusal("this is no URI that a query can be added to", code="InvalidAuthorizationRequestUri")
    return uri


def _registration_certificate(members: Mapping[str, Any]) -> str | None:
    given = _text(members, "registration_certificate")
    if given is not None and members.get("intended_use_id") is not None:
        name = "OnlyRegistrationCertificateOrIntendedUseIdMustBeProvided"
        raise EuRefusal("there is one of registration_certificate and intended_use_id", code=name)
    if given is not None and given.count(".") != 2:
        raise EuRefusal("registration_certificate is no JWT", code="InvalidRegistrationCertificate")
    return given


def _check_haip(request: TransactionRequest, *, x509_hash: bool) -> None:
    """What HAIP 1.0 wants, in the order of the interface."""
    checks = (
        (x509_hash, "ClientIdPrefixX509HashMustBeUsed"),
        (request.encrypted, "ResponseModeDirectPostJwtMustBeUsed"),
        (not request.by_value, "AuthorizationRequestMustBeProvidedByReference"),
    )
    for kept, name in checks:
        if not kept:
            raise EuRefusal("HAIP 1.0 does not allow this", code=f"HaipNotSupported.{name}")
