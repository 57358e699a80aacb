"""Requests that come through the browser's Digital Credentials API (OpenID4VP 1.0 Appendix A, HAIP 1.0 §5.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject, sign_jws
from nlwallet.encoding import b64url_decode, b64url_encode, dump_json, parse_json
from nlwallet.errors import (
    InvalidRequest,
    PromptClosed,
    RemoteError,
    UntrustedCertificate,
    WalletLocked,
    WrongPin,
)
from nlwallet.holder import LogOutcome, MemoryVault, Wallet
from nlwallet.http import HttpClient
from nlwallet.openid4vp import AuthorizationRequest, RequestSigner, sign_multisigned
from nlwallet.profiles import HAIP_1_0, NL_WALLET_0_6, OPENID4VP_1_0

Register = Callable[..., Any]
NOW = 1_790_000_000
RP = "https://rp.example"
KEY = PrivateKey.generate()
FORMS = ["signed", "unsigned", "multisigned"]


class NoWayOut(HttpClient):
    """A client that notes every request; only the registrar is there."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def get(self, url: str, **options: Any) -> Any:
        self.asked.append(f"GET {url}")
        return super().get(url, **options)

    def post_form(self, url: str, fields: Any, **options: Any) -> Any:
        self.asked.append(f"POST {url}")
        return super().post_form(url, fields, **options)


def wallet_of(
    world: Any, *cards: Any, profile: Any = OPENID4VP_1_0, **options: Any
) -> tuple[Wallet, NoWayOut]:
    http, store = NoWayOut(), MemoryVault()
    store.add(cards or (world.card(),))
    wallet = Wallet(
        anchors=world.anchors, http=http, clock=world.clock, store=store, profile=profile, **options
    )
    wallet.mount("https://registrar.example", world.registrar_app)
    return wallet, http


def multisigned(party: Any, *signers: RequestSigner, **changes: Any) -> dict[str, Any]:
    """A request with several signatures, as a page gives it to the browser."""
    mine = RequestSigner.x509_hash(party.key, party.chain)
    claims = claims_in(party.to_browser(**changes))
    request = AuthorizationRequest.parse(claims, dc_api=True, modes=OPENID4VP_1_0.response_modes)
    data = {"request": sign_multisigned(request, signers or (mine,))}
    return {"protocol": "openid4vp-v1-multisigned", "data": data}


def claims_in(signed: dict[str, Any]) -> dict[str, Any]:
    claims = parse_json(b64url_decode(signed["data"]["request"].split(".")[1]))
    assert isinstance(claims, dict)
    return claims


def asked_by(party: Any, form: str, **changes: Any) -> dict[str, Any]:
    if form == "multisigned":
        return multisigned(party, **changes)
    return dict(party.to_browser(form, **changes))


def refused(world: Any, *requests: Any, origin: str = RP, **options: Any) -> RemoteError:
    """An error for the holder; nothing at all goes out, and the page is given nothing."""
    wallet, http = wallet_of(world, **options)
    with pytest.raises(RemoteError) as caught:
        wallet.open_dc_api(requests, origin=origin)
    assert http.asked == []
    return caught.value


# The whole way -----------------------------------------------------------------------------------------


@pytest.mark.req("HW-03", "A-07", "A-10", "A-12", "W-28")
@pytest.mark.parametrize("mode", ["dc_api", "dc_api.jwt"])
@pytest.mark.parametrize("form", FORMS)
def test_the_whole_way(world: Any, register: Register, key_binding: Any, form: str, mode: str) -> None:
    party = register()
    wallet, http = wallet_of(world)
    prompt = wallet.open_dc_api([asked_by(party, form, response_mode=mode)], origin=RP)
    outcome = prompt.approve(despite_warnings=True)
    assert outcome.protocol == f"openid4vp-v1-{form}"
    assert outcome.data.keys() == ({"response"} if mode.endswith(".jwt") else {"vp_token"})
    assert (outcome.redirect_uri, outcome.response_code) == (None, None)
    answer = party.opened(outcome.data)
    assert answer.state is None
    (presentation,) = answer.vp_token["pid"]
    assert key_binding(presentation)["aud"] == f"origin:{RP}"
    assert key_binding(presentation)["nonce"] == "n-0123456789abcdef"
    assert not [one for one in http.asked if "registrar" not in one], "the browser brings it, not the wallet"
    assert [entry.outcome for entry in wallet.log] == [LogOutcome.SHARED]


