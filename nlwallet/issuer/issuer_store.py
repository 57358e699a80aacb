"""What an issuer must not forget: codes, requests, tokens, promises, what it issued, and what was used once.

Values are JSON objects, by kind and name. The name of what a secret stands for is the hash of that secret; no secret
is kept. Whatever must be done as a whole is done in one :class:`Step`: of two that want the same thing, the later
one sees what the earlier one did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

from nlwallet.encoding import b64url_encode, dump_json, parse_signed_json
from nlwallet.errors import LocalError, RemoteError
from nlwallet.issuer.status_store import StatusStore

JsonObject: TypeAlias = Mapping[str, Any]

_MAX_DEPTH = 250
_MAX_BYTES = 64 * 1_048_576


class Step(Protocol):
    """One atomic step: all of it is done when it ends, or nothing if it ends with an exception.

    What has expired by ``now``, seconds since the epoch, is gone. A step waits for nothing and nobody: no signing, no
    asking, no second step inside it.
    """

    @property
    def now(self) -> int:
        """The time of the step."""
        ...

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """The value of that name; ``None``: there is none."""
        ...

    def put(
        self, kind: str, name: str, value: JsonObject, *, expires_at: int | None, limit: int | None = None
    ) -> None:
        """Keep a value of a new name until ``expires_at``, or for ever. Beyond ``limit`` of its kind, the oldest go."""
        ...

    def replace(self, kind: str, name: str, value: JsonObject) -> None:
        """Another value for a name that there is; its end stays."""
        ...

    def remove(self, kind: str, name: str) -> bool:
        """Forget a value; whether there was one."""
        ...

    def use(self, kind: str, ends: Mapping[str, int], *, limit: int) -> bool:
        """Use names, each until its end, or none of them when one was used; whether that was done.

        Also refused where there would be more than ``limit`` of the kind: to forget one would let it be used again.
        """
        ...


class IssuerStore(Protocol):
    """What :class:`~nlwallet.issuer.Issuer` needs of a store. Safe to use from several threads."""

    @property
    def statuses(self) -> StatusStore:
        """Where the statuses of the same issuer are kept; they must not be forgotten before the rest is."""
        ...

    def step(self, *, now: int) -> AbstractContextManager[Step]:
        """Begin a step; others wait until it ends. What it did is kept when it has ended."""
        ...

    def get(self, kind: str, name: str, *, now: int) -> dict[str, Any] | None:
        """The value of that name; ``None``: there is none, or it has expired."""
        ...

    def all(self, kind: str, *, now: int) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Names and values of a kind that have not expired, in the order in which they came."""
        ...

    def was_used(self, kind: str, name: str, *, now: int) -> bool:
        """Whether a name was used, and its end has not come."""
        ...


def name_of(secret: str) -> str:
    """The name of what a secret stands for: its hash."""
    return b64url_encode(hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest())


def write_value(value: JsonObject) -> bytes:
    """A value as it is kept. Raises :class:`~nlwallet.errors.LocalError` for what is no JSON.

    A date is none: it would come back as text, and what is issued then would not be what was offered.
    """
    try:
        if _is_json(value):
            return dump_json(value)
    except (TypeError, ValueError, RecursionError):
        pass
    raise LocalError("what an issuer keeps is JSON", code="store", hint="dates and octets as text")


def _is_json(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and _is_json(part) for name, part in value.items())
    if isinstance(value, list | tuple):
        return all(_is_json(part) for part in value)
    return value is None or isinstance(value, str | int | float)


def read_value(kept: bytes) -> dict[str, Any]:
    """A value from what was kept. Raises :class:`~nlwallet.errors.LocalError`."""
    try:
        value = parse_signed_json(kept, what="a kept value", max_depth=_MAX_DEPTH, max_bytes=_MAX_BYTES)
    except RemoteError as error:
        raise LocalError(error.message, code="store") from None
    if not isinstance(value, dict):
        raise LocalError("a kept value is no JSON object", code="store")
    return value
