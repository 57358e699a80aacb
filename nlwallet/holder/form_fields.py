"""The fields of a form that came back from one of the wallet's pages: few, and each as often as it may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nlwallet.errors import MalformedInput

MAX_FIELDS: Final = 100
FORM: Final = "docs/consent.md, the form"


class FormFields:
    """Names and values in the order in which they came; other names than are asked for do not matter.

    Raises :class:`~nlwallet.errors.MalformedInput` for more than a form of ours has.
    """

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._given: dict[str, list[str]] = {}
        for number, (name, value) in enumerate(fields):
            if number >= MAX_FIELDS:
                raise MalformedInput(f"more than {MAX_FIELDS} fields", spec=FORM)
            self._given.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def all(self, name: str) -> list[str]:
        """Every value of a field that may be there more than once, such as boxes that were ticked."""
        return self._given.get(name, [])

    def only(self, name: str) -> str:
        """The value of a field that is there once. Raises :class:`~nlwallet.errors.MalformedInput`."""
        values = self.all(name)
        if len(values) != 1:
            raise MalformedInput(f"the form has {len(values)} fields {name}", spec=FORM, pointer=f"/{name}")
        return values[0]

    def optional(self, name: str) -> str | None:
        """The same for a field that need not be there."""
        return self.only(name) if name in self else None

    def decision(self, *known: str) -> str:
        """What was decided, one of ``known``. Raises :class:`~nlwallet.errors.MalformedInput`."""
        chosen = self.only("decision")
        if chosen not in known:
            hint = " or ".join(known)
            raise MalformedInput("no such decision", spec=FORM, pointer="/decision", hint=hint)
        return chosen
