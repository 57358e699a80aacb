"""Where the wallet brings its user afterwards: a template with the session token, and a nonce that unlocks the result.

Whoever only watched the QR code on somebody's screen knows the session token, but not the nonce.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit, urlunsplit

SessionType: TypeAlias = Literal["same_device", "cross_device"]

SESSION_TYPES: Final[tuple[SessionType, ...]] = ("same_device", "cross_device")
MAX_TEMPLATE: Final = 2048
PLACEHOLDER: Final = "{session_token}"
OFFER_SCHEME: Final = "openid-credential-offer"


class ReturnUrlUse(StrEnum):
    """In which sessions the wallet gets a return URL; ``neither`` is the NL Wallet 0.5's."""

    NEITHER = "neither"
    SAME_DEVICE = "same_device"
    BOTH = "both"

    def holds_for(self, session_type: SessionType) -> bool:
        """Whether a session of this type has one."""
        return self is self.BOTH or (self is self.SAME_DEVICE and session_type == "same_device")


def is_return_url_template(text: str, *, offers: bool, insecure: bool = False) -> bool:
    """Whether it is a URL once the placeholder is gone: https, an offer where ``offers``, http where ``insecure``."""
    plain = text.replace(PLACEHOLDER, "")
    if not plain.isascii() or not plain.isprintable() or len(text) > MAX_TEMPLATE:
        return False
    try:
        parts = urlsplit(plain)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme == OFFER_SCHEME:
        return offers
    return bool(host) and " " not in plain and parts.scheme in (("https", "http") if insecure else ("https",))


def return_url(template: str, *, session_token: str, nonce: str) -> str:
    """The template filled in, with the nonce as a further query parameter."""
    parts = urlsplit(template.replace(PLACEHOLDER, session_token))
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{query}nonce={nonce}"))
