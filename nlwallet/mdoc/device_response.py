"""DeviceResponse: documents as they are shown, each proven by its device (ISO/IEC 18013-5 §8.3.2.1.2.2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.encoded_cbor import (
    EMPTY_MAP,
    PLACE,
    array,
    fixed,
    text,
    text_map,
    text_map_template,
    unsigned,
)
from nlwallet.encoding import b64url_decode, json_pointer
from nlwallet.errors import InvalidMdoc, LimitExceeded
from nlwallet.mdoc.device_auth import DeviceAuthKind, device_authentication, verify_device_auth
from nlwallet.mdoc.document_signer import DocumentSignerResolver
from nlwallet.mdoc.element_value import json_of_element
from nlwallet.mdoc.issuer_signed import MDL_NAMESPACE, IssuerSigned, verify_issuer_signed
from nlwallet.mdoc.mobile_security_object import KeyAuthorizations
from nlwallet.mdoc.reading import MAX_NAMESPACES, decode, filled, member, short_text, typed, unwrap
from nlwallet.mdoc.verified import Verified

RESPONSE_VERSION = "1.0"
MAX_DOCUMENTS = 16

_SPEC = "ISO/IEC 18013-5 §8.3.2.1.2.2"
_WITHOUT_DOCUMENTS = text_map({"version": text(RESPONSE_VERSION), "status": unsigned(0)})
_RESPONSE = text_map_template(
    {"version": fixed(text(RESPONSE_VERSION)), "documents": PLACE, "status": fixed(unsigned(0))}
)


@dataclass(frozen=True, slots=True, repr=False)
class MdocPresentation(Verified):
    """A verified document of a response: the elements that were shown, by whom issued, proven by which device."""

    device_auth: DeviceAuthKind
    device_claims: dict[str, dict[str, Any]] = field(repr=False)
    """What the device itself signed, as its KeyAuthorizations allow; the issuer did not see it."""


def encode_device_response(documents: Sequence[bytes]) -> bytes:
    """The response with these encoded documents; HAIP 1.0 §5.3.1 has one in each."""
    return _RESPONSE % array(documents) if documents else _WITHOUT_DOCUMENTS


def split_device_response(data: bytes) -> tuple[tuple[str, bytes], ...]:
    """Each document of a response with its type, unverified, as a response of its own: for whoever verifies singly.

    Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    return tuple(
        (
            short_text(one.get("docType"), "docType", f"/documents/{place}/docType"),
            encode_device_response([dump_cbor(one)]),
        )
        for place, one in enumerate(_documents(data))
    )


def issuer_signed_of_each(data: bytes) -> tuple[tuple[str, Any], ...]:
    """Each document's type and decoded ``IssuerSigned``, unverified: for whoever has no session to hold them against.

    Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    return tuple(
        (short_text(one.get("docType"), "docType", f"/documents/{place}/docType"), one.get("issuerSigned"))
        for place, one in enumerate(_documents(data))
    )


def verify_mdoc_presentation(
    presentation: str,
    *,
    issuer: DocumentSignerResolver,
    session_transcript: bytes,
    now: int,
    algorithms: Collection[str],
    reader_key: PrivateKey | None = None,
    leeway: int = 0,
    country_namespaces: Collection[str] = (MDL_NAMESPACE,),
) -> MdocPresentation:
    """Verify a presentation in a ``vp_token``: base64url of a DeviceResponse with one document (OpenID4VP §B.2.5).

    The arguments are those of :func:`verify_device_response`. Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    (shown,) = verify_device_response(
        b64url_decode(presentation),
        issuer=issuer,
        session_transcript=session_transcript,
        now=now,
        algorithms=algorithms,
        reader_key=reader_key,
        leeway=leeway,
        country_namespaces=country_namespaces,
        one_document=True,
    )
    return shown


