"""The text of the QR code in a picture, where a decoder is installed (zxing-cpp and pillow, neither required)."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from typing import Final

from nlwallet.errors import LimitExceeded, LocalError, MalformedInput

PACKAGES: Final = "zxing-cpp pillow"
MAX_PICTURE_BYTES: Final = 8_388_608
MAX_PIXELS: Final = 25_000_000
"""Of a picture that is decoded; the camera of a phone makes 12 million."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP")


def can_read_pictures() -> bool:
    """Whether the decoder is there."""
    return find_spec("zxingcpp") is not None and find_spec("PIL") is not None


def text_in_picture(picture: bytes) -> str:
    """The text of the QR code in a PNG, JPEG or WebP. Two codes with the same text are one.

    Raises :class:`~nlwallet.errors.MalformedInput` for no picture, no code or several,
    :class:`~nlwallet.errors.LimitExceeded` for a picture that is too large, and
    :class:`~nlwallet.errors.LocalError` without a decoder.
    """
    if not can_read_pictures():
        raise LocalError("nothing here reads pictures", code="no_decoder", hint=f"pip install {PACKAGES}")
    if len(picture) > MAX_PICTURE_BYTES:
        raise LimitExceeded(f"the picture has more than {MAX_PICTURE_BYTES} bytes")
    import zxingcpp
    from PIL import Image

    try:
        with Image.open(BytesIO(picture), formats=_FORMATS) as opened:  # reads no more than the head
            width, height = opened.size
            if width * height > MAX_PIXELS:
                raise LimitExceeded(f"the picture has more than {MAX_PIXELS} pixels")
            shades = opened.convert("L")
    except LimitExceeded:
        raise
    except Exception as error:  # which ones broken pictures raise, the decoders do not say
        raise MalformedInput("this is no picture", hint=" or ".join(_FORMATS)) from error
    found = zxingcpp.read_barcodes(
        shades,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        text_mode=zxingcpp.TextMode.Plain,
    )
    texts = {one.text for one in found}
    if len(texts) != 1:
        raise MalformedInput("the picture has several codes" if texts else "the picture has no code")
    return texts.pop()
