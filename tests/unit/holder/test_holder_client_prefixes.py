"""Who may ask, and under which name: every client identifier prefix as the wallet meets it (OpenID4VP 1.0 §5.9)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import dump_json
from nlwallet.errors import (
    InvalidRequest,
    InvalidSignature,
    MalformedInput,
    RemoteError,
    TransportError,
    UntrustedCertificate,
    WarningsNotAcknowledged,
)
from nlwallet.holder import LogOutcome
from nlwallet.openid4vp import (
    AuthorizationRequestLink,
    ClientMetadata,
    KnownClients,
    PreRegisteredClient,
    RequestSigner,
    issue_verifier_attestation,
)
from nlwallet.profiles import HAIP_1_0, NL_WALLET_0_6, OPENID4VP_1_0, STRICT, TRANSITIONAL

Register = Callable[..., Any]
NOW = 1_790_000_000
RP = "https://rp.example"
DID = "did:web:rp.example"
ISSUER = "https://trust.example"
KEY, ATTESTER = PrivateKey.generate(), PrivateKey.generate()
SILENT = dataclasses.replace(OPENID4VP_1_0, reject_silently=True)

KNOWN = KnownClients(
    attestation_issuers={ISSUER: (ATTESTER.public,)},
    pre_registered={
        "cafe": PreRegisteredClient(
            "cafe", frozenset({f"{RP}/response"}), (KEY.public,), "Café De Vrije Val"
        ),
        "kiosk": PreRegisteredClient("kiosk", frozenset({f"{RP}/response"}), name="De Kiosk"),
    },
)


def attestation(**changes: Any) -> str:
    options: dict[str, Any] = {"issuer": ISSUER, "key": ATTESTER, "expires_at": NOW + 600, **changes}
    client = options.pop("client", "rp.example")
    return issue_verifier_attestation(client, options.pop("bound_to", KEY.public), **options)


def signer_of(prefix: str, party: Any) -> RequestSigner:
    if prefix == "x509_san_dns":
        return RequestSigner.x509_san_dns(party.key, party.chain, "rp.example")
    if prefix == "did:jwk":
        return RequestSigner.did_jwk(KEY)
    if prefix == "did:web":
        return RequestSigner.did(DID, KEY, kid=f"{DID}#key-1")
    if prefix == "verifier_attestation":
        return RequestSigner.verifier_attestation("rp.example", KEY, attestation())
    if prefix == "pre-registered":
        return RequestSigner.pre_registered("cafe", KEY)
    return RequestSigner.x509_hash(party.key, party.chain)


class DidHost:
    """The host of a ``did:web``: the relying party's own, with a DID document beside its endpoints."""

    def __init__(self, party: Any, *, path: str = "/.well-known/did.json") -> None:
        self.party, self.path = party, path
        self.document: dict[str, Any] = {
            "id": DID,
            "verificationMethod": [
                {
                    "id": f"{DID}#key-1",
                    "type": "JsonWebKey",
                    "controller": DID,
                    "publicKeyJwk": KEY.public.jwk(),
                }
            ],
        }
        self.reply: tuple[str, str] = ("200 OK", "application/did+json")
        self.body: bytes | None = None
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != self.path:
            return list(self.party.app(environ, start_response))
        self.asked.append(environ["HTTP_ACCEPT"])
        status, kind = self.reply
        start_response(status, [("Content-Type", kind), ("Location", "https://elsewhere.example/did.json")])
        return [dump_json(self.document) if self.body is None else self.body]


def link_of(party: Any, passing: str) -> str:
    return str(party.by_value() if passing == "value" else party.link())


PREFIXES = ["x509_hash", "x509_san_dns", "did:jwk", "did:web", "verifier_attestation", "pre-registered"]
NAMED = {
    "x509_hash": "Café De Vrije Val",
    "x509_san_dns": "Café De Vrije Val",
    "verifier_attestation": "rp.example",
    "pre-registered": "Café De Vrije Val",
}
"""Those whose name somebody vouches for."""


def opened(world: Any, party: Any, link: str, **options: Any) -> Any:
    wallet = world.wallet(**{"profile": OPENID4VP_1_0, "known_clients": KNOWN, **options})
    wallet.mount(party.origin, DidHost(party))
    return wallet, wallet.open(link)


def refused(world: Any, party: Any, link: str, app: Any = None, **options: Any) -> RemoteError:
    wallet = world.wallet(**{"profile": OPENID4VP_1_0, "known_clients": KNOWN, **options})
    wallet.mount(party.origin, app or DidHost(party))
    with pytest.raises(RemoteError) as caught:
        wallet.open(link)
    assert [entry.outcome for entry in wallet.log] == [LogOutcome.FAILED]
    return caught.value


