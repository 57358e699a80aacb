"""Hostile JSON: a valid value with a few mutations that know what JSON is, as text on the wire."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

MAX_MUTATIONS = 4
MANY_PLACES = 2000

STRINGS = (
    "", " ", "\0", "a" * 5000, "é", "\u202egnp.exe", "\u2028", "\ud800", "💶" * 100, "..", "...", "_sd", "~1~0/",
    "null", "0", "-1", "1e999", "https://", "https://[", "https://[::1", "https://a:99999/", "https://a:-1/",
    "https://u:p@rp.example/", "https://rp.example/#x", "org.example.app:/",
    "org.example.app://[", "https://rp.example/\r\nX: y", "http://169.254.169.254/",
    "javascript:alert(1)", "file:///etc/passwd", "https://\u212a.example/", "https://xn--a.example", "x509_hash:",
    "decentralized_identifier:did:web:", "none", "HS256", "a.b.c", "e30.e30.e30", "~", "e30", "=", "AAAA", "%00%ff",
    "did:jwk:e30", "did:web:rp.example%3A99999:..:..", "origin:https://rp.example", "x509_san_dns:rp.example",
)  # fmt: skip
"""Strings that something behind a parser may trip over."""

NUMBERS = (0, -1, 1, 1.0, 0.5, -0.0, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**30, 1e308, 10**400)

_SCALARS: SearchStrategy[Any] = st.one_of(
    st.sampled_from((None, True, False)),
    st.sampled_from(NUMBERS),
    st.sampled_from(STRINGS),
    st.text(max_size=12),
)


class Again(str):
    """A member name that is equal to no other, so that one object can name a member twice."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class Raw:
    """JSON text that no Python value stands for."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Raw({self.text[:20]!r}, {len(self.text)} characters)"


RAW = tuple(
    Raw(text)
    for text in ("1e999", "-1e999", "NaN", "Infinity", "-01", "1e-999", "9" * 5000, "1.", "+1", "0x10", "",
                 "[" * 33 + "]" * 33, "[" * 100_000 + "]" * 100_000, '{"":' * 50_000, "'a'", '"\x00"', '"\\x"')
)  # fmt: skip
"""Numbers without end, nesting without end, and what is not JSON."""


@st.composite
def mutated(draw: DrawFn, valid: Any, *, wild: bool = False) -> Any:
    """A copy of a JSON value after one to four mutations; :func:`written` makes text of it.

    A ``wild`` mutation may leave what is JSON, or name a member twice: a parser sees that at once, so that
    such a text does not get deep.
    """
    value = copy.deepcopy(valid)
    kinds = (*_MUTATIONS, _go_wild, _again) if wild else _MUTATIONS
    for _ in range(draw(st.integers(1, MAX_MUTATIONS))):
        places = _places(value)
        parent, key = _place(draw, places)
        if parent is not None:
            draw(st.sampled_from(kinds))(draw, parent, key, places)
        elif len(places) == 1 or draw(st.integers(0, 9)) == 0:
            value = draw(_replacements(value))
    return value


def written(value: Any) -> str:
    """A mutated value as text: JSON, or not, where a mutation is of that kind."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        members = (f"{json.dumps(name)}:{written(member)}" for name, member in value.items())
        return f"{{{','.join(members)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(written, value))}]"
    return json.dumps(value)


Place = tuple[Any, Any]


def _places(value: Any) -> list[Place]:
    """Every place in a value, as its container and its key there; the root has no container."""
    places: list[Place] = [(None, None)]
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            keys: Any = list(current)
        elif isinstance(current, list):
            keys = range(len(current))
        else:
            continue
        for key in keys:
            places.append((current, key))
            pending.append(current[key])
    return places


def _place(draw: DrawFn, places: list[Place]) -> Place:
    # By number: hypothesis would look at every place to sample from the list itself.
    return places[draw(st.integers(0, len(places) - 1))]


def _delete(_: DrawFn, parent: Any, key: Any, __: list[Place]) -> None:
    del parent[key]


def _replace(draw: DrawFn, parent: Any, key: Any, _: list[Place]) -> None:
    parent[key] = draw(_replacements(parent[key]))


def _duplicate(draw: DrawFn, parent: Any, key: Any, places: list[Place]) -> None:
    """A value with many places is not made many times: that is a slow way to a text that is too long."""
    if isinstance(parent, list):
        times = (1, 1, 2, 70, 300) if len(places) < MANY_PLACES else (1, 2)
        parent.extend([copy.deepcopy(parent[key])] * draw(st.sampled_from(times)))
    else:
        parent[f"{key}2"] = copy.deepcopy(parent[key])


def _again(draw: DrawFn, parent: Any, key: Any, _: list[Place]) -> None:
    if isinstance(parent, dict):
        parent[Again(key)] = draw(st.one_of(st.just(copy.deepcopy(parent[key])), _SCALARS))


def _go_wild(draw: DrawFn, parent: Any, key: Any, _: list[Place]) -> None:
    parent[key] = draw(st.sampled_from(RAW))


def _rename(draw: DrawFn, parent: Any, key: Any, _: list[Place]) -> None:
    if isinstance(parent, dict):
        parent[draw(st.sampled_from((*STRINGS, str(key).upper(), f"{key} ", f"{key}\0")))] = parent.pop(key)


def _swap(draw: DrawFn, parent: Any, key: Any, places: list[Place]) -> None:
    """Put here what stands somewhere else in the message."""
    other, at = _place(draw, places)
    if other is not None:
        parent[key] = copy.deepcopy(other[at])


def _add(draw: DrawFn, parent: Any, _: Any, __: list[Place]) -> None:
    new = draw(_SCALARS)
    if isinstance(parent, dict):
        parent[draw(st.sampled_from(STRINGS))] = new
    else:
        parent.append(new)


def _nest(draw: DrawFn, parent: Any, key: Any, _: list[Place]) -> None:
    value = parent[key]
    wrap = draw(st.sampled_from((_in_array, _in_object)))
    for _level in range(draw(st.sampled_from((1, 2, 29, 40)))):
        value = wrap(value)
    parent[key] = value


_MUTATIONS = (_delete, _replace, _replace, _duplicate, _rename, _swap, _add, _nest)


def _in_array(value: Any) -> Any:
    return [value]


def _in_object(value: Any) -> Any:
    return {"a": value}


def _replacements(value: Any) -> SearchStrategy[Any]:
    """Something else in the place of ``value``: another type, a near miss, a large one."""
    near: list[Any] = [[value], {"value": value}, str(value)[:100]]
    if isinstance(value, str):
        near += [
            value.upper(),
            value + "\0",
            " " + value,
            value[:-1],
            value[::-1],
            value * 2,
            value + "\ud800",
        ]
    elif isinstance(value, bool):
        near += [not value, int(value)]
    elif isinstance(value, int | float):
        near += [value + 1, -value, value * 1000, *([float(value)] if abs(value) < 2**63 else [])]
    elif isinstance(value, list):
        near += [value[::-1], value[:1], {str(n): item for n, item in enumerate(value)}]
    elif isinstance(value, dict):
        near += [list(value), list(value.values()), list(value.items())]
    return st.one_of(
        st.sampled_from(near),
        _SCALARS,
        st.sampled_from(([], {}, [[]], [None], {"": ""})),
        st.sampled_from((1_000, 5_000)).map(lambda n: [0] * n),
        st.sampled_from((300, 1_000)).map(lambda n: {f"m{i}": i for i in range(n)}),
    )
