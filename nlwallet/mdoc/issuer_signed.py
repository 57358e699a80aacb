"""IssuerSigned: what the issuer vouches for, verified as the inspection procedure says (ISO/IEC 18013-5 §9.3.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import CertificateChain
from nlwallet.crypto.cose import CoseSign1, parse_cose_sign1
from nlwallet.crypto.encoded_cbor import wrapped
from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidMdoc, MalformedInput, OutsideValidity, RemoteError
from nlwallet.mdoc.document_signer import DocumentSignerResolver
from nlwallet.mdoc.element_value import json_of_element
from nlwallet.mdoc.issuer_signed_item import IssuerSignedItem
from nlwallet.mdoc.mobile_security_object import DIGEST_ALGORITHMS, MobileSecurityObject
from nlwallet.mdoc.reading import MAX_NAMESPACES, decode_each, filled, member, short_text, typed, unwrap

MDL_NAMESPACE = "org.iso.18013.5.1"

Items = Mapping[str, Mapping[str, IssuerSignedItem]]
"""Namespace to element identifier to item, in the order received."""


@dataclass(frozen=True, slots=True)
class IssuerSigned:
    """An ``IssuerSigned`` that was verified; made by :func:`verify_issuer_signed`."""

    mso: MobileSecurityObject
    items: Items = field(repr=False)
    chain: CertificateChain
    issuer_auth: list[Any] = field(repr=False)
    """The COSE_Sign1 as decoded, to be sent on as it is."""

    def claims(self) -> dict[str, dict[str, Any]]:
        """``{namespace: {element: value}}``, values as JSON has them."""
        return {
            namespace: {name: json_of_element(item.value) for name, item in elements.items()}
            for namespace, elements in self.items.items()
        }


def verify_issuer_signed(
    value: Any,
    *,
    source: bytes,
    issuer: DocumentSignerResolver,
    now: int,
    algorithms: Collection[str],
    doctype: str | None = None,
    leeway: int = 0,
    country_namespaces: Collection[str] = (MDL_NAMESPACE,),
    pointer: str = "",
) -> IssuerSigned:
    """Verify a decoded ``IssuerSigned`` that stands in the message ``source``.

    ``doctype``             that of the document around it; ``None`` when there is none (issuance).
    ``leeway``              seconds on ``validFrom`` and ``validUntil``.
    ``country_namespaces``  where an ``issuing_country`` must be the country of the signer's certificate (§7.2.1).

    Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    members = typed(value, dict, "issuerSigned", pointer)
    issuer_auth = member(members, "issuerAuth", list, pointer)
    message = parse_cose_sign1(issuer_auth, algorithms=algorithms, what="IssuerAuth")
    if message.payload is None:
        raise InvalidMdoc(
            "IssuerAuth has no payload", spec="ISO/IEC 18013-5 §9.1.2.4", pointer=f"{pointer}/issuerAuth"
        )
    mso = MobileSecurityObject.parse(message.payload)
    items = _items(members.get("nameSpaces"), source, f"{pointer}/nameSpaces")
    chain = _verify_signature(message, mso, issuer, now)
    _check_digests(items, mso, f"{pointer}/nameSpaces")
    if doctype is not None and doctype != mso.doctype:
        raise InvalidMdoc(
            "the docType of the document is not the one that the issuer signed", pointer="/docType"
        )
    _check_validity(mso, chain, now, leeway)
    _check_country(items, chain, country_namespaces, f"{pointer}/nameSpaces")
    return IssuerSigned(mso, items, chain, issuer_auth)


def _verify_signature(
    message: CoseSign1, mso: MobileSecurityObject, issuer: DocumentSignerResolver, now: int
) -> CertificateChain:
    chain = issuer(message, mso.doctype, now=now)
    message.verify(chain.leaf.public_key)
    return chain


def _items(value: Any, source: bytes, pointer: str) -> dict[str, dict[str, IssuerSignedItem]]:
    if value is None:
        return {}
    found: dict[str, dict[str, IssuerSignedItem]] = {}
    for namespace, listed in filled(value, dict, "nameSpaces", pointer, limit=MAX_NAMESPACES).items():
        short_text(namespace, "a namespace", pointer)
        try:
            found[namespace] = _elements(listed, source)
        except RemoteError as error:
            error.pointer = pointer + json_pointer([namespace]) + error.pointer
            raise
    return found


def _elements(listed: Any, source: bytes) -> dict[str, IssuerSignedItem]:
    contents = [
        unwrap(one, "an element", f"/{position}")
        for position, one in enumerate(filled(listed, list, "a namespace", ""))
    ]
    encoded = [wrapped(content) for content in contents]
    # The digests are over these octets, so they have to be what was sent: side by side in the message.
    if b"".join(encoded) not in source:
        raise MalformedInput(
            "tag or length of an element is not in its shortest form",
            spec="RFC 8949 §4.2.1",
            hint="the issuer's digest is over these octets too",
        )
    elements: dict[str, IssuerSignedItem] = {}
    numbers: set[int] = set()
    for position, decoded in enumerate(decode_each(contents, what="an element")):
        try:
            item = IssuerSignedItem.parse(decoded, encoded[position])
        except RemoteError as error:
            error.pointer = f"/{position}{error.pointer}"
            raise
        if item.identifier in elements or item.digest_id in numbers:
            raise InvalidMdoc("an element or its digestID is there twice", pointer=f"/{position}")
        elements[item.identifier] = item
        numbers.add(item.digest_id)
    return elements


def _check_digests(items: Items, mso: MobileSecurityObject, pointer: str) -> None:
    digest = getattr(hashlib, DIGEST_ALGORITHMS[mso.digest_algorithm])
    for namespace, elements in items.items():
        digests = mso.value_digests.get(namespace, {})
        for position, item in enumerate(elements.values()):
            if digests.get(item.digest_id) != digest(item.encoded).digest():
                raise InvalidMdoc(
                    "an element is not what the issuer signed"
                    if item.digest_id in digests
                    else "the issuer signed no digest of an element",
                    pointer=pointer + json_pointer([namespace, position]),
                    hint="changed, moved to another namespace, or of another document?",
                )


def _check_validity(mso: MobileSecurityObject, chain: CertificateChain, now: int, leeway: int) -> None:
    at = "/issuerAuth/payload/validityInfo"
    if not chain.leaf.not_before <= mso.signed <= chain.leaf.not_after:
        raise InvalidMdoc(
            "it was signed outside the validity of the signer's certificate", pointer=f"{at}/signed"
        )
    if now < mso.valid_from - leeway:
        raise OutsideValidity(
            "the document is not valid yet",
            spec="ISO/IEC 18013-5 §9.3.1",
            pointer=f"{at}/validFrom",
            code="not_yet_valid",
        )
    if now > mso.valid_until + leeway:
        raise OutsideValidity(
            "the document has expired",
            spec="ISO/IEC 18013-5 §9.3.1",
            pointer=f"{at}/validUntil",
            code="expired",
            hint="get a fresh one issued",
        )


def _check_country(items: Items, chain: CertificateChain, namespaces: Collection[str], pointer: str) -> None:
    for namespace in namespaces:
        item = items.get(namespace, {}).get("issuing_country")
        if item is not None and item.value != chain.leaf.subject.country:
            raise InvalidMdoc(
                "issuing_country is not the country in the certificate of the signer",
                spec="ISO/IEC 18013-5 §7.2.1",
                pointer=pointer + json_pointer([namespace]),
                hint="the country of the subject is that of the issuing authority",
            )
