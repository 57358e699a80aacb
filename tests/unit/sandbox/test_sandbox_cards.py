"""Issuers of cards in the sandbox: every ready-made card to everybody who has it, and issuers of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nlwallet import Category, RelyingPartyRecord, Sandbox, Verifier, Wallet
from nlwallet.claim_path import ClaimPath, expand, select, show_path
from nlwallet.clock import TravellingClock
from nlwallet.errors import (
    ApprovalNotPossible,
    InvalidTypeMetadata,
    IssuanceRefused,
    LocalError,
    ProviderNotRegistered,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.holder.texts import say
from nlwallet.issuer import CredentialConfiguration, Issuer, card, card_names, cards_of, persona_names
from nlwallet.profiles import NL_WALLET_0_6, TRANSITIONAL
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    Retention,
    SupervisoryAuthority,
)
from nlwallet.sdjwt import known_types

NOW = 1_790_000_000
PIN = Sandbox.PIN
ATTESTATION_PROVIDERS = (Category.PUB_EAA_PROVIDER, Category.QEAA_PROVIDER, Category.EAA_PROVIDER)
EVERY_CARD = [(name, person) for person in persona_names() for name in cards_of(person, now=NOW)]
NO_CARD = [
    (name, person)
    for person in persona_names()
    for name in card_names()
    if name not in cards_of(person, now=NOW)
]
PASS = {
    "vct": "urn:example:pass:1",
    "display": [{"locale": "nl-NL", "name": "Stadspas"}, {"locale": "en-GB", "name": "City pass"}],
    "claims": [
        {
            "path": ["number"],
            "sd": "always",
            "mandatory": True,
            "display": [
                {"locale": "nl-NL", "label": "Nummer van de pas"},
                {"locale": "en-GB", "label": "Pass number"},
            ],
        },
        {"path": ["town"], "sd": "never", "mandatory": True},
    ],
}


def configuration(**options: Any) -> CredentialConfiguration:
    return CredentialConfiguration.from_type_metadata(PASS, **options)


def passes(person: str) -> dict[str, Any] | None:
    return {"number": f"N-{person}", "town": "Leiden"} if person in ("frouke", "yusuf") else None


def record(number: int, vct: str, *claims: ClaimPath) -> RelyingPartyRecord:
    host = f"party-{number}.example"
    return RelyingPartyRecord.of(
        legal_name=f"Partij {number} B.V.",
        trade_name=f"Partij {number}",
        identifier=f"NTRNL-{90_001_000 + number}",
        services=(LocalizedText(nl="Iets regelen", en="Arrange something"),),
        website=f"https://{host}/",
        support_uri=f"https://{host}/weg",
        supervisory_authority=SupervisoryAuthority(
            name="Toezicht", country="NL", uri="https://toezicht.example"
        ),
        intended_uses=(
            IntendedUse(
                id="use",
                purpose=LocalizedText(nl="Iets voor u regelen", en="Arrange something for you"),
                privacy_policy=f"https://{host}/privacy",
                retention=Retention(days=0),
                credentials=(RegisteredCredential(types=(vct,), claims=claims),),
                query_ids=("card",),
            ),
        ),
    )


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW)) as one:
        yield one


@pytest.fixture(scope="module")
def everybody() -> Iterator[Sandbox]:
    """One sandbox for all cards: what one person does is nothing to the others."""
    with Sandbox(clock=TravellingClock(NOW)) as one:
        yield one


def mandatory(name: str) -> list[ClaimPath]:
    """What every card of this name has, each claim as a whole."""
    type_ = known_types().effective(card(name).configuration.vct)
    return [claim.path for claim in type_.claims if len(claim.path) == 1 and claim.mandatory]


def party(edi: Sandbox, name: str) -> Verifier:
    """Somebody who asks all that."""
    number, vct = card_names().index(name), card(name).configuration.vct
    return edi.register(record(number, vct, *mandatory(name)), host=f"party-{number}.example")


# The ready-made cards -----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "person"), EVERY_CARD)
def test_every_card_is_issued_received_and_shown(name: str, person: str, everybody: Sandbox) -> None:
    wallet = everybody.wallet(person, cards=(name,))
    (held,) = wallet.cards
    claims = card(name).claims(person, now=NOW)
    assert held.type == card(name).configuration.vct
    assert held.issuer == card(name).organization
    assert {key: held.claims[key] for key in claims} == claims
    assert held.candidate.disclosable == {
        at for path in card(name).configuration.disclosable for at in expand(claims, path)
    }
    assert wallet.check_cards() == ()  # its status list says that it is good

    relying_party = party(everybody, name)
    request = relying_party.request()
    prompt = wallet.open(request.uri)
    prompt.approve(pin=PIN, despite_warnings=True)
    shown = relying_party.result(request).claims("card")
    asked = {path[0] for path in mandatory(name)}
    assert shown == {key: value for key, value in claims.items() if key in asked}


@pytest.mark.parametrize(("name", "person"), NO_CARD)
def test_who_does_not_have_a_card_gets_none(name: str, person: str, everybody: Sandbox) -> None:
    with pytest.raises(LocalError) as caught:
        everybody.wallet(person, cards=(name,))
    expected = {"pid": ("incomplete_brp", "foreign_address")}.get(name, ("no_such_card",))
    assert caught.value.code in expected
    issuer = everybody.issuer(name)
    with pytest.raises(LocalError) as caught:
        issuer.offer_to(person, card(name).configuration.id)
    assert caught.value.code == "no_such_card"


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", card_names())
def test_the_prompts_use_the_words_of_the_type(name: str, language: Any, everybody: Sandbox) -> None:
    """Whatever is on a card, and whatever is asked of it, has a label in the language of the holder."""
    type_ = known_types().effective(card(name).configuration.vct)
    wallet = everybody.empty_wallet(language=language)
    offer = everybody.issuer(name).offer_to("frouke", card(name).configuration.id)
    opened = wallet.open_offer(offer.uri)
    assert [one.name for one in opened.offer().cards] == [type_.label(language)]
    received = opened.fetch()
    (shown,) = received.content().cards
    labels = {claim.label(language) for claim in type_.claims}
    for line in shown.lines:
        if line.label != "attestation_qualification":
            assert line.label in labels
            assert line.value
    received.keep(pin=PIN)
    consent = wallet.open(party(everybody, name).request().uri).consent()
    assert consent.cards[0].name == type_.label(language)
    for claim in consent.cards[0].claims:
        if claim.path != ("attestation_qualification",):
            assert claim.label == type_.claim(claim.path).label(language)  # type: ignore[union-attr]
            assert claim.label != show_path(claim.path)


def test_a_wallet_with_several_cards(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke", cards=("pid", "diploma", "library-card"))
    assert [one.type for one in wallet.cards] == [
        "urn:eudi:pid:nl:1",
        "urn:nlwallet:diploma:1",
        "urn:nlwallet:library-card:1",
    ]
    assert len(edi.wallet("Yusuf", cards=card_names()).cards) == len(card_names())
    assert edi.wallet("frouke", cards=()).cards == ()
    with pytest.raises(LocalError, match="no ready-made card"):
        edi.wallet("frouke", cards=("passport",))


def test_a_ready_made_issuer_is_the_same_one_each_time(edi: Sandbox) -> None:
    assert edi.issuer("diploma") is edi.issuer("diploma")
    assert edi.issuer("pid") is edi.pid_issuer
    assert edi.issuer("diploma").credential_issuer == "https://diplomas.example"
    with pytest.raises(LocalError, match="no ready-made card"):
        edi.issuer("passport")


def test_a_relying_party_asks_one_thing_of_a_diploma(edi: Sandbox) -> None:
    vct = "urn:nlwallet:diploma:1"
    wallet = edi.wallet("frouke", cards=("pid", "diploma"), language="en")
    employer = edi.register(record(90, vct, ("programme",), ("cum_laude",)), host="party-90.example")
    request = employer.request()
    prompt = wallet.open(request.uri)
    (shared,) = prompt.consent().cards
    assert [(claim.label, claim.value) for claim in shared.claims if not claim.always] == [
        ("Programme", "Economie"),
        ("With distinction (cum laude)", "yes"),
    ]
    assert [claim.label for claim in prompt.consent("nl").cards[0].claims][:2] == ["Opleiding", "Cum laude"]
    prompt.approve(pin=PIN)
    assert employer.result(request).claims("card") == {"programme": "Economie", "cum_laude": True}


def test_who_has_no_diploma_cannot_show_one(edi: Sandbox) -> None:
    wallet = edi.wallet("jip")
    employer = edi.register(record(90, "urn:nlwallet:diploma:1", ("programme",)), host="party-90.example")
    prompt = wallet.open(employer.request().uri)
    assert any("Diploma" in line for line in prompt.consent().missing)
    with pytest.raises(ApprovalNotPossible):
        prompt.approve(pin=PIN)


def test_claims_inside_a_card_are_shown_one_by_one(edi: Sandbox) -> None:
    """Only the category of the licence, and not since when; only the town of the home."""
    wallet = edi.wallet("yusuf", cards=("driving-licence", "rental-contract"))
    for number, vct, path, values in (
        (
            91,
            "urn:nlwallet:driving-licence:1",
            ("driving_privileges", None, "vehicle_category_code"),
            ["AM", "B", "BE"],
        ),
        (92, "urn:nlwallet:rental-contract:1", ("rental_object", "locality"), ["Nijmegen"]),
    ):
        party = edi.register(record(number, vct, path), host=f"party-{number}.example")
        request = party.request()
        wallet.open(request.uri).approve(pin=PIN)
        claims = party.result(request).claims("card")
        assert select(claims, path) == values
        assert "2012-05-07" not in repr(claims)
        assert "Kanaalpad" not in repr(claims)


def test_what_stands_inside_a_claim_is_told_in_the_order_of_the_type(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    received = wallet.open_offer(edi.issuer("driving-licence").offer_to("yusuf").uri).fetch()
    told = (
        "Categorie: AM; Sinds: 20 februari 2006; Tot en met: 20 februari 2036; "
        "Categorie: B; Sinds: 20 februari 2006; Tot en met: 20 februari 2036; "
        "Categorie: BE; Sinds: 7 mei 2012; Tot en met: 20 februari 2036"
    )
    assert {line.label: line.value for line in received.content().cards[0].lines}["Wat u mag rijden"] == told
    received.keep(pin=PIN)
    vct = "urn:nlwallet:driving-licence:1"
    for number, path in ((94, ("driving_privileges",)), (95, ("driving_privileges", None))):
        party = edi.register(record(number, vct, path), host=f"party-{number}.example")
        assert wallet.open(party.request().uri).consent().cards[0].claims[0].value == told


def test_what_a_driving_licence_keeps_back_at_an_age_check_is_told(edi: Sandbox) -> None:
    wallet = edi.wallet("noor", cards=("driving-licence",), language="en")
    party = edi.register(
        record(96, "urn:nlwallet:driving-licence:1", ("age_over_18",)), host="party-96.example"
    )
    told = wallet.open(party.request().uri).consent().not_shared
    assert {say("en", f"notable.{kept}") for kept in ("name", "birthdate", "picture")} == set(told)


# Trust by category --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", card_names())
def test_an_issuer_is_below_the_authority_of_its_category(name: str, edi: Sandbox) -> None:
    edi.wallet("frouke", cards=(name,))
    (held,) = edi.wallet("frouke", cards=(name,)).cards
    chain = held.credential.chain
    assert chain is not None
    for category in (
        Category.PID_PROVIDER,
        Category.PUB_EAA_PROVIDER,
        Category.QEAA_PROVIDER,
        Category.EAA_PROVIDER,
    ):
        above = [one for one in edi.anchors.of(category) if one.subject_key_id in chain.authority_key_ids]
        assert len(above) == (category is card(name).category)


def false_issuer(edi: Sandbox, name: str, category: Category) -> Issuer:
    """An issuer that is trusted, but not for this card."""
    one = card(name)
    return edi.issuer(
        f"false-{name}.example",
        configurations=[one.configuration],
        attributes=lambda person: one.attributes(person, NOW),
        category=category,
    )


def gullible_wallet(edi: Sandbox) -> Wallet:
    """One that takes a card of whoever its holder wants it of, whatever the register says."""
    return Wallet(
        anchors=edi.anchors,
        http=edi.client(),
        clock=edi.clock,
        profile=TRANSITIONAL,
        answers_by=edi.profile,
        types=edi.types,
        pin=PIN,
    )


WRONG_CATEGORY = [("pid", Category.PUB_EAA_PROVIDER), ("pid", Category.QEAA_PROVIDER)] + [
    (name, Category.PID_PROVIDER) for name in card_names() if name != "pid"
]


@pytest.mark.parametrize(("name", "category"), WRONG_CATEGORY)
def test_a_wallet_takes_no_card_from_who_may_not_issue_it(
    name: str, category: Category, edi: Sandbox
) -> None:
    """By its registration it asks nothing of that issuer; nor does one that only warns keep what comes."""
    false = false_issuer(edi, name, category)
    wallet, warned = edi.empty_wallet(), gullible_wallet(edi)
    with pytest.raises(ProviderNotRegistered):
        wallet.receive(false.offer_to("frouke").uri)
    assert false.issued == ()
    with pytest.raises(UntrustedCertificate):
        warned.receive(false.offer_to("frouke").uri)
    assert wallet.cards == warned.cards == ()


@pytest.mark.req("ADV-073")
@pytest.mark.parametrize(("name", "category"), WRONG_CATEGORY)
def test_a_relying_party_takes_no_card_from_who_may_not_issue_it(
    name: str, category: Category, edi: Sandbox
) -> None:
    relying_party, false, trusted = party(edi, name), false_issuer(edi, name, category), edi.anchors
    for everything in (*ATTESTATION_PROVIDERS, Category.PID_PROVIDER, Category.PID_STATUS):
        edi.anchors = edi.anchors.adding(everything, *trusted.of(category))
    gullible = gullible_wallet(edi)
    gullible.receive(false.offer_to("frouke").uri)
    request = relying_party.request()
    with pytest.raises(RemoteError):
        gullible.open(request.uri).approve(pin=PIN, despite_warnings=True)
    rejected = relying_party.result(request)
    assert rejected.presentations == ()
    with pytest.raises(UntrustedCertificate):
        rejected.claims("card")


def test_not_everybody_issues_credentials(edi: Sandbox) -> None:
    with pytest.raises(LocalError, match="issues no credentials") as caught:
        edi.issuer("wrong.example", configurations=[configuration()], category=Category.ACCESS_CA)
    assert "eaa_provider" in caught.value.hint


# An issuer of one's own ---------------------------------------------------------------------------


@pytest.fixture
def town(edi: Sandbox) -> Issuer:
    return edi.issuer(
        "town.example",
        configurations=[configuration(batch_size=3)],
        attributes=passes,
        organization="Gemeente Test",
    )


def test_a_wallet_receives_and_shows_a_card_of_ones_own(edi: Sandbox, town: Issuer) -> None:
    wallet = edi.wallet("frouke", cards=("pid", town))
    held = wallet.cards[1]
    assert (held.name("nl"), held.name("en"), held.issuer) == ("Stadspas", "City pass", "Gemeente Test")
    assert len(held.copies) == 3
    party = edi.register(record(93, PASS["vct"], ("number",)), host="party-93.example")
    request = party.request()
    prompt = wallet.open(request.uri)
    labels = [claim.label for claim in prompt.consent().cards[0].claims]
    assert labels[0] == "Nummer van de pas"
    assert "town" in labels  # has no label; stands in the clear, and is told
    prompt.approve(pin=PIN)
    assert party.result(request).claims("card")["number"] == "N-frouke"


def test_wallets_and_relying_parties_from_before_learn_the_type_or_do_without(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke")
    party = edi.register(record(93, PASS["vct"], ("number",)), host="party-93.example")
    town = edi.issuer("town.example", configurations=[configuration()], attributes=passes)
    (held,) = wallet.receive(town.offer_to("frouke").uri)
    assert held.name("nl") == "Stadspas"
    request = party.request()
    prompt = wallet.open(request.uri)
    assert prompt.consent().cards[0].claims[0].label == "Nummer van de pas"
    prompt.approve(pin=PIN)
    result = party.result(request)
    assert result.claims("card") == {"number": "N-frouke"}
    (metadata,) = [made for made in result.report.checks if made.id == "C-21"]
    assert "no metadata of this type" in metadata.reason


def test_personas_log_in_at_the_page(edi: Sandbox, town: Issuer) -> None:
    wallet = edi.empty_wallet()
    (held,) = wallet.receive(town.invite(configuration().id).uri, browser=edi.browser("yusuf"))
    assert held.claims["number"] == "N-yusuf"


@pytest.mark.parametrize("person", ["jip", "nobody"])
def test_who_has_no_such_card_is_sent_back_without(person: str, edi: Sandbox, town: Issuer) -> None:
    wallet = edi.empty_wallet()
    with pytest.raises(IssuanceRefused) as caught:
        wallet.receive(town.invite(configuration().id).uri, browser=edi.browser(person))
    assert caught.value.code == "access_denied"
    assert wallet.cards == ()
    assert len(town.issued) == 0


def test_who_cannot_have_a_pid_is_sent_back_from_its_page(edi: Sandbox) -> None:
    with pytest.raises(IssuanceRefused) as caught:
        edi.empty_wallet().receive(edi.pid_issuer.invite("nl-pid").uri, browser=edi.browser("eline"))
    assert caught.value.code == "access_denied"


def test_who_loses_a_card_cannot_renew_it(edi: Sandbox) -> None:
    known = {"frouke": {"number": "1", "town": "Leiden"}}
    town = edi.issuer("town.example", configurations=[configuration()], attributes=known.get)
    wallet = edi.empty_wallet()
    (held,) = wallet.receive(town.invite(configuration().id).uri, browser=edi.browser("frouke"))
    known["frouke"] = {"number": "2", "town": "Leiden"}
    (renewed,) = wallet.renew(held.id).keep(pin=PIN)
    assert renewed.claims["number"] == "2"
    del known["frouke"]
    with pytest.raises(IssuanceRefused) as caught:
        wallet.renew(renewed.id)
    assert caught.value.code == "invalid_grant"
    assert wallet.cards == (renewed,)


def test_a_policy_logs_in_without_a_page(edi: Sandbox) -> None:
    town = edi.issuer(
        "town.example", configurations=[configuration()], attributes=passes, login=lambda _: "frouke"
    )
    (held,) = edi.empty_wallet().receive(
        town.invite(configuration().id).uri, browser=edi.browser("whoever comes")
    )
    assert held.claims["number"] == "N-frouke"


def test_an_issuer_without_people_offers_what_it_is_told(edi: Sandbox) -> None:
    town = edi.issuer("town.example", configurations=[configuration()])
    (held,) = edi.empty_wallet().receive(town.offer(PASS["vct"], {"number": "7", "town": "Delft"}).uri)
    assert held.claims["number"] == "7"
    with pytest.raises(LocalError, match="no authorization code grant"):
        town.invite(PASS["vct"])


@pytest.mark.parametrize("profile", [None, NL_WALLET_0_6])
def test_what_it_issued_can_be_revoked(profile: Any) -> None:
    options = {"profile": profile} if profile else {}
    with Sandbox(clock=TravellingClock(NOW), **options) as edi:
        town = edi.issuer("town.example", configurations=[configuration()], attributes=passes)
        wallet = edi.empty_wallet()
        offer = town.offer_to("frouke")
        wallet.receive(offer.uri)
        (credential_id,) = offer.credential_ids
        town.status_lists.revoke(credential_id)
        assert isinstance(edi.clock, TravellingClock)
        edi.clock.travel(town.status_lists.ttl)
        (changed,) = wallet.check_cards()
        assert changed.status == "revoked"


def test_a_host_has_one_issuer(edi: Sandbox, town: Issuer) -> None:
    for host in ("town.example", "pid-issuer.example", "registrar.example"):
        with pytest.raises(LocalError, match="already"):
            edi.issuer(host, configurations=[configuration()])


def test_an_issuer_is_found_again_by_its_host(edi: Sandbox, town: Issuer) -> None:
    assert edi.issuer("town.example") is town
    assert [one.type for one in edi.wallet("yusuf", cards=("town.example",)).cards] == [PASS["vct"]]
    for call, text in (
        (lambda: edi.issuer("village.example"), "no issuer at village.example"),
        (lambda: edi.wallet("yusuf", cards=("village.example",)), "no ready-made card"),
        (lambda: edi.issuer("village.example", attributes=passes), "has configurations"),
        (lambda: edi.issuer("diploma", login=lambda _: "frouke"), "has configurations"),
    ):
        with pytest.raises(LocalError, match=text):
            call()


def test_a_type_has_one_document(edi: Sandbox, town: Issuer) -> None:
    other = CredentialConfiguration.from_type_metadata({**PASS, "name": "another"})
    with pytest.raises(InvalidTypeMetadata, match="two documents"):
        edi.issuer("other.example", configurations=[other])
    another = edi.issuer("another.example", configurations=[configuration()], attributes=passes)
    assert edi.empty_wallet().receive(another.offer_to("yusuf").uri)
