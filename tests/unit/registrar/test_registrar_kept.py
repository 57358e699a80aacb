"""A registrar that is started again, or of which there are several: who is registered, and what was taken back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey
from nlwallet.errors import LocalError
from nlwallet.registrar import ListSigner, Registrar, new_access_authority, new_registration_authority
from nlwallet.registration import RelyingPartyRecord, UsedIntermediary
from nlwallet.sandbox.brokers import BROKER
from nlwallet.sandbox.pilots import PILOTS
from nlwallet.trust import (
    ACCESS_AUTHORITIES,
    PID_PROVIDERS,
    PUB_EAA_PROVIDERS,
    REGISTRATION_CERTIFICATE_PROVIDERS,
    verify_lote,
)

NOW = 1_790_000_000
URL = "https://registrar.example"
RECORDS = [one.record for one in PILOTS]


class Kept:
    """Keeps parts in memory, and the names of those that were put, step by step."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[int, bytes]] = {}
        self.steps: list[set[str]] = []
        self._lock = threading.Lock()

    def since(self, revision: int) -> tuple[int, Mapping[str, bytes]]:
        found = {name: value for name, (changed, value) in self.values.items() if changed > revision}
        return len(self.steps), found

    def put(self, parts: Mapping[str, bytes]) -> int:
        self.steps.append(set(parts))
        self.values.update({name: (len(self.steps), value) for name, value in parts.items()})
        return len(self.steps)

    @contextmanager
    def step(self) -> Iterator[Kept]:
        with self._lock:
            yield self


@cache
def keys() -> tuple[ListSigner, PrivateKey, CertificateAuthority, CertificateAuthority]:
    """What every registrar here has; none of it changes."""
    authorities = new_access_authority(URL, now=NOW), new_registration_authority(URL, now=NOW)
    return ListSigner.create(now=NOW), PrivateKey.generate(), *authorities


class World:
    """Starts registrars that have the same keys and the same place to keep things."""

    def __init__(self) -> None:
        self.kept, self.clock = Kept(), TravellingClock(NOW)
        self.signer, self._answers, self._access, self._registration = keys()

    def start(self, *, signer: ListSigner | None = None) -> Registrar:
        return Registrar(
            clock=self.clock,
            base_url=URL,
            access_authority=self._access,
            registration_authority=self._registration,
            kept=self.kept,
            list_signer=signer or self.signer,
            answer_key=self._answers,
        )


@pytest.fixture
def world() -> World:
    return World()


def register(registrar: Registrar, record: RelyingPartyRecord) -> PrivateKey:
    key = PrivateKey.generate()
    registrar.register(record, key.public, dns_names=("rp.example",))
    return key


def revocations(registrar: Registrar) -> dict[str, object]:
    found = registrar._office.revocations
    return {identifier: found.as_json(identifier) for identifier in found.identifiers}


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
    before = len(world.kept.steps)
    register(registrar, RECORDS[0])
    assert len(world.kept.steps) == before + 1
    with pytest.raises(LocalError):
        register(registrar, RECORDS[0])
    assert len(world.kept.steps) == before + 1


def test_of_a_change_that_fails_half_way_nothing_is_known(world: World) -> None:
    registrar = world.start()
    key = register(registrar, RECORDS[0])
    known, changes = registrar.entries(), registrar.changes

    def a_change_that_fails() -> None:
        with registrar.one_change():
            register(registrar, RECORDS[1])
            registrar.suspend(RECORDS[0].identifier)
            register(registrar, RECORDS[0])

    with pytest.raises(LocalError, match="registered already"):
        a_change_that_fails()
    for one in (registrar, world.start()):
        assert (one.entries(), one.changes) == (known, changes)
        certificates = one.issued_to(RECORDS[0].identifier, key.public)
        assert certificates is not None
        assert not one.is_revoked(certificates.access_chain.leaf)
    register(registrar, RECORDS[1])


def test_only_what_changed_is_written(world: World) -> None:
    registrar = world.start()
    for record in RECORDS[:2]:
        register(registrar, record)
    lines = len(registrar.changes)
    registrar.suspend(RECORDS[0].identifier)
    assert world.kept.steps[-1] == {f"party {RECORDS[0].identifier}", f"change {lines + 1:012}"}


def test_what_was_taken_back_stays_taken_back(world: World) -> None:
    before = world.start()
    stopped, updated, other = RECORDS[:3]
    keys = [register(before, record) for record in (stopped, updated, other)]
    before.suspend(stopped.identifier, reason="yesterday")
    before.update(updated.model_copy(update={"trade_name": "Another name"}))
    after = world.start()
    assert after.record(stopped.identifier) is None
    assert after.record(updated.identifier).trade_name == "Another name"  # type: ignore[union-attr]
    assert revocations(after) == revocations(before)
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


