"""A holder with a PID, and a relying party that answers on https://rp.example: all in process, all real."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import pytest

from nlwallet.claim_path import ClaimPath
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.dcql import CandidateCredential
from nlwallet.encoding import b64url_decode, dump_json, parse_json
from nlwallet.holder import Card, MemoryVault, Wallet
from nlwallet.holder.copies import CardCopy, Copies
from nlwallet.holder.labels import Labels
from nlwallet.http import HttpClient
from nlwallet.openid4vp import (
    AuthorizationRequestLink,
    AuthorizationResponse,
    ClientMetadata,
    RequestSigner,
    as_form,
    decrypt_response,
    x509_hash_client_id,
)
from nlwallet.profiles import HAIP_1_0
from nlwallet.registration import RelyingPartyRecord, issue_wrpac, issue_wrprc
from nlwallet.sdjwt import X5cIssuer, issue_sd_jwt_vc, known_types, verify_sd_jwt_vc
from nlwallet.status import Status, StatusList, StatusReference, sign_status_list_token
from nlwallet.trust import Category, TrustAnchors

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode finds no modules beside a test

NOW = 1_790_000_000
DAY = 86_400
RP = "https://rp.example"
REGISTRAR = "https://registrar.example"
NL_PID = "urn:eudi:pid:nl:1"

PID_CLAIMS: dict[str, Any] = {
    "family_name": "Jansen",
    "given_name": "Frouke",
    "birthdate": "2000-03-24",
    "age_over_18": True,
    "nationalities": ["Nederlandse", "Belgische"],
    "bsn": "999991772",
    "recovery_code": "geheim-herstel",
    "address": {
        "street_address": "Van Wijngaerdenstraat",
        "house_number": "1",
        "postal_code": "2596TW",
        "locality": "Toetsoog",
        "country": "Nederland",
    },
}
PID_PATHS: list[ClaimPath] = [
    *((name,) for name in PID_CLAIMS if name != "address"),
    ("nationalities", None),
    *(("address", name) for name in PID_CLAIMS["address"]),
    ("address",),
]


class World:
    """The authorities that everybody in these tests trusts."""

    def __init__(self) -> None:
        self.clock = TravellingClock(NOW)
        self.access = CertificateAuthority.create("Toegang CA", now=NOW)
        self.registration = CertificateAuthority.create("Registratie CA", now=NOW)
        self.pid = CertificateAuthority.create("PID CA", now=NOW)
        self.eaa = CertificateAuthority.create("Andere CA", now=NOW)
        self.registrar_key = PrivateKey.generate()
        self.registrar_chain = self.registration.issue(
            self.registrar_key.public, Subject("Testregister", country="NL"), now=NOW, days=365
        )
        self.anchors = (
            TrustAnchors()
            .adding(Category.ACCESS_CA, self.access.certificate)
            .adding(Category.REGISTRATION_CERTIFICATE_PROVIDER, self.registration.certificate)
            .adding(Category.PID_PROVIDER, self.pid.certificate)
            .adding(Category.EAA_PROVIDER, self.eaa.certificate)
        )
        self.statuses = StatusList(8, bits=1)
        self.status_list_is_up = True
        self.revoked_serials: list[int] = []

    def registrar_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The status list, the list of revoked access certificates, and nothing else."""
        if not self.status_list_is_up:
            start_response("503 Service Unavailable", [])
            return [b""]
        if environ["PATH_INFO"] == "/access-ca.crl":
            start_response("200 OK", [("Content-Type", "application/pkix-crl")])
            return [self.access.revocation_list(self.revoked_serials, now=NOW, days=400)]
        token = sign_status_list_token(
            self.statuses,
            uri=f"{REGISTRAR}/status/1",
            key=self.registrar_key,
            chain=self.registrar_chain,
            now=NOW,
            expires_at=NOW + 400 * DAY,
            ttl=600,
        )
        start_response("200 OK", [("Content-Type", "application/statuslist+jwt")])
        return [token.encode()]

    def card(
        self,
        claims: Mapping[str, Any] = PID_CLAIMS,
        *,
        vct: str = NL_PID,
        disclosable: Iterable[ClaimPath] = PID_PATHS,
        expires_at: int = NOW + 90 * DAY,
        card_id: str = "card-1",
        organization: str = "Testuitgever",
    ) -> Card:
        """A card as the wallet keeps it after receiving it."""
        key, issuer_key = PrivateKey.generate(), PrivateKey.generate()
        chain = self.pid.issue(
            issuer_key.public, Subject("PID-uitgever", organization=organization), now=NOW, days=365
        )
        text = issue_sd_jwt_vc(
            vct=vct,
            claims=claims,
            disclosable=list(disclosable),
            key=issuer_key,
            chain=chain,
            holder_key=key.public,
            issued_at=NOW,
            expires_at=expires_at,
        )
        credential = verify_sd_jwt_vc(
            text, issuer_key=X5cIssuer((self.pid.certificate,)), now=NOW, profile=HAIP_1_0
        )
        types = known_types()
        return Card(
            candidate=CandidateCredential(
                id=card_id,
                format="dc+sd-jwt",
                types=types.ancestors(vct),
                claims=credential.claims,
                authority_key_ids=chain.authority_key_ids,
                disclosable=credential.disclosable_paths(),
            ),
            issuer=organization,
            names=Labels(types).names(vct),
            received_at=NOW,
            expires_at=expires_at,
            copies=Copies([CardCopy(credential, key)]),
        )

    def wallet(self, *cards: Card, **options: Any) -> Wallet:
        """A wallet with these cards (a PID when none are named) that can reach the registrar."""
        store = MemoryVault()
        store.add(cards or (self.card(),))
        wallet = Wallet(
            anchors=self.anchors,
            http=HttpClient(),
            clock=self.clock,
            types=known_types(),
            store=store,
            **options,
        )
        wallet.mount(REGISTRAR, self.registrar_app)
        return wallet


