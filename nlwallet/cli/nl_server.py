"""A server of the NL Wallet as a command runs it: its file of settings, its listeners, its status lists."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from starlette.types import ASGIApp

from nlwallet.errors import LocalError
from nlwallet.http import HttpPolicy
from nlwallet.sandbox.server_thread import ServerThread, listener
from nlwallet.small_file import read_small_file
from nlwallet.verifier.nl_server import Listener
from nlwallet.verifier.nl_server.settings import MAX_BYTES

Settings = Annotated[
    Path, typer.Option("--config", "-c", help="The settings, as the NL Wallet's server has them.")
]
Local = Annotated[
    bool, typer.Option("--local", help="Also fetch status lists from this machine or its network.")
]
TlsAnchor = Annotated[
    Path | None,
    typer.Option("--tls-anchor", help="PEM file with a TLS anchor of your own, for status lists."),
]


def read_settings(path: Path, *, hint: str) -> bytes:
    """The file of settings. Raises :class:`~nlwallet.errors.LocalError`, with ``hint`` on how to get one."""
    return read_small_file(path, what="settings", most=MAX_BYTES, hint=hint)


def status_list_policy(tls_anchor: Path | None, *, local: bool) -> HttpPolicy:
    """How status lists are fetched."""
    pem = ""
    if tls_anchor is not None:
        pem = read_small_file(tls_anchor, what="TLS anchors", hint="a PEM file").decode("ascii", "replace")
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
