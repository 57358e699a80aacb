"""The registration certificate of a party, WRPRC (ETSI TS 119 475 V1.2.1 §5.2), read and verified.

Both generations of claim names are read; :mod:`.registration_certificate_issuance` writes those of V1.2.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlwallet.crypto import Certificate
from nlwallet.registration.intended_use import RegisteredCredential, Retention
from nlwallet.registration.part import CredentialType
from nlwallet.status import StatusReference


@dataclass(frozen=True, slots=True)
class NamedIntermediary:
    """Who may ask in the party's place (RPRC_04). Never shown to the citizen (RPI_07); logged."""

    identifier: str
    trade_name: str = ""
    service_id: str = ""


@dataclass(frozen=True, slots=True)
class RegistrationCertificate:
    """A registration certificate whose signature, chain and form were verified. Texts are by language."""

    trade_name: str
    identifier: str
    legal_name: str
    issued_at: int
    expires_at: int | None
    purpose: Mapping[str, str]
    services: Mapping[str, str]
    credentials: tuple[RegisteredCredential, ...]
    """What may be asked; empty for one that only issues."""
    entitlements: tuple[str, ...]
    status: StatusReference | None
    intended_use_id: str = ""
    privacy_policy: str = ""
    website: str = ""
    support_uri: str = ""
    supervisory_authority: Mapping[str, str] = field(default_factory=dict)
    public_body: bool | None = None
    retention: Retention | None = None
    registrar: str = ""
    """The common name of who signed the certificate."""
    country: str = ""
    registry_uri: str = ""
    service_id: str = ""
    service_name: str = ""
    """Identifier and trade name of the service; empty where the certificate names none, as ETSI's own do not."""
    provides_attestations: tuple[CredentialType, ...] = ()
    intermediary: NamedIntermediary | None = None
    signed_under: tuple[Certificate, ...] = field(default=(), repr=False)
    """The certificates above the one that signed it, up to the anchor (EDP_03)."""

    def in_language(self, language: str) -> str:
        """The purpose in ``nl`` or ``en``, in any other language when there is none, or empty."""
        return self.purpose.get(language) or self.purpose.get("en") or next(iter(self.purpose.values()), "")
