"""The QR code of a link, for a screen and a phone camera at arm's length (ISO/IEC 18004).

Links are long, so the code has many modules, and a camera at arm's length needs large ones: the error correction is the
least one (L, 7 %; more where that costs nothing), which a clean screen does not miss, and the quiet zone is the four
modules that the standard asks for. A link by reference (``request_uri``) of some 250 characters gives 57 modules a
side.
On a page 8.5 cm wide a module is 1.3 mm, three times what a phone needs at 40 cm; a PNG has six pixels for each.
"""

from __future__ import annotations

import base64
import io
from typing import Final

import segno

from nlwallet.errors import LimitExceeded

MAX_QR_BYTES: Final = 2953
"""What the largest QR code holds (version 40-L)."""
SVG_SCALE: Final = 4
PNG_SCALE: Final = 6
"""Pixels for each module."""


class QrCode:
    """A QR code whose text is exactly ``text``. Raises :class:`~nlwallet.errors.LimitExceeded` for too long a one."""

    def __init__(self, text: str) -> None:
        if len(text.encode("utf-8", "replace")) > MAX_QR_BYTES:
            raise LimitExceeded(
                f"the link is longer than the {MAX_QR_BYTES} bytes that a QR code holds",
                hint="pass the request by reference (request_uri)",
            )
        self.text = text
        self._code = segno.make(text, error="l", micro=False)

    def terminal(self) -> str:
        """Block characters for a terminal."""
        out = io.StringIO()
        self._code.terminal(out=out, compact=True)
        return out.getvalue()

    def svg(self, title: str | None = None) -> str:
        """An SVG document, with a title for who does not see it."""
        return self._save("svg", SVG_SCALE, title=title, xmldecl=False).decode("utf-8")

    def png(self) -> bytes:
        """A PNG image."""
        return self._save("png", PNG_SCALE)

    def data_url(self) -> str:
        """The PNG image as the address of an image in a page: ``data:image/png;base64,…``."""
        return f"data:image/png;base64,{base64.b64encode(self.png()).decode()}"

    def _save(self, kind: str, scale: int, **options: object) -> bytes:
        out = io.BytesIO()
        self._code.save(out, kind=kind, scale=scale, **options)
        return out.getvalue()
