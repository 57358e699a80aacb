"""Walk a pilot without looking, and say how it ended: for tests, and for a table of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nlwallet.claim_path import show_path
from nlwallet.errors import NlWalletError
from nlwallet.holder import Language
from nlwallet.sandbox.pilot_scenario import Pilot
from nlwallet.sandbox.sandbox import Sandbox
from nlwallet.sandbox.walkthrough import walk


@dataclass(frozen=True, slots=True)
class PilotRun:
    """How a pilot ended with a careful citizen.

    ``outcome`` is ``shared``, ``refused`` (by her), ``stopped`` (by her wallet, before she was asked) or ``broken``;
    then ``error`` says why. ``as_meant`` says whether that is how the pilot is meant to end.
    """

    pilot: Pilot
    outcome: str
    as_meant: bool
    received: dict[str, list[str]]
    """What the party got: the paths of the claims, by the query's ids; never their values."""
    given: str | None = None
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "pilot": self.pilot.id,
            "party": self.pilot.record.trade_name,
            "citizen": self.pilot.citizen,
            "outcome": self.outcome,
            "as_meant": self.as_meant,
            "received": self.received,
            **({"given": self.given} if self.given else {}),
            **({"error": self.error} if self.error else {}),
        }


def run_pilot(pilot: Pilot, edi: Sandbox, *, language: Language = "nl") -> PilotRun:
    """Walk ``pilot`` in ``edi`` with a careful citizen."""
    outcome, error, given = "broken", "", None
    received: dict[str, list[str]] = {}
    try:
        for step in walk(pilot, edi, language=language):
            if step.name == "refuse":
                outcome, error = "stopped", str(step.facts["error"].get("code", ""))
            elif step.name == "present" and not step.facts["shared"]:
                outcome = "refused"
            elif step.name == "verify" and step.facts["status"] == "verified":
                outcome = "shared"
                received = {id_: list(_paths(claims)) for id_, claims in step.facts["claims"].items()}
            elif step.name == "give":
                given = pilot.gives
    except NlWalletError as problem:
        outcome, error = "broken", str(problem)
    meant = {"shares": ("shared",), "refuses": ("refused", "stopped")}[pilot.careful]
    return PilotRun(pilot, outcome, outcome in meant and given == pilot.gives, received, given, error)


def _paths(claims: dict[str, Any]) -> list[str]:
    found: list[str] = []

    def visit(value: Any, path: tuple[str, ...]) -> None:
        if isinstance(value, dict) and value:
            for name, inner in value.items():
                visit(inner, (*path, name))
        else:
            found.append(show_path(path))

    visit(claims, ())
    return found
