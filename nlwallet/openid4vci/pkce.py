"""Proof key for code exchange, S256 only (RFC 7636, HAIP 1.0 §4)."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from nlwallet.encoding import b64url_encode

CHALLENGE_METHOD = "S256"

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def code_challenge(code_verifier: str) -> str:
    """What goes into the authorization request for a verifier of 43 to 128 URL-safe characters (§4.2)."""
    return b64url_encode(sha256(code_verifier.encode("ascii")).digest())


def is_code_challenge(value: str | None) -> bool:
    """Whether this can be a challenge by S256: base64url of 32 octets."""
    return value is not None and _CHALLENGE.fullmatch(value) is not None


def proves(code_verifier: str | None, challenge: str) -> bool:
    """Whether ``code_verifier`` is the one behind ``challenge`` (§4.6), compared in constant time."""
    if code_verifier is None or not _VERIFIER.fullmatch(code_verifier):
        return False
    return hmac.compare_digest(code_challenge(code_verifier), challenge)