# Signed --------------------------------------------------------------------------------------------


@pytest.mark.req("W-13", "W-15", "W-32", "W-24")
@pytest.mark.parametrize("passing", ["reference", "value"])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_signed_prefix_is_answered_under_its_full_name(
    world: Any, register: Register, key_binding: Any, prefix: str, passing: str
) -> None:
    party = register()
    signer = signer_of(prefix, party)
    _, prompt = opened(world, party.known_as(signer), link_of(party, passing))
    prompt.approve(despite_warnings=True)
    (presentation,) = party.received().vp_token["pid"]
    assert key_binding(presentation)["aud"] == signer.client_id
    assert key_binding(presentation)["nonce"] == "n-0123456789abcdef"


@pytest.mark.req("RPA_06")
@pytest.mark.parametrize("prefix", PREFIXES)
def test_only_a_name_that_somebody_vouches_for_is_shown_as_known(
    world: Any, register: Register, prefix: str
) -> None:
    party = register()
    _, prompt = opened(world, party.known_as(signer_of(prefix, party)), party.link())
    who = prompt.requester
    assert who.verified is (prefix in NAMED)
    assert who.trade_name == NAMED.get(prefix, "rp.example")
    assert who.website == "rp.example"
    assert ("unknown_party" in [warning.code for warning in prompt.warnings]) is not (prefix in NAMED)
    if prefix == "verifier_attestation":
        assert who.verified_by == ISSUER


@pytest.mark.req("W-24", "HW-01")
@pytest.mark.parametrize("profile", [HAIP_1_0, STRICT, NL_WALLET_0_6], ids=lambda one: one.name)
@pytest.mark.parametrize("prefix", PREFIXES[1:])
def test_haip_takes_the_hash_of_the_access_certificate_and_nothing_else(
    world: Any, register: Register, prefix: str, profile: Any
) -> None:
    party = register()
    host = DidHost(party)
    party.known_as(signer_of(prefix, party))
    error = refused(world, party, party.link(), host, profile=profile)
    assert (error.code, error.pointer) == ("invalid_request", "/client_id")
    assert "x509_hash" in error.hint
    assert party.forms == []
    assert host.asked == [], "and a DID is not looked up in vain"


@pytest.mark.req("HV-09")
@pytest.mark.parametrize("profile", [HAIP_1_0, STRICT, TRANSITIONAL, NL_WALLET_0_6], ids=lambda one: one.name)
@pytest.mark.parametrize("passing", ["value", "unsigned"])
def test_haip_takes_no_request_in_the_link_itself(
    world: Any, register: Register, passing: str, profile: Any
) -> None:
    party = register()
    link = party.by_value() if passing == "value" else party.unsigned()
    error = refused(world, party, link, profile=profile)
    assert error.spec == ("NL Wallet: OpenID4VP, NL-13" if profile is NL_WALLET_0_6 else "HAIP 1.0 §5.1")
    assert party.requests == []


@pytest.mark.req("W-05", "ADV-168")
@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_name_of_the_link_is_that_of_the_object(world: Any, register: Register, prefix: str) -> None:
    party = register()
    host = DidHost(party)
    party.known_as(signer_of(prefix, party))
    for link in (
        party.link(client_id="redirect_uri:" + RP),
        AuthorizationRequestLink(
            party.changes["client_id"] + "x", request=party.signed(), wallet_endpoint="openid4vp://"
        ).uri(),
    ):
        assert refused(world, party, link, host).pointer == "/client_id"
    assert party.forms == [], "§5.10.1: it is the end, also where errors are told"
    assert host.asked == []


@pytest.mark.parametrize("prefix", PREFIXES)
def test_another_key_does_not_speak_for_the_client(world: Any, register: Register, prefix: str) -> None:
    party = register()
    signer = signer_of(prefix, party)
    party.known_as(dataclasses.replace(signer, key=PrivateKey.generate()))
    assert isinstance(refused(world, party, party.link(), profile=SILENT), InvalidSignature | InvalidRequest)
    assert party.forms == []


# Unsigned --------------------------------------------------------------------------------------------


@pytest.mark.req("W-13", "W-15", "V-24")
def test_an_unsigned_request_is_answered_to_its_own_address(
    world: Any, register: Register, key_binding: Any
) -> None:
    party = register()
    _, prompt = opened(world, party, party.unsigned())
    assert not prompt.requester.verified
    assert prompt.requester.trade_name == prompt.requester.website == "rp.example"
    prompt.approve(despite_warnings=True)
    (presentation,) = party.received().vp_token["pid"]
    assert key_binding(presentation)["aud"] == f"redirect_uri:{RP}/response"


