"""The first prompt of an issuance: who offers what. Nothing about the holder has left the wallet yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Any, Unpack

from nlwallet.errors import LocalError, NlWalletError, PromptClosed, WarningsNotAcknowledged
from nlwallet.holder.authorization import (
    Browser,
    GetToken,
    Opened,
    PushedAuthorization,
    authorize,
    redeem,
)
from nlwallet.holder.html_page import Page
from nlwallet.holder.issuance import Offer, describe_offer
from nlwallet.holder.issuance_form import answer_offer, depart_by_form
from nlwallet.holder.issuance_html import offer_page
from nlwallet.holder.issuance_text import offer_text
from nlwallet.holder.issuer_visit import IssuerVisit
from nlwallet.holder.labels import Labels
from nlwallet.holder.received_cards import ReceivedCards
from nlwallet.holder.texts import Language, checked_language
from nlwallet.holder.vault import Card
from nlwallet.openid4vci import is_redirect_uri


class OfferPrompt:
    """What somebody offers; waits for :meth:`fetch` or :meth:`decline`.

    ``str(prompt)`` is the text for a terminal; :meth:`offer` and :meth:`as_dict` give the same as data.
    """

    def __init__(
        self,
        opened: Opened,
        *,
        held: Sequence[Card],
        labels: Labels,
        language: Language,
        fetch: Callable[[GetToken], ReceivedCards],
        push: Callable[[str | None], PushedAuthorization],
        declined: Callable[[], None],
        closed: Callable[[], None],
    ) -> None:
        self.language: Language = language
        self._opened = opened
        self._held = held
        self._labels = labels
        self._fetch = fetch
        self._push = push
        self._declined = declined
        self._closed = closed
        self._open = True
        self._lock = Lock()

    def offer(self, language: Language | None = None) -> Offer:
        """Everything the prompt says, in the wallet's language or in ``language``."""
        return describe_offer(
            self._opened, self._held, self._labels, checked_language(language or self.language)
        )

    def as_dict(self, language: Language | None = None) -> dict[str, Any]:
        """The prompt as JSON."""
        return self.offer(language).as_dict()

    def html(self, language: Language | None = None, **page: Unpack[Page]) -> str:
        """The prompt as a web page with a form: see :func:`~nlwallet.holder.issuance_html.offer_page`."""
        return offer_page(self.offer(language), **page)

    def __str__(self) -> str:
        return offer_text(self.offer())

    def __repr__(self) -> str:
        return f"<OfferPrompt of {self._opened.host!r}>"

    def fetch(
        self,
        *,
        tx_code: str | None = None,
        browser: Browser | None = None,
        despite_warnings: bool = False,
    ) -> ReceivedCards:
        """Get the cards, and check them; they are not kept yet.

        ``tx_code`` is the code that the issuer gave to its user by another way. ``browser`` opens the issuer's page
        where it wants to see the holder, and gives the URI at which she came back. ``despite_warnings`` says that she
        confirmed :attr:`Offer.confirm`, where there is something to confirm.

        Raises :class:`~nlwallet.errors.PromptClosed`, :class:`~nlwallet.errors.WarningsNotAcknowledged`,
        :class:`~nlwallet.errors.LocalError` when a ``tx_code`` or
        ``browser`` is needed, or a :class:`~nlwallet.errors.RemoteError`. After an error the prompt stays open: a
        code may have been mistyped. The issuer says how often that may happen.
        """
        with self._lock:
            self._check_wanted(despite_warnings=despite_warnings)
            return self._fetched(
                lambda profile: authorize(self._opened, tx_code=tx_code, browser=browser, profile=profile)
            )

    def depart(self, *, redirect_uri: str | None = None, despite_warnings: bool = False) -> IssuerVisit:
        """Ask the issuer for the cards at its own page, to which the holder goes; what comes after is up to her.

        :meth:`fetch` with a ``browser`` is this and :meth:`IssuerVisit.come_back` in one. ``redirect_uri`` is where
        her browser comes back to: https, a private scheme, or a port of this machine (``http://127.0.0.1:8402/back``,
        RFC 8252 §7); that of the wallet's provider when left out.

        Raises :class:`~nlwallet.errors.PromptClosed`, :class:`~nlwallet.errors.WarningsNotAcknowledged`,
        :class:`~nlwallet.errors.LocalError` where there is no such page or for another ``redirect_uri``, or a
        :class:`~nlwallet.errors.RemoteError`. The prompt stays open until the cards are there.
        """
        if redirect_uri is not None and not is_redirect_uri(redirect_uri):
            raise LocalError(
                "nobody may be sent back to that redirect_uri",
                spec="RFC 9700 §2.6",
                hint="https, org.example.wallet:/back, or http://127.0.0.1:PORT/back",
            )
        with self._lock:
            self._check_wanted(despite_warnings=despite_warnings)
            if not (self._opened.page_needed or self._opened.offer.authorization_code):
                raise LocalError(
                    "this offer has a code, and no page", spec="OpenID4VCI 1.0 §4.1.1", hint="fetch()"
                )
            pushed = self._push(redirect_uri)
        return IssuerVisit(pushed, lambda redirected_to: self._came_back(pushed, redirected_to))

    def answer_form(
        self, fields: Iterable[tuple[str, str]], *, browser: Browser | None = None
    ) -> ReceivedCards | None:
        """Do what the form of :meth:`html` says: see :func:`~nlwallet.holder.issuance_form.answer_offer`."""
        return answer_offer(self, fields, browser)

    def depart_by_form(
        self, fields: Iterable[tuple[str, str]], *, redirect_uri: str | None = None
    ) -> IssuerVisit | None:
        """The same with :meth:`depart` instead of :meth:`fetch`; ``None`` when it was declined."""
        return depart_by_form(self, fields, redirect_uri)

    def fetch_unasked(
        self, *, tx_code: str | None = None, browser: Browser | None = None
    ) -> tuple[Card, ...]:
        """:meth:`fetch` and keep, for whoever has the holder's word already; nothing is left behind of a failure."""
        try:
            received = self.fetch(tx_code=tx_code, browser=browser, despite_warnings=True)
        except NlWalletError:
            self.close()
            raise
        return received.keep_unasked()

    def watched_by(self, watch: Callable[[NlWalletError], None]) -> OfferPrompt:
        """Tell of each :meth:`fetch` that fails: for tests, which look on. Gives the prompt itself."""
        fetch = self._fetch

        def watched(get_token: GetToken) -> ReceivedCards:
            try:
                return fetch(get_token)
            except NlWalletError as error:
                watch(error)
                raise

        self._fetch = watched
        return self

    def decline(self) -> None:
        """Fetch nothing; the issuer is not told. Raises :class:`~nlwallet.errors.PromptClosed`."""
        with self._lock:
            self._check_open()
            self._open = False
        self._declined()

    def close(self) -> None:
        """Leave it at that, after a :meth:`fetch` that failed: nothing more is to come of the offer."""
        with self._lock:
            if self._open:
                self._open = False
                self._closed()

    def _came_back(self, pushed: PushedAuthorization, redirected_to: str) -> ReceivedCards:
        with self._lock:
            self._check_open()
            return self._fetched(lambda _: redeem(self._opened, pushed, redirected_to))

    def _fetched(self, get_token: GetToken) -> ReceivedCards:
        received = self._fetch(get_token)
        self._open = False
        return received

    def _check_wanted(self, *, despite_warnings: bool) -> None:
        self._check_open()
        if self._opened.provider.doubtful and not despite_warnings:
            raise WarningsNotAcknowledged(
                "the issuer is not registered for what it offers, and its holder did not say to go on",
                spec="ARF RPRC_22b, RPRC_23",
                hint="fetch(despite_warnings=True), when she has read the warning and says so",
            )

    def _check_open(self) -> None:
        if not self._open:
            raise PromptClosed("this offer was answered already", hint="open the link again")
