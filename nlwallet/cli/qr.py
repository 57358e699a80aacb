"""The QR code of any link."""

from __future__ import annotations

import io

import segno

from nlwallet.errors import LimitExceeded, MalformedInput

MAX_QR_BYTES = 2953
"""What the largest QR code holds (ISO/IEC 18004, version 40-L)."""


class Qr:
    """A QR code with the least error correction: links are long, and screens are clean."""

    def __init__(self, text: str) -> None:
        self._code = segno.make(text, error="l", micro=False)

    def terminal(self) -> str:
        """Block characters for a terminal."""
        out = io.StringIO()
        self._code.terminal(out=out, compact=True)
        return out.getvalue()

    def svg(self) -> bytes:
        """An SVG document."""
        return self._save("svg", 4)

    def png(self) -> bytes:
        """A PNG image."""
        return self._save("png", 6)

    def _save(self, kind: str, scale: int) -> bytes:
        out = io.BytesIO()
        self._code.save(out, kind=kind, scale=scale)
        return out.getvalue()


def make_qr(text: str) -> Qr:
    """The QR code of a link. Raises MalformedInput for anything that is no link, LimitExceeded if it is too long."""
    if "://" not in text[:40] or any(character.isspace() for character in text):
        raise MalformedInput(
            "this is no link", hint="a QR code for a wallet holds one link, such as openid4vp://?client_id=…"
        )
    if len(text.encode("utf-8", "replace")) > MAX_QR_BYTES:
        raise LimitExceeded(
            f"the link is longer than the {MAX_QR_BYTES} bytes that a QR code holds",
            hint="pass the request by reference (request_uri)",
        )
    return Qr(text)
