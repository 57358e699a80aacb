"""Type metadata: what a credential type is called, what its claims mean, what it inherits (SD-JWT VC §5, §6).

Documents are kept as the octets that were received, because integrity is over octets.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

from nlwallet.claim_path import ClaimPath, expand, parse_claim_path, show_path
from nlwallet.encoding import json_pointer, parse_json_object
from nlwallet.errors import InvalidTypeMetadata, LimitExceeded, RemoteError

MAX_INHERITANCE = 8
MAX_CLAIMS = 512

Disclosable = Literal["always", "allowed", "never"]
_INTEGRITY_HASHES = {"sha512": hashlib.sha512, "sha384": hashlib.sha384, "sha256": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class Display:
    """How a type or a claim is named in one ``locale`` (RFC 5646, such as ``nl-NL``)."""

    locale: str
    name: str
    description: str = ""
    members: Mapping[str, Any] | None = None
    """Everything the document says beside these, ``rendering`` among it."""


@dataclass(frozen=True, slots=True)
class ClaimMetadata:
    """What is known of one claim (§5.6)."""

    path: ClaimPath
    display: tuple[Display, ...] = ()
    sd: Disclosable = "allowed"
    mandatory: bool = False

    def label(self, language: str) -> str | None:
        """Its label in a language (``nl``, ``en-GB``), in any other when there is none, or ``None``."""
        return _in_language(self.display, language)


@dataclass(frozen=True, slots=True)
class TypeMetadata:
    """The metadata of a type with everything it inherits (§5.4)."""

    vct: str
    name: str = ""
    description: str = ""
    extends: str | None = None
    extends_integrity: str | None = None
    display: tuple[Display, ...] = ()
    claims: tuple[ClaimMetadata, ...] = ()

    def label(self, language: str) -> str:
        """What the type is called in a language; its plain name or ``vct`` when nothing better is known."""
        return _in_language(self.display, language) or self.name or self.vct

    def claim(self, path: ClaimPath) -> ClaimMetadata | None:
        """What is known of the claim at ``path``; an index also matches ``None`` of the metadata."""
        return next((claim for claim in self.claims if _same_place(claim.path, path)), None)


class TypeMetadataRegistry:
    """Type metadata documents by ``vct``. Immutable; :meth:`adding` gives a larger one."""

    def __init__(self, documents: Iterable[bytes] = ()) -> None:
        self._raw: dict[str, bytes] = {}
        self._own: dict[str, TypeMetadata] = {}
        self._effective: dict[str, TypeMetadata] = {}
        for document in documents:
            own = _parse(document)
            if self._raw.get(own.vct, document) != document:
                raise InvalidTypeMetadata(
                    "two documents describe one type", spec="SD-JWT VC §5.2", pointer="/vct"
                )
            self._raw[own.vct] = document
            self._own[own.vct] = own

    def adding(self, documents: Iterable[bytes]) -> TypeMetadataRegistry:
        """A registry that has these documents too. Raises InvalidTypeMetadata when one contradicts."""
        return TypeMetadataRegistry([*self._raw.values(), *documents])

    def __contains__(self, vct: object) -> bool:
        return vct in self._own

    def raw(self, vct: str) -> bytes:
        """The document of a type as it was received."""
        return self._raw[self._known(vct).vct]

    def integrity(self, vct: str) -> str:
        """The value for ``vct#integrity`` (W3C SRI): ``sha256-`` and standard base64."""
        return "sha256-" + base64.b64encode(hashlib.sha256(self.raw(vct)).digest()).decode("ascii")

    def effective(self, vct: str, *, integrity: str | None = None) -> TypeMetadata:
        """The metadata of ``vct``, its ancestors processed first (§5.4).

        ``integrity`` is the credential's ``vct#integrity``. Raises :class:`~nlwallet.errors.InvalidTypeMetadata`.
        """
        if integrity is not None:
            check_integrity(self.raw(vct), integrity, pointer="/vct#integrity")
        if vct not in self._effective:
            merged: TypeMetadata | None = None
            for own in reversed(self._lineage(vct)):
                merged = own if merged is None else _inherit(merged, own)
            self._effective[vct] = cast("TypeMetadata", merged)
        return self._effective[vct]

    def ancestors(self, vct: str) -> tuple[str, ...]:
        """The type itself and what it extends, nearest first; just the type when it is not known here."""
        return tuple(own.vct for own in self._lineage(vct)) if vct in self._own else (vct,)

    def documents(self, vct: str) -> tuple[bytes, ...]:
        """The documents of a type and all its ancestors, nearest first."""
        return tuple(self._raw[ancestor] for ancestor in self.ancestors(vct))

    def _known(self, vct: str) -> TypeMetadata:
        if vct not in self._own:
            raise InvalidTypeMetadata(
                "there is no metadata of this type",
                spec="SD-JWT VC §5.3",
                pointer="/vct",
                hint="pass its document to the TypeMetadataRegistry",
            )
        return self._own[vct]

    def _lineage(self, vct: str) -> list[TypeMetadata]:
        lineage = [self._known(vct)]
        while (parent := lineage[-1].extends) is not None:
            if any(own.vct == parent for own in lineage):
                raise InvalidTypeMetadata(
                    "the type extends itself", spec="SD-JWT VC §7.4", pointer="/extends"
                )
            if len(lineage) == MAX_INHERITANCE:
                raise LimitExceeded(
                    f"more than {MAX_INHERITANCE} types extend each other", pointer="/extends"
                )
            own = self._known(parent)
            if (expected := lineage[-1].extends_integrity) is not None:
                check_integrity(self._raw[parent], expected, pointer="/extends#integrity")
            lineage.append(own)
        return lineage


