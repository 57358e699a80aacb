"""A sandbox that is stopped, and goes on: what another start finds in its database."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.clock import SystemClock
from nlwallet.crypto import DerivationCost
from nlwallet.errors import LocalError, UntrustedCertificate
from nlwallet.holder import FileVault
from nlwallet.issuer import card
from nlwallet.status import Status
from nlwallet.trust import (
    LIST_KINDS,
    PUB_EAA_PROVIDERS,
    WITHDRAWN,
    Category,
    ListOfTrustedEntities,
    verify_lote,
)

CAFE, BEACH_BAR = "cafe-de-vrije-val", "strandbar-zonder-bereik"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/sandbox.sqlite"
    return str(request.getfixturevalue("postgresql")())


def test_what_was_issued_and_shown_counts_after_a_restart(url: str, tmp_path: Path) -> None:
    state: dict[str, Any] = {"attempts": tmp_path / "state", "clock": SystemClock()}
    cheap = DerivationCost(memory_kib=64, iterations=1, lanes=1)
    with (
        Sandbox(database=url) as edi,
        FileVault.create(tmp_path / "wallet", pin=Sandbox.PIN, cost=cheap, **state) as vault,
    ):
        frouke = edi.empty_wallet(pin=None, store=vault)
        frouke.receive(edi.pid_issuer.offer("nl-pid", card("pid").claims("frouke", now=edi.clock.now())).uri)
        frouke.receive(edi.issuer("diploma").offer_to("frouke").uri)
        request = edi.relying_party(CAFE).request()
        frouke.open(request.uri).approve(pin=Sandbox.PIN)
        before = edi.relying_party(CAFE).result(request)
        (issued,) = edi.issuer("diploma").issued
        offer = edi.issuer("diploma").offer_to("frouke")
    with (
        Sandbox(database=url) as edi,
        FileVault.open(tmp_path / "wallet", pin=Sandbox.PIN, **state) as vault,
    ):
        # A finished session is there, and for the party whose it is alone.
        cafe = edi.relying_party(CAFE)
        assert cafe.result(request.id) == before
        assert cafe.result(request.id).claims("pid") == {"age_over_18": True}
        with pytest.raises(LocalError, match="no such presentation request"):
            edi.relying_party("gemeente-amsterdam").result(request.id)
        # The cards are worth what they were, and their issuer knows of them.
        frouke = edi.empty_wallet(pin=None, store=vault)
        again = cafe.request()
        frouke.open(again.uri).approve(pin=Sandbox.PIN)
        assert cafe.result(again).claims("pid") == {"age_over_18": True}
        diploma = edi.issuer("diploma")
        assert [one.credential_id for one in diploma.issued] == [issued.credential_id]
        assert frouke.check_cards() == ()
        diploma.status_lists.revoke(issued.credential_id)
        # An offer that nobody took is still good.
        edi.empty_wallet().receive(offer.uri)
        assert len(diploma.issued) == 2
    with Sandbox(database=url) as edi:
        assert edi.issuer("diploma").status_lists.status_of(issued.credential_id) == Status.INVALID


def test_what_was_open_stays_open_and_can_be_answered(url: str) -> None:
    with Sandbox(database=url) as edi:
        made, late = edi.relying_party(CAFE).request(), edi.relying_party(CAFE).request()
        edi.relying_party(CAFE).withdraw(late)
        asked_for = edi.relying_party(BEACH_BAR, through=edi.intermediary()).request()
    with Sandbox(database=url) as edi:
        cafe, frouke = edi.relying_party(CAFE), edi.wallet("frouke")
        assert [cafe.result(one.id).status for one in (made, late)] == ["pending", "expired"]
        frouke.open(made.uri).approve(pin=Sandbox.PIN)
        assert cafe.result(made.id).claims("pid") == {"age_over_18": True}
        bar = edi.relying_party(BEACH_BAR, through=edi.intermediary())
        frouke.open(asked_for.uri).approve(pin=Sandbox.PIN)
        assert bar.result(asked_for.id).status == "verified"


def test_who_pinned_something_need_not_be_told_again(url: str) -> None:
    def pinned(edi: Sandbox) -> list[Any]:
        registrar = edi.registrar
        anchors = [edi.anchors.of(category) for category in Category]
        return [registrar.lists.signer, registrar.answers.jwks(), anchors]

    def lists(edi: Sandbox) -> dict[str, ListOfTrustedEntities]:
        registrar = edi.registrar
        return {
            kind.name: verify_lote(
                registrar.lists.token(kind),
                kind=kind,
                signers=(registrar.lists.signer,),
                now=edi.clock.now(),
                previous=known.get(kind.name),
            )
            for kind in LIST_KINDS.values()
        }

    known: dict[str, ListOfTrustedEntities] = {}
    with Sandbox(database=url) as edi:
        before = pinned(edi)
        edi.issuer("diploma")
        known = lists(edi)
        edi.registrar.lists.cancel(PUB_EAA_PROVIDERS, card("diploma").organization)
        known = lists(edi)
    with Sandbox(database=url) as edi:
        assert pinned(edi) == before
        edi.issuer("diploma")
        # None of them is older than what was read before, and who was taken off stays off.
        entities = {entity.name: entity for entity in lists(edi)["pub-eaa-providers"].entities}
        services = entities[card("diploma").organization].services
        assert {service.status for service in services} == {WITHDRAWN}


def test_a_sandbox_without_a_database_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Sandbox() as edi:
        edi.relying_party(CAFE).request()
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    with Sandbox(database=f"sqlite:///{tmp_path}/sandbox.sqlite"):
        assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}


def test_a_database_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="cannot be used"):
        Sandbox(database=f"sqlite:///{tmp_path}/nowhere/sandbox.sqlite")


def test_a_withdrawn_registration_stays_withdrawn(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/sandbox.sqlite"
    with Sandbox(database=url) as edi:
        cafe = edi.relying_party(CAFE)
        edi.relying_party("gemeente-amsterdam")
        broker = edi.intermediary()
        edi.relying_party(BEACH_BAR, through=broker)
        edi.registrar.cancel(cafe.certificates.record.identifier, reason="yesterday")
        issuer = edi.issuer("diploma").credential_issuer
    with Sandbox(database=url) as edi:
        request = edi.relying_party(CAFE).request()
        assert edi.relying_party(CAFE).client_id == cafe.client_id
        with pytest.raises(UntrustedCertificate) as refused:
            edi.wallet("frouke").open(request.uri)
        assert refused.value.code == "certificate_revoked"
        edi.relying_party("gemeente-amsterdam")
        edi.relying_party(BEACH_BAR, through=edi.intermediary())
        assert edi.issuer("diploma").credential_issuer == issuer
