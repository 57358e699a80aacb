"""Claims descriptions: which claims there are, or are wanted (OpenID4VCI 1.0 Appendix B)."""

from __future__ import annotations

from typing import Any

from nlwallet.claim_path import ClaimPath, parse_claim_path, show_path
from nlwallet.errors import InvalidQuery

MAX_CLAIMS = 512


def fault_in_claims(claims: Any) -> tuple[str, str] | None:
    """What is wrong with an array of descriptions, and where in it; ``None`` if nothing is.

    No claim is described twice, nor as an array here and an object there (§B.3).
    """
    if not isinstance(claims, list) or not 0 < len(claims) <= MAX_CLAIMS:
        return f"claims is no array of 1 to {MAX_CLAIMS} descriptions", ""
    seen: set[ClaimPath] = set()
    kinds: dict[ClaimPath, type] = {}
    for n, claim in enumerate(claims):
        try:
            path = parse_claim_path(claim.get("path") if isinstance(claim, dict) else None)
        except InvalidQuery as error:
            return error.message, f"/{n}/path"
        if not isinstance(claim.get("mandatory", False), bool):
            return "mandatory is neither true nor false", f"/{n}/mandatory"
        # The kind of a step is its type: a member (str), one element (int) or every element (None).
        steps = {path[:at]: type(step) for at, step in enumerate(path)}
        if path in seen or any(kinds.setdefault(at, kind) is not kind for at, kind in steps.items()):
            return f"{show_path(path)} is described twice, or in two ways", f"/{n}/path"
        seen.add(path)
    return None
