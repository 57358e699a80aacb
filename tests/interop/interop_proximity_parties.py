"""Who meets in proximity in the tests with the Rust peer: a driving licence, its issuer, a reader, our sessions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from cbor2 import CBORTag

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.mdoc import (
    DeviceMac,
    DeviceRequest,
    DeviceSignature,
    DocumentSigners,
    Mdoc,
    encode_device_response,
    issue_mdoc,
    verify_mdoc,
)
from nlwallet.proximity import DeviceEngagement, DeviceSession, ReaderSession, RetrievalMethod
from nlwallet.trust import SignerKind, create_authority, issue_signer

MDL = "org.iso.18013.5.1.mDL"
NAMESPACE = "org.iso.18013.5.1"
CLAIMS: dict[str, dict[str, Any]] = {
    NAMESPACE: {
        "family_name": "De Vries",
        "birth_date": CBORTag(1004, "1990-05-04"),
        "age_over_18": True,
        "issuing_country": "NL",
        "driving_privileges": [{"vehicle_category_code": "B", "issue_date": CBORTag(1004, "2010-01-02")}],
    }
}
READ = {
    "family_name": "De Vries",
    "birth_date": "1990-05-04",
    "age_over_18": True,
    "driving_privileges": [{"vehicle_category_code": "B", "issue_date": "2010-01-02"}],
}
"""What either side makes of it as JSON; the country was not asked for."""
ASKED = {NAMESPACE: dict.fromkeys(READ, False)}
ES256 = frozenset({"ES256"})


def now() -> int:
    return int(time.time())


URL = "https://iaca.example/ca"
ORGANISATION = {"organization": "Test", "organization_identifier": "NTRNL-90000001"}


def authority(name: str) -> CertificateAuthority:
    return create_authority(name, url=URL, now=now(), **ORGANISATION)


def certified(by: CertificateAuthority, key: PrivateKey, kind: SignerKind) -> CertificateChain:
    subject = Subject("A signer", country="NL", **ORGANISATION)
    return issue_signer(kind, key.public, subject, authority=by, url=URL, now=now())


IACA, STRANGER, READER_CA = (authority(name) for name in ("Test IACA", "Stranger", "Test reader authority"))
ISSUER_KEY, HOLDER, READER_KEY = (PrivateKey.generate() for _ in range(3))
ISSUER = certified(IACA, ISSUER_KEY, "document-signer")
READER = certified(READER_CA, READER_KEY, "reader")
ANCHORS = {"iaca": [IACA.certificate.pem()], "readerCa": [READER_CA.certificate.pem()]}
SIGNERS = DocumentSigners([IACA.certificate])

DOCUMENT = b64url_encode(
    issue_mdoc(
        doctype=MDL,
        namespaces=CLAIMS,
        key=ISSUER_KEY,
        chain=ISSUER,
        holder_key=HOLDER.public,
        signed_at=now(),
        valid_until=now() + 3600,
    )
)


def held() -> Mdoc:
    return verify_mdoc(DOCUMENT, issuer=SIGNERS, now=now(), algorithms=ES256)


def our_device(
    methods: Sequence[RetrievalMethod] = (), *, curve: str = "P-256", requests: int = 1
) -> DeviceSession:
    key = PrivateKey.generate(curve)
    engagement = DeviceEngagement.create(key.public, methods=methods, extensions={-1: 40_000})
    return DeviceSession(engagement, key, expires_at=now() + 300, requests=requests)


def our_reader(uri: str) -> ReaderSession:
    return ReaderSession(DeviceEngagement.from_uri(uri), expires_at=now() + 300)


def shown(device: DeviceSession, request: bytes, *, mac: bool = False) -> bytes:
    """A DeviceResponse with the elements that ``request`` asks for."""
    (asked,) = DeviceRequest.parse(request).doc_requests
    paths = [(space, name) for space, names in asked.items.namespaces.items() for name in names]
    proof = DeviceMac(HOLDER, device.reader_key) if mac else DeviceSignature(HOLDER)
    document = held().document(paths, session_transcript=device.transcript, device_auth=proof)
    return encode_device_response([document])


def d_of(key: PrivateKey) -> str:
    """The private number, base64url."""
    return str(key.private_jwk()["d"])


def octets(text: str) -> bytes:
    return b64url_decode(text)
