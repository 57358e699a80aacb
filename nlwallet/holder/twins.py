"""One card in two formats: to its holder it is one card, whatever a relying party asks for (PID_02)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.dcql import MSO_MDOC
from nlwallet.encoding import b64url_encode
from nlwallet.errors import LocalError
from nlwallet.holder.vault import Card
from nlwallet.mdoc import KNOWN_DOCTYPES, claim_path


def are_twins(one: Card, other: Card) -> bool:
    """Whether two cards of different formats are one card: of one issuer, saying the same about their holder.

    What a document type calls by another name than its SD-JWT VC does counts as the same.
    """
    if one.format == other.format or one.issuer != other.issuer:
        return False
    document, twin = (one, other) if one.format == MSO_MDOC else (other, one)
    if document.type == twin.type:
        return document.claims == twin.claims
    known = KNOWN_DOCTYPES.get(document.type)
    if known is None:
        return False
    renamed = known.renamed(twin.claims)
    try:
        elements = known.typed(renamed)
    except LocalError:
        return False
    flat = {**elements.pop(known.namespace, {}), **elements}
    return bool(_json(flat) == document.claims)


def by_card(cards: Iterable[Card]) -> tuple[tuple[Card, ...], ...]:
    """The cards, with those that are one card together, in the order in which the first of each came."""
    groups: list[list[Card]] = []
    for card in cards:
        for group in groups:
            if all(one.format != card.format for one in group) and are_twins(group[0], card):
                group.append(card)
                break
        else:
            groups.append([card])
    return tuple(map(tuple, groups))


def one_of_each(cards: Sequence[Card]) -> tuple[Card, ...]:
    """The first format of each card."""
    return tuple(group[0] for group in by_card(cards))


def common_name(type_: str, path: ClaimPath) -> ClaimPath:
    """How a claim is called whatever the format: the path in the SD-JWT VC."""
    own = claim_path(type_, path)
    known = KNOWN_DOCTYPES.get(type_)
    if known is None or not own:
        return own
    names = {element: claim for claim, element in known.claim_names.items()}
    first = own[0]
    return (*names.get(first, (first,)), *own[1:]) if isinstance(first, str) else own


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_json(one) for one in value]
    if isinstance(value, bytes):
        return b64url_encode(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else value
