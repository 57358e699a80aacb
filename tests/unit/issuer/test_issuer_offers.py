"""Offers as their issuer makes them: several credentials, both grants, every scheme, and what becomes of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.errors import IssuanceRefused, LocalError, TransportError
from nlwallet.issuer import IssuableCredential, IssuedOffer, OfferStatus, persona, pid_claims
from nlwallet.openid4vci import OFFER_SCHEMES, PRE_AUTHORIZED_CODE, CredentialOffer, details_parameter

NOW = 1_790_000_000


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW)) as one:
        yield one


def claims(person: str) -> dict[str, Any]:
    return pid_claims(persona(person), now=NOW)


def travel(edi: Sandbox, seconds: int) -> None:
    assert isinstance(edi.clock, TravellingClock)
    edi.clock.travel(seconds)


def two(edi: Sandbox, **more: Any) -> IssuedOffer:
    """Two cards of one configuration, with ids of their issuer's own."""
    return edi.pid_issuer.offer_several(
        IssuableCredential("nl-pid", claims("frouke"), "first"),
        IssuableCredential("nl-pid", claims("liv"), "second"),
        **more,
    )


# Several in one offer -----------------------------------------------------------------------------


@pytest.mark.req("I-10")
def test_two_cards_of_one_kind_come_by_one_offer(edi: Sandbox) -> None:
    made = two(edi)
    assert made.offer.credential_configuration_ids == ("nl-pid",)  # unique, although there are two
    assert (made.credential_ids, made.credential_id) == (("first", "second"), None)
    wallet = edi.empty_wallet()
    cards = wallet.receive(made.uri)
    assert [card.claims["bsn"] for card in cards] == [claims("frouke")["bsn"], claims("liv")["bsn"]]
    assert len({copy.key.public for card in cards for copy in card.copies.all}) == 20
    assert [batch.credential_id for batch in edi.pid_issuer.issued] == ["first", "second"]
    edi.pid_issuer.status_lists.revoke("second")
    travel(edi, edi.pid_issuer.status_lists.ttl)
    assert [card.id for card in wallet.check_cards()] == [cards[1].id]


def test_cards_of_several_kinds_come_by_one_offer(desk: Any) -> None:
    other = replace(desk.issuer.configuration("nl-pid"), id="nl-pid-2", scope="nl-pid-2")
    issuer = desk.another(configurations=[desk.issuer.configuration("nl-pid"), other])
    made = issuer.offer_several(
        IssuableCredential("nl-pid", desk.claims), IssuableCredential("nl-pid-2", desk.claims)
    )
    assert made.offer.credential_configuration_ids == ("nl-pid", "nl-pid-2")
    assert len(set(made.credential_ids)) == 2


@pytest.fixture
def offered_two_kinds(desk: Any) -> Any:
    desk.issuer = desk.another(
        configurations=[
            desk.issuer.configuration("nl-pid"),
            replace(desk.issuer.configuration("nl-pid"), id="nl-pid-2", scope="nl-pid-2"),
        ]
    )
    desk.http = type(desk.http)(desk.issuer)
    made = desk.issuer.offer_several(
        IssuableCredential("nl-pid", desk.claims), IssuableCredential("nl-pid-2", desk.claims)
    )
    return desk, made.offer.pre_authorized_code


def test_a_wallet_that_does_not_choose_gets_a_token_for_all(offered_two_kinds: Any) -> None:
    desk, code = offered_two_kinds
    token = desk.token(code).json()
    assert "authorization_details" not in token  # each kind is named well enough by its configuration
    for id_ in ("nl-pid", "nl-pid-2"):
        body = {**desk.request(), "credential_configuration_id": id_}
        assert desk.credential(body, token["access_token"]).status_code == 200


def test_a_wallet_that_chooses_gets_a_token_for_its_choice(offered_two_kinds: Any) -> None:
    desk, code = offered_two_kinds
    token = desk.token(code, authorization_details=details_parameter(["nl-pid-2"])).json()
    (detail,) = token["authorization_details"]
    assert detail["credential_configuration_id"] == "nl-pid-2"
    (identifier,) = detail["credential_identifiers"]
    body = {"credential_identifier": identifier, "proofs": {"jwt": [desk.proof()]}}
    assert desk.credential(body, token["access_token"]).status_code == 200


@pytest.mark.req("AS-02")
def test_of_two_cards_of_one_kind_a_wallet_says_which_it_wants(offered_two_kinds: Any) -> None:
    """The configuration names neither of them, so that the identifiers come unasked, and must be used."""
    desk, _ = offered_two_kinds
    made = desk.issuer.offer_several(
        IssuableCredential("nl-pid", desk.claims), IssuableCredential("nl-pid", desk.claims)
    )
    token = desk.token(made.offer.pre_authorized_code).json()
    (detail,) = token["authorization_details"]
    body = {**desk.request(), "credential_configuration_id": "nl-pid"}
    reply = desk.credential(body, token["access_token"])
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_credential_request")
    for identifier in detail["credential_identifiers"]:
        asked = {"credential_identifier": identifier, "proofs": {"jwt": [desk.proof()]}}
        assert desk.credential(asked, token["access_token"]).status_code == 200


def test_nothing_is_offered_that_could_not_be_issued(edi: Sandbox) -> None:
    good = IssuableCredential("nl-pid", claims("frouke"))
    with pytest.raises(LocalError, match="names what is offered"):
        edi.pid_issuer.offer_several()
    with pytest.raises(LocalError, match="no credential configuration"):
        edi.pid_issuer.offer_several(good, IssuableCredential("nl-pi", claims("frouke")))
    with pytest.raises(LocalError) as caught:
        edi.pid_issuer.offer_several(good, IssuableCredential("nl-pid", {"given_name": "Frouke"}))
    assert caught.value.code == "invalid_claims"
    with pytest.raises(LocalError, match="one credential_id"):
        edi.pid_issuer.offer_several(replace(good, credential_id="x"), replace(good, credential_id="x"))


