"""Who may sign a status list: an ecosystem says so, the specification does not (Token Status List §11.3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from nlwallet.crypto import Certificate, CertificateChain, PublicKey, verify_chain
from nlwallet.errors import InvalidStatus, UntrustedCertificate


@dataclass(frozen=True, slots=True)
class StatusSigner:
    """The trusted signers of the status list of one credential.

    The certificate in the token leads to one of ``anchors`` (HAIP 1.0 §6.1). It may further have to carry
    ``extended_key_usage`` (dotted), and to have the very subject of the certificate ``of_issuer``, as the NL
    Wallet wants it: without that, any issuer below the same anchors could speak for another one's credentials
    if it got hold of the address. ``key`` is for a token without a certificate, which only an ecosystem without
    HAIP has; the token's certificate is then not looked at.
    """

    anchors: Sequence[Certificate] = ()
    algorithms: Collection[str] = ("ES256",)
    """As JOSE names them, also for a CWT."""
    anchor_in_x5c: Literal["refused", "accepted"] = "refused"
    extended_key_usage: str | None = None
    of_issuer: Certificate | None = None
    key: PublicKey | None = None

    def __post_init__(self) -> None:
        # What one signer signed is kept under its name, so it has to have a hash.
        object.__setattr__(self, "anchors", tuple(self.anchors))
        object.__setattr__(self, "algorithms", frozenset(self.algorithms))

    def key_of(self, chain: CertificateChain | None, *, now: int, pointer: str) -> PublicKey:
        """The key that the token has to be signed with. Raises a :class:`~nlwallet.errors.RemoteError`."""
        if self.key is not None:
            return self.key
        if chain is None:
            raise InvalidStatus(
                "the status list token has no certificate", spec="HAIP 1.0 §6.1", pointer=pointer
            )
        verify_chain(
            chain,
            self.anchors,
            now=now,
            what="the status list signer",
            anchor_in_x5c=self.anchor_in_x5c,
            extended_key_usage=self.extended_key_usage,
        )
        if self.of_issuer is not None and chain.leaf.subject != self.of_issuer.subject:
            raise UntrustedCertificate(
                "the status list signer is not the issuer of the credential",
                spec="TSL §11.3",
                pointer=pointer,
            )
        return chain.leaf.public_key
