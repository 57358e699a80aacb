"""The sandbox's PID issuer as others know it: its names, and its entry in the register. All of it is invented."""

from __future__ import annotations

from nlwallet.issuer import IssuerDisplay
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    RelyingPartyRecord,
    Retention,
    SupervisoryAuthority,
)

DISPLAY = (IssuerDisplay("Testuitgever", "nl"), IssuerDisplay("Test issuer", "en"))


def pid_provider_record(host: str) -> RelyingPartyRecord:
    """Its entry: with the access certificate that comes of it, the issuer signs its metadata (ARF ISSU_22)."""
    return RelyingPartyRecord.of(
        legal_name="Testuitgever van persoonsgegevens",
        trade_name="Testuitgever",
        identifier="NTRNL-90000099",
        services=(LocalizedText(nl="Persoonsgegevens uitgeven", en="Issue personal data"),),
        website=f"https://{host}/",
        support_uri=f"https://{host}/gegevens-verwijderen",
        supervisory_authority=SupervisoryAuthority(
            name="Testautoriteit Persoonsgegevens", country="NL", uri="https://toezicht.example/melden"
        ),
        intended_uses=(
            IntendedUse(
                id="renewal",
                purpose=LocalizedText(
                    nl="Nagaan van wie de kaart is die u wilt vernieuwen",
                    en="See whose card it is that you want to renew",
                ),
                privacy_policy=f"https://{host}/privacy",
                retention=Retention(days=0),
                credentials=(RegisteredCredential(types=("urn:eudi:pid:nl:1",), claims=(("bsn",),)),),
            ),
        ),
        public_body=True,
    )
