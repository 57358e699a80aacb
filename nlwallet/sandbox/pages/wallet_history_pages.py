"""The history: what was shared with whom, line by line and party by party; never a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from nlwallet.errors import WrongPin
from nlwallet.holder import LogEntry, LoggedClaim, LogOutcome
from nlwallet.holder.contact import contacts
from nlwallet.holder.history import history_of
from nlwallet.holder.html_page import link, rows
from nlwallet.holder.labels import LABEL_LENGTH
from nlwallet.holder.readable import day_of, plain
from nlwallet.holder.report_draft import authority_of, seen_warnings
from nlwallet.holder.texts import say
from nlwallet.http.html import Html, joined, tag
from nlwallet.sandbox.pages.wallet_desk import Desk, Fields, Visit, buttons, listed, only
from nlwallet.sandbox.pages.wallet_texts import WALLET_TEXTS
from nlwallet.sandbox.sandbox import Sandbox

ON_A_PAGE: Final = 25


def routes(desk: Desk) -> list[Route]:
    """``/history`` and what is below it."""
    return [
        desk.see("/history", _history),
        desk.see("/history/{id}", _entry),
        desk.see("/history/{id}/party", _party),
        desk.see("/history/{id}/delete", _deletion),
        desk.do("/history/{id}/delete", _delete),
    ]


def entry_of(visit: Visit) -> LogEntry | None:
    """The line of the history that the path names."""
    return next((one for one in visit.own.wallet.log if one.id == visit.path("id")), None)


def party_name(visit: Visit, entry: LogEntry) -> str:
    """What to call the other party."""
    return plain(entry.party.name, LABEL_LENGTH) or visit.say("entry.nobody")


def _history(visit: Visit) -> Response:
    visit.own.sweep()
    entries, title = visit.own.wallet.log[::-1], visit.say("history.title")
    last = max(0, (len(entries) - 1) // ON_A_PAGE)
    given = visit.request.query_params.get("page", "0")
    number = min(int(given), last) if given.isascii() and given.isdigit() and len(given) < 6 else 0
    shown = entries[number * ON_A_PAGE : (number + 1) * ON_A_PAGE]
    deleted = visit.request.query_params.get("now") == "deleted"
    return visit.page(
        title,
        tag("h1", title),
        tag("p", visit.say("delete.done"), class_="done", role="status") if deleted else Html(),
        tag("p", visit.say("history.intro" if entries else "history.none")),
        tag("ol", *(_line(visit, one) for one in shown), class_="entries") if shown else Html(),
        *_more(visit, number, last),
        visit.back("back.cards", "/"),
        here="/history",
        parameters={"page": str(number)} if number else None,
    )


def _line(visit: Visit, entry: LogEntry) -> Html:
    address = visit.reader.address(f"/history/{entry.id}")
    when = tag("span", _moment(visit, entry), class_="quiet")
    return tag("li", tag("a", _title(visit, entry), href=address), tag("br"), when)


def _more(visit: Visit, number: int, last: int) -> Iterator[Html]:
    for key, page, there in (("newer", number - 1, number > 0), ("older", number + 1, number < last)):
        if there:
            address = visit.reader.address("/history", page=str(page))
            yield tag("p", tag("a", visit.say(f"history.{key}"), href=address))


def _moment(visit: Visit, entry: LogEntry) -> str:
    time = f"{datetime.fromtimestamp(entry.time, UTC):%H:%M}"
    return visit.say("history.at", date=day_of(entry.time, visit.language), time=time)


def _title(visit: Visit, entry: LogEntry) -> str:
    key = f"entry.{entry.outcome}" if entry.asks else f"entry.{entry.kind}.{entry.outcome}"
    return visit.say(key if key in WALLET_TEXTS["nl"] else "entry.other", name=party_name(visit, entry))


# One line --------------------------------------------------------------------------------------------


def _entry(visit: Visit) -> Response:
    entry = entry_of(visit)
    if entry is None:
        return visit.gone()
    title = _title(visit, entry)
    return visit.page(
        title,
        tag("h1", title),
        _facts(visit, entry),
        *_claims(visit, entry),
        *_warned(visit, entry),
        *(_rights(visit, entry) if entry.asks else ()),
        tag(
            "p", tag("a", visit.say("entry.delete"), href=visit.reader.address(f"/history/{entry.id}/delete"))
        ),
        visit.back("back.history", "/history"),
        here=f"/history/{entry.id}",
    )


def _facts(visit: Visit, entry: LogEntry) -> Html:
    party, between = entry.party, entry.party.intermediary
    kinds = entry.issued or (() if entry.asks else entry.types)
    cards = ", ".join(
        name for name, _ in visit.own.wallet.named([LoggedClaim(one, ()) for one in kinds], visit.language)
    )
    read = link(party.privacy_policy, visit.say("entry.privacy.read")) if party.privacy_policy else ""
    return rows(
        (visit.say("entry.when"), _moment(visit, entry)),
        (visit.say("entry.who"), plain(party.name, LABEL_LENGTH)),
        (visit.say("entry.number"), plain(party.identifier, LABEL_LENGTH)),
        (visit.say("entry.website"), plain(party.host, LABEL_LENGTH)),
        (
            visit.say("entry.through"),
            plain(between.trade_name or between.identifier, LABEL_LENGTH) if between else "",
        ),
        (visit.say("entry.purpose"), plain(entry.purpose)),
        (visit.say("entry.cards"), cards),
        (visit.say("entry.copies"), str(entry.copies_issued or "")),
        (visit.say("entry.address"), plain(entry.contact)),
        (visit.say("entry.privacy"), read),
        (
            visit.say("entry.authority"),
            plain(party.supervisory_authority, LABEL_LENGTH) if entry.asks else "",
        ),
    )


def _claims(visit: Visit, entry: LogEntry) -> Iterator[Html]:
    if entry.kind == "erasure_request":
        yield _named(visit, "entry.to_erase", entry.requested)
    if not entry.asks:
        return
    maybe = entry.outcome is LogOutcome.POSSIBLY_SHARED
    if entry.shared:
        yield _named(visit, "entry.maybe" if maybe else "entry.what", entry.shared)
    else:
        yield tag("p", visit.say("entry.nothing"))
    if set(entry.requested) != set(entry.shared) and entry.requested:
        yield _named(visit, "entry.asked", entry.requested)


def _named(visit: Visit, key: str, claims: Sequence[LoggedClaim]) -> Html:
    cards = visit.own.wallet.named(claims, visit.language)
    shown = (tag("div", tag("h3", card), listed(names), class_="card") for card, names in cards)
    return joined(tag("h2", visit.say(key)), *shown)


def _warned(visit: Visit, entry: LogEntry) -> Iterator[Html]:
    titles = list(seen_warnings(entry, visit.language))
    if titles:
        yield tag("h2", visit.say("entry.warnings"))
        yield listed(titles)


def _rights(visit: Visit, entry: LogEntry) -> Iterator[Html]:
    name, path = party_name(visit, entry), f"/history/{entry.id}"
    yield tag("h2", visit.say("entry.rights"))
    if entry.shared:
        party = tag("a", visit.say("entry.party", name=name), href=visit.reader.address(f"{path}/party"))
        yield tag("p", party)
        yield tag("h3", visit.say("entry.erase"))
        if contacts(entry.party.deletion_contacts, country=entry.party.country):
            yield tag("p", visit.say("entry.erase.text", name=name))
            box = tag("input", type="checkbox", name="everything", value="yes")
            everything = tag(
                "label", box, tag("span", visit.say("entry.erase.everything", name=name)), class_="choice"
            )
            button = tag("button", visit.say("entry.erase.make"))
            yield visit.form(f"{path}/erase", everything, tag("p", button))
        else:
            yield tag("p", visit.say("entry.erase.nowhere", name=name))
    yield tag("h3", visit.say("entry.report"))
    yield tag("p", visit.say("entry.report.text", authority=plain(authority_of(entry).name, LABEL_LENGTH)))
    yield visit.form(
        f"{path}/report",
        tag("label", visit.say("entry.report.remark"), for_="remark"),
        tag("textarea", id="remark", name="remark", rows="3", maxlength="1000"),
        tag("button", visit.say("entry.report.make")),
    )


# One party -------------------------------------------------------------------------------------------


def _party(visit: Visit) -> Response:
    entry = entry_of(visit)
    if entry is None or not entry.asks:
        return visit.gone()
    wallet, language, name = visit.own.wallet, visit.language, party_name(visit, entry)
    answer = history_of(entry.party, wallet.log)
    title = say(language, "history.title", name=name)
    shown = (
        [say(language, "history.count", name=name, count=len(answer.shared))]
        if answer.shared
        else [say(language, "history.nothing", name=name)]
    )
    if answer.uncertain:
        shown.append(say(language, "history.maybe", count=answer.uncertain))
    cards: dict[str, list[tuple[str, str]]] = {}
    for one in answer.claims:
        ((card, labels),) = wallet.named([LoggedClaim(one.type, one.path)], language)
        first, last = day_of(one.first, language), day_of(one.last, language)
        when = (
            say(language, "history.once", date=first)
            if one.times == 1
            else say(language, "history.more", count=one.times, first=first, last=last)
        )
        cards.setdefault(card, []).append((labels[0] if labels else card, when))
    purposes = [plain(text) for text in dict.fromkeys(text for one in answer.claims for text in one.purposes)]
    asked = [
        say(language, "history.erasure", date=day_of(one.time, language)) for one in answer.erasure_requests
    ]
    told = [
        say(
            language,
            "history.report",
            date=day_of(one.time, language),
            authority=plain(one.party.supervisory_authority, LABEL_LENGTH),
        )
        for one in answer.reports
    ]
    return visit.page(
        title,
        tag("h1", title),
        *(tag("p", text) for text in shown),
        *(tag("div", tag("h2", card), rows(*lines), class_="card") for card, lines in cards.items()),
        joined(tag("h2", say(language, "history.purposes")), listed(purposes)) if purposes else Html(),
        *(tag("p", text) for text in (*asked, *told)),
        visit.back("back.entry", f"/history/{entry.id}"),
        here=f"/history/{entry.id}/party",
    )


# Deleting --------------------------------------------------------------------------------------------


def _deletion(visit: Visit, problem: str = "") -> Response:
    entry = entry_of(visit)
    if entry is None:
        return visit.gone()
    title, path = visit.say("delete.title"), f"/history/{entry.id}/delete"
    pin = tag("input", id="pin", type="password", name="pin", inputmode="numeric", autocomplete="off")
    return visit.page(
        title,
        tag("p", problem, class_="problem", role="alert") if problem else Html(),
        tag("h1", title),
        tag("p", _title(visit, entry), class_="advice"),
        tag("p", say(visit.language, "removal.consequence")),
        visit.form(
            path,
            tag("div", tag("label", say(visit.language, "page.pin"), for_="pin"), pin, class_="entry"),
            buttons(
                ("decision", "delete", visit.say("entry.delete")),
                ("decision", "stop", visit.say("remove.no")),
            ),
        ),
        tag("p", visit.say("pin.test", pin=Sandbox.PIN), class_="quiet"),
        here=path,
        status=422 if problem else 200,
    )


def _delete(visit: Visit, fields: Fields) -> Response:
    entry = entry_of(visit)
    if entry is None:
        return visit.gone()
    if only(fields, "decision") != "delete":
        return visit.go(f"/history/{entry.id}")
    try:
        visit.own.wallet.remove_from_log([entry]).delete(pin=only(fields, "pin"))
    except WrongPin as error:
        return _deletion(visit, f"{visit.wrong_pin(error)} {visit.say('trouble.not_deleted')}")
    return visit.go("/history", now="deleted")
