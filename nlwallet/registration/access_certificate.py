"""The access certificate of a relying party, WRPAC (ETSI TS 119 411-8, CIR (EU) 2025/848 Annex IV)."""

from __future__ import annotations

from collections.abc import Sequence

from nlwallet.crypto import CertificateAuthority, CertificateChain, PublicKey, Subject
from nlwallet.registration.record import RelyingPartyRecord

POLICY_LEGAL_PERSON = "0.4.0.194118.1.2"
"""NCP-l-eudiwrp: a normalised certificate for a legal person."""


def issue_wrpac(
    record: RelyingPartyRecord,
    public_key: PublicKey,
    *,
    authority: CertificateAuthority,
    now: int,
    dns_names: Sequence[str],
    registrar_url: str,
    days: int = 365,
) -> CertificateChain:
    """An access certificate for ``public_key``, from the same record as the registration certificate.

    ``dns_names`` are the hosts that the party asks from and receives at. The common name is the trade name
    that the wallet shows (RPA_06); both signature bits are set in the key usage.
    """
    subject = Subject(
        common_name=record.trade_name,
        country=record.country,
        organization=record.legal_name,
        organization_identifier=record.identifier,
    )
    return authority.issue(
        public_key,
        subject,
        now=now,
        days=days,
        san_dns=dns_names,
        san_uris=(record.support_uri,),
        policies=(POLICY_LEGAL_PERSON,),
        policy_uri=f"{registrar_url}/policy/wrpac",
        content_commitment=True,
        ca_issuers_url=f"{registrar_url}/access-ca.cer",
        crl_url=f"{registrar_url}/access-ca.crl",
    )
