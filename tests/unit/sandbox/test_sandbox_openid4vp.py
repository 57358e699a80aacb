"""Whole presentations between our own wallet and verifier: every identity, mode and channel."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from nlwallet import RelyingPartyRecord, Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.errors import InvalidResponse, RefusedByWallet, TransportError
from nlwallet.profiles import HAIP_1_0, OPENID4VP_1_0, Profile
from nlwallet.sandbox.identities import Identity
from nlwallet.verifier import Status, Verifier

PIN = Sandbox.PIN
HOST = "bel.example"
PAGE = f"https://{HOST}"
BACK = f"{PAGE}/terug"
IDENTITIES = get_args(Identity)
TOLD = {"nl": "Een fiets uitlenen", "en": "Lend a bicycle"}

RECORD = RelyingPartyRecord.of(
    legal_name="Fietsenmaker Bel B.V.",
    trade_name="Fietsenmaker Bel",
    identifier="NTRNL-90000042",
    services=({"nl": "Fietsen lenen", "en": "Borrow a bicycle"},),
    website=f"{PAGE}/",
    support_uri=f"{PAGE}/weg",
    supervisory_authority={"name": "Toezicht", "country": "NL", "email": "t@toezicht.example"},
    intended_uses=(
        {
            "id": "lenen",
            "purpose": TOLD,
            "privacy_policy": f"{PAGE}/privacy",
            "retention": {"days": 14},
            "credentials": ({"types": ["urn:eudi:pid:nl:1"], "claims": [["age_over_18"]]},),
        },
    ),
)
ADULT = {"age_over_18": True}


def sandbox(profile: Profile = OPENID4VP_1_0) -> Sandbox:
    return Sandbox(clock=TravellingClock(1_790_000_000), profile=profile)


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with sandbox() as one:
        yield one


@pytest.fixture(scope="module")
def haip() -> Iterator[Sandbox]:
    with sandbox(HAIP_1_0) as one:
        yield one


def party_as(edi: Sandbox, identity: Any = "x509_hash", **how: Any) -> Verifier:
    """The bicycle shop under an identity; one registration each, for a sandbox knows a record once."""
    number = 90_000_100 + IDENTITIES.index(identity) + 10 * len(how.get("also_as", ()))
    host = f"{identity.replace(':', '-').replace('_', '-')}{len(how.get('also_as', ())) or ''}.{HOST}"
    record = RECORD.model_copy(update={"identifier": f"NTRNL-{number}"})
    return edi.register(record, host=host, identity=identity, **how)


# By link ---------------------------------------------------------------------------------------------


@pytest.mark.req("V-11", "V-22", "W-15", "W-32", "V-47")
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt", "fragment"])
@pytest.mark.parametrize("passing", ["reference", "value", "unsigned"])
@pytest.mark.parametrize("identity", IDENTITIES)
def test_every_identity_in_every_mode(edi: Sandbox, identity: str, passing: str, mode: str) -> None:
    shop, frouke = party_as(edi, identity), edi.wallet("frouke")
    own_page = {"flow": "same_device", "redirect_uri": f"{shop.base_url}/terug"}
    way = own_page if mode == "fragment" else {}
    request = shop.request(response_mode=mode, passing=passing, **way)  # type: ignore[arg-type]
    if identity == "pre-registered" and mode == "fragment" and passing != "unsigned":
        with pytest.raises(Exception, match="not registered for this client"):
            frouke.open(request.uri)
        return
    outcome = frouke.open(request.uri).approve(pin=PIN, despite_warnings=True)
    if mode == "fragment":
        assert outcome.redirect_uri is not None
        result = shop.receive_fragment(request, outcome.redirect_uri.partition("#")[2])
    else:
        assert outcome.redirect_uri is None
        result = shop.result(request)
    assert result.claims("pid") == ADULT
    assert result.report.ok


@pytest.mark.req("V-26", "W-20", "ADV-171")
def test_a_party_named_by_its_host_is_answered_on_that_host(edi: Sandbox) -> None:
    shop, frouke = party_as(edi, "x509_san_dns"), edi.wallet("frouke")
    asked = shop.request(response_mode="fragment", flow="same_device", redirect_uri=BACK)
    with pytest.raises(Exception, match="another host"):
        frouke.open(asked.uri)


@pytest.mark.req("HW-02", "HV-10", "HV-11", "HV-12", "V-36")
@pytest.mark.parametrize("profile", ["haip", "edi"])
def test_the_user_comes_back_to_the_session_that_asked(profile: str, request: pytest.FixtureRequest) -> None:
    edi: Sandbox = request.getfixturevalue(profile)
    shop, frouke = party_as(edi), edi.wallet("frouke")
    asked = shop.request(flow="same_device", redirect_uri=BACK, browser_session="cookie")
    outcome = frouke.open(asked.uri).approve(pin=PIN)
    assert outcome.redirect_uri is not None
    assert outcome.redirect_uri.startswith(BACK)
    assert shop.result(asked, browser_session="cookie").status is Status.PENDING
    code = outcome.response_code
    assert shop.result(asked, response_code=code, browser_session="cookie").claims("pid") == ADULT


@pytest.mark.req("ADV-010", "ADV-013", "HV-12")
def test_a_link_that_was_passed_on_gives_its_sender_nothing(haip: Sandbox) -> None:
    """The attacker starts, and lets Frouke answer: her browser has the code, his has the session."""
    shop, frouke = party_as(haip), haip.wallet("frouke")
    asked = shop.request(flow="same_device", redirect_uri=BACK, browser_session="the attacker's")
    outcome = frouke.open(asked.uri).approve(pin=PIN)
    with pytest.raises(InvalidResponse):
        shop.result(asked, response_code=outcome.response_code, browser_session="Frouke's")
    after = shop.result(asked, browser_session="the attacker's")
    assert (after.status, after.presentations) == (Status.FAILED, ())


@pytest.mark.req("V-58", "W-26")
def test_a_refusal_brings_the_user_back_as_well(haip: Sandbox) -> None:
    shop, frouke = party_as(haip), haip.wallet("frouke")
    asked = shop.request(flow="same_device", redirect_uri=BACK)
    outcome = frouke.open(asked.uri).deny()
    result = shop.result(asked, response_code=outcome.response_code)
    assert result.status is Status.REFUSED
    with pytest.raises(RefusedByWallet) as caught:
        result.claims("pid")
    assert caught.value.code == "access_denied"


@pytest.mark.req("OIA_08d")
def test_a_qr_code_is_confirmed_by_the_page_that_shows_it(haip: Sandbox) -> None:
    shop, frouke = party_as(haip), haip.wallet("frouke")
    asked = shop.request(confirm=True, browser_session="cookie")
    frouke.open(asked.uri).approve(pin=PIN)
    assert shop.result(asked, browser_session="cookie").status is Status.AWAITING_CONFIRMATION
    assert shop.confirm(asked, browser_session="cookie").claims("pid") == ADULT


@pytest.mark.req("OIA_08d")
def test_a_photograph_of_a_one_time_code_opens_nothing() -> None:
    with sandbox(HAIP_1_0) as edi:
        shop = party_as(edi)
        once = Verifier(
            certificates=shop.certificates,
            key=shop._asking.signer.key,
            anchors=edi.anchors,
            base_url="https://eenmalig.example",
            clock=edi.clock,
            types=edi.types,
            one_time_request_uri=True,
        )
        frouke, thief = edi.wallet("frouke"), edi.wallet("yusuf")
        for wallet in (frouke, thief):
            wallet.mount("https://eenmalig.example", once.app)
        asked = once.request()
        prompt = frouke.open(asked.uri)
        with pytest.raises(TransportError) as caught:
            thief.open(asked.uri)
        assert "410" in caught.value.message
        prompt.approve(pin=PIN, despite_warnings=True)
        assert once.result(asked).claims("pid") == ADULT


@pytest.mark.req("V-55", "RPA_10")
@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_and_the_wallet_tell_the_same_purpose_before_anything_is_shared(
    haip: Sandbox, language: Any
) -> None:
    shop, frouke = party_as(haip), haip.wallet("frouke", language=language)
    asked = shop.request()
    prompt = frouke.open(asked.uri)
    assert asked.purpose == TOLD
    assert prompt.purpose == TOLD[language]
    assert TOLD[language] in str(prompt)
    assert shop.result(asked).status is Status.PENDING


@pytest.mark.req("V-19", "V-21", "W-06", "W-12")
def test_a_request_object_for_this_wallet_alone(edi: Sandbox) -> None:
    with sandbox(dataclasses.replace(HAIP_1_0, encrypted_request_objects=True)) as private:
        shop, frouke = party_as(private, request_uri_method="post"), private.wallet("frouke")
        asked = shop.request()
        frouke.open(asked.uri).approve(pin=PIN)
        assert shop.result(asked).claims("pid") == ADULT


# Through the browser -----------------------------------------------------------------------------------


@pytest.mark.req("HV-14", "HW-03", "A-10", "A-12")
@pytest.mark.parametrize("encrypted", [True, False], ids=["dc_api.jwt", "dc_api"])
@pytest.mark.parametrize("form", ["signed", "unsigned", "multisigned"])
@pytest.mark.parametrize("identity", IDENTITIES)
def test_every_identity_through_the_browser(edi: Sandbox, identity: str, form: str, encrypted: bool) -> None:
    also = ("did:jwk",) if form == "multisigned" and identity != "did:jwk" else ()
    shop, frouke = party_as(edi, identity, also_as=also), edi.wallet("frouke")
    asked = shop.dc_api_request(origins=[PAGE], form=form, encrypted=encrypted)  # type: ignore[arg-type]
    outcome = frouke.open_dc_api([asked.as_json()], origin=PAGE).approve(pin=PIN, despite_warnings=True)
    result = shop.receive_dc_api(asked, outcome.data, origin=PAGE)
    assert result.claims("pid") == ADULT
    assert result.report.ok


@pytest.mark.req("ADV-159", "A-05")
def test_what_another_page_got_is_of_no_use_to_it(edi: Sandbox) -> None:
    """Replayed by a phishing page: a signed request is refused, an unsigned one is answered to that page only."""
    shop, frouke, evil = party_as(edi), edi.wallet("frouke"), "https://bel.example.evil.example"
    signed = shop.dc_api_request(origins=[PAGE])
    with pytest.raises(Exception, match="expected_origins"):
        frouke.open_dc_api([signed.as_json()], origin=evil)
    unsigned = shop.dc_api_request(origins=[PAGE], form="unsigned")
    outcome = frouke.open_dc_api([unsigned.as_json()], origin=evil).approve(pin=PIN, despite_warnings=True)
    assert shop.receive_dc_api(unsigned, outcome.data, origin=PAGE).status is Status.FAILED


@pytest.mark.req("A-12", "A-13")
def test_stopping_in_the_browser_is_one_word(haip: Sandbox) -> None:
    shop, frouke = party_as(haip), haip.wallet("frouke")
    asked = shop.dc_api_request(origins=[PAGE])
    outcome = frouke.open_dc_api([asked.as_json()], origin=PAGE).deny()
    assert outcome.data == {"error": "access_denied"}
    assert shop.receive_dc_api(asked, outcome.data, origin=PAGE).status is Status.REFUSED


# Transactions --------------------------------------------------------------------------------------------


def payment(amount: float = 12.5, **more: Any) -> dict[str, Any]:
    return {
        "type": "urn:eudi:sca:payment:1",
        "credential_ids": ["pid"],
        "payload": {
            "transaction_id": "8D8AC610",
            "amount": amount,
            "currency": "EUR",
            "payee": {"name": "Fietsenmaker Bel", "id": "NL00BANK0123456789"},
        },
        **more,
    }


@pytest.mark.req("X-02", "X-04", "X-06", "X-07", "X-08")
@pytest.mark.parametrize("channel", ["post", "browser"])
@pytest.mark.parametrize("offered", [None, ["sha-256"], ["sha-512", "sha-384"]], ids=str)
def test_what_the_holder_read_is_what_was_authorised(haip: Sandbox, offered: Any, channel: str) -> None:
    shop, frouke = party_as(haip), haip.wallet("frouke")
    more = {"transaction_data_hashes_alg": offered} if offered else {}
    entries = [payment(**more), payment(1000, **more), payment(1000, **more)]
    if channel == "post":
        asked = shop.request(transaction_data=entries)
        prompt = frouke.open(asked.uri)
        prompt.approve(pin=PIN)
        result = shop.result(asked)
    else:
        page = shop.dc_api_request(origins=[PAGE], transaction_data=entries)
        prompt = frouke.open_dc_api([page.as_json()], origin=PAGE)
        outcome = prompt.approve(pin=PIN, despite_warnings=True)
        result = shop.receive_dc_api(page, outcome.data, origin=PAGE)
    assert [dict(one.lines)["Bedrag"] for one in prompt.consent("nl").transactions] == [
        "€ 12,50",
        "€ 1000,00",
        "€ 1000,00",
    ]
    assert result.claims("pid") == ADULT
    assert "X-08" in [check.id for check in result.report]


@pytest.mark.req("X-03")
def test_an_unknown_type_of_transaction_ends_with_its_code(haip: Sandbox) -> None:
    shop, frouke = party_as(haip), haip.wallet("frouke")
    asked = shop.request(transaction_data=[payment() | {"type": "urn:unknown:1"}])
    with pytest.raises(Exception, match="unknown here"):
        frouke.open(asked.uri)
    with pytest.raises(RefusedByWallet) as caught:
        shop.result(asked).claims("pid")
    assert caught.value.code == "invalid_transaction_data"
