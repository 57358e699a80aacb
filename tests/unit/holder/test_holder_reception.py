"""Receiving a card: everything is checked before it is kept, and half a card is no card."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, quote

import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, PublicKey, Subject, parse_jws
from nlwallet.encoding import b64url_encode
from nlwallet.errors import (
    InvalidCredential,
    InvalidOffer,
    InvalidSdJwt,
    InvalidSignature,
    InvalidTypeMetadata,
    IssuanceRefused,
    LimitExceeded,
    LocalError,
    MalformedInput,
    OutsideValidity,
    RemoteError,
    TransportError,
    UntrustedCertificate,
)
from nlwallet.holder import LogOutcome, MemoryVault, Wallet
from nlwallet.http import HttpClient
from nlwallet.issuer import Issuer, persona, pid_claims, pid_configuration
from nlwallet.openid4vci import verify_proof
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import X5cIssuer, issue_sd_jwt_vc, known_types, verify_sd_jwt_vc

NOW = 1_790_000_000
DAY = 86_400
ISSUER = "https://issuer.example"
PASS = "urn:example:pass"
PASS_TYPE = json.dumps(
    {
        "vct": PASS,
        "display": [{"locale": "nl", "name": "Pas"}, {"locale": "en", "name": "Pass"}],
        "claims": [
            {
                "path": ["number"],
                "sd": "always",
                "mandatory": True,
                "display": [{"locale": "nl", "label": "Nummer"}],
            }
        ],
    }
).encode()


class FakeIssuer:
    """An issuer of which each answer can be replaced."""

    def __init__(self, world: Any, *, vct: str = PASS) -> None:
        self.world = world
        self.vct = vct
        self.key = PrivateKey.generate()
        self.chain = self.certified(world.pid if vct.startswith("urn:eudi:pid:") else world.eaa)
        self.claims: dict[str, Any] = {"number": "42"}
        self.disclosable: list[Any] = [("number",)]
        self.options: dict[str, Any] = {}
        self.replies: dict[str, Any] = {}
        """Path to the JSON, or to (status, content type, body), that is answered instead."""
        self.nonces = 0
        self.fail_nonce_first = False
        self.make: Callable[[PublicKey], str] | None = None
        self.seen: list[tuple[str, str]] = []
        self.forms: list[dict[str, str]] = []

    def certified(self, authority: CertificateAuthority) -> CertificateChain:
        subject = Subject("Uitgever", organization="De Uitgever")
        return authority.issue(self.key.public, subject, now=NOW, days=365, san_uris=[ISSUER])

    def offer(self, *, changes: dict[str, Any] | None = None, tx_code: bool = False) -> str:
        grant: dict[str, Any] = {"pre-authorized_code": "code-1"}
        if tx_code:
            grant["tx_code"] = {"length": 6}
        offer = {
            "credential_issuer": ISSUER,
            "credential_configuration_ids": ["pass"],
            "grants": {"urn:ietf:params:oauth:grant-type:pre-authorized_code": grant},
        } | (changes or {})
        return f"openid-credential-offer://?credential_offer={quote(json.dumps(offer))}"

    def issue(self, key: PublicKey) -> str:
        arguments: dict[str, Any] = {
            "vct": self.vct,
            "claims": self.claims,
            "disclosable": self.disclosable,
            "key": self.key,
            "chain": self.chain,
            "holder_key": key,
            "issued_at": NOW,
            "expires_at": NOW + 30 * DAY,
            "issuer": ISSUER,
        }
        return issue_sd_jwt_vc(**arguments | self.options)

    def answer(self, path: str, body: str, authorization: str) -> Any:
        if path == "/.well-known/openid-credential-issuer":
            return {
                "credential_issuer": ISSUER,
                "credential_endpoint": f"{ISSUER}/credential",
                "nonce_endpoint": f"{ISSUER}/nonce",
                "credential_configurations_supported": {
                    "pass": {
                        "format": "dc+sd-jwt",
                        "vct": self.vct,
                        "type_metadata_uri": f"{ISSUER}/types",
                        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
                    }
                },
            }
        if path == "/.well-known/oauth-authorization-server":
            return {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"}
        if path == "/token":
            self.forms.append({name: values[0] for name, values in parse_qs(body).items()})
            return {"access_token": "token-1", "token_type": "Bearer"}
        if path == "/nonce":
            self.nonces += 1
            return {"c_nonce": f"nonce-{self.nonces}"}
        if path == "/types":
            return [b64url_encode(PASS_TYPE)]
        assert path == "/credential"
        assert authorization == "Bearer token-1"
        (proof,) = json.loads(body)["proofs"]["jwt"]
        if self.fail_nonce_first and self.nonces == 1:
            return ("400 Bad Request", "application/json", b'{"error":"invalid_nonce"}')
        proven = verify_proof(proof, audience=ISSUER, now=NOW, algorithms=frozenset({"ES256"}))
        assert proven.nonces == {f"nonce-{self.nonces}"}
        (key,) = proven.keys
        return {"credentials": [{"credential": (self.make or self.issue)(key)}]}

    def app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.seen.append((environ["REQUEST_METHOD"], path))
        body = environ["wsgi.input"].read().decode()
        answer = self.replies.get(path)
        if answer is None:
            answer = self.answer(path, body, environ.get("HTTP_AUTHORIZATION", ""))
        if not isinstance(answer, tuple):
            answer = ("200 OK", "application/json", json.dumps(answer).encode())
        start_response(answer[0], [("Content-Type", answer[1])])
        return [answer[2]]


@pytest.fixture
def issuer(world: Any) -> FakeIssuer:
    return FakeIssuer(world)


@pytest.fixture
def wallet(world: Any, issuer: FakeIssuer) -> Wallet:
    wallet = Wallet(
        anchors=world.anchors,
        http=HttpClient(),
        clock=world.clock,
        types=known_types(),
        insecure_unregistered_issuers=True,
    )
    wallet.mount(ISSUER, issuer.app)
    return wallet


def refused(wallet: Wallet, offer: str, **options: Any) -> RemoteError:
    """Be refused, and keep nothing; the log says so."""
    with pytest.raises(RemoteError) as caught:
        wallet.receive(offer, **options)
    assert wallet.cards == ()
    assert [entry.outcome for entry in wallet.log] == [LogOutcome.FAILED]
    return caught.value


# The good case ---------------------------------------------------------------------------------


def test_a_pid_from_the_real_issuer(world: Any) -> None:
    key = PrivateKey.generate()
    chain = world.pid.issue(
        key.public, Subject("PID-uitgever", organization="RvIG (test)"), now=NOW, san_uris=[ISSUER]
    )
    configuration = pid_configuration()
    issuer = Issuer(
        key=key,
        chain=chain,
        credential_issuer=ISSUER,
        configurations=[configuration],
        clock=world.clock,
        types=known_types(),
    )
    wallet = Wallet(
        anchors=world.anchors,
        http=HttpClient(),
        clock=world.clock,
        types=known_types(),
        insecure_unregistered_issuers=True,
    )
    wallet.mount(ISSUER, issuer.app)
    claims = pid_claims(persona("frouke"), now=world.clock.now())
    offer = issuer.offer(configuration.id, claims, tx_code=True)
    (card,) = wallet.receive(offer.uri, tx_code=offer.tx_code)
    assert wallet.cards == (card,)
    assert card.name("nl") == "Persoonsgegevens"
    assert card.issuer == "RvIG (test)"
    assert wallet.pid["bsn"] == claims["bsn"]
    assert card.copies.first.key.public == card.credential.holder_key
    (entry,) = wallet.log
    assert (entry.kind, entry.outcome, entry.types) == (
        "issuance",
        LogOutcome.RECEIVED,
        ("urn:eudi:pid:nl:1",),
    )
    assert claims["bsn"] not in repr(card) + repr(entry)


@pytest.mark.req("WI-06")
def test_a_card_with_its_type_metadata_from_the_issuer(
    wallet: Wallet, issuer: FakeIssuer, register: Any
) -> None:
    (card,) = wallet.receive(issuer.offer())
    assert (card.name("nl"), card.name("en")) == ("Pas", "Pass")
    assert card.claims == {"number": "42"}
    assert issuer.seen == [
        ("GET", "/.well-known/openid-credential-issuer"),
        ("GET", "/.well-known/oauth-authorization-server"),
        ("POST", "/token"),
        ("POST", "/nonce"),
        ("POST", "/credential"),
        ("GET", "/types"),
    ]
    party = register(("number",), types=(PASS,), purpose=("Iets", "Something"))
    (shown,) = party.mount(wallet).open(party.link()).cards[0].claims
    assert (shown.label, shown.value) == ("Nummer", "42")


@pytest.mark.req("WI-06")
def test_an_invalid_nonce_is_tried_once_more_with_a_fresh_one(wallet: Wallet, issuer: FakeIssuer) -> None:
    issuer.fail_nonce_first = True
    assert len(wallet.receive(issuer.offer())) == 1
    assert issuer.nonces == 2


def test_an_issuer_that_keeps_refusing_the_nonce_is_not_asked_for_ever(
    wallet: Wallet, issuer: FakeIssuer
) -> None:
    issuer.replies["/credential"] = ("400 Bad Request", "application/json", b'{"error":"invalid_nonce"}')
    assert refused(wallet, issuer.offer()).code == "invalid_nonce"
    assert issuer.nonces == 2


def test_the_tx_code_goes_to_the_token_endpoint_when_it_was_asked_for(
    wallet: Wallet, issuer: FakeIssuer
) -> None:
    with pytest.raises(LocalError) as caught:
        wallet.receive(issuer.offer(tx_code=True))
    assert caught.value.code == "tx_code_required"
    # The metadata was read, and nothing was asked for.
    assert {method for method, _ in issuer.seen} == {"GET"}
    issuer.seen.clear()
    wallet.receive(issuer.offer(tx_code=True), tx_code="493536")
    wallet.receive(issuer.offer(), tx_code="493536")
    assert [form.get("tx_code") for form in issuer.forms] == ["493536", None]


def test_each_card_has_a_key_of_its_own(wallet: Wallet, issuer: FakeIssuer) -> None:
    first, second = wallet.receive(issuer.offer())[0], wallet.receive(issuer.offer())[0]
    assert first.copies.first.key.public != second.copies.first.key.public
    assert first.id != second.id


# Hostile offers and metadata -------------------------------------------------------------------


@pytest.mark.req("WI-01")
@pytest.mark.parametrize(
    "offer",
    [
        "",
        "openid-credential-offer://",
        "openid-credential-offer://?credential_offer=x",
        "openid-credential-offer://?credential_offer_uri=http%3A%2F%2Fissuer.example",
        "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example&credential_offer={}",
        {"credential_issuer": "http://issuer.example"},
        {"credential_issuer": "https://issuer.example?x=1"},
        {"credential_configuration_ids": []},
        {"credential_configuration_ids": ["other"]},
        {"grants": {"password": {}}},
        {"grants": {"authorization_code": {"authorization_server": "https://other.example"}}},
    ],
)
def test_an_offer_that_is_wrong(wallet: Wallet, issuer: FakeIssuer, offer: Any) -> None:
    error = refused(wallet, offer if isinstance(offer, str) else issuer.offer(changes=offer))
    assert isinstance(error, InvalidOffer | MalformedInput)


@pytest.mark.req("WI-03")
@pytest.mark.parametrize("grants", [{}, {"authorization_code": {}}])
def test_without_a_code_the_holder_has_to_go_to_the_issuers_page(
    wallet: Wallet, issuer: FakeIssuer, grants: Any
) -> None:
    with pytest.raises(LocalError) as caught:
        wallet.receive(issuer.offer(changes={"grants": grants}))
    assert caught.value.code == "browser_required"
    assert wallet.cards == ()


@pytest.mark.req("WI-04")
@pytest.mark.parametrize(
    ("path", "reply", "error"),
    [
        (
            "/.well-known/openid-credential-issuer",
            {"credential_issuer": "https://other.example"},
            InvalidOffer,
        ),
        (
            "/.well-known/openid-credential-issuer",
            ("404 Not Found", "application/json", b"{}"),
            TransportError,
        ),
        ("/.well-known/openid-credential-issuer", ("200 OK", "text/html", b"{}"), TransportError),
        ("/.well-known/openid-credential-issuer", ("200 OK", "application/json", b"[]"), MalformedInput),
        (
            "/.well-known/openid-credential-issuer",
            ("200 OK", "application/json", b"x" * 2**21),
            LimitExceeded,
        ),
        ("/.well-known/openid-credential-issuer", ("302 Found", "application/json", b"{}"), TransportError),
        (
            "/.well-known/oauth-authorization-server",
            {"issuer": "https://other.example", "token_endpoint": f"{ISSUER}/token"},
            InvalidOffer,
        ),
        (
            "/.well-known/oauth-authorization-server",
            {"issuer": ISSUER, "token_endpoint": "http://issuer.example/token"},
            InvalidOffer,
        ),
        ("/token", {"token_type": "Bearer"}, InvalidOffer),
        ("/token", {"access_token": "t", "token_type": "DPoP"}, InvalidOffer),
        ("/token", ("400 Bad Request", "application/json", b'{"error":"invalid_grant"}'), IssuanceRefused),
        ("/token", ("500 Oops", "text/html", b"<html>"), IssuanceRefused),
        ("/nonce", {}, InvalidOffer),
        ("/nonce", {"c_nonce": 1}, InvalidOffer),
        ("/credential", {"credentials": []}, InvalidCredential),
        ("/credential", {"credentials": [{}, {}]}, InvalidCredential),
        ("/credential", {"credentials": [{"credential": {}}]}, InvalidCredential),
        ("/credential", {"transaction_id": "x", "interval": 5}, InvalidCredential),
        ("/credential", {"credentials": [{"credential": "x"}]}, RemoteError),
        ("/types", {"no": "array"}, InvalidOffer),
        ("/types", ["!!"], MalformedInput),
        ("/types", ("404 Not Found", "application/json", b"[]"), TransportError),
    ],
)
def test_an_issuer_that_answers_wrongly(
    wallet: Wallet, issuer: FakeIssuer, path: str, reply: Any, error: type[Exception]
) -> None:
    issuer.replies[path] = reply
    assert isinstance(refused(wallet, issuer.offer()), error)


def test_the_issuers_reason_is_told(wallet: Wallet, issuer: FakeIssuer) -> None:
    body = b'{"error":"invalid_grant","error_description":"code was\\u001b[31m used"}'
    issuer.replies["/token"] = ("400 Bad Request", "application/json", body)
    error = refused(wallet, issuer.offer())
    assert (error.code, error.hint) == ("invalid_grant", "the issuer says: code was [31m used")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            b'{"statusCode":400,"message":{"error":"invalid_grant","error_description":"used"}}',
            ("invalid_grant", "the issuer says: used"),
        ),
        (b'{"error":"invalid_request","message":{"error":"invalid_grant"}}', ("invalid_request", "")),
        (b'{"message":"invalid_grant"}', ("unexpected_reply", "")),
    ],
)
def test_the_reason_is_found_where_nestjs_puts_it(
    wallet: Wallet, issuer: FakeIssuer, body: bytes, told: tuple[str, str]
) -> None:
    """EUDIPLO wraps the members of an error response (RFC 6749 §5.2) in a ``message``."""
    issuer.replies["/token"] = ("400 Bad Request", "application/json", body)
    error = refused(wallet, issuer.offer())
    assert (error.code, error.hint) == told


def test_type_metadata_of_another_host_is_not_fetched(wallet: Wallet, issuer: FakeIssuer) -> None:
    metadata = issuer.answer("/.well-known/openid-credential-issuer", "", "")
    entry = metadata["credential_configurations_supported"]["pass"]
    entry["type_metadata_uri"] = "https://elsewhere.example/types"
    issuer.replies["/.well-known/openid-credential-issuer"] = metadata
    (card,) = wallet.receive(issuer.offer())
    assert card.name("nl") == PASS


# Hostile credentials ---------------------------------------------------------------------------


@pytest.mark.req("S-26")
def test_a_credential_that_is_presented_already_is_refused(
    wallet: Wallet, issuer: FakeIssuer, world: Any
) -> None:
    mine = PrivateKey.generate()

    def presented(_: PublicKey) -> str:
        credential = verify_sd_jwt_vc(
            issuer.issue(mine.public),
            issuer_key=X5cIssuer((world.eaa.certificate,)),
            now=NOW,
            profile=HAIP_1_0,
        )
        return credential.present([], holder_key=mine, audience="x", nonce="y", now=NOW)

    issuer.make = presented
    assert isinstance(refused(wallet, issuer.offer()), RemoteError)


@pytest.mark.req("WI-10")
@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"holder_key": PrivateKey.generate().public}, InvalidCredential),
        ({"holder_key": None}, InvalidCredential),
        ({"vct": "urn:example:other"}, InvalidCredential),
        ({"expires_at": NOW - 1}, OutsideValidity),
        ({"issuer": "https://evil.example"}, UntrustedCertificate),
        ({"claims": {}, "disclosable": []}, InvalidTypeMetadata),
        ({"disclosable": []}, InvalidTypeMetadata),
        ({"vct_integrity": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}, InvalidTypeMetadata),
    ],
)
def test_a_credential_that_is_not_what_was_offered(
    wallet: Wallet, issuer: FakeIssuer, options: dict[str, Any], error: type[Exception]
) -> None:
    issuer.options = options
    assert isinstance(refused(wallet, issuer.offer()), error)


@pytest.mark.req("WI-10")
@pytest.mark.parametrize("how", ["stranger", "pid_ca", "access_ca"])
def test_a_card_must_come_from_an_issuer_of_its_own_category(
    wallet: Wallet, issuer: FakeIssuer, world: Any, how: str
) -> None:
    stranger = CertificateAuthority.create("Andere CA", now=NOW)
    issuer.chain = issuer.certified(
        {"stranger": stranger, "pid_ca": world.pid, "access_ca": world.access}[how]
    )
    assert isinstance(refused(wallet, issuer.offer()), UntrustedCertificate)


@pytest.mark.parametrize("vct", ["urn:eudi:pid:nl:1", "urn:eudi:pid:1", "urn:eudi:pid:xx:1"])
def test_only_a_pid_provider_issues_a_pid(world: Any, vct: str) -> None:
    issuer = FakeIssuer(world, vct=vct)
    issuer.chain = issuer.certified(world.eaa)
    issuer.replies["/types"] = [b64url_encode(PASS_TYPE.replace(PASS.encode(), vct.encode()))]
    wallet = Wallet(
        anchors=world.anchors,
        http=HttpClient(),
        clock=world.clock,
        types=known_types(),
        insecure_unregistered_issuers=True,
    )
    wallet.mount(ISSUER, issuer.app)
    assert isinstance(refused(wallet, issuer.offer()), UntrustedCertificate)


def test_a_type_that_extends_the_pid_is_a_pid(world: Any) -> None:
    """Whoever calls their card a kind of PID must be a PID provider."""
    issuer = FakeIssuer(world)
    child = json.loads(PASS_TYPE) | {"extends": "urn:eudi:pid:1"}
    issuer.replies["/types"] = [b64url_encode(json.dumps(child).encode())]
    wallet = Wallet(
        anchors=world.anchors,
        http=HttpClient(),
        clock=world.clock,
        types=known_types(),
        insecure_unregistered_issuers=True,
    )
    wallet.mount(ISSUER, issuer.app)
    assert isinstance(refused(wallet, issuer.offer()), UntrustedCertificate)


def test_a_known_type_cannot_be_described_anew(wallet: Wallet, issuer: FakeIssuer) -> None:
    other = PASS_TYPE.replace(PASS.encode(), b"urn:eudi:pid:1")
    issuer.replies["/types"] = [b64url_encode(PASS_TYPE), b64url_encode(other)]
    assert isinstance(refused(wallet, issuer.offer()), InvalidTypeMetadata)


@pytest.mark.parametrize("how", ["signature", "typ", "disclosure"])
def test_a_credential_that_was_changed_is_refused(wallet: Wallet, issuer: FakeIssuer, how: str) -> None:
    def changed(key: PublicKey) -> str:
        text = issuer.issue(key)
        jwt, *disclosures = text.split("~")
        header, payload, signature = jwt.split(".")
        if how == "signature":
            other = issuer.issue(key).split("~")[0].split(".")[2]
            return "~".join([f"{header}.{payload}.{other}", *disclosures])
        if how == "typ":
            jws = parse_jws(jwt, typ=None, algorithms={"ES256"}, what="x")
            lowered = b64url_encode(json.dumps(jws.header | {"typ": "JWT"}).encode())
            return "~".join([f"{lowered}.{payload}.{signature}", *disclosures])
        return "~".join([jwt, b64url_encode(b'["salt","number","43"]'), ""])

    issuer.make = changed
    expected = {"signature": InvalidSignature, "typ": InvalidCredential, "disclosure": InvalidSdJwt}[how]
    assert isinstance(refused(wallet, issuer.offer()), expected)


def test_of_two_cards_one_wrong_neither_is_kept(wallet: Wallet, issuer: FakeIssuer) -> None:
    metadata = issuer.answer("/.well-known/openid-credential-issuer", "", "")
    entries = metadata["credential_configurations_supported"]
    entries["second"] = entries["pass"] | {"vct": "urn:example:second", "type_metadata_uri": None}
    entries["second"].pop("type_metadata_uri")
    issuer.replies["/.well-known/openid-credential-issuer"] = metadata
    offer = issuer.offer(changes={"credential_configuration_ids": ["pass", "second"]})
    assert isinstance(refused(wallet, offer), InvalidCredential)
    assert issuer.seen.count(("POST", "/credential")) == 2


def test_the_vault_keeps_all_or_none(world: Any) -> None:
    store = MemoryVault()
    card = world.card()
    store.add([card])
    store.add([world.card(card_id="card-2")])
    assert [kept.id for kept in store.all()] == ["card-1", "card-2"]
    assert store.remove("card-1") is card
    assert [kept.id for kept in store.all()] == ["card-2"]
