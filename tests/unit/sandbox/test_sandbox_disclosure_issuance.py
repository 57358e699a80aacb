"""A PID goes in, a rental contract comes out; and whoever tries to get another one's does not."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nlwallet import Sandbox, Wallet
from nlwallet.crypto import PrivateKey, PublicKey
from nlwallet.errors import (
    InvalidIssuableDocument,
    InvalidKeyBinding,
    InvalidResponse,
    IssuanceRefused,
    LocalError,
    RefusedByWallet,
    TransportError,
)
from nlwallet.holder import LogOutcome
from nlwallet.holder.copies import CardCopy, Copies
from nlwallet.holder.session import Outcome
from nlwallet.openid4vci import CredentialOffer
from nlwallet.sandbox import DisclosureBasedIssuance, IssuableDocument, IssuanceStatus
from nlwallet.sandbox.disclosure_based_issuance import MAX_RUNS, _Run, _Runs
from nlwallet.verifier import PresentationRequest, PresentationResult

PIN = Sandbox.PIN
NOW = 1_790_000_000
RENTAL_CONTRACT = "urn:nlwallet:rental-contract:1"
HOST = "verhuur.goede-huizen.example"


def present(wallet: Wallet, link: str) -> Outcome:
    return wallet.open(link).approve(pin=PIN)


def status(issuance: DisclosureBasedIssuance, request: PresentationRequest) -> IssuanceStatus:
    return issuance.state(request).status


# The honest way -----------------------------------------------------------------------------------


def test_a_pid_goes_in_and_a_rental_contract_comes_out(landlord: Any) -> None:
    issuance, frouke = landlord.issuance(), landlord.wallet()
    request = issuance.request()
    assert request.qr()
    assert request.purpose == {"nl": "Uw huurcontract opzoeken", "en": "Look up your rental contract"}

    prompt = frouke.open(request.uri)
    assert (prompt.warnings, prompt.missing) == ((), ())
    assert status(issuance, request) is IssuanceStatus.WAITING
    assert landlord.asked == []
    outcome = prompt.approve(pin=PIN)
    (asked,) = landlord.asked
    assert [set(one.claims) for one in asked.presentations] == [{"family_name", "given_name", "birthdate"}]
    state = issuance.state(request)
    assert (state.status, len(state.document_ids), state.error) == (IssuanceStatus.OFFERED, 1, None)

    assert outcome.offer == outcome.redirect_uri
    assert outcome.told("nl") == "U kunt nu een of meer kaarten ophalen."
    received = frouke.open_offer(outcome.offer or "").fetch()
    (contract,) = received.keep(pin=PIN)
    assert contract.type == RENTAL_CONTRACT
    assert contract.claims["rental_object"]["street_address"] == frouke.pid["address"]["street_address"]
    assert issuance.state(request).status is IssuanceStatus.ISSUED
    assert [(entry.kind, entry.outcome) for entry in frouke.log[-2:]] == [
        ("presentation", LogOutcome.SHARED),
        ("issuance", LogOutcome.RECEIVED),
    ]

    # Its id is what the landlord revokes it by.
    landlord.issuer.status_lists.revoke(*state.document_ids)
    landlord.clock.travel(landlord.issuer.status_lists.ttl)
    assert [card.status for card in frouke.check_cards()] == ["revoked"]


@pytest.mark.req("I-09", "I-10")
def test_the_answer_to_the_presentation_is_the_offer(landlord: Any) -> None:
    issuance, frouke = landlord.issuance(), landlord.wallet()
    present(frouke, issuance.request().uri)
    (answer,) = landlord.answers()
    assert (answer["status"], answer["response_type"]) == (200, "application/json")
    members = json.loads(answer["response_body"])
    assert set(members) == {"redirect_uri"}
    parts = urlsplit(members["redirect_uri"])
    assert (parts.scheme, parts.netloc, parts.path) == ("openid-credential-offer", "", "")
    fields = parse_qs(parts.query)
    assert set(fields) == {"credential_offer"}
    offer = json.loads(fields["credential_offer"][0])
    assert offer["credential_issuer"] == landlord.issuer.credential_issuer
    assert offer["credential_configuration_ids"] == ["rental-contract"]
    (grant,) = offer["grants"].values()
    assert set(grant) == {"pre-authorized_code"}


def test_one_presentation_may_lead_to_several_cards_of_a_kind(landlord: Any) -> None:
    issuance, cor = landlord.issuance(), landlord.wallet("cor")
    landlord.contracts[landlord.key_of(cor.pid)] = ("cor", "frouke")
    request = issuance.request()
    outcome = present(cor, request.uri)
    cards = cor.receive(outcome.offer or "")
    assert [card.claims["monthly_rent"] for card in cards] == ["541.20", "812.40"]
    state = issuance.state(request)
    assert (state.status, len(state.document_ids)) == (IssuanceStatus.ISSUED, 2)


def test_a_link_that_does_not_expire_serves_everybody(landlord: Any) -> None:
    issuance = landlord.issuance()
    link = issuance.link
    assert "/request/huurcontract" in parse_qs(urlsplit(link).query)["request_uri"][0]
    for name, rent in (("frouke", "812.40"), ("cor", "541.20")):
        wallet = landlord.wallet(name)
        outcome = present(wallet, link)
        (contract,) = wallet.receive(outcome.offer or "")
        assert contract.claims["monthly_rent"] == rent
        landlord.clock.travel(86_400)
    assert [state.status for state in issuance.states().values()][-1:] == [IssuanceStatus.ISSUED]


def test_links_that_are_open_already_leave_room_for_others_later(
    landlord: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuance = landlord.issuance()
    monkeypatch.setattr(issuance.verifier.endpoints.store, "_max_sessions", 1)
    landlord.wallet().open(issuance.link)
    with pytest.raises(TransportError, match="503"):
        landlord.wallet().open(issuance.link)
    landlord.clock.travel(3600)
    assert landlord.wallet().open(issuance.link)


def test_other_requests_of_the_same_party_go_through_as_they_are(landlord: Any) -> None:
    issuance, frouke = landlord.issuance(), landlord.wallet()
    request = issuance.verifier.request()
    outcome = present(frouke, request.uri)
    assert (outcome.redirect_uri, outcome.offer, outcome.told("en")) == (None, None, "")
    (presentation,) = issuance.verifier.result(request).presentations
    assert presentation.claims["family_name"] == frouke.pid["family_name"]
    assert landlord.asked == []
    with pytest.raises(LocalError, match="no run"):
        issuance.state(request)


# Nothing to issue ---------------------------------------------------------------------------------


def test_who_has_no_contract_hears_that_there_is_no_card(landlord: Any) -> None:
    issuance, liv = landlord.issuance(), landlord.wallet("liv")
    request = issuance.request()
    outcome = present(liv, request.uri)
    assert (outcome.nothing_to_issue, outcome.offer) == (True, None)
    assert outcome.told("nl") == "Uw gegevens zijn gedeeld, maar er is geen kaart voor u."
    assert outcome.told("en") == "Your details were shared, but there is no card for you."
    # It was shared, and the wallet knows it.
    assert liv.log[-1].outcome is LogOutcome.SHARED
    (answer,) = landlord.answers()
    assert answer["status"] == 404
    assert json.loads(answer["response_body"])["error"] == "no_issuable_attestations"
    state = issuance.state(request)
    assert (state.status, state.error and state.error.code) == (
        IssuanceStatus.FAILED,
        "no_issuable_attestations",
    )


@pytest.mark.parametrize("denied", [True, False])
def test_nothing_to_issue_is_no_answer_to_a_refusal(denied: bool, landlord: Any) -> None:
    issuance = landlord.issuance()

    async def says_no(scope: Any, receive: Any, send: Any) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": 404,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": b'{"error": "no_issuable_attestations"}'})

    frouke = landlord.wallet()
    prompt = frouke.open(issuance.request().uri)
    frouke.mount(f"https://{HOST}", says_no)
    if denied:
        with pytest.raises(TransportError):
            prompt.deny()
    else:
        assert prompt.approve(pin=PIN).nothing_to_issue


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"error": "invalid_request"}', b"application/json"),
        (b'["no_issuable_attestations"]', b"application/json"),
        (b'{"error": "no_issuable_attestations"', b"application/json"),
        (b'{"error": "no_issuable_attestations"}', b"text/html"),
    ],
)
def test_another_404_is_a_failure(body: bytes, kind: bytes, landlord: Any) -> None:
    issuance = landlord.issuance()

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": body})

    frouke = landlord.wallet()
    prompt = frouke.open(issuance.request().uri)
    frouke.mount(f"https://{HOST}", broken)
    with pytest.raises(TransportError) as caught:
        prompt.approve(pin=PIN)
    assert caught.value.code == "answer_refused"


# When the landlord is in trouble ------------------------------------------------------------------


def fails(landlord: Any, documents: Any) -> Any:
    """Present where ``documents`` goes wrong; the state of the run. The wallet learns nothing of why."""
    issuance, frouke = landlord.issuance(documents), landlord.wallet()
    request = issuance.request()
    prompt = frouke.open(request.uri)
    with pytest.raises(TransportError) as caught:
        prompt.approve(pin=PIN)
    assert caught.value.code == "answer_refused"
    assert frouke.log[-1].outcome is LogOutcome.POSSIBLY_SHARED
    (answer,) = landlord.answers()
    assert answer["status"] == 500
    assert json.loads(answer["response_body"])["error"] == "server_error"
    assert landlord.issuer.issued == ()
    state = issuance.state(request)
    assert state.status is IssuanceStatus.FAILED
    return state, answer["response_body"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"landlord": ...}, "/landlord"),
        ({"favourite_colour": "green"}, "/0/attributes/favourite_colour"),
        ({"landlord": {"name": "De Goede Huizen", "secret": 1}}, "/0/attributes/landlord/secret"),
        ({"_sd": ["AAAA"]}, ""),
        ({"attestation_qualification": "QEAA"}, ""),
        ({"status": {"status_list": {"idx": 0, "uri": "https://evil.example/1"}}}, ""),
        ({"cnf": {"jwk": {}}}, ""),
        ({"iss": "https://pid-issuer.example"}, ""),
        ({"vct": "urn:eudi:pid:nl:1"}, ""),
        ({"exp": 9_999_999_999}, ""),
    ],
)
def test_what_does_not_fit_the_type_is_not_issued(
    changes: dict[str, Any], pointer: str, landlord: Any
) -> None:
    attributes = landlord.contract("frouke", **changes)
    state, body = fails(landlord, lambda _: [IssuableDocument(RENTAL_CONTRACT, attributes)])
    assert isinstance(state.error, InvalidIssuableDocument)
    assert pointer in state.error.pointer
    assert "Hofstra" not in str(state.error) + body


def test_a_type_that_the_issuer_does_not_issue_is_not_issued(landlord: Any) -> None:
    state, _ = fails(landlord, lambda _: [IssuableDocument("urn:eudi:pid:nl:1", {"bsn": "999991772"})])
    assert state.error.pointer == "/0/attestation_type"
    assert RENTAL_CONTRACT in state.error.hint


def test_a_format_that_the_issuer_does_not_issue_is_not_issued(landlord: Any) -> None:
    document = IssuableDocument(RENTAL_CONTRACT, landlord.contract("frouke"), format="jwt_vc_json")
    state, _ = fails(landlord, lambda _: [document])
    assert isinstance(state.error, InvalidIssuableDocument)


def test_one_that_is_wrong_takes_the_others_with_it(landlord: Any) -> None:
    good = IssuableDocument(RENTAL_CONTRACT, landlord.contract("frouke"))
    state, _ = fails(landlord, lambda _: [good, replace(good, attributes={"given_name": "Frouke"})])
    assert isinstance(state.error, InvalidIssuableDocument)
    assert state.document_ids == ()


def test_what_was_revoked_is_not_issued_again_under_its_id(landlord: Any) -> None:
    document = IssuableDocument(RENTAL_CONTRACT, landlord.contract("frouke"))
    issuance, frouke = landlord.issuance(lambda _: [document]), landlord.wallet()
    frouke.receive(present(frouke, issuance.request().uri).offer or "")
    landlord.issuer.status_lists.revoke(document.id)
    request = issuance.request()
    with pytest.raises(TransportError):
        present(frouke, request.uri)
    assert "revoked" in str(issuance.state(request).error)


def test_a_function_that_breaks_ends_the_run_and_says_nothing_to_the_wallet(landlord: Any) -> None:
    def broken(result: PresentationResult) -> list[IssuableDocument]:
        raise RuntimeError(f"no record of {result.presentations[0].claims['family_name']}")

    issuance, frouke = landlord.issuance(broken), landlord.wallet()
    request = issuance.request()
    with pytest.raises(TransportError, match="500"):
        present(frouke, request.uri)
    error = issuance.state(request).error
    assert isinstance(error, LocalError)
    assert "RuntimeError" in str(error)
    assert "Hofstra" not in str(error)


# Hostile ------------------------------------------------------------------------------------------


def test_of_two_wallets_that_answer_one_request_one_gets_an_offer(landlord: Any) -> None:
    issuance = landlord.issuance()
    wallets = [landlord.wallet(), landlord.wallet("cor")]
    for _ in range(4):
        landlord.asked.clear()
        request = issuance.request()
        prompts = [wallet.open(request.uri) for wallet in wallets]
        barrier, outcomes = threading.Barrier(2), []

        def answer(prompt: Any, barrier: Any = barrier, outcomes: Any = outcomes) -> None:
            barrier.wait()
            try:
                outcomes.append(prompt.approve(pin=PIN).offer)
            except TransportError:
                outcomes.append(None)

        threads = [threading.Thread(target=answer, args=(prompt,)) for prompt in prompts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == 2
        assert sum(offer is not None for offer in outcomes) == 1
        assert len(landlord.asked) == 1


def test_the_same_presentation_twice_leads_to_one_offer(landlord: Any) -> None:
    issuance, frouke = landlord.issuance(), landlord.wallet()
    request = issuance.request()
    outcome = present(frouke, request.uri)
    (answer,) = landlord.answers()
    client = landlord.hosting.client()
    _, _, target = answer["request"].partition(" ")
    again = client.post_text(
        f"https://{HOST}{target}",
        answer["request_body"],
        media_type=answer["request_type"],
        accept="application/json",
        what="the replay",
    )
    assert again.status == 410
    assert b"redirect_uri" not in again.body
    assert len(landlord.asked) == 1
    assert frouke.receive(outcome.offer or "")
    assert status(issuance, request) is IssuanceStatus.ISSUED


def test_a_presentation_for_one_request_is_none_for_another(landlord: Any) -> None:
    issuance, frouke = landlord.issuance(), landlord.wallet()
    present(frouke, issuance.request().uri)
    (answer,) = landlord.answers()
    other = issuance.request()
    session = issuance.verifier.endpoints.store.by_id(other.id)
    assert session is not None
    again = landlord.hosting.client().post_text(
        f"https://{HOST}/response/{session.request_id}",
        answer["request_body"],
        media_type=answer["request_type"],
        accept="application/json",
        what="the replay",
    )
    assert again.status == 400
    assert len(landlord.asked) == 1
    assert status(issuance, other) is IssuanceStatus.WAITING


def test_a_holder_who_says_no_gets_nothing_and_nobody_is_asked(landlord: Any) -> None:
    issuance, frouke = landlord.issuance(), landlord.wallet()
    request = issuance.request()
    outcome = frouke.open(request.uri).deny()
    assert (outcome.redirect_uri, outcome.offer) == (None, None)
    assert landlord.asked == []
    state = issuance.state(request)
    assert state.status is IssuanceStatus.FAILED
    assert isinstance(state.error, RefusedByWallet)
    assert state.error.code == "access_denied"


class Stolen:
    """Says that it is the key of a card, and signs with another one."""

    def __init__(self, public: PublicKey) -> None:
        self.public = public
        self.alg = "ES256"
        self.sign = PrivateKey.generate().sign


def test_with_the_card_of_somebody_else_one_gets_nothing(landlord: Any) -> None:
    """A thief who has copied Frouke's card, but not the key in her phone."""
    issuance, frouke, thief = landlord.issuance(), landlord.wallet(), landlord.edi.empty_wallet()
    (pid,) = frouke.cards
    own = [CardCopy(copy.credential, Stolen(copy.key.public)) for copy in pid.copies.all]
    thief._store.add((replace(pid, copies=Copies(own)),))
    request = issuance.request()
    prompt = thief.open(request.uri)
    with pytest.raises(TransportError):
        prompt.approve(pin=PIN)
    assert landlord.asked == []
    state = issuance.state(request)
    assert state.status is IssuanceStatus.FAILED
    assert isinstance(state.error, InvalidKeyBinding)
    assert landlord.issuer.issued == ()


