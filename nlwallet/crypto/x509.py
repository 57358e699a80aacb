"""X.509 certificates as the specifications here use them: read once, kept, compared by their bytes."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Self, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from nlwallet.crypto.keys import PublicKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import AlgorithmNotAllowed, LimitExceeded, MalformedInput

MAX_CHAIN_LENGTH = 6
MAX_CERTIFICATE_BYTES = 16_384

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)

ORGANIZATION_IDENTIFIER_OLD = x509.ObjectIdentifier("1.3.6.1.1.15")
"""Where the NL Wallet's certificates put the organization identifier; the standard's place is 2.5.4.97."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A distinguished name: of a legal person (organization…) or a natural one (given_name, surname…).

    ``organization_identifier`` and ``serial_number`` follow ETSI EN 319 412-1: ``NTRNL-12345678``.
    """

    common_name: str
    country: str = ""
    organization: str = ""
    organization_identifier: str = ""
    given_name: str = ""
    surname: str = ""
    serial_number: str = ""
    organizational_unit: str = ""

    @property
    def identifier(self) -> str:
        """The identifier of the legal or natural person; empty when there is none."""
        return self.organization_identifier or self.serial_number


class Certificate:
    """A certificate, read. Times are seconds since the epoch. Equal when the DER bytes are."""

    def __init__(self, pyca: x509.Certificate) -> None:
        self.pyca = pyca
        """The certificate as pyca/cryptography has it; only the crypto room touches it."""

    @classmethod
    def from_der(cls, der: bytes, *, pointer: str = "") -> Self:
        """Read DER. Raises MalformedInput, LimitExceeded, or AlgorithmNotAllowed for an unaccepted key."""
        if len(der) > MAX_CERTIFICATE_BYTES:
            raise LimitExceeded(f"a certificate has more than {MAX_CERTIFICATE_BYTES} bytes", pointer=pointer)
        try:
            certificate = cls._checked(x509.load_der_x509_certificate(der), pointer)
        except (ValueError, x509.InvalidVersion):
            raise MalformedInput(
                "not an X.509 certificate in DER", spec="RFC 5280 §4.1", pointer=pointer
            ) from None
        if certificate.der != der:
            raise _not_canonical(pointer)
        return certificate

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read the first certificate of a PEM text. Raises as :meth:`from_der` does."""
        try:
            return cls._checked(x509.load_pem_x509_certificate(pem), "")
        except (ValueError, x509.InvalidVersion):
            raise MalformedInput("not an X.509 certificate in PEM", spec="RFC 7468 §5") from None

    @classmethod
    def _checked(cls, pyca: x509.Certificate, pointer: str) -> Self:
        certificate = cls(pyca)
        try:
            # pyca reads these lazily: what is damaged has to show itself here, not in the middle of a check.
            _ = (certificate.public_key, certificate.subject, certificate.issuer_name, pyca.extensions)
            _ = (certificate.not_before, certificate.not_after)
        except UnsupportedAlgorithm:
            raise AlgorithmNotAllowed(
                "the key of a certificate is of no known type", pointer=pointer, hint="use P-256"
            ) from None
        except (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            raise MalformedInput("a certificate is damaged", spec="RFC 5280 §4.1", pointer=pointer) from None
        if pyca.serial_number <= 0:
            raise MalformedInput(
                "the serial number is not positive", spec="RFC 5280 §4.1.2.2", pointer=pointer
            )
        # The signature is the last thing in a certificate, and nothing signs the octet before it: with another
        # number of unused bits the same certificate would verify, and have another hash.
        if certificate.der[-len(pyca.signature) - 1] != 0:
            raise _not_canonical(pointer)
        return certificate

    @cached_property
    def der(self) -> bytes:
        """The certificate in DER."""
        return self.pyca.public_bytes(serialization.Encoding.DER)

    def pem(self) -> str:
        """The certificate in PEM."""
        return self.pyca.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @cached_property
    def public_key(self) -> PublicKey:
        """The subject's key."""
        key = self.pyca.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
            raise AlgorithmNotAllowed(
                "the key of the certificate is neither EC nor Ed25519", hint="use P-256"
            )
        return PublicKey(key)

    @cached_property
    def subject(self) -> Subject:
        """The subject; of a member that is repeated the first counts."""
        return _named(self.pyca.subject)

    @cached_property
    def issuer(self) -> Subject:
        """Who issued the certificate, as the certificate says it."""
        return _named(self.pyca.issuer)

    @cached_property
    def subject_name(self) -> str:
        """The subject's distinguished name as RFC 4514 writes it."""
        return self.pyca.subject.rfc4514_string()

    @cached_property
    def issuer_name(self) -> str:
        """The issuer's distinguished name as RFC 4514 writes it."""
        return self.pyca.issuer.rfc4514_string()

    @property
    def version(self) -> int:
        """1 or 3; only a certificate of version 3 can have extensions."""
        return 3 if self.pyca.version is x509.Version.v3 else 1

    @property
    def serial(self) -> int:
        """The serial number."""
        return self.pyca.serial_number

    @cached_property
    def not_before(self) -> int:
        """First second of validity."""
        return int(self.pyca.not_valid_before_utc.timestamp())

    @cached_property
    def not_after(self) -> int:
        """Last second of validity."""
        return int(self.pyca.not_valid_after_utc.timestamp())

    @cached_property
    def _sha256(self) -> bytes:
        return hashlib.sha256(self.der).digest()

    def sha256(self) -> bytes:
        """SHA-256 of the DER bytes, 32 bytes."""
        return self._sha256

    def x509_hash(self) -> str:
        """The value behind the client identifier prefix ``x509_hash:`` (OpenID4VP 1.0 §5.9.3), base64url."""
        return b64url_encode(self._sha256)

    def _extension(self, kind: type[_Extension]) -> _Extension | None:
        try:
            return self.pyca.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None

    @cached_property
    def _names(self) -> x509.SubjectAlternativeName | None:
        return self._extension(x509.SubjectAlternativeName)

    @property
    def san_dns(self) -> tuple[str, ...]:
        """The dNSNames of the subjectAltName."""
        return tuple(self._names.get_values_for_type(x509.DNSName)) if self._names else ()

    @property
    def san_uris(self) -> tuple[str, ...]:
        """The URIs of the subjectAltName."""
        return tuple(self._names.get_values_for_type(x509.UniformResourceIdentifier)) if self._names else ()

    @property
    def san_emails(self) -> tuple[str, ...]:
        """The mail addresses of the subjectAltName."""
        return tuple(self._names.get_values_for_type(x509.RFC822Name)) if self._names else ()

    @cached_property
    def authority_key_id(self) -> bytes | None:
        """The raw KeyIdentifier of the authority key identifier extension."""
        extension = self._extension(x509.AuthorityKeyIdentifier)
        return extension.key_identifier if extension else None

    @cached_property
    def subject_key_id(self) -> bytes | None:
        """The raw subject key identifier."""
        extension = self._extension(x509.SubjectKeyIdentifier)
        return extension.digest if extension else None

    @cached_property
    def is_ca(self) -> bool:
        """Whether basicConstraints says CA."""
        constraints = self._extension(x509.BasicConstraints)
        return constraints is not None and constraints.ca

    @cached_property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same name."""
        return self.pyca.subject == self.pyca.issuer

    @cached_property
    def is_self_signed(self) -> bool:
        """Whether its own key verifies its signature."""
        if not self.is_self_issued:
            return False
        try:
            self.pyca.verify_directly_issued_by(self.pyca)
        except Exception:  # noqa: BLE001 - pyca raises four kinds here, and all of them mean "no"
            return False
        return True

    def issued(self, other: Certificate) -> bool:
        """Whether this is the certificate above ``other``: its name, and its key's signature."""
        if self.pyca.subject != other.pyca.issuer:
            return False
        try:
            other.pyca.verify_directly_issued_by(self.pyca)
        except Exception:  # noqa: BLE001 - pyca raises four kinds here, and all of them mean "no"
            return False
        return True

    @cached_property
    def may_sign(self) -> bool:
        """Whether keyUsage, where present, has digitalSignature or contentCommitment."""
        usage = self._extension(x509.KeyUsage)
        return usage is None or usage.digital_signature or usage.content_commitment

    @cached_property
    def may_sign_revocations(self) -> bool:
        """Whether keyUsage, where present, has cRLSign (RFC 5280 §4.2.1.3)."""
        usage = self._extension(x509.KeyUsage)
        return usage is None or usage.crl_sign

    @cached_property
    def crl_uris(self) -> tuple[str, ...]:
        """Where the lists of revoked certificates are (CRL distribution points)."""
        names = self.crl_names
        return tuple(name.value for name in names if isinstance(name, x509.UniformResourceIdentifier))

    @cached_property
    def crl_names(self) -> tuple[x509.GeneralName, ...]:
        """All names of its distribution points, as pyca/cryptography has them; only the crypto room touches them."""
        points = self._extension(x509.CRLDistributionPoints) or ()
        return tuple(name for point in points for name in point.full_name or ())

    @cached_property
    def issuer_alternative_name(self) -> x509.IssuerAlternativeName | None:
        """Where its issuer can be found, as pyca/cryptography has it; only the crypto room touches it."""
        return self._extension(x509.IssuerAlternativeName)

    @cached_property
    def extended_key_usages(self) -> tuple[str, ...]:
        """The extended key usages, as dotted object identifiers."""
        extension = self._extension(x509.ExtendedKeyUsage)
        return tuple(usage.dotted_string for usage in extension) if extension else ()

    @cached_property
    def policies(self) -> tuple[str, ...]:
        """The certificate policies, as dotted object identifiers."""
        extension = self._extension(x509.CertificatePolicies)
        return tuple(policy.policy_identifier.dotted_string for policy in extension) if extension else ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self._sha256 == other._sha256

    def __hash__(self) -> int:
        return hash(self._sha256)

    def __repr__(self) -> str:
        return f"<Certificate {self.subject.common_name!r}>"


def _named(name: x509.Name) -> Subject:
    def first(oid: x509.ObjectIdentifier) -> str:
        values = name.get_attributes_for_oid(oid)
        return str(values[0].value) if values else ""

    return Subject(
        common_name=first(NameOID.COMMON_NAME),
        country=first(NameOID.COUNTRY_NAME),
        organization=first(NameOID.ORGANIZATION_NAME),
        organization_identifier=first(NameOID.ORGANIZATION_IDENTIFIER) or first(ORGANIZATION_IDENTIFIER_OLD),
        given_name=first(NameOID.GIVEN_NAME),
        surname=first(NameOID.SURNAME),
        serial_number=first(NameOID.SERIAL_NUMBER),
        organizational_unit=first(NameOID.ORGANIZATIONAL_UNIT_NAME),
    )


def _not_canonical(pointer: str) -> MalformedInput:
    return MalformedInput(
        "a certificate is not in DER as it was signed",
        spec="RFC 5280 §4.1",
        pointer=pointer,
        hint="send the octets that the CA issued",
    )


@dataclass(frozen=True)
class CertificateChain:
    """A leaf and the intermediates that lead towards an anchor, in the order of ``x5c``."""

    leaf: Certificate
    intermediates: tuple[Certificate, ...] = ()

    @classmethod
    def from_x5c(cls, values: Any, *, pointer: str = "") -> CertificateChain:
        """Read an ``x5c`` member (RFC 7515 §4.1.6): standard base64 of DER, leaf first.

        Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`.
        """
        if not isinstance(values, list | tuple) or not values or not all(isinstance(v, str) for v in values):
            raise MalformedInput(
                "x5c is a non-empty array of strings", spec="RFC 7515 §4.1.6", pointer=pointer
            )
        if len(values) > MAX_CHAIN_LENGTH:
            raise LimitExceeded(f"x5c has more than {MAX_CHAIN_LENGTH} certificates", pointer=pointer)
        if sum(map(len, values)) > MAX_CHAIN_LENGTH * MAX_CERTIFICATE_BYTES:
            raise LimitExceeded("x5c is too long", pointer=pointer)
        return _chain(tuple(values), pointer)

    def x5c(self) -> list[str]:
        """The chain as an ``x5c`` member."""
        return [base64.b64encode(certificate.der).decode("ascii") for certificate in self]

    @cached_property
    def authority_key_ids(self) -> frozenset[bytes]:
        """The authority key identifiers in the chain (OpenID4VP 1.0 §6.1.1.1)."""
        return frozenset(c.authority_key_id for c in self if c.authority_key_id is not None)

    def __iter__(self) -> Any:
        yield self.leaf
        yield from self.intermediates


@lru_cache(maxsize=256)
def _chain(values: tuple[str, ...], pointer: str) -> CertificateChain:
    certificates = []
    for index, value in enumerate(values):
        where = f"{pointer}/{index}"
        try:
            der = binascii.a2b_base64(value, strict_mode=True)
        except ValueError:
            raise MalformedInput(
                "not standard base64",
                spec="RFC 7515 §4.1.6",
                pointer=where,
                hint="x5c is base64, not base64url",
            ) from None
        certificates.append(Certificate.from_der(der, pointer=where))
    return CertificateChain(certificates[0], tuple(certificates[1:]))
