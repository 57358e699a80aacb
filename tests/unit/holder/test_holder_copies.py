"""Which copy goes to whom, and when new ones are wanted: methods A to D of ARF topic 10."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
from hostile_issuer import DAY, NOW, Answer, World

from nlwallet.crypto import PrivateKey
from nlwallet.holder import Wallet
from nlwallet.holder.copies import CardCopy, Copies, ReuseMethod, reuse_of
from nlwallet.holder.running_low import running_low
from nlwallet.openid4vci import OfferedConfiguration, ReusePolicy

WEEK = 7 * DAY


def copies(count: int, method: ReuseMethod) -> Copies:
    """Copies of nothing: only which of them is chosen matters."""
    nothing: Any = object()
    return Copies([CardCopy(nothing, PrivateKey.generate()) for _ in range(count)], method)


def shown(some: Copies, *parties: str) -> list[int]:
    order = {id(copy): n for n, copy in enumerate(some.all)}
    return [order[id(some.for_party(party))] for party in parties]


def test_a_copy_is_shown_once_and_the_last_one_on_when_there_are_no_more() -> None:
    """Method A, and its way out (ISSU_44, ISSU_47)."""
    some = copies(4, ReuseMethod.ONCE_ONLY)
    first = shown(some, "a", "a", "a", "b")
    assert sorted(first) == [0, 1, 2, 3]
    assert some.unused == 0
    assert len(set(shown(some, "a", "b", "c"))) == 1


def test_one_copy_is_shown_to_all() -> None:
    """Method B (ISSU_49)."""
    assert set(shown(copies(3, ReuseMethod.LIMITED_TIME), *"abcabc")) == {0}


def test_a_batch_goes_round() -> None:
    """Method C: each once in any order, and then all again (ISSU_52)."""
    some = copies(4, ReuseMethod.ROTATING_BATCH)
    for _ in range(5):
        assert sorted(shown(some, *"aaaa")) == [0, 1, 2, 3]


def test_the_order_cannot_be_told_beforehand() -> None:
    """ISSU_52: in a random order."""
    orders = {tuple(shown(copies(5, ReuseMethod.ROTATING_BATCH), *"aaaaa")) for _ in range(40)}
    assert len(orders) > 1


def test_each_relying_party_sees_a_copy_of_its_own() -> None:
    """Method D (ISSU_55, ISSU_57); out of copies a new one sees a used one."""
    some = copies(3, ReuseMethod.PER_RELYING_PARTY)
    first = shown(some, "a", "b", "c")
    assert sorted(first) == [0, 1, 2]
    assert shown(some, "c", "a", "b", "a") == [first[2], first[0], first[1], first[0]]
    (late,) = shown(some, "d")
    assert late in first
    assert shown(some, "a") == first[:1]


@pytest.mark.parametrize("method", [ReuseMethod.ONCE_ONLY, ReuseMethod.PER_RELYING_PARTY])
def test_no_two_threads_get_one_copy(method: ReuseMethod) -> None:
    some = copies(8, method)
    start, chosen = Barrier(8), []

    def show(party: str) -> None:
        start.wait()
        chosen.append(some.for_party(party).key.public)

    threads = [Thread(target=show, args=(f"party-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(chosen)) == 8


# What the issuer says -----------------------------------------------------------------------------


def policy(*options: dict[str, Any]) -> dict[str, Any]:
    return {"credential_reuse_policy": {"id": "arf_annex_ii", "options": list(options)}}


@pytest.mark.parametrize(
    ("described", "method"),
    [
        ({}, "once_only"),
        (policy({"details": ["per-relying-party", "once_only"]}), "per-relying-party"),
        (policy({"details": ["x-new", "rotating-batch", "limited_time"]}), "rotating-batch"),
        (policy({"details": ["x-new"]}, {"details": ["limited_time"]}), "limited_time"),
        (policy({"details": ["x-new"]}), "once_only"),
        (policy({"details": []}), "once_only"),
        (policy({"details": "limited_time"}), "once_only"),
        (policy({"details": [5, None]}), "once_only"),
        ({"credential_reuse_policy": {"options": "limited_time"}}, "once_only"),
        ({"credential_reuse_policy": 5}, "once_only"),
        (5, "once_only"),
    ],
)
def test_the_first_method_that_this_wallet_has(described: Any, method: str) -> None:
    """ISSU_40: in the order that the issuer prefers."""
    configuration = OfferedConfiguration("x", "urn:x", None, (), reuse_policies=ReusePolicy.all_in(described))
    assert reuse_of(configuration)[0] == method


@pytest.mark.parametrize("value", ["5", -1, 1.5, True, None, [], 10**30])
def test_numbers_that_are_none_count_as_not_said(value: Any) -> None:
    option = {
        "details": ["once_only"],
        "batch_size": value,
        "reissue_trigger_unused": value,
        "reissue_trigger_lifetime_left": value,
    }
    (read,) = ReusePolicy.all_in(policy(option))
    if value == 10**30:
        assert read.batch_size == 100
    else:
        assert read == ReusePolicy(("once_only",))


def saying(world: World, *options: dict[str, Any]) -> World:
    """Let the issuer say this of how its copies are used."""

    def rule(answer: Answer) -> Answer:
        members = answer.members
        described = members["credential_configurations_supported"]["nl-pid"]["credential_metadata"]
        described.pop("credential_reuse_policy", None)
        described.update(policy(*options) if options else {})
        return answer.saying(members)

    world.middle.rules["/.well-known/openid-credential-issuer"] = rule
    return world


def received(world: World, **options: Any) -> Wallet:
    wallet = world.wallet(**options)
    wallet.receive(world.issuer.invite("nl-pid").uri, browser=world.browser())
    return wallet


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("option", "count"),
    [
        ({"details": ["once_only"], "batch_size": 2}, 2),
        ({"details": ["once_only"], "batch_size": 100}, 3),  # more than the issuer makes at once
        ({"details": ["once_only"], "batch_size": 0}, 3),
        ({"details": ["rotating-batch"]}, 3),
        ({"details": ["limited_time"], "batch_size": 3}, 1),
    ],
)
@pytest.mark.req("WI-15")
def test_as_many_copies_as_the_policy_says(world: World, option: dict[str, Any], count: int) -> None:
    """ISSU_45 and ISSU_54: the batch; ISSU_48: one."""
    (card,) = received(saying(world, option)).cards
    assert len(card.copies) == count


# Running low --------------------------------------------------------------------------------------


def due(wallet: Wallet) -> list[tuple[str, bool]]:
    return [(one.reason, one.renewable) for one in wallet.running_low]


@pytest.mark.parametrize(
    ("option", "left"), [({}, 1), ({"reissue_trigger_unused": 2}, 2), ({"reissue_trigger_unused": 0}, 0)]
)
def test_new_copies_are_wanted_before_there_are_none(world: World, option: dict[str, int], left: int) -> None:
    """ISSU_45: at the number that the issuer says."""
    wallet = received(saying(world, {"details": ["once_only"], **option}))
    (card,) = wallet.cards
    assert due(wallet) == []
    for used in range(1, 4):
        card.copies.for_party(f"party-{used}")
        assert due(wallet) == ([("copies", True)] if 3 - used <= left else [])
    (one,) = wallet.running_low
    assert one.text("en").startswith("Your card Personal data was used often.")
    wallet.renew(card.id).keep_unasked()
    assert due(wallet) == []
    assert wallet.cards[0].copies.unused == 3


def test_a_card_of_one_copy_is_not_short_of_copies(world: World) -> None:
    wallet = received(saying(world, {"details": ["once_only"], "batch_size": 1}))
    wallet.cards[0].copies.for_party("a")
    assert due(wallet) == []


@pytest.mark.parametrize("method", ["limited_time", "rotating-batch"])
def test_methods_that_show_copies_again_do_not_run_out(world: World, method: str) -> None:
    wallet = received(saying(world, {"details": [method]}))
    for party in "abcdef":
        wallet.cards[0].copies.for_party(party)
    assert due(wallet) == []


@pytest.mark.parametrize(
    ("option", "left"), [({}, WEEK), ({"reissue_trigger_lifetime_left": 30 * DAY}, 30 * DAY)]
)
def test_a_card_is_wanted_anew_before_it_expires(world: World, option: dict[str, int], left: int) -> None:
    """ISSU_50, ISSU_54: at the moment that the issuer says."""
    wallet = received(saying(world, {"details": ["limited_time"], **option}))
    (card,) = wallet.cards
    assert card.expires_at is not None
    world.clock.travel(card.expires_at - left - 1 - NOW)
    assert due(wallet) == []
    world.clock.travel(1)
    assert due(wallet) == [("expires", True)]
    assert "is valid until" in wallet.running_low[0].text("en")
    wallet.renew(card.id).keep_unasked()
    assert due(wallet) == []


def test_who_cannot_renew_by_itself_says_where_to_go(world: World) -> None:
    wallet = saying(world, {"details": ["once_only"]}).wallet()
    wallet.receive(world.offer().uri)
    for party in "abc":
        wallet.cards[0].copies.for_party(party)
    (one,) = wallet.running_low
    assert not one.renewable
    assert one.text("nl").endswith("Ga terug naar wie u de kaart gaf: De Uitgever.")


def test_what_was_taken_back_is_past_renewing(world: World) -> None:
    (card,) = received(saying(world)).cards
    gone = replace(card, status="revoked")
    assert card.expires_at is not None
    late = card.expires_at - 1
    assert running_low([card], renewable=(), now=late)
    assert running_low([gone], renewable=(), now=late) == ()


def test_a_card_without_an_end_does_not_expire(world: World) -> None:
    (card,) = received(saying(world)).cards
    assert running_low([replace(card, expires_at=None)], renewable=(), now=NOW * 2) == ()
