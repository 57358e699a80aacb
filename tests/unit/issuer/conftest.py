"""An issuer with its own certificate authority, and a client that says what a test wants it to say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject, sign_jws
from nlwallet.issuer import CredentialConfiguration, Issuer, persona, pid_claims, pid_configuration
from nlwallet.openid4vci import PRE_AUTHORIZED_CODE, sign_proof
from nlwallet.sdjwt import known_types

BASE = "https://pid-issuer.example"
NOW = 1_790_000_000


class Browser:
    """Sends any request, right or wrong, to the issuer's app."""

    def __init__(self, issuer: Issuer) -> None:
        self._transport = httpx.ASGITransport(app=issuer.app)

    def request(self, method: str, path: str, **parts: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url=BASE) as client:
                return await client.request(method, path, **parts)

        return asyncio.run(send())

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str, **parts: Any) -> httpx.Response:
        return self.request("POST", path, **parts)


class Desk:
    """An issuer, and a client that says exactly what a test wants it to say."""

    def __init__(self, *, base: str = BASE, configurations: Sequence[CredentialConfiguration] = ()) -> None:
        self.base = base
        self.clock = TravellingClock(NOW)
        self.root = CertificateAuthority.create("PID root", now=NOW)
        self.key = PrivateKey.generate()
        subject = Subject("PID issuer", country="NL")
        self.chain = self.root.issue(self.key.public, subject, now=NOW, san_uris=(base,))
        self.issuer = self.another(configurations=configurations or [pid_configuration(batch_size=3)])
        self.http = Browser(self.issuer)
        self.claims = pid_claims(persona("frouke"), now=NOW)

    @property
    def path(self) -> str:
        return urlsplit(self.base).path

    def another(self, **parts: Any) -> Issuer:
        """An issuer of the same key; any part of it can be replaced."""
        mine = {
            "key": self.key,
            "chain": self.chain,
            "credential_issuer": self.base,
            "configurations": [pid_configuration()],
            "clock": self.clock,
            "types": known_types(),
        }
        return Issuer(**{**mine, **parts})

    def offer(self, *, tx_code: bool = False) -> Any:
        return self.issuer.offer("nl-pid", self.claims, tx_code=tx_code)

    def token(self, code: str, **fields: str) -> httpx.Response:
        return self.http.post(
            f"{self.path}/token",
            data={"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": code, **fields},
        )

    def access_token(self) -> str:
        return str(self.token(self.offer().offer.pre_authorized_code).json()["access_token"])

    def nonce(self) -> str:
        return str(self.http.post(f"{self.path}/nonce").json()["c_nonce"])

    def proof(self, key: PrivateKey | None = None, **changes: Any) -> str:
        nonce = changes.pop("nonce", None) or self.nonce()
        if not changes:
            return sign_proof(
                key or PrivateKey.generate(), audience=self.base, nonce=nonce, now=self.clock.now()
            )
        key = key or PrivateKey.generate()
        typ, header = (
            changes.pop("typ", "openid4vci-proof+jwt"),
            changes.pop("header", {"jwk": key.public.jwk()}),
        )
        claims = {"aud": self.base, "iat": self.clock.now(), "nonce": nonce, **changes}
        return sign_jws({n: v for n, v in claims.items() if v is not ...}, key, typ=typ, header=header)

    def credential(self, body: Any, token: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.access_token() if token is None else token}"}
        return self.http.post(f"{self.path}/credential", json=body, headers=headers)

    def request(self, *proofs: str) -> dict[str, Any]:
        return {"credential_configuration_id": "nl-pid", "proofs": {"jwt": list(proofs or (self.proof(),))}}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def open_desk() -> Callable[..., Desk]:
    """A desk of another shape: ``base``, ``configurations``."""
    return Desk
