"""Who may send a request, and where the answer may go: what the wallet can know of each kind of client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.errors import InvalidRequest, RemoteError
from nlwallet.openid4vp import (
    KNOWN_TRANSACTION_DATA,
    AuthenticRequest,
    KnownClients,
    PreRegisteredClient,
    RequestSigner,
    UnverifiedRequestObject,
    WalletCapabilities,
    attribute_unsigned,
    issue_verifier_attestation,
)
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.report import Report

REGISTERED = "https://rp.example/response"
TRUST = "https://trust.example"


def authenticate(
    signer: RequestSigner, party: Any, now: int, known: KnownClients, **claims: Any
) -> AuthenticRequest:
    text = signer.sign(party.claims(client_id=signer.client_id, **claims))
    return UnverifiedRequestObject.parse(text, profile=OPENID4VP_1_0).authenticate(
        expected_client_id=signer.client_id,
        anchors=[party.anchor],
        now=now,
        profile=OPENID4VP_1_0,
        report=Report(),
        known=known,
    )


def read(authentic: AuthenticRequest, now: int, able: WalletCapabilities | None = None) -> Any:
    return authentic.read(now=now, profile=OPENID4VP_1_0, report=Report(), capabilities=able)


def refused(doing: Callable[[], Any], pointer: str) -> RemoteError:
    with pytest.raises(RemoteError) as caught:
        doing()
    assert caught.value.pointer == pointer
    return caught.value


def attested(key: PrivateKey, trust: PrivateKey, now: int, *uris: str) -> RequestSigner:
    token = issue_verifier_attestation(
        "rp", key.public, issuer=TRUST, key=trust, expires_at=now + 60, redirect_uris=uris
    )
    return RequestSigner.verifier_attestation("rp", key, token)


@pytest.mark.req("W-21", "W-20")
def test_an_answer_goes_nowhere_that_the_framework_does_not_bind_to_the_client(party: Any, now: int) -> None:
    key, trust = PrivateKey.generate(), PrivateKey.generate()
    known = KnownClients(
        pre_registered={"rp": PreRegisteredClient("rp", frozenset({REGISTERED}), (key.public,))},
        attestation_issuers={TRUST: (trust.public,)},
    )
    by_list = RequestSigner.pre_registered("rp", key)
    by_attestation = attested(key, trust, now, REGISTERED)
    by_certificate = RequestSigner.x509_san_dns(party.key, party.chain, "rp.example")
    for signer, elsewhere in (
        (by_list, f"{REGISTERED}/other"),
        (by_list, f"{REGISTERED}?x=1"),
        (by_attestation, f"{REGISTERED}/"),
        (by_attestation, "https://RP.example/response"),
        (by_certificate, "https://sub.rp.example/response"),
        (by_certificate, "https://evil.example/rp.example"),
    ):
        assert read(authenticate(signer, party, now, known, response_uri=REGISTERED), now)
        authentic = authenticate(signer, party, now, known, response_uri=elsewhere)
        refused(lambda authentic=authentic: read(authentic, now), "/response_uri")  # type: ignore[misc]
        assert authentic.reply_address is None, "not even an error goes there"


@pytest.mark.req("W-21")
def test_an_attestation_without_redirect_uris_binds_by_its_signature_alone(party: Any, now: int) -> None:
    key, trust = PrivateKey.generate(), PrivateKey.generate()
    known = KnownClients(attestation_issuers={TRUST: (trust.public,)})
    assert read(authenticate(attested(key, trust, now), party, now, known), now)


@pytest.mark.req("V-24", "W-24", "ADV-173")
def test_who_is_known_by_its_address_alone_can_neither_sign_nor_send_the_answer_elsewhere(
    party: Any, now: int
) -> None:
    def unsigned(**changes: Any) -> AuthenticRequest:
        claims = {
            **party.claims(client_id=f"redirect_uri:{REGISTERED}", response_uri=REGISTERED),
            **changes,
        }
        return attribute_unsigned(claims, profile=OPENID4VP_1_0, known=KnownClients(), report=Report())

    verified = read(unsigned(), now)
    assert not verified.client.signed
    assert verified.audience == f"redirect_uri:{REGISTERED}"
    refused(lambda: read(unsigned(response_uri="https://evil.example/r"), now), "/response_uri")
    signer = replace(RequestSigner.did_jwk(party.key), client_id=f"redirect_uri:{REGISTERED}")
    refused(lambda: authenticate(signer, party, now, KnownClients()), "/client_id")
    for prefix in ("x509_hash:abc", "x509_san_dns:rp.example", "verifier_attestation:rp"):
        refused(lambda prefix=prefix: unsigned(client_id=prefix), "/client_id")  # type: ignore[misc]


@pytest.mark.req("W-23")
def test_a_client_whose_metadata_is_registered_brings_none(party: Any, now: int) -> None:
    key = PrivateKey.generate()
    metadata = read(
        authenticate(RequestSigner.did_jwk(key), party, now, KnownClients()), now
    ).request.client_metadata
    client = PreRegisteredClient("rp", frozenset({REGISTERED}), (key.public,), client_metadata=metadata)
    known, signer = KnownClients(pre_registered={"rp": client}), RequestSigner.pre_registered("rp", key)
    again = authenticate(signer, party, now, known, response_uri=REGISTERED)
    assert refused(lambda: read(again, now), "/client_metadata").code == "invalid_client"
    bare = authenticate(signer, party, now, known, response_uri=REGISTERED, client_metadata=None)
    assert read(bare, now).request.client_metadata == metadata


@pytest.mark.req("V-30")
def test_openid_federation_is_recognised_and_refused(party: Any, now: int) -> None:
    signer = replace(RequestSigner.did_jwk(party.key), client_id="openid_federation:https://rp.example")
    error = refused(lambda: authenticate(signer, party, now, KnownClients()), "/client_id")
    assert "OpenID Federation" in error.message


@pytest.mark.req("X-09")
def test_no_transaction_is_authorised_with_an_mdoc(party: Any, now: int) -> None:
    """No type that is known here is authorised by device-signed elements, so it is refused as unsupported."""
    entry = {
        "type": "urn:eudi:sca:login_risk_transaction:1",
        "credential_ids": ["mdl"],
        "payload": {"transaction_id": "1", "action": "Log in"},
    }
    query = {
        "credentials": [
            {"id": "mdl", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"}},
            {"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:eudi:pid:1"]}},
        ]
    }
    able = WalletCapabilities(transaction_types=KNOWN_TRANSACTION_DATA)

    def asking(*ids: str) -> AuthenticRequest:
        encoded = b64url_encode(dump_json({**entry, "credential_ids": list(ids)}))
        signer = RequestSigner.did_jwk(party.key)
        return authenticate(signer, party, now, KnownClients(), dcql_query=query, transaction_data=[encoded])

    assert read(asking("pid"), now, able).transaction_data
    for ids in (("mdl",), ("pid", "mdl")):
        error = refused(lambda ids=ids: read(asking(*ids), now, able), "/transaction_data/0/credential_ids")  # type: ignore[misc]
        assert isinstance(error, InvalidRequest)
        assert error.code == "invalid_transaction_data"
