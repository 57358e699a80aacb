"""The parties of the OpenID4VP flows: our registrar, issuers, verifier and wallet, and a web that leads to them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from interop_openid4vp_cases import (
    CHILD_CLAIMS,
    DIPLOMA,
    ISSUER_OF_PID,
    LIBRARY_CARD,
    LIBRARY_CLAIMS,
    PID,
    QUERIES,
    Case,
)

from nlwallet import Sandbox
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.encoding import b64url_encode
from nlwallet.holder import Wallet
from nlwallet.issuer import CredentialConfiguration, Issuer
from nlwallet.profiles import profile
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    RelyingPartyCertificates,
    RelyingPartyRecord,
    Retention,
    SupervisoryAuthority,
)
from nlwallet.sandbox import InProcess
from nlwallet.sdjwt import known_types
from nlwallet.trust import Category
from nlwallet.verifier import Verifier

HOST = "rp.example"
ORIGIN = f"https://{HOST}"
LIBRARY = "library.example"
OF_THE_CREDENTIAL = {
    "attestation_qualification",
    "iss",
    "iat",
    "exp",
    "cnf",
    "vct",
    "vct#integrity",
    "status",
}

_LIBRARY_CARD = {
    "vct": LIBRARY_CARD,
    "name": "Library card",
    "display": [{"locale": "en-GB", "name": "Library card"}],
    "claims": [{"path": [name], "sd": "allowed"} for name in LIBRARY_CLAIMS],
}


def record() -> RelyingPartyRecord:
    """A relying party that registered all that the cases ask."""
    claims = (("age_over_18",), ("age_over_21",), ("birthdate",), ("address",))
    return RelyingPartyRecord.of(
        legal_name="Proef B.V.",
        trade_name="Proef",
        identifier="NTRNL-90000009",
        services=(LocalizedText(nl="Proeven", en="Trying"),),
        website=f"{ORIGIN}/",
        support_uri=f"{ORIGIN}/delete",
        supervisory_authority=SupervisoryAuthority(
            name="Toezicht", country="NL", uri="https://toezicht.example/melden"
        ),
        intended_uses=(
            IntendedUse(
                id="try",
                purpose=LocalizedText(nl="Proberen", en="To try it"),
                privacy_policy=f"{ORIGIN}/privacy",
                retention=Retention(days=0),
                credentials=(
                    RegisteredCredential(types=(PID,), claims=claims),
                    RegisteredCredential(types=(DIPLOMA,), claims=claims),
                    RegisteredCredential(
                        types=(LIBRARY_CARD,), claims=tuple((name,) for name in LIBRARY_CLAIMS)
                    ),
                ),
            ),
        ),
        public_body=False,
    )


def personal(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Claims without those that every presentation carries."""
    return {name: value for name, value in claims.items() if name not in OF_THE_CREDENTIAL}


