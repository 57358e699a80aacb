"""Where the deliberately weak verifier goes because a card says so: nowhere, unless that is its hole."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from nlwallet.errors import RemoteError
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.sandbox import Sandbox

KEYS = "hole: keys are fetched where iss leads"
FOREIGN = "hole: metadata of another issuer vouch for a key"
BOTH = "hole: metadata have jwks and jwks_uri"
KEYS_INSIDE = "hole: jwks_uri leads anywhere"
INSTEAD = "hole: metadata stand in for a chain"
ISSUER_HERE = "hole: iss leads to this machine"
ISSUER_MAPPED = "hole: iss leads to this machine, by IPv6"

EXTENDS = "hole: a type that extends another is that one"
WEAKENS = "hole: what extends a type may weaken it"
ENDLESS = "hole: type metadata have no bound"
PLAIN = "hole: a redirect leads to plain http"
TYPE_HERE = "hole: vct leads to this machine"
CYCLE = "hole: a type comes again and again"
CHAIN = "hole: types are followed without end"

A_FEW, ENOUGH = 5, 60
"""How many types a sound verifier would follow, and after how many this one has shown that it is none."""


@dataclass(frozen=True)
class Web:
    """Two ways to everybody in a sandbox: what comes by ``unbounded`` has no end."""

    bounded: HttpClient
    unbounded: HttpClient

    @classmethod
    def of(cls, edi: Sandbox) -> Web:
        unbounded = edi.client()
        unbounded.policy = HttpPolicy(max_response_bytes=1_000_000_000)
        return cls(edi.client(), unbounded)


@dataclass(frozen=True)
class Outings:
    """What is fetched, and what is believed of it."""

    web: Web
    holes: frozenset[str]

    # the issuer -----------------------------------------------------------------------------------

    def keys_of(self, iss: str) -> list[dict[str, Any]]:
        """The keys that vouch for a card without a chain."""
        address = urlsplit(iss)
        here = {"127.0.0.1": ISSUER_HERE, "::ffff:127.0.0.1": ISSUER_MAPPED}.get(address.hostname or "")
        if here in self.holes:
            visit(iss)
        if here or address.scheme != "https" or KEYS not in self.holes:
            return []
        return self._keys(iss)

    def stand_in(self, iss: str) -> list[dict[str, Any]]:
        """The keys that vouch for a card whose chain leads nowhere."""
        return self._keys(iss) if INSTEAD in self.holes else []

    def _keys(self, iss: str) -> list[dict[str, Any]]:
        metadata = self._object(iss)
        if metadata.get("issuer") != iss and FOREIGN not in self.holes:
            return []
        if {"jwks", "jwks_uri"} <= metadata.keys() and BOTH not in self.holes:
            return []
        if "jwks_uri" in metadata and KEYS_INSIDE in self.holes:
            visit(metadata["jwks_uri"])
        keys: list[dict[str, Any]] = metadata.get("jwks", {}).get("keys", [])
        return keys

    # the type -------------------------------------------------------------------------------------

    def is_a(self, vct: str, asked: str) -> bool:
        """Whether what is found at ``vct`` makes it the type that was asked for."""
        if urlsplit(vct).hostname == "127.0.0.1":
            if TYPE_HERE in self.holes:
                visit(vct)
            return False
        if not self.holes & {EXTENDS, ENDLESS, PLAIN, CYCLE, CHAIN}:
            return False
        http = self.web.unbounded if ENDLESS in self.holes else self.web.bounded
        document, seen = self._object(vct, http), {vct}
        for number in range(ENOUGH):
            extended = document.get("extends")
            if extended == asked:
                weakens = bool(document.get("claims"))
                return EXTENDS in self.holes and (WEAKENS in self.holes or not weakens)
            again = extended in seen and CYCLE not in self.holes
            far = number > A_FEW and len(seen) > number and CHAIN not in self.holes
            if not isinstance(extended, str) or again or far:
                return False
            seen.add(extended)
            document = self._object(extended)
        return False

    def _object(self, url: str, http: HttpClient | None = None) -> Mapping[str, Any]:
        with suppress(RemoteError, ValueError):
            reply = (http or self.web.bounded).send("GET", url, what="metadata")
            if reply.status == 302 and PLAIN in self.holes:
                visit(reply.headers["location"])
            value = json.loads(reply.body)
            return value if isinstance(value, dict) else {}
        return {}


def visit(url: str) -> None:
    """Go there, and turn back. What is said in IPv6 of an address of IPv4 is that one."""
    address = urlsplit(url)
    host = (address.hostname or "").removeprefix("::ffff:")
    with suppress(OSError), socket.create_connection((host, address.port or 443), 1):
        pass
