"""Who an issuer of the command line is: its authorities and its key, of the moment or kept beside its store.

Its certificate is made anew at each start, and names a revocation list that the same server has.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from nlwallet.clock import SystemClock
from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.errors import LocalError, RemoteError
from nlwallet.registrar.issuing import REGISTRAR_IDENTIFIER
from nlwallet.sandbox.authority_files import PATH
from nlwallet.sandbox.loopback import tls_authority
from nlwallet.sandbox.provider_registration import invented_identifier
from nlwallet.small_file import read_small_file
from nlwallet.trust import SignerKind, create_authority, issue_signer

_PARTS: Final = b"-----END OF A PART-----\n"
_WITHOUT_REGISTRAR: Final = 3
"""How many parts a file has from before these issuers were registered."""
_MAX_BYTES: Final = 65_536
TLS_DAYS: Final = 3650

REGISTRAR: Final = "/registrar"
AUTHORITY: Final = "issuer"


@dataclass(frozen=True, slots=True)
class IssuerIdentity:
    """An issuer's authority, that of its TLS certificate, its signing key, and the two authorities of its registrar."""

    authority: CertificateAuthority
    tls: CertificateAuthority
    key: PrivateKey = field(repr=False)
    access: CertificateAuthority
    registration: CertificateAuthority

    @classmethod
    def fresh(cls, organization: str, *, url: str, tls: CertificateAuthority) -> Self:
        """A new one at ``url``, whose TLS certificate is of ``tls``."""
        authority = create_authority(
            f"Test CA {organization}",
            url=authority_url(url),
            organization=organization,
            organization_identifier=invented_identifier(organization),
            now=SystemClock().now(),
        )
        return cls(authority, tls, PrivateKey.generate(), *_offices(url))

    @classmethod
    def kept(cls, path: Path, organization: str, *, url: str) -> Self:
        """That in the file at ``path``, which is made for its owner only if it is not there. Raises LocalError."""
        try:
            if path.exists():
                parts = read_small_file(path, what="the keys of an issuer", most=_MAX_BYTES).split(_PARTS)
                if len(parts) == _WITHOUT_REGISTRAR:
                    parts += [office.pem() for office in _offices(url)]
                    _write_anew(path, parts)
                return cls._read(parts, path)
            made = cls.fresh(organization, url=url, tls=tls_authority(days=TLS_DAYS))
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(_PARTS.join(made._parts()))
        except OSError as error:
            raise LocalError(f"{path}: {os.strerror(error.errno or 0)}", code="file") from None
        return made

    def _parts(self) -> tuple[bytes, ...]:
        offices = self.access.pem(), self.registration.pem()
        return (self.authority.pem(), self.tls.pem(), self.key.pem(), *offices)

    @classmethod
    def _read(cls, parts: Sequence[bytes], path: Path) -> Self:
        try:
            authority, tls, key, access, registration = parts
            return cls(
                CertificateAuthority.from_pem(authority),
                CertificateAuthority.from_pem(tls),
                PrivateKey.from_pem(key),
                CertificateAuthority.from_pem(access),
                CertificateAuthority.from_pem(registration),
            )
        except (ValueError, RemoteError):
            raise LocalError(
                f"{path} does not hold the keys of an issuer",
                code="file",
                hint="it stands beside the file of --store; without both of them, begin with a new store",
            ) from None

    def chain(
        self, kind: SignerKind, url: str, organization: str, *, key: PrivateKey | None = None
    ) -> CertificateChain:
        """A certificate of that kind for the issuer at ``url``, over ``key`` if it is another than its own."""
        subject = Subject(
            organization,
            country="NL",
            organization=organization,
            organization_identifier=invented_identifier(organization),
        )
        return issue_signer(
            kind,
            (key or self.key).public,
            subject,
            authority=self.authority,
            url=authority_url(url),
            now=SystemClock().now(),
            addresses=(url,),
        )


def authority_url(url: str) -> str:
    """Where the certificate (``.cer``) and the revocation list (``.crl``) of the authority of an issuer are."""
    return f"{url}{PATH}/{AUTHORITY}"


def _offices(url: str) -> tuple[CertificateAuthority, CertificateAuthority]:
    """The access authority of the registrar of an issuer, and its provider of registration certificates."""
    access, registration = (
        create_authority(
            name,
            url=f"{url}{REGISTRAR}/{place}",
            organization="Testregister",
            organization_identifier=REGISTRAR_IDENTIFIER,
            now=SystemClock().now(),
        )
        for name, place in (("Test Access CA", "access-ca"), ("Test Registration CA", "registration-ca"))
    )
    return access, registration


def _write_anew(path: Path, parts: Sequence[bytes]) -> None:
    beside = path.with_name(path.name + ".new")
    with open(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(_PARTS.join(parts))
    beside.replace(path)
