"""What a page gives to the browser's Digital Credentials API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lint_requests import NOW, Party, checks, ids, query, sd_jwt

from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.lint import LintReport, lint

ORIGINS = ["https://rp.example"]
_ELSEWHERE = ("response_uri", "state", "aud")


def claims(party: Party, **changes: Any) -> dict[str, Any]:
    gone = dict.fromkeys(_ELSEWHERE)
    return party.claims(**{"response_mode": "dc_api.jwt", "expected_origins": ORIGINS, **gone, **changes})


def entry(protocol: str, data: Any) -> dict[str, Any]:
    return {"protocol": protocol, "data": data}


def report(value: Any, profile: str = "haip-1.0") -> LintReport:
    return lint(json.dumps(value), now=NOW, profile=profile)


def unsigned(party: Party, **changes: Any) -> dict[str, Any]:
    gone = {"client_id": None, "expected_origins": None}
    return entry("openid4vp-v1-unsigned", claims(party, **{**gone, **changes}))


def signed(party: Party, **changes: Any) -> dict[str, Any]:
    return entry("openid4vp-v1-signed", {"request": party.sign(claims(party, **changes))})


def multisigned(party: Party, *, in_payload: dict[str, Any] | None = None, **header: Any) -> dict[str, Any]:
    inside = claims(party, **{"client_id": None, **(in_payload or {})})
    own = {"x5c": party.chain.x5c(), "client_id": party.client_id, **header}
    protected, payload, signature = party.sign(inside, header=own).split(".")
    signatures = [{"protected": protected, "signature": signature}]
    return entry("openid4vp-v1-multisigned", {"request": {"payload": payload, "signatures": signatures}})


def test_good_requests_have_no_error(party: Party) -> None:
    for good in (unsigned(party), signed(party), multisigned(party)):
        found = report(good)
        assert ids(found, severity="error") == []
        assert found.summary == "pid: age_over_18"
        assert found.kind == "request through the browser's API"


def test_all_requests_of_a_call_are_looked_at(party: Party) -> None:
    call = {"digital": {"requests": [unsigned(party), signed(party, nonce=None), 7]}}
    found = report(call)
    assert {
        ("V-06", "/digital/requests/1/data/request/payload"),
        ("A-01", "/digital/requests/2"),
    } <= checks(found)
    assert ("A-01", "/requests") in checks(report({"requests": []}))
    assert ("A-01", "/digital/requests") in checks(report({"digital": 1}))


@pytest.mark.parametrize("protocol", ["openid4vp", "openid4vp-v1", None, 7])
def test_the_protocol_is_one_of_three(party: Party, protocol: Any) -> None:
    found = ids(report({**unsigned(party), "protocol": protocol}), severity="error")
    assert found == (["OLD-11"] if protocol == "openid4vp" else ["A-01"])


def test_the_protocol_is_that_of_the_data(party: Party) -> None:
    assert ("A-08", "/data") in checks(report(entry("openid4vp-v1-signed", {})))
    assert ("A-09", "/data") in checks(report(entry("openid4vp-v1-multisigned", {})))
    assert ("A-02", "/data") in checks(report(entry("openid4vp-v1-signed", "x")))
    mixed = {**signed(party), "protocol": "openid4vp-v1-unsigned"}
    assert ("A-01", "/protocol") in checks(report(mixed))
    assert ("REQ-01", "/data/request") in checks(report(entry("openid4vp-v1-signed", {"request": "a.b"})))


def test_an_unsigned_request_does_not_say_who_asks(party: Party) -> None:
    assert ("A-03", "/data/client_id") in checks(report(unsigned(party, client_id=party.client_id)))


def test_a_signed_request_names_the_origins_that_may_send_it(party: Party) -> None:
    at = "/data/request/payload"
    assert ("A-04", at) in checks(report(signed(party, expected_origins=None)))
    assert ("A-04", f"{at}/expected_origins") in checks(report(signed(party, expected_origins=[])))


@pytest.mark.parametrize(
    "origin",
    ["https://rp.example/", "http://rp.example", "ftp://rp.example", "javascript:x", "RP.example", 7],
)
def test_an_origin_is_what_browsers_write(party: Party, origin: Any) -> None:
    found = report(signed(party, expected_origins=["https://rp.example", origin]))
    assert ("A-06", "/data/request/payload/expected_origins/1") in checks(found)


def test_what_means_nothing_here_is_noted(party: Party) -> None:
    found = report(signed(party, state="abc", response_uri="https://rp.example/r"))
    assert ids(found, severity="note").count("A-02") == 2
    assert found.ok


def test_the_answer_is_encrypted_under_haip(party: Party) -> None:
    assert ("HV-14", "/data/response_mode") in checks(report(unsigned(party, response_mode="dc_api")))
    plain = report(unsigned(party, response_mode="dc_api"), "openid4vp-1.0")
    assert plain.ok
    old = report(unsigned(party, response_mode="w3c_dc_api.jwt"))
    assert ("OLD-11", "/data/response_mode") in checks(old)


def test_multi_signed_requests_say_who_asks_in_each_header(party: Party) -> None:
    found = report(multisigned(party, in_payload={"client_id": party.client_id}))
    assert ("A-09", "/data/request/payload/client_id") in checks(found)
    stranger = report(multisigned(party, client_id="x509_hash:" + "A" * 43))
    assert "V-27" in ids(stranger, severity="error")


@pytest.mark.parametrize(
    "request_",
    [
        {"payload": 1, "signatures": [{}]},
        {"payload": "*", "signatures": [{}]},
        {"payload": "W10", "signatures": [{}]},
        {"payload": "e30", "signatures": []},
        {"payload": "e30", "signatures": ["x"]},
        {"payload": "e30", "signatures": [{"protected": "*", "signature": ""}]},
    ],
)
def test_multi_signed_requests_that_cannot_be_read(request_: Any) -> None:
    found = report(entry("openid4vp-v1-multisigned", {"request": request_}))
    assert "A-09" in ids(found, severity="error")


def test_claims_alone_are_recognised_by_their_response_mode(party: Party) -> None:
    assert report(claims(party)).ok
    assert report(claims(party, client_id=None, expected_origins=None)).ok
    bad = claims(party, dcql_query=query(sd_jwt(["age_over_18"], id="a b")))
    assert checks(report(bad)) >= {("D-02", "/dcql_query/credentials/0/id")}


def test_a_payload_that_was_changed_is_noticed(party: Party) -> None:
    good = multisigned(party)
    good["data"]["request"]["payload"] = b64url_encode(dump_json(claims(party, client_id=None, iat=NOW - 1)))
    assert ("V-27", "/data/request/signatures/0") in checks(report(good))
