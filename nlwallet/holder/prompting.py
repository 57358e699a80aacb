"""From a request of a known party to the question that its holder gets: one way for all ways that requests come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from nlwallet.clock import Clock
from nlwallet.holder import registered
from nlwallet.holder.acquaintance import shared_before
from nlwallet.holder.asked_request import AskedRequest
from nlwallet.holder.examine import Examination, OverAsking
from nlwallet.holder.facts import Finding, Party
from nlwallet.holder.labels import Labels
from nlwallet.holder.log import LogKind, TransactionLog
from nlwallet.holder.pin import Pin
from nlwallet.holder.prompt import Answer, ConsentPrompt
from nlwallet.holder.texts import Language
from nlwallet.holder.vault import Card
from nlwallet.openid4vp import WalletCapabilities
from nlwallet.profiles import Profile
from nlwallet.registration import RegistrationCheck
from nlwallet.report import Report
from nlwallet.sdjwt import TypeMetadataRegistry

PROMPT_LIFETIME: Final = 600
"""Seconds after which a prompt can no longer be answered; the request may make it less."""


@dataclass(frozen=True, slots=True)
class Prompting:
    """What a wallet puts a request to its holder with."""

    cards: tuple[Card, ...]
    types: TypeMetadataRegistry
    capabilities: WalletCapabilities
    policy: OverAsking
    profile: Profile
    language: Language
    log: TransactionLog
    clock: Clock
    pin: Pin | None

    def prompt(
        self,
        asked: AskedRequest,
        party: Party,
        registration: RegistrationCheck,
        *,
        answer: Callable[[Examination], Answer],
        report: Report,
        now: int,
        until: int | None = None,
        log_kind: LogKind = "presentation",
        further: Sequence[Finding] = (),
    ) -> ConsentPrompt:
        """The question. ``until``: when it is too late to answer; ``further``: what was found out beside it all."""
        examination = Examination(
            verified=asked,
            party=party,
            registered=registered.promises(registration.certificate),
            registration_findings=(*registered.findings(registration), *further),
            over_asked=registered.unregistered(registration),
            cards=self.cards,
            now=now,
            policy=self.policy,
            registration_required=self.profile.registration_certificate == "required",
            ancestors=self.types.ancestors,
            transaction_types=self.capabilities.transaction_types,
            shared_before=shared_before(party, self.log.entries),
            registration=registration.certificate,
        )
        end = now + PROMPT_LIFETIME
        return ConsentPrompt(
            answer(examination),
            report=report,
            labels=Labels.of_cards(self.types, self.cards),
            language=self.language,
            log=self.log,
            clock=self.clock,
            expires_at=end if until is None else min(end, until),
            pin=self.pin,
            log_kind=log_kind,
        )
