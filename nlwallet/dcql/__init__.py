"""The Digital Credentials Query Language: reading a query, matching it, explaining it, checking its answer.

Pure data in and out (OpenID4VP 1.0 §6, §7 and §8.6): no credential is parsed or verified here.
"""

from nlwallet.dcql.answer import PresentedCredential, check_answer, check_vp_token, surplus
from nlwallet.dcql.criteria import reach_presented
from nlwallet.dcql.explain import Explanation
from nlwallet.dcql.match import CandidateCredential, CredentialMatch, DcqlMatch, match
from nlwallet.dcql.nearest import nearest_credential, nearest_path
from nlwallet.dcql.query import (
    MSO_MDOC,
    SD_JWT_VC,
    ClaimsQuery,
    CredentialQuery,
    CredentialSetQuery,
    DcqlQuery,
)
from nlwallet.dcql.trusted_authority import TrustedAuthority

__all__ = [
    "MSO_MDOC",
    "SD_JWT_VC",
    "CandidateCredential",
    "ClaimsQuery",
    "CredentialMatch",
    "CredentialQuery",
    "CredentialSetQuery",
    "DcqlMatch",
    "DcqlQuery",
    "Explanation",
    "PresentedCredential",
    "TrustedAuthority",
    "check_answer",
    "check_vp_token",
    "match",
    "nearest_credential",
    "nearest_path",
    "reach_presented",
    "surplus",
]
