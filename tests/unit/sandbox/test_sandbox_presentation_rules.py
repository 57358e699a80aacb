"""What the framework asks of every presentation (ARF topics 1 and 6), in both formats and through every channel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2
import pytest

from nlwallet import RelyingPartyRecord, Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.crypto import DerivationCost, PrivateKey, sign_jws
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.encoding import b64url_decode, b64url_encode, parse_json
from nlwallet.errors import AlgorithmNotAllowed, ApprovalNotPossible, RemoteError, WrongPin
from nlwallet.holder import FileVault, LogOutcome, Wallet
from nlwallet.openid4vp import UnreadResponse
from nlwallet.profiles import OPENID4VP_1_0, PROFILES
from nlwallet.sandbox import pilot
from nlwallet.verifier import Status, Verifier
from nlwallet.verifier.answering import Answering

PIN = Sandbox.PIN
PID = "urn:eudi:pid:nl:1"
PAGE = "https://loket.example"
NAME, BIRTH = "Hofstra", "2000-03-24"

SD_JWT: dict[str, Any] = {
    "id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [PID]}, "claims": [{"path": ["family_name"]}],
}  # fmt: skip
MDOC: dict[str, Any] = {
    "id": "pid", "format": "mso_mdoc", "meta": {"doctype_value": PID}, "claims": [{"path": [PID, "family_name"]}],
}  # fmt: skip


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(1_790_000_000), record_wire=True) as one:
        yield one


@pytest.fixture
def desk(edi: Sandbox) -> Verifier:
    """A relying party that registered the name, in both formats."""
    record = pilot("cafe-de-vrije-val").record
    use = record.intended_uses[0].model_dump() | {
        "credentials": (
            {"types": [PID], "claims": [["family_name"], ["birthdate"]]},
            {"format": "mso_mdoc", "types": [PID], "claims": [[PID, "family_name"]]},
        ),
        "purpose": {"nl": "Een pasje maken", "en": "Make a pass"},
    }
    return edi.register(
        RelyingPartyRecord.of(**{**record.model_dump(), "intended_uses": (use,)}), host="loket.example"
    )


@pytest.fixture
def frouke(edi: Sandbox) -> Wallet:
    wallet = edi.wallet("frouke")
    wallet.receive(edi.pid_issuer.invite("nl-pid-mdoc").uri, browser=edi.browser("frouke"))
    assert {card.format for card in wallet.cards} == {"dc+sd-jwt", "mso_mdoc"}
    assert edi.wire is not None
    edi.wire.take()
    return wallet


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The answers that verifiers decrypted: all that they ever see."""
    seen: list[Any] = []
    read = Answering._read

    def kept(self: Answering, session: Any, parse: Callable[[], UnreadResponse], report: Any) -> Any:
        answer = read(self, session, parse, report)
        seen.append(answer)
        return answer

    monkeypatch.setattr(Answering, "_read", kept)
    return seen


def exchanged(edi: Sandbox, host: str = "loket.example") -> list[Any]:
    assert edi.wire is not None
    return [one for one in edi.wire.take() if one.to == host]


def by_redirect(desk: Verifier, frouke: Wallet, query: dict[str, Any]) -> tuple[dict[str, Any], Any, Any]:
    """The way there and back over links: the claims of the request object, the answer on the wire, the result."""
    asked = desk.request({"credentials": [query]}, flow="same_device", redirect_uri=f"{PAGE}/terug")
    outcome = frouke.open(asked.uri).approve(pin=PIN, despite_warnings=True)
    assert outcome.redirect_uri is not None
    assert desk.result(asked).status is Status.PENDING, "the response code must come along (HAIP §5.1)"
    code = outcome.redirect_uri.partition("response_code=")[2]
    return {}, outcome, desk.result(asked, response_code=code)


def by_browser(desk: Verifier, frouke: Wallet, query: dict[str, Any]) -> tuple[dict[str, Any], Any, Any]:
    """The same through the Digital Credentials API."""
    asked = desk.dc_api_request({"credentials": [query]}, origins=[PAGE])
    assert asked.protocol == "openid4vp-v1-signed"
    outcome = frouke.open_dc_api([asked.as_json()], origin=PAGE).approve(pin=PIN, despite_warnings=True)
    claims = parse_json(b64url_decode(asked.data["request"].split(".")[1]))
    return claims, outcome, desk.receive_dc_api(asked, outcome.data, origin=PAGE)


# The whole way ------------------------------------------------------------------------------------


