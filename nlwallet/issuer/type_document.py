"""The type metadata document that an issuer starts from, in any form that a developer has it in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from nlwallet.errors import InvalidTypeMetadata, LocalError
from nlwallet.sdjwt import TypeMetadata, TypeMetadataRegistry, known_types

TypeDocument: TypeAlias = Mapping[str, Any] | bytes | Path | str
"""A document as a dictionary, as octets, or in a file; or the ``vct`` of a type whose document is known."""


def documents_of(
    document: TypeDocument, types: TypeMetadataRegistry | None
) -> tuple[tuple[bytes, ...], TypeMetadata]:
    """The octets of a document and of all that it extends, nearest first, and what they say together (§5.4).

    Raises :class:`~nlwallet.errors.InvalidTypeMetadata`, :class:`~nlwallet.errors.LimitExceeded` or
    :class:`~nlwallet.errors.LocalError`.
    """
    known = known_types() if types is None else types
    if isinstance(document, str):
        if document not in known:
            raise LocalError(
                f"there is no metadata of {document!r}", hint="a document: dict, bytes, or Path of a file"
            )
        vct = document
    else:
        octets = _octets(document)
        (vct,) = TypeMetadataRegistry([octets]).types
        known = known.adding([octets])
    metadata = known.effective(vct)
    if not vct.isprintable() or " " in vct:
        raise InvalidTypeMetadata(
            "vct is a name without white space and control characters",
            spec="SD-JWT VC §2.2.2.1",
            pointer="/vct",
        )
    return known.documents(vct), metadata


def _octets(document: Mapping[str, Any] | bytes | Path) -> bytes:
    if isinstance(document, bytes):
        return document
    if isinstance(document, Path):
        try:
            return document.read_bytes()
        except OSError as error:
            raise LocalError(f"the type metadata cannot be read: {error.strerror}") from None
    try:
        return json.dumps(dict(document), ensure_ascii=False, allow_nan=False, indent=2).encode("utf-8")
    except (TypeError, ValueError):  # a surrogate alone is a ValueError too
        raise LocalError("the type metadata is no JSON", spec="SD-JWT VC §5.2") from None
