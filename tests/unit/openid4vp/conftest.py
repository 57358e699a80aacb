"""An access certificate and a request to sign with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from nlwallet.crypto import Certificate, CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.openid4vp import ClientMetadata, RequestSigner, x509_hash_client_id

NOW = 1_790_000_000


@dataclass(frozen=True)
class RelyingParty:
    """Who signs requests in these tests."""

    key: PrivateKey
    chain: CertificateChain
    anchor: Certificate
    encryption_key: PrivateKey

    @property
    def client_id(self) -> str:
        return x509_hash_client_id(self.chain.leaf)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a good request; ``None`` as a change takes a claim away."""
        metadata = ClientMetadata.for_request(
            self.encryption_key.public, "key-1", encs=("A128GCM", "A256GCM"), algorithms=("ES256",)
        )
        claims: dict[str, Any] = {
            "client_id": self.client_id,
            "response_type": "vp_token",
            "response_mode": "direct_post.jwt",
            "response_uri": "https://rp.example/response/1",
            "nonce": "n-0S6_WzA2Mj",
            "state": "af0ifjsldkj",
            "dcql_query": {
                "credentials": [
                    {
                        "id": "pid",
                        "format": "dc+sd-jwt",
                        "meta": {"vct_values": ["urn:eudi:pid:1"]},
                        "claims": [{"path": ["age_over_18"]}],
                    }
                ]
            },
            "client_metadata": metadata.as_json(),
            "aud": "https://self-issued.me/v2",
            "iat": NOW,
            "exp": NOW + 600,
        }
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not None}

    def sign(self, **changes: Any) -> str:
        return RequestSigner.x509_hash(self.key, self.chain).sign(self.claims(**changes))


@pytest.fixture(scope="session")
def make_party() -> Callable[..., RelyingParty]:
    def make(*, san_dns: tuple[str, ...] = ("rp.example",), days: int = 365, now: int = NOW) -> RelyingParty:
        authority = CertificateAuthority.create("Access CA", now=now)
        key = PrivateKey.generate()
        chain = authority.issue(
            key.public, Subject(common_name="Café De Vrije Val"), now=now, days=days, san_dns=san_dns
        )
        return RelyingParty(key, chain, authority.certificate, PrivateKey.generate())

    return make


@pytest.fixture(scope="session")
def party(make_party: Callable[..., RelyingParty]) -> RelyingParty:
    return make_party()


@pytest.fixture(scope="session")
def now() -> int:
    return NOW