@pytest.mark.req("HW-03", "HV-14")
@pytest.mark.parametrize("form", FORMS)
def test_haip_answers_every_form_encrypted(world: Any, register: Register, form: str) -> None:
    party = register()
    wallet, _ = wallet_of(world, profile=HAIP_1_0)
    outcome = wallet.open_dc_api([asked_by(party, form)], origin=RP).approve(despite_warnings=True)
    assert party.opened(outcome.data).vp_token.keys() == {"pid"}
    error = refused(world, asked_by(party, form, response_mode="dc_api"), profile=HAIP_1_0)
    assert error.pointer == "/response_mode"


@pytest.mark.parametrize("form", FORMS)
def test_a_profile_without_the_browsers_api_answers_none(world: Any, register: Register, form: str) -> None:
    assert refused(world, asked_by(register(), form), profile=NL_WALLET_0_6).pointer == "/response_mode"


@pytest.mark.req("A-07")
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt", "fragment", "DC_API", None])
@pytest.mark.parametrize("form", ["signed", "unsigned"])
def test_another_response_mode_is_refused(
    world: Any, register: Register, form: str, mode: str | None
) -> None:
    assert refused(world, register().to_browser(form, response_mode=mode)).pointer == "/response_mode"


@pytest.mark.req("A-01")
def test_the_first_request_of_a_protocol_that_is_spoken_counts(world: Any, register: Register) -> None:
    first, second = register(), register(("given_name",))
    wallet, _ = wallet_of(world)
    others = [{"protocol": "preview", "data": {}}, {"protocol": "openid4vp-v2-signed", "data": {}}]
    prompt = wallet.open_dc_api(
        [*others, {"protocol": "org-iso-mdoc", "data": {}}, first.to_browser(), second.to_browser()],
        origin=RP,
    )
    assert [claim.path for card in prompt.cards for claim in card.claims] == [("age_over_18",)]
    assert refused(world, *others).code == "unsupported_protocol"
    assert refused(world).code == "unsupported_protocol"
    for rubbish in ({"protocol": "openid4vp-v1-signed"}, {"protocol": "openid4vp", "data": "x"}, "x"):
        refused(world, rubbish)


# Which page --------------------------------------------------------------------------------------------


@pytest.mark.req("A-05", "ADV-161", "RPA_01")
@pytest.mark.parametrize("form", ["signed", "multisigned"])
@pytest.mark.parametrize(
    "expected",
    [
        ["https://other.example"],
        [RP + "/"],
        [RP.upper()],
        [RP + ":443"],
        ["http://rp.example"],
        ["https://rp.example.evil.example"],
        ["rp.example"],
        ["https://*.example", "*"],
        [f" {RP}"],
    ],
    ids=range(9),
)
def test_a_signed_request_comes_from_a_page_that_it_names(
    world: Any, register: Register, expected: list[str], form: str
) -> None:
    error = refused(world, asked_by(register(), form, expected_origins=expected))
    assert (error.code, error.pointer) == ("invalid_request", "/expected_origins")


@pytest.mark.req("A-05", "A-04")
@pytest.mark.parametrize("expected", [None, [], RP, [1], [""]], ids=range(5))
def test_a_signed_request_names_its_pages(world: Any, register: Register, expected: Any) -> None:
    error = refused(world, register().to_browser(expected_origins=expected))
    assert error.code == "invalid_request"
    assert error.pointer.startswith("/expected_origins")


@pytest.mark.req("A-05")
def test_one_of_several_pages_is_enough(world: Any, register: Register) -> None:
    wallet, _ = wallet_of(world)
    request = register().to_browser(expected_origins=["https://other.example", RP])
    assert wallet.open_dc_api([request], origin=RP).requester.website == "rp.example"


@pytest.mark.req("A-15", "A-10")
@pytest.mark.parametrize("form", ["signed", "unsigned"])
def test_the_origin_is_the_platforms_and_never_the_requests(
    world: Any, register: Register, key_binding: Any, form: str
) -> None:
    party = register()
    page = "https://evil.example"
    request = party.to_browser(form, origin=RP, expected_origins=[RP, page])
    request["origin"] = request["data"]["origin"] = RP
    wallet, _ = wallet_of(world)
    prompt = wallet.open_dc_api([request], origin=page)
    assert prompt.requester.website == "evil.example"
    assert "other_website" in [warning.code for warning in prompt.warnings] or form == "unsigned"
    data = prompt.approve(despite_warnings=True).data
    (presentation,) = party.opened(data).vp_token["pid"]
    assert key_binding(presentation)["aud"] == f"origin:{page}"