@pytest.mark.req("W-20", "V-24")
@pytest.mark.parametrize("left_out", [True, False])
def test_its_address_is_the_one_in_its_name(world: Any, register: Register, left_out: bool) -> None:
    party = register()
    name = f"redirect_uri:{RP}/response"
    if left_out:  # §5.9.3: the identifier says it already
        _, prompt = opened(world, party, party.unsigned(name, response_uri=None))
        prompt.deny()
        assert [form["error"] for form in party.forms] == ["access_denied"]
    else:
        error = refused(world, party, party.unsigned(name, response_uri="https://evil.example/response"))
        assert error.pointer == "/response_uri"
        assert party.forms == []


@pytest.mark.req("V-24", "ADV-173")
@pytest.mark.parametrize("passing", ["reference", "value"])
def test_a_signature_under_redirect_uri_proves_nothing(world: Any, register: Register, passing: str) -> None:
    party = register()
    party.known_as(RequestSigner.pre_registered(f"redirect_uri:{RP}/response", KEY))
    error = refused(world, party, link_of(party, passing), profile=SILENT)
    assert "cannot be signed" in error.message
    assert party.forms == []


@pytest.mark.req("W-24", "ADV-173")
@pytest.mark.parametrize(
    "client_id",
    [
        "x509_hash:AAAA",
        "x509_san_dns:rp.example",
        "decentralized_identifier:" + DID,
        "verifier_attestation:rp.example",
        "cafe",
    ],
)
def test_the_others_do_not_come_unsigned(world: Any, register: Register, client_id: str) -> None:
    party = register()
    host = DidHost(party)
    error = refused(world, party, party.unsigned(client_id), host, profile=SILENT)
    assert error.code == "invalid_request"
    assert (party.requests, host.asked) == ([], [])


@pytest.mark.req("W-14", "W-20")
def test_a_pre_registered_client_without_keys_comes_unsigned(
    world: Any, register: Register, key_binding: Any
) -> None:
    party = register()
    _, prompt = opened(world, party, party.unsigned("kiosk"))
    # Anybody can write that link, so the name says nothing; but the answer goes nowhere else.
    assert (prompt.requester.trade_name, prompt.requester.verified) == ("rp.example", False)
    prompt.approve(despite_warnings=True)
    (presentation,) = party.received().vp_token["pid"]
    assert key_binding(presentation)["aud"] == "kiosk"
    elsewhere = party.unsigned("kiosk", response_uri=f"{RP}/response/")
    assert refused(world, party, elsewhere).pointer == "/response_uri"


@pytest.mark.req("RPA_05")
@pytest.mark.parametrize(
    ("language", "title", "text", "advice"),
    [
        (
            "nl",
            "Niemand bevestigt wie dit is",
            "Dit verzoek heeft geen certificaat waarop een naam staat. Uw wallet weet alleen waar uw gegevens "
            "naartoe gaan: rp.example.",
            "Stop, behalve als u rp.example zelf hebt opgezocht.",
        ),
        (
            "en",
            "Nobody confirms who this is",
            "This request has no certificate with a name on it. Your wallet only knows where your data would "
            "go: rp.example.",
            "Stop, unless you looked up rp.example yourself.",
        ),
    ],
    ids=["nl", "en"],
)
def test_a_party_that_nobody_knows_is_called_that(
    world: Any, register: Register, language: Any, title: str, text: str, advice: str
) -> None:
    party = register()
    _, prompt = opened(world, party, party.unsigned(), language=language)
    warning = next(one for one in prompt.warnings if one.code == "unknown_party")
    assert (warning.title, warning.text, warning.advice) == (title, text, advice)
    assert title in str(prompt)
    with pytest.raises(WarningsNotAcknowledged):
        prompt.approve()
    with pytest.raises(WarningsNotAcknowledged):
        prompt.approve(despite_warnings=["not_registered"])
    assert party.forms == []
    prompt.approve(despite_warnings=["unknown_party", "not_registered"])
    assert len(party.forms) == 1


