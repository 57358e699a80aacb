"""The issuers of a sandbox in the register: as what each is registered, and for which types. All of it is invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit
from zlib import crc32

from nlwallet.crypto import PrivateKey
from nlwallet.issuer import CredentialConfiguration, MetadataSigner
from nlwallet.registrar import Registrar
from nlwallet.registration import (
    CredentialType,
    Entitlement,
    LocalizedText,
    RelyingPartyRecord,
    SupervisoryAuthority,
)
from nlwallet.sandbox.registering import registered
from nlwallet.trust import Category

ENTITLEMENTS: Final[Mapping[Category, Entitlement]] = {
    Category.PID_PROVIDER: "PID_Provider",
    Category.PUB_EAA_PROVIDER: "PUB_EAA_Provider",
    Category.QEAA_PROVIDER: "QEAA_Provider",
    Category.EAA_PROVIDER: "Non_Q_EAA_Provider",
}
"""As what an issuer of a category is registered."""

AUTHORITY: Final = SupervisoryAuthority(
    name="Testautoriteit Persoonsgegevens", country="NL", uri="https://toezicht.example/melden"
)


def provider_record(
    url: str,
    organization: str,
    category: Category,
    configurations: Sequence[CredentialConfiguration],
    *,
    registrar: Registrar,
) -> RelyingPartyRecord:
    """The entry of an issuer of one's own at ``url``. An organisation with two issuers has an entry for each."""
    identifier = invented_identifier(organization)
    known = registrar.record(identifier)
    if known is not None and known.website != f"{url}/":
        identifier = invented_identifier(f"{organization} {url}")
    return RelyingPartyRecord.of(
        legal_name=organization,
        trade_name=organization,
        identifier=identifier,
        services=(LocalizedText(nl="Kaarten uitgeven", en="Issue cards"),),
        website=f"{url}/",
        support_uri=f"{url}/gegevens-verwijderen",
        supervisory_authority=AUTHORITY,
        entitlements=(ENTITLEMENTS[category],),
        provides_attestations=types_of(configurations),
        public_body=category is not Category.EAA_PROVIDER and category is not Category.QEAA_PROVIDER,
    )


def types_of(configurations: Sequence[CredentialConfiguration]) -> tuple[CredentialType, ...]:
    """What these configurations issue, as the register has it."""
    return tuple(dict.fromkeys(CredentialType(format=one.format, types=(one.vct,)) for one in configurations))


def registered_provider(
    registrar: Registrar, record: RelyingPartyRecord, url: str, *, key: PrivateKey | None = None
) -> MetadataSigner:
    """Register an issuer; what it signs its metadata with. Raises :class:`~nlwallet.errors.LocalError`."""
    key = key or PrivateKey.generate()
    hosts = (urlsplit(url).hostname or "",)
    certificates = registered(registrar, record, key.public, dns_names=hosts)
    return MetadataSigner.of_provider(key, certificates)


def invented_identifier(organization: str) -> str:
    """A number of the trade register for an organisation that does not exist: the same one each time."""
    return f"NTRNL-91{crc32(organization.encode('utf-8')) % 1_000_000:06}"
