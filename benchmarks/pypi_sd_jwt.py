"""PyPI sd-jwt 0.10.4, the reference implementation of the draft, on the same claims."""

from __future__ import annotations

import logging

from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from benchmarks.measure import Task
from benchmarks.pid import AUDIENCE, CLAIMS, NONCE, SHOWN

logging.getLogger("sd_jwt").setLevel(logging.ERROR)


def tasks() -> dict[str, Task]:
    """Issue, present, verify."""
    key, holder = (JWK.generate(kty="EC", crv="P-256") for _ in range(2))
    public, holder_public = (JWK.from_json(each.export_public()) for each in (key, holder))
    claims = {SDObj(name): value for name, value in CLAIMS.items()}

    def issue() -> str:
        return SDJWTIssuer(dict(claims), key, holder_public).sd_jwt_issuance

    text = issue()

    def present() -> str:
        wallet = SDJWTHolder(text)
        wallet.create_presentation(dict.fromkeys(SHOWN, True), NONCE, AUDIENCE, holder)
        return wallet.sd_jwt_presentation

    shown = present()
    return {
        "issue": issue,
        "present": present,
        "verify": lambda: SDJWTVerifier(shown, lambda *_: public, AUDIENCE, NONCE).get_verified_payload(),
    }
