"""Where a document differs from what its document type says: names, encodings, what must be there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from cbor2 import CBORTag

from nlwallet.errors import LocalError
from nlwallet.mdoc.document_type import DocumentType
from nlwallet.mdoc.element_type import ElementType
from nlwallet.mdoc.element_value import FULL_DATE_TAG, TDATE_TAG
from nlwallet.mdoc.issuer_signed import IssuerSigned
from nlwallet.mdoc.known_doctypes import KNOWN_DOCTYPES


def element_faults(document: IssuerSigned, *, complete: bool) -> tuple[str, ...]:
    """What is wrong, in words without a value; nothing for a document type that is not described here.

    ``complete`` says that all elements are there, as in a wallet: then what is mandatory is not missing either.
    """
    known = KNOWN_DOCTYPES.get(document.mso.doctype)
    if known is None:
        return ()
    found: list[str] = []
    for namespace, items in document.items.items():
        if namespace == known.namespace:
            found += [
                fault for name, item in items.items() if (fault := element_fault(known, name, item.value))
            ]
        elif not known.is_domestic(namespace):
            found.append(f"{namespace} is no namespace of {known.doctype}")
    if complete:
        there = document.items.get(known.namespace, {})
        found += [f"the mandatory element {name} is missing" for name in known.mandatory if name not in there]
    return tuple(found)


def element_fault(known: DocumentType, name: str, value: Any) -> str:
    """What is wrong with one element of the namespace of ``known``, as decoded; empty if nothing is."""
    kind = known.element(known.namespace, name)
    if kind is None:
        near = known.nearest(name)
        return f"{known.doctype} has no element {name}" + (f" (did you mean {near}?)" if near else "")
    return _misfit(kind, name, value)


def _misfit(kind: ElementType, name: str, value: Any) -> str:
    plain = _from_cbor(value)
    try:
        expected = kind.value(plain, name)
    except LocalError as error:
        return error.message
    # A text that could be a date is still not the date: its tag is missing.
    same = type(expected) is type(plain) and expected == plain
    return "" if same else f"{name} is encoded as another type than the document type says"


def _from_cbor(value: Any) -> Any:
    if isinstance(value, CBORTag):
        try:
            if value.tag == FULL_DATE_TAG:
                return date.fromisoformat(value.value)
            if value.tag == TDATE_TAG:
                return datetime.strptime(value.value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except (TypeError, ValueError):
            return None
        return value
    if isinstance(value, dict):
        return {name: _from_cbor(one) for name, one in value.items()}
    return [_from_cbor(one) for one in value] if isinstance(value, list) else value
