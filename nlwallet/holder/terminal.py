"""The consent prompt as text of 70 columns: warnings first, then who, why, what and what happens to it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from nlwallet.holder.consent import Consent, SharedCard
from nlwallet.holder.readable import listing
from nlwallet.holder.texts import Language, say

WIDTH: Final = 70
_LABEL: Final = 16
_RULE: Final = "─" * WIDTH


def as_text(consent: Consent) -> str:
    """The prompt for a terminal: no escapes, and no line over 70 columns unless one word is longer."""
    return "\n".join(_lines(consent))


def _lines(consent: Consent) -> Iterator[str]:
    language = consent.language
    yield _RULE
    yield from _wrap(consent.title, "")
    yield _RULE
    if consent.warnings:
        yield say(language, "section.warnings")
        for number, warning in enumerate(consent.warnings, 1):
            lead = f"  {number}. "
            yield from _wrap(warning.title, lead)
            yield from _wrap(warning.text, "     ")
            # A text that ends in a colon announces the list; the others name the claim themselves.
            for item in warning.items if warning.text.endswith(":") else ():
                yield from _wrap(str(item), "     - ")
            yield from _wrap(warning.advice, "     ")
        yield ""
    yield from _who(consent)
    yield ""
    yield say(language, "section.why")
    yield from _wrap(consent.purpose or say(language, "why.unknown"), "  ")
    yield ""
    for one in consent.transactions:
        yield from _wrap(say(language, "section.transaction", what=one.name), "")
        for label, text in one.lines:
            yield from _row(label, text, indent=2, width=26)
        yield ""
    if consent.missing or consent.blocked:
        yield from _impossible(consent)
    else:
        yield from _shared(consent)
    yield ""
    if not (consent.missing or consent.blocked):
        yield from _afterwards(consent)
        yield ""
    yield say(language, "section.choice")
    yield from _choice(consent)
    yield _RULE


def _who(consent: Consent) -> Iterator[str]:
    language, who = consent.language, consent.requester
    kind = {True: "public", False: "private", None: "unknown"}[who.public_body]
    known = "verified" if who.verified and who.verified_by else "known" if who.verified else "unverified"
    identity = say(language, f"who.identity.{known}", issuer=who.verified_by)
    yield say(language, "section.who")
    yield from _wrap(who.trade_name, "  ")
    yield from _row(say(language, "who.legal_name"), who.legal_name)
    yield from _row(say(language, "who.identifier"), _number(who.identifier, language))
    yield from _row(say(language, "who.kind"), say(language, f"who.kind.{kind}"))
    yield from _row(say(language, "who.identity"), identity)
    registration = "valid" if who.registered else "invalid"
    yield from _row(say(language, "who.registration"), say(language, f"who.registration.{registration}"))
    yield from _row(say(language, "who.website"), who.website)


def _number(identifier: str, language: Language) -> str:
    # Semantic identifier of EN 319 412-1 §5.1.4: NTR is a national trade register, in NL the KvK.
    if identifier.startswith("NTRNL-"):
        return say(language, "who.identifier.kvk", number=identifier.removeprefix("NTRNL-"))
    return identifier


def _shared(consent: Consent) -> Iterator[str]:
    language = consent.language
    yield say(language, "section.login" if consent.kind == "login" else "section.what")
    count = 0
    for card in consent.cards:
        count += len(card.claims)
        yield from _card(card, language)
    if count:
        yield from _wrap(
            say(language, "what.count.one") if count == 1 else say(language, "what.count.many", count=count),
            "  ",
        )
    if consent.not_shared:
        labels = listing(consent.not_shared, language)
        yield from _wrap(say(language, "what.not_shared", labels=labels), "  ")
    if consent.narrowed:
        labels = listing(consent.narrowed, language)
        yield from _wrap(say(language, "what.narrowed", labels=labels), "  ")


def _card(card: SharedCard, language: Language) -> Iterator[str]:
    key = "what.card.issuer" if card.issuer else "what.card"
    yield from _wrap(say(language, key, card=card.name, issuer=card.issuer), "  ")
    if not card.claims:
        yield from _wrap(say(language, "what.nothing"), "    ")
    for claim in card.claims:
        note = f" ({say(language, 'what.always')})" if claim.always else ""
        yield from _row(claim.label, claim.value + note, indent=4, width=20)
    if card.alternatives:
        cards = listing([name for _, name in card.alternatives], language)
        yield from _wrap(say(language, "what.other_card", cards=cards), "    ")


def _impossible(consent: Consent) -> Iterator[str]:
    language = consent.language
    yield say(language, "section.asked")
    for name in consent.asked:
        yield from _wrap(str(name), "  - ")
    yield ""
    if consent.blocked:
        yield from _wrap(consent.blocked, "  ")
    if consent.missing:
        yield say(language, "section.missing")
        for line in consent.missing:
            yield from _wrap(line, "  ")
        yield from _wrap(say(language, "missing.reply", name=consent.requester.trade_name), "  ")


def _afterwards(consent: Consent) -> Iterator[str]:
    language = consent.language
    yield say(language, "section.agreement")
    if not consent.agreement.known:
        yield from _wrap(say(language, "agreement.none"), "  ")
        return
    for label, text in consent.agreement.lines:
        yield from _row(label, text)
    yield from _wrap(say(language, "agreement.promise", name=consent.requester.trade_name), "  ")


def _choice(consent: Consent) -> Iterator[str]:
    language, name = consent.language, consent.requester.trade_name
    if "approve" not in consent.decisions:
        yield from _wrap(say(language, "choice.only_stop"), "  ")
        return
    way = "transaction" if consent.transactions else "login" if consent.kind == "login" else "share"
    yield from _wrap(say(language, f"choice.{way}", name=name), "  ")
    if any(warning.explicit for warning in consent.warnings):
        yield from _wrap(say(language, "choice.despite"), "  ")
    if consent.pin_needed:
        yield from _wrap(say(language, "choice.pin"), "  ")
    yield from _wrap(say(language, "choice.stop"), "  ")


def _row(label: str, text: str, *, indent: int = 2, width: int = _LABEL) -> Iterable[str]:
    if not text:
        return ()
    lead = " " * indent + label
    if len(lead) > indent + width - 1:
        return [*_wrap(label, " " * indent), *_wrap(text, " " * (indent + 2))]
    return _wrap(text, lead.ljust(indent + width))


def _wrap(text: str, lead: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
