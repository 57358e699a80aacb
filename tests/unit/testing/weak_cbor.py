"""How the deliberately weak verifier reads CBOR: item by item, every fault by name."""

from __future__ import annotations

from typing import Any

import cbor2
from weak_disclosures import Broken, Found

DEEP = 30
_NAMES = ("number", "number", "byte string", "text", "array", "map", "tag", "value")
_LENGTHS = {24: 1, 25: 2, 26: 4, 27: 8}


def load(octets: bytes, found: Found, what: str) -> Any:
    """The first item; of two members of one name the last."""
    end = _Walk(octets, found, what).item(0, 0)
    if end < len(octets):
        found(f"{what}: something behind its end")
    return cbor2.loads(octets[:end])


class _Walk:
    def __init__(self, octets: bytes, found: Found, what: str) -> None:
        self._octets, self._found, self._what = octets, found, what

    def item(self, at: int, depth: int) -> int:
        """Where the item at ``at`` ends."""
        if at >= len(self._octets):
            raise Broken(f"{self._what}: nothing is there")
        kind, info = self._octets[at] >> 5, self._octets[at] & 31
        if depth > DEEP:
            raise Broken(f"{self._what}: one {_NAMES[kind]} in another, without end")
        if kind in (4, 5) and info == 31:
            self._found(f"{self._what}: a length that is left open")
            return self._open(at + 1, depth)
        count, at = self._argument(at, info)
        if kind in (2, 3, 4, 5) and count > len(self._octets):
            raise Broken(f"{self._what}: the {_NAMES[kind]} is longer than what is there")
        if kind in (2, 3):
            return at + count
        if kind == 4:
            for _ in range(count):
                at = self.item(at, depth + 1)
        elif kind == 5:
            at = self._map(at, count, depth)
        elif kind == 6:
            at = self.item(at, depth + 1)
        return at

    def _argument(self, at: int, info: int) -> tuple[int, int]:
        size = _LENGTHS.get(info, 0)
        if not size:
            return info, at + 1
        return int.from_bytes(self._octets[at + 1 : at + 1 + size], "big"), at + 1 + size

    def _map(self, at: int, count: int, depth: int) -> int:
        names = set()
        for _ in range(count):
            behind = self.item(at, depth + 1)
            names.add(self._octets[at:behind])
            at = self.item(behind, depth + 1)
        if len(names) < count:
            self._found(f"{self._what}: a member twice")
        return at

    def _open(self, at: int, depth: int) -> int:
        while self._octets[at : at + 1] != b"\xff":
            at = self.item(at, depth + 1)
        return at + 1
