"""An issuer that gives out statuses from four threads and says so, until it is killed or has given out COUNT.

``python status_worker.py FILE PREFIX COUNT``: a line ``ID URI IDX`` for each entry, after it was given.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from status_crash import status_lists

THREADS = 4


def main(path: Path, prefix: str, count: int) -> None:
    lists = status_lists(path, size=1024, history=0, open_lists=2)

    def work(thread: int) -> None:
        for n in range(count // THREADS):
            credential_id = f"{prefix}-{thread}-{n}"
            reference = lists.allocate(credential_id)
            if n % 5 == 0:
                lists.revoke(credential_id)
            # One write: lines of different threads do not mix.
            sys.stdout.write(f"{credential_id} {reference.uri} {reference.idx} {n % 5 == 0:d}\n")
            sys.stdout.flush()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
