"""The registration inside an access certificate, as the NL Wallet 0.5 has it: JSON in a UTF8String.

It lists for each credential type the claim paths that may be asked, each exactly, in the spelling of the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nlwallet.claim_path import ClaimPath, parse_claim_path, show_path
from nlwallet.crypto import Certificate
from nlwallet.crypto.extensions import utf8_extension
from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import json_pointer, parse_json_object
from nlwallet.errors import InvalidRegistration, RemoteError
from nlwallet.registration.intended_use import RegisteredCredential, Retention
from nlwallet.registration.over_asking import OverAsked
from nlwallet.registration.registration_certificate import RegistrationCertificate

READER_REGISTRATION: Final = "2.1.123.1"
_SPEC: Final = "NL Wallet 0.5, extension 2.1.123.1"
_MAX_TYPES: Final = 64
_MAX_PATHS: Final = 512
_MAX_DAYS: Final = 36_500
_MINUTES_A_DAY: Final = 1440


@dataclass(frozen=True, slots=True)
class ReaderRegistration:
    """What such an extension says; texts are by language."""

    purpose: Mapping[str, str]
    authorized: Mapping[str, tuple[ClaimPath, ...]]
    """Credential type → the paths that may be asked of it."""
    display_name: str
    legal_name: str
    web_url: str
    privacy_policy: str
    retention: Retention

    @classmethod
    def of(cls, certificate: Certificate) -> ReaderRegistration | None:
        """What is registered in ``certificate``; ``None`` when it has no such extension.

        Raises :class:`~nlwallet.errors.RemoteError` for one that cannot be read.
        """
        text = utf8_extension(certificate, READER_REGISTRATION)
        return None if text is None else cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> ReaderRegistration:
        """Read the JSON. Raises :class:`~nlwallet.errors.InvalidRegistration` or another RemoteError."""
        members = parse_json_object(text, what="the registration in the certificate")
        organization = members.get("organization")
        if not isinstance(organization, Mapping):
            raise _wrong("there is no organization", "/organization")
        return cls(
            purpose=_texts(members, "purposeStatement"),
            authorized=_authorized(members.get("authorizedAttributes")),
            display_name=_name(organization, "displayName"),
            legal_name=_name(organization, "legalName"),
            web_url=_string(organization, "webUrl"),
            privacy_policy=_string(organization, "privacyPolicyUrl"),
            retention=_retention(members),
        )

    def over_asked(self, query: DcqlQuery) -> tuple[OverAsked, ...]:
        """What ``query`` asks and is not listed: each path of each type, exactly as it is written."""
        found: list[OverAsked] = []
        for credential in query.credentials:
            for asked_type in credential.types or ("",):
                listed = self.authorized.get(asked_type)
                if listed is None:
                    reason = f"{asked_type or 'any credential'} ({credential.format}) was not registered"
                    found.append(OverAsked(credential.id, (), reason, "type"))
                    continue
                found += [
                    OverAsked(
                        credential.id, claim.path, f"{show_path(claim.path)} was not registered", "claim"
                    )
                    for claim in credential.claims or ()
                    if claim.path not in listed
                ]
        return tuple(dict.fromkeys(found))

    def as_certificate(self, access: Certificate) -> RegistrationCertificate:
        """The same as a registration certificate, for whoever shows it; the access CA vouches for it."""
        subject = access.subject
        return RegistrationCertificate(
            trade_name=self.display_name or subject.common_name,
            identifier=subject.identifier,
            legal_name=self.legal_name or subject.organization,
            issued_at=access.not_before,
            expires_at=access.not_after,
            purpose=self.purpose,
            services={},
            credentials=tuple(
                RegisteredCredential(format="dc+sd-jwt", types=(name,), claims=paths)
                for name, paths in self.authorized.items()
            ),
            entitlements=(),
            status=None,
            privacy_policy=self.privacy_policy,
            website=self.web_url,
            retention=self.retention,
            registrar=access.issuer.common_name,
        )


def _authorized(value: Any) -> dict[str, tuple[ClaimPath, ...]]:
    at = "/authorizedAttributes"
    if not isinstance(value, Mapping) or len(value) > _MAX_TYPES:
        raise _wrong("authorizedAttributes is no object of a sensible size", at)
    paths: dict[str, tuple[ClaimPath, ...]] = {}
    for name, listed in value.items():
        here = at + json_pointer([name])
        if not name or not isinstance(listed, list) or len(listed) > _MAX_PATHS:
            raise _wrong("a type has an array of paths of a sensible length", here)
        try:
            paths[name] = tuple(parse_claim_path(path, pointer=here) for path in listed)
        except RemoteError as error:
            raise _wrong(error.message, error.pointer) from None
    return paths


def _retention(members: Mapping[str, Any]) -> Retention:
    keeping, sharing, deleting = (
        _member(members, name, flag)
        for name, flag in (
            ("retentionPolicy", "intentToRetain"),
            ("sharingPolicy", "intentToShare"),
            ("deletionPolicy", "deleteable"),
        )
    )
    minutes = members["retentionPolicy"].get("maxDurationInMinutes", 0)
    if isinstance(minutes, bool) or not isinstance(minutes, int) or minutes < 0:
        raise _wrong("maxDurationInMinutes is no number of minutes", "/retentionPolicy/maxDurationInMinutes")
    days = min(-(-minutes // _MINUTES_A_DAY), _MAX_DAYS) if keeping else 0
    return Retention(days=days, shared_with_third_parties=sharing, deletable=deleting)


def _member(members: Mapping[str, Any], name: str, flag: str) -> bool:
    policy = members.get(name)
    value = policy.get(flag) if isinstance(policy, Mapping) else None
    if not isinstance(value, bool):
        raise _wrong(f"{flag} is neither true nor false", f"/{name}/{flag}")
    return value


def _texts(members: Mapping[str, Any], name: str) -> dict[str, str]:
    value = members.get(name)
    if not isinstance(value, Mapping) or not value or len(value) > _MAX_TYPES:
        raise _wrong(f"{name} has a text by language", f"/{name}")
    if not all(isinstance(text, str) for text in value.values()):
        raise _wrong(f"{name} has a text by language", f"/{name}")
    return {tag.lower().partition("-")[0]: text for tag, text in value.items()}


def _name(organization: Mapping[str, Any], name: str) -> str:
    """Plain, or by language."""
    value = organization.get(name, "")
    if isinstance(value, Mapping):
        value = value.get("nl") or value.get("en") or next(iter(value.values()), "")
    return value if isinstance(value, str) else ""


def _string(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""


def _wrong(message: str, pointer: str) -> InvalidRegistration:
    return InvalidRegistration(message, spec=_SPEC, pointer=pointer)
