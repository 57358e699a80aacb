"""What the verifier asks, and how (groups V and HV)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidQuery, LocalError
from nlwallet.openid4vp import UnverifiedRequestObject
from nlwallet.profiles import HAIP_1_0
from nlwallet.report import Report
from nlwallet.trust import TrustAnchors
from nlwallet.verifier import InMemorySessionStore, Verifier


def payload(world: Any, request: Any, **more: Any) -> dict[str, Any]:
    text = world.http("GET", world.link(request).request_uri, **more).text
    return dict(UnverifiedRequestObject.parse(text, profile=HAIP_1_0).claims)


@pytest.mark.req("HV-03", "V-22", "V-27")
def test_a_wallet_can_verify_the_request(world: Any) -> None:
    request = world.verifier.request()
    link = world.link(request)
    reply = world.http("GET", link.request_uri)
    verified = (
        UnverifiedRequestObject.parse(reply.text, profile=HAIP_1_0)
        .authenticate(
            expected_client_id=link.client_id,
            anchors=[world.access_anchor],
            now=world.clock.now(),
            profile=HAIP_1_0,
            report=Report(),
        )
        .read(now=world.clock.now(), profile=HAIP_1_0, report=Report())
    )
    assert link.client_id == verified.request.client_id == world.verifier.client_id
    assert link.client_id.startswith("x509_hash:")


@pytest.mark.req("HV-04")
def test_the_chain_has_no_anchor_and_no_self_signed_leaf(world: Any) -> None:
    text = world.http("GET", world.link(world.verifier.request()).request_uri).text
    header = UnverifiedRequestObject.parse(text, profile=HAIP_1_0).jws.header
    assert header["x5c"] == world.access_chain.x5c()
    assert not world.access_chain.leaf.is_self_signed
    assert world.access_anchor.der not in [c.der for c in world.access_chain.intermediates]


@pytest.mark.req("HV-02", "HV-09", "V-33")
def test_the_parameters_are_those_of_haip(world: Any) -> None:
    request = world.verifier.request()
    claims = payload(world, request)
    assert claims["response_type"] == "vp_token"
    assert claims["response_mode"] == "direct_post.jwt"
    assert claims["response_uri"].startswith("https://cafe.example/response/")
    assert claims["aud"] == "https://self-issued.me/v2"
    assert claims["exp"] == request.expires_at
    assert "redirect_uri" not in claims
    assert "scope" not in claims
    assert "request_uri_method" not in claims


@pytest.mark.req("V-02", "V-03")
def test_objects_are_objects_in_the_request_object(world: Any) -> None:
    claims = payload(world, world.verifier.request())
    assert isinstance(claims["dcql_query"], dict)
    assert isinstance(claims["client_metadata"], dict)
    assert claims["dcql_query"]["credentials"][0]["claims"] == [{"path": ["age_over_18"]}]


@pytest.mark.req("RPRC_19", "RPRC_20")
def test_the_registration_certificate_comes_by_value_in_one_entry(world: Any) -> None:
    registered = world.verifier.certificates.registration_certificates["age"]
    claims = payload(world, world.verifier.request())
    assert claims["verifier_info"] == [{"format": "registration_cert", "data": registered}]


@pytest.mark.req("HV-05", "HV-06", "V-12")
def test_client_metadata_has_formats_and_both_content_encryptions(world: Any) -> None:
    metadata = payload(world, world.verifier.request())["client_metadata"]
    assert metadata["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]
    assert metadata["vp_formats_supported"]["dc+sd-jwt"]["sd-jwt_alg_values"] == ["ES256"]
    assert set(metadata) == {"jwks", "encrypted_response_enc_values_supported", "vp_formats_supported"}


@pytest.mark.req("HV-07", "E-04")
def test_each_request_has_its_own_p256_encryption_key(world: Any) -> None:
    keys = []
    for _ in range(20):
        (jwk,) = payload(world, world.verifier.request())["client_metadata"]["jwks"]["keys"]
        assert (jwk["kty"], jwk["crv"], jwk["alg"], jwk["use"]) == ("EC", "P-256", "ECDH-ES", "enc")
        assert "d" not in jwk
        keys.append(jwk)
    for member in ("x", "kid"):
        assert len({jwk[member] for jwk in keys}) == 20


@pytest.mark.req("V-07", "V-08", "V-10")
def test_nonce_and_state_are_fresh_long_and_url_safe(world: Any) -> None:
    seen = set()
    for _ in range(50):
        claims = payload(world, world.verifier.request())
        for name in ("nonce", "state"):
            assert re.fullmatch(r"[A-Za-z0-9._~-]{22,}", claims[name])  # 22 characters carry 128 bits
            seen.add(claims[name])
    assert len(seen) == 100


@pytest.mark.req("ADV-030")
def test_a_thousand_requests_have_a_thousand_nonces(make_world: Callable[..., Any]) -> None:
    world = make_world()
    sessions = [
        world.verifier._store.by_id(world.verifier.request().id)  # quicker than by way of HTTP
        for _ in range(1000)
    ]
    nonces, states = {one.nonce for one in sessions}, {one.state_parameter for one in sessions}
    assert len(nonces) == len(states) == 1000
    assert not nonces & states


@pytest.mark.req("V-38")
def test_the_id_for_the_front_end_is_not_what_wallets_see(world: Any) -> None:
    request = world.verifier.request()
    assert request.id not in request.uri
    assert request.id not in repr(request)
    assert request.id not in str(payload(world, request))
    assert world.link(request).request_uri.rpartition("/")[2] not in request.id


@pytest.mark.req("V-60", "ADV-028")
def test_the_request_may_be_fetched_again_by_get_and_post_until_it_ends(world: Any) -> None:
    request = world.verifier.request()
    first = payload(world, request)
    assert payload(world, request) == first
    reply = world.http("POST", world.link(request).request_uri)
    assert reply.status_code == 200
    assert UnverifiedRequestObject.parse(reply.text, profile=HAIP_1_0).claims == first


@pytest.mark.req("V-19", "ADV-025")
def test_the_wallet_nonce_is_repeated_verbatim(world: Any) -> None:
    uri = world.link(world.verifier.request()).request_uri
    for nonce in ("qPmxiNFCR3QTm19POc8u", "Ünïcode & =+ %"):
        reply = world.http("POST", uri, data={"wallet_nonce": nonce})
        assert UnverifiedRequestObject.parse(reply.text, profile=HAIP_1_0).claims["wallet_nonce"] == nonce
    plain = UnverifiedRequestObject.parse(world.http("POST", uri).text, profile=HAIP_1_0)
    assert "wallet_nonce" not in plain.claims


@pytest.mark.req("V-20", "ADV-026")
def test_other_parameters_of_the_post_change_nothing(world: Any) -> None:
    request = world.verifier.request()
    fields = {"wallet_metadata": '{"jwks_uri":"https://evil.example"}', "foo": "bar"}
    reply = world.http("POST", world.link(request).request_uri, data=fields)
    assert UnverifiedRequestObject.parse(reply.text, profile=HAIP_1_0).claims == payload(world, request)


@pytest.mark.req("V-17")
def test_request_uri_method_stands_in_the_link_only_if_chosen(make_world: Callable[..., Any]) -> None:
    assert "request_uri_method" not in make_world().verifier.request().uri
    assert make_world(request_uri_method="post").verifier.request().uri.endswith("&request_uri_method=post")


@pytest.mark.req("HV-13")
def test_the_link_can_start_otherwise(make_world: Callable[..., Any]) -> None:
    for start in ("haip-vp://", "https://wallet.example/disclosure"):
        assert make_world(wallet_endpoint=start).verifier.request().uri.startswith(f"{start}?client_id=")


def test_the_query_can_be_given_as_object_or_json(world: Any) -> None:
    query = {
        "credentials": [
            {"id": "x", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:eudi:pid:1"]}},
        ]
    }
    for given in (query, DcqlQuery.parse(query)):
        assert payload(world, world.verifier.request(given))["dcql_query"] == query


def test_a_malformed_query_is_refused_before_anything_is_made(world: Any) -> None:
    with pytest.raises(InvalidQuery):
        world.verifier.request({"credentials": []})


def test_a_format_that_cannot_be_verified_is_not_asked_for(world: Any) -> None:
    query = {"credentials": [{"id": "x", "format": "ldp_vc", "meta": {"type_values": [["a"]]}}]}
    with pytest.raises(LocalError, match="dc\\+sd-jwt and mso_mdoc only"):
        world.verifier.request(query)


def test_an_unknown_intended_use_is_our_mistake(world: Any) -> None:
    with pytest.raises(LocalError) as caught:
        world.verifier.request(intended_use="marketing")
    assert "age" in caught.value.hint


@pytest.mark.req("RPRC_21")
def test_asking_more_than_registered_is_sent_with_a_warning(world: Any) -> None:
    query = {
        "credentials": [
            {
                "id": "pid",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                "claims": [{"path": ["age_over_18"]}, {"path": ["bsn"]}],
            }
        ]
    }
    request = world.verifier.request(query)
    (warning,) = request.warnings
    assert (warning.code, warning.query_id, warning.path) == ("over_asking", "pid", ("bsn",))
    assert "bsn" in str(warning)
    assert payload(world, request)["dcql_query"] == query
    assert payload(world, request)["verifier_info"]
    assert world.verifier.request().warnings == ()


def test_a_verifier_without_registration_asks_with_a_warning(world: Any) -> None:
    world.verifier.certificates.registration_certificates.clear()
    request = world.verifier.request(
        {"credentials": [{"id": "x", "format": "dc+sd-jwt", "meta": {"vct_values": ["a"]}}]}
    )
    assert [warning.code for warning in request.warnings] == ["not_registered"]
    assert "verifier_info" not in payload(world, request)


def test_a_key_of_another_certificate_is_our_mistake(world: Any) -> None:
    mine = world.verifier
    with pytest.raises(LocalError):
        Verifier(
            certificates=mine.certificates,
            key=PrivateKey.generate(),
            anchors=TrustAnchors(),
            base_url="https://cafe.example",
            clock=world.clock,
            types=mine._types,
        )


def test_the_qr_code_is_labelled_and_of_the_uri(world: Any) -> None:
    request = world.verifier.request()
    text = request.qr()
    assert "cross-device" in text.splitlines()[-1]
    assert max(len(line) for line in text.splitlines()) < 110
    svg = request.qr_svg()
    assert svg.startswith("<svg")
    assert "<title>cross-device" in svg
    assert request.qr_png().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_same_device_request_has_no_qr_code(world: Any) -> None:
    request = world.verifier.request(flow="same_device", redirect_uri="https://cafe.example/done")
    for draw in (request.qr, request.qr_svg, request.qr_png):
        with pytest.raises(LocalError):
            draw()


def test_a_base_url_may_have_a_path(make_world: Callable[..., Any]) -> None:
    world = make_world(base_url="https://city.example/wallet/")
    request = world.verifier.request()
    assert world.link(request).request_uri.startswith("https://city.example/wallet/request/")


def test_requests_are_bounded(make_world: Callable[..., Any]) -> None:
    world = make_world(store=InMemorySessionStore(max_sessions=2))
    for _ in range(2):
        world.verifier.request()
    with pytest.raises(LocalError):
        world.verifier.request()
    world.clock.travel(2000)
    assert world.verifier.request()


def test_of_several_uses_the_one_that_covers_the_query_goes_along(make_world: Callable[..., Any]) -> None:
    world = make_world(uses={"age": [["age_over_18"]], "delivery": [["family_name"], ["address"]]})
    with pytest.raises(LocalError):
        world.verifier.request()
    claims = [{"path": ["address", "locality"]}]
    query = {
        "credentials": [
            {
                "id": "pid",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                "claims": claims,
            }
        ]
    }
    request = world.verifier.request(query)
    assert request.warnings == ()
    assert payload(world, request)["verifier_info"][0]["data"].endswith(".delivery")
    assert payload(world, world.verifier.request(intended_use="age"))["verifier_info"][0]["data"].endswith(
        ".age"
    )
