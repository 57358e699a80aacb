"""One type metadata document: its form, and what it takes over from the type that it extends (SD-JWT VC §5.2-§5.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from nlwallet.claim_path import ClaimPath, parse_claim_path, show_path
from nlwallet.encoding import parse_json_object
from nlwallet.errors import InvalidTypeMetadata, LimitExceeded, RemoteError

MAX_CLAIMS = 512
"""How many claims a type may describe."""

Disclosable = Literal["always", "allowed", "never"]

_SVG_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Display:
    """How a type or a claim is named in one ``locale`` (RFC 5646, such as ``nl-NL``)."""

    locale: str
    name: str
    description: str = ""
    members: Mapping[str, Any] | None = None
    """Everything the document says here, ``rendering`` among it."""


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


@dataclass(frozen=True, slots=True, repr=False)
class TypeMetadataDocument:
    """A document in its right form. ``claims`` are as written, so that what a child leaves out is inherited."""

    octets: bytes
    vct: str
    name: str
    description: str
    extends: str | None
    extends_integrity: str | None
    display: tuple[Display, ...] | None
    claims: Mapping[ClaimPath, Mapping[str, Any]]

    def over(self, parent: TypeMetadataDocument) -> TypeMetadataDocument:
        """The document over that of the type it extends: ``display`` whole, claims by member (§5.5.2, §5.6.5)."""
        claims = dict(parent.claims)
        for path, own in self.claims.items():
            inherited = claims.get(path, {})
            _check_override(path, inherited, own)
            claims[path] = {**inherited, **own}
        display = parent.display if self.display is None else self.display
        return replace(self, display=display, claims=claims)

    def metadata(self) -> TypeMetadata:
        """What the document says, ready for use."""
        claims = tuple(_claim(path, members, "/claims") for path, members in self.claims.items())
        _check_svg_ids(self.claims)
        return TypeMetadata(
            vct=self.vct,
            name=self.name,
            description=self.description,
            extends=self.extends,
            extends_integrity=self.extends_integrity,
            display=self.display or (),
            claims=claims,
        )


def parse_document(octets: bytes) -> TypeMetadataDocument:
    """Read a document; members that are not known are passed over (§5.2).

    Raises :class:`~nlwallet.errors.InvalidTypeMetadata` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    try:
        value = parse_json_object(octets, what="type metadata")
    except LimitExceeded:
        raise
    except RemoteError as error:
        raise InvalidTypeMetadata(error.message, spec="SD-JWT VC §5.2") from None
    vct = _text(value, "vct", "")
    if not vct:
        raise InvalidTypeMetadata("vct is missing", spec="SD-JWT VC §5.2", pointer="/vct")
    document = TypeMetadataDocument(
        octets=octets,
        vct=vct,
        name=_text(value, "name", ""),
        description=_text(value, "description", ""),
        extends=_text(value, "extends", "") or None,
        extends_integrity=_text(value, "extends#integrity", "") or None,
        display=_displays(value, "name", "") if "display" in value else None,
        claims=_claims(value),
    )
    document.metadata()
    return document


def _claims(value: Mapping[str, Any]) -> dict[ClaimPath, Mapping[str, Any]]:
    entries = _array(value, "claims", "")
    if len(entries) > MAX_CLAIMS:
        raise LimitExceeded(
            f"the metadata describes more than {MAX_CLAIMS} claims", spec="SD-JWT VC §5.6", pointer="/claims"
        )
    claims: dict[ClaimPath, Mapping[str, Any]] = {}
    for index, entry in enumerate(entries):
        pointer = f"/claims/{index}"
        if not isinstance(entry, dict):
            raise InvalidTypeMetadata("claim metadata is an object", spec="SD-JWT VC §5.6", pointer=pointer)
        try:
            path = parse_claim_path(entry.get("path"), pointer=f"{pointer}/path")
        except RemoteError as error:
            raise InvalidTypeMetadata(error.message, spec="SD-JWT VC §5.6.1", pointer=error.pointer) from None
        if path in claims:
            raise InvalidTypeMetadata(
                "two entries describe one claim", spec="SD-JWT VC §5.6", pointer=pointer
            )
        _claim(path, entry, pointer)
        claims[path] = entry
    return claims


def _claim(path: ClaimPath, members: Mapping[str, Any], pointer: str) -> ClaimMetadata:
    sd, mandatory = members.get("sd", "allowed"), members.get("mandatory", False)
    if sd not in ("always", "allowed", "never"):
        raise InvalidTypeMetadata(
            "sd is always, allowed or never", spec="SD-JWT VC §5.6.4", pointer=f"{pointer}/sd"
        )
    if not isinstance(mandatory, bool):
        raise InvalidTypeMetadata(
            "mandatory is true or false", spec="SD-JWT VC §5.6.3", pointer=f"{pointer}/mandatory"
        )
    return ClaimMetadata(path, _displays(members, "label", pointer), sd, mandatory)


def _check_override(path: ClaimPath, inherited: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """What a parent promised of a claim, a child keeps (§5.6.5.1)."""
    before = inherited.get("sd", "allowed")
    if before != "allowed" and own.get("sd", before) != before:
        raise InvalidTypeMetadata(
            f"{show_path(path)}: sd {before} cannot be changed", spec="SD-JWT VC §5.6.5", pointer="/claims"
        )
    if inherited.get("mandatory") is True and own.get("mandatory", True) is False:
        raise InvalidTypeMetadata(
            f"{show_path(path)}: a mandatory claim stays so", spec="SD-JWT VC §5.6.5", pointer="/claims"
        )


def _check_svg_ids(claims: Mapping[ClaimPath, Mapping[str, Any]]) -> None:
    ids = [members["svg_id"] for members in claims.values() if "svg_id" in members]
    if not all(isinstance(each, str) and _SVG_ID.fullmatch(each) for each in ids) or len(set(ids)) != len(
        ids
    ):
        raise InvalidTypeMetadata(
            "an svg_id is unique, of letters, digits and underscores, and begins with no digit",
            spec="SD-JWT VC §5.6",
            pointer="/claims",
        )


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


def _same_place(described: ClaimPath, asked: ClaimPath) -> bool:
    return len(described) == len(asked) and all(
        mine == theirs or (mine is None and not isinstance(theirs, str))
        for mine, theirs in zip(described, asked, strict=True)
    )


def _in_language(displays: tuple[Display, ...], language: str) -> str | None:
    """The name in the very locale, else in its language, else in English, else in any."""
    wanted = language.lower()
    same = [display for display in displays if display.locale.lower() == wanted]
    alike = [display for display in displays if _primary(display.locale) == _primary(wanted)]
    english = [display for display in displays if _primary(display.locale) == "en"]
    found = next(iter([*same, *alike, *english, *displays]), None)
    return found.name if found else None


def _primary(locale: str) -> str:
    return locale.lower().partition("-")[0]


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
