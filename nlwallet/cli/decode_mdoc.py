"""What a structure of ISO/IEC 18013-5 holds, in hexadecimal or base64url, without verifying it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeGuard

from cbor2 import CBORTag

from nlwallet.cli.decoded import Decoded
from nlwallet.cli.decoded_certificate import certificate_parts
from nlwallet.crypto import Certificate
from nlwallet.crypto.cbor import parse_cbor
from nlwallet.crypto.cose import ALG, COSE_ALGORITHMS, KID, TYP, X5CHAIN
from nlwallet.crypto.encoded_cbor import ENCODED_CBOR_TAG
from nlwallet.errors import RemoteError
from nlwallet.mdoc import KNOWN_DOCTYPES
from nlwallet.mdoc.element_value import FULL_DATE_TAG, TDATE_TAG

MAX_OCTETS_SHOWN = 48

_HEX = re.compile(r"(?:[0-9a-f]{2})+", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+=*")
_HEADERS = {ALG: "alg", KID: "kid", TYP: "typ", X5CHAIN: "x5chain"}
_COSE_KEY = {1: "kty", -1: "crv", -2: "x", -3: "y", 3: "alg", 2: "kid"}


def decode_cbor_text(text: str) -> Decoded | None:
    """Take apart hexadecimal or base64 of CBOR; ``None`` for a text that is neither. Raises a RemoteError."""
    data = cbor_octets(text)
    if data is None:
        return None
    return _structure(parse_cbor(data, what="the input"))


def cbor_octets(text: str) -> bytes | None:
    """The octets of hexadecimal or base64 of an array, a map or a tag; ``None`` for any other text."""
    text = "".join(text.split())
    data = None
    if _HEX.fullmatch(text):
        data = bytes.fromhex(text)
    elif _BASE64.fullmatch(text):
        plain = text.rstrip("=").replace("+", "-").replace("/", "_")
        try:
            data = base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
        except (binascii.Error, ValueError):
            return None
    return data if data and 0x80 <= data[0] < 0xE0 else None


def _structure(value: Any) -> Decoded:
    if isinstance(value, CBORTag) and value.tag == ENCODED_CBOR_TAG and isinstance(value.value, bytes):
        return _structure(parse_cbor(value.value, what="the encoded item"))
    if isinstance(value, CBORTag) and value.tag == 18:
        return _structure(value.value)
    if isinstance(value, dict):
        for member, read in _BY_MEMBER.items():
            if member in value:
                return read(value)
    if _is_cose(value):
        parts, notes = _cose_sign1(value)
        return Decoded("COSE_Sign1 (RFC 9052 §4.2)", parts, notes)
    if isinstance(value, list) and len(value) == 3 and value[2] is not True and not isinstance(value[2], int):
        return _session_transcript(value)
    return Decoded("CBOR (RFC 8949)", {"value": plain(value)}, ["no structure that this command knows"])


def _issuer_signed(value: dict[Any, Any]) -> Decoded:
    parts, notes = _issuer_signed_parts(value)
    return Decoded("IssuerSigned, an mdoc as it is issued (ISO/IEC 18013-5 §8.3.2.1.2.2)", parts, notes)


def _issuer_signed_parts(value: Any) -> tuple[dict[str, Any], list[str]]:
    if not isinstance(value, dict):
        return {"unreadable": plain(value)}, ["issuerSigned is no map"]
    notes: list[str] = []
    namespaces: dict[str, Any] = {}
    for namespace, items in _members(value.get("nameSpaces")).items():
        namespaces[str(namespace)] = (
            [_item(one) for one in items] if isinstance(items, list) else plain(items)
        )
    parts: dict[str, Any] = {"elements": namespaces}
    auth = value.get("issuerAuth")
    if _is_cose(auth):
        signature, more = _cose_sign1(auth)
        parts["issuer_auth"] = signature
        notes += more
    else:
        notes.append("issuerAuth is missing or no COSE_Sign1")
    return parts, notes


def _item(value: Any) -> Any:
    content = _unwrapped(value)
    if not isinstance(content, dict) or "elementIdentifier" not in content:
        return {"unreadable": plain(value)}
    salt = content.get("random")
    return {
        str(content["elementIdentifier"]): plain(content.get("elementValue")),
        "digestID": plain(content.get("digestID")),
        "random": f"{len(salt)} bytes" if isinstance(salt, bytes) else plain(salt),
    }


def _document(value: dict[Any, Any]) -> Decoded:
    parts, notes = _document_parts(value)
    return Decoded("Document of a device response (ISO/IEC 18013-5 §8.3.2.1.2.2)", parts, notes)


def _document_parts(value: Any) -> tuple[dict[str, Any], list[str]]:
    if not isinstance(value, dict):
        return {"unreadable": plain(value)}, ["a document is no map"]
    issuer_signed, notes = _issuer_signed_parts(value.get("issuerSigned"))
    parts = {"docType": plain(value.get("docType")), "issuer_signed": issuer_signed}
    device = value.get("deviceSigned")
    if isinstance(device, dict):
        auth = _members(device.get("deviceAuth"))
        parts["device_signed"] = {
            "elements": plain(_unwrapped(device.get("nameSpaces"))),
            **{str(kind): _cose_sign1(one)[0] if _is_cose(one) else plain(one) for kind, one in auth.items()},
        }
    else:
        notes.append("no deviceSigned: nobody proves the document")
    if "errors" in value:
        parts["errors"] = plain(value["errors"])
    return parts, notes


def _device_response(value: dict[Any, Any]) -> Decoded:
    documents, notes = [], []
    for one in value["documents"] if isinstance(value["documents"], list) else []:
        parts, more = _document_parts(one)
        documents.append(parts)
        notes += more
    rest = {str(name): plain(one) for name, one in value.items() if name != "documents"}
    return Decoded("DeviceResponse (ISO/IEC 18013-5 §8.3.2.1.2.2)", {**rest, "documents": documents}, notes)


def _device_request(value: dict[Any, Any]) -> Decoded:
    requests, notes = [], []
    for one in value["docRequests"] if isinstance(value["docRequests"], list) else []:
        members = _members(one)
        items = _unwrapped(members.get("itemsRequest"))
        parts = _items_request_parts(items) if isinstance(items, dict) else {"unreadable": plain(items)}
        auth = members.get("readerAuth")
        if _is_cose(auth):
            parts["reader_auth"] = _cose_sign1(auth)[0]
        elif not value.get("readerAuthAll"):
            notes.append("a request without readerAuth: nobody says who asks (§9.1.4)")
        requests.append(parts)
    parts = {"version": plain(value.get("version")), "requests": requests}
    if "deviceRequestInfo" in value:
        parts["deviceRequestInfo"] = plain(_unwrapped(value["deviceRequestInfo"]))
    of_all = value.get("readerAuthAll")
    if isinstance(of_all, list) and of_all:
        parts["reader_auth_all"] = [_cose_sign1(one)[0] if _is_cose(one) else plain(one) for one in of_all]
    return Decoded("DeviceRequest (ISO/IEC 18013-5 §8.3.2.1.2.1)", parts, notes)


def _items_request(value: dict[Any, Any]) -> Decoded:
    return Decoded("ItemsRequest (ISO/IEC 18013-5 §8.3.2.1.2.1)", _items_request_parts(value))


def _items_request_parts(value: dict[Any, Any]) -> dict[str, Any]:
    asked = {
        str(namespace): {
            str(name): "may be kept (intent to retain)" if keep is True else "not to be kept"
            for name, keep in _members(elements).items()
        }
        for namespace, elements in _members(value.get("nameSpaces")).items()
    }
    parts = {"docType": plain(value.get("docType")), "asks": asked}
    return parts | ({"requestInfo": plain(value["requestInfo"])} if "requestInfo" in value else {})


def _mso(value: dict[Any, Any]) -> Decoded:
    parts, notes = _mso_parts(value)
    return Decoded("MobileSecurityObject (ISO/IEC 18013-5 §9.1.2.4)", parts, notes)


def _mso_parts(value: dict[Any, Any]) -> tuple[dict[str, Any], list[str]]:
    digests = {
        str(namespace): f"{len(each)} digests, digestID {min(each)} to {max(each)}"
        if isinstance(each, dict) and each and all(type(one) is int for one in each)
        else plain(each)
        for namespace, each in _members(value.get("valueDigests")).items()
    }
    key_info = _members(value.get("deviceKeyInfo"))
    key = key_info.get("deviceKey")
    parts = {
        str(name): plain(one) for name, one in value.items() if name not in {"valueDigests", "deviceKeyInfo"}
    }
    parts["valueDigests"] = digests
    parts["deviceKeyInfo"] = {
        **{str(name): plain(one) for name, one in key_info.items() if name != "deviceKey"},
        "deviceKey": {_COSE_KEY.get(name, str(name)): plain(one) for name, one in _members(key).items()},
    }
    doctype = value.get("docType")
    notes = (
        []
        if doctype in KNOWN_DOCTYPES
        else [f"{plain(doctype)} is no document type that this library describes"]
    )
    return parts, notes


def _is_cose(value: Any) -> TypeGuard[list[Any]]:
    return (
        isinstance(value, list)
        and len(value) == 4
        and isinstance(value[0], bytes)
        and isinstance(value[1], dict)
        and isinstance(value[2], bytes | None)
        and isinstance(value[3], bytes)
    )


def _cose_sign1(value: list[Any]) -> tuple[dict[str, Any], list[str]]:
    protected, unprotected, payload, signature = value
    notes: list[str] = []
    headers: dict[str, Any] = {}
    certificates: list[Any] = []
    for where, labels in (
        ("protected", _nested(protected) if protected else {}),
        ("unprotected", unprotected),
    ):
        for label, one in _members(labels).items():
            if label == X5CHAIN:
                certificates = _chain(one)
            elif label == ALG:
                headers[f"{where} alg"] = (
                    f"{plain(one)} ({COSE_ALGORITHMS.get(one, 'unknown')})"
                    if isinstance(one, int)
                    else plain(one)
                )
            else:
                headers[f"{where} {_HEADERS.get(label, label)}"] = plain(one)
    parts: dict[str, Any] = {"headers": headers}
    if certificates:
        parts["certificates"] = certificates
    inner = None if payload is None else _unwrapped(_nested(payload))
    if payload is None:
        parts["payload"] = "detached"
    elif isinstance(inner, dict) and "valueDigests" in inner:
        parts["mobile_security_object"], more = _mso_parts(inner)
        notes += more
    else:
        parts["payload"] = plain(inner)
    return {**parts, "signature": f"{len(signature)} bytes"}, notes


def _chain(value: Any) -> list[Any]:
    found: list[Any] = []
    for one in value if isinstance(value, list) else [value]:
        try:
            found.append(
                certificate_parts(Certificate.from_der(one)) if isinstance(one, bytes) else plain(one)
            )
        except RemoteError as error:
            found.append({"unreadable": error.message})
    return found


def _session_transcript(value: list[Any]) -> Decoded:
    engagement, key, handover = value
    kind = handover[0] if isinstance(handover, list) and handover else None
    named = {
        "OpenID4VPHandover": "OpenID4VP 1.0 §B.2.6.1: a request by link or QR code",
        "OpenID4VPDCAPIHandover": "OpenID4VP 1.0 §B.2.6.2: a request through the browser",
        "dcapi": "ISO/IEC TS 18013-7 Annex C: a request through the browser",
    }
    if isinstance(kind, str):
        said = named.get(kind, "not known here")
    elif handover is None:
        said = "a QR code, face to face (ISO/IEC 18013-5 §9.1.5.1)"
    elif isinstance(kind, bytes) and len(handover) == 3:
        said = "ISO/IEC TS 18013-7 Annex B: a wallet from before OpenID4VP 1.0"
    else:
        said = "NFC (ISO/IEC 18013-5 §9.1.5.1), or not known here"
    parts = {
        "handover": said,
        "device_engagement": plain(_unwrapped(engagement)),
        "reader_key": plain(_unwrapped(key)),
        "value": plain(handover),
    }
    return Decoded("SessionTranscript (ISO/IEC 18013-5 §9.1.5.1)", parts)


_BY_MEMBER = {
    "documents": _device_response,
    "docRequests": _device_request,
    "issuerSigned": _document,
    "issuerAuth": _issuer_signed,
    "valueDigests": _mso,
    "docType": _items_request,
}


def plain(value: Any) -> Any:
    """A decoded CBOR value as JSON that a person can read: octets in hexadecimal, a date as its text."""
    if isinstance(value, bytes):
        shown = value[:MAX_OCTETS_SHOWN].hex()
        return f"h'{shown}'" if len(value) <= MAX_OCTETS_SHOWN else f"h'{shown}…' ({len(value)} bytes)"
    if isinstance(value, CBORTag):
        if value.tag == FULL_DATE_TAG:
            return f"{plain(value.value)} (full-date)"
        if value.tag == TDATE_TAG:
            return f"{plain(value.value)} (tdate)"
        if value.tag == ENCODED_CBOR_TAG and isinstance(value.value, bytes):
            return plain(_unwrapped(value))
        return {f"tag {value.tag}": plain(value.value)}
    if isinstance(value, Mapping):
        return {
            name if isinstance(name, str) else str(plain(name)): plain(one) for name, one in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value if isinstance(value, str | bool | int | float) or value is None else str(value)


def _members(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _unwrapped(value: Any) -> Any:
    if isinstance(value, CBORTag) and value.tag == ENCODED_CBOR_TAG and isinstance(value.value, bytes):
        return _nested(value.value)
    return value


def _nested(data: bytes) -> Any:
    """An item inside a byte string; the octets themselves where it is none."""
    try:
        return parse_cbor(data, what="an item")
    except RemoteError:
        return data
