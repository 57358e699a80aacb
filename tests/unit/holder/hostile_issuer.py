"""An honest issuer with somebody in the middle, who keeps what is said and may say something else."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nlwallet.clock import TravellingClock
from nlwallet.crypto import (
    CertificateAuthority,
    CertificateChain,
    PrivateKey,
    PublicKey,
    SigningKey,
    Subject,
    sign_jws,
)
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.holder import SoftwareKeys, Wallet
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.issuer import (
    CredentialConfiguration,
    Issuer,
    MetadataSigner,
    persona,
    pid_claims,
    pid_configuration,
)
from nlwallet.issuer.offers import IssuedOffer
from nlwallet.sandbox.browser import PersonaBrowser
from nlwallet.sandbox.wallet_provider import SandboxWalletProvider
from nlwallet.sdjwt import TypeMetadataRegistry, issue_sd_jwt_vc, known_types
from nlwallet.trust import Category, TrustAnchors

NOW = 1_790_000_000
DAY = 86_400
ISSUER = "https://issuer.example"
NL_PID = "urn:eudi:pid:nl:1"


@dataclass
class Answer:
    """What goes back to the wallet."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def members(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    def saying(self, value: Any, *, status: int | None = None) -> Answer:
        """The same with another JSON document."""
        headers = {**self.headers, "content-type": "application/json"}
        return Answer(self.status if status is None else status, headers, json.dumps(value).encode())


