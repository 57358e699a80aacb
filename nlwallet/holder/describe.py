"""From facts to words: what the wallet found out, told in one language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from nlwallet.claim_path import ClaimPath, value_at
from nlwallet.holder.consent import (
    Agreement,
    ClaimName,
    Consent,
    ConsentWarning,
    OpenChoice,
    OtherCard,
    Requester,
    SharedCard,
    SharedClaim,
    WayToAnswer,
)
from nlwallet.holder.facts import Finding, Lack, Registered, RequestFacts, SetChoice, Sharing, Way, generic
from nlwallet.holder.labels import Labels
from nlwallet.holder.log import LoggedClaim
from nlwallet.holder.readable import Label, day_of, listing, period, plain, readable
from nlwallet.holder.texts import Language, in_language, say
from nlwallet.holder.transaction import describe_transaction
from nlwallet.holder.twins import are_twins
from nlwallet.holder.unusual import is_age
from nlwallet.holder.weight import weight_of
from nlwallet.mdoc import claim_path

NAME_LENGTH: Final = 100
PURPOSE_LENGTH: Final = 400
LINK_LENGTH: Final = 2048

NOTABLE: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("notable.name", frozenset({"given_name", "family_name", "birth_family_name", "birth_given_name"})),
    ("notable.birthdate", frozenset({"birthdate", "birth_date"})),
    ("notable.bsn", frozenset({"bsn", "personal_administrative_number"})),
    ("notable.address", frozenset({"address"})),
    ("notable.picture", frozenset({"picture", "portrait"})),
)
"""What people would miss most; told when it stays in the wallet."""


def describe(facts: RequestFacts, labels: Labels, language: Language, *, pin_needed: bool) -> Consent:
    """Everything the prompt says about ``facts``, in ``language``."""
    registered = facts.registered
    name = plain(facts.party.trade_name, NAME_LENGTH)
    if facts.lacks:
        title = "title.missing"
    elif facts.blocked:
        title = "title.blocked"
    elif facts.transactions:
        title = "title.transaction"
    else:
        title = f"title.{facts.kind}"
    transactions = tuple(describe_transaction(one, language) for one in facts.transactions)
    return Consent(
        language=language,
        kind=facts.kind,
        title=say(language, title, name=name, what=listing([one.name for one in transactions], language)),
        requester=Requester(
            trade_name=name,
            legal_name=plain(facts.party.legal_name, NAME_LENGTH),
            identifier=plain(facts.party.identifier, NAME_LENGTH),
            verified=facts.party.verified,
            verified_by=plain(facts.party.verified_by, NAME_LENGTH),
            country=plain(facts.party.country, NAME_LENGTH),
            public_body=registered.public_body if registered else None,
            registered=registered is not None,
            # The address is that of the intermediary, and with it its name (RPI_07).
            website="" if facts.party.intermediary else plain(facts.party.host, NAME_LENGTH),
            shared_before=facts.shared_before,
        ),
        purpose=_purpose(registered, language),
        cards=_cards(facts.sharing, labels, language),
        agreement=_agreement(registered, language),
        warnings=tuple(_warning(finding, facts, labels, language) for finding in facts.findings),
        transactions=transactions,
        asked=tuple(_names(facts.asked, labels, language)),
        not_shared=_not_shared(facts, language),
        narrowed=tuple(name.label for name in _names(facts.narrowed, labels, language)),
        missing=tuple(_lack(lack, name, labels, language) for lack in facts.lacks),
        blocked=say(language, facts.blocked) if facts.blocked else "",
        pin_needed=pin_needed,
        choices=tuple(_choice(choice, labels, language) for choice in facts.choices),
    )


def _purpose(registered: Registered | None, language: Language) -> str:
    return plain(in_language(registered.purpose, language), PURPOSE_LENGTH) if registered else ""


def _names(claims: Iterable[LoggedClaim], labels: Labels, language: Language) -> Iterable[ClaimName]:
    return (
        ClaimName(labels.claim(claim.type, claim.path, language), claim.path, claim.type) for claim in claims
    )


def _cards(sharing: Iterable[Sharing], labels: Labels, language: Language) -> tuple[SharedCard, ...]:
    """What is shared, by card: one that is asked for in both its formats is still one card, and a claim one line."""
    found: list[tuple[Sharing, SharedCard]] = []
    for share in sharing:
        shown = _card(share, labels, language)
        for place, (first, known) in enumerate(found):
            if not shown.alternatives and are_twins(first.card, share.card):
                told = {(claim.label, claim.value) for claim in known.claims}
                more = tuple(claim for claim in shown.claims if (claim.label, claim.value) not in told)
                found[place] = first, replace(known, claims=(*known.claims, *more))
                break
        else:
            found.append((share, shown))
    return tuple(shown for _, shown in found)


def _card(share: Sharing, labels: Labels, language: Language) -> SharedCard:
    card = share.card
    return SharedCard(
        id=card.id,
        query_id=share.query_id,
        name=plain(card.name(language), NAME_LENGTH),
        type=card.type,
        issuer=plain(card.issuer, NAME_LENGTH),
        claims=_claims(share, labels, language),
        alternatives=tuple(_other_card(other, labels, language) for other in share.alternatives),
    )


def _other_card(share: Sharing, labels: Labels, language: Language) -> OtherCard:
    card = share.card
    return OtherCard(
        card.id,
        plain(card.name(language), NAME_LENGTH),
        plain(card.issuer, NAME_LENGTH),
        _claims(share, labels, language),
    )


def _claims(share: Sharing, labels: Labels, language: Language) -> tuple[SharedClaim, ...]:
    asked = _lines(share, share.paths, labels, language, always=False)
    along = _lines(share, share.along, labels, language, always=True)
    return (*asked, *along)


def _choice(choice: SetChoice, labels: Labels, language: Language) -> OpenChoice:
    ways = tuple(WayToAnswer(way.number, _way(way, labels, language), way.chosen) for way in choice.ways)
    return OpenChoice(choice.number, choice.required, ways)


def _way(way: Way, labels: Labels, language: Language) -> tuple[str, ...]:
    claims = (name.label for name in _names(way.claims, labels, language))
    bare = (say(language, "page.option_card", card=labels.card(type_, language)) for type_ in way.types)
    return tuple(dict.fromkeys((*claims, *bare)))


def _lines(
    share: Sharing, paths: Iterable[ClaimPath], labels: Labels, language: Language, *, always: bool
) -> Iterator[SharedClaim]:
    """One line per claim; elements of one list stand on one line."""
    claims = share.card.candidate.claims
    groups: dict[ClaimPath, list[Any]] = {}
    for path in paths:
        groups.setdefault(generic(path), []).append(value_at(claims, path))

    labels = labels.of(share.card)

    def label(at: ClaimPath) -> str:
        return labels.claim(share.card.type, generic(at), language)

    for path, values in groups.items():
        ordered = [labels.ordered(share.card.type, path, each) for each in values]
        if None in path:
            told = readable(ordered, path, language, _of_elements(label, path))
            yield SharedClaim(path, label(path), told, values, always)
        else:
            told = readable(ordered[0], path, language, label)
            yield SharedClaim(path, label(path), told, values[0], always)


def _of_elements(label: Label, path: ClaimPath) -> Label:
    """``label`` for the values that ``path`` selects: to be in the list of these is no step of their own path."""
    return lambda at: label(at[: len(path)] + at[len(path) + 1 :])


def _not_shared(facts: RequestFacts, language: Language) -> tuple[str, ...]:
    """What stays in the wallet: told where it reassures, at a login and at an age check."""
    shared = [claim for share in facts.sharing for claim in share.logged]
    if facts.kind != "login" and not (shared and all(is_age(claim) for claim in shared)):
        return ()
    touched = {name for claim in shared for name in claim_path(claim.type, claim.path)[:1]}
    held = {name for share in facts.sharing for name in share.card.claims}
    return tuple(say(language, key) for key, names in NOTABLE if names & held and not names & touched)


def _agreement(registered: Registered | None, language: Language) -> Agreement:
    if registered is None:
        return Agreement()
    contact = plain(registered.deletion_contact)
    deletable = registered.deletable
    deletion = {None: "unknown", True: "yes.contact" if contact else "yes", False: "no"}[deletable]
    third = {None: "unknown", True: "yes", False: "no"}[registered.shared_with_third_parties]
    days = registered.retention_days
    keeping = "unknown" if days is None else "days" if days else "none"
    policy = plain(registered.privacy_policy)
    authority = plain(registered.supervisory_authority, NAME_LENGTH)
    authority_contact = plain(registered.supervisory_contact, NAME_LENGTH)
    complaint = ", ".join(part for part in (authority, authority_contact) if part)
    told = {
        "retention": say(language, f"agreement.retention.{keeping}", period=period(days or 0, language)),
        "third_parties": say(language, f"agreement.third_parties.{third}"),
        "deletion": say(language, f"agreement.deletion.{deletion}", contact=contact),
        "privacy_policy": policy,
        "authority": complaint,
    }
    return Agreement(
        retention_days=days,
        shared_with_third_parties=registered.shared_with_third_parties,
        deletable=deletable,
        privacy_policy=policy,
        deletion_contact=contact,
        supervisory_authority=authority,
        supervisory_contact=authority_contact,
        lines=tuple((say(language, f"agreement.{key}"), text) for key, text in told.items() if text),
    )


def _warning(finding: Finding, facts: RequestFacts, labels: Labels, language: Language) -> ConsentWarning:
    names = {key: plain(text, NAME_LENGTH) for key, text in finding.names.items()}
    names["name"] = plain(facts.party.trade_name, NAME_LENGTH)
    if "card_type" in names:
        names["card"] = labels.card(finding.names["card_type"], language)
    items = tuple(_names(finding.claims, labels, language))
    names["labels"] = listing(list(dict.fromkeys(item.label for item in items)), language)
    title, text, advice, confirm = (
        say(language, f"warning.{finding.code}.{part}", **names)
        for part in ("title", "text", "advice", "confirm")
    )
    weight = weight_of(finding.code)
    return ConsentWarning(
        finding.code,
        title,
        text,
        advice,
        items=items,
        explicit=weight.explicit,
        action=weight.action,
        confirm=confirm,
        link=plain(finding.names.get("link", ""), LINK_LENGTH),
    )


def _lack(lack: Lack, name: str, labels: Labels, language: Language) -> str:
    """What is missing, and what there is instead: a card of another kind, or a claim with a name like it."""
    cards = listing([labels.card(type_, language) for type_ in lack.types[:1]], language)
    missing = [claim.label for claim in _names(lack.claims, labels, language)]
    near = [claim.label for claim in _names(lack.nearest, labels, language)]
    date = "" if lack.expired_at is None else day_of(lack.expired_at, language)
    told = say(
        language, f"missing.{lack.code}", name=name, card=cards, labels=listing(missing, language), date=date
    )
    if near:
        return f"{told} {say(language, 'missing.nearest.claims', labels=listing(near, language))}"
    if lack.nearest_type:
        return (
            f"{told} {say(language, 'missing.nearest.card', card=labels.card(lack.nearest_type, language))}"
        )
    return told
