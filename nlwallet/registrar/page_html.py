"""The frame of the register's pages: one style, no script, two languages, made for the smallest phone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from nlwallet.crypto import Certificate
from nlwallet.http.html import Html, joined, tag
from nlwallet.registrar.page_texts import LANGUAGES, say

_STYLE: Final = """
*, *::before, *::after { box-sizing: border-box }
body { font: 1.0625rem/1.55 Georgia, "Times New Roman", serif; margin: 0; color: #1c1c1c; background: #f6f4ef }
main, header { max-width: 44rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding-bottom: 0 }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .5rem 0 .75rem }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 .5rem }
h3 { font-size: 1.0625rem; line-height: 1.35; margin: 0 0 .25rem }
p, ul, ol, dl { margin: 0 0 .75rem } ul, ol { padding-left: 1.25rem }
a { color: #6b1d2a; text-underline-offset: .15em }
header a, li a, dd a, p a { display: inline-block; padding: .15rem 0 }
section, .card { background: #fff; border: 1px solid #8a8478; border-radius: .25rem; padding: 1rem; margin: 0 0 1rem }
section .card { background: #fbfaf7 }
.quiet { color: #55504a } .notice { border-left: .3rem solid #6b1d2a; padding: .25rem .75rem; background: #fff }
.stopped { border: 2px solid #6b1d2a; padding: .75rem; background: #fff; font-weight: 700 }
.parties { list-style: none; padding: 0 } .parties li { border-bottom: 1px solid #cfc9bc; padding: .6rem 0 }
.parties a { font-weight: 700 }
dl > div { display: flex; flex-wrap: wrap; gap: 0 .75rem; padding: .3rem 0 }
dl > div + div { border-top: 1px solid #e6e1d6 }
dt { flex: 0 0 11rem; color: #55504a } dd { flex: 1 1 12rem; margin: 0 }
dd ul { margin: 0; padding-left: 1.1rem }
code { font: .9375rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 1rem }
label, form .quiet { flex: 1 1 100%; margin: 0 } label { font-weight: 700 }
input { font: inherit; flex: 1 1 12rem; min-width: 0; min-height: 2.75rem; padding: .4rem .6rem;
  border: 2px solid #1c1c1c; border-radius: .25rem; background: #fff; color: #1c1c1c }
button { font: inherit; font-weight: 700; min-height: 2.75rem; padding: .4rem 1.1rem; border: 2px solid #1c1c1c;
  border-radius: .25rem; background: #1c1c1c; color: #fff; cursor: pointer }
nav { display: flex; gap: 1.25rem }
:focus-visible { outline: 3px solid #1d4f91; outline-offset: 2px }
"""
STYLE: Final = " ".join(_STYLE.split("\n"))

CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_INVISIBLE: Final = dict.fromkeys(
    (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0x20), *range(0x7F, 0xA0)), " "
)
"""What could turn the direction of a line, or is none: a party cannot write over what stands beside its name."""

PAGE_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept, Accept-Language",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language, and whether that was chosen at the page itself, so that links keep it."""

    language: str
    chosen: bool = False

    def say(self, name: str, /, **values: object) -> str:
        """A text in the reader's language."""
        return say(self.language, name, **values)

    def link(self, path: str, text: str, **parameters: str) -> Html:
        """A link to another page of the register."""
        asked = {name: value for name, value in parameters.items() if value}
        kept = {"lang": self.language} if self.chosen else {}
        query = urlencode({**asked, **kept})
        return tag("a", text, href=f"{path}?{query}" if query else path)

    def day(self, seconds: int) -> str:
        """A date (UTC) in words."""
        moment = datetime.fromtimestamp(seconds, UTC)
        return f"{moment.day} {self.say('months').split()[moment.month - 1]} {moment.year}"


def page(
    reader: Reader, title: str, *content: str, here: str, parameters: Mapping[str, str] | None = None
) -> str:
    """A whole page. ``here`` and ``parameters`` are its address, for the link to the other language."""
    other = next(one for one in LANGUAGES if one != reader.language)
    query = urlencode({**(parameters or {}), "lang": other})
    head = joined(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} – {reader.say('register')}"),
        tag("style", Html(STYLE)),
    )
    top = tag(
        "header",
        reader.link("/register", reader.say("register")),
        reader.link("/lists", reader.say("lists")),
        tag("a", reader.say("other_language"), href=f"{here}?{query}", lang=other, hreflang=other),
    )
    body = joined(top, tag("main", tag("h1", title), *content))
    html = tag("html", tag("head", head), tag("body", body), lang=reader.language)
    return f"<!doctype html>\n{html.translate(_INVISIBLE)}\n"


def rows(*lines: tuple[str, str]) -> Html:
    """Labels with a text each; those without a text are left out."""
    filled = [tag("div", tag("dt", label), tag("dd", text)) for label, text in lines if text]
    return tag("dl", *filled) if filled else Html()


def bullets(*items: str) -> Html:
    """A list."""
    return tag("ul", *(tag("li", one) for one in items))


def outside(uri: str, text: str = "") -> Html:
    """A link to elsewhere, when it is one over HTTPS; else the address itself."""
    if not uri.startswith("https://"):
        return joined(uri)
    return tag("a", text or uri, href=uri, rel="noreferrer noopener external")


def certificate_rows(reader: Reader, certificate: Certificate, address: str, *more: tuple[str, str]) -> Html:
    """What people want to know of a certificate, and where it can be had in both forms."""
    first, last = reader.day(certificate.not_before), reader.day(certificate.not_after)
    kinds = joined(
        tag("a", "PEM", href=f"{address}.pem"), Html(" &nbsp; "), tag("a", "DER", href=f"{address}.cer")
    )
    return rows(
        (reader.say("certificate_of"), certificate.subject.common_name),
        *more,
        (reader.say("valid"), reader.say("from_to", first=first, last=last)),
        (reader.say("fingerprint"), tag("code", certificate.sha256().hex(":"))),
        (reader.say("download"), kinds),
    )
