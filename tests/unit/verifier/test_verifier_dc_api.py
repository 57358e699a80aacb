"""The Digital Credentials API of the browser: what the page asks with, and what it may bring back (Appendix A)."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from nlwallet.crypto import PrivateKey, encrypt_jwe
from nlwallet.encoding import b64url_decode, dump_json, parse_json
from nlwallet.errors import InvalidKeyBinding, InvalidResponse, LocalError, RefusedByWallet, RemoteError
from nlwallet.openid4vp import RequestSigner, build_response, parse_multisigned, parse_signed
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.verifier import BrowserRequest

ORIGIN = "https://cafe.example"
AUDIENCE = f"origin:{ORIGIN}"
FORMS = ["signed", "unsigned", "multisigned"]
HERE, ELSEWHERE = "cookie-of-this-browser", "cookie-of-another-browser"
OTHER_KEY = PrivateKey.generate()


@pytest.fixture
def world(make_world: Callable[..., Any]) -> Any:
    return make_world(profile=OPENID4VP_1_0, cosigners=(RequestSigner.did_jwk(OTHER_KEY),))


def ask(world: Any, **how: Any) -> tuple[BrowserRequest, Any]:
    request = world.verifier.dc_api_request(**{"origins": [ORIGIN], **how})
    return request, world.from_page(request)


def data_for(world: Any, asked: Any, **changes: Any) -> dict[str, Any]:
    """A good answer as the browser gives it to the page; ``changes`` are to the presentation."""
    presentation = world.presentation(asked, **{"audience": AUDIENCE, **changes})
    return build_response(asked, vp_token={"pid": [presentation]})


def payload_and_headers(request: BrowserRequest) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    given = request.data["request"]
    headers = [parse_json(b64url_decode(one["protected"])) for one in given["signatures"]]
    return parse_json(b64url_decode(given["payload"])), headers


# The whole way ---------------------------------------------------------------------------------


@pytest.mark.req("HV-14", "A-07", "A-10", "A-12")
@pytest.mark.parametrize("encrypted", [True, False], ids=["dc_api.jwt", "dc_api"])
@pytest.mark.parametrize("form", FORMS)
def test_the_whole_way(world: Any, form: str, encrypted: bool) -> None:
    request, asked = ask(world, form=form, encrypted=encrypted)
    assert asked.response_mode == ("dc_api.jwt" if encrypted else "dc_api")
    data = data_for(world, asked)
    assert data.keys() == ({"response"} if encrypted else {"vp_token"})
    assert world.verifier.result(request).status == "pending"
    result = world.verifier.receive_dc_api(request, data, origin=ORIGIN)
    assert result.claims("pid") == {"age_over_18": True}
    assert result.report.ok
    assert world.verifier.result(request) == result


@pytest.mark.req("HV-14")
@pytest.mark.parametrize("form", FORMS)
def test_the_whole_way_under_haip(make_world: Callable[..., Any], form: str) -> None:
    world = make_world()
    request, asked = ask(world, form=form)
    assert asked.response_mode == "dc_api.jwt"
    assert asked.client_metadata.encrypted_response_enc_values_supported == ("A128GCM", "A256GCM")
    result = world.verifier.receive_dc_api(request, data_for(world, asked), origin=ORIGIN)
    assert result.status == "verified"


# What the page asks with -------------------------------------------------------------------------


@pytest.mark.req("A-01")
@pytest.mark.parametrize("form", FORMS)
def test_the_protocol_tells_the_form(world: Any, form: str) -> None:
    request, _ = ask(world, form=form)
    assert request.as_json() == {"protocol": f"openid4vp-v1-{form}", "data": dict(request.data)}


@pytest.mark.req("A-02", "V-02", "V-04", "V-05")
@pytest.mark.parametrize("form", FORMS)
def test_only_parameters_of_this_channel_are_sent(world: Any, form: str) -> None:
    request, _ = ask(world, form=form)
    if form == "unsigned":
        members = dict(request.data)
    elif form == "signed":
        members = dict(parse_signed(request.data, profile=OPENID4VP_1_0).claims)
    else:
        members = payload_and_headers(request)[0]
    defined = {
        "client_id",
        "response_type",
        "response_mode",
        "nonce",
        "client_metadata",
        "dcql_query",
        "verifier_info",
        "expected_origins",
    }
    assert members.keys() <= defined | {"iat", "exp"}
    assert members["response_type"] == "vp_token"
    assert isinstance(members["dcql_query"], dict)
    assert isinstance(members["client_metadata"], dict)


@pytest.mark.req("A-03")
def test_an_unsigned_request_says_no_name(world: Any) -> None:
    request, _ = ask(world, form="unsigned")
    assert not {"client_id", "expected_origins", "request", "verifier_info"} & request.data.keys()


@pytest.mark.req("A-04", "A-08")
def test_a_signed_request_names_its_party_and_its_pages(world: Any) -> None:
    origins = [ORIGIN, "https://www.cafe.example", "https://cafe.example:8443"]
    request, asked = ask(world, origins=origins)
    assert request.data.keys() == {"request"}
    assert isinstance(request.data["request"], str)
    received = parse_signed(request.data, profile=OPENID4VP_1_0)
    assert received.client_id == world.verifier.client_id
    assert list(asked.expected_origins) == received.claims["expected_origins"] == origins


@pytest.mark.req("A-09")
def test_a_multisigned_request_names_each_party_in_its_own_header(world: Any) -> None:
    request, _ = ask(world, form="multisigned")
    payload, headers = payload_and_headers(request)
    assert [header["client_id"] for header in headers] == [
        world.verifier.client_id,
        RequestSigner.did_jwk(OTHER_KEY).client_id,
    ]
    assert not {"client_id", "verifier_info"} & payload.keys()
    assert payload["expected_origins"] == [ORIGIN]
    assert all("verifier_info" in header for header in headers)
    both = parse_multisigned(request.data, profile=OPENID4VP_1_0)
    both[0].jws.verify(world.access_chain.leaf.public_key)
    both[1].jws.verify(OTHER_KEY.public)


@pytest.mark.req("V-06", "V-07", "V-08", "HV-07", "E-04")
def test_nonce_and_key_are_fresh_each_time(world: Any) -> None:
    nonces, keys, kids = set(), set(), set()
    for _ in range(20):
        _, asked = ask(world)
        assert re.fullmatch(r"[A-Za-z0-9._~-]{22,}", asked.nonce)
        (jwk,) = asked.client_metadata.as_json()["jwks"]["keys"]
        nonces.add(asked.nonce)
        keys.add(jwk["x"])
        kids.add(jwk["kid"])
    assert len(nonces) == len(keys) == len(kids) == 20


@pytest.mark.req("A-06")
@pytest.mark.parametrize(
    "origin",
    [
        "ftp://cafe.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "ws://cafe.example",
        "wss://cafe.example",
        "http://cafe.example",
        "https://cafe.example/",
        "https://cafe.example/page",
        "https://CAFE.example",
        "https://user@cafe.example",
        "cafe.example",
        "null",
        "",
    ],
)
def test_what_is_no_secure_origin_may_not_ask(world: Any, origin: str) -> None:
    for origins in ([origin], [ORIGIN, origin]):
        with pytest.raises(LocalError):
            world.verifier.dc_api_request(origins=origins)
    assert len(world.verifier._store) == 0


@pytest.mark.req("A-06")
def test_a_page_of_this_machine_may_ask_without_tls(world: Any) -> None:
    assert world.verifier.dc_api_request(origins=["http://localhost:8080"])


@pytest.mark.parametrize("origins", [[], ORIGIN], ids=["none", "text"])
def test_some_page_has_to_ask(world: Any, origins: Any) -> None:
    with pytest.raises(LocalError):
        world.verifier.dc_api_request(origins=origins)


def test_the_id_for_the_front_end_is_not_in_the_request(world: Any) -> None:
    for form in FORMS:
        request, _ = ask(world, form=form)
        assert request.id not in str(request.as_json())
        assert request.id not in repr(request)


# Where it comes from -----------------------------------------------------------------------------


@pytest.mark.req("A-15", "ADV-159")
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", ORIGIN + "/", ORIGIN.upper(), ORIGIN + ":443", "http://cafe.example", ""],
)
def test_an_answer_from_another_page_is_not_taken(world: Any, origin: str) -> None:
    request, asked = ask(world)
    data = data_for(world, asked, audience=f"origin:{origin}")
    with pytest.raises(InvalidResponse) as caught:
        world.verifier.receive_dc_api(request, data, origin=origin)
    assert caught.value.code == "wrong_origin"
    assert world.verifier.result(request).status == "pending"
    good = data_for(world, asked)
    assert world.verifier.receive_dc_api(request, good, origin=ORIGIN).status == "verified"


@pytest.mark.req("ADV-158", "ADV-159", "A-10")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "audience",
    [
        "the client_id",
        ORIGIN,
        "origin:" + ORIGIN + "/",
        "origin:https://www.cafe.example",
        "origin:https://cafe.example:443",
        "origin:http://cafe.example",
        "origin:https://CAFE.example",
        "Origin:" + ORIGIN,
        "origin:https://evil.example",
        "origin:",
        "web-origin:" + ORIGIN,
    ],
)
def test_a_presentation_for_anybody_but_this_origin_is_refused(world: Any, audience: str, form: str) -> None:
    request, asked = ask(world, form=form)
    bound_to = world.verifier.client_id if audience == "the client_id" else audience
    result = world.verifier.receive_dc_api(request, data_for(world, asked, audience=bound_to), origin=ORIGIN)
    assert result.status == "failed"
    assert result.presentations == ()
    with pytest.raises(InvalidKeyBinding):
        result.claims("pid")


@pytest.mark.req("ADV-159")
def test_of_two_pages_each_has_its_own_answer(world: Any) -> None:
    other = "https://www.cafe.example"
    request, asked = ask(world, origins=[ORIGIN, other])
    result = world.verifier.receive_dc_api(request, data_for(world, asked), origin=other)
    assert result.status == "failed"
    request, asked = ask(world, origins=[ORIGIN, other])
    data = data_for(world, asked, audience=f"origin:{other}")
    assert world.verifier.receive_dc_api(request, data, origin=other).status == "verified"


# What it may be ------------------------------------------------------------------------------------


@pytest.mark.req("ADV-160", "A-07", "HV-14")
def test_an_answer_that_is_not_encrypted_is_refused(make_world: Callable[..., Any]) -> None:
    world = make_world()
    request, asked = ask(world)
    token = {"pid": [world.presentation(asked, audience=AUDIENCE)]}
    good = build_response(asked, vp_token=token)
    for data in ({"vp_token": token}, {"vp_token": token, **good}, {"vp_token": dump_json(token).decode()}):
        with pytest.raises(InvalidResponse):
            world.verifier.receive_dc_api(request, data, origin=ORIGIN)
        assert world.verifier.result(request).status == "pending"
    assert world.verifier.receive_dc_api(request, good, origin=ORIGIN).status == "verified"
    assert len(world.verifier.result(request).rejected) == 3


@pytest.mark.req("ADV-160", "A-12")
@pytest.mark.parametrize("encrypted", [True, False], ids=["dc_api.jwt", "dc_api"])
@pytest.mark.parametrize("code", ["access_denied", "invalid_request", "made_up"])
def test_an_error_object_ends_it_cleanly(world: Any, code: str, encrypted: bool) -> None:
    request, asked = ask(world, encrypted=encrypted)
    result = world.verifier.receive_dc_api(request, {"error": code}, origin=ORIGIN)
    assert result.status == "refused"
    with pytest.raises(RefusedByWallet) as caught:
        result.claims("pid")
    assert caught.value.code == code
    with pytest.raises(RemoteError):
        world.verifier.receive_dc_api(request, data_for(world, asked), origin=ORIGIN)
    assert world.verifier.result(request).status == "refused"


@pytest.mark.req("ADV-160", "ADV-018", "ADV-042", "ADV-044")
@pytest.mark.parametrize("encrypted", [True, False], ids=["dc_api.jwt", "dc_api"])
@pytest.mark.parametrize(
    "data",
    [
        None,
        "eyJhbGciOiJub25lIn0.e30.",
        [],
        {},
        {"error": 1},
        {"error": ""},
        {"error": "access_denied", "vp_token": {}},
        {"error": "access_denied", "response": "x"},
        {"response": None},
        {"response": ["a.b.c.d.e"]},
        {"response": "eyJhbGciOiJub25lIn0.e30."},
        {"response": "a.b.c.d.e"},
    ],
    ids=range(12),
)
def test_rubbish_leaves_the_request_open(world: Any, data: Any, encrypted: bool) -> None:
    request, asked = ask(world, encrypted=encrypted)
    with pytest.raises(RemoteError):
        world.verifier.receive_dc_api(request, data, origin=ORIGIN)
    assert world.verifier.result(request).status == "pending"
    assert world.verifier.receive_dc_api(request, data_for(world, asked), origin=ORIGIN).status == "verified"


@pytest.mark.req("V-42", "ADV-047")
@pytest.mark.parametrize(
    "token", [None, [], "eyJ", {"other": ["x"]}, {"pid": []}, {"pid": "eyJ"}, {}], ids=range(7)
)
def test_a_vp_token_of_another_shape_ends_it(world: Any, token: Any) -> None:
    for encrypted in (True, False):
        request, asked = ask(world, encrypted=encrypted)
        data: dict[str, Any] = {"vp_token": token}
        if encrypted:
            target = asked.client_metadata.encryption_target(encs=("A256GCM",))
            jwe = encrypt_jwe(dump_json(data), target.key, enc=target.enc, kid=target.kid)
            data = {"response": jwe}
        result = world.verifier.receive_dc_api(request, data, origin=ORIGIN)
        assert (result.status, result.presentations) == ("failed", ())


@pytest.mark.req("A-02")
def test_a_state_means_nothing_here(world: Any) -> None:
    request, asked = ask(world, encrypted=False)
    data = {**data_for(world, asked), "state": "whatever", "unknown": 1}
    assert world.verifier.receive_dc_api(request, data, origin=ORIGIN).status == "verified"


# Replay ----------------------------------------------------------------------------------------------


@pytest.mark.req("V-39", "ADV-004")
def test_an_answer_counts_once(world: Any) -> None:
    request, asked = ask(world)
    data = data_for(world, asked)
    first = world.verifier.receive_dc_api(request, data, origin=ORIGIN)
    for again in (data, data_for(world, asked), {"error": "access_denied"}):
        with pytest.raises(RemoteError) as caught:
            world.verifier.receive_dc_api(request, again, origin=ORIGIN)
        assert caught.value.code == "request_ended"
    assert world.verifier.result(request) == first


@pytest.mark.req("ADV-029")
@pytest.mark.parametrize("encrypted", [True, False], ids=["dc_api.jwt", "dc_api"])
def test_of_many_answers_at_once_exactly_one_is_told_that_it_won(world: Any, encrypted: bool) -> None:
    request, asked = ask(world, encrypted=encrypted)
    answers = [data_for(world, asked) for _ in range(6)]
    barrier = Barrier(len(answers))

    def receive(data: dict[str, Any]) -> str:
        barrier.wait()
        try:
            return str(world.verifier.receive_dc_api(request, data, origin=ORIGIN).status)
        except RemoteError as error:
            return error.code

    with ThreadPoolExecutor(len(answers)) as pool:
        told = list(pool.map(receive, answers))
    assert sorted(told) == ["request_ended"] * 5 + ["verified"]
    assert world.verifier.result(request).status == "verified"


@pytest.mark.req("ADV-029")
def test_a_bad_answer_does_not_come_back_with_the_good_ones_result(world: Any) -> None:
    """While it is read, the good one wins: the bad one is told its own mistake, and no claim."""
    request, asked = ask(world)
    good = data_for(world, asked)

    class Late(dict[str, Any]):
        """Data that is looked at only after another answer was taken."""

        def __contains__(self, key: object) -> bool:
            if world.verifier.result(request).status == "pending":
                world.verifier.receive_dc_api(request, good, origin=ORIGIN)
            return super().__contains__(key)

    with pytest.raises(RemoteError):
        world.verifier.receive_dc_api(request, Late(response="a.b.c.d.e"), origin=ORIGIN)
    assert world.verifier.result(request).status == "verified"


@pytest.mark.req("ADV-005")
def test_an_answer_that_comes_too_late_is_refused(world: Any) -> None:
    request, asked = ask(world)
    data = data_for(world, asked)
    world.clock.travel(request.expires_at - world.clock.now())
    with pytest.raises(RemoteError) as caught:
        world.verifier.receive_dc_api(request, data, origin=ORIGIN)
    assert caught.value.code == "request_ended"
    assert world.verifier.result(request).status == "expired"


@pytest.mark.req("ADV-006", "V-47")
@pytest.mark.parametrize("form", FORMS)
def test_the_nonce_is_that_of_this_request(world: Any, form: str) -> None:
    earlier = ask(world, form=form)[1]
    request, asked = ask(world, form=form)
    data = data_for(world, asked, nonce=earlier.nonce)
    result = world.verifier.receive_dc_api(request, data, origin=ORIGIN)
    assert result.status == "failed"
    with pytest.raises(InvalidKeyBinding):
        result.claims("pid")


@pytest.mark.req("ADV-032", "HV-07", "E-05")
def test_the_key_is_that_of_this_request(world: Any) -> None:
    earlier = ask(world)[1]
    request, asked = ask(world)
    mixed = asked.model_copy(update={"client_metadata": earlier.client_metadata})
    with pytest.raises(RemoteError):
        world.verifier.receive_dc_api(request, data_for(world, mixed), origin=ORIGIN)
    assert world.verifier.result(request).status == "pending"


@pytest.mark.req("ADV-007")
def test_an_answer_by_post_is_none_for_the_page_and_the_other_way_round(world: Any) -> None:
    """The two channels bind to different things, so neither's answer does in the other."""
    browser, asked = ask(world)
    result = world.verifier.receive_dc_api(
        browser, data_for(world, asked, audience=world.verifier.client_id), origin=ORIGIN
    )
    assert result.status == "failed"
    posted = world.verifier.request()
    by_post = world.fetch(posted)
    assert world.answer(by_post, {"pid": [world.presentation(by_post, audience=AUDIENCE)]}).status_code == 400


