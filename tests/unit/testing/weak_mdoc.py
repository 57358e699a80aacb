"""What the deliberately weak verifier finds wrong with one presentation of an mdoc, every fault by name."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import cbor2
from cbor2 import CBORTag
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from weak_cbor import load
from weak_certificates import check_chain
from weak_credential import Presented, _verifies
from weak_disclosures import Broken, Found
from weak_transcript import Shown

ALG, X5CHAIN, ES256 = 1, 33, -7
DOCUMENT_SIGNER = "1.0.18013.5.1.2"


@dataclass(frozen=True)
class DocumentRules:
    """What a document is held against. ``anchors`` are by what they may vouch for."""

    anchors: Mapping[str, list[x509.Certificate]]
    query: Mapping[str, Any]
    shown: Shown
    others: Sequence[Shown]
    apu: str
    now: int

    @property
    def doctype(self) -> str:
        return str(self.query["meta"]["doctype_value"])

    def vouched_by(self, doctype: str) -> str:
        return "pid_provider" if doctype.startswith("urn:eudi:pid:") else "eaa_provider"


def read_mdoc(text: Any, rules: DocumentRules, found: Found) -> Presented:
    response = load(_octets(text, found), found, "the response")
    if response.get("version") != "1.0":
        found(f"version {response.get('version')}")
    if response.get("status") != 0:
        found(f"status {response.get('status')}")
    documents = response.get("documents")
    if not documents:
        found("no documents" if documents is None else "an empty array of documents")
        return Presented(None, {}, None, signed_by_issuer=False)
    if len(documents) > 1:
        found("two documents")
    document = documents[0]
    mso = _issuer_signed(document, rules, found)
    _types(str(document["docType"]), str(mso["docType"]), rules.doctype, found)
    elements = _elements(document["issuerSigned"].get("nameSpaces", {}), mso["valueDigests"], found)
    own = _device_signed(document, mso, rules, found)
    claims = {}
    for claim in rules.query["claims"]:
        namespace, name = claim["path"]
        if name in elements.get(namespace, {}):
            claims[name] = elements[namespace][name]
        elif name in own.get(namespace, {}):
            found("an element that only the device signed")
            claims[name] = own[namespace][name]
        else:
            found("an element is missing")
    return Presented(mso["docType"], claims, None, signed_by_issuer=False)


def _octets(text: Any, found: Found) -> bytes:
    if isinstance(text, dict):
        found("an object for an mdoc")
        text = next(iter(text.values()))
    if not isinstance(text, str):
        raise Broken(f"an mdoc that is {type(text).__name__}")
    for fault, sign in (("padding", "="), ("a line break", "\n"), ("base64", "+"), ("base64", "/")):
        if sign in text:
            found(f"an mdoc: {fault}")
    bare = "".join(text.rstrip("=").split()).replace("+", "-").replace("/", "_")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def _types(document: str, signed: str, asked: str, found: Found) -> None:
    if document != asked and signed != asked:
        found("a document of another type")
    elif document != asked:
        found("docType of the document is another")
    elif signed != asked:
        found("docType of the MSO is another")


# what the issuer signed -------------------------------------------------------------------------


def _issuer_signed(document: dict[str, Any], rules: DocumentRules, found: Found) -> dict[str, Any]:
    protected, unprotected, payload, signature = document["issuerSigned"]["issuerAuth"]
    if payload is None:
        raise Broken("an MSO that is not there")
    mso: dict[str, Any] = load(load(payload, found, "the MSO").value, found, "the MSO")
    header = load(protected, found, "the header")
    if ALG not in header:
        found("alg is not protected")
    elif header[ALG] != ES256:
        found(f"the MSO: alg {header[ALG]}")
    chain = unprotected.get(X5CHAIN)
    if chain is None:
        raise Broken("no x5chain")
    certificates = [
        x509.load_der_x509_certificate(one) for one in (chain if isinstance(chain, list) else [chain])
    ]
    mine = next((one for one in (str(document["docType"]), mso["docType"]) if one == rules.doctype), "")
    wanted = rules.vouched_by(mine or mso["docType"])
    leaf = check_chain(
        certificates, rules.anchors, wanted, rules.now, lambda fault: found(f"the MSO: {fault}")
    )
    _usage(leaf, found)
    key: Any = leaf.public_key()
    if len(signature) != 64:
        found(f"the MSO: a signature of {len(signature)}")
    elif not _verifies(key, _to_be_signed(protected, payload), signature):
        found("the MSO: signature")
    _times(mso["validityInfo"], leaf, rules.now, found)
    return mso


def _usage(leaf: x509.Certificate, found: Found) -> None:
    try:
        usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        found("a certificate for no use in particular")
        return
    if DOCUMENT_SIGNER not in {one.dotted_string for one in usages}:
        found("a certificate for another use")


def _times(validity: Mapping[str, datetime], leaf: x509.Certificate, now: int, found: Found) -> None:
    moment = datetime.fromtimestamp(now, UTC)
    if validity["validUntil"] < moment:
        found("the document expired")
    if validity["validFrom"] > moment:
        found("the document is to come")
    if validity["signed"] < leaf.not_valid_before_utc:
        found("the document is older than its certificate")


def _elements(
    shown: Mapping[str, list[Any]], digests: Mapping[str, Mapping[int, bytes]], found: Found
) -> dict[str, dict[str, Any]]:
    elements: dict[str, dict[str, Any]] = {}
    for namespace, items in shown.items():
        for item in items:
            if isinstance(item, CBORTag):
                content = load(item.value, found, "an element")
            else:
                found("an element that is not in tag 24")
                content = item
            number, digest = content["digestID"], hashlib.sha256(cbor2.dumps(item)).digest()
            _digest(namespace, number, digest, digests, found)
            name = content["elementIdentifier"]
            if name in elements.setdefault(namespace, {}):
                found("an element twice")
            elements[namespace][name] = content["elementValue"]
    return elements


def _digest(
    namespace: str, number: int, digest: bytes, digests: Mapping[str, Mapping[int, bytes]], found: Found
) -> None:
    signed = digests.get(namespace, {}).get(number)
    if signed is not None:
        if signed != digest:
            found("another digest")
    elif any(one.get(number) == digest for one in digests.values()):
        found("a digest of another namespace")
    else:
        found("no digest")


# what the device signed -------------------------------------------------------------------------


def _device_signed(
    document: dict[str, Any], mso: dict[str, Any], rules: DocumentRules, found: Found
) -> dict[str, dict[str, Any]]:
    if "deviceSigned" not in document:
        found("no deviceSigned")
        return {}
    signed = document["deviceSigned"]
    auth = signed["deviceAuth"]
    if "deviceSignature" in auth:
        _device_signature(auth["deviceSignature"], document, mso, rules, found)
    else:
        found("a MAC of the device" if "deviceMac" in auth else "no signature of the device")
    own: dict[str, dict[str, Any]] = load(signed["nameSpaces"].value, found, "what the device signed")
    return own


def _device_signature(
    message: list[Any], document: dict[str, Any], mso: dict[str, Any], rules: DocumentRules, found: Found
) -> None:
    protected, _, _, signature = message
    if signature == bytes(64):
        found("the device: a signature of zeros")
        return
    key, names = _device_key(mso), document["deviceSigned"]["nameSpaces"]

    def signs(transcript: list[Any]) -> bool:
        proven = cbor2.dumps(["DeviceAuthentication", transcript, document["docType"], names])
        payload = cbor2.dumps(CBORTag(24, proven))
        return _verifies(key, _to_be_signed(protected, payload), signature)

    if signs(rules.shown.right()):
        return
    wrong = rules.shown.wrong(rules.apu, rules.others)
    how = next((how for how, transcript in wrong if signs(transcript)), "")
    found(f"shown {how}" if how else "the device: signature")


def _device_key(mso: dict[str, Any]) -> Any:
    numbers = mso["deviceKeyInfo"]["deviceKey"]
    x, y = (int.from_bytes(numbers[name], "big") for name in (-2, -3))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", protected, b"", payload])
