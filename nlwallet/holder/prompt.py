"""The consent prompt: what the holder sees of a request, and the only way to answer it.

Nothing leaves the wallet before :meth:`ConsentPrompt.approve` or :meth:`ConsentPrompt.deny`; each
prompt is answered once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from threading import Lock
from typing import Any, Protocol, Unpack

from nlwallet.clock import Clock
from nlwallet.errors import (
    ApprovalNotPossible,
    LocalError,
    NlWalletError,
    PromptClosed,
    WalletLocked,
    WarningsNotAcknowledged,
)
from nlwallet.holder import consent_form
from nlwallet.holder.consent import Agreement, Consent, ConsentWarning, Kind, Requester, SharedCard
from nlwallet.holder.consent_html import consent_page
from nlwallet.holder.describe import describe
from nlwallet.holder.facts import RequestFacts
from nlwallet.holder.html_page import Page
from nlwallet.holder.labels import Labels
from nlwallet.holder.log import LogKind, LogOutcome, TransactionLog
from nlwallet.holder.logged_request import entry_of_request
from nlwallet.holder.pin import Pin
from nlwallet.holder.session import Outcome
from nlwallet.holder.terminal import as_text
from nlwallet.holder.texts import Language, checked_language
from nlwallet.holder.weight import weight_of
from nlwallet.report import Report


class Answer(Protocol):
    """The way back to the requester, and the choice of cards."""

    def facts(self, choice: dict[str, str], options: dict[int, int]) -> RequestFacts:
        """What the wallet found, with these cards (query id to card id) and options of credential sets."""
        ...

    def response(self, facts: RequestFacts) -> dict[str, Any]:
        """The presentations, encrypted if the requester wants it so; nothing is sent."""
        ...

    def send(self, members: Mapping[str, Any]) -> Outcome:
        """Bring them to the requester."""
        ...

    def refuse(self, code: str) -> Outcome:
        """Send an error code of OpenID4VP §8.5 instead."""
        ...


class ConsentPrompt:
    """What a request asks, by whom, why and what is odd about it; waits for :meth:`approve` or :meth:`deny`.

    ``str(prompt)`` is the text for a terminal in the wallet's language; :meth:`consent` and
    :meth:`as_dict` give the same as data, in either language.
    """

    def __init__(
        self,
        answer: Answer,
        *,
        report: Report,
        labels: Labels,
        language: Language,
        log: TransactionLog,
        clock: Clock,
        expires_at: int,
        pin: Pin | None,
        log_kind: LogKind = "presentation",
    ) -> None:
        self.report = report
        """Every check that was made on the request and its registration."""
        self.language: Language = language
        self.expires_at = expires_at
        """Until when it can be answered, in epoch seconds."""
        self._answer = answer
        self._choice: dict[str, str] = {}
        self._options: dict[int, int] = {}
        self._facts = answer.facts(self._choice, self._options)
        self._labels = labels
        self._log = log
        self._log_kind: LogKind = log_kind
        self._clock = clock
        self._pin = pin
        self._open = True
        self._lock = Lock()

    # What it says ----------------------------------------------------------------------------

    def consent(self, language: Language | None = None) -> Consent:
        """Everything the prompt says, in the wallet's language or in ``language``."""
        chosen = checked_language(language or self.language)
        return describe(self._facts, self._labels, chosen, pin_needed=self._pin is not None)

    @property
    def kind(self) -> Kind:
        """``login`` when only the BSN of an NL PID is asked, else ``regular``."""
        return self._facts.kind

    @property
    def requester(self) -> Requester:
        """Who asks."""
        return self.consent().requester

    @property
    def purpose(self) -> str:
        """Why, as registered; empty without a valid registration."""
        return self.consent().purpose

    @property
    def cards(self) -> tuple[SharedCard, ...]:
        """Exactly what would be shared, per card."""
        return self.consent().cards

    @property
    def agreement(self) -> Agreement:
        """What the requester promises about the time after sharing."""
        return self.consent().agreement

    @property
    def warnings(self) -> tuple[ConsentWarning, ...]:
        """What the holder should know first."""
        return self.consent().warnings

    @property
    def missing(self) -> tuple[str, ...]:
        """Why the wallet cannot answer; empty when it can."""
        return self.consent().missing

    @property
    def blocked(self) -> str:
        """Why the wallet's policy does not let it answer; empty when it does."""
        return self.consent().blocked

    def as_dict(self, language: Language | None = None) -> dict[str, Any]:
        """The prompt as JSON: what it says, until when it can be answered, and every check."""
        return self.consent(language).as_dict() | {
            "expires_at": self.expires_at,
            "report": self.report.as_dicts(),
        }

    def html(self, language: Language | None = None, **page: Unpack[Page]) -> str:
        """The prompt as a web page with a form: see :func:`~nlwallet.holder.consent_html.consent_page`."""
        return consent_page(self.consent(language), **page)

    def __str__(self) -> str:
        return as_text(self.consent())

    def __repr__(self) -> str:
        codes = ", ".join(finding.code for finding in self._facts.findings)
        return f"<ConsentPrompt {self.kind} of {self._facts.party.identifier!r}, warnings: [{codes}]>"

    # What the holder does --------------------------------------------------------------------

    def choose(self, query_id: str, card_id: str) -> None:
        """Answer a query from another card that fits (``cards[n].alternatives``); OIA_10.

        Raises :class:`~nlwallet.errors.LocalError` if that card does not fit.
        """
        with self._lock:
            self._check_open()
            self._decide(self._choice | {query_id: card_id}, self._options)

    def choose_way(self, choice: int, way: int | None) -> None:
        """Answer one of :attr:`Consent.choices` in another way, or with ``None`` not at all, where that may be.

        Raises :class:`~nlwallet.errors.LocalError` if the request has no such choice or way.
        """
        with self._lock:
            self._check_open()
            known = next((one for one in self._facts.choices if one.number == choice), None)
            ways = {one.number for one in known.ways} if known else set()
            if known is None or (way not in ways and (way is not None or known.required)):
                raise LocalError("there is no such choice", hint="one of consent().choices")
            others = {number: option for number, option in self._options.items() if number != choice}
            self._decide(self._choice, others if way is None else others | {choice: way})

    def approve(self, *, pin: str | None = None, despite_warnings: bool | Collection[str] = False) -> Outcome:
        """Share what the prompt says, all of it or nothing.

        ``despite_warnings``: the codes of the warnings that were confirmed, or True for all of them; needed
        for those that are ``explicit``. ``pin``: needed when the wallet has one.

        Raises :class:`~nlwallet.errors.PromptClosed`, :class:`~nlwallet.errors.ApprovalNotPossible`,
        :class:`~nlwallet.errors.WarningsNotAcknowledged`, :class:`~nlwallet.errors.WrongPin` (nothing was
        sent, and the prompt stays open), :class:`~nlwallet.errors.WalletLocked` (the requester was told
        ``access_denied``), or :class:`~nlwallet.errors.RemoteError` if the answer was not taken.
        """
        with self._lock:
            self._check_open()
            self._check_possible()
            self._check_acknowledged(despite_warnings)
            locked = self._check_pin(pin)
            self._open = False
        if locked is not None:
            # Failed user authentication looks like any other refusal (OpenID4VP 1.0 §8.5).
            self._finish(self._refuse, LogOutcome.LOCKED, LogOutcome.LOCKED, reason=locked.code)
            raise locked
        try:
            members = self._answer.response(self._facts)
        except NlWalletError as error:
            self._write(LogOutcome.FAILED, reason=error.code)
            raise
        return self._finish(lambda: self._answer.send(members), LogOutcome.SHARED, LogOutcome.POSSIBLY_SHARED)

    def answer_form(self, fields: Iterable[tuple[str, str]]) -> Outcome | None:
        """Do what the form of :meth:`html` says: see :func:`~nlwallet.holder.consent_form.answer`."""
        return consent_form.answer(self, fields)

    def deny(self) -> Outcome:
        """Share nothing. The requester hears ``access_denied``, whatever the reason (RPA_11).

        Raises :class:`~nlwallet.errors.PromptClosed`, or :class:`~nlwallet.errors.RemoteError` if the
        requester does not take the answer.
        """
        with self._lock:
            self._check_open()
            self._open = False
        possible = not (self._facts.lacks or self._facts.blocked)
        outcome = LogOutcome.DENIED if possible else LogOutcome.UNANSWERABLE
        reason = "" if possible else self._facts.blocked or f"missing.{self._facts.lacks[0].code}"
        return self._finish(self._refuse, outcome, outcome, reason=reason)

    # ------------------------------------------------------------------------------------------

    def _decide(self, choice: dict[str, str], options: dict[int, int]) -> None:
        self._facts = self._answer.facts(choice, options)
        self._choice, self._options = choice, options

    def _refuse(self) -> Outcome:
        return self._answer.refuse(self._facts.refusal)

    def _check_open(self) -> None:
        if not self._open:
            raise PromptClosed("this request was answered already", hint="open the link again")
        if self._clock.now() >= self.expires_at:
            self._open = False
            self._write(LogOutcome.EXPIRED, reason="expired")
            raise PromptClosed(
                "this request has expired", code="prompt_expired", hint="ask the website for a new one"
            )

    def _check_possible(self) -> None:
        if self._facts.lacks:
            raise ApprovalNotPossible(
                "the wallet does not have what is asked", code="missing_attributes", hint="deny()"
            )
        if self._facts.blocked:
            raise ApprovalNotPossible(
                f"the wallet's policy forbids it: {self._facts.blocked.removeprefix('blocked.')}",
                spec="ARF RPRC_17, RPRC_21",
                hint="deny()",
            )

    def _check_acknowledged(self, despite: bool | Collection[str]) -> None:  # noqa: FBT001
        if despite is True:
            return
        read = {despite} if isinstance(despite, str) else set(despite) if despite else set()
        codes = [finding.code for finding in self._facts.findings]
        unread = [code for code in codes if weight_of(code).explicit and code not in read]
        if unread:
            raise WarningsNotAcknowledged(
                f"warnings that were not acknowledged: {', '.join(dict.fromkeys(unread))}",
                hint="read them, then approve(despite_warnings=[codes]) or True",
            )

    def _check_pin(self, pin: str | None) -> WalletLocked | None:
        if self._pin is None:
            return None
        try:
            self._pin.check(pin, now=self._clock.now())
        except WalletLocked as locked:
            return locked
        return None

    def _finish(
        self,
        send: Callable[[], Outcome],
        done: LogOutcome,
        unsure: LogOutcome,
        *,
        reason: str = "",
    ) -> Outcome:
        try:
            outcome = send()
        except Exception as error:
            # Also when an app that is mounted in process breaks: the answer may have been read (DASH_02).
            code = error.code if isinstance(error, NlWalletError) else type(error).__name__
            self._write(unsure, reason=reason or code)
            raise
        self._write(done, reason=reason)
        return outcome

    def _write(self, outcome: LogOutcome, *, reason: str = "") -> None:
        self._log.add(
            entry_of_request(
                self._facts,
                outcome,
                now=self._clock.now(),
                language=self.language,
                reason=reason,
                kind=self._log_kind,
            )
        )
