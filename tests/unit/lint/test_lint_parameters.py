"""The parameters of a request: each broken rule gives the finding of its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lint_requests import NL_PID, NONCE, NOW, Party, checks, ids, mdoc, query, sd_jwt

from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.lint import LintReport, lint

UNBOUND = query(sd_jwt(["age_over_18"], require_cryptographic_holder_binding=False))
RISK = {
    "type": "urn:eudi:sca:login_risk_transaction:1",
    "credential_ids": ["pid"],
    "payload": {"action": "Inloggen", "transaction_id": "1"},
}


def report(party: Party, profile: str = "haip-1.0", **changes: Any) -> LintReport:
    return lint(json.dumps(party.claims(**changes)), now=NOW, profile=profile)


def encoded(**changes: Any) -> list[str]:
    entry = {name: value for name, value in {**RISK, **changes}.items() if value is not None}
    return [b64url_encode(dump_json(entry))]


def test_good_claims_have_no_error(party: Party) -> None:
    assert ids(report(party)) == ["RPRC_19"]


ERRORS: dict[str, tuple[dict[str, Any], str, str]] = {
    "response_type missing": ({"response_type": None}, "V-04", ""),
    "response_type other": ({"response_type": "id_token"}, "V-04", "/response_type"),
    "response_type a list": ({"response_type": ["vp_token"]}, "V-04", "/response_type"),
    "response_type with id_token": ({"response_type": "vp_token id_token"}, "HV-02", "/response_type"),
    "response_mode missing": ({"response_mode": None}, "V-05", ""),
    "response_mode unknown": ({"response_mode": "pigeon"}, "V-05", "/response_mode"),
    "response_mode a number": ({"response_mode": 1}, "V-05", "/response_mode"),
    "response_mode unencrypted": ({"response_mode": "direct_post"}, "HV-09", "/response_mode"),
    "response_mode fragment": ({"response_mode": "fragment"}, "HV-09", "/response_mode"),
    "response_uri missing": ({"response_uri": None}, "V-33", ""),
    "redirect_uri too": ({"redirect_uri": "https://rp.example/cb"}, "V-33", "/redirect_uri"),
    "response_uri with fragment": ({"response_mode": "fragment"}, "V-33", "/response_uri"),
    "response_uri http": ({"response_uri": "http://rp.example/r"}, "REQ-04", "/response_uri"),
    "response_uri relative": ({"response_uri": "/r"}, "REQ-04", "/response_uri"),
    "response_uri a number": ({"response_uri": 1}, "REQ-04", "/response_uri"),
    "nonce missing": ({"nonce": None}, "V-06", ""),
    "nonce a number": ({"nonce": 1}, "V-08", "/nonce"),
    "nonce with other characters": ({"nonce": NONCE + "+/="}, "V-08", "/nonce"),
    "nonce empty": ({"nonce": ""}, "V-08", "/nonce"),
    "nonce too long": ({"nonce": "aB3-" * 300}, "W-39", "/nonce"),
    "state with other characters": ({"state": "a b"}, "V-08", "/state"),
    "no state and no holder binding": ({"state": None, "dcql_query": UNBOUND}, "V-09", ""),
    "weak state and no holder binding": ({"state": "abc", "dcql_query": UNBOUND}, "V-09", "/state"),
    "aud missing": ({"aud": None}, "V-23", ""),
    "aud other": ({"aud": "https://wallet.example"}, "V-23", "/aud"),
    "aud a number": ({"aud": 1}, "V-23", "/aud"),
    "exp past": ({"exp": NOW}, "REQ-02", "/exp"),
    "exp text": ({"exp": "soon"}, "REQ-02", "/exp"),
    "exp in milliseconds": ({"exp": NOW * 1000}, "REQ-02", "/exp"),
    "iat in the future": ({"iat": NOW + 3600}, "REQ-02", "/iat"),
    "nbf in the future": ({"nbf": NOW + 3600}, "REQ-02", "/nbf"),
    "no query": ({"dcql_query": None}, "V-02", ""),
    "query and scope": ({"scope": "pid"}, "V-02", "/scope"),
    "request inside": ({"request": "a.b.c"}, "REQ-03", "/request"),
    "request_uri inside": ({"request_uri": "https://rp.example/r"}, "REQ-03", "/request_uri"),
    "query as text": ({"dcql_query": json.dumps(query())}, "V-03", "/dcql_query"),
    "query no JSON": ({"dcql_query": "pid"}, "V-03", "/dcql_query"),
    "query a number": ({"dcql_query": 1}, "D-01", "/dcql_query"),
    "metadata as text": ({"client_metadata": "{}"}, "V-03", "/client_metadata"),
    "metadata a number": ({"client_metadata": 1}, "V-03", "/client_metadata"),
    "verifier_info an object": ({"verifier_info": {}}, "V-03", "/verifier_info"),
    "verifier_info of texts": ({"verifier_info": [1]}, "V-03", "/verifier_info/0"),
    "verifier_info without format": ({"verifier_info": [{"data": "x"}]}, "V-03", "/verifier_info/0"),
    "verifier_info without data": ({"verifier_info": [{"format": "x"}]}, "V-03", "/verifier_info/0"),
    "verifier_info of nothing asked": (
        {"verifier_info": [{"format": "x", "data": "x", "credential_ids": ["y"]}]},
        "V-03",
        "/verifier_info/0/credential_ids",
    ),
    "verifier_info of no list": (
        {"verifier_info": [{"format": "x", "data": "x", "credential_ids": "pid"}]},
        "V-03",
        "/verifier_info/0/credential_ids",
    ),
    "transaction_data an object": ({"transaction_data": {}}, "X-01", "/transaction_data"),
    "transaction_data empty": ({"transaction_data": []}, "X-01", "/transaction_data"),
    "transaction_data not encoded": ({"transaction_data": [RISK]}, "X-01", "/transaction_data/0"),
    "transaction_data no base64url": ({"transaction_data": ["{}"]}, "X-01", "/transaction_data/0"),
    "transaction_data an array": ({"transaction_data": ["W10"]}, "X-01", "/transaction_data/0"),
    "transaction_data without type": (
        {"transaction_data": encoded(type=None)},
        "X-01",
        "/transaction_data/0",
    ),
    "transaction_data without ids": (
        {"transaction_data": encoded(credential_ids=[])},
        "X-01",
        "/transaction_data/0",
    ),
    "transaction_data of nothing asked": (
        {"transaction_data": encoded(credential_ids=["x"])},
        "X-01",
        "/transaction_data/0",
    ),
    "transaction_data that breaks its type": (
        {"transaction_data": encoded(payload={})},
        "X-03",
        "/transaction_data/0",
    ),
    "transaction_data without holder binding": (
        {"transaction_data": encoded(), "dcql_query": UNBOUND},
        "X-05",
        "/transaction_data/0",
    ),
    "transaction_data with strange hashes": (
        {"transaction_data": encoded(transaction_data_hashes_alg=["md5"])},
        "X-07",
        "/transaction_data/0",
    ),
    "transaction_data with hashes as text": (
        {"transaction_data": encoded(transaction_data_hashes_alg="sha-256")},
        "X-07",
        "/transaction_data/0",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_each_broken_rule_is_an_error_at_its_place(party: Party, name: str) -> None:
    changes, check, pointer = ERRORS[name]
    found = report(party, **changes)
    assert (check, pointer) in {(one.check, one.pointer) for one in found.findings if one.severity == "error"}


ADVICE: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "nonce of 64 bits": ({"nonce": "0123456789abcdef"}, "V-07", "/nonce", "warning"),
    "nonce of one letter": ({"nonce": "a" * 40}, "V-07", "/nonce", "warning"),
    "nonce of digits": ({"nonce": "1234567890" * 2}, "V-07", "/nonce", "warning"),
    "no state": ({"state": None}, "V-10", "", "note"),
    "no exp": ({"exp": None}, "REQ-02", "", "note"),
    "scope": ({"dcql_query": None, "scope": "pid"}, "V-02", "/scope", "warning"),
    "loopback http": ({"response_uri": "http://localhost:8000/r"}, "REQ-04", "/response_uri", "warning"),
    "unknown parameter": ({"favourite_colour": "blue"}, "REQ-09", "/favourite_colour", "note"),
    "misspelt parameter": ({"redirectUri": "x"}, "REQ-09", "/redirectUri", "warning"),
    "transaction_data of an unknown type": (
        {"transaction_data": encoded(type="x")},
        "X-03",
        "/transaction_data/0",
        "warning",
    ),
}


@pytest.mark.parametrize("name", ADVICE)
def test_what_no_rule_forbids_is_advice(party: Party, name: str) -> None:
    changes, check, pointer, severity = ADVICE[name]
    found = report(party, **changes)
    assert (check, pointer, severity) in {(one.check, one.pointer, one.severity) for one in found.findings}
    assert found.ok


@pytest.mark.parametrize("nonce", [NONCE, "0123456789abcdef" * 2, "8c4d5f9e-3f7b-4a52-9b0a-6d1f2c3e4a5b"])
def test_a_nonce_of_128_bits_or_a_uuid_is_enough(party: Party, nonce: str) -> None:
    assert "V-07" not in ids(report(party, nonce=nonce))


def test_an_mdoc_rarely_authorises_transaction_data(party: Party) -> None:
    asked = query(mdoc(["org.iso.18013.5.1", "age_over_18"]))
    found = report(party, dcql_query=asked, transaction_data=encoded(credential_ids=["mdl"]))
    assert ("X-09", "/transaction_data/0") in checks(found)


def test_what_the_plain_specification_allows(party: Party) -> None:
    plain = {"client_id": "redirect_uri:https://rp.example/response/1", "aud": None}
    assert report(party, "openid4vp-1.0", response_mode="direct_post").ok
    assert report(party, "openid4vp-1.0", aud="https://wallet.example").ok
    assert "V-24" in ids(report(party, "openid4vp-1.0", **plain))
    assert "V-05" in ids(report(party, "openid4vp-1.0", response_mode="direct_post"), severity="warning")
    assert ("V-33", "") in checks(
        report(party, "openid4vp-1.0", response_mode="fragment", response_uri=None, client_id="x509_hash:a")
    )
    assert "V-04" in ids(report(party, "openid4vp-1.0", response_type="code"), severity="warning")


def test_text_of_json_is_read_all_the_same(party: Party) -> None:
    """A draft's way to send a query does not hide what is in the query."""
    found = report(party, dcql_query=json.dumps(query(sd_jwt(["age_over_18"], id="a b"))))
    assert {("V-03", "/dcql_query"), ("D-02", "/dcql_query/credentials/0/id")} <= checks(found)


