"""The consent prompt as a web page: the question, what leaves the wallet, what may be done with it, what is unusual.

It works without a script, from 320 CSS pixels on, with a keyboard, and read aloud. Boxes that must be ticked are
never ticked beforehand, and the browser does not send an approval without them; the wallet checks it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Unpack

from nlwallet.holder.consent import Consent, ConsentWarning, OtherCard, SharedCard, SharedClaim
from nlwallet.holder.html_page import (
    Page,
    answerable,
    button,
    document,
    link,
    other_button,
    rows,
    section,
)
from nlwallet.holder.readable import listing
from nlwallet.holder.terminal import number_of, other_ways, unusual_line
from nlwallet.holder.texts import Language, say
from nlwallet.http.html import Html, joined, tag

_PICTURE: Final = re.compile(r"data:image/(jpeg|png);base64,[A-Za-z0-9+/]+={0,2}")
_TOLD: Final = ("retention", "third_parties", "deletion")
MAX_PICTURE: Final = 500_000
"""Characters of a picture that is shown as one; of a larger one only the word is shown."""


def consent_page(consent: Consent, **page: Unpack[Page]) -> str:
    """A whole HTML document. Its form is answered with :func:`~nlwallet.holder.consent_form.answer`."""
    return document(consent.language, consent.title, consent_content(consent, **page), page=page)


def consent_content(consent: Consent, **page: Unpack[Page]) -> Html:
    """What stands in that page, with its form: for a page that has a frame, and a style, of its own."""
    return answerable(
        tag("h1", consent.title),
        _notice(consent),
        *_agreed_to(consent),
        _impossible(consent) if consent.missing or consent.blocked else _shared(consent),
        _allowed(consent),
        _unusual(consent),
        _who(consent),
        _choice(consent),
        page=page,
    )


def _notice(consent: Consent) -> Html:
    line = unusual_line(consent)
    return tag("p", tag("a", line, href="#unusual"), class_="notice") if line else Html()


def _agreed_to(consent: Consent) -> Iterator[Html]:
    for number, one in enumerate(consent.transactions):
        heading = say(consent.language, "section.transaction", what=one.name)
        yield section(heading, rows(*one.lines), id_=f"transaction-{number}")


# What leaves the wallet ------------------------------------------------------------------------------


def _shared(consent: Consent) -> Html:
    language = consent.language
    count = sum(len(card.claims) for card in consent.cards)
    told = []
    if count:
        told.append(say(language, f"what.count.{'one' if count == 1 else 'many'}", count=count))
    if consent.not_shared:
        told.append(say(language, "what.not_shared", labels=listing(consent.not_shared, language)))
    if consent.narrowed:
        told.append(say(language, "what.narrowed", labels=listing(consent.narrowed, language)))
    return section(
        say(language, "section.login" if consent.kind == "login" else "section.what"),
        *(_card(card, language) for card in consent.cards),
        *(tag("p", text) for text in told),
        _choices(consent),
        id_="shared",
    )


def _card(card: SharedCard, language: Language) -> Html:
    key = "what.card.issuer" if card.issuer else "what.card"
    content = _claims(card.claims, language) or tag("p", say(language, "what.nothing"))
    others = [_other_card(card.query_id, other, language) for other in card.alternatives]
    if others:
        content = joined(
            content, tag("details", tag("summary", say(language, "page.other_card")), *others, class_="more")
        )
    heading = tag("h3", say(language, key, card=card.name, issuer=card.issuer))
    return tag("div", heading, content, class_="card")


def _other_card(query_id: str, other: OtherCard, language: Language) -> Html:
    use = say(language, "page.use_card", card=other.name)
    return joined(
        _claims(other.claims, language),
        tag("p", other_button(use, "card", f"{query_id}={other.id}")),
    )


def _claims(claims: tuple[SharedClaim, ...], language: Language) -> Html:
    return rows(*((claim.label, _value(claim, language)) for claim in claims))


def _value(claim: SharedClaim, language: Language) -> Html:
    shown = joined(claim.value)
    raw = claim.raw
    if isinstance(raw, str) and len(raw) <= MAX_PICTURE and _PICTURE.fullmatch(raw):
        shown = joined(tag("img", src=raw, alt=""), shown)
    return joined(shown, f" ({say(language, 'what.always')})") if claim.always else shown


def _choices(consent: Consent) -> Html:
    language = consent.language
    ways = [
        tag("p", other_button(text, "way", value))
        for choice in consent.choices
        for value, text in (
            (
                f"{choice.number}={'' if key == 'page.drop_option' else number}",
                say(language, key, labels=labels),
            )
            for number, key, labels in other_ways(choice, language)
        )
    ]
    return joined(tag("h3", say(language, "section.other_way")), *ways) if ways else Html()


def _impossible(consent: Consent) -> Html:
    language = consent.language
    asked = section(
        say(language, "section.asked"),
        tag("ul", *(tag("li", name.label) for name in consent.asked)),
        id_="asked",
    )
    if consent.blocked:
        return joined(asked, tag("p", consent.blocked, class_="advice"))
    reply = say(language, "missing.reply", name=consent.requester.trade_name)
    missing = section(
        say(language, "section.missing"),
        *(tag("p", line, class_="advice") for line in consent.missing),
        tag("p", reply, class_="quiet"),
        id_="missing",
    )
    return joined(asked, missing)


# What may be done with it ----------------------------------------------------------------------------


def _allowed(consent: Consent) -> Html:
    language, agreement, name = consent.language, consent.agreement, consent.requester.trade_name
    purpose = (say(language, "why.label"), consent.purpose or say(language, "why.unknown"))
    if consent.missing or consent.blocked:
        return section(say(language, "section.why"), tag("p", purpose[1]), id_="allowed")
    if agreement.known:
        lines = dict(agreement.lines)
        label = {key: say(language, f"agreement.{key}") for key in _TOLD}
        deletion = {True: "yes", False: "no", None: "unknown"}[agreement.deletable]
        lines[label["deletion"]] = say(language, f"agreement.deletion.{deletion}")
        policy = link(agreement.privacy_policy, say(language, "page.privacy"))
        first = [(label[key], lines.get(label[key], "")) for key in _TOLD]
        contact = (say(language, "page.delete_at"), link(agreement.deletion_contact))
        complaint = (say(language, "agreement.authority"), agreement.supervisory_authority)
        where = (say(language, "page.complain_at"), link(agreement.supervisory_contact))
        promise = tag("p", say(language, "agreement.promise", name=name))
        more = joined(rows(contact, complaint, where), promise)
        told = joined(
            rows(purpose, *first, (say(language, "agreement.privacy_policy"), policy)),
            tag("details", tag("summary", say(language, "page.more_agreement")), more),
        )
    else:
        told = joined(rows(purpose), tag("p", say(language, "agreement.none")))
    return section(say(language, "section.agreement", name=name), told, id_="allowed")


# What is unusual -------------------------------------------------------------------------------------


def _unusual(consent: Consent) -> Html:
    if not consent.warnings:
        return Html()
    language = consent.language
    possible = "approve" in consent.decisions
    shown = tag("ol", *(_warning(one, possible) for one in consent.prominent), class_="warnings")
    rest = Html()
    if consent.further:
        key = "page.more_warnings.one" if len(consent.further) == 1 else "page.more_warnings.many"
        summary = tag("summary", say(language, key, count=len(consent.further)))
        listed = tag("ol", *(_warning(one, False) for one in consent.further), class_="warnings")
        # Their boxes stand outside: a browser cannot point at a box in something that is closed.
        boxes = [_box(one) for one in consent.further if possible]
        rest = joined(tag("details", summary, listed), *boxes)
    return section(say(language, "section.warnings"), shown, rest, id_="unusual")


def _warning(warning: ConsentWarning, possible: bool) -> Html:  # noqa: FBT001
    items = [tag("li", item.label) for item in warning.items] if warning.text.endswith(":") else []
    return tag(
        "li",
        tag("h3", warning.title),
        tag("p", warning.text),
        tag("p", link(warning.link)) if warning.link else Html(),
        tag("ul", *items) if items else Html(),
        tag("p", warning.advice, class_="advice"),
        _box(warning) if possible else Html(),
        class_="warning",
    )


def _box(warning: ConsentWarning) -> Html:
    if not warning.explicit:
        return Html()
    box = tag("input", type="checkbox", name="confirm", value=warning.code, required=True)
    return tag("label", box, tag("span", warning.confirm), class_="confirm")


# Who asks, and the choice ----------------------------------------------------------------------------


def _who(consent: Consent) -> Html:
    language, who = consent.language, consent.requester
    kind = {True: "public", False: "private", None: "unknown"}[who.public_body]
    known = "verified" if who.verified and who.verified_by else "known" if who.verified else "unverified"
    before = "yes" if who.shared_before else "no"
    registration = "valid" if who.registered else "invalid"
    first = rows(
        (say(language, "who.name"), who.trade_name),
        (say(language, "who.identity"), say(language, f"who.identity.{known}", issuer=who.verified_by)),
        (say(language, "who.website"), who.website),
        (say(language, "who.before"), say(language, f"who.before.{before}")),
    )
    more = rows(
        (say(language, "who.legal_name"), who.legal_name),
        (say(language, "who.identifier"), number_of(who.identifier, language)),
        (say(language, "who.kind"), say(language, f"who.kind.{kind}")),
        (say(language, "who.registration"), say(language, f"who.registration.{registration}")),
    )
    details = tag("details", tag("summary", say(language, "page.more_who")), more)
    return section(say(language, "section.who"), first, details, id_="who")


def _choice(consent: Consent) -> Html:
    language, name = consent.language, consent.requester.trade_name
    stop = button(say(language, "page.stop"), "deny", check=False)
    if "approve" not in consent.decisions:
        told = tag("p", say(language, "choice.only_stop"))
        return section(say(language, "section.choice"), told, tag("div", stop, class_="decide"), id_="choice")
    way = "agree" if consent.transactions else "login" if consent.kind == "login" else "share"
    text = {"agree": "choice.transaction", "login": "choice.login", "share": "choice.share"}[way]
    content = [tag("p", say(language, text, name=name)), tag("p", say(language, "choice.stop"))]
    if consent.pin_needed:
        content.append(pin_entry(language))
    approve = button(say(language, f"page.{way}"), "approve")
    return section(
        say(language, "section.choice"), *content, tag("div", approve, stop, class_="decide"), id_="choice"
    )


def pin_entry(language: Language) -> Html:
    """Where the PIN is typed."""
    entry = tag(
        "input", id="pin", type="password", name="pin", inputmode="numeric", required=True, autocomplete="off"
    )
    return tag("div", tag("label", say(language, "page.pin"), for_="pin"), entry, class_="entry")
