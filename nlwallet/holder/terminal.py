"""The consent prompt as text of 70 columns.

The question, what leaves the wallet, what may be done with it, what is unusual, who asks, and the choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from nlwallet.holder.consent import Consent, ConsentWarning, OpenChoice, OtherCard, SharedCard, SharedClaim
from nlwallet.holder.layout import RULE, row, wrap
from nlwallet.holder.readable import listing
from nlwallet.holder.texts import Language, say


def as_text(consent: Consent, *, every_warning: bool = False) -> str:
    """The prompt for a terminal: no escapes, and no line over 70 columns unless one word is longer.

    Of warnings after the third only the titles are told, unless ``every_warning``.
    """
    return "\n".join(_lines(consent, every_warning))


def _lines(consent: Consent, every_warning: bool) -> Iterator[str]:  # noqa: FBT001
    language = consent.language
    yield RULE
    yield from wrap(consent.title, "")
    yield RULE
    if consent.warnings:
        yield from wrap(unusual_line(consent), "")
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
    yield from _why(consent)
    if consent.warnings:
        yield from _unusual(consent, every_warning)
        yield ""
    yield from _who(consent)
    yield ""
    yield say(language, "section.choice")
    yield from _choice(consent)
    yield RULE


def unusual_line(consent: Consent) -> str:
    """The one line under the question that says how much is unusual; empty when nothing is."""
    count = len(consent.warnings)
    key = "unusual.one" if count == 1 else "unusual.many"
    return say(consent.language, key, count=count) if count else ""


def _unusual(consent: Consent, every_warning: bool) -> Iterator[str]:  # noqa: FBT001
    language = consent.language
    yield say(language, "section.warnings")
    full = consent.warnings if every_warning else consent.prominent
    for number, warning in enumerate(full, 1):
        yield from _warning(warning, f"  {number}. ")
    rest = consent.warnings[len(full) :]
    if rest:
        key = "page.more_warnings.one" if len(rest) == 1 else "page.more_warnings.many"
        yield from wrap(say(language, key, count=len(rest)) + ":", "  ")
        for number, warning in enumerate(rest, len(full) + 1):
            yield from wrap(warning.title, f"  {number}. ")


def _warning(warning: ConsentWarning, lead: str) -> Iterator[str]:
    yield from wrap(warning.title, lead)
    yield from wrap(warning.text, "     ")
    if warning.link:
        yield f"     {warning.link}"
    # A text that ends in a colon announces the list; the others name the claim themselves.
    for item in warning.items if warning.text.endswith(":") else ():
        yield from wrap(str(item), "     - ")
    yield from wrap(warning.advice, "     > ")


def _why(consent: Consent) -> Iterator[str]:
    language = consent.language
    if consent.missing or consent.blocked:
        yield say(language, "section.why")
        yield from wrap(consent.purpose or say(language, "why.unknown"), "  ")
        yield ""
        return
    yield from wrap(say(language, "section.agreement", name=consent.requester.trade_name), "")
    yield from row(say(language, "why.label"), consent.purpose or say(language, "why.unknown"))
    if not consent.agreement.known:
        yield from wrap(say(language, "agreement.none"), "  ")
    else:
        for label, text in consent.agreement.lines:
            yield from row(label, text)
        yield from wrap(say(language, "agreement.promise", name=consent.requester.trade_name), "  ")
    yield ""


def _who(consent: Consent) -> Iterator[str]:
    language, who = consent.language, consent.requester
    kind = {True: "public", False: "private", None: "unknown"}[who.public_body]
    known = "verified" if who.verified and who.verified_by else "known" if who.verified else "unverified"
    identity = say(language, f"who.identity.{known}", issuer=who.verified_by)
    yield say(language, "section.who")
    yield from wrap(who.trade_name, "  ")
    yield from row(say(language, "who.legal_name"), who.legal_name)
    yield from row(say(language, "who.identifier"), number_of(who.identifier, language))
    yield from row(say(language, "who.kind"), say(language, f"who.kind.{kind}"))
    yield from row(say(language, "who.identity"), identity)
    registration = "valid" if who.registered else "invalid"
    yield from row(say(language, "who.registration"), say(language, f"who.registration.{registration}"))
    yield from row(say(language, "who.website"), who.website)
    before = "yes" if who.shared_before else "no"
    yield from row(say(language, "who.before"), say(language, f"who.before.{before}"))


def number_of(identifier: str, language: Language) -> str:
    """An identifier as people know it."""
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
    if consent.choices:
        yield from wrap(say(language, "section.other_way"), "  ")
        for choice in consent.choices:
            yield from _other_ways(choice, language)


def _card(card: SharedCard, language: Language) -> Iterator[str]:
    key = "what.card.issuer" if card.issuer else "what.card"
    yield from wrap(say(language, key, card=card.name, issuer=card.issuer), "  ")
    if not card.claims:
        yield from wrap(say(language, "what.nothing"), "    ")
    yield from _claims(card.claims, language)
    for other in card.alternatives:
        yield from _other_card(other, language)


def _claims(claims: tuple[SharedClaim, ...], language: Language, indent: int = 4) -> Iterator[str]:
    for claim in claims:
        note = f" ({say(language, 'what.always')})" if claim.always else ""
        yield from row(claim.label, claim.value + note, indent=indent, width=20)


def _other_card(other: OtherCard, language: Language) -> Iterator[str]:
    yield from wrap(say(language, "what.other_card", card=other.name), "    ")
    yield from _claims(other.claims, language, 6)


def _other_ways(choice: OpenChoice, language: Language) -> Iterator[str]:
    for _, key, labels in other_ways(choice, language):
        yield from wrap(say(language, key, labels=labels), "  - ")


def other_ways(choice: OpenChoice, language: Language) -> Iterator[tuple[int, str, str]]:
    """What else may be done: the number of the way, the key of a text, and the labels that it is filled in with."""
    chosen = [way for way in choice.ways if way.chosen]
    for way in choice.ways:
        labels = listing(way.labels, language)
        if not way.chosen:
            yield way.number, "page.use_option" if chosen else "page.add_option", labels
        elif not choice.required:
            yield way.number, "page.drop_option", labels


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


def _choice(consent: Consent) -> Iterator[str]:
    language, name = consent.language, consent.requester.trade_name
    if "approve" not in consent.decisions:
        yield from wrap(say(language, "choice.only_stop"), "  ")
        return
    way = "transaction" if consent.transactions else "login" if consent.kind == "login" else "share"
    yield from wrap(say(language, f"choice.{way}", name=name), "  ")
    confirm = [warning.confirm for warning in consent.warnings if warning.explicit]
    if confirm:
        yield from wrap(say(language, "choice.despite"), "  ")
        for text in confirm:
            yield from wrap(text, "    [ ] ")
    if consent.pin_needed:
        yield from wrap(say(language, "choice.pin"), "  ")
    yield from wrap(say(language, "choice.stop"), "  ")