# Client metadata -------------------------------------------------------------------------------


def metadata(party: Party, profile: str = "haip-1.0", **changes: Any) -> LintReport:
    claims = party.claims()
    members = {**claims["client_metadata"], **changes}
    claims["client_metadata"] = {name: value for name, value in members.items() if value is not None}
    return lint(json.dumps(claims), now=NOW, profile=profile)


def key(party: Party, **changes: Any) -> dict[str, Any]:
    own = party.claims()["client_metadata"]["jwks"]["keys"][0]
    return {name: value for name, value in {**own, **changes}.items() if value is not None}


AT = "/client_metadata"


def test_client_metadata_is_there(party: Party) -> None:
    assert ("HV-05", "") in checks(report(party, client_metadata=None))
    plain = report(party, "openid4vp-1.0", client_metadata=None, response_mode="direct_post")
    assert ("V-12", "") in checks(plain)


@pytest.mark.parametrize(
    ("jwks", "check", "pointer"),
    [
        (None, "HV-05", AT),
        ([], "HV-05", f"{AT}/jwks"),
        ({"keys": []}, "HV-05", f"{AT}/jwks"),
        ({"keys": [1]}, "E-04", f"{AT}/jwks/keys/0"),
    ],
)
def test_jwks_holds_keys(party: Party, jwks: Any, check: str, pointer: str) -> None:
    assert (check, pointer) in checks(metadata(party, jwks=jwks))


