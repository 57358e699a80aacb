"""The person at the keyboard: questions on the screen, answers from it or from a pipe."""

from __future__ import annotations

import getpass
import select
import sys
from dataclasses import dataclass, field
from socketserver import TCPServer
from typing import Final

from rich.console import Console
from rich.text import Text

from nlwallet.cli.wallet_words import word
from nlwallet.errors import LocalError, NlWalletError
from nlwallet.holder import Language, what_went_wrong

MAX_ANSWER: Final = 16_384
_YES: Final = frozenset({"y", "yes", "j", "ja"})
_NO: Final = frozenset({"n", "no", "nee", ""})


@dataclass(slots=True)
class Person:
    """Asks on ``screen``. ``agrees``: every yes-or-no question is answered with yes. ``pin_from_pipe``: the first
    line of standard input is the PIN, whenever it is asked for.
    """

    screen: Console
    language: Language
    agrees: bool = False
    pin_from_pipe: bool = False
    _pin: str | None = field(default=None, repr=False)

    @property
    def present(self) -> bool:
        """Whether somebody can be asked again after a mistake."""
        return sys.stdin.isatty() and not self.pin_from_pipe

    def say(self, key: str, **names: str | int) -> None:
        """A sentence on the screen."""
        self.screen.print(Text(word(self.language, key, **names)))

    def pin(self, key: str = "ask.pin") -> str:
        """A PIN, which is not shown. Raises :class:`~nlwallet.errors.LocalError` when nobody can be asked."""
        if self.pin_from_pipe:
            if self._pin is None:
                self._pin = _line()
            return self._pin
        if not sys.stdin.isatty():
            raise LocalError(
                "there is no terminal to ask the PIN at", code="no_terminal", hint="pipe it to --pin-stdin"
            )
        self.screen.file.flush()
        return getpass.getpass(f"{word(self.language, key)}: ", stream=None).strip()

    def password(self, key: str = "ask.password") -> str:
        """A password, which is not shown; from a pipe the line after the PIN. Raises LocalError as :meth:`pin` does."""
        if self.pin_from_pipe:
            self.pin()
            return _line()
        if not sys.stdin.isatty():
            raise LocalError(
                "there is no terminal to ask the password at",
                code="no_terminal",
                hint="pipe it to --pin-stdin, after the PIN",
            )
        self.screen.file.flush()
        return getpass.getpass(f"{word(self.language, key)}: ", stream=None)

    def new_password(self) -> str:
        """A password that was typed twice, or came from a pipe."""
        while True:
            password = self.password("ask.password.new")
            if self.pin_from_pipe or self.password("ask.password.again") == password:
                return password
            self.say("passwords.differ")

    def wrong(self, error: NlWalletError) -> None:
        """What went wrong, in the holder's words, and what is left to try."""
        number = error.hint.partition(" ")[0]  # "3 of 4 attempts left"
        left = f" {word(self.language, 'pin.left', left=number)}" if number.isdigit() else ""
        self.screen.print(Text(what_went_wrong(error, self.language) + left, "yellow"))

    def line(self, key: str, **names: str | int) -> str:
        """An answer in words."""
        self._ask(f"{word(self.language, key, **names)}: ")
        return _line()

    def line_unless(self, door: TCPServer, *, seconds: float) -> str | None:
        """What she types within ``seconds``, nothing if she does not; ``None`` if somebody stands at ``door`` first."""
        # Windows cannot wait for a socket and a terminal at once.
        here = [sys.stdin.fileno()] if self.present and sys.platform != "win32" else []
        ready, _, _ = select.select([door.fileno(), *here], (), (), seconds)
        if door.fileno() in ready:
            return None
        return _line() if ready else ""

    def agreed(self, key: str, **names: str | int) -> bool:
        """Yes or no; no without an answer."""
        if self.agrees:
            return True
        choice = f"[{word(self.language, 'yes')}/{word(self.language, 'no').upper()}]"
        while True:
            self._ask(f"{word(self.language, key, **names)} {choice} ")
            answer = _line().lower()
            if answer in _YES | _NO:
                return answer in _YES

    def _ask(self, question: str) -> None:
        self.screen.print(Text(question, "bold"), end="")
        self.screen.file.flush()


def _line() -> str:
    text = sys.stdin.readline(MAX_ANSWER)
    if not text:
        raise LocalError(
            "there is nobody to answer", code="no_answer", hint="answer at a terminal, or say --yes"
        )
    return text.strip()
