#!/usr/bin/env python
"""Walks our wallet, and a back end, through the NL Wallet's own ``verification_server`` and through ours; compares.

    PYTHONPATH=. python tools/official_servers.py PATH/TO/verification_server

The program is theirs (EUPL-1.2, MinBZK/nl-wallet, built with its feature ``allow_insecure_url``) and is no part of
this repository: docs/nl-wallet.md says which one was tried, and what came of it. Both get the same file of settings,
made by this library, but for the ports. Each walk tells what it saw; where the two tell different things, both are
printed, and the exit code is 1.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from nlwallet import Sandbox, Wallet
from nlwallet.errors import NlWalletError
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.sandbox.loopback import Loopback
from nlwallet.sandbox.server_thread import listener
from nlwallet.sandbox.verification_server_file import to_toml
from nlwallet.sandbox.verification_servers import verification_server_members

PID = "urn:eudi:pid:nl:1"
SHOP = "http://localhost:9"
SESSIONS = "/disclosure/sessions"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATIENCE = 90


class OpenLoopback(Loopback):
    """Whose clients also reach the servers under test, which speak http."""

    def client(self) -> HttpClient:
        """Over http too, and to 127.0.0.1."""
        policy = HttpPolicy(
            insecure_allow_http=True,
            insecure_allow_private_addresses=True,
            tls_anchors_pem=self.tls_anchor_pem,
        )
        client = HttpClient(policy)
        self._clients.append(client)
        return client


@dataclass
class Server:
    """One of the two, as wallets and back ends reach it; ``seen`` is what the walk that runs now saw."""

    public: str
    requester: str
    wallet: Wallet
    http: httpx.Client
    seen: list[str] = field(default_factory=list)

    def tell(self, what: str, said: object) -> None:
        """Note it, without what is another each time."""
        text = said if isinstance(said, str) else json.dumps(said, sort_keys=True, ensure_ascii=False)
        text = re.sub(r"(sessions/|session_token=|nonce=)\w{32}", r"\1…", text)
        text = re.sub(r"20\d\d-\d\d-\d\dT[\d:.]+Z", "TIME", text)
        self.seen.append(f"{what}: {text.replace(self.public, 'PUBLIC')}")

    def send(self, method: str, url: str, what: str = "", **options: Any) -> httpx.Response:
        """A request, and a note of its answer if ``what`` names it."""
        reply = self.http.request(method, url, **options)
        if what:
            kind = reply.headers.get("content-type", "-").partition(";")[0]
            self.tell(what, f"{reply.status_code} {kind} {_comparable(reply)}")
        return reply

    def start(self, usecase: str = "adult", **members: Any) -> str:
        """The token of a new session."""
        reply = self.send("POST", self.requester + SESSIONS, json={"usecase": usecase, **members})
        if reply.status_code != 200:
            raise AssertionError(reply.text)
        return str(reply.json()["session_token"])

    def at(self, token: str) -> str:
        """Where wallets and pages find a session."""
        return f"{self.public}{SESSIONS}/{token}"

    def link(self, token: str, kind: str = "same_device") -> str:
        """The universal link of a session."""
        return str(self.send("GET", f"{self.at(token)}?session_type={kind}").json()["ul"])

    def request_uri(self, token: str, kind: str = "same_device") -> str:
        """Where the request is."""
        return parse_qs(urlsplit(self.link(token, kind)).query)["request_uri"][0]

    def status(self, token: str) -> None:
        """Note the state."""
        self.send("GET", self.at(token), "status")

    def result(self, token: str, redirect_uri: str | None = None) -> None:
        """Note what the back end gets."""
        nonce = parse_qs(urlsplit(redirect_uri or "").query).get("nonce")
        address = f"{self.requester}{SESSIONS}/{token}/disclosed_attributes"
        self.send("GET", address, "result", params={"nonce": nonce[0]} if nonce else None)

    def shares(self, token: str, kind: str = "same_device") -> str | None:
        """Our wallet shares what it is asked; where it is led."""
        prompt = self.wallet.open(self.link(token, kind))
        url = prompt.approve(pin=Sandbox.PIN, despite_warnings=True).redirect_uri
        self.tell("led to", url or "nowhere")
        return url


def _comparable(reply: httpx.Response) -> str:
    """The body: of what is an error, without the sentences of either of us."""
    try:
        content = reply.json()
    except ValueError:
        return "…" if reply.content else ""
    if isinstance(content, dict):
        content = {
            name: value for name, value in content.items() if name not in ("detail", "error_description")
        }
        if "session_error" in content:
            content["session_error"] = "…"
        content.pop("ul", None)
    if isinstance(content, list):
        for one in (attestation for each in content for attestation in each["attestations"]):
            one.pop("revocation_status")  # theirs trusts no TLS certificate of this machine
    return json.dumps(content, sort_keys=True, ensure_ascii=False)


def same_device(server: Server) -> None:
    """With a return URL; the result needs its nonce."""
    token = server.start()
    url = server.shares(token)
    server.status(token)
    server.result(token)
    server.result(token, "https://x/?nonce=" + "x" * 32)
    server.result(token, url)
    server.result(token, url)


def cross_device(server: Server) -> None:
    """Without one."""
    token = server.start()
    server.shares(token, "cross_device")
    server.status(token)
    server.result(token)


def both(server: Server) -> None:
    """A use case that leads back in either case."""
    token = server.start("both")
    server.result(token, server.shares(token, "cross_device"))


def mdoc(server: Server) -> None:
    """An mdoc of three elements, one of them in another name space."""
    paths = [[PID, "given_name"], [PID, "birthdate"], [f"{PID}.address", "locality"]]
    query = _query(("pid", "mso_mdoc", {"doctype_value": PID}, paths))
    token = server.start(dcql_query=query)
    server.result(token, server.shares(token))


def nested(server: Server) -> None:
    """Claims within claims."""
    paths = [["family_name"], ["address", "locality"], ["nationalities"]]
    token = server.start(dcql_query=_query(("pid", "dc+sd-jwt", {"vct_values": [PID]}, paths)))
    server.result(token, server.shares(token))


def two_cards(server: Server) -> None:
    """On two keys, so with the proof that the wallet has both."""
    query = _query(
        ("pid", "dc+sd-jwt", {"vct_values": [PID]}, [["family_name"]]),
        ("rent", "dc+sd-jwt", {"vct_values": ["urn:nlwallet:rental-contract:1"]}, [["landlord", "name"]]),
    )
    token = server.start(dcql_query=query)
    server.result(token, server.shares(token))


def two_mdocs(server: Server) -> None:
    """The same, with the one mdoc asked for twice: on one key."""
    query = _query(
        ("a", "mso_mdoc", {"doctype_value": PID}, [[PID, "given_name"]]),
        ("b", "mso_mdoc", {"doctype_value": PID}, [[PID, "family_name"]]),
    )
    token = server.start(dcql_query=query)
    server.result(token, server.shares(token))


def denied(server: Server) -> None:
    """The person says no."""
    token = server.start()
    server.tell("led to", server.wallet.open(server.link(token)).deny().redirect_uri or "nowhere")
    server.status(token)
    server.result(token)


def cancelled(server: Server) -> None:
    """By the page: before and after the wallet came, and when it is too late."""
    token = server.start()
    fetch = server.request_uri(token)
    server.send("DELETE", server.at(token), "cancel")
    server.send("POST", fetch, "request", headers=FORM)
    server.send("DELETE", server.at(token), "cancel again")
    server.status(token)
    token = server.start()
    prompt = server.wallet.open(server.link(token))
    server.status(token)
    server.send("DELETE", server.at(token), "cancel")
    try:
        prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
    except NlWalletError as error:
        server.tell("approve", error.code)
    server.status(token)
    server.result(token)


def stale(server: Server) -> None:
    """A QR code of more than ten seconds ago; the session goes on with a new one."""
    token = server.start()
    fetch = server.request_uri(token, "cross_device")
    time.sleep(11)
    server.send("POST", fetch, "stale", headers=FORM)
    server.status(token)
    server.shares(token, "cross_device")
    server.result(token)


def altered_links(server: Server) -> None:
    """Another session type, another id, none."""
    for alter in (
        lambda url: url.replace("same_device", "cross_device"),
        lambda url: re.sub(r"ephemeral_id=..", "ephemeral_id=00", url),
        lambda url: re.sub(r"ephemeral_id=\w+", "ephemeral_id=zz", url),
        lambda url: re.sub(r"&ephemeral_id=\w+", "", url),
        lambda url: url.partition("?")[0],
        lambda url: url.replace("same_device", "other_device"),
    ):
        token = server.start()
        server.send("POST", alter(server.request_uri(token)), "altered", headers=FORM)
        server.status(token)


def fetching(server: Server) -> None:
    """GET and POST, once; the nonce of the wallet comes back."""
    for method, options in (
        ("GET", {}),
        ("POST", {"headers": FORM}),
        ("POST", {"data": {"wallet_nonce": "n" * 32}}),
        ("POST", {"json": {"wallet_nonce": "n" * 32}}),
        ("POST", {"data": {"wallet_nonce": "n" * 32, "wallet_metadata": "{}"}}),
        ("PUT", {"headers": FORM}),
    ):
        token = server.start()
        fetch = server.request_uri(token)
        reply = server.send(method, fetch, **options)
        kind = reply.headers.get("content-type", "-").partition(";")[0]
        server.tell(f"{method} {list(options)}", f"{reply.status_code} {kind}")
        if reply.status_code == 200:
            server.tell("cache", reply.headers.get("cache-control", "-"))
            server.tell("request", _request(reply.text))
        server.send("GET", fetch, "again")
        server.status(token)


def answers(server: Server) -> None:
    """What is no answer; and errors of wallets."""
    for options in (
        {"data": {"response": "x"}},
        {"data": {"other": "x"}},
        {"json": {"response": "x"}},
        {"headers": FORM},
        {"data": {"error": "access_denied"}},
        {"data": {"error": "invalid_request", "error_description": "odd"}},
        {"data": {"error": "vp_formats_not_supported"}},
        {"data": {"error": "something_else"}},
    ):
        token = server.start()
        server.send("POST", f"{server.at(token)}/response_uri", "too early", **options)
        server.send("POST", server.request_uri(token), headers=FORM)
        server.send("POST", f"{server.at(token)}/response_uri", f"answer {options}", **options)
        server.status(token)
        server.result(token)
        server.send("POST", f"{server.at(token)}/response_uri", "again", **options)


def starting(server: Server) -> None:
    """What a back end may send, and what not."""
    mixed = _query(
        ("a", "mso_mdoc", {"doctype_value": PID}, [[PID, "given_name"]]),
        ("b", "dc+sd-jwt", {"vct_values": [PID]}, [["given_name"]]),
    )
    sd_jwt = {"vct_values": [PID]}
    plain = _query(("a", "dc+sd-jwt", sd_jwt, [["given_name"]]))
    claims = plain["credentials"][0]["claims"]
    for body in (
        {"usecase": "adult"},
        {"usecase": "none"},
        {},
        {"usecase": 1},
        {"usecase": "adult", "more": 1},
        {"usecase": "bare"},
        {"usecase": "bare", "dcql_query": plain},
        {"usecase": "bare", "dcql_query": plain, "return_url_template": f"{SHOP}/{{session_token}}"},
        {"usecase": "adult", "dcql_query": None, "return_url_template": None},
        {"usecase": "adult", "dcql_query": mixed},
        {"usecase": "adult", "dcql_query": {"credentials": []}},
        {"usecase": "adult", "dcql_query": {**plain, "credential_sets": [{"options": [["a"]]}]}},
        {"usecase": "adult", "dcql_query": _query(("a", "dc+sd-jwt", sd_jwt, [["address", None]]))},
        {"usecase": "adult", "dcql_query": _query(("a", "dc+sd-jwt", sd_jwt, [["address", 1]]))},
        {"usecase": "adult", "dcql_query": _query(("a", "dc+sd-jwt", sd_jwt, []))},
        {"usecase": "adult", "dcql_query": _query(("a b", "dc+sd-jwt", sd_jwt, [["x"]]))},
        {"usecase": "adult", "dcql_query": _query(("a", "jwt_vc_json", sd_jwt, [["x"]]))},
        {"usecase": "adult", "dcql_query": _query(("a", "dc+sd-jwt", {}, [["x"]]))},
        {"usecase": "adult", "dcql_query": _query(("a", "dc+sd-jwt", {"vct_values": []}, [["x"]]))},
        {"usecase": "adult", "dcql_query": _with(plain, multiple=True)},
        {"usecase": "adult", "dcql_query": _with(plain, multiple=False)},
        {"usecase": "adult", "dcql_query": _with(plain, require_cryptographic_holder_binding=False)},
        {
            "usecase": "adult",
            "dcql_query": _with(plain, claims=[{**claims[0], "id": "c"}], claim_sets=[["c"]]),
        },
        {"usecase": "adult", "dcql_query": _with(plain, claims=[{**claims[0], "values": ["Frouke"]}])},
        {"usecase": "adult", "dcql_query": _with(plain, claims=[{**claims[0], "intent_to_retain": True}])},
        {"usecase": "adult", "dcql_query": _with(plain, claims=claims * 2)},
        {"usecase": "adult", "dcql_query": {"credentials": plain["credentials"] * 2}},
        {
            "usecase": "adult",
            "dcql_query": _with(plain, trusted_authorities=[{"type": "aki", "values": ["AQID"]}]),
        },
        {
            "usecase": "adult",
            "dcql_query": _with(plain, trusted_authorities=[{"type": "etsi_tl", "values": ["x"]}]),
        },
        {"usecase": "adult", "return_url_template": "https://shop.example/"},
        {"usecase": "adult", "return_url_template": "ftp://shop.example/{session_token}"},
        {"usecase": "adult", "return_url_template": "https://shop.example/?a={session_token}#b"},
    ):
        what = f"start {json.dumps(body)}"
        reply = server.send("POST", server.requester + SESSIONS, json=body)
        server.tell(what, f"{reply.status_code} {'' if reply.status_code == 200 else _comparable(reply)}")
    address = server.requester + SESSIONS
    server.send("POST", address, "no JSON", content=b"{", headers={"Content-Type": "application/json"})
    server.send("POST", address, "no type", content=b"{}")
    server.send("GET", address, "GET")


def unknown(server: Server) -> None:
    """Addresses of nothing, and what everybody may ask."""
    nobody = "x" * 32
    for address in ("", "/request_uri?session_type=same_device&ephemeral_id=00", "/other"):
        server.send("GET", server.at(nobody) + address, f"nobody {address}")
    server.send("GET", f"{server.at(nobody)}?session_type=x", "nobody, of no type")
    server.send("POST", f"{server.at(nobody)}/response_uri", "nobody's answer", data={"response": "x"})
    server.send("DELETE", server.at(nobody), "nobody's end")
    server.send("GET", f"{server.requester}{SESSIONS}/{nobody}/disclosed_attributes", "nobody's result")
    server.send("GET", f"{server.public}/health", "health")
    server.send("GET", f"{server.requester}/health", "health inside")
    token = server.start()
    server.send("GET", f"{server.at(token)}?session_type=x", "of no type")
    server.send("GET", f"{server.public}{SESSIONS}/{token}/disclosed_attributes", "result outside")
    server.send("POST", f"{server.public}{SESSIONS}", "start outside", json={"usecase": "adult"})
    for origin in ("http://localhost:8080", "https://evil.example"):
        for method, asked in (("GET", ""), ("OPTIONS", "GET"), ("OPTIONS", "DELETE"), ("OPTIONS", "PUT")):
            headers = {"Origin": origin, **({"Access-Control-Request-Method": asked} if asked else {})}
            reply = server.send(method, server.at(token), headers=headers)
            allowed = {
                name: value
                for name, value in sorted(reply.headers.items())
                if name.startswith("access-control") or name == "cache-control"
            }
            server.tell(f"{method} {asked} from {origin}", f"{reply.status_code} {allowed}")


WALKS: tuple[Callable[[Server], None], ...] = (
    same_device, cross_device, both, mdoc, nested, two_cards, two_mdocs, denied, cancelled, stale, altered_links,
    fetching, answers, starting, unknown,
)  # fmt: skip


def _query(*credentials: tuple[str, str, Mapping[str, Any], list[Any]]) -> dict[str, Any]:
    return {
        "credentials": [
            {"id": id_, "format": format_, "meta": dict(meta), "claims": [{"path": path} for path in paths]}
            for id_, format_, meta, paths in credentials
        ]
    }


def _with(query: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"credentials": [{**query["credentials"][0], **members}]}


def _request(text: str) -> object:
    """What a request object says, without what is another each time."""
    header, payload = (_decoded(part) for part in text.split(".")[:2])
    keys = [sorted(key) for key in payload["client_metadata"].pop("jwks")["keys"]]
    formats = payload["client_metadata"].pop("vp_formats_supported")  # theirs names both, ours what it asks
    header["x5c"] = len(header["x5c"])
    for name in ("iat", "exp", "nonce"):
        payload.pop(name, None)
    return [header, payload, keys, formats["dc+sd-jwt"]]


def _decoded(part: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@contextmanager
def running(command: list[str], folder: Path, health: str) -> Iterator[None]:
    """A server, until it is told to stop."""
    environment = {**os.environ, "NO_COLOR": "1"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
        try:
            for _ in range(PATIENCE * 10):
                try:
                    httpx.get(health)
                    break
                except httpx.TransportError:
                    if process.poll() is not None:
                        raise SystemExit((folder / "log").read_text()) from None
                    time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE)


def main(program: str) -> int:
    """The walks, at both; how many differ."""
    with ExitStack() as stack:
        hosting = OpenLoopback()
        edi = stack.enter_context(Sandbox(profile="nl-wallet-0.6", hosting=hosting))
        wallet = edi.wallet("frouke", cards=("pid", "pid-mdoc", "rental-contract"))
        case = {"pilot": "cafe-de-vrije-val", "accept_undetermined_revocation_status": True}
        cases = {"adult": case, "both": {**case, "session_type_return_url": "both"}, "bare": case}
        servers = []
        ours = [sys.executable, "-c", "from nlwallet.cli import main; main()", "verification-server"]
        members = verification_server_members(
            edi.registrar, edi.anchors, cases, public_url="http://localhost"
        )
        for name in ("return_url_template", "dcql_query"):
            members["usecases"]["bare"].pop(name)
        for command in ([str(Path(program).resolve())], [*ours, "--local", "--allow-insecure-url"]):
            ports = [_free_port(), _free_port()]
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            public, requester = (f"http://localhost:{port}" for port in ports)
            (folder / "verification_server.toml").write_text(
                to_toml(
                    {
                        **members,
                        "public_url": f"{public}/",
                        "allow_origins": ["http://localhost:8080"],
                        "wallet_server": {"ip": "127.0.0.1", "port": ports[0]},
                        "internal_server": {"ip": "127.0.0.1", "port": ports[1]},
                    }
                )
            )
            (folder / "tls.pem").write_text(hosting.tls_anchor_pem)
            if len(command) > 1:
                command += ["--tls-anchor", "tls.pem"]
            stack.enter_context(running(command, folder, f"{public}/health"))
            servers.append(Server(public, requester, wallet, stack.enter_context(httpx.Client(timeout=30))))
        return sum(_differs(walk, *servers) for walk in WALKS)


def _free_port() -> int:
    with listener("127.0.0.1", 0) as one:
        return int(one.getsockname()[1])


def _differs(walk: Callable[[Server], None], theirs: Server, ours: Server) -> bool:
    for server in (theirs, ours):
        server.seen.clear()
        try:
            walk(server)
        except (AssertionError, NlWalletError, httpx.HTTPError) as error:
            server.tell("ended", f"{type(error).__name__} {error}")
    different = theirs.seen != ours.seen
    print(f"{walk.__name__}: {'DIFFERENT' if different else 'the same'} ({len(theirs.seen)} things seen)")
    for n in range(max(len(theirs.seen), len(ours.seen))):
        pair = [one.seen[n] if n < len(one.seen) else "-" for one in (theirs, ours)]
        if pair[0] != pair[1]:
            print(f"  official {pair[0]}\n  here     {pair[1]}")
    return different


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1]) else 0)