@pytest.mark.req("OIA_01a")
@pytest.mark.parametrize(
    ("query", "way"),
    [
        pytest.param(MDOC, by_redirect, marks=pytest.mark.req("OIA_03b"), id="mdoc, links"),
        pytest.param(SD_JWT, by_redirect, marks=pytest.mark.req("OIA_03c"), id="SD-JWT VC, links"),
        pytest.param(MDOC, by_browser, marks=pytest.mark.req("OIA_08"), id="mdoc, browser"),
        pytest.param(SD_JWT, by_browser, marks=pytest.mark.req("OIA_08a"), id="SD-JWT VC, browser"),
    ],
)
def test_both_formats_go_through_both_channels_as_haip_has_it(
    edi: Sandbox, desk: Verifier, frouke: Wallet, received: list[Any], query: dict[str, Any], way: Any
) -> None:
    claims, outcome, result = way(desk, frouke, query)
    wire = exchanged(edi)
    if way is by_redirect:
        fetched, posted = wire
        claims = parse_json(b64url_decode(fetched.response_body.decode().split(".")[1]))
        assert fetched.response_type.startswith("application/oauth-authz-req+jwt")
        assert posted.request_body.startswith(b"response=ey")
        assert claims["response_mode"] == "direct_post.jwt"
    else:
        assert wire == []
        assert list(outcome.data) == ["response"]
        assert claims["response_mode"] == "dc_api.jwt"
        assert claims["expected_origins"] == [PAGE]
    assert claims["client_id"].startswith("x509_hash:")
    assert claims["response_type"] == "vp_token"
    assert claims["dcql_query"]["credentials"][0]["format"] == query["format"]
    names = {"family_name": NAME} if query is SD_JWT else {PID: {"family_name": NAME}}
    assert result.claims("pid") == names
    [answer] = received
    [presented] = answer.vp_token["pid"]
    if query is SD_JWT:
        assert len(presented.split("~")) == 3  # the credential, one Disclosure, the key binding
    else:
        [document] = cbor2.loads(b64url_decode(presented))["documents"]
        assert "deviceSignature" in document["deviceSigned"]["deviceAuth"]


@pytest.mark.req("OIA_07")
@pytest.mark.parametrize("query", [SD_JWT, MDOC], ids=["SD-JWT VC", "mdoc"])
def test_of_a_card_nothing_goes_along_but_what_was_asked(
    desk: Verifier, frouke: Wallet, received: list[Any], query: dict[str, Any]
) -> None:
    by_redirect(desk, frouke, query)
    [presented] = received[0].vp_token["pid"]
    if query is SD_JWT:
        _, *shown, _ = presented.split("~")
        values = [parse_json(b64url_decode(one))[1:] for one in shown]
    else:
        [document] = cbor2.loads(b64url_decode(presented))["documents"]
        items = [
            cbor2.loads(item.value)
            for listed in document["issuerSigned"]["nameSpaces"].values()
            for item in listed
        ]
        values = [[item["elementIdentifier"], item["elementValue"]] for item in items]
    assert values == [["family_name", NAME]]


@pytest.mark.req("OIA_02", "OIA_17")
@pytest.mark.parametrize(
    ("query", "checks"), [(SD_JWT, {"S-30", "V-47", "S-16"}), (MDOC, {"M-08"})], ids=["SD-JWT VC", "mdoc"]
)
def test_every_presentation_is_bound_to_its_device_and_that_is_verified(
    desk: Verifier, frouke: Wallet, query: dict[str, Any], checks: set[str]
) -> None:
    _, _, result = by_redirect(desk, frouke, query)
    assert checks <= {check.id for check in result.report if check.outcome == "passed"}


@pytest.mark.req("OIA_02", "OIA_17")
@pytest.mark.parametrize("query", [SD_JWT, MDOC], ids=["SD-JWT VC", "mdoc"])
def test_a_copied_card_is_worth_nothing_on_another_device(
    desk: Verifier, frouke: Wallet, monkeypatch: pytest.MonkeyPatch, query: dict[str, Any]
) -> None:
    read = Answering._read

    def stolen(self: Answering, session: Any, parse: Callable[[], UnreadResponse], report: Any) -> Any:
        answer = read(self, session, parse, report)
        [presented] = answer.vp_token["pid"]
        resigned = on_another_device(presented) if query is SD_JWT else with_another_signature(presented)
        return replace(answer, vp_token={"pid": [resigned]})

    monkeypatch.setattr(Answering, "_read", stolen)
    asked = desk.request({"credentials": [query]})
    with pytest.raises(RemoteError):
        frouke.open(asked.uri).approve(pin=PIN, despite_warnings=True)
    result = desk.result(asked)
    assert (result.status, result.presentations) == (Status.FAILED, ())
    failed = {check.id for check in result.report if check.outcome == "failed"}
    assert failed & {"S-30", "M-08"}


