"""Requests that cannot be trusted: a typed error, and not a word to the address that they name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject, sign_jws
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidOffer,
    InvalidQuery,
    InvalidRequest,
    InvalidSignature,
    LimitExceeded,
    LocalError,
    MalformedInput,
    NlWalletError,
    OutsideValidity,
    PromptClosed,
    RemoteError,
    TransportError,
    UntrustedCertificate,
    WalletLocked,
    WarningsNotAcknowledged,
    WrongPin,
)
from nlwallet.holder import LogOutcome, MemoryVault, Wallet, what_went_wrong
from nlwallet.http import HttpClient
from nlwallet.openid4vp import RequestSigner, x509_hash_client_id
from nlwallet.profiles import TRANSITIONAL

Register = Callable[..., Any]
NOW = 1_790_000_000
UNTRUSTED = (
    "Uw wallet kon niet vaststellen wie dit vraagt. Dit verzoek is niet te vertrouwen. Er is niets gedeeld."
)


def refused(world: Any, party: Any, link: str = "", **options: Any) -> RemoteError:
    """Open, and be refused; nothing was posted, and the log says so."""
    wallet = party.mount(world.wallet(**options))
    with pytest.raises(RemoteError) as caught:
        wallet.open(link or party.link())
    assert [entry.outcome for entry in wallet.log] == [LogOutcome.FAILED]
    return caught.value


# How it is fetched -----------------------------------------------------------------------------


@pytest.mark.req("W-09")
@pytest.mark.parametrize(("method", "http"), [("", "GET"), ("get", "GET"), ("post", "POST")])
def test_get_and_post(world: Any, register: Register, method: str, http: str) -> None:
    party = register()
    party.mount(world.wallet()).open(party.link(method=method))
    assert party.requests == [(http, "/request")]


@pytest.mark.parametrize(
    "scheme", ["openid4vp://", "haip-vp://", "eudi-openid4vp://", "https://wallet.example/open"]
)
def test_links_of_any_scheme(world: Any, register: Register, scheme: str) -> None:
    party = register()
    assert party.mount(world.wallet()).open(party.link(scheme=scheme)).kind == "regular"


@pytest.mark.req("W-10")
@pytest.mark.parametrize("method", ["put", "POST", "Get"])
def test_no_other_method(world: Any, register: Register, method: str) -> None:
    party = register()
    assert refused(world, party, party.link(method=method)).code == "invalid_request_uri_method"
    assert party.requests == []


@pytest.mark.req("W-36")
def test_a_fresh_wallet_nonce_and_nothing_else_goes_along(world: Any, register: Register) -> None:
    party = register()
    wallet = party.mount(world.wallet())
    for _ in range(2):
        wallet.open(party.link(method="post"))
    assert len(set(party.wallet_nonces)) == 2
    assert all(len(nonce) >= 43 for nonce in party.wallet_nonces)
    for fields, headers in party.fetches:
        assert fields.keys() == {"wallet_nonce"}
        assert headers.keys() <= {"HTTP_HOST", "HTTP_ACCEPT", "HTTP_USER_AGENT"}
        assert not re.search(r"python|httpx|nlwallet|\d", headers.get("HTTP_USER_AGENT", ""))
    assert party.forms == []


@pytest.mark.req("W-06", "ADV-169")
@pytest.mark.parametrize("nonce", [None, "another"])
def test_the_wallet_nonce_must_come_back(world: Any, register: Register, nonce: str | None) -> None:
    party = register()
    party.changes = {"wallet_nonce": nonce}
    assert refused(world, party, party.link(method="post")).pointer == "/wallet_nonce"
    assert party.forms == []


@pytest.mark.req("W-07")
@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "500 Oops", "201 Created"])
def test_any_http_error_ends_it(world: Any, register: Register, status: str) -> None:
    party = register()
    party.request_reply = (status, "application/oauth-authz-req+jwt", b"x")
    assert isinstance(refused(world, party), TransportError)


@pytest.mark.req("W-08")
def test_redirects_are_not_followed(world: Any, register: Register) -> None:
    party = register()
    party.request_reply = ("302 Found", "application/oauth-authz-req+jwt", b"")
    assert refused(world, party).code == "redirect_refused"


@pytest.mark.parametrize("kind", ["text/html", "application/jwt", "application/json"])
def test_another_content_type_is_refused(world: Any, register: Register, kind: str) -> None:
    party = register()
    genuine = RequestSigner.x509_hash(party.key, party.chain).sign(party.claims()).encode()
    party.request_reply = ("200 OK", kind, genuine)
    error = refused(world, party)
    assert isinstance(error, MalformedInput)
    assert "Content-Type" in error.message


@pytest.mark.parametrize("body", [b"", b"a.b.c", b"\xff\xfe", b"e30.e30.", b"{}", b"x" * 2_000_000])
def test_rubbish_is_refused(world: Any, register: Register, body: bytes) -> None:
    party = register()
    party.request_reply = ("200 OK", "application/oauth-authz-req+jwt", body)
    assert isinstance(refused(world, party), MalformedInput | LimitExceeded | AlgorithmNotAllowed)


@pytest.mark.req("ADV-156")
@pytest.mark.parametrize(
    "origin", ["http://rp.example", "https://127.0.0.1", "https://10.0.0.1:8443", "https://[::1]"]
)
def test_no_request_to_a_private_or_plain_address(world: Any, register: Register, origin: str) -> None:
    party = register()
    link = party.link().replace("https%3A//rp.example", origin)
    assert isinstance(refused(world, party, link), TransportError | InvalidRequest)
    assert party.requests == []


@pytest.mark.req("ADV-156")
def test_no_answer_to_a_private_address(world: Any, register: Register) -> None:
    party = register()
    party.changes = {"response_uri": "https://127.0.0.1:9/response"}
    prompt = party.mount(world.wallet()).open(party.link())
    with pytest.raises(TransportError) as caught:
        prompt.deny()
    assert caught.value.code == "private_address"


# Who signed it ---------------------------------------------------------------------------------


@pytest.mark.req("W-01", "ADV-167")
@pytest.mark.parametrize("typ", ["JWT", "oauth-authz-req", "OAUTH-AUTHZ-REQ+JWT", ""])
def test_another_typ_is_refused(world: Any, register: Register, typ: str) -> None:
    party = register()
    party.sign = lambda claims: sign_jws(claims, party.key, typ=typ, header={"x5c": party.chain.x5c()})
    refused(world, party)
    assert party.forms == []


@pytest.mark.req("W-05", "ADV-168")
def test_another_client_id_outside_is_refused(world: Any, register: Register) -> None:
    party = register()
    error = refused(world, party, party.link(client_id="x509_hash:AAAA"))
    assert isinstance(error, InvalidRequest)
    assert what_went_wrong(error, "nl") == UNTRUSTED
    assert party.forms == []


@pytest.mark.req("W-04")
def test_parameters_of_the_link_do_not_count(world: Any, register: Register) -> None:
    party = register()
    link = party.link() + "&response_uri=https%3A%2F%2Fevil.example%2F&nonce=x&dcql_query=%7B%7D"
    prompt = party.mount(world.wallet()).open(link)
    prompt.deny()
    assert prompt.requester.website == "rp.example"
    assert party.requests[-1] == ("POST", "/response")


@pytest.mark.req("W-02", "W-03")
def test_iss_and_unknown_parameters_do_not_matter(world: Any, register: Register) -> None:
    party = register()
    party.changes = {"iss": "https://elsewhere.example", "unknown": {"a": 1}}
    party.mount(world.wallet()).open(party.link()).approve()
    assert party.received().vp_token.keys() == {"pid"}


@pytest.mark.req("W-17", "ADV-170", "RPA_04")
@pytest.mark.parametrize(
    "how", ["stranger", "expired", "other_category", "self_signed", "other_hash", "with_anchor"]
)
def test_who_cannot_prove_who_they_are_is_not_answered(world: Any, register: Register, how: str) -> None:
    party = register()
    subject = Subject("Café", organization="Café", organization_identifier="NTRNL-12345678")
    authority = {
        "stranger": CertificateAuthority.create("Toegang CA", now=NOW),
        "other_category": world.registration,
    }.get(how, world.access)
    if how == "expired":
        party.chain = authority.issue(party.key.public, subject, now=NOW - 90 * 86_400, days=30)
    elif how == "self_signed":
        root = CertificateAuthority.create("Café", now=NOW)
        party.key = root._key
        party.chain = CertificateChain(root.certificate, ())
    elif how == "with_anchor":
        party.chain = CertificateChain(party.chain.leaf, (world.access.certificate,))
    elif how == "other_hash":
        other = authority.issue(PrivateKey.generate().public, subject, now=NOW)
        party.changes = {"client_id": x509_hash_client_id(other.leaf)}
    else:
        party.chain = authority.issue(party.key.public, subject, now=NOW)
    link = party.link(client_id=party.changes.get("client_id", ""))
    error = refused(world, party, link)
    assert isinstance(error, UntrustedCertificate | OutsideValidity | InvalidRequest)
    assert party.forms == []


@pytest.mark.req("RPA_05", "RPA_06a")
def test_the_holder_hears_that_the_requester_is_not_verified(world: Any, register: Register) -> None:
    party = register()
    stranger = CertificateAuthority.create("Toegang CA", now=NOW)
    party.chain = stranger.issue(party.key.public, Subject("Café"), now=NOW)
    assert what_went_wrong(refused(world, party), "nl") == UNTRUSTED


def test_a_changed_request_is_not_answered(world: Any, register: Register) -> None:
    party = register()

    def tampered(claims: dict[str, Any]) -> str:
        honest = RequestSigner.x509_hash(party.key, party.chain).sign(claims)
        other = RequestSigner.x509_hash(party.key, party.chain).sign(claims | {"nonce": "other"})
        header, _, signature = honest.split(".")
        return f"{header}.{other.split('.')[1]}.{signature}"

    party.sign = tampered
    assert isinstance(refused(world, party), InvalidSignature)
    assert party.forms == []


@pytest.mark.req("W-16", "W-14", "ADV-173")
@pytest.mark.parametrize(
    "client_id", ["origin:https://rp.example", "unknown:x", "no-prefix", "redirect_uri:https://rp.example"]
)
def test_other_prefixes_are_refused(world: Any, register: Register, client_id: str) -> None:
    party = register()
    party.changes = {"client_id": client_id}
    refused(world, party, party.link(client_id=client_id))
    assert party.forms == []


@pytest.mark.req("ADV-171")
def test_x509_san_dns_must_answer_on_its_own_host(world: Any, register: Register) -> None:
    party = register()
    party.changes = {"client_id": "x509_san_dns:rp.example"}
    honest = party.mount(world.wallet(profile=TRANSITIONAL))
    assert honest.open(party.link(client_id="x509_san_dns:rp.example")).requester.website == "rp.example"
    party.changes["response_uri"] = "https://evil.example/response"
    refused(world, party, party.link(client_id="x509_san_dns:rp.example"), profile=TRANSITIONAL)
    assert party.forms == []


# What it says ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "error"),
    [
        ({"redirect_uri": "https://rp.example/cb"}, "invalid_request", InvalidRequest),
        ({"transaction_data": ["e30"]}, "invalid_transaction_data", InvalidRequest),
        ({"dcql_query": None}, "invalid_request", InvalidRequest),
        ({"scope": "pid"}, "invalid_request", InvalidRequest),
        ({"dcql_query": {"credentials": []}}, "invalid_request", InvalidQuery),
        ({"nonce": None}, "invalid_request", InvalidRequest),
        ({"nonce": "with space"}, "invalid_request", InvalidRequest),
        ({"response_type": "code"}, "unsupported_response_type", InvalidRequest),
        ({"nonce": "é"}, "invalid_request", InvalidRequest),
        ({"client_metadata": None}, "vp_formats_not_supported", InvalidRequest),
        ({"exp": NOW - 1}, "invalid_request", OutsideValidity),
        ({"aud": "https://other.example"}, "invalid_request", InvalidRequest),
        (
            {"client_metadata": {"vp_formats_supported": {"mso_mdoc": {}}}},
            "vp_formats_not_supported",
            InvalidRequest,
        ),
    ],
)
@pytest.mark.req("W-22", "W-25", "ADV-172", "ADV-174")
def test_an_authentic_mistake_is_reported_to_who_made_it(
    world: Any, register: Register, changes: dict[str, Any], code: str, error: type[Exception]
) -> None:
    party = register()
    party.changes = changes
    assert isinstance(refused(world, party), error)
    (form,) = party.forms
    assert form["error"] == code
    assert form["state"] == "s-0123456789abcdef"
    assert form["error_description"].isascii()


@pytest.mark.req("ADV-177", "E-07")
@pytest.mark.parametrize(
    "change",
    [
        {"use": "sig"},
        {"alg": None},
        {"alg": "RSA-OAEP"},
        {"crv": "P-384"},
        {"kid": None},
        {"x": "AAAA"},
        {"encs": ["A128CBC-HS256"]},
    ],
)
def test_who_cannot_be_encrypted_to_gets_an_error_instead(
    world: Any, register: Register, change: dict[str, Any]
) -> None:
    party = register()
    metadata = party.claims()["client_metadata"]
    if "encs" in change:
        metadata["encrypted_response_enc_values_supported"] = change["encs"]
    else:
        jwk = metadata["jwks"]["keys"][0] | change
        metadata["jwks"]["keys"] = [{name: value for name, value in jwk.items() if value is not None}]
    party.changes = {"client_metadata": metadata}
    assert isinstance(refused(world, party), InvalidRequest)
    assert [form["error"] for form in party.forms] == ["invalid_request"]


@pytest.mark.parametrize(
    "changes",
    [
        {"response_uri": None},
        {"response_uri": "http://rp.example/response"},
        {"response_uri": "javascript:1"},
        {"response_mode": "dc_api.jwt"},
    ],
)
def test_without_a_safe_address_nothing_is_reported(
    world: Any, register: Register, changes: dict[str, Any]
) -> None:
    party = register()
    party.changes = changes
    refused(world, party)
    assert party.forms == []


def test_a_requester_that_does_not_take_the_report_changes_nothing(world: Any, register: Register) -> None:
    party = register()
    party.changes, party.reply = {"scope": "pid"}, ("500 Oops", "text/html", b"")
    assert isinstance(refused(world, party), InvalidRequest)


@pytest.mark.req("ADV-176", "W-39")
@pytest.mark.parametrize("size", ["wide", "deep"])
def test_a_query_bomb_is_bounded(world: Any, register: Register, size: str) -> None:
    party = register()
    claims = [{"path": [f"c{n}"]} for n in range(20_000)] if size == "wide" else [{"path": ["x"] * 2_000}]
    party.query = {
        "credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["v"]}, "claims": claims}]
    }
    assert isinstance(refused(world, party), InvalidQuery | LimitExceeded)


def test_the_report_lists_what_was_checked(world: Any, register: Register) -> None:
    party = register()
    prompt = party.mount(world.wallet()).open(party.link())
    ids = [check.id for check in prompt.report]
    assert {"W-01", "W-05", "W-17", "HW-05", "W-06", "RPRC_17", "RPRC_17a", "RPRC_21"} <= set(ids)
    assert prompt.report.ok


class Recording(HttpClient):
    """A client that notes every address, and reaches none that is not mounted."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def get(self, url: str, **options: Any) -> Any:
        self.addresses.append(url)
        return super().get(url, **options)

    def post_form(self, url: str, fields: Any, **options: Any) -> Any:
        self.addresses.append(url)
        return super().post_form(url, fields, **options)


