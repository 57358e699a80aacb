"""A wallet that is killed just before any of the steps by which its file is written, again and again.

Run by a test: ``python vault_crash.py FOLDER STEP``. For each system call there is, a child process walks the story
on a fresh file, tells over a pipe what it was told is kept and which copies it showed, and is killed with SIGKILL
just before that call. Then the file is opened again and held against what was told. Prints how often it killed.

It is the process that dies, not the machine: that what is written is also synced is for another test.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import DerivationCost
from nlwallet.holder import FileVault, atomic_file
from nlwallet.issuer import persona, pid_claims

NOW = 1_790_000_000
PIN = "112233"
CHEAP = DerivationCost(memory_kib=8, iterations=1, lanes=1)


def opened(folder: Path) -> FileVault:
    where = folder / "wallet.vault"
    options: dict[str, Any] = {
        "pin": PIN,
        "attempts": folder / "state",
        "clock": TravellingClock(NOW),
        "cost": CHEAP,
    }
    return FileVault.open(where, **options) if where.exists() else FileVault.create(where, **options)


def story(edi: Sandbox, folder: Path, tell: Callable[[Any], None]) -> None:
    """Two cards, four of the copies shown, one card deleted."""
    vault = opened(folder)
    wallet: Wallet = edi.empty_wallet(pin=None, store=vault)
    for person in ("frouke", "yusuf"):
        tell({"keeping": person})
        (card,) = wallet.receive(edi.pid_issuer.offer("nl-pid", pid_claims(persona(person), now=NOW)).uri)
        tell({"kept": person, "id": card.id, "copies": len(card.copies)})
        for party in ("a", "b"):
            text = card.copies.for_party(party).credential.text
            tell({"shown": text})
    tell({"deleting": wallet.cards[0].id})
    wallet.delete(wallet.cards[0].id)
    tell({"deleted": True})


def killed_at(count: int, edi: Sandbox, folder: Path) -> tuple[bool, list[dict[str, Any]]]:
    """Whether the child was killed, and what it told before."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _kill_before(count)
        story(edi, folder, lambda what: _tell(writing, what))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        lines = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    died = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert died or os.waitstatus_to_exitcode(status) == 0, "the story itself failed"
    return died, [json.loads(line) for line in lines]


def _tell(pipe: int, what: Any) -> None:
    os.write(pipe, json.dumps(what).encode() + b"\n")


def _kill_before(count: int) -> None:
    """Die just before the ``count``-th call that touches the disk, or halfway through it if it writes."""
    left = [count]
    write = atomic_file._write

    def counting(call: Any) -> Any:
        def counted(*args: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **more)

        return counted

    def torn(path: Path, data: bytes) -> None:
        left[0] -= 1
        if left[0] == 0:
            path.write_bytes(data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        write(path, data)

    for name in ("open", "fsync", "replace", "unlink"):
        setattr(os, name, counting(getattr(os, name)))
    atomic_file._write = torn


def check(folder: Path, told: list[dict[str, Any]], edi: Sandbox) -> None:
    """The old state or the new one, and no copy that was shown is fresh."""
    vault = opened(folder)
    left = [name for name in os.listdir(folder) if name.endswith(".new")]
    assert not left, left
    wallet = edi.empty_wallet(pin=None, store=vault)
    kept = {one["kept"]: one for one in told if "kept" in one}
    begun = {one["keeping"] for one in told if "keeping" in one}
    deleting = {one["deleting"] for one in told if "deleting" in one}
    deleted = deleting if any("deleted" in one for one in told) else set()
    cards = {card.id: card for card in wallet.cards}
    for person, one in kept.items():
        if one["id"] in deleting - deleted:
            continue
        assert (one["id"] in cards) is (one["id"] not in deleted), person
    assert len(cards) <= len(begun)
    received = [entry for entry in wallet.log if entry.outcome == "received"]
    gone = [entry for entry in wallet.log if entry.outcome == "deleted"]
    assert len(received) - len(gone) == len(cards), "a card without its log entry, or the other way round"
    shown = [one["shown"] for one in told if "shown" in one]
    for card in cards.values():
        fresh = {card.copies.all[at].credential.text for at in card.copies.usage.unused}
        assert not fresh & set(shown), "a copy that was shown would be shown again"
        for one in card.copies.all:  # the keys came along
            one.key.public.verify(one.key.sign(b"data"), b"data")
            assert one.key.public == one.credential.holder_key
    vault.close()


def main(folder: Path, step: int) -> int:
    edi = Sandbox(clock=TravellingClock(NOW))
    for kills, count in enumerate(range(1, 1000, step)):
        place = folder / str(count)
        place.mkdir()
        died, told = killed_at(count, edi, place)
        check(place, told, edi)
        if not died:
            return kills
    raise AssertionError("the story has no end")


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), int(sys.argv[2])))
