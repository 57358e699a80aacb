"""What takes hostile input: the calls that a role makes with it, from the first parser to the last look."""

from __future__ import annotations

from typing import Any

from fuzz_tokens import json_bytes
from fuzz_world import LIST_URI, NL_PID, World

from nlwallet.crypto import (
    Certificate,
    CertificateChain,
    CertificateRevocationList,
    PrivateKey,
    parse_jwe,
    parse_jws,
    verify_chain,
)
from nlwallet.encoding import b64url_encode, dump_json, parse_json
from nlwallet.lint import lint
from nlwallet.openid4vp import (
    FORM_MEDIA_TYPE,
    KNOWN_TRANSACTION_DATA,
    AuthenticRequest,
    AuthorizationRequestLink,
    ClientMetadata,
    DcApiRequest,
    UnverifiedRequestObject,
    attribute_to_origin,
    attribute_unsigned,
    check_authorisation,
    claims_of_parameters,
    parse_multisigned,
    parse_response_data,
    parse_response_form,
    parse_signed,
    parse_transaction_data,
    reply_address,
)
from nlwallet.openid4vp.reading import read_model
from nlwallet.profiles import PROFILES
from nlwallet.registration import CERTIFICATE_PROFILES, meant_for
from nlwallet.report import Report
from nlwallet.sdjwt import (
    JwtVcIssuerMetadata,
    TypeMetadataRegistry,
    check_against_type_metadata,
    verify_sd_jwt_vc,
    verify_sd_jwt_vc_presentation,
)
from nlwallet.status import (
    StatusReference,
    StatusSigner,
    verify_identifier_list,
    verify_status_list_cwt,
    verify_status_list_token,
)
from nlwallet.trust import PID_PROVIDERS, Category, verify_lote, verify_trusted_list_xml
from nlwallet.verifier.verification import UnverifiedResponse

KEY = PrivateKey.generate()
"""The key that encrypted messages are for."""

ALGORITHMS = frozenset({"ES256", "ES384", "ES512", "EdDSA"})
ENCS = ("A128GCM", "A256GCM")
ORIGIN = "https://cafe.example"


def jws(text: str) -> object:
    return parse_jws(text, typ=None, algorithms=ALGORITHMS, what="it").claims()


def jwe(text: str) -> object:
    return parse_jwe(text, encs=frozenset(ENCS)).decrypt(KEY)


def every_member(der: bytes) -> object:
    """Read a certificate and what is read lazily of it, and judge it as each kind that there is."""
    read = Certificate.from_der(der)
    names = [
        name for name in vars(Certificate) if name[0] != "_" and name[:5] != "from_" and name != "issued"
    ]
    members = [getattr(read, name) for name in names]
    judged = [one.check(read, issuer=read, now=read.not_before) for one in CERTIFICATE_PROFILES.values()]
    shown = [member() if callable(member) else member for member in members]
    return shown, judged, meant_for(read), read.issued(read), repr(read), hash(read)


def revocation_list(der: bytes, w: World) -> object:
    """Read a list of revoked certificates, check who made it, and look somebody up."""
    read = CertificateRevocationList.from_der(der)
    read.verify(w.authority.certificate, now=w.now)
    return read.revokes(w.chain.leaf), read.number


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


def issuer_of_metadata(document: Any) -> object:
    resolver = JwtVcIssuerMetadata({"https://issuer.example": document})
    return resolver({"kid": "1"}, {"iss": "https://issuer.example"}, now=0)


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


def status_cwt(data: bytes, w: World) -> object:
    signer = StatusSigner(w.anchors, ALGORITHMS, "refused")
    return verify_status_list_cwt(data, uri=LIST_URI, signer=signer, now=w.now).statuses[7]


def identifier_list(data: bytes, w: World) -> object:
    signer = StatusSigner(w.anchors, ALGORITHMS, "refused")
    return verify_identifier_list(data, uri=LIST_URI, signer=signer, now=w.now).statuses[b"1"]


def lote(text: str, w: World) -> object:
    read = verify_lote(text, kind=PID_PROVIDERS, signers=w.list_signers, now=w.now)
    return [read.anchors(category, now=w.now) for category in Category], read.as_json()


def trusted_list_xml(text: str, w: World) -> object:
    """Signed anew where that can be done, so that what reads the list is reached too."""
    data = w.sign_xml(text)
    return verify_trusted_list_xml(data, signers=(w.xml_signer.der,), territory="NL", now=w.now)


def linted(given: str, w: World) -> object:
    """The linter finds fault with nearly everything; whatever it finds, it must be able to say."""
    profile = list(PROFILES)[len(given) % len(PROFILES)]
    report = lint(given, profile=profile, types=w.types, now=w.now)
    assert dump_json([report.as_dict(), report.as_sarif(artifact="request.json")])
    report.lines()("/credentials/0")
    fixed = report.fix()
    return report if fixed is None else lint(dump_json(fixed), profile=profile, types=w.types)


def linted_registration(registration: str, w: World) -> object:
    return lint(w.request_object, registration=registration, types=w.types, now=w.now).as_dict()
