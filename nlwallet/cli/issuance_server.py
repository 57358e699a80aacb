"""``nlwallet issuance-server``: the NL Wallet's server for issuers, from the same file of settings."""

from __future__ import annotations

import os
import signal
import ssl
import sys
from collections.abc import Mapping
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
from nlwallet.errors import LocalError
from nlwallet.http import HttpClient, HttpStatusLists
from nlwallet.sandbox import read_hierarchy
from nlwallet.sandbox.issuance_server_file import issuance_server_files
from nlwallet.sandbox.issuance_settings import IssuanceSettings
from nlwallet.sandbox.opened_issuance_server import OpenedIssuanceServer, open_issuance_server

_BEGIN: Final = "nlwallet pki new pki && nlwallet issuance-server --from-pki pki"


def issuance_server(
    *,
    config: Settings = Path("issuance_server.toml"),
    pki: Annotated[
        Path | None,
        typer.Option(
            "--from-pki",
            help="Write settings to begin with, and what they need, for a folder made by: nlwallet pki new. "
            "Nothing is served.",
        ),
    ] = None,
    tls: Annotated[
        Path | None,
        typer.Option(
            "--tls", help="PEM file with certificate and key, to serve wallets over https without a proxy."
        ),
    ] = None,
    local: Local = False,
    tls_anchor: TlsAnchor = None,
) -> None:
    """Serve cards in return for what wallets present, as the NL Wallet's issuance_server does. Ctrl-C stops it.

    Keys of the file may be overridden: ISSUANCE_SERVER__WALLET_SERVER__PORT=9001.
    """
    if pki is not None:
        _write(
            config.parent,
            issuance_server_files(read_hierarchy(pki), now=SystemClock().now(), name=config.name),
        )
        return
    settings = IssuanceSettings.parse(read_settings(config, hint=_BEGIN), environment=os.environ)
    with ExitStack() as stack, stopped_by_signals() as stop:
        client = stack.enter_context(HttpClient(status_list_policy(tls_anchor, local=local)))
        opened = open_issuance_server(
            settings,
            clock=SystemClock(),
            status_lists=HttpStatusLists(client),
            folder=config.parent,
            tell=lambda name, error: print(f"nlwallet: {name}: {error}", file=sys.stderr, flush=True),
        )
        stack.callback(opened.close)
        if tls is not None:
            _check(tls)
        public = internal = serve_listener(stack, "wallet_server", settings.public, opened.public, tls=tls)
        if settings.internal is not None:
            internal = serve_listener(stack, "internal_server", settings.internal, opened.internal)
        for warning in settings.warnings:
            print(f"nlwallet: {warning}", file=sys.stderr)
        _show(opened, public, internal, Console(soft_wrap=True))
        sys.stdout.flush()
        wait_for(stop)
    if stop.is_set():
        raise typer.Exit(128 + signal.SIGTERM)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name in files:
        if (folder / name).exists():
            raise LocalError(
                f"{folder / name} is there already", code="file", hint="another folder, or take it away"
            )
    try:
        for name, text in files.items():
            with open(folder / name, "x", opener=_for_its_owner) as file:
                file.write(text)
            print(folder / name)
    except OSError as error:
        raise LocalError(f"{folder} cannot be written to: {error.strerror}", code="file") from None


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _check(tls: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls)
    except (OSError, ssl.SSLError) as error:
        raise LocalError(
            f"{tls} holds no certificate with its key: {error.strerror or 'it cannot be read'}", code="file"
        ) from None


def _show(opened: OpenedIssuanceServer, public: str, internal: str, console: Console) -> None:
    settings, say = opened.settings, console.print
    say(Text("issuance_server of the NL Wallet 0.6", "bold"))
    rows = {
        "for wallets": f"{public} as {settings.public_url}",
        "for your back office": f"{internal}revoke/" + (" (api_key)" if settings.api_key else ""),
        "cards": ", ".join(one.id for one in settings.configurations),
    }
    rows |= {f"link of {one.name}": opened.links(one.name)["cross_device"] for one in settings.use_cases}
    for name, value in rows.items():
        say(Text.assemble(f"  {name:<24}", (value, "cyan")))
    say(Text("Ctrl-C stops it.", "dim"))
