"""The link or QR code that starts a presentation: by reference, by value, or as parameters (OpenID4VP 1.0 §5.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import quote

from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp.codes import ErrorCode
from nlwallet.openid4vp.form import parse_form
from nlwallet.openid4vp.uri import MAX_URI_LENGTH, check_https_uri

RequestUriMethod = Literal["get", "post"]

MAX_LINK_LENGTH = 65_536
"""For a request by value; one by reference stays far below :data:`~nlwallet.openid4vp.uri.MAX_URI_LENGTH`."""

_WALLET_ENDPOINT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^?#\s]*")


@dataclass(frozen=True, slots=True)
class AuthorizationRequestLink:
    """``openid4vp://?client_id=…&request_uri=…``; ``wallet_endpoint`` is what the query is added to.

    Exactly one of ``request_uri`` (by reference), ``request`` (a signed request object by value, RFC 9101 §5.1)
    and ``parameters`` (an unsigned request, all of it) is there.
    """

    client_id: str
    request_uri: str | None = None
    request_uri_method: RequestUriMethod | None = None
    wallet_endpoint: str = "openid4vp://"
    request: str | None = field(default=None, repr=False)
    parameters: Mapping[str, str] | None = field(default=None, repr=False)

    @property
    def scheme(self) -> str:
        """``openid4vp``, ``haip-vp``, ``eu-eaap``, or ``https`` for a universal link."""
        return self.wallet_endpoint.partition(":")[0].lower()

    @classmethod
    def parse(cls, uri: str, *, by_value: bool = False) -> AuthorizationRequestLink:
        """Read a link. Of one by reference no other parameter is ever looked at again (§5.10.1).

        Only with ``by_value`` the link may hold the whole request: HAIP 1.0 §5.1 wants it by reference.
        Raises :class:`~nlwallet.errors.InvalidRequest`, :class:`~nlwallet.errors.MalformedInput` or
        :class:`~nlwallet.errors.LimitExceeded`.
        """
        longest = MAX_LINK_LENGTH if by_value else 2 * MAX_URI_LENGTH
        if len(uri) > longest:
            raise InvalidRequest(f"the link is longer than {longest} characters")
        endpoint, question_mark, rest = uri.strip().partition("?")
        if not question_mark or not _WALLET_ENDPOINT.fullmatch(endpoint):
            raise InvalidRequest(
                "this is no authorization request link",
                spec="OpenID4VP 1.0 §5.4",
                hint="openid4vp://?client_id=…&request_uri=…",
            )
        fields = parse_form(rest.partition("#")[0], what="the authorization request link")
        client_id = fields.get("client_id", "")
        if not client_id:
            raise InvalidRequest(
                "the link has no client_id", spec="OpenID4VP 1.0 §5.10.1", pointer="/client_id"
            )
        if fields.get("request_uri"):
            return cls._by_reference(fields, endpoint)
        if "request_uri_method" in fields:
            raise InvalidRequest(
                "request_uri_method goes with a request_uri",
                spec="OpenID4VP 1.0 §5.1",
                pointer="/request_uri_method",
            )
        if not by_value:
            whole = "request" in fields or "dcql_query" in fields or "presentation_definition" in fields
            raise InvalidRequest(
                "the request is not passed by reference" if whole else "the link has no request_uri",
                spec="HAIP 1.0 §5.1",
                pointer="/request_uri",
                hint="send a signed request object by request_uri",
            )
        if "request" in fields:
            return cls(client_id, wallet_endpoint=endpoint, request=fields["request"])
        return cls(client_id, wallet_endpoint=endpoint, parameters=fields)

    @classmethod
    def _by_reference(cls, fields: Mapping[str, str], endpoint: str) -> AuthorizationRequestLink:
        if "request" in fields:
            raise InvalidRequest("request and request_uri exclude each other", spec="RFC 9101 §5")
        check_https_uri(fields["request_uri"], pointer="/request_uri")
        method = fields.get("request_uri_method")
        if method not in (None, "get", "post"):
            raise InvalidRequest(
                "request_uri_method is neither get nor post",
                code=ErrorCode.INVALID_REQUEST_URI_METHOD,
                spec="OpenID4VP 1.0 §8.5",
                pointer="/request_uri_method",
                hint="the two values are case-sensitive",
            )
        return cls(
            fields["client_id"], fields["request_uri"], cast("RequestUriMethod | None", method), endpoint
        )

    def uri(self) -> str:
        """The link as text, for an anchor or a QR code."""
        if self.parameters is not None:
            fields = {"client_id": self.client_id, **self.parameters}
        elif self.request is not None:
            fields = {"client_id": self.client_id, "request": self.request}
        else:
            fields = {"client_id": self.client_id, "request_uri": self.request_uri or ""}
            if self.request_uri_method:
                fields["request_uri_method"] = self.request_uri_method
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())
        return f"{self.wallet_endpoint}{'&' if '?' in self.wallet_endpoint else '?'}{query}"
