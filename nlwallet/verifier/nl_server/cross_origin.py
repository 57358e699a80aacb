"""Which web pages may look at a session (CORS): those of ``allow_origins``, by GET and DELETE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

ANY: Final = "*"

AllowedOrigins: TypeAlias = Sequence[str] | Literal["*"]

_METHODS: Final = "GET,DELETE"


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """``allowed`` are origins as a browser writes them, or ``*``; none at all, and no page elsewhere may look."""

    allowed: AllowedOrigins = ()

    def headers(self, origin: str | None) -> dict[str, str]:
        """For an answer to a page of ``origin``."""
        if self.allowed == ANY:
            return {"Access-Control-Allow-Origin": ANY}
        if not self.allowed:
            return {}
        if origin is not None and origin in self.allowed:
            return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
        return {"Vary": "Origin"}

    def preflight(self, request_headers: Mapping[str, str]) -> dict[str, str]:
        """For the answer to OPTIONS."""
        return self.headers(request_headers.get("origin")) | {"Access-Control-Allow-Methods": _METHODS}