@pytest.mark.req("A-03")
@pytest.mark.parametrize("client_id", ["x509_hash:AAAA", "origin:https://other.example", "", 1, None])
def test_who_an_unsigned_request_says_to_be_does_not_count(
    world: Any, register: Register, key_binding: Any, client_id: Any
) -> None:
    party = register()
    claimed = {"client_id": client_id, "expected_origins": ["https://other.example"]}
    wallet, _ = wallet_of(world)
    prompt = wallet.open_dc_api([party.to_browser("unsigned", **claimed)], origin=RP)
    who = prompt.requester
    assert (who.verified, who.trade_name, who.website) == (False, "rp.example", "rp.example")
    assert "unknown_party" in [warning.code for warning in prompt.warnings]
    data = prompt.approve(despite_warnings=True).data
    (presentation,) = party.opened(data).vp_token["pid"]
    assert key_binding(presentation)["aud"] == f"origin:{RP}"


@pytest.mark.req("A-06")
@pytest.mark.parametrize(
    "origin",
    [
        "http://rp.example",
        "ftp://rp.example",
        "javascript:1",
        "data:text/html,x",
        "ws://rp.example",
        "null",
        "",
        RP + "/",
    ],
)
def test_a_page_whose_name_tls_does_not_prove_gets_nothing(
    world: Any, register: Register, origin: str
) -> None:
    party = register()
    for form in FORMS:
        request = asked_by(party, form, expected_origins=[origin or "x"])
        assert isinstance(refused(world, request, origin=origin), InvalidRequest)


# Who signed it -------------------------------------------------------------------------------------------


@pytest.mark.req("W-17", "A-14", "RPA_01", "RPA_01a")
@pytest.mark.parametrize("profile", [HAIP_1_0, OPENID4VP_1_0], ids=lambda one: one.name)
@pytest.mark.parametrize("form", ["signed", "multisigned"])
def test_a_stranger_gets_no_further_in_any_form(
    world: Any, register: Register, form: str, profile: Any
) -> None:
    party = register()
    authority = CertificateAuthority.create("Toegang CA", now=NOW)
    party.chain = authority.issue(party.key.public, Subject("Café"), now=NOW)
    assert isinstance(refused(world, asked_by(party, form), profile=profile), UntrustedCertificate)


@pytest.mark.req("A-08")
@pytest.mark.parametrize(
    "request_", [None, 1, {}, [], "", "a.b.c", "e30.e30.", {"payload": "e30"}], ids=range(8)
)
def test_what_is_no_compact_jws_is_refused(world: Any, request_: Any) -> None:
    refused(world, {"protocol": "openid4vp-v1-signed", "data": {"request": request_}})


@pytest.mark.req("W-01")
@pytest.mark.parametrize(
    "odd",
    [10**30, "\ud800", {1: 2}, b"octets", object(), float("nan")],
    ids=["number", "half a character", "name", "octets", "object", "nan"],
)
@pytest.mark.parametrize("profile", [OPENID4VP_1_0, NL_WALLET_0_6], ids=lambda one: one.name)
def test_what_is_no_json_is_refused_as_such(world: Any, register: Register, odd: Any, profile: Any) -> None:
    wallet, _ = wallet_of(world, profile=profile)
    request = asked_by(register(), "unsigned")
    request["data"] = {**request["data"], "more": [odd]}
    if odd != odd:  # written as null
        request["data"]["nonce"] = odd
    with pytest.raises(RemoteError):
        wallet.open_dc_api([request], origin=RP)


def test_the_type_of_a_request_object_counts_here_too(world: Any, register: Register) -> None:
    party = register()
    party.sign = lambda claims: sign_jws(claims, party.key, typ="JWT", header={"x5c": party.chain.x5c()})
    refused(world, party.to_browser())


@pytest.mark.req("ADV-162", "A-09")
@pytest.mark.parametrize("place", ["first", "last"])
def test_of_two_signatures_the_trusted_one_counts(world: Any, register: Register, place: str) -> None:
    """Under HAIP nobody knows a DID; under the open profile a broken signature does not count either."""
    party = register()
    mine, other = RequestSigner.x509_hash(party.key, party.chain), RequestSigner.did_jwk(KEY)
    both = (other, mine) if place == "first" else (mine, other)
    for profile in (HAIP_1_0, OPENID4VP_1_0):
        request = multisigned(party, *both)
        if profile is OPENID4VP_1_0:
            broken = request["data"]["request"]["signatures"][both.index(other)]
            broken["signature"] = broken["signature"][:-4] + "AAAA"
        wallet, _ = wallet_of(world, profile=profile)
        prompt = wallet.open_dc_api([request], origin=RP)
        assert prompt.requester.verified
        assert prompt.requester.trade_name == "Café De Vrije Val"
        assert prompt.report.ok, "what the other signature lacked is not held against this one"


