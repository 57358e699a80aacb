"""The examples of ISO/IEC 18013-5:2021 Annex D, carried over as facts in iso18013_5.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlwallet.crypto import Certificate, PrivateKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.crypto.cose import parse_cose_sign1
from nlwallet.crypto.cose_key import cose_key
from nlwallet.crypto.cose_mac0 import make_cose_mac0
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidDeviceAuth, InvalidMdoc, InvalidSignature, OutsideValidity
from nlwallet.mdoc import (
    MDL_NAMESPACE,
    DeviceMac,
    DeviceRequest,
    DocumentSigners,
    ItemsRequest,
    MdocPresentation,
    NfcHandover,
    encode_device_response,
    proximity_session_transcript,
    verify_device_response,
    verify_mdoc,
)
from nlwallet.mdoc.device_auth import device_authentication, mac_key
from nlwallet.mdoc.reader_auth import reader_authentication

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "iso18013_5.json").read_text())
HEX = {one["id"]: bytes.fromhex(one["given"]["hex"]) for one in VECTORS["vectors"]}
NOW = 1_609_459_200  # 2021-01-01, as the vectors say
ES256 = frozenset({"ES256"})
MDL = "org.iso.18013.5.1.mDL"
IACA = Certificate.from_der(bytes.fromhex(VECTORS["certificates"]["iaca_root_der_hex"]))
READER_ROOT = Certificate.from_der(bytes.fromhex(VECTORS["certificates"]["reader_root_der_hex"]))


def key(name: str) -> PrivateKey:
    octets = {part: b64url_encode(bytes.fromhex(value)) for part, value in VECTORS["keys"][name].items()}
    return PrivateKey.from_jwk({"kty": "EC", "crv": "P-256", **octets})


READER, DEVICE = key("reader_ephemeral"), key("device_static")
TRANSCRIPT = parse_cbor(HEX["session-transcript-bytes"], what="it").value
DOCUMENT = parse_cbor(HEX["device-response"], what="it")["documents"][0]


def verified(data: bytes = HEX["device-response"], **changed: Any) -> MdocPresentation:
    given: dict[str, Any] = {
        "issuer": DocumentSigners([IACA]),
        "session_transcript": TRANSCRIPT,
        "now": NOW,
        "algorithms": ES256,
        "reader_key": READER,
        "one_document": True,
    }
    (shown,) = verify_device_response(data, **{**given, **changed})
    return shown


@pytest.mark.req("M-07", "M-10")
def test_the_response_verifies_with_all_its_checks() -> None:
    shown = verified()
    assert (shown.doctype, shown.device_auth) == (MDL, "mac")
    claims = dict(shown.claims[MDL_NAMESPACE])
    assert claims.pop("portrait").startswith("_9j_")  # JPEG
    assert claims == {
        "family_name": "Doe",
        "issue_date": "2019-10-20",
        "expiry_date": "2024-10-20",
        "document_number": "123456789",
        "driving_privileges": [
            {"vehicle_category_code": "A", "issue_date": "2018-08-09", "expiry_date": "2024-10-20"},
            {"vehicle_category_code": "B", "issue_date": "2017-02-23", "expiry_date": "2024-10-20"},
        ],
    }
    assert shown.holder_key == DEVICE.public
    assert (shown.issued_at, shown.expires_at) == (1_601_559_002, 1_633_095_002)


@pytest.mark.req("M-07")
def test_what_the_issuer_signed_is_read_on_its_own() -> None:
    signed = dump_cbor(DOCUMENT["issuerSigned"])
    mdoc = verify_mdoc(signed, issuer=DocumentSigners([IACA]), now=NOW, algorithms=ES256, doctype=MDL)
    assert len(mdoc.claims[MDL_NAMESPACE]) == 6
    assert set(mdoc.mso.value_digests) == {MDL_NAMESPACE, f"{MDL_NAMESPACE}.US"}
    message = parse_cose_sign1(HEX["issuer-auth"], algorithms=ES256, what="it")
    message.verify(mdoc.chain.leaf.public_key)
    assert dump_cbor(mdoc.issuer_signed.issuer_auth) == HEX["issuer-auth"]


@pytest.mark.req("M-07")
def test_a_changed_octet_of_an_element_is_refused() -> None:
    with pytest.raises(InvalidMdoc, match="not what the issuer signed"):
        verified(HEX["device-response"].replace(b"cDoe", b"cDof"))


@pytest.mark.req("M-07")
def test_the_document_ends_when_it_says() -> None:
    with pytest.raises(OutsideValidity):
        verified(now=1_633_095_003)


def test_the_session_transcript_byte_for_byte() -> None:
    engagement, reader_key, handover = parse_cbor(TRANSCRIPT, what="it")
    made = proximity_session_transcript(
        device_engagement=engagement.value, reader_key=reader_key.value, handover=NfcHandover(*handover)
    )
    assert made == TRANSCRIPT
    assert engagement.value != HEX["device-engagement"]  # D.3.1 is for a QR code, D.5.1 for NFC
    by_qr = proximity_session_transcript(
        device_engagement=HEX["device-engagement"], reader_key=dump_cbor(cose_key(READER.public))
    )
    assert parse_cbor(by_qr, what="it")[1:] == [reader_key, None]
    assert by_qr.startswith(b"\x83\xd8\x18\x58\x74" + HEX["device-engagement"])
    assert by_qr.endswith(b"\xf6")


@pytest.mark.req("M-08")
def test_the_device_authentication_byte_for_byte() -> None:
    assert device_authentication(TRANSCRIPT, MDL) == HEX["device-authentication-bytes"]


@pytest.mark.req("M-08")
def test_the_device_mac_byte_for_byte() -> None:
    secret = mac_key(DEVICE, READER.public, TRANSCRIPT)
    assert secret == mac_key(READER, DEVICE.public, TRANSCRIPT)
    made = dump_cbor({"deviceMac": make_cose_mac0(HEX["device-authentication-bytes"], secret)})
    assert made == HEX["device-auth"]
    authentication = device_authentication(TRANSCRIPT, MDL)
    assert DeviceMac(DEVICE, READER.public).over(authentication, TRANSCRIPT) == HEX["device-auth"]


@pytest.mark.req("M-08")
def test_our_response_with_all_elements_is_the_published_one() -> None:
    mdoc = verify_mdoc(
        dump_cbor(DOCUMENT["issuerSigned"]), issuer=DocumentSigners([IACA]), now=NOW, algorithms=ES256
    )
    document = mdoc.document(
        [(MDL_NAMESPACE, name) for name in mdoc.claims[MDL_NAMESPACE]],
        session_transcript=TRANSCRIPT,
        device_auth=DeviceMac(DEVICE, READER.public),
    )
    assert parse_cbor(document, what="it") == DOCUMENT
    assert verified(encode_device_response([document])).claims == verified().claims


def test_the_response_is_for_one_session() -> None:
    engagement, reader_key, _ = parse_cbor(TRANSCRIPT, what="it")
    other = proximity_session_transcript(device_engagement=engagement.value, reader_key=reader_key.value)
    with pytest.raises(InvalidDeviceAuth):
        verified(session_transcript=other)


def test_the_request_and_who_asks() -> None:
    request = DeviceRequest.parse(HEX["device-request"])
    (asked,) = request.doc_requests
    assert asked.items == ItemsRequest(
        MDL,
        {
            MDL_NAMESPACE: {
                "family_name": True,
                "document_number": True,
                "driving_privileges": True,
                "issue_date": True,
                "expiry_date": True,
                "portrait": False,
            }
        },
    )
    assert reader_authentication(TRANSCRIPT, asked.items_bytes) == HEX["reader-authentication-bytes"]
    assert asked.reader_auth is not None
    assert dump_cbor(asked.reader_auth) == HEX["reader-auth"]
    (chain,) = request.verify_readers([READER_ROOT], session_transcript=TRANSCRIPT, now=NOW, algorithms=ES256)
    assert chain.leaf.subject.common_name == "reader"
    with pytest.raises(InvalidSignature):
        request.verify_readers(
            [READER_ROOT], session_transcript=dump_cbor([None] * 3), now=NOW, algorithms=ES256
        )
