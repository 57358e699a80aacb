"""A QR code holds exactly the link, says a reader that we did not write (zxing-cpp), however it is drawn."""

from __future__ import annotations

import base64
import io
import json
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from nlwallet import Sandbox
from nlwallet.cli.app import run
from nlwallet.cli.qr import link_of
from nlwallet.errors import LimitExceeded, MalformedInput
from nlwallet.qr import MAX_QR_BYTES, QrCode

LINKS = (
    "openid4vp://?client_id=x509_hash%3AabcDEF_-&request_uri=https%3A%2F%2Fcafe.example%2Frequest%2FxyZ",
    "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffer%2F1",
    "mdoc:owBjMS4wAYIB2BhYS6QBAiABIVgg",
    "https://app.example/deeplink/disclosure?client_id=caf%C3%A9&request_uri_method=post",
    "openid4vp://?request=" + "eyJhbGciOiJFUzI1NiJ9." * 60,
)


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def decoded(image: Image.Image) -> str:
    (found,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    return str(found.text)


def png(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("L")


def of_blocks(text: str) -> Image.Image:
    """Half blocks as a terminal shows them: light on dark."""
    lines = text.splitlines()
    image = Image.new("L", (max(map(len, lines)), 2 * len(lines)), 0)
    for y, line in enumerate(lines):
        for x, block in enumerate(line):
            image.putpixel((x, 2 * y), 255 if block in "█▀" else 0)
            image.putpixel((x, 2 * y + 1), 255 if block in "█▄" else 0)
    return image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)


def of_svg(text: str) -> Image.Image:
    """The one path that the SVG has: horizontal strokes, one unit high, in steps of the scale."""
    side = re.search(r'viewBox="0 0 (\d+) (\d+)"', text) or re.search(r'width="(\d+)" height="(\d+)"', text)
    path = re.search(r'class="qrline"[^>]* d="([^"]+)"', text)
    scale = re.search(r"scale\((\d+)\)", text)
    assert side is not None
    assert path is not None
    size = int(side[1]) // (int(scale[1]) if scale else 1)
    image = Image.new("L", (size, size), 255)
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path[1]):
        values = [float(one) for one in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            for step in range(int(values[0])):
                image.putpixel((int(x) + step, int(y)), 0)
            x += values[0]
    return image.resize((size * 4, size * 4), Image.Resampling.NEAREST)


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.partition("?")[0])
def test_every_drawing_holds_exactly_the_link(link: str) -> None:
    code = QrCode(link)
    assert decoded(png(code.png())) == link
    assert decoded(png(base64.b64decode(code.data_url().removeprefix("data:image/png;base64,")))) == link
    assert decoded(of_blocks(code.terminal())) == link
    assert decoded(of_svg(code.svg())) == link


def test_it_can_be_read_from_a_distance_and_aslant() -> None:
    """A camera sees fewer pixels than there are, and not from straight ahead."""
    image = png(QrCode(LINKS[0]).png())
    side = image.width
    far = image.resize((side // 3, side // 3), Image.Resampling.BILINEAR)
    aslant = far.rotate(9, expand=True, fillcolor=255, resample=Image.Resampling.BILINEAR)
    assert decoded(far) == decoded(aslant) == LINKS[0]


def test_a_request_and_an_offer_on_a_screen_hold_their_links(edi: Sandbox) -> None:
    request = edi.relying_party("cafe-de-vrije-val").request()
    assert decoded(png(request.qr_png())) == request.uri
    assert decoded(of_svg(request.qr_svg())) == request.uri
    assert request.qr_data_url().startswith("data:image/png;base64,")
    offer = edi.offer("diploma", "frouke")
    assert decoded(png(offer.qr_png())) == offer.link()
    assert decoded(of_svg(offer.qr_svg("haip-vci"))) == offer.link("haip-vci")


def test_what_no_code_can_hold_is_refused() -> None:
    assert QrCode("a" * MAX_QR_BYTES).text
    with pytest.raises(LimitExceeded, match="longer than"):
        QrCode("a" * (MAX_QR_BYTES + 1))


def test_the_command_takes_an_offer_and_a_request_object(edi: Sandbox) -> None:
    offer = edi.offer("diploma", "frouke").offer
    link = link_of(json.dumps(offer.as_json()))
    assert edi.empty_wallet().receive(link)[0].type == "urn:nlwallet:diploma:1"

    party = edi.relying_party("cafe-de-vrije-val")
    request = party.request()
    jwt = party.endpoints.request_object(request.uri.rpartition("%2F")[2].partition("&")[0])
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(link_of(jwt)).query)
    assert query == {"client_id": [party.client_id], "request": [jwt]}


@pytest.mark.parametrize(
    "text", ["not a link", "{}", '{"client_id": "x"}', '{"credential_issuer": 1}', "e.y.J", "["]
)
def test_what_holds_no_link_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(MalformedInput) as refused:
        link_of(text)
    assert refused.value.hint


def test_the_command_writes_what_a_reader_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["qr", LINKS[0], "--png", str(tmp_path / "a.png"), "--svg", str(tmp_path / "a.svg")]) == 0
    assert decoded(Image.open(tmp_path / "a.png").convert("L")) == LINKS[0]
    assert decoded(of_svg((tmp_path / "a.svg").read_text(encoding="utf-8"))) == LINKS[0]
    capsys.readouterr()
    assert run(["qr", LINKS[0], "--data-url"]) == 0
    assert capsys.readouterr().out.startswith("data:image/png;base64,")
    assert run(["qr", LINKS[0], "--pilot", "cafe-de-vrije-val"]) == 2
    assert run(["qr"]) == 2
    assert run(["qr", "--pilot", "nothing"]) == 1
