"""The NL Wallet's servers want a proof that the keys of an answer are in one wallet: each rule for it, broken once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey, SigningKey, sign_jws
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.errors import InvalidResponse, TransportError
from nlwallet.holder import session
from nlwallet.report import Report
from nlwallet.sandbox import pilot
from nlwallet.verifier.proof_of_association import MAX_PAYLOAD, MAX_SIGNATURES, Association

NOW = 1_790_000_000
NL_PID, DIPLOMA = "urn:eudi:pid:nl:1", "urn:nlwallet:diploma:1"
WALLET = "https://wallet.example"
RECORD = pilot("gemeente-amsterdam").record
STRANGER, OTHER = PrivateKey.generate(), PrivateKey.generate()

Made = Callable[[Sequence[SigningKey], dict[str, Any]], Any]


@dataclass
class World:
    """A wallet, and servers of one sandbox."""

    edi: Sandbox
    wallet: Wallet
    default: Any

    def session_error(self, cards: Sequence[str] = ("pid", "diploma"), served: Any = None) -> str:
        """What the requester is told of a session that the wallet answers; empty if it ended well."""
        where = served or self.default
        client = self.edi.client()

        def send(method: str, url: str, body: Any = None) -> Any:
            headers = {} if body is None else {"Content-Type": "application/json"}
            data = b"" if body is None else json.dumps(body).encode()
            return json.loads(client.send(method, url, body=data, headers=headers, what="test").body)

        sessions = f"{where.requester_url}/disclosure/sessions"
        token = send(
            "POST",
            sessions,
            {"usecase": "login", "dcql_query": {"credentials": [ASKED[one] for one in cards]}},
        )["session_token"]
        status = f"{where.public_url}/disclosure/sessions/{token}"
        prompt = self.wallet.open(send("GET", f"{status}?session_type=cross_device")["ul"])
        taken = False
        with suppress(TransportError):
            prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
            taken = True
        state, answer = send("GET", status), send("GET", f"{sessions}/{token}/disclosed_attributes")
        if taken:
            assert state == {"status": "DONE"}
            assert [one["id"] for one in answer] == list(cards)
            return ""
        assert state == {"status": "FAILED"}  # and not why
        assert (answer["type"], answer["session_status"]) == ("session_state", "FAILED")
        return str(answer["session_error"])


def sd_jwt(id_: str, type_: str, claim: str) -> dict[str, Any]:
    meta, claims = {"vct_values": [type_]}, [{"path": [claim]}]
    return {"id": id_, "format": "dc+sd-jwt", "meta": meta, "claims": claims}


def mdoc(id_: str, type_: str, claim: str) -> dict[str, Any]:
    meta, claims = {"doctype_value": type_}, [{"path": [type_, claim]}]
    return {"id": id_, "format": "mso_mdoc", "meta": meta, "claims": claims}


ASKED = {
    "pid": sd_jwt("pid", NL_PID, "given_name"),
    "diploma": sd_jwt("diploma", DIPLOMA, "institution"),
    "pid-mdoc": mdoc("pid-mdoc", NL_PID, "given_name"),
    "diploma-mdoc": mdoc("diploma-mdoc", DIPLOMA, "institution"),
}


def opened(profile: str) -> World:
    edi = Sandbox(profile=profile, clock=TravellingClock(NOW))
    served = edi.verification_server(CASES)
    return World(edi, edi.wallet("frouke", cards=list(ASKED)), served)


CASES = {
    "login": {
        "record": RECORD,
        "return_url_template": "https://rp.example/return?session_token={session_token}",
    }
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = opened("nl-wallet-0.6")
    with made.edi:
        yield made


def signed(
    keys: Sequence[SigningKey], claims: Any, *, typ: str = "poa+jwt", header: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The proof that ``keys`` sign, whatever it says."""
    parts = [sign_jws(claims, key, typ=typ, header=header).split(".") for key in keys]
    signatures = [{"protected": protected, "signature": signature} for protected, _, signature in parts]
    return {"payload": parts[0][1], "signatures": signatures}


