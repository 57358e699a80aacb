"""An issuer that may be opened on any store, again and again, and wallets that say request by request what they ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject, sign_jws
from nlwallet.issuer import Issuer, IssuerStore, persona, pid_claims, pid_configuration
from nlwallet.openid4vci import (
    ATTESTATION_HEADER,
    AUTHORIZATION_CODE,
    POP_HEADER,
    PRE_AUTHORIZED_CODE,
    REFRESH_TOKEN,
    code_challenge,
    details_parameter,
    sign_attestation_pop,
    sign_dpop,
    sign_proof,
)
from nlwallet.sandbox.wallet_provider import SandboxWalletProvider
from nlwallet.sdjwt import known_types

BASE = "https://pid-issuer.example"
NOW = 1_790_000_000
BATCH = 2
VERIFIER = "v" * 43


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request, which another process can send as well."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] | None = None
    json: Any = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def error(self) -> str | None:
        return self.body.get("error") if isinstance(self.body, dict) else None


Send = Callable[[Asked], Answered]


def sender(issuer: Issuer) -> Send:
    """Sends to the HTTP face of an issuer, in process. Safe to use from several threads."""
    transport = httpx.ASGITransport(app=issuer.app)

    def send(asked: Asked) -> Answered:
        async def sent() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                return await client.request(
                    asked.method, asked.path, headers=asked.headers, data=asked.data, json=asked.json
                )

        reply = asyncio.run(sent())
        is_json = reply.headers.get("content-type", "").startswith("application/json")
        return Answered(reply.status_code, reply.json() if is_json else None, dict(reply.headers))

    return send


class World:
    """Keys and certificates: what an issuer has beside its store."""

    def __init__(self) -> None:
        self.clock = TravellingClock(NOW)
        self.provider = SandboxWalletProvider(self.clock)
        self.root = CertificateAuthority.create("PID root", now=NOW)
        self.key = PrivateKey.generate()
        subject = Subject("PID issuer", country="NL")
        self.chain = self.root.issue(self.key.public, subject, now=NOW, san_uris=(BASE,))
        self.claims = pid_claims(persona("frouke"), now=NOW)

    def issuer(self, store: IssuerStore, **more: Any) -> Issuer:
        """The issuer as it is after a start on that store."""
        pid = pid_configuration(batch_size=BATCH)
        options: dict[str, Any] = {
            "attributes": lambda person, _: pid_claims(persona(person), now=self.clock.now()),
            "login": {"frouke": "Frouke"},
            "wallet_anchors": (self.provider.anchor,),
            "credential_issuer": BASE,
        }
        return Issuer(
            key=self.key,
            chain=self.chain,
            configurations=(pid, replace(pid, id="later", scope="later", deferred=True)),
            clock=self.clock,
            types=known_types(),
            store=store,
            **{**options, **more},
        )


class Client:
    """A wallet instance with its keys; each method makes one request, and ``send`` gets what goes into it."""

    def __init__(self, world: World, send: Send) -> None:
        self._world = world
        self._send = send
        self.instance = PrivateKey.generate()
        self.dpop_key = PrivateKey.generate()
        self.attestation = world.provider.attest_instance(self.instance.public)
        self.client_id = world.provider.client_id

    def use(self, send: Send) -> None:
        """Talk to another start of the issuer."""
        self._send = send

    # What goes into a request ---------------------------------------------------------------------

    def nonce(self) -> str:
        return str(self._send(Asked("POST", "/nonce")).body["c_nonce"])

    def challenge(self) -> str:
        return str(self._send(Asked("POST", "/challenge")).body["attestation_challenge"])

    def dpop(self, path: str, *, token: str | None = None) -> str:
        nonce = self._send(Asked("POST", "/nonce")).headers["dpop-nonce"]
        return sign_dpop(
            self.dpop_key, method="POST", url=BASE + path, now=NOW, nonce=nonce, access_token=token
        )

    def pop(self, *, challenge: str | None = None, jti: str | None = None) -> str:
        challenge = challenge or self.challenge()
        if jti is None:
            return sign_attestation_pop(
                self.client_id, self.instance, audience=BASE, now=NOW, challenge=challenge
            )
        claims = {"iss": self.client_id, "aud": BASE, "iat": NOW, "jti": jti, "challenge": challenge}
        return sign_jws(claims, self.instance, typ="oauth-client-attestation-pop+jwt")

    def proofs(self, *, count: int = 1, nonce: str | None = None) -> dict[str, Any]:
        nonce = nonce or self.nonce()
        made = [
            sign_proof(PrivateKey.generate(), audience=BASE, nonce=nonce, now=NOW, client_id=self.client_id)
            for _ in range(count)
        ]
        return {"proofs": {"jwt": made}}

    def _attested(self, path: str, *, dpop: str | None = None, pop: str | None = None) -> dict[str, str]:
        return {
            ATTESTATION_HEADER: self.attestation,
            POP_HEADER: pop or self.pop(),
            "DPoP": dpop or self.dpop(path),
        }

    # Requests -------------------------------------------------------------------------------------

    def push(self, *, dpop: str | None = None, pop: str | None = None, scope: str = "nl-pid") -> Asked:
        details = details_parameter([scope])
        fields = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self._world.provider.redirect_uri,
            "code_challenge": code_challenge(VERIFIER),
            "code_challenge_method": "S256",
            "state": "state",
            "authorization_details": details,
        }
        return Asked("POST", "/par", self._attested("/par", dpop=dpop, pop=pop), data=fields)

    def agree(self, request_uri: str) -> Asked:
        fields = {"request_uri": request_uri, "client_id": self.client_id}
        return Asked("POST", "/authorize", data={**fields, "person": "frouke", "decision": "agree"})

    def exchange_code(self, code: str, *, dpop: str | None = None, pop: str | None = None) -> Asked:
        fields = {
            "grant_type": AUTHORIZATION_CODE,
            "code": code,
            "client_id": self.client_id,
            "redirect_uri": self._world.provider.redirect_uri,
            "code_verifier": VERIFIER,
        }
        return Asked("POST", "/token", self._attested("/token", dpop=dpop, pop=pop), data=fields)

    def exchange_offer(self, code: str, *, tx_code: str | None = None) -> Asked:
        fields = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": code}
        more = {} if tx_code is None else {"tx_code": tx_code}
        return Asked("POST", "/token", self._attested("/token"), data={**fields, **more})

    def refresh(self, token: str, *, dpop: str | None = None) -> Asked:
        fields = {"grant_type": REFRESH_TOKEN, "refresh_token": token, "client_id": self.client_id}
        return Asked("POST", "/token", self._attested("/token", dpop=dpop), data=fields)

    def credential(
        self,
        token: str,
        *,
        count: int = 1,
        nonce: str | None = None,
        identifier: str | None = None,
        configuration_id: str = "nl-pid",
        dpop: str | None = None,
    ) -> Asked:
        named = (
            {"credential_configuration_id": configuration_id}
            if identifier is None
            else {"credential_identifier": identifier}
        )
        return self._with_token(
            "/credential", token, {**named, **self.proofs(count=count, nonce=nonce)}, dpop
        )

    def deferred(self, token: str, transaction_id: str) -> Asked:
        return self._with_token("/deferred", token, {"transaction_id": transaction_id})

    def notify(self, token: str, notification_id: str, event: str = "credential_accepted") -> Asked:
        return self._with_token("/notification", token, {"notification_id": notification_id, "event": event})

    def _with_token(self, path: str, token: str, body: Any, dpop: str | None = None) -> Asked:
        proof = dpop or self.dpop(path, token=token)
        return Asked("POST", path, {"Authorization": f"DPoP {token}", "DPoP": proof}, json=body)

    # Ways of several requests ---------------------------------------------------------------------

    def code(self, *, scope: str = "nl-pid") -> str:
        """An authorization code, of a person who agreed."""
        pushed = self._send(self.push(scope=scope)).body["request_uri"]
        return code_of(self._send(self.agree(pushed)))

    def token(self, *, scope: str = "nl-pid") -> dict[str, Any]:
        """A token response by authorization code: one identifier, and a refresh token."""
        return dict(self._send(self.exchange_code(self.code(scope=scope))).body)

    def transaction(self, issuer: Issuer) -> tuple[str, str]:
        """An access token and the transaction id of a promise, which was approved."""
        token = self.token(scope="later")
        asked = self.credential(token["access_token"], identifier=identifier_of(token))
        transaction_id = str(self._send(asked).body["transaction_id"])
        issuer.waiting[-1].approve()
        return token["access_token"], transaction_id


def code_of(redirect: Answered) -> str:
    """The code in the address that a person was sent to."""
    return parse_qs(urlsplit(redirect.headers["location"]).query)["code"][0]


def identifier_of(token: dict[str, Any]) -> str:
    """The one credential identifier of a token response."""
    ((identifier,),) = [one["credential_identifiers"] for one in token["authorization_details"]]
    return str(identifier)


def cards_of(reply: Answered) -> Sequence[str]:
    """The credentials in a response."""
    return [one["credential"] for one in (reply.body or {}).get("credentials", ())]
