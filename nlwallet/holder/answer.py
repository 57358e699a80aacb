"""The way back for one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.clock import Clock
from nlwallet.holder import session
from nlwallet.holder.examine import Examination
from nlwallet.holder.facts import RequestFacts
from nlwallet.holder.session import Outcome
from nlwallet.http import HttpClient
from nlwallet.openid4vp import DcApiProtocol, VerifiedRequest
from nlwallet.profiles import Profile


@dataclass(frozen=True, slots=True)
class Answer:
    """What a consent prompt needs to answer."""

    examination: Examination
    verified: VerifiedRequest
    http: HttpClient
    profile: Profile
    clock: Clock
    protocol: DcApiProtocol | None
    wallet_id: str = ""
    watch: Callable[[Mapping[str, Any]], None] | None = None
    """Is shown the presentations before they are encrypted: for tests."""
    returned: Callable[[Outcome], None] | None = None
    """Is shown what comes of it, before its holder is: for tests."""

    def facts(self, choice: Mapping[str, str], options: Mapping[int, int]) -> RequestFacts:
        """What would be shared, with these cards and options of credential sets."""
        return self.examination.facts(choice, options)

    def response(self, facts: RequestFacts) -> dict[str, Any]:
        """The parameters that share it. See :func:`~nlwallet.holder.session.build_answer`."""
        return session.build_answer(
            self.verified,
            facts.sharing,
            facts.transactions,
            profile=self.profile,
            now=self.clock.now(),
            wallet_id=self.wallet_id,
            watch=self.watch,
        )

    def send(self, members: Mapping[str, Any]) -> Outcome:
        """Bring them to the requester. Raises a :class:`~nlwallet.errors.RemoteError`."""
        return self._told(session.deliver(self.verified, members, protocol=self.protocol, http=self.http))

    def refuse(self, code: str) -> Outcome:
        """Answer with an error code. Raises a :class:`~nlwallet.errors.RemoteError`."""
        return self._told(session.refuse(self.verified, code, protocol=self.protocol, http=self.http))

    def _told(self, outcome: Outcome) -> Outcome:
        if self.returned is not None:
            self.returned(outcome)
        return outcome
