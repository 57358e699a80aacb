"""DeviceRequestInfo: which of the documents of a request are wanted together (ISO/IEC 18013-5, second edition)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from nlwallet.crypto.cbor import dump_cbor
from nlwallet.errors import InvalidMdoc
from nlwallet.mdoc.reading import decode, filled, member, typed

MAX_USE_CASES: Final = 16
MAX_DOCUMENT_SETS: Final = 16
MAX_DOC_REQUESTS: Final = 16
"""How many documents a request may ask for."""

_SPEC: Final = "ISO/IEC 18013-5 second edition, DeviceRequestInfo"


@dataclass(frozen=True, slots=True)
class UseCase:
    """What a reader wants one of: each set is positions in ``docRequests``, and a set is answered whole."""

    document_sets: tuple[tuple[int, ...], ...]
    mandatory: bool = True


def encode_use_cases(use_cases: Sequence[UseCase]) -> bytes:
    """The encoded DeviceRequestInfo, without its tag 24."""
    listed = [
        {"mandatory": one.mandatory, "documentSets": [list(each) for each in one.document_sets]}
        for one in use_cases
    ]
    return dump_cbor({"useCases": listed})


def parse_use_cases(data: bytes, *, documents: int, pointer: str) -> tuple[UseCase, ...]:
    """The use cases in an encoded DeviceRequestInfo of a request for so many ``documents``; none when it has none.

    What else stands there is for others. Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    info = typed(
        decode(data, what="the device request info", pointer=pointer), dict, "deviceRequestInfo", pointer
    )
    if "useCases" not in info:
        return ()
    at = f"{pointer}/useCases"
    listed = filled(info["useCases"], list, "useCases", at, limit=MAX_USE_CASES)
    return tuple(_use_case(one, documents, f"{at}/{place}") for place, one in enumerate(listed))


def _use_case(value: Any, documents: int, pointer: str) -> UseCase:
    members = typed(value, dict, "a use case", pointer, _SPEC)
    at = f"{pointer}/documentSets"
    sets = filled(members.get("documentSets"), list, "documentSets", at, limit=MAX_DOCUMENT_SETS)
    return UseCase(
        tuple(_document_set(one, documents, f"{at}/{place}") for place, one in enumerate(sets)),
        member(members, "mandatory", bool, pointer, _SPEC),
    )


def _document_set(value: Any, documents: int, pointer: str) -> tuple[int, ...]:
    places = tuple(filled(value, list, "a document set", pointer, limit=MAX_DOC_REQUESTS))
    if any(type(one) is not int or not 0 <= one < documents for one in places) or len(set(places)) != len(
        places
    ):
        raise InvalidMdoc(
            "a document set names requests that are there, each once", spec=_SPEC, pointer=pointer
        )
    return places