@dataclass
class Web:
    """Where the Node process fetches: origins in process."""

    apps: dict[str, Any] = field(default_factory=dict)

    def __call__(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        url = urlsplit(asked["url"])
        app = self.apps[f"{url.scheme}://{url.netloc}"]
        request = httpx.Request(
            asked["method"], asked["url"], headers=asked["headers"], content=base64.b64decode(asked["body"])
        )
        response = asyncio.run(_send(app, request))
        return {
            "status": response.status_code,
            "headers": [[name, value] for name, value in response.headers.items()],
            "body": base64.b64encode(response.content).decode(),
        }


async def _send(app: Any, request: httpx.Request) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await client.send(request)


class World:
    """Everything of ours under one profile; the citizen has a PID and two library cards."""

    def __init__(self, profile_name: str) -> None:
        self.hosting = InProcess()
        self.profile = profile(profile_name)
        self.edi = Sandbox(profile=self.profile, hosting=self.hosting)
        self.edi.types = known_types().adding([json.dumps(_LIBRARY_CARD).encode()])
        self.library = self._open_library()
        self.key = PrivateKey.generate()
        self.web = Web()

    def close(self) -> None:
        self.edi.close()

    @cached_property
    def certificates(self) -> RelyingPartyCertificates:
        """Of the relying party, whoever plays it."""
        return self.edi.registrar.register(record(), self.key.public, dns_names=(HOST,))

    @cached_property
    def citizen(self) -> Wallet:
        """A wallet of ours with the cards; also the source of the cards of a peer's wallet."""
        wallet = self.edi.wallet("frouke")
        for claims in (LIBRARY_CLAIMS, CHILD_CLAIMS):
            wallet.receive(self.library.offer("library-card", claims).uri)
        return wallet

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The cards as a peer's wallet gets them: made by our issuers, each with its key."""
        return [{"sdJwt": card.credential.text, "jwk": card.key.private_jwk()} for card in self.citizen.cards]

    @property
    def issuers(self) -> list[str]:
        """The anchors of our issuers, PEM."""
        of = self.edi.anchors.of
        return _pem((*of(Category.PID_PROVIDER), *of(Category.EAA_PROVIDER)))

    @property
    def access_anchors(self) -> list[str]:
        """The anchors of access certificates, PEM."""
        return _pem(self.edi.anchors.of(Category.ACCESS_CA))

    def query(self, case: Case) -> dict[str, Any]:
        """What the case asks, with the identifiers of this world in it."""
        leaf = self.citizen.cards[0].credential.chain.leaf
        text = json.dumps(QUERIES[case.asks].query)
        return json.loads(text.replace(ISSUER_OF_PID, b64url_encode(leaf.authority_key_id)))

    def verifier(self, case: Case) -> Verifier:
        """Our verifier, as the case wants it, at :data:`ORIGIN`."""
        verifier = Verifier(
            certificates=self.certificates,
            key=self.key,
            anchors=self.edi.anchors,
            base_url=ORIGIN,
            clock=self.edi.clock,
            types=self.edi.types,
            profile=self.profile,
            request_uri_method="post" if case.request.endswith("post") else None,
        )
        self.web.apps[ORIGIN] = verifier.app
        return verifier

    def _open_library(self) -> Issuer:
        authority = CertificateAuthority.create(
            "Test EAA Provider CA", organization="Bibliotheek", now=self.edi.clock.now()
        )
        self.edi.anchors = self.edi.anchors.adding(Category.EAA_PROVIDER, authority.certificate)
        key, url = PrivateKey.generate(), self.hosting.origin(LIBRARY)
        subject = Subject("Testbibliotheek", country="NL", organization="Testbibliotheek")
        library = Issuer(
            key=key,
            chain=authority.issue(key.public, subject, now=self.edi.clock.now(), san_uris=(url,)),
            credential_issuer=url,
            configurations=(
                CredentialConfiguration(
                    id="library-card",
                    vct=LIBRARY_CARD,
                    scope="library-card",
                    disclosable=(
                        *((name,) for name in LIBRARY_CLAIMS),
                        *(("branch", name) for name in ("city", "floors")),
                        ("loans", None),
                        *(("loans", None, name) for name in ("title", "due")),
                    ),
                ),
            ),
            clock=self.edi.clock,
            types=self.edi.types,
        )
        self.hosting.serve(LIBRARY, library.app)
        return library


def _pem(certificates: Iterable[Any]) -> list[str]:
    return [certificate.pem() for certificate in certificates]


class PeerVerifier:
    """The HTTP face of a verifier in the Node process; our wallet mounts it (WSGI)."""

    def __init__(self, peers: Any, room: str, world: World) -> None:
        self._peers = peers
        self._room = room
        self._world = world
        self.verdicts: dict[str, Any] = {}
        """By id of the request: what it read in the answer; or what it said when it refused, as text."""

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        _, what, request_id = environ["PATH_INFO"].split("/")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        form = dict(parse_qsl(environ["wsgi.input"].read(length).decode(), keep_blank_values=True))
        if what == "request":
            text = self._peers(f"{self._room}.object", id=request_id, form=form)
            start_response("200 OK", [("Content-Type", "application/oauth-authz-req+jwt")])
            return [text.encode()]
        self.receive(request_id, form)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]

    def receive(self, request_id: str, response: Mapping[str, Any], origin: str | None = None) -> Any:
        """Let it judge an answer."""
        self.verdicts[request_id] = self._peers(
            f"{self._room}.receive",
            id=request_id,
            response=dict(response),
            anchors=self._world.issuers,
            **({"origin": origin} if origin else {}),
        )
        return self.verdicts[request_id]
