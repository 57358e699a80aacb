"""A request that nobody signed: parameters in a link, or through the browser's API (OpenID4VP 1.0 §5.4, §A.3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.encoding import parse_json
from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp.authentic_request import AuthenticRequest
from nlwallet.openid4vp.authentication import parse_client_id
from nlwallet.openid4vp.client import AuthenticatedClient, KnownClients
from nlwallet.openid4vp.client_id import ORIGIN, PRE_REGISTERED, REDIRECT_URI, ClientIdentifier
from nlwallet.openid4vp.request_rules import DIRECT_POST_MODES
from nlwallet.profiles import Profile
from nlwallet.report import Report

_AS_JSON = ("dcql_query", "client_metadata", "transaction_data", "verifier_info")
"""Parameters that hold objects or arrays: as JSON text in a query string (§5.1)."""


def claims_of_parameters(parameters: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a link as the members that a request object would have.

    Raises :class:`~nlwallet.errors.MalformedInput` where JSON text is none.
    """
    claims: dict[str, Any] = dict(parameters)
    for name in _AS_JSON:
        if name in claims:
            claims[name] = parse_json(parameters[name], what=name, pointer=f"/{name}")
    return claims


def attribute_unsigned(
    claims: Mapping[str, Any], *, profile: Profile, known: KnownClients, report: Report
) -> AuthenticRequest:
    """The client of a request without a signature: whoever reads the address that its prefix names.

    Only ``redirect_uri`` and pre-registered clients without keys may come unsigned (§5.9.3). Raises
    :class:`~nlwallet.errors.InvalidRequest`.
    """
    client_id = claims.get("client_id")
    client = parse_client_id(
        client_id if isinstance(client_id, str) else "", profile=profile, known=known, report=report
    )
    if client.prefix == PRE_REGISTERED and not known.pre_registered[client.full].keys:
        registered = known.pre_registered[client.full]
        return AuthenticRequest(AuthenticatedClient(client, signed=False, registered=registered), claims)
    if client.prefix != REDIRECT_URI:
        raise InvalidRequest(
            "a request of such a client is signed",
            spec="OpenID4VP 1.0 §5.9.3",
            pointer="/client_id",
            hint="send a request object by request_uri",
        )
    name = "response_uri" if claims.get("response_mode") in DIRECT_POST_MODES else "redirect_uri"
    filled = {name: client.value, **claims}  # §5.9.3: it may be omitted, the identifier says it already
    return AuthenticRequest(AuthenticatedClient(client, signed=False), filled)


def attribute_to_origin(claims: Mapping[str, Any], origin: str) -> AuthenticRequest:
    """The client of an unsigned request through the browser's API: the page (§A.2, §A.4)."""
    client = ClientIdentifier(f"{ORIGIN}:{origin}", ORIGIN, origin)
    return AuthenticRequest(AuthenticatedClient(client, signed=False), claims, origin)
