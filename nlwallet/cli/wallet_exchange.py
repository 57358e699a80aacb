"""What a wallet does with others, step by step, with its holder at the terminal: receive, renew, collect, share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, TypeVar

from rich.text import Text

from nlwallet.cli.advice import with_advice
from nlwallet.cli.issuer_page import WayBack, fetched_by_page
from nlwallet.cli.open_wallet import OpenWallet
from nlwallet.clock import SystemClock
from nlwallet.errors import (
    IssuanceRefused,
    LocalError,
    NlWalletError,
    RemoteError,
    UntrustedCertificate,
    WrongPin,
)
from nlwallet.holder import Card, ConsentPrompt, OfferPrompt, Outcome, ReceivedCards, what_went_wrong
from nlwallet.holder.readable import plain

_Came = TypeVar("_Came")

WRONG_CODE: Final = "invalid_grant"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an offer. ``cards`` that were kept; ``promised``: how many come later."""

    offer: dict[str, Any]
    cards: tuple[Card, ...] = ()
    promised: int = 0


def receive(
    opened: OpenWallet, link: str, *, tx_code: str | None, way_back: WayBack, despite_warnings: bool = False
) -> Taken:
    """Take an offer: two questions, and a code or a page where the issuer wants that.

    An issuer that may not issue this brings a question more; ``despite_warnings`` is the answer of nobody.

    Raises a :class:`~nlwallet.errors.NlWalletError`.
    """
    prompt = told(opened, lambda: opened.wallet.open_offer(link))
    offer = prompt.as_dict()
    opened.person.screen.print(Text(str(prompt)))
    confirm = prompt.offer().confirm
    if confirm and opened.person.agrees and not despite_warnings:
        raise _unread()
    confirmed = not confirm or opened.person.agreed("ask.confirm", what=confirm)
    if not (confirmed and opened.person.agreed("ask.fetch")):
        prompt.decline()
        opened.person.say("not.fetched")
        return Taken(offer)
    received = told(
        opened,
        lambda: _fetched(opened, prompt, tx_code, way_back),
        types=[one["type"] for one in offer["cards"]],
    )
    return replace(_kept(opened, received), offer=offer)


def renew(opened: OpenWallet, card: Card) -> Taken:
    """A card anew. Raises a :class:`~nlwallet.errors.NlWalletError`."""
    return _kept(opened, told(opened, lambda: opened.wallet.renew(card.id), types=card.types))


def collect(opened: OpenWallet) -> Taken:
    """Ask for the promised cards whose time has come, each with its question whether to keep it.

    One that fails does not keep the others away. Raises the :class:`~nlwallet.errors.NlWalletError` of the first.
    """
    wallet, person = opened.wallet, opened.person
    waiting, now = wallet.promised, SystemClock().now()
    due = [one for one in waiting if one.ask_at <= now]
    if not waiting:
        person.say("collect.nothing")
    elif not due:
        person.say("collect.wait", seconds=min(one.ask_at for one in waiting) - now)
    cards: list[Card] = []
    failed: list[NlWalletError] = []
    for promise in due:
        try:
            types = (promise.configuration.vct,)
            received = told(opened, partial(wallet.ask_for, promise), types=types)
            cards += _kept(opened, received).cards
        except RemoteError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return Taken({}, tuple(cards), len(wallet.promised))


def share(opened: OpenWallet, link: str, *, despite_warnings: bool) -> Outcome | None:
    """Answer a request; ``None`` when its holder does not want to. Raises a :class:`~nlwallet.errors.NlWalletError`."""
    prompt = told(opened, lambda: opened.wallet.open(link))
    return answered(opened, prompt, despite_warnings=despite_warnings)


