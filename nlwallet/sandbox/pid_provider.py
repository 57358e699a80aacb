"""The sandbox's PID issuer: its names, its entry in the register, and how it is opened. All of it is invented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from nlwallet.crypto import Subject
from nlwallet.errors import LocalError
from nlwallet.issuer import (
    CredentialConfiguration,
    Issuer,
    IssuerDisplay,
    Login,
    card,
    eu_pid_claims,
    eu_pid_configurations,
    persona,
)
from nlwallet.registration import LocalizedText, RelyingPartyRecord
from nlwallet.sandbox.issuer_authorities import IssuerAuthorities
from nlwallet.sandbox.provider_registration import AUTHORITY, registered_provider, types_of
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Anchors, Category

DISPLAY = (IssuerDisplay("Testuitgever", "nl"), IssuerDisplay("Test issuer", "en"))

_EU_PID = eu_pid_configurations()
PID_CONFIGURATIONS: tuple[CredentialConfiguration, ...] = (*card("pid").configurations, *_EU_PID)
"""The PID of the Netherlands and that of the whole EU, each in both formats (PID_02)."""


def open_pid_issuer(
    authorities: IssuerAuthorities,
    url: str,
    *,
    types: TypeMetadataRegistry,
    anchors: Anchors,
    login: Login,
) -> Issuer:
    """The PID issuer at ``url``: certified, registered, and on the list of PID providers."""
    clock, key = authorities.clock, authorities.keeping.key(f"issuer {url}")
    store = authorities.keeping.issuer_store(url)
    record = pid_provider_record(urlsplit(url).hostname or "", PID_CONFIGURATIONS)
    subject = Subject(
        record.legal_name,
        country="NL",
        organization="Testuitgever",
        organization_identifier=record.identifier,
    )
    opened = Issuer(
        key=key,
        chain=authorities.issue("pid", Category.PID_PROVIDER, key, subject, url),
        credential_issuer=url,
        configurations=authorities.configured(PID_CONFIGURATIONS),
        clock=clock,
        types=types,
        attributes=lambda person, id_: pid_attributes(person, id_, now=clock.now()),
        login=login,
        wallet_anchors=anchors,
        wallet_status=authorities.wallet_status,
        status_lists=authorities.status_lists(Category.PID_PROVIDER, subject, url, store=store),
        store=store,
        display=DISPLAY,
        nl_wallet_drafts=authorities.profile.nl_wallet_drafts,
        metadata_signer=registered_provider(
            authorities.registrar, record, url, key=authorities.keeping.key(f"registration of {url}")
        ),
    )
    authorities.notify(Category.PID_PROVIDER, subject, url, opened.status_lists)
    return opened


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
