"""The pilots that come with the sandbox, each a file in ``pilot_files``. The parties are invented."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from nlwallet.errors import LocalError
from nlwallet.sandbox.pilot_file import read_pilot
from nlwallet.sandbox.pilot_scenario import Pilot

_NAMES: Final = (
    "gemeente-amsterdam",
    "cafe-de-vrije-val",
    "over-asking",
    "gemeente-nijmegen",
    "bankrekening",
    "huis-huren",
    "baanvinder",
    "apotheek",
    "auto-huren",
    "museumkaart",
    "parkeervergunning",
    "gisteren-ingetrokken",
    "strandbar-zonder-bereik",
)


def pilot_text(pilot_id: str) -> str:
    """The file of the pilot of that id. Raises :class:`~nlwallet.errors.LocalError`."""
    if pilot_id not in _NAMES:
        raise LocalError(f"there is no pilot {pilot_id!r}", hint=f"one of {', '.join(_NAMES)}")
    return files("nlwallet.sandbox").joinpath("pilot_files", f"{pilot_id}.toml").read_text("utf-8")


_EVERY: Final = {name: read_pilot(pilot_text(name).encode()) for name in _NAMES}

NEARBY: Final = tuple(one for one in _EVERY.values() if one.nearby)
"""Walked by meeting (``nlwallet proximity``), not by the demo, whose pilots are online."""

PILOTS: Final = tuple(one for one in _EVERY.values() if not one.nearby)
"""Online, those of the demo first."""

BEACH_BAR: Final = NEARBY[0]


def pilot(pilot_id: str) -> Pilot:
    """The pilot of that id. Raises :class:`~nlwallet.errors.LocalError`."""
    pilot_text(pilot_id)
    return _EVERY[pilot_id]
