"""The second prompt of an issuance: cards that were fetched and checked, and wait to be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, Unpack

from nlwallet.clock import Clock
from nlwallet.errors import NlWalletError, PromptClosed
from nlwallet.holder import issuance_form
from nlwallet.holder.deliveries import Delivery, PromisedCard
from nlwallet.holder.html_page import Page
from nlwallet.holder.issuance import Received, describe_received
from nlwallet.holder.issuance_html import received_page
from nlwallet.holder.issuance_text import received_text
from nlwallet.holder.labels import Labels
from nlwallet.holder.pin import Pin
from nlwallet.holder.texts import Language, checked_language
from nlwallet.holder.vault import Card
from nlwallet.openid4vci import Event


class ReceivedCards:
    """Cards that passed every check; wait for :meth:`keep` or :meth:`discard`.

    ``str(received)`` is the text for a terminal; :meth:`content` and :meth:`as_dict` give the same as data: all that
    is on the cards.
    """

    def __init__(
        self,
        deliveries: Sequence[Delivery],
        promised: Sequence[PromisedCard],
        *,
        labels: Labels,
        language: Language,
        renews: bool,
        pin: Pin | None,
        clock: Clock,
        keep: Callable[[], None],
        discarded: Callable[[str], None],
        finished: Callable[[], None],
        replaced: Card | None = None,
    ) -> None:
        self.language: Language = language
        self.cards: tuple[Card, ...] = tuple(delivery.card for delivery in deliveries)
        self.promised: tuple[PromisedCard, ...] = tuple(promised)
        """What the issuer did not have ready; :meth:`keep` has the wallet ask for it later."""
        self._deliveries = tuple(deliveries)
        self._labels = labels
        self._renews = renews
        self._replaced = replaced
        self._pin = pin
        self._clock = clock
        self._keep = keep
        self._discarded = discarded
        self._failure = ""
        self._finished = finished
        self._open = True
        self._lock = Lock()

    def content(self, language: Language | None = None) -> Received:
        """Everything the prompt says, in the wallet's language or in ``language``."""
        return describe_received(
            self.cards,
            self._labels,
            checked_language(language or self.language),
            later=[one.configuration.vct for one in self.promised],
            renews=self._renews,
            replaced=self._replaced,
            pin_needed=self._pin is not None and bool(self.cards),
        )

    def as_dict(self, language: Language | None = None) -> dict[str, Any]:
        """The prompt as JSON, with all values."""
        return self.content(language).as_dict()

    def html(self, language: Language | None = None, **page: Unpack[Page]) -> str:
        """The prompt as a web page with a form: see :func:`~nlwallet.holder.issuance_html.received_page`."""
        return received_page(self.content(language), **page)

    def __str__(self) -> str:
        return received_text(self.content())

    def __repr__(self) -> str:
        return f"<ReceivedCards {[card.type for card in self.cards]}>"

    def keep(self, *, pin: str | None = None) -> tuple[Card, ...]:
        """Put the cards into the wallet; the issuer hears that they were accepted (OpenID4VCI 1.0 §11).

        ``pin``: needed when the wallet has one. Raises :class:`~nlwallet.errors.PromptClosed`,
        :class:`~nlwallet.errors.WrongPin` (the prompt stays open) or :class:`~nlwallet.errors.WalletLocked`. When the
        cards cannot be put there, none is, what went wrong is raised, and the prompt stays open.
        """
        with self._lock:
            self._check_open()
            if self._pin is not None and self.cards:
                self._pin.check(pin, now=self._clock.now())
            self._put()
        return self._accepted()

    def answer_form(self, fields: Iterable[tuple[str, str]]) -> tuple[Card, ...] | None:
        """Do what the form of :meth:`html` says: see :func:`~nlwallet.holder.issuance_form.answer_received`."""
        return issuance_form.answer_received(self, fields)

    def keep_unasked(self) -> tuple[Card, ...]:
        """:meth:`keep` without the PIN, for whoever has the holder's word already: tests, scripts, a sandbox.

        When the cards cannot be kept they are discarded.
        """
        try:
            with self._lock:
                self._check_open()
                self._put()
        except Exception:
            with suppress(NlWalletError, OSError):  # the log may have nowhere to go either
                self.discard()
            raise
        return self._accepted()

    def _put(self) -> None:
        try:
            self._keep()
        except Exception as error:
            self._failure = error.code if isinstance(error, NlWalletError) else "not_stored"
            raise
        self._open = False

    def _accepted(self) -> tuple[Card, ...]:
        for delivery in self._deliveries:
            delivery.tell("credential_accepted")
        self._finished()
        return self.cards

    def discard(self) -> None:
        """Keep nothing; the issuer hears that the cards were deleted (§11). Raises PromptClosed.

        After a :meth:`keep` that failed it hears of a failure: it was not what the holder wanted.
        """
        with self._lock:
            self._check_open()
            self._open = False
        event: Event = "credential_failure" if self._failure else "credential_deleted"
        for delivery in self._deliveries:
            delivery.tell(event, self._failure)
        self._discarded(self._failure)

    def _check_open(self) -> None:
        if not self._open:
            raise PromptClosed("these cards were kept or discarded already", hint="open the offer again")
