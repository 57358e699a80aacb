"""What a front end may choose from: registered uses, the verifier's public key, and types with who may issue them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nlwallet.mdoc import KNOWN_DOCTYPES
from nlwallet.trust import Category
from nlwallet.verifier.role import Verifier

_WITH_NAMES: Final[Mapping[str, Category]] = {
    "pid": Category.PID_PROVIDER,
    "qeaa": Category.QEAA_PROVIDER,
    "pubeaa": Category.PUB_EAA_PROVIDER,
}
_OTHER_ATTESTATIONS: Final = "other-attestations"


def intended_uses(verifier: Verifier) -> dict[str, Any]:
    """``/ui/intended-uses``: those that have a registration certificate."""
    certificates = verifier.certificates
    return {
        "intended_uses": [
            {
                "intended_use_id": use.id,
                "description": use.purpose.en,
                "registration_certificate": certificates.registration_certificates[use.id],
            }
            for use in certificates.record.intended_uses
            if use.id in certificates.registration_certificates
        ]
    }


def public_keys(verifier: Verifier) -> dict[str, Any]:
    """``/wallet/public-keys.json``: the key that signs requests, with its certificates if it has some."""
    signer = verifier.endpoints.asking.signer
    named = {name: signer.header[name] for name in ("kid", "x5c") if name in signer.header}
    return {"keys": [{**signer.key.public.jwk(), "use": "sig", "alg": signer.key.alg, **named}]}


def attestation_classifications(verifier: Verifier) -> dict[str, Any]:
    """``/utilities/attestationClassifications``: the types that are described here, by who may issue them."""
    issuer, types = verifier.endpoints.answering.issuer, verifier.endpoints.answering.types
    found: dict[str, Any] = {}
    for name, category in (*_WITH_NAMES.items(), ("eaa", Category.EAA_PROVIDER)):
        found[name] = {
            "vcts": [one for one in types.types if category in issuer.categories_for(one)],
            "docTypes": [one for one in KNOWN_DOCTYPES if category in issuer.categories_for(one)],
        }
    found["eaa"] = [{"useCase": _OTHER_ATTESTATIONS, **found["eaa"]}]
    return found
