"""A PID in two formats is one card to its holder: in the wallet, at receipt, at consent, when it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nlwallet import RelyingPartyRecord, Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.errors import InvalidStatus
from nlwallet.issuer import IssuableCredential, card, eu_pid_claims, persona, pid_claims
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.sandbox import pilot
from nlwallet.verifier import Verifier

NOW = 1_790_000_000
PID = "urn:eudi:pid:nl:1"


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW), profile=OPENID4VP_1_0) as edi:
        yield edi


@pytest.fixture
def bar(edi: Sandbox) -> Verifier:
    record = pilot("cafe-de-vrije-val").record
    use = record.intended_uses[0].model_dump()
    use["credentials"] = (
        {"format": "mso_mdoc", "types": [PID], "claims": [[PID, "age_over_18"]]},
        {"format": "dc+sd-jwt", "types": [PID], "claims": [["age_over_18"]]},
    )
    use["query_ids"] = ()
    registered = RelyingPartyRecord.of(**{**record.model_dump(), "intended_uses": (use,)})
    return edi.register(registered, host="cafe.example")


def asking(**more: Any) -> dict[str, Any]:
    return {
        "credentials": [
            {"id": "doc", "format": "mso_mdoc", "meta": {"doctype_value": PID},
             "claims": [{"path": [PID, "age_over_18"]}]},
            {"id": "jwt", "format": "dc+sd-jwt", "meta": {"vct_values": [PID]}, "claims": [{"path": ["age_over_18"]}]},
        ],
        **more,
    }  # fmt: skip


def test_the_sandbox_gives_a_pid_in_both_formats_and_shows_one_card(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke")
    assert [one.format for one in wallet.in_every_format] == ["dc+sd-jwt", "mso_mdoc"]
    (pid,) = wallet.cards
    assert pid.format == "dc+sd-jwt"
    wallet.delete(pid.id)
    assert wallet.in_every_format == ()
    assert [entry.kind for entry in wallet.log].count("deletion") == 1


def test_both_formats_are_offered_and_received_as_one_card(edi: Sandbox) -> None:
    wallet, claims = edi.empty_wallet(), pid_claims(persona("frouke"), now=NOW)
    both = [IssuableCredential(one.id, claims) for one in card("pid").configurations]
    prompt = wallet.open_offer(edi.pid_issuer.offer_several(*both).uri)
    assert [one.name for one in prompt.offer().cards] == ["Persoonsgegevens"]
    received = prompt.fetch()
    assert [one.name for one in received.content().cards] == ["Persoonsgegevens"]
    assert "twee vormen" in str(received)
    assert len(received.keep(pin=Sandbox.PIN)) == 2
    assert len(wallet.cards) == 1


def test_two_cards_of_one_format_stay_two(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke", cards=("pid", "pid"))
    assert (len(wallet.cards), len(wallet.in_every_format)) == (2, 4)
    other = edi.wallet("frouke", cards=("pid", "diploma"))
    assert len(other.cards) == 2


def test_who_asks_for_both_formats_is_shown_as_asking_for_one_card(edi: Sandbox, bar: Verifier) -> None:
    wallet, request = edi.wallet("frouke"), bar.request(query=asking())
    prompt = wallet.open(request.uri)
    (shown,) = prompt.cards
    assert [claim.label for claim in shown.claims] == ["18 jaar of ouder"]
    prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
    result = bar.result(request)
    assert result.claims("doc") == {PID: {"age_over_18": True}}
    assert result.claims("jwt") == {"age_over_18": True}
    assert len(wallet.log[-1].shared) == 2


@pytest.mark.req("HV-16")
@pytest.mark.parametrize(("options", "answered"), [([["doc"], ["jwt"]], "doc"), ([["jwt"], ["doc"]], "jwt")])
def test_either_format_is_no_choice_for_the_holder(
    options: list[list[str]], answered: str, edi: Sandbox, bar: Verifier
) -> None:
    wallet = edi.wallet("frouke")
    request = bar.request(query=asking(credential_sets=[{"options": options}]))
    prompt = wallet.open(request.uri)
    assert prompt.consent().choices == ()
    assert len(prompt.cards) == 1
    prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
    assert [one.query_id for one in bar.result(request).presentations] == [answered]


def test_a_wallet_with_one_of_the_formats_answers_with_that(edi: Sandbox, bar: Verifier) -> None:
    wallet = edi.wallet("frouke", cards=("pid-mdoc",))
    request = bar.request(query=asking(credential_sets=[{"options": [["jwt"], ["doc"]]}]))
    wallet.open(request.uri).approve(pin=Sandbox.PIN, despite_warnings=True)
    assert [one.query_id for one in bar.result(request).presentations] == ["doc"]


def test_the_european_pid_is_one_card_though_its_formats_have_other_names(edi: Sandbox) -> None:
    wallet, claims = edi.empty_wallet(), eu_pid_claims(persona("yusuf"), now=NOW)
    ids = ("eu-pid", "eu-pid-mdoc")
    wallet.receive(edi.pid_issuer.offer_several(*(IssuableCredential(one, claims) for one in ids)).uri)
    assert (len(wallet.cards), len(wallet.in_every_format)) == (1, 2)
    changed = claims | {"given_name": "Somebody Else"}
    wallet.receive(edi.pid_issuer.offer("eu-pid-mdoc", changed).uri)
    assert len(wallet.cards) == 2


def test_a_licence_is_one_card_too(edi: Sandbox) -> None:
    wallet, ready = edi.empty_wallet(), card("driving-licence")
    both = (IssuableCredential(one.id, ready.claims("frouke", now=NOW)) for one in ready.configurations)
    wallet.receive(edi.issuer("driving-licence").offer_several(*both).uri)
    assert (len(wallet.cards), len(wallet.in_every_format)) == (1, 2)


def test_a_status_that_only_an_identifier_list_tells_is_refused() -> None:
    from nlwallet.status import StatusReference

    status = {"identifier_list": {"id": b"1", "uri": "https://issuer.example/list"}}
    with pytest.raises(InvalidStatus) as caught:
        StatusReference.parse(status, pointer="/status")
    assert (caught.value.code, caught.value.pointer) == ("status_not_supported", "/status/identifier_list")
    both = {**status, "status_list": {"idx": 3, "uri": "https://issuer.example/status/1"}}
    assert StatusReference.parse(both).idx == 3
