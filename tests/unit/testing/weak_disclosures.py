"""What the deliberately weak verifier finds wrong with disclosures: each fault by name; it goes on all the same."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

Found = Callable[[str], None]
"""Note a fault. A fault that is a hole of this verifier is passed over, so each function goes on after it."""

IN_THE_CLEAR = ("iss", "nbf", "exp", "cnf", "vct", "status")
RESERVED = ("_sd", "...")


class Broken(Exception):
    """Nothing can be made of it: a verifier that does not catch this breaks."""


def decode(text: str, found: Found, what: str) -> bytes:
    if "=" in text:
        found(f"{what}: padding")
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except ValueError:
        raise Broken(f"{what}: no base64url") from None


def parse(octets: bytes, found: Found, what: str) -> Any:
    """JSON, of two members of one name the last."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            found(f"{what}: a member twice")
        return dict(pairs)

    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        found(f"{what}: no UTF-8")
        text = octets.decode("utf-8", "ignore")
    try:
        return json.loads(text, object_pairs_hook=once)
    except ValueError as error:
        raise Broken(f"{what}: {type(error).__name__}") from None
    except RecursionError:
        kind = "arrays" if text.startswith("[[") else "objects" if text.startswith('{"a":{') else "a member"
        raise Broken(f"{what}: too deep, in {kind}") from None


class Disclosed:
    """The claims of a credential, put together from payload and disclosures."""

    def __init__(
        self, payload: dict[str, Any], disclosures: list[str], found: Found, *, holes: frozenset[str]
    ) -> None:
        self._found = found
        self._by_digest: dict[str, tuple[str, list[Any]]] = {}
        self._seen: set[str] = set()
        self._used: set[str] = set()
        algorithm = payload.get("_sd_alg", "sha-256")
        if algorithm != "sha-256":
            found(f"_sd_alg {algorithm}")
        if "_sd_alg" not in payload and "hole: _sd_alg is required" in holes:
            found("no _sd_alg")
        for encoded in disclosures:
            self._read(encoded)
        self.claims = self._object(payload, top=True)
        for digest in self._by_digest.keys() - self._used:
            encoded, content = self._by_digest[digest]
            found("a disclosure that nobody signed")
            if len(content) == 3:
                self.claims[content[1]] = content[2]

    def _read(self, encoded: str) -> None:
        if not encoded:
            self._found("an empty disclosure")
            return
        content = parse(decode(encoded, self._found, "a disclosure"), self._found, "a disclosure")
        if not isinstance(content, list) or not content:
            raise Broken("a disclosure: no array")
        if not isinstance(content[0], str):
            self._found("a salt that is no string")
        digest = _base64(hashlib.sha256(encoded.encode()).digest())
        if digest in self._by_digest:
            self._found("a disclosure twice")
        self._by_digest[digest] = encoded, content

    def _object(self, value: dict[str, Any], *, top: bool = False) -> dict[str, Any]:
        claims = {name: self._value(it) for name, it in value.items() if name not in ("_sd", "_sd_alg")}
        digests = value.get("_sd", [])
        if not isinstance(digests, list) or not all(isinstance(one, str) for one in digests):
            self._found(f"_sd is {type(digests).__name__}")
            digests = []
        for digest in digests:
            content = self._content(digest)
            if content is None:
                continue
            if len(content) != 3:
                self._found(f"a disclosure of {len(content)} for a claim")
                continue
            _, name, inner = content
            if name in RESERVED:
                self._found(f"a claim called {name}")
                continue
            if name in claims:
                self._found(f"{name} is there already")
                continue
            if top and name in IN_THE_CLEAR:
                self._found(f"{name} is a disclosure")
            claims[name] = self._value(inner)
        return claims

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return [it for one in value for it in self._element(one)]
        return value

    def _element(self, value: Any) -> list[Any]:
        if not isinstance(value, dict) or "..." not in value:
            return [self._value(value)]
        if len(value) > 1:
            self._found("an array element with a digest and more")
        content = self._content(value["..."])
        if content is None:
            return []
        if len(content) != 2:
            self._found(f"a disclosure of {len(content)} for an element")
            return []
        return [self._value(content[1])]

    def _content(self, digest: str) -> list[Any] | None:
        if digest in self._seen:
            self._found("a digest twice")
            return None
        self._seen.add(digest)
        for known, (encoded, content) in self._by_digest.items():
            octets = (
                base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)) if "=" not in encoded else b""
            )
            others = {
                "over decoded octets": _base64(hashlib.sha256(octets).digest()),
                "in hexadecimal": hashlib.sha256(encoded.encode()).hexdigest(),
            }
            for how, other in others.items():
                if digest == other:
                    self._found(f"a digest {how}")
            if digest == known or digest in others.values():
                self._used.add(known)
                return content
        return None


def _base64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
