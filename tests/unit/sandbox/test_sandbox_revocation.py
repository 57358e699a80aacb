"""What is revoked, by whom, and how everybody notices (ARF topic 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import InvalidStatus, LocalError, RemoteError
from nlwallet.holder import CardWatch
from nlwallet.issuer import IssuableCredential, persona, pid_claims, pid_configuration
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox import pilot
from nlwallet.status import (
    IDENTIFIER_LIST_MEDIA_TYPE,
    IdentifierReference,
    Status,
    StatusReference,
    StatusSigner,
    sign_identifier_list,
    verify_status_list_jwt,
)
from nlwallet.trust import Category
from nlwallet.verifier import Verifier

NOW = 1_790_000_000
DAY = 86_400
PIN = Sandbox.PIN
PID = "urn:eudi:pid:nl:1"
ADULT = [PID, "age_over_18"]


@pytest.fixture
def clock() -> TravellingClock:
    return TravellingClock(NOW)


@pytest.fixture
def edi(clock: TravellingClock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock) as sandbox:
        yield sandbox


def claims(**changes: Any) -> dict[str, Any]:
    return {**pid_claims(persona("frouke"), now=NOW), **changes}


def named(edi: Sandbox, credential_id: str = "frouke") -> Wallet:
    """A wallet with a PID that its provider knows by a name."""
    wallet = edi.empty_wallet()
    offer = edi.pid_issuer.offer_several(IssuableCredential("nl-pid", claims(), credential_id))
    wallet.receive(offer.uri)
    return wallet


def login(edi: Sandbox, wallet: Wallet, bar: Verifier | None = None) -> Any:
    """What the café gets; from a wallet that has not looked its card up since."""
    bar = bar or edi.relying_party("cafe-de-vrije-val")
    request = bar.request()
    try:
        wallet.open(request.uri).approve(pin=PIN, despite_warnings=True)
    except RemoteError:
        assert bar.result(request).error is not None
    return bar.result(request)


# How it is told -----------------------------------------------------------------------------------


@pytest.mark.req("VCR_11a", "VCR_18")
def test_a_card_points_to_one_of_very_many_entries_of_a_status_list(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke")
    (card,) = wallet.cards
    reference = StatusReference.parse(card.credential.status)
    lists = edi.pid_issuer.status_lists
    token = lists.token(1)
    assert token is not None
    signer = StatusSigner(edi.anchors.of(Category.PID_STATUS))
    told = verify_status_list_jwt(token.body.decode(), uri=reference.uri, signer=signer, now=NOW)
    assert told.statuses[reference.entry] == Status.VALID
    # One card was issued; whoever fetches the list could be after any of a million.
    assert len(told.statuses) >= 1_000_000
    registrations = verify_status_list_jwt(
        edi.registrar.status_list_token(),
        uri=edi.registrar.status_list_uri,
        signer=StatusSigner(edi.anchors.of(Category.REGISTRATION_STATUS)),
        now=NOW,
    )
    assert len(registrations.statuses) >= 65_536


@pytest.mark.req("VCR_01", "VCR_01b")
@pytest.mark.parametrize("form", ["dc+sd-jwt", "mso_mdoc"])
@pytest.mark.parametrize("qualification", ["QEAA", "PuB-EAA"])
def test_what_cannot_be_revoked_lasts_a_day(form: str, qualification: str) -> None:
    pid = replace(pid_configuration(), format=form)
    attestation = replace(pid, vct="urn:example:card:1", attestation_qualification=qualification)
    for one in (pid, attestation):
        with pytest.raises(LocalError, match="can be revoked"):
            replace(one, revocable=False, lifetime_days=2)
        assert replace(one, revocable=False, lifetime_days=1).lifetime_days == 1
        assert replace(one, lifetime_days=2).revocable
    assert not replace(attestation, attestation_qualification="EAA", revocable=False).revocable


@pytest.mark.req("VCR_01", "VCR_01b")
def test_a_provider_is_held_to_that_by_its_category_too(edi: Sandbox) -> None:
    lasting = replace(edi.issuer("library-card").configurations[0], revocable=False)
    for category in (Category.PUB_EAA_PROVIDER, Category.QEAA_PROVIDER):
        with pytest.raises(LocalError, match="lasts longer than a day"):
            edi.issuer("town.example", configurations=[lasting], category=category)
    edi.issuer("club.example", configurations=[lasting], category=Category.EAA_PROVIDER)


@pytest.mark.req("VCR_01", "VCR_01b")
@pytest.mark.parametrize("configuration", ["nl-pid", "nl-pid-mdoc"])
def test_a_pid_in_either_format_names_a_status_list(edi: Sandbox, configuration: str) -> None:
    wallet = edi.empty_wallet()
    wallet.receive(edi.pid_issuer.offer(configuration, claims()).uri)
    (card,) = wallet.cards
    assert card.expires_at is not None
    assert card.expires_at - NOW > DAY
    for copy in card.copies.all:
        assert StatusReference.parse(copy.credential.status).uri == edi.pid_issuer.status_lists.uri(1)


# Mdocs by their identifier ------------------------------------------------------------------------


@pytest.mark.req("VCR_10", "VCR_11", "VCR_12")
@pytest.mark.parametrize("mechanism", ["status_list", "identifier_list"])
def test_an_mdoc_that_was_revoked_either_way_is_noticed_by_wallet_and_relying_party(
    clock: TravellingClock, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(clock=clock, profile=OPENID4VP_1_0) as edi:
        lists = edi.pid_issuer.status_lists
        revoked: list[bytes] = []
        issued: list[IdentifierReference] = []
        uri = "https://identifiers.example/1"

        def entries(_: str, count: int, **__: Any) -> tuple[IdentifierReference, ...]:
            made = tuple(IdentifierReference(bytes([n + 1]) * 16, uri) for n in range(count))
            issued.extend(made)
            return made

        def served(_: Any) -> Response:
            now = clock.now()
            listed = sign_identifier_list(
                revoked, uri=uri, key=lists._key, chain=lists._chain, now=now, expires_at=now + 600, ttl=300
            )
            return Response(listed, media_type=IDENTIFIER_LIST_MEDIA_TYPE)

        edi._hosting.serve("identifiers.example", Starlette(routes=[Route("/1", served)]))
        if mechanism == "identifier_list":
            monkeypatch.setattr(lists, "allocate_batch", entries)
        wallet = edi.empty_wallet()
        offer = edi.pid_issuer.offer("nl-pid-mdoc", claims())
        wallet.receive(offer.uri)
        (card,) = wallet.cards
        assert set(card.credential.status or {}) == {mechanism}
        bar = edi.register(asking_for_mdoc(), host="cafe.example")
        assert login(edi, wallet, bar).error is None
        assert wallet.check_cards() == ()

        if mechanism == "identifier_list":
            revoked.extend(one.id for one in issued)
        else:
            assert offer.credential_id is not None
            lists.revoke(offer.credential_id)
        clock.travel(300)
        refused = login(edi, wallet, bar)
        assert refused.presentations == ()
        assert isinstance(refused.error, InvalidStatus)
        assert [one.status for one in wallet.check_cards()] == ["revoked"]


def asking_for_mdoc() -> RelyingPartyRecord:
    record = pilot("cafe-de-vrije-val").record
    use = record.intended_uses[0].model_dump()
    use["credentials"] = ({"format": "mso_mdoc", "types": [PID], "claims": [ADULT]},)
    use["query_ids"] = ()
    return RelyingPartyRecord.of(**{**record.model_dump(), "intended_uses": (use,)})


# Who revokes, and when ----------------------------------------------------------------------------


@pytest.mark.req("VCR_03")
def test_nobody_but_its_provider_revokes_a_card(edi: Sandbox, clock: TravellingClock) -> None:
    wallet = named(edi)
    lists, http = edi.pid_issuer.status_lists, edi._hosting.client()
    for path in ("/revoke/", "/status/1", "/status-aggregation", "/batch/"):
        reply = http.post_json(f"{lists.base_url}{path}", ["frouke"], accept="application/json", what="it")
        assert reply.status in (404, 405)
    assert lists.status_of("frouke") is Status.VALID
    # Another provider of this sandbox signs a list in its place.
    diploma = edi.issuer("diploma").status_lists
    own = lists._key, lists._chain
    lists._key, lists._chain = diploma._key, diploma._chain
    lists.revoke("frouke")
    clock.travel(300)
    assert wallet.check_cards() == ()
    lists._key, lists._chain = own
    clock.travel(300)
    assert [card.status for card in wallet.check_cards()] == ["revoked"]


@pytest.mark.req("VCR_06", "VCR_07a")
@pytest.mark.parametrize("why", ["its key was copied", "its user asked"])
def test_a_pid_is_revoked_by_the_name_that_its_provider_knows_it_by(
    edi: Sandbox, clock: TravellingClock, why: str
) -> None:
    """Every copy of it, and no other card; a relying party and the wallet itself notice."""
    wallet, other = named(edi), named(edi, "other")
    edi.pid_issuer.status_lists.revoke("frouke")
    clock.travel(300)
    assert isinstance(login(edi, wallet).error, InvalidStatus)
    assert login(edi, other).claims("pid") == {"age_over_18": True}
    assert [card.status for card in wallet.check_cards()] == ["revoked"]
    assert other.check_cards() == ()
    references = edi.pid_issuer.status_lists.references_of("frouke")
    held = [StatusReference.parse(copy.credential.status) for copy in wallet.cards[0].copies.all]
    assert set(held) == set(references)


@pytest.mark.req("VCR_07b")
@pytest.mark.parametrize("name", ["diploma", "driving-licence", "library-card"])
def test_an_attestation_is_revoked_when_its_user_asks(
    edi: Sandbox, clock: TravellingClock, name: str
) -> None:
    wallet = edi.wallet("frouke", cards=(name,))
    lists = edi.issuer(name).status_lists
    (credential_id,) = lists.credentials()
    lists.revoke(credential_id)
    clock.travel(300)
    assert [card.status for card in wallet.check_cards()] == ["revoked"]


@pytest.mark.req("VCR_09")
def test_a_card_whose_attributes_changed_is_taken_back_and_offered_anew(
    edi: Sandbox, clock: TravellingClock
) -> None:
    wallet = named(edi)
    offer = edi.pid_issuer.replace("frouke", claims(family_name="De Vries"))
    assert edi.pid_issuer.status_lists.status_of("frouke") is Status.INVALID
    clock.travel(300)
    assert [card.status for card in wallet.check_cards()] == ["revoked"]
    wallet.receive(offer.uri)
    assert wallet.pid["family_name"] == "De Vries"
    assert [card.status for card in wallet.cards] == ["revoked", "valid"]


@pytest.mark.req("VCR_09")
def test_a_card_that_ends_within_a_day_is_not_taken_back(edi: Sandbox, clock: TravellingClock) -> None:
    named(edi)
    lasts = edi.pid_issuer.configuration("nl-pid").lifetime_days * DAY
    clock.travel(lasts - DAY + 1)
    edi.pid_issuer.replace("frouke", claims(family_name="De Vries"))
    assert edi.pid_issuer.status_lists.status_of("frouke") is Status.VALID


def test_nothing_is_taken_back_for_attributes_that_cannot_be_issued(edi: Sandbox) -> None:
    named(edi)
    with pytest.raises(LocalError):
        edi.pid_issuer.replace("frouke", {"shoe_size": 43})
    assert edi.pid_issuer.status_lists.status_of("frouke") is Status.VALID
    with pytest.raises(LocalError, match="no credential of that id"):
        edi.pid_issuer.replace("somebody", claims())


# What the holder hears ----------------------------------------------------------------------------


@pytest.mark.req("VCR_19")
def test_a_wallet_looks_after_its_cards_once_a_day_and_tells_its_holder(
    edi: Sandbox, clock: TravellingClock
) -> None:
    wallet = named(edi)
    watch = CardWatch(wallet, clock)
    assert watch.tick() == ()
    lists = edi.pid_issuer.status_lists
    lists.suspend("frouke")
    clock.travel(DAY - 1)
    assert watch.tick() == ()  # it is not time yet
    clock.travel(1)
    (notice,) = watch.tick()
    assert (notice.card_id, notice.status) == (wallet.cards[0].id, "suspended")
    assert "tijdelijk stopgezet" in notice.text
    assert wallet.cards[0].name("nl") in notice.text
    assert watch.tick() == ()
    lists.restore("frouke")
    clock.travel(DAY)
    assert ["telt weer" in one.text for one in watch.tick()] == [True]
    lists.revoke("frouke")
    clock.travel(DAY)
    assert ["ingetrokken" in one.text for one in watch.tick()] == [True]
    clock.travel(DAY)
    assert watch.tick() == ()


@pytest.mark.req("VCR_19")
def test_the_holder_hears_it_in_her_language(edi: Sandbox, clock: TravellingClock) -> None:
    wallet = edi.empty_wallet(language="en")
    offer = edi.pid_issuer.offer("nl-pid", claims())
    wallet.receive(offer.uri)
    assert offer.credential_id is not None
    edi.pid_issuer.status_lists.revoke(offer.credential_id)
    clock.travel(300)
    (notice,) = CardWatch(wallet, clock).tick()
    assert "was withdrawn by whoever issued it" in notice.text


def test_a_list_that_a_stranger_signed_tells_the_holder_nothing(edi: Sandbox, clock: TravellingClock) -> None:
    wallet = named(edi)
    lists = edi.pid_issuer.status_lists
    stranger, key = CertificateAuthority.create("Stranger", now=NOW), PrivateKey.generate()
    lists._key, lists._chain = key, stranger.issue(key.public, Subject("Stranger"), now=NOW)
    lists.revoke("frouke")
    clock.travel(DAY)
    assert CardWatch(wallet, clock).tick() == ()