@dataclass(frozen=True)
class Asked:
    """A request of the wallet. Headers have lower-case names; of each, every value."""

    method: str
    path: str
    headers: dict[str, list[str]]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    def token(self, header: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and payload of the one JWT in a header."""
        (value,) = self.headers[header]
        return parts(value)


Rule = Callable[[Answer], Answer | None]


@dataclass
class Middle:
    """An ASGI app around another. ``rules`` by path: what becomes of its answers; ``None`` leaves one as it is."""

    app: Any
    rules: dict[str, Rule] = field(default_factory=dict)
    instead: dict[str, Callable[[Asked], Answer | None]] = field(default_factory=dict)
    """By path: an answer that the other app is not asked for."""
    unsigned: bool = True
    """Whether metadata is asked for in the clear, so that a rule can change it."""
    asked: list[Asked] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    """Paths that break."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        message = await receive()
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode(), []).append(value.decode())
        path = scope["path"]
        self.asked.append(Asked(scope["method"], path, headers, message["body"]))
        if path in self.down:
            raise ConnectionError("nobody there")
        if self.unsigned:
            kept = [(name, value) for name, value in scope["headers"] if name != b"accept"]
            scope = {**scope, "headers": [*kept, (b"accept", b"application/json")]}
        own = self.instead[path](self.asked[-1]) if path in self.instead else None
        answer = own or await self._answer(scope, message)
        rule = self.rules.get(path)
        answer = (rule(answer) if rule is not None else None) or answer
        sent = [
            (name.encode(), value.encode())
            for name, value in answer.headers.items()
            if name != "content-length"
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": sent})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Any, message: Any) -> Answer:
        answer = Answer(500, {}, b"")

        async def receive() -> Any:
            return message

        async def send(part: Any) -> None:
            if part["type"] == "http.response.start":
                answer.status = part["status"]
                answer.headers = {
                    name.decode().lower(): value.decode() for name, value in part.get("headers", [])
                }
            else:
                answer.body += part.get("body", b"")

        await self.app(scope, receive, send)
        return answer

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def to(self, path: str) -> list[Asked]:
        """The requests to a path."""
        return [one for one in self.asked if one.path == path]

    @property
    def told(self) -> list[str]:
        """The events of all notifications, in the order in which they came."""
        return [one.json["event"] for one in self.to("/notification") if is_json(one.body)]


class CountedKeys(SoftwareKeys):
    """Keys of which it is known how many are still in use."""

    def __init__(self) -> None:
        self.alive: dict[bytes, SigningKey] = {}

    def generate(self) -> SigningKey:
        key = super().generate()
        self.alive[key.public.thumbprint()] = key
        return key

    def forget(self, keys: Sequence[SigningKey]) -> None:
        for key in keys:
            self.alive.pop(key.public.thumbprint(), None)


class World:
    """An issuer of PIDs on https://issuer.example, whoever vouches for it and for wallets, and somebody in between."""

    def __init__(self, **options: Any) -> None:
        self.clock = TravellingClock(NOW)
        self.pid = CertificateAuthority.create("PID CA", now=NOW)
        self.access = CertificateAuthority.create("Access CA", now=NOW)
        self.key = PrivateKey.generate()
        self.chain = self.certified(self.pid)
        self.provider = SandboxWalletProvider(self.clock)
        self.types: TypeMetadataRegistry = known_types()
        self.claims = pid_claims(persona("frouke"), now=NOW)
        self.anchors = (
            TrustAnchors()
            .adding(Category.PID_PROVIDER, self.pid.certificate)
            .adding(Category.ACCESS_CA, self.access.certificate)
        )
        access_key = PrivateKey.generate()
        self.signer = MetadataSigner(
            access_key,
            self.access.issue(
                access_key.public,
                Subject("De Uitgever", organization="Uitgever B.V."),
                now=NOW,
                san_dns=["issuer.example"],
            ),
        )
        self.issuer = self.serving(**options)
        self.middle = Middle(self.issuer.app)
        self.keys = CountedKeys()

    def signed_by(self, authority: CertificateAuthority, *, host: str = "issuer.example") -> World:
        """Let somebody else sign the metadata, and let wallets see it."""
        key = PrivateKey.generate()
        chain = authority.issue(key.public, Subject("De Gemeente"), now=NOW, san_dns=[host])
        self.issuer = self.serving(metadata_signer=MetadataSigner(key, chain))
        self.middle.app, self.middle.unsigned = self.issuer.app, False
        return self

    def certified(self, authority: CertificateAuthority, **options: Any) -> CertificateChain:
        subject = Subject("Uitgever", organization="De Uitgever")
        return authority.issue(
            self.key.public, subject, now=NOW, san_uris=[options.pop("url", ISSUER)], **options
        )

    def serving(self, configuration: CredentialConfiguration | None = None, **options: Any) -> Issuer:
        parts: dict[str, Any] = {
            "key": self.key,
            "chain": self.chain,
            "credential_issuer": ISSUER,
            "configurations": [configuration or pid_configuration(batch_size=3)],
            "clock": self.clock,
            "types": self.types,
            "attributes": lambda person: pid_claims(persona(person), now=NOW),
            "login": {"frouke": "Frouke"},
            "wallet_anchors": [self.provider.anchor],
            "metadata_signer": self.signer,
        }
        return Issuer(**{**parts, **options})

    def wallet(self, **options: Any) -> Wallet:
        parts: dict[str, Any] = {
            "anchors": self.anchors,
            "http": HttpClient(HttpPolicy()),
            "clock": self.clock,
            "provider": self.provider,
            "keys": self.keys,
            "insecure_unregistered_issuers": True,
            "language": "en",
        }
        wallet = Wallet(**{**parts, **options})
        wallet.mount(ISSUER, self.middle)
        return wallet

    def browser(self, *, agrees: bool = True) -> PersonaBrowser:
        http = HttpClient(HttpPolicy())
        http.mount(ISSUER, self.middle)
        return PersonaBrowser(http, "frouke", agrees)

    def offer(self, *, tx_code: bool = False) -> IssuedOffer:
        return self.issuer.offer("nl-pid", self.claims, tx_code=tx_code)

    def reissued(self, text: str, **changes: Any) -> str:
        """The credential as its issuer would have made it otherwise."""
        payload = parts(text.split("~")[0])[1]
        configuration = pid_configuration()
        arguments: dict[str, Any] = {
            "vct": payload["vct"],
            "vct_integrity": payload.get("vct#integrity"),
            "claims": self.claims,
            "disclosable": configuration.disclosable,
            "key": self.key,
            "chain": self.chain,
            "holder_key": PublicKey.from_jwk(payload["cnf"]["jwk"]),
            "issued_at": payload["iat"],
            "expires_at": payload["exp"],
            "issuer": ISSUER,
            "status": payload.get("status"),
        }
        return issue_sd_jwt_vc(**arguments | changes)

    def resigned(self, text: str, change: Callable[[dict[str, Any]], None], **header: Any) -> str:
        """The credential with another payload, signed again by its issuer."""
        jwt, *rest = text.split("~")
        old, payload = parts(jwt)
        change(payload)
        typ = header.pop("typ", old["typ"])
        return "~".join(
            [
                sign_jws(payload, header.pop("key", self.key), typ=typ, header={"x5c": old["x5c"], **header}),
                *rest,
            ]
        )


def parts(jwt: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload of a JWT, not verified."""
    header, payload, _ = jwt.split(".")
    return json.loads(b64url_decode(header)), json.loads(b64url_decode(payload))


def is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def document(value: Any) -> str:
    """A type metadata document as an issuer serves it."""
    return b64url_encode(json.dumps(value).encode())


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""
