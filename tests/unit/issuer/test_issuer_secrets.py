"""Codes, tokens and nonces: once, for a while, never more than a bound, and never kept as they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.issuer.kept_secrets import Secrets
from nlwallet.issuer.nonces import Nonces

NOW = 1_790_000_000


def test_only_the_hash_of_a_secret_is_kept() -> None:
    secrets: Secrets[str] = Secrets(lifetime=60)
    secret = secrets.create("value", now=NOW)
    assert len(b64url_decode(secret)) == 32
    assert secret not in repr(vars(secrets))
    assert secrets.look(secret, now=NOW + 59) == "value"
    assert secrets.look(secret, now=NOW + 60) is None


def test_what_has_expired_is_not_kept_and_there_is_a_bound() -> None:
    secrets: Secrets[int] = Secrets(lifetime=60, limit=3)
    first, *others = (secrets.create(n, now=NOW) for n in range(4))
    assert len(secrets) == 3
    assert secrets.look(first, now=NOW) is None
    assert all(secrets.look(other, now=NOW) is not None for other in others)
    secrets.create(5, now=NOW + 60)
    assert len(secrets) == 1


def test_of_many_at_once_one_gets_the_value() -> None:
    secrets: Secrets[int] = Secrets(lifetime=60)
    secret = secrets.create(1, now=NOW)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: secrets.consume(secret, now=NOW), range(64)))
    assert taken.count(1) == 1


@pytest.mark.req("I-12")
def test_a_nonce_is_unpredictable_and_works_once_until_its_end() -> None:
    nonces = Nonces(lifetime=300)
    made = [nonces.create(now=NOW) for _ in range(100)]
    assert len({b64url_decode(nonce)[:16] for nonce in made}) == 100
    assert nonces.consume({made[0]}, now=NOW + 299)
    assert not nonces.consume({made[0]}, now=NOW + 299)
    assert not nonces.consume({made[1]}, now=NOW + 300)


def test_to_hand_out_nonces_keeps_nothing() -> None:
    """Anybody may ask for nonces; it must not cost memory, nor push out the nonce of somebody else."""
    nonces = Nonces(lifetime=300, limit=2)
    first = nonces.create(now=NOW)
    for _ in range(1000):
        nonces.create(now=NOW)
    assert nonces.consume({first}, now=NOW)


def test_a_used_nonce_is_never_forgotten_before_its_end() -> None:
    nonces = Nonces(lifetime=300, limit=2)
    used = [nonces.create(now=NOW) for _ in range(2)]
    assert nonces.consume(used, now=NOW)
    assert not nonces.consume({nonces.create(now=NOW)}, now=NOW)
    assert not any(nonces.consume({nonce}, now=NOW) for nonce in used)
    assert nonces.consume({nonces.create(now=NOW + 300)}, now=NOW + 300)


def test_all_nonces_of_a_request_or_none() -> None:
    nonces = Nonces(lifetime=300)
    good = nonces.create(now=NOW)
    assert not nonces.consume({good, "made-up"}, now=NOW)
    assert nonces.consume({good}, now=NOW)


@pytest.mark.req("ADV-181")
def test_the_nonce_of_another_issuer_is_none_of_ours() -> None:
    assert not Nonces(lifetime=300).consume({Nonces(lifetime=300).create(now=NOW)}, now=NOW)


@given(st.integers(0, 39), st.integers(1, 255))
def test_no_octet_of_a_nonce_can_be_changed(place: int, change: int) -> None:
    nonces = Nonces(lifetime=300)
    raw = bytearray(b64url_decode(nonces.create(now=NOW)))
    assert len(raw) == 40
    raw[place] ^= change
    assert not nonces.consume({b64url_encode(bytes(raw))}, now=NOW)


def test_a_used_nonce_in_another_spelling_is_still_used() -> None:
    """40 octets leave two unused bits in the last character of base64url; they must be zero."""
    nonces = Nonces(lifetime=300)
    nonce = nonces.create(now=NOW)
    assert nonces.consume({nonce}, now=NOW)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for last in alphabet:
        assert not nonces.consume({nonce[:-1] + last}, now=NOW)
    assert not nonces.consume({nonce + "="}, now=NOW)


@given(st.text(max_size=80))
def test_any_text_is_no_nonce(text: str) -> None:
    assert not Nonces(lifetime=300).consume({text}, now=NOW)


def test_of_many_at_once_one_uses_the_nonce() -> None:
    nonces = Nonces(lifetime=300)
    nonce = nonces.create(now=NOW)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: nonces.consume({nonce}, now=NOW), range(64))) == 1