@pytest.mark.req("ADV-162")
def test_where_no_signature_counts_the_request_is_refused(world: Any, register: Register) -> None:
    party = register()
    dids = [RequestSigner.did_jwk(PrivateKey.generate()) for _ in range(2)]
    assert refused(world, multisigned(party, *dids), profile=HAIP_1_0).pointer == "/client_id"
    request = multisigned(party)
    for one in request["data"]["request"]["signatures"]:
        one["signature"] = one["signature"][:-4] + "AAAA"
    refused(world, request)


@pytest.mark.req("ADV-162", "A-09")
@pytest.mark.parametrize("member", ["client_id", "verifier_info", "trust_chain"])
def test_a_name_in_the_common_payload_is_refused(world: Any, register: Register, member: str) -> None:
    party = register()
    signer = RequestSigner.x509_hash(party.key, party.chain)
    claims = claims_in(party.to_browser())
    value = claims.get(member, [])
    claims = {name: each for name, each in claims.items() if name not in {"client_id", "verifier_info"}}
    claims[member] = value
    header = {**signer.header, "client_id": signer.client_id}
    jws = sign_jws(claims, party.key, typ="oauth-authz-req+jwt", header=header)
    protected, payload, signature = jws.split(".")
    data = {"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}
    request = {"protocol": "openid4vp-v1-multisigned", "data": {"request": data}}
    assert refused(world, request).pointer == "/request/payload"


@pytest.mark.req("A-09")
@pytest.mark.parametrize(
    "change",
    [
        {"signatures": []},
        {"signatures": None},
        {"signatures": [{}]},
        {"signatures": [{"protected": "e30", "signature": 1}]},
        {"signatures": [{"header": {}, "signature": "AAAA"}]},
        {"payload": None},
        {"payload": b64url_encode(dump_json([]))},
    ],
    ids=range(7),
)
def test_a_broken_json_serialization_is_refused(
    world: Any, register: Register, change: dict[str, Any]
) -> None:
    request = multisigned(register())
    request["data"]["request"] |= change
    refused(world, request)
    request["data"]["request"] = "a.b.c"
    refused(world, request)


# What it says ----------------------------------------------------------------------------------------------


@pytest.mark.req("A-02", "W-03")
@pytest.mark.parametrize("form", ["signed", "unsigned"])
def test_parameters_of_other_channels_are_ignored(world: Any, register: Register, form: str) -> None:
    party = register()
    others = {
        "state": "s",
        "response_uri": "javascript:1",
        "redirect_uri": "https://evil.example/",
        "aud": "https://other.example",
        "wallet_nonce": "x",
        "unknown": {"a": 1},
    }
    wallet, _ = wallet_of(world)
    prompt = wallet.open_dc_api([party.to_browser(form, **others)], origin=RP)
    outcome = prompt.approve(despite_warnings=True)
    assert party.opened(outcome.data).state is None
    assert outcome.redirect_uri is None


@pytest.mark.req("W-24", "W-25", "X-04", "ADV-174")
@pytest.mark.parametrize("form", ["signed", "unsigned"])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": None}, "invalid_request"),
        ({"nonce": "with space"}, "invalid_request"),
        ({"dcql_query": None}, "invalid_request"),
        ({"dcql_query": {"credentials": []}}, "invalid_request"),
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"transaction_data": ["e30"]}, "invalid_transaction_data"),
        ({"transaction_data": []}, "invalid_transaction_data"),
        ({"client_metadata": {"vp_formats_supported": {"ldp_vc": {}}}}, "vp_formats_not_supported"),
        ({"client_metadata": {"vp_formats_supported": {"dc+sd-jwt": {}}}}, "invalid_request"),
    ],
    ids=range(9),
)
def test_a_mistake_has_its_code(
    world: Any, register: Register, changes: dict[str, Any], code: str, form: str
) -> None:
    assert refused(world, register().to_browser(form, **changes)).code == code


