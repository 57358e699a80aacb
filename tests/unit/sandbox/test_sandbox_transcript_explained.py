"""A wallet that signs another session transcript: the relying party learns which, the wallet learns nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.errors import InvalidDeviceAuth, RemoteError
from nlwallet.holder import Wallet, session
from nlwallet.issuer import persona, pid_claims
from nlwallet.mdoc import dc_api_session_transcript, redirect_session_transcript
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.sandbox import pilot
from nlwallet.verifier import PresentationResult, Verifier

NOW = 1_790_000_000
PID = "urn:eudi:pid:nl:1"
QUERY = {
    "credentials": [
        {
            "id": "pid",
            "format": "mso_mdoc",
            "meta": {"doctype_value": PID},
            "claims": [{"path": [PID, "age_over_18"]}],
        }
    ]
}
ORIGIN = "https://cafe.example"


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW), profile=OPENID4VP_1_0) as edi:
        yield edi


@pytest.fixture
def wallet(edi: Sandbox) -> Wallet:
    wallet = edi.empty_wallet()
    wallet.receive(edi.pid_issuer.offer("nl-pid-mdoc", pid_claims(persona("frouke"), now=NOW)).uri)
    return wallet


@pytest.fixture
def bar(edi: Sandbox) -> Verifier:
    return edi.register(pilot("cafe-de-vrije-val").record, host="cafe.example")


def without_thumbprint(request: Any, *, origin: str | None, encs: Any) -> bytes:
    if origin is not None:
        return dc_api_session_transcript(origin=f"origin:{origin}", nonce=request.nonce, encryption_key=None)
    return redirect_session_transcript(
        client_id=request.client_id,
        nonce=request.nonce,
        response_uri=request.response_uri,
        encryption_key=None,
    )


def stranger(request: Any, *, origin: str | None, encs: Any) -> bytes:
    return redirect_session_transcript(
        client_id=request.client_id, nonce="another", response_uri=request.response_uri, encryption_key=None
    )


def refused(
    wallet: Wallet, bar: Verifier, monkeypatch: pytest.MonkeyPatch, transcript: Callable[..., bytes]
) -> tuple[RemoteError, PresentationResult]:
    """What the wallet is told, and what the relying party is told."""
    monkeypatch.setattr(session, "session_transcript", transcript)
    request = bar.request(query=QUERY)
    with pytest.raises(RemoteError) as told:
        wallet.open(request.uri).approve(pin=Sandbox.PIN, despite_warnings=True)
    return told.value, bar.result(request)


def test_the_relying_party_learns_which_field_differs(
    wallet: Wallet, bar: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, result = refused(wallet, bar, monkeypatch, without_thumbprint)
    assert isinstance(result.error, InvalidDeviceAuth)
    assert result.error.hint == (
        "the wallet's session transcript differs: jwkThumbprint: null, though the answer is encrypted"
    )
    (explanation,) = result.report.explanations
    assert explanation.summary == result.error.hint
    assert "# jwkThumbprint: null" in str(explanation)
    (said,) = result.as_dict()["explanations"]
    assert said["differences"] == [{"field": "jwkThumbprint", "used": "null, though the answer is encrypted"}]
    assert [check.id for check in result.report if check.outcome == "failed"] == ["M-08"]
    assert "Jansen" not in json.dumps(result.as_dict())


def test_the_wallet_is_told_the_same_whatever_was_found(
    wallet: Wallet, bar: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, explained = refused(wallet, bar, monkeypatch, without_thumbprint)
    unknown, not_explained = refused(wallet, bar, monkeypatch, stranger)
    assert (known.message, known.hint) == (unknown.message, unknown.hint)
    assert "thumbprint" not in f"{known}".lower()
    assert "none of" not in f"{unknown}"
    assert not_explained.error is not None
    assert not_explained.error.hint.startswith("none of ")
    assert explained.error is not None
    assert explained.error.hint != known.hint


def test_through_the_browser_too(wallet: Wallet, bar: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "session_transcript", without_thumbprint)
    request = bar.dc_api_request(origins=[ORIGIN], query=QUERY)
    answer = wallet.open_dc_api([request.as_json()], origin=ORIGIN).approve(
        pin=Sandbox.PIN, despite_warnings=True
    )
    result = bar.receive_dc_api(request, answer.data, origin=ORIGIN)
    (said,) = result.as_dict()["explanations"]
    assert [one["field"] for one in said["differences"]] == ["origin", "jwkThumbprint"]


def test_nothing_is_tried_while_the_proof_is_right(
    wallet: Wallet, bar: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nlwallet.verifier import verification

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("a proof that verifies needs no explanation")

    monkeypatch.setattr(verification, "explanations", never)
    request = bar.request(query=QUERY)
    wallet.open(request.uri).approve(pin=Sandbox.PIN, despite_warnings=True)
    result = bar.result(request)
    assert result.claims("pid") == {PID: {"age_over_18": True}}
    assert result.report.explanations == []
    assert "explanations" not in result.as_dict()
