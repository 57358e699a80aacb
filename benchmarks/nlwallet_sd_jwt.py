"""nlwallet: issue, present with key binding, verify issuer and key binding with every check."""

from __future__ import annotations

from benchmarks.measure import Task
from benchmarks.pid import AUDIENCE, CLAIMS, ISSUER, NONCE, SHOWN, VCT
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import X5cIssuer, issue_sd_jwt_vc, verify_sd_jwt_vc, verify_sd_jwt_vc_presentation

NOW = 1_790_000_000


def tasks() -> dict[str, Task]:
    """The raw operations of the same library underneath, and ours."""
    authority = CertificateAuthority.create("PID root", now=NOW)
    key, holder = PrivateKey.generate(), PrivateKey.generate()
    chain = authority.issue(key.public, Subject("PID issuer"), now=NOW, san_uris=(ISSUER,))
    resolver = X5cIssuer((authority.certificate,))
    paths = [(name,) for name in CLAIMS]
    shown = [(name,) for name in SHOWN]

    def issue() -> str:
        return issue_sd_jwt_vc(
            vct=VCT, claims=CLAIMS, disclosable=paths, key=key, chain=chain, holder_key=holder.public,
            issued_at=NOW, expires_at=NOW + 86_400, issuer=ISSUER,
        )  # fmt: skip

    card = verify_sd_jwt_vc(issue(), issuer_key=resolver, now=NOW, profile=HAIP_1_0)

    def present() -> str:
        return card.present(shown, holder_key=holder, audience=AUDIENCE, nonce=NONCE, now=NOW)

    text = present()

    def verify() -> object:
        return verify_sd_jwt_vc_presentation(
            text, issuer_key=resolver, now=NOW, profile=HAIP_1_0, audience=AUDIENCE, nonce=NONCE
        )

    data = text.split("~")[0].rpartition(".")[0].encode()
    ecdsa, private = raw_parts(key)
    public, signature = private.public_key(), private.sign(data, ecdsa)
    return {
        "raw sign": lambda: private.sign(data, ecdsa),
        "raw verify": lambda: public.verify(signature, data, ecdsa),
        "issue": issue,
        "present": present,
        "verify": verify,
    }


def raw_parts(key: PrivateKey):
    """Pyca's own objects, for the raw measure."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    assert isinstance(key.pyca, ec.EllipticCurvePrivateKey)
    return ec.ECDSA(hashes.SHA256()), key.pyca