def without_one_signature(keys: Sequence[SigningKey], claims: dict[str, Any]) -> Any:
    proof = signed(keys, claims)
    return {**proof, "signatures": proof["signatures"][:1]}


def flattened(keys: Sequence[SigningKey], claims: dict[str, Any]) -> Any:
    proof = signed(keys, claims)
    return {"payload": proof["payload"], **proof["signatures"][0]}


def edited(keys: Sequence[SigningKey], claims: dict[str, Any]) -> Any:
    return {**signed(keys, claims), "payload": b64url_encode(dump_json({**claims, "iat": NOW - 1}))}


def many(count: int) -> Made:
    def made(keys: Sequence[SigningKey], claims: dict[str, Any]) -> Any:
        proof = signed(keys, claims)
        return {**proof, "signatures": proof["signatures"] * (count // 2)}

    return made


def by(*place: int | PrivateKey) -> Made:
    """Said of, and signed by, these keys: of the presentations by their place."""

    def made(keys: Sequence[SigningKey], claims: dict[str, Any]) -> Any:
        chosen = [keys[one] if isinstance(one, int) else one for one in place]
        return signed(chosen, {**claims, "jwks": [key.public.jwk() for key in chosen]})

    return made


def saying(**changes: Any) -> Made:
    return lambda keys, claims: signed(
        keys, {name: value for name, value in {**claims, **changes}.items() if value is not None}
    )


WRONG: dict[str, tuple[Made, str]] = {
    "none": (lambda *_: None, "missing PoA"),
    "one signature": (without_one_signature, "1 signatures"),
    "flattened": (flattened, "1 signatures"),
    "one key of the two": (by(0), "1 signatures"),
    "another key for one": (by(0, STRANGER), "another key"),
    "the same key twice": (by(0, 0), "another key"),
    "one key more": (by(0, 1, STRANGER), "3 signatures"),
    "a jwk more": (
        lambda keys, claims: signed(keys, {**claims, "jwks": [*claims["jwks"], STRANGER.public.jwk()]}),
        "jwks",
    ),
    "signatures in another order": (lambda keys, claims: signed(keys[::-1], claims), "signature"),
    "signed by a stranger": (lambda keys, claims: signed([keys[0], STRANGER], claims), "signature"),
    "edited": (edited, "signature"),
    "another nonce": (saying(nonce="n" * 32), "nonce"),
    "no nonce": (saying(nonce=None), "nonce"),
    "another audience": (saying(aud="x509_hash:other"), "aud"),
    "an array of audiences": (
        lambda keys, claims: signed(keys, {**claims, "aud": [claims["aud"]]}),
        "aud",
    ),
    "another wallet": (saying(iss="https://other.example"), "iss"),
    "wallets": (saying(iss=[WALLET]), "iss"),
    "no time": (saying(iat=None), "iat"),
    "expired": (saying(exp=NOW - 61), "expired"),
    "another typ": (lambda keys, claims: signed(keys, claims, typ="jwt"), "typ"),
    "critical": (lambda keys, claims: signed(keys, claims, header={"crit": ["exp"]}), "critical"),
    "as many signatures as one may read": (many(MAX_SIGNATURES), "64 signatures"),
    "more signatures": (many(MAX_SIGNATURES + 2), "the limit is 64"),
    "no object": (lambda *_: "poa", "no object"),
    "nothing in it": (lambda *_: {}, "payload is no string"),
    "no signatures": (lambda keys, claims: {**signed(keys, claims), "signatures": []}, "signatures"),
    "no signature": (lambda keys, claims: {**signed(keys, claims), "signatures": [{}] * 2}, "no string"),
    "too long": (saying(more="x" * MAX_PAYLOAD), "characters"),
    "no claims": (lambda keys, _: signed(keys, b"[]"), "not an object"),
    "a secret key": (
        lambda keys, claims: signed(keys, {**claims, "jwks": [claims["jwks"][0], STRANGER.private_jwk()]}),
        "secret",
    ),
}


def proving(monkeypatch: pytest.MonkeyPatch, make: Made) -> None:
    """The wallet makes its proof this way."""

    def prove(keys: Any, *, issuer: str, audience: str, nonce: str, now: int) -> Any:
        found = list(keys)
        jwks = [key.public.jwk() for key in found]
        return make(found, {"iss": issuer, "aud": audience, "nonce": nonce, "iat": now, "jwks": jwks})

    monkeypatch.setattr(session, "prove_association", prove)


@pytest.mark.parametrize("cards", [("pid", "diploma"), ("diploma-mdoc", "pid-mdoc"), ("pid",)])
def test_our_wallet_proves_what_the_server_asks(world: World, cards: tuple[str, ...]) -> None:
    assert world.session_error(cards) == ""


def test_the_proofs_of_this_file_are_taken_when_nothing_is_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for make in (signed, by(1, 0), saying(exp=NOW - 60), saying(more="ignored")):
        proving(monkeypatch, make)
        assert world.session_error() == ""


@pytest.mark.parametrize("name", WRONG)
def test_a_proof_that_is_wrong_fails_the_session(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make, said = WRONG[name]
    proving(monkeypatch, make)
    error = world.session_error()
    assert said in error
    assert "PoA" in error


def test_the_keys_of_mdocs_count_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for make in (lambda *_: None, by(0, STRANGER), by(STRANGER, 1)):
        proving(monkeypatch, make)
        assert "PoA" in world.session_error(("pid-mdoc", "diploma-mdoc"))


def test_of_one_key_there_is_nothing_to_prove(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    proving(monkeypatch, by(STRANGER, STRANGER))
    assert world.session_error(("pid",)) == ""
    for unreadable in ({"payload": 1}, {"payload": "", "signatures": []}):
        proving(monkeypatch, lambda *_, given=unreadable: given)
        assert "PoA" in world.session_error(("pid",))


def test_the_setting_names_the_wallets(world: World) -> None:
    members = {"host": "others-only.example", "wallet_client_ids": ["https://other.example"]}
    assert "iss" in world.session_error(served=world.edi.verification_server(CASES, **members))
    members = {"host": "ours-too.example", "wallet_client_ids": ["https://other.example", WALLET]}
    assert world.session_error(served=world.edi.verification_server(CASES, **members)) == ""


def test_0_5_asks_for_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    world = opened("nl-wallet-0.5")
    with world.edi:
        assert world.session_error() == ""
        proving(monkeypatch, lambda *_: None)
        assert "missing PoA" in world.session_error()
        proving(monkeypatch, by(0, STRANGER))
        assert "another key" in world.session_error()


def test_in_a_sandbox_of_another_profile_nobody_makes_one_and_nobody_asks() -> None:
    world = opened("haip-1.0")
    with world.edi:
        assert world.session_error() == ""


def test_an_issuer_that_is_no_text_is_nobody() -> None:
    claims = {"iss": [WALLET], "jwks": [STRANGER.public.jwk(), OTHER.public.jwk()]}
    keys = [STRANGER.public, OTHER.public]
    association = Association(signed([STRANGER, OTHER], claims), frozenset({WALLET}))
    with pytest.raises(InvalidResponse, match="iss") as caught:
        association.check(keys, audience="a", nonce="n", algorithms={"ES256"}, now=NOW, report=Report())
    assert (caught.value.code, caught.value.pointer) == ("invalid_proof_of_association", "/poa/payload/iss")


def test_two_presentations_by_one_key_are_by_one_key() -> None:
    expected: Any = {
        "audience": "a",
        "nonce": "n",
        "algorithms": {"ES256"},
        "now": NOW,
    }
    report = Report()
    again = PrivateKey.from_der(STRANGER.der()).public
    Association(None, (WALLET,)).check([STRANGER.public, again], report=report, **expected)
    assert [str(one.outcome) for one in report.checks] == ["passed"]
    with pytest.raises(InvalidResponse) as caught:
        Association(None, (WALLET,)).check([STRANGER.public, OTHER.public], report=report, **expected)
    assert (caught.value.code, caught.value.pointer) == ("missing_proof_of_association", "/poa")
    assert [str(one.outcome) for one in report.checks] == ["passed", "failed"]
