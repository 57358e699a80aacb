"""What the browser knows of a wallet: the types of its cards, or less if the holder wants it (ARF OIA_08e, OIA_08f)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import DerivationCost
from nlwallet.errors import LocalError
from nlwallet.holder import FileVault, PresentType
from nlwallet.testing import DigitalCredentials, DomException

PIN = Sandbox.PIN
PAGE = "https://cafe-de-vrije-val.example"
PID = "urn:eudi:pid:nl:1"
COST = DerivationCost(memory_kib=64, iterations=1, lanes=1)


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(1_790_000_000)) as one:
        yield one


def asked(edi: Sandbox, form: Any = "signed") -> list[dict[str, Any]]:
    bar = edi.relying_party("cafe-de-vrije-val")
    return [bar.dc_api_request(origins=[PAGE], form=form).as_json()]


def found(edi: Sandbox, wallet: Wallet, form: Any = "signed") -> bool:
    platform = DigitalCredentials(wallet)
    try:
        platform.get(PAGE, asked(edi, form))
    except DomException as rejection:
        return rejection.name != "NotAllowedError" or platform.last.prompt is not None
    return True


@pytest.mark.req("OIA_08e")
def test_the_browser_knows_that_there_are_cards_and_nothing_that_they_say(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke", cards=("pid", "diploma"))
    diploma = wallet.cards[1]
    pid = (PresentType("dc+sd-jwt", PID), PresentType("mso_mdoc", PID))
    assert wallet.told_to_browser == tuple(sorted((*pid, PresentType(diploma.format, diploma.type))))
    for card in wallet.cards:
        for name, value in card.claims.items():
            for told in wallet.told_to_browser:
                assert name not in repr(told)
                assert not isinstance(value, str) or value not in repr(told)
    assert edi.empty_wallet().told_to_browser == ()
    assert found(edi, wallet)


@pytest.mark.req("OIA_08f")
@pytest.mark.parametrize("form", ["signed", "multisigned"])
def test_a_holder_may_tell_it_nothing_and_then_choose_what(edi: Sandbox, form: Any) -> None:
    wallet = edi.wallet("frouke", cards=("pid", "diploma"))
    pid, diploma = wallet.cards
    wallet.hide_from_browser()
    assert wallet.told_to_browser == ()
    assert not wallet.tells_browser_everything
    assert not found(edi, wallet, form)
    wallet.show_to_browser(diploma.id)
    assert [one.type for one in wallet.told_to_browser] == [diploma.type]
    assert not found(edi, wallet, form)
    wallet.show_to_browser(pid.id)
    assert {one.type for one in wallet.told_to_browser} == {PID, diploma.type}
    assert found(edi, wallet, form)
    wallet.delete(pid.id)
    assert [one.type for one in wallet.told_to_browser] == [diploma.type]
    wallet.show_to_browser()
    assert wallet.tells_browser_everything
    with pytest.raises(LocalError):
        wallet.show_to_browser("no such card")


def test_an_mdoc_is_found_by_its_type_too(edi: Sandbox) -> None:
    page = "https://strandbar-zonder-bereik.example"
    bar = edi.relying_party("strandbar-zonder-bereik")
    wallet = edi.wallet("frouke", cards=("pid", "pid-mdoc"))
    wallet.hide_from_browser()
    wallet.show_to_browser(wallet.cards[0].id)
    with pytest.raises(DomException):
        DigitalCredentials(wallet).get(page, [bar.mdoc_api_request(origin=page).as_json()])
    wallet.show_to_browser(wallet.cards[1].id)
    assert DigitalCredentials(wallet).get(page, [bar.mdoc_api_request(origin=page).as_json()])["data"]


@pytest.mark.parametrize(
    "request_",
    [
        {"protocol": "org-iso-mdoc", "data": {"deviceRequest": "AA"}},
        {"protocol": "org-iso-mdoc", "data": {}},
        {"protocol": "openid4vp-v1-signed", "data": {"request": "e30.e30.e30"}},
        {"protocol": "openid4vp-v1-signed", "data": {"request": 7}},
        {"protocol": "openid4vp-v1-unsigned", "data": {"dcql_query": {"credentials": []}}},
        {"protocol": "openid4vp-v1-multisigned", "data": {"request": {"payload": "?"}}},
        {"protocol": "openid4vp-v1-unsigned", "data": []},
    ],
    ids=range(7),
)
def test_what_the_platform_cannot_read_finds_no_hidden_wallet(edi: Sandbox, request_: Any) -> None:
    wallet = edi.wallet("frouke")
    wallet.hide_from_browser()
    with pytest.raises(DomException):
        DigitalCredentials(wallet).get(PAGE, [request_])
    assert [one.kind for one in wallet.log] == ["issuance"]


@pytest.mark.req("OIA_08f")
def test_the_choice_lasts_in_the_file_and_a_failed_write_takes_it_back(
    edi: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, how = tmp_path / "wallet", {"attempts": tmp_path / "state", "clock": edi.clock}
    with FileVault.create(place, pin=PIN, cost=COST, **how) as vault:
        wallet = edi.empty_wallet(pin=None, store=vault)
        wallet.receive(edi.pid_issuer.invite("nl-pid").uri, browser=edi.browser("frouke"))
        wallet.hide_from_browser()
    with FileVault.open(place, pin=PIN, **how) as vault:
        wallet = edi.empty_wallet(pin=None, store=vault)
        assert (wallet.told_to_browser, wallet.tells_browser_everything) == ((), False)
        wallet.show_to_browser(wallet.cards[0].id)
        with monkeypatch.context() as broken:
            broken.setattr("nlwallet.holder.file_vault.write_atomically", _no_room)
            with pytest.raises(LocalError):
                wallet.hide_from_browser()
        assert [one.type for one in wallet.told_to_browser] == [PID]
    with FileVault.open(place, pin=PIN, **how) as vault:
        wallet = edi.empty_wallet(pin=None, store=vault)
        assert [one.type for one in wallet.told_to_browser] == [PID]
        wallet.show_to_browser()
    with FileVault.open(place, pin=PIN, **how) as vault:
        assert edi.empty_wallet(pin=None, store=vault).tells_browser_everything


def _no_room(*_: Any) -> None:
    raise LocalError("the disk is full")
