"""One session of the deliberately weak verifier, and what was found wrong with one message in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from weak_credential import Presented

from nlwallet.crypto import PrivateKey


class Faults:
    """What was found wrong with one message; ``way`` is how it came, where that is a fault of its own."""

    def __init__(self, way: str = "") -> None:
        self.faults: list[str] = []
        self.way = way

    def __call__(self, fault: str) -> None:
        self.faults.append(self.way + fault)


@dataclass
class Session:
    """One request and what came of it."""

    id: str
    nonce: str
    state: str
    key: PrivateKey
    begun: int
    browser: str = ""
    origin: str = ""
    """Of the page that asked, or nothing over a link."""
    presented: Mapping[str, Presented] | None = None
    code: str = ""
    code_used: bool = False
    released: bool = False
    failed: bool = False
