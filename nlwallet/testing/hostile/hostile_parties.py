"""Hostile parties around a wallet: they run attacks against it, and judge by one rule.

No presentation leaves it, no card is kept, nobody is visited who should not be, its holder is sent to no unsafe
address, it does not break and does not hang. A wallet that answers nobody survives all of that, so the honest request
and the honest offer come first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile.attack import Attack, Severity
from nlwallet.testing.hostile.attack_report import AttackReport
from nlwallet.testing.hostile.cases.wallet_offers import WALLET_OFFERS
from nlwallet.testing.hostile.hostile_issuer import HostileIssuer
from nlwallet.testing.hostile.hostile_relying_party import HostileRelyingParty
from nlwallet.testing.hostile.judging import result_of
from nlwallet.testing.hostile.verdict import AttackResult, Verdict
from nlwallet.testing.hostile.wallet_attempt import WalletAttempt
from nlwallet.testing.hostile.wallet_party import WalletUnderTest


def _honest(attempt: WalletAttempt) -> None:
    draft = attempt.request()
    draft.may_present = True
    outcome = attempt.open(draft)
    if not draft.presented:
        attempt.unsound(f"the honest request is not answered: {outcome.reason or outcome.state}")


HONEST_REQUEST = Attack(
    id="honest",
    group="An honest request",
    does="A good relying party asks what it is registered for, and the holder agrees.",
    sound="presents",
    spec="OpenID4VP 1.0 §8",
    severity=Severity.LOW,
    mend="trust the anchors of the sandbox, and let the wallet hold a PID of its issuer",
    run=_honest,
    expects="accepted",
    role="wallet",
)
"""Runs first: a wallet that answers nobody survives every attack."""


def _honest_offer(attempt: WalletAttempt) -> None:
    draft = attempt.offer()
    draft.may_keep = True
    outcome = attempt.receive(draft)
    if outcome.state != "done":
        attempt.unsound(f"the honest offer is not taken: {outcome.reason or outcome.state}")


HONEST_OFFER = Attack(
    id="honest",
    group="An honest offer",
    does="A good issuer offers a library card, and the holder wants it.",
    sound="keeps it",
    spec="OpenID4VCI 1.0 §4",
    severity=Severity.LOW,
    mend="trust the anchors of the sandbox; its issuers want a wallet attestation of its wallet provider, or none",
    run=_honest_offer,
    expects="accepted",
    role="wallet",
)
"""Runs before attacks that are offers."""


class HostileParties:
    """Whoever attacks a wallet. ``edi`` has the anchors that the wallet trusts, and the parties that it reaches."""

    def __init__(self, edi: Sandbox) -> None:
        self.edi = edi
        self.party = HostileRelyingParty(edi)
        self._issuer: HostileIssuer | None = None

    def issuer(self) -> HostileIssuer:
        """The hostile issuer; the same one each time."""
        if self._issuer is None:
            self._issuer = HostileIssuer(self.edi)
        return self._issuer

    def honest(self, wallet: WalletUnderTest) -> AttackResult:
        """One honest request."""
        return self.attack(wallet, HONEST_REQUEST)

    def honest_offer(self, wallet: WalletUnderTest) -> AttackResult:
        """One honest offer."""
        return self.attack(wallet, HONEST_OFFER)

    def attack(self, wallet: WalletUnderTest, attack: Attack) -> AttackResult:
        """Run one attack and judge it. Never raises for what the wallet does."""
        attempt = WalletAttempt(self.edi, wallet, self.party, self.issuer)
        return result_of(attack, attempt, lambda: _judged(attack, attempt))

    def attack_all(self, wallet: WalletUnderTest, attacks: Iterable[Attack]) -> Iterator[AttackResult]:
        """Run attacks one after the other."""
        for one in attacks:
            yield self.attack(wallet, one)

    def report(
        self,
        wallet: WalletUnderTest,
        attacks: Sequence[Attack],
        *,
        tell: Callable[[AttackResult], None] = lambda _: None,
    ) -> AttackReport:
        """An honest request first, then every attack; none if the honest one is not answered.

        Offers come after an honest offer; if that one is not taken, none of them is judged.
        """
        began, start = self.edi.clock.now(), time.monotonic()
        honest = self.honest(wallet)
        tell(honest)
        results: list[AttackResult] = []
        if honest.verdict is Verdict.SURVIVED:
            asked = [one for one in attacks if one.group != WALLET_OFFERS.title]
            offered = [one for one in attacks if one.group == WALLET_OFFERS.title]
            for one in self._each(wallet, asked, offered):
                tell(one)
                results.append(one)
        return AttackReport(wallet.name, began, honest, tuple(results), time.monotonic() - start)

    def _each(
        self, wallet: WalletUnderTest, asked: Sequence[Attack], offered: Sequence[Attack]
    ) -> Iterator[AttackResult]:
        yield from self.attack_all(wallet, asked)
        if not offered:
            return
        honest = self.honest_offer(wallet)
        if honest.verdict is Verdict.SURVIVED:
            yield from self.attack_all(wallet, offered)
        else:
            yield from (AttackResult(one, Verdict.NOT_JUDGED, honest.seen, honest.steps) for one in offered)


def _judged(attack: Attack, attempt: WalletAttempt) -> tuple[Verdict, str]:
    attack.run(attempt)
    attempt.check_no_visits()
    attempt.check_drafts(refused=attack.expects == "refused")
    attempt.check_offers(refused=attack.expects == "refused")
    did = attempt.observed()
    return Verdict.OBSERVED if attack.expects == "observed" else Verdict.SURVIVED, did
