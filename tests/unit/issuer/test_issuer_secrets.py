"""Codes, tokens and nonces: once, for a while, never more than a bound, and never kept as they are."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.issuer import InMemoryIssuerStore
from nlwallet.issuer.kept_secrets import Secrets
from nlwallet.issuer.nonces import Nonces

NOW = 1_790_000_000


class Numbers:
    """Secrets that stand for a number, each call a step of its own."""

    def __init__(self, *, limit: int | None = None) -> None:
        self.store = InMemoryIssuerStore()
        self._secrets: Secrets[int] = Secrets(
            self.store, "number", lambda n: {"n": n}, lambda _, value: value["n"], 60, limit
        )
        self.look = self._secrets.look
        self.all = self._secrets.all

    def create(self, value: int, *, now: int = NOW) -> str:
        with self.store.step(now=now) as step:
            return self._secrets.create(step, value)

    def consume(self, secret: str, *, now: int = NOW) -> int | None:
        with self.store.step(now=now) as step:
            return self._secrets.consume(step, secret)


def a_nonces(*, limit: int = 100_000) -> Nonces:
    return Nonces(InMemoryIssuerStore(), "nonce", lifetime=300, limit=limit)


def consume(nonces: Nonces, used: Collection[str], *, now: int = NOW) -> bool:
    with nonces._store.step(now=now) as step:
        return nonces.consume(step, used)


def test_only_the_hash_of_a_secret_is_kept() -> None:
    numbers = Numbers()
    secret = numbers.create(7)
    assert len(b64url_decode(secret)) == 32
    assert secret not in repr(vars(numbers.store))
    assert "number" in repr(vars(numbers.store))
    assert numbers.look(secret, now=NOW + 59) == 7
    assert numbers.look(secret, now=NOW + 60) is None
    assert numbers.consume(secret, now=NOW + 60) is None


def test_what_has_expired_is_not_kept_and_there_is_a_bound() -> None:
    numbers = Numbers(limit=3)
    first, *others = (numbers.create(n) for n in range(4))
    assert numbers.all(now=NOW) == (1, 2, 3)
    assert numbers.look(first, now=NOW) is None
    assert all(numbers.look(other, now=NOW) is not None for other in others)
    numbers.create(5, now=NOW + 60)
    assert numbers.all(now=NOW) == (5,)


def test_of_many_at_once_one_gets_the_value() -> None:
    numbers = Numbers()
    secret = numbers.create(1)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: numbers.consume(secret), range(64)))
    assert taken.count(1) == 1


@pytest.mark.req("I-12")
def test_a_nonce_is_unpredictable_and_works_once_until_its_end() -> None:
    nonces = a_nonces()
    made = [nonces.create(now=NOW) for _ in range(100)]
    assert len({b64url_decode(nonce)[:16] for nonce in made}) == 100
    assert consume(nonces, {made[0]}, now=NOW + 299)
    assert not consume(nonces, {made[0]}, now=NOW + 299)
    assert not consume(nonces, {made[1]}, now=NOW + 300)


def test_to_hand_out_nonces_keeps_nothing() -> None:
    """Anybody may ask for nonces; it must not cost memory, nor push out the nonce of somebody else."""
    nonces = a_nonces(limit=2)
    first = nonces.create(now=NOW)
    for _ in range(1000):
        nonces.create(now=NOW)
    assert consume(nonces, {first}, now=NOW)


def test_a_used_nonce_is_never_forgotten_before_its_end() -> None:
    nonces = a_nonces(limit=2)
    used = [nonces.create(now=NOW) for _ in range(2)]
    assert consume(nonces, used, now=NOW)
    assert not consume(nonces, {nonces.create(now=NOW)}, now=NOW)
    assert not any(consume(nonces, {nonce}, now=NOW) for nonce in used)
    assert consume(nonces, {nonces.create(now=NOW + 300)}, now=NOW + 300)


def test_all_nonces_of_a_request_or_none() -> None:
    nonces = a_nonces()
    good = nonces.create(now=NOW)
    assert not consume(nonces, {good, "made-up"}, now=NOW)
    assert consume(nonces, {good}, now=NOW)


@pytest.mark.req("ADV-181")
def test_the_nonce_of_another_issuer_is_none_of_ours() -> None:
    assert not consume(a_nonces(), {a_nonces().create(now=NOW)}, now=NOW)


@given(st.integers(0, 39), st.integers(1, 255))
def test_no_octet_of_a_nonce_can_be_changed(place: int, change: int) -> None:
    nonces = a_nonces()
    raw = bytearray(b64url_decode(nonces.create(now=NOW)))
    assert len(raw) == 40
    raw[place] ^= change
    assert not consume(nonces, {b64url_encode(bytes(raw))}, now=NOW)


def test_a_used_nonce_in_another_spelling_is_still_used() -> None:
    """40 octets leave two unused bits in the last character of base64url; they must be zero."""
    nonces = a_nonces()
    nonce = nonces.create(now=NOW)
    assert consume(nonces, {nonce}, now=NOW)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for last in alphabet:
        assert not consume(nonces, {nonce[:-1] + last}, now=NOW)
    assert not consume(nonces, {nonce + "="}, now=NOW)


@given(st.text(max_size=80))
def test_any_text_is_no_nonce(text: str) -> None:
    assert not consume(a_nonces(), {text}, now=NOW)


def test_of_many_at_once_one_uses_the_nonce() -> None:
    nonces = a_nonces()
    nonce = nonces.create(now=NOW)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: consume(nonces, {nonce}, now=NOW), range(64))) == 1
