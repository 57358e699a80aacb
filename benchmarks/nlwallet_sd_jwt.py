"""nlwallet: issue, present with key binding, verify issuer and key binding with every check."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from typing import Any

from benchmarks.measure import Task
from benchmarks.pid import AUDIENCE, CLAIMS, ISSUER, NONCE, SHOWN, VCT
from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import (
    SdJwtVc,
    SdJwtVcPresentation,
    X5cIssuer,
    issue_sd_jwt_vc,
    verify_sd_jwt_vc,
    verify_sd_jwt_vc_presentation,
)

NOW = 1_790_000_000
HOLDERS = 1200
"""More than the library remembers keys of, so that in turn each of them is a new one."""

PATHS = tuple((name,) for name in CLAIMS)


@dataclass(frozen=True)
class Parties:
    """An issuer with a certificate chain, and a verifier that trusts its root."""

    key: PrivateKey
    chain: CertificateChain
    resolver: X5cIssuer

    @classmethod
    def made(cls) -> Parties:
        """With fresh keys."""
        authority = CertificateAuthority.create("PID root", now=NOW)
        key = PrivateKey.generate()
        chain = authority.issue(key.public, Subject("PID issuer"), now=NOW, san_uris=(ISSUER,))
        return cls(key, chain, X5cIssuer((authority.certificate,)))

    def issue(self, holder: PrivateKey) -> str:
        """A PID for that holder."""
        return issue_sd_jwt_vc(
            vct=VCT,
            claims=CLAIMS,
            disclosable=PATHS,
            key=self.key,
            chain=self.chain,
            holder_key=holder.public,
            issued_at=NOW,
            expires_at=NOW + 86_400,
            issuer=ISSUER,
        )

    def card(self, holder: PrivateKey) -> SdJwtVc:
        """A PID as its wallet keeps it."""
        return verify_sd_jwt_vc(self.issue(holder), issuer_key=self.resolver, now=NOW, profile=HAIP_1_0)

    def verify(self, text: str) -> SdJwtVcPresentation:
        """As the verifier does."""
        return verify_sd_jwt_vc_presentation(
            text, issuer_key=self.resolver, now=NOW, profile=HAIP_1_0, audience=AUDIENCE, nonce=NONCE
        )


def shown(card: SdJwtVc, holder: PrivateKey) -> str:
    """Four claims of the card, bound to the verifier's nonce."""
    paths = [(name,) for name in SHOWN]
    return card.present(paths, holder_key=holder, audience=AUDIENCE, nonce=NONCE, now=NOW)


def tasks() -> dict[str, Task]:
    """The raw operations of the same library underneath, and ours.

    ``verify`` gets the presentation of another holder each time, as a verifier does; ``verify again`` the same
    one, whose holder's key was read before.
    """
    parties, holder = Parties.made(), PrivateKey.generate()
    card = parties.card(holder)
    again = shown(card, holder)
    holders = [PrivateKey.generate() for _ in range(HOLDERS)]
    presentations = cycle([shown(parties.card(each), each) for each in holders])

    data = again.split("~")[0].rpartition(".")[0].encode()
    ecdsa, private = raw_parts(parties.key)
    public, signature = private.public_key(), private.sign(data, ecdsa)
    return {
        "raw sign": lambda: private.sign(data, ecdsa),
        "raw verify": lambda: public.verify(signature, data, ecdsa),
        "issue": lambda: parties.issue(holder),
        "present": lambda: shown(card, holder),
        "verify": lambda: parties.verify(next(presentations)),
        "verify again": lambda: parties.verify(again),
    }


def raw_parts(key: PrivateKey) -> tuple[Any, Any]:
    """Pyca's own objects, for the raw measure."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    assert isinstance(key.pyca, ec.EllipticCurvePrivateKey)
    return ec.ECDSA(hashes.SHA256()), key.pyca
