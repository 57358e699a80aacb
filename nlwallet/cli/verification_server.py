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

from nlwallet.cli.nl_server import (
    Local,
    Settings,
    TlsAnchor,
    read_settings,
    serve_listener,
    status_list_policy,
)
from nlwallet.cli.signals import stopped_by_signals, wait_for
from nlwallet.clock import SystemClock
from nlwallet.http import HttpClient, HttpStatusLists
from nlwallet.sandbox import read_hierarchy
from nlwallet.sandbox.verification_server_file import verification_server_file
from nlwallet.verifier.nl_server import ServerSettings, open_verification_server

_BEGIN: Final = (
    "nlwallet pki new pki && nlwallet verification-server --from-pki pki > verification_server.toml"
)


def verification_server(
    *,
    config: Settings = Path("verification_server.toml"),
    pki: Annotated[
        Path | None,
        typer.Option(
            "--from-pki",
            help="Print settings to begin with, for a folder made by: nlwallet pki new. Nothing is served.",
        ),
    ] = None,
    local: Local = False,
    tls_anchor: TlsAnchor = None,
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
