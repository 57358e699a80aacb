"""From answer to result: the session side of it (adversarial group 5.1)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.errors import (
    InvalidKeyBinding,
    InvalidResponse,
    LocalError,
    NlWalletError,
    RefusedByWallet,
    RemoteError,
)
from nlwallet.openid4vp import FORM_MEDIA_TYPE, AuthorizationRequest, build_response, error_form
from nlwallet.report import Outcome


@pytest.mark.req("HV-01", "HV-21")
def test_the_whole_way(world: Any) -> None:
    request = world.verifier.request()
    assert world.verifier.result(request).status == "pending"
    asked = world.fetch(request)
    assert world.answer(asked).status_code == 200
    result = world.verifier.result(request)
    assert result.status == "verified"
    assert result.claims("pid") == {"age_over_18": True}
    assert result.report.ok
    assert world.verifier.result(request.id).claims("pid") == {"age_over_18": True}


@pytest.mark.req("V-44", "V-45", "V-48")
def test_the_report_lists_every_check(world: Any) -> None:
    request = world.verifier.request()
    world.answer(world.fetch(request))
    report = world.verifier.result(request).report
    made = {check.id: check for check in report}
    for id_ in (
        "V-59",
        "E-01",
        "V-37",
        "V-42",
        "S-32",
        "V-52",
        "V-44",
        "S-24",
        "C-01",
        "S-30",
        "V-47",
        "S-16",
    ):
        assert made[id_].outcome is Outcome.PASSED, id_
    assert made["V-49"].outcome is Outcome.PASSED
    assert made["V-48"].outcome is Outcome.SKIPPED
    assert "no status" in made["V-48"].reason
    assert made["C-21"].outcome is Outcome.SKIPPED
    assert all(check.spec for check in report)


def test_claims_cannot_be_read_before_the_answer(world: Any) -> None:
    request = world.verifier.request()
    with pytest.raises(LocalError) as caught:
        world.verifier.result(request).claims("pid")
    assert caught.value.code == "not_verified"


def test_claims_of_a_failed_presentation_raise_its_error(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    reply = world.answer(asked, {"pid": [world.presentation(asked, nonce="another")]})
    assert reply.status_code == 400
    result = world.verifier.result(request)
    assert result.status == "failed"
    assert result.presentations == ()
    for _ in range(2):
        with pytest.raises(InvalidKeyBinding):
            result.claims("pid")


def test_an_unknown_query_id_is_our_mistake(world: Any) -> None:
    request = world.verifier.request()
    world.answer(world.fetch(request))
    with pytest.raises(LocalError) as caught:
        world.verifier.result(request).claims("diploma")
    assert "pid" in caught.value.hint


def test_an_unknown_request_is_our_mistake(world: Any) -> None:
    with pytest.raises(LocalError):
        world.verifier.result("nothing")


@pytest.mark.req("V-39", "ADV-004")
def test_a_replay_is_refused_and_changes_nothing(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    form = build_response(asked, vp_token={"pid": [world.presentation(asked)]})
    assert world.post(asked, form).status_code == 200
    first = world.verifier.result(request)
    assert world.post(asked, form).status_code == 410
    assert world.verifier.result(request) == first
    assert world.http("GET", world.link(request).request_uri).status_code == 410


@pytest.mark.req("ADV-029")
def test_of_two_answers_at_once_exactly_one_wins(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    request_id = asked.response_uri.rpartition("/")[2]
    bodies = [
        urlencode(build_response(asked, vp_token={"pid": [world.presentation(asked)]})).encode()
        for _ in range(6)
    ]
    barrier = Barrier(len(bodies))

    def post(body: bytes) -> bool:
        barrier.wait()
        try:
            world.verifier.endpoints.receive(request_id, body, FORM_MEDIA_TYPE)
        except RemoteError:
            return False
        return True

    with ThreadPoolExecutor(len(bodies)) as pool:
        assert sum(pool.map(post, bodies)) == 1
    assert world.verifier.result(request).status == "verified"


@pytest.mark.req("ADV-029", "V-39")
def test_of_two_citizens_at_once_the_result_is_of_the_one_who_was_told_so(world: Any) -> None:
    """Two different valid answers over HTTP; the claims are those of the answer that got 200, and no mixture."""
    for _ in range(4):
        request = world.verifier.request()
        asked = world.fetch(request)
        ages, barrier = (True, False), Barrier(2)
        forms = [build_response(asked, vp_token={"pid": [of_age(world, asked, age)]}) for age in ages]

        def post(form: dict[str, str], barrier: Barrier = barrier, asked: Any = asked) -> int:
            barrier.wait()
            return int(world.post(asked, form).status_code)

        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(post, forms))
        assert sorted(told) == [200, 410]
        assert world.verifier.result(request).claims("pid") == {"age_over_18": ages[told.index(200)]}


def of_age(world: Any, asked: AuthorizationRequest, age: bool) -> str:
    holder = PrivateKey.generate()
    text = world.pid_issuer.issue(holder.public, claims={"age_over_18": age})
    return str(
        world.pid_issuer.present(
            text, ["age_over_18"], holder=holder, audience=asked.client_id, nonce=asked.nonce
        )
    )


@pytest.mark.req("V-09", "ADV-002")
def test_a_response_without_state_is_refused(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    reply = world.post_members(asked, {"vp_token": {"pid": [world.presentation(asked)]}})
    assert reply.status_code == 400
    result = world.verifier.result(request)
    assert result.status == "pending"
    (rejected,) = result.rejected
    assert [check.id for check in rejected if check.outcome is Outcome.FAILED] == ["V-37"]


def test_after_a_response_that_did_not_count_the_right_one_still_does(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    assert world.post(asked, {"response": "a.b.c.d.e"}).status_code == 400
    assert world.post_members(asked, [1, 2]).status_code == 400
    assert world.answer(asked).status_code == 200
    result = world.verifier.result(request)
    assert result.status == "verified"
    assert len(result.rejected) == 2


@pytest.mark.req("ADV-003", "ADV-045", "E-10")
def test_an_attackers_presentation_in_the_victims_session_is_refused(world: Any) -> None:
    victims, attackers = world.verifier.request(), world.verifier.request()
    victim, attacker = world.fetch(victims), world.fetch(attackers)
    assert world.answer(victim, {"pid": [world.presentation(attacker)]}).status_code == 400
    assert world.verifier.result(victims).status == "failed"


@pytest.mark.req("ADV-032", "HV-07")
def test_the_key_of_an_earlier_request_does_not_decrypt(world: Any) -> None:
    earlier, asked = world.fetch(world.verifier.request()), world.fetch(world.verifier.request())
    mixed = asked.model_copy(update={"client_metadata": earlier.client_metadata})
    assert world.answer(mixed, {"pid": [world.presentation(asked)]}).status_code == 400


@pytest.mark.req("ADV-006", "ADV-007", "ADV-015")
def test_a_presentation_for_another_session_or_party_is_refused(
    world: Any,
) -> None:
    old = world.presentation(world.fetch(world.verifier.request()))
    other_party = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk"
    for change in (None, other_party):
        request = world.verifier.request()
        asked = world.fetch(request)
        presentation = old if change is None else world.presentation(asked, audience=change)
        assert world.answer(asked, {"pid": [presentation]}).status_code == 400
        assert world.verifier.result(request).status == "failed"


@pytest.mark.req("V-11", "ADV-008")
def test_the_audience_is_the_full_client_id_exactly(world: Any) -> None:
    full = world.verifier.client_id
    for audience in (
        full.partition(":")[2],
        full.upper(),
        full + "/",
        "x509_san_dns:cafe.example",
        f" {full}",
    ):
        request = world.verifier.request()
        asked = world.fetch(request)
        assert world.answer(asked, {"pid": [world.presentation(asked, audience=audience)]}).status_code == 400
        failed = [c.id for c in world.verifier.result(request).report if c.outcome is Outcome.FAILED]
        assert failed == ["V-47"]


@pytest.mark.req("ADV-009", "V-47")
@pytest.mark.parametrize("others", [[], ["https://other.example"]], ids=["alone", "among-others"])
def test_an_audience_is_one_string_and_no_list(world: Any, others: list[str]) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    presentation = world.presentation(asked, audience=[asked.client_id, *others])
    assert world.answer(asked, {"pid": [presentation]}).status_code == 400
    assert world.verifier.result(request).status == "failed"


@pytest.mark.req("ADV-005")
def test_a_response_after_the_end_of_the_request_is_refused(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    world.clock.travel(600)
    assert world.answer(asked).status_code == 410
    result = world.verifier.result(request)
    assert result.status == "expired"
    with pytest.raises(InvalidResponse) as caught:
        result.claims("pid")
    assert caught.value.code == "expired"


@pytest.mark.req("ADV-016", "V-58")
def test_an_error_of_the_wallet_ends_the_session_as_refused(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    assert world.post(asked, error_form("access_denied", "no", asked.state)).status_code == 200
    result = world.verifier.result(request)
    assert result.status == "refused"
    with pytest.raises(RefusedByWallet) as caught:
        result.claims("pid")
    assert caught.value.code == "access_denied"
    assert world.answer(asked).status_code == 410


@pytest.mark.req("V-58")
def test_an_encrypted_error_is_accepted_too(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    assert world.post_members(asked, {"error": "invalid_request", "state": asked.state}).status_code == 200
    assert world.verifier.result(request).error.code == "invalid_request"


@pytest.mark.req("ADV-017")
def test_an_error_without_state_touches_nothing_and_an_unknown_code_is_taken(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    assert world.post(asked, error_form("access_denied")).status_code == 400
    assert world.post(asked, error_form("access_denied", "", "somebody")).status_code == 400
    assert world.verifier.result(request).status == "pending"
    assert world.post(asked, error_form("made_up", "", asked.state)).status_code == 200
    assert world.verifier.result(request).status == "refused"


@pytest.mark.req("ADV-024")
def test_hostile_text_in_an_error_is_harmless(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    hostile = "\x1b[2J\r\n" + "A" * 100_000
    reply = world.post(asked, {"error": hostile, "error_description": hostile, "state": str(asked.state)})
    assert reply.status_code == 200
    error = world.verifier.result(request).error
    assert isinstance(error, RefusedByWallet)
    assert str(error).isprintable()
    assert len(str(error)) < 600


@pytest.mark.req("HV-05", "ADV-018", "ADV-019", "ADV-020")
def test_a_response_that_is_not_encrypted_or_mixed_is_refused(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    token = {"pid": [world.presentation(asked)]}
    plain = {"vp_token": json.dumps(token), "state": str(asked.state)}
    encrypted = build_response(asked, vp_token=token)
    for form in (plain, {**plain, **encrypted}, {**plain, "error": "access_denied"}, {"x": "y"}):
        assert world.post(asked, form).status_code == 400
    assert world.verifier.result(request).status == "pending"


@pytest.mark.req("V-41", "ADV-023")
def test_unknown_fields_and_members_are_ignored(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    form = build_response(asked, vp_token={"pid": [world.presentation(asked)]})
    assert world.post(asked, {**form, "iss": "https://wallet.example"}).status_code == 200
    assert world.verifier.result(request).status == "verified"


@pytest.mark.req("HV-05")
@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
def test_both_content_encryptions_are_accepted(enc: str, world: Any) -> None:
    request = world.verifier.request()
    asked: AuthorizationRequest = world.fetch(request)
    form = build_response(
        asked, vp_token={"pid": [world.presentation(asked)]}, encs=(enc,), apu=b"wallet", apv=b"verifier"
    )
    assert world.post(asked, form).status_code == 200
    assert world.verifier.result(request).status == "verified"


def test_no_value_and_no_secret_is_in_result_session_or_error(world: Any) -> None:
    query = {
        "credentials": [
            {
                "id": "pid",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                "claims": [{"path": ["bsn"]}],
            }
        ]
    }
    request = world.verifier.request(query)
    asked = world.fetch(request)
    assert world.answer(asked, {"pid": [world.presentation(asked, paths=["bsn"])]}).status_code == 200
    result = world.verifier.result(request)
    session = world.verifier._store.by_id(request.id)
    shown = repr(result) + repr(session) + json.dumps(result.as_dict()) + repr(result.presentations)
    assert result.claims("pid") == {"bsn": "900026236"}
    for secret in ("900026236", request.id, asked.nonce, str(asked.state)):
        assert secret not in shown


def test_as_dict_names_the_error(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    world.answer(asked, {"pid": [world.presentation(asked, nonce="x")]})
    members = world.verifier.result(request).as_dict()
    assert members["status"] == "failed"
    assert members["error"]["error"] == "InvalidKeyBinding"
    assert members["error"]["pointer"].startswith("/vp_token/pid/0/")


def test_many_rejected_responses_do_not_make_an_answer_lose(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    request_id = asked.response_uri.rpartition("/")[2]
    good = urlencode(build_response(asked, vp_token={"pid": [world.presentation(asked)]})).encode()

    def post(body: bytes) -> bool:
        try:
            world.verifier.endpoints.receive(request_id, body, FORM_MEDIA_TYPE)
        except NlWalletError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(post, [b"response=a.b.c.d.e"] * 20 + [good] + [b"response=x"] * 20))
    assert sum(outcomes) == 1
    assert world.verifier.result(request).status == "verified"
