"""Keys, signatures, encryption and certificates; the only room that imports cryptographic libraries."""

from nlwallet.crypto.authority import CertificateAuthority
from nlwallet.crypto.chain import verify_chain
from nlwallet.crypto.crl import CertificateRevocationList
from nlwallet.crypto.jwe import Jwe, encrypt_jwe, parse_jwe
from nlwallet.crypto.jwe_draft import JweDraft, draft_jwe
from nlwallet.crypto.jws import Jws, jws_from_parts, parse_jws, sign_jws
from nlwallet.crypto.keys import PrivateKey, PublicKey
from nlwallet.crypto.password_jwe import decrypt_with_password, encrypt_with_password
from nlwallet.crypto.sealing import LOCKED_KEY_BYTES, DerivationCost, SealingKey
from nlwallet.crypto.session_cipher import SessionCipher
from nlwallet.crypto.signing_key import SigningKey
from nlwallet.crypto.software_keys import (
    SoftwareKey,
    generate_software_key,
    seal_software_keys,
    unseal_software_keys,
)
from nlwallet.crypto.x509 import Certificate, CertificateChain, Subject
from nlwallet.crypto.xml_signature import sign_enveloped_xml, signs_xml, verify_enveloped_xml

__all__ = [
    "LOCKED_KEY_BYTES",
    "Certificate",
    "CertificateAuthority",
    "CertificateChain",
    "CertificateRevocationList",
    "DerivationCost",
    "Jwe",
    "JweDraft",
    "Jws",
    "PrivateKey",
    "PublicKey",
    "SealingKey",
    "SessionCipher",
    "SigningKey",
    "SoftwareKey",
    "Subject",
    "decrypt_with_password",
    "draft_jwe",
    "encrypt_jwe",
    "encrypt_with_password",
    "generate_software_key",
    "jws_from_parts",
    "parse_jwe",
    "parse_jws",
    "seal_software_keys",
    "sign_enveloped_xml",
    "sign_jws",
    "signs_xml",
    "unseal_software_keys",
    "verify_chain",
    "verify_enveloped_xml",
]
