"""A session through the browser's Digital Credentials API, with its request in hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.errors import NlWalletError
from nlwallet.openid4vp import AuthorizationRequest
from nlwallet.testing.hostile.answer import Answer, NotApplicable
from nlwallet.testing.hostile.attempt import Attempt, Unsound, payload_of
from nlwallet.testing.hostile.jws_draft import as_json
from nlwallet.testing.hostile.party import BrowserSession, SessionOutcome, SpeaksDcApi

_MODES = ("dc_api", "dc_api.jwt")


@dataclass(slots=True)
class BrowserEngagement:
    """The attacker is the wallet, or the platform between wallet and page."""

    attempt: Attempt = field(repr=False)
    session: BrowserSession
    request: AuthorizationRequest
    may_succeed: bool = False
    """Whether an honest answer of the attack stands behind it."""

    @classmethod
    def begin(cls, attempt: Attempt) -> BrowserEngagement:
        """Let the page of the party ask. Raises :class:`NotApplicable`."""
        session = attempt.party.begin_dc_api() if isinstance(attempt.party, SpeaksDcApi) else None
        if session is None:
            raise NotApplicable("no way to begin through the browser's API was given")
        engagement = cls(attempt, session, _request(session.data))
        attempt.engagements.append(engagement)
        return engagement

    def answer(self, *, origin: str | None = None) -> Answer:
        """An honest answer to a page at ``origin``: that of the party unless given."""
        made = self.attempt.forger.presentations(self.request, origin=origin or self.session.origin)
        return Answer.honest(self.request, made)

    def send(self, answer: Answer, what: str = "the answer") -> SessionOutcome:
        """Give the page what the browser would give it."""
        encrypted = answer.encryption_key is not None
        return self.give(dict(answer.fields()) if encrypted else answer.built_members(), what)

    def give(self, data: Any, what: str) -> SessionOutcome:
        """Give the page anything. Raises :class:`Unsound` where the party breaks."""
        try:
            outcome = self.session.given(data)
        except NlWalletError:
            raise
        except Exception as error:  # noqa: BLE001 - the party's own, whatever it is
            raise Unsound(f"it breaks: {type(error).__name__}") from None
        self.attempt.note(what, as_json(data).decode("utf-8"), f"the session is {outcome.state}")
        return outcome

    def outcome(self) -> SessionOutcome:
        """How the session stands at the party."""
        return self.session.outcome()


def _request(data: Mapping[str, Any]) -> AuthorizationRequest:
    signed = "request" in data
    jwt = data.get("request")
    if signed and not isinstance(jwt, str):
        raise NotApplicable("its request has several signatures")
    claims = payload_of(str(jwt)) if signed else dict(data)
    return AuthorizationRequest.parse(claims, signed=signed, dc_api=True, modes=_MODES)
