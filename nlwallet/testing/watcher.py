"""Who is told, step by step, what a wallet in a test does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

from nlwallet.errors import NlWalletError
from nlwallet.holder import ConsentPrompt, OfferPrompt
from nlwallet.http import HttpExchange
from nlwallet.report import Report

Refusable: TypeAlias = Literal["request", "offer", "card"]


class Watcher(Protocol):
    """Looks on; whatever it does, the wallet goes on as if it were not there."""

    def opened(self, link: str) -> None:
        """The wallet was given a link, or a request of a page."""

    def asked_by_page(self, requests: Sequence[Mapping[str, Any]], origin: str) -> None:
        """A page asked through the browser's Digital Credentials API."""

    def exchanged(self, exchange: HttpExchange) -> None:
        """It fetched or sent something."""

    def checked(self, report: Report) -> None:
        """It looked at a request."""

    def refused(self, error: NlWalletError, what: Refusable = "request") -> None:
        """It put nothing to its holder; or it did not take the card that came of it."""

    def prompted(self, prompt: ConsentPrompt) -> None:
        """It asked its holder."""

    def offered(self, prompt: OfferPrompt) -> None:
        """It asked its holder whether to fetch cards."""

    def returned(self, data: Mapping[str, Any]) -> None:
        """It gave this to the page that asked."""

    def forget(self) -> None:
        """Begin again: what came before is not of this test."""

    def presented(self, vp_token: Mapping[str, Any]) -> None:
        """It is about to send these presentations."""
