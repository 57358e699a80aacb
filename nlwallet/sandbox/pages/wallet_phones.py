"""The phones of the sandbox: each browser that chose a persona has one, with a wallet of its own in it."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, TypeVar

from nlwallet.clock import Clock
from nlwallet.errors import NlWalletError
from nlwallet.holder import Language, Wallet
from nlwallet.issuer import cards_of, persona
from nlwallet.sandbox.sandbox import Sandbox

MAX_PHONES: Final = 200
"""How many there are at once; the one that was not used for longest goes."""
MAX_WAITING: Final = 20
"""How many questions wait for an answer on one phone."""
PATIENCE: Final = 900
"""Seconds that something waits which does not say itself how long."""

_T = TypeVar("_T")


def _nothing() -> None:
    """What is to be done about something that nobody waits for."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    thing: Any
    until: int
    given_up: Callable[[], Any]

    def give_up(self) -> None:
        with suppress(NlWalletError):  # it may have been answered, or nobody may be there to hear it
            self.given_up()


@dataclass(slots=True, eq=False)
class Phone:
    """One browser's wallet, and what waits on it. ``key`` is the value of its cookie: a secret."""

    person: str
    wallet: Wallet
    language: Language
    clock: Clock
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    _waiting: OrderedDict[str, _Waiting] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def name(self) -> str:
        """What its owner is called."""
        return full_name(self.person)

    def speak(self, language: Language) -> None:
        """From now on in this language; what is logged is in it too."""
        self.language = self.wallet.language = language

    def put(
        self,
        thing: object,
        *,
        until: int | None = None,
        given_up: Callable[[], Any] = _nothing,
        under: str = "",
    ) -> str:
        """Have something wait for an answer, under a new random id, or ``under`` one that is as hard to guess.

        ``until``: epoch seconds. ``given_up`` is called when it goes unanswered: because it is late, or because
        too many others came after it.
        """
        id_ = under or secrets.token_urlsafe(16)
        with self._lock:
            gone = self._late()
            while len(self._waiting) >= MAX_WAITING:
                gone.append(self._waiting.popitem(last=False)[1])
            end = self.clock.now() + PATIENCE if until is None else until
            self._waiting[id_] = _Waiting(thing, end, given_up)
        for one in gone:
            one.give_up()
        return id_

    def find(self, id_: str, kind: type[_T]) -> _T | None:
        """What waits under ``id_``, if it is of that kind and not too late."""
        self.sweep()
        with self._lock:
            found = self._waiting.get(id_)
        return found.thing if found is not None and isinstance(found.thing, kind) else None

    def drop(self, id_: str) -> None:
        """It was answered."""
        with self._lock:
            self._waiting.pop(id_, None)

    def sweep(self) -> None:
        """Give up what is too late; the wallet writes down that nobody answered."""
        with self._lock:
            gone = self._late()
        for one in gone:
            one.give_up()

    def close(self) -> None:
        """Give up everything: the phone is emptied."""
        with self._lock:
            gone = list(self._waiting.values())
            self._waiting.clear()
        for one in gone:
            one.give_up()

    def _late(self) -> list[_Waiting]:
        now = self.clock.now()
        late = [id_ for id_, one in self._waiting.items() if now >= one.until]
        return [self._waiting.pop(id_) for id_ in late]


class Phones:
    """All phones of one app, by the value of their cookie. Each begins with those of ``cards`` that its owner has."""

    def __init__(self, edi: Sandbox, *, cards: Sequence[str] = ("pid",), most: int = MAX_PHONES) -> None:
        self._edi = edi
        self._cards = tuple(cards)
        self._most = most
        self._phones: OrderedDict[str, Phone] = OrderedDict()
        self._lock = Lock()

    def find(self, key: str) -> Phone | None:
        """The phone of a browser, which is now the one that was used last."""
        with self._lock:
            found = self._phones.get(key)
            if found is not None:
                self._phones.move_to_end(key)
            return found

    def open(self, person: str, language: Language, *, instead_of: Phone | None = None) -> Phone:
        """A new phone of a persona, under a new key; the one of the same browser goes.

        Raises :class:`~nlwallet.errors.LocalError` for an unknown persona.
        """
        made = Phone(person, self._wallet(person, language), language, self._edi.clock)
        with self._lock:
            gone = [] if instead_of is None else [self._phones.pop(instead_of.key, None)]
            while len(self._phones) >= self._most:
                gone.append(self._phones.popitem(last=False)[1])
            self._phones[made.key] = made
        for one in filter(None, gone):
            one.close()
        return made

    def close(self, phone: Phone) -> None:
        """Empty a phone: its key opens nothing any more."""
        with self._lock:
            self._phones.pop(phone.key, None)
        phone.close()

    def __len__(self) -> int:
        return len(self._phones)

    def _wallet(self, person: str, language: Language) -> Wallet:
        has = cards_of(person, now=self._edi.clock.now())
        cards = [name for name in self._cards if name.removesuffix("-mdoc") in has]
        return self._edi.wallet(person, language=language, cards=cards)


def full_name(person: str) -> str:
    """What a persona is called, as in the register. Raises :class:`~nlwallet.errors.LocalError`."""
    name = persona(person)["naam"]
    parts = (name.get(part) for part in ("voornamen", "voorvoegsel", "geslachtsnaam"))
    return " ".join(part for part in parts if part)
