"""``nlwallet eu-verifier``: the interface of the EU reference verifier, for a front end that is made for that."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.text import Text
from starlette.types import ASGIApp

from nlwallet.cli.anchors import read_pem
from nlwallet.cli.relying_party_files import RelyingPartyFiles
from nlwallet.cli.signals import stopped_by_signals, wait_for
from nlwallet.clock import SystemClock
from nlwallet.errors import LocalError
from nlwallet.http import HttpClient, HttpPolicy, HttpStatusLists, StatusChecker
from nlwallet.profiles import PROFILES
from nlwallet.profiles import profile as profile_named
from nlwallet.sandbox.loopback import Loopback
from nlwallet.sandbox.server_thread import ServerThread, listener
from nlwallet.sdjwt import known_types
from nlwallet.verifier import Verifier
from nlwallet.verifier.eu_server import EuServer, eu_app

_NAME: Final = "eu-verifier"


def eu_verifier(
    *,
    pki: Annotated[
        Path | None,
        typer.Option("--pki", help="To begin with: the relying party in a folder of nlwallet pki new."),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            "--certificate", "-c", help="PEM file with your access certificate, and those above it."
        ),
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", "-k", help="PEM file with its key.")] = None,
    record: Annotated[
        Path | None,
        typer.Option("--record", help="Your registration as JSON, as record.json of a pki folder."),
    ] = None,
    registration_certificate: Annotated[
        list[Path] | None,
        typer.Option("--registration-certificate", "-r", help="File with one, as a JWT; repeatable."),
    ] = None,
    anchor: Annotated[
        list[Path] | None,
        typer.Option("--anchor", "-a", help="Issuers to trust: PEM file, or folder by category; repeatable."),
    ] = None,
    public_url: Annotated[
        str | None, typer.Option("--public-url", help="Where wallets and pages reach it.")
    ] = None,
    ip: Annotated[str, typer.Option("--ip", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", help="The port; 0 for a free one.")] = 8080,
    https: Annotated[
        Path | None,
        typer.Option(
            "--https",
            metavar="FILE",
            help="HTTPS at localhost with a certificate of the moment; its CA is written to this file.",
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option("--allow-origin", help="Origin of a page that may call, or *; repeatable."),
    ] = None,
    link: Annotated[
        str, typer.Option("--link", help="The start of links, such as haip-vp:// or eudi-openid4vp://.")
    ] = "openid4vp://",
    profile: Annotated[
        str, typer.Option("--profile", help=f"The rules: {', '.join(PROFILES)}.")
    ] = "openid4vp-1.0",
    result_needs_code: Annotated[
        bool,
        typer.Option(
            "--result-needs-code", help="Give same-device results only with the code that the wallet brought."
        ),
    ] = False,
    local: Annotated[
        bool,
        typer.Option("--local", help="Also fetch status lists from this machine or its network."),
    ] = False,
    tls_anchor: Annotated[
        Path | None,
        typer.Option("--tls-anchor", help="PEM file with a TLS anchor of your own, for status lists."),
    ] = None,
) -> None:
    """Serve the EU reference verifier's interface, for a front end that is made for it. Ctrl-C stops it.

    Whoever reaches /ui and /utilities may ask: only /wallet is for outside. Transactions are in memory.
    """
    files = _party(pki, certificate, key, record)
    files = files.registered_by(registration_certificate or ()).trusting(anchor or ())
    if not files.anchors.by_category:
        raise typer.BadParameter("say whom to trust as issuers", param_hint="--anchor")
    with ExitStack() as stack, stopped_by_signals() as stop:
        place = _Https(https, port) if https is not None else _Http(ip, port)
        stack.callback(place.close)
        client = stack.enter_context(HttpClient(_policy(tls_anchor, local=local)))
        clock = SystemClock()
        verifier = Verifier(
            certificates=files.certificates,
            key=files.key,
            anchors=files.anchors,
            base_url=_url(public_url or place.origin),
            clock=clock,
            types=known_types(),
            profile=profile_named(profile),
            status_lists=StatusChecker(HttpStatusLists(client)),
            wallet_endpoint=link,
        )
        served = EuServer(verifier, clock=clock, result_needs_code=result_needs_code)
        place.serve(eu_app(served, allow_origins=allow_origin or ()))
        _show(verifier, place.origin, Console(soft_wrap=True))
        sys.stdout.flush()
        wait_for(stop)
    if stop.is_set():
        raise typer.Exit(128 + signal.SIGTERM)


class _Http:
    """Served in the clear: behind whatever does TLS, or for a front end on this machine."""

    def __init__(self, ip: str, port: int) -> None:
        self._listening = listener(ip, port)
        self._server: ServerThread | None = None
        self.origin = f"http://{ip}:{self._listening.getsockname()[1]}"

    def serve(self, app: ASGIApp) -> None:
        """Answer from now on."""
        self._server = ServerThread(_NAME, app, self._listening)

    def close(self) -> None:
        """Stop."""
        if self._server is not None:
            self._server.stop()
        self._listening.close()


class _Https:
    """Served over TLS at localhost, as wallets want it; ``anchor`` is where the CA of its certificate is written."""

    def __init__(self, anchor: Path, port: int) -> None:
        self._hosting = Loopback(port=port)
        try:
            self.origin = self._hosting.origin(_NAME)
            anchor.write_text(self._hosting.tls_anchor_pem)
        except OSError as error:
            self._hosting.close()
            raise LocalError(f"{anchor}: {os.strerror(error.errno or 0)}", code="file") from None
        except LocalError:
            self._hosting.close()
            raise

    def serve(self, app: ASGIApp) -> None:
        """Answer from now on."""
        self._hosting.serve(_NAME, app)

    def close(self) -> None:
        """Stop."""
        self._hosting.close()


def _party(
    pki: Path | None, certificate: Path | None, key: Path | None, record: Path | None
) -> RelyingPartyFiles:
    if certificate is not None and key is not None and record is not None and pki is None:
        return RelyingPartyFiles.read(certificate=certificate, key=key, record=record)
    if pki is not None and certificate is None and key is None and record is None:
        return RelyingPartyFiles.of_hierarchy(pki, now=SystemClock().now())
    raise typer.BadParameter(
        "say who asks: --certificate, --key and --record; or, to begin with, "
        "nlwallet pki new pki && nlwallet eu-verifier --pki pki"
    )


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise LocalError(f"{text} is no address of a website", hint="--public-url https://verifier.example")
    return text.rstrip("/")


def _policy(tls_anchor: Path | None, *, local: bool) -> HttpPolicy:
    pem = read_pem(tls_anchor) if tls_anchor is not None else ""
    return HttpPolicy(insecure_allow_private_addresses=local, tls_anchors_pem=pem)


def _show(verifier: Verifier, address: str, console: Console) -> None:
    console.print(Text("Interface of the EU reference verifier", "bold"))
    uses = verifier.certificates.registration_certificates
    rows = {
        "for your front end": f"{address}/ui/presentations",
        "for wallets": f"{verifier.base_url}/wallet",
        "who asks": f"{verifier.certificates.record.trade_name}, {verifier.client_id}",
        "registered uses": ", ".join(uses) or "none: --registration-certificate",
    }
    for name, value in rows.items():
        console.print(Text.assemble(f"  {name:<20}", (value, "cyan")))
    console.print(Text("Ctrl-C stops it.", "dim"))
