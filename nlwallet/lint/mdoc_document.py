"""An mdoc as its issuer made it: what is odd about it, though each check of a verifier may pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from cbor2 import CBORTag

from nlwallet.crypto.cbor import parse_cbor
from nlwallet.crypto.cose import parse_cose_sign1
from nlwallet.errors import RemoteError
from nlwallet.lint.finding import Findings
from nlwallet.lint.members import below
from nlwallet.mdoc import (
    DOCUMENT_SIGNER,
    KNOWN_DOCTYPES,
    DocumentType,
    MobileSecurityObject,
    element_fault,
)

_DAY = 86_400
_HOUR = 3600
_ALGORITHMS = ("ES256", "ES384", "ES512", "EdDSA")
_ISO = "ISO/IEC 18013-5 "


def check_document(data: bytes, log: Findings, *, now: int | None) -> str:
    """Note what is odd in an encoded ``IssuerSigned``; returns its docType. No signature is verified."""
    try:
        value = parse_cbor(data, what="the document")
        auth = value.get("issuerAuth") if isinstance(value, dict) else None
        if not isinstance(auth, list):
            log.error(
                "MDOC-01", "", "This is no IssuerSigned: it has no issuerAuth.", spec=_ISO + "§8.3.2.1.2.2"
            )
            return ""
        message = parse_cose_sign1(auth, algorithms=_ALGORITHMS, what="IssuerAuth")
        mso = MobileSecurityObject.parse(message.payload or b"")
        chain = message.chain
    except RemoteError as error:
        log.error("MDOC-01", error.pointer, f"{error.message[:1].upper()}{error.message[1:]}.", error.hint,
                  spec=error.spec)  # fmt: skip
        return ""
    items = _items(value.get("nameSpaces"), log)
    known = KNOWN_DOCTYPES.get(mso.doctype)
    if known is not None:
        _check_elements(items, known, log)
    _check_randomness(items, log)
    _check_validity(mso, log, now)
    _check_status(mso, log)
    if chain is None:
        log.error(
            "MDOC-05", "/issuerAuth/x5chain", "The signature brings no certificate.", spec=_ISO + "§9.1.2.4"
        )
    else:
        leaf = chain.leaf
        if DOCUMENT_SIGNER not in leaf.extended_key_usages:
            log.error(
                "MDOC-05", "/issuerAuth/x5chain", "The certificate is not that of a document signer.",
                f"Add extended key usage {DOCUMENT_SIGNER}.", spec=_ISO + "§B.1.4",
            )  # fmt: skip
        if not leaf.not_before <= mso.signed <= leaf.not_after:
            log.error(
                "MDOC-05", "/issuerAuth/payload/validityInfo/signed",
                "It was signed outside the validity of the signer's certificate.", spec=_ISO + "§9.3.1",
            )  # fmt: skip
        if any(one.is_self_signed for one in chain):
            log.warning(
                "MDOC-05", "/issuerAuth/x5chain", "The anchor is in x5chain; who verifies has it already.",
                "Leave it out.", spec="HAIP 1.0 §6.1.1",
            )  # fmt: skip
    return mso.doctype


def _items(value: Any, log: Findings) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """By namespace the elements that can be read: where each stands, and its members."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for namespace, listed in value.items() if isinstance(value, Mapping) else ():
        place = below("/nameSpaces", str(namespace))
        for position, one in enumerate(listed if isinstance(listed, list) else ()):
            at = below(place, position)
            try:
                item = parse_cbor(one.value, what="an element") if isinstance(one, CBORTag) else None
            except (RemoteError, TypeError):
                item = None
            if isinstance(item, dict) and isinstance(item.get("elementIdentifier"), str):
                found.setdefault(str(namespace), []).append((at, item))
            else:
                log.error("MDOC-01", at, "This element cannot be read.", spec=_ISO + "§8.3.2.1.2.2")
    return found


