"""The hostile wallet: it runs attacks against a relying party, and judges by one rule.

No session succeeds, no attribute is released, no 5xx, no hang. Cases that an honest party may decide either way are
*observed*; honest cases at the edge have to be accepted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from nlwallet.http import HttpClient
from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile.attack import Attack, Severity
from nlwallet.testing.hostile.attack_report import AttackReport
from nlwallet.testing.hostile.attempt import PATIENCE, Attempt
from nlwallet.testing.hostile.forger import Forger
from nlwallet.testing.hostile.judging import result_of
from nlwallet.testing.hostile.outside import Outside
from nlwallet.testing.hostile.party import RelyingPartyUnderTest
from nlwallet.testing.hostile.verdict import AttackResult, Verdict


def _honest(attempt: Attempt) -> None:
    engagement = attempt.begin()
    if engagement.outcome().state == "succeeded":
        attempt.unsound(
            "the session succeeds before anything is shown: the outcome is not seen where it should be"
        )
    engagement.send_honestly()


HONEST = Attack(
    id="honest",
    group="An honest presentation",
    does="A good wallet shows what is asked for.",
    sound="accepts",
    spec="OpenID4VP 1.0 §8.6",
    severity=Severity.LOW,
    mend="trust the anchors of the sandbox, and look at the steps: they say what the party answered",
    run=_honest,
    expects="accepted",
)
"""Runs first: a party that refuses everybody survives every attack."""


class HostileWallet:
    """A wallet that attacks. ``edi`` has the issuers that the party trusts; ``http`` reaches the party.

    ``travels``: whether the party has the clock of ``edi``, so that it notices when time passes there.
    ``outside`` is where a party finds status lists that shares no process with the wallet. ``patience`` is after how
    many seconds a party that still waits for a slow sender is too patient. ``associates``: whether it has a key for
    each card and proves that they belong together, as the NL Wallet does; by the profile of ``edi`` when left out.
    """

    def __init__(
        self,
        edi: Sandbox,
        *,
        person: str = "frouke",
        http: HttpClient | None = None,
        travels: bool = True,
        patience: float = PATIENCE,
        outside: Outside | None = None,
        associates: bool | None = None,
    ) -> None:
        self.edi = edi
        self.travels, self._patience, self._outside = travels, patience, outside
        if associates is None:
            associates = edi.profile.proof_of_association
        self.forger = Forger(edi, person=person, associates=associates)
        self._http = http or edi.client()

    def honest(self, party: RelyingPartyUnderTest) -> AttackResult:
        """One honest presentation."""
        return self.attack(party, HONEST)

    def attack(self, party: RelyingPartyUnderTest, attack: Attack) -> AttackResult:
        """Run one attack and judge it. Never raises for what the party does."""
        attempt = Attempt(
            self.forger,
            party,
            self._http,
            travels=self.travels,
            patience=self._patience,
            outside=self._outside,
        )

        def run() -> tuple[Verdict, str]:
            attack.run(attempt)
            return _by_outcome(attack, attempt)

        return result_of(attack, attempt, run)

    def attack_all(self, party: RelyingPartyUnderTest, attacks: Iterable[Attack]) -> Iterator[AttackResult]:
        """Run attacks one after the other."""
        for one in attacks:
            yield self.attack(party, one)

    def report(
        self,
        party: RelyingPartyUnderTest,
        attacks: Sequence[Attack],
        *,
        parallel: int = 1,
        within: float | None = None,
        tell: Callable[[AttackResult], None] = lambda _: None,
    ) -> AttackReport:
        """An honest presentation first, then every attack; none if the honest one is not accepted.

        ``parallel`` is how many attacks run at once: for a party on a server of its own, whose clock does not travel.
        ``within`` is how many seconds all of it may take: what was not begun by then is not judged. ``tell`` is called
        with each result when it is there.
        """
        began, start = self.edi.clock.now(), time.monotonic()
        honest = self.honest(party)
        tell(honest)
        results: tuple[AttackResult, ...] = ()
        if honest.verdict is Verdict.SURVIVED:

            def run(one: Attack) -> AttackResult:
                late = within is not None and time.monotonic() - start > within
                unjudged = AttackResult(one, Verdict.NOT_JUDGED, "there was no time left for it")
                result = unjudged if late else self.attack(party, one)
                tell(result)
                return result

            with ThreadPoolExecutor(max(1, parallel)) as pool:
                results = tuple(pool.map(run, attacks))
        return AttackReport(party.name, began, honest, results, time.monotonic() - start)


def _by_outcome(attack: Attack, attempt: Attempt) -> tuple[Verdict, str]:
    succeeded = []
    for engagement in attempt.engagements:
        outcome = engagement.outcome()
        if engagement.may_succeed:
            if outcome.state != "succeeded" and attack.expects == "accepted":
                return Verdict.HOLE, f"the honest answer is not accepted: the session is {outcome.state}"
            continue
        if attack.expects == "refused" and outcome.claims and outcome.state != "succeeded":
            return Verdict.HOLE, "it gives attributes to its application, though the session did not succeed"
        succeeded.append(outcome.state == "succeeded")
    if attack.expects == "observed":
        return Verdict.OBSERVED, "accepted" if any(succeeded) else "refused"
    if attack.expects == "accepted":
        accepted = all(succeeded)
        return (Verdict.SURVIVED, "accepted") if accepted else (Verdict.HOLE, "it refuses what is allowed")
    if any(succeeded):
        return Verdict.HOLE, "the session succeeded"
    return Verdict.SURVIVED, _refusal(attempt)


def _refusal(attempt: Attempt) -> str:
    last = attempt.answers[-1].status if attempt.answers else None
    return "refused" if last is None else f"refused ({last})"
