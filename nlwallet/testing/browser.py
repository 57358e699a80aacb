"""What is needed of a browser under test, and whose page a frame shows.

Playwright has all of it; it is the user's own dependency and is never imported here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

BINDING: Final = "nlwalletDigitalCredentials"
OPAQUE: Final = "null"
"""How browsers write the origin of a page that has none."""

_INHERITING = frozenset({"about:blank", "about:srcdoc"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Frame(Protocol):
    """A frame of a page: ``playwright.sync_api.Frame``, or that of ``async_api``."""

    @property
    def url(self) -> str:
        """The address of its document, as the browser knows it."""
        ...

    @property
    def parent_frame(self) -> Any:
        """The frame around it, or ``None``."""
        ...

    def is_detached(self) -> bool:
        """Whether it is no longer part of its page."""
        ...


class Installable(Protocol):
    """A ``Page`` or ``BrowserContext`` of ``playwright.sync_api``."""

    def expose_binding(self, name: str, callback: Callable[..., Any]) -> Any:
        """Let the page call ``callback`` by ``name``."""
        ...

    def add_init_script(self, script: str) -> Any:
        """Run ``script`` in every document before its own scripts."""
        ...


class AsyncInstallable(Protocol):
    """A ``Page`` or ``BrowserContext`` of ``playwright.async_api``."""

    def expose_binding(self, name: str, callback: Callable[..., Any]) -> Awaitable[Any]:
        """Let the page call ``callback`` by ``name``."""
        ...

    def add_init_script(self, script: str) -> Awaitable[Any]:
        """Run ``script`` in every document before its own scripts."""
        ...


def init_script() -> str:
    """What replaces ``navigator.credentials.get`` in a page."""
    text = (files("nlwallet.testing") / "digital_credentials.js").read_text(encoding="utf-8")
    return text.replace("__BINDING__", BINDING)


def origin_of(frame: Frame) -> str:
    """The origin of the document in ``frame`` (HTML §7.1.1), or ``null``.

    It comes from the browser: what the page says of itself does not count.
    """
    shown: Any = frame
    while shown.url in _INHERITING and shown.parent_frame is not None:
        shown = shown.parent_frame
    parts = urlsplit(shown.url.removeprefix("blob:"))
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return OPAQUE
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
