"""Documents and responses made by hand, right and wrong: everything that issuance and a wallet refuse to write."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from cbor2 import CBORTag

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, PublicKey, Subject
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.crypto.cose_key import cose_key
from nlwallet.encoding import b64url_encode
from nlwallet.mdoc import (
    DOCUMENT_SIGNER,
    DocumentSigners,
    Mdoc,
    MdocPresentation,
    issue_mdoc,
    redirect_session_transcript,
    verify_mdoc,
    verify_mdoc_presentation,
)

NOW = 1_800_000_000
YEAR = 365 * 86_400
ES256 = frozenset({"ES256"})
DOCTYPE = "eu.europa.ec.eudi.pid.1"
OTHER_NAMESPACE = "eu.europa.ec.eudi.pid.nl.1"
ELEMENTS = {"family_name": "Jansen", "given_name": "Frouke", "age_over_18": True}

IACA = CertificateAuthority.create("Test IACA", now=NOW - YEAR)
DS = PrivateKey.generate()
HOLDER = PrivateKey.generate()
STRANGER = PrivateKey.generate()
ENCRYPTION = PrivateKey.generate().public


def certified(
    key: PublicKey = DS.public, *, authority: CertificateAuthority = IACA, **changed: Any
) -> CertificateChain:
    """A document signer's certificate."""
    given = {"now": NOW, "extended_key_usages": [DOCUMENT_SIGNER], **changed}
    return authority.issue(key, Subject("Test document signer", country="NL"), **given)


CHAIN = certified()
SIGNERS = DocumentSigners([IACA.certificate])
SESSION: dict[str, Any] = {
    "client_id": "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk",
    "nonce": "exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA",
    "response_uri": "https://rp.example/response?session=1",
    "encryption_key": ENCRYPTION,
}
TRANSCRIPT = redirect_session_transcript(**SESSION)


def issued(**changed: Any) -> bytes:
    given: dict[str, Any] = {
        "doctype": DOCTYPE,
        "namespaces": {DOCTYPE: ELEMENTS},
        "key": DS,
        "chain": CHAIN,
        "holder_key": HOLDER.public,
        "signed_at": NOW,
        "valid_until": NOW + YEAR // 2,
    }
    return issue_mdoc(**{**given, **changed})


def received(document: bytes | str, **changed: Any) -> Mdoc:
    given: dict[str, Any] = {"issuer": SIGNERS, "now": NOW, "algorithms": ES256}
    return verify_mdoc(document, **{**given, **changed})


def verified(response: bytes | str, **changed: Any) -> MdocPresentation:
    given: dict[str, Any] = {
        "issuer": SIGNERS,
        "now": NOW,
        "algorithms": ES256,
        "session_transcript": TRANSCRIPT,
    }
    text = response if isinstance(response, str) else b64url_encode(response)
    return verify_mdoc_presentation(text, **{**given, **changed})


def item(number: int, name: str, value: Any, **changed: Any) -> bytes:
    """An encoded IssuerSignedItem, without tag 24."""
    members = {"digestID": number, "random": bytes([number]) * 16, "elementIdentifier": name}
    return dump_cbor({**members, "elementValue": value, **changed})


def tagged(content: bytes) -> CBORTag:
    return CBORTag(24, content)


ITEMS = [item(number, name, value) for number, (name, value) in enumerate(ELEMENTS.items())]


def tdate(seconds: int) -> CBORTag:
    from datetime import UTC, datetime

    return CBORTag(0, datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def mso(**changed: Any) -> dict[str, Any]:
    """The decoded MSO over :data:`ITEMS`; a member that is ``None`` is left out."""
    members = {
        "version": "1.0",
        "digestAlgorithm": "SHA-256",
        "valueDigests": {DOCTYPE: digests(*ITEMS)},
        "deviceKeyInfo": {"deviceKey": cose_key(HOLDER.public)},
        "docType": DOCTYPE,
        "validityInfo": {
            "signed": tdate(NOW),
            "validFrom": tdate(NOW),
            "validUntil": tdate(NOW + YEAR // 2),
        },
        **changed,
    }
    return {name: value for name, value in members.items() if value is not None}


def digests(*items: bytes) -> dict[int, bytes]:
    return {number: hashlib.sha256(dump_cbor(tagged(each))).digest() for number, each in enumerate(items)}


def sign1(
    payload: bytes | None,
    *,
    key: PrivateKey = DS,
    protected: dict[Any, Any] | None = None,
    unprotected: dict[Any, Any] | None = None,
    detached: bool = False,
) -> list[Any]:
    """A COSE_Sign1 as an array; the headers are those of an IssuerAuth unless given."""
    header = dump_cbor({1: -7} if protected is None else protected)
    signature = key.sign(dump_cbor(["Signature1", header, b"", payload or b""]))
    outside = {33: CHAIN.leaf.der} if unprotected is None else unprotected
    return [header, outside, None if detached else payload, signature]


def issuer_signed(
    items: dict[str, list[Any]] | None = None, *, signed: dict[str, Any] | None = None, **headers: Any
) -> dict[str, Any]:
    """A decoded IssuerSigned: these items as they are, this MSO, signed."""
    payload = dump_cbor(tagged(dump_cbor(mso() if signed is None else signed)))
    listed = {DOCTYPE: [tagged(each) for each in ITEMS]} if items is None else items
    return {"nameSpaces": listed, "issuerAuth": sign1(payload, **headers)}


def shown(
    document: dict[str, Any] | None = None,
    *,
    key: PrivateKey = HOLDER,
    transcript: bytes = TRANSCRIPT,
    doctype: str = DOCTYPE,
    device: bytes = b"\xa0",
    auth: Callable[[bytes], Any] | None = None,
) -> dict[str, Any]:
    """A decoded Document, its device signature made by hand; ``auth`` makes another ``deviceAuth``."""
    authentication = ["DeviceAuthentication", parse_cbor(transcript, what="it"), doctype, tagged(device)]
    payload = dump_cbor(tagged(dump_cbor(authentication)))
    proof = (
        {"deviceSignature": sign1(payload, key=key, unprotected={}, detached=True)}
        if auth is None
        else auth(payload)
    )
    return {
        "docType": doctype,
        "issuerSigned": issuer_signed() if document is None else document,
        "deviceSigned": {"nameSpaces": tagged(device), "deviceAuth": proof},
    }


def response(*documents: dict[str, Any], **changed: Any) -> bytes:
    members = {"version": "1.0", "documents": list(documents), "status": 0, **changed}
    return dump_cbor({name: value for name, value in members.items() if value is not None})
