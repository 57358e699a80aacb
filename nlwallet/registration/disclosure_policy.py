"""The embedded disclosure policy of a card: to whom its issuer wants it shown (ARF Topic 43, CIR 2024/2979 Annex III).

It stands in the issuer's metadata, by value, as ``disclosure_policy`` of a credential configuration. The member names
are those of an implementation profile of ETSI TS 119 472-3 §4.2.5.2, whose own schema is not out; an identifier with a
service (EDP_02) and a certificate by its SHA-256 are added to it. The holder decides, whatever the outcome (EDP_07).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from nlwallet.crypto import Certificate
from nlwallet.errors import InvalidOffer
from nlwallet.registration.binding import by_intermediary
from nlwallet.registration.registration_certificate import RegistrationCertificate

PolicyKind = Literal["no_policy", "authorized_rp_only", "specific_root_of_trust"]

_SPEC: Final = "ETSI TS 119 472-3 §4.2.5.2"
_MAX_ENTRIES: Final = 256
_MAX_TEXT: Final = 2048
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SERIAL = re.compile(r"[0-9]{1,64}")
_URL = re.compile(r"https://[^\s/?#]+\S*")
_RDN = re.compile(r"(?:\\.|[^,\\])+")

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class AuthorizedParty:
    """Who may ask: a party with a service, a distinguished name (RFC 4514), or everybody with an entitlement."""

    identifier: str = ""
    service_id: str = ""
    subject_dn: str = ""
    entitlement_uri: str = ""

    @classmethod
    def parse(cls, value: Any, pointer: str) -> AuthorizedParty:
        """Read one entry. Raises :class:`~nlwallet.errors.InvalidOffer`."""
        names = ("identifier", "service_id", "subject_dn", "entitlement_uri")
        given = _given(value, names, pointer)
        if given.keys() not in ({"identifier", "service_id"}, {"subject_dn"}, {"entitlement_uri"}):
            raise _wrong("an entry names a party with its service, a subject or an entitlement", pointer)
        return cls(**given)

    def is_who_asks(self, registration: RegistrationCertificate, access: Certificate | None) -> bool:
        """Whether the entry is about the party of this registration, which was held against ``access``."""
        if self.identifier:
            return (self.identifier, self.service_id) == (registration.identifier, registration.service_id)
        if self.entitlement_uri:
            return self.entitlement_uri in registration.entitlements
        # The subject of an intermediary says nothing about the party for which it asks.
        return (
            access is not None
            and not by_intermediary(registration, access)
            and _same_name(self.subject_dn, access.subject_name)
        )


@dataclass(frozen=True, slots=True)
class TrustedRoot:
    """A root or intermediate certificate: by issuer (RFC 4514) and serial number, or by its SHA-256 in hexadecimal."""

    issuer_dn: str = ""
    serial_number: str = ""
    sha256: str = ""

    @classmethod
    def parse(cls, value: Any, pointer: str) -> TrustedRoot:
        """Read one entry. Raises :class:`~nlwallet.errors.InvalidOffer`."""
        serial = value.get("serial_number") if isinstance(value, Mapping) else None
        if type(serial) is int and serial >= 0:
            value = {**value, "serial_number": str(serial)}
        given = _given(value, ("issuer_dn", "serial_number", "sha256"), pointer)
        by_name = given.keys() == {"issuer_dn", "serial_number"} and _SERIAL.fullmatch(given["serial_number"])
        by_hash = given.keys() == {"sha256"} and _SHA256.fullmatch(given["sha256"])
        if not by_name and not by_hash:
            raise _wrong("an entry has issuer_dn and serial_number, or sha256", pointer)
        return cls(**given)

    def is_certificate(self, certificate: Certificate) -> bool:
        """Whether the entry is about ``certificate``."""
        if self.sha256:
            return certificate.sha256().hex() == self.sha256
        same = int(self.serial_number) == certificate.serial
        return same and _same_name(self.issuer_dn, certificate.issuer_name)


@dataclass(frozen=True, slots=True)
class DisclosurePolicy:
    """To whom an issuer wants its card shown. ``policy_info_url`` explains it to people (EDP_05)."""

    policy_type: PolicyKind
    policy_uri: str = ""
    authorized_parties: tuple[AuthorizedParty, ...] = ()
    trusted_roots: tuple[TrustedRoot, ...] = ()
    policy_info_url: str = ""
    description: str = ""
    policy_authority: str = ""

    @classmethod
    def parse(cls, value: Any, *, pointer: str = "") -> DisclosurePolicy:
        """Read the member ``disclosure_policy``. Raises :class:`~nlwallet.errors.InvalidOffer`.

        A policy that cannot be read is refused: without it the card would go where its issuer does not want it.
        """
        if not isinstance(value, Mapping):
            raise _wrong("the disclosure policy is no object", pointer)
        kind = value.get("policy_type")
        if kind not in ("no_policy", "authorized_rp_only", "specific_root_of_trust"):
            raise _wrong("the policy is of no known type", f"{pointer}/policy_type")
        texts = _texts(value, ("policy_uri", "policy_info_url", "description", "policy_authority"), pointer)
        if (url := texts.get("policy_info_url")) and not _URL.fullmatch(url):
            raise _wrong("policy_info_url is no https URL", f"{pointer}/policy_info_url")
        return cls(
            policy_type=kind,
            authorized_parties=_entries(value, "authorized_parties", AuthorizedParty.parse, pointer)
            if kind == "authorized_rp_only"
            else (),
            trusted_roots=_entries(value, "trusted_roots", TrustedRoot.parse, pointer)
            if kind == "specific_root_of_trust"
            else (),
            **texts,
        )

    def as_json(self) -> dict[str, Any]:
        """The policy as the metadata has it."""
        members: dict[str, Any] = {
            name: text
            for name in ("policy_uri", "policy_type", "policy_info_url", "description", "policy_authority")
            if (text := getattr(self, name))
        }
        if self.policy_type == "authorized_rp_only":
            members["authorized_parties"] = [_members(one) for one in self.authorized_parties]
        if self.policy_type == "specific_root_of_trust":
            members["trusted_roots"] = [_members(one) for one in self.trusted_roots]
        return members

    def allows(self, registration: RegistrationCertificate | None, access: Certificate | None) -> bool:
        """Whether the issuer wants the card shown to who asks (EDP_02, EDP_03, EDP_06).

        ``registration`` is a valid one that belongs to who asks; without it only ``no_policy`` allows anything.
        """
        if self.policy_type == "no_policy":
            return True
        if registration is None:
            return False
        if self.policy_type == "authorized_rp_only":
            return any(party.is_who_asks(registration, access) for party in self.authorized_parties)
        return any(
            root.is_certificate(certificate)
            for root in self.trusted_roots
            for certificate in registration.signed_under
        )


def _entries(
    value: Mapping[str, Any], name: str, parse: Callable[[Any, str], _Entry], pointer: str
) -> tuple[_Entry, ...]:
    listed, at = value.get(name), f"{pointer}/{name}"
    if not isinstance(listed, list) or not 0 < len(listed) <= _MAX_ENTRIES:
        raise _wrong(f"{name} is no array of 1 to {_MAX_ENTRIES} entries", at)
    return tuple(parse(entry, f"{at}/{number}") for number, entry in enumerate(listed))


def _given(value: Any, names: tuple[str, ...], pointer: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _wrong("an entry is an object", pointer)
    return _texts(value, names, pointer)


def _texts(value: Mapping[str, Any], names: tuple[str, ...], pointer: str) -> dict[str, str]:
    given = {name: value[name] for name in names if name in value}
    for name, text in given.items():
        if not isinstance(text, str) or not 0 < len(text) <= _MAX_TEXT:
            raise _wrong(f"{name} is no text of 1 to {_MAX_TEXT} characters", f"{pointer}/{name}")
    return given


def _members(entry: AuthorizedParty | TrustedRoot) -> dict[str, str]:
    return {name: text for name in entry.__slots__ if (text := getattr(entry, name))}


def _same_name(one: str, other: str) -> bool:
    """Whether two distinguished names are the same, but for blanks, case, and the name of 2.5.4.97."""
    return _parts(one) == _parts(other)


def _parts(name: str) -> list[str]:
    parts = [part.strip() for part in _RDN.findall(name)]
    named = [
        (kind.strip().casefold(), text.strip().casefold())
        for kind, _, text in (p.partition("=") for p in parts)
    ]
    return [f"{'2.5.4.97' if kind == 'organizationidentifier' else kind}={text}" for kind, text in named]


def _wrong(message: str, pointer: str) -> InvalidOffer:
    return InvalidOffer(message, spec=_SPEC, pointer=pointer)
