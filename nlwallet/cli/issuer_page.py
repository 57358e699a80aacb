"""The holder at an issuer's page, and back at the terminal (OpenID4VCI 1.0 §5, RFC 8252 §7.3)."""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass

from rich.text import Text

from nlwallet.cli.asking import Person
from nlwallet.cli.return_address import ReturnAddress
from nlwallet.holder import IssuerVisit, OfferPrompt, ReceivedCards
from nlwallet.holder.readable import plain


@dataclass(frozen=True, slots=True)
class WayBack:
    """``browse``: open the page in the browser of this machine. ``redirect_uri``: where it sends her back to, for an
    issuer that takes only what it knows; she pastes that address then.
    """

    browse: bool = False
    redirect_uri: str | None = None

    def listens(self, person: Person) -> bool:
        """Whether her browser comes back here by itself: it is on this machine, or she may say that it is not."""
        return self.redirect_uri is None and (self.browse or person.present)


def fetched_by_page(prompt: OfferPrompt, person: Person, way: WayBack) -> ReceivedCards:
    """The cards, after she was at the issuer's page. Raises a :class:`~nlwallet.errors.NlWalletError`.

    Whoever is here has confirmed the warnings, or said so beforehand.
    """
    if not way.listens(person):
        visit = prompt.depart(redirect_uri=way.redirect_uri, despite_warnings=True)
        _show(visit, person, way)
        person.say("page.back", uri=plain(visit.redirect_uri))
        return visit.come_back(person.line("ask.redirect"))
    with ReturnAddress(person.language) as address:
        visit = prompt.depart(redirect_uri=address.uri, despite_warnings=True)
        _show(visit, person, way)
        person.say("page.wait")
        if person.present:
            person.say("page.paste")
        return visit.come_back(address.waited_for(visit.state, person))


def _show(visit: IssuerVisit, person: Person, way: WayBack) -> None:
    person.say("page.open")
    person.screen.print(Text(f"\n{plain(visit.url, 8000)}\n", "cyan"), soft_wrap=True)
    if way.browse:
        webbrowser.open(visit.url)
