"""Every response mode and way of passing of a request, and which of them a profile has (OpenID4VP 1.0 §5, §8)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import LocalError, RefusedByWallet
from nlwallet.openid4vp import UnverifiedRequestObject, as_form, build_response, error_form
from nlwallet.profiles import (
    EUDI_REFERENCE,
    HAIP_1_0,
    HAIP_STRICT,
    ISO_18013_7,
    NL_WALLET_0_5,
    NL_WALLET_0_6,
    OPENID4VP_1_0,
    PROFILES,
    STRICT,
    TRANSITIONAL,
    Profile,
)

DONE = "https://cafe.example/done"
BY_POST = ["direct_post", "direct_post.jwt"]
PASSING = ["reference", "value", "unsigned"]
CLOSED = [HAIP_1_0, HAIP_STRICT, STRICT, TRANSITIONAL, NL_WALLET_0_5, NL_WALLET_0_6]


def named(profile: Profile) -> str:
    return profile.name


def query(query_id: str = "pid", *paths: str, **more: Any) -> DcqlQuery:
    return DcqlQuery.parse(
        {
            "credentials": [
                {
                    "id": query_id,
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                    "claims": [{"path": [path]} for path in paths or ("age_over_18",)],
                    **more,
                }
            ]
        }
    )


# The whole way -----------------------------------------------------------------------------------


@pytest.mark.req("V-33", "V-42")
@pytest.mark.parametrize("passing", PASSING)
@pytest.mark.parametrize("mode", BY_POST)
def test_the_whole_way_by_post(open_world: Any, mode: str, passing: str) -> None:
    world = open_world
    request = world.verifier.request(response_mode=mode, passing=passing)
    asked = world.fetch(request)
    assert asked.response_mode == mode
    assert asked.response_uri.startswith("https://cafe.example/response/")
    assert asked.redirect_uri is None
    form = as_form(build_response(asked, vp_token={"pid": [world.presentation(asked)]}))
    assert form.keys() == ({"response"} if mode.endswith(".jwt") else {"vp_token", "state"})
    reply = world.post(asked, form)
    assert (reply.status_code, reply.json()) == (200, {})
    assert world.verifier.result(request).claims("pid") == {"age_over_18": True}
    assert world.post(asked, form).status_code == 410


@pytest.mark.req("V-36", "HV-11")
@pytest.mark.parametrize("passing", PASSING)
@pytest.mark.parametrize("mode", BY_POST)
def test_the_whole_way_on_the_same_device(open_world: Any, mode: str, passing: str) -> None:
    world = open_world
    request = world.verifier.request(
        response_mode=mode, passing=passing, flow="same_device", redirect_uri=DONE
    )
    asked = world.fetch(request)
    assert DONE not in request.uri, "redirect_uri comes from the response_uri, after the answer"
    uri = world.answer(asked).json()["redirect_uri"]
    assert world.verifier.result(request).status == "pending"
    code = uri.partition("response_code=")[2]
    assert world.verifier.result(request, response_code=code).status == "verified"


@pytest.mark.parametrize("passing", PASSING)
@pytest.mark.parametrize("mode", BY_POST)
@pytest.mark.req("V-58", "V-34")
def test_an_error_is_taken_in_every_mode(open_world: Any, mode: str, passing: str) -> None:
    world = open_world
    request = world.verifier.request(response_mode=mode, passing=passing)
    asked = world.fetch(request)
    reply = world.post(asked, error_form("access_denied", "", asked.state))
    assert (reply.status_code, reply.json()) == (200, {})
    with pytest.raises(RefusedByWallet):
        world.verifier.result(request).claims("pid")


@pytest.mark.req("ADV-020", "V-41")
def test_an_answer_that_was_to_be_readable_does_not_come_encrypted(open_world: Any) -> None:
    world = open_world
    request = world.verifier.request(response_mode="direct_post")
    asked = world.fetch(request)
    good = as_form(build_response(asked, vp_token={"pid": [world.presentation(asked)]}))
    assert world.post(asked, {**good, "response": "a.b.c.d.e"}).status_code == 400
    assert world.post(asked, {**good, "error": "access_denied"}).status_code == 400
    assert world.post(asked, {"state": good["state"]}).status_code == 400
    assert world.verifier.result(request).status == "pending"
    assert world.post(asked, {**good, "unknown": "x"}).status_code == 200


@pytest.mark.req("V-09", "V-37", "ADV-001", "ADV-002")
@pytest.mark.parametrize("state", [None, "unknown", "of-another"])
def test_without_encryption_the_state_counts_just_as_much(open_world: Any, state: str | None) -> None:
    world = open_world
    request, other = (world.verifier.request(response_mode="direct_post") for _ in range(2))
    asked = world.fetch(request)
    form = as_form(build_response(asked, vp_token={"pid": [world.presentation(asked)]}))
    wrong = {name: value for name, value in form.items() if name != "state"}
    if state is not None:
        wrong["state"] = str(world.fetch(other).state) if state == "of-another" else state
    assert world.post(asked, wrong).status_code == 400
    assert world.verifier.result(request).status == "pending"
    assert world.verifier.result(other).status == "pending"
    assert world.post(asked, form).status_code == 200


@pytest.mark.req("ADV-047")
@pytest.mark.parametrize(
    "token",
    ["", "null", "[]", '"eyJ..."', "{", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln~", '{"pid":["a"],"pid":["b"]}'],
)
def test_a_vp_token_that_is_no_object_is_refused(open_world: Any, token: str) -> None:
    world = open_world
    request = world.verifier.request(response_mode="direct_post")
    asked = world.fetch(request)
    reply = world.post(asked, {"vp_token": token, "state": asked.state})
    assert reply.status_code == 400
    assert world.verifier.result(request).presentations == ()


@pytest.mark.req("ADV-015", "ADV-003")
@pytest.mark.parametrize("mode", BY_POST)
def test_an_answer_to_somebody_elses_request_is_refused_there(open_world: Any, mode: str) -> None:
    """The attacker's own good answer, posted to the response_uri of the victim."""
    world = open_world
    victims, attackers = (world.verifier.request(response_mode=mode) for _ in range(2))
    victim, attacker = world.fetch(victims), world.fetch(attackers)
    form = as_form(build_response(attacker, vp_token={"pid": [world.presentation(attacker)]}))
    assert world.post(victim, form).status_code == 400
    assert world.verifier.result(victims).status == "pending"
    assert world.post(attacker, form).status_code == 200
    assert world.verifier.result(attackers).status == "verified"