@dataclass
class Party:
    """A relying party: what it registered, what it asks, what it received."""

    world: World
    record: RelyingPartyRecord
    key: PrivateKey
    chain: CertificateChain
    wrprc: str | None
    encryption_key: PrivateKey = field(default_factory=PrivateKey.generate)
    origin: str = RP
    changes: dict[str, Any] = field(default_factory=dict)
    """Members of the request object that differ; None leaves one out."""
    reply: tuple[str, str, bytes] = ("200 OK", "application/json", b"{}")
    forms: list[dict[str, str]] = field(default_factory=list)
    """Every form that was posted to the response_uri."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of everything that came in."""
    wallet_nonces: list[str] = field(default_factory=list)
    fetches: list[tuple[dict[str, str], dict[str, str]]] = field(default_factory=list)
    """Form fields and headers of each fetch of the request."""
    request_reply: tuple[str, str, bytes] | None = None
    query: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] | None = None

    @property
    def client_id(self) -> str:
        return x509_hash_client_id(self.chain.leaf)

    def link(self, *, method: str = "", client_id: str = "", scheme: str = "openid4vp://") -> str:
        name = client_id or self.changes.get("client_id") or self.client_id
        uri = f"{scheme}?client_id={quote(name)}&request_uri={quote(self.origin + '/request')}"
        return uri + (f"&request_uri_method={method}" if method else "")

    def known_as(self, signer: RequestSigner) -> Party:
        """Ask under another identity."""
        self.changes = self.changes | {"client_id": signer.client_id}
        self.sign = signer.sign
        return self

    def signed(self, claims: Mapping[str, Any] | None = None) -> str:
        sign = self.sign or (lambda members: RequestSigner.x509_hash(self.key, self.chain).sign(members))
        return sign(dict(self.claims() if claims is None else claims))

    def by_value(self) -> str:
        """The link with the signed request object in it."""
        claims = self.claims()
        return AuthorizationRequestLink(claims["client_id"], request=self.signed(claims)).uri()

    def unsigned(self, client_id: str = "", **changes: Any) -> str:
        """The link with all parameters in it, that nobody signed; by default in the name of its own address."""
        claims = self.claims() | changes
        where = claims.get("response_uri") or claims.get("redirect_uri")
        claims["client_id"] = client_id or f"redirect_uri:{where}"
        left_out = {"aud", "iat", "verifier_info"}
        members = {
            name: value for name, value in claims.items() if name not in left_out and value is not None
        }
        return AuthorizationRequestLink(claims["client_id"], parameters=as_form(members)).uri()

    def to_browser(self, form: str = "signed", **changes: Any) -> dict[str, Any]:
        """What a page of this party gives to the browser; ``changes`` are as in ``changes``."""
        ours = {"response_uri": None, "state": None, "aud": None, "response_mode": "dc_api.jwt"}
        claims = self.claims() | ours | {"expected_origins": [self.origin]} | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        if form == "unsigned":
            for name in {"client_id", "expected_origins", "iat", "verifier_info"} - changes.keys():
                claims.pop(name, None)
            data = claims
        else:
            data = {"request": self.signed(claims)}
        return {"protocol": f"openid4vp-v1-{form}", "data": data}

    def claims(self) -> dict[str, Any]:
        claims: dict[str, Any] = {
            "client_id": self.client_id,
            "response_type": "vp_token",
            "response_mode": "direct_post.jwt",
            "response_uri": f"{self.origin}/response",
            "nonce": "n-0123456789abcdef",
            "state": "s-0123456789abcdef",
            "aud": "https://self-issued.me/v2",
            "iat": self.world.clock.now(),
            "dcql_query": self.query or self.record.dcql_for(self.record.intended_uses[0].id),
            "client_metadata": ClientMetadata.for_request(
                self.encryption_key.public, "k1", encs=("A128GCM", "A256GCM"), algorithms=("ES256",)
            ).as_json(),
        }
        if self.wrprc is not None:
            claims["verifier_info"] = [{"format": "registration_cert", "data": self.wrprc}]
        if self.wallet_nonces:
            claims["wallet_nonce"] = self.wallet_nonces[-1]
        return {name: value for name, value in (claims | self.changes).items() if value is not None}

    def app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.requests.append((method, path))
        body = environ["wsgi.input"].read().decode()
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        if path == "/response":
            self.forms.append(fields)
            status, kind, content = self.reply
        elif self.request_reply is not None:
            status, kind, content = self.request_reply
        else:
            headers = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
            self.fetches.append((fields, headers))
            if method == "POST":
                self.wallet_nonces.append(fields["wallet_nonce"])
            status, kind, content = "200 OK", "application/oauth-authz-req+jwt", self.signed().encode()
        start_response(status, [("Content-Type", kind), ("Location", "https://elsewhere.example/")])
        return [content]

    def received(self) -> AuthorizationResponse:
        (form,) = self.forms
        return self.opened(form)

    def opened(self, members: Mapping[str, Any]) -> AuthorizationResponse:
        """A response as this party reads it: from a form, a fragment or a page."""
        if "vp_token" in members:
            token = members["vp_token"]
            return AuthorizationResponse(
                parse_json(token) if isinstance(token, str) else token, members.get("state")
            )
        answer = decrypt_response(
            members["response"], key=self.encryption_key, kid="k1", encs=("A128GCM", "A256GCM")
        )
        assert isinstance(answer, AuthorizationResponse)
        return answer

    def mount(self, wallet: Wallet) -> Wallet:
        wallet.mount(self.origin, self.app)
        return wallet

    def redirecting_to(self, uri: Any) -> Party:
        self.reply = ("200 OK", "application/json", dump_json({"redirect_uri": uri}))
        return self


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def register(world: World) -> Callable[..., Party]:
    """Register a relying party; by default a café that checks an age."""

    def do(
        *paths: ClaimPath,
        types: tuple[str, ...] = (NL_PID,),
        purpose: tuple[str, str] = ("Nagaan dat u 18 jaar of ouder bent", "Check that you are 18 or older"),
        trade_name: str = "Café De Vrije Val",
        public_body: bool = False,
        registered: bool = True,
        days: int = 0,
        third_parties: bool = False,
        deletable: bool = True,
        valid_days: int = 300,
        idx: int = 3,
    ) -> Party:
        record = RelyingPartyRecord.of(
            legal_name="Vrije Val Horeca B.V.",
            trade_name=trade_name,
            identifier="NTRNL-12345678",
            services=[{"nl": "Café", "en": "Pub"}],
            website="https://rp.example/",
            support_uri="https://rp.example/verwijderen",
            supervisory_authority={
                "name": "Autoriteit Persoonsgegevens",
                "country": "NL",
                "uri": "https://ap.example/klacht",
            },
            public_body=public_body,
            intended_uses=[
                {
                    "id": "use-1",
                    "purpose": {"nl": purpose[0], "en": purpose[1]},
                    "privacy_policy": "https://rp.example/privacy",
                    "retention": {
                        "days": days,
                        "shared_with_third_parties": third_parties,
                        "deletable": deletable,
                    },
                    "credentials": [{"types": types, "claims": paths or (("age_over_18",),)}],
                }
            ],
        )
        key = PrivateKey.generate()
        chain = issue_wrpac(
            record,
            key.public,
            authority=world.access,
            now=NOW,
            dns_names=["rp.example"],
            registrar_url=REGISTRAR,
        )
        wrprc = issue_wrprc(
            record,
            "use-1",
            key=world.registrar_key,
            chain=world.registrar_chain,
            now=NOW,
            days=valid_days,
            status=StatusReference(idx, f"{REGISTRAR}/status/1"),
            registry_uri=f"{REGISTRAR}/api",
        )
        return Party(world, record, key, chain, wrprc if registered else None)

    return do


def key_binding_of(presentation: str) -> dict[str, Any]:
    """The claims of the key binding JWT at the end of a presentation."""
    claims = parse_json(b64url_decode(presentation.rpartition("~")[2].split(".")[1]))
    assert isinstance(claims, dict)
    return claims


@pytest.fixture
def key_binding() -> Callable[[str], dict[str, Any]]:
    return key_binding_of


def asks(*paths: ClaimPath, types: Iterable[str] = (NL_PID,), **members: Any) -> dict[str, Any]:
    """A DCQL query for one credential."""
    claims = {"claims": [{"path": list(path)} for path in paths]} if paths else {}
    return {
        "credentials": [
            {"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": list(types)}, **claims, **members}
        ]
    }


@pytest.fixture
def ask() -> Callable[..., dict[str, Any]]:
    return asks


@pytest.fixture
def revoke(world: World) -> Callable[[int], None]:
    def do(idx: int) -> None:
        world.statuses[idx] = Status.INVALID

    return do
