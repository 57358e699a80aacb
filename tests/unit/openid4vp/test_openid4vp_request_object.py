"""The request object as a wallet checks it (groups W and HW)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject, sign_jws
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidQuery,
    InvalidRequest,
    InvalidSignature,
    LocalError,
    OutsideValidity,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.openid4vp import (
    AuthorizationRequest,
    ReplyAddress,
    RequestSigner,
    UnverifiedRequestObject,
    VerifiedRequest,
    WalletCapabilities,
    error_code_for,
    x509_hash_client_id,
)
from nlwallet.profiles import HAIP_1_0, TRANSITIONAL, Profile
from nlwallet.report import Outcome, Report


def verify(
    text: str,
    party: Any,
    now: int,
    *,
    client_id: str = "",
    profile: Profile = HAIP_1_0,
    wallet_nonce: str | None = None,
    report: Report | None = None,
    capabilities: WalletCapabilities | None = None,
) -> VerifiedRequest:
    noted = Report() if report is None else report
    unverified = UnverifiedRequestObject.parse(text, profile=profile)
    authentic = unverified.authenticate(
        expected_client_id=client_id or party.client_id,
        anchors=[party.anchor],
        now=now,
        profile=profile,
        report=noted,
    )
    return authentic.read(
        now=now, profile=profile, report=noted, wallet_nonce=wallet_nonce, capabilities=capabilities
    )


def refusal(text: str, party: Any, now: int, **more: Any) -> RemoteError:
    with pytest.raises(RemoteError) as caught:
        verify(text, party, now, **more)
    return caught.value


@pytest.mark.req("W-17", "HW-05")
def test_a_good_request_is_verified_and_each_check_reported(party: Any, now: int) -> None:
    report = Report()
    verified = verify(party.sign(), party, now, report=report)
    assert verified.request.response_uri == "https://rp.example/response/1"
    assert verified.request.dcql_query.credentials[0].id == "pid"
    assert verified.chain.leaf.sha256() == party.chain.leaf.sha256()
    assert report.ok
    ids = [made.id for made in report]
    assert {"W-01", "W-05", "W-13", "W-17", "V-27", "HW-05", "W-06", "V-23", "W-24", "W-25"} <= set(ids)


def test_a_request_survives_the_round_trip(party: Any, now: int) -> None:
    request = AuthorizationRequest.parse(party.claims(wallet_nonce="w"))
    text = RequestSigner.x509_hash(party.key, party.chain).sign(request)
    assert verify(text, party, now, wallet_nonce="w").request == request


@pytest.mark.req("W-01", "V-01", "ADV-167")
@pytest.mark.parametrize("typ", ["JWT", "oauth-authz-req", "application/oauth-authz-req+jwt", "kb+jwt"])
def test_another_typ_is_refused(typ: str, party: Any) -> None:
    text = sign_jws(party.claims(), party.key, typ=typ, header={"x5c": party.chain.x5c()})
    with pytest.raises(RemoteError):
        UnverifiedRequestObject.parse(text, profile=HAIP_1_0)


@pytest.mark.req("W-01", "ADV-167")
@pytest.mark.parametrize("alg", ["none", "HS256", "RS256"])
def test_an_insecure_algorithm_is_refused_before_any_key(alg: str, party: Any) -> None:
    header = {"alg": alg, "typ": "oauth-authz-req+jwt", "x5c": party.chain.x5c()}
    text = f"{b64url_encode(dump_json(header))}.{b64url_encode(dump_json(party.claims()))}."
    with pytest.raises(AlgorithmNotAllowed):
        UnverifiedRequestObject.parse(text, profile=HAIP_1_0)


@pytest.mark.req("W-05", "ADV-168")
def test_the_client_id_outside_and_inside_are_the_same(party: Any, now: int) -> None:
    for outside in (party.client_id + "x", party.client_id.partition(":")[2], party.client_id.upper()):
        assert refusal(party.sign(), party, now, client_id=outside).pointer == "/client_id"


@pytest.mark.req("W-17", "ADV-170")
def test_the_hash_must_be_that_of_the_signing_certificate(
    party: Any, make_party: Callable[..., Any], now: int
) -> None:
    other = make_party()
    text = RequestSigner.x509_hash(party.key, party.chain).sign(party.claims(client_id=other.client_id))
    error = refusal(text, party, now, client_id=other.client_id)
    assert isinstance(error, InvalidRequest)
    assert error.pointer == "/client_id"


@pytest.mark.req("W-17", "ADV-170")
def test_the_certificate_must_lead_to_an_anchor(party: Any, make_party: Callable[..., Any], now: int) -> None:
    other = make_party()
    error = refusal(other.sign(), party, now, client_id=other.client_id)
    assert isinstance(error, UntrustedCertificate)


@pytest.mark.req("ADV-170")
def test_an_expired_access_certificate_is_refused(make_party: Callable[..., Any], now: int) -> None:
    expired = make_party(days=1, now=now - 10 * 86_400)
    with pytest.raises(RemoteError):
        verify(expired.sign(), expired, now)


@pytest.mark.req("HV-04", "ADV-170")
def test_an_anchor_in_x5c_is_refused(party: Any, now: int) -> None:
    with_anchor = CertificateChain(party.chain.leaf, (*party.chain.intermediates, party.anchor))
    text = RequestSigner.x509_hash(party.key, with_anchor).sign(party.claims())
    assert isinstance(refusal(text, party, now), UntrustedCertificate)


@pytest.mark.req("W-17")
def test_a_signature_of_another_key_is_refused(party: Any, now: int) -> None:
    header = {"x5c": party.chain.x5c()}
    text = sign_jws(party.claims(), PrivateKey.generate(), typ="oauth-authz-req+jwt", header=header)
    assert isinstance(refusal(text, party, now), InvalidSignature)


@pytest.mark.req("V-16")
def test_a_key_in_client_metadata_does_not_verify_the_request(party: Any, now: int) -> None:
    header = {"x5c": party.chain.x5c()}
    text = sign_jws(party.claims(), party.encryption_key, typ="oauth-authz-req+jwt", header=header)
    assert isinstance(refusal(text, party, now), InvalidSignature)


def test_a_request_without_x5c_is_refused(party: Any, now: int) -> None:
    text = sign_jws(party.claims(), party.key, typ="oauth-authz-req+jwt")
    assert refusal(text, party, now).pointer == "/x5c"


@pytest.mark.req("W-06", "ADV-169")
@pytest.mark.parametrize(("sent", "received"), [("a", None), ("a", "b"), (None, "a"), ("a", "A"), ("a", "")])
def test_the_wallet_nonce_must_come_back(
    sent: str | None, received: str | None, party: Any, now: int
) -> None:
    error = refusal(party.sign(wallet_nonce=received), party, now, wallet_nonce=sent)
    assert error.pointer == "/wallet_nonce"


@pytest.mark.req("W-02", "W-03")
def test_iss_and_unknown_claims_are_ignored(party: Any, now: int) -> None:
    text = party.sign(iss="https://somebody.example", request_uri_method="post", foo={"bar": 1})
    assert verify(text, party, now).request.client_id == party.client_id


@pytest.mark.req("W-03", "X-04")
@pytest.mark.parametrize("value", [["eyJ0eXBlIjoieCJ9"], [], "x", {}])
def test_transaction_data_is_never_ignored(value: Any, party: Any, now: int) -> None:
    error = refusal(party.sign(transaction_data=value), party, now)
    assert error.code == "invalid_transaction_data"


@pytest.mark.req("W-22", "ADV-172")
def test_redirect_uri_does_not_go_with_direct_post(party: Any, now: int) -> None:
    error = refusal(party.sign(redirect_uri="https://rp.example/cb"), party, now)
    assert (error.code, error.pointer) == ("invalid_request", "/redirect_uri")


@pytest.mark.req("W-24")
@pytest.mark.parametrize(
    "changes",
    [
        {"dcql_query": None},
        {"scope": "pid"},
        {"dcql_query": None, "presentation_definition": {"id": "1"}},
    ],
)
def test_a_request_has_a_dcql_query_and_no_scope(changes: dict[str, Any], party: Any, now: int) -> None:
    assert refusal(party.sign(**changes), party, now).code == "invalid_request"


@pytest.mark.req("W-14", "W-16", "ADV-173")
@pytest.mark.parametrize(
    "client_id",
    [
        "rp.example",
        "origin:https://rp.example",
        "redirect_uri:https://rp.example/cb",
        "x509_san_uri:https://rp.example",
        "x509_san_dns:rp.example",
        "did:web:rp.example",
        "x509_hash:",
        "X509_HASH:abc",
        ":",
    ],
)
def test_other_client_identifiers_are_refused(client_id: str, party: Any, now: int) -> None:
    error = refusal(party.sign(client_id=client_id), party, now, client_id=client_id)
    assert error_code_for(error) == "invalid_request"
    assert error.pointer == "/client_id"


@pytest.mark.req("V-25", "V-26", "ADV-171")
def test_x509_san_dns_is_read_under_the_transitional_profile(party: Any, now: int) -> None:
    client_id = "x509_san_dns:rp.example"
    text = party.sign(client_id=client_id)
    assert verify(text, party, now, client_id=client_id, profile=TRANSITIONAL).request.client_id == client_id
    elsewhere = party.sign(client_id=client_id, response_uri="https://evil.example/response")
    error = refusal(elsewhere, party, now, client_id=client_id, profile=TRANSITIONAL)
    assert error.pointer == "/response_uri"
    stranger = "x509_san_dns:bank.example"
    error = refusal(party.sign(client_id=stranger), party, now, client_id=stranger, profile=TRANSITIONAL)
    assert error.pointer == "/client_id"


@pytest.mark.req("V-23")
def test_aud_is_the_static_audience(party: Any, now: int) -> None:
    for aud in (None, "https://rp.example", party.client_id, [], 7):
        text = party.sign(aud=aud)
        assert refusal(text, party, now).pointer.startswith("/aud")
    assert verify(party.sign(aud=["x", "https://self-issued.me/v2"]), party, now)


def test_the_wallet_can_accept_another_audience(party: Any, now: int) -> None:
    able = WalletCapabilities(audiences=("https://rp.example/req",))
    assert verify(party.sign(aud="https://rp.example/req"), party, now, capabilities=able)


@pytest.mark.req("V-06", "V-08", "ADV-174")
@pytest.mark.parametrize("nonce", [None, "", "a b", "a+b", "ä", 7, "n" * 2000, "a\n"])
def test_nonce_is_there_and_url_safe(nonce: Any, party: Any, now: int) -> None:
    assert refusal(party.sign(nonce=nonce), party, now).pointer == "/nonce"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"response_mode": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "direct_post"}, "invalid_request"),
        ({"response_mode": "dc_api.jwt"}, "invalid_request"),
        ({"response_uri": None}, "invalid_request"),
        ({"response_uri": "http://rp.example/r"}, "invalid_request"),
        ({"response_uri": "https://rp.example/r#f"}, "invalid_request"),
        ({"client_metadata": None}, "vp_formats_not_supported"),
        ({"client_metadata": "x"}, "invalid_request"),
        ({"verifier_info": []}, "invalid_request"),
        ({"verifier_info": [{"format": "registration_cert"}]}, "invalid_request"),
        ({"request_uri": "https://rp.example"}, "invalid_request_object"),
        ({"state": "a b"}, "invalid_request"),
    ],
)
@pytest.mark.req("V-04", "V-05", "V-33")
def test_wrong_parameters_have_the_code_of_the_specification(
    changes: dict[str, Any], code: str, party: Any, now: int
) -> None:
    assert error_code_for(refusal(party.sign(**changes), party, now)) == code


@pytest.mark.req("ADV-175", "W-39")
def test_a_bad_query_is_an_invalid_request_with_its_place(party: Any, now: int) -> None:
    error = refusal(party.sign(dcql_query={"credentials": []}), party, now)
    assert isinstance(error, InvalidQuery)
    assert (error.code, error.pointer) == ("invalid_request", "/dcql_query/credentials")


@pytest.mark.req("RPA_03")
def test_an_expired_or_future_request_is_refused(party: Any, now: int) -> None:
    for changes in ({"exp": now}, {"iat": now + 3600}, {"nbf": now + 3600}):
        error = refusal(party.sign(**changes), party, now)
        assert isinstance(error, OutsideValidity)
        assert error_code_for(error) == "invalid_request"
    assert verify(party.sign(iat=now + 30, exp=now + 1), party, now)


@pytest.mark.req("W-25")
@pytest.mark.parametrize(
    "formats",
    [
        None,
        {"mso_mdoc": {}},
        {"vc+sd-jwt": {}},
        {"dc+sd-jwt": {"sd-jwt_alg_values": ["EdDSA"]}},
        {"dc+sd-jwt": {"kb-jwt_alg_values": ["ES384"]}},
    ],
)
def test_no_common_format_has_its_own_code(formats: Any, party: Any, now: int) -> None:
    metadata = {**party.claims()["client_metadata"]}
    metadata.pop("vp_formats_supported")
    if formats is not None:
        metadata["vp_formats_supported"] = formats
    assert refusal(party.sign(client_metadata=metadata), party, now).code == "vp_formats_not_supported"


@pytest.mark.req("V-15")
def test_other_members_of_client_metadata_are_ignored(party: Any, now: int) -> None:
    metadata = {**party.claims()["client_metadata"], "client_name": "Bank", "logo_uri": "https://x.example/a"}
    verified = verify(party.sign(client_metadata=metadata), party, now)
    assert set(verified.request.client_metadata.as_json()) == set(party.claims()["client_metadata"])


@pytest.mark.req("V-13")
@pytest.mark.parametrize("values", [[], "ES256", [7]])
def test_algorithm_lists_are_non_empty_arrays_of_strings(values: Any, party: Any, now: int) -> None:
    metadata = {
        **party.claims()["client_metadata"],
        "vp_formats_supported": {"dc+sd-jwt": {"sd-jwt_alg_values": values}},
    }
    error = refusal(party.sign(client_metadata=metadata), party, now)
    assert error.pointer == "/client_metadata/vp_formats_supported"


@pytest.mark.req("W-20")
def test_an_error_goes_to_an_authentic_address_only(party: Any, now: int) -> None:
    def address(**changes: Any) -> ReplyAddress | None:
        unverified = UnverifiedRequestObject.parse(party.sign(**changes), profile=HAIP_1_0)
        return unverified.authenticate(
            expected_client_id=party.client_id,
            anchors=[party.anchor],
            now=now,
            profile=HAIP_1_0,
            report=Report(),
        ).reply_address

    assert address(transaction_data=["x"]) == ReplyAddress("https://rp.example/response/1", "af0ifjsldkj")
    assert address(response_uri="http://rp.example/") is None
    assert address(response_uri=None) is None
    assert address(response_mode="fragment") is None


def test_the_report_ends_with_the_check_that_failed(party: Any, now: int) -> None:
    report = Report()
    refusal(party.sign(transaction_data=["x"]), party, now, report=report)
    last = report.checks[-1]
    assert (last.outcome, last.code) == (Outcome.FAILED, "invalid_transaction_data")


@pytest.mark.req("W-38")
def test_the_registration_certificate_comes_as_one_entry(party: Any) -> None:
    entry = {"format": "registration_cert", "data": "eyJ.eyJ.sig"}
    other = {"format": "somebody_elses", "data": {"a": 1}}
    one = AuthorizationRequest.parse(party.claims(verifier_info=[other, entry]))
    assert one.registration_certificate == "eyJ.eyJ.sig"
    two = AuthorizationRequest.parse(party.claims(verifier_info=[entry, entry]))
    assert two.registration_certificate is None
    assert len(two.registration_certificates) == 2
    assert AuthorizationRequest.parse(party.claims()).registration_certificate is None


def test_signing_with_another_key_is_our_mistake(party: Any) -> None:
    with pytest.raises(LocalError):
        RequestSigner.x509_hash(PrivateKey.generate(), party.chain).sign(party.claims())


def test_no_value_of_the_request_is_in_an_error(party: Any, now: int) -> None:
    secret = "very-personal-value"
    for changes in ({"nonce": f"{secret} "}, {"client_metadata": secret}, {"state": f" {secret}"}):
        error = refusal(party.sign(**changes), party, now)
        assert secret not in str(error)


def test_a_certificate_of_a_subordinate_authority_is_accepted(now: int) -> None:
    root = CertificateAuthority.create("Access CA", now=now)
    below = root.subordinate("Access CA 2", now=now)
    key = PrivateKey.generate()
    chain = below.issue(key.public, Subject(common_name="RP"), now=now)
    assert len(chain.intermediates) == 1


@pytest.mark.req("HV-04", "ADV-170")
def test_a_self_signed_certificate_is_refused_though_it_is_an_anchor(now: int) -> None:
    key = PrivateKey.generate()
    authority = CertificateAuthority.create("Access CA", now=now)
    chain = CertificateChain(authority.certificate, ())
    client_id = x509_hash_client_id(chain.leaf)
    text = sign_jws({"client_id": client_id}, key, typ="oauth-authz-req+jwt", header={"x5c": chain.x5c()})
    with pytest.raises(UntrustedCertificate):
        UnverifiedRequestObject.parse(text, profile=HAIP_1_0).authenticate(
            expected_client_id=client_id,
            anchors=[authority.certificate],
            now=now,
            profile=HAIP_1_0,
            report=Report(),
        )
