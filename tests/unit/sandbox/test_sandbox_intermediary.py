"""A party that has an intermediary ask for it, from its registration to the citizen's log (ARF Topic 52)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nlwallet import RelyingPartyRecord, Sandbox, Verifier
from nlwallet.clock import TravellingClock
from nlwallet.errors import LocalError, RemoteError
from nlwallet.profiles import HAIP_1_0, STRICT, Profile
from nlwallet.sandbox import pilot
from nlwallet.sandbox.brokers import BROKER, BROKER_HOST
from nlwallet.verifier import Intermediary

PIN = Sandbox.PIN
CAFE = pilot("cafe-de-vrije-val").record
GREEDY = pilot("over-asking").record


def sandbox(profile: Profile = HAIP_1_0) -> Sandbox:
    return Sandbox(clock=TravellingClock(1_790_000_000), profile=profile)


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with sandbox() as one:
        yield one


@pytest.fixture
def broker(edi: Sandbox) -> Intermediary:
    return edi.intermediary()


def borrowing(edi: Sandbox, broker: Intermediary) -> Verifier:
    """The broker asks for a shop that never heard of it: with its own certificate, and the shop's registration."""
    shop = edi.relying_party("over-asking")
    cafe = edi.relying_party("cafe-de-vrije-val", through=broker)
    mixed = replace(
        cafe.certificates,
        record=shop.certificates.record,
        registration_certificates=shop.certificates.registration_certificates,
    )
    return broker.serve(mixed, cafe._asking.signer.key)


@pytest.mark.req("RPI_06", "RPI_07")
@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("profile", [HAIP_1_0, STRICT], ids=lambda one: one.name)
def test_the_citizen_sees_who_wants_it_and_not_who_asks(profile: Profile, language: Any) -> None:
    with sandbox(profile) as edi:
        cafe = edi.relying_party("cafe-de-vrije-val", through=edi.intermediary())
        prompt = edi.wallet("frouke", language=language).open(cafe.request().uri)
        assert prompt.requester.trade_name == CAFE.trade_name
        assert prompt.requester.identifier == CAFE.identifier
        assert prompt.warnings == ()
        shown = str(prompt) + str(prompt.consent().as_dict())
        for hidden in (BROKER.trade_name, BROKER.identifier, BROKER_HOST):
            assert hidden not in shown
        prompt.approve(pin=PIN)


@pytest.mark.req("DASH_03", "DATA_DLT_03")
def test_both_are_logged_and_it_is_the_party_that_must_erase(edi: Sandbox, broker: Intermediary) -> None:
    frouke = edi.wallet("frouke")
    cafe = edi.relying_party("cafe-de-vrije-val", through=broker)
    request = cafe.request()
    frouke.open(request.uri).approve(pin=PIN)
    assert cafe.result(request).claims("pid") == {"age_over_18": True}
    party = frouke.log[-1].party
    assert (party.trade_name, party.identifier) == (CAFE.trade_name, CAFE.identifier)
    assert party.intermediary is not None
    assert (party.intermediary.trade_name, party.intermediary.service_id) == ("Het Doorgeefluik", "doorgeven")
    assert party.intermediary.contacts == (BROKER.support_uri,)
    for name in (CAFE.trade_name, CAFE.identifier):
        assert [claim.path for claim in frouke.shared_with(name).claims] == [("age_over_18",)]
    assert frouke.shared_with(BROKER.trade_name).claims == ()
    draft = frouke.erasure_request(frouke.log[-1])
    assert CAFE.support_uri in str(draft)
    assert BROKER.support_uri not in str(draft)
    assert "via Het Doorgeefluik" in frouke.report_to_authority(frouke.log[-2]).subject


@pytest.mark.req("RPI_08")
def test_one_intermediary_asks_for_several_and_mixes_nothing(edi: Sandbox, broker: Intermediary) -> None:
    frouke = edi.wallet("frouke")
    cafe = edi.relying_party("cafe-de-vrije-val", through=broker)
    town = edi.relying_party("gemeente-amsterdam", through=broker)
    assert edi.relying_party("cafe-de-vrije-val", through=broker) is cafe
    assert edi.intermediary() is broker
    for_cafe, for_town = cafe.request(), town.request()
    for request in (for_cafe, for_town):
        frouke.open(request.uri).approve(pin=PIN, despite_warnings=True)
    with pytest.raises(LocalError, match="no such presentation request"):
        cafe.result(for_town)
    assert cafe.result(for_cafe).claims("pid") == {"age_over_18": True}
    assert list(town.result(for_town).claims("pid")) == ["bsn"]
    assert {one.trade_name for one in frouke.parties} == {"Café De Vrije Val", "Gemeente Amsterdam"}


