"""What the deliberately weak verifier finds wrong with what the holder authorised, every fault by name."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weak_disclosures import Found

HASHES, ALG = "transaction_data_hashes", "transaction_data_hashes_alg"


@dataclass(frozen=True)
class Order:
    """What is to be authorised: the entries as they were sent, by which card, hashed how."""

    entries: Sequence[str]
    by: str
    algorithms: Sequence[str]


def check_order(order: Order, bindings: Mapping[str, Mapping[str, Any]], found: Found) -> None:
    """``bindings`` are the key bindings, by credential query."""
    binding = bindings.get(order.by, {})
    if HASHES not in binding:
        other = next((one for one in bindings.values() if HASHES in one), None)
        found("nothing is authorised" if other is None else "another card authorises it")
        if other is None:
            return
        binding = other
    if ALG not in binding:
        found("hashes by what is not said")
    algorithm = binding.get(ALG, "sha-256")
    if algorithm not in order.algorithms:
        found(f"hashes by {algorithm}")
    hashes = binding[HASHES]
    right = [_hash(algorithm, one.encode()) for one in order.entries]
    if hashes == right:
        return
    padded = (base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)) for one in order.entries)
    known = {
        "of decoded entries": [_hash(algorithm, one) for one in padded],
        "in another order": right[::-1],
        "of too few": right[:-1],
        "of too many": [*right, right[0]],
        "of nothing": [],
    }
    how = next((how for how, wrong in known.items() if hashes == wrong), "of something else")
    found(f"hashes {how}")


def _hash(algorithm: str, octets: bytes) -> str:
    digest = hashlib.new(algorithm.replace("-", ""), octets).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
