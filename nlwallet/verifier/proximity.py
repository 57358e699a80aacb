"""A relying party meets a holder: it scans an engagement, asks, and verifies what the device answers (ISO/IEC 18013-5).

The answer goes through the same checks as one over the internet; only what it is bound to is another transcript.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

from nlwallet.clock import Clock
from nlwallet.crypto import PrivateKey
from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import b64url_encode
from nlwallet.errors import (
    InvalidResponse,
    LocalError,
    RefusedByWallet,
    RemoteError,
    SessionEnded,
    TransportError,
)
from nlwallet.http import StatusChecker
from nlwallet.mdoc import NfcHandover, UseCase, encode_device_request, split_device_response
from nlwallet.openid4vp import check
from nlwallet.profiles import Profile
from nlwallet.proximity import (
    READER_LIFETIME,
    REGISTRATION_CERTIFICATE,
    DeviceEngagement,
    Link,
    ReaderSession,
    SessionState,
    items_requests,
)
from nlwallet.registration import RelyingPartyCertificates, octets_of
from nlwallet.report import Report
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.status import StatusPolicy
from nlwallet.verifier.answering import Answering
from nlwallet.verifier.lint import lint_request
from nlwallet.verifier.met_device import MetDevice
from nlwallet.verifier.request import RequestWarning
from nlwallet.verifier.result import PresentationResult, Status
from nlwallet.verifier.status_check import StatusLists
from nlwallet.verifier.verification import Expectations, UnverifiedResponse
from nlwallet.verifier.what_to_ask import Asked, registration_for

_AskMore = Callable[[DcqlQuery | Mapping[str, Any] | None, str | None], "ProximityReading"]

_SESSION = ("ProxId_01a", "ISO/IEC 18013-5 §9.1.1", "the device answered in this session, encrypted")


class ProximityReading:
    """One question to a device, and its one answer. Made by ``Verifier.proximity``; the question is out by then."""

    def __init__(
        self,
        link: Link,
        session: ReaderSession,
        asked: Asked,
        *,
        expected: Expectations,
        clock: Clock,
        warnings: Sequence[RequestWarning],
        ask: _AskMore | None,
    ) -> None:
        self.purpose = dict(asked.purpose)
        """As registered, by language: tell the holder before you ask."""
        self.warnings = tuple(warnings)
        """What a wallet will notice about the request."""
        self._link = link
        self._session = session
        self._query = asked.query
        self._expected = expected
        self._clock = clock
        self._ask = ask
        self._result: PresentationResult | None = None

    def result(self, timeout: float | None = None) -> PresentationResult:
        """Wait for the answer, and verify it; after that the same result each time.

        ``timeout`` is in seconds; by default as long as the session counts. A holder who refuses, and one who has no
        such document, look the same: the session is over.
        """
        if self._result is None:
            left = max(0, self._session.expires_at - self._clock.now())
            self._result = self._take(left if timeout is None else timeout)
        return self._result

    def ask(
        self, query: DcqlQuery | Mapping[str, Any] | None = None, *, intended_use: str | None = None
    ) -> ProximityReading:
        """Ask something more in the same session, once the answer was taken; ``further`` must have been said.

        Raises :class:`~nlwallet.errors.SessionEnded` where the device ended the session with its answer, or it took
        too long, :class:`~nlwallet.errors.TransportError` when the device is gone.
        """
        if self._ask is None:
            raise LocalError("this reading is for one request", hint="proximity(…, further=True)")
        if self._result is None:
            raise LocalError("a request is answered before the next", hint="take result() first")
        try:
            return self._ask(query, intended_use)
        except SessionEnded:
            self._part(self._session.farewell)
            raise

    def close(self) -> None:
        """Want no answer any more; the device hears that the session is over."""
        self._part(self._session.terminate())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, timeout: float) -> PresentationResult:
        report = Report()
        try:
            with check(report, *_SESSION):
                message = self._link.receive(timeout)
                response = self._session.receive(message, now=self._clock.now())
        except RemoteError as error:
            self._part(self._session.farewell or self._session.terminate())
            return _without_answer(error, report)
        if self._ask is None or self._session.state is SessionState.ENDED:
            self.close()
        return self._verified(response, report)

    def _verified(self, response: bytes, report: Report) -> PresentationResult:
        try:
            with check(report, "M-10", "ISO/IEC 18013-5 §8.3.2.1.2.2", "only documents that were asked for"):
                token = by_query(response, self._query)
            verified = UnverifiedResponse(self._query, token).verify(
                self._expected, now=self._clock.now(), report=report
            )
        except RemoteError as error:
            return PresentationResult(Status.FAILED, report, error=error)
        return PresentationResult(Status.VERIFIED, report, presentations=verified)

    def _part(self, message: bytes | None) -> None:
        with suppress(TransportError):
            if message is not None:
                self._link.send(message)
        self._link.close()


class ReadsNearby(ABC):
    """The part of a :class:`~nlwallet.verifier.Verifier` that meets people."""

    certificates: RelyingPartyCertificates
    profile: Profile
    _answering: Answering
    _clock: Clock
    _key: PrivateKey
    _types: TypeMetadataRegistry

    def proximity(
        self,
        engagement: str | DeviceEngagement,
        link: Link,
        query: DcqlQuery | Mapping[str, Any] | None = None,
        *,
        intended_use: str | None = None,
        offline: bool = False,
        handover: NfcHandover | None = None,
        lifetime: int = READER_LIFETIME,
        further: bool = False,
    ) -> ProximityReading:
        """Ask the device of a scanned ``engagement`` (``mdoc:…``) over ``link``; the answer is in the reading's result.

        ``query`` asks for mdocs; without one that which is registered for ``intended_use``, or for the only use.
        ``offline``: statuses are taken from lists that were fetched before, and what is not there is told as not
        checked, or refused, as the profile has it. ``handover``: the NFC messages, where the engagement came so.
        ``further``: keep the session after the answer, for :meth:`ProximityReading.ask`, until the reading is closed.

        Raises :class:`~nlwallet.errors.InvalidEngagement` or another RemoteError for what was scanned, or when the
        device is gone; :class:`~nlwallet.errors.LocalError` for a query that cannot be asked.
        """
        if isinstance(engagement, str):
            engagement = DeviceEngagement.from_uri(engagement)
        session = ReaderSession(engagement, expires_at=self._clock.now() + lifetime, handover=handover)
        expected = self._expectations(session, offline=offline)

        def ask(query: DcqlQuery | Mapping[str, Any] | None, intended_use: str | None) -> ProximityReading:
            asked = self._what_to_ask(query, intended_use, None)
            begun = session.state is not SessionState.ENGAGED
            send = session.ask if begun else session.establish
            link.send(send(self._encoded_request(asked, session), now=self._clock.now()))
            return ProximityReading(
                link,
                session,
                asked,
                expected=expected,
                clock=self._clock,
                warnings=lint_request(self.certificates, asked.intended_use, asked.query, self._types),
                ask=ask if further else None,
            )

        return ask(query, intended_use)

    def _encoded_request(self, asked: Asked, session: ReaderSession) -> bytes:
        registration = registration_for(self.certificates, asked.intended_use, proven=True)
        info = {REGISTRATION_CERTIFICATE: octets_of(registration)} if registration else {}
        items = items_requests(asked.query, info=info)
        together = len(items) > 1 and session.engagement.takes_second_edition
        return encode_device_request(
            items,
            session_transcript=session.transcript,
            key=self._key,
            chain=self.certificates.access_chain,
            use_cases=[UseCase((tuple(range(len(items))),))] if together else (),
        )

    @abstractmethod
    def _what_to_ask(
        self, query: DcqlQuery | Mapping[str, Any] | None, intended_use: str | None, scope: str | None
    ) -> Asked: ...

    def _expectations(self, session: ReaderSession, *, offline: bool) -> Expectations:
        how = self._answering
        lists: StatusChecker | StatusLists | None = how.status_lists
        if offline and isinstance(lists, StatusChecker):
            required = self.profile.offline_status == "required"
            lists = lists.offline(StatusPolicy.REQUIRE if required else StatusPolicy.BEST_EFFORT)
        return Expectations(
            audience="",
            nonce="",
            issuer=how.issuer,
            types=self._types,
            profile=self.profile,
            status_lists=lists,
            trusted_lists=how.trusted_lists,
            met=MetDevice(session.transcript, session.key),
        )


def by_query(response: bytes, query: DcqlQuery) -> dict[str, list[str]]:
    """The documents as a ``vp_token`` has them: each in a response of its own, under the query that it answers."""
    ids = {kind: credential.id for credential in query.credentials for kind in credential.types}
    token: dict[str, list[str]] = {}
    for place, (doctype, alone) in enumerate(split_device_response(response)):
        if doctype not in ids:
            raise InvalidResponse(
                "a document came that was not asked for",
                spec="ISO/IEC 18013-5 §8.3.2.1.2.2",
                pointer=f"/documents/{place}/docType",
            )
        token.setdefault(ids[doctype], []).append(b64url_encode(alone))
    return token


def _without_answer(error: RemoteError, report: Report) -> PresentationResult:
    if isinstance(error, SessionEnded) and error.code == "session_terminated":
        refusal = RefusedByWallet(
            "the device ended the session without an answer",
            code=error.code,
            spec=error.spec,
            hint="the holder refused, or has no such document; which of both nobody learns",
        )
        return PresentationResult(Status.REFUSED, report, error=refusal)
    late = error.code in {"link_timeout", "session_expired"}
    return PresentationResult(Status.EXPIRED if late else Status.FAILED, report, error=error)
