"""Type metadata: what a credential type is called, what its claims mean, what it inherits (SD-JWT VC §5).

Documents are kept as the octets that were received, because integrity is over octets. To extend a type says what
a credential is, not who may issue it (§7.7): nothing here is about trust.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from nlwallet.errors import InvalidTypeMetadata, LimitExceeded
from nlwallet.sdjwt.integrity import check_integrity, integrity_of
from nlwallet.sdjwt.type_metadata_document import (
    ClaimMetadata,
    Display,
    TypeMetadata,
    TypeMetadataDocument,
    parse_document,
)

__all__ = ["ClaimMetadata", "Display", "TypeMetadata", "TypeMetadataRegistry", "known_types"]

MAX_INHERITANCE = 8
"""How many types may extend one another in a row."""


class TypeMetadataRegistry:
    """Type metadata documents by ``vct``. Immutable; :meth:`adding` and :meth:`receiving` give a larger one."""

    def __init__(self, documents: Iterable[bytes] = ()) -> None:
        self._documents: dict[str, TypeMetadataDocument] = {}
        self._effective: dict[str, TypeMetadata] = {}
        for octets in documents:
            self._add(self._read(octets))

    def adding(self, documents: Iterable[bytes]) -> TypeMetadataRegistry:
        """A registry that has these documents too. Raises InvalidTypeMetadata when one contradicts."""
        grown = TypeMetadataRegistry()
        grown._documents, grown._effective = dict(self._documents), dict(self._effective)
        for octets in documents:
            grown._add(grown._read(octets))
        return grown

    def receiving(self, vct: str, document: bytes, *, integrity: str | None = None) -> TypeMetadataRegistry:
        """A registry with the document that was retrieved for ``vct`` (§5.3).

        ``vct`` is the reference, from a credential or from ``extends``; ``integrity`` stood beside it. The
        document must be of that very type. Raises :class:`~nlwallet.errors.InvalidTypeMetadata`.
        """
        if integrity is not None:
            check_integrity(document, integrity, pointer="/vct#integrity")
        received = self._read(document)
        if received.vct != vct:
            raise InvalidTypeMetadata(
                "the document is of another type than was asked for", spec="SD-JWT VC §5.3", pointer="/vct"
            )
        grown = self.adding(())
        grown._add(received)
        return grown

    @property
    def types(self) -> tuple[str, ...]:
        """The ``vct`` of each type that is described here."""
        return tuple(self._documents)

    def __contains__(self, vct: object) -> bool:
        return vct in self._documents

    def raw(self, vct: str) -> bytes:
        """The document of a type as it was received."""
        return self._known(vct).octets

    def integrity(self, vct: str) -> str:
        """The value for ``vct#integrity``."""
        return integrity_of(self.raw(vct))

    def effective(self, vct: str, *, integrity: str | None = None) -> TypeMetadata:
        """The metadata of ``vct``, its ancestors processed first (§5.4).

        ``integrity`` is the credential's ``vct#integrity``. Raises :class:`~nlwallet.errors.InvalidTypeMetadata`,
        also when the type or an ancestor is not known here: a policy that requires type metadata rejects the
        credential then (§5.7).
        """
        if integrity is not None:
            check_integrity(self.raw(vct), integrity, pointer="/vct#integrity")
        if vct not in self._effective:
            oldest, *younger = reversed(self._lineage(vct))
            merged = oldest
            for child in younger:
                merged = child.over(merged)
            self._effective[vct] = merged.metadata()
        return self._effective[vct]

    def ancestors(self, vct: str) -> tuple[str, ...]:
        """The type itself and what it extends, nearest first; just the type when it is not known here."""
        return tuple(each.vct for each in self._lineage(vct)) if vct in self._documents else (vct,)

    def documents(self, vct: str) -> tuple[bytes, ...]:
        """The documents of a type and all its ancestors, nearest first."""
        return tuple(each.octets for each in self._lineage(vct))

    def _read(self, octets: bytes) -> TypeMetadataDocument:
        known = (each for each in self._documents.values() if each.octets == octets)
        return next(known, None) or parse_document(octets)

    def _add(self, document: TypeMetadataDocument) -> None:
        if self._documents.setdefault(document.vct, document).octets != document.octets:
            raise InvalidTypeMetadata(
                "two documents describe one type", spec="SD-JWT VC §5.2", pointer="/vct"
            )

    def _known(self, vct: str, *, pointer: str = "/vct") -> TypeMetadataDocument:
        if vct not in self._documents:
            raise InvalidTypeMetadata(
                "there is no metadata of this type",
                spec="SD-JWT VC §5.3",
                pointer=pointer,
                hint="pass its document to the TypeMetadataRegistry",
            )
        return self._documents[vct]

    def _lineage(self, vct: str) -> list[TypeMetadataDocument]:
        lineage = [self._known(vct)]
        while (parent := lineage[-1].extends) is not None:
            if any(each.vct == parent for each in lineage):
                raise InvalidTypeMetadata(
                    "the type extends itself", spec="SD-JWT VC §7.4", pointer="/extends"
                )
            if len(lineage) == MAX_INHERITANCE:
                raise LimitExceeded(
                    f"more than {MAX_INHERITANCE} types extend each other",
                    spec="SD-JWT VC §5.4",
                    pointer="/extends",
                )
            document = self._known(parent, pointer="/extends")
            if (expected := lineage[-1].extends_integrity) is not None:
                check_integrity(document.octets, expected, pointer="/extends#integrity")
            lineage.append(document)
        return lineage


@cache
def known_types() -> TypeMetadataRegistry:
    """The types whose documents come with this library."""
    folder = files("nlwallet.sdjwt").joinpath("types")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".json"))
    return TypeMetadataRegistry(folder.joinpath(name).read_bytes() for name in names)
