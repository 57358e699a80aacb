"""Who a verifier is in a request: client identifier, key, and the header that proves it (OpenID4VP 1.0 §5.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from nlwallet.crypto import CertificateChain, PrivateKey, sign_jws
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.errors import LocalError
from nlwallet.openid4vp.client_id import (
    DECENTRALIZED_IDENTIFIER,
    VERIFIER_ATTESTATION,
    X509_SAN_DNS,
    x509_hash_client_id,
)
from nlwallet.openid4vp.did import did_jwk
from nlwallet.openid4vp.request import AuthorizationRequest
from nlwallet.openid4vp.request_object import REQUEST_OBJECT_TYPE


@dataclass(frozen=True, slots=True)
class RequestSigner:
    """One identity of a verifier. Make it with the constructor of its prefix."""

    client_id: str
    key: PrivateKey = field(repr=False)
    header: Mapping[str, Any] = field(repr=False)
    typ: str = REQUEST_OBJECT_TYPE

    @classmethod
    def x509_hash(cls, key: PrivateKey, chain: CertificateChain) -> Self:
        """By the hash of an access certificate; ``chain`` comes without its anchor (HAIP 1.0 §5)."""
        _check_key(key, chain)
        return cls(x509_hash_client_id(chain.leaf), key, {"x5c": chain.x5c()})

    @classmethod
    def x509_san_dns(cls, key: PrivateKey, chain: CertificateChain, dns_name: str) -> Self:
        """By a dNSName of an access certificate. Raises :class:`~nlwallet.errors.LocalError`."""
        _check_key(key, chain)
        if dns_name not in chain.leaf.san_dns:
            raise LocalError(
                f"the access certificate has no dNSName {dns_name!r}",
                hint=f"it has {', '.join(chain.leaf.san_dns) or 'none'}",
            )
        return cls(f"{X509_SAN_DNS}:{dns_name}", key, {"x5c": chain.x5c()})

    @classmethod
    def iso_18013_7(cls, key: PrivateKey, chain: CertificateChain, dns_name: str) -> Self:
        """By a dNSName, without a prefix, as wallets of ISO/IEC TS 18013-7:2024 Annex B know it."""
        named = cls.x509_san_dns(key, chain, dns_name)
        return cls(dns_name, key, named.header)

    @classmethod
    def verifier_attestation(cls, client: str, key: PrivateKey, attestation: str) -> Self:
        """By a verifier attestation (compact JWT) whose ``sub`` is ``client`` and whose ``cnf`` is ``key``."""
        return cls(f"{VERIFIER_ATTESTATION}:{client}", key, {"jwt": attestation})

    @classmethod
    def did(cls, did: str, key: PrivateKey, *, kid: str) -> Self:
        """By a DID; ``kid`` is the full id of the verification method (``did:web:rp.example#key-1``)."""
        return cls(f"{DECENTRALIZED_IDENTIFIER}:{did}", key, {"kid": kid})

    @classmethod
    def did_jwk(cls, key: PrivateKey) -> Self:
        """By the ``did:jwk`` of the key itself."""
        did = did_jwk(key.public)
        return cls.did(did, key, kid=f"{did}#0")

    @classmethod
    def pre_registered(cls, client_id: str, key: PrivateKey) -> Self:
        """By an identifier that the wallet knows in advance, together with the key."""
        return cls(client_id, key, {})

    def sign(self, request: AuthorizationRequest | Mapping[str, Any]) -> str:
        """The request object as a compact JWS.

        Claims may be given as a mapping, for requests that are wrong on purpose.
        """
        claims = request.as_json() if isinstance(request, AuthorizationRequest) else request
        return sign_jws(claims, self.key, typ=self.typ, header=self.header)


def sign_multisigned(request: AuthorizationRequest, signers: Sequence[RequestSigner]) -> dict[str, Any]:
    """The JSON serialization with a signature of each identity (§A.3.2.2).

    ``client_id`` and ``verifier_info`` stand in each protected header, all else in the shared payload.
    """
    claims = request.as_json()
    own = {name: claims.pop(name) for name in ("verifier_info",) if name in claims}
    claims.pop("client_id", None)
    payload = b64url_encode(dump_json(claims))
    signatures = []
    for signer in signers:
        header = {**signer.header, "client_id": signer.client_id, **own}
        # Signed as if compact, so that there is one way to sign; the middle part is the same for all.
        protected, _, signature = sign_jws(claims, signer.key, typ=REQUEST_OBJECT_TYPE, header=header).split(
            "."
        )
        signatures.append({"protected": protected, "signature": signature})
    return {"payload": payload, "signatures": signatures}


def _check_key(key: PrivateKey, chain: CertificateChain) -> None:
    if key.public != chain.leaf.public_key:
        raise LocalError("the key is not that of the access certificate")
