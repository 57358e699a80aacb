"""SD-JWT (RFC 9901) and SD-JWT VC with type metadata: issue, select, bind, verify."""

from nlwallet.sdjwt.digest import HASH_ALGORITHMS, digest
from nlwallet.sdjwt.disclosure import Disclosure
from nlwallet.sdjwt.issuance import issue_sd_jwt
from nlwallet.sdjwt.issuer_key import (
    IssuerKey,
    IssuerKeyResolver,
    JwtVcIssuerMetadata,
    X5cIssuer,
    jwt_vc_issuer_url,
)
from nlwallet.sdjwt.key_binding import ExpectedKeyBinding
from nlwallet.sdjwt.token import UnverifiedSdJwt
from nlwallet.sdjwt.type_metadata import (
    ClaimMetadata,
    Display,
    TypeMetadata,
    TypeMetadataRegistry,
    check_against_type_metadata,
    check_integrity,
    known_types,
)
from nlwallet.sdjwt.vc import (
    SdJwtVc,
    SdJwtVcPresentation,
    issue_sd_jwt_vc,
    verify_sd_jwt_vc,
    verify_sd_jwt_vc_presentation,
)
from nlwallet.sdjwt.verification import SdJwt, verify_sd_jwt

__all__ = [
    "HASH_ALGORITHMS",
    "ClaimMetadata",
    "Disclosure",
    "Display",
    "ExpectedKeyBinding",
    "IssuerKey",
    "IssuerKeyResolver",
    "JwtVcIssuerMetadata",
    "SdJwt",
    "SdJwtVc",
    "SdJwtVcPresentation",
    "TypeMetadata",
    "TypeMetadataRegistry",
    "UnverifiedSdJwt",
    "X5cIssuer",
    "check_against_type_metadata",
    "check_integrity",
    "digest",
    "issue_sd_jwt",
    "issue_sd_jwt_vc",
    "jwt_vc_issuer_url",
    "known_types",
    "verify_sd_jwt",
    "verify_sd_jwt_vc",
    "verify_sd_jwt_vc_presentation",
]
