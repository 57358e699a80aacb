"""What a party received over time, as text of 70 columns."""

from __future__ import annotations

from collections.abc import Iterator

from nlwallet.holder.history import GivenClaim, SharedWith
from nlwallet.holder.labels import LABEL_LENGTH, Labels
from nlwallet.holder.layout import RULE, row, wrap
from nlwallet.holder.readable import day_of, plain
from nlwallet.holder.texts import Language, say


def history_text(answer: SharedWith, labels: Labels, language: Language) -> str:
    """The answer for a terminal."""
    return "\n".join(_lines(answer, labels, language))


def _lines(answer: SharedWith, labels: Labels, language: Language) -> Iterator[str]:
    name = plain(answer.party.name, LABEL_LENGTH)
    yield RULE
    yield from wrap(say(language, "history.title", name=name), "")
    yield RULE
    if not answer.shared:
        yield from wrap(say(language, "history.nothing", name=name), "")
    else:
        yield from wrap(say(language, "history.count", name=name, count=len(answer.shared)), "")
    if answer.uncertain:
        yield from wrap(say(language, "history.maybe", count=answer.uncertain), "")
    for kind in dict.fromkeys(one.type for one in answer.claims):
        yield ""
        yield from wrap(labels.card(kind, language), "")
        for one in answer.claims:
            if one.type == kind:
                yield from row(labels.claim(kind, one.path, language), _when(one, language), width=28)
    purposes = list(dict.fromkeys(purpose for one in answer.claims for purpose in one.purposes))
    if purposes:
        yield ""
        yield say(language, "history.purposes")
        for purpose in purposes:
            yield from wrap(plain(purpose), "  - ")
    if answer.erasure_requests or answer.reports:
        yield ""
    for entry in answer.erasure_requests:
        yield from wrap(say(language, "history.erasure", date=day_of(entry.time, language)), "")
    for entry in answer.reports:
        authority = plain(entry.party.supervisory_authority, LABEL_LENGTH)
        day = day_of(entry.time, language)
        yield from wrap(say(language, "history.report", date=day, authority=authority), "")
    yield RULE


def _when(one: GivenClaim, language: Language) -> str:
    first, last = day_of(one.first, language), day_of(one.last, language)
    if one.times == 1:
        return say(language, "history.once", date=first)
    return say(language, "history.more", count=one.times, first=first, last=last)
