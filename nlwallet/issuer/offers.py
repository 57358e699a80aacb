"""Offers that wait to be fetched: what a link or QR code refers to (OpenID4VCI 1.0 §4.1.3)."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import segno

from nlwallet.openid4vci import CredentialOffer, offer_link

OFFER_LIFETIME = 600


@dataclass(frozen=True, slots=True)
class IssuedOffer:
    """An offer to show, and the code that goes to the holder another way, if there is one.

    ``reference`` is where a wallet can fetch it, for :meth:`link`. ``credential_id`` is what the status lists know
    the credentials by; ``None`` while it is open who will agree.
    """

    offer: CredentialOffer
    tx_code: str | None = field(default=None, repr=False)
    reference: str = field(default="", repr=False)
    credential_id: str | None = None

    @property
    def uri(self) -> str:
        """The link by value; ``openid-credential-offer://``."""
        return self.offer.uri()

    def link(self, scheme: str = "openid-credential-offer") -> str:
        """The link by reference: short. ``haip-vci`` and ``eu-eaa-offer`` are the other schemes."""
        return offer_link(self.reference, scheme)

    def qr(self) -> str:
        """The QR code of :meth:`link` in block characters for a terminal."""
        out = io.StringIO()
        segno.make(self.link(), error="l", micro=False).terminal(out=out, compact=True)
        return out.getvalue()

    def qr_svg(self) -> str:
        """The QR code as an SVG document."""
        out = io.BytesIO()
        segno.make(self.link(), error="l", micro=False).save(out, kind="svg", scale=4, xmldecl=False)
        return out.getvalue().decode("utf-8")