def test_what_was_revoked_is_not_offered_again_under_its_name(edi: Sandbox) -> None:
    edi.empty_wallet().receive(two(edi).uri)
    edi.pid_issuer.status_lists.revoke("second")
    with pytest.raises(LocalError) as caught:
        two(edi)
    assert caught.value.code == "credential_not_valid"


# Both grants --------------------------------------------------------------------------------------


def test_an_offer_with_both_grants_is_good_for_either(edi: Sandbox) -> None:
    made = edi.pid_issuer.offer_several(IssuableCredential("nl-pid", claims("frouke")), or_page=True)
    grants = made.offer.as_json()["grants"]
    assert set(grants) == {"authorization_code", PRE_AUTHORIZED_CODE}
    assert edi.empty_wallet().receive(made.uri)[0].claims["bsn"] == claims("frouke")["bsn"]
    by_page = replace(made.offer, pre_authorized_code=None)
    (card,) = edi.empty_wallet().receive(by_page.uri(), browser=edi.browser("liv"))
    assert card.claims["bsn"] == claims("liv")["bsn"]


def test_without_a_page_there_is_no_second_grant(desk: Any) -> None:
    with pytest.raises(LocalError, match="no authorization code grant"):
        desk.issuer.offer_several(IssuableCredential("nl-pid", desk.claims), or_page=True)


# Links and QR codes -------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", OFFER_SCHEMES)
def test_every_scheme_has_a_link_and_a_code(edi: Sandbox, scheme: str) -> None:
    made = edi.pid_issuer.offer("nl-pid", claims("frouke"))
    assert made.link(scheme).startswith(f"{scheme}://?credential_offer_uri=https")
    assert CredentialOffer.parse(made.offer.uri(scheme)) == made.offer
    # The code is drawn of exactly this text: another scheme gives another picture.
    assert made.qr_svg(scheme).startswith("<svg")
    assert made.qr_png(scheme).startswith(b"\x89PNG")
    others = [other for other in OFFER_SCHEMES if other != scheme]
    assert all(made.qr(scheme) != made.qr(other) for other in others)
    assert edi.empty_wallet().receive(made.link(scheme))


# What becomes of it -------------------------------------------------------------------------------


def test_the_issuer_sees_how_an_offer_stands(edi: Sandbox) -> None:
    issuer, made = edi.pid_issuer, two(edi)
    prompt = edi.empty_wallet().open_offer(made.link())
    assert issuer.offer_status(made) is OfferStatus.WAITING
    prompt.fetch()
    assert issuer.offer_status(made) is OfferStatus.ISSUED
    travel(edi, 10_000)
    assert issuer.offer_status(made) is OfferStatus.ISSUED


def test_a_code_that_was_used_for_nothing_is_taken(desk: Any) -> None:
    made = desk.offer()
    assert desk.token(made.offer.pre_authorized_code).status_code == 200
    assert desk.issuer.offer_status(made) is OfferStatus.TAKEN
    assert desk.issuer.withdraw(made) is False
    assert desk.issuer.offer_status(made) is OfferStatus.TAKEN


@pytest.mark.req("I-11")
def test_an_offer_ends_after_ten_minutes(edi: Sandbox) -> None:
    made = two(edi)
    travel(edi, 599)
    assert edi.pid_issuer.offer_status(made) is OfferStatus.WAITING
    travel(edi, 1)
    assert edi.pid_issuer.offer_status(made) is OfferStatus.EXPIRED
    assert edi.pid_issuer.withdraw(made) is False
    with pytest.raises(IssuanceRefused) as caught:
        edi.empty_wallet().receive(made.uri)
    assert caught.value.code == "invalid_grant"


def test_a_withdrawn_offer_is_good_for_nothing(edi: Sandbox) -> None:
    made = two(edi)
    assert edi.pid_issuer.withdraw(made) is True
    assert edi.pid_issuer.offer_status(made) is OfferStatus.WITHDRAWN
    with pytest.raises(IssuanceRefused) as caught:
        edi.empty_wallet().receive(made.uri)
    assert caught.value.code == "invalid_grant"
    with pytest.raises(TransportError, match="404"):
        edi.empty_wallet().open_offer(made.link())
    assert edi.pid_issuer.issued == ()


def test_an_invitation_that_is_withdrawn_cannot_be_fetched(edi: Sandbox) -> None:
    made = edi.pid_issuer.invite("nl-pid")
    assert edi.pid_issuer.offer_status(made) is OfferStatus.WAITING
    assert edi.pid_issuer.withdraw(made) is True
    assert edi.pid_issuer.offer_status(made) is OfferStatus.WITHDRAWN
    with pytest.raises(TransportError, match="404"):
        edi.empty_wallet().open_offer(made.link())


def test_of_a_wallet_and_a_withdrawal_one_wins(desk: Any) -> None:
    for _ in range(8):
        made = desk.offer()
        barrier, seen = threading.Barrier(2), {}

        def withdraw(made: Any = made, barrier: Any = barrier, seen: Any = seen) -> None:
            barrier.wait()
            seen["withdrawn"] = desk.issuer.withdraw(made)

        def redeem(made: Any = made, barrier: Any = barrier, seen: Any = seen) -> None:
            barrier.wait()
            seen["redeemed"] = desk.token(made.offer.pre_authorized_code).status_code == 200

        threads = [threading.Thread(target=one) for one in (withdraw, redeem)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen["withdrawn"] is not seen["redeemed"]
