"""Where in a JSON text each value stands: from a JSON pointer to characters, and from those to line and column."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from nlwallet.encoding import json_pointer

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^,\]}\s]+")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """The characters of a value: from ``start`` up to ``end``. Lines and columns count from 1."""

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int


class JsonPlaces:
    """The places of every value in ``text``, which must be JSON that was parsed already."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._spans: dict[str, tuple[int, int]] = {}
        self._value(self._skip(0), ())

    def of(self, pointer: str) -> Place | None:
        """Where the value stands; of one that is not there, where its nearest parent stands."""
        while pointer not in self._spans and pointer:
            pointer = pointer.rpartition("/")[0]
        span = self._spans.get(pointer)
        return self._place(*span) if span else None

    @property
    def spans(self) -> Mapping[str, tuple[int, int]]:
        """Pointer to start and end."""
        return self._spans

    def _place(self, start: int, end: int) -> Place:
        line, end_line = bisect_right(self._lines, start), bisect_right(self._lines, end)
        return Place(
            start, end, line, start - self._lines[line - 1] + 1, end_line, end - self._lines[end_line - 1] + 1
        )

    def _value(self, at: int, path: tuple[str | int, ...]) -> int:
        opening = self._text[at]
        if opening == "{":
            end = self._object(at, path)
        elif opening == "[":
            end = self._array(at, path)
        elif opening == '"':
            end = self._string(at)
        else:
            found = _SCALAR.match(self._text, at)
            end = found.end() if found else at + 1
        self._spans[json_pointer(path)] = (at, end)
        return end

    def _object(self, at: int, path: tuple[str | int, ...]) -> int:
        at = self._skip(at + 1)
        while self._text[at] != "}":
            end = self._string(at)
            name = json.loads(self._text[at:end])
            at = self._skip(self._skip(end) + 1)  # past the colon
            at = self._skip(self._value(at, (*path, name)))
            if self._text[at] == ",":
                at = self._skip(at + 1)
        return at + 1

    def _array(self, at: int, path: tuple[str | int, ...]) -> int:
        at, index = self._skip(at + 1), 0
        while self._text[at] != "]":
            at, index = self._skip(self._value(at, (*path, index))), index + 1
            if self._text[at] == ",":
                at = self._skip(at + 1)
        return at + 1

    def _string(self, at: int) -> int:
        found = _STRING.match(self._text, at)
        return found.end() if found else len(self._text)

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at