def test_an_authority_that_was_stopped_stays_so_and_off_its_list(world: World) -> None:
    before, beside = world.start(), world.start()
    register(before, RECORDS[0])
    before.cancel_access_authority()
    before.cancel_registration_authority()
    for one in (beside, world.start()):
        assert not one.readable
        assert one.lists.entities(ACCESS_AUTHORITIES) == ()
        assert one.lists.entities(REGISTRATION_CERTIFICATE_PROVIDERS) == ()
        with pytest.raises(LocalError, match="was cancelled"):
            register(one, RECORDS[1])


@pytest.mark.parametrize(
    "part", ["party NTRNL-90000001", "change 000000000001", "offices", "list pid-providers", "qualified list"]
)
def test_what_was_damaged_is_our_mistake(world: World, part: str) -> None:
    for kept in (b"", b"[]", b"{}", b'{"version": 2}', b'{"version": 1, "entry": {}}', b"\xff"):
        world.kept.put({part: kept})
        with pytest.raises(LocalError) as refused:
            world.start().qualified.providers  # noqa: B018 - it is read now
        assert refused.value.code == "store"


def test_no_key_is_kept_with_the_register(world: World) -> None:
    registrar = world.start()
    register(registrar, RECORDS[0])
    registrar.cancel_access_authority()
    kept = dict(world.kept.since(0)[1])
    assert {name.split(" ")[0] for name in kept} == {"party", "change", "offices", "list"}
    for value in kept.values():
        assert json.loads(value)["version"] == 1
        assert b'"d"' not in value
        assert b"PRIVATE" not in value


def test_certificates_over_another_key_are_not_found(world: World) -> None:
    registrar = world.start()
    key = register(registrar, RECORDS[0])
    assert registrar.issued_to(RECORDS[0].identifier, PrivateKey.generate().public) is None
    assert registrar.issued_to("NTRNL-00000000", key.public) is None
    found = registrar.issued_to(RECORDS[0].identifier, key.public)
    assert found is not None
    assert replace(found, others={}).access_chain.leaf.public_key == key.public


# Several at a time ---------------------------------------------------------------------------------


def test_each_of_several_registrars_knows_at_once_what_another_changed(world: World) -> None:
    one, two = world.start(), world.start()
    key = register(one, RECORDS[0])
    identifier = RECORDS[0].identifier
    assert two.record(identifier) == RECORDS[0]
    assert two.issued_to(identifier, key.public) == one.issued_to(identifier, key.public)
    with pytest.raises(LocalError, match="registered already"):
        register(two, RECORDS[0])
    two.suspend(identifier, reason="by the other one")
    assert one.record(identifier) is None
    one.resume(identifier)
    changed = RECORDS[0].model_copy(update={"trade_name": "Another name"})
    two.update(changed)
    assert one.entries() == two.entries() == ((changed, NOW),)
    one.cancel(identifier)
    assert two.look_up(identifier) == one.look_up(identifier)
    assert two.changes == one.changes
    whats = ["registered", "certified", "suspended", "resumed", "updated", "cancelled"]
    assert [line.what for line in one.changes] == whats
    assert revocations(one) == revocations(two)
    assert len(one._office.revocations.revoked_serials) == 3


def test_two_who_write_in_turn_lose_nothing_of_each_other(world: World) -> None:
    pair = [world.start(), world.start()]
    for number, record in enumerate(RECORDS[:4]):
        register(pair[number % 2], record)
    for number, record in enumerate(RECORDS[:4]):
        pair[(number + 1) % 2].suspend(record.identifier)
    third = world.start()
    for one in (*pair, third):
        assert one.entries() == ()
        assert len(one.changes) == len(third.changes)
        assert revocations(one) == revocations(third)
    issued = [serial for one in revocations(third).values() for serial in one["serials"]]  # type: ignore[index]
    assert third._office.revocations.revoked_serials == set(issued)


def test_a_party_that_another_one_entered_is_taken_over_once(world: World) -> None:
    one, two = world.start(), world.start()
    register(one, RECORDS[0])
    assert not one.known_from_elsewhere(RECORDS[0].identifier)
    assert two.known_from_elsewhere(RECORDS[0].identifier)
    two.take_over(RECORDS[0].identifier)
    assert not two.known_from_elsewhere(RECORDS[0].identifier)


# The lists of trusted entities ---------------------------------------------------------------------


