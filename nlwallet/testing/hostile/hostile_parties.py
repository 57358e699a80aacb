"""Hostile parties around a wallet: they run attacks against it, and judge by one rule.

No presentation leaves it, no card is kept, nobody is visited who should not be, its holder is sent to no unsafe
address, it does not break and does not hang. A wallet that answers nobody survives all of that, so the honest request
and the honest offer come first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile.attack import Attack, Severity
from nlwallet.testing.hostile.attack_report import AttackReport
from nlwallet.testing.hostile.attempt import MAX_SHOWN, Step
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
    mend="trust the anchors of the sandbox; its issuers want no wallet attestation, or one of its wallet provider or "
    "of one that they are told (--wallet-anchor, wallet_anchors)",
    run=_honest_offer,
    expects="accepted",
    role="wallet",
)
"""Runs before attacks that are offers."""


def _honest_pid(attempt: WalletAttempt) -> None:
    offer = attempt.edi.pid_issuer.offer_to(attempt.person, "nl-pid")
    outcome = attempt.wallet.receive(offer.uri)
    attempt.steps.append(
        Step("an offer of a PID", offer.uri[:MAX_SHOWN], f"{outcome.state} {outcome.reason}")
    )
    if outcome.state != "done":
        attempt.unsound(f"the PID is not taken: {outcome.reason or outcome.state}")


HONEST_PID = Attack(
    id="honest",
    group="An honest PID",
    does="The PID provider offers a PID, and the holder wants it.",
    sound="keeps it",
    spec="OpenID4VCI 1.0 §4",
    severity=Severity.LOW,
    mend="trust the anchors of the sandbox; its issuers want no wallet attestation, or one of its wallet provider or "
    "of one that they are told (--wallet-anchor, wallet_anchors)",
    run=_honest_pid,
    expects="accepted",
    role="wallet",
)
"""Runs before everything else for a wallet that has no PID yet."""


class HostileParties:
    """Whoever attacks a wallet. ``edi`` has the anchors that the wallet trusts, and the parties that it reaches.

    ``person`` is whose cards honest issuers offer.
    """

    def __init__(self, edi: Sandbox, *, person: str = "frouke") -> None:
        self.edi, self.person = edi, person
        self.party = HostileRelyingParty(edi)
        self._issuer: HostileIssuer | None = None

    def issuer(self) -> HostileIssuer:
        """The hostile issuer; the same one each time."""
        if self._issuer is None:
            self._issuer = HostileIssuer(self.edi, person=self.person)
        return self._issuer

    def honest(self, wallet: WalletUnderTest) -> AttackResult:
        """One honest request."""
        return self.attack(wallet, HONEST_REQUEST)

    def honest_offer(self, wallet: WalletUnderTest) -> AttackResult:
        """One honest offer."""
        return self.attack(wallet, HONEST_OFFER)

    def attack(self, wallet: WalletUnderTest, attack: Attack) -> AttackResult:
        """Run one attack and judge it. Never raises for what the wallet does."""
        attempt = WalletAttempt(self.edi, wallet, self.party, self.issuer, self.person)
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
        pid: bool = False,
        parallel: int = 1,
        within: float | None = None,
        tell: Callable[[AttackResult], None] = lambda _: None,
    ) -> AttackReport:
        """An honest request first, then every attack; none if the honest one is not answered.

        Offers come after an honest offer; if that one is not taken, none of them is judged. ``pid``: a PID is offered
        before everything else. ``parallel`` is how many requests a wallet is given at once; offers come one by one.
        ``within`` is how many seconds all of it may take: what was not begun by then is not judged. ``tell`` is called
        with each result when it is there.
        """
        began, start = self.edi.clock.now(), time.monotonic()
        honest = self.attack(wallet, HONEST_PID) if pid else None
        if honest is None or honest.verdict is Verdict.SURVIVED:
            honest = self.honest(wallet)
        tell(honest)
        results: list[AttackResult] = []

        def run(one: Attack) -> AttackResult:
            late = within is not None and time.monotonic() - start > within
            unjudged = AttackResult(one, Verdict.NOT_JUDGED, "there was no time left for it")
            result = unjudged if late else self.attack(wallet, one)
            tell(result)
            return result

        if honest.verdict is Verdict.SURVIVED:
            asked = [one for one in attacks if one.group != WALLET_OFFERS.title]
            offered = [one for one in attacks if one.group == WALLET_OFFERS.title]
            with ThreadPoolExecutor(max(1, parallel)) as pool:
                results += pool.map(run, asked)
            results += self._offered(wallet, offered, run) if offered else ()
        return AttackReport(wallet.name, began, honest, tuple(results), time.monotonic() - start)

    def _offered(
        self, wallet: WalletUnderTest, offered: Sequence[Attack], run: Callable[[Attack], AttackResult]
    ) -> Iterator[AttackResult]:
        honest = self.honest_offer(wallet)
        if honest.verdict is Verdict.SURVIVED:
            yield from map(run, offered)
        else:
            yield from (AttackResult(one, Verdict.NOT_JUDGED, honest.seen, honest.steps) for one in offered)


def _judged(attack: Attack, attempt: WalletAttempt) -> tuple[Verdict, str]:
    attack.run(attempt)
    attempt.check_no_visits()
    attempt.check_drafts(refused=attack.expects == "refused")
    attempt.check_offers(refused=attack.expects == "refused")
    did = attempt.observed()
    return Verdict.OBSERVED if attack.expects == "observed" else Verdict.SURVIVED, did
