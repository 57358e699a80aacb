"""Who an issuer of the command line is: its authorities and its key, of the moment or kept beside its store."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from nlwallet.clock import SystemClock
from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.errors import LocalError, RemoteError
from nlwallet.mdoc import DOCUMENT_SIGNER
from nlwallet.sandbox.loopback import tls_authority

_PARTS: Final = b"-----END OF A PART-----\n"
_MAX_BYTES: Final = 65_536
_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class IssuerIdentity:
    """An issuer's authority, that of its TLS certificate, and its signing key."""

    authority: CertificateAuthority
    tls: CertificateAuthority
    key: PrivateKey = field(repr=False)

    @classmethod
    def fresh(cls, organization: str) -> Self:
        """A new one."""
        authority = CertificateAuthority.create(
            f"Test CA {organization}", organization=organization, now=SystemClock().now()
        )
        return cls(authority, tls_authority(days=_DAYS), PrivateKey.generate())

    @classmethod
    def kept(cls, path: Path, organization: str) -> Self:
        """That in the file at ``path``, which is made for its owner only if it is not there. Raises LocalError."""
        try:
            if path.exists():
                with path.open("rb") as file:
                    return cls._read(file.read(_MAX_BYTES), path)
            made = cls.fresh(organization)
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(_PARTS.join((made.authority.pem(), made.tls.pem(), made.key.pem())))
        except OSError as error:
            raise LocalError(f"{path}: {os.strerror(error.errno or 0)}", code="file") from None
        return made

    @classmethod
    def _read(cls, text: bytes, path: Path) -> Self:
        try:
            authority, tls, key = text.split(_PARTS)
            return cls(
                CertificateAuthority.from_pem(authority),
                CertificateAuthority.from_pem(tls),
                PrivateKey.from_pem(key),
            )
        except (ValueError, RemoteError):
            raise LocalError(
                f"{path} does not hold the keys of an issuer",
                code="file",
                hint="it stands beside the file of --store; without both of them, begin with a new store",
            ) from None

    def chain(self, url: str, organization: str) -> CertificateChain:
        """The certificate of the issuer at ``url``; it may sign documents of ISO/IEC 18013-5 too."""
        subject = Subject(organization, country="NL", organization=organization)
        return self.authority.issue(
            self.key.public,
            subject,
            now=SystemClock().now(),
            san_uris=(url,),
            extended_key_usages=(DOCUMENT_SIGNER,),
        )
