"""A small certificate authority for test hierarchies. Its keys live in memory; it is no CA for production."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from nlwallet.crypto.extensions import NO_REVOCATION_AVAILABLE, VALIDITY_ASSURED, utf8_string
from nlwallet.crypto.keys import PrivateKey, PublicKey
from nlwallet.crypto.qc_statements import QC_STATEMENTS, qc_types_extension
from nlwallet.crypto.x509 import ORGANIZATION_IDENTIFIER_OLD, Certificate, CertificateChain, Subject

BACKDATING = 300
"""Seconds by which validity begins before ``now``, for clocks that differ a little."""

DAY = 86_400

_HASHES: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "P-256": hashes.SHA256(),
    "P-384": hashes.SHA384(),
    "P-521": hashes.SHA512(),
}
_NAME_OIDS = {
    "country": NameOID.COUNTRY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizational_unit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "organization_identifier": NameOID.ORGANIZATION_IDENTIFIER,
    "given_name": NameOID.GIVEN_NAME,
    "surname": NameOID.SURNAME,
    "serial_number": NameOID.SERIAL_NUMBER,
    "common_name": NameOID.COMMON_NAME,
}


_NULL = b"\x05\x00"
_KEY_BEGINS = b"-----BEGIN PRIVATE KEY-----"


class CertificateAuthority:
    """An authority: its certificate, its key, and what stands between it and its root."""

    def __init__(
        self, certificate: Certificate, key: PrivateKey, chain_above: tuple[Certificate, ...] = ()
    ) -> None:
        self.certificate = certificate
        self.chain_above = chain_above
        """The certificates of this authority and those above it, without the root; empty for a root."""
        self._key = key

    @classmethod
    def create(
        cls,
        common_name: str,
        *,
        now: int,
        country: str = "NL",
        organization: str = "",
        organization_identifier: str = "",
        days: int = 3650,
        curve: str = "P-256",
        path_length: int = 1,
        contact_uri: str = "",
        crl_url: str = "",
        policies: Sequence[str] = (),
    ) -> CertificateAuthority:
        """A root with a fresh key.

        ``contact_uri`` is where people find it, its issuerAltName; every certificate below it has the same.
        ``policies`` are dotted.
        """
        key = PrivateKey.generate(curve)
        subject = Subject(
            common_name,
            country=country,
            organization=organization,
            organization_identifier=organization_identifier,
        )
        builder = _ca_builder(subject, subject, key.public, now, days, path_length)
        if contact_uri:
            contact = x509.IssuerAlternativeName([x509.UniformResourceIdentifier(contact_uri)])
            builder = builder.add_extension(contact, critical=False)
        builder = _with_policies(builder, policies)
        builder = _with_crl(builder, crl_url)
        return cls(_sign(builder, key, key.public), key)

    def subordinate(
        self, common_name: str, *, now: int, days: int = 1825, path_length: int = 0
    ) -> CertificateAuthority:
        """An authority below this one, with a fresh key on the same curve."""
        key = PrivateKey.generate(self._key.curve)
        mine = self.certificate.subject
        subject = Subject(common_name, country=mine.country, organization=mine.organization)
        builder = _ca_builder(subject, mine, key.public, now, days, path_length)
        certificate = _sign(builder, self._key, self.certificate.public_key)
        return CertificateAuthority(certificate, key, (certificate, *self.chain_above))

    @classmethod
    def from_pem(cls, pem: bytes) -> CertificateAuthority:
        """A root from its certificate and unencrypted key in one PEM text: see :meth:`pem`. Raises MalformedInput."""
        return cls(Certificate.from_pem(pem), PrivateKey.from_pem(pem[pem.find(_KEY_BEGINS) :]))

    def pem(self) -> bytes:
        """The certificate and the key in PEM. A secret: only for an authority that nobody relies on."""
        return self.certificate.pem().encode("ascii") + self._key.pem()

    def private_key_pem(self) -> bytes:
        """Its key alone, in PEM. A secret, as :meth:`pem`."""
        return self._key.pem()

    def issue(
        self,
        public_key: PublicKey,
        subject: Subject,
        *,
        now: int,
        days: int = 365,
        san_dns: Sequence[str] = (),
        san_uris: Sequence[str] = (),
        san_emails: Sequence[str] = (),
        san_ips: Sequence[str] = (),
        extended_key_usages: Sequence[str] = (),
        usages_critical: bool = False,
        policies: Sequence[str] = (),
        policy_uri: str = "",
        content_commitment: bool = False,
        ca_issuers_url: str = "",
        crl_url: str = "",
        qc_types: Sequence[str] = (),
        short_lived: bool = False,
        identifier_twice: bool = False,
        texts: Mapping[str, str] = MappingProxyType({}),
        not_before: int | None = None,
        not_after: int | None = None,
    ) -> CertificateChain:
        """An end-entity certificate for ``public_key``, with the intermediates above it and without the root.

        ``not_before`` and ``not_after`` (seconds) override ``now`` and ``days``. Object identifiers are dotted.
        ``qc_types`` is what it says it is for (ETSI EN 319 412-5). One that is ``short_lived`` says that it is never
        revoked, and lives ``days`` from its very beginning (RFC 9608, ETSI EN 319 412-1 §5.2.2).
        ``identifier_twice``: the organization identifier also stands where the NL Wallet alone reads it. ``texts``
        are further extensions by their object identifiers, each a UTF8String.
        """
        begins = now - BACKDATING if not_before is None else not_before
        lives = days * DAY - (BACKDATING if short_lived else 0)
        ends = now + lives if not_after is None else not_after
        builder = _builder(
            subject, self.certificate.subject, public_key, begins, ends, identifier_twice=identifier_twice
        )
        # No basicConstraints (RFC 5280 §4.2.1.9): strict readers of mdocs know no critical one (ISO 18013-5 Annex B),
        # and wallets after the European reference refuse one that is not critical (ETSI EN 319 412-1).
        builder = builder.add_extension(
            _key_usage(digital_signature=True, commitment=content_commitment), critical=True
        )
        names: list[x509.GeneralName] = [x509.DNSName(name) for name in san_dns]
        names += [x509.UniformResourceIdentifier(uri) for uri in san_uris]
        names += [x509.RFC822Name(mail) for mail in san_emails]
        names += [x509.IPAddress(ip_address(address)) for address in san_ips]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if extended_key_usages:
            usages = [x509.ObjectIdentifier(usage) for usage in extended_key_usages]
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=usages_critical)
        builder = _with_policies(builder, policies, policy_uri)
        if ca_issuers_url:
            access = x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(ca_issuers_url)
            )
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        if qc_types:
            builder = _with_raw(builder, QC_STATEMENTS, qc_types_extension(qc_types))
        for oid, text in texts.items():
            builder = _with_raw(builder, oid, utf8_string(text))
        for name in (NO_REVOCATION_AVAILABLE, VALIDITY_ASSURED) if short_lived else ():
            builder = _with_raw(builder, name, _NULL)
        builder = _with_crl(builder, "" if short_lived else crl_url)
        contact = self.certificate.issuer_alternative_name
        if contact is not None:
            builder = builder.add_extension(contact, critical=False)
        leaf = _sign(builder, self._key, self.certificate.public_key)
        return CertificateChain(leaf, self.chain_above)

    def revocation_list(
        self,
        serials: Iterable[int],
        *,
        now: int,
        days: int = 1,
        since: Mapping[int, int] = MappingProxyType({}),
    ) -> bytes:
        """A CRL in DER that names these serial numbers (RFC 5280 §5), good for ``days``.

        ``since`` is when each was revoked, in seconds; ``now`` for one that it does not have. Java's PKIX validator
        takes no notice of a revocation that is not before the time at which it began to look.
        """
        moment = datetime.fromtimestamp(now, UTC)
        revoked = [
            x509.RevokedCertificateBuilder()
            .serial_number(serial)
            .revocation_date(datetime.fromtimestamp(since.get(serial, now), UTC))
            .build()
            for serial in serials
        ]
        builder = (
            x509.CertificateRevocationListBuilder(revoked_certificates=revoked)
            .issuer_name(self.certificate.pyca.subject)
            .last_update(moment)
            .next_update(datetime.fromtimestamp(now + days * DAY, UTC))
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.certificate.public_key.pyca),
                critical=False,
            )
            .add_extension(x509.CRLNumber(now), critical=False)
        )
        return builder.sign(self._key.pyca, _HASHES.get(self._key.curve)).public_bytes(
            serialization.Encoding.DER
        )


def _ca_builder(
    subject: Subject, issuer: Subject, key: PublicKey, now: int, days: int, path_length: int
) -> x509.CertificateBuilder:
    builder = _builder(subject, issuer, key, now - BACKDATING, now + days * DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    return builder.add_extension(_key_usage(signs_certificates=True), critical=True)


def _with_policies(
    builder: x509.CertificateBuilder, policies: Sequence[str], uri: str = ""
) -> x509.CertificateBuilder:
    if not policies:
        return builder
    qualifiers: list[str | x509.UserNotice] | None = [uri] if uri else None
    information = [x509.PolicyInformation(x509.ObjectIdentifier(policy), qualifiers) for policy in policies]
    return builder.add_extension(x509.CertificatePolicies(information), critical=False)


def _with_crl(builder: x509.CertificateBuilder, url: str) -> x509.CertificateBuilder:
    if not url:
        return builder
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)


def _with_raw(builder: x509.CertificateBuilder, oid: str, der: bytes) -> x509.CertificateBuilder:
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), der)
    return builder.add_extension(extension, critical=False)


def _builder(
    subject: Subject,
    issuer: Subject,
    key: PublicKey,
    begins: int,
    ends: int,
    *,
    identifier_twice: bool = False,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject, identifier_twice=identifier_twice))
        .issuer_name(_name(issuer))
        .public_key(key.pyca)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(begins, UTC))
        .not_valid_after(datetime.fromtimestamp(ends, UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.pyca), critical=False)
    )


def _sign(builder: x509.CertificateBuilder, key: PrivateKey, issuer_key: PublicKey) -> Certificate:
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.pyca), critical=False
    )
    return Certificate(builder.sign(key.pyca, _HASHES.get(key.curve)))


def _name(subject: Subject, *, identifier_twice: bool = False) -> x509.Name:
    attributes = [
        x509.NameAttribute(oid, value)
        for field, oid in _NAME_OIDS.items()
        if (value := getattr(subject, field))
    ]
    if identifier_twice and subject.organization_identifier:
        attributes.append(x509.NameAttribute(ORGANIZATION_IDENTIFIER_OLD, subject.organization_identifier))
    return x509.Name(attributes)


def _key_usage(
    *, digital_signature: bool = False, commitment: bool = False, signs_certificates: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
