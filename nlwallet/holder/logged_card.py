"""The log entries of cards: who issued one, and that its holder threw it away (DASH_05 b, DASH_05a)."""

from __future__ import annotations

from dataclasses import replace

from nlwallet.holder.log import Counterparty, LogEntry, LogOutcome
from nlwallet.holder.logged_request import counterparty_of_certificate
from nlwallet.holder.vault import Card


def provider_of(card: Card, *, known: Counterparty | None = None) -> Counterparty:
    """The provider of a card, as the certificate names it that the card was signed with; it was checked.

    ``known``: what its access certificate says, if it signed its metadata with that: the service, and contacts.
    """
    chain, known = card.credential.chain, known or Counterparty()
    named = counterparty_of_certificate(chain.leaf) if chain else Counterparty()
    return replace(
        named,
        trade_name=card.issuer,
        verified=True,
        host=known.host,
        registrar=known.registrar,
        entitlement=known.entitlement,
        identifier=named.identifier or known.identifier,
        registry=known.registry or named.registry,
        service_id=known.service_id or named.service_id,
        service_name=known.service_name,
        contacts=tuple(dict.fromkeys((*known.contacts, *named.contacts))),
    )


def entry_of_deletion(card: Card, *, now: int) -> LogEntry:
    """The log entry of a card that was deleted."""
    return LogEntry(
        time=now,
        kind="deletion",
        outcome=LogOutcome.DELETED,
        party=provider_of(card),
        types=(card.type,),
    )
