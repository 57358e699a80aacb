"""The answer in the fragment of the redirect_uri, by way of the user's own browser (OpenID4VP 1.0 §5.6)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import pytest

from nlwallet.errors import InvalidKeyBinding, InvalidResponse, LocalError, RefusedByWallet, RemoteError
from nlwallet.openid4vp import as_form, build_response, error_form

BACK = "https://cafe.example/back"
HERE, ELSEWHERE = "cookie-of-this-browser", "cookie-of-another-browser"


def ask(world: Any, **how: Any) -> tuple[Any, Any]:
    request = world.verifier.request(
        **{"response_mode": "fragment", "flow": "same_device", "redirect_uri": BACK, **how}
    )
    return request, world.fetch(request)


def fragment_for(world: Any, asked: Any, **changes: Any) -> str:
    return urlencode(as_form(members_for(world, asked, **changes)))


def members_for(world: Any, asked: Any, **changes: Any) -> dict[str, Any]:
    return build_response(asked, vp_token={"pid": [world.presentation(asked, **changes)]})


@pytest.fixture
def world(open_world: Any) -> Any:
    return open_world


@pytest.mark.parametrize("start", ["", "#"])
@pytest.mark.parametrize("passing", ["reference", "value", "unsigned"])
def test_the_whole_way(world: Any, passing: str, start: str) -> None:
    request, asked = ask(world, passing=passing)
    assert (asked.response_mode, asked.redirect_uri, asked.response_uri) == ("fragment", BACK, None)
    assert "jwks" not in asked.client_metadata.as_json()
    assert world.verifier.result(request).status == "pending"
    result = world.verifier.receive_fragment(request, start + fragment_for(world, asked))
    assert result.claims("pid") == {"age_over_18": True}
    assert world.verifier.result(request) == result


@pytest.mark.req("V-24")
def test_an_unsigned_one_is_named_by_where_it_goes(world: Any) -> None:
    request, asked = ask(world, passing="unsigned")
    assert asked.client_id == f"redirect_uri:{BACK}"
    assert "request_uri" not in request.uri


@pytest.mark.req("V-37", "V-09", "ADV-001", "ADV-002")
@pytest.mark.parametrize("state", [None, "", "unknown", "of-another"])
def test_the_state_is_that_of_this_request(world: Any, state: str | None) -> None:
    request, asked = ask(world)
    other, others = ask(world)
    members = as_form(members_for(world, asked))
    del members["state"]
    if state is not None:
        members["state"] = str(others.state) if state == "of-another" else state
    with pytest.raises(RemoteError):
        world.verifier.receive_fragment(request, urlencode(members))
    assert world.verifier.result(request).status == world.verifier.result(other).status == "pending"
    good = fragment_for(world, asked)
    assert world.verifier.receive_fragment(request, good).status == "verified"


@pytest.mark.req("V-39", "ADV-004")
def test_a_fragment_counts_once(world: Any) -> None:
    request, asked = ask(world)
    fragment = fragment_for(world, asked)
    first = world.verifier.receive_fragment(request, fragment)
    for again in (
        fragment,
        fragment_for(world, asked),
        urlencode(error_form("access_denied", "", asked.state)),
    ):
        with pytest.raises(RemoteError) as caught:
            world.verifier.receive_fragment(request, again)
        assert caught.value.code == "request_ended"
    assert world.verifier.result(request) == first


@pytest.mark.req("ADV-029")
def test_of_many_at_once_exactly_one_is_told_that_it_won(world: Any) -> None:
    request, asked = ask(world)
    fragments = [fragment_for(world, asked) for _ in range(6)]
    barrier = Barrier(len(fragments))

    def receive(fragment: str) -> str:
        barrier.wait()
        try:
            return str(world.verifier.receive_fragment(request, fragment).status)
        except RemoteError as error:
            return error.code

    with ThreadPoolExecutor(len(fragments)) as pool:
        assert sorted(pool.map(receive, fragments)) == ["request_ended"] * 5 + ["verified"]


@pytest.mark.req("ADV-010", "ADV-013", "V-36")
@pytest.mark.parametrize("session", [ELSEWHERE, None])
def test_only_the_session_that_asked_may_bring_it(world: Any, session: str | None) -> None:
    request, asked = ask(world, browser_session=HERE)
    fragment = fragment_for(world, asked)
    with pytest.raises(InvalidResponse) as caught:
        world.verifier.receive_fragment(request, fragment, browser_session=session)
    assert caught.value.code == "wrong_session"
    with pytest.raises(InvalidResponse):
        world.verifier.result(request, browser_session=session)
    assert world.verifier.receive_fragment(request, fragment, browser_session=HERE).status == "verified"


@pytest.mark.req("ADV-006", "ADV-007", "V-47")
@pytest.mark.parametrize("what", ["nonce", "audience"])
def test_a_presentation_for_something_else_is_refused(world: Any, what: str) -> None:
    request, asked = ask(world)
    fragment = fragment_for(world, asked, **{what: "something-else"})
    result = world.verifier.receive_fragment(request, fragment)
    assert (result.status, result.presentations) == ("failed", ())
    with pytest.raises(InvalidKeyBinding):
        result.claims("pid")


@pytest.mark.req("V-58")
def test_a_refusal_comes_back_the_same_way(world: Any) -> None:
    request, asked = ask(world)
    result = world.verifier.receive_fragment(
        request, urlencode(error_form("access_denied", "no", asked.state))
    )
    assert result.status == "refused"
    with pytest.raises(RefusedByWallet) as caught:
        result.claims("pid")
    assert caught.value.code == "access_denied"


@pytest.mark.req("ADV-005")
def test_it_comes_in_time_or_not_at_all(world: Any) -> None:
    request, asked = ask(world)
    fragment = fragment_for(world, asked)
    world.clock.travel(600)
    with pytest.raises(RemoteError) as caught:
        world.verifier.receive_fragment(request, fragment)
    assert caught.value.code == "request_ended"
    assert world.verifier.result(request).status == "expired"


@pytest.mark.req("ADV-022", "ADV-018", "ADV-047")
@pytest.mark.parametrize(
    "fragment",
    [
        "",
        "#",
        "vp_token",
        "vp_token=",
        "vp_token=%7B",
        "vp_token=%5B%5D&vp_token=%7B%7D",
        "error=access_denied&vp_token=%7B%7D",
        "response=a.b.c.d.e",
        "vp_token=%ff%fe",
        "&".join(f"a{n}=1" for n in range(100)),
    ],
    ids=range(10),
)
def test_rubbish_leaves_the_request_open(world: Any, fragment: str) -> None:
    request, asked = ask(world)
    given = f"{fragment}&state={asked.state}" if fragment.strip("#") else fragment
    with pytest.raises(RemoteError):
        world.verifier.receive_fragment(request, given)
    assert world.verifier.result(request).status == "pending"
    assert world.verifier.receive_fragment(request, fragment_for(world, asked)).status == "verified"


@pytest.mark.req("V-38")
def test_nothing_is_posted_for_it(world: Any) -> None:
    request, asked = ask(world)
    stored = world.verifier._store.by_id(request.id)
    form = {"vp_token": json.dumps({"pid": [world.presentation(asked)]}), "state": asked.state}
    reply = world.http("POST", f"https://cafe.example/response/{stored.request_id}", data=form)
    assert reply.status_code == 404
    assert world.verifier.result(request).status == "pending"


def test_a_request_by_post_is_not_answered_in_a_fragment(world: Any) -> None:
    request = world.verifier.request(response_mode="direct_post")
    with pytest.raises(InvalidResponse) as caught:
        world.verifier.receive_fragment(request, fragment_for(world, world.fetch(request)))
    assert "fragment" in caught.value.message
    assert world.verifier.result(request).status == "pending"


@pytest.mark.parametrize(
    "way",
    [
        {"flow": "cross_device", "redirect_uri": None},
        {"flow": "cross_device"},
        {"redirect_uri": None},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://cafe.example/back"},
        {"confirm": True},
    ],
    ids=["qr", "qr-with-redirect", "nowhere", "script", "plain-http", "confirm"],
)
def test_it_is_for_a_page_on_the_same_device(world: Any, way: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        ask(world, **way)
