"""What the server says instead, by the NL Wallet's codes: problem details to a requester, OAuth errors to a wallet."""

from __future__ import annotations

from typing import Final, NamedTuple

from nlwallet.errors import RemoteError


class Problem(NamedTuple):
    """The HTTP status and title of a type of problem."""

    status: int
    title: str


PROBLEMS: Final = {
    "server_error": Problem(500, "Internal server error occurred"),
    "invalid_request": Problem(400, "Invalid request"),
    "unknown_session": Problem(404, "Unknown session"),
    "nonce": Problem(401, "Redirect URI nonce incorrect or missing"),
    "session_state": Problem(400, "Session is not in the required state"),
}
"""Those of the requester's interface, and of the browser's (RFC 7807)."""

WALLET_STATUS: Final = {
    "invalid_request": 400,
    "expired_ephemeral_id": 401,
    "expired_session": 404,
    "cancelled_session": 404,
    "unknown_session": 404,
    "no_issuable_attestations": 404,
    "server_error": 500,
}
"""The HTTP status of each code that wallets are told."""


class Refusal(RemoteError):
    """``code`` is one of the above.

    ``redirect_uri`` is where the wallet may bring its user all the same; ``session_status`` and ``session_error`` say
    in which state a session is, and why it failed.
    """

    default_code = "invalid_request"
    default_spec = "NL Wallet verification_server"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        redirect_uri: str = "",
        session_status: str = "",
        session_error: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.redirect_uri = redirect_uri
        self.session_status = session_status
        self.session_error = session_error
