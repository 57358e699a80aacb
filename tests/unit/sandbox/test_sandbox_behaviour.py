"""The honest wallet within what a deployed wallet supports: what it refuses, in which words, and what it adds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nlwallet import Sandbox, Verifier
from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey, PublicKey, jws_from_parts
from nlwallet.encoding import b64url_decode, dump_json, parse_json_object
from nlwallet.errors import InvalidRequest, IssuanceRefused, RefusedByProfile, RefusedByWallet, RemoteError
from nlwallet.holder import Wallet, session
from nlwallet.holder.proof_of_association import prove_association
from nlwallet.issuer import CredentialConfiguration
from nlwallet.lint import lint
from nlwallet.openid4vci import KeyAttestationsRequired
from nlwallet.profiles import PROFILES
from nlwallet.sandbox import pilot
from nlwallet.sandbox.wallet_provider import SandboxWalletProvider
from nlwallet.testing.hostile import HostileRelyingParty
from nlwallet.testing.hostile.request_draft import RequestDraft
from nlwallet.verifier import PresentationRequest

NL_PID = "urn:eudi:pid:nl:1"
CLAIM = {"path": ["age_over_18"]}


def pid(**changes: Any) -> dict[str, Any]:
    return {"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [NL_PID]}, "claims": [CLAIM]} | changes


MDOC = {
    "id": "mdoc",
    "format": "mso_mdoc",
    "meta": {"doctype_value": NL_PID},
    "claims": [{"path": [NL_PID, "age_over_18"]}],
}

BEYOND_THE_NL_WALLET: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "two formats": ({"credentials": [pid(), MDOC]}, "NL-01", "/dcql_query/credentials", "access_denied"),
    "credential_sets": (
        {"credentials": [pid()], "credential_sets": [{"options": [["pid"]]}]},
        "NL-02",
        "/dcql_query/credential_sets",
        "invalid_request",
    ),
    "claim_sets": (
        {"credentials": [pid(claims=[{"id": "a", **CLAIM}], claim_sets=[["a"]])]},
        "NL-03",
        "/dcql_query/credentials/0/claim_sets",
        "invalid_request",
    ),
    "multiple": (
        {"credentials": [pid(multiple=True)]},
        "NL-05",
        "/dcql_query/credentials/0/multiple",
        "invalid_request",
    ),
    "no holder binding": (
        {"credentials": [pid(require_cryptographic_holder_binding=False)]},
        "NL-06",
        "/dcql_query/credentials/0/require_cryptographic_holder_binding",
        "invalid_request",
    ),
    "a trusted list": (
        {"credentials": [pid(trusted_authorities=[{"type": "etsi_tl", "values": ["https://list.example"]}])]},
        "NL-10",
        "/dcql_query/credentials/0/trusted_authorities/0/type",
        "invalid_request",
    ),
    "null in a path": (
        {"credentials": [pid(claims=[{"path": ["nationalities", None]}])]},
        "NL-07",
        "/dcql_query/credentials/0/claims/0/path/1",
        "invalid_request",
    ),
    "no claims": (
        {"credentials": [{name: value for name, value in pid().items() if name != "claims"}]},
        "NL-08",
        "/dcql_query/credentials/0",
        "invalid_request",
    ),
}


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.fixture(scope="module")
def stranger(edi: Sandbox) -> HostileRelyingParty:
    return HostileRelyingParty(edi)


@pytest.fixture(scope="module")
def bar(edi: Sandbox) -> Verifier:
    return edi.relying_party("cafe-de-vrije-val")


def opened(edi: Sandbox, request: PresentationRequest, behaves_as: str) -> Any:
    return edi.wallet("frouke", pin=None, behaves_as=behaves_as).open(request.uri)


@pytest.mark.parametrize("case", BEYOND_THE_NL_WALLET.values(), ids=BEYOND_THE_NL_WALLET)
def test_what_the_nl_wallet_does_not_read_is_refused_in_its_name_and_by_no_other(
    edi: Sandbox, bar: Verifier, case: tuple[dict[str, Any], str, str, str]
) -> None:
    query, check, pointer, code = case
    assert opened(edi, bar.request(query), "haip-1.0").requester.trade_name == "Café De Vrije Val"
    request = bar.request(query)
    with pytest.raises(RefusedByProfile) as refused:
        opened(edi, request, "nl-wallet-0.6")
    error = refused.value
    assert error.message.startswith("a wallet that behaves as nl-wallet-0.6 refuses this: The NL Wallet")
    assert error.spec.endswith(f"NL Wallet: DCQL, {check}")
    assert (error.pointer, error.code) == (pointer, code)
    told = bar.result(request).error
    assert isinstance(told, RefusedByWallet)  # as the real one does, it says so to who asks
    assert told.code == code


FORMATS = "vp_formats_supported"
BEYOND_ITS_READING: dict[str, tuple[Callable[[RequestDraft], object], str, str]] = {
    "intent_to_retain": (
        lambda it: it.credential["claims"][0].update(intent_to_retain=False),
        "DCQL, NL-09",
        "/dcql_query/credentials/0/claims/0/intent_to_retain",
    ),
    "transaction_data": (
        lambda it: it.claims.update(transaction_data=["e30"]),
        "OpenID4VP, NL-15",
        "/transaction_data",
    ),
    "aud as an array": (lambda it: it.claims.update(aud=[it.claims["aud"]]), "OpenID4VP, NL-15", "/aud"),
    "a scope": (
        lambda it: (it.claims.pop("dcql_query"), it.claims.update(scope="pid")),
        "OpenID4VP, NL-15",
        "",
    ),
    "no client_metadata": (lambda it: it.claims.pop("client_metadata"), "OpenID4VP, NL-16", ""),
    "no formats": (
        lambda it: it.claims["client_metadata"].pop(FORMATS),
        "OpenID4VP, NL-16",
        "/client_metadata",
    ),
    "no algorithms": (
        lambda it: it.claims["client_metadata"][FORMATS].update({"dc+sd-jwt": {}}),
        "OpenID4VP, NL-16",
        f"/client_metadata/{FORMATS}/dc+sd-jwt",
    ),
}


@pytest.mark.parametrize("case", BEYOND_ITS_READING.values(), ids=BEYOND_ITS_READING)
def test_what_else_the_nl_wallet_does_not_take(
    edi: Sandbox, stranger: HostileRelyingParty, case: tuple[Callable[[RequestDraft], object], str, str]
) -> None:
    change, check, pointer = case
    draft = stranger.draft()
    change(draft)
    with pytest.raises(RefusedByProfile) as refused:
        edi.wallet("frouke", pin=None, behaves_as="nl-wallet-0.6").open(draft.uri())
    assert (refused.value.spec, refused.value.pointer) == (f"NL Wallet: {check}", pointer)
    assert [dict(one)["error"] for one in draft.received] == ["invalid_request"]


def test_0_5_alone_refuses_values(edi: Sandbox, bar: Verifier) -> None:
    query = {"credentials": [pid(claims=[CLAIM | {"values": [True]}])]}
    assert opened(edi, bar.request(query), "nl-wallet-0.6").cards
    found = lint(dump_json(query), profile="nl-wallet-0.5").findings
    assert [str(one.severity) for one in found if one.check == "NL-04"] == ["error"]


@pytest.mark.parametrize("name", ["authorization_details", "code_challenge", "scope", "redirect_uri"])
def test_0_5_alone_refuses_parameters_that_it_does_not_know(
    edi: Sandbox, stranger: HostileRelyingParty, name: str
) -> None:
    spec = {}
    for version in ("nl-wallet-0.5", "nl-wallet-0.6"):
        draft = stranger.draft()
        draft.claims[name] = "x"
        draft.called(f"x509_san_dns:{stranger.host}" if version.endswith("5") else draft.claims["client_id"])
        try:
            edi.wallet("frouke", pin=None, behaves_as=version).open(draft.uri())
        except RemoteError as error:
            spec[version] = (error.spec, error.pointer)
    assert spec.pop("nl-wallet-0.5") == ("NL Wallet: OpenID4VP, NL-15", f"/{name}")
    assert all("NL-15" not in section for section, _ in spec.values())


def test_0_5_refuses_the_same_of_a_query() -> None:
    query = BEYOND_THE_NL_WALLET["credential_sets"][0]
    with Sandbox(profile="nl-wallet-0.5") as edi:
        bar = edi.relying_party("cafe-de-vrije-val")
        assert bar.client_id == "x509_san_dns:cafe-de-vrije-val.example"
        with pytest.raises(RefusedByProfile, match=r"nl-wallet-0\.5"):
            opened(edi, bar.request(query), "nl-wallet-0.5")
        request = bar.request()
        opened(edi, request, "nl-wallet-0.5").approve()
        assert bar.result(request).claims("pid") == {"age_over_18": True}


@pytest.mark.parametrize("ours", ["nl-wallet-0.5", "nl-wallet-0.6"])
def test_each_version_refuses_the_identifier_of_the_other_and_tells_nobody(ours: str) -> None:
    other = {"nl-wallet-0.5": "nl-wallet-0.6", "nl-wallet-0.6": "nl-wallet-0.5"}[ours]
    with Sandbox(profile=ours) as edi:
        bar = edi.relying_party("cafe-de-vrije-val")
        request = bar.request()
        with pytest.raises(RefusedByProfile) as refused:
            opened(edi, request, other)
        assert (refused.value.pointer, refused.value.spec) == ("/client_id", "NL Wallet: OpenID4VP, NL-14")
        assert bar.result(request).status == "pending"


def test_the_nl_wallet_wants_requests_by_reference() -> None:
    with Sandbox(profile="openid4vp-1.0") as edi:
        request = edi.relying_party("cafe-de-vrije-val").request(passing="value")
        assert opened(edi, request, "eudi-reference").cards
        with pytest.raises(RefusedByProfile) as refused:
            opened(edi, request, "nl-wallet-0.6")
        assert refused.value.spec == "NL Wallet: OpenID4VP, NL-13"


def test_only_the_eudi_wallet_answers_without_encryption() -> None:
    with Sandbox(profile="openid4vp-1.0") as edi:
        bar = edi.relying_party("cafe-de-vrije-val")
        request = bar.request(response_mode="direct_post")
        opened(edi, request, "eudi-reference").approve()
        assert bar.result(request).claims("pid") == {"age_over_18": True}
        for name, section in (("nl-wallet-0.6", "NL-17"), ("haip-strict", "HV-")):
            with pytest.raises(RefusedByProfile) as refused:
                opened(edi, bar.request(response_mode="direct_post"), name)
            assert name in refused.value.message
            assert section in refused.value.spec


def test_the_eudi_wallet_and_the_linter_agree_on_identifiers() -> None:
    with Sandbox(profile="eudi-reference") as edi:
        party = edi.register(pilot("cafe-de-vrije-val").record, host="cafe.example", identity="x509_san_dns")
        request = party.request()
        opened(edi, request, "eudi-reference").approve()
        fetched = party.endpoints.request_object(party.request().uri.rpartition("%2F")[2])
        assert [
            one for one in lint(fetched, profile="eudi-reference").findings if one.severity == "error"
        ] == []
        assert "HV-03" in {one.check for one in lint(fetched).findings}
        assert party.result(request).claims("pid") == {"age_over_18": True}


@pytest.mark.req("I-06")
def test_the_eudi_wallet_gets_cards_for_attested_keys_only() -> None:
    """TS3 §2.2.2.2; and its library reads no metadata with a card for any other key."""
    with Sandbox(profile="eudi-reference") as edi:
        own = CredentialConfiguration.from_type_metadata(
            {"vct": "urn:example:pass:1", "claims": [{"path": ["number"], "sd": "always"}]},
            key_attestations_required=KeyAttestationsRequired(("iso_18045_basic",)),
        )
        town = edi.issuer("town.example", configurations=[own], attributes=lambda _: {"number": "1"})
        wanted = [
            terms["key_attestations_required"]
            for issuer in (edi.pid_issuer, edi.issuer("diploma"), town)
            for one in issuer.issuer_metadata()["credential_configurations_supported"].values()
            for terms in (one["proof_types_supported"]["jwt"], one["proof_types_supported"]["attestation"])
        ]
        assert wanted[-2:] == [{"key_storage": ["iso_18045_basic"]}] * 2
        assert len(wanted) > 4
        assert all(one == {} for one in wanted[:-2])
        assert len(edi.wallet("frouke", cards=("pid", "diploma", town)).cards) == 3


@pytest.mark.parametrize("known", [True, False])
def test_a_wallet_of_another_provider_gets_cards_where_that_is_known(known: bool) -> None:
    clock = TravellingClock(1_790_000_000)
    elsewhere = SandboxWalletProvider(clock)
    elsewhere.keep_statuses("https://unreachable.example")
    anchors = (elsewhere.anchor,) if known else ()
    with Sandbox(clock=clock, profile="eudi-reference", wallet_anchors=anchors) as edi:
        other = Wallet(
            anchors=edi.anchors,
            http=edi.client(),
            clock=clock,
            profile=edi.profile,
            types=edi.types,
            provider=elsewhere,
        )
        if known:
            assert other.receive(edi.offer("pid", "frouke").uri)
            assert edi.wallet("frouke").cards
        else:
            with pytest.raises(IssuanceRefused) as refused:
                other.receive(edi.offer("pid", "frouke").uri)
            assert refused.value.code == "invalid_client"


def test_the_eudi_wallet_knows_verifiers_by_certificate_only() -> None:
    with Sandbox(profile="openid4vp-1.0") as edi:
        party = edi.register(pilot("cafe-de-vrije-val").record, host="cafe.example", identity="did:jwk")
        with pytest.raises(InvalidRequest) as refused:
            opened(edi, party.request(), "eudi-reference")
        assert refused.value.pointer == "/client_id"
        assert "x509_hash, x509_san_dns" in refused.value.hint


def test_haip_strict_ends_at_a_must_that_others_forgive(edi: Sandbox, bar: Verifier) -> None:
    request = bar.request()
    opened(edi, request, "haip-strict").approve()
    assert bar.result(request).claims("pid") == {"age_over_18": True}
    with Sandbox(profile="transitional") as old:
        party = old.register(pilot("cafe-de-vrije-val").record, host="cafe.example", identity="x509_san_dns")
        assert opened(old, party.request(), "transitional").cards
        with pytest.raises(RefusedByProfile, match="haip-strict") as refused:
            opened(old, party.request(), "haip-strict")
        assert refused.value.pointer == "/client_id"


OF_SD_JWTS = [name for name in PROFILES if name != "iso-18013-7"]
"""ISO/IEC TS 18013-7 asks mdocs, in requests of its own form."""


@pytest.mark.parametrize("name", OF_SD_JWTS)
def test_an_honest_request_of_its_own_profile_is_answered_under_each(name: str) -> None:
    with Sandbox(profile=name) as edi:
        bar = edi.relying_party("cafe-de-vrije-val")
        request = bar.request()
        edi.wallet("frouke", pin=None).open(request.uri).approve()
        assert bar.result(request).claims("pid") == {"age_over_18": True}


def test_an_unknown_behaviour_is_our_own_mistake(edi: Sandbox) -> None:
    with pytest.raises(Exception, match="no profile 'ideal'"):
        edi.wallet("frouke", behaves_as="ideal")


def test_links_that_are_none_are_refused_as_ever(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke", behaves_as="nl-wallet-0.6")
    for link in (
        "",
        "openid4vp://",
        "a.b.c",
        "{}",
        "openid4vp://?client_id=x&request_uri=https://gone.example/r",
    ):
        with pytest.raises(RemoteError):
            wallet.open(link)


# Proof of association -----------------------------------------------------------------------------

TWO_CARDS = {
    "credentials": [
        pid(),
        {
            "id": "diploma",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": []},
            "claims": [{"path": ["programme"]}],
        },
    ]
}


def answered(
    monkeypatch: pytest.MonkeyPatch, behaves_as: str, *, two: bool
) -> tuple[dict[str, Any], Any, Any]:
    """What stands beside the VP Token, the request, and the public keys of the cards."""
    beside: dict[str, Any] = {}
    honest = session.build_response

    def build(request: Any, **parts: Any) -> Any:
        beside.update(parts["beside"] or {}, request=request)
        return honest(request, **parts)

    monkeypatch.setattr(session, "build_response", build)
    with Sandbox() as edi:
        wallet = edi.wallet("frouke", pin=None, cards=("pid", "diploma"), behaves_as=behaves_as)
        bar = edi.relying_party("cafe-de-vrije-val")
        query = {"credentials": TWO_CARDS["credentials"][: 1 + two]}
        query["credentials"][-1]["meta"] = {"vct_values": [wallet.cards[two].type]}
        request = bar.request(query)
        wallet.open(request.uri).approve(despite_warnings=True)
        assert bar.result(request).presentations  # one that knows no proof of association is not disturbed
    return beside, beside.pop("request"), bar


def test_the_nl_wallet_proves_that_the_keys_of_two_cards_are_in_one_wallet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beside, request, bar = answered(monkeypatch, "nl-wallet-0.6", two=True)
    proof = beside["poa"]
    keys = []
    for one in proof["signatures"]:
        jws = jws_from_parts(
            one["protected"],
            proof["payload"],
            one["signature"],
            typ={"poa+jwt"},
            algorithms={"ES256"},
            what="the proof",
        )
        claims = parse_json_object(jws.payload, what="the proof")
        key = PublicKey.from_jwk(claims["jwks"][len(keys)])  # in the order of the signatures
        jws.verify(key)
        keys.append(key)
    assert len({key.thumbprint() for key in keys}) == 2 == len(claims["jwks"])
    assert (claims["aud"], claims["nonce"]) == (bar.client_id, request.nonce)
    assert claims["iss"] == "https://wallet.example"


@pytest.mark.parametrize(("behaves_as", "two"), [("nl-wallet-0.6", False), ("haip-1.0", True)])
def test_one_card_or_another_wallet_proves_nothing_of_the_kind(
    monkeypatch: pytest.MonkeyPatch, behaves_as: str, two: bool
) -> None:
    assert answered(monkeypatch, behaves_as, two=two)[0] == {}


def test_a_wallet_without_a_provider_goes_by_the_name_of_the_nl_wallet() -> None:
    keys = [PrivateKey.generate(), PrivateKey.generate()]
    proof = prove_association([*keys, keys[0]], issuer="", audience="a", nonce="n", now=5)
    assert proof is not None
    assert len(proof["signatures"]) == 2  # of each key one
    claims = parse_json_object(b64url_decode(proof["payload"]), what="the proof")
    assert (claims["iss"], claims["iat"]) == ("https://wallet.edi.rijksoverheid.nl", 5)
