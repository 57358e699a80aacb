"""What a request_uri answered: the linter itself fetches nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlwallet.lint.finding import Findings
from nlwallet.openid4vp import REQUEST_OBJECT_MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class FetchedRequest:
    """The answer of a request_uri. ``wallet_nonce`` is what was posted; empty after a GET."""

    body: bytes = field(repr=False)
    status: int = 200
    content_type: str = REQUEST_OBJECT_MEDIA_TYPE
    wallet_nonce: str = field(default="", repr=False)


def read_fetched(fetched: FetchedRequest, at: str, log: Findings) -> str | None:
    """The request object in the answer; ``None``, with the reason among the findings, when there is none."""
    if 300 <= fetched.status < 400:
        text = "The request_uri answered with a redirect, which wallets do not follow."
        log.error("V-40", at, text, "Serve the request object at this very address.")
        return None
    if not 200 <= fetched.status < 300:
        log.error(
            "V-21",
            at,
            f"The request_uri answered with HTTP {fetched.status}.",
            "Serve the request until the transaction ends: a wallet may fetch it more than once.",
        )
        return None
    if fetched.content_type != REQUEST_OBJECT_MEDIA_TYPE:
        log.error(
            "V-21",
            at,
            f"The request_uri answered with another content type than {REQUEST_OBJECT_MEDIA_TYPE}.",
            f"Send Content-Type: {REQUEST_OBJECT_MEDIA_TYPE}.",
        )
    try:
        return fetched.body.decode("utf-8").strip()
    except UnicodeDecodeError:
        log.error("REQ-01", at, "The answer of the request_uri is no text.")
        return None
