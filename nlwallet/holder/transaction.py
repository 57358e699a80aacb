"""Transaction data in words: what the holder agrees to, every term of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from nlwallet.holder.consent import AuthorisedTransaction
from nlwallet.holder.facts import Transaction
from nlwallet.holder.readable import plain, readable
from nlwallet.holder.texts import LANGUAGES, Language
from nlwallet.openid4vp import TransactionDataMember

NAME_LENGTH: Final = 100
_SIGNS: Final[Mapping[str, str]] = {"EUR": "€", "GBP": "£", "USD": "$"}


def describe_transaction(one: Transaction, language: Language) -> AuthorisedTransaction:
    """The transaction with its labelled members, in the order of its type."""
    content = one.data.members
    return AuthorisedTransaction(
        type=one.data.type,
        name=plain(_in(one.type.name, language), NAME_LENGTH),
        lines=tuple(
            (_in(member.label, language), _text(member, value, content, language))
            for member, value in one.type.shown(content)
        ),
    )


def _text(member: TransactionDataMember, value: Any, content: Mapping[str, Any], language: Language) -> str:
    if member.kind == "amount":
        return amount(value, _currency(content), language)
    if member.values:
        return plain(_in(member.values[value], language))
    if member.kind == "text":
        # As it came, and all of it: nobody agrees to what is not shown. The type bounds its length.
        return plain(value, 4 * len(value))
    return readable(value, member.path, language, lambda path: str(path[-1]))


def amount(value: float, currency: str, language: Language) -> str:
    """An amount of money as people write it: ``€ 12,50``. Digits that were sent are never rounded away."""
    whole = f"{value:.2f}" if round(value, 2) == value else f"{Decimal(repr(value)):f}"
    number = whole.replace(".", ",") if language == "nl" else whole
    return f"{_SIGNS.get(currency, currency)} {number}".strip()


def _currency(content: Mapping[str, Any]) -> str:
    """The currency that stands beside the amounts of a payload; empty if none does."""
    payload = content.get("payload")
    found = payload.get("currency", "") if isinstance(payload, dict) else ""
    return plain(found, 3)


def _in(texts: Mapping[str, str], language: Language) -> str:
    return next(
        (texts[tag] for tag in (language, *LANGUAGES) if tag in texts), next(iter(texts.values()), "")
    )