@cache
def known_types() -> TypeMetadataRegistry:
    """The types whose documents come with this library."""
    folder = files("nlwallet.sdjwt").joinpath("types")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".json"))
    return TypeMetadataRegistry(folder.joinpath(name).read_bytes() for name in names)


def check_integrity(document: bytes, integrity: str, *, pointer: str = "") -> None:
    """Compare a document with its integrity metadata: the strongest known hash counts (W3C SRI §3.3.4, SD-JWT VC §6).

    Raises :class:`~nlwallet.errors.InvalidTypeMetadata`.
    """
    offered: dict[str, list[str]] = {}
    for entry in integrity.split():
        name, _, value = entry.partition("?")[0].partition("-")
        offered.setdefault(name, []).append(value)
    for name, hash_ in _INTEGRITY_HASHES.items():  # strongest first
        if name in offered:
            actual = hash_(document).digest()
            if any(_base64(value) == actual for value in offered[name]):
                return
            raise InvalidTypeMetadata("the document has another hash", spec="SD-JWT VC §6", pointer=pointer)
    raise InvalidTypeMetadata(
        "the integrity has no hash that is known", spec="SD-JWT VC §6", pointer=pointer, hint="sha256-…"
    )


def check_against_type_metadata(
    claims: Mapping[str, Any], disclosed: Iterable[ClaimPath], metadata: TypeMetadata, *, complete: bool
) -> None:
    """Hold a credential against the metadata of its type (§5.6, §5.7).

    ``disclosed`` are the concrete paths that came as Disclosures. ``complete`` says that every Disclosure is
    there (a wallet's own card); a verifier must not take a withheld claim for a missing one.

    Raises :class:`~nlwallet.errors.InvalidTypeMetadata`.
    """
    disclosures = frozenset(disclosed)
    for claim in metadata.claims:
        present = expand(claims, claim.path)
        pointer = json_pointer(claim.path)
        if claim.sd == "always" and not disclosures.issuperset(present):
            raise InvalidTypeMetadata(
                f"{show_path(claim.path)} must be selectively disclosable",
                spec="SD-JWT VC §5.6.4",
                pointer=pointer,
            )
        if claim.sd == "never" and not disclosures.isdisjoint(present):
            raise InvalidTypeMetadata(
                f"{show_path(claim.path)} must not be selectively disclosable",
                spec="SD-JWT VC §5.6.4",
                pointer=pointer,
            )
        if claim.mandatory and not present and (complete or _cannot_be_withheld(claim, metadata)):
            raise InvalidTypeMetadata(
                f"the mandatory claim {show_path(claim.path)} is missing",
                spec="SD-JWT VC §5.6.3",
                pointer=pointer,
            )


def _cannot_be_withheld(claim: ClaimMetadata, metadata: TypeMetadata) -> bool:
    """Whether neither the claim nor anything around it may come as a Disclosure."""
    around = [claim.path[:length] for length in range(1, len(claim.path) + 1)]
    known = {other.path: other.sd for other in metadata.claims}
    return all(known.get(path) == "never" for path in around)


