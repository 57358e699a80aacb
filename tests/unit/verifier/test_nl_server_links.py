"""The parts of a link of the NL Wallet's server: ephemeral ids that go stale, and return URLs."""

from __future__ import annotations

import hmac

import pytest

from nlwallet.verifier.nl_server import EphemeralIds, Refusal, ReturnUrlUse
from nlwallet.verifier.nl_server.return_url import is_return_url_template, return_url

SECRET = bytes(range(32))
NOW = 1_790_000_000  # 2026-09-21T14:13:20Z
TOKEN = "t" * 32


def mac(text: str) -> str:
    return hmac.new(SECRET, text.encode(), "sha256").hexdigest()


def test_what_0_6_signs() -> None:
    ids = EphemeralIds(SECRET)
    assert ids.parameters(TOKEN, "cross_device", goes_stale=True, now=NOW) == {
        "session_type": "cross_device",
        "ephemeral_id": mac(f"{TOKEN}|cross_device|2026-09-21T14:13:20Z"),
        "time": "2026-09-21T14:13:20Z",
    }
    assert ids.parameters(TOKEN, "same_device", goes_stale=False, now=NOW) == {
        "session_type": "same_device",
        "ephemeral_id": mac(f"{TOKEN}|same_device"),
    }


def test_what_0_5_signs() -> None:
    assert EphemeralIds(SECRET, "0.5").parameters(TOKEN, "same_device", goes_stale=False, now=NOW) == {
        "session_type": "same_device",
        "ephemeral_id": mac(f"{TOKEN}|2026-09-21T14:13:20Z"),
        "time": "2026-09-21T14:13:20Z",
    }


@pytest.mark.parametrize("version", ["0.5", "0.6"])
def test_an_id_is_good_for_ten_seconds(version: str) -> None:
    ids = EphemeralIds(SECRET, version)  # type: ignore[arg-type]
    parameters = ids.parameters(TOKEN, "cross_device", goes_stale=True, now=NOW)
    assert ids.check(TOKEN, parameters, now=NOW + 10) == "cross_device"
    with pytest.raises(Refusal) as refused:
        ids.check(TOKEN, parameters, now=NOW + 11)
    assert refused.value.code == "expired_ephemeral_id"


def test_one_without_a_time_does_not_go_stale_in_0_6_and_is_none_in_0_5() -> None:
    parameters = EphemeralIds(SECRET).parameters(TOKEN, "same_device", goes_stale=False, now=NOW)
    assert EphemeralIds(SECRET).check(TOKEN, parameters, now=NOW + 86_400) == "same_device"
    with pytest.raises(Refusal, match="missing"):
        EphemeralIds(SECRET, "0.5").check(TOKEN, parameters, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"session_type": "same_device"},
        {"session_type": "other"},
        {"ephemeral_id": "00" * 32},
        {"ephemeral_id": "zz"},
        {"ephemeral_id": "é"},
        {"ephemeral_id": ""},
        {"time": "2026-09-21T14:13:21Z"},
        {"time": "soon"},
        {"time": "2026-99-21T14:13:20Z"},
        {"time": "9" * 5000},
        {"time": ""},
    ],
)
def test_a_changed_link_is_refused(change: dict[str, str]) -> None:
    ids = EphemeralIds(SECRET)
    parameters = ids.parameters(TOKEN, "cross_device", goes_stale=True, now=NOW) | change
    with pytest.raises(Refusal) as refused:
        ids.check(TOKEN, parameters, now=NOW)
    assert refused.value.code == "invalid_request"
    with pytest.raises(Refusal):
        ids.check("another", ids.parameters(TOKEN, "cross_device", goes_stale=True, now=NOW), now=NOW)


@pytest.mark.parametrize(
    ("template", "offers", "insecure", "accepted"),
    [
        ("https://rp.example/return?session_token={session_token}", False, False, True),
        ("https://rp.example/{session_token}/{session_token}", False, False, True),
        ("https://rp.example/#{session_token}", False, False, True),
        ("http://rp.example/{session_token}", True, False, False),
        ("http://localhost:3000/{session_token}", False, True, True),
        ("openid-credential-offer://?x={session_token}", True, False, True),
        ("openid-credential-offer://?x={session_token}", False, False, False),
        ("https://{session_token}", True, True, False),
        ("file://etc/{session_token}", True, True, False),
        ("javascript:alert(1)", True, True, False),
        ("https://rp.example/a b", True, True, False),
        ("https://rp.example/\r\nSet-Cookie: a=b", True, True, False),
        ("https://[", True, True, False),
        ("", True, True, False),
        ("https://rp.example/" + "a" * 3000, True, True, False),
    ],
)
def test_which_return_urls_there_may_be(
    template: str, *, offers: bool, insecure: bool, accepted: bool
) -> None:
    assert is_return_url_template(template, offers=offers, insecure=insecure) is accepted


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("https://rp.example/return", "https://rp.example/return?nonce=N"),
        ("https://rp.example/r?token={session_token}#x", "https://rp.example/r?token=T&nonce=N#x"),
        ("https://rp.example/{session_token}/", "https://rp.example/T/?nonce=N"),
    ],
)
def test_the_nonce_goes_into_the_query(template: str, filled: str) -> None:
    assert return_url(template, session_token="T", nonce="N") == filled


def test_in_which_sessions_there_is_a_return_url() -> None:
    table = {use: [use.holds_for("same_device"), use.holds_for("cross_device")] for use in ReturnUrlUse}
    assert table == {"neither": [False, False], "same_device": [True, False], "both": [True, True]}
