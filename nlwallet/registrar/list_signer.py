"""Who signs the lists of trusted entities: the scheme operator's key, and the certificate that readers pin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from nlwallet.crypto import Certificate, CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.trust import EU, LIST_SIGNING

OPERATOR: Final = "Test scheme operator"
_DAYS: Final = 3650
_KEY_BEGINS: Final = b"-----BEGIN PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class ListSigner:
    """A key, and its certificate."""

    key: PrivateKey
    chain: CertificateChain

    @classmethod
    def create(cls, *, now: int) -> Self:
        """A new one. It lasts as long as the authorities of a registrar: another would be unknown to who pinned it."""
        authority = CertificateAuthority.create(
            "Test Scheme Operator CA", organization=OPERATOR, country=EU, now=now
        )
        key = PrivateKey.generate()
        subject = Subject("Test list signer", country=EU, organization=OPERATOR)
        chain = authority.issue(key.public, subject, now=now, days=_DAYS, extended_key_usages=(LIST_SIGNING,))
        return cls(key, chain)

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """From what :meth:`pem` wrote. Raises MalformedInput."""
        chain = CertificateChain(Certificate.from_pem(pem))
        return cls(PrivateKey.from_pem(pem[pem.find(_KEY_BEGINS) :]), chain)

    def pem(self) -> bytes:
        """The certificate and the key in PEM. A secret: only for a signer that nobody relies on."""
        return self.chain.leaf.pem().encode("ascii") + self.key.pem()
