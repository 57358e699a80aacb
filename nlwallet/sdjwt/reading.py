"""Put Disclosures in their places: from signed payload to processed payload (RFC 9901 §7.1(3)-(5))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidSdJwt, LimitExceeded
from nlwallet.sdjwt.digest import HashFunction, digests_of
from nlwallet.sdjwt.disclosure import MAX_CLAIM_DEPTH, Disclosure

ArrayPositions = dict[ClaimPath, tuple[int | None, ...]]
"""Per array from which elements are withheld: where each element as issued went, ``None`` for a withheld one."""


class DisclosureReader:
    """Reads one payload with the Disclosures that came with it; every digest is looked up once, in a dict.

    After :meth:`read`, ``found`` holds each Disclosure by its claim path, and ``arrays`` what was withheld
    from arrays (a decoy looks the same).
    """

    __slots__ = ("_seen", "_sent", "_texts", "arrays", "found")

    def __init__(self, hash_: HashFunction, encoded: Sequence[str]) -> None:
        try:
            digests = digests_of([text.encode("ascii") for text in encoded], hash_)
        except UnicodeEncodeError:
            raise InvalidSdJwt(
                "a Disclosure is not ASCII", spec="RFC 9901 §4.2.3", pointer="/disclosures"
            ) from None
        self._texts = encoded
        self._sent = {digest: index for index, digest in enumerate(digests)}
        if len(self._sent) != len(digests):
            again = next(index for index, digest in enumerate(digests) if self._sent[digest] != index)
            raise InvalidSdJwt(
                "the same Disclosure is there twice", spec="RFC 9901 §4", pointer=f"/disclosures/{again}"
            )
        self._seen: set[str] = set()
        self.found: dict[ClaimPath, Disclosure] = {}
        self.arrays: ArrayPositions = {}

    def read(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The processed payload.

        Raises :class:`~nlwallet.errors.InvalidSdJwt` or :class:`~nlwallet.errors.LimitExceeded`.
        """
        signed = payload.copy()
        signed.pop("_sd_alg", None)
        claims = self._object(signed, ())
        if self._sent:
            raise InvalidSdJwt(
                "a Disclosure belongs to no digest",
                spec="RFC 9901 §7.1(5)",
                pointer=f"/disclosures/{min(self._sent.values())}",
                hint="send the parent of a nested Disclosure too; a changed Disclosure has another digest",
            )
        return claims

    def _object(self, value: dict[str, Any], path: ClaimPath) -> dict[str, Any]:
        if len(path) > MAX_CLAIM_DEPTH:
            raise _too_deep()
        if "..." in value or "_sd_alg" in value:
            raise InvalidSdJwt(
                "'...' or _sd_alg stands in an object",
                spec="RFC 9901 §4.1",
                pointer=json_pointer(path),
                hint="'...' conveys the digest of an array element, _sd_alg stands at the top level only",
            )
        claims = value.copy()
        for name, member in value.items():
            if type(member) is dict:
                claims[name] = self._object(member, (*path, name))
            elif type(member) is list and name != "_sd":
                claims[name] = self._array(member, (*path, name))
        if "_sd" not in value:
            return claims
        digests = claims.pop("_sd") if type(value["_sd"]) is list else None
        if digests is None or not set(map(type, digests)) <= {str}:
            raise InvalidSdJwt(
                "_sd is no array of strings", spec="RFC 9901 §4.2.4.1", pointer=json_pointer((*path, "_sd"))
            )
        for index in self._matching(digests, path):
            disclosure = Disclosure.parse(self._texts[index], pointer=f"/disclosures/{index}")
            name_ = disclosure.name
            if name_ is None:
                raise InvalidSdJwt(
                    "a Disclosure of an array element stands in an object",
                    spec="RFC 9901 §7.1(3.3.2.1)",
                    pointer=f"/disclosures/{index}",
                    hint="for an object it is [salt, name, value]",
                )
            at = (*path, name_)
            if name_ in claims:
                raise InvalidSdJwt(
                    "a Disclosure names a claim that is there already",
                    spec="RFC 9901 §7.1(3.3.2.3)",
                    pointer=json_pointer(at),
                )
            self.found[at] = disclosure
            claims[name_] = self._disclosed(disclosure.value, at)
        return claims

    def _array(self, value: list[Any], path: ClaimPath) -> list[Any]:
        if len(path) > MAX_CLAIM_DEPTH:
            raise _too_deep()
        elements: list[Any] = []
        positions: list[int | None] = []
        for element in value:
            at = (*path, len(elements))
            if type(element) is dict and "..." in element:
                index = self._matching_element(element, at)
                if index is None:
                    positions.append(None)
                    continue
                disclosure = Disclosure.parse(self._texts[index], pointer=f"/disclosures/{index}")
                if disclosure.name is not None:
                    raise InvalidSdJwt(
                        "a Disclosure of an object's claim stands in an array",
                        spec="RFC 9901 §7.1(3.3.3.1)",
                        pointer=f"/disclosures/{index}",
                        hint="for an array element it is [salt, value]",
                    )
                self.found[at] = disclosure
                element = disclosure.value
            positions.append(len(elements))
            elements.append(self._disclosed(element, at))
        if len(elements) != len(positions):
            self.arrays[path] = tuple(positions)
        return elements

    def _disclosed(self, value: Any, path: ClaimPath) -> Any:
        if type(value) is dict:
            return self._object(value, path)
        if type(value) is list:
            return self._array(value, path)
        return value

    def _matching(self, digests: list[str], path: ClaimPath) -> list[int]:
        """Which Disclosures belong to an ``_sd``, and that no digest was there before (§7.1(4))."""
        fresh = set(digests)
        if len(fresh) != len(digests) or not fresh.isdisjoint(self._seen):
            raise _repeated((*path, "_sd"))
        self._seen |= fresh
        sent = self._sent
        # The shorter side is walked, so that neither many objects nor many Disclosures cost their product.
        matching = (
            [d for d in sent if d in fresh] if len(sent) < len(digests) else [d for d in digests if d in sent]
        )
        return [sent.pop(each) for each in matching]

    def _matching_element(self, element: dict[str, Any], path: ClaimPath) -> int | None:
        digest = element["..."]
        if len(element) != 1 or type(digest) is not str:
            raise InvalidSdJwt(
                "a digest in an array is {'...': string} and nothing beside it",
                spec="RFC 9901 §4.2.4.2",
                pointer=json_pointer(path),
            )
        if digest in self._seen:
            raise _repeated(path)
        self._seen.add(digest)
        return self._sent.pop(digest, None)


def _repeated(path: ClaimPath) -> InvalidSdJwt:
    return InvalidSdJwt("a digest is there twice", spec="RFC 9901 §7.1(4)", pointer=json_pointer(path))


def _too_deep() -> LimitExceeded:
    return LimitExceeded(f"claims nest deeper than {MAX_CLAIM_DEPTH}", spec="RFC 9901 §4.2.6")
