"""How a request travels, as far as it is known: what the checks of its parameters depend on."""

from __future__ import annotations

from dataclasses import dataclass

from nlwallet.crypto import CertificateChain


@dataclass(frozen=True, slots=True)
class Channel:
    """``signed`` is true for claims that were given as plain JSON too: that is what they become."""

    signed: bool = True
    dc_api: bool = False
    chain: CertificateChain | None = None
    """The certificates of ``x5c``, if they could be read."""
    outer_client_id: str | None = None
    """That of the link; ``None`` without a link."""
    posted_wallet_nonce: str | None = None
    """What was sent to the request_uri by POST; empty when it was fetched with GET; ``None`` when not at all."""
