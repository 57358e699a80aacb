"""Every parser of what comes from outside, with the hostile input that it is given. A new parser is one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from fuzz_bytes import mutated_bytes, mutated_text
from fuzz_tokens import (
    Hostile,
    certificate,
    encrypted,
    form,
    json_bytes,
    json_text,
    multisigned,
    parts_of,
    query_string,
    sd_jwt,
    signed,
    status_list,
    x5c,
)
from fuzz_world import LIST_URI, NL_PID, World

from nlwallet.crypto import (
    Certificate,
    CertificateChain,
    PrivateKey,
    PublicKey,
    parse_jwe,
    parse_jws,
    verify_chain,
)
from nlwallet.dcql import DcqlQuery, check_vp_token
from nlwallet.encoding import b64url_encode, parse_json, parse_json_object, parse_signed_json
from nlwallet.openid4vp import (
    FORM_MEDIA_TYPE,
    KNOWN_TRANSACTION_DATA,
    AuthenticRequest,
    AuthorizationRequest,
    AuthorizationRequestLink,
    ClientMetadata,
    DcApiRequest,
    DidDocument,
    RequestSigner,
    UnverifiedRequestObject,
    WalletMetadata,
    attribute_to_origin,
    attribute_unsigned,
    check_authorisation,
    check_origin,
    claims_of_parameters,
    decrypt_request_object,
    decrypt_response,
    did_jwk,
    did_web_url,
    key_binding_claims,
    parse_multisigned,
    parse_response_data,
    parse_response_form,
    parse_response_fragment,
    parse_signed,
    parse_transaction_data,
    query_of_scope,
    reply_address,
    resolve_did_jwk,
    verify_verifier_attestation,
)
from nlwallet.openid4vp.reading import read_model
from nlwallet.registration import verify_wrprc
from nlwallet.report import Report
from nlwallet.sdjwt import (
    TypeMetadataRegistry,
    UnverifiedSdJwt,
    check_against_type_metadata,
    verify_sd_jwt_vc,
    verify_sd_jwt_vc_presentation,
)
from nlwallet.status import StatusList, StatusReference, verify_status_list_token
from nlwallet.trust import Category
from nlwallet.verifier.verification import UnverifiedResponse


class Target(NamedTuple):
    """Hostile input, and what takes it: a call that may raise a RemoteError and nothing else."""

    hostile: Hostile
    run: Callable[[Any], object]


KEY = PrivateKey.generate()
DID = did_jwk(KEY.public)
METHOD = {
    "id": "#0",
    "type": "JsonWebKey",
    "controller": "did:web:rp.example",
    "publicKeyJwk": KEY.public.jwk(),
}
ALGORITHMS = frozenset({"ES256", "ES384", "ES512", "EdDSA"})
ENCS = ("A128GCM", "A256GCM")
ORIGIN = "https://cafe.example"

TARGETS: dict[str, Callable[[World], Target]] = {
    # JSON, JOSE, X.509
    "parse_json": lambda w: Target(json_bytes(w.query), parse_json),
    "parse_signed_json": lambda w: Target(json_bytes(w.query), parse_signed_json),
    "parse_jws": lambda w: Target(signed(w.request_object, w.party_key), jws),
    "parse_jwe": lambda _: Target(encrypted(json_bytes({"vp_token": {}}), KEY.public, "k"), jwe),
    "PublicKey.from_jwk": lambda w: Target(
        json_text(KEY.public.jwk()), lambda t: PublicKey.from_jwk(parse_json(t))
    ),
    "Certificate.from_der": lambda w: Target(certificate(w.chain.leaf.der, w.authority_key), every_member),
    "Certificate.from_pem": lambda w: Target(pem(w), Certificate.from_pem),
    "CertificateChain.from_x5c": lambda w: Target(x5c(w.chain, w.authority_key), lambda t: trusted(t, w)),
    # Requests
    "AuthorizationRequestLink.parse": lambda w: Target(link(w.link).or_(link(w.unsigned_link)), read_link),
    "unsigned request": lambda w: Target(link(w.unsigned_link), lambda t: unsigned_request(t, w)),
    "request object": lambda w: Target(signed(w.request_object, w.party_key), lambda t: request_object(t, w)),
    "request object of a did:jwk": lambda w: Target(
        signed(w.signed_by(RequestSigner.did_jwk(w.party_key)), w.party_key), lambda t: request_object(t, w)
    ),
    "request object with verifier attestation": lambda w: Target(
        signed(w.signed_by(attested(w)), w.party_key), lambda t: request_object(t, w)
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
        json_text([dc_api(w, "signed"), dc_api(w, "unsigned")]), lambda t: dc_api_request(parse_json(t), w)
    ),
    "DC API, unsigned": lambda w: Target(
        json_text(dc_api(w, "unsigned")["data"]),
        lambda t: read(attribute_to_origin(parse_json_object(t), ORIGIN), w),
    ),
    "DC API, multi-signed": lambda w: Target(
        multisigned(*own_and_shared(w), w.party_key), lambda t: multi_signed(parse_json(t), w)
    ),
    "check_origin": lambda _: Target(text(ORIGIN), check_origin),
    # Responses
    "parse_response_form": lambda _: Target(form({"response": "a.b.c.d.e", "state": "s"}), posted),
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
}


# Input that is made of what the world has --------------------------------------------------------


def text(valid: str) -> Hostile:
    return Hostile(valid, mutated_text(valid))


def octets(valid: str) -> Hostile:
    return Hostile(valid.encode(), mutated_bytes(valid.encode()))


def pem(w: World) -> Hostile:
    return Hostile(w.chain.leaf.pem().encode(), mutated_bytes(w.chain.leaf.pem().encode()))


def link(uri: str) -> Hostile:
    fields = AuthorizationRequestLink.parse(uri, by_value=True)
    parameters = dict(
        fields.parameters or {"client_id": fields.client_id, "request_uri": fields.request_uri or ""}
    )
    return query_string(parameters).made(lambda query: f"openid4vp://?{query}").or_(mutated_text(uri))


def attested(w: World) -> RequestSigner:
    return RequestSigner.verifier_attestation("verifier.example", w.party_key, w.attestation)


def dc_api(w: World, form: Any) -> dict[str, Any]:
    return w.party.dc_api_request(origins=[ORIGIN], form=form).as_json()


def own_and_shared(w: World) -> tuple[Any, Any]:
    """The protected header and the payload of a multi-signed request."""
    request = dc_api(w, "multisigned")["data"]["request"]
    one = request["signatures"][0]
    return parts_of(f"{one['protected']}.{request['payload']}.{one['signature']}")


# What takes the input ---------------------------------------------------------------------------


def jws(text: str) -> object:
    return parse_jws(text, typ=None, algorithms=ALGORITHMS, what="it").claims()


def jwe(text: str) -> object:
    return parse_jwe(text, encs=frozenset(ENCS)).decrypt(KEY)


def every_member(der: bytes) -> object:
    """Read a certificate and what is read lazily of it."""
    read = Certificate.from_der(der)
    members = [getattr(read, name) for name in vars(Certificate) if name[0] != "_" and name[:5] != "from_"]
    return [member() if callable(member) else member for member in members], repr(read), hash(read)


def trusted(text: str, w: World) -> object:
    chain = CertificateChain.from_x5c(parse_json(text))
    return verify_chain(chain, w.anchors, now=w.now, what="the signer"), chain.authority_key_ids, chain.x5c()


def read_link(text: str) -> object:
    read = AuthorizationRequestLink.parse(text, by_value=True)
    return read.scheme, AuthorizationRequestLink.parse(read.uri(), by_value=True)


def read(authentic: AuthenticRequest, w: World) -> object:
    assert authentic.reply_address or not reply_address(authentic.claims, authentic.client)
    return authentic.read(now=w.now, profile=w.profile, report=Report(), capabilities=w.capabilities)


def unsigned_request(uri: str, w: World) -> object:
    parameters = AuthorizationRequestLink.parse(uri, by_value=True).parameters
    claims = claims_of_parameters(parameters or {})
    reply_address(claims, None)
    return read(attribute_unsigned(claims, profile=w.profile, known=w.known, report=Report()), w)


def authentic(received: UnverifiedRequestObject, w: World, origin: str | None = None) -> object:
    reply_address(received.claims, None)
    anchors = w.edi.anchors.of(Category.ACCESS_CA)
    return read(
        received.authenticate(
            expected_client_id=None, anchors=anchors, now=w.now, profile=w.profile, report=Report(),
            known=w.known, origin=origin,
        ),
        w,
    )  # fmt: skip


def request_object(text: str, w: World) -> object:
    return authentic(UnverifiedRequestObject.parse(text, profile=w.profile), w)


def dc_api_request(requests: Any, w: World) -> object:
    chosen = DcApiRequest.choose(requests)
    if chosen.protocol.endswith("-unsigned"):
        return read(attribute_to_origin(chosen.data, ORIGIN), w)
    if chosen.protocol.endswith("-multisigned"):
        return multi_signed(chosen.data.get("request"), w)
    return authentic(parse_signed(chosen.data, profile=w.profile), w, ORIGIN)


def multi_signed(request: Any, w: World) -> object:
    received = parse_multisigned({"request": request}, profile=w.profile)
    return [authentic(one, w, ORIGIN) for one in received]


def client_metadata(text: str) -> object:
    metadata = read_model(ClientMetadata, parse_json(text), what="client_metadata")
    metadata.as_json()
    for name in ("dc+sd-jwt", "mso_mdoc", "jwt_vc_json"):
        metadata.accepts_format(name, algorithms=ALGORITHMS, device_mac_curves=("P-256",))
    return metadata.encryption_target(encs=ENCS)


def transactions(encoded: str, w: World) -> Any:
    parsed = parse_transaction_data([encoded], query=w.asked, types=KNOWN_TRANSACTION_DATA)
    for one in parsed:
        assert list(KNOWN_TRANSACTION_DATA[one.type].shown(one.members))
    return parsed


def authorised(claims: Any, w: World) -> object:
    return check_authorisation(transactions(b64url_encode(json_bytes(w.payment).valid), w), [("pid", claims)])


def posted(body: bytes) -> object:
    return parse_response_form(body, FORM_MEDIA_TYPE)


def response_data(text: str) -> object:
    data = parse_json(text)
    if isinstance(data, dict) and "response" in data and "vp_token" in data:
        without = {name: value for name, value in data.items() if name != "vp_token"}
        return parse_response_data(without, encrypted=True), parse_response_data(data, encrypted=False)
    return parse_response_data(data, encrypted=False)


def verified(vp_token: Any, w: World) -> object:
    return UnverifiedResponse(w.asked, vp_token).verify(w.expectations, now=w.now, report=Report())


def credential(text: str, w: World) -> object:
    card = verify_sd_jwt_vc(text, issuer_key=w.issuer, now=w.now, profile=w.profile)
    seen = (
        card.types,
        card.issuer,
        card.holder_key,
        card.issued_at,
        card.expires_at,
        card.status,
        repr(card),
    )
    if card.vct == NL_PID:
        card.check_type(w.types.effective(NL_PID))
    return seen, StatusReference.parse(card.status)


def presentation(text: str, w: World) -> object:
    return verify_sd_jwt_vc_presentation(
        text, issuer_key=w.issuer, now=w.now, profile=w.profile, audience="x509_hash:us", nonce="n-0S6"
    )


def types(data: bytes, w: World) -> object:
    known = TypeMetadataRegistry([w.types.raw("urn:eudi:pid:1")]).receiving(NL_PID, data)
    effective = known.effective(NL_PID)
    card = verify_sd_jwt_vc(w.credential, issuer_key=w.issuer, now=w.now, profile=w.profile)
    check_against_type_metadata(card.claims, card.disclosable_paths(), effective, complete=True)
    return effective.label("nl"), known.ancestors(NL_PID), [claim.label("en") for claim in effective.claims]


def status_token(text: str, w: World) -> object:
    return verify_status_list_token(
        text, uri=LIST_URI, anchors=w.anchors, now=w.now, algorithms=ALGORITHMS
    ).statuses[7]
