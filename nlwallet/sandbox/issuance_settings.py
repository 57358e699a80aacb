"""``issuance_server.toml``: the keys of the NL Wallet's issuance server, with its defaults (0.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey
from nlwallet.dcql import MSO_MDOC, SD_JWT_VC
from nlwallet.issuer import SignsAs
from nlwallet.openid4vci import is_https_url, is_issuer_identifier
from nlwallet.sandbox.issuance_status_settings import (
    StatusListSettings,
    StatusListsSettings,
    read_status_list,
    read_status_lists,
)
from nlwallet.verifier.nl_server import (
    NL_WALLET,
    UNIVERSAL_LINK_BASE,
    Lifetimes,
    Listener,
    ReturnUrlUse,
    UseCase,
)
from nlwallet.verifier.nl_server.settings import (
    MAX_USE_CASES,
    StatusCacheSettings,
    read_database,
    read_extending,
    read_lifetimes,
    read_listeners,
    read_status_cache,
    read_toml,
    read_url,
)
from nlwallet.verifier.nl_server.settings_environment import with_environment
from nlwallet.verifier.nl_server.settings_table import Table
from nlwallet.verifier.nl_server.settings_use_case import read_key_pair, read_query

PREFIX: Final = "ISSUANCE_SERVER"
QUALIFICATIONS: Final = ("EAA", "QEAA", "PuB-EAA")
MAX_CONFIGURATIONS: Final = 256

_WITHOUT_EFFECT: Final = ("log_requests", "structured_logging", "hsm")
_ONE_STORAGE: Final = "status_lists.storage_url has no effect: statuses are kept where storage.url says"


@dataclass(frozen=True, slots=True)
class AttestationUrl:
    """``attestation_url_config``: where it is asked what to issue, and by which anchors of TLS that is known."""

    url: str
    anchors: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class ConfigurationSettings:
    """``[credential_configurations.<id>]``."""

    id: str
    attestation_type: str
    valid_days: int
    qualification: str
    signer: SignsAs
    status_list: StatusListSettings
    format: str = SD_JWT_VC


@dataclass(frozen=True, slots=True)
class IssuanceSettings:
    """All of them. ``warnings`` are sentences about what is there and does nothing."""

    public: Listener
    internal: Listener | None
    """``None``: revocation is at the public one, and needs the key."""
    api_key: str | None = field(repr=False)
    public_url: str
    universal_link_base_url: str
    issuer_anchors: tuple[Certificate, ...]
    access_anchors: tuple[Certificate, ...]
    registration_anchors: tuple[Certificate, ...]
    wallet_anchors: tuple[Certificate, ...]
    metadata_key: PrivateKey = field(repr=False)
    metadata_chain: CertificateChain = field(repr=False)
    type_metadata: tuple[str, ...]
    batch_size: int
    use_cases: tuple[UseCase, ...]
    attestation_urls: Mapping[str, AttestationUrl]
    """By the name of the use case."""
    configurations: tuple[ConfigurationSettings, ...]
    status_lists: StatusListsSettings
    extending: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wallet_client_ids: tuple[str, ...] = (NL_WALLET,)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    status_cache: StatusCacheSettings = field(default_factory=StatusCacheSettings)
    database: str | None = field(default=None, repr=False)
    """Where all is kept; ``None`` is in memory."""
    warnings: tuple[str, ...] = ()

    @classmethod
    def parse(cls, data: bytes, *, environment: Mapping[str, str] | None = None) -> IssuanceSettings:
        """Read a file, and what the environment says in its place.

        Raises :class:`~nlwallet.errors.InvalidConfiguration` or :class:`~nlwallet.errors.LimitExceeded`.
        """
        return cls.of(read_toml(data), environment=environment)

    @classmethod
    def of(
        cls, members: Mapping[str, Any], *, environment: Mapping[str, str] | None = None
    ) -> IssuanceSettings:
        """The settings that these members are. Raises :class:`~nlwallet.errors.InvalidConfiguration`."""
        top = Table(with_environment(members, environment or {}, prefix=PREFIX))
        public, internal, api_key = read_listeners(top)
        storage, cache = top.table("storage"), top.table("status_list_token_cache_settings")
        disclosures = _tables(top, "disclosure_settings", MAX_USE_CASES)
        configurations = _tables(top, "credential_configurations", MAX_CONFIGURATIONS)
        metadata, lists = top.table("credential_metadata_keypair"), top.table("status_lists")
        metadata_certificate, metadata_key = read_key_pair(metadata)
        settings = cls(
            public=public,
            internal=internal,
            api_key=api_key,
            public_url=_identifier(top),
            universal_link_base_url=read_url(top, "universal_link_base_url", UNIVERSAL_LINK_BASE),
            issuer_anchors=top.certificates("issuer_trust_anchors"),
            access_anchors=top.certificates("wrpac_trust_anchors"),
            registration_anchors=top.certificates("wrprc_trust_anchors"),
            wallet_anchors=top.certificates("wia_trust_anchors"),
            metadata_key=metadata_key,
            metadata_chain=CertificateChain(metadata_certificate),
            type_metadata=top.texts("type_metadata"),
            batch_size=_batch_size(top),
            use_cases=tuple(_use_case(name, table) for name, table in disclosures),
            attestation_urls={name: _attestation_url(table) for name, table in disclosures},
            configurations=tuple(_configuration(name, table) for name, table in configurations),
            status_lists=read_status_lists(lists),
            extending=read_extending(top),
            wallet_client_ids=top.texts("wallet_client_ids", (NL_WALLET,)),
            lifetimes=read_lifetimes(storage),
            status_cache=read_status_cache(cache),
            database=read_database(storage),
        )
        warnings = [] if lists.optional_text("storage_url") is None else [_ONE_STORAGE]
        for table in (storage, cache, metadata, *(table for _, table in (*disclosures, *configurations))):
            warnings += table.unknown()
        if not lists.boolean("serve", default=True):
            warnings.append(
                "status_lists.serve = false has no effect: lists are served at their context_path"
            )
        warnings.append("publish_dir of a status_list has no effect: lists are served at their context_path")
        warnings += lists.unknown("create_threshold_ratio", "refresh_threshold_ratio")
        return replace(settings, warnings=(*warnings, *top.unknown(*_WITHOUT_EFFECT)))


def _tables(top: Table, key: str, most: int) -> list[tuple[str, Table]]:
    found = list(top.tables(key))
    if not 0 < len(found) <= most:
        raise top.wrong(key, f"there are 1 to {most}", hint=f"[{key}.diploma]")
    return found


def _identifier(top: Table) -> str:
    url = read_url(top, "public_url", "")
    if not is_issuer_identifier(url):
        raise top.wrong(
            "public_url",
            "it is no https URL, and so no credential issuer identifier",
            hint="https://issuer.example/; a proxy in front of wallet_server does the TLS",
        )
    return url


def _batch_size(top: Table) -> int:
    if top.get("batch_size") is None:
        raise top.wrong("batch_size", "it is missing", hint="batch_size = 4")
    return top.number("batch_size", 1, least=1, most=255)


def _use_case(name: str, table: Table) -> UseCase:
    certificate, key = read_key_pair(table)
    query = read_query(table)
    if query is None:
        raise table.wrong("dcql_query", "it is missing")
    return UseCase(
        name,
        CertificateChain(certificate),
        key,
        query,
        return_url_use=ReturnUrlUse.NEITHER,  # what it returns to is the offer, which is not there yet
        accept_missing_status=table.boolean("accept_missing_revocation_status", default=False),
        registration_certificate=table.optional_text("registration_certificate"),
    )


def _attestation_url(table: Table) -> AttestationUrl:
    inner = table.table("attestation_url_config")
    url = inner.text("base_url")
    if not is_https_url(url):
        raise inner.wrong("base_url", "it is no https URL")
    return AttestationUrl(url, inner.certificates("trust_anchors"))


def _configuration(name: str, table: Table) -> ConfigurationSettings:
    format_ = table.text("format")
    if format_ not in (SD_JWT_VC, MSO_MDOC):
        raise table.wrong("format", f"it is neither {SD_JWT_VC} nor {MSO_MDOC}")
    qualification = table.text("attestation_qualification", QUALIFICATIONS[0])
    if qualification not in QUALIFICATIONS:
        raise table.wrong("attestation_qualification", f"it is none of {', '.join(QUALIFICATIONS)}")
    if table.get("valid_days") is None:
        raise table.wrong("valid_days", "it is missing")
    certificate, key = read_key_pair(table)
    return ConfigurationSettings(
        name,
        table.text("attestation_type"),
        table.number("valid_days", 1, least=1, most=36_500),
        qualification,
        SignsAs(_san(table, certificate), key, CertificateChain(certificate)),
        read_status_list(table.table("status_list")),
        format_,
    )


def _san(table: Table, certificate: Certificate) -> str:
    names = (*certificate.san_uris, *(f"https://{name}" for name in certificate.san_dns))
    chosen = table.optional_text("certificate_san")
    if chosen is not None and chosen not in names:
        raise table.wrong("certificate_san", "the certificate has it not", hint=", ".join(names)[:256])
    if chosen is None and len(names) != 1:
        raise table.wrong(
            "certificate_san",
            "the certificate has no subjectAltName, or several" if names else "the certificate has no name",
            hint=", ".join(names)[:256],
        )
    return chosen or names[0]
