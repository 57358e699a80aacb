"""Which issuers a query accepts: ``trusted_authorities`` (OpenID4VP 1.0 §6.1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.encoding import b64url_decode
from nlwallet.errors import MalformedInput
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below, non_empty_array, shown, tell_unknown, type_of

_KNOWN = ("aki", "etsi_tl", "openid_federation")


def check_trusted_authorities(value: Any, at: str, log: Findings) -> None:
    """Note what is wrong in the ``trusted_authorities`` of one credential query."""
    for n, item in enumerate(non_empty_array(value, at, "trusted_authorities", "D-29", log)):
        place = below(at, n)
        if not isinstance(item, Mapping):
            log.error("D-29", place, f"A trusted authority is {type_of(item)}, not an object.")
            continue
        tell_unknown(item, ("type", "values"), place, "A trusted authority", log)
        _check_type(item, place, log)
        _check_values(item, place, log)


def _check_type(members: Mapping[str, Any], at: str, log: Findings) -> None:
    name, place = members.get("type"), below(at, "type")
    if "type" not in members:
        log.error("D-29", at, "The trusted authority has no type.", f"One of {', '.join(_KNOWN)}.")
    elif not isinstance(name, str) or not name:
        log.error("D-29", place, "The type of the trusted authority is not a non-empty string.")
    elif name == "openid_fed":
        log.error(
            "OLD-09",
            place,
            "openid_fed is called openid_federation since draft 26.",
            Fix("Rename it.", ({"op": "replace", "path": place, "value": "openid_federation"},)),
        )
    elif log.rules.nl_wallet and name != "aki":
        log.error(
            "NL-10", place, f"The NL Wallet knows aki only, not {shown(name)}.", "Name key identifiers."
        )
    elif name not in _KNOWN:
        log.warning(
            "D-29", place, f"{shown(name)} is no type that the specification defines: nothing will match."
        )
    elif name != "aki":
        log.note(
            "W-37",
            place,
            f"Many wallets do not evaluate {name}: they fetch no address that a request names.",
            "Name the authority key identifiers (aki) as well.",
        )


def _check_values(members: Mapping[str, Any], at: str, log: Findings) -> None:
    place = below(at, "values")
    if "values" not in members:
        log.error("D-29", at, "The trusted authority has no values.")
        return
    for n, item in enumerate(non_empty_array(members["values"], place, "values", "D-29", log)):
        if not isinstance(item, str) or not item:
            log.error("D-29", below(place, n), "A value of the trusted authority is not a non-empty string.")
        elif members.get("type") == "aki" and not _is_base64url(item):
            log.error(
                "D-31",
                below(place, n),
                "The key identifier is not base64url without padding.",
                "Encode the KeyIdentifier octets, without their DER header.",
            )


def _is_base64url(text: str) -> bool:
    try:
        b64url_decode(text)
    except MalformedInput:
        return False
    return True
