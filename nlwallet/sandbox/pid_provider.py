"""The sandbox's PID issuer as others know it: its names, and its entry in the register. All of it is invented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nlwallet.errors import LocalError
from nlwallet.issuer import (
    CredentialConfiguration,
    IssuerDisplay,
    card,
    eu_pid_claims,
    eu_pid_configurations,
    persona,
)
from nlwallet.registration import LocalizedText, RelyingPartyRecord
from nlwallet.sandbox.provider_registration import AUTHORITY, types_of

DISPLAY = (IssuerDisplay("Testuitgever", "nl"), IssuerDisplay("Test issuer", "en"))

_EU_PID = eu_pid_configurations()
PID_CONFIGURATIONS: tuple[CredentialConfiguration, ...] = (*card("pid").configurations, *_EU_PID)
"""The PID of the Netherlands and that of the whole EU, each in both formats (PID_02)."""


def pid_attributes(person: str, configuration_id: str, *, now: int) -> dict[str, Any] | None:
    """What stands on the PID of a persona; ``None`` for one who cannot have it."""
    if configuration_id not in {one.id for one in _EU_PID}:
        return card("pid").attributes(person, now)
    try:
        return eu_pid_claims(persona(person), now=now)
    except LocalError:
        return None


def pid_provider_record(host: str, configurations: Sequence[CredentialConfiguration]) -> RelyingPartyRecord:
    """Its entry: with the certificates that come of it, the issuer signs its metadata (ARF ISSU_22, RPRC_22)."""
    return RelyingPartyRecord.of(
        legal_name="Testuitgever van persoonsgegevens",
        trade_name="Testuitgever",
        identifier="NTRNL-90000099",
        services=(LocalizedText(nl="Persoonsgegevens uitgeven", en="Issue personal data"),),
        website=f"https://{host}/",
        support_uri=f"https://{host}/gegevens-verwijderen",
        supervisory_authority=AUTHORITY,
        entitlements=("PID_Provider",),
        provides_attestations=types_of(configurations),
        public_body=True,
    )