def on_another_device(presented: str) -> str:
    """The same key binding JWT, signed with a key that the issuer never saw."""
    card, _, binding = presented.rpartition("~")
    return f"{card}~{sign_jws(parse_json(b64url_decode(binding.split('.')[1])), PrivateKey.generate(), typ='kb+jwt')}"


def with_another_signature(presented: str) -> str:
    response = cbor2.loads(b64url_decode(presented))
    signature = response["documents"][0]["deviceSigned"]["deviceAuth"]["deviceSignature"]
    signature[3] = PrivateKey.generate().sign(b"something")
    return b64url_encode(dump_cbor(response))


@pytest.mark.req("OIA_09")
@pytest.mark.parametrize("way", [by_redirect, by_browser], ids=["links", "browser"])
@pytest.mark.parametrize("query", [SD_JWT, MDOC], ids=["SD-JWT VC", "mdoc"])
def test_nobody_on_the_way_can_read_the_answer(
    edi: Sandbox, desk: Verifier, frouke: Wallet, query: dict[str, Any], way: Any
) -> None:
    _, outcome, result = way(desk, frouke, query)
    assert result.status is Status.VERIFIED
    bodies = [one.request_body for one in exchanged(edi) if one.method == "POST"]
    [answer] = [body.decode().removeprefix("response=") for body in bodies] or [outcome.data["response"]]
    header, *rest = answer.split(".")
    assert len(rest) == 4
    assert parse_json(b64url_decode(header))["enc"] in ("A128GCM", "A256GCM")


# The holder decides -------------------------------------------------------------------------------


@pytest.mark.req("OIA_06", "RPA_07a")
@pytest.mark.parametrize("way", ["links", "browser"])
def test_nothing_leaves_before_the_holder_has_approved_in_the_wallet(
    edi: Sandbox, desk: Verifier, frouke: Wallet, received: list[Any], way: str
) -> None:
    """The browser hands over a request and gets an answer; the question is the wallet's own."""
    if way == "links":
        prompt = frouke.open(desk.request({"credentials": [SD_JWT]}).uri)
    else:
        asked = desk.dc_api_request({"credentials": [SD_JWT]}, origins=[PAGE])
        prompt = frouke.open_dc_api([asked.as_json()], origin=PAGE)
    assert [one.method for one in exchanged(edi)] == (["GET"] if way == "links" else [])
    assert [claim.value for card in prompt.cards for claim in card.claims] == [NAME]
    outcome = prompt.deny()
    for one in exchanged(edi):
        assert b"vp_token" not in one.request_body
        assert NAME.encode() not in one.request_body
    assert not any(hasattr(answer, "vp_token") for answer in received)
    if way == "browser":
        assert outcome.data == {"error": "access_denied"}
    assert frouke.log[-1].shared == ()


@pytest.mark.req("RPA_08")
def test_only_who_knows_the_pin_gets_to_decide(edi: Sandbox, desk: Verifier, tmp_path: Path) -> None:
    place = tmp_path / "wallet"
    how: dict[str, Any] = {"attempts": tmp_path / "state", "clock": edi.clock}
    with FileVault.create(
        place, pin=PIN, cost=DerivationCost(memory_kib=64, iterations=1, lanes=1), **how
    ) as vault:
        wallet = edi.empty_wallet(pin=None, store=vault)
        wallet.receive(edi.pid_issuer.invite("nl-pid").uri, browser=edi.browser("frouke"))
    # Not before: without the PIN there is no wallet to open a request with.
    with pytest.raises(WrongPin):
        FileVault.open(place, pin="000000", **how)
    with FileVault.open(place, pin=PIN, **how) as vault:
        prompt = edi.empty_wallet(pin=None, store=vault).open(desk.request({"credentials": [SD_JWT]}).uri)
        assert prompt.consent().pin_needed
        exchanged(edi)
        for wrong in (None, "000000"):
            with pytest.raises(WrongPin):
                prompt.approve(pin=wrong, despite_warnings=True)
        assert exchanged(edi) == []
        prompt.approve(pin=PIN, despite_warnings=True)
        assert [one.method for one in exchanged(edi)] == ["POST"]


