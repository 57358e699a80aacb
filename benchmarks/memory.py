"""What one stored card costs, kept parsed as a wallet keeps it."""

from __future__ import annotations

import tracemalloc

from benchmarks.nlwallet_sd_jwt import Parties
from nlwallet.crypto import PrivateKey

CARDS = 200


def bytes_per_card() -> tuple[float, int]:
    """Bytes of a stored card, as tracemalloc counts them, and how long its text is; the text is part of it."""
    parties, holder = Parties.made(), PrivateKey.generate()
    length = len(parties.card(holder).text)
    tracemalloc.start()
    cards = [parties.card(holder) for _ in range(CARDS)]
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / len(cards), length
