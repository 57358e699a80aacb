"""The embedded disclosure policy of a card: to whom its issuer wants it shown (ARF Topic 43, CIR 2024/2979 Annex III).

It stands in the issuer's metadata, by value, as ``disclosure_policy`` of a credential configuration. ETSI TS 119 472-3
§4.2.5.2 says what a policy has in it (ISS-MDATA-EBD-4.2.5.2-01 to -13), and leaves its JSON to a schema that is not
out; the member names are those of an implementation profile. An identifier with a service (EDP_02) and a certificate by
its SHA-256 are added to it. The holder decides, whatever the outcome (EDP_07).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final, Literal, TypeVar

from nlwallet.crypto import Certificate
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.errors import InvalidOffer
from nlwallet.registration.binding import by_intermediary
from nlwallet.registration.distinguished_name import same_name
from nlwallet.registration.registration_certificate import RegistrationCertificate

PolicyKind = Literal["no_policy", "authorized_rp_only", "specific_root_of_trust"]

_SPEC: Final = "ETSI TS 119 472-3 §4.2.5.2"
_ELSEWHERE: Final = "embedded_disclosure_policy"
_MAX_ENTRIES: Final = 256
_MAX_TEXT: Final = 2048
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SERIAL = re.compile(r"[0-9]{1,64}")
_URL = re.compile(r"https://[^\s/?#]+\S*")

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class AuthorizedParty:
    """Who may ask: a party with a service, a distinguished name (RFC 4514), or everybody with an entitlement.

    Where an entry says several of these, all of them hold.
    """

    identifier: str = ""
    service_id: str = ""
    subject_dn: str = ""
    entitlement_uri: str = ""

    @classmethod
    def parse(cls, value: Any, pointer: str) -> AuthorizedParty:
        """Read one entry. Raises :class:`~nlwallet.errors.InvalidOffer`."""
        names = ("identifier", "service_id", "subject_dn", "entitlement_uri")
        given = _given(value, names, pointer)
        if not given or ("identifier" in given) != ("service_id" in given):
            raise _wrong("an entry names a party with its service, a subject or an entitlement", pointer)
        return cls(**given)

    def is_who_asks(self, registration: RegistrationCertificate, access: Certificate | None) -> bool:
        """Whether the entry is about the party of this registration, which was held against ``access``."""
        own = (registration.identifier, registration.service_id)
        return (
            (not self.identifier or own == (self.identifier, self.service_id))
            and (not self.entitlement_uri or self.entitlement_uri in registration.entitlements)
            and (not self.subject_dn or self._is_subject(registration, access))
        )

    def _is_subject(self, registration: RegistrationCertificate, access: Certificate | None) -> bool:
        """The subject of an intermediary says nothing about the party for which it asks."""
        return (
            access is not None
            and not by_intermediary(registration, access)
            and same_name(self.subject_dn, access.subject_name)
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
        return same and same_name(self.issuer_dn, certificate.issuer_name)


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
    def of_configuration(cls, entry: Mapping[str, Any], *, pointer: str = "") -> DisclosurePolicy | None:
        """The policy of a credential configuration in an issuer's metadata, if it has one.

        It is read where we write it, and as ``embedded_disclosure_policy`` of ``credential_metadata``, with its data in
        ``policy_data`` or not, as IT-Wallet has it. Raises :class:`~nlwallet.errors.InvalidOffer`.
        """
        described = entry.get("credential_metadata")
        elsewhere = described.get(_ELSEWHERE) if isinstance(described, Mapping) else None
        found = []
        if "disclosure_policy" in entry:
            found.append(cls.parse(entry["disclosure_policy"], pointer=f"{pointer}/disclosure_policy"))
        if elsewhere is not None:
            where = f"{pointer}/credential_metadata/{_ELSEWHERE}"
            if isinstance(elsewhere, Mapping) and isinstance(elsewhere.get("policy_data"), Mapping):
                uri = {"policy_uri": elsewhere["policy_uri"]} if "policy_uri" in elsewhere else {}
                elsewhere, where = {**elsewhere["policy_data"], **uri}, f"{where}/policy_data"
            found.append(cls.parse(elsewhere, pointer=where))
        if len(found) > 1 and found[0] != found[1]:
            raise _wrong("there are two disclosure policies, and they differ", f"{pointer}/disclosure_policy")
        return found[0] if found else None

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

    def identified(self) -> DisclosurePolicy:
        """The same with a URI that is its own (ISS-MDATA-EBD-4.2.5.2-01): of its content (RFC 6920), if it had none."""
        if self.policy_uri:
            return self
        digest = sha256(dump_json(self.as_json())).digest()
        return replace(self, policy_uri=f"ni:///sha-256;{b64url_encode(digest)}")

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


def _wrong(message: str, pointer: str) -> InvalidOffer:
    return InvalidOffer(message, spec=_SPEC, pointer=pointer)
