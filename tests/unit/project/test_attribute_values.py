"""The watch over logs sees what it must see; it is at work in every other test."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from attribute_values import Watch, forbidden, values_found, watched

from nlwallet import Sandbox
from nlwallet.errors import LocalError
from nlwallet.holder.log import Counterparty, LogEntry, LoggedClaim, LogOutcome, TransactionLog
from nlwallet.issuer import card_names, persona_names

PID = "urn:eudi:pid:nl:1"


def entry(**members: object) -> LogEntry:
    party = Counterparty(trade_name="Café De Vrije Val", identifier="NTRNL-12345678", verified=True)
    return LogEntry(1_790_000_000, "presentation", LogOutcome.SHARED, party, **members)  # type: ignore[arg-type]


def test_it_knows_values_of_everybody_with_a_card() -> None:
    known = set(forbidden().values())
    people = {where.partition(".")[0] for where in known}
    cards = {where.split(".")[1] for where in known if "." in where}
    assert len(forbidden()) > 150
    assert people >= {name for name in persona_names() if name not in ("eline", "suryani")}
    assert cards == set(card_names())
    assert {"999971153", "2000-03-24", "Frouke"} <= forbidden().keys()


@pytest.mark.parametrize(
    "value", ["999971153", "2000-03-24", "Eerste Vriendschapsstraat", "Ås-Jónsdóttir", "62.50"]
)
@pytest.mark.parametrize("place", ["purpose", "reason", "path", "warnings", "party", "terms"])
def test_a_value_in_an_entry_is_found_wherever_it_is(value: str, place: str) -> None:
    left = {
        "purpose": entry(purpose=f"voor {value}, enz."),
        "reason": entry(reason=value),
        "path": entry(shared=(LoggedClaim(PID, ("bsn", value)),)),
        "warnings": entry(warnings=(f"over_asking {value}",)),
        "party": LogEntry(
            1, "deletion", LogOutcome.DELETED, Counterparty(contacts=(f"mailto:a@b.example?subject={value}",))
        ),
        "terms": entry(terms=(("payload.payee.name", value),)),
    }[place]
    watch = Watch()
    watch.look_at_entry(left)
    (found,) = watch.taken()
    assert "is in the transaction log" in found
    assert value not in found
    assert watch.taken() == []


def test_an_honest_entry_passes() -> None:
    watch = Watch()
    watch.look_at_entry(
        entry(shared=(LoggedClaim(PID, ("address", "locality")),), purpose="Nagaan dat u 18 bent")
    )
    assert (watch.taken(), watch.seen) == ([], 1)


@pytest.fixture
def logger() -> Iterator[tuple[logging.Logger, Watch]]:
    watch, logger = Watch(), logging.Logger("nlwallet.test")
    logger.addHandler(watch)
    yield logger, watch
    logger.removeHandler(watch)


def test_a_value_in_a_log_record_is_found(logger: tuple[logging.Logger, Watch]) -> None:
    log, watch = logger
    log.debug("asked by %s", "somebody")
    assert watch.taken() == []
    log.debug("the bsn is %s", "999971153")
    try:
        raise LocalError("999971153")
    except LocalError:
        log.exception("it went wrong")
    assert [one.partition(" is in")[2] for one in watch.taken()] == [" the log record of nlwallet.test"] * 2


def test_a_part_of_a_word_is_no_value() -> None:
    assert values_found("1999971153 9999711534 2000-03-24T10:00:00 Froukelien") == set()


@pytest.mark.req("DASH_03a")
def test_every_wallet_is_watched_and_leaves_nothing(request: pytest.FixtureRequest) -> None:
    """The add of this very run is the watched one; a wallet that shares everything leaves no value."""
    assert TransactionLog.add.__qualname__.startswith(watched.__name__)
    with Sandbox() as edi:
        frouke = edi.wallet("frouke", cards=("pid", "library-card"))
        bar = edi.relying_party("cafe-de-vrije-val")
        frouke.open(bar.request().uri).approve(pin=Sandbox.PIN, despite_warnings=True)
        watch = Watch()
        for one in frouke.log:
            watch.look_at_entry(one)
        assert watch.seen == 3
        assert watch.taken() == []
        assert frouke.log[-1].shared
