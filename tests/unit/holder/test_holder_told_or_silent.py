"""What a requester hears of a request that is not put to the holder: an error of §8.5, or nothing at all."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject, sign_jws
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.errors import RemoteError
from nlwallet.holder import LogOutcome
from nlwallet.openid4vp import KnownClients, PreRegisteredClient, RequestSigner, WalletMetadata
from nlwallet.profiles import HAIP_1_0, OPENID4VP_1_0

Register = Callable[..., Any]
NOW = 1_790_000_000
RP = "https://rp.example"
KEY = PrivateKey.generate()
SILENT = dataclasses.replace(OPENID4VP_1_0, reject_silently=True)


def refused(world: Any, party: Any, link: str = "", **options: Any) -> RemoteError:
    wallet = party.mount(world.wallet(**{"profile": OPENID4VP_1_0, **options}))
    with pytest.raises(RemoteError) as caught:
        wallet.open(link or party.link())
    (entry,) = wallet.log
    assert (entry.outcome, entry.reason) == (LogOutcome.FAILED, caught.value.code)
    return caught.value


def stranger(party: Any) -> None:
    authority = CertificateAuthority.create("Toegang CA", now=NOW)
    party.chain = authority.issue(party.key.public, Subject("Café"), now=NOW, san_dns=("rp.example",))


def other_key(party: Any) -> None:
    signer = RequestSigner.x509_hash(party.key, party.chain)
    party.sign = dataclasses.replace(signer, key=PrivateKey.generate()).sign


def unknown_prefix(party: Any) -> None:
    party.known_as(RequestSigner.pre_registered("unknown:x", KEY))


def federation(party: Any) -> None:
    party.known_as(RequestSigner.pre_registered("openid_federation:https://rp.example", KEY))


def origin_prefix(party: Any) -> None:
    party.known_as(RequestSigner.pre_registered("origin:https://rp.example", KEY))


def signed_redirect_uri(party: Any) -> None:
    party.known_as(RequestSigner.pre_registered(f"redirect_uri:{RP}/response", KEY))


def unknown_did(party: Any) -> None:
    party.known_as(RequestSigner.did("did:example:1", KEY, kid="did:example:1#1"))


def another_hash(party: Any) -> None:
    party.changes = party.changes | {"client_id": "x509_hash:AAAA"}


UNTRUSTED = [
    stranger,
    other_key,
    unknown_prefix,
    federation,
    origin_prefix,
    signed_redirect_uri,
    unknown_did,
    another_hash,
]


def how(make: Callable[..., None]) -> str:
    return make.__name__


# Who cannot be trusted ----------------------------------------------------------------------------


@pytest.mark.req("W-24", "W-16", "W-29")
@pytest.mark.parametrize("passing", ["reference", "value"])
@pytest.mark.parametrize("make", UNTRUSTED, ids=how)
def test_who_cannot_be_trusted_is_told_the_code(
    world: Any, register: Register, make: Callable[..., None], passing: str
) -> None:
    party = register()
    make(party)
    refused(world, party, party.link() if passing == "reference" else party.by_value())
    (form,) = party.forms
    assert form.keys() == {"error", "error_description", "state"}
    assert (form["error"], form["state"]) == ("invalid_request", "s-0123456789abcdef")
    assert form["error_description"].isascii()


@pytest.mark.req("RPA_04")
@pytest.mark.parametrize("passing", ["reference", "value"])
@pytest.mark.parametrize("make", UNTRUSTED, ids=how)
def test_a_wallet_that_rejects_silently_sends_nothing(
    world: Any, register: Register, make: Callable[..., None], passing: str
) -> None:
    party = register()
    make(party)
    refused(world, party, party.link() if passing == "reference" else party.by_value(), profile=SILENT)
    assert party.forms == []
    assert all(method == "GET" for method, _ in party.requests)


@pytest.mark.req("RPA_04")
@pytest.mark.parametrize("make", UNTRUSTED, ids=how)
def test_haip_rejects_silently(world: Any, register: Register, make: Callable[..., None]) -> None:
    party = register()
    make(party)
    refused(world, party, profile=HAIP_1_0)
    assert party.forms == []


@pytest.mark.req("W-35", "ADV-178")
def test_the_code_says_nothing_about_the_holder(world: Any, register: Register, ask: Any) -> None:
    """The same words for a wallet with the card, one without, and one whose value is another."""
    told = []
    for cards in ((world.card(),), (world.card(vct="urn:other:1", disclosable=(), claims={"a": 1}),)):
        for values in ([True], [False]):
            party = register()
            query = ask(("age_over_18",))
            query["credentials"][0]["claims"][0]["values"] = values
            party.query = query
            stranger(party)
            refused(world, party)
            wallet = party.mount(world.wallet(*cards, profile=OPENID4VP_1_0))
            party.forms.clear()
            with pytest.raises(RemoteError):
                wallet.open(party.link())
            told += party.forms
    assert len(told) == 4
    assert all(form == told[0] for form in told)


# Never -----------------------------------------------------------------------------------------------


@pytest.mark.req("W-06", "ADV-169", "RPA_01")
@pytest.mark.parametrize("profile", [OPENID4VP_1_0, SILENT, HAIP_1_0], ids=["told", "silent", "haip-1.0"])
@pytest.mark.parametrize("nonce", [None, "another", ""])
def test_a_request_that_was_made_for_another_fetch_ends_without_a_word(
    world: Any, register: Register, profile: Any, nonce: str | None
) -> None:
    party = register()
    party.changes = {"wallet_nonce": nonce}
    assert refused(world, party, party.link(method="post"), profile=profile).pointer == "/wallet_nonce"
    assert party.forms == []


@pytest.mark.req("W-06")
@pytest.mark.parametrize("passing", ["reference", "value"])
def test_nor_is_there_a_nonce_that_was_not_sent(world: Any, register: Register, passing: str) -> None:
    party = register()
    party.changes = {"wallet_nonce": "out-of-nowhere"}
    refused(world, party, party.link() if passing == "reference" else party.by_value())
    assert party.forms == []


@pytest.mark.req("W-05", "ADV-168")
def test_another_name_outside_than_inside_ends_without_a_word(world: Any, register: Register) -> None:
    for name in ("x509_hash:AAAA", "cafe", "redirect_uri:https://rp.example/response"):
        party = register()
        assert refused(world, party, party.link(client_id=name)).pointer == "/client_id"
        assert party.forms == []


@pytest.mark.req("W-01", "ADV-167")
@pytest.mark.parametrize(
    "sign",
    [
        lambda claims: sign_jws(claims, KEY, typ="JWT"),
        lambda claims: sign_jws(claims, KEY, typ="oauth-authz-req"),
        lambda claims: ".".join(
            [
                b64url_encode(dump_json({"alg": "none", "typ": "oauth-authz-req+jwt"})),
                b64url_encode(dump_json(claims)),
                "",
            ]
        ),
        lambda claims: ".".join(
            [
                b64url_encode(dump_json({"alg": "HS256", "typ": "oauth-authz-req+jwt"})),
                b64url_encode(dump_json(claims)),
                "AAAA",
            ]
        ),
    ],
    ids=["JWT", "short", "none", "HS256"],
)
def test_what_is_no_request_object_is_not_processed_at_all(
    world: Any, register: Register, sign: Callable[..., str]
) -> None:
    party = register()
    party.sign = sign
    refused(world, party)
    assert party.forms == []


@pytest.mark.req("W-07")
def test_a_request_that_does_not_come_is_told_to_nobody(world: Any, register: Register) -> None:
    party = register()
    party.request_reply = ("404 Not Found", "application/json", b"{}")
    refused(world, party)
    assert party.forms == []


@pytest.mark.parametrize(
    "changes",
    [
        {"response_uri": None},
        {"response_uri": 1},
        {"response_uri": "javascript:alert(1)"},
        {"response_uri": "http://rp.example/response"},
        {"response_uri": "https://user@rp.example/response"},
        {"response_mode": None},
        {"response_mode": "query"},
        {"response_mode": "dc_api.jwt"},
        {"response_mode": ["direct_post"]},
    ],
    ids=range(9),
)
def test_an_unsafe_or_missing_address_hears_nothing(
    world: Any, register: Register, changes: dict[str, Any]
) -> None:
    party = register()
    stranger(party)
    party.changes = changes
    refused(world, party)
    assert party.forms == []


@pytest.mark.req("W-29")
@pytest.mark.parametrize("state", [1, "s" * 2000, None, ["x"]], ids=["number", "long", "none", "list"])
def test_a_state_that_is_none_is_not_repeated(world: Any, register: Register, state: Any) -> None:
    party = register()
    stranger(party)
    party.changes = {"state": state}
    refused(world, party)
    (form,) = party.forms
    assert "state" not in form


# Authentic, and wrong -----------------------------------------------------------------------------------


@pytest.mark.req("W-24", "W-22")
@pytest.mark.parametrize("profile", [OPENID4VP_1_0, SILENT, HAIP_1_0], ids=["told", "silent", "haip-1.0"])
def test_who_is_known_is_told_of_a_mistake_under_every_profile(
    world: Any, register: Register, profile: Any
) -> None:
    party = register()
    party.changes = {"redirect_uri": "https://rp.example/cb"}
    refused(world, party, profile=profile)
    assert [form["error"] for form in party.forms] == ["invalid_request"]


@pytest.mark.parametrize("silent", [False, True])
def test_who_signed_nothing_is_told_only_if_errors_are_told(
    world: Any, register: Register, silent: bool
) -> None:
    party = register()
    link = party.unsigned(scope="pid")
    refused(world, party, link, profile=SILENT if silent else OPENID4VP_1_0)
    assert [form["error"] for form in party.forms] == ([] if silent else ["invalid_request"])


@pytest.mark.req("W-20")
def test_a_mistake_is_told_only_where_the_client_may_be(world: Any, register: Register) -> None:
    known = KnownClients(
        pre_registered={"cafe": PreRegisteredClient("cafe", frozenset({f"{RP}/other"}), (KEY.public,))}
    )
    party = register().known_as(RequestSigner.pre_registered("cafe", KEY))
    refused(world, party, known_clients=known)
    assert party.forms == []


CODES: dict[str, dict[str, Any]] = {
    "invalid_request": {"nonce": None},
    "invalid_scope": {"dcql_query": None, "scope": "unknown"},
    "unsupported_response_type": {"response_type": "vp_token id_token"},
    "vp_formats_not_supported": {"client_metadata": {"vp_formats_supported": {"ldp_vc": {}}}},
    "invalid_transaction_data": {"transaction_data": ["e30"]},
    "invalid_request_object": {"request_uri": "https://rp.example/request"},
}


@pytest.mark.req("W-24", "W-25", "X-04")
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
@pytest.mark.parametrize("code", CODES)
def test_each_mistake_has_its_code(world: Any, register: Register, code: str, mode: str) -> None:
    party = register()
    party.changes = {"response_mode": mode, **CODES[code]}
    refused(world, party)
    (form,) = party.forms
    assert form["error"] == code
    assert form["state"] == "s-0123456789abcdef"
    assert not {"vp_token", "response"} & form.keys()


# Into the own network ---------------------------------------------------------------------------------------


@pytest.mark.req("ADV-156")
@pytest.mark.parametrize("where", ["request_uri", "response_uri", "did"])
def test_nothing_arrives_at_a_port_of_this_machine(world: Any, register: Register, where: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0)
        inside = f"https://127.0.0.1:{listener.getsockname()[1]}"
        party = register()
        link = party.link()
        if where == "request_uri":
            link = link.replace("https%3A//rp.example", inside)
        elif where == "response_uri":
            stranger(party)
            party.changes = {"response_uri": f"{inside}/response"}
            link = party.link()
        else:
            did = f"did:web:{inside.removeprefix('https://').replace(':', '%3A')}"
            link = party.known_as(RequestSigner.did(did, KEY, kid=f"{did}#1")).link()
        error = refused(world, party, link)
        assert party.forms == [] or where == "did"
        with pytest.raises(BlockingIOError):
            listener.accept()
        if where != "response_uri":
            assert error.code == "private_address"


# The request object for this wallet only ------------------------------------------------------------------------


ENCRYPTING = dataclasses.replace(HAIP_1_0, name="encrypting", encrypted_request_objects=True)


@pytest.mark.req("W-12", "W-40", "W-36")
def test_a_wallet_that_wants_it_encrypted_sends_a_fresh_key_and_little_else(
    world: Any, register: Register
) -> None:
    party = register()
    seen = []
    for _ in range(2):
        refused(world, party, party.link(method="post"), profile=ENCRYPTING)
        fields, _headers = party.fetches[-1]
        assert fields.keys() == {"wallet_nonce", "wallet_metadata"}
        metadata = WalletMetadata.parse(fields["wallet_metadata"])
        assert metadata.vp_formats_supported
        assert metadata.client_id_prefixes_supported == ("x509_hash",)
        assert metadata.request_object_signing_alg_values_supported == ("ES256",)
        (jwk,) = metadata.model_dump()["jwks"]["keys"]
        seen.append((jwk["x"], jwk["kid"], fields["wallet_nonce"]))
        assert not {"Jansen", "wallet_name", "issuer"} & set(fields["wallet_metadata"].split('"'))
    assert all(one != other for one, other in zip(*seen, strict=True))
    assert party.forms == [], "a request object that is not encrypted as asked is not processed"


@pytest.mark.req("W-11")
def test_no_signature_algorithms_are_offered_where_nobody_can_sign(world: Any, register: Register) -> None:
    profile = dataclasses.replace(SILENT, encrypted_request_objects=True)
    party = register()
    name = f"redirect_uri:{RP}/response"
    refused(world, party, party.link(method="post", client_id=name), profile=profile)
    metadata = WalletMetadata.parse(party.fetches[-1][0]["wallet_metadata"])
    assert metadata.request_object_signing_alg_values_supported is None


def test_by_get_nothing_of_the_wallet_is_told(world: Any, register: Register) -> None:
    party = register()
    party.mount(world.wallet(profile=ENCRYPTING)).open(party.link())
    assert party.fetches[0][0] == {}
