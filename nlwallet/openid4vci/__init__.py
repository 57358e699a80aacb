"""Issuance messages and rules: offers with a pre-authorized code, metadata, key proofs (OpenID4VCI 1.0).

Not here yet: the authorization code grant, offers by reference, DPoP, wallet and key attestations, deferred
issuance, notifications and encryption. They are refused with an error that says so, and never advertised.
"""

from nlwallet.openid4vci.metadata import (
    CredentialIssuerMetadata,
    OfferedConfiguration,
    authorization_server_metadata_url,
    endpoint,
    issuer_metadata_url,
)
from nlwallet.openid4vci.offer import OFFER_SCHEMES, PRE_AUTHORIZED_CODE, CredentialOffer, TxCode
from nlwallet.openid4vci.proof import sign_proof, verify_proof

__all__ = [
    "OFFER_SCHEMES",
    "PRE_AUTHORIZED_CODE",
    "CredentialIssuerMetadata",
    "CredentialOffer",
    "OfferedConfiguration",
    "TxCode",
    "authorization_server_metadata_url",
    "endpoint",
    "issuer_metadata_url",
    "sign_proof",
    "verify_proof",
]
