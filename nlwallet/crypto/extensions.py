"""The extensions of a certificate as a profile looks at them: what is there, and what is critical (RFC 5280 §4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from nlwallet.crypto.x509 import Certificate
from nlwallet.errors import MalformedInput

KEY_USAGE = "2.5.29.15"
BASIC_CONSTRAINTS = "2.5.29.19"
NO_REVOCATION_AVAILABLE = "2.5.29.56"

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


@lru_cache(maxsize=256)
def extensions_of(certificate: Certificate) -> Extensions:
    """The extensions of ``certificate``."""
    present: set[str] = set()
    critical: set[str] = set()
    access: list[tuple[x509.ObjectIdentifier, str]] = []
    crl_urls: list[str] = []
    other_names: set[str] = set()
    signs = False
    for extension in certificate.pyca.extensions:
        present.add(extension.oid.dotted_string)
        if extension.critical:
            critical.add(extension.oid.dotted_string)
        value = extension.value
        if isinstance(value, x509.KeyUsage):
            signs = value.digital_signature
        elif isinstance(value, x509.AuthorityInformationAccess):
            access = [(one.access_method, _uri(one.access_location)) for one in value]
        elif isinstance(value, x509.CRLDistributionPoints):
            crl_urls = [_uri(name) for point in value for name in point.full_name or ()]
        elif isinstance(value, x509.SubjectAlternativeName):
            other_names = {one.type_id.dotted_string for one in value if isinstance(one, x509.OtherName)}
    return Extensions(
        present=frozenset(present),
        critical=frozenset(critical),
        digital_signature=signs,
        ca_issuers=_of(access, AuthorityInformationAccessOID.CA_ISSUERS),
        ocsp=_of(access, AuthorityInformationAccessOID.OCSP),
        crl_urls=tuple(filter(None, crl_urls)),
        other_names=frozenset(other_names),
    )


def utf8_extension(certificate: Certificate, oid: str) -> str | None:
    """The text of an extension that is one DER UTF8String; ``None`` when the certificate has no such extension.

    Raises :class:`~nlwallet.errors.MalformedInput` for one that holds something else.
    """
    for extension in certificate.pyca.extensions:
        if extension.oid.dotted_string == oid and isinstance(extension.value, x509.UnrecognizedExtension):
            return _utf8(extension.value.value, oid)
    return None


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
