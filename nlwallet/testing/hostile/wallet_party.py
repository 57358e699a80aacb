"""The wallet under test: a way to give it a link, to say what its holder does, and to see what came of it."""

from __future__ import annotations

import shlex
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from nlwallet.errors import LocalError, NlWalletError
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


@dataclass(frozen=True, slots=True)
class CommandWallet:
    """A wallet in any language, behind commands in which ``{link}`` is filled in.

    A command ends with 0 when it shared or kept what it was asked to, and with 1 to 125 when it refused; anything else,
    a signal too, is a crash. On its first line it may print the address to which it sends its holder. ``deny`` is the
    command of a holder who says no, ``receive`` the one for offers. It reaches the hostile parties over the network:
    run it with a sandbox on :class:`~nlwallet.sandbox.loopback.Loopback` ports.
    """

    present: str
    receive_offer: str = ""
    deny: str = ""
    time_limit: float = TIME_LIMIT

    @property
    def name(self) -> str:
        """The command."""
        return self.present

    def open(self, link: str, *, agrees: bool = True) -> WalletOutcome:
        """Run ``present`` or ``deny``. Raises :class:`~nlwallet.errors.LocalError`."""
        return self._run(self.present if agrees else self.deny, link)

    def open_in_browser(self, requests: Sequence[Mapping[str, Any]], *, origin: str) -> None:
        """Not known of a command."""

    def receive(self, offer: str) -> WalletOutcome:
        """Run ``receive_offer``. Raises :class:`~nlwallet.errors.LocalError`."""
        return self._run(self.receive_offer, offer)

    def _run(self, command: str, link: str) -> WalletOutcome:
        if "{link}" not in command:
            raise LocalError("there is no command for this", hint="with {link} in it")
        parts = [part.replace("{link}", link) for part in shlex.split(command)]
        try:
            done = subprocess.run(  # noqa: S603 - the command of who runs the attack
                parts, capture_output=True, text=True, errors="replace", timeout=self.time_limit, check=False
            )
        except subprocess.TimeoutExpired:
            return WalletOutcome("hung")
        except (OSError, ValueError) as error:
            raise LocalError(f"{parts[0]}: {error}") from None
        said = done.stderr.strip()[-200:]
        if not 0 <= done.returncode <= 125:
            return WalletOutcome("broken", f"it ends with {done.returncode}: {said}")
        first = (done.stdout.strip().splitlines() or [""])[0]
        return WalletOutcome("refused" if done.returncode else "done", said, goes_to=first)


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
