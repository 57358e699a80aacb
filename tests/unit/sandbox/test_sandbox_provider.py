"""Issuers are registered for what they issue, show it, and a wallet looks before it asks one for anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from nlwallet import Issuer, Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateChain, PrivateKey, Subject, parse_jws
from nlwallet.errors import LocalError, ProviderNotRegistered, RemoteError, WarningsNotAcknowledged
from nlwallet.holder import LogOutcome, what_went_wrong
from nlwallet.issuer import (
    CredentialConfiguration,
    IssuedOffer,
    MetadataSigner,
    card,
    card_names,
    persona,
    pid_claims,
    pid_configuration,
)
from nlwallet.profiles import HAIP_1_0, STRICT, TRANSITIONAL, Profile
from nlwallet.registration import (
    DOUBTFUL,
    PROVIDER_ENTITLEMENTS,
    CredentialType,
    Entitlement,
    RelyingPartyCertificates,
    RelyingPartyRecord,
    service_of,
    verify_wrprc,
)
from nlwallet.sandbox.provider_registration import provider_record
from nlwallet.trust import Category

NOW = 1_790_000_000
PIN = Sandbox.PIN
HOST = "school.example"
URL = f"https://{HOST}"
PASS, NL_PID = "urn:example:school-pass:1", "urn:eudi:pid:nl:1"
DOCUMENT: dict[str, Any] = {
    "vct": PASS,
    "display": [{"locale": "nl-NL", "name": "Schoolpas"}, {"locale": "en-GB", "name": "School pass"}],
    "claims": [{"path": ["number"], "sd": "always"}],
}


def sandbox(profile: Profile) -> Sandbox:
    return Sandbox(clock=TravellingClock(NOW), profile=profile, record_wire=True)


@pytest.fixture
def strict() -> Iterator[Sandbox]:
    with sandbox(STRICT) as edi:
        yield edi


@pytest.fixture
def transitional() -> Iterator[Sandbox]:
    with sandbox(TRANSITIONAL) as edi:
        yield edi


@pytest.fixture
def ordinary() -> Iterator[Sandbox]:
    with sandbox(HAIP_1_0) as edi:
        yield edi


def lenient(edi: Sandbox) -> Wallet:
    """A wallet by the default profile that was told to take cards of issuers that show no registration."""
    return Wallet(
        anchors=edi.anchors,
        http=edi.client(),
        clock=edi.clock,
        types=edi.types,
        insecure_unregistered_issuers=True,
    )


def school_pass(**options: Any) -> CredentialConfiguration:
    return CredentialConfiguration.from_type_metadata(DOCUMENT, **options)


def metadata_of(edi: Sandbox, url: str) -> dict[str, Any]:
    reply = edi._hosting.client().get(
        f"{url}/.well-known/openid-credential-issuer", accept="application/jwt", what="it"
    )
    return parse_jws(
        reply.body.decode(), typ={"openidvci-issuer-metadata+jwt"}, algorithms={"ES256"}, what="it"
    ).claims(what="it")


# Registered ---------------------------------------------------------------------------------------


def test_every_card_there_is_comes_under_strict(strict: Sandbox) -> None:
    for name in card_names():
        (one,) = strict.wallet("frouke", cards=(name,)).cards
        assert one.type


@pytest.mark.req("RPRC_22", "RPRC_14")
@pytest.mark.parametrize("name", ["pid", "diploma"])
def test_the_registration_is_in_the_metadata_by_value_and_of_the_same_service(
    strict: Sandbox, name: str
) -> None:
    issuer = strict.issuer(name)
    reply = strict._hosting.client().get(
        f"{issuer.credential_issuer}/.well-known/openid-credential-issuer",
        accept="application/jwt",
        what="it",
    )
    signed = parse_jws(
        reply.body.decode(), typ={"openidvci-issuer-metadata+jwt"}, algorithms={"ES256"}, what="it"
    )
    (entry,) = signed.claims(what="it")["issuer_info"]
    assert entry.keys() == {"format", "data"}
    assert entry["format"] == "registration_cert"
    certificate = verify_wrprc(
        entry["data"],
        anchors=(strict.registrar.registration_anchor,),
        now=NOW,
        algorithms={"ES256"},
        entitlements=PROVIDER_ENTITLEMENTS,
    )
    leaf = CertificateChain.from_x5c(signed.header["x5c"], pointer="/header/x5c").leaf
    assert (certificate.identifier, certificate.service_id) == (leaf.subject.identifier, service_of(leaf))
    issued = {(one.format, one.vct) for one in issuer.configurations}
    assert issued == {(one.format, type_) for one in certificate.provides_attestations for type_ in one.types}


@pytest.mark.parametrize(
    ("category", "entitlement", "party_type", "nl"),
    [
        (Category.PUB_EAA_PROVIDER, "PUB_EAA_Provider", "PubEEAProvider", "voor de overheid"),
        (Category.QEAA_PROVIDER, "QEAA_Provider", "QEAAProvider", "telt zo zwaar"),
        (Category.EAA_PROVIDER, "Non_Q_EAA_Provider", "NonQEAAProvider", "geen kaart van de overheid"),
    ],
)
def test_the_holder_reads_what_the_issuer_is_and_the_log_knows_it(
    strict: Sandbox, category: Category, entitlement: str, party_type: str, nl: str
) -> None:
    issuer = strict.issuer(HOST, configurations=[school_pass()], category=category, organization="De School")
    wallet = strict.empty_wallet()
    prompt = wallet.open_offer(issuer.offer(PASS, {"number": "7"}).uri)
    offer = prompt.offer("nl")
    assert (offer.entitlement, offer.warnings, offer.reasons, offer.verified) == (entitlement, (), (), True)
    assert offer.registered_as.startswith("In het register staat dat De School")
    assert nl in offer.registered_as
    assert offer.registered_as in prompt.html("nl")
    assert offer.registered_as.split()[-1] in str(prompt)
    assert prompt.offer("en").registered_as.startswith("The register says that De School")
    assert prompt.as_dict()["entitlement"] == entitlement
    prompt.fetch().keep(pin=PIN)
    (entry,) = wallet.log
    assert entry.party.entitlement == entitlement
    assert entry.party.registrar == "Test Registration Certificate Provider"
    assert entry.party.registry.startswith("https://registrar.example/")
    (exported,) = json.loads(wallet.export_log())["TransactionLog"]
    assert exported["interactingPartyType"] == party_type
    assert exported["registrarURL"] == entry.party.registry


def test_the_pid_issuer_is_one(strict: Sandbox) -> None:
    wallet = strict.wallet("frouke")
    (entry,) = wallet.log
    assert entry.party.entitlement == "PID_Provider"
    (exported,) = json.loads(wallet.export_log())["TransactionLog"]
    assert exported["interactingPartyType"] == "PIDProvider"


def test_two_issuers_of_one_organisation_are_both_registered(strict: Sandbox) -> None:
    other = {**DOCUMENT, "vct": "urn:example:bus-pass:1"}
    first = strict.issuer(HOST, configurations=[school_pass()], organization="De School")
    second = strict.issuer(
        "bus.example",
        configurations=[CredentialConfiguration.from_type_metadata(other)],
        organization="De School",
    )
    wallet = strict.empty_wallet()
    wallet.receive(first.offer(PASS, {"number": "7"}).uri)
    wallet.receive(second.offer("urn:example:bus-pass:1", {"number": "7"}).uri)
    assert len({entry.party.service_id + entry.party.registry for entry in wallet.log}) == 2


def test_who_registered_nothing_to_issue_cannot_sign_as_a_provider(strict: Sandbox) -> None:
    bar = strict.relying_party("cafe-de-vrije-val")
    with pytest.raises(LocalError, match="issues nothing"):
        MetadataSigner.of_provider(PrivateKey.generate(), bar.certificates)


# Not registered -----------------------------------------------------------------------------------


class Rogue:
    """An issuer whose cards everybody would take, with a registration of its own choice."""

    def __init__(
        self,
        edi: Sandbox,
        *,
        entitlement: Entitlement = "Non_Q_EAA_Provider",
        provides: tuple[str, ...] = (PASS,),
        configuration: CredentialConfiguration | None = None,
        wrprc: str | None = None,
        signs: bool = True,
        category: Category = Category.EAA_PROVIDER,
    ) -> None:
        self.edi = edi
        self.configuration = configuration or school_pass()
        record = provider_record(URL, "De School", category, [self.configuration], registrar=edi.registrar)
        self.record: RelyingPartyRecord = RelyingPartyRecord.of(
            **{
                **record.model_dump(),
                "entitlements": (entitlement,),
                "services": (
                    {
                        **record.services[0].model_dump(),
                        "provides_attestations": (CredentialType(types=provides),),
                    },
                ),
            }
        )
        access_key = PrivateKey.generate()
        self.certificates: RelyingPartyCertificates = edi.registrar.register(
            self.record, access_key.public, dns_names=(HOST,)
        )
        signer = MetadataSigner.of_provider(access_key, self.certificates)
        if wrprc is not None:
            signer = replace(signer, registration_certificate=wrprc or None)
        key = PrivateKey.generate()
        subject = Subject("De School", country="NL", organization="De School")
        self.issuer = Issuer(
            key=key,
            chain=edi._authorities.of(category).issue(key.public, subject, now=NOW, san_uris=(URL,)),
            credential_issuer=URL,
            configurations=[self.configuration],
            clock=edi.clock,
            types=edi.types,
            metadata_signer=signer if signs else None,
        )
        edi._serve(HOST, self.issuer.app)

    def offer(self) -> IssuedOffer:
        claims = (
            pid_claims(persona("frouke"), now=NOW) if "pid" in self.configuration.vct else {"number": "7"}
        )
        return self.issuer.offer(self.configuration.id, claims)


def rogue(edi: Sandbox, case: str) -> Rogue:
    if case == "no registration":
        return Rogue(edi, wrprc="")
    if case == "unsigned":
        return Rogue(edi, signs=False)
    if case == "of another":
        other = metadata_of(edi, "https://pid-issuer.example")["issuer_info"][0]["data"]
        return Rogue(edi, wrprc=other)
    if case == "another type":
        return Rogue(edi, provides=("urn:example:bus-pass:1",))
    assert case == "a PID"
    return Rogue(edi, provides=(NL_PID,), configuration=pid_configuration(), category=Category.PID_PROVIDER)


CASES = {
    "no registration": "not_registered",
    "unsigned": "no_access_certificate",
    "of another": "not_bound_to_provider",
    "another type": "attestation_type_not_registered",
    "a PID": "wrong_entitlement",
}


@pytest.mark.req("RPRC_22a", "RPRC_22b", "RPRC_23")
@pytest.mark.parametrize("by_default", [True, False], ids=["haip-1.0", "strict"])
@pytest.mark.parametrize("case", CASES)
def test_nothing_is_asked_of_an_issuer_that_is_not_registered_for_it(
    request: pytest.FixtureRequest, case: str, *, by_default: bool
) -> None:
    strict: Sandbox = request.getfixturevalue("ordinary" if by_default else "strict")
    one = rogue(strict, case)
    offer = one.offer()
    wallet = strict.empty_wallet()
    assert strict.wire is not None
    strict.wire.take()
    with pytest.raises(ProviderNotRegistered) as refused:
        wallet.open_offer(offer.uri)
    assert refused.value.code == CASES[case]
    # What was fetched is public; no token, and no credential, was asked for.
    asked = [exchange for exchange in strict.wire.take() if exchange.to == HOST]
    assert {exchange.method for exchange in asked} == {"GET"}
    assert all("/.well-known/" in exchange.target for exchange in asked)
    (entry,) = wallet.log
    assert (entry.kind, entry.outcome, entry.reason) == ("issuance", LogOutcome.FAILED, CASES[case])
    assert entry.party.entitlement == ""
    texts = [what_went_wrong(refused.value, language) for language in ("nl", "en")]  # type: ignore[arg-type]
    assert texts[0].startswith("Uw wallet haalt deze kaart niet op. ")
    assert texts[1].startswith("Your wallet does not get this card. ")
    assert one.issuer.issued == ()


@pytest.mark.parametrize("case", CASES)
def test_before_the_duty_begins_the_holder_is_warned_and_decides(case: str) -> None:
    with sandbox(TRANSITIONAL) as edi:
        one = rogue(edi, case)
        wallet = edi.empty_wallet()
        prompt = wallet.open_offer(one.offer().uri)
        offer = prompt.offer("nl")
        assert offer.reasons == (CASES[case],)
        assert (offer.registered_as, offer.entitlement) == ("", "")
        for text in (*offer.warnings, "Let op"):
            assert text in prompt.html("nl")
            assert " ".join(text.split()) in " ".join(str(prompt).split())
        doubtful = case not in ("no registration", "unsigned")
        assert bool(offer.confirm) is doubtful
        assert ('name="confirm"' in prompt.html("nl")) is doubtful
        if doubtful:
            with pytest.raises(WarningsNotAcknowledged):
                prompt.fetch()
            assert one.issuer.issued == ()
        prompt.fetch(despite_warnings=doubtful).keep(pin=PIN)
        (entry,) = wallet.log
        assert (entry.outcome, entry.party.entitlement) == (LogOutcome.RECEIVED, "")


@pytest.mark.req("RPRC_22a", "RPRC_22b", "RPRC_23")
@pytest.mark.parametrize("case", CASES)
def test_a_wallet_that_may_take_unregistered_issuers_takes_no_other(ordinary: Sandbox, case: str) -> None:
    one = rogue(ordinary, case)
    wallet = lenient(ordinary)
    if CASES[case] in DOUBTFUL:
        with pytest.raises(ProviderNotRegistered) as refused:
            wallet.receive(one.offer().uri)
        assert refused.value.code == CASES[case]
        assert one.issuer.issued == ()
    else:
        prompt = wallet.open_offer(one.offer().uri)
        assert (prompt.offer().reasons, prompt.offer().confirm) == ((CASES[case],), "")
        assert prompt.fetch().keep()


def test_the_form_of_a_doubtful_offer_wants_its_box_ticked(transitional: Sandbox) -> None:
    prompt = transitional.empty_wallet().open_offer(rogue(transitional, "another type").offer().uri)
    for unticked in ([], [("confirm", "True")]):
        with pytest.raises(WarningsNotAcknowledged):
            prompt.answer_form([("decision", "fetch"), *unticked])
    received = prompt.answer_form([("decision", "fetch"), ("confirm", "provider")])
    assert received is not None
    received.discard()


def test_what_a_foreign_issuer_is_the_log_does_not_claim_to_know(transitional: Sandbox) -> None:
    wallet = transitional.empty_wallet()
    wallet.receive(rogue(transitional, "unsigned").offer().uri)
    (exported,) = json.loads(wallet.export_log())["TransactionLog"]
    assert "entitlement" not in exported["nlwallet"]
    assert "registrar" not in exported["nlwallet"]
    assert exported["interactingPartyType"] == "NonQEAAProvider"


# Registered no more -------------------------------------------------------------------------------


def by_code(edi: Sandbox) -> Wallet:
    wallet = edi.empty_wallet()
    wallet.receive(edi.pid_issuer.invite("nl-pid").uri, browser=edi.browser("frouke"))
    return wallet


@pytest.mark.req("RPRC_22a")
@pytest.mark.parametrize("profile", [STRICT, TRANSITIONAL], ids=lambda one: one.name)
def test_an_issuer_that_left_the_register_gives_no_card_and_renews_none(profile: Profile) -> None:
    """A revoked access certificate ends it in every profile, as it ends a request."""
    with sandbox(profile) as edi:
        wallet = by_code(edi)
        (old,) = wallet.cards
        edi.clock.travel(3600)  # type: ignore[attr-defined]
        edi.registrar.cancel("NTRNL-90000099", reason="stopped")
        issued = len(edi.pid_issuer.issued)
        with pytest.raises(ProviderNotRegistered) as refused:
            wallet.renew(old.id)
        assert refused.value.code == "revoked"
        offer = edi.pid_issuer.offer("nl-pid", pid_claims(persona("frouke"), now=edi.clock.now()))
        with pytest.raises(ProviderNotRegistered):
            wallet.open_offer(offer.uri)
        assert len(edi.pid_issuer.issued) == issued
        assert wallet.cards == (old,)


@pytest.mark.parametrize("profile", [STRICT, TRANSITIONAL], ids=lambda one: one.name)
def test_where_the_register_cannot_be_reached_only_strict_stops(profile: Profile) -> None:
    with sandbox(profile) as edi:
        wallet = edi.empty_wallet()

        async def broken(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        offer = edi.issuer("diploma").offer("diploma", card("diploma").claims("frouke", now=NOW))
        edi.anchors.refresh()  # whom to trust was read before
        edi._hosting.serve("registrar.example", broken)
        if profile is STRICT:
            with pytest.raises(ProviderNotRegistered) as refused:
                wallet.open_offer(offer.uri)
            assert refused.value.code == "revocation_status_unknown"
        else:
            assert wallet.open_offer(offer.uri).offer().reasons == ("revocation_status_unknown",)


def signing_with(edi: Sandbox, issuer: Issuer, signer: MetadataSigner) -> None:
    """Let an issuer sign its metadata with other certificates from now on."""
    issuer._metadata_signer = signer
    issuer.__dict__.pop("_endpoints")
    issuer.__dict__.pop("app")
    edi._serve(urlsplit(issuer.credential_issuer).hostname or "", issuer.app)


def registered_for_another_type(edi: Sandbox, issuer: Issuer, identifier: str, host: str) -> None:
    """The registration of an issuer ends, and a new one is for something else."""
    access_key = PrivateKey.generate()
    record = edi.registrar.record(identifier)
    assert record is not None
    less = record.services[0].model_copy(
        update={"provides_attestations": (CredentialType(types=("urn:eudi:pid:other:1",)),)}
    )
    edi.registrar.cancel(identifier)
    certificates = edi.registrar.register(
        record.model_copy(update={"services": (less,)}), access_key.public, dns_names=(host,)
    )
    signing_with(edi, issuer, MetadataSigner.of_provider(access_key, certificates))


@pytest.mark.req("RPRC_23")
def test_a_renewal_of_what_the_issuer_may_issue_no_more_is_not_asked_for(transitional: Sandbox) -> None:
    """Nobody is asked at a renewal, so nobody can say that it is all right, whatever the profile."""
    edi = transitional
    wallet = by_code(edi)
    (old,) = wallet.cards
    registered_for_another_type(edi, edi.pid_issuer, "NTRNL-90000099", "pid-issuer.example")
    issued = len(edi.pid_issuer.issued)
    with pytest.raises(ProviderNotRegistered) as refused:
        wallet.renew(old.id)
    assert refused.value.code == "attestation_type_not_registered"
    assert len(edi.pid_issuer.issued) == issued
    assert wallet.log[-1].kind == "reissuance"


def test_a_renewal_is_told_and_logged_as_the_first_time(strict: Sandbox) -> None:
    wallet = by_code(strict)
    wallet.renew(wallet.cards[0].id).keep(pin=PIN)
    first, second = wallet.log
    assert (first.kind, second.kind) == ("issuance", "reissuance")
    assert first.party == second.party


# Two services -------------------------------------------------------------------------------------


@pytest.mark.req("RPRC_14", "RPRC_23")
def test_each_service_supply_point_shows_the_registration_of_its_own_service(strict: Sandbox) -> None:
    """One school with two services: each has an address of its own, and may issue what is registered of it."""
    types = {"pupils": PASS, "travel": "urn:example:bus-pass:1"}
    texts = ({"nl": "Passen", "en": "Passes"},)
    record = RelyingPartyRecord.of(
        legal_name="De School", trade_name="De School", identifier="NTRNL-90000123", website=f"{URL}/",
        support_uri=f"{URL}/help", supervisory_authority={"name": "T", "country": "NL", "email": "t@t.example"},
        entitlements=("Non_Q_EAA_Provider",),
        services=tuple(
            {"id": id_, "trade_name": f"School {id_}", "descriptions": texts,
             "provides_attestations": ({"types": [type_]},)}
            for id_, type_ in types.items()
        ),
    )  # fmt: skip
    key, access_key = PrivateKey.generate(), PrivateKey.generate()
    certificates = strict.registrar.register(record, access_key.public, dns_names=(HOST,))
    configurations = [
        CredentialConfiguration.from_type_metadata({**DOCUMENT, "vct": type_}) for type_ in types.values()
    ]
    subject = Subject("De School", country="NL", organization="De School")
    for id_, type_ in types.items():
        url = f"https://{id_}.example"
        issuer = Issuer(
            key=key,
            chain=strict._authorities.of(Category.EAA_PROVIDER).issue(
                key.public, subject, now=NOW, san_uris=(url,)
            ),
            credential_issuer=url,
            configurations=configurations,
            clock=strict.clock,
            types=strict.types,
            metadata_signer=MetadataSigner.of_provider(access_key, certificates.for_service(id_)),
        )
        strict._serve(f"{id_}.example", issuer.app)
        shown = verify_wrprc(
            metadata_of(strict, url)["issuer_info"][0]["data"],
            anchors=(strict.registrar.registration_anchor,),
            now=NOW,
            algorithms={"ES256"},
            entitlements=PROVIDER_ENTITLEMENTS,
        )
        assert shown.service_id == id_
        wallet = strict.empty_wallet()
        wallet.receive(issuer.offer(type_, {"number": "7"}).uri)
        (entry,) = wallet.log
        assert (entry.party.service_id, entry.party.service_name) == (id_, f"School {id_}")
        (other,) = set(types.values()) - {type_}
        with pytest.raises(ProviderNotRegistered) as refused:
            wallet.receive(issuer.offer(other, {"number": "7"}).uri)
        assert refused.value.code == "attestation_type_not_registered"


# Promised -----------------------------------------------------------------------------------------


class Promising:
    """A school that decides on each pass; a wallet that was promised one, and the time to ask for it has come."""

    def __init__(self, edi: Sandbox) -> None:
        self.edi = edi
        self.issuer = edi.issuer(HOST, configurations=[school_pass(deferred=True)], organization="De School")
        self.wallet = edi.empty_wallet()
        assert self.wallet.receive(self.issuer.offer(PASS, {"number": "7"}).uri) == ()
        self.issuer.waiting[0].approve()
        self.identifier = self.wallet.promised[0].session.chain.leaf.subject.identifier  # type: ignore[union-attr]
        self.later()

    def later(self) -> None:
        edi_clock: Any = self.edi.clock
        edi_clock.travel(max(0, self.wallet.promised[0].ask_at - edi_clock.now()) + 400)

    def asked(self) -> list[str]:
        """What the issuer was asked by the wallet since the last time, beside what it says of itself."""
        assert self.edi.wire is not None
        exchanges = [one for one in self.edi.wire.take() if one.to == HOST]
        return [one.target for one in exchanges if "/.well-known/" not in one.target]


@pytest.mark.req("RPRC_22a")
@pytest.mark.parametrize("profile", [HAIP_1_0, STRICT, TRANSITIONAL], ids=lambda one: one.name)
def test_a_promised_card_is_not_asked_for_of_an_issuer_that_was_suspended(profile: Profile) -> None:
    """It was registered when it promised the card; once it is again, the card comes."""
    with sandbox(profile) as edi:
        given = Promising(edi)
        edi.registrar.suspend(given.identifier, reason="looked into")
        given.asked()
        with pytest.raises(ProviderNotRegistered) as refused:
            given.wallet.collect()
        assert refused.value.code == "revoked"
        assert (given.asked(), given.issuer.issued, given.wallet.cards) == ([], (), ())
        assert (given.wallet.log[-1].outcome, given.wallet.log[-1].reason) == (LogOutcome.FAILED, "revoked")
        assert len(given.wallet.promised) == 1

        edi.registrar.resume(given.identifier)
        access_key = PrivateKey.generate()
        certificates = edi.registrar.certify(given.identifier, access_key.public, dns_names=(HOST,))
        signing_with(edi, given.issuer, MetadataSigner.of_provider(access_key, certificates))
        given.later()
        (card_,) = given.wallet.collect()
        assert (card_.type, given.wallet.promised) == (PASS, ())


@pytest.mark.req("RPRC_22a")
def test_a_promised_card_is_not_asked_for_where_the_access_authority_left_the_list(ordinary: Sandbox) -> None:
    given = Promising(ordinary)
    ordinary.registrar.cancel_access_authority()
    edi_clock: Any = ordinary.clock
    edi_clock.travel(3600)
    given.asked()
    with pytest.raises(RemoteError):
        given.wallet.collect()
    assert (given.asked(), given.issuer.issued, len(given.wallet.promised)) == ([], (), 1)


@pytest.mark.req("RPRC_23")
@pytest.mark.parametrize("profile", [HAIP_1_0, TRANSITIONAL], ids=lambda one: one.name)
def test_a_promised_card_of_a_type_that_is_registered_no_more_is_not_asked_for(profile: Profile) -> None:
    with sandbox(profile) as edi:
        given = Promising(edi)
        registered_for_another_type(edi, given.issuer, given.identifier, HOST)
        given.asked()
        with pytest.raises(ProviderNotRegistered) as refused:
            given.wallet.collect()
        assert refused.value.code == "attestation_type_not_registered"
        assert (given.asked(), given.issuer.issued, len(given.wallet.promised)) == ([], (), 1)


def test_a_promise_that_was_wanted_despite_the_doubt_is_kept(transitional: Sandbox) -> None:
    one = Rogue(transitional, provides=("urn:example:bus-pass:1",), configuration=school_pass(deferred=True))
    wallet = transitional.empty_wallet()
    wallet.open_offer(one.offer().uri).fetch(despite_warnings=True).keep()
    assert [promise.doubted for promise in wallet.promised] == [True]
    one.issuer.waiting[0].approve()
    transitional.clock.travel(wallet.promised[0].ask_at - NOW)  # type: ignore[attr-defined]
    assert len(wallet.collect()) == 1
