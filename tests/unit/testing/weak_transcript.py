"""The transcripts that the deliberately weak verifier knows: the right one, and each that could be mistaken for it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import cbor2

ELSEWHERE = "https://attacker.example"


@dataclass(frozen=True)
class Shown:
    """What a document is shown for. ``origin`` is that of a page, or nothing over a link."""

    client_id: str
    nonce: str
    response_uri: str
    thumbprint: bytes | None
    origin: str = ""

    def right(self) -> list[Any]:
        if self.origin:
            return _handover("OpenID4VPDCAPIHandover", [self.origin, self.nonce, self.thumbprint])
        info = [self.client_id, self.nonce, self.thumbprint, self.response_uri]
        return _handover("OpenID4VPHandover", info)

    def wrong(self, apu: str, others: Iterable[Shown]) -> Iterator[tuple[str, list[Any]]]:
        """What is wrong with each, first. ``apu`` is of the header of the answer, ``others`` are other sessions."""
        if self.origin:
            by_link = replace(self, origin="", client_id="", response_uri=f"{self.origin}/response")
            yield "over a link", by_link.right()
            yield "for an origin with a prefix", replace(self, origin=f"origin:{self.origin}").right()
            yield "for another page", replace(self, origin=ELSEWHERE).right()
            return
        yield "with another nonce", replace(self, nonce="nonce-of-another-session").right()
        yield "to another party", replace(self, client_id=f"x509_hash:{'A' * 43}").right()
        yield "at another address", replace(self, response_uri=f"{ELSEWHERE}/response").right()
        yield "through a browser", replace(self, origin="/".join(self.response_uri.split("/")[:3])).right()
        yield from (("in another session", one.right()) for one in others)
        if self.thumbprint is not None:
            yield "without a thumbprint", replace(self, thumbprint=None).right()
            hexadecimal = [self.client_id, self.nonce, self.thumbprint.hex(), self.response_uri]
            yield "with a thumbprint in hexadecimal", _handover("OpenID4VPHandover", hexadecimal)
        if apu:
            yield "as of old", self._of_annex_b(apu)

    def _of_annex_b(self, apu: str) -> list[Any]:
        wallet = base64.urlsafe_b64decode(apu + "==").decode("utf-8", "replace")
        hashes = [_sha256([one, wallet]) for one in (self.client_id, self.response_uri)]
        return [None, None, [*hashes, self.nonce]]


def _handover(kind: str, info: list[Any]) -> list[Any]:
    return [None, None, [kind, _sha256(info)]]


def _sha256(info: list[Any]) -> bytes:
    return hashlib.sha256(cbor2.dumps(info)).digest()