@pytest.mark.req("RPRC_17a")
def test_who_is_not_the_intermediary_of_that_party_is_told_apart(edi: Sandbox, broker: Intermediary) -> None:
    asking = borrowing(edi, broker)
    prompt = edi.wallet("frouke").open(
        asking.request(GREEDY.dcql_for("bezorgen"), intended_use="bezorgen").uri
    )
    assert [one.code for one in prompt.warnings if one.code.startswith("registration")] == [
        "registration_mismatch"
    ]
    # The registration of the shop counts for nothing: it is the broker itself that asks.
    assert prompt.requester.trade_name == BROKER.trade_name
    assert GREEDY.trade_name not in str(prompt)
    with pytest.raises(LocalError):
        prompt.approve(pin=PIN)


def test_a_strict_wallet_shares_nothing_with_who_is_not_the_intermediary() -> None:
    with sandbox(STRICT) as edi:
        asking = borrowing(edi, edi.intermediary())
        wallet = edi.wallet("frouke")
        request = asking.request(intended_use="bezorgen")
        prompt = wallet.open(request.uri)
        assert prompt.consent().blocked
        with pytest.raises(LocalError):
            prompt.approve(pin=PIN, despite_warnings=True)
        assert wallet.log[-1].shared == ()


@pytest.mark.parametrize("who", [CAFE.identifier, BROKER.identifier])
def test_a_wallet_notices_when_either_of_them_is_suspended(
    edi: Sandbox, broker: Intermediary, who: str
) -> None:
    cafe = edi.relying_party("cafe-de-vrije-val", through=broker)
    edi.registrar.suspend(who)
    with pytest.raises(RemoteError) as caught:
        edi.wallet("frouke").open(cafe.request().uri)
    assert caught.value.code == "certificate_revoked"


def test_a_party_asks_itself_or_has_itself_asked_for(edi: Sandbox, broker: Intermediary) -> None:
    edi.relying_party("cafe-de-vrije-val")
    with pytest.raises(LocalError, match="registered already"):
        edi.relying_party("cafe-de-vrije-val", through=broker)
    another = edi.intermediary(
        RelyingPartyRecord.of(**BROKER.model_dump() | {"identifier": "NTRNL-90000011"}), host="ander.example"
    )
    town = edi.register_through(broker, pilot("gemeente-amsterdam").record)
    with pytest.raises(LocalError, match="another intermediary"):
        edi.register_through(another, town.certificates.record)


def chain_of_two() -> RelyingPartyRecord:
    """A café with two services, of which one has two purposes."""
    use = CAFE.intended_uses[0].model_dump()
    texts = ({"nl": "Dranken schenken", "en": "Serving drinks"},)
    second = {**use, "id": "kleedkamer", "purpose": {"nl": "Kluisje uitgeven", "en": "Giving out a locker"}}
    services = (
        {"id": "bar", "trade_name": "De Bar", "descriptions": texts, "intended_uses": (use["id"],)},
        {
            "id": "zaal",
            "trade_name": "De Zaal",
            "descriptions": texts,
            "intended_uses": (use["id"], "kleedkamer"),
        },
    )
    return RelyingPartyRecord.of(
        **{**CAFE.model_dump(), "services": services, "intended_uses": (use, second)}
    )


@pytest.mark.req("RPI_05", "RPI_06")
def test_every_service_and_purpose_of_a_party_is_asked_for(edi: Sandbox, broker: Intermediary) -> None:
    record, frouke = chain_of_two(), edi.wallet("frouke")
    first = edi.register_through(broker, record)
    assert edi.register_through(broker, record) is first
    bar, hall = (broker.acting_for(record.identifier, id_) for id_ in ("bar", "zaal"))
    assert bar is first
    purposes = {
        (bar, None): ("De Bar", CAFE.intended_uses[0].purpose.en),
        (hall, CAFE.intended_uses[0].id): ("De Zaal", CAFE.intended_uses[0].purpose.en),
        (hall, "kleedkamer"): ("De Zaal", "Giving out a locker"),
    }
    for (party, use), (name, purpose) in purposes.items():
        request = party.request(intended_use=use)
        prompt = frouke.open(request.uri)
        assert (prompt.warnings, prompt.requester.identifier) == ((), CAFE.identifier)
        assert name in str(prompt)
        assert purpose in str(prompt.consent("en").as_dict())
        prompt.approve(pin=PIN)
        assert party.result(request).claims("pid") == {"age_over_18": True}
    assert {entry.party.service_id for entry in frouke.log if entry.party.service_id != ""} >= {"bar", "zaal"}
