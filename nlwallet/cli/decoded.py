"""What ``nlwallet decode`` found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was recognised: ``kind`` for people, ``parts`` in reading order, ``notes`` on what is odd."""

    kind: str
    parts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON members."""
        return {"kind": self.kind, "verified": False, **self.parts, "notes": self.notes}
