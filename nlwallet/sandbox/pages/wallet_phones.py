"""The phones of the sandbox: each browser that chose a persona has one, with a wallet of its own in it."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, TypeVar, get_args

from nlwallet.clock import Clock
from nlwallet.errors import NlWalletError
from nlwallet.holder import FileVault, Language, OverAsking, Wallet
from nlwallet.issuer import cards_of, persona, persona_names
from nlwallet.sandbox.pages.kept_phones import KeptPhones
from nlwallet.sandbox.pages.layout import LANGUAGES
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
    vault: FileVault | None = None
    """Where it is kept for another start."""
    _waiting: OrderedDict[str, _Waiting] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def name(self) -> str:
        """What its owner is called."""
        return full_name(self.person)

    def speak(self, language: Language) -> None:
        """From now on in this language; what is logged is in it too."""
        if language != self.language:
            self.language = self.wallet.language = language
            self.keep_settings()

    def keep_settings(self) -> None:
        """Let another start find how it is set."""
        if self.vault is not None:
            wallet = self.wallet
            self.vault.remember(
                notes={"person": self.person, "language": self.language, "over_asking": wallet.over_asking}
            )

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
    """All phones of one app, by the value of their cookie. Each begins with those of ``cards`` that its owner has.

    ``kept`` has those of an earlier start.
    """

    def __init__(
        self,
        edi: Sandbox,
        *,
        cards: Sequence[str] = ("pid",),
        most: int = MAX_PHONES,
        kept: KeptPhones | None = None,
    ) -> None:
        self._edi = edi
        self._kept = kept
        self._cards = tuple(cards)
        self._most = most
        self._phones: OrderedDict[str, Phone] = OrderedDict()
        self._lock = Lock()

    def find(self, key: str) -> Phone | None:
        """The phone of a browser, which is now the one that was used last."""
        with self._lock:
            found = self._phones.get(key) or self._kept_phone(key)
            if found is not None:
                self._phones[key] = found
                self._phones.move_to_end(key)
            return found

    def open(self, person: str, language: Language, *, instead_of: Phone | None = None) -> Phone:
        """A new phone of a persona, under a new key; the one of the same browser goes.

        Raises :class:`~nlwallet.errors.LocalError` for an unknown persona.
        """
        made = self._made(person, language)
        with self._lock:
            gone = [] if instead_of is None else [self._phones.pop(instead_of.key, None)]
            while len(self._phones) >= self._most:
                gone.append(self._phones.popitem(last=False)[1])
            self._phones[made.key] = made
        for one in filter(None, gone):
            self._end(one)
        return made

    def close(self, phone: Phone) -> None:
        """Empty a phone: its key opens nothing any more."""
        with self._lock:
            self._phones.pop(phone.key, None)
        self._end(phone)

    def __len__(self) -> int:
        return len(self._phones)

    def _end(self, phone: Phone) -> None:
        phone.close()
        if self._kept is not None:
            self._kept.forget(phone.key)

    def _made(self, person: str, language: Language) -> Phone:
        has, key = cards_of(person, now=self._edi.clock.now()), secrets.token_urlsafe(32)
        cards = [name for name in self._cards if name.removesuffix("-mdoc") in has]
        vault = None if self._kept is None else self._kept.new(key, most=self._most)
        if vault is None:
            wallet = self._edi.wallet(person, language=language, cards=cards)
            return Phone(person, wallet, language, self._edi.clock, key)
        wallet = self._edi.empty_wallet(pin=None, language=language, store=vault)
        for name in cards:
            wallet.receive(self._edi.offer(name, person).uri)
        made = Phone(person, wallet, language, self._edi.clock, key, vault)
        made.keep_settings()
        return made

    def _kept_phone(self, key: str) -> Phone | None:
        vault = None if self._kept is None else self._kept.find(key)
        if vault is None:
            return None
        person, spoken = vault.notes.get("person", ""), vault.notes.get("language")
        if person not in persona_names():
            return None
        language = next((one for one in LANGUAGES if one == spoken), LANGUAGES[0])
        wallet = self._edi.empty_wallet(pin=None, language=language, store=vault)
        stances = get_args(OverAsking)
        wallet.over_asking = next(one for one in (vault.notes.get("over_asking"), *stances) if one in stances)
        return Phone(person, wallet, language, self._edi.clock, key, vault)


def full_name(person: str) -> str:
    """What a persona is called, as in the register. Raises :class:`~nlwallet.errors.LocalError`."""
    name = persona(person)["naam"]
    parts = (name.get(part) for part in ("voornamen", "voorvoegsel", "geslachtsnaam"))
    return " ".join(part for part in parts if part)
