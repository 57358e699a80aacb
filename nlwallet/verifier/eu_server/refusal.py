"""The errors of the interface, by their names there."""

from __future__ import annotations

from nlwallet.errors import RemoteError


class EuRefusal(RemoteError):
    """``code`` is the name; empty where the interface answers with a bare status. ``status`` is that of HTTP."""

    default_code = "malformed"
    default_spec = "EU reference verifier"

    def __init__(self, message: str, *, code: str = "", status: int = 400) -> None:
        super().__init__(message, code=code)
        self.name = code
        self.status = status
