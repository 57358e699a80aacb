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
    CredentialIssuerMetadata,
    CredentialOffer,
    TxCode,
    issuer_metadata_url,
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


@pytest.mark.req("WI-01", "I-10")
@pytest.mark.parametrize(
    "changes",
    [
        {"credential_issuer": "http://issuer.example"},
        {"credential_issuer": "https://issuer.example?x=1"},
        {"credential_issuer": "https://user@issuer.example"},
        {"credential_issuer": ...},
        {"credential_configuration_ids": []},
        {"credential_configuration_ids": ["a", "a"]},
        {"credential_configuration_ids": [1]},
        {"credential_configuration_ids": [str(n) for n in range(33)]},
        {"grants": ...},
        {"grants": {"authorization_code": {}}},
        {"grant": {"pre-authorized_code": ""}},
        {"grant": {"tx_code": "1234"}},
        {"grant": {"tx_code": {"description": "x" * 301}}},
        {"grant": {"tx_code": {"length": -1}}},
    ],
)
def test_offers_that_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidOffer):
        CredentialOffer.parse(link(offer(**changes)))


@pytest.mark.parametrize(
    "uri",
    ["", "openid-credential-offer://", "openid-credential-offer://?credential_offer={", link([]), "https://[",
     "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fi.example",
     link(offer()) + "&credential_offer=%7B%7D",
     link(offer()) + "x" * 20_000],
)  # fmt: skip
def test_links_that_are_no_offer(uri: str) -> None:
    with pytest.raises(RemoteError):
        CredentialOffer.parse(uri)


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
            "other": {"format": "mso_mdoc"},
        },
    }
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}


def test_metadata() -> None:
    read = CredentialIssuerMetadata.parse(metadata(), expected_issuer=ISSUER)
    assert (read.batch_size, read.authorization_server) == (1, ISSUER)
    assert read.configuration("x").vct == "urn:x"
    with pytest.raises(InvalidOffer, match="not among"):
        read.configuration("other")


@pytest.mark.req("WI-04", "I-03")
@pytest.mark.parametrize(
    "changes",
    [
        {"credential_issuer": "https://issuer.example/Tenant"},
        {"credential_endpoint": "http://issuer.example/credential"},
        {"nonce_endpoint": ...},
        {"authorization_servers": ["https://a.example", "https://b.example"]},
        {"batch_credential_issuance": {"batch_size": 1}},
        {"credential_configurations_supported": []},
        {"entry": {"vct": ...}},
        {"entry": {"proof_types_supported": ...}},
        {"entry": {"proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": []}}}},
        {"entry": {"type_metadata_uri": "http://a.example"}},
    ],
)
def test_metadata_that_is_discarded(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidOffer):
        CredentialIssuerMetadata.parse(metadata(**changes), expected_issuer=ISSUER)
