"""The commands and strangers: ``nlwallet wallet receive`` at a peer's issuer, a peer's wallet at ``nlwallet issue``.

Over real HTTPS on 127.0.0.1, as two people with two programs do it.
"""

from __future__ import annotations

import base64
import io
import json
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import interop_openid4vci_flows as flows
import interop_openid4vci_world as world_
import pytest
from interop_openid4vci_cases import BY_REFERENCE, CREDO, DPOP_WITHOUT_NONCE, OPENID4VC, TX_CODE, Case
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from nlwallet.cli.app import run
from nlwallet.cli.issue_desk import IssueOptions, serving
from nlwallet.crypto import DerivationCost
from nlwallet.holder import file_vault
from nlwallet.sandbox.loopback import Loopback
from nlwallet.sdjwt import known_types

pytestmark = pytest.mark.node
PIN = "112233"


class PeerOnAPort:
    """The issuer in the Node process, as an ASGI app at ``origin``."""

    def __init__(self, issuer: flows.PeerIssuer, origin: str) -> None:
        self._issuer, self._origin = issuer, origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        query = f"?{request.url.query}" if request.url.query else ""
        body = (await request.body()).decode()
        answer = await run_in_threadpool(
            lambda: self._issuer._call(
                "serve",
                method=request.method,
                url=f"{self._origin}{request.url.path}{query}",
                headers=dict(request.headers),
                body=body,
            )
        )
        await Response(answer["body"], answer["status"], headers=dict(answer["headers"]))(
            scope, receive, send
        )


@pytest.mark.parametrize(
    "case",
    [
        Case(OPENID4VC, "issuer", grant=TX_CODE),
        Case(CREDO, "issuer", offer=BY_REFERENCE, token=DPOP_WITHOUT_NONCE),
    ],
    ids=["openid4vc", "credo"],
)
def test_the_wallet_command_takes_a_card_of_a_foreign_issuer(
    case: Case,
    peers: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        file_vault, "DerivationCost", lambda: DerivationCost(memory_kib=8, iterations=1, lanes=1)
    )
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    hosting = Loopback()
    try:
        origin = hosting.origin("peer.example")
        for module in (flows, world_):
            monkeypatch.setattr(module, "THEIRS", origin)
            monkeypatch.setattr(module, "CREDO_ISSUER", f"{origin}/desk")
        world = world_.World()
        issuer = flows.PeerIssuer(case, world, peers)
        link, tx_code = issuer.offer()
        hosting.serve("peer.example", PeerOnAPort(issuer, origin))
        anchor, tls = tmp_path / "issuer.pem", tmp_path / "tls.pem"
        anchor.write_text(world.issuing.certificate.pem())
        tls.write_text(hosting.tls_anchor_pem)
        wallet = ["--wallet", str(tmp_path / "wallet.vault"), "--pin-stdin"]

        def command(*arguments: str) -> Any:
            monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PIN}\n"))
            capsys.readouterr()
            code = run(["wallet", *arguments, *wallet, "--json"])
            out, err = capsys.readouterr()
            assert code == 0, err
            return json.loads(out)

        code = ["--tx-code", tx_code] if tx_code else []
        command(
            "receive", link, "--local", "--anchor", str(anchor), "--category", "eaa_provider",
            "--tls-anchor", str(tls), "--yes", "--insecure-unregistered-issuer", *code,
        )  # fmt: skip
        assert "B-42" in json.dumps(command("show", "1"))
    finally:
        hosting.close()


def test_a_foreign_wallet_takes_a_card_of_the_issue_command(peers: Any) -> None:
    with serving(IssueOptions("library-card")) as desk:
        offer = desk.offer()
        tls = ssl.create_default_context(cafile=str(desk.tls_anchor))

        def web(asked: Mapping[str, Any]) -> dict[str, Any]:
            reply = httpx.request(
                asked["method"],
                asked["url"],
                headers=[(name, value) for name, value in asked["headers"] if name != "content-length"],
                content=base64.b64decode(asked["body"]),
                verify=tls,
            )
            headers = [each for each in reply.headers.items() if each[0] != "content-length"]
            return {
                "status": reply.status_code,
                "headers": headers,
                "body": base64.b64encode(reply.content).decode(),
            }

        world, vct = world_.World(), "urn:nlwallet:library-card:1"
        got = peers(
            "vciWallet.receive", web=web, id="a stranger", offer=offer.uri, bound=True, attested=False,
            provider=world.peer_provider.as_json(), clientId=world_.PEER_CLIENT, redirectUri=world_.BACK, copies=1,
            proof="jwt", keyAttestationTyp="", oneByOne=False, scope="", anchors=[desk.issuer_anchor.read_text()],
            types={vct: json.loads(known_types().raw(vct))},
        )  # fmt: skip
        assert [one["vct"] for one in got["claims"]] == [vct]
