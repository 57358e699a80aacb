"""SD-JWT (RFC 9901) and SD-JWT VC with type metadata: issue, select, bind, verify."""

from nlwallet.sdjwt.digest import HASH_ALGORITHMS, digest
from nlwallet.sdjwt.disclosable import disclosable_paths
from nlwallet.sdjwt.disclosure import Disclosure
from nlwallet.sdjwt.integrity import check_integrity, integrity_of
from nlwallet.sdjwt.issuance import add_signature, issue_sd_jwt
from nlwallet.sdjwt.issuer_key import (
    IssuerKey,
    IssuerKeyResolver,
    JwtVcIssuerMetadata,
    PermittedIssuers,
    X5cIssuer,
    jwt_vc_issuer_url,
)
from nlwallet.sdjwt.key_binding import ExpectedKeyBinding
from nlwallet.sdjwt.sd_jwt import SdJwt
from nlwallet.sdjwt.token import FurtherSignature, UnverifiedSdJwt
from nlwallet.sdjwt.type_metadata import (
    ClaimMetadata,
    Display,
    TypeMetadata,
    TypeMetadataRegistry,
    known_types,
)
from nlwallet.sdjwt.type_metadata_check import check_against_type_metadata
from nlwallet.sdjwt.vc import (
    SdJwtVc,
    SdJwtVcPresentation,
    verify_sd_jwt_vc,
    verify_sd_jwt_vc_presentation,
)
from nlwallet.sdjwt.vc_issuance import issue_sd_jwt_vc, issue_sd_jwt_vc_batch
from nlwallet.sdjwt.verification import unverified_claims, verify_sd_jwt

__all__ = [
    "HASH_ALGORITHMS",
    "ClaimMetadata",
    "Disclosure",
    "Display",
    "ExpectedKeyBinding",
    "FurtherSignature",
    "IssuerKey",
    "IssuerKeyResolver",
    "JwtVcIssuerMetadata",
    "PermittedIssuers",
    "SdJwt",
    "SdJwtVc",
    "SdJwtVcPresentation",
    "TypeMetadata",
    "TypeMetadataRegistry",
    "UnverifiedSdJwt",
    "X5cIssuer",
    "add_signature",
    "check_against_type_metadata",
    "check_integrity",
    "digest",
    "disclosable_paths",
    "integrity_of",
    "issue_sd_jwt",
    "issue_sd_jwt_vc",
    "issue_sd_jwt_vc_batch",
    "jwt_vc_issuer_url",
    "known_types",
    "unverified_claims",
    "verify_sd_jwt",
    "verify_sd_jwt_vc",
    "verify_sd_jwt_vc_presentation",
]
