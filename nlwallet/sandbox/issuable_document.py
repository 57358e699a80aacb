"""What an issuer wants issued after a presentation: the JSON that NL Wallet issuers answer with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from nlwallet.claim_path import ClaimPath
from nlwallet.encoding import json_pointer, parse_json
from nlwallet.errors import InvalidIssuableDocument

MAX_DOCUMENTS = 32
MAX_TYPE_LENGTH = 512
MAX_VALUES = 4096

SD_JWT_VC = "dc+sd-jwt"


@dataclass(frozen=True, slots=True)
class IssuableDocument:
    """One card to issue: its type (``vct``) and what is on it.

    ``id`` is a UUID of the issuer's own: it is not on the card, and names it when it is to be revoked.
    """

    attestation_type: str
    attributes: Mapping[str, Any] = field(repr=False)
    id: str = field(default_factory=lambda: str(uuid4()))
    format: str = SD_JWT_VC

    def as_json(self) -> dict[str, Any]:
        """The document as an issuer's server sends it."""
        return {
            "id": self.id,
            "format": self.format,
            "attestation_type": self.attestation_type,
            "attributes": dict(self.attributes),
        }


def parse_issuable_documents(data: bytes) -> tuple[IssuableDocument, ...]:
    """Read an array of documents; none at all is an answer too. Unknown members are ignored.

    Attributes are null, whole numbers, booleans, texts, arrays and objects of those: what the NL Wallet's servers
    know. Raises :class:`~nlwallet.errors.InvalidIssuableDocument` or another RemoteError.
    """
    value = parse_json(data, what="the documents to issue")
    if not isinstance(value, list):
        raise _invalid("the documents to issue are no array", "")
    if len(value) > MAX_DOCUMENTS:
        raise _invalid(f"there are more than {MAX_DOCUMENTS} documents", "")
    documents = tuple(_document(each, f"/{n}") for n, each in enumerate(value))
    if len({document.id for document in documents}) < len(documents):
        raise _invalid("two documents have one id", "")
    return documents


def undescribed(attributes: Mapping[str, Any], described: Collection[ClaimPath]) -> ClaimPath | None:
    """The first attribute that the type says nothing of: it would be on the card for everybody to read.

    ``described`` are the claim paths of the type, ``None`` for the elements of an array. What is below a path
    belongs to it, unless the type describes that part by part.
    """
    grouped = {path[:length] for path in described for length in range(1, len(path))}
    for path in _leaves(attributes, ()):
        known = path in described or any(
            path[:length] in described and path[:length] not in grouped for length in range(1, len(path))
        )
        if not known:
            return path
    return None


def _leaves(value: Any, at: ClaimPath) -> Iterator[ClaimPath]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*at, name))
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _leaves(inner, (*at, None))
    else:
        yield at


def _document(value: Any, pointer: str) -> IssuableDocument:
    if not isinstance(value, dict):
        raise _invalid("a document is no object", pointer)
    for name in ("attestation_type", "format"):
        if not isinstance(value.get(name), str) or not 0 < len(value[name]) <= MAX_TYPE_LENGTH:
            raise _invalid(f"{name} is missing", f"{pointer}/{name}")
    attributes = value.get("attributes")
    if not isinstance(attributes, dict) or not attributes:
        raise _invalid("a document has at least one attribute", f"{pointer}/attributes")
    left = _check(attributes, ["attributes"], pointer, MAX_VALUES)
    if left < 0:
        raise _invalid(f"a document has more than {MAX_VALUES} values", f"{pointer}/attributes")
    return IssuableDocument(
        value["attestation_type"], attributes, _id(value.get("id"), pointer), value["format"]
    )


def _id(value: Any, pointer: str) -> str:
    try:
        return str(UUID(value))
    except (AttributeError, TypeError, ValueError):
        raise _invalid("id is no UUID", f"{pointer}/id") from None


def _check(value: Any, at: list[str | int], pointer: str, left: int) -> int:
    """How many values are left after these, which are of a kind that can be issued. Depth is bounded before."""
    left -= 1
    if left < 0 or value is None or isinstance(value, bool | str):
        return left
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            left = _check(inner, [*at, step], pointer, left)
            if left < 0:
                break
        return left
    if isinstance(value, float) or not -(2**63) <= value < 2**63:
        raise _invalid("a number is no whole number of 64 bits", pointer + json_pointer(at))
    return left


def _invalid(reason: str, pointer: str) -> InvalidIssuableDocument:
    return InvalidIssuableDocument(reason, pointer=pointer)
