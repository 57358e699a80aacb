"""Keys, signatures, encryption and certificates; the only room that imports cryptographic libraries."""

from nlwallet.crypto.authority import CertificateAuthority
from nlwallet.crypto.chain import verify_chain
from nlwallet.crypto.jwe import Jwe, encrypt_jwe, parse_jwe
from nlwallet.crypto.jws import Jws, jws_from_parts, parse_jws, sign_jws
from nlwallet.crypto.keys import PrivateKey, PublicKey
from nlwallet.crypto.x509 import Certificate, CertificateChain, Subject

__all__ = [
    "Certificate",
    "CertificateAuthority",
    "CertificateChain",
    "Jwe",
    "Jws",
    "PrivateKey",
    "PublicKey",
    "Subject",
    "encrypt_jwe",
    "jws_from_parts",
    "parse_jwe",
    "parse_jws",
    "sign_jws",
    "verify_chain",
]