@pytest.mark.req("RPA_10a")
def test_the_holder_shares_all_that_is_asked_or_nothing(
    edi: Sandbox, desk: Verifier, frouke: Wallet, received: list[Any]
) -> None:
    two = {**SD_JWT, "claims": [{"path": ["family_name"]}, {"path": ["birthdate"]}]}
    asked = desk.request({"credentials": [two]})
    frouke.open(asked.uri).approve(pin=PIN, despite_warnings=True)
    assert desk.result(asked).claims("pid") == {"family_name": NAME, "birthdate": BIRTH}
    # One of the two is not there: then the other stays as well.
    lacking = {**SD_JWT, "claims": [{"path": ["family_name"]}, {"path": ["nickname"]}]}
    prompt = frouke.open(desk.request({"credentials": [lacking]}).uri)
    assert prompt.cards == ()
    with pytest.raises(ApprovalNotPossible):
        prompt.approve(pin=PIN, despite_warnings=True)
    prompt.deny()
    assert (frouke.log[-1].outcome, frouke.log[-1].shared) == (LogOutcome.UNANSWERABLE, ())
    assert len(received) == 2


# Algorithms ---------------------------------------------------------------------------------------

AGREED = {
    "alg": {"ES256", "ES384", "ES512", "ECDH-ES"},
    "enc": {"A128GCM", "A256GCM"},
}
"""Of the ECCG Agreed Cryptographic Mechanisms those that HAIP and our profiles have: ECDSA and ECDH on the curves of
NIST, AES in GCM. SHA-2 is what they hash with."""

REAL = [one for one in PROFILES.values() if one is not OPENID4VP_1_0]


@pytest.mark.req("OIA_03")
def test_nothing_on_the_wire_is_protected_by_another_mechanism_than_agreed(
    edi: Sandbox, desk: Verifier
) -> None:
    assert edi.wire is not None
    wallet = edi.empty_wallet()
    for configuration in ("nl-pid", "nl-pid-mdoc"):
        wallet.receive(edi.pid_issuer.invite(configuration).uri, browser=edi.browser("frouke"))
    for query in (SD_JWT, MDOC):
        by_redirect(desk, wallet, query)
    found: dict[str, set[str]] = {"alg": set(), "enc": set()}
    for one in edi.wire.take():
        text = (one.request_body + b" " + one.response_body).decode("latin-1")
        for header in re.findall(r"\b(eyJ[\w-]+)\.[\w-]*\.[\w-]+", text):
            members = parse_json(b64url_decode(header))
            for name, seen in found.items():
                seen |= {members[name]} if name in members else set()
    assert {"ES256", "ECDH-ES"} <= found["alg"] <= AGREED["alg"]
    assert found["enc"]
    assert found["enc"] <= AGREED["enc"]
    for card in wallet.cards:
        if card.format == "dc+sd-jwt":
            payload = parse_json(b64url_decode(card.credential.text.split(".")[1]))
            assert payload.get("_sd_alg", "sha-256") == "sha-256"
        else:
            issuer_auth = cbor2.loads(b64url_decode(card.credential.text))["issuerAuth"]
            assert cbor2.loads(issuer_auth[0]) == {1: -7}  # ES256
            assert cbor2.loads(cbor2.loads(issuer_auth[2]).value)["digestAlgorithm"] == "SHA-256"


@pytest.mark.req("OIA_03")
@pytest.mark.parametrize("profile", REAL, ids=lambda one: one.name)
def test_no_profile_for_real_data_takes_another(profile: Any) -> None:
    assert profile.signing_algorithms <= AGREED["alg"]
    assert set(profile.encryption_encs) <= AGREED["enc"]


@pytest.mark.req("OIA_03")
def test_a_request_that_is_signed_otherwise_is_refused(edi: Sandbox, desk: Verifier, frouke: Wallet) -> None:
    asked = desk.dc_api_request({"credentials": [SD_JWT]}, origins=[PAGE])
    header, payload, _ = (part for part in asked.data["request"].split("."))
    claims, x5c = parse_json(b64url_decode(payload)), parse_json(b64url_decode(header))["x5c"]
    signed = sign_jws(claims, PrivateKey.generate("Ed25519"), typ="oauth-authz-req+jwt", header={"x5c": x5c})
    with pytest.raises(AlgorithmNotAllowed):
        frouke.open_dc_api([{"protocol": asked.protocol, "data": {"request": signed}}], origin=PAGE)
