"""What the environment says in the place of the file: ``VERIFICATION_SERVER__WALLET_SERVER__PORT=9001``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from nlwallet.errors import InvalidConfiguration

PREFIX: Final = "VERIFICATION_SERVER"
SEPARATOR: Final = "__"
LISTS: Final = frozenset(
    {
        "issuer_trust_anchors",
        "wrpac_trust_anchors",
        "wrprc_trust_anchors",
        "reader_trust_anchors",
        "allow_origins",
        "wia_trust_anchors",
        "type_metadata",
    }
)
"""The keys whose value is split at its commas."""
MAX_DEPTH: Final = 8

_NUMBER = re.compile(r"-?[0-9]{1,18}")


def with_environment(
    members: Mapping[str, Any], environment: Mapping[str, str], *, prefix: str = PREFIX
) -> dict[str, Any]:
    """The members of the file, and what the environment puts in their place.

    Raises :class:`~nlwallet.errors.InvalidConfiguration` for a variable below a key that is no table.
    """
    merged = _copied(members)
    for name in sorted(environment):
        head, separator, rest = name.partition(SEPARATOR)
        if head.upper() != prefix or not separator or not rest:
            continue
        path = rest.lower().split(SEPARATOR)
        at = merged
        for step in path[:-1][:MAX_DEPTH]:
            at = at.setdefault(step, {})
            if not isinstance(at, dict):
                raise InvalidConfiguration(f"{name[:128]}: there is a value at {step[:64]}, and no table")
        at[path[-1]] = _value(path[-1], environment[name])
    return merged


def _copied(members: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) if isinstance(value, Mapping) else value for key, value in members.items()}


def _value(key: str, text: str) -> Any:
    if key in LISTS and text != "*":
        return text.split(",")
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return int(text) if _NUMBER.fullmatch(text) else text
