"""A file of a wallet that is not as it was written: refused with a typed error, never opened by half."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlwallet.clock import TravellingClock
from nlwallet.crypto import DerivationCost, SealingKey
from nlwallet.errors import InvalidVault, LocalError, WrongPin
from nlwallet.holder import FileVault, vault_format
from nlwallet.holder.vault_content import EMPTY
from nlwallet.holder.vault_format import MAX_VAULT_BYTES, SealedVault, VaultHeader, sealed
from nlwallet.http import HttpClient
from nlwallet.sdjwt import TypeMetadataRegistry

NOW = 1_790_000_000
PIN = "112233"
CHEAP = DerivationCost(memory_kib=8, iterations=1, lanes=1)
HASH = 32
VERSION = slice(8, 10)
COST = slice(26, 35)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wallet.vault"


@pytest.fixture
def attempts(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def whole(path: Path, attempts: Path) -> bytes:
    with FileVault.create(path, pin=PIN, attempts=attempts, clock=TravellingClock(NOW), cost=CHEAP) as vault:
        vault.remember(tls_anchors_pem="what is in it")
    return path.read_bytes()


@pytest.fixture
def reopen(path: Path, attempts: Path) -> Callable[[bytes], FileVault]:
    def do(data: bytes) -> FileVault:
        path.write_bytes(data)
        return FileVault.open(path, pin=PIN, attempts=attempts, clock=TravellingClock(NOW), cost=CHEAP)

    return do


def rehashed(data: bytes) -> bytes:
    """As whoever means it would do it: with a hash that fits."""
    return data[:-HASH] + hashlib.sha256(data[:-HASH]).digest()


def counted(attempts: Path) -> int:
    """How many wrong attempts are written down, all wallets together."""
    return sum(json.loads(file.read_text())["wrong"] for file in attempts.glob("*.json"))


def test_any_changed_byte_is_noticed_before_the_pin_is_tried(
    whole: bytes, reopen: Callable[[bytes], FileVault], attempts: Path
) -> None:
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(InvalidVault):
            reopen(bytes(changed))
    assert counted(attempts) == 0
    reopen(whole).close()


def test_any_missing_end_is_noticed(whole: bytes, reopen: Callable[[bytes], FileVault]) -> None:
    for length in range(len(whole)):
        with pytest.raises(InvalidVault):
            reopen(whole[:length])
    with pytest.raises(InvalidVault):
        reopen(whole + b"\0")


def test_whoever_makes_the_hash_fit_gets_no_further(whole: bytes) -> None:
    """No byte that is not the hash can be another, and still come to a content."""
    for at in range(len(whole) - HASH):
        if at in range(COST.start, COST.stop):
            continue  # more memory and time than a test should spend: see below
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises((InvalidVault, WrongPin)):
            opened(rehashed(bytes(changed)))


def opened(data: bytes) -> object:
    vault = SealedVault.parse(data)
    key = vault.header.unlock(PIN)
    if key is None:
        raise WrongPin("the PIN is wrong")
    return vault.unseal(key)


def test_the_opened_content_is_the_one_that_was_sealed(whole: bytes) -> None:
    assert opened(whole)["tls_anchors"] == "what is in it"  # type: ignore[index]


@pytest.mark.parametrize(
    "cost", [(2**32 - 1, 1, 1), (8, 2**32 - 1, 1), (8, 1, 255), (0, 1, 1), (8, 0, 1), (8, 1, 0), (8, 1, 2)]
)
def test_a_file_does_not_say_what_to_spend_on_it(
    whole: bytes, reopen: Callable[[bytes], FileVault], cost: tuple[int, int, int], attempts: Path
) -> None:
    changed = bytearray(whole)
    changed[COST] = struct.pack(">IIB", *cost)
    with pytest.raises(InvalidVault, match="cost"):
        reopen(rehashed(bytes(changed)))
    assert counted(attempts) == 0


def test_a_cheaper_file_is_another_pin(whole: bytes, reopen: Callable[[bytes], FileVault]) -> None:
    changed = bytearray(whole)
    changed[COST] = struct.pack(">IIB", 9, 1, 1)
    with pytest.raises(WrongPin):
        reopen(rehashed(bytes(changed)))


def test_a_newer_version_is_told_from_damage(whole: bytes, reopen: Callable[[bytes], FileVault]) -> None:
    newer = bytearray(whole)
    newer[VERSION] = (2).to_bytes(2)
    with pytest.raises(InvalidVault) as caught:
        reopen(rehashed(bytes(newer)))
    assert caught.value.code == "vault_newer"
    assert caught.value.hint == "use a newer nlwallet"
    newer[VERSION] = (0).to_bytes(2)
    with pytest.raises(InvalidVault) as caught:
        reopen(rehashed(bytes(newer)))
    assert caught.value.code == "vault_damaged"


def test_another_file_is_told_from_damage(reopen: Callable[[bytes], FileVault]) -> None:
    for other in (b"", b"%PDF-1.7", b"-----BEGIN CERTIFICATE-----\n" * 20):
        with pytest.raises(InvalidVault) as caught:
            reopen(other)
        assert caught.value.code == "no_vault"


def test_a_huge_file_is_not_read_to_its_end(path: Path, whole: bytes, attempts: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(MAX_VAULT_BYTES + 1)
    with pytest.raises(InvalidVault) as caught:
        FileVault.open(path, pin=PIN, attempts=attempts, cost=CHEAP)
    assert caught.value.code == "vault_too_large"


def test_a_wallet_that_is_full_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_format, "MAX_VAULT_BYTES", 4096)
    key = SealingKey.generate()
    header = VaultHeader.locking(key, bytes(16), PIN, cost=CHEAP)
    with pytest.raises(LocalError) as caught:
        sealed({"x": "y" * 4096}, key, header)
    assert caught.value.code == "vault_full"


def test_the_content_of_one_wallet_does_not_fit_another(tmp_path: Path) -> None:
    key = SealingKey.generate()
    one, other = (VaultHeader.locking(key, bytes([n] * 16), PIN, cost=CHEAP) for n in (1, 2))
    content = SealedVault.parse(sealed({"whose": "one"}, key, one)).content
    with pytest.raises(InvalidVault):
        SealedVault(other, content).unseal(key)


@pytest.mark.parametrize(
    "change",
    [
        {"cards": [{}]},
        {"cards": [{"format": "mso_unknown", "received_at": NOW}]},
        {"cards": None},
        {"log": [{"party": {}}]},
        {"anchors": {"no_category": []}},
        {"keys": "!"},
        {"keys": ""},
    ],
)
def test_a_content_that_this_version_does_not_know_is_refused_whole(
    change: dict[str, object], whole: bytes, reopen: Callable[[bytes], FileVault]
) -> None:
    """Sealed by the right key: so a wallet wrote it, but another one."""
    vault = SealedVault.parse(whole)
    key = vault.header.unlock(PIN)
    assert key is not None
    changed = {**vault.unseal(key), **change}
    with pytest.raises(InvalidVault) as caught:
        reopen(sealed(changed, key, vault.header))
    assert caught.value.code == "vault_unreadable"
    reopen(whole).close()  # and it let go of the lock


@pytest.mark.parametrize("missing", sorted(EMPTY))
def test_a_content_without_a_part_is_refused(
    missing: str, whole: bytes, reopen: Callable[[bytes], FileVault]
) -> None:
    vault = SealedVault.parse(whole)
    key = vault.header.unlock(PIN)
    assert key is not None
    content = vault.unseal(key)
    del content[missing]
    with pytest.raises(InvalidVault):
        reopen(sealed(content, key, vault.header))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.binary(max_size=400))
def test_whatever_a_file_holds_the_error_is_typed(data: bytes) -> None:
    for given_ in (data, b"nlwvault" + data, b"nlwvault\0\1" + data):
        with pytest.raises(InvalidVault) as caught:
            SealedVault.parse(given_)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "told", [7, "all", [["dc+sd-jwt"]], [["dc+sd-jwt", 1]], [[["a"], "b"]]], ids=range(5)
)
def test_what_the_browser_may_know_is_read_with_care(
    told: Any, whole: bytes, reopen: Callable[[bytes], FileVault]
) -> None:
    """A file of before does not say it; one that says something else was written by another wallet."""
    vault = SealedVault.parse(whole)
    key = vault.header.unlock(PIN)
    assert key is not None
    content = {name: part for name, part in vault.unseal(key).items() if name != "told_to_browser"}
    reopen(sealed(content, key, vault.header)).close()
    with (
        pytest.raises(InvalidVault),
        reopen(sealed({**content, "told_to_browser": told}, key, vault.header)) as one,
    ):
        one.belongings(
            types=TypeMetadataRegistry(), http=HttpClient(), clock=TravellingClock(NOW), provider=None
        )
