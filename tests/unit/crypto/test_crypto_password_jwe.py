"""A JWE under a password: what opens it, what does not, and what it may ask of this machine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nlwallet.crypto import decrypt_with_password, encrypt_with_password
from nlwallet.crypto import password_jwe as room
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import AlgorithmNotAllowed, DecryptionFailed, LimitExceeded, LocalError, MalformedInput

PASSWORD = "drie blauwe fietsen"


def opened(token: str, password: str = PASSWORD, **options: Any) -> bytes:
    return decrypt_with_password(token, password, **({"max_bytes": 10_000} | options))


def header_of(token: str) -> dict[str, Any]:
    found = json.loads(b64url_decode(token.partition(".")[0]))
    assert isinstance(found, dict)
    return found


def with_header(token: str, **members: Any) -> str:
    changed = {name: value for name, value in (header_of(token) | members).items() if value is not None}
    return ".".join((b64url_encode(json.dumps(changed).encode()), *token.split(".")[1:]))


@pytest.fixture(scope="module")
def token() -> str:
    return encrypt_with_password(b"het logboek", PASSWORD, iterations=1000)


@pytest.mark.parametrize("password", ["acht8888", PASSWORD, "€ 500 voor Zoë 🙂", "x" * 1024])
def test_what_was_encrypted_comes_back(password: str) -> None:
    token = encrypt_with_password(b"het logboek", password, iterations=1000, header={"cty": "json"})
    assert opened(token, password) == b"het logboek"
    header = header_of(token)
    assert (header["alg"], header["enc"], header["cty"]) == ("PBES2-HS256+A128KW", "A128GCM", "json")


def test_the_default_costs_what_the_limit_allows_and_no_salt_comes_twice() -> None:
    one, other = (encrypt_with_password(b"x", PASSWORD) for _ in range(2))
    assert header_of(one)["p2c"] == room.MAX_ITERATIONS
    assert len(b64url_decode(header_of(one)["p2s"])) == 16
    assert header_of(one)["p2s"] != header_of(other)["p2s"]
    assert opened(one) == b"x"


@pytest.mark.parametrize("password", ["", "drie blauwe Fietsen", PASSWORD + " ", "x" * 2000])
def test_another_password_opens_nothing(token: str, password: str) -> None:
    with pytest.raises(DecryptionFailed) as caught:
        opened(token, password)
    assert password not in str(caught.value) or not password


@pytest.mark.parametrize("part", range(5))
def test_a_changed_part_opens_nothing(token: str, part: int) -> None:
    parts = token.split(".")
    if part == 0:
        changed = with_header(token, cty="text")
    else:
        raw = bytearray(b64url_decode(parts[part]))
        raw[0] ^= 1
        parts[part] = b64url_encode(bytes(raw))
        changed = ".".join(parts)
    with pytest.raises(DecryptionFailed):
        opened(changed)


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"p2c": 300_001}, LimitExceeded),
        ({"p2c": 2**62}, LimitExceeded),
        ({"p2c": 999}, LimitExceeded),
        ({"p2c": 0}, LimitExceeded),
        ({"p2c": -1}, LimitExceeded),
        ({"p2c": True}, MalformedInput),
        ({"p2c": 1000.5}, MalformedInput),
        ({"p2c": None}, MalformedInput),
        ({"p2s": None}, MalformedInput),
        ({"p2s": "AA"}, LimitExceeded),
        ({"p2s": b64url_encode(bytes(65))}, LimitExceeded),
        ({"p2s": "****"}, MalformedInput),
        ({"alg": "PBES2-HS512+A256KW"}, AlgorithmNotAllowed),
        ({"alg": "dir"}, AlgorithmNotAllowed),
        ({"alg": None}, AlgorithmNotAllowed),
        ({"enc": "A256GCM"}, AlgorithmNotAllowed),
        ({"enc": None}, AlgorithmNotAllowed),
        ({"zip": "DEF"}, DecryptionFailed),
        ({"crit": ["x"]}, DecryptionFailed),
    ],
)
def test_what_it_may_not_ask_is_refused_before_any_work(
    token: str, members: dict[str, Any], error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def works(*_: Any) -> Any:
        raise AssertionError("a key was derived")

    monkeypatch.setattr(room.jwe, "decrypt_compact", works)
    with pytest.raises(error):
        opened(with_header(token, **members))


@pytest.mark.parametrize("text", ["", "a.b.c", "a.b.c.d.e", "....", "x" * 20_000])
def test_what_is_no_such_token_is_refused(text: str) -> None:
    with pytest.raises((MalformedInput, LimitExceeded)):
        opened(text)


@pytest.mark.parametrize(
    ("password", "iterations"), [("kort", 1000), ("x" * 1025, 1000), (PASSWORD, 999), (PASSWORD, 300_001)]
)
def test_a_weak_one_is_not_made(password: str, iterations: int) -> None:
    with pytest.raises(LocalError):
        encrypt_with_password(b"x", password, iterations=iterations)
