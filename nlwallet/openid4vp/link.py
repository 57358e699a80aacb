"""The link or QR code that starts a presentation: a request object by reference (OpenID4VP 1.0 §5.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import quote

from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp.codes import ErrorCode
from nlwallet.openid4vp.form import parse_form
from nlwallet.openid4vp.uri import MAX_URI_LENGTH, check_https_uri

RequestUriMethod = Literal["get", "post"]

_WALLET_ENDPOINT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^?#\s]*")


@dataclass(frozen=True, slots=True)
class AuthorizationRequestLink:
    """``openid4vp://?client_id=…&request_uri=…``; ``wallet_endpoint`` is the part before the ``?``."""

    client_id: str
    request_uri: str
    request_uri_method: RequestUriMethod | None = None
    wallet_endpoint: str = "openid4vp://"

    @property
    def scheme(self) -> str:
        """``openid4vp``, ``haip-vp``, or ``https`` for a universal link."""
        return self.wallet_endpoint.partition(":")[0].lower()

    @classmethod
    def parse(cls, uri: str) -> AuthorizationRequestLink:
        """Read a link. Parameters other than these three are never looked at again (§5.10.1).

        Raises :class:`~nlwallet.errors.InvalidRequest`, :class:`~nlwallet.errors.MalformedInput` or
        :class:`~nlwallet.errors.LimitExceeded`.
        """
        if len(uri) > 2 * MAX_URI_LENGTH:
            raise InvalidRequest(f"the link is longer than {2 * MAX_URI_LENGTH} characters")
        endpoint, question_mark, rest = uri.strip().partition("?")
        if not question_mark or not _WALLET_ENDPOINT.fullmatch(endpoint):
            raise InvalidRequest(
                "this is no authorization request link",
                spec="OpenID4VP 1.0 §5.4",
                hint="openid4vp://?client_id=…&request_uri=…",
            )
        fields = parse_form(rest.partition("#")[0], what="the authorization request link")
        client_id, request_uri = fields.get("client_id", ""), fields.get("request_uri", "")
        if not client_id:
            raise InvalidRequest(
                "the link has no client_id", spec="OpenID4VP 1.0 §5.10.1", pointer="/client_id"
            )
        if not request_uri:
            by_value = "request" in fields or "dcql_query" in fields or "presentation_definition" in fields
            raise InvalidRequest(
                "the request is not passed by reference" if by_value else "the link has no request_uri",
                spec="HAIP 1.0 §5.1",
                pointer="/request_uri",
                hint="send a signed request object by request_uri",
            )
        if "request" in fields:
            raise InvalidRequest("request and request_uri exclude each other", spec="RFC 9101 §5")
        check_https_uri(request_uri, pointer="/request_uri")
        method = fields.get("request_uri_method")
        if method not in (None, "get", "post"):
            raise InvalidRequest(
                "request_uri_method is neither get nor post",
                code=ErrorCode.INVALID_REQUEST_URI_METHOD,
                spec="OpenID4VP 1.0 §8.5",
                pointer="/request_uri_method",
                hint="the two values are case-sensitive",
            )
        return cls(client_id, request_uri, cast("RequestUriMethod | None", method), endpoint)

    def uri(self) -> str:
        """The link as text, for an anchor or a QR code."""
        link = (
            f"{self.wallet_endpoint}?client_id={quote(self.client_id, safe='')}"
            f"&request_uri={quote(self.request_uri, safe='')}"
        )
        if self.request_uri_method:
            link += f"&request_uri_method={self.request_uri_method}"
        return link
