"""A report of a suspicious request to a supervisory authority, drafted from the log (ARF topic 50, TS8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from nlwallet.errors import LocalError
from nlwallet.holder.contact import Channel
from nlwallet.holder.draft import Attachment, Draft, chosen, labelled
from nlwallet.holder.erasure import claim_lines
from nlwallet.holder.labels import LABEL_LENGTH, Labels
from nlwallet.holder.log import Counterparty, LogEntry, LogOutcome
from nlwallet.holder.log_export import export_text
from nlwallet.holder.readable import day_of, plain
from nlwallet.holder.texts import TEXTS, Language, say

REMARK_LENGTH: Final = 2000
_LONGEST_ID: Final = 64
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9-]")


@dataclass(frozen=True, slots=True)
class Authority:
    """A data protection authority. ``contacts``: addresses of a web form, of e-mail, or telephone numbers."""

    name: str
    country: str
    contacts: tuple[str, ...]


AUTORITEIT_PERSOONSGEGEVENS: Final = Authority(
    "Autoriteit Persoonsgegevens", "NL", ("https://www.autoriteitpersoonsgegevens.nl/",)
)
"""Of the country where this wallet is from: for requests of parties that name none (TS8 RPT_DPA_01)."""

EDPB_MEMBERS: Final = "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en"
"""Where the addresses of all others are (RPT_DPA_01)."""


def authority_of(entry: LogEntry) -> Authority:
    """The authority that supervises the party of an entry, else the Autoriteit Persoonsgegevens."""
    party = entry.party
    if not party.supervisory_contacts:
        return AUTORITEIT_PERSOONSGEGEVENS
    return Authority(party.supervisory_authority, party.supervisory_country, party.supervisory_contacts)


def draft_report(
    entry: LogEntry,
    authority: Authority,
    *,
    remark: str,
    channel: Channel | None,
    labels: Labels,
    language: Language,
) -> Draft:
    """The report of the presentation request of ``entry``, with the entry itself as a file (RPT_DPA_04, TS10).

    ``remark`` are words of the holder. Raises :class:`~nlwallet.errors.LocalError` for an entry of another kind, or
    when the authority has no address.
    """
    if not entry.asks:
        raise LocalError(
            "this is no request of a party", code="not_a_request", hint="a presentation of the log"
        )
    if len(remark) > REMARK_LENGTH:
        raise LocalError(f"a remark has at most {REMARK_LENGTH} characters")
    to, others = chosen(
        authority.contacts,
        country=authority.country,
        channel=channel,
        whose=authority.name or "the authority",
    )
    # The id of an entry that was imported is text from outside, and this is shown, and may become a path.
    name_of_file = f"wallet-{_NOT_IN_A_NAME.sub('_', entry.id)[:_LONGEST_ID]}.json"
    file = Attachment(name_of_file, export_text([entry]))
    name, through = _who(entry.party), entry.party.intermediary
    between = plain(through.trade_name or through.identifier, LABEL_LENGTH) if through else ""
    subject = (
        say(language, "report.subject.through", name=name, through=between)
        if between
        else say(language, "report.subject", name=name)
    )
    body = "\n".join(_body(entry, file, remark, labels, language))
    return Draft(
        kind=to.channel,
        uri=to.uri(subject=subject, body=body),
        to=plain(authority.name, LABEL_LENGTH),
        address=to.address,
        subject=subject,
        body=body,
        language=language,
        others=others,
        attachment=file,
    )


def entry_of_report(entry: LogEntry, authority: Authority, draft: Draft, *, now: int) -> LogEntry:
    """The log entry of a report that was drafted (RPT_DPA_05a); its party is who was reported."""
    reported = replace(
        entry.party,
        supervisory_authority=authority.name,
        supervisory_country=authority.country,
        supervisory_contacts=authority.contacts,
    )
    return LogEntry(
        time=now,
        kind="authority_report",
        outcome=LogOutcome.INITIATED,
        party=reported,
        about=entry.id,
        contact=draft.address,
    )


def _who(party: Counterparty) -> str:
    """The name with the host, which is in the access certificate (TS8 §3.3)."""
    name, host = plain(party.name, LABEL_LENGTH), plain(party.host, LABEL_LENGTH)
    return f"{name} ({host})" if host and host != name else name or "?"


def _body(
    entry: LogEntry, file: Attachment, remark: str, labels: Labels, language: Language
) -> Iterator[str]:
    party = entry.party
    yield say(language, "report.greeting")
    yield ""
    yield say(language, "report.when", date=day_of(entry.time, language), name=_who(party))
    yield say(language, "report.ask")
    if remark:
        yield say(language, "report.remark", remark=plain(remark, REMARK_LENGTH))
    yield ""
    yield say(language, "report.who")
    yield from labelled((say(language, f"report.row.{key}"), plain(text)) for key, text in _rows(party))
    if not party.verified:
        yield f"- {say(language, 'report.row.unverified')}"
    if entry.requested or entry.types:
        yield ""
        yield say(language, "report.claims")
        yield from (
            claim_lines(entry.requested, labels, language)
            if entry.requested
            else (f"- {labels.card(one, language)}" for one in entry.types)
        )
    if entry.purpose:
        yield say(language, "report.purpose", purpose=plain(entry.purpose))
    warnings = [f"- {title}" for title in seen_warnings(entry, language)]
    if warnings:
        yield ""
        yield say(language, "report.warnings")
        yield from warnings
    yield ""
    shared = {LogOutcome.SHARED: "yes", LogOutcome.POSSIBLY_SHARED: "maybe"}.get(entry.outcome, "no")
    yield say(language, f"report.shared.{shared}")
    yield say(language, "report.attached", file=file.name)
    yield ""
    yield say(language, "report.closing")


def _rows(party: Counterparty) -> Iterator[tuple[str, str]]:
    through = party.intermediary
    yield "name", party.trade_name
    yield "legal_name", party.legal_name
    yield "identifier", party.identifier
    yield "country", party.country
    yield "host", party.host
    yield "service", " ".join(part for part in (party.service_name, party.service_id) if part)
    yield (
        "through",
        " ".join(part for part in (through.trade_name, through.identifier) if part) if through else "",
    )
    yield "registry", party.registry


def seen_warnings(entry: LogEntry, language: Language) -> Iterator[str]:
    """Titles of the warnings that the holder saw; a log may hold codes that this version does not know."""
    names = _Names(name=plain(entry.party.name, LABEL_LENGTH))
    for code in dict.fromkeys(entry.warnings):
        title = TEXTS[language].get(f"warning.{code}.title")
        yield title.format_map(names) if title else plain(code, LABEL_LENGTH)


class _Names(dict[str, str]):
    """What is not logged of a warning, such as the name of the card, is left open."""

    def __missing__(self, key: str) -> str:
        return "…"
