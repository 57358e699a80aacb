"""What a wallet saw, as lines: bounded, without a value, and whatever the other side did."""

from __future__ import annotations

import pytest

from nlwallet.errors import TransportError
from nlwallet.http import HttpExchange, HttpReply
from nlwallet.testing.seen import MAX_STEPS, Seen


def exchange(
    url: str = "https://rp.example/r", form: dict[str, str] | None = None, reply: HttpReply | None = None
) -> HttpExchange:
    return HttpExchange("POST", url, "the response", form or {}, reply)


def line(one: HttpExchange) -> str:
    seen = Seen("a wallet")
    seen.exchanged(one)
    return str(seen)


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (exchange(form={"response": "eyJhbGciOi"}), "sent: an encrypted response"),
        (exchange(form={"error": "access_denied", "state": "s3cr3t"}), "sent: error access_denied"),
        (exchange(form={"vp_token": "s3cr3t", "state": "s3cr3t"}), "sent: vp_token, state"),
        (exchange(form={"error": "s3cr3t\n of somebody"}), "sent: error of another form"),
        (exchange("https://rp.example/r?token=s3cr3t"), "POST https://rp.example/r?… → nothing"),
        (exchange("https://[rp/?s3cr3t"), "an address that cannot be read"),
        (exchange(reply=HttpReply(200, "text/html", b"<p>s3cr3t")), "→ 200 text/html"),
        (exchange(reply=HttpReply(400, "application/json", b'{"error": "invalid_request"}')), "error invalid_request"),
        (exchange(reply=HttpReply(400, "application/json", b'{"error": "s3cr3t of"}')), "error of another form"),
        (exchange(reply=HttpReply(500, "application/json", b'{"error": ["s3cr3t"]}')), "→ 500 application/json"),
        (exchange(reply=HttpReply(500, "application/json", b"s3cr3t")), "→ 500 application/json"),
    ],
)  # fmt: skip
def test_an_exchange_is_one_line_and_what_was_sent_another(one: HttpExchange, told: str) -> None:
    assert told in line(one)
    assert "s3cr3t" not in line(one)


def test_an_error_is_told_with_its_hint() -> None:
    seen = Seen("a wallet")
    seen.refused(TransportError("it is gone", hint="ask again"))
    assert (
        str(seen)
        == "a wallet\n  1. refused the request: TransportError transport: it is gone. Hint: ask again"
    )


@pytest.mark.parametrize(
    ("link", "told"),
    [
        (
            "openid4vp://?client_id=x&request_uri=https%3A%2F%2Frp.example%2Fr%3Fs3cr3t",
            "of x with request_uri https://rp.example/r?… by get",
        ),
        ("haip-vp://?client_id=x&request=s3cr3t", "haip-vp:// of x with client_id, request"),
        ("openid4vp://", "opened openid4vp://"),
        ("a\x00b" * 400, "…"),
        ("x?" + "&".join(["a=1"] * 100), "opened x"),
    ],
)  # fmt: skip
def test_a_link_is_told_without_what_it_carries(link: str, told: str) -> None:
    seen = Seen("a wallet")
    seen.opened(link)
    assert told in str(seen)
    assert "s3cr3t" not in str(seen)
    assert "\x00" not in str(seen)
    assert len(str(seen)) < 500


def test_a_flood_is_cut_and_said_to_be() -> None:
    seen = Seen("a wallet")
    for _ in range(MAX_STEPS + 3):
        seen.exchanged(exchange())
    assert str(seen).splitlines()[-1] == "     … and 3 steps more"
    seen.forget()
    assert not seen
    assert str(seen) == "a wallet"
