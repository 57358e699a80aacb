"""The sandbox's PID issuer as others know it: its names, and its entry in the register. All of it is invented."""

from __future__ import annotations

from collections.abc import Sequence

from nlwallet.issuer import CredentialConfiguration, IssuerDisplay
from nlwallet.registration import LocalizedText, RelyingPartyRecord
from nlwallet.sandbox.provider_registration import AUTHORITY, types_of

DISPLAY = (IssuerDisplay("Testuitgever", "nl"), IssuerDisplay("Test issuer", "en"))


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
