"""One presentation from request to result: a small state machine (OpenID4VP 1.0 §13.3).

::

    pending ──answer──▶ verifying ──▶ verified ──response_code──▶ released (same device only)
       │                    └───────▶ failed          (or waits for the page's confirmation)
       ├──error response──▶ refused
       └──time────────────▶ expired

A session never goes back, and each step is one compare-and-set in the store: of two answers one wins. One that has
been ``verifying`` for :data:`VERIFYING_SECONDS` was left by a process that died: it failed.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Literal

from nlwallet.crypto import PrivateKey
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import LocalError, NlWalletError
from nlwallet.openid4vp import ResponseMode, TransactionData
from nlwallet.report import Report
from nlwallet.verifier.presentation import VerifiedPresentation

Flow = Literal["cross_device", "same_device"]

MAX_WRONG_RESPONSE_CODES = 5
MAX_REJECTED_RESPONSES = 8
VERIFYING_SECONDS = 60
"""How long a verification may take, fetching of status lists included."""


class State(StrEnum):
    """Where a session is. ``verifying`` and ``released`` are internal: see :attr:`Session.status`."""

    PENDING = "pending"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    RELEASED = "released"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Session:
    """All that the verifier remembers of one request. Times are seconds since the epoch.

    ``id`` is the transaction id: for the relying party's own front end, never sent to a wallet.
    ``request_id`` stands in request_uri and response_uri (§14.3.3 wants the two to be different).
    """

    id: str = field(repr=False)
    request_id: str
    flow: Flow
    query: DcqlQuery
    client_id: str | None
    """As the request says it; ``None`` for an unsigned one through the Digital Credentials API."""
    response_mode: ResponseMode
    nonce: str = field(repr=False)
    state_parameter: str = field(repr=False)
    """The ``state`` of the request, compared with that of the response."""
    encryption_key: PrivateKey | None = field(repr=False)
    """Ephemeral; dropped as soon as the session is answered. ``None`` also where nothing is encrypted."""
    encryption_kid: str
    registration_certificate: str | None = field(repr=False)
    created_at: int
    expires_at: int
    redirect_uri: str | None = None
    scope: str | None = None
    transaction_data: tuple[TransactionData, ...] = ()
    origins: tuple[str, ...] = ()
    """The pages that may ask, through the Digital Credentials API."""
    browser_session_hash: bytes = field(default=b"", repr=False)
    """Of the user's session at the relying party in which the request was made; empty if it was not told."""
    needs_confirmation: bool = False
    """Whether the page that shows the QR code still has to confirm that its own user answered."""
    fetched: bool = False
    state: State = State.PENDING
    presentations: tuple[VerifiedPresentation, ...] = field(default=(), repr=False)
    error: NlWalletError | None = None
    report: Report = field(default_factory=Report)
    rejected: tuple[Report, ...] = ()
    """Reports of responses that did not count: not decryptable, wrong state, malformed."""
    response_code_hash: bytes = field(default=b"", repr=False)
    wrong_response_codes: int = 0
    taken_at: int = 0
    """When an answer was taken, to be verified."""
    revision: int = 0

    def is_open(self, now: int) -> bool:
        """Whether the request may be fetched and answered."""
        return self.state is State.PENDING and now < self.expires_at

    def is_interrupted(self, now: int) -> bool:
        """Whether the process that verified its answer ended before it was done."""
        return self.state is State.VERIFYING and now >= self.taken_at + VERIFYING_SECONDS

    @property
    def is_locked(self) -> bool:
        """Whether the presentations wait for the response code."""
        return self.state is State.VERIFIED and bool(self.response_code_hash)

    @property
    def awaits_confirmation(self) -> bool:
        """Whether the presentations wait for the page that made the request."""
        return self.state is State.VERIFIED and self.needs_confirmation

    @property
    def audience(self) -> str:
        """What presentations must be bound to, outside the Digital Credentials API (§14.8)."""
        return self.client_id or ""

    def is_of(self, browser_session: str | None) -> bool:
        """Whether the request was made in this session of the user (compared in constant time).

        A session that was not told at the request is not asked for.
        """
        if not self.browser_session_hash:
            return True
        return browser_session is not None and hmac.compare_digest(
            self.browser_session_hash, hash_of(browser_session)
        )

    # Steps: each returns the session as it is after the step ------------------------------------

    def taken(self, *, now: int) -> Session:
        """An answer for this session is being verified: no other one is accepted any more."""
        return self._next(state=State.VERIFYING, encryption_key=None, taken_at=now)

    def verified(
        self, presentations: tuple[VerifiedPresentation, ...], report: Report, *, response_code: str | None
    ) -> Session:
        """Every check passed."""
        return self._next(
            state=State.VERIFIED,
            presentations=presentations,
            report=report,
            response_code_hash=hash_of(response_code) if response_code else b"",
            encryption_key=None,
        )

    def failed(self, error: NlWalletError, report: Report) -> Session:
        """A check failed; nothing of the response is kept."""
        return self._next(
            state=State.FAILED,
            error=error,
            report=report,
            presentations=(),
            response_code_hash=b"",
            encryption_key=None,
        )

    def interrupted(self) -> Session:
        """Nobody verifies its answer any more."""
        error = LocalError(
            "the verifier stopped while it verified the answer",
            code="verification_interrupted",
            hint="ask again: nothing of the answer was kept",
        )
        return self.failed(error, self.report)

    def refused(self, error: NlWalletError, report: Report, *, response_code: str | None) -> Session:
        """The wallet answered with an error."""
        return self._next(
            state=State.REFUSED,
            error=error,
            report=report,
            response_code_hash=hash_of(response_code) if response_code else b"",
            encryption_key=None,
        )

    def confirmed(self) -> Session:
        """The page that made the request says that its own user answered."""
        return self._next(needs_confirmation=False)

    def withdrawn(self, now: int) -> Session:
        """Nobody may answer from ``now`` on."""
        return self._next(expires_at=now, encryption_key=None)

    def with_fetch(self) -> Session:
        """A wallet has fetched the request object."""
        return self._next(fetched=True)

    def released(self) -> Session:
        """The response code was presented; the presentations went to who asked."""
        return self._next(state=State.RELEASED, presentations=(), response_code_hash=b"")

    def with_rejected(self, report: Report) -> Session:
        """A response came that did not count; the session waits on."""
        return self._next(rejected=(*self.rejected, report)[-MAX_REJECTED_RESPONSES:])

    def with_wrong_response_code(self, error: NlWalletError) -> Session:
        """A wrong response code came; after a few the presentations are dropped."""
        count = self.wrong_response_codes + 1
        if count >= MAX_WRONG_RESPONSE_CODES:
            return replace(self.failed(error, self.report), wrong_response_codes=count)
        return self._next(wrong_response_codes=count)

    def accepts_response_code(self, response_code: str) -> bool:
        """Whether this is the code that the wallet was given (compared in constant time)."""
        return bool(self.response_code_hash) and hmac.compare_digest(
            self.response_code_hash, hash_of(response_code)
        )

    def _next(self, **changes: object) -> Session:
        return replace(self, revision=self.revision + 1, **changes)  # type: ignore[arg-type]


def hash_of(secret: str) -> bytes:
    """What is stored of a secret that somebody has to show later."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
