"""The link: parsing, refusals, and the round trip."""

from __future__ import annotations

import pytest

from nlwallet.errors import InvalidRequest, MalformedInput, RemoteError
from nlwallet.openid4vp import AuthorizationRequestLink

CLIENT_ID = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk"
REQUEST_URI = "https://rp.example/request/x?session_type=cross_device"


def test_a_link_survives_the_round_trip() -> None:
    link = AuthorizationRequestLink(CLIENT_ID, REQUEST_URI, "post", "haip-vp://")
    text = link.uri()
    assert text.startswith("haip-vp://?client_id=x509_hash%3AUvo3")
    assert "session_type=" not in text  # the inner query string is encoded
    assert AuthorizationRequestLink.parse(text) == link
    assert link.scheme == "haip-vp"


@pytest.mark.req("W-04")
def test_other_parameters_of_the_link_are_not_read() -> None:
    text = AuthorizationRequestLink(CLIENT_ID, REQUEST_URI).uri()
    plain = AuthorizationRequestLink.parse(text)
    assert (
        AuthorizationRequestLink.parse(f"{text}&nonce=evil&response_uri=https%3A%2F%2Fevil.example") == plain
    )
    assert plain.request_uri_method is None


@pytest.mark.req("W-10")
@pytest.mark.parametrize("method", ["POST", "Get", "put", ""])
def test_an_unknown_request_uri_method_has_its_own_code(method: str) -> None:
    text = AuthorizationRequestLink(CLIENT_ID, REQUEST_URI).uri()
    with pytest.raises(InvalidRequest) as caught:
        AuthorizationRequestLink.parse(f"{text}&request_uri_method={method}")
    assert caught.value.code == "invalid_request_uri_method"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "openid4vp://",
        "openid4vp://?client_id=x",
        "openid4vp://?request_uri=https%3A%2F%2Frp.example",
        "openid4vp://?client_id=x&request_uri=http%3A%2F%2Frp.example%2F1",
        "openid4vp://?client_id=x&request_uri=ftp%3A%2F%2Frp.example%2F1",
        "openid4vp://?client_id=x&request_uri=https%3A%2F%2F",
        "openid4vp://?client_id=x&request_uri=https%3A%2F%2Fa%40rp.example%2F1",
        "openid4vp://?client_id=x&request_uri=https%3A%2F%2Frp.example%2F1%23top",
        "openid4vp://?client_id=x&request_uri=https%3A%2F%2Frp.example%2F%0d%0aX%3A1",
        "openid4vp://?client_id=x&request_uri=https%3A%2F%2F%5B%3A%3A1",
        "openid4vp://?client_id=x&request_uri=https%3A%2F%2Frp.example%3A99999%2F",
        "openid4vp://?client_id=x&client_id=y&request_uri=https%3A%2F%2Frp.example%2F1",
        "openid4vp://?client_id=%ff&request_uri=https%3A%2F%2Frp.example%2F1",
        "openid4vp://?client_id=x&request_uri=https%3A%2F%2Frp.example%2F1&request=eyJ",
        "openid4vp://?" + "a" * 10_000,
        "openid4vp://?" + "&".join(f"a{n}=1" for n in range(100)),
        "openid-credential-offer://?credential_offer=%7B%7D",
    ],
)
def test_what_is_no_link_is_a_typed_error(text: str) -> None:
    with pytest.raises(RemoteError):
        AuthorizationRequestLink.parse(text)


def test_a_request_by_value_is_refused_with_the_reason() -> None:
    with pytest.raises(InvalidRequest) as caught:
        AuthorizationRequestLink.parse(f"openid4vp://?client_id={CLIENT_ID}&request=eyJhbGciOiJFUzI1NiJ9")
    assert caught.value.spec == "HAIP 1.0 §5.1"
    assert "reference" in caught.value.message


def test_plain_http_passes_on_the_loopback_interface_only() -> None:
    for host in ("127.0.0.1:8443", "localhost:1", "[::1]:8000"):
        link = AuthorizationRequestLink(CLIENT_ID, f"http://{host}/request/1")
        assert AuthorizationRequestLink.parse(link.uri()) == link
    for host in ("127.0.0.1.example", "10.0.0.1", "localhost.example"):
        with pytest.raises(InvalidRequest):
            AuthorizationRequestLink.parse(AuthorizationRequestLink(CLIENT_ID, f"http://{host}/").uri())


def test_a_parameter_that_comes_twice_is_refused() -> None:
    text = AuthorizationRequestLink(CLIENT_ID, REQUEST_URI).uri()
    with pytest.raises(MalformedInput) as caught:
        AuthorizationRequestLink.parse(f"{text}&request_uri=https%3A%2F%2Fevil.example")
    assert caught.value.spec == "RFC 6749 §3.1"
