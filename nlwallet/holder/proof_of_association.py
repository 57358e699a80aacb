"""The NL Wallet's proof that the keys of several cards are in one wallet (PoA): one statement, signed by each key.

It is a JWS in the general JSON serialization (RFC 7515 §7.2.1) beside the VP Token, in the member ``poa``. Here the
keys are in software, and so the proof says no more than that somebody holds them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from nlwallet.crypto import SigningKey, sign_jws

POA_TYPE: Final = "poa+jwt"
NL_WALLET: Final = "https://wallet.edi.rijksoverheid.nl"
"""What the NL Wallet calls itself."""


def prove_association(
    keys: Iterable[SigningKey], *, issuer: str, audience: str, nonce: str, now: int
) -> dict[str, Any] | None:
    """The proof for ``keys``; ``None`` where they are one key. ``audience`` is the verifier's client identifier."""
    by_thumbprint = {key.public.thumbprint(): key for key in keys}
    if len(by_thumbprint) < 2:
        return None
    signers = list(by_thumbprint.values())
    payload = {
        "iss": issuer or NL_WALLET,
        "aud": audience,
        "nonce": nonce,
        "iat": now,
        "jwks": [key.public.jwk() for key in signers],
    }
    signed = [sign_jws(payload, key, typ=POA_TYPE).split(".") for key in signers]
    return {
        "payload": signed[0][1],
        "signatures": [
            {"protected": protected, "signature": signature} for protected, _, signature in signed
        ],
    }
