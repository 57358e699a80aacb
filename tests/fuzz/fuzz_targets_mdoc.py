"""Every parser of ISO/IEC 18013-5, with the hostile input that it is given. A new parser is one line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import cbor2
from fuzz_bytes import mutated_bytes
from fuzz_calls import ALGORITHMS
from fuzz_cbor import cbor, encode, plain
from fuzz_json import mutated
from fuzz_tokens import Hostile
from fuzz_world import World
from hypothesis import strategies as st

from nlwallet.crypto import CertificateChain, PrivateKey, Subject
from nlwallet.crypto.cbor import parse_cbor
from nlwallet.crypto.cose_key import cose_key, parse_cose_key
from nlwallet.crypto.cose_mac0 import make_cose_mac0, read_cose_mac0
from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.mdoc import (
    DOCUMENT_SIGNER,
    READER_AUTHENTICATION,
    BrowserExchange,
    DeviceMac,
    DeviceRequest,
    DocumentSigners,
    ItemsRequest,
    KeyAuthorizations,
    Mdoc,
    MobileSecurityObject,
    SessionFacts,
    UseCase,
    encode_device_request,
    encode_device_response,
    explain_session_transcript,
    issue_mdoc,
    redirect_session_transcript,
    verify_device_response,
    verify_mdoc,
    verify_mdoc_presentation,
)
from nlwallet.openid4vp import AuthorizationResponse, iso_18013_7_vp_token
from nlwallet.profiles import HAIP_1_0
from nlwallet.proximity import REGISTRATION_CERTIFICATE, query_of, registrations_of
from nlwallet.registration import check_request
from nlwallet.trust import Category, IssuingAuthority, TrustAnchors, Vical, sign_vical, verify_vical

DOCTYPE = "eu.europa.ec.eudi.pid.1"
READER = PrivateKey.generate()
TRANSCRIPT = redirect_session_transcript(
    client_id="x509_hash:a", nonce="n", response_uri="https://rp.example/r", encryption_key=None
)
AUTHORIZED = KeyAuthorizations(frozenset({"org.example.tx"}), {DOCTYPE: ["hash"]})
SHOWN = [(DOCTYPE, "family_name"), (DOCTYPE, "portrait")]

ASKED = DcqlQuery.parse(
    {
        "credentials": [
            {
                "id": "pid",
                "format": "mso_mdoc",
                "meta": {"doctype_value": DOCTYPE},
                "claims": [{"path": [DOCTYPE, "family_name"]}],
            }
        ]
    }
)
OLDER_ANSWER = {
    "vp_token": "o2d2ZXJzaW9u",
    "presentation_submission": {
        "definition_id": "pid",
        "descriptor_map": [{"id": DOCTYPE, "format": "mso_mdoc", "path": "$"}],
    },
}

Pair = tuple[Hostile, Callable[[Any], object]]


def chain_of(w: World, usage: str) -> CertificateChain:
    return w.authority.issue(
        w.key.public, Subject("Test", "NL"), now=w.now, extended_key_usages=[usage], days=30
    )


def document(w: World) -> bytes:
    return issue_mdoc(
        doctype=DOCTYPE,
        namespaces={DOCTYPE: {"family_name": "Jansen", "nationality": ["NL"], "portrait": b"\xff\xd8"}},
        key=w.key,
        chain=chain_of(w, DOCUMENT_SIGNER),
        holder_key=w.holder.public,
        signed_at=w.now,
        valid_until=w.now + 86_400,
        status={"status_list": {"idx": 1, "uri": "https://s.example/1"}},
        key_authorizations=AUTHORIZED,
    )


def received(data: bytes | str, w: World) -> Mdoc:
    return verify_mdoc(data, issuer=DocumentSigners(w.anchors), now=w.now, algorithms=ALGORITHMS)


def signed(payload: bytes, w: World, issuer_auth: list[Any]) -> list[Any]:
    protected, outside, _, _ = issuer_auth
    return [protected, outside, payload, w.key.sign(cbor2.dumps(["Signature1", protected, b"", payload]))]


def issuer_signed(w: World) -> Hostile:
    """A document whose MSO or items were mutated and signed anew, or mutated as it is."""
    valid = document(w)
    decoded = cbor2.loads(valid)
    mso = cbor2.loads(cbor2.loads(decoded["issuerAuth"][2]).value)
    items = [cbor2.loads(one.value) for one in decoded["nameSpaces"][DOCTYPE]]

    def with_mso(changed: bytes) -> bytes:
        payload = encode(cbor2.CBORTag(24, changed))
        return encode({**decoded, "issuerAuth": signed(payload, w, decoded["issuerAuth"])})

    def with_items(changed: list[bytes]) -> bytes:
        wrapped = [cbor2.CBORTag(24, one) for one in changed]
        digests = {n: hashlib.sha256(cbor2.dumps(one)).digest() for n, one in enumerate(wrapped)}
        payload = cbor2.dumps(cbor2.CBORTag(24, cbor2.dumps({**mso, "valueDigests": {DOCTYPE: digests}})))
        again = signed(payload, w, decoded["issuerAuth"])
        return encode({"nameSpaces": {DOCTYPE: wrapped}, "issuerAuth": again})

    numbered = [{**one, "digestID": n} for n, one in enumerate(items)]
    return Hostile(
        valid,
        st.one_of(
            cbor(plain(mso)).mutations.map(with_mso),
            st.tuples(*(cbor(plain(one)).mutations for one in numbered)).map(list).map(with_items),
            cbor(plain(decoded)).mutations,
            mutated_bytes(valid),
        ),
    )


def response(w: World) -> Hostile:
    """A response whose document was mutated: its half of the device signed anew, or mutated as it is."""
    valid = b64url_decode(
        received(document(w), w).present(SHOWN, holder_key=w.holder, session_transcript=TRANSCRIPT)
    )
    decoded = cbor2.loads(valid)
    shown = decoded["documents"][0]
    transcript = cbor2.loads(TRANSCRIPT)

    def with_namespaces(changed: bytes) -> bytes:
        wrapped = cbor2.CBORTag(24, changed)
        authentication = cbor2.dumps(["DeviceAuthentication", transcript, DOCTYPE, wrapped])
        payload = cbor2.dumps(cbor2.CBORTag(24, authentication))
        protected = cbor2.dumps({1: -7})
        signature = w.holder.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
        proof = {"deviceSignature": [protected, {}, None, signature]}
        again = {**shown, "deviceSigned": {"nameSpaces": wrapped, "deviceAuth": proof}}
        return encode({**decoded, "documents": [again]})

    device = {"org.example.tx": {"amount": 5}, DOCTYPE: {"hash": b"x"}}
    halves = mutated(plain(shown["deviceSigned"])).map(lambda half: {**shown, "deviceSigned": half})
    return Hostile(
        valid,
        st.one_of(
            cbor(device).mutations.map(with_namespaces),
            halves.map(lambda one: encode({**decoded, "documents": [one]})),
            cbor(plain(decoded)).mutations,
            mutated_bytes(valid),
        ),
    )


def mac_response(w: World) -> Hostile:
    proof = DeviceMac(w.holder, READER.public)
    shown = received(document(w), w).document(SHOWN, session_transcript=TRANSCRIPT, device_auth=proof)
    valid = encode_device_response([shown])
    return Hostile(valid, mutated_bytes(valid) | cbor(plain(cbor2.loads(valid))).mutations)


def presentations(data: bytes, w: World) -> object:
    shown = verify_device_response(
        data,
        issuer=DocumentSigners(w.anchors),
        session_transcript=TRANSCRIPT,
        now=w.now,
        algorithms=ALGORITHMS,
        reader_key=READER,
    )
    return [(one.claims, one.device_claims, repr(one)) for one in shown]


def presentation(text: str, w: World) -> object:
    return verify_mdoc_presentation(
        text,
        issuer=DocumentSigners(w.anchors),
        session_transcript=TRANSCRIPT,
        now=w.now,
        algorithms=ALGORITHMS,
    )


def vical(w: World) -> Hostile:
    """A list whose content was mutated and signed anew, or mutated as it is."""
    chain = CertificateChain(*w.list_signers)
    made = Vical("Test", w.now, w.now + 86_400, (IssuingAuthority(w.anchors[0], (DOCTYPE,)),), 1)
    valid = sign_vical(made, key=w.list_key, chain=chain)
    protected, outside, payload, _ = cbor2.loads(valid)

    def again(content: bytes) -> bytes:
        signature = w.list_key.sign(cbor2.dumps(["Signature1", protected, b"", content]))
        return encode([protected, outside, content, signature])

    content = cbor(plain(parse_cbor(payload, what="it"))).mutations.map(again)
    return Hostile(valid, st.one_of(content, content, mutated_bytes(valid)))


def read_vical(data: bytes, w: World) -> object:
    categories = {DOCTYPE: Category.PID_PROVIDER}
    read = verify_vical(data, signers=w.list_signers, categories=categories, now=w.now)
    return read.anchors(Category.PID_PROVIDER, now=w.now), repr(read)


def older_answer(members: Any) -> AuthorizationResponse:
    given = members if isinstance(members, dict) else {}
    return AuthorizationResponse(
        given.get("vp_token"), None, b"SMjyt8vBQTuGLIBJDXvAhA", given.get("presentation_submission")
    )


def explanation(text: str) -> object:
    """Of a session that differs in its client_id."""
    facts = SessionFacts(nonce="n", client_id="a", response_uri="https://rp.example/r")
    found = explain_session_transcript(text, facts, algorithms=ALGORITHMS)
    return str(found), found.as_dict()


def second_edition(w: World) -> Hostile:
    asked = [ItemsRequest(one, {one: {"family_name": True}}) for one in (DOCTYPE, "org.example.other")]
    valid = encode_device_request(
        asked,
        session_transcript=TRANSCRIPT,
        key=w.key,
        chain=chain_of(w, READER_AUTHENTICATION),
        use_cases=[UseCase(((0,), (1,))), UseCase(((0, 1),), mandatory=False)],
    )
    decoded = cbor2.loads(valid)
    inside = cbor(cbor2.loads(decoded["deviceRequestInfo"].value)).mutations.map(
        lambda info: encode({**decoded, "deviceRequestInfo": cbor2.CBORTag(24, info)})
    )
    return Hostile(valid, st.one_of(inside, cbor(plain(decoded)).mutations, mutated_bytes(valid)))


def device_request(w: World) -> Hostile:
    asked = ItemsRequest(
        DOCTYPE,
        {DOCTYPE: {"family_name": True}},
        {"purpose": 1, REGISTRATION_CERTIFICATE: w.registration_cwt},
    )
    valid = encode_device_request(
        [asked], session_transcript=TRANSCRIPT, key=w.key, chain=chain_of(w, READER_AUTHENTICATION)
    )
    decoded = cbor2.loads(valid)
    inside = cbor(cbor2.loads(asked.encode())).mutations.map(
        lambda items: encode(
            {
                **decoded,
                "docRequests": [{**decoded["docRequests"][0], "itemsRequest": cbor2.CBORTag(24, items)}],
            }
        )
    )
    return Hostile(valid, st.one_of(inside, cbor(plain(decoded)).mutations, mutated_bytes(valid)))


def reader(data: bytes, w: World) -> object:
    request = DeviceRequest.parse(data)
    return request.verify_readers(
        w.anchors, session_transcript=TRANSCRIPT, now=w.now, algorithms=ALGORITHMS
    ), query_of(request)


def registered_reader(data: bytes, w: World) -> object:
    request = DeviceRequest.parse(data)
    return check_request(
        registrations_of(request),
        chain=w.chain,
        query=query_of(request),
        anchors=TrustAnchors().adding(Category.REGISTRATION_CERTIFICATE_PROVIDER, *w.anchors),
        status_lists=lambda _: None,
        now=w.now,
        profile=HAIP_1_0,
        ancestors=lambda _: (),
    ).as_dict()


def exchange(w: World) -> BrowserExchange:
    return BrowserExchange.create(bytes(16), w.key.public, origin="https://rp.example")


def mso_payload(w: World) -> Hostile:
    payload = cbor2.loads(document(w))["issuerAuth"][2]
    return cbor(plain(cbor2.loads(cbor2.loads(payload).value))).made(
        lambda mso: encode(cbor2.CBORTag(24, mso))
    )


TARGETS: dict[str, Callable[[World], Pair]] = {
    "verify_mdoc": lambda w: (issuer_signed(w), lambda data: received(data, w).claims),
    "verify_device_response": lambda w: (response(w), lambda data: presentations(data, w)),
    "verify_device_response, MAC": lambda w: (mac_response(w), lambda data: presentations(data, w)),
    "verify_mdoc_presentation": lambda w: (
        response(w).made(b64url_encode),
        lambda text: presentation(text, w),
    ),
    "explain_session_transcript": lambda w: (response(w).made(b64url_encode), explanation),
    "iso_18013_7_vp_token": lambda _: (
        Hostile(OLDER_ANSWER, mutated(OLDER_ANSWER)),
        lambda given: iso_18013_7_vp_token(older_answer(given), ASKED),
    ),
    "verify_vical": lambda w: (vical(w), lambda data: read_vical(data, w)),
    "MobileSecurityObject.parse": lambda w: (mso_payload(w), MobileSecurityObject.parse),
    "KeyAuthorizations.parse": lambda _: (
        cbor(cbor2.loads(AUTHORIZED.encode())),
        lambda data: KeyAuthorizations.parse(parse_cbor(data, what="it")),
    ),
    "DeviceRequest.parse": lambda w: (device_request(w), lambda data: reader(data, w)),
    "DeviceRequest.parse, second edition": lambda w: (second_edition(w), lambda data: reader(data, w)),
    "BrowserExchange.parse": lambda w: (
        cbor(cbor2.loads(b64url_decode(exchange(w).encryption_info))).made(b64url_encode),
        lambda text: repr(BrowserExchange.parse(text, origin="https://rp.example")),
    ),
    "BrowserExchange.open": lambda w: (
        cbor(cbor2.loads(b64url_decode(exchange(w).seal(b"a response")))).made(b64url_encode),
        lambda text: exchange(w).open(text, w.key),
    ),
    "check_request, mdoc request": lambda w: (device_request(w), lambda data: registered_reader(data, w)),
    "ItemsRequest.parse": lambda _: (
        cbor({"docType": DOCTYPE, "nameSpaces": {DOCTYPE: {"family_name": True}}, "requestInfo": {}}),
        ItemsRequest.parse,
    ),
    "parse_cose_key": lambda w: (
        cbor(cose_key(w.key.public)),
        lambda data: parse_cose_key(parse_cbor(data, what="it"), what="it"),
    ),
    "read_cose_mac0": lambda _: (
        cbor(make_cose_mac0(b"payload", b"k" * 32)),
        lambda data: read_cose_mac0(parse_cbor(data, what="it"), what="it").verify(
            b"k" * 32, payload=b"payload"
        ),
    ),
}
