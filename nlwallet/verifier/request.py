"""What the relying party puts on its page: a link, or a QR code of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.claim_path import ClaimPath, show_path
from nlwallet.errors import LocalError
from nlwallet.openid4vp import BrowserProtocol
from nlwallet.qr import QrCode
from nlwallet.verifier.session import Flow

CROSS_DEVICE_LABEL = "cross-device: scan with the wallet on your phone"


@dataclass(frozen=True, slots=True)
class RequestWarning:
    """Something that a wallet will notice about this request. It is sent all the same."""

    code: str
    text: str
    query_id: str = ""
    path: ClaimPath = ()

    def __str__(self) -> str:
        where = f" ({self.query_id}: {show_path(self.path)})" if self.path else ""
        return f"{self.code}: {self.text}{where}"


@dataclass(frozen=True, slots=True)
class BrowserRequest:
    """One request for the Digital Credentials API of the user's browser (OpenID4VP 1.0 Appendix A).

    ``id`` is the key to the result: it stays in the user's session at the relying party. ``expires_at`` is
    in seconds since the epoch.
    """

    id: str = field(repr=False)
    protocol: BrowserProtocol
    data: Mapping[str, Any] = field(repr=False)
    expires_at: int
    purpose: Mapping[str, str] = field(default_factory=dict)
    """As registered, by language: tell the user before you ask (OpenID4VP 1.0 §15.3)."""
    warnings: tuple[RequestWarning, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """One member of ``requests``: ``navigator.credentials.get({digital: {requests: [this]}})``."""
        return {"protocol": self.protocol, "data": dict(self.data)}


@dataclass(frozen=True, slots=True)
class PresentationRequest:
    """One request, waiting for one answer.

    ``id`` is the key to the result: keep it in the user's session at the relying party, do not show it.
    ``expires_at`` is in seconds since the epoch.
    """

    id: str = field(repr=False)
    uri: str
    flow: Flow
    expires_at: int
    purpose: Mapping[str, str] = field(default_factory=dict)
    """As registered, by language: tell the user before you ask (OpenID4VP 1.0 §15.3)."""
    warnings: tuple[RequestWarning, ...] = ()

    def qr(self) -> str:
        """The QR code in block characters for a terminal, with its label below it."""
        return f"{self._code().terminal()}{CROSS_DEVICE_LABEL}\n"

    def qr_svg(self) -> str:
        """The QR code as an SVG document, with the label as its title."""
        return self._code().svg(CROSS_DEVICE_LABEL)

    def qr_png(self) -> bytes:
        """The QR code as a PNG image. Put :data:`CROSS_DEVICE_LABEL` beside it."""
        return self._code().png()

    def qr_data_url(self) -> str:
        """The PNG image as the address of an image in a page. Put :data:`CROSS_DEVICE_LABEL` beside it."""
        return self._code().data_url()

    def _code(self) -> QrCode:
        if self.flow != "cross_device":
            raise LocalError(
                "a same-device request is a link; as a QR code it would open in a session of another device",
                hint="request(flow='cross_device') for a QR code, or show uri as a link",
            )
        return QrCode(self.uri)
