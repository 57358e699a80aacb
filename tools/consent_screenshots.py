#!/usr/bin/env python
"""Takes the pictures of docs/consent.md: the consent prompt as a page, at the width of a phone.

    PYTHONPATH=. python tools/consent_screenshots.py [FOLDER]

It needs Playwright and a Chromium of the system (or one that NLWALLET_CHROMIUM names). A person decides whether they
look right; what must hold of every page is tested in tests/e2e/test_consent_in_chromium.py.
"""

from __future__ import annotations

import os
import shutil
import struct
import sys
import zlib
from collections import Counter
from pathlib import Path

from playwright.sync_api import sync_playwright

from nlwallet.clock import TravellingClock
from nlwallet.holder import Language
from nlwallet.testing.situations import sandbox, situation

WIDTH = 360
MOMENT = 1_790_000_000
PICTURES: tuple[tuple[str, Language], ...] = (
    ("login", "nl"),
    ("age-check", "nl"),
    ("over-asking", "nl"),
    ("unverified", "nl"),
    ("portrait", "nl"),
    ("bsn-outside-government", "nl"),
    ("two-cards", "nl"),
    ("missing-card", "nl"),
    ("several-cards", "nl"),
    ("age-check", "en"),
    ("over-asking", "en"),
)


def main(folder: Path) -> None:
    """Write one PNG for each."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("NLWALLET_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sandbox(clock=TravellingClock(MOMENT)) as edi, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 640})
        for name, language in PICTURES:
            prompt = situation(name).prompt(edi, language)
            page.set_content(prompt.html())
            if name == "two-cards":
                page.locator("summary").first.click()
            target = folder / f"{name}-{language}.png"
            target.write_bytes(with_palette(page.screenshot(full_page=True)))
            print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")
            prompt.deny()
        browser.close()


def with_palette(png: bytes) -> bytes:
    """The same picture in its 32 commonest colours: a fifth of the size. PNG (Third Edition) §9, §11.2."""
    width, height, pixels = _pixels(png)
    counted = Counter(pixels)
    palette = [colour for colour, _ in counted.most_common(32)]
    place = {colour: number for number, colour in enumerate(palette)}
    for colour in counted.keys() - place.keys():
        nearest = min(palette, key=lambda one: sum((a - b) ** 2 for a, b in zip(one, colour, strict=True)))
        place[colour] = place[nearest]
    lines = (pixels[at : at + width] for at in range(0, width * height, width))
    rows = b"".join(b"\0" + bytes(place[colour] for colour in line) for line in lines)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", b"".join(palette)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return png[:8] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def _pixels(png: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height, and the colour of each pixel of a PNG as Chromium makes it: 8 bits, red, green and blue."""
    data, at, header = b"", 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        header = content if kind == b"IHDR" else header
        data += content if kind == b"IDAT" else b""
        at += 12 + length
    width, height, bits, colours = struct.unpack(">IIBB", header[:10])
    step = {2: 3, 6: 4}[colours]
    assert bits == 8
    raw, before, pixels = zlib.decompress(data), bytearray(width * step), []
    for row in range(height):
        start = row * (width * step + 1)
        line = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + width * step]), before, step)
        pixels += [bytes(line[n : n + 3]) for n in range(0, len(line), step)]
        before = line
    return width, height, pixels


def _unfiltered(kind: int, line: bytearray, up: bytearray, step: int) -> bytearray:
    for n in range(len(line)):
        left = line[n - step] if n >= step else 0
        corner = up[n - step] if n >= step else 0
        line[n] = (line[n] + (0, left, up[n], (left + up[n]) // 2, _paeth(left, up[n], corner))[kind]) % 256
    return line


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "consent")
