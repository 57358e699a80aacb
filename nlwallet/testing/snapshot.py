"""Everything that the parties of an ecosystem remember, put back as it was.

A test registers a party, takes a card back, lets a status list grow old. The next one must not notice, and yet share
the parties themselves, for their keys are in applications that live as long as the whole run. So what changes is not
made anew but put back: each container, and each attribute of an object of this library, holds again what it held.
"""

from __future__ import annotations

import functools
import types
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import httpx

_UNCHANGING = (
    "nlwallet.crypto",
    "nlwallet.sdjwt",
    "nlwallet.mdoc",
    "nlwallet.dcql",
    "nlwallet.profiles",
    "nlwallet.registration",
    "nlwallet.trust",
    # The connections and running apps themselves.
    "nlwallet.http.lifespan",
    "nlwallet.http.mount",
    "nlwallet.http.network",
)
"""Rooms whose objects never change once they are made, or must not be touched."""

_PLAIN = (str, bytes, int, float, bool, type(None), type, types.ModuleType, types.BuiltinFunctionType)


class Snapshot:
    """What can be reached from ``roots``, as it is now; :meth:`restore` makes it so again.

    What is inside user code, or was made later, is left alone. Threads that work meanwhile are the caller's affair.
    """

    def __init__(self, *roots: object) -> None:
        self._containers: list[tuple[Any, Any]] = []
        self._attributes: list[tuple[object, dict[str, Any]]] = []
        seen: set[int] = set()
        waiting: list[object] = list(roots)
        while waiting:
            one = waiting.pop()
            if isinstance(one, _PLAIN) or id(one) in seen:
                continue
            seen.add(id(one))
            waiting.extend(self._keep(one))

    def restore(self) -> None:
        """Put everything back. Connections to apps that were mounted since are closed."""
        for container, before in self._containers:
            if isinstance(container, dict):
                _close(container.values(), before.values())
                container.clear()
                container.update(before)
            elif isinstance(container, set):
                container.clear()
                container.update(before)
            elif isinstance(container, deque):
                container.clear()
                container.extend(before)
            else:
                container[:] = before
        for one, attributes in self._attributes:
            for name, value in attributes.items():
                object.__setattr__(one, name, value)

    def _keep(self, one: object) -> Iterable[object]:
        """Note what ``one`` holds; gives what is to be looked at next."""
        if isinstance(one, dict):
            self._containers.append((one, dict(one)))
            return list(one.values())
        if isinstance(one, list | set | deque | bytearray):
            self._containers.append((one, one.copy()))
            return () if isinstance(one, bytearray) else list(one)
        if isinstance(one, tuple | frozenset):
            return one
        if isinstance(one, types.MappingProxyType):
            return list(one.values())
        if isinstance(one, types.MethodType):
            return (one.__self__, one.__func__)
        if isinstance(one, types.FunctionType):
            return [cell.cell_contents for cell in one.__closure__ or () if _filled(cell)]
        if isinstance(one, functools.partial):
            return (one.func, one.args, one.keywords)
        return self._keep_object(one)

    def _keep_object(self, one: object) -> Iterable[object]:
        room = type(one).__module__
        if room.startswith("starlette."):  # what an app is made of; it holds our objects, and does not change
            return list(vars(one).values()) if hasattr(one, "__dict__") else ()
        if not room.startswith("nlwallet.") or room.startswith(_UNCHANGING):
            return ()
        attributes = dict(_attributes_of(one))
        self._attributes.append((one, attributes))
        return list(attributes.values())


def _attributes_of(one: object) -> Iterator[tuple[str, Any]]:
    yield from getattr(one, "__dict__", {}).items()
    for kind in type(one).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            whole = f"_{kind.__name__.lstrip('_')}{name}" if name.startswith("__") else name
            if name not in ("__dict__", "__weakref__") and hasattr(one, whole):
                yield whole, getattr(one, whole)


def _filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - the only way to ask
    except ValueError:
        return False
    return True


def _close(now: Iterable[object], before: Iterable[object]) -> None:
    kept = {id(one) for one in before}
    for one in now:
        if isinstance(one, httpx.BaseTransport) and id(one) not in kept:
            one.close()