# Passing -----------------------------------------------------------------------------------------


@pytest.mark.req("V-24", "V-03")
@pytest.mark.parametrize("mode", BY_POST)
def test_an_unsigned_request_is_its_own_address(open_world: Any, mode: str) -> None:
    world = open_world
    request = world.verifier.request(response_mode=mode, passing="unsigned")
    parameters = world.link(request).parameters
    assert parameters["client_id"] == f"redirect_uri:{parameters['response_uri']}"
    assert not {"request", "request_uri", "redirect_uri", "verifier_info"} & parameters.keys()
    assert not {"aud", "iat", "exp"} & parameters.keys(), "claims of a JWT, which it is not"
    assert json.loads(parameters["dcql_query"])["credentials"][0]["id"] == "pid"
    metadata = json.loads(parameters["client_metadata"])
    assert "dc+sd-jwt" in metadata["vp_formats_supported"]
    assert ("jwks" in metadata) is mode.endswith(".jwt")
    # Nobody signs it under another name afterwards.
    request_id = parameters["response_uri"].rpartition("/")[2]
    assert world.http("GET", f"https://cafe.example/request/{request_id}").status_code == 404


@pytest.mark.req("V-11", "V-47")
def test_an_unsigned_request_is_answered_to_its_address(open_world: Any) -> None:
    world = open_world
    request = world.verifier.request(passing="unsigned")
    asked = world.fetch(request)
    signed_name = world.verifier.client_id
    assert world.answer(asked, {"pid": [world.presentation(asked, audience=signed_name)]}).status_code == 400
    assert world.verifier.result(request).status == "failed"


@pytest.mark.req("V-01", "V-22", "V-02")
def test_a_request_by_value_is_the_signed_object_itself(open_world: Any) -> None:
    world = open_world
    request = world.verifier.request(passing="value")
    link = world.link(request)
    assert link.request_uri is None
    received = UnverifiedRequestObject.parse(link.request, profile=OPENID4VP_1_0)
    assert received.jws.header["typ"] == "oauth-authz-req+jwt"
    assert received.client_id == link.client_id == world.verifier.client_id
    assert "dcql_query" not in request.uri


@pytest.mark.req("V-17")
def test_the_method_goes_with_a_reference_only(make_world: Callable[..., Any]) -> None:
    world = make_world(profile=OPENID4VP_1_0, request_uri_method="post")
    assert "request_uri_method=post" in world.verifier.request().uri
    for passing in ("value", "unsigned"):
        assert "request_uri_method" not in world.verifier.request(passing=passing).uri


# What a profile forbids ----------------------------------------------------------------------------


@pytest.mark.req("HV-09")
@pytest.mark.parametrize("profile", CLOSED, ids=named)
@pytest.mark.parametrize(
    "way",
    [
        {"response_mode": "direct_post"},
        {"response_mode": "fragment", "flow": "same_device", "redirect_uri": DONE},
        {"passing": "value"},
        {"passing": "unsigned"},
    ],
    ids=["direct_post", "fragment", "value", "unsigned"],
)
def test_the_profile_forbids_it(
    make_world: Callable[..., Any], profile: Profile, way: dict[str, Any]
) -> None:
    world = make_world(profile=profile)
    with pytest.raises(LocalError) as caught:
        world.verifier.request(**way)
    assert profile.name in caught.value.message
    assert len(world.verifier._store) == 0


