"""Private keys in DER, as configuration files of others have them."""

from __future__ import annotations

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.errors import AlgorithmNotAllowed, MalformedInput

RSA_KEY = "3054020100300d06092a864886f70d0101010500044030"  # the beginning of an RSA key, which is none


@pytest.mark.parametrize("curve", ["P-256", "P-384", "Ed25519"])
def test_a_key_comes_back(curve: str) -> None:
    key = PrivateKey.generate(curve)
    assert PrivateKey.from_der(key.der()).public == key.public


@pytest.mark.parametrize("der", [b"", b"hello", bytes.fromhex(RSA_KEY), PrivateKey.generate().pem()])
def test_what_is_no_key(der: bytes) -> None:
    with pytest.raises((MalformedInput, AlgorithmNotAllowed)):
        PrivateKey.from_der(der)
