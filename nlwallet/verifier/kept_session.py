"""A session that was kept as one JSON object, with the version of how it was written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from nlwallet.errors import LocalError, NlWalletError

T = TypeVar("T")


def write_kept(members: Mapping[str, Any], *, version: int) -> bytes:
    """The members as they are kept."""
    # Not orjson: an issuer may sign a number that is too large for it.
    return json.dumps({**members, "version": version}, separators=(",", ":")).encode("ascii")


def read_kept(kept: bytes, read: Callable[[Mapping[str, Any]], T], *, version: int) -> T:
    """What ``read`` makes of the members, whatever these are. Raises :class:`~nlwallet.errors.LocalError`."""
    try:
        members = json.loads(kept)
        if members["version"] != version:
            raise LocalError(
                f"a session of version {members['version']} was kept",
                code="store",
                hint="use the nlwallet that wrote it, or begin with a new database",
            )
        return read(members)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LocalError(f"a kept session cannot be read: {type(error).__name__}", code="store") from None
    except NlWalletError as error:
        raise LocalError(f"a kept session cannot be read: {error.message}", code="store") from None
