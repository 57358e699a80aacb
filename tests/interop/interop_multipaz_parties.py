"""Who meets in the tests with the library Multipaz: documents on any curve, our device and reader, and its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cbor2
from interop_proximity_parties import (
    IACA,
    MDL,
    NAMESPACE,
    authority,
    certified,
    d_of,
    now,
    octets,
)

from nlwallet.crypto import CertificateChain, PrivateKey, PublicKey
from nlwallet.encoding import b64url_encode
from nlwallet.mdoc import (
    DeviceMac,
    DeviceRequest,
    DeviceSignature,
    DocumentSigners,
    Mdoc,
    NfcHandover,
    encode_device_response,
    issue_mdoc,
    verify_mdoc,
)
from nlwallet.proximity import DeviceEngagement, DeviceSession, ReaderSession

__all__ = ["IACA", "MDL", "NAMESPACE", "authority", "certified", "d_of", "now", "octets"]

CURVES = ("P-256", "P-384", "P-521")
ALGORITHMS = frozenset({"ES256", "ES384", "ES512"})
SIGNERS = DocumentSigners([IACA.certificate])
PID = "eu.europa.ec.eudi.pid.1"
MDL_CLAIMS: dict[str, dict[str, Any]] = {
    NAMESPACE: {
        "family_name": "De Vries",
        "birth_date": cbor2.CBORTag(1004, "1990-05-04"),
        "portrait": bytes(range(200)),
        "age_over_18": True,
        "driving_privileges": [
            {"vehicle_category_code": "B", "issue_date": cbor2.CBORTag(1004, "2010-01-02")}
        ],
        "issuing_country": "NL",
    }
}
PID_CLAIMS: dict[str, dict[str, Any]] = {
    PID: {"family_name": "De Vries", "place_of_birth": {"country": "NL"}, "nationality": ["NL", "BE"]}
}
CLAIMS = {MDL: MDL_CLAIMS, PID: PID_CLAIMS}
DECODED: dict[str, Any] = {doctype: cbor2.loads(cbor2.dumps(claims)) for doctype, claims in CLAIMS.items()}
"""The same as who reads their CBOR has them."""
ANCHORS = [b64url_encode(IACA.certificate.der)]


def chain_of(chain: CertificateChain) -> list[str]:
    return [b64url_encode(one.der) for one in chain]


def signer_of(key: PrivateKey, chain: CertificateChain) -> dict[str, Any]:
    """Who signs, as the peer wants to hear it."""
    return {"key": key.private_jwk(), "chain": chain_of(chain)}


@dataclass(frozen=True)
class Held:
    """A document that an issuer signed, and the key that it is bound to."""

    doctype: str
    issuer_signed: str
    key: PrivateKey

    @property
    def claims(self) -> Mapping[str, Mapping[str, Any]]:
        return CLAIMS[self.doctype]

    def mdoc(self) -> Mdoc:
        """As our wallet holds it."""
        return verify_mdoc(self.issuer_signed, issuer=SIGNERS, now=now(), algorithms=ALGORITHMS)

    def for_peer(
        self, shown: Mapping[str, Sequence[str]], *, mac: bool = False, **more: Any
    ) -> dict[str, Any]:
        """As the peer's device shows it."""
        show = {space: dict.fromkeys(names, True) for space, names in shown.items()}
        given = {"docType": self.doctype, "issuerSigned": self.issuer_signed, "key": self.key.private_jwk()}
        return {**given, "show": show, "mac": mac, **more}


def issued(
    doctype: str = MDL, *, curve: str = "P-256", issuer_curve: str = "P-256", digests: str = "SHA-256"
) -> Held:
    """Issued by us."""
    device = PrivateKey.generate(curve)
    data = issued_for(device.public, doctype, issuer_curve=issuer_curve, digests=digests)
    return Held(doctype, data, device)


def issued_for(
    key: PublicKey, doctype: str = MDL, *, issuer_curve: str = "P-256", digests: str = "SHA-256"
) -> str:
    """What we issue for ``key``."""
    issuer = PrivateKey.generate(issuer_curve)
    data = issue_mdoc(
        doctype=doctype,
        namespaces=CLAIMS[doctype],
        key=issuer,
        chain=certified(IACA, issuer, "document-signer"),
        holder_key=key,
        signed_at=now(),
        valid_until=now() + 3600,
        digest_algorithm=digests,
    )
    return b64url_encode(data)


def issued_by_peer(
    multipaz: Any,
    doctype: str = MDL,
    *,
    curve: str = "P-256",
    issuer_curve: str = "P-256",
    digests: str = "SHA-256",
    authorized: Sequence[str] = (),
    signer: tuple[PrivateKey, CertificateChain] | None = None,
) -> Held:
    """Issued by the peer, with a certificate of ours unless another ``signer`` is given."""
    issuer, device = PrivateKey.generate(issuer_curve), PrivateKey.generate(curve)
    given = multipaz(
        "document.issue",
        docType=doctype,
        elements={
            space: {name: encoded(value) for name, value in each.items()}
            for space, each in CLAIMS[doctype].items()
        },
        digests=digests,
        signed=now(),
        until=now() + 3600,
        deviceKey=device.public.jwk(),
        authorized=list(authorized),
        **signer_of(*(signer or (issuer, certified(IACA, issuer, "document-signer")))),
    )
    return Held(doctype, given, device)


def encoded(value: Any) -> str:
    return b64url_encode(cbor2.dumps(value))


def read_claims(said: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, Any]]:
    """Elements that the peer tells, decoded."""
    return {
        space: {name: cbor2.loads(octets(value)) for name, value in each.items()}
        for space, each in said.items()
    }


def asking(*names: str, doctype: str = MDL, **more: Any) -> dict[str, Any]:
    """What the peer's reader asks of a document."""
    (space,) = CLAIMS[doctype]
    wanted = dict.fromkeys(names or CLAIMS[doctype][space], False)
    return {"docType": doctype, "namespaces": {space: wanted}, **more}


Proof = Literal["signature", "mac"]


def answer(session: DeviceSession, request: bytes, *held: Held, proof: Proof = "signature") -> bytes:
    """The DeviceResponse of our device to ``request``, with the documents that it holds of those."""
    documents = []
    for asked in DeviceRequest.parse(request).doc_requests:
        for one in held:
            if one.doctype == asked.items.doctype:
                paths = [(space, name) for space, names in asked.items.namespaces.items() for name in names]
                auth = DeviceMac(one.key, session.reader_key) if proof == "mac" else DeviceSignature(one.key)
                documents.append(
                    one.mdoc().document(paths, session_transcript=session.transcript, device_auth=auth)
                )
    return encode_device_response(documents)


def our_device(curve: str = "P-256", *, requests: int = 1, **more: Any) -> DeviceSession:
    key = PrivateKey.generate(curve)
    engagement = DeviceEngagement.create(key.public, **more)
    return DeviceSession(engagement, key, expires_at=now() + 300, requests=requests)


def our_reader(engaged: Mapping[str, Any], handover: NfcHandover | None = None) -> ReaderSession:
    """Our reader for a device of the peer."""
    engagement = DeviceEngagement.parse(octets(engaged["engagement"]))
    return ReaderSession(engagement, expires_at=now() + 300, handover=handover)


def established(
    multipaz: Any, device: DeviceSession, *asked: Mapping[str, Any], **more: Any
) -> tuple[int, bytes]:
    """The peer's reader for our device: its number, and its first message."""
    given = {"engagement": b64url_encode(device.engagement.encoded), "asked": list(asked), **more}
    reader = multipaz("reader.establish", **given)
    return reader["session"], octets(reader["message"])
