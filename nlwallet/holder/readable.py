"""Values as people write them (dates, lists, addresses), and text from outside made safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias

from nlwallet.claim_path import ClaimPath
from nlwallet.holder.texts import Language, say

MAX_SHOWN: Final = 600
"""How many characters of one value are shown; what is left out is counted."""

Label: TypeAlias = Callable[[ClaimPath], str]
"""The label of the claim at a path."""

_ADDRESS: Final = ("street_address", "house_number", "postal_code", "locality", "region", "country")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_PICTURES: Final = frozenset({"portrait", "picture", "signature_usual_mark"})
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Zs"})


def plain(text: object, limit: int = MAX_SHOWN) -> str:
    """``text`` on one line, without anything that could change how the rest of a screen looks.

    Control characters (also terminal escapes), direction overrides and invisible characters become
    a space, so that a name cannot rewrite the prompt or hide part of itself.
    """
    normal = unicodedata.normalize("NFC", str(text)[: 4 * limit])
    shown = "".join(" " if unicodedata.category(one) in _INVISIBLE else one for one in normal)
    shown = " ".join(shown.split())
    length = len(str(text))
    return shown if len(shown) <= limit else f"{shown[:limit].rstrip()}… ({length})"


def readable(value: Any, path: ClaimPath, language: Language, label: Label) -> str:
    """The value of the claim at ``path`` as a person would write it, on one line."""
    return plain(_readable(value, path, language, label))


def day(value: date, language: Language) -> str:
    """A date in words: ``24 maart 2000``."""
    return f"{value.day} {say(language, 'months').split()[value.month - 1]} {value.year}"


def day_of(seconds: int, language: Language) -> str:
    """The date (UTC) of a moment in seconds since the epoch, in words."""
    return day(datetime.fromtimestamp(seconds, UTC).date(), language)


def period(days: int, language: Language) -> str:
    """A number of days in words, whole years as years: ``1 jaar``, ``90 dagen``."""
    years, rest = divmod(days, 365)
    unit, count = ("year", years) if years and not rest else ("day", days)
    return say(language, f"period.{unit}" if count == 1 else f"period.{unit}s", count=count)


def listing(items: Sequence[str], language: Language) -> str:
    """``a``, ``a en b``, ``a, b en c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {say(language, 'list.and')} {items[-1]}"


def _readable(value: Any, path: ClaimPath, language: Language, label: Label) -> str:
    if isinstance(value, bool):
        return say(language, "value.yes" if value else "value.no")
    if value is None or value in ("", [], {}):
        return say(language, "value.empty")
    if isinstance(value, Mapping):
        return _address(value, path, language, label) or _members(value, path, language, label)
    if isinstance(value, list | tuple):
        items = [_readable(item, (*path, index), language, label) for index, item in enumerate(value)]
        nested = any(isinstance(item, Mapping) for item in value)
        return "; ".join(items) if nested else listing(items, language)
    if isinstance(value, str):
        if path[-1:] and path[-1] in _PICTURES:  # in an mdoc these are octets
            return say(language, "value.photo")
        return _text(value, language)
    if path[-1:] == ("sex",) and value in {0, 1, 2, 3, 4, 5, 6, 9}:
        return say(language, f"sex.{int(value)}")
    return plain(value)


def _text(value: str, language: Language) -> str:
    if value.startswith("data:"):
        return say(language, "value.photo" if value.startswith("data:image/") else "value.file")
    try:
        if _DATE.fullmatch(value):
            return day(date.fromisoformat(value), language)
        if _TIME.fullmatch(value):
            moment = datetime.fromisoformat(value)
            return f"{day(moment.date(), language)}, {moment:%H:%M} {moment.tzname() or ''}".rstrip()
    except ValueError:
        return plain(value)  # a date that does not exist, such as 2000-00-00 in old registers
    return plain(value)


def _address(value: Mapping[str, Any], path: ClaimPath, language: Language, label: Label) -> str:
    if not {"street_address", "postal_code", "formatted"} & value.keys():
        return ""
    left = {
        name: plain(part)
        for name, part in value.items()
        if name in {*_ADDRESS, "formatted"} and isinstance(part, str) and part
    }
    # Whatever else the address holds is shared as well, so it is shown as well.
    other = {name: part for name, part in value.items() if name not in left}
    rest = _members(other, path, language, label) if other else ""
    formatted = left.pop("formatted", "")
    left = {name: part for name, part in left.items() if part not in formatted}
    street = " ".join(left.pop(name) for name in _ADDRESS[:2] if name in left)
    town = " ".join(left.pop(name) for name in _ADDRESS[2:4] if name in left)
    land = [left.pop(name) for name in _ADDRESS[4:] if name in left]
    return ", ".join(part for part in (formatted, street, town, *land, rest) if part)


def _members(value: Mapping[str, Any], path: ClaimPath, language: Language, label: Label) -> str:
    return "; ".join(
        f"{label((*path, name))}: {_readable(member, (*path, name), language, label)}"
        for name, member in value.items()
    )
