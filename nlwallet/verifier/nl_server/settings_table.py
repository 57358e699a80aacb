"""A table of a file of settings, read key by key: what is wrong ends in an error that names the key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from nlwallet.crypto import Certificate
from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidConfiguration, RemoteError

MAX_LIST = 256
MAX_TEXT = 65_536


@dataclass(slots=True)
class Table:
    """``at`` is where it stands. Which keys were asked for is remembered: others are told of as :meth:`unknown`."""

    members: Mapping[str, Any] = field(repr=False)
    at: tuple[str | int, ...] = ()
    _known: set[str] = field(default_factory=set)

    def wrong(self, key: str, reason: str, *, hint: str = "") -> InvalidConfiguration:
        """What to raise about the value of ``key``."""
        return InvalidConfiguration(f"{key}: {reason}", pointer=json_pointer((*self.at, key)), hint=hint)

    def get(self, key: str) -> Any:
        """The value as it stands; ``None`` where there is none."""
        self._known.add(key)
        return self.members.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """A string. Raises :class:`~nlwallet.errors.InvalidConfiguration`, as all these do."""
        value = self.get(key)
        value = default if value is None else value
        if value is None:
            raise self.wrong(key, "it is missing")
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            raise self.wrong(key, "it is no string")
        return value

    def optional_text(self, key: str) -> str | None:
        """A string, if there is one."""
        return None if self.get(key) is None else self.text(key)

    def number(self, key: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
        """A whole number."""
        value = self.get(key)
        value = default if value is None else value
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(key, f"it is no whole number from {least} to {most}")
        return value

    def boolean(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "it is neither true nor false")
        return default if value is None else value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """An array of strings."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if value is None:
            raise self.wrong(key, "it is missing")
        if (
            not isinstance(value, list)
            or len(value) > MAX_LIST
            or not all(isinstance(one, str) for one in value)
        ):
            raise self.wrong(key, "it is no array of strings")
        return tuple(value)

    def table(self, key: str) -> Table:
        """A table; an empty one where there is none."""
        value = self.get(key)
        if value is not None and not isinstance(value, Mapping):
            raise self.wrong(key, "it is no table")
        return Table(value or {}, (*self.at, key))

    def tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables in a table, each with its name."""
        found = self.table(key)
        for name in found.members:
            yield name, found.table(name)

    def octets(self, key: str) -> bytes:
        """Standard base64 of octets."""
        try:
            return base64.b64decode(self.text(key), validate=True)
        except ValueError:
            raise self.wrong(
                key, "it is no base64", hint="the DER in base64 on one line, without PEM armour"
            ) from None

    def hex(self, key: str) -> bytes:
        """Hexadecimal of octets."""
        try:
            return binascii.unhexlify(self.text(key))
        except ValueError:
            raise self.wrong(key, "it is not hexadecimal", hint="openssl rand -hex 64") from None

    def certificates(self, key: str) -> tuple[Certificate, ...]:
        """An array of certificates, one at least, each base64 of DER."""
        found = []
        for number, text in enumerate(self.texts(key)):
            try:
                found.append(Certificate.from_der(base64.b64decode(text, validate=True)))
            except (RemoteError, ValueError) as error:
                reason = error.message if isinstance(error, RemoteError) else "it is no base64"
                raise self.wrong(
                    key, f"number {number + 1}: {reason}", hint="each the DER of a CA certificate in base64"
                ) from None
        if not found:
            raise self.wrong(key, "there is none, and so nobody to trust")
        return tuple(found)

    def unknown(self, *further: str) -> Iterator[str]:
        """A sentence about each key that nobody asked for; ``further`` are known and without effect."""
        known = self._known | set(further)
        for key in self.members:
            if key not in known:
                where = ".".join(map(str, (*self.at, key)))[:256]
                near = get_close_matches(key[:64], sorted(known), 1)
                yield f"{where} is not known, and has no effect" + (f"; is it {near[0]}?" if near else "")
