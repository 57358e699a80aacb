#!/usr/bin/env python
"""Walks our wallet, and a back end, through the NL Wallet's own ``verification_server`` and through ours; compares.

    PYTHONPATH=. python tools/official_servers.py PATH/TO/verification_server [0.5]

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
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from official_server_walks import AUTHORIZED, SESSIONS, WALKS

from nlwallet import Sandbox, Wallet
from nlwallet.crypto import PrivateKey, Subject
from nlwallet.errors import NlWalletError
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.mdoc import READER_AUTHENTICATION
from nlwallet.registration.reader_registration import READER_REGISTRATION
from nlwallet.sandbox.hierarchy import Hierarchy
from nlwallet.sandbox.loopback import Loopback
from nlwallet.sandbox.server_thread import listener
from nlwallet.sandbox.verification_server_file import to_toml
from nlwallet.sandbox.verification_servers import verification_server_members
from nlwallet.trust import Category
from nlwallet.verifier.nl_server import Version

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
            self.tell(what, f"{reply.status_code} {kind} {self.comparable(reply)}")
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

    @staticmethod
    def comparable(reply: httpx.Response) -> str:
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


def main(program: str, version: Version = "0.6") -> int:
    """The walks, at both servers of that version; how many differ."""
    with ExitStack() as stack:
        hosting = OpenLoopback()
        hierarchy = Hierarchy.create(now=int(time.time()))
        profile = f"nl-wallet-{version}"
        edi = stack.enter_context(Sandbox(profile=profile, hosting=hosting, hierarchy=hierarchy))
        wallet = edi.wallet("frouke", cards=("pid", "pid-mdoc", "rental-contract"))
        case = {"pilot": "cafe-de-vrije-val", "accept_undetermined_revocation_status": True}
        cases = {"adult": case, "both": {**case, "session_type_return_url": "both"}, "bare": case}
        servers = []
        ours = [sys.executable, "-c", "from nlwallet.cli import main; main()", "verification-server"]
        members = verification_server_members(
            edi.registrar, edi.anchors, cases, public_url="http://localhost", version=version
        )
        if version == "0.5":
            for case in members["usecases"].values():
                case |= reader(hierarchy)
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


def reader(hierarchy: Hierarchy) -> dict[str, str]:
    """A certificate of 0.5, with the registration for all that the walks ask, and its key."""
    organization = {
        **{
            name: {"nl": "Winkel", "en": "Shop"}
            for name in ("displayName", "legalName", "description", "category")
        },
        "webUrl": "https://shop.example",
        "countryCode": "NL",
    }
    registration = {
        "purposeStatement": {"nl": "Test", "en": "Test"},
        "retentionPolicy": {"intentToRetain": False},
        "sharingPolicy": {"intentToShare": False},
        "deletionPolicy": {"deleteable": True},
        "organization": organization,
        "requestOriginBaseUrl": "https://shop.example",
        "authorizedAttributes": AUTHORIZED,
    }
    key = PrivateKey.generate()
    chain = hierarchy.authorities[Category.ACCESS_CA].issue(
        key.public,
        Subject("Winkel", country="NL", organization="Winkel", organization_identifier="NTRNL-90000002"),
        now=int(time.time()),
        san_dns=("localhost",),
        extended_key_usages=(READER_AUTHENTICATION,),
        texts={READER_REGISTRATION: json.dumps(registration)},
    )
    encoded = {"private_key": key.der(), "certificate": chain.leaf.der}
    return {name: base64.b64encode(der).decode() for name, der in encoded.items()}


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
    sys.exit(1 if main(sys.argv[1], "0.5" if sys.argv[2:] == ["0.5"] else "0.6") else 0)
