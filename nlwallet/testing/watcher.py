"""Who is told, step by step, what a wallet in a test does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from nlwallet.errors import NlWalletError
from nlwallet.holder import ConsentPrompt
from nlwallet.http import HttpExchange
from nlwallet.report import Report


class Watcher(Protocol):
    """Looks on; whatever it does, the wallet goes on as if it were not there."""

    def opened(self, link: str) -> None:
        """The wallet was given a link, or a request of a page."""

    def exchanged(self, exchange: HttpExchange) -> None:
        """It fetched or sent something."""

    def checked(self, report: Report) -> None:
        """It looked at a request."""

    def refused(self, error: NlWalletError) -> None:
        """It put nothing to its holder."""

    def prompted(self, prompt: ConsentPrompt) -> None:
        """It asked its holder."""

    def forget(self) -> None:
        """Begin again: what came before is not of this test."""

    def presented(self, vp_token: Mapping[str, Any]) -> None:
        """It is about to send these presentations."""
