"""What a wallet says of itself to an issuer that knows no wallet attestations: by each grant, bound to a key or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import pytest
from starlette.types import Message, Receive, Scope, Send

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.encoding import b64url_decode
from nlwallet.errors import IssuanceRefused
from nlwallet.holder import Wallet
from nlwallet.issuer import Issuer, persona, pid_claims, pid_configuration
from nlwallet.sandbox import InProcess
from nlwallet.sandbox.wallet_provider import SandboxWalletProvider
from nlwallet.sdjwt import known_types
from nlwallet.trust import Category, TrustAnchors

URL = "https://issuer.example"


@dataclass
class Tapped:
    """An issuer whose requests are kept; ``hidden`` members are left out of what its server says of itself."""

    issuer: Issuer
    hidden: set[str] = field(default_factory=set)
    seen: dict[str, tuple[dict[str, str], bytes]] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.issuer.app(scope, receive, send)
            return
        message = await receive()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.seen[scope["path"]] = (headers, message.get("body", b""))

        async def again() -> Message:
            return message

        async def sending(part: Message) -> None:
            if scope["path"].startswith("/.well-known/oauth"):
                if part["type"] == "http.response.start":
                    kept = [pair for pair in part["headers"] if pair[0] != b"content-length"]
                    part = {**part, "headers": kept}
                else:
                    members = json.loads(part["body"])
                    body = {name: value for name, value in members.items() if name not in self.hidden}
                    part = {**part, "body": json.dumps(body).encode()}
            await send(part)

        await self.issuer.app(scope, again, sending)

    @property
    def proof(self) -> dict[str, Any]:
        """The claims of the key proof that came last."""
        [text] = json.loads(self.seen["/credential"][1])["proofs"]["jwt"]
        claims: dict[str, Any] = json.loads(b64url_decode(text.split(".")[1]))
        return claims


@dataclass
class Given:
    wallet: Wallet
    tapped: Tapped
    provider: SandboxWalletProvider

    def browser(self, url: str) -> str:
        client = InProcess()
        client.serve("issuer.example", self.tapped)
        return client.client().visit(url, what="the page").headers["location"]


@pytest.fixture
def given() -> Iterator[Given]:
    clock, hosting = TravellingClock(1_790_000_000), InProcess()
    authority = CertificateAuthority.create("PID CA", now=clock.now())
    key = PrivateKey.generate()
    chain = authority.issue(key.public, Subject("Uitgever"), now=clock.now(), san_uris=(URL,))
    issuer = Issuer(
        key=key,
        chain=chain,
        credential_issuer=URL,
        configurations=(pid_configuration(),),
        clock=clock,
        types=known_types(),
        attributes=lambda person, _: pid_claims(persona(person), now=clock.now()),
        login=lambda _: "frouke",
    )
    tapped, provider = Tapped(issuer), SandboxWalletProvider(clock)
    hosting.serve("issuer.example", tapped)
    wallet = Wallet(
        anchors=TrustAnchors().adding(Category.PID_PROVIDER, authority.certificate),
        http=hosting.client(),
        clock=clock,
        provider=provider,
        batch_size=1,
        insecure_unregistered_issuers=True,
    )
    yield Given(wallet, tapped, provider)
    hosting.close()


def test_who_came_with_a_code_says_who_it_is_in_the_key_proof(given: Given) -> None:
    given.wallet.receive(given.tapped.issuer.invite("nl-pid").uri, browser=given.browser)
    form = dict(parse_qsl(given.tapped.seen["/token"][1].decode()))
    assert form["client_id"] == given.provider.client_id
    assert given.tapped.proof["iss"] == given.provider.client_id


def test_who_got_a_token_anonymously_does_not(given: Given) -> None:
    claims = pid_claims(persona("frouke"), now=1_790_000_000)
    given.wallet.receive(given.tapped.issuer.offer("nl-pid", claims).uri)
    assert "client_id" not in given.tapped.seen["/token"][1].decode()
    assert "iss" not in given.tapped.proof


def test_a_code_is_asked_for_with_a_key_only_where_tokens_are_bound_to_one(given: Given) -> None:
    given.wallet.receive(given.tapped.issuer.invite("nl-pid").uri, browser=given.browser)
    assert all("dpop" in given.tapped.seen[path][0] for path in ("/par", "/token", "/credential"))
    given.tapped.hidden.add("dpop_signing_alg_values_supported")
    given.tapped.seen.clear()
    # This issuer wants one, and now does not say so.
    with pytest.raises(IssuanceRefused):
        given.wallet.receive(given.tapped.issuer.invite("nl-pid").uri, browser=given.browser)
    asked = [given.tapped.seen[path] for path in ("/par", "/token") if path in given.tapped.seen]
    assert asked
    assert not any("dpop" in headers for headers, _ in asked)