@pytest.mark.req("W-38", "ADV-180")
@pytest.mark.parametrize("way", ["unsigned", "did:jwk", "pre-registered"])
def test_somebody_elses_registration_does_not_make_a_party_known(
    world: Any, register: Register, way: str
) -> None:
    """The registration certificate of the café, in a request that does not prove to be the café's."""
    party = register()
    if way == "unsigned":
        claims = party.claims()
        link = party.unsigned()
        info = quote(dump_json(claims["verifier_info"]).decode(), safe="")
        _, prompt = opened(world, party, f"{link}&verifier_info={info}")
    else:
        _, prompt = opened(world, party.known_as(signer_of(way, party)), party.link())
    assert prompt.purpose == ""
    assert not prompt.requester.registered
    assert "registration_mismatch" in [warning.code for warning in prompt.warnings]


# did:web ---------------------------------------------------------------------------------------------


@pytest.fixture
def on_the_web(register: Register) -> Any:
    party = register()
    return party.known_as(signer_of("did:web", party))


@pytest.mark.req("W-19", "V-29")
@pytest.mark.parametrize(
    "kind", ["application/did+json", "application/did+ld+json", "application/json; charset=utf-8"]
)
def test_the_document_of_a_did_web_is_fetched_from_its_host(world: Any, on_the_web: Any, kind: str) -> None:
    host = DidHost(on_the_web)
    host.reply = ("200 OK", kind)
    wallet = world.wallet(profile=OPENID4VP_1_0)
    wallet.mount(RP, host)
    wallet.open(on_the_web.link()).approve(despite_warnings=True)
    assert host.asked == ["application/did+json"]
    assert on_the_web.received().vp_token


@pytest.mark.req("W-19")
def test_a_did_web_with_a_path_lies_below_it(world: Any, register: Register) -> None:
    did = f"{DID}:parties:cafe"
    party = register().known_as(RequestSigner.did(did, KEY, kid="#k"))
    host = DidHost(party, path="/parties/cafe/did.json")
    host.document = {"id": did, "verificationMethod": [{"id": "#k", "publicKeyJwk": KEY.public.jwk()}]}
    wallet = world.wallet(profile=OPENID4VP_1_0)
    wallet.mount(RP, host)
    assert wallet.open(party.link()).requester.identifier == f"decentralized_identifier:{did}"


@pytest.mark.req("W-19", "W-08")
@pytest.mark.parametrize(
    "reply",
    [
        ("302 Found", "application/did+json"),
        ("307 Temporary Redirect", "application/did+json"),
        ("404 Not Found", "application/did+json"),
        ("500 Oops", "application/did+json"),
        ("204 No Content", "application/did+json"),
        ("200 OK", "text/html"),
        ("200 OK", "application/did+cbor"),
    ],
    ids=lambda reply: f"{reply[0][:3]}-{reply[1].rpartition('/')[2]}",
)
def test_a_document_that_does_not_come_is_the_end(
    world: Any, on_the_web: Any, reply: tuple[str, str]
) -> None:
    host = DidHost(on_the_web)
    host.reply = reply
    assert isinstance(refused(world, on_the_web, on_the_web.link(), host, profile=SILENT), TransportError)
    assert len(host.asked) == 1
    assert on_the_web.forms == []


OTHER = PrivateKey.generate().public.jwk()


@pytest.mark.req("W-19", "V-29")
@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"\xff",
        {"id": "did:web:other.example"},
        {"id": DID + "/"},
        {"verificationMethod": []},
        {"verificationMethod": {}},
        {"verificationMethod": [1]},
        {"verificationMethod": [{"id": f"{DID}#key-2", "publicKeyJwk": KEY.public.jwk()}]},
        {"verificationMethod": [{"id": "did:web:other.example#key-1", "publicKeyJwk": KEY.public.jwk()}]},
        {"verificationMethod": [{"id": f"{DID}#key-1", "publicKeyJwk": OTHER}]},
        {"verificationMethod": [{"id": f"{DID}#key-1", "controller": "did:web:x", "publicKeyJwk": OTHER}]},
        {"verificationMethod": [{"id": f"{DID}#key-1", "publicKeyMultibase": "z6Mk"}]},
        {"verificationMethod": [{"id": f"{DID}#key-1", "publicKeyJwk": {"kty": "oct", "k": "AAAA"}}]},
        {"verificationMethod": [{"id": f"{DID}#{n}", "publicKeyJwk": OTHER} for n in range(100)]},
    ],
    ids=range(15),
)
def test_a_document_that_does_not_name_the_key_is_the_end(
    world: Any, on_the_web: Any, document: bytes | dict[str, Any]
) -> None:
    host = DidHost(on_the_web)
    if isinstance(document, bytes):
        host.body = document
    else:
        host.document |= document
    refused(world, on_the_web, on_the_web.link(), host, profile=SILENT)
    assert on_the_web.forms == []


