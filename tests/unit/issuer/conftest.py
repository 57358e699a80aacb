"""An issuer with its own certificate authority, and a client that says what a test wants it to say.

Makes the modules beside the tests importable as well; pytest's importlib mode finds none there.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject, sign_jws
from nlwallet.issuer import CredentialConfiguration, Issuer, persona, pid_claims, pid_configuration
from nlwallet.openid4vci import (
    PRE_AUTHORIZED_CODE,
    code_challenge,
    issue_key_attestation,
    issue_wallet_attestation,
    sign_attestation_pop,
    sign_dpop,
    sign_proof,
)
from nlwallet.sdjwt import known_types

sys.path.insert(0, str(Path(__file__).parent))

BASE = "https://pid-issuer.example"
NOW = 1_790_000_000


class Browser:
    """Sends any request, right or wrong, to the issuer's app."""

    def __init__(self, issuer: Issuer, *, app: Any = None) -> None:
        self._transport = httpx.ASGITransport(app=app or issuer.app)

    def request(self, method: str, path: str, **parts: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url=BASE) as client:
                return await client.request(method, path, **parts)

        return asyncio.run(send())

    def get(self, path: str, **parts: Any) -> httpx.Response:
        return self.request("GET", path, **parts)

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


class HaipDesk(Desk):
    """An issuer that wants of wallets what HAIP 1.0 wants, and a wallet that says what a test wants it to say.

    ``parts`` are those of the :class:`Issuer`. Every request gets a fresh nonce and a fresh challenge, unless a test
    gives the proof itself.
    """

    client_id = "https://wallet.example"
    callback = "https://wallet.example/cb"
    verifier = "v" * 43

    def __init__(
        self, *, base: str = BASE, configurations: Sequence[CredentialConfiguration] = (), **parts: Any
    ) -> None:
        self.provider = CertificateAuthority.create("Wallet provider CA", now=NOW)
        self.provider_key, self.instance, self.dpop_key = (PrivateKey.generate() for _ in range(3))
        self.provider_chain = self.provider.issue(
            self.provider_key.public, Subject("Wallet provider"), now=NOW
        )
        self._parts = {
            "wallet_anchors": (self.provider.certificate,),
            "attributes": lambda person, _: pid_claims(persona(person), now=NOW),
            "login": {"frouke": "Frouke", "jip": "Jip"},
            "anonymous_access": False,
            **parts,
        }
        super().__init__(base=base, configurations=configurations)
        self.server = self._parts.get("authorization_server") or base
        is_apart = urlsplit(self.server).netloc != urlsplit(base).netloc
        self.oauth = Browser(self.issuer, app=self.issuer.authorization_app) if is_apart else self.http

    def another(self, **parts: Any) -> Issuer:
        return super().another(**{**self._parts, **parts})

    # Proofs ------------------------------------------------------------------------------------------

    def challenge(self) -> str:
        return str(self.oauth.post(f"{urlsplit(self.server).path}/challenge").json()["attestation_challenge"])

    def dpop_nonce(self) -> str:
        return self.http.post(f"{self.path}/nonce").headers["dpop-nonce"]

    def dpop(self, url: str, *, key: PrivateKey | None = None, **changes: Any) -> str:
        nonce = changes.pop("nonce", None) or self.dpop_nonce()
        arguments: dict[str, Any] = {"method": "POST", "url": url, "now": self.clock.now(), "nonce": nonce}
        return sign_dpop(key or self.dpop_key, **{**arguments, **changes})

    def attestation(self, **changes: Any) -> str:
        arguments: dict[str, Any] = {
            "client_id": self.client_id,
            "instance_key": self.instance.public,
            "issuer": "https://provider.example",
            "key": self.provider_key,
            "chain": self.provider_chain,
            "now": self.clock.now(),
            "lifetime": 3600,
            **changes,
        }
        return issue_wallet_attestation(**arguments)

    def pop(self, **changes: Any) -> str:
        arguments: dict[str, Any] = {
            "client_id": self.client_id,
            "instance_key": self.instance,
            "audience": self.server,
            "now": self.clock.now(),
            **changes,
        }
        arguments.setdefault("challenge", self.challenge())
        return sign_attestation_pop(**arguments)

    def jwt(self, typ: str, key: PrivateKey, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """Any JWT; ``...`` leaves a claim out."""
        made = {name: value for name, value in claims.items() if value is not ...}
        return sign_jws(made, key, typ=typ, header=dict(header))

    def key_attestation(self, *keys: PrivateKey, **changes: Any) -> str:
        arguments: dict[str, Any] = {
            "key": self.provider_key,
            "chain": self.provider_chain,
            "now": self.clock.now(),
            "lifetime": 600,
            **changes,
        }
        arguments.setdefault("nonce", self.nonce())
        return issue_key_attestation([one.public for one in keys], **arguments)

    # Requests ----------------------------------------------------------------------------------------

    def form(self, endpoint: str, fields: Mapping[str, str], **headers: str | None) -> httpx.Response:
        """Post a form to the authorization server; ``dpop``, ``attestation``, ``pop``: ``None`` leaves it out."""
        url = f"{self.server}{endpoint}"
        made: dict[str, str | None] = {
            "attestation": self.attestation(),
            "pop": self.pop(),
            "dpop": self.dpop(url),
        }
        made |= headers
        names = {
            "attestation": "OAuth-Client-Attestation",
            "pop": "OAuth-Client-Attestation-PoP",
            "dpop": "DPoP",
        }
        sent = {names[name]: value for name, value in made.items() if value is not None}
        return self.oauth.post(urlsplit(url).path, data=dict(fields), headers=sent)

    def pushed(self, changes: Mapping[str, Any] | None = None, **headers: str | None) -> httpx.Response:
        """Push an authorization request; ``...`` in ``changes`` leaves a parameter out."""
        fields = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.callback,
            "code_challenge": code_challenge(self.verifier),
            "code_challenge_method": "S256",
            "state": "state-1",
            "scope": "nl-pid",
            **(changes or {}),
        }
        return self.form("/par", {n: v for n, v in fields.items() if v is not ...}, **headers)

    def page(self, request_uri: str, **parts: Any) -> httpx.Response:
        params = {"client_id": self.client_id, "request_uri": request_uri, **parts.pop("params", {})}
        return self.oauth.get(f"{urlsplit(self.server).path}/authorize", params=params, **parts)

    def decide(self, request_uri: str, decision: str = "agree", **parts: Any) -> httpx.Response:
        fields = {
            "client_id": self.client_id,
            "request_uri": request_uri,
            "person": "frouke",
            "decision": decision,
        }
        fields |= parts.pop("fields", {})
        return self.oauth.post(f"{urlsplit(self.server).path}/authorize", data=fields, **parts)

    def code(self, changes: Mapping[str, Any] | None = None) -> str:
        """A code for a request that Frouke agreed to."""
        request_uri = self.pushed(changes).json()["request_uri"]
        query = urlsplit(self.decide(request_uri).headers["location"]).query
        return dict(parse_qsl(query))["code"]

    def exchanged(
        self, code: str, changes: Mapping[str, Any] | None = None, **headers: str | None
    ) -> httpx.Response:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": self.verifier,
            "client_id": self.client_id,
            **(changes or {}),
        }
        return self.form("/token", {n: v for n, v in fields.items() if v is not ...}, **headers)

    def bound_token(self, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The token response for a code."""
        reply = self.exchanged(self.code(changes))
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def protected(
        self, endpoint: str, token: str, *, body: Any = None, dpop: str | None = None, **parts: Any
    ) -> httpx.Response:
        """Post to the credential issuer with a token that is bound to the key of this wallet."""
        url = f"{self.base}{endpoint}"
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": dpop or self.dpop(url, access_token=token),
            **parts.pop("headers", {}),
        }
        content = {"json": body} if body is not None else {}
        return self.http.post(urlsplit(url).path, headers=headers, **content, **parts)


@pytest.fixture
def haip() -> HaipDesk:
    return HaipDesk()


@pytest.fixture
def open_haip() -> Callable[..., HaipDesk]:
    """Such a desk of another shape: any part of the issuer."""
    return HaipDesk


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def open_desk() -> Callable[..., Desk]:
    """A desk of another shape: ``base``, ``configurations``."""
    return Desk