def _check_elements(
    items: Mapping[str, Sequence[tuple[str, dict[str, Any]]]], known: DocumentType, log: Findings
) -> None:
    for namespace, elements in items.items():
        if namespace == known.namespace:
            for at, item in elements:
                fault = element_fault(known, item["elementIdentifier"], item.get("elementValue"))
                if fault:
                    log.error("MDOC-02", at, f"{fault[:1].upper()}{fault[1:]}.", spec=known.spec)
        elif not known.is_domestic(namespace):
            log.error(
                "MDOC-02", below("/nameSpaces", namespace), f"This is no namespace of {known.doctype}.",
                f"What a country adds stands in {known.domestic}….", spec=known.spec,
            )  # fmt: skip
    there = {item["elementIdentifier"] for _, item in items.get(known.namespace, ())}
    for name in known.mandatory:
        if name not in there:
            log.error("MDOC-02", "/nameSpaces", f"The mandatory element {name} is missing.", spec=known.spec)


def _check_randomness(items: Mapping[str, Sequence[tuple[str, dict[str, Any]]]], log: Findings) -> None:
    salts: set[bytes] = set()
    for namespace, elements in items.items():
        for at, item in elements:
            salt = item.get("random")
            if not isinstance(salt, bytes) or len(salt) < 16:
                log.error(
                    "MDOC-03", at, "The random has fewer than 16 bytes: the value can be guessed from its digest.",
                    spec=_ISO + "§9.1.2.5",
                )  # fmt: skip
            elif salt in salts:
                log.error("MDOC-03", at, "Another element has the same random.", spec=_ISO + "§9.1.2.5")
            else:
                salts.add(salt)
        numbers = [item.get("digestID") for _, item in elements]
        names = [item["elementIdentifier"] for _, item in elements]
        if (
            len(names) > 4
            and _rising(numbers)
            and (names == sorted(names) or numbers == list(range(len(numbers))))
        ):
            log.note(
                "MDOC-03", below("/nameSpaces", namespace),
                "The digestIDs follow the order of the elements: they tell which elements were not shown.",
                "Number the elements at random.", spec=_ISO + "§9.1.2.5",
            )  # fmt: skip


def _rising(numbers: Sequence[Any]) -> bool:
    whole = [one for one in numbers if type(one) is int]
    return len(whole) == len(numbers) and all(one < other for one, other in pairwise(whole))


def _check_validity(mso: MobileSecurityObject, log: Findings, now: int | None) -> None:
    at = "/issuerAuth/payload/validityInfo"
    if not mso.signed <= mso.valid_from < mso.valid_until:
        log.error(
            "MDOC-04", at, "A document is signed, then becomes valid, then ends; here the order is another.",
            spec=_ISO + "§9.1.2.4",
        )  # fmt: skip
    if mso.signed % _HOUR and mso.valid_from % _HOUR:
        log.note(
            "MDOC-04", below(at, "signed"),
            "The times are exact to the second: they tell which documents came in one batch.",
            "Round them down to the hour or the day.", spec="ARF ISSU_11a",
        )  # fmt: skip
    if mso.expected_update is not None and not mso.valid_from < mso.expected_update <= mso.valid_until:
        log.warning(
            "MDOC-04", below(at, "expectedUpdate"), "expectedUpdate is not within the validity.",
            spec=_ISO + "§9.1.2.4",
        )  # fmt: skip
    if now is not None and now > mso.valid_until:
        log.warning("MDOC-04", below(at, "validUntil"), "The document has expired.", spec=_ISO + "§9.3.1")


def _check_status(mso: MobileSecurityObject, log: Findings) -> None:
    at = "/issuerAuth/payload/status"
    if mso.status is None:
        if mso.valid_until - mso.valid_from > _DAY:
            log.warning(
                "MDOC-06", "/issuerAuth/payload",
                "It lives longer than a day and names no status: it cannot be taken back.",
                "Add a status_list, or issue it for a day.", spec="ARF VCR_01",
            )  # fmt: skip
    elif "status_list" not in mso.status:
        log.note(
            "MDOC-06", at, "Its status is an identifier_list, which not every verifier reads.",
            "A status_list is read by all.", spec="HAIP 1.0 §5.3.1",
        )  # fmt: skip
