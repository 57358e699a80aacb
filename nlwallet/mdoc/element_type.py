"""What the value of a data element looks like, in the words of CDDL: from a JSON claim to what is encoded.

An issuer's data are JSON, whatever the format of the card: a date is a text there, octets are base64url or a ``data:``
URL. In an mdoc each has a type of its own (ISO/IEC 18013-5 §7.2.1, PID rulebook 1.7 §3.1), and this is where a text
becomes a date.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal, Protocol, TypeAlias, get_args

from nlwallet.claim_path import ClaimPath
from nlwallet.encoding import b64url_decode, json_pointer
from nlwallet.errors import LocalError, RemoteError

Kind: TypeAlias = Literal["tstr", "bstr", "uint", "bool", "full-date", "tdate", "tdate / full-date"]

MAX_TEXT = 150
"""How many characters a text has at most, in the PID as in the mDL."""

_FULL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TDATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DATA_URL = re.compile(r"data:[a-z0-9.+/-]*;base64,")

_FORMS: Mapping[Kind, str] = {
    "tstr": "a text",
    "bstr": "octets: base64url, or a data: URL with base64",
    "uint": "a whole number from 0",
    "bool": "true or false",
    "full-date": "a date such as 2000-03-24",
    "tdate": "a moment such as 2026-01-31T00:00:00Z: UTC, whole seconds",
    "tdate / full-date": "a date such as 2000-03-24, or a moment such as 2026-01-31T00:00:00Z",
}


class ElementType(Protocol):
    """The type of an element value."""

    def value(self, claim: Any, at: str = "") -> Any:
        """What an mdoc says for the JSON value ``claim``, ready to be encoded; ``at`` is where it stands.

        Raises :class:`~nlwallet.errors.LocalError` with a hint that names the form.
        """
        ...


@dataclass(frozen=True, slots=True)
class Of:
    """A single value: ``Of("full-date")``. ``one_of`` lists what it can be, ``pattern`` what a text looks like."""

    kind: Kind
    one_of: Collection[str | int] = ()
    pattern: str = ""
    longest: int = MAX_TEXT

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise LocalError(
                f"there is no kind of element {self.kind!r}", hint=f"one of {', '.join(get_args(Kind))}"
            )

    def value(self, claim: Any, at: str = "") -> Any:
        """See :class:`ElementType`."""
        read = _READ[self.kind](claim)
        if read is None:
            raise wrong(f"it is no {self.kind}", at, f"{_FORMS[self.kind]}")
        if self.one_of and read not in self.one_of:
            raise wrong("it is none of the values that there are", at, ", ".join(map(str, self.one_of)))
        if isinstance(read, str) and self.pattern and not re.fullmatch(self.pattern, read):
            raise wrong("it does not have the form that it has to have", at, self.pattern)
        if isinstance(read, str) and len(read) > self.longest:
            raise wrong(f"it has more than {self.longest} characters", at, "shorten it")
        return read


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array of values of one type, of at least so many."""

    item: ElementType
    at_least: int = 0

    def value(self, claim: Any, at: str = "") -> Any:
        """See :class:`ElementType`."""
        if not isinstance(claim, list | tuple) or len(claim) < self.at_least:
            raise wrong(f"it is no array of {self.at_least} or more", at, "a list")
        return [self.item.value(one, f"{at}/{n}") for n, one in enumerate(claim)]


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map with members by name. One of ``any_of`` must be there, if it lists some, and each of ``required``."""

    members: Mapping[str, ElementType]
    required: Collection[str] = ()
    any_of: Collection[str] = field(default=())

    def value(self, claim: Any, at: str = "") -> Any:
        """See :class:`ElementType`."""
        names = ", ".join(self.members)
        if not isinstance(claim, Mapping) or not self.members.keys() >= claim.keys():
            raise wrong("it is no object of the members that there are", at, names)
        for name in self.required:
            if name not in claim:
                raise wrong(f"{name} is missing", at, names)
        if self.any_of and claim.keys().isdisjoint(self.any_of):
            raise wrong("each of its members is missing", at, f"at least one of {', '.join(self.any_of)}")
        return {name: self.members[name].value(one, at + json_pointer([name])) for name, one in claim.items()}


@dataclass(frozen=True, slots=True)
class Anything:
    """A value that nothing is said of: encoded as it is."""

    def value(self, claim: Any, at: str = "") -> Any:
        """See :class:`ElementType`."""
        return claim


def element_type(given: ElementType | str) -> ElementType:
    """``"full-date"`` for ``Of("full-date")``. Raises :class:`~nlwallet.errors.LocalError` for another word."""
    return Of(given) if isinstance(given, str) else given  # type: ignore[arg-type]


def typed_claims(
    claims: Mapping[str, Any], elements: Mapping[ClaimPath, ElementType | str]
) -> dict[str, Any]:
    """``claims`` with the values at these paths as an mdoc has them; what is at no path stays as it is.

    A path of several names leads into objects. What is not there is passed over. Raises
    :class:`~nlwallet.errors.LocalError` with the code ``invalid_claims`` and a pointer.
    """
    found: dict[Any, Any] = dict(claims)
    for path, kind in elements.items():
        *above, name = path
        inner = found
        for step in above:
            below = inner.get(step)
            if not isinstance(below, Mapping):
                break
            inner[step] = inner = dict(below)
        else:
            if name in inner:
                inner[name] = element_type(kind).value(inner[name], json_pointer(path))
    return found


def wrong(reason: str, at: str, hint: str, *, spec: str = "ISO/IEC 18013-5 §7.2.1") -> LocalError:
    """A claim that cannot become an element; never with its value."""
    return LocalError(
        f"{at or 'the value'}: {reason}", code="invalid_claims", spec=spec, pointer=at, hint=hint
    )


def _text(claim: Any) -> str | None:
    return claim if isinstance(claim, str) else None


def _octets(claim: Any) -> bytes | None:
    if isinstance(claim, bytes):
        return claim
    if not isinstance(claim, str):
        return None
    prefix = _DATA_URL.match(claim)
    try:
        if prefix:
            return base64.b64decode(claim[prefix.end() :], validate=True)
        return b64url_decode(claim)
    except (binascii.Error, ValueError, RemoteError):
        return None


def _number(claim: Any) -> int | None:
    return claim if type(claim) is int and 0 <= claim < 2**64 else None


def _boolean(claim: Any) -> bool | None:
    return claim if isinstance(claim, bool) else None


def _full_date(claim: Any) -> date | None:
    if isinstance(claim, date) and not isinstance(claim, datetime):
        return claim
    if not isinstance(claim, str) or not _FULL_DATE.fullmatch(claim):
        return None
    try:
        return date.fromisoformat(claim)
    except ValueError:
        return None


def _tdate(claim: Any) -> datetime | None:
    if isinstance(claim, datetime):
        return None if claim.tzinfo is None else claim
    if not isinstance(claim, str) or not _TDATE.fullmatch(claim):
        return None
    try:
        return datetime.strptime(claim, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _date_or_moment(claim: Any) -> date | None:
    return _full_date(claim) or _tdate(claim)


_READ = {
    "tstr": _text,
    "bstr": _octets,
    "uint": _number,
    "bool": _boolean,
    "full-date": _full_date,
    "tdate": _tdate,
    "tdate / full-date": _date_or_moment,
}
