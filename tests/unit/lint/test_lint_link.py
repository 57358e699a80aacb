"""Links, and what stands behind them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from lint_requests import NOW, Party, checks, ids, query, sd_jwt

from nlwallet.errors import LocalError, RemoteError
from nlwallet.lint import FetchedRequest, LintReport, RequestReference, lint, request_reference


def link(party: Party, scheme: str = "openid4vp://", **changes: Any) -> str:
    fields = {"client_id": party.client_id, "request_uri": "https://rp.example/request/1", **changes}
    return f"{scheme}?{urlencode({name: value for name, value in fields.items() if value is not None})}"


def report(text: str, fetched: FetchedRequest | None = None, profile: str = "haip-1.0") -> LintReport:
    return lint(text, now=NOW, fetched=fetched, profile=profile)


def answer(party: Party, **changes: Any) -> FetchedRequest:
    return FetchedRequest(party.sign(party.claims(**changes)).encode())


@pytest.mark.parametrize(
    "scheme", ["openid4vp://", "haip-vp://", "eu-eaap://", "https://wallet.example/open"]
)
def test_a_good_link_has_no_error(party: Party, scheme: str) -> None:
    found = report(link(party, scheme), answer(party))
    assert ids(found) == ["RPRC_19"]
    assert found.kind == "link to a request object"
    assert found.summary == "pid: age_over_18"


def test_what_was_not_fetched_is_said_to_be_open(party: Party) -> None:
    found = report(link(party))
    assert checks(found) == {("REQ-11", "/request_uri")}
    assert found.fix() is None
    assert ("HV-03", "/client_id") in checks(report(link(party, client_id="x509_san_dns:rp.example")))


def test_where_to_fetch_is_told_to_who_can(party: Party) -> None:
    address = "https://rp.example/request/1"
    assert request_reference(link(party)) == RequestReference(address)
    assert request_reference(link(party, request_uri_method="post")) == RequestReference(address, "post")
    assert request_reference(address) == RequestReference(address)
    assert request_reference(party.sign()) is None
    assert request_reference(link(party, request_uri=None, request="a.b.c")) is None
    with pytest.raises(RemoteError, match="was not given"):
        lint(address)


ERRORS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no client_id": ({"client_id": None}, "V-11", ""),
    "request and request_uri": ({"request": "a.b.c"}, "REQ-06", "/request"),
    "http": ({"request_uri": "http://rp.example/1"}, "REQ-04", "/request_uri"),
    "method in capitals": ({"request_uri_method": "POST"}, "V-17", "/request_uri_method"),
    "method alone": (
        {"request_uri": None, "request_uri_method": "get", "request": "a.b.c"},
        "V-17",
        "/request_uri_method",
    ),
    "by value": ({"request_uri": None, "request": "a.b.c"}, "HV-09", "/request"),
    "unsigned": ({"request_uri": None, "nonce": "x"}, "HV-09", ""),
    "unsigned x509_hash": ({"request_uri": None, "nonce": "x"}, "V-27", "/client_id"),
    "scheme parameter": ({"client_id_scheme": "x509_hash"}, "OLD-02", "/client_id_scheme"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_each_broken_rule_is_an_error_at_its_place(party: Party, name: str) -> None:
    changes, check, pointer = ERRORS[name]
    found = report(link(party, **changes), answer(party))
    assert (check, pointer) in {(one.check, one.pointer) for one in found.findings if one.severity == "error"}


def test_a_parameter_stands_once(party: Party) -> None:
    assert ("REQ-06", "/client_id") in checks(report(f"{link(party)}&client_id=x"))


def test_an_http_universal_link(party: Party) -> None:
    assert ("REQ-04", "") in checks(report(link(party, "http://wallet.example/open"), answer(party)))


@pytest.mark.parametrize("scheme", ["haip://", "mdoc-openid4vp://", "eudi-openid4vp://"])
def test_schemes_of_drafts(party: Party, scheme: str) -> None:
    assert ("OLD-12", "") in checks(report(link(party, scheme), answer(party)))


def test_a_scheme_of_ones_own_is_noted(party: Party) -> None:
    found = report(link(party, "walletdebuginteraction://wallet"), answer(party))
    assert ("HV-13", "") in checks(found)
    assert found.ok


def test_parameters_beside_the_request_object_count_for_nothing(party: Party) -> None:
    found = report(link(party, nonce="x", state="y", request_url="z"), answer(party))
    assert {("W-04", "/nonce"), ("REQ-09", "/request_url")} <= checks(found)
    assert ("W-04", "/state") not in checks(found)
    with_metadata = link(party, request_uri_method="post", client_metadata="{}")
    assert ("W-04", "/client_metadata") not in checks(report(with_metadata, answer(party)))


def test_client_id_is_the_same_inside(party: Party) -> None:
    found = report(link(party, client_id="x509_hash:" + "A" * 43), answer(party))
    assert ("V-22", "/request/payload/client_id") in checks(found)


def test_a_request_by_value_under_the_plain_specification(party: Party) -> None:
    found = report(link(party, request_uri=None, request=party.sign()), profile="openid4vp-1.0")
    assert found.ok
    assert found.kind == "link with a request object"
    spoilt = link(party, request_uri=None, request=party.sign(party.claims(nonce=None)))
    assert ("V-06", "/request/payload") in checks(report(spoilt, profile="openid4vp-1.0"))
    assert ("NL-13", "/request") in checks(report(spoilt, profile="nl-wallet-0.6"))


def unsigned(party: Party, **changes: Any) -> str:
    claims = party.claims(
        client_id="redirect_uri:https://rp.example/response/1", aud=None, iat=None, exp=None
    )
    claims.update(changes)
    as_text = {n: json.dumps(v) if isinstance(v, dict) else v for n, v in claims.items()}
    return link(party, request_uri=None, **as_text)


def test_an_unsigned_request_under_the_plain_specification(party: Party) -> None:
    found = report(unsigned(party), profile="openid4vp-1.0")
    assert ids(found, severity="error") == []
    assert found.kind == "link with an unsigned request"
    other = unsigned(party, response_uri="https://rp.example/other")
    assert ("V-24", "/response_uri") in checks(report(other, profile="openid4vp-1.0"))
    broken = unsigned(party, dcql_query="{")
    assert ("V-03", "/dcql_query") in checks(report(broken, profile="openid4vp-1.0"))
    inside = unsigned(party, dcql_query=query(sd_jwt(["age_over_18"], id="a b")))
    assert ("D-02", "/dcql_query/credentials/0/id") in checks(report(inside, profile="openid4vp-1.0"))


def test_a_link_that_no_qr_code_holds(party: Party) -> None:
    assert "ISO/IEC 18004" in {one.spec for one in report(link(party, state="x" * 3000)).findings}


# What the address answers ----------------------------------------------------------------------


def test_a_running_endpoint_is_linted_by_what_it_answers(party: Party) -> None:
    found = report("https://rp.example/request/1", answer(party, nonce=None))
    assert found.kind == "request object behind an address"
    assert ("V-06", "/payload") in checks(found)


@pytest.mark.parametrize(
    ("fetched", "check"),
    [
        pytest.param(FetchedRequest(b"", status=404), "V-21", id="not found"),
        pytest.param(FetchedRequest(b"", status=302), "V-40", id="redirect"),
        pytest.param(FetchedRequest(b"a.b", content_type="text/html"), "V-21", id="HTML"),
        pytest.param(FetchedRequest(b"\xff\xfe"), "REQ-01", id="no text"),
        pytest.param(FetchedRequest(b"<html>"), "REQ-01", id="no JWS"),
        pytest.param(FetchedRequest(b"a.b.c.d.e"), "W-12", id="encrypted"),
    ],
)
def test_answers_that_are_no_request_object(party: Party, fetched: FetchedRequest, check: str) -> None:
    assert (check, "/request") in checks(report(link(party), fetched))


def test_the_wallet_nonce_comes_back(party: Party) -> None:
    good = FetchedRequest(party.sign(party.claims(wallet_nonce="abc")).encode(), wallet_nonce="abc")
    assert report(link(party, request_uri_method="post"), good).ok
    other = FetchedRequest(good.body, wallet_nonce="other")
    assert ("V-19", "/request/payload/wallet_nonce") in checks(report(link(party), other))
    missing = FetchedRequest(party.sign().encode(), wallet_nonce="abc")
    assert ("V-19", "/request/payload") in checks(report(link(party), missing))
    unasked = FetchedRequest(good.body)
    assert ("V-19", "/request/payload/wallet_nonce") in checks(report(link(party), unasked))


# What is nothing -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "hello", "{", "[]", "{}", '{"a": 1, "a": 2}', "a.b", b"\xff", "{" * 40, "x" * 2_000_000]
)
def test_what_is_no_request_at_all_is_refused(text: str | bytes) -> None:
    with pytest.raises(RemoteError):
        lint(text)


def test_an_unknown_profile_is_a_wrong_call() -> None:
    with pytest.raises(LocalError):
        lint("{}", profile="x")


def test_nothing_secret_is_repeated(party: Party) -> None:
    """Findings name places, never nonces, keys or values."""
    secret = "geheim-geheim-geheim"
    claims = party.claims(
        nonce=secret + " ",
        state=secret + "+",
        dcql_query=query(sd_jwt(claims=[{"path": ["bsn"], "values": [secret, 1.5]}])),
    )
    claims["client_metadata"]["jwks"]["keys"][0]["d"] = secret
    found = report(
        link(party, request_uri_method="post"),
        FetchedRequest(party.sign(claims).encode(), wallet_nonce=secret),
    )
    assert secret not in json.dumps(found.as_dict())
    assert secret not in json.dumps(found.as_sarif())
    assert secret not in repr(found)