def test_who_passes_a_link_on_gets_neither_the_card_nor_the_data(landlord: Any) -> None:
    """Session fixation: the attacker began the run, and lets the victim present."""
    issuance, victim = landlord.issuance(), landlord.wallet()
    request = issuance.request(browser_session="attacker")
    outcome = present(victim, request.uri)
    seen = issuance.state(request, browser_session="attacker")
    assert seen.status is IssuanceStatus.OFFERED
    offer = CredentialOffer.parse(outcome.offer or "")
    assert offer.pre_authorized_code is not None
    assert offer.pre_authorized_code not in repr(seen)
    assert victim.pid["family_name"] not in repr(seen)
    assert victim.receive(outcome.offer or "")
    for other in ("victim", None):
        with pytest.raises(InvalidResponse) as caught:
            issuance.state(request, browser_session=other)
        assert caught.value.code == "wrong_session"


@pytest.mark.req("I-11")
def test_an_offer_that_leaks_is_good_once(landlord: Any) -> None:
    issuance, frouke, other = landlord.issuance(), landlord.wallet(), landlord.wallet("cor")
    outcome = present(frouke, issuance.request().uri)
    frouke.receive(outcome.offer or "")
    with pytest.raises(IssuanceRefused) as caught:
        other.receive(outcome.offer or "")
    assert caught.value.code == "invalid_grant"