# Whose it is -----------------------------------------------------------------------------------------


@pytest.mark.req("ADV-010", "V-36")
@pytest.mark.parametrize("session", [ELSEWHERE, None])
def test_only_the_session_that_asked_may_answer_and_look(world: Any, session: str | None) -> None:
    request, asked = ask(world, browser_session=HERE)
    data = data_for(world, asked)
    for call in (
        lambda: world.verifier.receive_dc_api(request, data, origin=ORIGIN, browser_session=session),
        lambda: world.verifier.result(request, browser_session=session),
    ):
        with pytest.raises(InvalidResponse) as caught:
            call()
        assert caught.value.code == "wrong_session"
    result = world.verifier.receive_dc_api(request, data, origin=ORIGIN, browser_session=HERE)
    assert result.status == "verified"
    assert world.verifier.result(request, browser_session=HERE).claims("pid") == {"age_over_18": True}


@pytest.mark.req("V-38")
def test_it_cannot_be_fetched_or_answered_over_http(world: Any) -> None:
    request, asked = ask(world)
    stored = world.verifier._store.by_id(request.id)
    form = {"response": data_for(world, asked)["response"]}
    assert world.http("GET", f"{ORIGIN}/request/{stored.request_id}").status_code == 404
    assert world.http("POST", f"{ORIGIN}/response/{stored.request_id}", data=form).status_code == 404
    assert world.verifier.result(request).status == "pending"


def test_a_request_by_link_is_not_answered_through_the_browser(world: Any) -> None:
    request = world.verifier.request()
    with pytest.raises(InvalidResponse) as caught:
        world.verifier.receive_dc_api(request.id, {"error": "access_denied"}, origin=ORIGIN)
    assert "no page" in caught.value.hint
    browser, _ = ask(world)
    with pytest.raises(InvalidResponse):
        world.verifier.receive_fragment(browser.id, "error=access_denied")


def test_an_unknown_request_is_our_mistake(world: Any) -> None:
    with pytest.raises(LocalError):
        world.verifier.receive_dc_api("unknown", {}, origin=ORIGIN)