@pytest.mark.req("A-13", "W-34")
@pytest.mark.parametrize("form", ["signed", "unsigned"])
def test_the_page_hears_no_word_of_an_error(world: Any, register: Register, form: str) -> None:
    """Also under a profile that tells errors: whoever was chosen by the platform would reveal its cards."""
    party = register()
    wallet, http = wallet_of(world, profile=OPENID4VP_1_0)
    party.mount(wallet)
    to = {"response_uri": f"{RP}/response", "redirect_uri": f"{RP}/cb", "response_mode": "direct_post"}
    for changes in ({"nonce": None}, {"dcql_query": None}, {"transaction_data": ["e30"]}, to):
        with pytest.raises(RemoteError):
            wallet.open_dc_api([party.to_browser(form, **changes)], origin=RP)
    assert (party.forms, http.asked) == ([], [])
    assert [entry.outcome for entry in wallet.log] == [LogOutcome.FAILED] * 4


# What the holder does ------------------------------------------------------------------------------------------


@pytest.mark.req("A-12", "W-26", "W-27")
@pytest.mark.parametrize("mode", ["dc_api", "dc_api.jwt"])
@pytest.mark.parametrize("form", FORMS)
def test_a_refusal_is_one_word_for_the_page(world: Any, register: Register, form: str, mode: str) -> None:
    wallet, http = wallet_of(world)
    prompt = wallet.open_dc_api([asked_by(register(), form, response_mode=mode)], origin=RP)
    outcome = prompt.deny()
    assert (outcome.protocol, outcome.data) == (f"openid4vp-v1-{form}", {"error": "access_denied"})
    assert not [one for one in http.asked if one.startswith("POST")]
    assert wallet.log[-1].outcome == LogOutcome.DENIED
    with pytest.raises(PromptClosed):
        prompt.approve(despite_warnings=True)


@pytest.mark.req("W-34", "W-35", "ADV-178", "A-13")
@pytest.mark.parametrize("form", FORMS)
def test_guessing_values_needs_the_holder_each_time_and_tells_nothing(
    world: Any, register: Register, ask: Any, form: str
) -> None:
    heard = []
    for values in ([True], [False], ["true"], None):
        party = register()
        party.query = ask(("age_over_18",))
        if values is not None:
            party.query["credentials"][0]["claims"][0]["values"] = values
        wallet, _ = wallet_of(world)
        prompt = wallet.open_dc_api([asked_by(party, form)], origin=RP)
        assert bool(prompt.missing) is (values in ([False], ["true"]))
        heard.append(prompt.deny().data)
    nothing_at_all, _ = wallet_of(world, world.card(vct="urn:other:1", disclosable=(), claims={"a": 1}))
    heard.append(nothing_at_all.open_dc_api([asked_by(register(), form)], origin=RP).deny().data)
    assert heard == [{"error": "access_denied"}] * 5


@pytest.mark.req("W-26")
def test_failed_user_authentication_looks_like_a_refusal(world: Any, register: Register) -> None:
    party = register()
    wallet, http = wallet_of(world, pin="112233")
    prompt = wallet.open_dc_api([party.to_browser()], origin=RP)
    for _ in range(3):
        with pytest.raises(WrongPin):
            prompt.approve(pin="000000")
    with pytest.raises(WalletLocked):
        prompt.approve(pin="000000")
    assert wallet.log[-1].outcome == LogOutcome.LOCKED
    assert not [one for one in http.asked if one.startswith("POST")]


def test_the_prompt_says_the_same_as_by_link(world: Any, register: Register) -> None:
    party = register()
    by_link = party.mount(world.wallet(profile=OPENID4VP_1_0)).open(party.link())
    wallet, _ = wallet_of(world)
    assert str(wallet.open_dc_api([party.to_browser()], origin=RP)) == str(by_link)


def test_another_page_than_the_certificate_names_is_told(world: Any, register: Register) -> None:
    page = "https://elsewhere.example:8443"
    wallet, _ = wallet_of(world)
    prompt = wallet.open_dc_api([register().to_browser(expected_origins=[page])], origin=page)
    warning = next(one for one in prompt.warnings if one.code == "other_website")
    assert "elsewhere.example" in warning.text


@pytest.mark.req("DASH_03a")
def test_the_log_knows_the_page_and_no_value(world: Any, register: Register) -> None:
    party = register(("family_name",))
    wallet, _ = wallet_of(world)
    wallet.open_dc_api([party.to_browser("unsigned")], origin=RP).approve(despite_warnings=True)
    (entry,) = wallet.log
    assert (entry.party.host, entry.party.verified) == ("rp.example", False)
    assert "Jansen" not in str(entry.as_dict())
