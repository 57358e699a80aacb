"""What a wallet reads of an issuer: offers and metadata, and what it refuses."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.errors import InvalidOffer, RemoteError
from nlwallet.openid4vci import (
    OFFER_SCHEMES,
    PRE_AUTHORIZED_CODE,
    AuthorizationServerMetadata,
    CredentialIssuerMetadata,
    CredentialOffer,
    TxCode,
    issuer_metadata_url,
    offer_link,
    offer_reference,
)

ISSUER = "https://issuer.example/tenant"


def link(offer: Any, scheme: str = "openid-credential-offer") -> str:
    return f"{scheme}://?credential_offer={quote(json.dumps(offer))}"


def offer(**changes: Any) -> dict[str, Any]:
    grant = {"pre-authorized_code": "code", **changes.pop("grant", {})}
    members = {
        "credential_issuer": ISSUER, "credential_configuration_ids": ["nl-pid"], "grants": {PRE_AUTHORIZED_CODE: grant}
    }  # fmt: skip
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}


@pytest.mark.parametrize("scheme", OFFER_SCHEMES)
def test_an_offer(scheme: str) -> None:
    read = CredentialOffer.parse(
        link(offer(unknown=1, grant={"tx_code": {"length": 4, "description": "sms"}}), scheme)
    )
    assert read == CredentialOffer(ISSUER, ("nl-pid",), "code", TxCode("numeric", 4, "sms"))
    assert CredentialOffer.parse(read.uri(scheme)) == read


@pytest.mark.parametrize(
    ("tx_code", "read"),
    [
        ({}, TxCode("numeric", None, "")),  # the published examples: "even if empty" it asks for a code
        ({"length": 4, "input_mode": "numeric", "description": "Please provide the one-time code"},
         TxCode("numeric", 4, "Please provide the one-time code")),
        ({"input_mode": "text"}, TxCode("text")),
    ],
)  # fmt: skip
def test_what_an_offer_asks_the_holder_for(tx_code: dict[str, Any], read: TxCode) -> None:
    assert CredentialOffer.parse(link(offer(grant={"tx_code": tx_code}))).tx_code == read


@pytest.mark.req("WI-01", "I-10", "ADV-194")
@pytest.mark.parametrize(
    "changes",
    [
        {"credential_issuer": "http://issuer.example"},
        {"credential_issuer": "https://issuer.example?x=1"},
        {"credential_issuer": "https://user@issuer.example"},
        {"credential_issuer": "https://issuer.example#part"},
        {"credential_issuer": "https://[x"},
        {"credential_issuer": "https://issuer.example:99999999"},
        {"credential_issuer": "https://issuer.example\x00"},
        {"credential_issuer": "https:///path"},
        {"credential_issuer": 5},
        {"credential_issuer": ...},
        {"credential_configuration_ids": []},
        {"credential_configuration_ids": ["a", "a"]},
        {"credential_configuration_ids": [1]},
        {"credential_configuration_ids": [str(n) for n in range(33)]},
        {"grants": []},
        {"grants": {"password": {}}},
        {"grants": {"authorization_code": "x"}},
        {"grants": {"authorization_code": {"issuer_state": 7}}},
        {"grants": {"authorization_code": {"issuer_state": "x" * 2049}}},
        {"grant": {"pre-authorized_code": ""}},
        {"grant": {"tx_code": "1234"}},
        {"grant": {"tx_code": {"description": "x" * 301}}},
        {"grant": {"tx_code": {"length": -1}}},
        {"grant": {"tx_code": {"input_mode": "emoji"}}},
        {"grant": {"authorization_server": 7}},
    ],
)
def test_offers_that_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidOffer):
        CredentialOffer.parse(link(offer(**changes)))


@pytest.mark.req("I-09")
@pytest.mark.parametrize(
    "uri",
    [
        "",
        "openid-credential-offer",
        "openid-credential-offer://",
        "openid-credential-offer://?credential_offer={",
        "openid-credential-offer://?credential_offer=%FF",
        "openid-credential-offer://?credential_offer=eyJhbGciOiJub25lIn0.e30.",
        "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fi.example",
        "https://[",
        link([]),
        link(offer()) + "&credential_offer=%7B%7D",
        link(offer()) + "&credential_offer_uri=https%3A%2F%2Fi.example",
        link(offer()) + "x" * 20_000,
        link(offer(), "https"),
        link(offer(), "openid4vp"),
        link(offer(), "javascript"),
    ],
)
def test_links_that_are_no_offer(uri: str) -> None:
    with pytest.raises(RemoteError):
        CredentialOffer.parse(uri)


@given(st.text(max_size=40), st.sampled_from(["https://{}", "https://{}.example", "{}"]))
def test_any_issuer_has_a_metadata_url_or_is_refused(text: str, form: str) -> None:
    try:
        read = CredentialOffer.parse(link(offer(credential_issuer=form.format(text))))
    except RemoteError:
        return
    assert issuer_metadata_url(read.credential_issuer).startswith("https://")


@given(st.text(max_size=200))
def test_any_text_is_an_offer_or_a_typed_error(text: str) -> None:
    for uri in (text, f"openid-credential-offer://?credential_offer={quote(text)}"):
        try:
            CredentialOffer.parse(uri)
        except RemoteError:
            continue


@pytest.mark.req("I-02")
@pytest.mark.parametrize(
    ("issuer", "url"),
    [
        ("https://i.example", "https://i.example/.well-known/openid-credential-issuer"),
        (ISSUER, "https://issuer.example/.well-known/openid-credential-issuer/tenant"),
        ("https://i.example/a/", "https://i.example/.well-known/openid-credential-issuer/a"),
    ],
)
def test_the_well_known_part_goes_between_host_and_path(issuer: str, url: str) -> None:
    assert issuer_metadata_url(issuer) == url


ES256 = {"proof_signing_alg_values_supported": ["ES256"]}


def metadata(**changes: Any) -> dict[str, Any]:
    entry = {
        "format": "dc+sd-jwt",
        "vct": "urn:x",
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
        **changes.pop("entry", {}),
    }
    members = {
        "credential_issuer": ISSUER,
        "credential_endpoint": f"{ISSUER}/credential",
        "nonce_endpoint": f"{ISSUER}/nonce",
        "credential_configurations_supported": {
            "x": {name: value for name, value in entry.items() if value is not ...},
            "other": {"format": "ldp_vc"},
        },
    }
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}


def test_metadata() -> None:
    read = CredentialIssuerMetadata.parse(metadata(), expected_issuer=ISSUER)
    assert (read.batch_size, read.authorization_server(None)) == (1, ISSUER)
    assert read.configuration("x").vct == "urn:x"
    with pytest.raises(InvalidOffer, match="not among"):
        read.configuration("other")


@pytest.mark.req("WI-03")
def test_an_offer_chooses_only_among_the_servers_that_the_issuer_names() -> None:
    two = ["https://a.example", "https://b.example"]
    read = CredentialIssuerMetadata.parse(metadata(authorization_servers=two), expected_issuer=ISSUER)
    assert read.authorization_server("https://b.example") == "https://b.example"
    assert read.authorization_server(None) == "https://a.example"
    with pytest.raises(InvalidOffer):
        read.authorization_server("https://c.example")
    with pytest.raises(InvalidOffer):
        read.authorization_server(ISSUER)


@pytest.mark.req("WI-03")
@pytest.mark.parametrize("names", [{}, {"authorization_servers": [ISSUER]}])
def test_an_offer_may_name_the_only_server_though_it_need_not(names: dict[str, Any]) -> None:
    """§4.1.1 tells issuers not to; EUDIPLO does so in each offer, and nothing else can be meant."""
    only = CredentialIssuerMetadata.parse(metadata(**names), expected_issuer=ISSUER)
    assert only.authorization_server(ISSUER) == ISSUER
    with pytest.raises(InvalidOffer):
        only.authorization_server("https://other.example")


@pytest.mark.req("I-06")
def test_what_is_required_of_keys_is_read_from_either_proof_type() -> None:
    wanted = {"key_storage": ["iso_18045_high"]}
    for proofs in (
        {"jwt": {**ES256, "key_attestations_required": wanted}},
        {"attestation": {**ES256, "key_attestations_required": wanted}},
    ):
        read = CredentialIssuerMetadata.parse(
            metadata(entry={"proof_types_supported": proofs}), expected_issuer=ISSUER
        ).configuration("x")
        assert read.key_attestations_required is not None
        assert read.key_attestations_required.as_json() == wanted


@pytest.mark.req("WI-04", "I-03")
@pytest.mark.parametrize(
    "changes",
    [
        {"credential_issuer": "https://issuer.example/Tenant"},
        {"credential_endpoint": "http://issuer.example/credential"},
        {"nonce_endpoint": ...},
        {"authorization_servers": ["https://["]},
        {"authorization_servers": []},
        {"credential_endpoint": "https://["},
        {"batch_credential_issuance": {"batch_size": 1}},
        {"batch_credential_issuance": []},
        {"credential_configurations_supported": []},
        {"credential_request_encryption": {"encryption_required": True}},
        {"credential_response_encryption": {"encryption_required": True}},
    ],
)
def test_metadata_that_is_discarded(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidOffer) as refused:
        CredentialIssuerMetadata.parse(metadata(**changes), expected_issuer=ISSUER)
    assert refused.value.pointer.startswith("/" + next(iter(changes)))


LOCAL = "http://localhost:3000"


def local_metadata(**changes: Any) -> dict[str, Any]:
    """The metadata of an issuer under test, which speaks http on this machine."""
    endpoints = {
        "credential_endpoint": f"{LOCAL}/credential",
        "nonce_endpoint": "http://127.0.0.1:3000/nonce",
    }
    return metadata(**{"credential_issuer": LOCAL, **endpoints, **changes})


def test_an_issuer_under_test_may_speak_http_on_this_machine() -> None:
    offer = CredentialOffer.from_json({"credential_issuer": LOCAL, "credential_configuration_ids": ["x"]})
    read = CredentialIssuerMetadata.parse(
        local_metadata(entry={"type_metadata_uri": f"{LOCAL}/type"}), expected_issuer=offer.credential_issuer
    )
    assert read.authorization_servers == (LOCAL,)
    assert read.configuration("x").type_metadata_uri == f"{LOCAL}/type"
    server = {"issuer": LOCAL, "token_endpoint": "http://[::1]:3000/token"}
    assert AuthorizationServerMetadata.parse(server, expected_issuer=LOCAL).token_endpoint.startswith("http:")
    assert offer_reference(offer_link(f"{LOCAL}/offer/1")) == f"{LOCAL}/offer/1"


@pytest.mark.req("WI-04")
@pytest.mark.parametrize(
    "changes",
    [
        {"credential_endpoint": "http://issuer.example/credential"},
        {"nonce_endpoint": "http://10.0.0.1/nonce"},
        {"authorization_servers": ["http://issuer.example"]},
        {"notification_endpoint": "http://localhost.example/told"},
    ],
)
def test_such_an_issuer_names_nobody_elsewhere_by_http(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidOffer) as refused:
        CredentialIssuerMetadata.parse(local_metadata(**changes), expected_issuer=LOCAL)
    assert refused.value.pointer.startswith("/" + next(iter(changes)))


@pytest.mark.req("WI-04")
@pytest.mark.parametrize(
    "changes",
    [
        {"credential_endpoint": f"{LOCAL}/credential"},
        {"authorization_servers": [LOCAL]},
        {"deferred_credential_endpoint": "http://127.0.0.1/deferred"},
    ],
)
def test_an_issuer_that_speaks_https_names_nobody_on_this_machine_by_http(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidOffer) as refused:
        CredentialIssuerMetadata.parse(metadata(**changes), expected_issuer=ISSUER)
    assert refused.value.pointer.startswith("/" + next(iter(changes)))


@pytest.mark.parametrize(
    "entry",
    [
        {"vct": ...},
        {"proof_types_supported": ...},
        {"proof_types_supported": {"di_vp": {"proof_signing_alg_values_supported": ["ES256"]}}},
        {"proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": []}}},
        {"proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": [-7]}}},
        {"proof_types_supported": {"jwt": ES256, "attestation": {}}},
        {"scope": "two scopes"},
        {"type_metadata_uri": "http://a.example"},
    ],
)
def test_a_configuration_that_a_wallet_cannot_use_stands_in_nobodys_way(entry: dict[str, Any]) -> None:
    members = metadata(entry=entry)
    members["credential_configurations_supported"]["good"] = metadata()[
        "credential_configurations_supported"
    ]["x"]
    read = CredentialIssuerMetadata.parse(members, expected_issuer=ISSUER)
    assert read.configuration("good").proof_algorithms == ("ES256",)
    with pytest.raises(InvalidOffer) as refused:
        read.configuration("x")
    assert refused.value.pointer.startswith("/credential_configurations_supported/x/")


def described(*paths: Any) -> dict[str, Any]:
    return metadata(entry={"credential_metadata": {"claims": [{"path": path} for path in paths]}})


@pytest.mark.req("I-37")
@pytest.mark.parametrize(
    "paths",
    [
        (["a"], ["a"]),
        (["a", None, "b"], ["a", 0, "b"]),
        (["a", None], ["a", "b"]),
        (["a", 0], ["a", "b"]),
        ([],),
        ("a",),
        ([-1],),
    ],
)
def test_claims_described_twice_or_in_two_ways(paths: tuple[Any, ...]) -> None:
    read = CredentialIssuerMetadata.parse(described(*paths), expected_issuer=ISSUER)
    with pytest.raises(InvalidOffer, match=r"described twice|a claims path|a path element"):
        read.configuration("x")


def test_claims_described_once() -> None:
    members = described(["a"], ["a", "b"], ["a", "c"], ["d", None], ["d", None, "e"], ["f", 0], ["f", 1])
    assert CredentialIssuerMetadata.parse(members, expected_issuer=ISSUER).configuration("x").vct == "urn:x"
