"""What a link says before anybody was asked anything: that some website wants to offer something.

Whoever makes links could learn which wallet somebody has by watching who comes (OpenID4VCI 1.0 §15.6), so the wallet
stays where it is until its holder says go.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from nlwallet.errors import PromptClosed
from nlwallet.holder.layout import RULE, wrap
from nlwallet.holder.offer_prompt import OfferPrompt
from nlwallet.holder.readable import plain
from nlwallet.holder.texts import Language, checked_language, say

MAX_WEBSITE: int = 253


class OfferNotice:
    """A link that waits for :meth:`go_on` or :meth:`decline`; ``website`` is where the wallet would go."""

    def __init__(
        self,
        website: str,
        *,
        language: Language,
        go_on: Callable[[], OfferPrompt],
        declined: Callable[[], None],
    ) -> None:
        self.website = plain(website, MAX_WEBSITE)
        self.language: Language = language
        self._go_on = go_on
        self._declined = declined
        self._open = True
        self._lock = Lock()

    def text(self, language: Language | None = None) -> str:
        """The question, in the wallet's language or in ``language``."""
        chosen = checked_language(language or self.language)
        return say(chosen, "notice.text", website=self.website)

    def __str__(self) -> str:
        return "\n".join((RULE, *wrap(self.text(), ""), RULE))

    def __repr__(self) -> str:
        return f"<OfferNotice of {self.website!r}>"

    def go_on(self) -> OfferPrompt:
        """Fetch the offer. Raises :class:`~nlwallet.errors.PromptClosed`, or a RemoteError; then it stays open."""
        with self._lock:
            self._check_open()
            prompt = self._go_on()
            self._open = False
            return prompt

    def decline(self) -> None:
        """Go nowhere. Raises :class:`~nlwallet.errors.PromptClosed`."""
        with self._lock:
            self._check_open()
            self._open = False
        self._declined()

    def _check_open(self) -> None:
        if not self._open:
            raise PromptClosed("this link was answered already", hint="open it again")
