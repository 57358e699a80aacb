"""The hostile wallet against a verifier that we did not write: Credo, with its own sessions and HTTP face."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from attack_results import verdicts, write

from nlwallet import Sandbox
from nlwallet.crypto import PrivateKey, Subject
from nlwallet.errors import RemoteError
from nlwallet.testing.hostile import (
    CallableParty,
    HostileWallet,
    SessionOutcome,
    Verdict,
    attacks,
)

pytestmark = pytest.mark.node
ORIGIN = "https://credo.example"
NOT_TRIED = ("ADV-030", "ADV-138")
"""Two hundred requests of it take too long; and the bomb of half a gigabyte ends its process, out of memory."""
QUERY = {
    "credentials": [
        {
            "id": "pid",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
            "claims": [{"path": ["given_name"]}, {"path": ["age_over_18"], "values": [True]}],
        }
    ]
}


class Credo:
    """One verifier of Credo, as a relying party under test and as what answers over HTTP (WSGI)."""

    def __init__(self, peers: Any, edi: Sandbox, refusal: type[Exception]) -> None:
        self._peers, self._refusal = peers, refusal
        self._http = edi.client()
        self._last = ""
        self._of = secrets.token_hex(4)
        key = PrivateKey.generate()
        chain = edi.authorities.of("pid_provider").issue(  # nobody looks who signs a request here
            key.public, Subject("Credo"), now=edi.clock.now(), san_dns=("credo.example",)
        )
        self._given = {
            "of": self._of,
            "parameters": {"response_mode": "direct_post.jwt", "dcql_query": QUERY},
            "prefix": "x509_hash",
            "signer": {"method": "x5c", "alg": "ES256", "jwk": key.private_jwk(), "x5c": chain.x5c()},
            "baseUrl": ORIGIN,
            "transactionData": [],
            "anchors": [edi.authorities.of("pid_provider").certificate.pem()],
            "types": {},
        }

    def begin(self) -> tuple[str, Any]:
        id_ = self._last = secrets.token_hex(8)
        link = self._call("request", id=id_, **self._given)["link"]

        def see() -> SessionOutcome:
            try:
                verdict = self._call("verdict", id=id_)
            except self._refusal as error:
                return SessionOutcome("pending" if "state" in str(error) else "failed")
            return SessionOutcome("succeeded", verdict["claims"])

        return link, see

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = self._call(
            "serve",
            id=self._last,
            method=environ["REQUEST_METHOD"],
            path=quote(environ["PATH_INFO"]) + (f"?{query}" if query else ""),
            contentType=environ.get("CONTENT_TYPE", ""),
            body=body.decode("latin-1"),
        )
        start_response(f"{answer['status']} As Credo says", [("Content-Type", answer["contentType"])])
        return [answer["body"].encode()]

    def _call(self, name: str, **given: Any) -> Any:
        return self._peers(f"credoVerifier.{name}", web=self._web, **given)

    def _web(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What it fetches: status lists at hosts of the sandbox; nothing else is there."""
        try:
            reply = self._http.send(asked["method"], asked["url"], what="what Credo fetches")
        except RemoteError:
            return {"status": 404, "headers": [], "body": ""}
        headers = [("content-type", reply.content_type)]
        return {"status": reply.status, "headers": headers, "body": base64.b64encode(reply.body).decode()}


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def test_what_the_hostile_wallet_finds_in_credo(peers: Any, edi: Sandbox, refusal: type[Exception]) -> None:
    """All cases when the table is written, each tenth of them otherwise; each ends as the table says."""
    everything = attacks(without=NOT_TRIED)
    credo = Credo(peers, edi, refusal)
    http = edi.client()
    http.mount(ORIGIN, credo)
    chosen = everything if os.environ.get("NLWALLET_WRITE_INTEROP") == "1" else everything[::10]
    report = HostileWallet(edi, http=http).report(CallableParty(credo.begin, name="Credo"), chosen)
    assert report.honest.verdict is Verdict.SURVIVED, report.honest.story()
    if chosen is everything:
        write(report)
    known = verdicts()
    assert known.keys() == {one.id for one in everything}
    assert {one.attack.id: str(one.verdict) for one in report.results} == {
        one.id: known[one.id] for one in chosen
    }
