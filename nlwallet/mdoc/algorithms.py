"""The COSE algorithm numbers that a verifier lists for mdocs, and what they mean (OpenID4VP 1.0 §B.2.2)."""

from __future__ import annotations

from collections.abc import Collection

from nlwallet.crypto.cose import COSE_ALGORITHMS

_ALIASES = {"Ed25519": "EdDSA"}

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
    """Whether ``values`` has a number for one of ``algorithms``, JOSE names such as ``ES256``.

    A key on the curve of the JOSE algorithm fits the number that leaves the curve open and the one that names it.
    """
    names = {_ALIASES.get(name, name) for name in algorithms}
    return any(COSE_ALGORITHMS.get(value) in names for value in values)


def signature_numbers(algorithms: Collection[str]) -> list[int]:
    """The numbers of ``algorithms``, JOSE names: those that leave the curve open, and those that name it."""
    names = {_ALIASES.get(name, name) for name in algorithms}
    return sorted((number for number, name in COSE_ALGORITHMS.items() if name in names), reverse=True)


def lists_device_mac(values: Collection[int], curves: Collection[str]) -> bool:
    """Whether ``values`` has HMAC 256/256 for a device key on one of ``curves``."""
    return bool(curves) and any(
        value == _HMAC_256_256 or DEVICE_MAC_CURVES.get(value) in curves for value in values
    )
