"""What becomes of a credential whose status is not known (OpenID4VP 1.0 §8.6: a matter of policy)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StatusPolicy(StrEnum):
    """How much a relying party or wallet insists."""

    REQUIRE = "require"
    """A credential that names a status list is accepted only if a fresh list says that it is valid."""
    BEST_EFFORT = "best_effort"
    """As above, but where no list can be fetched, an earlier one counts until it expires, and without one the
    status stays undetermined. A list that is there and wrong is refused all the same."""
    SKIP = "skip"
    """Nothing is fetched, nothing is checked."""


class StatusOutcome(StrEnum):
    """What a check found, where the credential may be used; a credential that may not is an error."""

    VALID = "valid"
    UNDETERMINED = "undetermined"
    """No list could be fetched, and the policy does without."""
    ABSENT = "absent"
    """The credential names no status list."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StatusResult:
    """The outcome, and the reason where it is not ``valid``."""

    outcome: StatusOutcome
    reason: str = ""
