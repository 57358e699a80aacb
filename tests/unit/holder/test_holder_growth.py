"""Who asks chooses how much a wallet has to do: it grows with the request and the card, not with their product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bytecode import steps

from nlwallet.claim_path import expand
from nlwallet.holder import LoggedClaim, examine, lacks, read_transaction_log
from nlwallet.holder.facts import Sharing
from nlwallet.holder.logged_request import MAX_ASKED, MAX_ASKED_LENGTH, MAX_NAME, _asked


def degrees(world: Any, count: int, *disclosable: tuple[Any, ...]) -> Any:
    claims = {"degrees": [{"year": year} for year in range(count)]}
    return world.card(claims, vct="urn:example:degrees", disclosable=disclosable)


def test_what_goes_along_with_many_claims(world: Any) -> None:
    def along(count: int) -> int:
        card = degrees(world, count)
        share = Sharing("a", card, tuple(expand(card.claims, ("degrees", None))))
        return steps(lambda: share.along)

    assert 0 < along(80) < 3 * along(40)


def test_many_elements_with_many_disclosures(world: Any) -> None:
    def select(count: int) -> int:
        sd_jwt = degrees(world, count, ("degrees", None), ("degrees", None, "year")).credential.sd_jwt
        assert sd_jwt.select([("degrees", None)]).count("~") == 2 * count + 1
        return steps(lambda: sd_jwt.select([("degrees", None)]))

    assert 0 < select(80) < 3 * select(40)


@pytest.mark.req("ADV-176")
def test_many_missing_claims_are_told_and_few_are_compared(
    world: Any, register: Callable[..., Any], ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[Any] = []
    nearest = lacks.nearest_path
    monkeypatch.setattr(lacks, "nearest_path", lambda *of: compared.append(of) or nearest(*of))
    party = register()
    party.changes = {"dcql_query": ask(*((f"given_name{number}",) for number in range(60)))}
    prompt = party.mount(world.wallet()).open(party.link())
    assert len(prompt.missing) > 0
    assert len(prompt.consent().asked) == 60
    assert len(compared) == lacks.MAX_NEAREST


@pytest.mark.req("ADV-176")
def test_many_options_of_the_same_queries(
    world: Any, register: Callable[..., Any], ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    by_card, logged = examine.by_card, Sharing.logged.fget
    monkeypatch.setattr(examine, "by_card", lambda cards: looked.append(cards) or by_card(cards))
    monkeypatch.setattr(Sharing, "logged", property(lambda share: looked.append(share) or logged(share)))
    (one,) = ask(("age_over_18",))["credentials"]
    names = [f"q{number}" for number in range(6)]
    options = [[name, other] for name in names for other in names if name < other]

    def looks(sets: int) -> int:
        party = register()
        party.changes = {
            "dcql_query": {
                "credentials": [{**one, "id": name} for name in names],
                "credential_sets": [{"options": options}] * sets,
            }
        }
        looked.clear()
        assert party.mount(world.wallet()).open(party.link()).cards
        return len(looked)

    assert looks(1) == looks(20)


@pytest.mark.req("ADV-176")
def test_one_request_does_not_fill_the_log(
    world: Any, register: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    party = register()
    given = ("given_name",)
    many = [("x" * 600 + str(number),) for number in range(200)]
    party.changes = {"dcql_query": ask(*many, given)}
    wallet = party.mount(world.wallet())
    wallet.open(party.link()).deny()
    (entry,) = wallet.log
    assert {len(one.path[0]) for one in entry.requested} == {MAX_NAME}
    assert sum(len(str(one.path)) + len(one.type) for one in entry.requested) > MAX_ASKED_LENGTH // 2
    assert len(wallet.export_log()) < 2 * MAX_ASKED_LENGTH
    assert read_transaction_log(wallet.export_log())


@pytest.mark.req("DASH_03")
def test_what_was_shared_is_in_the_log_whatever_else_was_asked(world: Any) -> None:
    shared = LoggedClaim("urn:example:card", ("z" * 2000,))
    others = [LoggedClaim("urn:example:card", (f"a{number}",)) for number in range(5000)]
    found = list(_asked((*others, shared), shared={shared}))
    assert found == [*others[:MAX_ASKED], shared]
