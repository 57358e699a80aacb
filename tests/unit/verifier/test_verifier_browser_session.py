"""Whose result it is: bound to the user's session that asked, or confirmed by the page that shows the QR code."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nlwallet.errors import InvalidResponse, LocalError
from nlwallet.openid4vp import error_form

DONE = "https://cafe.example/done"
MINE, OTHERS = "cookie-of-my-browser", "cookie-of-another-browser"

SameDevice = tuple[Any, str]


def code_after(world: Any, request: Any) -> str:
    """Answer, and follow the redirect as far as its response code."""
    uri = world.answer(world.fetch(request)).json()["redirect_uri"]
    return parse_qs(urlsplit(uri).query)["response_code"][0]


@pytest.fixture
def mine(world: Any) -> SameDevice:
    """A same-device request of my session, and the response code of its good answer."""
    request = world.verifier.request(flow="same_device", redirect_uri=DONE, browser_session=MINE)
    return request, code_after(world, request)


# On the same device ----------------------------------------------------------------------------


@pytest.mark.req("V-36")
def test_the_session_that_asked_gets_the_result(world: Any, mine: SameDevice) -> None:
    request, code = mine
    assert world.verifier.result(request, browser_session=MINE).status == "pending"
    result = world.verifier.result(request, response_code=code, browser_session=MINE)
    assert result.claims("pid") == {"age_over_18": True}


@pytest.mark.req("ADV-010", "V-36")
@pytest.mark.parametrize("session", [OTHERS, None, "", MINE + " ", MINE.upper()])
def test_nobody_else_learns_how_it_stands(world: Any, mine: SameDevice, session: str | None) -> None:
    request, _ = mine
    for _ in range(3):
        with pytest.raises(InvalidResponse) as caught:
            world.verifier.result(request, browser_session=session)
        assert caught.value.code == "wrong_session"


@pytest.mark.req("ADV-013", "HV-12")
@pytest.mark.parametrize("session", [OTHERS, None])
def test_the_right_code_in_another_session_ends_the_presentation(
    world: Any, mine: SameDevice, session: str | None
) -> None:
    request, code = mine
    with pytest.raises(InvalidResponse) as caught:
        world.verifier.result(request, response_code=code, browser_session=session)
    assert caught.value.code == "wrong_session"
    with pytest.raises(InvalidResponse):
        world.verifier.result(request, response_code=code, browser_session=MINE)
    after = world.verifier.result(request, browser_session=MINE)
    assert after.status == "failed"
    assert after.presentations == ()
    with pytest.raises(InvalidResponse) as caught:
        after.claims("pid")
    assert caught.value.code == "wrong_session"
    stored = world.verifier._store.by_id(request.id)
    assert stored.presentations == ()


@pytest.mark.req("ADV-011")
def test_a_guessed_code_in_another_session_does_no_harm(world: Any, mine: SameDevice) -> None:
    request, code = mine
    for guess in ("", "guess", code + "x", code[:-1]) * 3:
        with pytest.raises(InvalidResponse) as caught:
            world.verifier.result(request, response_code=guess, browser_session=OTHERS)
        assert caught.value.code == "wrong_session"
    result = world.verifier.result(request, response_code=code, browser_session=MINE)
    assert result.status == "verified"


@pytest.mark.req("ADV-011", "V-36")
def test_the_right_session_without_the_right_code_gets_nothing(world: Any, mine: SameDevice) -> None:
    request, code = mine
    with pytest.raises(InvalidResponse) as caught:
        world.verifier.result(request, response_code="guess", browser_session=MINE)
    assert caught.value.code == "invalid_response_code"
    assert world.verifier.result(request, browser_session=MINE).status == "pending"
    assert world.verifier.result(request, response_code=code, browser_session=MINE).status == "verified"


@pytest.mark.req("ADV-010")
def test_a_fixed_session_gives_the_attacker_nothing(world: Any) -> None:
    """The attacker asks, the victim's wallet answers: the victim's browser has the code, the attacker the session."""
    attackers = world.verifier.request(flow="same_device", redirect_uri=DONE, browser_session=OTHERS)
    code = code_after(world, attackers)
    assert world.verifier.result(attackers, browser_session=OTHERS).status == "pending"
    with pytest.raises(InvalidResponse):  # the victim's browser follows the redirect, with its own cookie
        world.verifier.result(attackers, response_code=code, browser_session=MINE)
    with pytest.raises(InvalidResponse):  # and a code that leaks afterwards opens nothing any more
        world.verifier.result(attackers, response_code=code, browser_session=OTHERS)
    assert world.verifier.result(attackers, browser_session=OTHERS).presentations == ()


@pytest.mark.req("ADV-014", "HV-12")
def test_without_the_redirect_the_presentation_is_never_released(world: Any, mine: SameDevice) -> None:
    request, code = mine
    world.clock.travel(600)
    late = world.verifier.result(request, browser_session=MINE)
    assert late.status == "expired"
    assert late.presentations == ()
    with pytest.raises(InvalidResponse):
        world.verifier.result(request, response_code=code, browser_session=MINE)


@pytest.mark.req("ADV-012", "ADV-013")
def test_codes_of_two_requests_of_one_session_are_not_exchangeable(world: Any) -> None:
    first, second = (
        world.verifier.request(flow="same_device", redirect_uri=DONE, browser_session=MINE) for _ in range(2)
    )
    first_code, second_code = code_after(world, first), code_after(world, second)
    with pytest.raises(InvalidResponse):
        world.verifier.result(first, response_code=second_code, browser_session=MINE)
    released = world.verifier.result(first, response_code=first_code, browser_session=MINE)
    assert released.status == "verified"
    with pytest.raises(InvalidResponse):
        world.verifier.result(first, response_code=first_code, browser_session=MINE)


def test_the_cookie_itself_is_not_kept(world: Any) -> None:
    request = world.verifier.request(flow="same_device", redirect_uri=DONE, browser_session=MINE)
    stored = world.verifier._store.by_id(request.id)
    assert MINE not in str([getattr(stored, member.name) for member in dataclasses.fields(stored)])


# Across devices --------------------------------------------------------------------------------


@pytest.fixture
def shown(world: Any) -> Any:
    """A request that the page of my session shows as a QR code."""
    return world.verifier.request(confirm=True, browser_session=MINE)


def test_nothing_to_confirm_before_the_answer(world: Any, shown: Any) -> None:
    assert world.verifier.confirm(shown, browser_session=MINE).status == "pending"
    world.answer(world.fetch(shown))
    waiting = world.verifier.result(shown, browser_session=MINE)
    assert waiting.status == "awaiting_confirmation", "a confirmation beforehand counts for nothing"


@pytest.mark.req("ADV-010")
def test_an_answer_waits_for_the_page_and_shows_no_claim(world: Any, shown: Any) -> None:
    assert world.answer(world.fetch(shown)).json() == {}
    waiting = world.verifier.result(shown, browser_session=MINE)
    assert waiting.status == "awaiting_confirmation"
    assert waiting.presentations == ()
    assert len(waiting.report) == 0
    with pytest.raises(LocalError) as caught:
        waiting.claims("pid")
    assert caught.value.code == "not_verified"
    confirmed = world.verifier.confirm(shown, browser_session=MINE)
    assert confirmed.status == "verified"
    assert confirmed.claims("pid") == {"age_over_18": True}
    assert confirmed.report.ok
    assert world.verifier.result(shown, browser_session=MINE).claims("pid") == {"age_over_18": True}


@pytest.mark.req("ADV-010")
@pytest.mark.parametrize("session", [OTHERS, None, ""])
def test_another_session_cannot_confirm(world: Any, shown: Any, session: str | None) -> None:
    world.answer(world.fetch(shown))
    with pytest.raises(InvalidResponse) as caught:
        world.verifier.confirm(shown, browser_session=session)
    assert caught.value.code == "wrong_session"
    assert world.verifier.result(shown, browser_session=MINE).status == "awaiting_confirmation"


def test_who_waits_too_long_with_confirming_gets_nothing(world: Any, shown: Any) -> None:
    world.answer(world.fetch(shown))
    world.clock.travel(shown.expires_at - world.clock.now() - 1)
    assert world.verifier.result(shown, browser_session=MINE).status == "awaiting_confirmation"
    world.clock.travel(1)
    for look in (world.verifier.result, world.verifier.confirm, world.verifier.result):
        late = look(shown, browser_session=MINE)
        assert late.status == "expired"
        assert late.presentations == ()
        with pytest.raises(InvalidResponse) as caught:
            late.claims("pid")
        assert caught.value.code == "expired"


@pytest.mark.parametrize("ends", ["refused", "failed"])
def test_what_went_wrong_needs_no_confirmation(world: Any, shown: Any, ends: str) -> None:
    asked = world.fetch(shown)
    if ends == "refused":
        world.post(asked, error_form("access_denied", "", asked.state))
    else:
        world.answer(asked, {"pid": [world.presentation(asked, nonce="another")]})
    assert world.verifier.result(shown, browser_session=MINE).status == ends
    assert world.verifier.confirm(shown, browser_session=MINE).status == ends


def test_a_response_code_does_not_stand_in_for_the_confirmation(world: Any, shown: Any) -> None:
    world.answer(world.fetch(shown))
    result = world.verifier.result(shown, response_code="anything", browser_session=MINE)
    assert result.status == "awaiting_confirmation"


def test_only_a_cross_device_request_is_confirmed(world: Any) -> None:
    with pytest.raises(LocalError):
        world.verifier.request(flow="same_device", redirect_uri=DONE, confirm=True)
    plain = world.verifier.request()
    world.answer(world.fetch(plain))
    assert world.verifier.confirm(plain).status == world.verifier.result(plain).status == "verified"


def test_a_cross_device_result_is_for_its_session_too(make_world: Callable[..., Any]) -> None:
    world = make_world()
    request = world.verifier.request(browser_session=MINE)
    world.answer(world.fetch(request))
    with pytest.raises(InvalidResponse):
        world.verifier.result(request.id, browser_session=OTHERS)
    assert world.verifier.result(request.id, browser_session=MINE).status == "verified"
