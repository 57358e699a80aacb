"""What the holder is told before a card comes in: data in one language, ready to be shown in any form.

Two questions, each answered by the holder. An offer says what somebody wants to give; whoever writes it chooses the
words. What was received is what the wallet has checked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import Certificate
from nlwallet.holder.authorization import Opened
from nlwallet.holder.issuer_words import IssuerWords, is_quoted
from nlwallet.holder.labels import Labels
from nlwallet.holder.readable import day_of, listing, plain, readable
from nlwallet.holder.texts import Language, in_language, say
from nlwallet.holder.twins import one_of_each
from nlwallet.holder.vault import Card
from nlwallet.registration import ProviderReason

NAME_LENGTH = 80
LINK_LENGTH = 2048
GUIDANCE_LENGTH = 300
"""What an issuer may say about the code that it wants (OpenID4VCI 1.0 §4.1.1)."""


@dataclass(frozen=True, slots=True)
class OfferedCard:
    """A card that is offered, by name. ``held``: the wallet has one of this type."""

    name: str
    type: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """The first question: whether to fetch these cards.

    ``issuer`` is the name in the access certificate that signed the metadata if ``verified``, else how the website
    calls itself. ``registered_as`` says what it may issue, by its registration, and ``entitlement`` names that; both
    are empty where it showed no registration that holds. Then there are ``warnings``, and ``reasons`` has their codes.
    ``code_guidance`` are words of the issuer, about where its code is to be found.
    """

    language: Language
    title: str
    issuer: str
    website: str
    cards: tuple[OfferedCard, ...]
    code_needed: bool
    code_length: int | None
    page_needed: bool
    """Whether the holder goes to the issuer's website first."""
    notes: tuple[str, ...]
    code_digits_only: bool = True
    code_guidance: str = ""
    verified: bool = False
    registered_as: str = ""
    entitlement: str = ""
    warnings: tuple[str, ...] = ()
    reasons: tuple[ProviderReason, ...] = ()
    confirm: str = ""
    """What the holder has to confirm first: where the issuer, by its registration, may not issue this."""

    def as_dict(self) -> dict[str, Any]:
        """The offer as JSON."""
        return {
            "language": self.language,
            "title": self.title,
            "issuer": self.issuer,
            "verified": self.verified,
            "website": self.website,
            "cards": [{"name": card.name, "type": card.type, "held": card.held} for card in self.cards],
            "code_needed": self.code_needed,
            "code_length": self.code_length,
            "code_digits_only": self.code_digits_only,
            "code_guidance": self.code_guidance,
            "page_needed": self.page_needed,
            "notes": list(self.notes),
            "registered_as": self.registered_as,
            "entitlement": self.entitlement,
            "warnings": list(self.warnings),
            "reasons": list(self.reasons),
            "confirm": self.confirm,
        }


@dataclass(frozen=True, slots=True)
class CardLine:
    """One line on a card: a label, and the value as people write it."""

    label: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReceivedCard:
    """A card that came in, and everything that is on it."""

    name: str
    type: str
    issuer: str
    """As in the certificate that the wallet checked."""
    lines: tuple[CardLine, ...]
    valid_until: str
    copies: int
    policy: str = ""
    """That its issuer wants it shown to some only; empty where it does not."""
    policy_link: str = ""
    """Where the issuer explains that."""

    def as_dict(self) -> dict[str, Any]:
        """The card as JSON."""
        return {
            "name": self.name,
            "type": self.type,
            "issuer": self.issuer,
            "lines": [{"label": line.label, "value": line.value} for line in self.lines],
            "valid_until": self.valid_until,
            "copies": self.copies,
            "policy": self.policy,
            "policy_link": self.policy_link,
        }


@dataclass(frozen=True, slots=True)
class Received:
    """The second question: whether to keep these cards."""

    language: Language
    title: str
    cards: tuple[ReceivedCard, ...]
    notes: tuple[str, ...]
    pin_needed: bool

    def as_dict(self) -> dict[str, Any]:
        """What was received as JSON."""
        return {
            "language": self.language,
            "title": self.title,
            "cards": [card.as_dict() for card in self.cards],
            "notes": list(self.notes),
            "pin_needed": self.pin_needed,
        }


