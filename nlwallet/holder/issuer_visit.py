"""The holder at the issuer's own page: where she goes, and what she comes back with (OpenID4VCI 1.0 §5)."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from nlwallet.errors import PromptClosed
from nlwallet.holder.authorization import PushedAuthorization
from nlwallet.holder.received_cards import ReceivedCards


class IssuerVisit:
    """Between :meth:`OfferPrompt.depart` and :meth:`come_back`; what must stay secret stays in here."""

    def __init__(self, pushed: PushedAuthorization, come_back: Callable[[str], ReceivedCards]) -> None:
        self._pushed = pushed
        self._come_back = come_back
        self._away = True
        self._lock = Lock()

    @property
    def url(self) -> str:
        """The page of the issuer to which the holder's browser goes; it is for her alone."""
        return self._pushed.url

    @property
    def state(self) -> str:
        """The ``state`` that her browser comes back with: by it a wallet finds this visit, and no other site can know
        it (RFC 6749 §10.12).
        """
        return self._pushed.state

    @property
    def redirect_uri(self) -> str:
        """Where she comes back to."""
        return self._pushed.redirect_uri

    def come_back(self, redirected_to: str) -> ReceivedCards:
        """Get the cards with what stands in the URI that her browser was sent to, and check them; once.

        Its ``state``, and the server that ``iss`` names (RFC 9207), are those of this visit, else it ends. Raises
        :class:`~nlwallet.errors.PromptClosed` the second time, or a :class:`~nlwallet.errors.RemoteError`: with the
        code ``access_denied`` when she said no there. The offer stays open for another visit.
        """
        with self._lock:
            if not self._away:
                raise PromptClosed(
                    "she came back before", spec="RFC 6749 §4.1.2", hint="OfferPrompt.depart()"
                )
            self._away = False
        return self._come_back(redirected_to)

    def __repr__(self) -> str:
        return f"<IssuerVisit back to {self.redirect_uri!r}>"
