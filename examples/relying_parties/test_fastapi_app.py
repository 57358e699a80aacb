"""Wallets in the bar's own tests, honest ones and a hostile one: their fixtures are just there."""

import pytest
from fastapi.testclient import TestClient
from fastapi_app import create_app

from nlwallet.testing import attacks

BAR = "https://bar.example"
CRITICAL = [one for one in attacks(role="rp") if one.severity == "critical"]


@pytest.fixture(scope="session")
def app(bar):
    return create_app(bar)


@pytest.fixture
def browser(app):
    return TestClient(app, base_url=BAR)


@pytest.fixture(scope="session")
def party(edi, app):
    of_age = {"of_age": True}
    return edi.under_test(
        BAR, app, "POST /age-check", outcome="/age-check/{id}", success=of_age, travels=True
    )


@pytest.fixture
def check(app, browser, edi_wallet):
    edi_wallet.mount(BAR, app)  # in process: no port, no TLS, no tunnel
    return browser.post("/age-check").json()


def outcome(browser, check):
    return browser.get(f"/age-check/{check['id']}").json()


def test_an_adult_gets_a_beer(edi_wallet, browser, check):
    edi_wallet.open(check["link"]).approve()
    assert outcome(browser, check) == {"status": "verified", "of_age": True}


@pytest.mark.edi(citizen="never")
def test_who_says_no_gets_none(edi_wallet, browser, check):
    edi_wallet.answer(check["link"])
    assert outcome(browser, check) == {"status": "refused", "of_age": False}


@pytest.mark.parametrize("profile", ["nl-wallet-0.6", "eudi-reference", "haip-strict"])
def test_it_works_with_other_wallets_too(edi, app, browser, check, profile):
    wallet = edi.wallet("yusuf", behaves_as=profile)
    wallet.mount(BAR, app)
    wallet.answer(check["link"])
    assert outcome(browser, check)["of_age"]


def test_a_check_does_not_last(edi_wallet, edi_clock, browser, check):
    edi_clock.travel(hours=1)
    with pytest.raises(Exception, match="request object was answered with HTTP status"):
        edi_wallet.open(check["link"])
    assert outcome(browser, check) == {"status": "expired", "of_age": False}


def test_a_card_that_was_taken_back_counts_for_nothing(edi_wallet, edi_issuer, browser, check):
    prompt = edi_wallet.open(check["link"])
    for card in edi_issuer.status_lists.credentials():
        edi_issuer.status_lists.revoke(card)
    with pytest.raises(Exception, match="HTTP status 400"):
        prompt.approve()
    assert outcome(browser, check) == {"status": "failed", "of_age": False}


@pytest.mark.parametrize("attack", CRITICAL)
def test_survives(attack, party):
    party.survives(attack)
