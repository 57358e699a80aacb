"""What a relying party gets: a status, the report of every check, and claims only if all passed."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from nlwallet.errors import LocalError, NlWalletError
from nlwallet.report import Report
from nlwallet.verifier.presentation import VerifiedPresentation

VerificationReport: TypeAlias = Report
"""Each check of a verification: its id, section, and how it ended."""


class Status(StrEnum):
    """How a presentation stands."""

    PENDING = "pending"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    """Answered; the page that made the request has to confirm that its own user did it."""
    VERIFIED = "verified"
    REFUSED = "refused"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class PresentationResult:
    """The result of one request.

    ``presentations`` is empty unless ``status`` is ``verified``. ``error`` is why not, when that is known.
    ``rejected`` holds the reports of messages that came to the response_uri and did not count.
    """

    status: Status
    report: VerificationReport
    presentations: tuple[VerifiedPresentation, ...] = field(default=(), repr=False)
    error: NlWalletError | None = None
    rejected: tuple[Report, ...] = ()
    fetched: bool = False
    """Whether a wallet has fetched the request: a page need not show its QR code any longer."""

    def claims(self, query_id: str) -> dict[str, Any]:
        """The claims that were asked for in the credential query ``query_id``, of its first presentation.

        Raises the error of the presentation unless it is verified
        (:class:`~nlwallet.errors.RefusedByWallet`, :class:`~nlwallet.errors.InvalidResponse`, …), and
        :class:`~nlwallet.errors.LocalError` while nobody has answered, or for a query that was optional
        and has no answer.
        """
        return self.all_claims(query_id)[0]

    def all_claims(self, query_id: str) -> list[dict[str, Any]]:
        """:meth:`claims` of each presentation, for a credential query with ``multiple``."""
        if self.error is not None:
            raise copy.copy(self.error)
        if self.status is not Status.VERIFIED:
            raise LocalError(
                f"there are no claims to read: the presentation is {self.status}",
                code="not_verified",
                hint="look at status first",
            )
        found = [copy.deepcopy(dict(one.claims)) for one in self.presentations if one.query_id == query_id]
        if not found:
            answered = ", ".join(dict.fromkeys(one.query_id for one in self.presentations))
            raise LocalError(
                f"the credential query {query_id!r} has no presentation", hint=f"answered are: {answered}"
            )
        return found

    def as_dict(self) -> dict[str, Any]:
        """Status, error and report as JSON; no claims."""
        members: dict[str, Any] = {"status": str(self.status), "report": self.report.as_dicts()}
        if self.report.explanations:
            members["explanations"] = [one.as_dict() for one in self.report.explanations]
        if self.error is not None:
            members["error"] = self.error.diagnostics()
        return members