@pytest.mark.req("HV-14")
@pytest.mark.parametrize("profile", CLOSED, ids=named)
def test_the_browsers_api_is_encrypted_or_not_there(make_world: Callable[..., Any], profile: Profile) -> None:
    verifier = make_world(profile=profile).verifier
    with pytest.raises(LocalError):
        verifier.dc_api_request(origins=["https://cafe.example"], encrypted=False)
    if "dc_api.jwt" in profile.response_modes:
        assert verifier.dc_api_request(origins=["https://cafe.example"]).data
    else:
        with pytest.raises(LocalError):
            verifier.dc_api_request(origins=["https://cafe.example"])


def test_haip_has_the_browsers_api_and_the_encrypted_post() -> None:
    assert HAIP_1_0.response_modes == {"direct_post.jwt", "dc_api.jwt"}
    assert {named(one) for one in (*CLOSED, OPENID4VP_1_0, EUDI_REFERENCE, ISO_18013_7)} == PROFILES.keys()


@pytest.mark.parametrize("mode", ["dc_api", "dc_api.jwt"])
def test_a_mode_of_the_browser_is_asked_for_there(open_world: Any, mode: str) -> None:
    with pytest.raises(LocalError) as caught:
        open_world.verifier.request(response_mode=mode)
    assert "dc_api_request" in caught.value.hint


def test_a_profile_with_requests_by_value_and_no_redirect_uri_has_no_unsigned_ones(
    make_world: Callable[..., Any],
) -> None:
    profile = Profile("signed", frozenset({"ES256"}), request_by_value=True)
    verifier = make_world(profile=profile).verifier
    assert verifier.request(passing="value")
    with pytest.raises(LocalError) as caught:
        verifier.request(passing="unsigned")
    assert "no unsigned requests" in caught.value.message


# By name, and why -----------------------------------------------------------------------------------


@pytest.mark.req("V-02")
@pytest.mark.parametrize("passing", PASSING)
def test_a_scope_stands_for_its_query(make_world: Callable[..., Any], passing: str) -> None:
    world = make_world(profile=OPENID4VP_1_0, scopes={"age": query(), "name": query("name", "given_name")})
    request = world.verifier.request(scope="age name", passing=passing)
    asked = world.fetch(request)
    assert asked.scope == "age name"
    assert "dcql_query" not in asked.as_json()
    assert [one.id for one in asked.dcql_query.credentials] == ["pid", "name"]
    both = {
        "pid": [world.presentation(asked)],
        "name": [world.presentation(asked, paths=["given_name"])],
    }
    assert world.post(asked, as_form(build_response(asked, vp_token=both))).status_code == 200
    result = world.verifier.result(request)
    assert result.claims("pid") == {"age_over_18": True}
    assert result.claims("name") == {"given_name": "Frouke"}


@pytest.mark.req("V-02")
def test_a_scope_goes_without_a_query_and_is_known(make_world: Callable[..., Any]) -> None:
    verifier = make_world(scopes={"age": query()}).verifier
    for arguments in (
        {"query": query(), "scope": "age"},
        {"scope": "name"},
        {"scope": "age name"},
        {"scope": ""},
    ):
        with pytest.raises(LocalError):
            verifier.request(**arguments)


@pytest.mark.req("V-49")
def test_a_scope_is_answered_completely(make_world: Callable[..., Any]) -> None:
    world = make_world(scopes={"age": query(), "name": query("name", "given_name")})
    request = world.verifier.request(scope="age name")
    asked = world.fetch(request)
    assert world.answer(asked, {"pid": [world.presentation(asked)]}).status_code == 400
    assert world.verifier.result(request).status == "failed"


@pytest.mark.req("V-55")
@pytest.mark.parametrize("passing", PASSING)
def test_the_page_has_the_registered_purpose_before_anybody_asks(open_world: Any, passing: str) -> None:
    verifier = open_world.verifier
    registered = verifier.certificates.record.intended_uses[0].purpose
    request = verifier.request(passing=passing)
    assert request.purpose == {"nl": registered.nl, "en": registered.en}
    for form in ("signed", "unsigned", "multisigned"):
        browser = verifier.dc_api_request(origins=["https://cafe.example"], form=form)
        assert browser.purpose == request.purpose


@pytest.mark.req("V-55")
def test_the_purpose_is_that_of_what_is_asked(make_world: Callable[..., Any]) -> None:
    world = make_world(uses={"age": [["age_over_18"]], "delivery": [["family_name"]]})
    verifier = world.verifier
    delivery = {"nl": "Doel van delivery", "en": "Purpose of delivery"}
    assert verifier.request(intended_use="delivery").purpose == delivery
    assert verifier.request(query("pid", "family_name")).purpose == delivery
    assert verifier.request(query()).purpose["en"] == "Purpose of age"
    page = verifier.dc_api_request(query("pid", "family_name"), origins=["https://cafe.example"])
    assert page.purpose == delivery
