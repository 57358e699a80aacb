"""A request: the link or code, the website check, the question, the PIN, and how it ended.

Reading a link does nothing: the wallet goes to the website when its holder says so, and nothing leaves it before she
approves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import (
    NlWalletError,
    PromptClosed,
    RemoteError,
    TransportError,
    WalletLocked,
    WarningsNotAcknowledged,
    WrongPin,
)
from nlwallet.holder import ConsentPrompt, Language, LogOutcome, Outcome, what_went_wrong
from nlwallet.holder.consent_html import consent_content
from nlwallet.holder.readable import plain
from nlwallet.holder.texts import say
from nlwallet.http.html import Html, joined, tag
from nlwallet.loopback import is_loopback
from nlwallet.sandbox.pages.layout import LANGUAGES
from nlwallet.sandbox.pages.wallet_desk import Desk, Fields, Visit, buttons, listed, only
from nlwallet.sandbox.pages.wallet_links import WalletLink
from nlwallet.sandbox.pages.wallet_offer_pages import put_offer
from nlwallet.sandbox.pages.wallet_start_pages import choose_person
from nlwallet.sandbox.sandbox import Sandbox

_HELP: Final = ("know", "need", "after", "all", "no")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that waits. ``scanned``: the website is on another screen, and not in this browser."""

    prompt: ConsentPrompt
    scanned: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: for the last page, which can be loaded again. ``entry`` is the line of the history about it."""

    kind: Literal["shared", "login", "agreed", "stopped", "unopened"]
    name: str
    scanned: bool
    outcome: Outcome = field(default_factory=Outcome, repr=False)
    cards: dict[Language, tuple[tuple[str, tuple[str, ...]], ...]] = field(default_factory=dict)
    entry: str = ""


def routes(desk: Desk) -> list[Route]:
    """``/open`` is where links to a wallet lead; the rest follows from there."""
    return [
        desk.see("/open", _open, anybody=True),
        desk.see("/arrived/{id}", _arrived),
        desk.do("/open", _look),
        desk.see("/requests/{id}", _request),
        desk.do("/requests/{id}", _answer),
        desk.see("/ended/{id}", _ended),
    ]


# The link or code ------------------------------------------------------------------------------------


def _open(visit: Visit) -> Response:
    """Where another page's link leads. It changes nothing, and nobody hears of it.

    With ``scanned=yes`` it stands for a code that was read from another screen.
    """
    text = visit.request.query_params.get("link", "")
    scanned = visit.request.query_params.get("scanned") == "yes"
    try:
        link = WalletLink.parse(text, profile=visit.desk.edi.profile)
    except RemoteError:
        return visit.trouble(visit.say("scan.wrong"), visit.say("trouble.again"))
    if visit.phone is None:
        return choose_person(visit, link=link.text, scanned=scanned)
    return _arrival(visit, link, scanned=scanned)


def _arrived(visit: Visit) -> Response:
    link = visit.own.find(visit.path("id"), WalletLink)
    return visit.gone() if link is None else _arrival(visit, link, scanned=True)


def _arrival(visit: Visit, link: WalletLink, *, scanned: bool) -> Response:
    title = visit.say(f"arrive.{link.kind}")
    website, near = _where(visit, link)
    why = "arrive.scanned.why" if link.kind == "request" else "arrive.scanned.card"
    advice = [visit.say("arrive.scanned"), visit.say(why)] if scanned else [visit.say("arrive.same")]
    first = (
        tag("p", visit.say("arrive.request.text"))
        if link.kind == "request"
        else tag("p", _notice(visit, link))
    )
    hidden = (("link", link.text), ("scanned", "yes" if scanned else ""))
    return visit.page(
        title,
        tag("p", visit.say("step.first" if link.kind == "request" else "step.card.first"), class_="step"),
        tag("h1", title),
        first,
        tag("p", visit.say("arrive.where")),
        tag("p", tag("strong", website), class_="website"),
        tag("p", near, class_="quiet") if near else Html(),
        *(tag("p", one) for one in advice),
        visit.form(
            "/open",
            *(tag("input", type="hidden", name=name, value=value) for name, value in hidden),
            buttons(
                ("decision", "look", visit.say("arrive.look")), ("decision", "stop", visit.say("arrive.stop"))
            ),
        ),
        here=visit.request.url.path,
        parameters={
            name: value for name in ("link", "scanned") if (value := visit.request.query_params.get(name))
        },
    )


def _where(visit: Visit, link: WalletLink) -> tuple[str, str]:
    """The website as its holder may know it, and where it is in this sandbox, if that is not the same."""
    page = urlsplit(visit.desk.in_browser(link.origin))
    address = plain(f"{page.netloc}{page.path}".rstrip("/"))
    if page.geturl() == link.origin:
        return link.website, ""
    if is_loopback(link.website):  # every party of a sandbox on ports has this name
        return address, ""
    return link.website, visit.say("arrive.here", address=address)


def _notice(visit: Visit, link: WalletLink) -> str:
    """OpenID4VCI 1.0 §15.6: whoever makes links must not learn who has a wallet by watching who comes."""
    return say(visit.language, "notice.text", website=_where(visit, link)[0])


def _look(visit: Visit, fields: Fields) -> Response:
    phone, scanned = visit.own, only(fields, "scanned") == "yes"
    link = WalletLink.parse(only(fields, "link"), profile=phone.wallet.profile)
    if only(fields, "decision") != "look":
        if link.kind == "offer":
            phone.wallet.notice_offer(link.text).decline()
            return visit.go("/no-card")
        return visit.go(f"/ended/{phone.put(Ended('unopened', link.website, scanned))}")
    if link.kind == "offer":
        return put_offer(visit, phone.wallet.open_offer(link.text))
    try:
        prompt = phone.wallet.open(link.text)
    except TransportError:
        return visit.trouble(visit.say("trouble.no_answer"), visit.say("trouble.again"))
    asked = Asked(prompt, scanned)
    return visit.go(f"/requests/{phone.put(asked, until=prompt.expires_at, given_up=prompt.deny)}")


# The question ----------------------------------------------------------------------------------------


def _request(visit: Visit) -> Response:
    asked = visit.own.find(visit.path("id"), Asked)
    return visit.gone() if asked is None else _request_page(visit, asked)


def _request_page(visit: Visit, asked: Asked, problem: str = "") -> Response:
    consent, path = asked.prompt.consent(visit.language), f"/requests/{visit.path('id')}"
    helped = tag(
        "details",
        tag("summary", visit.say("help.title")),
        listed([visit.say(f"help.{one}") for one in _HELP]),
    )
    pin = tag("p", visit.say("pin.test", pin=Sandbox.PIN), class_="quiet") if consent.pin_needed else Html()
    return visit.page(
        consent.title,
        tag("p", visit.say("step.read"), class_="step"),
        consent_content(consent, action=path, fields=visit.token(), problem=problem),
        pin if "approve" in consent.decisions else Html(),
        helped,
        here=path,
        status=422 if problem else 200,
    )


def _answer(visit: Visit, fields: Fields) -> Response:
    id_, phone = visit.path("id"), visit.own
    asked = phone.find(id_, Asked)
    if asked is None:
        return visit.gone()
    name = asked.prompt.requester.trade_name
    before = ended_by(asked, fields, name)
    try:
        outcome = asked.prompt.answer_form(fields)
    except WrongPin as error:
        return _request_page(visit, asked, visit.wrong_pin(error))
    except WarningsNotAcknowledged as error:
        return _request_page(visit, asked, what_went_wrong(error, visit.language))
    except (PromptClosed, WalletLocked):
        phone.drop(id_)
        raise
    except NlWalletError as error:
        phone.drop(id_)
        return _unsure(visit, error, name, denied=before.kind == "stopped")
    if outcome is None:
        return visit.go(f"/requests/{id_}")
    phone.drop(id_)
    entry = next((one.id for one in reversed(phone.wallet.log) if one.asks), "")
    after = Ended(before.kind, name, asked.scanned, outcome, before.cards, entry)
    return visit.go(f"/ended/{phone.put(after)}")


def ended_by(asked: Asked, fields: Fields, name: str) -> Ended:
    """How it ends if all goes well, with what people call everything that is shared."""
    if only(fields, "decision") == "deny":
        return Ended("stopped", name, asked.scanned)
    consent = asked.prompt.consent()
    kind = "agreed" if consent.transactions else "login" if consent.kind == "login" else "shared"
    cards = {
        language: tuple(
            (card.name, tuple(claim.label for claim in card.claims))
            for card in asked.prompt.consent(language).cards
        )
        for language in LANGUAGES
    }
    return Ended(kind, name, asked.scanned, cards=cards)  # type: ignore[arg-type]


def _unsure(visit: Visit, error: NlWalletError, name: str, *, denied: bool) -> Response:
    """The answer was not taken: it is for the log to know whether something left the wallet."""
    if denied:
        return visit.trouble(visit.say("trouble.not_told", name=name))
    entry = next((one for one in reversed(visit.own.wallet.log) if one.asks), None)
    if entry is not None and entry.outcome is LogOutcome.POSSIBLY_SHARED:
        told = visit.say("trouble.maybe", name=name)
        return visit.trouble(told, visit.say("trouble.again"), visit.say("trouble.complain"))
    return visit.failed(error)


# The end ---------------------------------------------------------------------------------------------


def _ended(visit: Visit) -> Response:
    ended = visit.own.find(visit.path("id"), Ended)
    if ended is None:
        return visit.gone()
    stopped = ended.kind in ("stopped", "unopened")
    title = visit.say("done.stopped" if stopped else f"done.{ended.kind}", name=ended.name)
    outcome, told = ended.outcome, ended.outcome.told(visit.language)
    offer = (
        visit.own.put(WalletLink.parse(outcome.offer, profile=visit.own.wallet.profile))
        if outcome.offer
        else ""
    )
    if stopped:
        keys = ["done.stopped.text", "done.stopped.why" if ended.kind == "stopped" else "done.unopened.text"]
        content = joined(*(tag("p", visit.say(key, name=ended.name)) for key in keys))
    else:
        content = joined(tag("h2", visit.say("done.what")), *_cards(ended.cards[visit.language]))
    entry = tag("a", visit.say("done.entry"), href=visit.reader.address(f"/history/{ended.entry}"))
    return visit.page(
        title,
        tag("p", visit.say("step.done"), class_="step"),
        tag("h1", title),
        tag("p", told, class_="notice") if told else Html(),
        _onward(visit, ended, offer),
        content,
        tag("p", entry) if ended.entry else Html(),
        visit.back("back.cards", "/"),
        here=f"/ended/{visit.path('id')}",
    )


def _cards(cards: tuple[tuple[str, tuple[str, ...]], ...]) -> list[Html]:
    return [tag("div", tag("h3", name), listed(labels), class_="card") for name, labels in cards]


def _onward(visit: Visit, ended: Ended, offer: str) -> Html:
    """Where to now: the wallet goes nowhere by itself."""
    if offer:
        address = visit.reader.address(f"/arrived/{offer}")
        return tag("p", tag("a", visit.say("done.card"), href=address, class_="button main"))
    to = ended.outcome.redirect_uri
    if to is not None:
        link = tag(
            "a",
            visit.say("done.back"),
            href=visit.desk.in_browser(to),
            rel="noreferrer",
            class_="button main",
        )
        return tag("p", link)
    went_on = ended.scanned and ended.kind not in ("stopped", "unopened")
    return tag("p", visit.say("done.other" if went_on else "done.nothing_back"))
