"""A request object that is encrypted to the wallet (OpenID4VP 1.0 §5.10): which JWE is taken for one."""

from __future__ import annotations

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.jwe import encrypt_jwe
from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp import decrypt_request_object

ENCS = ("A128GCM",)
KEY = PrivateKey.generate()


@pytest.mark.parametrize("kid", ["w1", None])
def test_the_key_of_the_wallet_is_named_or_there_is_one_only(kid: str | None) -> None:
    """The EU reference verifier names none (RFC 7516 §4.1.6: OPTIONAL)."""
    text = encrypt_jwe(b"a.b.c", KEY.public, enc="A128GCM", kid=kid)
    assert decrypt_request_object(text, key=KEY, kid="w1", encs=ENCS) == "a.b.c"


@pytest.mark.parametrize("kid", ["w2", ""])
def test_another_key_is_not_this_wallets(kid: str) -> None:
    text = encrypt_jwe(b"a.b.c", KEY.public, enc="A128GCM", kid=kid)
    with pytest.raises(InvalidRequest, match="kid is not that of the wallet's key"):
        decrypt_request_object(text, key=KEY, kid="w1", encs=ENCS)


def test_without_a_name_it_must_still_be_this_key() -> None:
    text = encrypt_jwe(b"a.b.c", PrivateKey.generate().public, enc="A128GCM")
    with pytest.raises(InvalidRequest, match="not encrypted to this wallet"):
        decrypt_request_object(text, key=KEY, kid="w1", encs=ENCS)
