"""Offers that wait to be fetched: what a link or QR code refers to (OpenID4VCI 1.0 §4.1)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import segno

from nlwallet.openid4vci import CredentialOffer, offer_link

OFFER_LIFETIME = 600


@dataclass(frozen=True, slots=True)
class IssuableCredential:
    """What :meth:`Issuer.offer_several` offers: claims for a configuration.

    ``credential_id`` is a name of yours for the status lists; without one it gets one by chance.
    """

    configuration_id: str
    claims: Mapping[str, Any] = field(repr=False)
    credential_id: str | None = None


class OfferStatus(StrEnum):
    """How an offer stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    """A wallet has used the code; it has not got everything yet."""
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class IssuedOffer:
    """An offer to show, and the code that goes to the holder another way, if there is one.

    ``reference`` is where a wallet can fetch it, for :meth:`link`. ``credential_ids`` are what the status lists know
    the credentials by; none while it is open who will agree. ``expires_at`` is in epoch seconds.
    """

    offer: CredentialOffer
    tx_code: str | None = field(default=None, repr=False)
    reference: str = field(default="", repr=False)
    credential_ids: tuple[str, ...] = ()
    expires_at: int = 0

    @property
    def credential_id(self) -> str | None:
        """The id of the one credential that is offered; ``None`` if it is not exactly one."""
        return self.credential_ids[0] if len(self.credential_ids) == 1 else None

    @property
    def uri(self) -> str:
        """The link by value; ``openid-credential-offer://``."""
        return self.offer.uri()

    def link(self, scheme: str = "openid-credential-offer") -> str:
        """The link by reference: short. ``haip-vci`` and ``eu-eaa-offer`` are the other schemes."""
        return offer_link(self.reference, scheme)

    def qr(self, scheme: str = "openid-credential-offer") -> str:
        """The QR code of :meth:`link` in block characters for a terminal."""
        out = io.StringIO()
        self._code(scheme).terminal(out=out, compact=True)
        return out.getvalue()

    def qr_svg(self, scheme: str = "openid-credential-offer") -> str:
        """The QR code as an SVG document."""
        out = io.BytesIO()
        self._code(scheme).save(out, kind="svg", scale=4, xmldecl=False)
        return out.getvalue().decode("utf-8")

    def qr_png(self, scheme: str = "openid-credential-offer") -> bytes:
        """The QR code as a PNG image."""
        out = io.BytesIO()
        self._code(scheme).save(out, kind="png", scale=6)
        return out.getvalue()

    def _code(self, scheme: str) -> segno.QRCode:
        return segno.make(self.link(scheme), error="l", micro=False)
