"""``nlwallet verification-server``: the NL Wallet's server for relying parties, from the same file of settings."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text
from starlette.types import ASGIApp

from nlwallet.cli.signals import stopped_by_signals, wait_for
from nlwallet.clock import SystemClock
from nlwallet.errors import LocalError
from nlwallet.http import HttpClient, HttpPolicy, HttpStatusLists
from nlwallet.sandbox import read_hierarchy
from nlwallet.sandbox.server_thread import ServerThread, listener
from nlwallet.sandbox.verification_server_file import verification_server_file
from nlwallet.verifier.nl_server import Listener, ServerSettings, open_verification_server

_MAX_FILE: Final = 1_048_576
_BEGIN: Final = (
    "nlwallet pki new pki && nlwallet verification-server --from-pki pki > verification_server.toml"
)


def verification_server(
    *,
    config: Annotated[
        Path, typer.Option("--config", "-c", help="The settings, as the NL Wallet's server has them.")
    ] = Path("verification_server.toml"),
    pki: Annotated[
        Path | None,
        typer.Option(
            "--from-pki",
            help="Print settings to begin with, for a folder made by: nlwallet pki new. Nothing is served.",
        ),
    ] = None,
    local: Annotated[
        bool,
        typer.Option("--local", help="Also fetch status lists from this machine or its network."),
    ] = False,
    tls_anchor: Annotated[
        Path | None,
        typer.Option("--tls-anchor", help="PEM file with a TLS anchor of your own, for status lists."),
    ] = None,
    allow_insecure_url: Annotated[
        bool, typer.Option("--allow-insecure-url", help="Also accept return URLs with http.")
    ] = False,
) -> None:
    """Serve the NL Wallet's interface for relying parties, as its verification_server does. Ctrl-C stops it.

    Keys of the file may be overridden: VERIFICATION_SERVER__WALLET_SERVER__PORT=9001. Sessions are in memory, or where
    storage.url says.
    """
    if pki is not None:
        print(verification_server_file(read_hierarchy(pki)), end="")
        return
    settings = ServerSettings.parse(
        read_settings(config, hint=_BEGIN), environment=os.environ, insecure_return_urls=allow_insecure_url
    )
    with ExitStack() as stack, stopped_by_signals() as stop:
        client = stack.enter_context(HttpClient(status_list_policy(tls_anchor, local=local)))
        opened = open_verification_server(settings, clock=SystemClock(), status_lists=HttpStatusLists(client))
        stack.callback(opened.close)
        public = requester = serve_listener(stack, "wallet_server", settings.public, opened.public)
        if settings.internal is not None and opened.requester is not None:
            requester = serve_listener(stack, "internal_server", settings.internal, opened.requester)
        for warning in settings.warnings:
            print(f"nlwallet: {warning}", file=sys.stderr)
        _show(settings, public, requester, Console(soft_wrap=True))
        sys.stdout.flush()
        wait_for(stop)
    if stop.is_set():
        raise typer.Exit(128 + signal.SIGTERM)


def read_settings(path: Path, *, hint: str) -> bytes:
    """A file, if it is not too large. Raises :class:`~nlwallet.errors.LocalError`, with ``hint``."""
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE + 1)
    except OSError as error:
        raise LocalError(
            f"{path} cannot be read: {os.strerror(error.errno or 0)}",
            code="file",
            hint=hint,
        ) from None


def status_list_policy(tls_anchor: Path | None, *, local: bool) -> HttpPolicy:
    """How status lists are fetched."""
    pem = ""
    if tls_anchor is not None:
        pem = read_settings(tls_anchor, hint="a PEM file").decode("ascii", "replace")
    return HttpPolicy(insecure_allow_http=local, insecure_allow_private_addresses=local, tls_anchors_pem=pem)


def serve_listener(
    stack: ExitStack, section: str, where: Listener, app: ASGIApp, *, tls: Path | None = None
) -> str:
    """Serve ``app`` there, over TLS with a PEM file of certificate and key; where that is."""
    try:
        listening = listener(where.ip, where.port)
    except LocalError as error:
        raise LocalError(
            f"[{section}] {error.message}",
            code=error.code,
            hint=f"another port in [{section}], or stop what runs there",
        ) from None
    stack.callback(listening.close)
    server = ServerThread(section, app, listening, certificate=None if tls is None else (tls, tls))
    stack.callback(server.stop)
    return f"http{'' if tls is None else 's'}://{where.ip}:{listening.getsockname()[1]}/"


def _show(settings: ServerSettings, public: str, requester: str, console: Console) -> None:
    say = console.print
    say(Text(f"verification_server of the NL Wallet {settings.version}", "bold"))
    rows = {
        "for wallets and pages": f"{public} as {settings.public_url}",
        "for your back end": f"{requester}disclosure/sessions" + (" (api_key)" if settings.api_key else ""),
        "the button": f"{settings.public_url}nlwallet-button.js",
        "use cases": ", ".join(one.name for one in settings.use_cases),
    }
    for name, value in rows.items():
        say(Text.assemble(f"  {name:<24}", (value, "cyan")))
    say(Text("Ctrl-C stops it.", "dim"))