@pytest.mark.parametrize(
    ("changes", "check", "below"),
    [
        pytest.param({"kid": None}, "E-04", "", id="no kid"),
        pytest.param({"kid": 7}, "E-04", "", id="kid a number"),
        pytest.param({"alg": None}, "E-03", "", id="no alg"),
        pytest.param({"d": "secret"}, "E-03", "/d", id="private key"),
        pytest.param({"x": "AAAA"}, "E-03", "", id="not on the curve"),
        pytest.param({"crv": "P-384"}, "HV-05", "", id="other curve"),
        pytest.param({"alg": "RSA-OAEP"}, "HV-05", "", id="other alg"),
    ],
)
def test_a_key_that_wallets_cannot_use(party: Party, changes: dict[str, Any], check: str, below: str) -> None:
    found = metadata(party, jwks={"keys": [key(party, **changes)]})
    assert (check, f"{AT}/jwks/keys/0{below}") in checks(found)
    assert not found.ok


def test_two_keys_have_two_kids(party: Party) -> None:
    found = metadata(party, jwks={"keys": [key(party), key(party)]})
    assert ("E-04", f"{AT}/jwks/keys/1/kid") in checks(found)


def test_a_key_for_signatures_is_passed_over(party: Party) -> None:
    both = {"keys": [key(party, use="sig", kid="2"), key(party)]}
    assert ("E-07", f"{AT}/jwks/keys/0/use") in checks(metadata(party, jwks=both))
    assert metadata(party, jwks=both).ok
    assert ("HV-05", f"{AT}/jwks/keys") in checks(metadata(party, jwks={"keys": [key(party, use="sig")]}))


