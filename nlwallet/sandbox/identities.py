"""What a relying party of the sandbox calls itself in requests, one way for each client identifier prefix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from urllib.parse import quote, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from nlwallet.clock import Clock
from nlwallet.crypto import PrivateKey, PublicKey
from nlwallet.openid4vp import KnownClients, PreRegisteredClient, RequestSigner, issue_verifier_attestation
from nlwallet.registration import RelyingPartyCertificates

Identity: TypeAlias = Literal[
    "x509_hash", "x509_san_dns", "verifier_attestation", "did:jwk", "did:web", "pre-registered"
]
"""A client identifier prefix of OpenID4VP §5.9.3, with the DID method for ``decentralized_identifier``."""

ATTESTATION_ISSUER = "https://attestations.example"
ATTESTATION_DAYS = 30


@dataclass(slots=True)
class Identities:
    """Makes the identities, and tells the wallets of the sandbox whom to know."""

    clock: Clock
    attester: PrivateKey = field(default_factory=PrivateKey.generate)
    """The key of who vouches for verifiers (``verifier_attestation``)."""
    known: KnownClients = field(init=False)
    _pre_registered: dict[str, PreRegisteredClient] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = KnownClients(
            pre_registered=self._pre_registered,
            attestation_issuers={ATTESTATION_ISSUER: (self.attester.public,)},
        )

    def signer(
        self, identity: Identity, *, key: PrivateKey, certificates: RelyingPartyCertificates, base_url: str
    ) -> RequestSigner:
        """The party at ``base_url`` under this identity; ``key`` is that of its access certificate."""
        host = urlsplit(base_url).hostname or ""
        if identity == "x509_hash":
            return RequestSigner.x509_hash(key, certificates.access_chain)
        if identity == "x509_san_dns":
            return RequestSigner.x509_san_dns(key, certificates.access_chain, host)
        if identity == "did:jwk":
            return RequestSigner.did_jwk(key)
        if identity == "did:web":
            did = did_web(base_url)
            return RequestSigner.did(did, key, kid=f"{did}#key-1")
        if identity == "verifier_attestation":
            expires_at = self.clock.now() + ATTESTATION_DAYS * 86_400
            attestation = issue_verifier_attestation(
                host, key.public, issuer=ATTESTATION_ISSUER, key=self.attester, expires_at=expires_at
            )
            return RequestSigner.verifier_attestation(host, key, attestation)
        return RequestSigner.pre_registered(host, key)

    def pre_register(self, signer: RequestSigner, *, name: str, response_uri: str) -> None:
        """Let every wallet of the sandbox know this client in advance."""
        self._pre_registered[signer.client_id] = PreRegisteredClient(
            signer.client_id, frozenset({response_uri}), (signer.key.public,), name
        )


def did_web(base_url: str) -> str:
    """The ``did:web`` of an origin; a port is written as the method wants it."""
    return f"did:web:{quote(urlsplit(base_url).netloc, safe='')}"


def serving_did(app: ASGIApp, base_url: str, key: PublicKey) -> ASGIApp:
    """``app`` with the party's DID document at ``/.well-known/did.json``."""
    did = did_web(base_url)
    method = {"id": f"{did}#key-1", "type": "JsonWebKey", "controller": did, "publicKeyJwk": key.jwk()}

    async def document(_: Request) -> JSONResponse:
        return JSONResponse({"id": did, "verificationMethod": [method]}, media_type="application/did+json")

    return Starlette(routes=[Route("/.well-known/did.json", document), Mount("/", app)])
