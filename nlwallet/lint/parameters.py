"""The parameters of a request: how to answer, where to, and what makes it fresh (OpenID4VP 1.0 §5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.errors import InvalidRequest
from nlwallet.lint.channel import Channel
from nlwallet.lint.client_id import check_host
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.freshness import check_freshness
from nlwallet.lint.members import below, shown, tell_unknown, type_of
from nlwallet.openid4vp import DC_API_MODES, DIRECT_POST_MODES, SELF_ISSUED_V2, check_https_uri, check_origin

PARAMETERS = (
    "client_id",
    "response_type",
    "response_mode",
    "response_uri",
    "redirect_uri",
    "nonce",
    "state",
    "scope",
    "dcql_query",
    "client_metadata",
    "transaction_data",
    "verifier_info",
    "expected_origins",
    "aud",
    "iss",
    "iat",
    "nbf",
    "exp",
    "jti",
    "wallet_nonce",
    "request",
    "request_uri",
    "request_uri_method",
)
MODES = frozenset({"fragment", "query", "form_post", *DIRECT_POST_MODES, *DC_API_MODES})

_OLD_MODES = {
    "w3c_dc_api": "dc_api",
    "w3c_dc_api.jwt": "dc_api.jwt",
    "post": "direct_post",
    "direct_post_jwt": "direct_post.jwt",
}
_OLD_PARAMETERS = {
    "client_metadata_uri": "Send client_metadata itself; the URI is gone since draft 21.",
    "registration": "Send it as client_metadata.",
    "registration_uri": "Send client_metadata itself.",
    "verifier_attestations": "Call it verifier_info, its name since draft 29.",
}
_ONLY_ELSEWHERE = ("state", "response_uri", "redirect_uri", "scope", "aud", "wallet_nonce")


def check_parameters(
    claims: Mapping[str, Any], at: str, channel: Channel, *, now: int | None, log: Findings
) -> None:
    """All parameters but client_id, the query and the metadata."""
    from_drafts = (
        "presentation_definition",
        "presentation_definition_uri",
        "client_id_scheme",
        *_OLD_PARAMETERS,
    )
    tell_unknown(claims, (*PARAMETERS, *from_drafts), at, "A request", log)
    _check_type(claims, at, log)
    _check_mode(claims, at, channel, log)
    if channel.dc_api:
        _check_dc_api(claims, at, channel, log)
    else:
        _check_where_to(claims, at, log)
        _check_audience(claims, at, channel, log)
    check_freshness(claims, at, channel, now=now, log=log)
    for name in ("request", "request_uri"):
        if name in claims and channel.signed:
            log.error(
                "REQ-03",
                below(at, name),
                f"A request object has no {name}.",
                Fix("Leave it out.", _gone(at, name)),
            )
    for name, successor in _OLD_PARAMETERS.items():
        if name in claims:
            text = f"{name} is a parameter of a draft; wallets of version 1.0 ignore it."
            log.error("OLD-10", below(at, name), text, successor)


def _check_type(claims: Mapping[str, Any], at: str, log: Findings) -> None:
    place, value = below(at, "response_type"), claims.get("response_type")
    if "response_type" not in claims:
        fix = Fix("Add vp_token.", ({"op": "add", "path": place, "value": "vp_token"},))
        log.error("V-04", at, "The request has no response_type.", fix)
    elif value in ("vp_token id_token", "code"):
        text = f"response_type {shown(value)} is allowed, but wallets under HAIP answer vp_token only."
        log.error("HV-02", place, text, "Write vp_token.")
        if not log.rules.haip:
            log.warning(
                "V-04", place, f"Few wallets know the response_type {shown(value)}.", "Write vp_token."
            )
    elif value != "vp_token":
        what = shown(value) if isinstance(value, str) else type_of(value)
        log.error("V-04", place, f"response_type is {what}, not 'vp_token'.", "Write vp_token.")


def _check_mode(claims: Mapping[str, Any], at: str, channel: Channel, log: Findings) -> None:
    place, mode = below(at, "response_mode"), claims.get("response_mode")
    best = "dc_api.jwt" if channel.dc_api else "direct_post.jwt"
    if "response_mode" not in claims:
        log.error("V-05", at, "The request has no response_mode.", f"Add {best}.")
    elif isinstance(mode, str) and mode in _OLD_MODES:
        fix = Fix(
            f"Write {_OLD_MODES[mode]}.", ({"op": "replace", "path": place, "value": _OLD_MODES[mode]},)
        )
        log.error("OLD-11", place, f"{shown(mode)} is a response mode of a draft.", fix)
    elif not isinstance(mode, str) or mode not in MODES:
        what = shown(mode) if isinstance(mode, str) else type_of(mode)
        log.error(
            "V-05", place, f"response_mode is {what}, which no specification defines.", f"Write {best}."
        )
    elif mode not in log.rules.profile.response_modes:
        if log.rules.nl_wallet:
            log.error(
                "NL-17",
                place,
                f"The NL Wallet answers in direct_post.jwt only, not in {mode}.",
                "Write direct_post.jwt.",
            )
        else:
            check = "HV-14" if mode in DC_API_MODES else "HV-09" if log.rules.haip else "V-05"
            log.error(
                check,
                place,
                f"This profile has no response mode {mode}.",
                f"Write {best}: the answer is encrypted.",
            )
    elif mode in ("direct_post", "dc_api", "fragment"):
        log.warning(
            "V-05",
            place,
            f"With {mode} the answer is not encrypted: what it holds is read on the way.",
            f"Write {best}.",
        )


def _check_where_to(claims: Mapping[str, Any], at: str, log: Findings) -> None:
    mode = claims.get("response_mode")
    mode = _OLD_MODES.get(mode, mode) if isinstance(mode, str) else mode
    posts = isinstance(mode, str) and mode in DIRECT_POST_MODES
    if posts and "redirect_uri" in claims:
        log.error(
            "V-33",
            below(at, "redirect_uri"),
            f"redirect_uri does not go with {mode}.",
            "Leave it out, and return a redirect_uri from the response_uri.",
        )
    if posts and "response_uri" not in claims:
        log.error("V-33", at, f"{mode} needs a response_uri.", "Say where the wallet posts its answer.")
    if not posts and isinstance(mode, str) and mode in MODES and "response_uri" in claims:
        log.error(
            "V-33",
            below(at, "response_uri"),
            f"response_uri does not go with {mode}.",
            "Write direct_post.jwt.",
        )
    if mode == "fragment" and "redirect_uri" not in claims:
        client_id = claims.get("client_id")
        if not (isinstance(client_id, str) and client_id.startswith("redirect_uri:")):
            log.error("V-33", at, "fragment needs a redirect_uri.", spec="RFC 6749 §3.1.2")
    for name in ("response_uri", "redirect_uri"):
        if name in claims:
            check_address(claims[name], below(at, name), name, log)
            client_id = claims.get("client_id")
            if isinstance(client_id, str):
                check_host(client_id, claims[name], below(at, name), log)


def check_address(uri: Any, place: str, name: str, log: Findings) -> None:
    """An absolute https URI that a wallet will go to."""
    if not isinstance(uri, str):
        log.error("REQ-04", place, f"{name} is {type_of(uri)}, not a string.")
        return
    try:
        check_https_uri(uri, pointer=f"/{name}")
    except InvalidRequest as error:
        log.error(
            "REQ-04", place, f"{error.message[:1].upper()}{error.message[1:]}.", error.hint, spec=error.spec
        )
        return
    if uri.startswith("http:"):
        log.warning(
            "REQ-04",
            place,
            f"{name} is not https: only a wallet on this very machine will go there.",
            "Use https.",
        )


def _check_audience(claims: Mapping[str, Any], at: str, channel: Channel, log: Findings) -> None:
    place, aud = below(at, "aud"), claims.get("aud")
    fix = Fix(f"Write {SELF_ISSUED_V2}.", ({"op": "add", "path": place, "value": SELF_ISSUED_V2},))
    if "aud" not in claims:
        if channel.signed:
            log.error("V-23", at, "The request object has no aud.", fix)
    elif not (
        isinstance(aud, str) or (isinstance(aud, list) and aud and all(isinstance(one, str) for one in aud))
    ):
        log.error("V-23", place, f"aud is {type_of(aud)}, not a string.", fix)
    elif SELF_ISSUED_V2 not in ([aud] if isinstance(aud, str) else aud):
        text = "aud is not that of a wallet which is found by a fixed link."
        if log.rules.haip:
            log.error("V-23", place, text, fix)
        else:
            log.warning("V-23", place, text, "Right only if it is the issuer in the wallet's own metadata.")


def _check_dc_api(claims: Mapping[str, Any], at: str, channel: Channel, log: Findings) -> None:
    for name in _ONLY_ELSEWHERE:
        if name in claims:
            log.note(
                "A-02",
                below(at, name),
                f"{name} means nothing through the Digital Credentials API.",
                Fix("Leave it out.", _gone(at, name)),
            )
    origins, place = claims.get("expected_origins"), below(at, "expected_origins")
    if not channel.signed:
        if "client_id" in claims:
            text = "An unsigned request has no client_id: the browser says who asks."
            log.error("A-03", below(at, "client_id"), text, Fix("Leave it out.", _gone(at, "client_id")))
        return
    if not isinstance(origins, list) or not origins:
        log.error(
            "A-04",
            at if "expected_origins" not in claims else place,
            "A signed request names the origins that may send it.",
            "Add expected_origins.",
        )
        return
    for n, origin in enumerate(origins[:256]):
        try:
            check_origin(origin if isinstance(origin, str) else "")
        except InvalidRequest as error:
            log.error("A-06", below(place, n), f"The origin is none: {error.message}.", error.hint)


def _gone(at: str, name: str) -> tuple[Mapping[str, Any], ...]:
    return ({"op": "remove", "path": below(at, name)},)
