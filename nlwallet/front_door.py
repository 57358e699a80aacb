"""What a room hands out, imported when somebody first asks for it (PEP 562).

Importing all of the library takes a second, most of it spent on making dataclasses, and nobody needs all of it: who
verifies has no use for the sandbox, and ``nlwallet --help`` none for either. A room whose parts are used apart
therefore has three lists in its ``__init__``: ``__all__``; the imports under ``TYPE_CHECKING``, for type checkers,
editors and the contracts on imports; and the same as data, for Python::

    if TYPE_CHECKING:
        from nlwallet.holder import ConsentPrompt, Wallet
    else:
        __getattr__, __dir__ = front_door(__name__, {"nlwallet.holder": ("ConsentPrompt", "Wallet")})

A test compares them. No name may also be that of a module in the room: importing the module would put it in its place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def front_door(
    room: str, names: Mapping[str, tuple[str, ...]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and the ``__dir__`` of the package ``room``, which hands out the ``names`` of each module.

    The modules in it are there too, as after a plain import of them.
    """
    homes = {name: module for module, theirs in names.items() for name in theirs}
    modules = {each.removeprefix(f"{room}."): each for each in names if each.startswith(f"{room}.")}

    def get(name: str) -> object:
        if name in homes:
            found = getattr(import_module(homes[name]), name)
            setattr(sys.modules[room], name, found)  # from now on without asking here
            return found
        if name in modules:
            return import_module(modules[name])
        raise AttributeError(f"module {room!r} has no attribute {name!r}")

    def names_in_room() -> list[str]:
        return sorted({*vars(sys.modules[room]), *homes})

    return get, names_in_room