def _parse(document: bytes) -> TypeMetadata:
    try:
        value = parse_json_object(document, what="type metadata")
    except LimitExceeded:
        raise
    except RemoteError as error:
        raise InvalidTypeMetadata(error.message, spec="SD-JWT VC §5.2") from None
    vct = _text(value, "vct", "")
    if not vct:
        raise InvalidTypeMetadata("vct is missing", spec="SD-JWT VC §5.2", pointer="/vct")
    claims = _array(value, "claims", "")
    if len(claims) > MAX_CLAIMS:
        raise LimitExceeded(f"the metadata describes more than {MAX_CLAIMS} claims", pointer="/claims")
    parsed = tuple(_claim(claim, f"/claims/{index}") for index, claim in enumerate(claims))
    if len({claim.path for claim in parsed}) != len(parsed):
        raise InvalidTypeMetadata("two entries describe one claim", spec="SD-JWT VC §5.6", pointer="/claims")
    return TypeMetadata(
        vct=vct,
        name=_text(value, "name", ""),
        description=_text(value, "description", ""),
        extends=_text(value, "extends", "") or None,
        extends_integrity=_text(value, "extends#integrity", "") or None,
        display=_displays(value, "name", ""),
        claims=parsed,
    )


def _claim(value: Any, pointer: str) -> ClaimMetadata:
    if not isinstance(value, dict):
        raise InvalidTypeMetadata("claim metadata is an object", spec="SD-JWT VC §5.6", pointer=pointer)
    try:
        path = parse_claim_path(value.get("path"), pointer=f"{pointer}/path")
    except RemoteError as error:
        raise InvalidTypeMetadata(error.message, spec="SD-JWT VC §5.6.1", pointer=error.pointer) from None
    sd, mandatory = value.get("sd", "allowed"), value.get("mandatory", False)
    if sd not in ("always", "allowed", "never") or not isinstance(mandatory, bool):
        raise InvalidTypeMetadata(
            "sd or mandatory has no known value", spec="SD-JWT VC §5.6", pointer=pointer
        )
    return ClaimMetadata(path, _displays(value, "label", pointer), sd, mandatory)


def _displays(value: Mapping[str, Any], name: str, pointer: str) -> tuple[Display, ...]:
    displays: list[Display] = []
    for index, entry in enumerate(_array(value, "display", pointer)):
        where = f"{pointer}/display/{index}"
        if not isinstance(entry, dict):
            raise InvalidTypeMetadata("display metadata is an object", spec="SD-JWT VC §5.5", pointer=where)
        locale = _text(entry, "locale", where) or _text(entry, "lang", where)  # lang: drafts before -12
        shown = _text(entry, name, where)
        if not locale or not shown:
            raise InvalidTypeMetadata(
                f"display metadata has locale and {name}", spec="SD-JWT VC §5.5", pointer=where
            )
        displays.append(Display(locale, shown, _text(entry, "description", where), entry))
    return tuple(displays)


def _inherit(parent: TypeMetadata, child: TypeMetadata) -> TypeMetadata:
    """The child's document over the parent's: display as a whole, claims one by one (§5.5.2, §5.6.5)."""
    claims = {claim.path: claim for claim in parent.claims}
    for claim in child.claims:
        before = claims.get(claim.path)
        if before is not None and before.sd != "allowed" and claim.sd != before.sd:
            raise InvalidTypeMetadata(
                f"{show_path(claim.path)}: sd {before.sd} cannot be changed",
                spec="SD-JWT VC §5.6.5",
                pointer="/claims",
            )
        if before is not None and before.mandatory and not claim.mandatory:
            raise InvalidTypeMetadata(
                f"{show_path(claim.path)}: a mandatory claim stays so",
                spec="SD-JWT VC §5.6.5",
                pointer="/claims",
            )
        claims[claim.path] = claim
    return replace(child, display=child.display or parent.display, claims=tuple(claims.values()))


def _same_place(described: ClaimPath, asked: ClaimPath) -> bool:
    return len(described) == len(asked) and all(
        mine == theirs or (mine is None and not isinstance(theirs, str))
        for mine, theirs in zip(described, asked, strict=True)
    )


def _in_language(displays: tuple[Display, ...], language: str) -> str | None:
    wanted = language.lower().partition("-")[0]
    fitting = [display for display in displays if display.locale.lower().partition("-")[0] == wanted]
    english = [display for display in displays if display.locale.lower().startswith("en")]
    found = next(iter([*fitting, *english, *displays]), None)
    return found.name if found else None


def _text(value: Mapping[str, Any], member: str, pointer: str) -> str:
    text = value.get(member, "")
    if not isinstance(text, str):
        raise InvalidTypeMetadata(
            f"{member} is no string", spec="SD-JWT VC §5", pointer=f"{pointer}/{member}"
        )
    return text


def _array(value: Mapping[str, Any], member: str, pointer: str) -> list[Any]:
    array = value.get(member, [])
    if not isinstance(array, list):
        raise InvalidTypeMetadata(f"{member} is no array", spec="SD-JWT VC §5", pointer=f"{pointer}/{member}")
    return array


def _base64(value: str) -> bytes | None:
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except (ValueError, binascii.Error):
        return None
