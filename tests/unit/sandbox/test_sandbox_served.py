"""The sandbox on ports: everything answers, a taken port is told and leaves nothing, other names are refused."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from nlwallet.crypto import Certificate
from nlwallet.errors import LocalError
from nlwallet.sandbox.served import PAGES, ServedSandbox
from nlwallet.sandbox.server_thread import listener
from nlwallet.trust import Category


@pytest.fixture(scope="module")
def served() -> Iterator[ServedSandbox]:
    with ServedSandbox(port=0) as made:
        yield made


def test_every_page_answers_on_an_origin_of_its_own(served: ServedSandbox) -> None:
    assert set(served.pages) == set(PAGES)
    assert len({httpx.URL(address).port for address in served.pages.values()}) == len(PAGES)
    for name, address in served.pages.items():
        path = "register" if name == "register" else ""
        reply = httpx.get(f"{address}{path}", headers={"Accept": "text/html", "Accept-Language": "nl"})
        assert reply.status_code == 200, name
        assert '<html lang="nl">' in reply.text, name


def test_the_start_page_leads_everywhere(served: ServedSandbox) -> None:
    page = httpx.get(served.pages["start"]).text
    for name, address in served.pages.items():
        assert name == "start" or address in page, name
    for pilot in served.pilots:
        assert pilot.title["nl"] in page
        assert f"{served.pages['relying_parties']}{pilot.id}" in page


def test_programs_get_every_address_and_anchor(served: ServedSandbox) -> None:
    told = httpx.get(f"{served.pages['start']}addresses.json").json()
    assert told == json.loads(json.dumps(served.addresses()))
    client = served.edi.client()
    for issuer in told["issuers"]:
        metadata = json.loads(client.get(issuer["metadata"], accept="application/json", what="metadata").body)
        assert metadata["credential_issuer"] == issuer["credential_issuer"]
    for kind, url in told["lists"].items():
        assert client.get(url, accept="application/jwt", what="a list").body.count(b".") == 2, kind
    pid = told["anchors"][Category.PID_PROVIDER]
    (anchor,) = (Certificate.from_pem(one.encode()) for one in pid["pem"])
    assert pid["jwks"] == {"keys": [anchor.public_key.jwk()]}
    assert set(told["anchors"]) == {str(category) for category in Category}
    assert httpx.get(f"{served.pages['start']}tls-anchor.pem").text == told["tls_anchor"]
    assert "PRIVATE" not in json.dumps(told)


def test_the_phone_knows_a_party_by_its_page(served: ServedSandbox) -> None:
    party = served.edi.relying_party("cafe-de-vrije-val")
    page = served.pages["wallet"]
    with httpx.Client(base_url=page, follow_redirects=True, headers={"Accept-Language": "nl"}) as browser:
        link = party.request().uri
        start = browser.get("/open", params={"link": link}).text
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', start))
        answer = browser.post("/start", data={**fields, "link": link, "person": "eline"})
    assert answer.status_code == 200
    shop = served.pages["relying_parties"].removeprefix("http://")
    assert f"<strong>{shop}cafe-de-vrije-val</strong>" in answer.text


def test_the_phone_has_a_host_of_its_own_and_finds_the_issuers_pages(served: ServedSandbox) -> None:
    """A browser keeps cookies by host, not by port; and issuers send nobody back to ``localhost``."""
    phone = httpx.URL(served.pages["wallet"])
    assert {httpx.URL(page).host for page in served.pages.values()} == {"localhost", "127.0.0.1"}
    assert [name for name, page in served.pages.items() if httpx.URL(page).host == phone.host] == ["wallet"]
    elsewhere = httpx.get(f"http://localhost:{phone.port}/settings?lang=en")
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (307, f"{phone}settings?lang=en")

    visit = served.edi.empty_wallet().open_offer(served.edi.invite("pid").uri).depart()
    login = httpx.get(served._in_browser(visit.url), headers={"Accept-Language": "en"})
    assert "Do you want these cards in your wallet?" in login.text
    assert login.url.host == "localhost"


def test_a_name_that_leads_here_from_elsewhere_is_refused(served: ServedSandbox) -> None:
    for address in served.pages.values():
        reply = httpx.get(address, headers={"Host": "rebound.example"})
        assert reply.status_code == 400


def is_free(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_a_port_that_is_taken_is_told_and_nothing_stays_open() -> None:
    before = PAGES.index("issuers")
    with ExitStack() as held:
        # The ports below are free: whoever else runs tests here may have been given one of them.
        while True:
            taken = held.enter_context(listener("127.0.0.1", 0)).getsockname()[1]
            if all(is_free(taken - before + offset) for offset in range(before)):
                break
        with pytest.raises(LocalError, match=f"port {taken}") as refused:
            ServedSandbox(port=taken - before)
        assert refused.value.code == "port_taken"
        for offset in range(before):
            assert is_free(taken - before + offset)


def test_no_answer_waits_until_the_one_before_was_acknowledged() -> None:
    found: list[int] = []

    async def serve_one() -> None:
        done = asyncio.Event()

        def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted = writer.get_extra_info("socket")
            found.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()
            done.set()

        listening = listener("127.0.0.1", 0)
        async with await asyncio.start_server(met, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            await done.wait()
            writer.close()

    asyncio.run(serve_one())
    assert len(found) == 1
    assert found[0]


def test_there_must_be_room_for_the_ports() -> None:
    with pytest.raises(LocalError, match="not enough ports") as refused:
        ServedSandbox(port=65_500)
    assert refused.value.code == "no_port"


def test_with_a_database_programs_need_not_be_told_again(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'sandbox.sqlite'}"
    with ServedSandbox(port=0, database=database) as first:
        before = first.addresses()["tls_anchor"]
    with ServedSandbox(port=0, database=database) as second:
        assert second.addresses()["tls_anchor"] == before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_command_tells_programs_where_everything_is_and_stops_cleanly(how: signal.Signals) -> None:
    # A test run in the background of a shell would ignore Ctrl-C, and so would its children.
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heeds}; from nlwallet.cli import main; main()"]
    process = subprocess.Popen(
        [*command, "sandbox", "--json", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert httpx.get(told["pages"]["start"]).status_code == 200
        process.send_signal(how)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (out, err) == ("", "")
    assert process.returncode == 128 + how
    with pytest.raises(httpx.ConnectError):
        httpx.get(told["pages"]["start"])