# Time ---------------------------------------------------------------------------------------------


def test_a_run_in_which_nobody_presents_ends(landlord: Any) -> None:
    issuance, frouke = landlord.issuance(), landlord.wallet()
    request = issuance.request()
    prompt = frouke.open(request.uri)
    landlord.clock.travel(300)
    state = issuance.state(request)
    assert (state.status, state.error and state.error.code) == (IssuanceStatus.FAILED, "expired")
    with pytest.raises(LocalError):
        prompt.approve(pin=PIN)
    assert landlord.asked == []


def test_an_offer_that_nobody_takes_ends(landlord: Any) -> None:
    issuance, frouke = landlord.issuance(), landlord.wallet()
    request = issuance.request()
    outcome = present(frouke, request.uri)
    landlord.clock.travel(599)
    assert status(issuance, request) is IssuanceStatus.OFFERED
    landlord.clock.travel(1)
    state = issuance.state(request)
    assert (state.status, state.error and state.error.code) == (IssuanceStatus.FAILED, "offer_expired")
    with pytest.raises(IssuanceRefused):
        frouke.receive(outcome.offer or "")


def test_runs_are_forgotten(landlord: Any) -> None:
    issuance = landlord.issuance()
    old = issuance.request()
    landlord.clock.travel(10_000)
    new = issuance.request()
    with pytest.raises(LocalError) as caught:
        issuance.state(old)
    assert caught.value.code == "unknown_request"
    assert list(issuance.states()) == [new.id]


