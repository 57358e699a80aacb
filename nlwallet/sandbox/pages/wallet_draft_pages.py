"""What the holder sends herself: a request to erase, a report to the authority, each ready to be sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.holder import Channel, Draft
from nlwallet.holder.contact import CHANNELS
from nlwallet.holder.html_page import rows
from nlwallet.holder.report_draft import REMARK_LENGTH
from nlwallet.holder.texts import say
from nlwallet.http.html import Html, tag
from nlwallet.sandbox.pages.layout import PAGE_HEADERS
from nlwallet.sandbox.pages.wallet_desk import Desk, Fields, Visit, only
from nlwallet.sandbox.pages.wallet_history_pages import entry_of

_ANYTHING: Final = "yes"


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft that can be looked at again; ``asked`` is what was filled in for it."""

    kind: Literal["erase", "report"]
    draft: Draft
    entry: str
    asked: Fields


def routes(desk: Desk) -> list[Route]:
    """What makes a draft, and ``/drafts/ID``."""
    return [
        desk.do("/history/{id}/erase", _erase),
        desk.do("/history/{id}/report", _report),
        desk.see("/drafts/{id}", _draft),
        desk.see("/drafts/{id}/file", _file),
    ]


def _erase(visit: Visit, fields: Fields) -> Response:
    entry = entry_of(visit)
    if entry is None or not entry.asks or not entry.shared:
        return visit.gone()
    everything = only(fields, "everything")
    draft = visit.own.wallet.erasure_request(
        entry, everything=everything == _ANYTHING, channel=_channel(fields), language=visit.language
    )
    asked = (("everything", _ANYTHING),) if everything == _ANYTHING else ()
    return visit.go(f"/drafts/{visit.own.put(Drafted('erase', draft, entry.id, asked))}")


def _report(visit: Visit, fields: Fields) -> Response:
    entry = entry_of(visit)
    if entry is None or not entry.asks:
        return visit.gone()
    remark = only(fields, "remark").strip()[:REMARK_LENGTH]
    draft = visit.own.wallet.report_to_authority(
        entry, remark=remark, channel=_channel(fields), language=visit.language
    )
    asked = (("remark", remark),) if remark else ()
    return visit.go(f"/drafts/{visit.own.put(Drafted('report', draft, entry.id, asked))}")


def _channel(fields: Fields) -> Channel | None:
    chosen = only(fields, "channel")
    return next((one for one in CHANNELS if one == chosen), None)


def _draft(visit: Visit) -> Response:
    id_ = visit.path("id")
    drafted = visit.own.find(id_, Drafted)
    if drafted is None:
        return visit.gone()
    draft, language = drafted.draft, visit.language
    title = visit.say(f"draft.{drafted.kind}")
    address = visit.desk.in_browser(draft.uri) if draft.kind == "web" else draft.uri
    opens = tag(
        "a",
        visit.say(f"draft.open.{draft.kind}", address=draft.address),
        href=address,
        rel="noreferrer noopener external",
        class_="button main",
    )
    return visit.page(
        title,
        tag("h1", title),
        tag("p", say(language, f"draft.{draft.kind}", name=draft.to)),
        tag("p", opens),
        *_attached(visit, id_, draft),
        rows((visit.say("draft.address"), draft.address)),
        tag("h2", visit.say("draft.subject")),
        tag("p", draft.subject, lang=draft.language),
        tag("h2", visit.say("draft.text")),
        tag("p", draft.body, class_="letter", lang=draft.language),
        tag("p", say(language, "draft.unknown", name=draft.to), class_="quiet"),
        *_others(visit, drafted),
        visit.back("back.entry", f"/history/{drafted.entry}"),
        here=f"/drafts/{id_}",
    )


def _attached(visit: Visit, id_: str, draft: Draft) -> Iterator[Html]:
    if draft.attachment is not None:
        yield tag("p", say(visit.language, "draft.attach", file=draft.attachment.name))
        yield tag(
            "p", tag("a", visit.say("draft.file"), href=f"/drafts/{id_}/file", download=draft.attachment.name)
        )


def _others(visit: Visit, drafted: Drafted) -> Iterator[Html]:
    if drafted.draft.others:
        yield tag("h2", visit.say("draft.other"))
    for way in drafted.draft.others:
        hidden = (tag("input", type="hidden", name=name, value=value) for name, value in drafted.asked)
        button = tag("button", visit.say(f"draft.other.{way}"), name="channel", value=way)
        yield visit.form(f"/history/{drafted.entry}/{drafted.kind}", *hidden, button)


def _file(visit: Visit) -> Response:
    drafted = visit.own.find(visit.path("id"), Drafted)
    if drafted is None or drafted.draft.attachment is None:
        raise HTTPException(404)
    file = drafted.draft.attachment
    headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)
