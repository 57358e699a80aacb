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
from nlwallet.sandbox.loopback import tls_authority
from nlwallet.sandbox.provider_registration import invented_identifier
from nlwallet.trust import SignerKind, issue_signer

_PARTS: Final = b"-----END OF A PART-----\n"
_WITHOUT_REGISTRAR: Final = 3
"""How many parts a file has from before these issuers were registered."""
_MAX_BYTES: Final = 65_536
_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class IssuerIdentity:
    """An issuer's authority, that of its TLS certificate, its signing key, and the two authorities of its registrar."""

    authority: CertificateAuthority
    tls: CertificateAuthority
    key: PrivateKey = field(repr=False)
    access: CertificateAuthority
    registration: CertificateAuthority

    @classmethod
    def fresh(cls, organization: str) -> Self:
        """A new one."""
        authority = CertificateAuthority.create(
            f"Test CA {organization}", organization=organization, now=SystemClock().now()
        )
        return cls(authority, tls_authority(days=_DAYS), PrivateKey.generate(), *_offices())

    @classmethod
    def kept(cls, path: Path, organization: str) -> Self:
        """That in the file at ``path``, which is made for its owner only if it is not there. Raises LocalError."""
        try:
            if path.exists():
                with path.open("rb") as file:
                    parts = file.read(_MAX_BYTES).split(_PARTS)
                if len(parts) == _WITHOUT_REGISTRAR:
                    parts += [office.pem() for office in _offices()]
                    _write_anew(path, parts)
                return cls._read(parts, path)
            made = cls.fresh(organization)
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
        self, kind: SignerKind, url: str, organization: str, *, lists_at: str, key: PrivateKey | None = None
    ) -> CertificateChain:
        """A certificate of that kind for the issuer at ``url``, over ``key`` if it is another than its own.

        ``lists_at`` with ``.crl`` behind it is where the revocation list is.
        """
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
            url=lists_at,
            now=SystemClock().now(),
            addresses=(url,),
        )


def _offices() -> tuple[CertificateAuthority, CertificateAuthority]:
    """The access authority of a registrar, and its provider of registration certificates."""
    access, registration = (
        CertificateAuthority.create(
            name,
            organization="Testregister",
            organization_identifier=REGISTRAR_IDENTIFIER,
            now=SystemClock().now(),
        )
        for name in ("Test Access CA", "Test Registration CA")
    )
    return access, registration


def _write_anew(path: Path, parts: Sequence[bytes]) -> None:
    beside = path.with_name(path.name + ".new")
    with open(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(_PARTS.join(parts))
    beside.replace(path)