def test_the_lists_go_on_so_that_who_knows_one_takes_the_next(world: World) -> None:
    before = world.start()
    anchor = new_access_authority("https://pid.example", now=NOW).certificate
    before.lists.notify(PID_PROVIDERS, "A provider", issuance=(anchor,))
    first = before.lists.token(PID_PROVIDERS)
    known = verify_lote(first, kind=PID_PROVIDERS, signers=(world.signer.chain.leaf,), now=NOW)
    after, beside = world.start(), world.start()
    assert after.lists.token(PID_PROVIDERS) == beside.lists.token(PID_PROVIDERS) == first
    after.lists.notify(PID_PROVIDERS, "A provider", issuance=(anchor,))
    assert after.lists.token(PID_PROVIDERS) == first  # it says nothing new
    after.lists.notify(PID_PROVIDERS, "Another provider", issuance=(anchor,))
    second = beside.lists.token(PID_PROVIDERS)
    taken = verify_lote(
        second, kind=PID_PROVIDERS, signers=(world.signer.chain.leaf,), now=NOW, previous=known
    )
    assert [one.name for one in taken.entities] == ["A provider", "Another provider"]
    assert taken.sequence_number == known.sequence_number + 1
    world.clock.travel(20 * 86_400)
    assert after.lists.token(PID_PROVIDERS) != second
    assert after.lists.token(PID_PROVIDERS) == beside.lists.token(PID_PROVIDERS)


def test_who_was_taken_off_a_list_stays_off(world: World) -> None:
    before = world.start()
    anchor = new_access_authority("https://pub.example", now=NOW).certificate
    before.lists.notify(PUB_EAA_PROVIDERS, "A provider", issuance=(anchor,))
    before.lists.cancel(PUB_EAA_PROVIDERS, "A provider")
    before.lists.cancel(ACCESS_AUTHORITIES, "Test access authority")
    after = world.start()
    assert after.lists.was_cancelled(PUB_EAA_PROVIDERS, "A provider")
    assert after.lists.entities(PUB_EAA_PROVIDERS) == before.lists.entities(PUB_EAA_PROVIDERS) != ()
    assert after.lists.entities(ACCESS_AUTHORITIES) == ()
    after.lists.notify(PUB_EAA_PROVIDERS, "A provider", issuance=(anchor,))
    assert not before.lists.was_cancelled(PUB_EAA_PROVIDERS, "A provider")


def test_a_list_by_a_signer_that_is_no_more_is_signed_again(world: World) -> None:
    token = world.start().lists.token(ACCESS_AUTHORITIES)
    other = ListSigner.from_pem(ListSigner.create(now=NOW).pem())
    after = world.start(signer=other)
    again = after.lists.token(ACCESS_AUTHORITIES)
    signers = (other.chain.leaf,)
    assert verify_lote(again, kind=ACCESS_AUTHORITIES, signers=signers, now=NOW).sequence_number == 2
    assert again != token


def test_the_national_list_goes_on_too(world: World) -> None:
    pytest.importorskip("signxml")
    before = world.start()
    anchor = new_access_authority("https://qeaa.example", now=NOW).certificate
    before.qualified.notify("A provider", (anchor,), website="https://qeaa.example")
    document = before.qualified.document()
    after = world.start()
    assert after.qualified.document() == document
    after.qualified.notify("A provider", (anchor,), website="https://qeaa.example")
    assert after.qualified.document() == document  # it says nothing new
    after.qualified.withdraw("A provider")
    assert before.qualified.was_withdrawn("A provider")
    assert before.qualified.document() == after.qualified.document() != document
    assert b"TSLSequenceNumber>2<" in after.qualified.document()
    world.clock.travel(20 * 86_400)
    assert b"TSLSequenceNumber>3<" in before.qualified.document()


def test_answers_are_signed_by_the_same_key(world: World) -> None:
    assert world.start().answers.jwks() == world.start().answers.jwks()


def test_who_asks_for_another_finds_its_certificates_again(world: World) -> None:
    before, key = world.start(), PrivateKey.generate()
    served = RECORDS[0].model_copy(
        update={
            "uses_intermediary": UsedIntermediary(
                identifier=BROKER.identifier,
                service_id=BROKER.services[0].id,
                trade_name=BROKER.trade_name,
                evidence="a contract",
            )
        }
    )
    before.enter(BROKER)
    before.enter(served)
    service, hosts = served.services[0].id, ("broker.example",)

    def found(registrar: Registrar) -> object:
        return registrar.issued_to_intermediary(served.identifier, key.public, service_id=service)

    assert found(before) is None
    got = before.certify_intermediary(served.identifier, key.public, dns_names=hosts, service_id=service)
    after = world.start()
    assert found(after) == found(before) == got
    assert not after.is_revoked(got.access_chain.leaf)
    again = after.certify_intermediary(served.identifier, key.public, dns_names=hosts, service_id=service)
    assert found(before) == again != got
    assert len(before._entry(BROKER.identifier).instances) == 1
    after.suspend(served.identifier)
    assert before.is_revoked(again.access_chain.leaf)
    after.resume(served.identifier)
    after.update(served.model_copy(update={"trade_name": "Another name"}))
    assert found(before) is None
