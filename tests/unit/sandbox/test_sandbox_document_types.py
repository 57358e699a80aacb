"""The European PID, the driving licence and a type of one's own as mdocs: offered, received, asked for, shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nlwallet import RelyingPartyRecord, Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.errors import ApprovalNotPossible, LocalError
from nlwallet.holder import Wallet
from nlwallet.issuer import CredentialConfiguration, IssuableCredential, card, eu_pid_claims, persona
from nlwallet.mdoc import EU_PID_DOCTYPE, MDL_DOCTYPE, MDL_NAMESPACE, is_over
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.sandbox import pilot
from nlwallet.verifier import Verifier

NOW = 1_790_000_000
MDL_AGE = [MDL_NAMESPACE, "age_over_16"]


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW), profile=OPENID4VP_1_0) as edi:
        yield edi


def party(edi: Sandbox, doctype: str, *paths: list[str]) -> Verifier:
    record = pilot("cafe-de-vrije-val").record
    use = record.intended_uses[0].model_dump()
    use["credentials"] = ({"format": "mso_mdoc", "types": [doctype], "claims": paths},)
    use["query_ids"] = ()
    registered = RelyingPartyRecord.of(**{**record.model_dump(), "intended_uses": (use,)})
    return edi.register(registered, host="cafe.example")


def asking(doctype: str, *claims: dict[str, Any], **more: Any) -> dict[str, Any]:
    query = {"id": "it", "format": "mso_mdoc", "meta": {"doctype_value": doctype}}
    return {"credentials": [{**query, "claims": list(claims), **more}]}


def with_mdl(edi: Sandbox) -> Wallet:
    wallet = edi.empty_wallet()
    issuer, ready = edi.issuer("driving-licence"), card("driving-licence")
    twin = ready.configurations[1].id
    wallet.receive(issuer.offer(twin, ready.claims("frouke", now=NOW)).uri)
    return wallet


def test_both_formats_of_the_european_pid_come_with_one_offer(edi: Sandbox) -> None:
    claims = eu_pid_claims(persona("frouke"), now=NOW)
    offer = edi.pid_issuer.offer_several(
        IssuableCredential("eu-pid", claims), IssuableCredential("eu-pid-mdoc", claims)
    )
    wallet = edi.empty_wallet()
    wallet.receive(offer.uri)
    formats = {(one.format, one.type) for one in wallet.in_every_format}
    assert formats == {("dc+sd-jwt", "urn:eudi:pid:1"), ("mso_mdoc", EU_PID_DOCTYPE)}
    assert len(wallet.cards) == 1
    document = wallet.in_every_format[1]
    assert set(document.candidate.claims) == {EU_PID_DOCTYPE}
    assert document.claims["birth_date"] == "2000-03-24"
    assert document.claims["resident_city"] == "Amsterdam"
    assert len(document.copies) > 1

    bar = party(edi, EU_PID_DOCTYPE, [EU_PID_DOCTYPE, "place_of_birth"], [EU_PID_DOCTYPE, "portrait"])
    request = bar.request(
        query=asking(
            EU_PID_DOCTYPE,
            {"path": [EU_PID_DOCTYPE, "place_of_birth"]},
            {"path": [EU_PID_DOCTYPE, "portrait"], "intent_to_retain": False},
        )
    )
    prompt = wallet.open(request.uri)
    told = {claim.label: claim.value for one in prompt.cards for claim in one.claims}
    assert told == {"Geboorteplaats": "Plaats: Amsterdam; Land: NL", "Pasfoto": "een foto"}
    prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
    shown = bar.result(request).claims("it")[EU_PID_DOCTYPE]
    assert shown["place_of_birth"] == {"locality": "Amsterdam", "country": "NL"}


def test_a_bar_that_asks_for_16_gets_the_nearest_age_of_the_licence(edi: Sandbox) -> None:
    wallet, bar = with_mdl(edi), party(edi, MDL_DOCTYPE, MDL_AGE)
    request = bar.request(query=asking(MDL_DOCTYPE, {"path": MDL_AGE}))
    prompt = wallet.open(request.uri)
    assert [claim.label for one in prompt.cards for claim in one.claims] == ["18 jaar of ouder"]
    prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
    shown = bar.result(request).claims("it")[MDL_NAMESPACE]
    assert shown == {"age_over_18": True}
    assert is_over(shown, 16) is True
    assert wallet.log[-1].shared


def test_an_age_that_the_licence_does_not_tell_is_not_told(edi: Sandbox) -> None:
    wallet = with_mdl(edi)
    bar = party(edi, MDL_DOCTYPE, [MDL_NAMESPACE, "age_over_65"])
    request = bar.request(query=asking(MDL_DOCTYPE, {"path": [MDL_NAMESPACE, "age_over_65"]}))
    prompt = wallet.open(request.uri)
    assert prompt.consent().missing
    assert "65 jaar of ouder" in str(prompt)
    with pytest.raises(ApprovalNotPossible):
        prompt.approve(pin=Sandbox.PIN)


def test_values_and_claim_sets_of_an_mdoc(edi: Sandbox) -> None:
    wallet = with_mdl(edi)
    birth, sign = [MDL_NAMESPACE, "birth_date"], [MDL_NAMESPACE, "un_distinguishing_sign"]
    bar = party(edi, MDL_DOCTYPE, birth, sign)
    claims = (
        {"id": "a", "path": birth, "values": ["1999-03-24"], "intent_to_retain": True},
        {"id": "b", "path": sign, "values": ["NL", "B"]},
    )
    request = bar.request(query=asking(MDL_DOCTYPE, *claims, claim_sets=[["a", "b"], ["b"]]))
    wallet.open(request.uri).approve(pin=Sandbox.PIN, despite_warnings=True)
    assert bar.result(request).claims("it") == {MDL_NAMESPACE: {"un_distinguishing_sign": "NL"}}
    fits = ({**claims[0], "values": ["2000-03-24"]}, claims[1])
    request = bar.request(query=asking(MDL_DOCTYPE, *fits, claim_sets=[["a", "b"], ["b"]]))
    wallet.open(request.uri).approve(pin=Sandbox.PIN, despite_warnings=True)
    assert bar.result(request).claims("it")[MDL_NAMESPACE]["birth_date"] == "2000-03-24"


PASS = {
    "vct": "urn:example:pass",
    "name": "Pass",
    "claims": [{"path": ["since"]}, {"path": ["home"]}, {"path": ["home", "town"]}],
}


def test_a_type_of_one_s_own_comes_in_both_formats_from_one_configuration(edi: Sandbox) -> None:
    sd_jwt_vc = CredentialConfiguration.from_type_metadata(
        PASS, configuration_id="pass", elements={("since",): "full-date"}
    )
    issuer = edi.issuer(
        "town.example",
        configurations=[sd_jwt_vc, sd_jwt_vc.as_mdoc()],
        attributes=lambda _: {"since": "2020-02-29", "home": {"town": "Leiden"}},
    )
    wallet = edi.empty_wallet()
    wallet.receive(issuer.offer_to("frouke", "pass", "pass-mdoc").uri)
    twin, document = wallet.in_every_format
    assert len(wallet.cards) == 1
    assert document.claims == twin.claims == {"since": "2020-02-29", "home": {"town": "Leiden"}}
    item = document.credential.issuer_signed.items["urn:example:pass"]["since"]  # type: ignore[union-attr]
    assert item.value.tag == 1004
    assert issuer.offer_to("frouke").offer.credential_configuration_ids == ("pass",)
    for configuration in ("pass", "pass-mdoc"):
        with pytest.raises(LocalError) as caught:
            issuer.offer(configuration, {"since": "29-2-2020"})
        assert (caught.value.code, caught.value.pointer) == ("invalid_claims", "/since")
        assert "2000-03-24" in caught.value.hint


def test_a_twin_has_its_own_docType_only_where_its_names_are_known() -> None:
    diploma = card("diploma").configuration
    with pytest.raises(LocalError, match="is not known"):
        diploma.as_mdoc(doctype="org.example.diploma.1")


@pytest.mark.parametrize("name", ["diploma", "rental-contract", "health-insurance", "library-card"])
def test_each_ready_made_card_has_a_twin(name: str, edi: Sandbox) -> None:
    wallet, issuer, claims = edi.empty_wallet(), edi.issuer(name), card(name).claims("frouke", now=NOW)
    both = (IssuableCredential(one.id, claims) for one in card(name).configurations)
    wallet.receive(issuer.offer_several(*both).uri)
    twin, document = wallet.in_every_format
    assert len(wallet.cards) == 1
    assert (twin.format, document.format) == ("dc+sd-jwt", "mso_mdoc")
    assert document.claims == twin.claims
    assert document.name("nl") == twin.name("nl")
