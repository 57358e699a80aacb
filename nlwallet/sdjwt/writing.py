"""Take claims apart into what is signed and what is disclosed (RFC 9901 §4.2).

The digests of one object are made together: one base64url for all of them costs a fraction of one for each.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import orjson

from nlwallet.claim_path import ClaimPath
from nlwallet.encoding import b64url_encode
from nlwallet.errors import LocalError
from nlwallet.sdjwt.digest import HashFunction, digests_of, encode_lines
from nlwallet.sdjwt.disclosure import MAX_CLAIM_DEPTH, RESERVED_NAMES

_NEVER_CLAIMS = RESERVED_NAMES | {"_sd_alg"}
_SALT_BYTES = 18  # at least 128 bits (§9.3), and base64url without a rest
_SALT_CHARACTERS = 24
_SALTS_AT_ONCE = 32
_SCALARS = frozenset({str, int, bool, float, type(None)})


@dataclass(slots=True)
class Frame:
    """What of a value is disclosable, as a tree of path elements, and where decoys go."""

    disclosable: bool = False
    decoys: int = 0
    children: dict[str | int | None, Frame] = field(default_factory=dict)

    def below(self, path: ClaimPath) -> Frame:
        """The frame at ``path``, made when it is not there yet."""
        frame = self
        for element in path:
            frame = frame.children.setdefault(element, Frame())
        return frame

    def spread(self) -> Frame:
        """The same, where what is said of every element (``None``) also holds for those that have an index."""
        every = self.children.get(None)
        if every is not None:
            for element, frame in self.children.items():
                if isinstance(element, int):
                    frame._absorb(every)
        for frame in self.children.values():
            frame.spread()
        return self

    def _absorb(self, other: Frame) -> None:
        self.disclosable = self.disclosable or other.disclosable
        self.decoys = self.decoys or other.decoys
        for element, frame in other.children.items():
            self.children.setdefault(element, Frame())._absorb(frame)


_NOTHING = Frame()


class DisclosureWriter:
    """Turns values into what is signed, collecting Disclosures on the way.

    ``dump`` writes the JSON of a Disclosure; published examples write it with other white space than we do.
    """

    __slots__ = ("_dump", "_hash", "_salts", "disclosures", "wrote_digests")

    def __init__(
        self,
        hash_: HashFunction,
        salts: Iterable[str] | None = None,
        dump: Callable[[Any], bytes] = orjson.dumps,
    ) -> None:
        self._hash = hash_
        self._salts = chain.from_iterable(_fresh_salts()) if salts is None else iter(salts)
        self._dump = dump
        self.disclosures: list[str] = []
        self.wrote_digests = False

    def conceal_object(self, value: Mapping[str, Any], frame: Frame, depth: int = 0) -> dict[str, Any]:
        """``value`` with digests in the place of what ``frame`` makes disclosable."""
        if depth > MAX_CLAIM_DEPTH:
            raise LocalError(f"claims nest deeper than {MAX_CLAIM_DEPTH}")
        children, salts = frame.children, self._salts
        clear: dict[str, Any] = {}
        hidden: list[list[Any]] = []
        if not _NEVER_CLAIMS.isdisjoint(value):
            names = ", ".join(sorted(_NEVER_CLAIMS & value.keys()))
            raise LocalError(f"a claim cannot be named {names}", spec="RFC 9901 §4.1")
        for name, member in value.items():
            below = children.get(name, _NOTHING)
            content = member if type(member) in _SCALARS else self._conceal(member, below, depth + 1)
            if below.disclosable:
                hidden.append([next(salts), name, content])
            else:
                clear[name] = content
        digests = self._disclose(hidden) + self._decoys(frame.decoys)
        if digests:
            clear["_sd"] = sorted(digests)  # hides the order of the claims (§4.2.4.1)
        return clear

    def _conceal(self, value: Any, frame: Frame, depth: int) -> Any:
        if isinstance(value, Mapping):
            return self.conceal_object(value, frame, depth)
        if isinstance(value, list | tuple):
            return self._conceal_array(value, frame, depth)
        return value

    def _conceal_array(self, value: Sequence[Any], frame: Frame, depth: int) -> list[Any]:
        if depth > MAX_CLAIM_DEPTH:
            raise LocalError(f"claims nest deeper than {MAX_CLAIM_DEPTH}")
        children = frame.children
        every = children.get(None, _NOTHING)
        elements: list[Any] = []
        hidden: list[list[Any]] = []
        places: list[int] = []
        for index, element in enumerate(value):
            below = children.get(index, every)
            content = self._conceal(element, below, depth + 1)
            if below.disclosable:
                places.append(index)
                hidden.append([next(self._salts), content])
            elements.append(content)
        for place, digest in zip(places, self._disclose(hidden), strict=True):
            elements[place] = {"...": digest}
        for digest in self._decoys(frame.decoys):
            elements.insert(secrets.randbelow(len(elements) + 1), {"...": digest})
        return elements

    def _disclose(self, contents: list[list[Any]]) -> list[str]:
        if not contents:
            return []
        try:
            lines = encode_lines(map(self._dump, contents))
        except TypeError:
            raise LocalError("a claim is no JSON value") from None
        encoded = lines.split(b"\n")
        encoded.pop()
        self.wrote_digests = True
        self.disclosures += lines.decode("ascii").split("\n")
        self.disclosures.pop()
        return digests_of(encoded, self._hash)

    def _decoys(self, count: int) -> list[str]:
        if not count:
            return []
        self.wrote_digests = True
        return digests_of([secrets.token_bytes(32) for _ in range(count)], self._hash)


def _fresh_salts() -> Iterator[list[str]]:
    """New salts, one for every claim (§9.3); drawn by the block, because one draw costs as much as a hash."""
    while True:
        block = b64url_encode(os.urandom(_SALTS_AT_ONCE * _SALT_BYTES))
        yield [block[start : start + _SALT_CHARACTERS] for start in range(0, len(block), _SALT_CHARACTERS)]
