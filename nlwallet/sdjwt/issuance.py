"""Issue an SD-JWT: choose what the holder may withhold, by claim path (RFC 9901 §4)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nlwallet.claim_path import ClaimPath, show_path
from nlwallet.crypto import PrivateKey, PublicKey, sign_jws
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.errors import LocalError
from nlwallet.sdjwt.digest import DEFAULT_HASH_ALGORITHM, hash_function
from nlwallet.sdjwt.disclosure import MAX_DISCLOSURES, RESERVED_NAMES

NEVER_DISCLOSABLE = frozenset({"iss", "aud", "exp", "nbf", "cnf"})
"""Claims that decide on validity are always in the clear (RFC 9901 §9.7)."""

_SALT_BYTES = 16  # 128 bits, RFC 9901 §9.3


def issue_sd_jwt(
    claims: Mapping[str, Any],
    *,
    disclosable: Collection[ClaimPath],
    key: PrivateKey,
    typ: str,
    header: Mapping[str, Any] | None = None,
    holder_key: PublicKey | None = None,
    hash_algorithm: str = DEFAULT_HASH_ALGORITHM,
    decoys: int = 0,
    salts: Iterable[str] | None = None,
) -> str:
    """Sign ``claims`` as a compact SD-JWT, all Disclosures attached.

    ``disclosable``    paths of what becomes selectively disclosable; ``None`` in a path stands for every
                       array element. A parent and its child both listed make a recursive disclosure (§4.2.6).
                       A path that the claims do not have is passed over.
    ``typ``            the explicit type, such as ``example+sd-jwt`` (§9.11).
    ``holder_key``     goes into ``cnf.jwk``: only who has its private key can present (§4.1.2).
    ``decoys``         how many decoy digests to add to the top level (§4.2.5).
    ``salts``          for reproducing published examples only; fresh 128-bit salts otherwise.

    Raises :class:`~nlwallet.errors.LocalError` for reserved names, for validity claims made disclosable, and
    for more than 1024 Disclosures.
    """
    frame = _compiled(tuple(disclosable))
    for name in NEVER_DISCLOSABLE & frame.children.keys():
        if frame.children[name].disclosable or frame.children[name].children:
            raise LocalError(f"{name} decides on validity and is never disclosable", spec="RFC 9901 §9.7")
    writer = _Writer(hash_function(hash_algorithm), _fresh_salts() if salts is None else iter(salts))
    payload = writer.conceal_object(claims, frame, decoys)
    if "_sd_alg" in claims or ("cnf" in claims and holder_key is not None):
        raise LocalError("_sd_alg and cnf are written by the issuance itself", spec="RFC 9901 §4.1")
    if writer.disclosures or decoys:
        payload["_sd_alg"] = hash_algorithm
    if len(writer.disclosures) > MAX_DISCLOSURES:
        raise LocalError(f"more than {MAX_DISCLOSURES} Disclosures")
    if holder_key is not None:
        payload["cnf"] = {"jwk": holder_key.jwk()}
    return "~".join((sign_jws(payload, key, typ=typ, header=header), *writer.disclosures, ""))


@dataclass(slots=True)
class _Frame:
    """What of a value is disclosable, as a tree of path elements."""

    disclosable: bool = False
    children: dict[str | int | None, _Frame] = field(default_factory=dict)


_NOTHING = _Frame()


@lru_cache(maxsize=64)
def _compiled(paths: tuple[ClaimPath, ...]) -> _Frame:
    root = _Frame()
    for path in paths:
        if not path:
            raise LocalError("a claim path has at least one element")
        frame = root
        for element in path:
            if isinstance(element, str) and (element in RESERVED_NAMES or element == "_sd_alg"):
                raise LocalError(f"{show_path(path)} names a reserved claim", spec="RFC 9901 §4.1")
            frame = frame.children.setdefault(element, _Frame())
        frame.disclosable = True
    return root


class _Writer:
    """Turns values into what is signed, collecting Disclosures on the way."""

    __slots__ = ("_hash", "_salts", "disclosures")

    def __init__(self, hash_: Callable[[bytes], Any], salts: Iterator[str]) -> None:
        self._hash = hash_
        self._salts = salts
        self.disclosures: list[str] = []

    def conceal(self, value: Any, frame: _Frame) -> Any:
        if isinstance(value, Mapping):
            return self.conceal_object(value, frame)
        if isinstance(value, list | tuple):
            return self._conceal_array(value, frame)
        return value

    def conceal_object(self, value: Mapping[str, Any], frame: _Frame, decoys: int = 0) -> dict[str, Any]:
        clear: dict[str, Any] = {}
        digests: list[str] = []
        for name, member in value.items():
            if name in RESERVED_NAMES:
                raise LocalError(f"a claim cannot be named {name}", spec="RFC 9901 §4.1")
            below = frame.children.get(name, _NOTHING)
            # Most members are scalars: no call for those.
            content = self.conceal(member, below) if isinstance(member, Mapping | list | tuple) else member
            if below.disclosable:
                digests.append(self._disclose([next(self._salts), name, content]))
            else:
                clear[name] = content
        digests.extend(self._digest(secrets.token_bytes(32)) for _ in range(decoys))
        if digests:
            digests.sort()  # hides the order of the claims (§4.2.4.1)
            clear["_sd"] = digests
        return clear

    def _conceal_array(self, value: Iterable[Any], frame: _Frame) -> list[Any]:
        every = frame.children.get(None, _NOTHING)
        elements: list[Any] = []
        for index, element in enumerate(value):
            below = frame.children.get(index, every)
            content = self.conceal(element, below)
            if below.disclosable:
                elements.append({"...": self._disclose([next(self._salts), content])})
            else:
                elements.append(content)
        return elements

    def _disclose(self, content: list[Any]) -> str:
        encoded = b64url_encode(dump_json(content))
        self.disclosures.append(encoded)
        return self._digest(encoded.encode("ascii"))

    def _digest(self, data: bytes) -> str:
        return b64url_encode(self._hash(data).digest())


def _fresh_salts() -> Iterator[str]:
    """A new salt for every claim (§9.3); drawn by the block, because one draw costs as much as a hash."""
    while True:
        block = os.urandom(32 * _SALT_BYTES)
        for start in range(0, len(block), _SALT_BYTES):
            yield b64url_encode(block[start : start + _SALT_BYTES])
