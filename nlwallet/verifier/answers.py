"""What became of a request: how it stands, and the answers that come through the user's own browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nlwallet.clock import Clock
from nlwallet.errors import InvalidResponse, LocalError
from nlwallet.openid4vp import (
    DC_API_MODES,
    UnreadResponse,
    parse_response_data,
    parse_response_fragment,
)
from nlwallet.registration import RelyingPartyCertificates
from nlwallet.verifier.answering import Answering, ended
from nlwallet.verifier.asking import Asking
from nlwallet.verifier.release import hand_over, reject_elsewhere, release, result_of, settled
from nlwallet.verifier.request import BrowserRequest, PresentationRequest
from nlwallet.verifier.result import PresentationResult
from nlwallet.verifier.session import Session
from nlwallet.verifier.store import SessionStore, advance


class TakesAnswers:
    """The part of a :class:`~nlwallet.verifier.Verifier` that comes after the request."""

    certificates: RelyingPartyCertificates
    _answering: Answering
    _asking: Asking
    _clock: Clock
    _store: SessionStore

    def result(
        self,
        request: PresentationRequest | BrowserRequest | str,
        *,
        response_code: str | None = None,
        browser_session: str | None = None,
    ) -> PresentationResult:
        """How the request stands. ``request`` is the object or its ``id``.

        A verified same-device presentation stays ``pending`` until the ``response_code`` comes that the
        wallet took along to ``redirect_uri``; it is released once, and dropped if the code arrives in another
        ``browser_session`` (§14.2, HAIP 1.0 §5.1). Raises
        :class:`~nlwallet.errors.InvalidResponse` for a wrong or used response code, or another
        ``browser_session`` than that of the request, and :class:`~nlwallet.errors.LocalError` for a request
        that is not known (any more).
        """
        session, now = self._session(request, browser_session, response_code), self._clock.now()
        if response_code is not None and session.flow == "same_device":
            return release(self._store, session.id, response_code, now=now)
        return self._result_of(session, now)

    def confirm(
        self, request: PresentationRequest | str, *, browser_session: str | None = None
    ) -> PresentationResult:
        """The page that shows the QR code confirms that its own user has answered on another device.

        Ask the user on that page first: whoever scanned a code that was passed on is not there to say yes.
        Raises like :meth:`result`.
        """
        session = self._session(request, browser_session)
        if session.awaits_confirmation and self._clock.now() < session.expires_at:
            advance(self._store, session.id, lambda current: current.confirmed())
        return self.result(request, browser_session=browser_session)

    def withdraw(
        self, request: PresentationRequest | BrowserRequest | str, *, browser_session: str | None = None
    ) -> PresentationResult:
        """Let nobody answer any more: the page does not show the request now, or its user went away.

        An open request is expired from now on; one that is answered, or being answered, stays what it is. Raises like
        :meth:`result`.
        """
        session, now = self._session(request, browser_session), self._clock.now()
        advance(self._store, session.id, lambda current: current.withdrawn(now), open_at=now)
        return self._result(session.id)

    def receive_dc_api(
        self,
        request: BrowserRequest | str,
        data: Any,
        *,
        origin: str,
        browser_session: str | None = None,
    ) -> PresentationResult:
        """Take ``data`` of the credential that the page at ``origin`` got from the browser (§A.4).

        ``origin`` is where your page lives, from your own configuration; it must be one of those in the
        request. What is wrong with the answer is in the result's ``error``; a response that cannot be read
        leaves the request open. Raises :class:`~nlwallet.errors.InvalidResponse` for such a one, for one
        that comes too late, and for another origin.
        """
        session = self._session(request, browser_session)
        if session.response_mode not in DC_API_MODES or origin not in session.origins:
            raise InvalidResponse(
                "the request was not made for a page of this origin",
                code="wrong_origin",
                spec="OpenID4VP 1.0 §A.4",
                hint=f"made for: {', '.join(session.origins) or 'no page'}",
            )
        return self._take_in_front(
            session,
            lambda: parse_response_data(data, encrypted=session.encryption_key is not None),
            audience=f"origin:{origin}",
        )

    def receive_fragment(
        self, request: PresentationRequest | str, fragment: str, *, browser_session: str | None = None
    ) -> PresentationResult:
        """Take the fragment with which a wallet sent the user back to ``redirect_uri`` (§5.6).

        Your page reads it from ``location.hash`` and posts it to you. Raises like :meth:`receive_dc_api`.
        """
        session = self._session(request, browser_session)
        if session.response_mode != "fragment":
            raise InvalidResponse("this request is not answered in a fragment", spec="OpenID4VP 1.0 §5.6")
        return self._take_in_front(
            session, lambda: parse_response_fragment(fragment), audience=session.audience
        )

    def _take_in_front(
        self, session: Session, parse: Callable[[], UnreadResponse], *, audience: str
    ) -> PresentationResult:
        """An answer that came through the user's own browser. A failed verification is in the result."""
        if not session.is_open(self._clock.now()):
            raise ended()
        origin = audience.removeprefix("origin:") if session.origins else None
        facts = self._asking.session_facts(session, origin=origin)
        self._answering.take(session, parse, audience=audience, session_facts=facts)
        return self._result(session.id)

    def _result(self, transaction_id: str) -> PresentationResult:
        session = self._store.by_id(transaction_id)
        if session is None:
            raise _unknown_here()
        return self._result_of(session, self._clock.now())

    def _result_of(self, session: Session, now: int) -> PresentationResult:
        session = settled(self._store, session, now=now)
        if self.certificates.intermediary is not None:
            return hand_over(self._store, session, now=now)
        return result_of(session, now=now)

    def _session(
        self,
        request: PresentationRequest | BrowserRequest | str,
        browser_session: str | None,
        response_code: str | None = None,
    ) -> Session:
        session = self._store.by_id(request if isinstance(request, str) else request.id)
        if session is None:
            raise _unknown_here()
        if not session.is_of(browser_session):
            refusal = InvalidResponse(
                "the request was made in another session of the user",
                code="wrong_session",
                spec="OpenID4VP 1.0 §14.2",
                hint="pass the browser_session of request(), from the user's own cookie",
            )
            reject_elsewhere(self._store, session, response_code, refusal)
            raise refusal
        return session


def _unknown_here() -> LocalError:
    return LocalError("no such presentation request, or it is long over", code="unknown_request")
