"""What one stored card costs, kept parsed as a wallet keeps it."""

from __future__ import annotations

import tracemalloc

from benchmarks.nlwallet_sd_jwt import NOW
from benchmarks.pid import CLAIMS, ISSUER, VCT
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import SdJwtVc, X5cIssuer, issue_sd_jwt_vc, verify_sd_jwt_vc

CARDS = 200


def bytes_per_card() -> float:
    """Bytes, as tracemalloc counts them; the text of the card is part of it."""
    authority = CertificateAuthority.create("PID root", now=NOW)
    key, holder = PrivateKey.generate(), PrivateKey.generate()
    chain = authority.issue(key.public, Subject("PID issuer"), now=NOW, san_uris=(ISSUER,))
    resolver, paths = X5cIssuer((authority.certificate,)), [(name,) for name in CLAIMS]

    def card() -> SdJwtVc:
        text = issue_sd_jwt_vc(
            vct=VCT, claims=CLAIMS, disclosable=paths, key=key, chain=chain, holder_key=holder.public,
            issued_at=NOW, expires_at=NOW + 86_400, issuer=ISSUER,
        )  # fmt: skip
        return verify_sd_jwt_vc(text, issuer_key=resolver, now=NOW, profile=HAIP_1_0)

    card()
    tracemalloc.start()
    cards = [card() for _ in range(CARDS)]
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / len(cards)
