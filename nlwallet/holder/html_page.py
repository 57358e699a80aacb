"""The page around a prompt: one style, no script, one form."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Final, TypedDict

from nlwallet.holder.texts import Language
from nlwallet.http.html import Html, joined, tag


class Page(TypedDict, total=False):
    """What the server that shows a page adds to it."""

    action: str
    """Where the form is posted; the page's own address when left out."""
    fields: Mapping[str, str]
    """Hidden fields that come back with the form, such as a token against cross-site requests."""
    nonce: str
    """For a Content-Security-Policy with a nonce; without it :data:`STYLE_HASH` allows the style."""
    problem: str
    """What went wrong with the last answer, in the language of the page."""


def rows(*lines: tuple[str, str]) -> Html:
    """A list of labels with a text each; those without a text are left out."""
    filled = [tag("div", tag("dt", label), tag("dd", text)) for label, text in lines if text]
    return tag("dl", *filled) if filled else Html()


def section(heading: str, *content: str, id_: str, **attributes: str) -> Html:
    """A part of the page, named by its heading."""
    named = tag("h2", heading, id=f"{id_}-heading")
    return tag("section", named, *content, id=id_, aria_labelledby=f"{id_}-heading", **attributes)


def link(uri: str, text: str = "") -> Html:
    """A link called ``text``, if it is one over HTTPS; else the address itself, which may be a mail address."""
    if not uri.startswith("https://"):
        return joined(uri)
    return tag("a", text or uri, href=uri, rel="noreferrer noopener external")


def button(text: str, value: str, *, check: bool = True) -> Html:
    """A button that decides; with ``check`` only when what must be filled in is."""
    return tag("button", text, name="decision", value=value, formnovalidate=not check)


def other_button(text: str, name: str, value: str) -> Html:
    """A button that asks for the page again, with something else in it.

    It belongs to a form of its own: the first button of a form is what the Enter key presses.
    """
    return tag("button", text, name=name, value=value, form="again", class_="other")


def answerable(*content: str, page: Page) -> Html:
    """``content`` in a form, below what went wrong with the last answer: for a page that has a frame of its own."""
    problem = page.get("problem", "")
    action = page.get("action") or False
    hidden = joined(
        *(tag("input", type="hidden", name=key, value=text) for key, text in page.get("fields", {}).items())
    )
    form = tag("form", hidden, *content, method="post", action=action, autocomplete="off")
    again = (
        tag("form", hidden, method="post", action=action, id="again") if 'form="again"' in form else Html()
    )
    told = tag("p", problem, class_="problem", role="alert") if problem else Html()
    return joined(told, form, again)


def document(language: Language, title: str, content: str, *, page: Page) -> str:
    """A whole page around what :func:`answerable` gives."""
    head = joined(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Html(STYLE), nonce=page.get("nonce") or False),
    )
    body = tag("main", content)
    return f"<!doctype html>\n{tag('html', tag('head', head), tag('body', body), lang=language)}\n"


STYLE: Final = """
*, *::before, *::after { box-sizing: border-box }
body { font: 1.0625rem/1.5 system-ui, sans-serif; margin: 0; color: #14213d; background: #fff }
main { max-width: 34rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem }
h2 { font-size: 1.1875rem; line-height: 1.3; margin: 0 0 .5rem }
h3 { font-size: 1.0625rem; line-height: 1.35; margin: 0 0 .25rem }
p { margin: 0 0 .5rem } ul, ol { margin: 0 0 .5rem; padding-left: 1.25rem }
section { border-top: 1px solid #c9d1de; padding: 1rem 0 .5rem }
a { color: #1d3f8f; text-underline-offset: .15em }
p a { display: inline-block; padding: .125rem 0 }
.quiet { color: #46536b }
.notice { background: #fff1dc; border-left: .3rem solid #a3480a; padding: .5rem .75rem; font-weight: 600 }
.problem { border: 2px solid #a3480a; border-radius: .4rem; padding: .75rem; font-weight: 600 }
.card > :last-child, .warning > :last-child { margin-bottom: 0 }
.card { border: 1px solid #6b7890; border-radius: .5rem; padding: .75rem; margin: 0 0 .75rem }
dl { margin: 0 0 .5rem } dl > div { display: flex; flex-wrap: wrap; gap: 0 .75rem; padding: .25rem 0 }
dl > div + div { border-top: 1px solid #e2e7ef }
dt { min-width: 7rem; color: #46536b } dd { flex: 1 1 8.5rem; margin: 0; font-weight: 600 }
dd img { display: block; width: 5.5rem; height: auto; border-radius: .3rem; margin: .25rem 0 }
.warnings { list-style: none; padding: 0 }
.warning { background: #fff8ec; border: 1px solid #b77638; border-radius: .5rem; padding: .75rem; margin: 0 0 .75rem }
.advice { font-weight: 600 }
details { margin: 0 0 .75rem }
summary { min-height: 2.75rem; padding: .6rem 0; color: #1d3f8f; text-decoration: underline;
  text-underline-offset: .15em; cursor: pointer }
label.confirm { display: flex; gap: .75rem; align-items: flex-start; min-height: 2.75rem; padding: .5rem 0 0;
  font-weight: 600 }
input[type=checkbox] { width: 1.5rem; height: 1.5rem; margin: 0; flex: none; accent-color: #14213d }
.entry label { display: block; font-weight: 600; margin: 0 0 .25rem }
.entry input { font: inherit; width: 100%; max-width: 16rem; min-height: 2.75rem; padding: .4rem .6rem;
  border: 2px solid #14213d; border-radius: .4rem; background: #fff; color: #14213d }
.entry { margin: 0 0 1rem }
button { font: inherit; font-weight: 600; min-height: 3rem; padding: .5rem 1rem; border: 2px solid #14213d;
  border-radius: .4rem; background: #fff; color: #14213d; cursor: pointer }
button.other { min-height: 2.75rem; font-weight: 400; text-align: left }
.decide { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .75rem; margin: 1rem 0 .5rem }
:focus-visible { outline: 3px solid #a3480a; outline-offset: 2px }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth } }
@media (forced-colors: active) { .card, .warning, .notice { border: 1px solid } }
"""

STYLE_HASH: Final = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""What allows the style of these pages, and no other (Content Security Policy Level 3 §2.3.1)."""

CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src '{STYLE_HASH}'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""The header that these pages can be served with."""
