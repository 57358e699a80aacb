"""The extensions of a certificate as a profile looks at them: what is there, and what is critical (RFC 5280 §4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from nlwallet.crypto.qc_statements import QC_STATEMENTS, read_qc_types
from nlwallet.crypto.x509 import Certificate
from nlwallet.errors import MalformedInput

KEY_USAGE = "2.5.29.15"
BASIC_CONSTRAINTS = "2.5.29.19"
EXTENDED_KEY_USAGE = "2.5.29.37"
NO_REVOCATION_AVAILABLE = "2.5.29.56"
"""``noRevAvail``: no revocation information will ever be there (RFC 9608 §2)."""
VALIDITY_ASSURED = "0.4.0.194121.2.1"
"""``ext-etsi-valassured-ST-certs``: valid for as long as it lives, which is short (ETSI EN 319 412-1 §5.2.2)."""

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)

_UTF8_STRING = 0x0C


@dataclass(frozen=True, slots=True)
class Extensions:
    """What a certificate has. Object identifiers are dotted numbers."""

    present: frozenset[str]
    critical: frozenset[str]
    digital_signature: bool
    """Whether keyUsage is there and has digitalSignature."""
    ca_issuers: tuple[str, ...]
    """Where the certificate of the issuer can be had (authorityInfoAccess)."""
    ocsp: tuple[str, ...]
    crl_urls: tuple[str, ...]
    other_names: frozenset[str]
    """The kinds of ``otherName`` in the subjectAltName."""
    key_usages: frozenset[str]
    """The bits that are set in keyUsage, as ``digital_signature``."""
    issuer_contacts: frozenset[str]
    """The addresses, URI or mail, in the issuerAltName."""
    path_length: int | None
    """How many authorities may stand below this one; ``None`` when nothing is said."""
    qc_types: frozenset[str]
    """What the certificate says it is for in its qcStatements."""


@lru_cache(maxsize=256)
def extensions_of(certificate: Certificate) -> Extensions:
    """The extensions of ``certificate``."""
    present: set[str] = set()
    critical: set[str] = set()
    access: list[tuple[x509.ObjectIdentifier, str]] = []
    crl_urls: list[str] = []
    other_names: set[str] = set()
    contacts: list[str] = []
    usages: frozenset[str] = frozenset()
    qc_types: frozenset[str] = frozenset()
    path_length = None
    for extension in certificate.pyca.extensions:
        present.add(extension.oid.dotted_string)
        if extension.critical:
            critical.add(extension.oid.dotted_string)
        value = extension.value
        if isinstance(value, x509.KeyUsage):
            usages = frozenset(name for name in _USAGES if getattr(value, name))
        elif isinstance(value, x509.BasicConstraints):
            path_length = value.path_length
        elif isinstance(value, x509.IssuerAlternativeName):
            contacts = [
                one.value
                for one in value
                if isinstance(one, x509.UniformResourceIdentifier | x509.RFC822Name)
            ]
        elif isinstance(value, x509.AuthorityInformationAccess):
            access = [(one.access_method, _uri(one.access_location)) for one in value]
        elif isinstance(value, x509.CRLDistributionPoints):
            crl_urls = [_uri(name) for point in value for name in point.full_name or ()]
        elif isinstance(value, x509.SubjectAlternativeName):
            other_names = {one.type_id.dotted_string for one in value if isinstance(one, x509.OtherName)}
        elif isinstance(value, x509.UnrecognizedExtension) and extension.oid.dotted_string == QC_STATEMENTS:
            qc_types = read_qc_types(value.value)
    return Extensions(
        present=frozenset(present),
        critical=frozenset(critical),
        digital_signature="digital_signature" in usages,
        ca_issuers=_of(access, AuthorityInformationAccessOID.CA_ISSUERS),
        ocsp=_of(access, AuthorityInformationAccessOID.OCSP),
        crl_urls=tuple(filter(None, crl_urls)),
        other_names=frozenset(other_names),
        key_usages=usages,
        issuer_contacts=frozenset(contacts),
        path_length=path_length,
        qc_types=qc_types,
    )


def utf8_extension(certificate: Certificate, oid: str) -> str | None:
    """The text of an extension that is one DER UTF8String; ``None`` when the certificate has no such extension.

    Raises :class:`~nlwallet.errors.MalformedInput` for one that holds something else.
    """
    for extension in certificate.pyca.extensions:
        if extension.oid.dotted_string == oid and isinstance(extension.value, x509.UnrecognizedExtension):
            return _utf8(extension.value.value, oid)
    return None


def utf8_string(text: str) -> bytes:
    """A DER UTF8String (X.690 §8.23)."""
    content = text.encode()
    size = len(content)
    octets = b"" if size < 0x80 else size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((_UTF8_STRING, 0x80 | len(octets) if octets else size)) + octets + content


def _utf8(der: bytes, oid: str) -> str:
    """X.690 §8.1.3, in the one shape that DER allows for a length."""
    wrong = MalformedInput(f"the extension {oid} is no UTF8String", spec="X.690 §8.23", pointer="/x5c/0")
    if len(der) < 2 or der[0] != _UTF8_STRING:
        raise wrong
    length, start = der[1], 2
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 4:
            raise wrong
        length, start = int.from_bytes(der[2 : 2 + octets]), 2 + octets
    if len(der) != start + length:
        raise wrong
    try:
        return der[start:].decode("utf-8")
    except UnicodeDecodeError:
        raise wrong from None


def _uri(name: x509.GeneralName) -> str:
    return name.value if isinstance(name, x509.UniformResourceIdentifier) else ""


def _of(access: list[tuple[x509.ObjectIdentifier, str]], method: x509.ObjectIdentifier) -> tuple[str, ...]:
    return tuple(uri for one, uri in access if one == method and uri)
