"""What the linter was given: recognised by its looks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from nlwallet.encoding import MAX_MESSAGE_BYTES, parse_json_object
from nlwallet.errors import LimitExceeded, MalformedInput
from nlwallet.openid4vci import OFFER_SCHEMES

Kind: TypeAlias = Literal[
    "link", "endpoint", "request_object", "encrypted", "claims", "query", "wrapped_query", "dc_api", "mdoc"
]

_MDOC = re.compile(r"o[A-Za-z0-9_-]{40,}")
"""Base64url of a map of one to three members: an ``IssuerSigned``."""

_OF_A_REQUEST = frozenset(
    {
        "client_id",
        "response_type",
        "response_mode",
        "response_uri",
        "nonce",
        "aud",
        "presentation_definition",
        "client_metadata",
    }
)


@dataclass(frozen=True, slots=True)
class Given:
    """``text`` as it came, without white space around it; ``members`` when it is a JSON object."""

    kind: Kind
    text: str = field(repr=False)
    members: Mapping[str, Any] = field(default_factory=dict, repr=False)


def recognise(request: str | bytes) -> Given:
    """What ``request`` is. Raises :class:`~nlwallet.errors.RemoteError` when it is nothing that can be linted."""
    text = _text(request)
    if text.startswith("{"):
        members = parse_json_object(text, what="the request")
        return Given(_kind_of_json(members), text, members)
    if text.startswith(tuple(f"{scheme}://" for scheme in OFFER_SCHEMES)):
        raise MalformedInput(
            "this is the link of a credential offer, and no request",
            spec="OpenID4VCI 1.0 §4.1",
            hint="nlwallet decode shows it, nlwallet wallet receive takes it",
        )
    if "://" in text[:64] and not any(character.isspace() for character in text):
        return Given("endpoint" if _is_endpoint(text) else "link", text)
    if text.count(".") == 2:
        return Given("request_object", text)
    if text.count(".") == 4:
        return Given("encrypted", text)
    if _MDOC.fullmatch(text):
        return Given("mdoc", text)
    raise MalformedInput(
        "this is no link, request object, request, DCQL query or mdoc",
        hint="a link has ://, a request object has two dots, requests and queries are JSON objects",
    )


def _text(request: str | bytes) -> str:
    if len(request) > MAX_MESSAGE_BYTES:
        raise LimitExceeded(f"the request is longer than {MAX_MESSAGE_BYTES} bytes")
    try:
        octets = request.encode("utf-8") if isinstance(request, str) else request
        return octets.decode("utf-8").strip()
    except UnicodeError:  # a str may hold half a surrogate pair, which no report could be written with
        raise MalformedInput("the request is not text in UTF-8") from None


def _kind_of_json(members: Mapping[str, Any]) -> Kind:
    if "protocol" in members or "requests" in members or "digital" in members:
        return "dc_api"
    if not _OF_A_REQUEST.isdisjoint(members):
        return "claims"
    if "dcql_query" in members:
        return "wrapped_query"
    if "credentials" in members or "credential_sets" in members:
        return "query"
    if "input_descriptors" in members:
        return "claims"
    raise MalformedInput(
        "this JSON object is neither a request nor a DCQL query",
        hint="a request has client_id and dcql_query, a query has credentials",
    )


def _is_endpoint(text: str) -> bool:
    """An https address without the parameters of a link: a request_uri itself."""
    try:
        parts = urlsplit(text)
        names = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True, max_num_fields=64)}
    except ValueError:
        return False
    of_a_link = {
        "client_id",
        "request_uri",
        "request",
        "dcql_query",
        "presentation_definition",
        "response_type",
    }
    return parts.scheme in ("http", "https") and names.isdisjoint(of_a_link)
