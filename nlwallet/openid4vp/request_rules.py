"""Which parameters a request may and must have, before any of them is read (OpenID4VP 1.0 §5, §8.2, §A.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp.codes import ErrorCode

DC_API_MODES = frozenset({"dc_api", "dc_api.jwt"})
DIRECT_POST_MODES = frozenset({"direct_post", "direct_post.jwt"})

_IGNORED_WITHOUT_SIGNATURE = frozenset({"client_id", "expected_origins"})
_UNKNOWN_IN_DC_API = frozenset({"state", "response_uri", "redirect_uri", "scope", "aud", "wallet_nonce"})


def in_unsigned_dc_api(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an unsigned request that count: who it claims to be does not (§A.2)."""
    return {name: value for name, value in claims.items() if name not in _IGNORED_WITHOUT_SIGNATURE}


def check_parameters(claims: dict[str, Any], *, signed: bool, dc_api: bool, modes: Collection[str]) -> None:
    """Refuse what cannot be answered. ``claims`` loses the parameters that this channel does not define.

    Raises :class:`~nlwallet.errors.InvalidRequest` with the code of §8.5.
    """
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
    _check_mode(claims.get("response_mode"), dc_api=dc_api, modes=modes)
    if dc_api:
        for name in _UNKNOWN_IN_DC_API:
            claims.pop(name, None)
        if signed and "expected_origins" not in claims:
            raise InvalidRequest(
                "a signed request names the origins that may send it",
                spec="OpenID4VP 1.0 §A.2",
                pointer="/expected_origins",
            )
    else:
        claims.pop("expected_origins", None)
        _check_where_to(claims)
        if signed and "aud" not in claims:
            raise InvalidRequest("there is no aud", spec="OpenID4VP 1.0 §5.8", pointer="/aud")
    _check_query(claims)
    transactions = claims.get("transaction_data", [""])
    if (
        not isinstance(transactions, list)
        or not transactions
        or not all(isinstance(t, str) for t in transactions)
    ):
        raise InvalidRequest(
            "transaction_data is not a non-empty array of strings",
            code=ErrorCode.INVALID_TRANSACTION_DATA,
            spec="OpenID4VP 1.0 §5.1",
            pointer="/transaction_data",
        )


def _check_mode(mode: Any, *, dc_api: bool, modes: Collection[str]) -> None:
    fitting = sorted(one for one in modes if (one in DC_API_MODES) is dc_api)
    if mode not in fitting:
        raise InvalidRequest(
            f"response_mode is not {' or '.join(fitting) or 'one that this wallet has'}",
            spec="OpenID4VP 1.0 §A.2" if dc_api else "HAIP 1.0 §5.1",
            pointer="/response_mode",
            hint="response_mode is required" if mode is None else "",
        )


def _check_where_to(claims: dict[str, Any]) -> None:
    if claims["response_mode"] in DIRECT_POST_MODES:
        if "redirect_uri" in claims:
            raise InvalidRequest(
                f"redirect_uri does not go with {claims['response_mode']}",
                spec="OpenID4VP 1.0 §8.2",
                pointer="/redirect_uri",
                hint="return redirect_uri from the response_uri",
            )
        if "response_uri" not in claims:
            raise InvalidRequest(
                "there is no response_uri", spec="OpenID4VP 1.0 §8.2", pointer="/response_uri"
            )
    elif "response_uri" in claims:
        raise InvalidRequest(
            "response_uri goes with direct_post only", spec="OpenID4VP 1.0 §8.2", pointer="/response_uri"
        )
    elif "redirect_uri" not in claims:
        raise InvalidRequest("there is no redirect_uri", spec="RFC 6749 §3.1.2", pointer="/redirect_uri")


def _check_query(claims: Mapping[str, Any]) -> None:
    if ("scope" in claims) is ("dcql_query" in claims):
        raise InvalidRequest(
            "a request has either a dcql_query or a scope",
            spec="OpenID4VP 1.0 §5.1",
            pointer="/scope" if "scope" in claims else "/dcql_query",
            hint="presentation_definition was removed before 1.0; write a DCQL query"
            if "presentation_definition" in claims or "presentation_definition_uri" in claims
            else "",
        )
