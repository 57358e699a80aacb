"""Whether a verifier may be who its requests say, under its profile (HAIP 1.0 §5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlwallet.crypto import CertificateChain, PrivateKey
from nlwallet.errors import LocalError
from nlwallet.openid4vp import RequestSigner
from nlwallet.openid4vp.client_id import UNSIGNED_ONLY
from nlwallet.profiles import Profile


def default_signer(chain: CertificateChain, key: PrivateKey, profile: Profile) -> RequestSigner:
    """The identity by access certificate that the profile wants: its hash, else its first dNSName.

    Raises :class:`~nlwallet.errors.LocalError`.
    """
    if profile.iso_18013_7:
        return RequestSigner.iso_18013_7(key, chain, chain.leaf.san_dns[0] if chain.leaf.san_dns else "")
    if "x509_hash" in profile.client_id_prefixes or not chain.leaf.san_dns:
        signer = RequestSigner.x509_hash(key, chain)
    else:
        signer = RequestSigner.x509_san_dns(key, chain, chain.leaf.san_dns[0])
    return replace(signer, typ=profile.request_object_type)


def check_signers(signers: Sequence[RequestSigner], chain: CertificateChain, profile: Profile) -> None:
    """Every prefix is one of the profile, and no certificate in ``x5c`` signed itself (HAIP 1.0 §5).

    Raises :class:`~nlwallet.errors.LocalError`.
    """
    _check_chain(chain)
    for signer in signers:
        prefix, colon, _ = signer.client_id.partition(":")
        name = prefix if colon else "x509_san_dns" if profile.iso_18013_7 else "pre-registered"
        if "x5c" in signer.header:
            _check_chain(CertificateChain.from_x5c(signer.header["x5c"], pointer="/x5c"))
        if name in UNSIGNED_ONLY:
            raise LocalError(
                f"a request with the prefix {name} cannot be signed",
                spec="OpenID4VP 1.0 §5.9.3",
                hint="request(passing='unsigned')",
            )
        if name not in profile.client_id_prefixes:
            raise LocalError(
                f"the profile {profile.name} has no client identifier prefix {name}",
                spec="OpenID4VP 1.0 §5.9",
                hint=f"it has {', '.join(sorted(profile.client_id_prefixes))}",
            )


def _check_chain(chain: CertificateChain) -> None:
    if any(certificate.is_self_signed for certificate in chain):
        raise LocalError(
            "the access certificate, or one that comes along, is self-signed",
            spec="HAIP 1.0 §5",
            hint="give the chain without its anchor; wallets have that one themselves",
        )
