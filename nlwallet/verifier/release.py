"""What the relying party may see of a session, and when (OpenID4VP 1.0 §14.2, HAIP 1.0 §5.1)."""

from __future__ import annotations

from nlwallet.errors import InvalidResponse, LocalError
from nlwallet.report import Report
from nlwallet.verifier.presentation import VerifiedPresentation
from nlwallet.verifier.result import PresentationResult, Status
from nlwallet.verifier.session import Session, State
from nlwallet.verifier.store import SessionStore, advance

_STATUS = {
    State.VERIFIED: Status.VERIFIED,
    State.RELEASED: Status.VERIFIED,
    State.REFUSED: Status.REFUSED,
    State.FAILED: Status.FAILED,
}


def release(store: SessionStore, transaction_id: str, response_code: str, *, now: int) -> PresentationResult:
    """Hand out a verified same-device presentation, once, to who has its response code.

    Raises :class:`~nlwallet.errors.InvalidResponse` (``invalid_response_code``); after a few wrong codes the
    presentation is dropped.
    """
    refusal = InvalidResponse(
        "the response code is not valid for this presentation",
        code="invalid_response_code",
        spec="OpenID4VP 1.0 §14.2",
        hint="it works once, in the session in which the request was made",
    )
    while True:
        session = store.by_id(transaction_id)
        if session is None:
            raise LocalError("no such presentation request, or it is long over", code="unknown_request")
        right = session.accepts_response_code(response_code) and now < session.expires_at
        if right and session.state is State.REFUSED:
            return result_of(session, now=now)
        if right and session.is_locked:
            if store.replace(session, session.released()):
                return result_of(session.released(), now=now, released=session.presentations)
            continue
        if not session.is_locked or store.replace(session, session.with_wrong_response_code(refusal)):
            raise refusal


def hand_over(store: SessionStore, session: Session, *, now: int) -> PresentationResult:
    """The result for the party that an intermediary asked for: the attributes once, and none of them stay (RPI_10)."""
    current: Session | None = session
    while current is not None:
        if current.state is not State.VERIFIED or current.is_locked or current.awaits_confirmation:
            return result_of(current, now=now)
        if store.replace(current, current.released()):
            return result_of(current.released(), now=now, released=current.presentations)
        current = store.by_id(session.id)
    raise LocalError("no such presentation request, or it is long over", code="unknown_request")


def settled(store: SessionStore, session: Session, *, now: int) -> Session:
    """The session; one whose verification was left behind by a process that died fails now."""
    if not session.is_interrupted(now):
        return session
    advance(store, session.id, Session.interrupted, only_from=State.VERIFYING)
    return store.by_id(session.id) or session.interrupted()


def reject_elsewhere(
    store: SessionStore, session: Session, response_code: str | None, refusal: InvalidResponse
) -> None:
    """Drop a presentation whose response code arrived in another session of the user (HAIP 1.0 §5.1).

    Whoever brought it is not who asked; a wrong code drops nothing.
    """
    if response_code is not None and session.is_locked and session.accepts_response_code(response_code):
        advance(store, session.id, lambda now: now.failed(refusal, now.report) if now.is_locked else now)


def result_of(
    session: Session, *, now: int, released: tuple[VerifiedPresentation, ...] | None = None
) -> PresentationResult:
    """The result of a session as it is now. A locked same-device presentation reads as pending."""
    status, report, error = _STATUS.get(session.state, Status.PENDING), session.report, session.error
    presentations = session.presentations
    if session.is_locked or session.awaits_confirmation:
        status, report, presentations = Status.PENDING, Report(), ()
    if session.awaits_confirmation:
        status = Status.AWAITING_CONFIRMATION
    if session.state is State.RELEASED:
        presentations = released or ()
        if released is None:
            error = InvalidResponse(
                "the presentation was released before",
                code="already_released",
                spec="OpenID4VP 1.0 §14.2",
                hint="keep the result of the first call",
            )
    if status in {Status.PENDING, Status.AWAITING_CONFIRMATION} and now >= session.expires_at:
        status = Status.EXPIRED
        error = InvalidResponse("nobody answered in time", code="expired", spec="OpenID4VP 1.0 §14.3.2")
    return PresentationResult(
        status=status,
        report=report,
        presentations=presentations,
        error=error,
        rejected=session.rejected,
        fetched=session.fetched,
    )
