"""Many people at a relying party at once: so many sessions are open at every moment, until the time is over."""

from __future__ import annotations

import queue
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from nlwallet import Sandbox
from nlwallet.holder import Wallet
from nlwallet.verifier import PresentationRequest, Status, Verifier

PARTY = "cafe-de-vrije-val"
CLAIMS = {"age_over_18": True}


@dataclass(frozen=True)
class Ended:
    """A session, how it must have ended, and the seconds from the request to its result."""

    id: str
    expected: Status
    seconds: float


@dataclass
class Load:
    """What came of it."""

    ended: list[Ended] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        took = sorted(one.seconds for one in self.ended)
        how = ", ".join(
            f"{count} {status}"
            for status, count in sorted(Counter(one.expected for one in self.ended).items())
        )
        return (
            f"{len(self.ended)} sessions in {self.seconds:.0f} s ({len(self.ended) / self.seconds:.1f}/s): {how}; "
            f"request to result: median {statistics.median(took):.2f} s, "
            f"95 % within {took[int(len(took) * 0.95)]:.2f} s"
        )


def run(edi: Sandbox, *, sessions: int, wallets: int, go_on: Callable[[int], bool]) -> Load:
    """Keep ``sessions`` open while ``go_on`` says so of the number that was begun; raises what any of them raised."""
    party, load, begun = edi.relying_party(PARTY), Load(), 0
    phones: queue.SimpleQueue[Wallet] = queue.SimpleQueue()
    for _ in range(wallets):
        phones.put(edi.wallet("frouke", pin=None))
    start, lock = threading.Barrier(sessions), threading.Lock()

    def person(seed: int) -> None:
        nonlocal begun
        dice = random.Random(seed)
        request, at = party.request(), time.monotonic()
        start.wait()  # from here on there are that many open sessions
        while True:
            with lock:
                begun += 1
                number = begun
            if not go_on(number):
                return
            expected = _one(party, request, phones, dice)
            ended = Ended(request.id, expected, time.monotonic() - at)
            with lock:
                load.ended.append(ended)
            request, at = party.request(), time.monotonic()

    began = time.monotonic()
    with ThreadPoolExecutor(sessions) as pool:
        for _ in pool.map(person, range(sessions)):
            pass
    load.seconds = time.monotonic() - began
    return load


def _one(
    party: Verifier, request: PresentationRequest, phones: queue.SimpleQueue[Wallet], dice: random.Random
) -> Status:
    """One session: most people say yes, some no, some go away, and some leave it open."""
    assert party.result(request).status is Status.PENDING
    expected = dice.choices(
        (Status.VERIFIED, Status.REFUSED, Status.EXPIRED, Status.PENDING), weights=(70, 15, 10, 5)
    )[0]
    phone = phones.get()
    try:
        prompt = phone.open(request.uri)
        if expected is Status.VERIFIED:
            prompt.approve()
        elif expected is Status.REFUSED:
            prompt.deny()
    finally:
        phones.put(phone)
    if expected is Status.EXPIRED:
        party.withdraw(request)
    result = party.result(request)
    assert result.status is expected, (result.status, expected)
    if expected is Status.VERIFIED:
        assert result.claims("pid") == CLAIMS
    return expected
