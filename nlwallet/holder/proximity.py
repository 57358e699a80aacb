"""A holder and a reader meet: engagement, request, consent, response, the end (ISO/IEC 18013-5 §6.3.2, ARF Topic 24).

Nothing about the holder leaves the wallet before she approves, and what a reader learns without that is one message
that says that the session is over: it is the same when she refuses, when she lacks a card, when the reader is not
trusted and when she walks away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, SigningKey, SoftwareKey
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import LocalError, RemoteError, SessionEnded, TransportError
from nlwallet.holder.examine import Examination
from nlwallet.holder.facts import RequestFacts
from nlwallet.holder.log import TransactionLog
from nlwallet.holder.logged_request import entry_of_failed_meeting
from nlwallet.holder.prompt import ConsentPrompt
from nlwallet.holder.prompting import Prompting
from nlwallet.holder.reader_check import ReaderCheck, offline_finding
from nlwallet.holder.session import Outcome
from nlwallet.mdoc import DeviceMac, DeviceRequest, DeviceSignature, Mdoc, encode_device_response
from nlwallet.openid4vp import TransactionData
from nlwallet.openid4vp.client_id import x509_hash_client_id
from nlwallet.proximity import DeviceSession, Link, SessionState, query_of
from nlwallet.qr import QrCode
from nlwallet.report import Report

DeviceProof: TypeAlias = Literal["signature", "mac"]
"""How the device proves its documents: with a signature, or with a MAC that the reader could have made too."""

_UNHEARD = frozenset({"link_timeout", "link_closed"})


@dataclass(frozen=True, slots=True)
class MetRequest:
    """What a reader asks, who proved to be the party of its certificate."""

    query: DcqlQuery
    chain: CertificateChain
    transaction_data: tuple[TransactionData, ...] = ()


@dataclass(frozen=True, slots=True)
class MetAnswer:
    """The way back to a reader; the session ends with what goes there, unless the reader may ask more."""

    examination: Examination
    request: MetRequest
    session: DeviceSession
    link: Link
    proof: DeviceProof
    now: Callable[[], int]

    def facts(self, choice: Mapping[str, str], options: Mapping[int, int]) -> RequestFacts:
        """What would be shared, with these cards."""
        return self.examination.facts(choice, options)

    def response(self, facts: RequestFacts) -> dict[str, Any]:
        """The encrypted message with the documents, each proven in this session.

        Raises :class:`~nlwallet.errors.SessionEnded` when it is too late, or the reader walked away meanwhile, and
        :class:`~nlwallet.errors.TransportError` when it is gone.
        """
        self._check_that_it_waits()
        party, transcript = x509_hash_client_id(self.request.chain.leaf), self.session.transcript
        documents = []
        for one in facts.sharing:
            copy = one.card.copies.for_party(party)
            if not isinstance(copy.credential, Mdoc):
                raise LocalError("a reader nearby is shown mdocs only", spec="ISO/IEC 18013-5 §8.3.2.1.2.2")
            proof = DeviceSignature(copy.key) if self.proof == "signature" else self._mac(copy.key)
            documents.append(
                copy.credential.document(one.paths, session_transcript=transcript, device_auth=proof)
            )
        try:
            return {"message": self.session.respond(encode_device_response(documents), now=self.now())}
        except RemoteError:
            part(self.link, self.session.farewell)
            raise

    def _check_that_it_waits(self) -> None:
        """The reader waits in silence: whatever it says now ends the session, and a copy of a card is not spent."""
        try:
            self.session.receive(self.link.receive(0), now=self.now())
        except TransportError as error:
            if error.code != "link_timeout":
                raise
        except RemoteError:
            part(self.link, self.session.farewell)
            raise

    def send(self, members: Mapping[str, Any]) -> Outcome:
        """Bring it to the reader, and be gone if that ended it. Raises :class:`~nlwallet.errors.TransportError`."""
        try:
            self.link.send(members["message"])
        except TransportError:
            part(self.link, self.session.terminate())
            raise
        if self.session.state is SessionState.ENDED:
            self.link.close()
        return Outcome()

    def refuse(self, code: str) -> Outcome:
        """End the session. The reader does not hear the ``code``, nor anything else."""
        part(self.link, self.session.terminate())
        return Outcome()

    def _mac(self, key: SigningKey) -> DeviceMac:
        if not isinstance(key, SoftwareKey | PrivateKey):
            raise LocalError("the key of this card can sign, and no more", hint="proof='signature'")
        return DeviceMac(key, self.session.reader_key)


class ProximityPresentation:
    """A wallet that shows its code to one reader, and waits for what that reader asks. Made by ``Wallet.proximity``.

    ``engagement`` is the text of the QR code. Use it as a context manager, or :meth:`close` it: then the reader hears
    that the session is over, unless it is.
    """

    def __init__(
        self,
        link: Link,
        session: DeviceSession,
        *,
        prompting: Prompting,
        readers: ReaderCheck,
        proof: DeviceProof,
    ) -> None:
        self._link = link
        self._session = session
        self._prompting = prompting
        self._readers = readers
        self._proof: DeviceProof = proof

    @property
    def engagement(self) -> str:
        """``mdoc:`` and the engagement, for a reader to scan."""
        return self._session.engagement.uri

    @property
    def expires_at(self) -> int:
        """Until when all of it has to be done, in seconds since the epoch."""
        return self._session.expires_at

    def qr(self) -> str:
        """The QR code in block characters for a terminal."""
        return QrCode(self.engagement).terminal()

    def prompt(self, timeout: float | None = None) -> ConsentPrompt:
        """Wait for the reader, check who it is and what it may ask, and put its request to the holder.

        ``timeout`` is in seconds; by default as long as the engagement counts. A reader that cannot be trusted hears
        that the session is over, and nothing else.

        Raises a :class:`~nlwallet.errors.RemoteError`: :class:`~nlwallet.errors.TransportError` when nobody came.
        """
        leaf: Certificate | None = None
        answered = self._session.state is SessionState.ANSWERED
        try:
            message = self._link.receive(self._time_left() if timeout is None else timeout)
            report = Report()
            request = DeviceRequest.parse(self._session.receive(message, now=self._now()))
            chain = self._readers.authenticate(
                request, self._session.transcript, now=self._now(), report=report
            )
            leaf = chain.leaf
            return self._put(request, MetRequest(query_of(request), chain), report)
        except RemoteError as error:
            farewell = self._session.terminate()
            part(self._link, self._session.farewell or farewell)
            if not (_nobody_asked(error) or (answered and isinstance(error, SessionEnded))):
                self._log.add(entry_of_failed_meeting(leaf, error, self._now()))
            raise

    def prompts(self, timeout: float | None = None) -> Iterator[ConsentPrompt]:
        """One prompt after the other, until the session is over: answer each before you take the next.

        After the first, a reader that says no more, or ends the session, ends them. Raises as :meth:`prompt`.
        """
        yield self.prompt(timeout)
        while self._session.state is SessionState.ANSWERED:
            try:
                prompt = self.prompt(timeout)
            except RemoteError as error:
                if _nobody_asked(error) or isinstance(error, SessionEnded):
                    return
                raise
            yield prompt

    def close(self) -> None:
        """Walk away."""
        part(self._link, self._session.terminate())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _log(self) -> TransactionLog:
        return self._prompting.log

    def _now(self) -> int:
        return self._prompting.clock.now()

    def _time_left(self) -> float:
        return max(0, self.expires_at - self._now())

    def _put(self, request: DeviceRequest, asked: MetRequest, report: Report) -> ConsentPrompt:
        now, chain = self._now(), asked.chain
        checked = self._readers.check(request, asked.query, chain, now=now, report=report)
        if checked.refusal is not None:
            raise checked.refusal
        return self._prompting.prompt(
            asked,
            self._readers.party(chain, checked.registration),
            checked.registration,
            answer=lambda examination: MetAnswer(
                examination, asked, self._session, self._link, self._proof, self._now
            ),
            report=report,
            now=now,
            until=self.expires_at,
            log_kind="proximity",
            further=offline_finding(report),
        )


def _nobody_asked(error: RemoteError) -> bool:
    return isinstance(error, TransportError) and error.code in _UNHEARD


def part(link: Link, message: bytes | None) -> None:
    """Say the last word, if there is one to say, and be gone; whether anybody hears it does not matter any more."""
    with suppress(TransportError):
        if message is not None:
            link.send(message)
    link.close()
