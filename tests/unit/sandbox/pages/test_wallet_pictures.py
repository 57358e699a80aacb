"""A picture of a QR code at the phone: read where a decoder is installed, bounded, from this very page only."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

import httpx
import pytest
from person_at_phone import SITE, OpenBrowser, Person
from PIL import Image

from nlwallet.clock import TravellingClock
from nlwallet.errors import LimitExceeded, LocalError, MalformedInput
from nlwallet.qr import QrCode
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.pages import code_in_picture
from nlwallet.sandbox.pages.code_in_picture import MAX_PICTURE_BYTES, MAX_PIXELS, text_in_picture
from nlwallet.sandbox.pages.upload import MAX_PARTS, is_upload, parse_upload
from nlwallet.sandbox.pages.wallet_app import wallet_app

LINK = "openid4vp://?client_id=x509_hash:a&request_uri=https://cafe.example/request/1"


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(1_790_000_000)) as made:
        yield made


@pytest.fixture
def person(edi: Sandbox, open_browser: OpenBrowser) -> Person:
    browser = open_browser(wallet_app(edi, cards=()), SITE)
    browser.follow_redirects = True
    return Person(browser).go("/").press("/start", person="frouke").go("/scan")


def upload(person: Person, picture: bytes, **changes: str) -> Person:
    to, fields = next(form for form in person.forms() if form[0] == "/scan/picture")
    headers = {"Origin": SITE, "Sec-Fetch-Site": "same-origin"}
    files = {"picture": ("code.png", picture, "image/png")}
    return person._see(person.browser.post(to, data={**fields, **changes}, files=files, headers=headers))


def as_file(image: Image.Image, kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    image.save(made, kind)
    return made.getvalue()


def photo(*texts: str, degrees: int = 0) -> Image.Image:
    """Codes beside each other, as on a desk of grey."""
    codes = [Image.open(io.BytesIO(QrCode(text).png())).convert("L") for text in texts]
    canvas = Image.new("L", (sum(one.width + 80 for one in codes) + 80, codes[0].height + 160), 200)
    at = 80
    for one in codes:
        canvas.paste(one, (at, 80))
        at += one.width + 80
    return canvas.rotate(degrees, expand=True, fillcolor=200)


@pytest.mark.parametrize(
    "picture",
    [
        QrCode(LINK).png(),
        as_file(photo(LINK, degrees=8), "JPEG"),
        as_file(photo(LINK, degrees=90), "WEBP"),
        as_file(photo(LINK, LINK)),
    ],
    ids=["as drawn", "held askew", "on its side", "the same twice"],
)
def test_the_text_of_a_picture_is_that_of_the_code(picture: bytes) -> None:
    assert text_in_picture(picture) == LINK


def test_a_picture_leads_to_where_its_code_leads(person: Person) -> None:
    upload(person, as_file(photo(LINK)))
    assert person.title == "Een website wil iets van u weten"
    assert "<strong>cafe.example</strong>" in person.page
    assert "staat deze website op dat scherm?" in person.page


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (b"", "vindt geen code"),
        (b"\x89PNG\r\n\x1a\n", "vindt geen code"),
        (QrCode(LINK).png()[:-200], "vindt geen code"),
        (as_file(Image.new("L", (40, 40))), "vindt geen code"),
        (as_file(photo(LINK, f"{LINK}2")), "vindt geen code"),
        (as_file(photo(LINK), "BMP"), "vindt geen code"),
        (QrCode("https://cafe.example/menu").png(), "geen code voor een wallet"),
        (b"x" * (MAX_PICTURE_BYTES + 1), "te groot"),
        (b"x" * (MAX_PICTURE_BYTES + 100_000), "te groot"),
    ],
    ids=["nothing", "only a head", "half", "no code", "two codes", "a format", "a menu", "large", "larger"],
)
def test_what_is_no_picture_of_a_code_is_told(person: Person, picture: bytes, told: str) -> None:
    upload(person, picture)
    assert person.status in (413, 422)
    assert told in person.page


def test_a_picture_of_many_pixels_is_not_unpacked() -> None:
    """A few octets that would take gigabytes: what its head says is enough."""

    def chunk(name: bytes, content: bytes) -> bytes:
        summed = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", summed)

    side = int(MAX_PIXELS**0.5) + 1
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )
    with pytest.raises(LimitExceeded, match="pixels"):
        text_in_picture(bomb)


def test_another_page_cannot_hand_over_a_picture(
    person: Person, edi: Sandbox, open_browser: OpenBrowser
) -> None:
    picture = QrCode(LINK).png()
    assert upload(person, picture, form_token="x").status == 403
    fields = person.go("/scan").forms()[0][1]
    files = {"picture": ("x.png", picture)}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
        assert (
            person.browser.post("/scan/picture", data=fields, files=files, headers=headers).status_code == 403
        )
    assert person.browser.post("/scan/picture", data=fields).status_code == 415
    stranger = open_browser(wallet_app(edi, cards=()), SITE)
    assert stranger.post("/scan/picture", data=fields, files=files).status_code == 403


def test_without_a_decoder_the_page_says_what_to_install(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_in_picture, "find_spec", lambda name: None if name == "zxingcpp" else name)
    assert "Installeer dan eerst: zxing-cpp pillow" in person.go("/scan").page
    assert [to for to, _ in person.forms()] == ["/scan"]
    with pytest.raises(LocalError) as refused:
        text_in_picture(b"")
    assert refused.value.code == "no_decoder"


# The form -----------------------------------------------------------------------------------------

TYPE = "multipart/form-data; boundary=x"


def parts(*contents: bytes) -> bytes:
    head = b'Content-Disposition: form-data; name="a"; filename="name=b.png"\r\nContent-Type: image/png'
    return b"".join(b"--x\r\n%s\r\n\r\n%s\r\n" % (head, one) for one in contents) + b"--x--\r\n"


def test_a_form_is_read_as_its_sender_wrote_it() -> None:
    for content in (b"", b"\r\n", b"\0\xff--x\r\n--y", b"\r\n\r\nname=c"):
        assert parse_upload(TYPE, parts(content, b"2")) == (("a", content), ("a", b"2"))
    made = httpx.Request("POST", SITE, data={"b": "é"}, files={"c": ("é.png", b"\r\n--")})
    read = parse_upload(made.headers["content-type"], made.read())
    assert read == (("b", "é".encode()), ("c", b"\r\n--"))


@pytest.mark.parametrize(
    "data",
    [b"", b"--x", b"--x--", b"--x\r\n", b"y" + parts(b"1"), parts(b"1")[:-4], parts(b"1") + b"more",
     b"--x\r\n\r\n\r\n1\r\n--x--", parts(b"1").replace(b"name=", b"nome="), b"--x\r\n%s\r\n--x--" % (b"a" * 9_000)],
)  # fmt: skip
def test_a_form_that_is_none(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        parse_upload(TYPE, data)


def test_a_form_is_bounded() -> None:
    assert len(parse_upload(TYPE, parts(*[b"1"] * MAX_PARTS))) == MAX_PARTS
    for many in (MAX_PARTS + 1, MAX_PARTS + 2, 5_000):
        with pytest.raises(LimitExceeded):
            parse_upload(TYPE, parts(*[b"1"] * many))


@pytest.mark.parametrize(
    "content_type",
    ["", "multipart/form-data", "multipart/mixed; boundary=x", "multipart/form-data; boundary=", TYPE + "; a=b",
     f"multipart/form-data; boundary={'x' * 71}", 'multipart/form-data; boundary="a\nb"'],
)  # fmt: skip
def test_what_a_form_with_files_is_called(content_type: str) -> None:
    assert is_upload(TYPE)
    assert is_upload('Multipart/Form-Data; boundary="a b"')
    assert not is_upload(content_type)
    with pytest.raises(MalformedInput):
        parse_upload(content_type, parts(b"1"))