def answered(opened: OpenWallet, prompt: ConsentPrompt, *, despite_warnings: bool) -> Outcome | None:
    """Put a request to the holder, and do as she says; ``None`` when she does not want to.

    Raises a :class:`~nlwallet.errors.NlWalletError`.
    """
    person = opened.person
    person.screen.print(Text(str(prompt)))
    if prompt.missing or prompt.blocked:
        prompt.deny()
        person.say("not.shared")
        return None
    explicit = [warning for warning in prompt.warnings if warning.explicit]
    if explicit and person.agrees and not despite_warnings:
        raise _unread()
    # Each risk is a question of its own, that names it (RPA_07b); a no to one is a no to all.
    confirmed = all(person.agreed("ask.confirm", what=warning.confirm) for warning in explicit)
    if not (confirmed and person.agreed("ask.share")):
        prompt.deny()
        person.say("not.shared")
        return None
    codes = [warning.code for warning in explicit]
    outcome = _with_pin(opened, lambda pin: prompt.approve(pin=pin, despite_warnings=codes))
    person.say("shared", name=plain(prompt.requester.trade_name, 80))
    if words := outcome.told(person.language):
        person.screen.print(Text(words))
    elif outcome.redirect_uri is not None:
        person.say("go.on", uri=plain(outcome.redirect_uri, 2000))
    return outcome


# The steps ----------------------------------------------------------------------------------------


def _fetched(
    opened: OpenWallet, prompt: OfferPrompt, tx_code: str | None, way_back: WayBack
) -> ReceivedCards:
    offer, person = prompt.offer(), opened.person
    if offer.page_needed:
        return fetched_by_page(prompt, person, way_back)
    while True:
        code = tx_code
        if offer.code_needed and code is None:
            code = person.line("ask.code", issuer=offer.issuer)
        try:
            # Whoever is here has confirmed the warnings, or said so beforehand.
            return prompt.fetch(tx_code=code, despite_warnings=True)
        except IssuanceRefused as error:
            mistyped = offer.code_needed and tx_code is None and error.code == WRONG_CODE
            if not (mistyped and person.present):
                raise
            person.say("code.wrong")


def _unread() -> LocalError:
    return LocalError(
        "there are warnings, and nobody to read them",
        code="warnings_not_acknowledged",
        hint="--despite-warnings, or leave out --yes",
    )


def _kept(opened: OpenWallet, received: ReceivedCards) -> Taken:
    person = opened.person
    person.screen.print(Text(str(received)))
    if not received.cards:
        received.keep()
        person.say("promised")
        return Taken({}, (), len(received.promised))
    if not person.agreed("ask.keep"):
        received.discard()
        person.say("not.kept")
        return Taken({})
    cards = _with_pin(opened, lambda pin: received.keep(pin=pin))
    person.say("kept", cards=", ".join(_name(opened, card) for card in cards))
    if received.promised:
        person.say("promised")
    return Taken({}, cards, len(received.promised))


def _with_pin(opened: OpenWallet, act: Callable[[str], _Came]) -> _Came:
    """What the holder confirms with the PIN; somebody who is there may mistype it."""
    while True:
        try:
            return act(opened.confirmed())
        except WrongPin as error:
            if not opened.person.present:
                raise
            opened.person.wrong(error)


def told(opened: OpenWallet, act: Callable[[], _Came], *, types: Sequence[str] = ()) -> _Came:
    """``act``; if it fails its holder reads why on the screen, and whoever set this up what to do.

    ``types`` are those of the cards that it is about, if it is about cards.
    """
    person = opened.person
    try:
        return act()
    except UntrustedCertificate as error:
        if types:
            person.say("issuer.untrusted")
        else:
            person.screen.print(Text(what_went_wrong(error, person.language), "yellow"))
        raise with_advice(error, types) from None
    except RemoteError as error:
        person.screen.print(Text(what_went_wrong(error, person.language, of_card=bool(types)), "yellow"))
        raise with_advice(error, types) from None


def _name(opened: OpenWallet, card: Card) -> str:
    return opened.wallet.describe(card).name
