"""Somebody at the phone of the sandbox, and what only a test can see: the wallet behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import quote

import httpx
from starlette.applications import Starlette

from nlwallet.holder import Wallet
from nlwallet.sandbox.pages.wallet_phones import Phones

SITE = "http://localhost:8404"
OpenBrowser = Callable[..., httpx.Client]


class Person:
    """Somebody at a browser, who presses what is on the page that she sees."""

    def __init__(self, browser: httpx.Client, origin: str = SITE) -> None:
        self.browser = browser
        self.origin = origin
        self.visited: list[str] = []
        self.page = ""
        self.status = 0
        browser.event_hooks["request"].append(lambda request: self.visited.append(str(request.url)))

    def go(self, path: str, **headers: str) -> Person:
        return self._see(
            self.browser.get(path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        )

    def open(self, link: str) -> Person:
        return self.go(f"/open?link={quote(link, safe='')}")

    def scan(self, text: str) -> Person:
        return self.go("/scan").press("/scan", text=text)

    def press(self, to: str, **filled: Any) -> Person:
        """Send the form of the page that leads to an address which begins so."""
        form = next(one for one in self.forms() if one[0].startswith(to))
        fields = {**form[1], **filled}
        return self.send(form[0], fields)

    def send(self, to: str, fields: dict[str, Any], **headers: str) -> Person:
        return self._see(
            self.browser.post(
                to, data=fields, headers={"Origin": self.origin, "Sec-Fetch-Site": "same-origin", **headers}
            )
        )

    def forms(self) -> list[tuple[str, dict[str, str]]]:
        found = re.findall(r"<form([^>]*)>(.*?)</form>", self.page, re.DOTALL)
        return [
            (
                unescape(re.findall(r'action="([^"]*)"', attributes)[0]),
                {
                    name: unescape(value)
                    for name, value in re.findall(
                        r'<input type="hidden" name="([^"]+)" value="([^"]*)">', inside
                    )
                },
            )
            for attributes, inside in found
        ]

    @property
    def title(self) -> str:
        return unescape(re.findall(r"<h1>(.*?)</h1>", self.page)[0])

    @property
    def here(self) -> str:
        return httpx.URL(self.visited[-1]).path

    def _see(self, reply: httpx.Response) -> Person:
        self.page, self.status = reply.text, reply.status_code
        assert "text/html" in reply.headers["content-type"]
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert "unsafe" not in reply.headers["content-security-policy"]
        assert reply.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in reply.headers
        assert not re.search(r"<script(?! src)|<style|\son[a-z]+=|\sstyle=", self.page)
        return self


def wallet_of(app: Starlette, person: Person) -> Wallet:
    """The wallet behind the cookie: only a test can look there."""
    return phone_of(app, person).wallet


def phone_of(app: Starlette, person: Person) -> Any:
    (phones,) = {one for route in app.routes for one in _phones(route)}
    found = phones.find(person.browser.cookies["nlwallet_phone"])
    assert found is not None
    return found


def _phones(route: Any) -> Iterator[Phones]:
    for cell in getattr(getattr(route, "endpoint", None), "__closure__", None) or ():
        phones = getattr(cell.cell_contents, "phones", None)
        if isinstance(phones, Phones):
            yield phones
