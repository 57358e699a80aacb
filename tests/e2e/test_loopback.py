"""The parties on real HTTPS ports of 127.0.0.1, seen by the wallet and by a stranger."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from nlwallet import Sandbox
from nlwallet.cli.app import run
from nlwallet.errors import TransportError
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.sandbox import PILOTS, careful_citizen, walk
from nlwallet.sandbox.loopback import Loopback
from nlwallet.verifier import Status


@pytest.fixture(scope="module")
def hosting() -> Iterator[Loopback]:
    loopback = Loopback()
    yield loopback
    loopback.close()


@pytest.fixture(scope="module")
def edi(hosting: Loopback) -> Sandbox:
    return Sandbox(hosting=hosting)


@pytest.fixture
def stranger(hosting: Loopback) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cadata=hosting.tls_anchor_pem)
    with httpx.Client(verify=context, trust_env=False) as client:
        yield client


@pytest.mark.parametrize("pilot", PILOTS, ids=lambda each: each.id)
def test_every_pilot_over_https(edi: Sandbox, pilot) -> None:
    steps = {step.name: step for step in walk(pilot, edi, careful_citizen)}
    if pilot.withdrawn:
        assert steps["refuse"].facts["error"]["code"] == "certificate_revoked"
    else:
        assert steps["verify"].facts["status"] == {"shares": "verified", "refuses": "refused"}[pilot.careful]


def test_the_demo_over_https(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--http", "--json"]) == 0
    scenarios = json.loads(capsys.readouterr().out)
    assert "https%3A%2F%2Flocalhost%3A" in scenarios[0]["steps"][2]["link"]
    assert [scenario["steps"][-1]["claims"] for scenario in scenarios] == [
        {"pid": {"bsn": "999958379"}},
        {"pid": {"age_over_18": True}},
    ]


@pytest.mark.req("V-21", "V-60")
def test_a_stranger_fetches_the_request_object(edi: Sandbox, stranger: httpx.Client) -> None:
    request = edi.relying_party("cafe-de-vrije-val").request()
    request_uri = parse_qs(urlsplit(request.uri).query)["request_uri"][0]
    first, second = stranger.get(request_uri), stranger.get(request_uri)
    assert first.status_code == 200
    assert first.headers["content-type"] == "application/oauth-authz-req+jwt"
    assert first.text.split(".")[1] == second.text.split(".")[1]


@pytest.mark.req("V-40")
@pytest.mark.parametrize(
    "path", ["/request/../../etc/passwd", "/request/unknown", "/response/unknown", "/", "/request/unknown/"]
)
def test_unknown_paths_are_4xx_and_never_redirects(edi: Sandbox, stranger: httpx.Client, path: str) -> None:
    bar = edi.relying_party("cafe-de-vrije-val")
    for reply in (
        stranger.get(bar.base_url + path),
        stranger.post(bar.base_url + path, data={"response": "x"}),
    ):
        assert 400 <= reply.status_code < 500


def test_rubbish_leaves_the_session_as_it_is(edi: Sandbox, stranger: httpx.Client) -> None:
    bar = edi.relying_party("cafe-de-vrije-val")
    request = bar.request()
    response_uri = parse_qs(urlsplit(request.uri).query)["request_uri"][0].replace("/request/", "/response/")
    for body in (b"", b"response=x", b"response=" + b"a" * 2_000_000, b"vp_token=%7B%7D"):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert 400 <= stranger.post(response_uri, content=body, headers=form).status_code < 500
    assert bar.result(request).status is Status.PENDING
    edi.wallet("frouke").open(request.uri).approve(pin=Sandbox.PIN)
    assert bar.result(request).claims("pid") == {"age_over_18": True}


def test_nothing_is_left_listening() -> None:
    loopback = Loopback()
    edi = Sandbox(hosting=loopback)
    port = urlsplit(edi.registrar.base_url).port
    assert port is not None
    edi.close()
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.req("V-57")
def test_a_server_without_the_right_certificate_is_not_talked_to(edi: Sandbox, hosting: Loopback) -> None:
    request = edi.relying_party("cafe-de-vrije-val").request()
    request_uri = parse_qs(urlsplit(request.uri).query)["request_uri"][0]
    unknown_anchor = HttpClient(HttpPolicy(insecure_allow_private_addresses=True))
    right_anchor = HttpPolicy(insecure_allow_private_addresses=True, tls_anchors_pem=hosting.tls_anchor_pem)
    with pytest.raises(TransportError):
        unknown_anchor.get(request_uri, accept="*/*", what="it")
    with pytest.raises(TransportError):  # the certificate is for localhost, not for the bare address
        HttpClient(right_anchor).get(request_uri.replace("localhost", "127.0.0.1"), accept="*/*", what="it")
    assert HttpClient(right_anchor).get(request_uri, accept="*/*", what="it").status == 200


@pytest.mark.req("V-31")
def test_no_request_is_made_in_the_name_of_an_origin(edi: Sandbox) -> None:
    for pilot in PILOTS:
        request = edi.register(pilot.record, host=pilot.host).request(pilot.query)
        assert parse_qs(urlsplit(request.uri).query)["client_id"][0].startswith("x509_hash:")
