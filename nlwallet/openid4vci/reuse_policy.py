"""How an issuer wants the copies of a credential to be used: ``credential_reuse_policy`` (ETSI TS 119 472-3 §4.2.4.2).

The methods are A to D of ARF topic 10 (ISSU_37 to ISSU_57). What cannot be read counts as not said: a policy that is
written wrongly must not keep a card from its holder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MAX_REUSE_BATCH = 100
MAX_OPTIONS = 16
MAX_METHODS = 16


@dataclass(frozen=True, slots=True)
class ReusePolicy:
    """One option of the policy. ``methods`` in the order that the issuer prefers; empty when it said nothing.

    ``batch_size``: how many copies to ask for. New ones are to be asked for when ``unused_left`` copies are left that
    nobody saw, or ``lifetime_left`` seconds before the card expires.
    """

    methods: tuple[str, ...] = ()
    batch_size: int | None = None
    unused_left: int | None = None
    lifetime_left: int | None = None

    @classmethod
    def all_in(cls, credential_metadata: Any) -> tuple[ReusePolicy, ...]:
        """The options in ``credential_metadata`` of a configuration, first choice first."""
        policy = (
            credential_metadata.get("credential_reuse_policy")
            if isinstance(credential_metadata, dict)
            else None
        )
        options = policy.get("options") if isinstance(policy, dict) else None
        read = [cls._of(one) for one in (options if isinstance(options, list) else ())[:MAX_OPTIONS]]
        return tuple(one for one in read if one.methods)

    @classmethod
    def _of(cls, option: Any) -> ReusePolicy:
        if not isinstance(option, dict) or not isinstance(option.get("details"), list):
            return cls()
        size = _whole(option.get("batch_size"))
        return cls(
            tuple(name for name in option["details"][:MAX_METHODS] if isinstance(name, str)),
            min(size, MAX_REUSE_BATCH) if size else None,
            _whole(option.get("reissue_trigger_unused")),
            _whole(option.get("reissue_trigger_lifetime_left")),
        )


def _whole(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
