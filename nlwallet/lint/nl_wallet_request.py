"""What the NL Wallet refuses in a request beside its query (versions 0.5 and 0.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below
from nlwallet.openid4vp import SELF_ISSUED_V2

_REFUSED_IN_0_5 = ("authorization_details", "code_challenge", "redirect_uri", "scope", "request_uri")


def check_nl_request(claims: Mapping[str, Any], at: str, log: Findings) -> None:
    """Note what this wallet refuses in the parameters at ``at``, and other wallets may not."""
    if "transaction_data" in claims:
        log.error(
            "NL-15",
            below(at, "transaction_data"),
            "The NL Wallet refuses requests with transaction_data.",
            "Ask the approval in another way.",
        )
    if log.rules.nl_wallet == "0.5":
        for name in _REFUSED_IN_0_5:
            if name in claims:
                place = below(at, name)
                fix = Fix("Leave it out.", ({"op": "remove", "path": place},))
                log.error("NL-15", place, f"The NL Wallet 0.5 refuses requests with {name}.", fix)
    if "dcql_query" not in claims:
        log.error("NL-15", at, "The NL Wallet knows no scopes: it wants a dcql_query.")
    if isinstance(claims.get("aud"), list):
        log.error(
            "NL-15", below(at, "aud"), "The NL Wallet wants aud as one string.", f"Write {SELF_ISSUED_V2}."
        )
