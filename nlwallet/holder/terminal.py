"""The consent prompt as text of 70 columns: warnings first, then who, why, what and what happens to it."""

from __future__ import annotations

from collections.abc import Iterator

from nlwallet.holder.consent import Consent, SharedCard
from nlwallet.holder.layout import RULE, row, wrap
from nlwallet.holder.readable import listing
from nlwallet.holder.texts import Language, say


def as_text(consent: Consent) -> str:
    """The prompt for a terminal: no escapes, and no line over 70 columns unless one word is longer."""
    return "\n".join(_lines(consent))


def _lines(consent: Consent) -> Iterator[str]:
    language = consent.language
    yield RULE
    yield from wrap(consent.title, "")
    yield RULE
    if consent.warnings:
        yield say(language, "section.warnings")
        for number, warning in enumerate(consent.warnings, 1):
            lead = f"  {number}. "
            yield from wrap(warning.title, lead)
            yield from wrap(warning.text, "     ")
            # A text that ends in a colon announces the list; the others name the claim themselves.
            for item in warning.items if warning.text.endswith(":") else ():
                yield from wrap(str(item), "     - ")
            yield from wrap(warning.advice, "     ")
        yield ""
    yield from _who(consent)
    yield ""
    yield say(language, "section.why")
    yield from wrap(consent.purpose or say(language, "why.unknown"), "  ")
    yield ""
    for one in consent.transactions:
        yield from wrap(say(language, "section.transaction", what=one.name), "")
        for label, text in one.lines:
            yield from row(label, text, indent=2, width=26)
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
    yield RULE


def _who(consent: Consent) -> Iterator[str]:
    language, who = consent.language, consent.requester
    kind = {True: "public", False: "private", None: "unknown"}[who.public_body]
    known = "verified" if who.verified and who.verified_by else "known" if who.verified else "unverified"
    identity = say(language, f"who.identity.{known}", issuer=who.verified_by)
    yield say(language, "section.who")
    yield from wrap(who.trade_name, "  ")
    yield from row(say(language, "who.legal_name"), who.legal_name)
    yield from row(say(language, "who.identifier"), _number(who.identifier, language))
    yield from row(say(language, "who.kind"), say(language, f"who.kind.{kind}"))
    yield from row(say(language, "who.identity"), identity)
    registration = "valid" if who.registered else "invalid"
    yield from row(say(language, "who.registration"), say(language, f"who.registration.{registration}"))
    yield from row(say(language, "who.website"), who.website)


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
        yield from wrap(
            say(language, "what.count.one") if count == 1 else say(language, "what.count.many", count=count),
            "  ",
        )
    if consent.not_shared:
        labels = listing(consent.not_shared, language)
        yield from wrap(say(language, "what.not_shared", labels=labels), "  ")
    if consent.narrowed:
        labels = listing(consent.narrowed, language)
        yield from wrap(say(language, "what.narrowed", labels=labels), "  ")


def _card(card: SharedCard, language: Language) -> Iterator[str]:
    key = "what.card.issuer" if card.issuer else "what.card"
    yield from wrap(say(language, key, card=card.name, issuer=card.issuer), "  ")
    if not card.claims:
        yield from wrap(say(language, "what.nothing"), "    ")
    for claim in card.claims:
        note = f" ({say(language, 'what.always')})" if claim.always else ""
        yield from row(claim.label, claim.value + note, indent=4, width=20)
    if card.alternatives:
        cards = listing([name for _, name in card.alternatives], language)
        yield from wrap(say(language, "what.other_card", cards=cards), "    ")


def _impossible(consent: Consent) -> Iterator[str]:
    language = consent.language
    yield say(language, "section.asked")
    for name in consent.asked:
        yield from wrap(str(name), "  - ")
    yield ""
    if consent.blocked:
        yield from wrap(consent.blocked, "  ")
    if consent.missing:
        yield say(language, "section.missing")
        for line in consent.missing:
            yield from wrap(line, "  ")
        yield from wrap(say(language, "missing.reply", name=consent.requester.trade_name), "  ")


def _afterwards(consent: Consent) -> Iterator[str]:
    language = consent.language
    yield say(language, "section.agreement")
    if not consent.agreement.known:
        yield from wrap(say(language, "agreement.none"), "  ")
        return
    for label, text in consent.agreement.lines:
        yield from row(label, text)
    yield from wrap(say(language, "agreement.promise", name=consent.requester.trade_name), "  ")


def _choice(consent: Consent) -> Iterator[str]:
    language, name = consent.language, consent.requester.trade_name
    if "approve" not in consent.decisions:
        yield from wrap(say(language, "choice.only_stop"), "  ")
        return
    way = "transaction" if consent.transactions else "login" if consent.kind == "login" else "share"
    yield from wrap(say(language, f"choice.{way}", name=name), "  ")
    if any(warning.explicit for warning in consent.warnings):
        yield from wrap(say(language, "choice.despite"), "  ")
    if consent.pin_needed:
        yield from wrap(say(language, "choice.pin"), "  ")
    yield from wrap(say(language, "choice.stop"), "  ")
