"""Cards that come later, cards that take another's place, and what their issuer hears of it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
from hostile_issuer import DAY, ISSUER, NOW, Answer, World, parts

from nlwallet.errors import (
    InvalidOffer,
    IssuanceRefused,
    LocalError,
    NlWalletError,
    PromptClosed,
    RemoteError,
)
from nlwallet.holder import Card, LogOutcome, MemoryVault, Wallet
from nlwallet.holder.authorization import HeldToken
from nlwallet.holder.deliveries import Renewal
from nlwallet.issuer import persona, pid_claims, pid_configuration
from nlwallet.openid4vci import AuthorizationDetail, OfferedConfiguration, TokenRequest, TokenResponse

JSON = {"content-type": "application/json"}


@pytest.fixture
def world() -> World:
    """An issuer at which somebody decides on each card."""
    return World(configuration=replace(pid_configuration(batch_size=3), deferred=True))


def promised(world: World, wallet: Wallet | None = None) -> Wallet:
    wallet = wallet or world.wallet()
    assert wallet.receive(world.offer().uri) == ()
    return wallet


def come_back(world: World, wallet: Wallet) -> None:
    """Wait until the time of the first promise."""
    world.clock.travel(max(0, wallet.promised[0].ask_at - world.clock.now()))


# Deferred -----------------------------------------------------------------------------------------


@pytest.mark.req("WI-07")
def test_the_issuer_is_not_asked_before_its_interval_has_passed(world: World) -> None:
    wallet = promised(world)
    (promise,) = wallet.promised
    assert promise.ask_at > NOW
    world.issuer.waiting[0].approve()
    world.clock.travel(promise.ask_at - NOW - 1)
    assert wallet.collect() == ()
    with pytest.raises(LocalError) as early:
        wallet.ask_for(promise)
    assert early.value.code == "too_early"
    assert world.middle.to("/deferred") == []
    world.clock.travel(1)
    assert len(wallet.collect()) == 1
    assert wallet.promised == ()
    assert wallet.collect() == ()
    assert len(world.middle.to("/deferred")) == 1
    assert world.middle.told == ["credential_accepted"]


@pytest.mark.req("WI-07")
def test_a_card_that_still_is_not_ready_is_waited_for_again(world: World) -> None:
    wallet = promised(world)
    first = wallet.promised[0]
    come_back(world, wallet)
    assert wallet.collect() == ()
    (again,) = wallet.promised
    assert again.ask_at > world.clock.now()
    assert again.transaction_id == first.transaction_id
    assert again.keys == first.keys


@pytest.mark.req("WI-07")
def test_a_denial_is_final(world: World) -> None:
    wallet = promised(world)
    come_back(world, wallet)
    world.issuer.waiting[0].deny()
    with pytest.raises(IssuanceRefused) as refused:
        wallet.collect()
    assert refused.value.code == "credential_request_denied"
    assert wallet.promised == ()
    assert world.keys.alive == {}
    world.clock.travel(DAY)
    assert wallet.collect() == ()
    assert len(world.middle.to("/deferred")) == 1
    assert [(entry.outcome, entry.reason) for entry in wallet.log] == [
        (LogOutcome.FAILED, "credential_request_denied")
    ]


@pytest.mark.req("WI-07")
@pytest.mark.parametrize("how", ["breaks", "line", "busy", "redirect"])
def test_an_issuer_with_a_bad_day_is_asked_again_later(world: World, how: str) -> None:
    wallet = promised(world)
    come_back(world, wallet)
    world.issuer.waiting[0].approve()
    bad = {
        "breaks": Answer(500, {}, b"Traceback"),
        "busy": Answer(503, {"retry-after": "9"}, b""),
        "redirect": Answer(302, {"location": "https://a.example"}, b""),
    }
    world.middle.down.update({"/deferred"} if how == "line" else ())
    world.middle.instead["/deferred"] = lambda _: bad.get(how)
    with pytest.raises(RemoteError):
        wallet.collect()
    assert wallet.collect() == ()  # not at once
    world.middle.down.clear()
    world.middle.instead.clear()
    come_back(world, wallet)
    assert len(wallet.collect()) == 1


def test_one_that_fails_does_not_keep_the_others_away(world: World) -> None:
    wallet = promised(world, promised(world))
    come_back(world, wallet)
    first, second = world.issuer.waiting
    first.deny()
    second.approve()
    with pytest.raises(IssuanceRefused):
        wallet.collect()
    assert len(wallet.cards) == 1
    assert wallet.promised == ()


def test_a_promised_card_is_put_to_the_holder_too(world: World) -> None:
    wallet = promised(world, world.wallet(pin="112233"))
    come_back(world, wallet)
    world.issuer.waiting[0].approve()
    (promise,) = wallet.promised
    received = wallet.ask_for(promise)
    assert (wallet.cards, wallet.promised) == ((), ())
    with pytest.raises(PromptClosed):
        wallet.ask_for(promise)
    assert received.content("en").pin_needed
    received.discard()
    assert world.middle.told == ["credential_deleted"]
    assert (wallet.cards, wallet.promised, world.keys.alive) == ((), (), {})


@pytest.mark.parametrize(
    "change",
    [
        {"transaction_id": "another", "interval": 5},
        {"transaction_id": "", "interval": 5},
        {"transaction_id": 5, "interval": 5},
        {"transaction_id": None, "interval": 0},
        {"transaction_id": None, "interval": "5"},
        {"transaction_id": None, "interval": 2**40},
        {"transaction_id": None},
        {"transaction_id": None, "interval": 5, "credentials": []},
        {"transaction_id": None, "interval": 5, "notification_id": "n"},
    ],
)
def test_a_promise_that_is_none(world: World, change: dict[str, Any]) -> None:
    wallet = promised(world)
    come_back(world, wallet)
    (promise,) = wallet.promised
    members = {
        **change,
        "transaction_id": change["transaction_id"]
        if change["transaction_id"] is not None
        else promise.transaction_id,
    }
    world.middle.rules["/deferred"] = lambda answer: answer.saying(members, status=202)
    with pytest.raises(RemoteError) as refused:
        wallet.collect()
    assert refused.value.code == "invalid_credential"
    assert (wallet.cards, wallet.promised, world.keys.alive) == ((), (), {})


def test_a_promise_without_an_endpoint_to_keep_it_at(world: World) -> None:
    def without(answer: Answer) -> Answer:
        members = answer.members
        members.pop("deferred_credential_endpoint")
        return answer.saying(members)

    world.middle.rules["/.well-known/openid-credential-issuer"] = without
    wallet = world.wallet()
    with pytest.raises(RemoteError, match="no endpoint"):
        wallet.receive(world.offer().uri)
    assert (wallet.promised, world.keys.alive) == ((), {})


def test_a_deferred_card_is_checked_like_any_other(world: World) -> None:
    wallet = promised(world)
    come_back(world, wallet)
    world.issuer.waiting[0].approve()

    def another(answer: Answer) -> Answer:
        members = answer.members
        first = members["credentials"][0]
        first["credential"] = world.resigned(first["credential"], lambda payload: payload.update(vct="urn:x"))
        return answer.saying(members)

    world.middle.rules["/deferred"] = another
    with pytest.raises(RemoteError) as refused:
        wallet.collect()
    assert refused.value.code == "invalid_credential"
    assert world.middle.told == ["credential_failure"]
    assert (wallet.cards, wallet.promised, world.keys.alive) == ((), (), {})


def test_a_token_that_went_old_while_waiting_is_renewed(world: World) -> None:
    """A promise is for days, an access token for minutes."""
    wallet = world.wallet()
    assert wallet.receive(world.issuer.invite("nl-pid").uri, browser=world.browser()) == ()
    world.clock.travel(20 * DAY)
    world.issuer.waiting[0].approve()
    before = len(world.middle.to("/token"))
    (card,) = wallet.collect()
    assert world.middle.to("/token")[before].form["grant_type"] == "refresh_token"
    assert wallet.cards == (card,)


@pytest.mark.req("WI-08")
def test_a_deferred_response_is_encrypted_to_a_new_key() -> None:
    world = World(
        configuration=replace(pid_configuration(batch_size=3), deferred=True), encryption_required=True
    )
    wallet = promised(world)
    come_back(world, wallet)
    world.issuer.waiting[0].approve()
    assert len(wallet.collect()) == 1
    keys = [
        world.issuer._encryption.decrypt(world.middle.to(path)[-1].body.decode())[
            "credential_response_encryption"
        ]["jwk"]["x"]
        for path in ("/credential", "/deferred")
    ]
    assert keys[0] != keys[1]


def test_a_promise_is_collected_once_whoever_asks(world: World) -> None:
    """Threads that ask at the same moment: one gets the card, and nobody gets an error that is not ours."""
    wallet = promised(world)
    come_back(world, wallet)
    world.issuer.waiting[0].approve()
    (promise,) = wallet.promised
    start, got, errors = Barrier(4), [], []

    def ask() -> None:
        start.wait()
        try:
            got.append(wallet.ask_for(promise))
        except NlWalletError as error:
            errors.append(error)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert [type(error) for error in errors] == [PromptClosed] * 3
    assert len(got[0].keep_unasked()) == 1
    assert len(world.middle.to("/deferred")) == 1


def test_cards_that_come_at_the_same_time_all_stay_and_so_do_their_types() -> None:
    world = World()
    wallet = world.wallet(pin="112233")
    received = [wallet.open_offer(world.offer().uri).fetch() for _ in range(4)]
    start = Barrier(4)

    def keep(one: Any) -> None:
        start.wait()
        one.keep_unasked()

    threads = [Thread(target=keep, args=(one,)) for one in received]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wallet.cards) == 4
    assert len([entry for entry in wallet.log if entry.outcome is LogOutcome.RECEIVED]) == 4


# Told ---------------------------------------------------------------------------------------------


@pytest.mark.req("WI-09")
def test_kept_discarded_and_failed_are_told_apart() -> None:
    world = World()
    wallet = world.wallet()
    wallet.open_offer(world.offer().uri).fetch().keep()
    assert world.middle.told == ["credential_accepted"]
    wallet.open_offer(world.offer().uri).fetch().discard()
    assert world.middle.told[1:] == ["credential_deleted"]
    world.middle.rules["/credential"] = lambda answer: answer.saying(
        answer.members | {"credentials": [{"credential": "x"}]}
    )
    with pytest.raises(RemoteError):
        wallet.receive(world.offer().uri)
    assert world.middle.told[2:] == ["credential_failure"]
    ids = [one.json["notification_id"] for one in world.middle.to("/notification")]
    assert len(set(ids)) == 3
    assert [[str(event) for event in batch.events] for batch in world.issuer.issued] == [
        ["credential_accepted"],
        ["credential_deleted"],
        ["credential_failure"],
    ]
    told = world.middle.to("/notification")[-1].json["event_description"]
    assert told.isascii()
    assert world.claims["bsn"] not in told


@pytest.mark.req("WI-09")
def test_an_issuer_hears_nothing_before_the_holder_has_answered() -> None:
    world = World()
    received = world.wallet().open_offer(world.offer().uri).fetch()
    assert world.middle.told == []
    received.keep()
    assert world.middle.told == ["credential_accepted"]


@pytest.mark.req("WI-09")
def test_of_two_cards_one_wrong_both_have_failed() -> None:
    other = replace(pid_configuration(batch_size=3), id="second", scope="second")
    world = World(configurations=[pid_configuration(batch_size=3), other])
    answers: list[Answer] = []

    def second_wrong(answer: Answer) -> Answer | None:
        answers.append(answer)
        if len(answers) == 1:
            return None
        return answer.saying(answer.members | {"credentials": [{"credential": "x"}]})

    world.middle.rules["/credential"] = second_wrong
    wallet = world.wallet()
    with pytest.raises(RemoteError):
        wallet.receive(world.issuer.invite("nl-pid", "second").uri, browser=world.browser())
    assert (wallet.cards, world.keys.alive) == ((), {})
    told = {one.json["notification_id"]: one.json["event"] for one in world.middle.to("/notification")}
    assert told == {answer.members["notification_id"]: "credential_failure" for answer in answers}


class FullVault(MemoryVault):
    """Has no room."""

    def add(self, cards: Sequence[Card]) -> None:
        raise LocalError("no space left", code="full")


@pytest.mark.req("WI-09")
def test_a_card_that_could_not_be_stored_has_failed() -> None:
    """Not thrown away by its holder: she wanted it (OpenID4VCI 1.0 §11.1)."""
    world = World()
    wallet = world.wallet(store=FullVault())
    received = wallet.open_offer(world.offer().uri).fetch()
    with pytest.raises(LocalError):
        received.keep()
    assert world.middle.told == []  # she may try again
    received.discard()
    assert world.middle.told == ["credential_failure"]
    assert world.keys.alive == {}
    assert [(entry.outcome, entry.reason) for entry in wallet.log] == [(LogOutcome.FAILED, "full")]
    with pytest.raises(LocalError):
        wallet.receive(world.offer().uri)
    assert world.middle.told == ["credential_failure"] * 2
    assert (wallet.cards, world.keys.alive) == ((), {})


def test_a_card_that_its_holder_deletes_later_is_not_told_of() -> None:
    """Nobody hears of it (ARF PAD): it is not part of the issuance."""
    world = World()
    wallet = world.wallet()
    (card,) = wallet.receive(world.offer().uri)
    seen = len(world.middle.asked)
    wallet.delete(card.id)
    assert len(world.middle.asked) == seen
    assert world.keys.alive == {}


# Anew ---------------------------------------------------------------------------------------------


def by_code(world: World, *ids: str) -> Wallet:
    wallet = world.wallet()
    wallet.receive(world.issuer.invite(*(ids or ("nl-pid",))).uri, browser=world.browser())
    return wallet


def test_a_renewal_says_what_differs() -> None:
    known = {"claims": pid_claims(persona("frouke"), now=NOW)}
    world = World(attributes=lambda _: dict(known["claims"]))
    wallet = by_code(world)
    (card,) = wallet.cards
    assert not any("differs" in note for note in wallet.renew(card.id).content("en").notes)
    known["claims"] = {**known["claims"], "family_name": "Jansen", "given_name": "Frouke Anna"}
    notes = wallet.renew(card.id).content("en").notes
    assert "This differs from the card that you had: Family name and Given name. Is it right?" in notes
    assert "Jansen" not in " ".join(notes)


def test_two_cards_of_one_authorization_are_both_renewed() -> None:
    """The refresh token is good for once, and both hang on it."""
    other = replace(pid_configuration(batch_size=3), id="second", scope="second")
    world = World(configurations=[pid_configuration(batch_size=3), other])
    wallet = by_code(world, "nl-pid", "second")
    for _ in range(2):
        for card in wallet.cards:
            wallet.renew(card.id).keep_unasked()
    assert len(wallet.cards) == 2


class Rotating:
    """A server whose refresh tokens are good for once; who comes with an old one is turned away."""

    client_id = "wallet"

    def __init__(self) -> None:
        self.good = 0

    def token(self, request: TokenRequest) -> TokenResponse:
        if request.secret != f"r{self.good}":
            raise IssuanceRefused("used", code="invalid_grant")
        self.good += 1
        return TokenResponse(f"a{self.good}", refresh_token=f"r{self.good}", token_type="DPoP")


def test_cards_of_one_authorization_share_the_newest_token() -> None:
    server: Any = Rotating()
    held = HeldToken(server, TokenResponse("a0", refresh_token="r0"))
    configuration = OfferedConfiguration("x", "urn:x", None, ())
    first, second = Renewal(configuration, held, "one"), Renewal(configuration, held, "two")
    for renewal in (first, second, second, first):
        assert renewal.refreshed() is renewal
    assert first.token is second.token
    assert first.token.access_token == "a4"


def test_threads_that_renew_at_once_do_not_spend_one_token_twice() -> None:
    server: Any = Rotating()
    held = HeldToken(server, TokenResponse("a0", refresh_token="r0"))
    start, errors = Barrier(6), []

    def renew() -> None:
        start.wait()
        try:
            held.refresh()
        except NlWalletError as error:
            errors.append(error)

    threads = [Thread(target=renew) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert held.response.refresh_token == "r6"


@pytest.mark.req("WI-05")
@pytest.mark.parametrize(
    ("named", "asked"),
    [(["one"], "one"), (["one", "two"], "one"), (["new"], "new"), ([], "one"), (["a", "b"], None)],
)
def test_a_renewal_asks_for_the_same_data_set(named: list[str], asked: str | None) -> None:
    details = (AuthorizationDetail("x", tuple(named)),) if named else ()
    fresh = TokenResponse("a1", refresh_token="r1", authorization_details=details)
    server: Any = Rotating()
    server.token = lambda _: fresh
    held = HeldToken(server, TokenResponse("a0", refresh_token="r0"))
    renewal = Renewal(OfferedConfiguration("x", "urn:x", None, ()), held, "one")
    if asked is None:
        with pytest.raises(InvalidOffer, match="which card is which"):
            renewal.refreshed()
    else:
        assert renewal.refreshed().identifier == asked


def test_a_renewal_that_comes_later_takes_the_place_all_the_same() -> None:
    world = World()
    wallet = by_code(world)
    (old,) = wallet.cards
    deferring = {"transaction_id": "later", "interval": 60}
    held: list[Answer] = []

    def later(answer: Answer) -> Answer:
        held.append(answer)
        return answer.saying(deferring, status=202)

    world.middle.rules["/credential"] = later
    assert wallet.renew(old.id).keep_unasked() == ()
    assert wallet.cards == (old,)
    world.middle.instead["/deferred"] = lambda _: Answer(200, JSON, held[0].body)
    come_back(world, wallet)
    received = wallet.ask_for(wallet.promised[0])
    assert "This card takes the place of the card that you had." in received.content("en").notes
    (new,) = received.keep_unasked()
    assert wallet.cards == (new,)
    assert set(world.keys.alive) >= {copy.key.public.thumbprint() for copy in new.copies.all}
    assert not set(world.keys.alive) & {copy.key.public.thumbprint() for copy in old.copies.all}


def test_a_renewal_that_fails_leaves_the_card(world: World) -> None:
    world = World()
    wallet = by_code(world)
    (old,) = wallet.cards
    alive = set(world.keys.alive)
    for step in ("/token", "/nonce", "/credential"):
        world.middle.instead = {step: lambda _: Answer(500, {}, b"")}
        with pytest.raises(RemoteError):
            wallet.renew(old.id)
        assert wallet.cards == (old,)
        assert set(world.keys.alive) == alive
    world.middle.instead = {}
    wallet.renew(old.id).keep_unasked()
    assert len(wallet.cards) == 1


def test_a_renewed_token_is_bound_to_the_keys_of_the_first_one() -> None:
    world = World()
    wallet = by_code(world)
    wallet.renew(wallet.cards[0].id)
    first, last = world.middle.to("/token")[0], world.middle.to("/token")[-1]
    assert last.form["grant_type"] == "refresh_token"
    for header in ("dpop", "oauth-client-attestation"):
        one, other = first.token(header), last.token(header)
        key = (one[0]["jwk"], other[0]["jwk"]) if header == "dpop" else (one[1]["cnf"], other[1]["cnf"])
        assert key[0] == key[1]
    assert parts(last.headers["dpop"][0])[1]["htu"] == f"{ISSUER}/token"
