"""The wallet of the pytest plugin beside a server that runs elsewhere, in another language: Node's own http."""

from __future__ import annotations

import json
import select
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.errors import TransportError
from nlwallet.openid4vp import x509_hash_client_id
from nlwallet.sandbox import pilot
from nlwallet.testing.ecosystem import Ecosystem, WatchedWallet

pytestmark = pytest.mark.node

ORIGIN = "https://rp.example"
SERVER = Path(__file__).parent / "relying_party.mjs"
START_WITHIN_SECONDS = 60

Ask = Callable[[str], Any]


@pytest.fixture(scope="module")
def server(edi: Ecosystem) -> Iterator[str]:
    """The base URL of the relying party; it ends with its input."""
    node = shutil.which("node")
    assert node is not None
    key = PrivateKey.generate()
    record = pilot("gemeente-amsterdam").record
    certificates = edi.registrar.register(record, key.public, dns_names=("rp.example",))
    party = {
        "origin": ORIGIN,
        "client_id": x509_hash_client_id(certificates.access_chain.leaf),
        "key": key.private_jwk(),
        "x5c": certificates.access_chain.x5c(),
        "registration": certificates.registration_certificates["inloggen"],
        "query": {
            "credentials": [
                {
                    "id": "pid",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                    "claims": [{"path": ["bsn"]}],
                }
            ]
        },
    }
    pipe = subprocess.PIPE
    with subprocess.Popen([node, str(SERVER)], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(party) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], START_WITHIN_SECONDS)
        assert ready, "the server does not start"
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()
        assert process.wait(timeout=START_WITHIN_SECONDS) == 0


@pytest.fixture
def ask(server: str) -> Ask:
    def get(path: str) -> Any:
        return httpx.get(f"{server}{path}", trust_env=False).json()

    return get


def test_it_is_reached_at_its_base_url(edi_wallet: WatchedWallet, server: str, ask: Ask) -> None:
    edi_wallet.mount(ORIGIN, server)  # which is the permission for this one private address
    started = ask("/start")
    prompt = edi_wallet.open(started["link"])
    assert prompt.requester.trade_name == "Gemeente Amsterdam"
    assert not [warning for warning in prompt.warnings if warning.code == "unregistered"]
    prompt.approve(despite_warnings=True)
    assert ask(f"/result/{started['id']}") == {
        "state": "verified",
        "claims": {"bsn": edi_wallet.pid["bsn"]},
    }


@pytest.mark.edi(citizen="never", profile="nl-wallet-0.6")
def test_it_hears_a_refusal(edi_wallet: WatchedWallet, server: str, ask: Ask) -> None:
    edi_wallet.mount(ORIGIN, server)
    started = ask("/start")
    edi_wallet.answer(started["link"])
    assert ask(f"/result/{started['id']}")["state"] == "access_denied"


def test_without_the_mount_a_private_address_stays_out_of_reach(
    edi_wallet: WatchedWallet, server: str
) -> None:
    assert urlsplit(server).hostname == "127.0.0.1"
    link = f"openid4vp://?client_id=x509_hash:x&request_uri={server.replace('http:', 'https:')}/request/x"
    with pytest.raises(TransportError) as refused:
        edi_wallet.open(link)
    assert refused.value.code == "private_address"
    edi_wallet.mount(ORIGIN, server)
    with pytest.raises(TransportError) as refused:
        edi_wallet.open(link)
    assert refused.value.code == "private_address"  # only the origin that was mounted is led there
