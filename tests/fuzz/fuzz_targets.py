"""Every parser of what comes from outside, with the hostile input that it is given. A new parser is one line."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any, NamedTuple

from fuzz_bytes import mutated_bytes, mutated_text
from fuzz_calls import (
    ALGORITHMS,
    ENCS,
    KEY,
    ORIGIN,
    authorised,
    client_metadata,
    credential,
    dc_api_request,
    every_member,
    identifier_list,
    issuer_of_metadata,
    jwe,
    jws,
    linted,
    linted_registration,
    lote,
    multi_signed,
    posted,
    presentation,
    read,
    read_link,
    request_object,
    response_data,
    revocation_list,
    status_cwt,
    status_token,
    transactions,
    trusted,
    trusted_list_xml,
    types,
    unsigned_request,
    verified,
)
from fuzz_cbor import cbor, cose_sign1
from fuzz_tokens import (
    Hostile,
    certificate,
    encrypted,
    form,
    json_bytes,
    json_text,
    multisigned,
    octets,
    query_string,
    sd_jwt,
    signed,
    status_list,
    text,
    under_password,
    x5c,
)
from fuzz_vault import read_vault, vault_file
from fuzz_world import LIST_URI, NL_PID, World

from nlwallet.crypto import Certificate, PublicKey, decrypt_with_password
from nlwallet.crypto.cbor import parse_cbor, parse_cbor_each
from nlwallet.crypto.cose import parse_cose_sign1
from nlwallet.dcql import DcqlQuery, check_vp_token
from nlwallet.encoding import b64url_encode, parse_json, parse_json_object, parse_signed_json
from nlwallet.holder import Counterparty, LogEntry, LoggedClaim, LogOutcome, read_transaction_log
from nlwallet.holder.log_export import export_text
from nlwallet.http.content import read_gzip
from nlwallet.openid4vp import (
    FORM_MEDIA_TYPE,
    AuthorizationRequest,
    AuthorizationRequestLink,
    DidDocument,
    RequestSigner,
    WalletMetadata,
    attribute_to_origin,
    check_origin,
    decrypt_request_object,
    decrypt_response,
    did_jwk,
    did_web_url,
    key_binding_claims,
    parse_response_form,
    parse_response_fragment,
    query_of_scope,
    request_of_response,
    resolve_did_jwk,
    verify_verifier_attestation,
)
from nlwallet.registrar import read_relying_party, relying_party_json
from nlwallet.registration import ReaderRegistration, verify_wrprc
from nlwallet.sandbox import pilot_text, read_pilot
from nlwallet.sdjwt import UnverifiedSdJwt, check_integrity, integrity_of, jwt_vc_issuer_url
from nlwallet.status import IdentifierReference, StatusList, StatusReference, read_aggregation
from nlwallet.testing.cassette import read_cassette
from nlwallet.testing.cassette_story import explain_cassette


class Target(NamedTuple):
    """Hostile input, and what takes it: a call that may raise a RemoteError and nothing else."""

    hostile: Hostile
    run: Callable[[Any], object]


READER_REGISTRATION_JSON = {
    "purposeStatement": {"nl": "Inloggen"},
    "retentionPolicy": {"intentToRetain": True, "maxDurationInMinutes": 1440},
    "sharingPolicy": {"intentToShare": False},
    "deletionPolicy": {"deleteable": True},
    "organization": {"displayName": {"nl": "Winkel"}, "legalName": "Winkel B.V."},
    "authorizedAttributes": {NL_PID: [["bsn"]]},
}


def link(uri: str) -> Hostile:
    """A link, mutated by parameter or as text."""
    read = AuthorizationRequestLink.parse(uri, by_value=True)
    parameters = dict(read.parameters or {"client_id": read.client_id, "request_uri": read.request_uri or ""})
    return query_string(parameters).made(lambda query: f"openid4vp://?{query}").or_(mutated_text(uri))


DID = did_jwk(KEY.public)
METHOD = {
    "id": "#0",
    "type": "JsonWebKey",
    "controller": "did:web:rp.example",
    "publicKeyJwk": KEY.public.jwk(),
}

PARTY = Counterparty("Bar", "Bar B.V.", "NTRNL-12345678", "NL", deletion_contacts=("https://bar.example/",))
CLAIMS = (LoggedClaim(NL_PID, ("address", "locality")), LoggedClaim(NL_PID, ("bsn",)))
LOG = parse_json(
    export_text(
        [
            LogEntry(1, "presentation", LogOutcome.DENIED, PARTY, "x", requested=CLAIMS, reason="y"),
            LogEntry(2, "reissuance", LogOutcome.RECEIVED, PARTY, types=(NL_PID,), issued=(NL_PID,)),
            LogEntry(3, "deletion", LogOutcome.DELETED, PARTY, types=(NL_PID,)),
            LogEntry(4, "erasure_request", LogOutcome.INITIATED, PARTY, requested=CLAIMS),
        ]
    )
)

CASSETTE = {
    "format": "nlwallet-cassette",
    "version": 1,
    "made_by": "x",
    "recorded_at": 1_790_000_000,
    "profile": "haip-1.0",
    "steps": [
        {"step": "opened", "link": {"to": "openid4vp://", "parameters": {"client_id": "x"}}},
        {"step": "exchanged", "method": "GET", "url": "https://a.example/", "what": "the request object"},
        {"step": "checked", "checks": [{"id": "W-01", "outcome": "failed", "code": "x", "reason": "y"}]},
        {"step": "prompted", "cards": [{"query_id": "pid", "type": "t", "claims": ["bsn"]}], "missing": ["x"]},
        {"step": "presented", "vp_token": {"pid": [{"kind": "sd-jwt", "disclosures": [{"name": "bsn"}]}]}},
        {"step": "exchanged", "method": "POST", "url": "", "what": "the response", "status": 400,
         "received": {"kind": "json", "members": {"error": "invalid_request"}}},
        {"step": "ended", "kind": "presentation", "outcome": "failed"},
    ],
}  # fmt: skip

TARGETS: dict[str, Callable[[World], Target]] = {
    "read_cassette": lambda _: Target(json_text(CASSETTE), lambda t: str(explain_cassette(read_cassette(t)))),
    "SealedVault.parse": lambda _: Target(vault_file(), read_vault),
    # JSON, JOSE, X.509
    "parse_json": lambda w: Target(json_bytes(w.query), parse_json),
    "parse_signed_json": lambda w: Target(json_bytes(w.query), parse_signed_json),
    "parse_jws": lambda w: Target(signed(w.request_object, w.party_key), jws),
    "parse_jwe": lambda _: Target(encrypted(json_bytes({"vp_token": {}}), KEY.public, "k"), jwe),
    "decrypt_with_password": lambda _: Target(
        under_password(json_bytes({"TransactionLog": []}), "wachtwoord"),
        lambda t: decrypt_with_password(t, "wachtwoord", max_bytes=1_000_000),
    ),
    "read_transaction_log": lambda _: Target(json_text(LOG), read_transaction_log),
    "read_transaction_log, encrypted": lambda _: Target(
        under_password(json_bytes(LOG), "wachtwoord"),
        lambda t: read_transaction_log(t, password="wachtwoord"),
    ),
    "PublicKey.from_jwk": lambda w: Target(
        json_text(KEY.public.jwk()), lambda t: PublicKey.from_jwk(parse_json(t))
    ),
    "Certificate.from_der": lambda w: Target(certificate(w.chain.leaf.der, w.authority_key), every_member),
    "Certificate.from_pem": lambda w: Target(octets(w.chain.leaf.pem()), Certificate.from_pem),
    "CertificateChain.from_x5c": lambda w: Target(x5c(w.chain, w.authority_key), lambda t: trusted(t, w)),
    # Requests
    "AuthorizationRequestLink.parse": lambda w: Target(link(w.link).or_(link(w.unsigned_link)), read_link),
    "unsigned request": lambda w: Target(link(w.unsigned_link), lambda t: unsigned_request(t, w)),
    "request object": lambda w: Target(signed(w.request_object, w.party_key), lambda t: request_object(t, w)),
    "request object of a did:jwk": lambda w: Target(
        signed(w.signed_by(RequestSigner.did_jwk(w.party_key)), w.party_key), lambda t: request_object(t, w)
    ),
    "request object with verifier attestation": lambda w: Target(
        signed(w.signed_by(w.attested), w.party_key), lambda t: request_object(t, w)
    ),
    "request object of a pre-registered client": lambda w: Target(
        signed(w.signed_by(RequestSigner.pre_registered("bar", w.party_key)), w.party_key),
        lambda t: request_object(t, w),
    ),
    "decrypt_request_object": lambda w: Target(
        encrypted(octets(w.request_object), KEY.public, "k"),
        lambda t: decrypt_request_object(t, key=KEY, kid="k", encs=ENCS),
    ),
    "AuthorizationRequest.parse": lambda w: Target(
        json_text({**w.request_claims, "dcql_query": w.query, "transaction_data": ["e30"]}),
        lambda t: AuthorizationRequest.parse(parse_json_object(t)).as_json(),
    ),
    "ClientMetadata": lambda w: Target(json_text(w.metadata), client_metadata),
    "WalletMetadata.parse": lambda w: Target(
        json_text(w.wallet_metadata), lambda t: WalletMetadata.parse(t).encryption_target(encs=ENCS)
    ),
    "DcqlQuery.parse": lambda w: Target(
        json_text(w.query), lambda t: DcqlQuery.parse(parse_json(t)).as_json()
    ),
    "query_of_scope": lambda w: Target(
        json_text("age"), lambda t: query_of_scope(parse_json(t), {"age": w.asked, "x": w.asked})
    ),
    "verify_verifier_attestation": lambda w: Target(
        signed(w.attestation, w.key),
        lambda t: verify_verifier_attestation(
            t,
            client="verifier.example",
            issuers=w.known.attestation_issuers,
            now=w.now,
            algorithms=ALGORITHMS,
        ),
    ),
    "DidDocument.parse": lambda _: Target(
        json_bytes({"id": "did:web:rp.example", "verificationMethod": [METHOD]}),
        lambda data: DidDocument.parse("did:web:rp.example", data).key("#0"),
    ),
    "did_web_url": lambda _: Target(text("did:web:rp.example%3A8443:a:b"), did_web_url),
    "resolve_did_jwk": lambda _: Target(
        json_bytes(KEY.public.jwk())
        .made(lambda data: f"did:jwk:{b64url_encode(data)}")
        .or_(mutated_text(DID)),
        lambda did: resolve_did_jwk(did).key("#0"),
    ),
    "transaction data": lambda w: Target(
        json_bytes(w.payment).made(b64url_encode), lambda encoded: transactions(encoded, w)
    ),
    # Digital Credentials API
    "DcApiRequest.choose": lambda w: Target(
        json_text([w.dc_api("signed"), w.dc_api("unsigned")]), lambda t: dc_api_request(parse_json(t), w)
    ),
    "DC API, unsigned": lambda w: Target(
        json_text(w.dc_api("unsigned")["data"]),
        lambda t: read(attribute_to_origin(parse_json_object(t), ORIGIN), w),
    ),
    "DC API, multi-signed": lambda w: Target(
        multisigned(*w.multisigned, w.party_key), lambda t: multi_signed(parse_json(t), w)
    ),
    "check_origin": lambda _: Target(text(ORIGIN), check_origin),
    # Responses
    "parse_response_form": lambda _: Target(form({"response": "a.b.c.d.e", "state": "s"}), posted),
    "request_of_response": lambda _: Target(
        form({"response": encrypted(json_bytes({}), KEY.public, "k").valid, "state": "s"}),
        lambda body: request_of_response(body, FORM_MEDIA_TYPE),
    ),
    "parse_response_form, error": lambda _: Target(
        form({"error": "access_denied", "error_description": "no", "state": "s"}), posted
    ),
    "parse_response_form, content type": lambda _: Target(
        text(FORM_MEDIA_TYPE), lambda kind: parse_response_form(b"response=a", kind)
    ),
    "parse_response_fragment": lambda w: Target(
        query_string({"vp_token": '{"pid":["a"]}', "state": "s"}), parse_response_fragment
    ),
    "parse_response_data": lambda w: Target(
        json_text({"vp_token": {"pid": ["a"]}, "response": "a.b.c.d.e"}), response_data
    ),
    "decrypt_response": lambda w: Target(
        encrypted(json_bytes({"vp_token": {"pid": [w.presentation]}, "state": "s"}), KEY.public, "k"),
        lambda t: decrypt_response(t, key=KEY, kid="k", encs=frozenset(ENCS)),
    ),
    "decrypt_response, error": lambda _: Target(
        encrypted(
            json_bytes({"error": "access_denied", "error_description": "no", "state": "s"}), KEY.public, "k"
        ),
        lambda t: decrypt_response(t, key=KEY, kid="k", encs=ENCS),
    ),
    "check_vp_token": lambda w: Target(
        json_text({"pid": [w.presentation]}), lambda t: check_vp_token(w.asked, parse_json(t))
    ),
    "UnverifiedResponse.verify": lambda w: Target(
        json_text({"pid": [w.presentation]}), lambda t: verified(parse_json(t), w)
    ),
    "UnverifiedResponse.verify, presentation": lambda w: Target(
        sd_jwt(w.presentation, issuer=w.key, holder=w.holder), lambda t: verified({"pid": [t]}, w)
    ),
    "check_authorisation": lambda w: Target(
        json_text(key_binding_claims(transactions(b64url_encode(json_bytes(w.payment).valid), w))),
        lambda t: authorised(parse_json_object(t), w),
    ),
    # SD-JWT VC
    "UnverifiedSdJwt.parse": lambda w: Target(text(w.presentation), UnverifiedSdJwt.parse),
    "UnverifiedSdJwt.from_json": lambda w: Target(
        json_text(UnverifiedSdJwt.parse(w.presentation).json_general()).or_(
            json_text(UnverifiedSdJwt.parse(w.presentation).json_flattened())
        ),
        lambda t: UnverifiedSdJwt.from_json(parse_json(t)).compact(),
    ),
    "verify_sd_jwt_vc": lambda w: Target(
        sd_jwt(w.credential, issuer=w.key, holder=w.holder), lambda t: credential(t, w)
    ),
    "verify_sd_jwt_vc_presentation": lambda w: Target(
        sd_jwt(w.presentation, issuer=w.key, holder=w.holder), lambda t: presentation(t, w)
    ),
    "key binding": lambda w: Target(
        signed(w.presentation.rpartition("~")[2], w.holder).made(
            lambda binding: f"{w.presentation.rpartition('~')[0]}~{binding}"
        ),
        lambda t: presentation(t, w),
    ),
    "JwtVcIssuerMetadata": lambda w: Target(
        json_text(
            {"issuer": "https://issuer.example", "jwks": {"keys": [{**w.key.public.jwk(), "kid": "1"}]}}
        ),
        lambda t: issuer_of_metadata(parse_json(t)),
    ),
    "jwt_vc_issuer_url": lambda _: Target(text("https://issuer.example:8443/a/b"), jwt_vc_issuer_url),
    "check_integrity": lambda _: Target(text(integrity_of(b"{}")), lambda t: check_integrity(b"{}", t)),
    "type metadata": lambda w: Target(
        json_bytes(parse_json(w.types.raw(NL_PID))), lambda data: types(data, w)
    ),
    # Status and registration
    "StatusReference.parse": lambda _: Target(
        json_text(StatusReference(7, LIST_URI).as_json()), lambda t: StatusReference.parse(parse_json(t))
    ),
    "StatusList.decode": lambda _: Target(
        status_list(StatusList(64).encode()), lambda lst: StatusList.decode(lst, bits=1)[7]
    ),
    "verify_status_list_token": lambda w: Target(signed(w.status_token, w.key), lambda t: status_token(t, w)),
    "verify_wrprc": lambda w: Target(
        signed(w.registration_certificate, w.key),
        lambda t: repr(verify_wrprc(t, anchors=w.anchors, now=w.now, algorithms=ALGORITHMS)),
    ),
    "verify_wrprc, CWT": lambda w: Target(
        cose_sign1(w.registration_cwt, w.key),
        lambda data: repr(verify_wrprc(data, anchors=w.anchors, now=w.now, algorithms=ALGORITHMS)),
    ),
    "CertificateRevocationList.from_der": lambda w: Target(
        certificate(w.authority.revocation_list((7,), now=w.now), w.authority_key),
        lambda t: revocation_list(t, w),
    ),
    "read_relying_party": lambda w: Target(
        json_text(relying_party_json(w.record, registered_at=0, registry_uri="https://registrar.example")),
        lambda t: repr(read_relying_party(parse_json(t))),
    ),
    "ReaderRegistration.parse": lambda _: Target(
        json_text(READER_REGISTRATION_JSON), lambda t: repr(ReaderRegistration.parse(t))
    ),
    "verify_lote": lambda w: Target(signed(w.lote, w.list_key), lambda t: lote(t, w)),
    "verify_trusted_list_xml": lambda w: Target(text(w.trusted_list_xml), lambda t: trusted_list_xml(t, w)),
    "read_gzip": lambda _: Target(
        octets("a" * 5_000).made(gzip.compress).or_(mutated_bytes(gzip.compress(b"a" * 5_000))),
        lambda data: read_gzip([data[:9], data[9:]], max_bytes=10_000, what="it"),
    ),
    # CBOR
    "parse_cbor": lambda w: Target(
        cbor({1: [b"a", {"b": 2.5}], "c": None}), lambda data: parse_cbor(data, what="it")
    ),
    "parse_cbor_each": lambda _: Target(
        cbor([b"a", {"b": 2.5}]), lambda data: parse_cbor_each((b"\x01", data, b"\xa0"), what="it")
    ),
    "parse_cose_sign1": lambda w: Target(
        cose_sign1(w.status_cwt, w.key),
        lambda data: parse_cose_sign1(data, algorithms=ALGORITHMS, what="it", tagged=True).chain,
    ),
    "verify_identifier_list": lambda w: Target(
        cose_sign1(w.identifier_list, w.key), lambda data: identifier_list(data, w)
    ),
    "IdentifierReference.parse": lambda _: Target(
        cbor({"identifier_list": {"id": b"1", "uri": LIST_URI}}),
        lambda data: IdentifierReference.parse(parse_cbor(data, what="it")),
    ),
    "verify_status_list_cwt": lambda w: Target(
        cose_sign1(w.status_cwt, w.key), lambda data: status_cwt(data, w)
    ),
    "read_aggregation": lambda _: Target(json_bytes({"status_lists": [LIST_URI]}), read_aggregation),
    "read_pilot": lambda _: Target(octets(pilot_text("huis-huren")), lambda data: repr(read_pilot(data))),
    # The linter
    "lint, query": lambda w: Target(json_text(w.query), lambda t: linted(t, w)),
    "lint, claims": lambda w: Target(
        json_text({**w.request_claims, "dcql_query": w.query}), lambda t: linted(t, w)
    ),
    "lint, request object": lambda w: Target(signed(w.request_object, w.party_key), lambda t: linted(t, w)),
    "lint, link": lambda w: Target(link(w.unsigned_link).or_(link(w.link)), lambda t: linted(t, w)),
    "lint, DC API": lambda w: Target(
        json_text({"requests": [w.dc_api("signed"), w.dc_api("unsigned"), w.dc_api("multisigned")]}),
        lambda t: linted(t, w),
    ),
    "lint, registration": lambda w: Target(
        signed(w.registration_certificate, w.key), lambda t: linted_registration(t, w)
    ),
    "lint, record": lambda w: Target(
        json_text(parse_json_object(w.record.model_dump_json())), lambda t: linted_registration(t, w)
    ),
}