def test_the_number_of_runs_is_bounded() -> None:
    runs = _Runs()
    for n in range(MAX_RUNS + 10):
        runs.add(str(n), _Run(ends_at=NOW + 1000), now=NOW)
    assert len(runs.all()) == MAX_RUNS
    assert runs.find("9") is None
    assert runs.find(str(MAX_RUNS + 9)) is not None


def test_the_state_while_the_issuer_decides(landlord: Any) -> None:
    seen = []

    def slow(result: PresentationResult) -> list[IssuableDocument]:
        seen.append(status(issuance, request))
        return landlord.documents(result)

    issuance, frouke = landlord.issuance(slow), landlord.wallet()
    request = issuance.request()
    assert present(frouke, request.uri).offer
    assert seen == [IssuanceStatus.DECIDING]


def test_a_party_is_registered_for_it_once(landlord: Any) -> None:
    landlord.issuance()
    with pytest.raises(LocalError, match="registered already"):
        landlord.issuance()


def test_what_is_not_known_is_issued_as_null(landlord: Any) -> None:
    attributes = landlord.contract("frouke", end_date=None)
    issuance = landlord.issuance(lambda _: [IssuableDocument(RENTAL_CONTRACT, attributes)])
    frouke = landlord.wallet()
    (card,) = frouke.receive(present(frouke, issuance.request().uri).offer or "")
    assert card.claims["end_date"] is None
    assert str(frouke.open_offer(present(frouke, issuance.request().uri).offer or "").fetch())
