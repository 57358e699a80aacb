"""Base64url without padding (RFC 7515 §2), against the encoder of the standard library."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import MalformedInput


@given(st.binary(max_size=200) | st.binary(min_size=1000, max_size=3000))
def test_what_is_written(data: bytes) -> None:
    text = b64url_encode(data)
    assert text == base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
    assert b64url_decode(text) == data


def test_each_character_of_the_alphabet() -> None:
    # RFC 4648 table 2: the values 0 to 63 in six bits each.
    octets = int("".join(f"{value:06b}" for value in range(64)), 2).to_bytes(48)
    assert b64url_encode(octets) == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert [b64url_encode(octets[:n]) for n in range(4)] == ["", "AA", "ABA", "ABCD"]


@pytest.mark.parametrize("text", ["AA==", "A", "AA\n", "A+/A", "A A", "ÀA"])
def test_other_forms_are_not_read(text: str) -> None:
    with pytest.raises(MalformedInput, match="base64url"):
        b64url_decode(text)
