"""The errors of the interface, by their names there."""

from __future__ import annotations

from typing import Any

from nlwallet.errors import RemoteError


class EuRefusal(RemoteError):
    """``code`` is the name; empty where the interface answers with a bare status. ``status`` is that of HTTP.

    ``body`` is the JSON value in the answer where that is another than ``error`` and ``description``.
    """

    default_code = "malformed"
    default_spec = "EU reference verifier"

    def __init__(self, message: str, *, code: str = "", status: int = 400, body: Any = None) -> None:
        super().__init__(message, code=code)
        self.name = code
        self.status = status
        self.body = body
