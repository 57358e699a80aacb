"""The COSE algorithm numbers that a verifier lists for mdocs, and what they mean (OpenID4VP 1.0 §B.2.2)."""

from __future__ import annotations

from collections.abc import Collection

# A signature number of RFC 9053 leaves the curve open, the fully specified one beside it names it; a key on
# the curve of the JOSE algorithm fits both.
_SIGNATURES: dict[str, frozenset[int]] = {
    "ES256": frozenset({-7, -9}),
    "ES384": frozenset({-35, -51}),
    "ES512": frozenset({-36, -52}),
    "EdDSA": frozenset({-8, -19}),
    "Ed25519": frozenset({-8, -19}),
}

DEVICE_MAC_CURVES: dict[int, str] = {
    -65537: "P-256",
    -65538: "P-384",
    -65539: "P-521",
    -65540: "X25519",
    -65541: "X448",
    -65542: "brainpoolP256r1",
    -65543: "brainpoolP320r1",
    -65544: "brainpoolP384r1",
    -65545: "brainpoolP512r1",
}
"""HMAC 256/256 with a key agreed on this curve: numbers for private use, of ``deviceauth_alg_values`` only."""

_HMAC_256_256 = 5


def lists_signature(values: Collection[int], algorithms: Collection[str]) -> bool:
    """Whether ``values`` has a number for one of ``algorithms``, JOSE names such as ``ES256``."""
    return any(not _SIGNATURES.get(name, frozenset()).isdisjoint(values) for name in algorithms)


def lists_device_mac(values: Collection[int], curves: Collection[str]) -> bool:
    """Whether ``values`` has HMAC 256/256 for a device key on one of ``curves``."""
    return bool(curves) and any(
        value == _HMAC_256_256 or DEVICE_MAC_CURVES.get(value) in curves for value in values
    )
