"""Phones that are kept: the next start finds them under the same key, and an emptied one leaves nothing."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from person_at_phone import SITE, OpenBrowser, Person, wallet_of
from starlette.applications import Starlette

from nlwallet import Sandbox
from nlwallet.errors import WrongPin
from nlwallet.sandbox.pages.kept_phones import KeptPhones
from nlwallet.sandbox.pages.wallet_app import wallet_app
from nlwallet.sandbox.pages.wallet_phones import Phones

CAFE = "cafe-de-vrije-val"


@pytest.fixture(scope="module")
def edi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(database=f"sqlite:///{tmp_path_factory.mktemp('kept')}/sandbox.sqlite") as made:
        yield made


@pytest.fixture
def folder(edi: Sandbox) -> Path:
    path = edi.database_path
    assert path is not None
    return path.with_name("sandbox.sqlite-phones")


@pytest.fixture
def start(edi: Sandbox) -> Iterator[Callable[[], tuple[Starlette, KeptPhones]]]:
    """The pages as another start makes them; the one before it has ended."""
    running: list[KeptPhones] = []

    def begin() -> tuple[Starlette, KeptPhones]:
        for one in running:
            one.close()
        assert edi.database_path is not None
        running.append(KeptPhones(edi.database_path, edi))
        return wallet_app(edi, kept=running[-1]), running[-1]

    yield begin
    for one in running:
        one.close()


def somebody(open_browser: OpenBrowser, app: Starlette) -> Person:
    browser = open_browser(app, SITE)
    browser.follow_redirects = True
    return Person(browser)


def again(open_browser: OpenBrowser, app: Starlette, before: Person) -> Person:
    """The same browser, with the cookie that it has."""
    after = somebody(open_browser, app)
    after.browser.cookies.update(before.browser.cookies)
    return after


def test_a_phone_is_as_it_was_after_a_restart(
    edi: Sandbox, start: Callable[[], tuple[Starlette, KeptPhones]], open_browser: OpenBrowser, folder: Path
) -> None:
    app, _ = start()
    frouke = somebody(open_browser, app).go("/").press("/start", person="frouke")
    first = wallet_of(app, frouke)
    first.open(edi.relying_party(CAFE).request().uri).approve(pin=Sandbox.PIN)
    frouke.go("/settings").press("/settings", language="en", over_asking="reject")
    cards, log = [card.id for card in first.cards], first.log
    files = [one for one in folder.rglob("*") if one.is_file()]
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in files)
    folders = [folder, *(one for one in folder.rglob("*") if one.is_dir())]
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o700 for one in folders)
    assert not any(b"Hofstra" in one.read_bytes() for one in files)
    key = frouke.browser.cookies["nlwallet_phone"]
    assert not any(key in str(one) or key.encode() in one.read_bytes() for one in files)

    app, _ = start()
    frouke = again(open_browser, app, frouke).go("/")
    second = wallet_of(app, frouke)
    assert second is not first
    assert '<html lang="en">' in frouke.page
    assert "Your PIN to practise with" in frouke.page
    assert ([card.id for card in second.cards], second.log) == (cards, log)
    assert second.over_asking == "reject"
    cafe = edi.relying_party(CAFE)
    request = cafe.request()
    prompt = second.open(request.uri)
    with pytest.raises(WrongPin):
        prompt.approve(pin="000000")
    prompt.approve(pin=Sandbox.PIN)
    assert cafe.result(request).claims("pid") == {"age_over_18": True}


def test_an_emptied_phone_and_one_that_was_given_to_another_leave_nothing(
    edi: Sandbox,
    start: Callable[[], tuple[Starlette, KeptPhones]],
    open_browser: OpenBrowser,
    folder: Path,
) -> None:
    app, kept = start()
    before = set(folder.glob("*/*"))
    eline = somebody(open_browser, app).go("/").press("/start", person="eline")
    assert len(set(folder.glob("*/*")) - before) == 1
    eline.go("/settings").press("/settings/empty")
    assert set(folder.glob("*/*")) == before
    phones = Phones(edi, kept=kept)
    first = phones.open("eline", "nl")
    second = phones.open("noor", "nl", instead_of=first)
    assert len(set(folder.glob("*/*")) - before) == 1
    phones.close(second)
    assert set(folder.glob("*/*")) == before


def test_what_cannot_be_read_or_is_of_nobody_is_no_phone(
    start: Callable[[], tuple[Starlette, KeptPhones]], open_browser: OpenBrowser, folder: Path
) -> None:
    app, _ = start()
    eline = somebody(open_browser, app).go("/").press("/start", person="eline")
    app, _ = start()
    for wallet in folder.glob("*/*/wallet"):
        wallet.write_bytes(b"nothing that was ever a wallet")
    eline = again(open_browser, app, eline).go("/")
    assert (eline.status, eline.forms()[-1][0].split("?")[0]) == (200, "/start")
    stranger = somebody(open_browser, app)
    stranger.browser.cookies.set("nlwallet_phone", "../../sandbox.sqlite")
    assert stranger.go("/").forms()[-1][0].split("?")[0] == "/start"


def test_there_are_only_so_many_and_the_oldest_that_nobody_uses_goes(
    edi: Sandbox, start: Callable[[], tuple[Starlette, KeptPhones]]
) -> None:
    made = [Phones(edi, kept=start()[1], most=2).open("eline", "nl") for _ in range(3)]
    phones = Phones(edi, kept=start()[1], most=2)
    assert [phones.find(one.key) is not None for one in made] == [False, True, True]
