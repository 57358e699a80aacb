"""The wallet under test: a way to give it a link, to say what its holder does, and to see what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from nlwallet.errors import NlWalletError
from nlwallet.holder import ConsentPrompt, Outcome, Wallet
from nlwallet.holder.authorization import Browser
from nlwallet.sandbox import Sandbox
from nlwallet.testing.citizen import approves, hasty, never

TIME_LIMIT = 60.0
"""After how many seconds a wallet hangs."""

WalletState: TypeAlias = Literal["done", "refused", "broken", "hung"]
"""It shared or kept what it was asked to; it did not; it crashed; it did not come back."""


@dataclass(frozen=True, slots=True)
class WalletOutcome:
    """What came of a link. ``reason`` is what a wallet says of it, for the report."""

    state: WalletState
    reason: str = ""
    goes_to: str = ""
    """Where it sends its holder afterwards."""
    data: Mapping[str, Any] | None = field(default=None, repr=False)
    """What a page gets, where the request came through the browser."""


class WalletUnderTest(Protocol):
    """What hostile relying parties and issuers have to know of a wallet.

    Its holder is somebody who reads nothing: she agrees to all that she is asked, unless ``agrees`` is ``False``.
    What a wallet leaves to her judgement alone does not protect her.
    """

    @property
    def name(self) -> str:
        """For reports."""
        ...

    def open(self, link: str, *, agrees: bool = True) -> WalletOutcome:
        """Open the link of a request."""
        ...

    def open_in_browser(self, requests: Sequence[Mapping[str, Any]], *, origin: str) -> WalletOutcome | None:
        """Take ``digital.requests`` of the page at ``origin``; ``None`` for a wallet without this way."""
        ...

    def receive(self, offer: str) -> WalletOutcome:
        """Take the cards of an offer."""
        ...


@dataclass(frozen=True, slots=True)
class OwnWallet:
    """A :class:`~nlwallet.holder.Wallet` in this process. ``browser`` is for offers that lead to a page."""

    wallet: Wallet
    browser: Browser | None = field(default=None, repr=False)
    pin: str | None = field(default=Sandbox.PIN, repr=False)
    name: str = "a wallet of this library"

    def open(self, link: str, *, agrees: bool = True) -> WalletOutcome:
        """As :meth:`Wallet.open`."""
        return within(TIME_LIMIT, lambda: self._answered(self.wallet.open(link), agrees))

    def open_in_browser(self, requests: Sequence[Mapping[str, Any]], *, origin: str) -> WalletOutcome:
        """As :meth:`Wallet.open_dc_api`."""
        return within(
            TIME_LIMIT,
            lambda: self._answered(self.wallet.open_dc_api(requests, origin=origin), agrees=True),
        )

    def receive(self, offer: str) -> WalletOutcome:
        """As :meth:`Wallet.receive`."""
        before = len(self.wallet.cards)

        def take() -> WalletOutcome:
            self.wallet.receive(offer, browser=self.browser)
            return WalletOutcome("done")

        outcome = within(TIME_LIMIT, take)
        kept = len(self.wallet.cards) > before
        return WalletOutcome("done", "a card is kept") if kept and outcome.state == "refused" else outcome

    def _answered(self, prompt: ConsentPrompt, agrees: bool) -> WalletOutcome:  # noqa: FBT001 - as in open
        if not agrees:
            never(prompt)
            return WalletOutcome("refused", "its holder said no")
        if "approve" not in prompt.consent().decisions:
            hasty(prompt)
            return WalletOutcome("refused", "there is nothing that could be shared")
        outcome = approves(pin=self.pin, despite_warnings=True)(prompt)
        assert isinstance(outcome, Outcome)
        return WalletOutcome("done", goes_to=outcome.redirect_uri or "", data=outcome.data)


def within(seconds: float, take: Callable[[], WalletOutcome]) -> WalletOutcome:
    """What comes of ``take``, which may do anything: raise, or not come back."""
    seen: list[WalletOutcome] = []

    def run() -> None:
        try:
            seen.append(take())
        except NlWalletError as error:
            seen.append(WalletOutcome("refused", f"{error.code}: {error.message}"))
        except Exception as error:  # noqa: BLE001 - whatever a wallet under test lets out is a finding
            seen.append(WalletOutcome("broken", type(error).__name__))

    thread = threading.Thread(target=run, name="nlwallet-under-test", daemon=True)
    thread.start()
    thread.join(seconds)
    return seen[0] if seen else WalletOutcome("hung")
