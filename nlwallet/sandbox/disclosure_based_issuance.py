"""Cards for what was presented: a PID goes in, a diploma comes out (the NL Wallet's disclosure-based issuance).

A relying party and an issuer of one organisation. The wallet presents (OpenID4VP), the organisation decides which
cards there are for that, and the answer to the presentation is an offer of them (OpenID4VCI, pre-authorized code).
So the cards go to the wallet that presented, whoever showed it the link.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeAlias

from starlette.applications import Starlette

from nlwallet.clock import Clock
from nlwallet.errors import (
    InvalidRequest,
    LocalError,
    NlWalletError,
    RemoteError,
)
from nlwallet.issuer import IssuedOffer, Issuer, OfferStatus
from nlwallet.openid4vp import AuthorizationRequestLink, WalletMetadata, request_of_response
from nlwallet.sandbox.document_offer import offer_documents, told_to_wallet
from nlwallet.sandbox.issuable_document import IssuableDocument
from nlwallet.verifier import PresentationRequest, PresentationResult, Status, Verifier
from nlwallet.verifier.face import face
from nlwallet.verifier.release import result_of
from nlwallet.verifier.session import State
from nlwallet.verifier.store import RETENTION_SECONDS, advance

MAX_RUNS = 10_000

Documents: TypeAlias = Callable[[PresentationResult], Sequence[IssuableDocument]]
"""Which cards there are for a verified presentation: a function, or an AttestationServer."""


class IssuanceStatus(StrEnum):
    """How a run stands."""

    WAITING = "waiting"
    """Nobody has presented."""
    DECIDING = "deciding"
    """Somebody has; the issuer is looking which cards there are."""
    OFFERED = "offered"
    ISSUED = "issued"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IssuanceState:
    """What the issuer may see of a run: how it stands, and which documents (by id) it is about.

    Neither claims nor the offer are in it: the page that shows the link is not necessarily that of who presented.
    """

    status: IssuanceStatus
    error: NlWalletError | None = None
    document_ids: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class _Run:
    """One presentation, at most one offer: only the answer that decides the session comes to change this."""

    ends_at: int
    deciding: bool = False
    offer: IssuedOffer | None = None
    error: NlWalletError | None = None


@dataclass(slots=True, eq=False)
class _Runs:
    """The runs by transaction id, the newest ten thousand. Thread safe."""

    _runs: OrderedDict[str, _Run] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, id_: str, run: _Run, *, now: int) -> None:
        with self._lock:
            while self._runs and (
                len(self._runs) >= MAX_RUNS or next(iter(self._runs.values())).ends_at <= now
            ):
                self._runs.popitem(last=False)
            self._runs[id_] = run

    def find(self, id_: str) -> _Run | None:
        with self._lock:
            return self._runs.get(id_)

    def all(self) -> tuple[tuple[str, _Run], ...]:
        with self._lock:
            return tuple(self._runs.items())


class DisclosureBasedIssuance:
    """One use case: what ``verifier`` asks, and what ``issuer`` then offers of what ``documents`` says.

    ``documents`` gets the verified presentation, once for each; it gives the cards, none if there are none.
    ``query`` or ``intended_use`` say what is asked, as in :meth:`Verifier.request`. :attr:`app` takes the place of
    the verifier's own HTTP face; its other requests go through as they are. ``name`` is that of the use case in
    :attr:`link`. ``response_path`` is for a face of another kind: where answers go,
    with ``{id}`` for the request. Safe to use from several threads; everything is in memory.
    """

    def __init__(
        self,
        *,
        verifier: Verifier,
        issuer: Issuer,
        documents: Documents,
        clock: Clock,
        query: Any = None,
        intended_use: str | None = None,
        name: str = "card",
        response_path: str | None = None,
    ) -> None:
        self.verifier = verifier
        self.issuer = issuer
        self.name = name
        self._endpoints = verifier.endpoints
        if response_path is not None:
            asking = replace(verifier.endpoints.asking, response_path=response_path)
            self._endpoints = replace(verifier.endpoints, asking=asking)
        self._documents = documents
        self._clock = clock
        self._query = query
        self._intended_use = intended_use
        self._runs = _Runs()

    @cached_property
    def app(self) -> Starlette:
        """The HTTP face for wallets, to be mounted where the verifier's would be."""
        return face(self, fixed_response_uri=self.verifier.endpoints.asking.fixed_response_uri)

    # For the issuer -------------------------------------------------------------------------------

    @property
    def link(self) -> str:
        """A link that does not expire, for a poster or a page: each wallet that opens it begins a run of its own."""
        asking = self.verifier.endpoints.asking
        request_uri = f"{self.verifier.base_url}/request/{self.name}"
        return AuthorizationRequestLink(
            self.verifier.client_id, request_uri, asking.request_uri_method, asking.wallet_endpoint
        ).uri()

    def request(self, *, browser_session: str | None = None) -> PresentationRequest:
        """Begin a run: a link, or a QR code, for one wallet. ``browser_session`` as in :meth:`Verifier.request`.

        On one device or on two the wallet itself goes on with the offer, so there is no page to return to.
        """
        request = self.verifier.request(
            self._query, intended_use=self._intended_use, browser_session=browser_session
        )
        self._runs.add(request.id, _Run(request.expires_at + RETENTION_SECONDS), now=self._clock.now())
        return request

    def state(
        self, request: PresentationRequest | str, *, browser_session: str | None = None
    ) -> IssuanceState:
        """How a run stands. ``request`` is the object or its ``id``.

        Raises :class:`~nlwallet.errors.InvalidResponse` for another ``browser_session`` than that of the request,
        and :class:`~nlwallet.errors.LocalError` for a request that is not known (any more).
        """
        id_ = request if isinstance(request, str) else request.id
        self.verifier.result(id_, browser_session=browser_session)  # refuses who may not look
        run = self._runs.find(id_)
        if run is None:
            raise LocalError("this request is of no run here", code="unknown_request")
        return self._state(id_, run)

    def takes(self, request_id: str) -> bool:
        """Whether a wallet that says ``request_id`` answers a request of this use case."""
        return self._endpoints.store.by_request_id(request_id) is not None

    def has_expired(self, request_id: str) -> bool:
        """Whether nobody answered it in time."""
        session = self._endpoints.store.by_request_id(request_id)
        return (
            session is not None and session.state is State.PENDING and session.expires_at <= self._clock.now()
        )

    def end(self, request_id: str, error: RemoteError) -> None:
        """Take no answer any more to a request that is still open, because of ``error``."""
        session = self._endpoints.store.by_request_id(request_id)
        if session is not None:
            advance(
                self._endpoints.store,
                session.id,
                lambda current: current.failed(error, current.report),
                open_at=self._clock.now(),
            )

    def states(self) -> dict[str, IssuanceState]:
        """How all runs stand, by id, also those that wallets began at :attr:`link`. Not for a page."""
        return {id_: self._state(id_, run) for id_, run in self._runs.all()}

    def _state(self, id_: str, run: _Run) -> IssuanceState:
        if run.offer is not None:
            return self._state_of(run.offer)
        if run.error is not None:
            return IssuanceState(IssuanceStatus.FAILED, run.error)
        if run.deciding:
            return IssuanceState(IssuanceStatus.DECIDING)
        session = self._endpoints.store.by_id(id_)
        result = result_of(session, now=self._clock.now()) if session is not None else None
        if result is None or result.status in (Status.REFUSED, Status.FAILED, Status.EXPIRED):
            return IssuanceState(IssuanceStatus.FAILED, result.error if result else None)
        return IssuanceState(IssuanceStatus.WAITING)

    def _state_of(self, offer: IssuedOffer) -> IssuanceState:
        status, ids = self.issuer.offer_status(offer), offer.credential_ids
        if status is OfferStatus.ISSUED:
            return IssuanceState(IssuanceStatus.ISSUED, None, ids)
        if status in (OfferStatus.WAITING, OfferStatus.TAKEN):
            return IssuanceState(IssuanceStatus.OFFERED, None, ids)
        error = LocalError(f"the wallet did not take the offer: it is {status}", code=f"offer_{status}")
        return IssuanceState(IssuanceStatus.FAILED, error, ids)

    # For wallets (:class:`nlwallet.verifier.face.Presentations`) -----------------------------------

    def request_object(
        self,
        request_id: str,
        *,
        wallet_nonce: str | None = None,
        wallet_metadata: WalletMetadata | None = None,
    ) -> str:
        """The request object of a run; behind :attr:`link`, that of a new one. Raises a RemoteError."""
        if request_id == self.name:
            request_id = self._begin_for_wallet()
        return self._endpoints.request_object(
            request_id, wallet_nonce=wallet_nonce, wallet_metadata=wallet_metadata
        )

    def receive(self, request_id: str, body: bytes, content_type: str) -> dict[str, str]:
        """Take a presentation, and answer with the offer that it leads to, as ``redirect_uri``.

        The first answer to a request decides it: there is one offer, or none. Raises a
        :class:`~nlwallet.errors.RemoteError`; ``no_issuable_attestations`` when there are no cards for it, and
        ``server_error`` whatever else went wrong at the issuer.
        """
        members = self._endpoints.receive(request_id, body, content_type)
        session = self._endpoints.store.by_request_id(request_id)
        run = self._runs.find(session.id) if session is not None else None
        if session is None or run is None or session.state is not State.VERIFIED:
            return members  # another request of this party, or a holder who said no
        run.deciding = True
        try:
            result = result_of(session, now=self._clock.now())
            run.offer = offer_documents(self.issuer, self._documents(result))
        except NlWalletError as error:
            run.error = error
            raise told_to_wallet(error) from error
        except Exception as error:
            run.error = LocalError(f"{type(error).__name__} in what says which cards there are")
            raise
        return {"redirect_uri": run.offer.uri}

    def receive_at_fixed_uri(self, body: bytes, content_type: str) -> dict[str, str]:
        """:meth:`receive` where one response_uri serves all requests. Raises a RemoteError."""
        return self.receive(request_of_response(body, content_type), body, content_type)

    # ----------------------------------------------------------------------------------------------

    def _begin_for_wallet(self) -> str:
        try:
            session = self._endpoints.store.by_id(self.request().id)
        except LocalError as error:
            if error.code != "too_many_sessions":
                raise
            raise InvalidRequest(error.message, code="temporarily_unavailable") from None
        assert session is not None  # it was kept a moment ago
        return session.request_id
