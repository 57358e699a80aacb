"""``nlwallet explain-transcript``: from what two integrators have in hand to the field that differs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.cli.app import run
from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey, encrypt_jwe
from nlwallet.encoding import b64url_decode
from nlwallet.issuer import persona, pid_claims
from nlwallet.mdoc import iso_18013_7_session_transcript, redirect_session_transcript
from nlwallet.openid4vp import AuthorizationRequest, session_transcript
from nlwallet.sandbox import pilot

NOW = 1_790_000_000
PID = "urn:eudi:pid:nl:1"


@pytest.fixture(scope="module")
def exchange() -> Any:
    """A request object, its parameters, and a card with its key."""
    with Sandbox(clock=TravellingClock(NOW)) as edi:
        wallet = edi.empty_wallet()
        wallet.receive(edi.pid_issuer.offer("nl-pid-mdoc", pid_claims(persona("frouke"), now=NOW)).uri)
        bar = edi.register(pilot("cafe-de-vrije-val").record, host="cafe.example")
        query = {
            "id": "pid",
            "format": "mso_mdoc",
            "meta": {"doctype_value": PID},
            "claims": [{"path": [PID, "age_over_18"]}],
        }
        request = bar.request(query={"credentials": [query]})
        token = bar.endpoints.request_object(request.uri.rpartition("%2F")[2])
        claims = json.loads(b64url_decode(token.split(".")[1]))
        copy = wallet.cards[0].copies.first

        def present(transcript: bytes) -> str:
            return copy.credential.present(
                [(PID, "age_over_18")], holder_key=copy.key, session_transcript=transcript
            )

        yield token, claims, present


def given(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: claims[name] for name in ("client_id", "nonce", "response_uri")}


def test_the_transcript_of_the_request(exchange: Any, capsys: pytest.CaptureFixture[str]) -> None:
    token, claims, present = exchange
    request = AuthorizationRequest.parse(claims)
    shown = present(session_transcript(request, origin=None, encs=("A256GCM",)))
    assert run(["explain-transcript", shown, "--request", token]) == 0
    assert capsys.readouterr().out == "the device signed the session transcript of the request\n"


def test_another_transcript_is_told_with_a_diff(exchange: Any, capsys: pytest.CaptureFixture[str]) -> None:
    token, claims, present = exchange
    shown = present(redirect_session_transcript(**given(claims), encryption_key=None))
    assert run(["explain-transcript", shown, "--request", token]) == 1
    out = capsys.readouterr().out
    assert out.startswith("the wallet's session transcript differs: jwkThumbprint: null")
    assert "# jwkThumbprint: null" in out
    assert claims["nonce"] not in out
    assert run(["explain-transcript", shown, "--request", json.dumps(claims), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["as_asked"], said["used"]) == (False, "openid4vp-1.0-redirect")


def test_an_older_wallet_is_known_by_its_apu(exchange: Any, capsys: pytest.CaptureFixture[str]) -> None:
    token, claims, present = exchange
    shown = present(iso_18013_7_session_transcript(**given(claims), mdoc_generated_nonce="its-own-nonce"))
    answer = encrypt_jwe(b"{}", PrivateKey.generate().public, enc="A128GCM", apu=b"its-own-nonce")
    assert run(["explain-transcript", shown, "-r", token, "--response", answer]) == 1
    assert "ISO/IEC TS 18013-7:2024 §B.4.4" in capsys.readouterr().out
    assert run(["explain-transcript", shown, "-r", token]) == 1
    assert capsys.readouterr().out.startswith("none of ")


@pytest.mark.parametrize("shown", ["AAAA", "what?", "oA"])
def test_what_is_no_presentation_is_one_line(
    shown: str, exchange: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain-transcript", shown, "--request", exchange[0]]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("nlwallet: ")
    assert err.count("\n") == 1
    assert run(["explain-transcript", shown, "--request", "{}"]) == 1
    assert capsys.readouterr().err.startswith("nlwallet: ")