@pytest.mark.parametrize(
    ("encs", "check", "severity"),
    [
        (None, "HV-06", "error"),
        ([], "E-06", "error"),
        ("A128GCM", "E-06", "error"),
        (["A128GCM"], "HV-06", "error"),
        (["A256GCM"], "HV-06", "error"),
        (["A128GCM", 1], "E-06", "error"),
        (["A192GCM"], "E-06", "error"),
        (["A128GCM", "A256GCM", "X"], "E-06", "warning"),
    ],
)
def test_both_content_encryptions_are_listed(party: Party, encs: Any, check: str, severity: str) -> None:
    found = metadata(party, encrypted_response_enc_values_supported=encs)
    assert check in ids(found, severity=severity)


def test_the_nl_wallet_takes_one_of_them(party: Party) -> None:
    found = metadata(party, "nl-wallet-0.6", encrypted_response_enc_values_supported=["A128GCM"])
    assert "HV-06" in ids(found, severity="warning")
    assert found.ok


FORMATS = f"{AT}/vp_formats_supported"
ES256 = {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}


@pytest.mark.parametrize(
    ("formats", "check", "pointer"),
    [
        pytest.param(None, "V-12", AT, id="missing"),
        pytest.param([], "V-12", FORMATS, id="an array"),
        pytest.param({}, "V-12", FORMATS, id="empty"),
        pytest.param({"dc+sd-jwt": []}, "V-13", f"{FORMATS}/dc+sd-jwt", id="SD-JWT an array"),
        pytest.param(
            {"dc+sd-jwt": {"sd-jwt_alg_values": []}},
            "V-13",
            f"{FORMATS}/dc+sd-jwt/sd-jwt_alg_values",
            id="no algorithm",
        ),
        pytest.param(
            {"dc+sd-jwt": {"kb-jwt_alg_values": "ES256"}},
            "V-13",
            f"{FORMATS}/dc+sd-jwt/kb-jwt_alg_values",
            id="algorithm a text",
        ),
        pytest.param(
            {"dc+sd-jwt": {"kb-jwt_alg_values": ["ES384"]}},
            "HV-19",
            f"{FORMATS}/dc+sd-jwt/kb-jwt_alg_values",
            id="without ES256",
        ),
        pytest.param(
            {"dc+sd-jwt": ES256, "mso_mdoc": {"issuerauth_alg_values": ["ES256"]}},
            "V-14",
            f"{FORMATS}/mso_mdoc/issuerauth_alg_values",
            id="mdoc with names",
        ),
        pytest.param(
            {"dc+sd-jwt": ES256, "mso_mdoc": {"deviceauth_alg_values": [True]}},
            "V-14",
            f"{FORMATS}/mso_mdoc/deviceauth_alg_values",
            id="mdoc with booleans",
        ),
        pytest.param({"mso_mdoc": {}}, "W-25", FORMATS, id="not the format that is asked"),
        pytest.param({"vc+sd-jwt": {}}, "OLD-04", f"{FORMATS}/vc+sd-jwt", id="older name"),
        pytest.param(
            {"dc+sd-jwt": {"alg": ["ES256"]}}, "OLD-06", f"{FORMATS}/dc+sd-jwt/alg", id="older list"
        ),
        pytest.param(
            {"dc+sd-jwt": ES256, "mso_mdoc": {"issuer_signed_alg_values": [-7]}},
            "OLD-06",
            f"{FORMATS}/mso_mdoc/issuer_signed_alg_values",
            id="older mdoc list",
        ),
    ],
)
def test_vp_formats_supported(party: Party, formats: Any, check: str, pointer: str) -> None:
    found = metadata(party, vp_formats_supported=formats)
    assert (check, pointer) in {(one.check, one.pointer) for one in found.findings if one.severity == "error"}


