"""JSON patches (RFC 6902), as far as fixes need them: ``add``, ``remove``, ``replace`` and ``move``."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

from nlwallet.lint.finding import Operation


class CannotPatch(ValueError):
    """The place of an operation is not there (any more)."""


def tokens_of(pointer: str) -> list[str]:
    """The reference tokens of a JSON pointer (RFC 6901 §4)."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def patched(document: Any, operations: Iterable[Operation]) -> Any:
    """A copy of ``document`` with the operations done. Raises :class:`CannotPatch`."""
    return apply(copy.deepcopy(document), operations)


def apply(document: Any, operations: Iterable[Operation]) -> Any:
    """:func:`patched`, in place; what :class:`CannotPatch` leaves behind may be half done."""
    for operation in operations:
        document = _apply(document, operation)
    return document


def value_at(document: Any, tokens: Sequence[str]) -> Any:
    """What stands there. Raises :class:`CannotPatch`."""
    value = document
    for token in tokens:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isascii() and token.isdigit() and int(token) < len(value):
            value = value[int(token)]
        else:
            raise CannotPatch(token)
    return value


def _apply(document: Any, operation: Operation) -> Any:
    kind, tokens = operation["op"], tokens_of(operation["path"])
    if kind == "move":
        source = tokens_of(operation["from"])
        value = value_at(document, source)
        return _set(_remove(document, source), tokens, value, insert=True)
    if kind == "remove":
        return _remove(document, tokens)
    if kind == "replace":
        value_at(document, tokens)
    return _set(document, tokens, copy.deepcopy(operation["value"]), insert=kind == "add")


def _set(document: Any, tokens: Sequence[str], value: Any, *, insert: bool) -> Any:
    if not tokens:
        return value
    parent, last = value_at(document, tokens[:-1]), tokens[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list) and last == "-":
        parent.append(value)
    elif isinstance(parent, list) and last.isascii() and last.isdigit() and int(last) <= len(parent):
        if insert:
            parent.insert(int(last), value)
        else:
            parent[int(last)] = value
    else:
        raise CannotPatch(last)
    return document


def _remove(document: Any, tokens: Sequence[str]) -> Any:
    if not tokens:
        raise CannotPatch("the whole document")
    value_at(document, tokens)
    parent, last = value_at(document, tokens[:-1]), tokens[-1]
    if isinstance(parent, dict):
        del parent[last]
    else:
        del parent[int(last)]
    return document
