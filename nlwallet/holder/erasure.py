"""A request to a party to erase what it got, drafted from the log (Article 17 GDPR; ARF topic 48, TS7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nlwallet.errors import LocalError
from nlwallet.holder.contact import Channel
from nlwallet.holder.draft import Draft, chosen
from nlwallet.holder.labels import LABEL_LENGTH, Labels
from nlwallet.holder.log import LogEntry, LoggedClaim, LogOutcome
from nlwallet.holder.readable import day_of, plain
from nlwallet.holder.texts import Language, say


def draft_erasure(
    entry: LogEntry,
    claims: Sequence[LoggedClaim],
    *,
    everything: bool,
    channel: Channel | None,
    labels: Labels,
    language: Language,
) -> Draft:
    """The request about ``claims`` of the presentation ``entry``, or about ``everything`` that its party ever got.

    Names, dates and places of claims stand in it, and no value: the party knows those, and the way there may be read
    by others. Raises :class:`~nlwallet.errors.LocalError` when nothing was shared, or there is no address.
    """
    if not entry.asks or not claims:
        raise LocalError("nothing was shared in this transaction", code="nothing_shared")
    party, name = entry.party, plain(entry.party.name, LABEL_LENGTH)
    to, others = chosen(
        party.deletion_contacts, country=party.country, channel=channel, whose=party.name or "the party"
    )
    subject = say(language, "erasure.subject")
    body = "\n".join(_body(entry, claims, everything=everything, labels=labels, language=language))
    return Draft(
        kind=to.channel,
        uri=to.uri(subject=subject, body=body),
        to=name,
        address=to.address,
        subject=subject,
        body=body,
        language=language,
        others=others,
    )


def entry_of_erasure(entry: LogEntry, claims: Sequence[LoggedClaim], draft: Draft, *, now: int) -> LogEntry:
    """The log entry of a request that was drafted (DATA_DLT_06)."""
    return LogEntry(
        time=now,
        kind="erasure_request",
        outcome=LogOutcome.INITIATED,
        party=entry.party,
        requested=tuple(claims),
        types=tuple(dict.fromkeys(one.type for one in claims)),
        about=entry.id,
        contact=draft.address,
    )


def claim_lines(claims: Iterable[LoggedClaim], labels: Labels, language: Language) -> Iterator[str]:
    """A line for each card, with what people call the claims on it."""
    by_type: dict[str, list[str]] = {}
    for one in claims:
        by_type.setdefault(one.type, []).extend(
            [labels.claim(one.type, one.path, language)] if one.path else []
        )
    for kind, names in by_type.items():
        card = labels.card(kind, language)
        yield f"- {card}: {', '.join(dict.fromkeys(names))}" if names else f"- {card}"


def _body(
    entry: LogEntry,
    claims: Sequence[LoggedClaim],
    *,
    everything: bool,
    labels: Labels,
    language: Language,
) -> Iterator[str]:
    yield say(language, "erasure.greeting")
    yield ""
    name, date = plain(entry.party.name, LABEL_LENGTH), day_of(entry.time, language)
    yield say(language, "erasure.when", date=date, name=name)
    yield say(language, "erasure.ask")
    yield ""
    yield say(language, "erasure.everything" if everything else "erasure.claims")
    yield from claim_lines(claims, labels, language)
    if entry.purpose:
        yield ""
        yield say(language, "erasure.purpose", purpose=plain(entry.purpose))
    yield ""
    yield say(language, "erasure.answer")
    yield say(language, "erasure.proof")
    yield ""
    yield say(language, "erasure.closing")
