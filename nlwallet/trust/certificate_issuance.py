"""Certificates that keep to their profile: what each kind of signer gets, as data, and the authority that gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from nlwallet.crypto import CertificateAuthority, CertificateChain, PublicKey, Subject
from nlwallet.mdoc import DOCUMENT_SIGNER, READER_AUTHENTICATION
from nlwallet.profiles import NL_WALLET_STATUS_SIGNING
from nlwallet.trust.certificate_profiles import (
    LIST_SIGNING,
    NL_WALLET_ATTESTATION_SIGNING,
    QCT_PID,
    QCT_WALLET,
)

SignerKind: TypeAlias = Literal[
    "pid", "eaa", "document-signer", "reader", "status", "wallet", "registration", "list"
]
"""The name of a profile that is not that of an authority, nor of an access certificate."""

ANY_POLICY: Final = "2.5.29.32.0"
"""Of an authority: whatever its certificates say (RFC 5280 §4.2.1.4)."""
NORMALISED_POLICY: Final = "0.4.0.2042.1.1"
"""NCP, the normalised certificate policy (ETSI EN 319 411-1 §5.3, from memory)."""


@dataclass(frozen=True, slots=True)
class _Template:
    usages: tuple[str, ...] = ()
    usages_critical: bool = False
    qc_types: tuple[str, ...] = ()
    commitment: bool = False
    identifier_twice: bool = False


_TEMPLATES: Final[dict[SignerKind, _Template]] = {
    "pid": _Template((DOCUMENT_SIGNER,), qc_types=(QCT_PID,)),
    "eaa": _Template((DOCUMENT_SIGNER,)),
    "document-signer": _Template((DOCUMENT_SIGNER,), usages_critical=True),
    "reader": _Template((READER_AUTHENTICATION,), usages_critical=True, identifier_twice=True),
    "status": _Template((NL_WALLET_STATUS_SIGNING,)),
    "wallet": _Template((NL_WALLET_ATTESTATION_SIGNING,), qc_types=(QCT_WALLET,)),
    "registration": _Template(commitment=True),
    "list": _Template((LIST_SIGNING,)),
}


def create_authority(
    common_name: str,
    *,
    url: str,
    organization: str,
    organization_identifier: str,
    now: int,
    country: str = "NL",
    days: int = 3650,
    policies: Sequence[str] = (),
) -> CertificateAuthority:
    """A root as an authority of mdoc issuers needs it; any other may be one too (ISO/IEC 18013-5 §B.1.2).

    ``url`` with ``.crl`` behind it is where its revocation lists are, with ``.cer`` its certificate; both over http or
    https. What stands there is for whoever runs it to see to. ``policies`` are for the authorities of parties that are
    registered, not for those of mdocs: Annex B has none.
    """
    return CertificateAuthority.create(
        common_name,
        now=now,
        country=country,
        organization=organization,
        organization_identifier=organization_identifier,
        days=days,
        path_length=0,
        contact_uri=url,
        crl_url=f"{url}.crl",
        policies=policies,
    )


def issue_signer(
    kind: SignerKind,
    public_key: PublicKey,
    subject: Subject,
    *,
    authority: CertificateAuthority,
    url: str,
    now: int,
    days: int = 365,
    addresses: Sequence[str] = (),
    dns_names: Sequence[str] = (),
    short_lived: bool = False,
    identifier_twice: bool = False,
    texts: Mapping[str, str] = MappingProxyType({}),
    not_before: int | None = None,
) -> CertificateChain:
    """A certificate of that kind, from an authority whose certificate and lists are at ``url`` (``.cer``, ``.crl``).

    ``addresses`` are the URLs of the signer, and ``dns_names`` the hosts whose every URL is its own. One that is
    ``short_lived`` names no list and is never revoked. As of a reader, ``identifier_twice`` writes the organization
    identifier also where the NL Wallet reads it. ``texts`` are further extensions, by object identifier. It is good
    from ``not_before`` on, or from just before ``now``.
    """
    template = _TEMPLATES[kind]
    return authority.issue(
        public_key,
        subject,
        now=now,
        days=days,
        san_uris=addresses,
        san_dns=dns_names,
        extended_key_usages=template.usages,
        usages_critical=template.usages_critical,
        policies=(NORMALISED_POLICY,),
        content_commitment=template.commitment,
        ca_issuers_url=f"{url}.cer",
        crl_url=f"{url}.crl",
        qc_types=template.qc_types,
        short_lived=short_lived,
        identifier_twice=identifier_twice or template.identifier_twice,
        texts=texts,
        not_before=not_before,
    )
