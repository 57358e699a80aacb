"""The parsers of issuance (OpenID4VCI), as :mod:`fuzz_targets` has those of presentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fuzz_calls import ALGORITHMS, KEY
from fuzz_tokens import Hostile, encrypted, json_bytes, json_text, query_string, signed
from fuzz_world import World
from hypothesis import strategies as st

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import parse_json, parse_json_object
from nlwallet.errors import ProviderNotRegistered
from nlwallet.issuer.revocation_face import parse_ids
from nlwallet.openid4vci import (
    AuthorizationCodeResponse,
    AuthorizationDetail,
    AuthorizationRequest,
    AuthorizationServerMetadata,
    CredentialIssuerMetadata,
    CredentialOffer,
    CredentialRequest,
    CredentialResponse,
    DeferredCredentialRequest,
    EncryptionTo,
    Notification,
    TokenRequest,
    TokenResponse,
    code_challenge,
    decrypt_message,
    details_parameter,
    issue_key_attestation,
    issue_wallet_attestation,
    issuer_info,
    offer_reference,
    parse_details_parameter,
    parse_nonce_response,
    registration_certificates_in,
    sign_attestation_pop,
    sign_dpop,
    sign_issuer_metadata,
    sign_proof,
    verify_attestation_pop,
    verify_attestation_proof,
    verify_dpop,
    verify_issuer_metadata,
    verify_key_attestation,
    verify_proof,
    verify_wallet_attestation,
)
from nlwallet.openid4vci.nl_wallet_drafts import DraftRequest, parse_batch_response, parse_previews
from nlwallet.openid4vp import parse_form
from nlwallet.profiles import HAIP_1_0
from nlwallet.registration import DisclosurePolicy, check_provider
from nlwallet.sandbox.issuable_document import IssuableDocument, parse_issuable_documents, undescribed

ISSUER = "https://pid-issuer.example"
CALLBACK = "https://wallet.example/cb"
PAR = {
    "response_type": "code", "client_id": "wallet", "redirect_uri": CALLBACK, "state": "s", "scope": "nl-pid",
    "code_challenge": code_challenge("v" * 43), "code_challenge_method": "S256",
    "authorization_details": details_parameter(["nl-pid"], locations=[ISSUER]),
}  # fmt: skip
TOKEN = {
    "grant_type": "authorization_code", "code": "c", "redirect_uri": CALLBACK, "code_verifier": "v" * 43,
    "client_id": "wallet",
}  # fmt: skip
TO = EncryptionTo(KEY.public, "A256GCM", "k")
ANSWER = {"access_token": "t", "token_type": "Bearer", "expires_in": 60, "refresh_token": "r"}
DETAILS = [AuthorizationDetail("nl-pid", ("one",)).as_json()]


def fields(text: str) -> dict[str, str]:
    return parse_form(text, what="the form")


def offer(w: World) -> str:
    return w.edi.pid_issuer.offer("nl-pid", w.pid_claims).uri


def offered(uri: str) -> object:
    return offer_reference(uri) or CredentialOffer.parse(uri).uri()


def issuer_metadata(text: str) -> object:
    metadata = CredentialIssuerMetadata.parse(parse_json_object(text), expected_issuer=ISSUER)
    sealed = metadata.request_encryption and metadata.request_encryption.encrypt({})
    return sealed, metadata.configuration("nl-pid"), metadata.authorization_server(None)


def signed_metadata(token: str, w: World) -> object:
    verified = verify_issuer_metadata(
        token, expected_issuer=ISSUER, anchors=w.anchors, now=w.now, algorithms=ALGORITHMS
    )
    return CredentialIssuerMetadata.parse(verified.metadata, expected_issuer=ISSUER)


def provider(text: str, w: World) -> object:
    found = check_provider(
        (text,),
        chain=w.provider_chain,
        offered=[("dc+sd-jwt", "urn:eudi:pid:nl:1")],
        anchors=w.provider_anchors,
        status_lists=lambda _: None,
        now=w.now,
        profile=HAIP_1_0,
        ancestors=lambda type_: (type_,),
    )
    if found.registration is None:
        raise ProviderNotRegistered(found.report.checks[-1].reason)
    return repr(found)


def documents(data: bytes) -> object:
    described = {("given_name",), ("address", "locality")}
    return [undescribed(one.attributes, described) for one in parse_issuable_documents(data)]


def redirected(uri: str) -> object:
    return AuthorizationCodeResponse.parse(
        uri, redirect_uri=CALLBACK, state="s", issuer=ISSUER, iss_required=True
    )


def with_encryption(value: dict[str, Any]) -> Hostile:
    """A request that wants its answer encrypted; now and then to a key that nobody can encrypt to."""
    other = {**PrivateKey.generate("Ed25519").public.jwk(), "alg": "ECDH-ES", "use": "enc"}
    wrong = json_text({**value, "credential_response_encryption": {"jwk": other, "enc": "A256GCM"}})
    return json_text({**value, "credential_response_encryption": TO.as_json()}).or_(st.just(wrong.valid))


def credential_request(text: str) -> object:
    request = CredentialRequest.parse(parse_json_object(text))
    return request.as_json(), request.response_encryption and request.response_encryption.encrypt({})


def deferred_request(text: str) -> object:
    request = DeferredCredentialRequest.parse(parse_json_object(text))
    return request.response_encryption and request.response_encryption.encrypt({})


def dpop(proof: str, w: World) -> object:
    return verify_dpop(
        proof, method="POST", url=f"{ISSUER}/token", now=w.now, algorithms=ALGORITHMS, access_token="t"
    )


def key_proof(proof: str, w: World) -> object:
    return verify_proof(
        proof,
        audience=ISSUER,
        now=w.now,
        algorithms=ALGORITHMS,
        client_id="wallet",
        attestation_anchors=w.anchors,
    )


def key_attestation(w: World) -> str:
    return issue_key_attestation(
        [w.holder.public, KEY.public], key=w.key, chain=w.chain, now=w.now, lifetime=600, nonce="n"
    )


def attested(token: str, w: World) -> object:
    return verify_key_attestation(token, anchors=w.anchors, now=w.now, algorithms=ALGORITHMS, with_proof=True)


def wallet_attestation(w: World) -> str:
    return issue_wallet_attestation(
        "wallet",
        w.holder.public,
        issuer="https://wp.example",
        key=w.key,
        chain=w.chain,
        now=w.now,
        lifetime=600,
    )


def wallet(token: str, w: World) -> Any:
    return verify_wallet_attestation(token, anchors=w.anchors, now=w.now, algorithms=ALGORITHMS)


def possession(token: str, w: World) -> object:
    known = wallet(wallet_attestation(w), w)
    return verify_attestation_pop(token, known, audience=ISSUER, now=w.now, algorithms=ALGORITHMS)


TARGETS: dict[str, Callable[[World], tuple[Hostile, Callable[[Any], object]]]] = {
    "parse_issuable_documents": lambda w: (
        json_bytes([IssuableDocument("urn:eudi:pid:nl:1", w.pid_claims).as_json()]),
        documents,
    ),
    "ids to revoke": lambda _: (json_bytes(["one", "two"]), parse_ids),
    "CredentialOffer.parse": lambda w: (
        query_string({"credential_offer": offer_json(w)}).made(lambda query: f"haip-vci://?{query}"),
        offered,
    ),
    "CredentialIssuerMetadata.parse": lambda w: (
        json_text(w.edi.pid_issuer.issuer_metadata()),
        issuer_metadata,
    ),
    "registration_certificates_in": lambda w: (
        json_text({"issuer_info": issuer_info(w.provider_registration)}),
        lambda t: registration_certificates_in(parse_json_object(t)),
    ),
    "check_provider": lambda w: (signed(w.provider_registration, w.key), lambda t: provider(t, w)),
    "DisclosurePolicy.parse": lambda _: (
        json_text(
            {
                "policy_type": "authorized_rp_only",
                "policy_info_url": "https://school.example/uitleg",
                "authorized_parties": [
                    {"identifier": "NTRNL-12345678", "service_id": "main"},
                    {"subject_dn": "CN=School,2.5.4.97=NTRNL-12345678"},
                ],
            }
        ),
        lambda t: repr(DisclosurePolicy.parse(parse_json(t)).as_json()),
    ),
    "verify_issuer_metadata": lambda w: (
        signed(
            sign_issuer_metadata(
                w.edi.pid_issuer.issuer_metadata(), key=w.key, chain=w.chain, now=w.now, lifetime=600
            ),
            w.key,
        ),
        lambda t: signed_metadata(t, w),
    ),
    "AuthorizationServerMetadata.parse": lambda w: (
        json_text(w.edi.pid_issuer.authorization_server_metadata()),
        lambda t: AuthorizationServerMetadata.parse(parse_json_object(t), expected_issuer=ISSUER),
    ),
    "pushed authorization request": lambda _: (
        query_string(PAR),
        lambda t: AuthorizationRequest.parse(fields(t), credential_issuer=ISSUER),
    ),
    "authorization response": lambda _: (
        query_string({"code": "c", "state": "s", "iss": ISSUER}).made(lambda query: f"{CALLBACK}?{query}"),
        redirected,
    ),
    "parse_details_parameter": lambda _: (
        json_text(parse_json(PAR["authorization_details"])),
        lambda t: parse_details_parameter(t, credential_issuer=ISSUER),
    ),
    "TokenRequest.parse": lambda _: (query_string(TOKEN), lambda t: TokenRequest.parse(fields(t)).fields()),
    "TokenResponse.parse": lambda _: (
        json_text({**ANSWER, "authorization_details": DETAILS}),
        lambda t: TokenResponse.parse(parse_json_object(t)).as_json(),
    ),
    "CredentialRequest.parse": lambda _: (
        with_encryption({"credential_configuration_id": "nl-pid", "proofs": {"jwt": ["a.b.c"]}}),
        credential_request,
    ),
    "DraftRequest.parse_batch": lambda _: (
        json_text(
            {
                "credential_requests": [
                    {"format": "dc+sd-jwt", "vct": "t", "proof": {"proof_type": "jwt", "jwt": "a.b.c"}},
                    {"format": "mso_mdoc", "doctype": "t", "proof": {"proof_type": "jwt", "jwt": "a.b.c"}},
                ]
            }
        ),
        lambda t: [one.as_json() for one in DraftRequest.parse_batch(parse_json_object(t))],
    ),
    "parse_previews": lambda _: (
        json_text({"credential_previews": [{"config_id": "nl-pid"}] * 2}),
        lambda t: parse_previews(parse_json_object(t)),
    ),
    "parse_batch_response": lambda _: (
        json_text({"credential_responses": [{"credentials": [{"credential": "a.b.c~"}]}] * 2}),
        lambda t: parse_batch_response(parse_json_object(t), requests=2),
    ),
    "DeferredCredentialRequest.parse": lambda _: (with_encryption({"transaction_id": "t"}), deferred_request),
    "CredentialResponse.parse": lambda _: (
        json_text({"credentials": [{"credential": "a.b.c~"}], "notification_id": "n"}),
        lambda t: CredentialResponse.parse(parse_json_object(t), proofs=2),
    ),
    "CredentialResponse.parse, deferred": lambda _: (
        json_text({"transaction_id": "t", "interval": 5}),
        lambda t: CredentialResponse.parse(parse_json_object(t), proofs=2),
    ),
    "decrypt_message": lambda _: (
        encrypted(json_bytes({"credentials": [{"credential": "a"}]}), KEY.public, "k"),
        lambda t: decrypt_message(t, key=KEY, kid="k"),
    ),
    "Notification.parse": lambda _: (
        json_text({"notification_id": "n", "event": "credential_accepted", "event_description": "d"}),
        lambda t: Notification.parse(parse_json_object(t)),
    ),
    "parse_nonce_response": lambda _: (
        json_text({"c_nonce": "n"}),
        lambda t: parse_nonce_response(parse_json_object(t)),
    ),
    "verify_dpop": lambda w: (
        signed(
            sign_dpop(w.holder, method="POST", url=f"{ISSUER}/token", now=w.now, nonce="n", access_token="t"),
            w.holder,
        ),
        lambda t: dpop(t, w),
    ),
    "verify_proof": lambda w: (
        signed(
            sign_proof(
                w.holder,
                audience=ISSUER,
                nonce="n",
                now=w.now,
                client_id="wallet",
                key_attestation=key_attestation(w),
            ),
            w.holder,
        ),
        lambda t: key_proof(t, w),
    ),
    "verify_key_attestation": lambda w: (signed(key_attestation(w), w.key), lambda t: attested(t, w)),
    "verify_attestation_proof": lambda w: (
        signed(key_attestation(w), w.key),
        lambda t: verify_attestation_proof(
            t, now=w.now, algorithms=ALGORITHMS, attestation_anchors=w.anchors
        ),
    ),
    "verify_wallet_attestation": lambda w: (signed(wallet_attestation(w), w.key), lambda t: wallet(t, w)),
    "verify_attestation_pop": lambda w: (
        signed(sign_attestation_pop("wallet", w.holder, audience=ISSUER, now=w.now, challenge="c"), w.holder),
        lambda t: possession(t, w),
    ),
}


def offer_json(w: World) -> str:
    made = parse_form(offer(w).partition("?")[2], what="the offer")
    return made["credential_offer"]