def describe_offer(opened: Opened, held: Sequence[Card], labels: Labels, language: Language) -> Offer:
    """What somebody wants to give; the names are theirs until the cards have come."""
    website = plain(opened.host, NAME_LENGTH)
    signer = opened.signer
    named = in_language(opened.session.issuer.names, language) if signer is None else _subject(signer)
    issuer = plain(named, NAME_LENGTH) or website
    registered, reasons = opened.provider.entitlement, tuple(opened.provider.reasons)
    have = {card.type for card in held}
    cards = _offered(opened, have, labels, language)
    code = None if opened.page_needed else opened.offer.tx_code
    guidance = plain(code.description, GUIDANCE_LENGTH) if code is not None else ""
    told = {
        "offer.self_declared": signer is None,
        "offer.verified": signer is not None,
        "offer.page": opened.page_needed,
        "offer.code": code is not None,
        "offer.guidance": bool(guidance),
        "offer.held": any(card.held for card in cards),
    }
    return Offer(
        language,
        say(language, "offer.title", name=issuer, cards=listing([card.name for card in cards], language)),
        issuer,
        website,
        cards,
        code is not None,
        code.length if code is not None else None,
        opened.page_needed,
        tuple(
            say(language, key, name=issuer, website=website, guidance=guidance)
            for key, so in told.items()
            if so
        ),
        code is None or code.input_mode == "numeric",
        guidance,
        signer is not None,
        "" if registered is None else say(language, f"provider.as.{registered}", name=issuer),
        registered or "",
        tuple(say(language, f"provider.{reason}") for reason in reasons),
        reasons,
        say(language, "provider.confirm") if opened.provider.doubtful else "",
    )


def _offered(
    opened: Opened, have: Collection[str], labels: Labels, language: Language
) -> tuple[OfferedCard, ...]:
    """The cards by name: one that is offered in both formats is offered once."""
    found: dict[str, OfferedCard] = {}
    formats: dict[str, set[str]] = {}
    several: list[OfferedCard] = []
    for one in opened.wanted:
        known = labels.saying({one.vct: (IssuerWords.of(one),)})
        card = OfferedCard(known.card(one.vct, language), one.vct, one.vct in have)
        if one.format in formats.setdefault(card.name, set()):
            several.append(card)
        else:
            formats[card.name].add(one.format)
            found.setdefault(card.name, card)
    return (*found.values(), *several)


def describe_received(
    cards: Sequence[Card],
    labels: Labels,
    language: Language,
    *,
    later: Sequence[str],
    renews: bool,
    pin_needed: bool,
    replaced: Card | None = None,
) -> Received:
    """What came in. ``later`` are the types that come later; ``renews``: it takes the place of ``replaced``."""
    everything, cards = cards, one_of_each(cards)
    names = [plain(card.name(language), NAME_LENGTH) for card in cards]
    title = "received.title" if cards else "received.title.later"
    waiting = [labels.card(type_, language) for type_ in later]
    changed = (
        []
        if replaced is None
        else [name for card in cards for name in _changed(replaced, card, labels, language)]
    )
    shown = tuple(describe_card(card, labels, language) for card in cards)
    told = {
        "received.renews": renews,
        "received.changed": bool(changed),
        "received.copies": any(len(card.copies) > 1 for card in cards),
        "received.later": bool(waiting) and bool(cards),
        "received.twins": len(cards) < len(everything),
        "received.words": any(map(_in_words_of_issuer, shown)),
    }
    waited_for, differing = listing(waiting, language), listing(changed, language)
    return Received(
        language,
        say(language, title, cards=listing(names or waiting, language)),
        shown,
        tuple(say(language, key, cards=waited_for, claims=differing) for key, so in told.items() if so),
        pin_needed,
    )


def _in_words_of_issuer(card: ReceivedCard) -> bool:
    return any(is_quoted(text) for text in (card.name, *(line.label for line in card.lines)))


def describe_card(card: Card, labels: Labels, language: Language) -> ReceivedCard:
    """Everything that is on a card, as people write it."""
    labels = labels.of(card)

    def label(path: ClaimPath) -> str:
        return labels.claim(
            card.type, tuple(None if isinstance(step, int) else step for step in path), language
        )

    def shown(name: str) -> str:
        value = labels.ordered(card.type, (name,), card.claims[name])
        return readable(value, (name,), language, label)

    policy = card.disclosure_policy
    restricted = policy is not None and policy.policy_type != "no_policy"
    return ReceivedCard(
        plain(card.name(language), NAME_LENGTH),
        card.type,
        plain(card.issuer, NAME_LENGTH),
        tuple(CardLine(label((name,)), shown(name)) for name in labels.in_order(card.type, card.claims)),
        "" if card.expires_at is None else day_of(card.expires_at, language),
        len(card.copies),
        say(language, "received.policy") if restricted else "",
        plain(policy.policy_info_url, LINK_LENGTH) if restricted and policy is not None else "",
    )


def _changed(old: Card, new: Card, labels: Labels, language: Language) -> list[str]:
    """The labels of what the new card says otherwise, or no longer, or says first (ARF ISSU_59)."""
    labels = labels.of(new)
    names = [*old.claims, *(name for name in new.claims if name not in old.claims)]
    return [
        labels.claim(new.type, (name,), language)
        for name in labels.in_order(new.type, names)
        if (name in old.claims, old.claims.get(name)) != (name in new.claims, new.claims.get(name))
    ]


def _subject(signer: Certificate) -> str:
    """The trade name, as with whoever asks for something (:mod:`nlwallet.registration`)."""
    return signer.subject.common_name or signer.subject.organization
