"""Where a verified credential comes from, of either format, as the relying party may account for it."""

from __future__ import annotations

from nlwallet.crypto import Certificate, CertificateChain
from nlwallet.mdoc import MdocPresentation
from nlwallet.sdjwt import SdJwtVcPresentation
from nlwallet.status import StatusOutcome
from nlwallet.verifier.presentation import Provenance


def provenance_of_sd_jwt_vc(verified: SdJwtVcPresentation, status: StatusOutcome | None) -> Provenance:
    """Of an SD-JWT VC."""
    chain, qualification = verified.chain, verified.claims.get("attestation_qualification")
    uris = [uri for uri in chain.leaf.san_uris if uri.startswith("https://")] if chain else []
    return Provenance(
        issuer_uri=verified.issuer or next(iter(uris), None),
        ca=chain.leaf.issuer.common_name if chain else "",
        authority_key_ids=_key_ids(chain) if chain else (),
        qualification=qualification if isinstance(qualification, str) else None,
        issued_at=verified.issued_at,
        valid_from=verified.valid_from,
        valid_until=verified.expires_at,
        status=status,
    )


def issuer_of_sd_jwt_vc(verified: SdJwtVcPresentation) -> str:
    """``iss``, or else the name in the issuer's certificate."""
    if verified.issuer:
        return verified.issuer
    return verified.chain.leaf.subject.common_name if verified.chain else ""


def provenance_of_mdoc(verified: MdocPresentation, status: StatusOutcome | None) -> Provenance:
    """Of an mdoc; ``issuerUri`` and ``attestationQualification`` are members that the NL Wallet adds to the MSO.

    An ``issuerUri`` that is no name in the issuer's certificate is nobody's word, and left out.
    """
    further = verified.mso.further
    uri, qualification = further.get("issuerUri"), further.get("attestationQualification")
    names = _names(verified.chain.leaf)
    return Provenance(
        issuer_uri=uri if isinstance(uri, str) and uri.removesuffix("/") in names else None,
        ca=verified.chain.leaf.issuer.common_name,
        authority_key_ids=_key_ids(verified.chain),
        qualification=qualification if isinstance(qualification, str) else None,
        issued_at=verified.issued_at,
        valid_from=verified.mso.valid_from,
        valid_until=verified.expires_at,
        status=status,
    )


def _names(leaf: Certificate) -> set[str]:
    """Who may call themselves the issuer with this certificate."""
    return {f"https://{name}" for name in leaf.san_dns} | {uri.removesuffix("/") for uri in leaf.san_uris}


def _key_ids(chain: CertificateChain) -> tuple[bytes, ...]:
    return tuple(one.authority_key_id for one in chain if one.authority_key_id)