@pytest.mark.req("W-37")
def test_addresses_in_a_request_are_not_visited(world: Any, register: Register, ask: Any) -> None:
    party = register()
    party.query = ask(
        ("age_over_18",),
        types=["https://evil.example/type", "urn:eudi:pid:nl:1"],
        trusted_authorities=[{"type": "etsi_tl", "values": ["https://evil.example/list"]}],
    )
    party.changes = {
        "verifier_info": [{"format": "registrar_dataset", "data": {"registryURI": "https://evil.example/"}}],
        "client_metadata_uri": "https://evil.example/metadata",
        "jwks_uri": "https://evil.example/jwks",
    }
    http = Recording()
    store = MemoryVault()
    store.add([world.card()])
    wallet = party.mount(Wallet(anchors=world.anchors, http=http, clock=world.clock, store=store))
    wallet.open(party.link()).deny()
    # Its authority put the one in between into the access certificate, and signed it.
    revoked = "https://registrar.example/access-ca.crl"
    assert http.addresses == ["https://rp.example/request", revoked, "https://rp.example/response"]


@pytest.mark.parametrize(
    ("error", "start"),
    [
        (UntrustedCertificate("x"), "Uw wallet kon niet vaststellen wie dit vraagt."),
        (InvalidSignature("x"), "Uw wallet kon niet vaststellen wie dit vraagt."),
        (InvalidRequest("x", pointer="/client_id"), "Uw wallet kon niet vaststellen wie dit vraagt."),
        (InvalidRequest("x"), "Dit verzoek klopt niet."),
        (OutsideValidity("x", pointer="/exp"), "Dit verzoek is verlopen."),
        (OutsideValidity("x"), "Uw wallet kon niet vaststellen wie dit vraagt."),
        (TransportError("x"), "De website is niet te bereiken."),
        (WrongPin("x"), "Deze pincode is niet goed."),
        (WalletLocked("x"), "U hebt te vaak een verkeerde pincode ingevoerd."),
        (PromptClosed("x"), "Dit verzoek is al beantwoord of verlopen."),
        (InvalidOffer("x"), "De kaart is niet toegevoegd."),
        (WarningsNotAcknowledged("x"), "Lees eerst de waarschuwingen"),
        (LocalError("x"), "Er ging iets mis."),
    ],
)
def test_errors_have_words_for_the_holder(error: NlWalletError, start: str) -> None:
    assert what_went_wrong(error, "nl").startswith(start)
    assert what_went_wrong(error, "en") != what_went_wrong(error, "nl")
