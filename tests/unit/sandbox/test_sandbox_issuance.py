"""Cards from our own issuer to our own wallet: asked before they are kept, renewed, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.errors import (
    InvalidOffer,
    InvalidStatus,
    IssuanceRefused,
    LocalError,
    PromptClosed,
    TransportError,
    WalletLocked,
    WrongPin,
)
from nlwallet.holder import LogOutcome, OfferPrompt
from nlwallet.issuer import persona, pid_claims
from nlwallet.issuer.offers import IssuedOffer
from nlwallet.profiles import HAIP_1_0, NL_WALLET_0_5, NL_WALLET_0_6, Profile
from nlwallet.sandbox.pilots import PILOTS
from nlwallet.status import Status

PIN = Sandbox.PIN
NL_PID = "urn:eudi:pid:nl:1"


def sandbox(profile: Profile = HAIP_1_0) -> Sandbox:
    return Sandbox(clock=TravellingClock(1_790_000_000), profile=profile)


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with sandbox() as one:
        yield one


def offer(edi: Sandbox, *, person: str = "frouke", tx_code: bool = False) -> IssuedOffer:
    claims = pid_claims(persona(person), now=edi.clock.now())
    return edi.pid_issuer.offer("nl-pid", claims, tx_code=tx_code)


def travel(edi: Sandbox, seconds: int) -> None:
    assert isinstance(edi.clock, TravellingClock)
    edi.clock.travel(seconds)


def events(edi: Sandbox) -> list[str]:
    return [str(event) for event in edi.pid_issuer.issued[-1].events]


# Asked before it is kept --------------------------------------------------------------------------


def test_an_offer_is_told_before_anything_is_asked_for(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    made = offer(edi, tx_code=True)
    prompt = wallet.open_offer(made.uri)
    told = prompt.offer("en")
    assert told.title == "Do you want to get this from Testuitgever: Personal data?"
    assert (told.issuer, told.website) == ("Testuitgever", "pid-issuer.example")
    assert [(card.name, card.type, card.held) for card in told.cards] == [("Personal data", NL_PID, False)]
    assert (told.code_needed, told.code_length, told.page_needed) == (True, 6, False)
    assert told.verified
    assert "Your wallet has checked that pid-issuer.example belongs to Testuitgever." in told.notes
    assert prompt.as_dict("nl")["cards"][0]["name"] == "Persoonsgegevens"
    assert "\x1b" not in str(prompt)
    assert max(map(len, str(prompt).splitlines())) <= 70
    # The code is still good: nobody used it.
    assert prompt.fetch(tx_code=made.tx_code).keep(pin=PIN)


def test_what_came_is_shown_whole_and_kept_with_the_pin(edi: Sandbox) -> None:
    wallet = edi.empty_wallet(language="en")
    received = wallet.open_offer(offer(edi).uri).fetch()
    content = received.content()
    (card,) = content.cards
    assert (card.name, card.issuer, card.copies) == ("Personal data", "Testuitgever", 10)
    lines = {line.label: line.value for line in card.lines}
    assert list(lines)[:3] == ["Family name", "Given name", "Date of birth"]
    assert lines["Date of birth"] == "24 March 2000"
    assert len(lines) == len(received.cards[0].claims)
    assert content.pin_needed
    assert received.as_dict("nl")["cards"][0]["lines"][0] == {"label": "Achternaam", "value": "Hofstra"}
    assert (wallet.cards, wallet.log) == ((), ())

    for wrong, code in ((None, "pin_required"), ("000000", "wrong_pin")):
        with pytest.raises(WrongPin) as caught:
            received.keep(pin=wrong)
        assert caught.value.code == code
        assert wallet.cards == ()
    assert received.keep(pin=PIN) == wallet.cards
    assert events(edi) == ["credential_accepted"]
    assert [entry.outcome for entry in wallet.log] == [LogOutcome.RECEIVED]
    assert "24 March 2000" not in repr(received)
    assert "24 March 2000" not in repr(content.cards)


def test_what_is_not_wanted_is_gone_and_its_issuer_hears_it(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    received = wallet.open_offer(offer(edi).uri).fetch()
    received.discard()
    assert wallet.cards == ()
    assert events(edi) == ["credential_deleted"]
    (entry,) = wallet.log
    assert (entry.kind, entry.outcome, entry.types) == ("issuance", LogOutcome.DENIED, (NL_PID,))
    for again in (received.discard, lambda: received.keep(pin=PIN), received.keep_unasked):
        with pytest.raises(PromptClosed):
            again()
    assert wallet.cards == ()


def test_an_offer_that_is_declined_asks_nothing(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    made = offer(edi)
    prompt = wallet.open_offer(made.uri)
    prompt.decline()
    assert [entry.outcome for entry in wallet.log] == [LogOutcome.DENIED]
    assert edi.pid_issuer.issued == ()
    for again in (prompt.decline, prompt.fetch):
        with pytest.raises(PromptClosed):
            again()
    # Another wallet can still have it.
    assert edi.empty_wallet().receive(made.uri)


def test_a_mistyped_code_can_be_corrected(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    made = offer(edi, tx_code=True)
    prompt = wallet.open_offer(made.uri)
    with pytest.raises(LocalError) as missing:
        prompt.fetch()
    assert missing.value.code == "tx_code_required"
    with pytest.raises(IssuanceRefused) as wrong:
        prompt.fetch(tx_code="x" + str(made.tx_code)[1:])
    assert wrong.value.code == "invalid_grant"
    assert prompt.fetch(tx_code=made.tx_code).keep(pin=PIN)
    assert [entry.outcome for entry in wallet.log] == [
        LogOutcome.FAILED,
        LogOutcome.FAILED,
        LogOutcome.RECEIVED,
    ]


def test_a_locked_wallet_keeps_nothing(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    received = wallet.open_offer(offer(edi).uri).fetch()
    for _ in range(3):
        with pytest.raises(WrongPin):
            received.keep(pin="999999")
    with pytest.raises(WalletLocked):
        received.keep(pin="999999")
    with pytest.raises(WalletLocked):
        received.keep(pin=PIN)
    assert wallet.cards == ()


def test_the_issuers_page_is_announced_and_a_second_card_too(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke")
    prompt = wallet.open_offer(edi.pid_issuer.invite("nl-pid").uri)
    told = prompt.offer("nl")
    assert told.page_needed
    assert told.cards[0].held
    assert "U gaat eerst naar de website van Testuitgever." in told.notes
    assert "U hebt al zo'n kaart. De nieuwe komt ernaast." in told.notes
    with pytest.raises(LocalError) as caught:
        prompt.fetch()
    assert caught.value.code == "browser_required"
    prompt.fetch(browser=edi.browser("frouke")).keep(pin=PIN)
    assert len(wallet.cards) == 2


BACK = "http://127.0.0.1:8402/back"


def invited(edi: Sandbox, wallet: Wallet) -> OfferPrompt:
    return wallet.open_offer(edi.pid_issuer.invite("nl-pid").uri)


@pytest.mark.req("HI-01", "WI-12")
def test_she_goes_to_the_issuers_page_and_comes_back_later(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    prompt = invited(edi, wallet)
    visit = prompt.depart(redirect_uri=BACK)
    assert visit.redirect_uri == BACK
    assert {name for name, _ in parse_qsl(urlsplit(visit.url).query)} == {"client_id", "request_uri"}
    assert visit.state not in visit.url
    assert not [secret for secret in (visit.url, visit.state) if secret in repr(visit)]
    assert wallet.log == ()
    back = edi.browser("frouke")(visit.url)
    assert back.startswith(f"{BACK}?")
    assert dict(parse_qsl(urlsplit(back).query))["state"] == visit.state
    visit.come_back(back).keep(pin=PIN)
    assert len(wallet.cards) == 1
    for again in (lambda: visit.come_back(back), prompt.depart, prompt.fetch):
        with pytest.raises(PromptClosed):
            again()


def test_she_comes_back_to_where_her_wallets_provider_says(edi: Sandbox) -> None:
    visit = invited(edi, edi.empty_wallet()).depart()
    assert visit.redirect_uri == "https://wallet.example/back"
    assert visit.come_back(edi.browser("frouke")(visit.url)).cards


def test_each_visit_is_of_its_own_and_one_brings_the_cards(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    prompt = invited(edi, wallet)
    refused, swapped, good = (prompt.depart(redirect_uri=BACK) for _ in range(3))
    with pytest.raises(IssuanceRefused) as no:
        refused.come_back(edi.browser("frouke", agrees=False)(refused.url))
    assert no.value.code == "access_denied"
    back = edi.browser("frouke")(good.url)
    with pytest.raises(InvalidOffer, match="state"):
        swapped.come_back(back)
    with pytest.raises(PromptClosed):
        swapped.come_back(edi.browser("frouke")(swapped.url))
    assert good.come_back(back).cards
    assert [entry.outcome for entry in wallet.log] == [LogOutcome.FAILED, LogOutcome.FAILED]


def test_of_two_who_come_back_with_one_code_one_gets_the_cards(edi: Sandbox) -> None:
    visit, start = invited(edi, edi.empty_wallet()).depart(redirect_uri=BACK), Barrier(4)
    back = edi.browser("frouke")(visit.url)

    def come(_: int) -> int:
        start.wait(timeout=60)
        try:
            return len(visit.come_back(back).cards)
        except PromptClosed:
            return 0

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(come, range(4))) == [0, 0, 0, 1]


def test_who_declines_meanwhile_gets_nothing(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    prompt = invited(edi, wallet)
    visit = prompt.depart(redirect_uri=BACK)
    back = edi.browser("frouke")(visit.url)
    prompt.decline()
    with pytest.raises(PromptClosed):
        visit.come_back(back)
    assert edi.pid_issuer.issued == ()


@pytest.mark.parametrize(
    "redirect_uri", ["http://localhost:8402/back", "http://wallet.example/back", "javascript:alert(1)", ""]
)
def test_nobody_is_sent_back_to_anywhere(edi: Sandbox, redirect_uri: str) -> None:
    with pytest.raises(LocalError) as refused:
        invited(edi, edi.empty_wallet()).depart(redirect_uri=redirect_uri)
    assert refused.value.spec == "RFC 9700 §2.6"


def test_an_offer_with_a_code_has_no_page(edi: Sandbox) -> None:
    with pytest.raises(LocalError, match="no page"):
        edi.empty_wallet().open_offer(offer(edi).uri).depart()
    both = edi.pid_issuer.offer_to("frouke", "nl-pid", or_page=True)
    visit = edi.empty_wallet().open_offer(both.uri).depart(redirect_uri=BACK)
    assert visit.come_back(edi.browser("frouke")(visit.url)).cards


def test_an_unknown_language_is_refused(edi: Sandbox) -> None:
    prompt: Any = edi.empty_wallet().open_offer(offer(edi).uri)
    with pytest.raises(LocalError):
        prompt.offer("fy")
    with pytest.raises(LocalError):
        prompt.fetch().content("fy")


# Renewed ------------------------------------------------------------------------------------------


def by_code(edi: Sandbox) -> Wallet:
    wallet = edi.empty_wallet()
    wallet.receive(edi.pid_issuer.invite("nl-pid").uri, browser=edi.browser("frouke"))
    return wallet


@pytest.mark.req("K-09")
def test_a_card_is_renewed_in_its_place(edi: Sandbox) -> None:
    wallet = by_code(edi)
    (old,) = wallet.cards
    first = edi.pid_issuer.issued[-1]
    travel(edi, 90 * 86_400)
    received = wallet.renew(old.id)
    assert "This card takes the place of the card that you had." in received.content("en").notes
    assert wallet.cards == (old,)
    received.keep(pin=PIN)
    (new,) = wallet.cards
    assert new.id != old.id
    assert new.claims == old.claims
    assert new.expires_at is not None
    assert old.expires_at is not None
    assert new.expires_at > old.expires_at
    assert not {copy.key.public for copy in new.copies.all} & {copy.key.public for copy in old.copies.all}
    # Of one person, so they are revoked together.
    assert edi.pid_issuer.issued[-1].credential_id == first.credential_id
    # And again: what came with the renewal renews the next time.
    wallet.renew(new.id).keep(pin=PIN)
    with pytest.raises(LocalError):
        wallet.renew(old.id)


def test_a_renewal_that_is_not_kept_leaves_the_card_renewable(edi: Sandbox) -> None:
    wallet = by_code(edi)
    (old,) = wallet.cards
    wallet.renew(old.id).discard()
    assert wallet.cards == (old,)
    assert wallet.renew(old.id).keep(pin=PIN)
    assert len(wallet.cards) == 1


def test_a_renewal_tells_what_the_issuer_knows_by_now() -> None:
    jip_turns_18 = 1_844_640_000  # 2028-06-15
    with Sandbox(clock=TravellingClock(jip_turns_18 - 1)) as edi:
        wallet = edi.empty_wallet()
        wallet.receive(edi.pid_issuer.invite("nl-pid").uri, browser=edi.browser("jip"))
        assert wallet.cards[0].claims["age_over_18"] is False
        travel(edi, 1)
        wallet.renew(wallet.cards[0].id).keep(pin=PIN)
        assert wallet.cards[0].claims["age_over_18"] is True


def test_a_card_by_pre_authorized_code_is_not_renewed(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke")
    with pytest.raises(LocalError):
        wallet.renew(wallet.cards[0].id)


def test_a_deleted_card_is_not_renewed(edi: Sandbox) -> None:
    wallet = by_code(edi)
    (card,) = wallet.cards
    wallet.delete(card.id)
    with pytest.raises(LocalError):
        wallet.renew(card.id)


# Taken back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [HAIP_1_0, NL_WALLET_0_6, NL_WALLET_0_5], ids=lambda one: one.name)
def test_a_suspended_card_is_refused_and_a_restored_one_not(profile: Profile) -> None:
    with sandbox(profile) as edi:
        wallet = edi.empty_wallet()
        made = offer(edi)
        assert made.credential_id is not None
        wallet.receive(made.uri)
        pilot = PILOTS[1]
        bar = edi.register(
            pilot.record,
            host=pilot.host,
            identity="x509_san_dns" if profile is NL_WALLET_0_5 else "x509_hash",
        )

        def present() -> str:
            request = bar.request()
            wallet.open(request.uri).approve(pin=PIN)
            result = bar.result(request)
            return next(str(check.outcome) for check in result.report.checks if check.id == "V-48")

        assert present() == "passed"
        edi.pid_issuer.status_lists.suspend(made.credential_id)
        travel(edi, edi.pid_issuer.status_lists.ttl)
        with pytest.raises(TransportError) as caught:
            present()
        assert caught.value.code == "answer_refused"
        edi.pid_issuer.status_lists.restore(made.credential_id)
        travel(edi, edi.pid_issuer.status_lists.ttl)
        assert present() == "passed"


def test_each_copy_has_an_entry_of_its_own(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    made = offer(edi)
    wallet.receive(made.uri)
    entries = [
        (status["uri"], status["idx"])
        for copy in wallet.cards[0].copies.all
        for status in [copy.credential.claims["status"]["status_list"]]
    ]
    assert len(set(entries)) == len(entries) == 10
    lists = edi.pid_issuer.status_lists
    assert made.credential_id is not None
    assert {(one.uri, one.idx) for one in lists.references_of(made.credential_id)} == set(entries)
    assert lists.status_of(made.credential_id) is Status.VALID


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        ("suspend", "suspended", "tijdelijk stopgezet"),
        ("revoke", "revoked", "ingetrokken"),
    ],
)
def test_the_wallet_learns_that_a_card_was_taken_back(
    edi: Sandbox, change: str, status: str, told: str
) -> None:
    wallet = edi.empty_wallet()
    made = offer(edi)
    wallet.receive(made.uri)
    assert wallet.check_cards() == ()
    getattr(edi.pid_issuer.status_lists, change)(made.credential_id)
    travel(edi, 300)
    (changed,) = wallet.check_cards()
    assert (changed.status, wallet.cards[0].status) == (status, status)
    assert wallet.check_cards() == ()
    prompt = wallet.open(edi.relying_party("cafe-de-vrije-val").request().uri)
    assert told in prompt.missing[0]
    assert prompt.consent().decisions == ("deny",)
    tree = str(
        wallet.explain(
            {"credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": [NL_PID]}}]}
        )
    )
    assert f"was {status} by its issuer" in tree


def test_a_list_that_cannot_be_had_changes_nothing(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke")
    travel(edi, 400)

    async def gone(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    wallet.mount("https://pid-issuer.example", gone)
    assert wallet.check_cards() == ()
    assert wallet.cards[0].status == "valid"


def test_a_credential_that_was_revoked_before_it_arrived_is_not_kept(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    lists = edi.pid_issuer.status_lists
    allocate = lists.allocate_batch

    def too_late(credential_id: str, count: int, **of: Any) -> Any:
        references = allocate(credential_id, count, **of)
        lists.revoke(credential_id)
        return references

    lists.allocate_batch = too_late  # type: ignore[method-assign]
    with pytest.raises(InvalidStatus) as caught:
        wallet.receive(offer(edi).uri)
    assert caught.value.code == "revoked"
    assert wallet.cards == ()
    assert events(edi) == ["credential_failure"]


def test_what_was_revoked_is_not_issued_again(edi: Sandbox) -> None:
    wallet = by_code(edi)
    edi.pid_issuer.status_lists.revoke(edi.pid_issuer.issued[-1].credential_id)
    with pytest.raises(IssuanceRefused) as caught:
        wallet.renew(wallet.cards[0].id)
    assert caught.value.code == "credential_request_denied"
    assert len(edi.pid_issuer.issued) == 1


@pytest.mark.req("T-22")
def test_the_aggregation_is_in_the_server_metadata(edi: Sandbox) -> None:
    edi.wallet("frouke")
    metadata = edi.pid_issuer.authorization_server_metadata()
    assert metadata["status_list_aggregation_endpoint"] == edi.pid_issuer.status_lists.aggregation_uri
    assert b"https://pid-issuer.example/status/1" in (edi.pid_issuer.status_lists.aggregation() or b"")
