"""What a cassette shows instead of a value or a secret: its kind, its length, and which others are equal to it.

Nothing can be read back from a placeholder: it is a number in order of appearance, never a hash, which for a
birthdate or a postal code could be tried out. A boolean has no number: with two of them, equal is nearly known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

SHORTEST_VALUE: Final = 4
"""Characters of an attribute value below which it is not looked for in other texts: it says nothing there."""
_TOKEN = re.compile(r"(?=.*\d)[A-Za-z0-9_.~+/=-]{16,}", re.DOTALL)
"""What is looked for in other texts too: shorter, or a word, it would be found where it is something else."""

LONGEST_IN_PATTERN: Final = 100
"""A longer secret, as a whole credential is, is looked for by itself: a pattern of all is slow to make."""

MAX_TEXT: Final = 2000
MAX_DEPTH: Final = 28
"""A token may hold a token, and so on; what is written must be readable again."""

PLACEHOLDER: Final = re.compile(r"<[a-z-]+(?: \d+)?(?: #\d+)?>")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*")
_PLAIN_SEGMENT = re.compile(r"\.?[a-z]{1,24}(?:[._-][a-z]{1,24}){0,3}|v?\d{1,2}")


class Public(str):
    """A text of a public register, or of ours: it is shown as it is."""

    __slots__ = ()


@dataclass(slots=True, repr=False)
class Redaction:
    """Of one cassette: equal values get the same number in all of it."""

    known: frozenset[str] = frozenset()
    """Words that are no secret wherever they stand: the types of cards."""
    _numbers: dict[str, int] = field(default_factory=dict)
    _secrets: set[str] = field(default_factory=set)
    _values: set[str] = field(default_factory=set)

    def secret(self, text: str, kind: str = "secret") -> str:
        """A token, nonce, code, key or signature."""
        if _TOKEN.fullmatch(text) and text not in self.known:
            self._secrets.add(text)
        return self._placeholder(kind, text, len(text))

    def value(self, value: Any) -> Any:
        """An attribute value: its shape with the names in it, and a placeholder for each leaf."""
        if isinstance(value, Mapping):
            return {str(name): self.value(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one) for one in value]
        if value is None:
            return "<null>"
        if isinstance(value, bool):
            return "<boolean>"
        self.remember(value)
        text = _plain(value)
        return self._placeholder(_kind(value), text, None if _is_date(text) else len(text))

    def remember(self, value: Any) -> None:
        """Look for the leaves of an attribute value in all other texts too."""
        self._values.update(one for one in _leaves(value) if len(one) >= SHORTEST_VALUE)

    def url(self, text: str) -> str:
        """Scheme, host, and plain words of the path; of the query only the names."""
        try:
            parts = urlsplit(text)
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            return self.secret(text, "address")
        if not parts.scheme or not parts.hostname:
            return self.secret(text, "address")
        path = "/".join(self._segment(one) for one in parts.path.split("/"))
        names = [pair.partition("=")[0] for pair in parts.query.split("&") if pair]
        for pair in parts.query.split("&"):
            self.secret(pair.partition("=")[2])
        query = "?" + "&".join(f"{self._segment(name)}=…" for name in names) if names else ""
        fragment = f"#{self.secret(parts.fragment)}" if parts.fragment else ""
        return f"{parts.scheme}://{parts.hostname}{port}{path}{query}{fragment}"

    def client(self, client_id: str) -> str:
        """A Client Identifier: its prefix, and the name in it unless it is a hash or a key."""
        prefix, colon, name = client_id.partition(":")
        if colon and prefix in {"x509_hash", "decentralized_identifier"}:
            return f"{prefix}:{self.secret(name)}"
        if colon and prefix in {"redirect_uri", "https", "http"}:
            return prefix + ":" + self.url(name) if prefix == "redirect_uri" else self.url(client_id)
        return client_id

    def swept(self, one: Any) -> Any:
        """``one`` without any secret or value that a text in it still holds; done last, when all are known."""
        return self._swept(one, self._sweeper())

    def _swept(self, one: Any, sweep: Callable[[str], str], depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            return "<deep>"
        if isinstance(one, Public):
            return str(one)[:MAX_TEXT]
        if isinstance(one, str):
            return sweep(one)[:MAX_TEXT]
        if isinstance(one, Mapping):
            return {sweep(name): self._swept(each, sweep, depth + 1) for name, each in one.items()}
        if isinstance(one, list | tuple):
            return [self._swept(each, sweep, depth + 1) for each in one]
        return one

    def _sweeper(self) -> Callable[[str], str]:
        pattern = self._pattern()
        long = sorted(
            (text for text in self._secrets if len(text) > LONGEST_IN_PATTERN), key=len, reverse=True
        )

        def sweep(text: str) -> str:
            for secret in long:
                if secret in text:
                    text = text.replace(secret, self._placeholder("hidden", secret, len(secret)))
            return pattern.sub(self._instead, text)

        return sweep

    def _instead(self, match: re.Match[str]) -> str:
        found = match[0]
        if PLACEHOLDER.fullmatch(found):
            return found
        return self._placeholder("hidden", found, len(found))

    def _pattern(self) -> re.Pattern[str]:
        values = {form for value in self._values for form in (value, quote(value, safe=""), quote(value))}
        alternatives = [PLACEHOLDER.pattern]
        if secrets := [text for text in self._secrets if len(text) <= LONGEST_IN_PATTERN]:
            alternatives.append(_any_of(secrets))
        if values:
            alternatives.append(rf"(?<![\w])(?:{_any_of(values)})(?![\w])")
        return re.compile("|".join(alternatives))

    def _segment(self, text: str) -> str:
        return text if not text or _PLAIN_SEGMENT.fullmatch(text) else self.secret(text)

    def _placeholder(self, kind: str, text: str, length: int | None) -> str:
        number = self._numbers.setdefault(text, len(self._numbers) + 1)
        return f"<{kind} #{number}>" if length is None else f"<{kind} {length} #{number}>"


def _any_of(texts: Iterable[str]) -> str:
    return "|".join(re.escape(text) for text in sorted(texts, key=lambda text: (-len(text), text)))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for one in value:
            yield from _leaves(one)
    elif value is not None and not isinstance(value, bool):
        yield _plain(value)


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text) or _DATE_TIME.fullmatch(text))


def _kind(value: Any) -> str:
    if isinstance(value, str):
        if _DATE.fullmatch(value):
            return "date"
        if _DATE_TIME.fullmatch(value):
            return "date-time"
        return "image" if value.startswith("data:image/") else "string"
    if isinstance(value, bytes):
        return "bytes"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "value"
