"""Slow senders, against a party on a real socket that serves connections apart, and one that does one at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from starlette.types import Receive, Scope, Send

from nlwallet.http import HttpClient, HttpPolicy, face
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.loopback import Loopback
from nlwallet.testing.hostile import Attack, CallableParty, HostileWallet, Verdict, VerifierParty, attacks

SLOW, WITHOUT_END = attacks(only=["SLOW-01", "SLOW-02"])
AGE = {
    "id": "age",
    "format": "dc+sd-jwt",
    "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
    "claims": [{"path": ["age_over_18"]}],
}


@pytest.fixture(scope="module")
def hosting() -> Loopback:
    return Loopback()


@pytest.fixture(scope="module")
def edi(hosting: Loopback) -> Iterator[Sandbox]:
    with Sandbox(hosting=hosting) as made:
        yield made


def test_our_verifier_answers_others_meanwhile(edi: Sandbox) -> None:
    result = HostileWallet(edi).attack(VerifierParty(edi.relying_party("cafe-de-vrije-val")), SLOW)
    assert result.verdict is Verdict.SURVIVED, result.story()
    assert any("still open" in step.what for step in result.steps)


def test_our_verifier_gives_up_on_who_is_too_slow(edi: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    bar, seen = VerifierParty(edi.relying_party("cafe-de-vrije-val")), []
    for limit, patience in ((0.05, 10.0), (10.0, 0.05)):
        monkeypatch.setattr(face, "MAX_BODY_SECONDS", limit)
        seen.append(HostileWallet(edi, patience=patience).attack(bar, WITHOUT_END))
    assert [one.verdict for one in seen] == [Verdict.SURVIVED, Verdict.HOLE]
    assert "after 0.05 seconds it still waits" in seen[1].seen


class Door:
    """Takes any answer that comes to its end; ``one_at_a_time`` reads it before it looks at the next."""

    def __init__(self, *, one_at_a_time: bool) -> None:
        self._turn = asyncio.Semaphore(1 if one_at_a_time else 1000)
        self.taken = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        async with self._turn:
            message = await receive()
            while message["type"] == "http.request" and message.get("more_body"):
                message = await receive()
        if message["type"] == "http.disconnect":
            return
        self.taken += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    def party(self, at: str) -> CallableParty:
        uri = f"{at}/response"
        fields = {
            "client_id": f"redirect_uri:{uri}",
            "response_type": "vp_token",
            "response_mode": "direct_post",
            "response_uri": uri,
            "nonce": "n-0S6_WzA2Mj-n-0S6_WzA2Mj",
            "dcql_query": json.dumps({"credentials": [AGE]}),
        }
        link = f"openid4vp://?{urlencode(fields)}"
        seen: list[int] = []

        def start() -> tuple[str, object]:
            number, before = len(seen), self.taken
            seen.append(before)
            return link, lambda: self.taken > before and number > 0

        return CallableParty(start)  # type: ignore[arg-type]


@pytest.mark.parametrize(("one_at_a_time", "verdict"), [(True, Verdict.HOLE), (False, Verdict.SURVIVED)])
def test_who_serves_one_at_a_time_is_found_out(
    one_at_a_time: bool,
    verdict: Verdict,
    edi: Sandbox,
    hosting: Loopback,
) -> None:
    door = Door(one_at_a_time=one_at_a_time)
    at = edi.serve(f"door-{verdict}.example", door)
    policy = HttpPolicy(
        insecure_allow_private_addresses=True, tls_anchors_pem=hosting.tls_anchor_pem, timeout_seconds=2
    )
    with HttpClient(policy) as http:
        result = HostileWallet(edi, http=http).attack(door.party(at), SLOW)
    assert result.verdict is verdict, result.story()


@pytest.mark.parametrize("attack", [SLOW, WITHOUT_END])
def test_in_process_there_is_no_socket_to_hold_up(attack: Attack) -> None:
    with Sandbox() as edi:
        result = HostileWallet(edi).attack(VerifierParty(edi.relying_party("cafe-de-vrije-val")), attack)
    assert result.verdict is Verdict.NOT_APPLICABLE
