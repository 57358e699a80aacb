"""What the NL Wallet's servers want of every card: by whom it was issued, and what kind of attestation it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nlwallet.dcql import SD_JWT_VC
from nlwallet.errors import InvalidCredential
from nlwallet.verifier.presentation import VerifiedPresentation

QUALIFICATIONS: Final = ("QEAA", "PuB-EAA", "EAA")

_SPEC: Final = "NL Wallet verification_server"


def check_accountable(presentations: Iterable[VerifiedPresentation]) -> None:
    """Raises :class:`~nlwallet.errors.InvalidCredential` for a card that does not say."""
    for one in presentations:
        member = "iss" if one.format == SD_JWT_VC else "issuerUri"
        if not _names_issuer(one):
            raise InvalidCredential(
                f"there is no {member} in the card that is a name in its issuer's certificate",
                spec=_SPEC,
                hint="https://…, as URI or as DNS name in the subjectAltName",
            )
        if one.provenance.qualification not in QUALIFICATIONS:
            member = "attestation_qualification" if one.format == SD_JWT_VC else "attestationQualification"
            raise InvalidCredential(
                f"the card has no {member}", spec=_SPEC, hint=f"one of {', '.join(QUALIFICATIONS)}"
            )


def _names_issuer(one: VerifiedPresentation) -> bool:
    uri = one.provenance.issuer_uri
    if one.format == SD_JWT_VC and one.issuer != uri:
        return False  # it has no iss: the URI is that of the certificate
    return uri is not None and uri.startswith("https://")
