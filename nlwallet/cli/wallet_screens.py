"""What the wallet of the command line shows of its cards and its log: 80 columns, or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nlwallet.cli.wallet_words import word
from nlwallet.clock import SystemClock
from nlwallet.holder import Card, Language, LogEntry, ReceivedCard, Wallet
from nlwallet.holder.issuance_text import policy_lines
from nlwallet.holder.layout import RULE, row, wrap
from nlwallet.holder.readable import plain
from nlwallet.holder.twins import by_card

_STYLES = {"valid": "green", "expired": "yellow"}


def status_of(card: Card) -> str:
    """The status of a card; an expired one is ``expired``."""
    return "expired" if card.status == "valid" and card.expired(SystemClock().now()) else card.status


def card_as_dict(
    card: Card, number: int, *, formats: Sequence[str] = (), said: ReceivedCard | None = None
) -> dict[str, Any]:
    """A card as JSON. ``formats``: all that the wallet has it in; ``said``: with what stands on it, and its labels."""
    members: dict[str, Any] = {
        "number": number,
        "id": card.id,
        "format": card.format,
        "formats": list(formats) or [card.format],
        "type": card.type,
        "issuer": card.issuer,
        "names": dict(card.names),
        "status": status_of(card),
        "received_at": card.received_at,
        "expires_at": card.expires_at,
        "copies": len(card.copies),
        "unused_copies": card.copies.unused,
    }
    if said is None:
        return members
    return members | {"claims": card.claims, "lines": said.as_dict()["lines"]}


def formats_of(wallet: Wallet) -> dict[str, list[str]]:
    """The formats that each card is there in, by the id of the one that is shown."""
    return {group[0].id: [one.format for one in group] for group in by_card(wallet.in_every_format)}


def show_cards(console: Console, wallet: Wallet) -> None:
    """All cards, a line each."""
    language = wallet.language
    if not wallet.cards:
        console.print(Text(word(language, "cards.none")))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("", "head.card", "head.issuer", "head.until", "head.status", "head.copies"):
        title = word(language, heading) if heading else ""
        table.add_column(title, header_style="dim", overflow="fold")
    numbers = {card.id: number for number, card in enumerate(wallet.cards, start=1)}
    for group in by_card(wallet.in_every_format):
        card, *others = group
        said = wallet.describe(card)
        status = next((each for each in map(status_of, group) if each != "valid"), "valid")
        if others:
            said = replace(said, name=word(language, "card.twins", name=said.name))
        table.add_row(
            str(numbers[card.id]),
            Text(said.name, "bold"),
            Text(said.issuer),
            Text(said.valid_until),
            Text(word(language, f"status.{status}"), _STYLES.get(status, "red")),
            Text(word(language, "copies.of", left=card.copies.unused, all=len(card.copies))),
        )
    console.print(table)


def show_card(console: Console, wallet: Wallet, card: Card) -> None:
    """Everything on a card."""
    console.print(Text("\n".join(_card(wallet, card))))


def _card(wallet: Wallet, card: Card) -> Iterator[str]:
    language, said = wallet.language, wallet.describe(card)
    yield RULE
    yield from wrap(said.name, "")
    yield RULE
    for line in said.lines:
        yield from row(line.label, line.value, width=28)
    yield ""
    yield from row(word(language, "head.issuer"), said.issuer, width=28)
    yield from row(word(language, "head.until"), said.valid_until, width=28)
    yield from row(word(language, "head.status"), word(language, f"status.{status_of(card)}"), width=28)
    left = word(language, "copies.of", left=card.copies.unused, all=len(card.copies))
    yield from row(word(language, "head.copies"), left, width=28)
    yield from row("id", card.id, width=28)
    yield from policy_lines(said)
    yield RULE


def show_log(console: Console, wallet: Wallet, entries: Sequence[LogEntry]) -> None:
    """Transactions, the oldest first, each with its number in the whole log."""
    language = wallet.language
    if not entries:
        console.print(Text(word(language, "log.none")))
        return
    numbers = {entry.id: number for number, entry in enumerate(wallet.log, start=1)}
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for _ in range(5):
        table.add_column(overflow="fold")
    for entry in entries:
        table.add_row(Text(str(numbers[entry.id])), *(Text(cell) for cell in _entry(entry, language)))
    console.print(table)


def _entry(entry: LogEntry, language: Language) -> tuple[str, ...]:
    party = entry.party.trade_name or entry.party.legal_name or entry.party.host
    return (
        datetime.fromtimestamp(entry.time, UTC).strftime("%Y-%m-%d %H:%M"),
        word(language, f"log.{entry.kind}"),
        word(language, f"log.{entry.outcome}"),
        plain(party, 60),
    )
