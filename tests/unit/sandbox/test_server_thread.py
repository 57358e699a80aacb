"""A server in a thread of its own: it answers once it is made, or says at once that it never will."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from nlwallet.errors import LocalError
from nlwallet.sandbox.server_thread import ServerThread, listener


async def nothing(scope: object, receive: object, send: object) -> None:
    """An app that is never asked."""


def test_it_answers_once_it_is_made() -> None:
    with listener("127.0.0.1", 0) as listening:
        server = ServerThread("here", nothing, listening)
        try:
            with socket.create_connection(listening.getsockname(), timeout=60):
                pass
        finally:
            server.stop()


@pytest.mark.parametrize(("text", "why"), [(None, "No such file or directory"), ("no certificate", "PEM")])
def test_a_server_that_cannot_start_says_why(tmp_path: Path, text: str | None, why: str) -> None:
    pem = tmp_path / "tls.pem"
    if text is not None:
        pem.write_text(text)
    with (
        listener("127.0.0.1", 0) as listening,
        pytest.raises(LocalError, match=f"the server for here does not start: .*{why}"),
    ):
        ServerThread("here", nothing, listening, certificate=(pem, pem))
