"""A registrar that is started again: who was registered, and what was taken back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey
from nlwallet.errors import LocalError
from nlwallet.registrar import Registrar, new_access_authority, new_registration_authority
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox.brokers import BROKER
from nlwallet.sandbox.pilots import PILOTS

NOW = 1_790_000_000
URL = "https://registrar.example"
RECORDS = [one.record for one in PILOTS]


class Kept:
    """Keeps one value, and how often it was written."""

    def __init__(self) -> None:
        self.value: bytes | None = None
        self.writes = 0

    def get(self) -> bytes | None:
        return self.value

    def put(self, value: bytes) -> None:
        self.value, self.writes = value, self.writes + 1


class World:
    """Starts registrars that have the same authorities and the same place to keep things."""

    def __init__(self) -> None:
        self.kept, self.clock = Kept(), TravellingClock(NOW)
        self._access = new_access_authority(URL, now=NOW)
        self._registration = new_registration_authority(URL, now=NOW)

    def start(self) -> Registrar:
        return Registrar(
            clock=self.clock,
            base_url=URL,
            access_authority=self._access,
            registration_authority=self._registration,
            kept=self.kept,
        )


@pytest.fixture
def world() -> World:
    return World()


def register(registrar: Registrar, record: RelyingPartyRecord) -> PrivateKey:
    key = PrivateKey.generate()
    registrar.register(record, key.public, dns_names=("rp.example",))
    return key


def test_everything_is_there_after_a_restart(world: World) -> None:
    before = world.start()
    keys = {record.identifier: register(before, record) for record in [*RECORDS, BROKER]}
    after = world.start()
    assert after.entries() == before.entries()
    assert after.changes == before.changes
    for identifier, key in keys.items():
        assert after.issued_to(identifier, key.public) == before.issued_to(identifier, key.public)
        assert after.look_up(identifier) == before.look_up(identifier)
    with pytest.raises(LocalError, match="registered already"):
        register(after, RECORDS[0])


def test_a_change_is_kept_once_and_as_a_whole(world: World) -> None:
    registrar = world.start()
    register(registrar, RECORDS[0])
    assert world.kept.writes == 1
    with pytest.raises(LocalError):
        register(registrar, RECORDS[0])
    assert world.kept.writes == 1


def test_what_was_taken_back_stays_taken_back(world: World) -> None:
    before = world.start()
    stopped, updated, other = RECORDS[:3]
    keys = [register(before, record) for record in (stopped, updated, other)]
    before.suspend(stopped.identifier, reason="yesterday")
    before.update(updated.model_copy(update={"trade_name": "Another name"}))
    after = world.start()
    assert after.record(stopped.identifier) is None
    assert after.record(updated.identifier).trade_name == "Another name"  # type: ignore[union-attr]
    assert after._office.revocations.as_json() == before._office.revocations.as_json()
    marks, were = after._office.revocations.statuses, before._office.revocations.statuses
    assert [marks[n] for n in range(65_536)] == [were[n] for n in range(65_536)]
    assert any(marks[n] for n in range(65_536))
    revoked = after._office.revocations.revoked_serials
    newest = [after.issued_to(one.identifier, key.public) for one, key in zip(RECORDS, keys, strict=False)]
    assert [one.access_chain.leaf.serial in revoked for one in newest if one] == [True, False, False]
    # An entry of the status list that was given out is not given to another after a restart.
    assert after._office.revocations._taken == before._office.revocations._taken
    after.resume(stopped.identifier)
    assert world.start().record(stopped.identifier) == stopped


def test_an_authority_that_was_stopped_stays_so(world: World) -> None:
    before = world.start()
    register(before, RECORDS[0])
    before.cancel_access_authority()
    before.cancel_registration_authority()
    after = world.start()
    assert not after.readable
    with pytest.raises(LocalError):
        register(after, RECORDS[1])


@pytest.mark.parametrize(
    "kept", [b"", b"[]", b"{}", b'{"version": 2}', b'{"version": 1, "entries": [{}]}', b"\xff"]
)
def test_what_was_damaged_is_our_mistake(world: World, kept: bytes) -> None:
    world.kept.value = kept
    with pytest.raises(LocalError) as refused:
        world.start()
    assert refused.value.code == "store"


def test_no_key_is_kept_with_the_register(world: World) -> None:
    register(world.start(), RECORDS[0])
    assert b'"d"' not in (world.kept.value or b"")
    assert b"PRIVATE" not in (world.kept.value or b"")
    assert json.loads(world.kept.value or b"")["version"] == 1


def test_certificates_over_another_key_are_not_found(world: World) -> None:
    registrar = world.start()
    key = register(registrar, RECORDS[0])
    assert registrar.issued_to(RECORDS[0].identifier, PrivateKey.generate().public) is None
    assert registrar.issued_to("NTRNL-00000000", key.public) is None
    found = registrar.issued_to(RECORDS[0].identifier, key.public)
    assert found is not None
    assert replace(found, others={}).access_chain.leaf.public_key == key.public
