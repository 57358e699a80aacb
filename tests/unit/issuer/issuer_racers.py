"""Processes that each have an issuer on the same database, and want the same at the same moment.

Run by a test: ``python issuer_racers.py ADDRESS``. Prints which process won each race.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from issuer_races import RACES, RUNNERS
from issuer_world import World, sender
from kept_in import issuer_store

ROUNDS = 3
PATIENCE = 60
"""Seconds before a process that waits for the others is a failure."""


def racer(world: World, place: str, start: Barrier, requests: Connection) -> None:
    """Open the file together with the others, then send what is asked, each time at the same moment."""
    start.wait(PATIENCE)
    with issuer_store(place) as store:
        send = sender(world.issuer(store))
        while (asked := requests.recv()) is not None:
            start.wait(PATIENCE)
            requests.send(send(asked))


def main(place: str) -> None:
    processes = multiprocessing.get_context("fork")
    world, start = World(), processes.Barrier(RUNNERS)
    ends = [processes.Pipe() for _ in range(RUNNERS)]
    # Before anything here has a thread: a fork would not take it along.
    racers = [
        processes.Process(target=racer, args=(world, place, start, theirs), daemon=True) for _, theirs in ends
    ]
    for one in racers:
        one.start()
    won: dict[str, list[int]] = {}
    with issuer_store(place) as store:
        issuer = world.issuer(store)
        send = sender(issuer)
        for race in RACES:
            for _ in range(ROUNDS):
                for (mine, _), asked in zip(ends, race.requests(world, issuer, send), strict=True):
                    mine.send(asked)
                answers = [mine.recv() for mine, _ in ends]
                race.check(answers)
                winner = next(n for n, one in enumerate(answers) if one.status == race.won)
                won.setdefault(race.name, []).append(winner)
    for mine, _ in ends:
        mine.send(None)
    for one in racers:
        one.join()
        assert one.exitcode == 0, one.exitcode
    print(json.dumps({"won": won}))


if __name__ == "__main__":
    main(sys.argv[1])