def verify_device_response(
    data: bytes,
    *,
    issuer: DocumentSignerResolver,
    session_transcript: bytes,
    now: int,
    algorithms: Collection[str],
    reader_key: PrivateKey | None = None,
    leeway: int = 0,
    country_namespaces: Collection[str] = (MDL_NAMESPACE,),
    one_document: bool = False,
) -> tuple[MdocPresentation, ...]:
    """Verify an encoded DeviceResponse; returns its documents.

    ``issuer``              who may sign documents.
    ``session_transcript``  encoded CBOR, made by the verifier from what it knows itself.
    ``algorithms``          JOSE names accepted for the issuer's and the device's signature.
    ``reader_key``          the reader's ephemeral key; without it a MAC is refused.
    ``leeway``              seconds on validity.
    ``country_namespaces``  see :func:`~nlwallet.mdoc.verify_mdoc`.
    ``one_document``        whether a second document is refused (HAIP 1.0 §5.3.1).

    Status is not looked at: see ``status`` of each result. Raises a :class:`~nlwallet.errors.RemoteError` whose class
    says what is wrong.
    """
    documents = _documents(data)
    if one_document and len(documents) != 1:
        raise InvalidMdoc(
            "there are several documents in one response",
            spec="HAIP 1.0 §5.3.1",
            pointer="/documents",
            hint="one DeviceResponse for each document",
        )
    shown = []
    for position, one in enumerate(documents):
        at = f"/documents/{position}"
        doctype = short_text(one.get("docType"), "docType", f"{at}/docType")
        issuer_signed = verify_issuer_signed(
            one.get("issuerSigned"),
            source=data,
            issuer=issuer,
            now=now,
            algorithms=algorithms,
            doctype=doctype,
            leeway=leeway,
            country_namespaces=country_namespaces,
            pointer=f"{at}/issuerSigned",
        )
        shown.append(
            _device_signed(
                one.get("deviceSigned"),
                issuer_signed,
                session_transcript,
                algorithms,
                reader_key,
                f"{at}/deviceSigned",
            )
        )
    return tuple(shown)


def _documents(data: bytes) -> list[dict[Any, Any]]:
    response = typed(decode(data, what="the device response"), dict, "the device response", "")
    if not member(response, "version", str, "", _SPEC).startswith("1."):
        raise InvalidMdoc("the response is of another major version than 1", spec=_SPEC, pointer="/version")
    if member(response, "status", int, "", _SPEC) != 0:
        raise InvalidMdoc(
            "the device says that something went wrong",
            spec="ISO/IEC 18013-5 §8.3.2.1.2.3",
            pointer="/status",
        )
    if not response.get("documents"):
        raise InvalidMdoc("there is no document in the response", spec=_SPEC, pointer="/documents")
    documents = typed(response["documents"], list, "documents", "/documents", _SPEC)
    if len(documents) > MAX_DOCUMENTS:
        raise LimitExceeded(f"the response has more than {MAX_DOCUMENTS} documents", pointer="/documents")
    return [typed(one, dict, "a document", f"/documents/{place}") for place, one in enumerate(documents)]


def _device_signed(
    value: Any,
    issuer_signed: IssuerSigned,
    session_transcript: bytes,
    algorithms: Collection[str],
    reader_key: PrivateKey | None,
    pointer: str,
) -> MdocPresentation:
    members = typed(value, dict, "deviceSigned", pointer, _SPEC)
    namespaces = unwrap(members.get("nameSpaces"), "nameSpaces", f"{pointer}/nameSpaces")
    kind = verify_device_auth(
        members.get("deviceAuth"),
        device_key=issuer_signed.mso.device_key,
        authentication=device_authentication(session_transcript, issuer_signed.mso.doctype, namespaces),
        session_transcript=session_transcript,
        algorithms=algorithms,
        reader_key=reader_key,
        pointer=f"{pointer}/deviceAuth",
    )
    claims = _device_claims(namespaces, issuer_signed.mso.key_authorizations, f"{pointer}/nameSpaces")
    return MdocPresentation(issuer_signed, issuer_signed.claims(), kind, claims)


def _device_claims(data: bytes, authorized: KeyAuthorizations, pointer: str) -> dict[str, dict[str, Any]]:
    if data == EMPTY_MAP:
        return {}
    decoded = typed(decode(data, what="nameSpaces", pointer=pointer), dict, "nameSpaces", pointer)
    claims: dict[str, dict[str, Any]] = {}
    if len(decoded) > MAX_NAMESPACES:
        raise LimitExceeded(f"the device signed more than {MAX_NAMESPACES} namespaces", pointer=pointer)
    for namespace, elements in decoded.items():
        at = pointer + json_pointer([short_text(namespace, "a namespace", pointer)])
        for name in filled(elements, dict, "a namespace", at):
            if not authorized.allow(namespace, short_text(name, "an element", at)):
                raise InvalidMdoc(
                    "the device signed an element that its issuer did not authorize it to sign",
                    spec="ISO/IEC 18013-5 §9.1.2.4",
                    pointer=at,
                )
        claims[namespace] = {name: json_of_element(each) for name, each in elements.items()}
    return claims
