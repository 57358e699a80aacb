"""No value of an invented person may be in a transaction log, its export, or what is written with ``logging``.

While tests run, every entry that is written to a :class:`TransactionLog` is searched for the values on all ready-made
cards of all personas, and so is every record of :mod:`logging`. A test that leaves one there fails, and is told which
value of whom it is, not the value.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

from nlwallet.errors import NlWalletError
from nlwallet.issuer import card, card_names, cards_of, persona_names

NOW: Final = 1_790_000_000
SHORTEST: Final = 4
"""Characters of a text, and digits of a number, below which a value says nothing by itself."""

PUBLIC: Final = frozenset({
    "Amsterdam", "Nederland", "Nederlandse", "Belgische", "Rotterdam", "Utrecht", "Groningen", "Nijmegen",
})  # fmt: skip
"""Names that also stand in the names and texts of parties."""

OF_THE_CREDENTIAL: Final = frozenset(
    {"vct", "iss", "issuing_country", "issuing_authority", "issuing_jurisdiction"}
)
"""Members that say who issued it: that is logged."""


OF_THE_HOLDER_TESTS: Final = ("999991772", "2596TW", "Toetsoog", "Van Wijngaerdenstraat", "geheim-herstel")
"""On the PID that tests/unit/holder gives to everybody."""


def values_in(claims: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every value that tells something, with the path to it: texts, dates and numbers."""
    if isinstance(claims, dict):
        for name, one in claims.items():
            if name not in OF_THE_CREDENTIAL:
                yield from values_in(one, f"{where}.{name}")
    elif isinstance(claims, list | tuple):
        for one in claims:
            yield from values_in(one, where)
    elif claims is not None and not isinstance(claims, bool) and _tells(str(claims)):
        yield str(claims), where


def _tells(text: str) -> bool:
    long = len(text) >= SHORTEST and len(set(text)) > 1
    return long and text not in PUBLIC and not text.startswith("data:")


@lru_cache(maxsize=1)
def forbidden() -> dict[str, str]:
    """The values of everybody, and what each of them is."""
    found = dict.fromkeys(OF_THE_HOLDER_TESTS, "a value of the PID of the holder tests")
    issuers = {card(name).organization for name in card_names()}
    for person in persona_names():
        for name in cards_of(person, now=NOW):
            for value, where in values_in(card(name).claims(person, now=NOW), f"{person}.{name}"):
                if value not in issuers:
                    found.setdefault(value, where)
    return found


@lru_cache(maxsize=1)
def _forms() -> dict[str, str]:
    """The same, also as they stand in an address."""
    return forbidden() | {quote(value): where for value, where in forbidden().items()}


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    texts = sorted(_forms(), key=len, reverse=True)
    # A whole word: "Anna" is not in "Annastraat", and 2000 not in a time of day.
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, texts))})(?![\w-])")


def values_found(text: str) -> set[str]:
    """What of whom is in ``text``."""
    return {_forms()[match] for match in _pattern().findall(text)}


class Watch(logging.Handler):
    """Looks at every entry and every log record, and remembers what it should not have seen."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.found: list[str] = []
        self.seen = 0

    def look_at_entry(self, entry: Any) -> None:
        """An entry as it is kept, as it is exported, and as a person debugging sees it."""
        from nlwallet.holder.log_export import as_ts10

        self.seen += 1
        texts = (
            json.dumps(entry.as_dict(), ensure_ascii=False),
            json.dumps(as_ts10(entry), ensure_ascii=False),
        )
        for what in sorted({what for text in (*texts, repr(entry)) for what in values_found(text)}):
            self.found.append(f"{what} is in the transaction log ({entry.kind}, {entry.outcome})")

    def emit(self, record: logging.LogRecord) -> None:
        """A record of logging, with the error if it is one of ours: what somebody's own function raises is theirs."""
        try:
            error = record.exc_info[1] if record.exc_info else None
            text = record.getMessage() + (
                repr(error) + str(error) if isinstance(error, NlWalletError) else ""
            )
        except Exception:  # noqa: BLE001 - a record that cannot be formatted is somebody else's test
            return
        self.found += [f"{what} is in the log record of {record.name}" for what in sorted(values_found(text))]

    def taken(self) -> list[str]:
        """What was found since the last time."""
        found, self.found = self.found, []
        return found


def watched(add: Callable[[Any, Any], None], watch: Watch) -> Callable[[Any, Any], None]:
    """``TransactionLog.add``, that shows each entry to ``watch`` first."""

    def look_and_add(log: Any, entry: Any) -> None:
        watch.look_at_entry(entry)
        add(log, entry)

    return look_and_add
