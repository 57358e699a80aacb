"""A pilot is data: who asks what, why, of whom. Everything else is the same for all pilots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nlwallet.registration import RelyingPartyRecord


@dataclass(frozen=True, slots=True)
class Pilot:
    """One scenario that a person can walk through; usually read from a file (:func:`read_pilot`).

    ``query`` is the DCQL query as JSON; ``None`` asks exactly what the party registered for
    ``intended_use``. ``citizen`` names the persona who stands at the counter, ``cards`` the ready-made cards in her
    wallet. ``host`` is where the party's endpoints live, such as ``cafe.example``.
    """

    id: str
    title: Mapping[str, str]
    story: Mapping[str, str]
    record: RelyingPartyRecord
    host: str
    intended_use: str
    flow: Literal["cross_device", "same_device"] = "cross_device"
    query: Mapping[str, Any] | None = None
    citizen: str = "frouke"
    cards: tuple[str, ...] = ("pid",)
    return_page: str | None = None
    """Where the wallet leads the citizen back to in the same-device flow; an https URL."""
    gives: str | None = None
    """The ready-made card that the party gives to whom it has verified."""
    withdrawn: bool = False
    """Whether the registration was cancelled before the party asks."""
    careful: Literal["shares", "refuses"] = "shares"
    """What a careful citizen does; pilots about what goes wrong are there to be refused."""
    nearby: bool = False
    """Whether it is walked by meeting (``nlwallet proximity``), without a network."""
