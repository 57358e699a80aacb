"""Wallets in any language that are no part of this process: behind commands, or behind an address."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from nlwallet.errors import LocalError, TransportError
from nlwallet.testing.hostile.visitor import members_of
from nlwallet.testing.hostile.wallet_party import TIME_LIMIT, WalletOutcome, WalletState

_CRASHES: Final = (
    "Traceback (most recent call last)",
    "panicked at ",
    'Exception in thread "',
    "Unhandled exception",
    "UnhandledPromiseRejection",
    "\n    at ",  # a stack of Node.js
)
"""What runtimes write when a program dies of something that it did not foresee, with an exit code like any other."""
_STATES: Final[Mapping[str, WalletState]] = {"done": "done", "refused": "refused"}


@dataclass(frozen=True, slots=True)
class CommandWallet:
    """A wallet in any language, behind commands in which ``{link}`` is filled in.

    A command ends with 0 when it shared or kept what it was asked to, and with 1 to 125 when it refused; anything else,
    a signal and a stack trace too, is a crash. On its first line it may print the address to which it sends its holder;
    or it prints a JSON object: ``redirect_uri`` is that address, ``reason`` is for the report, and ``state`` (``done``,
    ``refused``) counts instead of the exit code.

    ``deny`` is the command of a holder who says no, ``receive_offer`` the one for offers. It reaches the hostile
    parties over the network: run it with a sandbox on :class:`~nlwallet.sandbox.loopback.Loopback` ports.
    ``environment`` comes beside that of this process. Nothing can be read from standard input.
    """

    present: str
    receive_offer: str = ""
    deny: str = ""
    time_limit: float = TIME_LIMIT
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

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

    def prepare(self, command: str) -> None:
        """Run a command once, before anything else, such as one that makes a wallet. Raises LocalError."""
        done = self._ran(shlex.split(command), 10 * self.time_limit)
        if done is None:
            raise LocalError(f"{command} does not end in {10 * self.time_limit:g} seconds")
        if done.returncode:
            raise LocalError(f"{command} ends with {done.returncode}", hint=done.stderr.strip()[-200:])

    def _run(self, command: str, link: str) -> WalletOutcome:
        if "{link}" not in command:
            raise LocalError("there is no command for this", hint="with {link} in it")
        done = self._ran([part.replace("{link}", link) for part in shlex.split(command)], self.time_limit)
        if done is None:
            return WalletOutcome("hung")
        said = done.stderr.strip()[-200:]
        if not 0 <= done.returncode <= 125:
            return WalletOutcome("broken", f"it ends with {done.returncode}: {said}")
        if done.returncode and any(one in done.stderr for one in _CRASHES):
            return WalletOutcome("broken", f"it dies: {said}")
        state: WalletState = "refused" if done.returncode else "done"
        if (told := done.stdout.strip()).startswith("{"):
            return _told(members_of(told), state, said)
        return WalletOutcome(state, said, goes_to=(told.splitlines() or [""])[0])

    def _ran(self, parts: list[str], patience: float) -> subprocess.CompletedProcess[str] | None:
        try:
            return subprocess.run(  # noqa: S603 - the command of who runs the attack
                parts,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=patience,
                check=False,
                stdin=subprocess.DEVNULL,
                env=os.environ | dict(self.environment),
            )
        except subprocess.TimeoutExpired:
            return None
        except (OSError, ValueError) as error:
            raise LocalError(f"{parts[0]}: {error}") from None


@dataclass(frozen=True, slots=True)
class UrlWallet:
    """A wallet behind an address that takes JSON by POST, and answers what came of it.

    ``{"kind": "request", "link": "openid4vp://…", "agrees": true}``, where ``agrees`` says what its holder does;
    ``{"kind": "offer", "link": "openid-credential-offer://…"}``; and ``{"kind": "browser", "requests": […], "origin":
    "https://…"}`` for the browser's Digital Credentials API, answered by 501 if the wallet has no such way. The answer
    is ``{"state": "done"}`` or ``{"state": "refused"}``, with ``reason`` and ``redirect_uri`` where there are, and for
    the browser ``data``. 5xx is a crash.
    """

    url: str
    time_limit: float = TIME_LIMIT

    @property
    def name(self) -> str:
        """Where it is."""
        return self.url

    def open(self, link: str, *, agrees: bool = True) -> WalletOutcome:
        """Post the link of a request. Raises :class:`~nlwallet.errors.LocalError` or TransportError."""
        outcome = self._post({"kind": "request", "link": link, "agrees": agrees})
        assert outcome is not None
        return outcome

    def open_in_browser(self, requests: Sequence[Mapping[str, Any]], *, origin: str) -> WalletOutcome | None:
        """Post what a page asks. Raises :class:`~nlwallet.errors.LocalError` or TransportError."""
        return self._post({"kind": "browser", "requests": [dict(one) for one in requests], "origin": origin})

    def receive(self, offer: str) -> WalletOutcome:
        """Post the link of an offer. Raises :class:`~nlwallet.errors.LocalError` or TransportError."""
        outcome = self._post({"kind": "offer", "link": offer, "agrees": True})
        assert outcome is not None
        return outcome

    def _post(self, body: dict[str, Any]) -> WalletOutcome | None:
        try:
            reply = httpx.post(self.url, json=body, timeout=self.time_limit, trust_env=False)
        except httpx.ReadTimeout:
            return WalletOutcome("hung")
        except httpx.RemoteProtocolError:
            return WalletOutcome("broken", "it answers nothing")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TransportError(f"{self.url}: {type(error).__name__}", hint="is the wallet up?") from None
        if reply.status_code == 501 and body["kind"] == "browser":
            return None
        if reply.status_code >= 500:
            return WalletOutcome("broken", f"it answers {reply.status_code}")
        members = members_of(reply.text)
        if reply.status_code != 200 or members.get("state") not in _STATES:
            raise LocalError(
                f"{self.url} answers {reply.status_code} without a state",
                hint='{"state": "done"} or "refused"',
            )
        return _told(members, "refused", "")


def _told(members: Mapping[str, Any], state: WalletState, said: str) -> WalletOutcome:
    """What a wallet says of itself in JSON."""
    told = members.get("state")
    goes_to, data = members.get("redirect_uri"), members.get("data")
    return WalletOutcome(
        _STATES.get(told, state) if isinstance(told, str) else state,
        str(members.get("reason") or said)[:200],
        goes_to=goes_to if isinstance(goes_to, str) else "",
        data=data if isinstance(data, Mapping) else None,
    )
