"""Status lists published, read and looked up, in processor time, beside npm @sd-jwt/jwt-status-list in one run."""

from __future__ import annotations

import json
import random
import shutil
import statistics
import subprocess
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.issuer import InMemoryStatusStore, StatusLists
from nlwallet.status import Status, StatusList, StatusSigner, verify_status_list_jwt

HERE = Path(__file__).parent
PEERS = HERE.parent / "tests" / "interop" / "node_modules"
NOW = 1_790_000_000
ENTRIES = 10_000_000
LARGEST = 100_000_000
GOAL_SECONDS = 1.0
REVOKED = (0.001, 0.01, 0.05)
"""Shares of the entries: the more there are, the less compression can do, up to a point."""
ROUNDS = 5
LOOKUPS = 200_000


@dataclass(frozen=True)
class Measured:
    """Processor time in seconds; ``size`` is bytes of the token."""

    publish: float
    encode: float
    read: float
    lookup: float
    size: int


@dataclass(frozen=True)
class Theirs:
    """The same of npm, which has no token of its own making."""

    encode: float
    read: float
    lookup: float
    size: int


def main() -> None:
    """Measure and print."""
    print(f"\na status list of {ENTRIES // 10**6} million entries of one bit, processor time")
    print(
        "revoked      publish (goal ≤ 1 s)    encode   npm encode      read   npm read   look up   npm   lst   npm"
    )
    missed = False
    for share in REVOKED:
        revoked = sorted(random.Random(1).sample(range(ENTRIES), int(ENTRIES * share)))
        ours, theirs = measure(revoked), npm(revoked)
        missed |= ours.publish > GOAL_SECONDS
        print(
            f"{share:7.1%} {ours.publish:22.3f} s {ours.encode:8.3f} s "
            + (f"{theirs.encode / ours.encode:10.0f} ×" if theirs else "not measured")
            + f" {ours.read:7.3f} s "
            + (f"{theirs.read / ours.read:8.0f} ×" if theirs else "not measured")
            + f" {ours.lookup * 1e9:6.0f} ns "
            + (f"{theirs.lookup * 1e9:3.0f} ns" if theirs else "")
            + f" {ours.size / 1024:5.0f} "
            + (f"{theirs.size / 1024:5.0f} KiB" if theirs else "KiB")
        )
    kept, peak, ratio = largest()
    print(
        f"{LARGEST // 10**6} million entries: {kept:.0f} MiB kept, {peak:.0f} MiB at most while they are published; "
        f"a look-up takes {ratio:.1f} × that in a list of a hundredth"
    )
    if missed:
        print(f"goal missed in this run: publish a list within {GOAL_SECONDS:g} s")


def measure(revoked: list[int]) -> Measured:
    """Our side: a whole publication, and its parts."""
    key = PrivateKey.generate()
    authority = CertificateAuthority.create("Status root", now=NOW)
    chain = authority.issue(key.public, Subject("Status signer"), now=NOW)
    clock = TravellingClock(NOW)
    lists = StatusLists(
        base_url="https://issuer.example",
        key=key,
        chain=chain,
        clock=clock,
        store=filled(revoked),
        size=ENTRIES,
        bits=1,
    )
    lists.token(1)  # fills the packed list from the store, once after a start
    signer = StatusSigner([authority.certificate])

    def publish() -> bytes:
        clock.travel(lists.ttl)
        token = lists.token(1)
        assert token is not None
        return token.body

    def read() -> StatusList:
        text = publish().decode()
        start = time.process_time()
        found = verify_status_list_jwt(text, uri=lists.uri(1), signer=signer, now=clock.now()).statuses
        reading.append(time.process_time() - start)
        return found

    reading: list[float] = []
    statuses = read()
    for _ in range(ROUNDS):
        read()
    return Measured(
        publish=seconds(publish),
        encode=seconds(statuses.encode),
        read=statistics.median(reading),
        lookup=lookup(statuses),
        size=len(statuses.encode()),
    )


def filled(revoked: list[int]) -> InMemoryStatusStore:
    """A store in which these entries are revoked."""
    store = InMemoryStatusStore()
    store.add_list(1, size=ENTRIES, bits=1)
    store.take("revoked", 1, iter(revoked), count=len(revoked), limit=ENTRIES)
    store.change("revoked", Status.INVALID, allowed=(Status.VALID,), decoys=())
    return store


def npm(revoked: list[int]) -> Theirs | None:
    """The peer's side; ``None`` where it cannot run."""
    node = shutil.which("node")
    if node is None or not (PEERS / "@sd-jwt" / "jwt-status-list").is_dir():
        return None
    done = subprocess.run(
        [node, "--max-old-space-size=4096", str(HERE / "npm_status_list.mjs")],
        input=json.dumps({"peers": str(PEERS), "entries": ENTRIES, "revoked": revoked}),
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    found = json.loads(done.stdout)
    return Theirs(found["encode"], found["decode"], found["lookup"], found["length"])


def largest() -> tuple[float, float, float]:
    """MiB that the largest list takes, MiB at most while it is encoded, and how its look-ups compare."""
    tracemalloc.start()
    statuses = StatusList(LARGEST)
    for index in random.Random(1).sample(range(LARGEST), LARGEST // 1000):
        statuses[index] = 1
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    statuses.encode()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / 2**20, peak / 2**20, lookup(statuses) / lookup(StatusList(LARGEST // 100))


def lookup(statuses: StatusList) -> float:
    """Processor seconds of one look-up, at random places."""
    generator = random.Random(2)
    places = [generator.randrange(len(statuses)) for _ in range(LOOKUPS)]
    return seconds(lambda: [statuses[place] for place in places]) / LOOKUPS


def seconds(task: Callable[[], object]) -> float:
    """Processor seconds of one call: the median of some."""
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        task()
        found.append(time.process_time() - start)
    return statistics.median(found)


if __name__ == "__main__":
    main()
