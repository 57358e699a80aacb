"""A relying party with its verifier, an issuer, and a small wallet that does exactly what it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx
import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import (
    Certificate,
    CertificateAuthority,
    CertificateChain,
    PrivateKey,
    PublicKey,
    Subject,
    encrypt_jwe,
)
from nlwallet.encoding import b64url_decode, dump_json, parse_json
from nlwallet.openid4vp import (
    AuthorizationRequest,
    AuthorizationRequestLink,
    as_form,
    build_response,
    claims_of_parameters,
)
from nlwallet.profiles import HAIP_1_0, OPENID4VP_1_0
from nlwallet.registration import RelyingPartyCertificates, RelyingPartyRecord
from nlwallet.sdjwt import TypeMetadataRegistry, X5cIssuer, issue_sd_jwt_vc, verify_sd_jwt_vc
from nlwallet.trust import Category, TrustAnchors
from nlwallet.verifier import BrowserRequest, PresentationRequest, Verifier

NOW = 1_790_000_000
DAY = 86_400
BASE_URL = "https://cafe.example"
PID = "urn:eudi:pid:nl:1"
EU_PID = "urn:eudi:pid:1"
REGISTRATION_CERTIFICATE = "eyJ0eXAiOiJyYy13cnArand0In0.e30"

PID_CLAIMS: dict[str, Any] = {
    "given_name": "Frouke",
    "family_name": "Jansen",
    "age_over_18": True,
    "bsn": "900026236",
    "nationalities": ["NL", "BE"],
    "address": {"locality": "Nijmegen", "country": "NL"},
}


def age_query(**changes: Any) -> dict[str, Any]:
    """A query for one claim of the PID; ``changes`` go into its only credential query."""
    credential: dict[str, Any] = {
        "id": "pid",
        "format": "dc+sd-jwt",
        "meta": {"vct_values": [PID]},
        "claims": [{"path": ["age_over_18"]}],
    }
    return {"credentials": [{**credential, **changes}]}


@dataclass
class Issuer:
    """Issues SD-JWT VCs from a certificate below its own authority."""

    authority: CertificateAuthority
    key: PrivateKey
    chain: CertificateChain

    @classmethod
    def create(cls, name: str) -> Issuer:
        authority = CertificateAuthority.create(f"{name} CA", now=NOW)
        key = PrivateKey.generate()
        return cls(
            authority,
            key,
            authority.issue(key.public, Subject(common_name=name), now=NOW, san_dns=("pid-issuer.example",)),
        )

    @property
    def anchor(self) -> Certificate:
        return self.authority.certificate

    def issue(
        self,
        holder: PublicKey | None,
        *,
        vct: str = PID,
        claims: Mapping[str, Any] = PID_CLAIMS,
        open_claims: Iterable[str] = (),
        issued_at: int = NOW,
        expires_at: int | None = NOW + 90 * DAY,
        status: Mapping[str, Any] | None = None,
        integrity: str | None = None,
    ) -> str:
        names = [(name,) for name in claims if name not in set(open_claims)]
        return issue_sd_jwt_vc(
            vct=vct,
            claims=dict(claims),
            disclosable=names,
            key=self.key,
            chain=self.chain,
            holder_key=holder,
            issued_at=issued_at,
            expires_at=expires_at,
            issuer="https://pid-issuer.example",
            vct_integrity=integrity,
            status=status,
        )

    def present(
        self,
        text: str,
        paths: Iterable[str],
        *,
        holder: PrivateKey,
        audience: str,
        nonce: str,
        now: int = NOW,
        key_binding_claims: Mapping[str, Any] | None = None,
    ) -> str:
        credential = verify_sd_jwt_vc(text, issuer_key=X5cIssuer([self.anchor]), now=NOW, profile=HAIP_1_0)
        return credential.present(
            [(path,) for path in paths],
            holder_key=holder,
            audience=audience,
            nonce=nonce,
            now=now,
            key_binding_claims=key_binding_claims or {},
        )


def call(app: Any, method: str, url: str, **more: Any) -> httpx.Response:
    """One HTTP request to an ASGI app, in process."""

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(method, url, **more)

    return anyio.run(go)


@dataclass
class World:
    """Everything that a test of the verifier needs."""

    clock: TravellingClock
    verifier: Verifier
    access_chain: CertificateChain
    access_anchor: Certificate
    pid_issuer: Issuer
    eaa_issuer: Issuer
    holder: PrivateKey = field(default_factory=PrivateKey.generate)

    # The wallet's side ---------------------------------------------------------------------------

    def link(self, request: PresentationRequest) -> AuthorizationRequestLink:
        return AuthorizationRequestLink.parse(request.uri, by_value=self.verifier.profile.request_by_value)

    def http(self, method: str, url: str, **more: Any) -> httpx.Response:
        return call(self.verifier.app, method, url, **more)

    def fetch(self, request: PresentationRequest) -> AuthorizationRequest:
        """The request behind its link, however it is passed."""
        link = self.link(request)
        if link.parameters is not None:
            return self.read(claims_of_parameters(link.parameters), signed=False)
        if link.request is not None:
            return self.read(claims_of(link.request))
        reply = self.http("GET", link.request_uri)
        assert reply.status_code == 200
        return self.read(claims_of(reply.text))

    def from_page(self, request: BrowserRequest) -> AuthorizationRequest:
        """The request that a page gives to the browser, as the first of its signers makes it."""
        given = request.data.get("request")
        if given is None:
            return self.read(dict(request.data), signed=False, dc_api=True)
        if isinstance(given, str):
            return self.read(claims_of(given), dc_api=True)
        header = parse_json(b64url_decode(given["signatures"][0]["protected"]))
        claims = parse_json(b64url_decode(given["payload"]))
        return self.read({**claims, "client_id": header["client_id"]}, dc_api=True)

    def read(self, claims: dict[str, Any], **how: Any) -> AuthorizationRequest:
        scopes = self.verifier._scopes
        modes = OPENID4VP_1_0.response_modes
        return AuthorizationRequest.parse(claims, modes=modes, scopes=scopes, **how)

    def presentation(
        self, asked: AuthorizationRequest, *, paths: Iterable[str] = ("age_over_18",), **more: Any
    ) -> str:
        """A good PID presentation; ``more`` changes audience, nonce, now or holder."""
        text = self.pid_issuer.issue(self.holder.public)
        options: dict[str, Any] = {
            "holder": self.holder,
            "audience": asked.client_id,
            "nonce": asked.nonce,
            "now": self.clock.now(),
        }
        return self.pid_issuer.present(text, paths, **{**options, **more})

    def post(self, asked: AuthorizationRequest, form: Mapping[str, str]) -> httpx.Response:
        return self.http("POST", asked.response_uri, data=dict(form))

    def answer(self, asked: AuthorizationRequest, vp_token: Any = None) -> httpx.Response:
        """Post an encrypted response; by default the good one."""
        if vp_token is None:
            members = build_response(asked, vp_token={"pid": [self.presentation(asked)]})
            return self.post(asked, as_form(members))
        return self.post_members(asked, {"vp_token": vp_token, "state": asked.state})

    def post_members(self, asked: AuthorizationRequest, members: Any) -> httpx.Response:
        """Post an encrypted payload of any shape."""
        target = asked.client_metadata.encryption_target(encs=("A256GCM",))
        return self.post(
            asked, {"response": encrypt_jwe(dump_json(members), target.key, enc=target.enc, kid=target.kid)}
        )


def claims_of(jwt: str) -> dict[str, Any]:
    """The payload of a JWT, unverified."""
    value = parse_json(b64url_decode(jwt.split(".")[1]))
    assert isinstance(value, dict)
    return value


@pytest.fixture(scope="session")
def pid_issuer() -> Issuer:
    return Issuer.create("PID provider")


@pytest.fixture(scope="session")
def eaa_issuer() -> Issuer:
    return Issuer.create("University")


Access = tuple[CertificateAuthority, PrivateKey, CertificateChain]


@pytest.fixture(scope="session")
def access() -> Access:
    return new_access()


def new_access() -> Access:
    authority = CertificateAuthority.create("Access CA", now=NOW)
    key = PrivateKey.generate()
    chain = authority.issue(
        key.public, Subject(common_name="Café De Vrije Val"), now=NOW, san_dns=("cafe.example",)
    )
    return authority, key, chain


@pytest.fixture
def make_world(pid_issuer: Issuer, eaa_issuer: Issuer, access: Access) -> Callable[..., World]:
    return worlds(pid_issuer, eaa_issuer, access)


def worlds(pid_issuer: Issuer, eaa_issuer: Issuer, access: Access) -> Callable[..., World]:
    """Makes worlds of these parties, each with a verifier that was just started."""

    def make(*, types: TypeMetadataRegistry | None = None, uses: Any = None, **more: Any) -> World:
        authority, key, chain = access
        clock = TravellingClock(NOW)
        registered = uses or {"age": [["age_over_18"]]}
        certificates = RelyingPartyCertificates(
            record=relying_party_record(registered),
            access_chain=chain,
            registration_certificates={use: f"{REGISTRATION_CERTIFICATE}.{use}" for use in registered},
        )
        anchors = (
            TrustAnchors()
            .adding(Category.PID_PROVIDER, pid_issuer.anchor)
            .adding(Category.EAA_PROVIDER, eaa_issuer.anchor)
        )
        verifier = Verifier(
            certificates=certificates,
            key=key,
            clock=clock,
            types=types or TypeMetadataRegistry(),
            **{"base_url": BASE_URL, "anchors": anchors, **more},
        )
        return World(clock, verifier, chain, authority.certificate, pid_issuer, eaa_issuer)

    return make


@pytest.fixture
def open_world(make_world: Callable[..., World]) -> World:
    """The same under the profile that has every response mode and way of passing."""
    return make_world(profile=OPENID4VP_1_0)


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


def relying_party_record(uses: Mapping[str, Any]) -> RelyingPartyRecord:
    """A record with these intended uses: id → claim paths of the PID."""
    return RelyingPartyRecord.of(
        legal_name="De Vrije Val B.V.",
        trade_name="Café De Vrije Val",
        identifier="NTRNL-12345678",
        services=[{"nl": "Horeca", "en": "Catering"}],
        website="https://cafe.example",
        support_uri="https://cafe.example/privacy",
        supervisory_authority={"name": "Toezichthouder", "country": "NL", "phone": "+31000000000"},
        intended_uses=[
            {
                "id": use,
                "purpose": {"nl": f"Doel van {use}", "en": f"Purpose of {use}"},
                "privacy_policy": "https://cafe.example/privacy",
                "retention": {"days": 0},
                "credentials": [{"types": [PID], "claims": paths}],
            }
            for use, paths in uses.items()
        ],
    )
