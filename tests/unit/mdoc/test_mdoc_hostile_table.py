"""Hostile mdocs, one row each: what comes is refused with a typed error that says where, and shows nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cbor2 import CBORTag
from mdoc_forge import (
    CHAIN,
    DOCTYPE,
    ES256,
    HOLDER,
    IACA,
    ITEMS,
    NOW,
    OTHER_NAMESPACE,
    SIGNERS,
    STRANGER,
    TRANSCRIPT,
    YEAR,
    certified,
    digests,
    issuer_signed,
    item,
    mso,
    response,
    shown,
    sign1,
    tagged,
    tdate,
)

from nlwallet.crypto import CertificateAuthority, PrivateKey
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.encoding import b64url_encode
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidDeviceAuth,
    InvalidMdoc,
    InvalidSignature,
    LimitExceeded,
    MalformedInput,
    OutsideValidity,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.mdoc import MdocPresentation, verify_mdoc_presentation

OTHER_CA = CertificateAuthority.create("Stranger IACA", now=NOW - YEAR)
OLD = certified(now=NOW - YEAR, days=30)


def document(**changed: Any) -> dict[str, Any]:
    """A document whose MSO differs, correctly signed by the issuer and by the device."""
    return shown(issuer_signed(signed=mso(**changed)))


def with_items(*items: bytes | Any, **more: Any) -> dict[str, Any]:
    wrapped = [one if not isinstance(one, bytes) else tagged(one) for one in items]
    return shown(issuer_signed({DOCTYPE: wrapped}, **more))


def with_chain(chain: Any, key: PrivateKey | None = None) -> dict[str, Any]:
    given = {} if key is None else {"key": key}
    return shown(issuer_signed(unprotected={33: chain} if chain is not None else {}, **given))


def nested(depth: int) -> bytes:
    return b"\x81" * depth + b"\x01"


STRANGER_CHAIN = OTHER_CA.issue(CHAIN.leaf.public_key, CHAIN.leaf.subject, now=NOW)

# What was done, what comes, the class of the error, and where it says that it is.
HOSTILE: dict[str, tuple[Callable[[], bytes], type[RemoteError], str]] = {
    # CBOR
    "nothing": (lambda: b"", MalformedInput, ""),
    "cut off": (lambda: response(shown())[:-1], MalformedInput, ""),
    "something behind": (lambda: response(shown()) + b"\x00", MalformedInput, ""),
    "no definite length": (lambda: b"\xbf\x67version\x631.0\xff", MalformedInput, ""),
    "a key twice": (lambda: b"\xa2\x61a\x01\x61a\x02", MalformedInput, ""),
    "an array of 2^62": (lambda: b"\x9b\x40" + b"\0" * 7, MalformedInput, ""),
    "ten thousand arrays": (lambda: nested(10_000), MalformedInput, ""),
    "ten thousand tags": (lambda: b"\xd8\x18" * 10_000 + b"\x01", MalformedInput, ""),
    "a value that is itself": (lambda: b"\xd8\x1c\x81\xd8\x1d\x00", InvalidMdoc, ""),
    "two megabytes": (lambda: response(shown(), more=b"x" * 2_000_000), LimitExceeded, ""),
    # The response
    "another version": (lambda: response(shown(), version="2.0"), InvalidMdoc, "/version"),
    "a status": (lambda: response(shown(), status=10), InvalidMdoc, "/status"),
    "no document": (lambda: response(), InvalidMdoc, "/documents"),
    "two documents": (lambda: response(shown(), shown()), InvalidMdoc, "/documents"),
    "a document by name": (lambda: response(documents={"a": 1}), InvalidMdoc, "/documents"),
    "another docType": (
        lambda: response(shown(doctype="org.example.other")),
        InvalidMdoc,
        "/docType",
    ),
    "no issuer's half": (
        lambda: response({name: value for name, value in shown().items() if name != "issuerSigned"}),
        InvalidMdoc,
        "/documents/0/issuerSigned",
    ),
    "no device's half": (
        lambda: response({name: value for name, value in shown().items() if name != "deviceSigned"}),
        InvalidMdoc,
        "/documents/0/deviceSigned",
    ),
    # Elements
    "a changed value": (
        lambda: response(with_items(item(0, "family_name", "Other"), *ITEMS[1:])),
        InvalidMdoc,
        "/documents/0/issuerSigned/nameSpaces/eu.europa.ec.eudi.pid.1/0",
    ),
    "an element that nobody signed": (
        lambda: response(with_items(*ITEMS, item(9, "bsn", "999999990"))),
        InvalidMdoc,
        "/documents/0/issuerSigned/nameSpaces/eu.europa.ec.eudi.pid.1/3",
    ),
    "an element twice": (
        lambda: response(with_items(*ITEMS, ITEMS[0])),
        InvalidMdoc,
        "/documents/0/issuerSigned/nameSpaces/eu.europa.ec.eudi.pid.1/3",
    ),
    "an element in another namespace": (
        lambda: response(shown(issuer_signed({OTHER_NAMESPACE: [tagged(ITEMS[0])]}))),
        InvalidMdoc,
        "/documents/0/issuerSigned/nameSpaces/eu.europa.ec.eudi.pid.nl.1/0",
    ),
    "an element without tag 24": (
        lambda: response(with_items(CBORTag(25, ITEMS[0]))),
        InvalidMdoc,
        "/documents/0/issuerSigned/nameSpaces/eu.europa.ec.eudi.pid.1/0",
    ),
    "a short random": (
        lambda: response(with_items(item(0, "family_name", "Jansen", random=b"x" * 15))),
        InvalidMdoc,
        "/documents/0/issuerSigned/nameSpaces/eu.europa.ec.eudi.pid.1/0/random",
    ),
    "a negative digestID": (
        lambda: response(with_items(item(0, "family_name", "Jansen", digestID=-1))),
        InvalidMdoc,
        "/documents/0/issuerSigned/nameSpaces/eu.europa.ec.eudi.pid.1/0/digestID",
    ),
    # The MSO
    "an unknown digest algorithm": (
        lambda: response(document(digestAlgorithm="MD5")),
        InvalidMdoc,
        "/issuerAuth/payload/digestAlgorithm",
    ),
    "digests of another algorithm": (
        lambda: response(document(digestAlgorithm="SHA-512")),
        InvalidMdoc,
        "/documents/0/issuerSigned/nameSpaces/eu.europa.ec.eudi.pid.1/0",
    ),
    "another docType in the MSO": (
        lambda: response(document(docType="org.example.other")),
        InvalidMdoc,
        "/docType",
    ),
    "expired": (
        lambda: response(
            document(
                validityInfo={
                    "signed": tdate(NOW),
                    "validFrom": tdate(NOW - 100),
                    "validUntil": tdate(NOW - 1),
                }
            )
        ),
        OutsideValidity,
        "/issuerAuth/payload/validityInfo/validUntil",
    ),
    "not valid yet": (
        lambda: response(
            document(
                validityInfo={
                    "signed": tdate(NOW),
                    "validFrom": tdate(NOW + 1),
                    "validUntil": tdate(NOW + 2),
                }
            )
        ),
        OutsideValidity,
        "/issuerAuth/payload/validityInfo/validFrom",
    ),
    "signed before its certificate": (
        lambda: response(
            document(
                validityInfo={
                    "signed": tdate(NOW - YEAR),
                    "validFrom": tdate(NOW),
                    "validUntil": tdate(NOW + 2),
                }
            )
        ),
        InvalidMdoc,
        "/issuerAuth/payload/validityInfo/signed",
    ),
    "no device key": (
        lambda: response(document(deviceKeyInfo={})),
        MalformedInput,
        "/issuerAuth/payload/deviceKeyInfo/deviceKey",
    ),
    # The issuer
    "signed by a stranger": (lambda: response(with_chain(CHAIN.leaf.der, STRANGER)), InvalidSignature, ""),
    "an unknown authority": (lambda: response(with_chain(STRANGER_CHAIN.leaf.der)), UntrustedCertificate, ""),
    "an expired certificate": (lambda: response(with_chain(OLD.leaf.der)), OutsideValidity, ""),
    "no certificate": (lambda: response(with_chain(None)), InvalidMdoc, "/issuerAuth/x5chain"),
    "the authority itself": (lambda: response(with_chain(IACA.certificate.der)), UntrustedCertificate, ""),
    "a reader's certificate": (
        lambda: response(with_chain(certified(extended_key_usages=["1.0.18013.5.1.6"]).leaf.der)),
        UntrustedCertificate,
        "",
    ),
    "no payload": (
        lambda: response(shown({**issuer_signed(), "issuerAuth": sign1(None, detached=True)})),
        InvalidMdoc,
        "/documents/0/issuerSigned/issuerAuth",
    ),
    "an algorithm nobody protects": (
        lambda: response(shown(issuer_signed(protected={}, unprotected={1: -7, 33: CHAIN.leaf.der}))),
        AlgorithmNotAllowed,
        "/protected/alg",
    ),
    "the algorithm of another curve": (
        lambda: response(shown(issuer_signed(protected={1: -35}))),
        AlgorithmNotAllowed,
        "/protected/alg",
    ),
    # The device
    "the proof of a stranger": (
        lambda: response(shown(key=STRANGER)),
        InvalidDeviceAuth,
        "/documents/0/deviceSigned/deviceAuth",
    ),
    "the proof of another session": (
        lambda: response(shown(transcript=dump_cbor([None, None, ["OpenID4VPHandover", b"x" * 32]]))),
        InvalidDeviceAuth,
        "/documents/0/deviceSigned/deviceAuth",
    ),
    "no proof": (
        lambda: response(shown(auth=lambda _: {})),
        InvalidDeviceAuth,
        "/documents/0/deviceSigned/deviceAuth",
    ),
    "two proofs": (
        lambda: response(
            shown(auth=lambda payload: {"deviceSignature": sign1(payload, key=HOLDER), "deviceMac": []})
        ),
        InvalidDeviceAuth,
        "/documents/0/deviceSigned/deviceAuth",
    ),
    "a MAC that nobody agreed on": (
        lambda: response(shown(auth=lambda _: {"deviceMac": [dump_cbor({1: 5}), {}, None, b"x" * 32]})),
        AlgorithmNotAllowed,
        "/documents/0/deviceSigned/deviceAuth/deviceMac",
    ),
    "an element of the device's own": (
        lambda: response(shown(device=dump_cbor({DOCTYPE: {"age_over_18": True}}))),
        InvalidMdoc,
        "/documents/0/deviceSigned/nameSpaces/eu.europa.ec.eudi.pid.1",
    ),
}


def verify(text: str) -> MdocPresentation:
    return verify_mdoc_presentation(
        text, issuer=SIGNERS, session_transcript=TRANSCRIPT, now=NOW, algorithms=ES256
    )


def test_the_document_that_they_all_differ_from_is_taken() -> None:
    assert verify(b64url_encode(response(shown()))).claims[DOCTYPE]["age_over_18"] is True
    assert digests(*ITEMS) == mso()["valueDigests"][DOCTYPE]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mdoc_ends_in_a_typed_error(name: str) -> None:
    make, kind, pointer = HOSTILE[name]
    with pytest.raises(RemoteError) as caught:
        verify(b64url_encode(make()))
    error = caught.value
    assert (type(error), error.pointer) == (kind, pointer)
    assert error.code
    assert error.spec or kind is LimitExceeded
    said = f"{error} {error.diagnostics()} {error!r}"
    for value in ("Jansen", "Frouke", "999999990"):
        assert value not in said
    assert error.__cause__ is None


@pytest.mark.parametrize("text", ["AAA=", "A A A A", "AAA+", "AAA/", "é", "A"])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput):
        verify(text)
