"""MobileSecurityObject: what the issuer signs about a document (ISO/IEC 18013-5 §9.1.2.4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import PublicKey
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.cose_key import parse_cose_key
from nlwallet.errors import InvalidMdoc, LimitExceeded, LocalError, RemoteError
from nlwallet.mdoc.reading import (
    MAX_ELEMENTS,
    MAX_NAMESPACES,
    decode_wrapped,
    filled,
    member,
    short_text,
    typed,
)
from nlwallet.mdoc.tdate import parse_tdate

DIGEST_ALGORITHMS: Mapping[str, str] = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
"""As the MSO names them (§9.1.2.5), and as hashlib does."""

MSO_VERSION = "1.0"

MEMBERS = frozenset(
    {"version", "digestAlgorithm", "valueDigests", "deviceKeyInfo", "docType", "validityInfo", "status"}
)
"""What ISO/IEC 18013-5 has in a mobile security object."""
REVOCATION_MECHANISMS = frozenset({"status_list", "identifier_list"})
"""The members of ``status`` in the second edition of ISO/IEC 18013-5."""

_WHAT = "the mobile security object"
_AT = "/issuerAuth/payload"
_SPEC = "ISO/IEC 18013-5 §9.1.2.4"


@dataclass(frozen=True, slots=True)
class KeyAuthorizations:
    """Which elements the device key may sign itself: whole namespaces, and single elements of others."""

    namespaces: frozenset[str] = frozenset()
    elements: Mapping[str, Collection[str]] = field(default_factory=dict)

    def allow(self, namespace: str, identifier: str) -> bool:
        """Whether the device key may sign this element."""
        return namespace in self.namespaces or identifier in self.elements.get(namespace, ())

    def encode(self) -> bytes:
        """The encoded ``KeyAuthorizations``, nothing when nothing is authorized. Raises LocalError."""
        both = self.namespaces & self.elements.keys()
        if both:
            raise LocalError(
                "a namespace is authorized as a whole and by element", spec="ISO/IEC 18013-5 §9.1.2.4"
            )
        members: dict[str, Any] = {}
        if self.namespaces:
            members["nameSpaces"] = sorted(self.namespaces)
        if self.elements:
            members["dataElements"] = {name: sorted(each) for name, each in self.elements.items()}
        return dump_cbor(members) if members else b""

    @classmethod
    def parse(cls, value: Any, *, pointer: str = "") -> KeyAuthorizations:
        """Read decoded ``KeyAuthorizations``. Raises a RemoteError."""
        members = typed(value, dict, "keyAuthorizations", pointer)
        namespaces: list[Any] = []
        elements: dict[str, frozenset[str]] = {}
        if "nameSpaces" in members:
            namespaces = filled(
                members["nameSpaces"], list, "nameSpaces", f"{pointer}/nameSpaces", limit=MAX_NAMESPACES
            )
        if "dataElements" in members:
            at = f"{pointer}/dataElements"
            for name, each in filled(
                members["dataElements"], dict, "dataElements", at, limit=MAX_NAMESPACES
            ).items():
                listed = filled(each, list, "the elements of a namespace", at)
                elements[short_text(name, "a namespace", at)] = frozenset(
                    short_text(one, "an element", at) for one in listed
                )
        names = frozenset(short_text(one, "a namespace", f"{pointer}/nameSpaces") for one in namespaces)
        return cls(names, elements)


NOTHING_AUTHORIZED = KeyAuthorizations()


@dataclass(frozen=True, slots=True)
class MobileSecurityObject:
    """A mobile security object, read. Times are seconds since the epoch."""

    doctype: str
    digest_algorithm: str
    value_digests: Mapping[str, Mapping[int, bytes]] = field(repr=False)
    device_key: PublicKey
    key_authorizations: KeyAuthorizations
    signed: int
    valid_from: int
    valid_until: int
    expected_update: int | None = None
    status: Mapping[str, Any] | None = None
    """How to learn whether it was revoked: ``status_list`` or ``identifier_list`` (second edition, HAIP 1.0 §5.3.1)."""
    further: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Members that ISO/IEC 18013-5 does not know, as decoded: ecosystems add some."""

    @classmethod
    def parse(cls, payload: bytes) -> MobileSecurityObject:
        """Read ``MobileSecurityObjectBytes``, the payload of an IssuerAuth.

        Raises :class:`~nlwallet.errors.InvalidMdoc` or another RemoteError.
        """
        try:
            return cls._of_members(typed(decode_wrapped(payload, what=_WHAT), dict, _WHAT, ""))
        except RemoteError as error:
            error.pointer = _AT + error.pointer
            raise

    @classmethod
    def _of_members(cls, mso: dict[Any, Any]) -> MobileSecurityObject:
        if not member(mso, "version", str, "").startswith("1."):
            raise InvalidMdoc(f"{_WHAT} is of another major version than 1", spec=_SPEC, pointer="/version")
        algorithm = member(mso, "digestAlgorithm", str, "")
        if algorithm not in DIGEST_ALGORITHMS:
            raise InvalidMdoc(
                "digestAlgorithm is not known",
                spec="ISO/IEC 18013-5 §9.1.2.5",
                pointer="/digestAlgorithm",
                hint=f"one of {', '.join(DIGEST_ALGORITHMS)}",
            )
        key_info = member(mso, "deviceKeyInfo", dict, "")
        authorizations = key_info.get("keyAuthorizations")
        validity = member(mso, "validityInfo", dict, "")
        update = validity.get("expectedUpdate")
        status = mso.get("status")
        return cls(
            short_text(mso.get("docType"), "docType", "/docType"),
            algorithm,
            _digests(mso.get("valueDigests"), "/valueDigests"),
            parse_cose_key(key_info.get("deviceKey"), what="deviceKey", pointer="/deviceKeyInfo/deviceKey"),
            NOTHING_AUTHORIZED
            if authorizations is None
            else KeyAuthorizations.parse(authorizations, pointer="/deviceKeyInfo/keyAuthorizations"),
            parse_tdate(validity.get("signed"), "signed", "/validityInfo/signed"),
            parse_tdate(validity.get("validFrom"), "validFrom", "/validityInfo/validFrom"),
            parse_tdate(validity.get("validUntil"), "validUntil", "/validityInfo/validUntil"),
            None if update is None else parse_tdate(update, "expectedUpdate", "/validityInfo/expectedUpdate"),
            None if status is None else _status(status, "/status"),
            {}
            if mso.keys() <= MEMBERS
            else {name: each for name, each in mso.items() if isinstance(name, str) and name not in MEMBERS},
        )


def _status(value: Any, pointer: str) -> dict[str, Any]:
    status = typed(value, dict, "status", pointer)
    if status.keys().isdisjoint(REVOCATION_MECHANISMS):
        raise InvalidMdoc(
            "status names no mechanism of ISO/IEC 18013-5",
            spec="HAIP 1.0 §5.3.1",
            pointer=pointer,
            hint=f"one of {', '.join(sorted(REVOCATION_MECHANISMS))}",
        )
    return status


def _digests(value: Any, pointer: str) -> dict[str, dict[int, bytes]]:
    namespaces = filled(value, dict, "valueDigests", pointer, limit=MAX_NAMESPACES)
    for name, digests in namespaces.items():
        short_text(name, "a namespace", pointer)
        filled(digests, dict, "the digests of a namespace", pointer, limit=4 * MAX_ELEMENTS)
        if set(map(type, digests)) != {int} or set(map(type, digests.values())) != {bytes}:
            raise InvalidMdoc("digests are byte strings by number", spec=_SPEC, pointer=pointer)
    if sum(map(len, namespaces.values())) > 8 * MAX_ELEMENTS:
        raise LimitExceeded(f"valueDigests has more than {8 * MAX_ELEMENTS} digests", pointer=pointer)
    return namespaces