def test_names_of_cose_algorithms_become_numbers(party: Party) -> None:
    found = metadata(
        party, vp_formats_supported={"dc+sd-jwt": ES256, "mso_mdoc": {"issuerauth_alg_values": ["ES256", -9]}}
    )
    [finding] = [one for one in found.findings if one.check == "V-14"]
    assert finding.fix is not None
    assert finding.fix.patch[0]["value"] == [-7, -9]


def test_members_that_wallets_ignore_are_noted(party: Party) -> None:
    found = metadata(party, client_name="Café", logo_uri="https://rp.example/logo")
    assert ids(found, severity="note") == ["V-15", "V-15"]
    assert found.ok


# The NL Wallet ---------------------------------------------------------------------------------

NL_ERRORS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "0.6 transaction_data": ("nl-wallet-0.6", {"transaction_data": encoded()}, "NL-15", "/transaction_data"),
    "0.6 scope instead of query": ("nl-wallet-0.6", {"dcql_query": None, "scope": "x"}, "NL-15", ""),
    "0.6 aud an array": ("nl-wallet-0.6", {"aud": ["https://self-issued.me/v2"]}, "NL-15", "/aud"),
    "0.6 direct_post": ("nl-wallet-0.6", {"response_mode": "direct_post"}, "NL-17", "/response_mode"),
    "0.6 no metadata": ("nl-wallet-0.6", {"client_metadata": None}, "NL-16", ""),
    "0.5 redirect_uri": ("nl-wallet-0.5", {"redirect_uri": "https://rp.example/"}, "NL-15", "/redirect_uri"),
    "0.5 code_challenge": ("nl-wallet-0.5", {"code_challenge": "x"}, "NL-15", "/code_challenge"),
    "0.5 authorization_details": (
        "nl-wallet-0.5",
        {"authorization_details": []},
        "NL-15",
        "/authorization_details",
    ),
}


@pytest.mark.parametrize("name", NL_ERRORS)
def test_what_the_nl_wallet_refuses(party: Party, name: str) -> None:
    profile, changes, check, pointer = NL_ERRORS[name]
    found = report(party, profile, **changes)
    assert (check, pointer) in {(one.check, one.pointer) for one in found.findings if one.severity == "error"}


def test_the_nl_wallet_wants_all_lists_of_algorithms(party: Party) -> None:
    found = metadata(party, "nl-wallet-0.6", vp_formats_supported={"dc+sd-jwt": {}})
    assert ("NL-16", f"{FORMATS}/dc+sd-jwt") in checks(found)
    assert metadata(party, vp_formats_supported={"dc+sd-jwt": {}}).ok
    assert ("NL-16", AT) in checks(metadata(party, "nl-wallet-0.6", vp_formats_supported=None))