@pytest.mark.req("ADV-156")
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1%3A8443", "localhost", "169.254.169.254", "192.168.1.1"]
)
def test_a_did_does_not_lead_into_the_own_network(world: Any, register: Register, host: str) -> None:
    did = f"did:web:{host}"
    party = register().known_as(RequestSigner.did(did, KEY, kid=f"{did}#key-1"))
    error = refused(world, party, party.link(), profile=SILENT)
    assert isinstance(error, TransportError)
    assert error.code == "private_address"


@pytest.mark.parametrize(
    "did",
    ["did:web:", "did:web:rp.example:..:x", "did:web:a@b", "did:example:123", "did:key:z6Mk", "rp.example"],
)
def test_other_identifiers_are_not_resolved(world: Any, register: Register, did: str) -> None:
    party = register().known_as(RequestSigner.did(did, KEY, kid=f"{did}#key-1"))
    host = DidHost(party)
    error = refused(world, party, party.link(), host, profile=SILENT)
    assert isinstance(error, InvalidRequest | MalformedInput)
    assert (host.asked, party.forms) == ([], [])


# Verifier attestations, and clients that are known in advance --------------------------------------------


@pytest.mark.req("W-18", "V-28")
@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://other.example"},
        {"key": PrivateKey.generate()},
        {"expires_at": NOW - 1},
        {"client": "other.example"},
        {"bound_to": PrivateKey.generate().public},
        {"redirect_uris": ["https://rp.example/elsewhere"]},
    ],
    ids=["issuer", "signature", "expired", "sub", "cnf", "redirect_uris"],
)
def test_an_attestation_that_does_not_hold_is_the_end(
    world: Any, register: Register, changes: dict[str, Any]
) -> None:
    party = register().known_as(RequestSigner.verifier_attestation("rp.example", KEY, attestation(**changes)))
    refused(world, party, party.link(), profile=SILENT)
    assert [form for form in party.forms if "vp_token" in form or "response" in form] == []


@pytest.mark.req("W-18")
def test_an_attestation_may_name_the_address(world: Any, register: Register) -> None:
    named = attestation(redirect_uris=["https://a.example/", f"{RP}/response"])
    party = register().known_as(RequestSigner.verifier_attestation("rp.example", KEY, named))
    _, prompt = opened(world, party, party.link())
    prompt.approve(despite_warnings=True)
    assert party.received().vp_token


@pytest.mark.req("W-14", "V-32")
@pytest.mark.parametrize(
    "client_id", ["nobody", "Cafe", "cafe ", "pre-registered:cafe", "openid_federation:cafe"]
)
def test_a_client_that_is_not_known_is_refused(world: Any, register: Register, client_id: str) -> None:
    party = register().known_as(RequestSigner.pre_registered(client_id, KEY))
    error = refused(world, party, party.link(), profile=SILENT)
    assert error.pointer == "/client_id"
    assert party.forms == []


@pytest.mark.req("V-30")
def test_a_federation_is_recognised_and_refused_with_the_reason(world: Any, register: Register) -> None:
    party = register().known_as(RequestSigner.pre_registered(f"openid_federation:{RP}", KEY))
    error = refused(world, party, party.link(), profile=SILENT)
    assert "OpenID Federation" in error.message
    assert (error.code, party.forms) == ("invalid_request", [])


@pytest.mark.req("W-23")
def test_metadata_that_the_wallet_holds_is_not_sent_again(world: Any, register: Register) -> None:
    party = register()
    metadata = party.claims()["client_metadata"]
    held = PreRegisteredClient(
        "cafe",
        frozenset({f"{RP}/response"}),
        (KEY.public,),
        client_metadata=ClientMetadata.model_validate(metadata),
    )
    known = KnownClients(pre_registered={"cafe": held})
    party.known_as(RequestSigner.pre_registered("cafe", KEY))
    assert refused(world, party, party.link(), known_clients=known).code == "invalid_client"
    assert [form["error"] for form in party.forms] == ["invalid_client"]
    party.forms.clear()
    party.changes["client_metadata"] = None
    _, prompt = opened(world, party, party.link(), known_clients=known)
    prompt.approve(despite_warnings=True)
    assert party.received().vp_token, "encrypted to the key that the wallet holds"


@pytest.mark.req("W-17")
def test_a_certificate_of_nobody_is_still_refused_under_the_open_profile(
    world: Any, register: Register
) -> None:
    party = register()
    world.anchors = type(world.anchors)()
    assert isinstance(refused(world, party, party.link(), profile=SILENT), UntrustedCertificate)
    assert party.forms == []
