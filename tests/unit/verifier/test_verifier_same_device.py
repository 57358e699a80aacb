"""The same-device flow: the result is for who comes back with the response code (HAIP 1.0 §5.1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from nlwallet.errors import InvalidResponse, LocalError, RefusedByWallet
from nlwallet.openid4vp import error_form

DONE = "https://cafe.example/done"


def redirect_of(world: Any, request: Any) -> str:
    uri = world.answer(world.fetch(request)).json()["redirect_uri"]
    assert isinstance(uri, str)
    return uri


def code_of(uri: str) -> str:
    return urlsplit(uri).query.rpartition("response_code=")[2]


@pytest.mark.req("HV-10", "HV-11", "V-35")
def test_the_wallet_is_sent_back_with_a_fresh_response_code(world: Any) -> None:
    codes = set()
    for _ in range(5):
        uri = redirect_of(world, world.verifier.request(flow="same_device", redirect_uri=DONE))
        assert uri.startswith(f"{DONE}?response_code=")
        assert len(code_of(uri)) >= 22
        codes.add(code_of(uri))
    assert len(codes) == 5


@pytest.mark.req("V-36", "HV-12", "ADV-010", "ADV-014")
def test_without_the_response_code_there_is_no_result(world: Any) -> None:
    request = world.verifier.request(flow="same_device", redirect_uri=DONE)
    redirect_of(world, request)
    result = world.verifier.result(request)
    assert result.status == "pending"
    assert result.presentations == ()
    with pytest.raises(LocalError):
        result.claims("pid")
    world.clock.travel(600)
    assert world.verifier.result(request).status == "expired"


@pytest.mark.req("V-36")
def test_with_the_response_code_there_is(world: Any) -> None:
    request = world.verifier.request(flow="same_device", redirect_uri=DONE)
    code = code_of(redirect_of(world, request))
    result = world.verifier.result(request, response_code=code)
    assert result.status == "verified"
    assert result.claims("pid") == {"age_over_18": True}
    assert result.report.ok


@pytest.mark.req("ADV-012", "V-39")
def test_the_response_code_works_once(world: Any) -> None:
    request = world.verifier.request(flow="same_device", redirect_uri=DONE)
    code = code_of(redirect_of(world, request))
    first = world.verifier.result(request, response_code=code)
    with pytest.raises(InvalidResponse) as caught:
        world.verifier.result(request, response_code=code)
    assert caught.value.code == "invalid_response_code"
    again = world.verifier.result(request)
    assert again.presentations == ()
    with pytest.raises(InvalidResponse) as caught:
        again.claims("pid")
    assert caught.value.code == "already_released"
    assert first.claims("pid") == {"age_over_18": True}


@pytest.mark.req("ADV-013", "HV-12")
def test_the_code_of_one_session_does_not_open_another(world: Any) -> None:
    mine = world.verifier.request(flow="same_device", redirect_uri=DONE)
    other = world.verifier.request(flow="same_device", redirect_uri=DONE)
    my_code, other_code = code_of(redirect_of(world, mine)), code_of(redirect_of(world, other))
    for request, code in ((mine, other_code), (other, my_code), (mine, ""), (mine, my_code + "x")):
        with pytest.raises(InvalidResponse):
            world.verifier.result(request, response_code=code)
    assert world.verifier.result(mine, response_code=my_code).status == "verified"


def test_a_code_before_the_answer_is_refused_and_costs_nothing(world: Any) -> None:
    request = world.verifier.request(flow="same_device", redirect_uri=DONE)
    for _ in range(20):
        with pytest.raises(InvalidResponse):
            world.verifier.result(request, response_code="early")
    code = code_of(redirect_of(world, request))
    assert world.verifier.result(request, response_code=code).status == "verified"


def test_a_refusal_brings_the_user_back_too(world: Any) -> None:
    request = world.verifier.request(flow="same_device", redirect_uri=DONE)
    asked = world.fetch(request)
    reply = world.post(asked, error_form("access_denied", "", asked.state))
    code = code_of(reply.json()["redirect_uri"])
    for result in (world.verifier.result(request), world.verifier.result(request, response_code=code)):
        assert result.status == "refused"
        with pytest.raises(RefusedByWallet):
            result.claims("pid")


def test_the_place_of_the_code_can_be_chosen(world: Any) -> None:
    for given, shown in (
        ("https://cafe.example/done/{RESPONSE_CODE}", "https://cafe.example/done/CODE"),
        (
            "https://cafe.example/#/?response_code={RESPONSE_CODE}",
            "https://cafe.example/#/?response_code=CODE",
        ),
        ("https://cafe.example/done?lang=nl", "https://cafe.example/done?lang=nl&response_code=CODE"),
        ("https://cafe.example/done#top", "https://cafe.example/done?response_code=CODE#top"),
    ):
        request = world.verifier.request(flow="same_device", redirect_uri=given)
        uri = redirect_of(world, request)
        before, _, after = shown.partition("CODE")
        assert uri.startswith(before)
        assert uri.endswith(after)
        code = uri[len(before) : len(uri) - len(after)]
        assert world.verifier.result(request, response_code=code).status == "verified"


@pytest.mark.req("V-35")
@pytest.mark.parametrize(
    "uri", [None, "/done", "http://cafe.example/", "javascript:alert(1)", "https://a@b/"]
)
def test_the_redirect_uri_is_an_absolute_https_uri(uri: str | None, world: Any) -> None:
    with pytest.raises(LocalError):
        world.verifier.request(flow="same_device", redirect_uri=uri)


def test_a_cross_device_request_has_no_redirect_uri(world: Any) -> None:
    with pytest.raises(LocalError):
        world.verifier.request(redirect_uri=DONE)
    assert world.answer(world.fetch(world.verifier.request())).json() == {}