NL_QUERIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "two formats": (query(sd_jwt(["bsn"]), mdoc(["a", "b"])), "NL-01", "/credentials"),
    "credential_sets": (
        query(sd_jwt(["bsn"]), credential_sets=[{"options": [["pid"]]}]),
        "NL-02",
        "/credential_sets",
    ),
    "claim_sets": (
        query(sd_jwt(claims=[{"id": "a", "path": ["bsn"]}], claim_sets=[["a"]])),
        "NL-03",
        "/credentials/0/claim_sets",
    ),
    "multiple": (query(sd_jwt(["bsn"], multiple=True)), "NL-05", "/credentials/0/multiple"),
    "no holder binding": (UNBOUND, "NL-06", "/credentials/0/require_cryptographic_holder_binding"),
    "null in a path": (query(sd_jwt(["nationalities", None])), "NL-07", "/credentials/0/claims/0/path/1"),
    "number in a path": (query(sd_jwt(["nationalities", 0])), "NL-07", "/credentials/0/claims/0/path/1"),
    "no claims": (query(sd_jwt(claims=None)), "NL-08", "/credentials/0"),
    "intent_to_retain for SD-JWT": (
        query(sd_jwt(claims=[{"path": ["bsn"], "intent_to_retain": False}])),
        "NL-09",
        "/credentials/0/claims/0/intent_to_retain",
    ),
    "authority type": (
        query(sd_jwt(["bsn"], trusted_authorities=[{"type": "etsi_tl", "values": ["x"]}])),
        "NL-10",
        "/credentials/0/trusted_authorities/0/type",
    ),
    "recovery code": (query(sd_jwt(["recovery_code"])), "MIN-06", "/credentials/0/claims/0"),
}


@pytest.mark.parametrize("profile", ["nl-wallet-0.6", "nl-wallet-0.5"])
@pytest.mark.parametrize("name", NL_QUERIES)
def test_the_part_of_dcql_that_the_nl_wallet_reads(name: str, profile: str) -> None:
    value, check, pointer = NL_QUERIES[name]
    found = lint(json.dumps(value), profile=profile)
    assert (check, pointer) in {(one.check, one.pointer) for one in found.findings if one.severity == "error"}
    assert "NL-" not in " ".join(ids(lint(json.dumps(value))))


@pytest.mark.parametrize(("profile", "severity"), [("nl-wallet-0.5", "error"), ("nl-wallet-0.6", "warning")])
def test_values_are_refused_in_0_5_and_left_out_in_0_6(profile: str, severity: str) -> None:
    value = query(sd_jwt(claims=[{"path": ["bsn"], "values": ["x"]}]))
    (one,) = [one for one in lint(json.dumps(value), profile=profile).findings if one.check == "NL-04"]
    assert (one.severity, one.pointer) == (severity, "/credentials/0/claims/0/values")


def test_what_the_nl_wallet_has_another_name_for() -> None:
    def found(value: dict[str, Any]) -> set[tuple[str, str]]:
        return checks(lint(json.dumps(value), profile="nl-wallet-0.6"))

    eu = query(mdoc(["eu.europa.ec.eudi.pid.1", "family_name"], doctype="eu.europa.ec.eudi.pid.1"))
    assert ("NL-11", "/credentials/0/meta/doctype_value") in found(eu)
    wrong = query(mdoc(["eu.europa.ec.eudi.pid.1", "bsn"], doctype=NL_PID))
    assert ("NL-11", "/credentials/0/claims/0/path/0") in found(wrong)
    right = query(mdoc([NL_PID, "family_name"], [f"{NL_PID}.address", "locality"], doctype=NL_PID))
    assert found(right) == set()
    login = query(mdoc(claims=[{"path": [NL_PID, "bsn"], "intent_to_retain": True}], doctype=NL_PID))
    assert ("NL-12", "/credentials/0/claims/0") in found(login)
