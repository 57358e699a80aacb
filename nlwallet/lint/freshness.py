"""What makes a request fresh: nonce, state, times and the wallet's own nonce (OpenID4VP 1.0 §5.2, §5.3, §5.10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import log2
from typing import Any

from nlwallet.lint.channel import Channel
from nlwallet.lint.finding import Findings
from nlwallet.lint.members import below, type_of

MAX_CLOCK_AHEAD = 60
"""How far the clock of a verifier may run ahead, in seconds."""

ENOUGH_BITS = 120
"""A UUID has 122 random bits, which nobody will guess either."""

_URL_SAFE = re.compile(r"[A-Za-z0-9._~-]+")


def check_freshness(
    claims: Mapping[str, Any], at: str, channel: Channel, *, now: int | None, log: Findings
) -> None:
    """All of them in the request at ``at``; ``now`` in seconds, ``None``: no time is compared."""
    _check_nonce(claims, at, log)
    if not channel.dc_api:
        _check_state(claims, at, log)
    if channel.signed:
        _check_times(claims, at, now, log)
    _check_wallet_nonce(claims, at, channel, log)


def holder_binding_is_off(query: Any) -> bool:
    """Whether some credential query does without a proof of the holder's key (§5.3)."""
    listed = query.get("credentials") if isinstance(query, Mapping) else None
    return any(
        isinstance(one, Mapping) and one.get("require_cryptographic_holder_binding") is False
        for one in (listed if isinstance(listed, list) else ())
    )


def random_bits(text: str) -> int:
    """How many random bits a text of this look can hold at most: by its length and its alphabet."""
    if len(set(text)) < 4:
        return len(set(text))
    plain = re.sub(r"[-._~]", "", text)
    for alphabet, size in ((r"\d+", 10), (r"[0-9a-f]+|[0-9A-F]+", 16), (r"[0-9a-z]+|[0-9A-Z]+", 36)):
        if re.fullmatch(alphabet, plain):
            return int(len(plain) * log2(size))
    return int(len(text) * 6)


def _check_nonce(claims: Mapping[str, Any], at: str, log: Findings) -> None:
    place, nonce = below(at, "nonce"), claims.get("nonce")
    if "nonce" not in claims:
        log.error(
            "V-06", at, "The request has no nonce.", "Make a fresh random one of 128 bits for each request."
        )
        return
    _check_random(nonce, place, "nonce", "V-07", log)


def _check_state(claims: Mapping[str, Any], at: str, log: Findings) -> None:
    place, off = below(at, "state"), holder_binding_is_off(claims.get("dcql_query"))
    if "state" in claims:
        _check_random(claims["state"], place, "state", "V-09" if off else "", log)
    elif off:
        log.error(
            "V-09",
            at,
            "There is no state, and some presentation comes without a proof that binds it to this request.",
            "Add a fresh random state of 128 bits, and compare it in the answer.",
        )
    else:
        log.note("V-10", at, "There is no state.", "Add a fresh random one, and compare it in the answer.")


def _check_random(value: Any, place: str, name: str, strength: str, log: Findings) -> None:
    if not isinstance(value, str) or not value:
        log.error("V-08", place, f"{name} is {type_of(value)}, not a non-empty string.")
        return
    if not _URL_SAFE.fullmatch(value):
        log.error(
            "V-08",
            place,
            f"{name} has other characters than A-Z a-z 0-9 - . _ ~.",
            "Encode the random octets in base64url, without padding.",
        )
        return
    if len(value) > 1024:
        log.error("W-39", place, f"{name} has {len(value)} characters, more than a wallet reads.")
    elif strength and (bits := random_bits(value)) < ENOUGH_BITS:
        add = log.error if strength == "V-09" else log.warning
        add(
            strength,
            place,
            f"{name} can hold no more than {bits} random bits.",
            "Make it of 16 random octets or more.",
        )


def _check_times(claims: Mapping[str, Any], at: str, now: int | None, log: Findings) -> None:
    for name in ("exp", "iat", "nbf"):
        value, place = claims.get(name), below(at, name)
        if name not in claims:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not -1e15 < value < 1e15:
            log.error(
                "REQ-02", place, f"{name} is {type_of(value)}, not a number of seconds.", spec="RFC 7519 §2"
            )
        elif value > 1e11:
            log.error(
                "REQ-02", place, f"{name} looks like milliseconds.", "Write seconds.", spec="RFC 7519 §2"
            )
        elif now is not None and name == "exp" and value <= now:
            log.error(
                "REQ-02",
                place,
                f"The request expired {_ago(now - value)} ago.",
                "Make a new one.",
                spec="RFC 7519 §4.1.4",
            )
        elif now is not None and name != "exp" and value > now + MAX_CLOCK_AHEAD:
            log.error(
                "REQ-02",
                place,
                f"{name} is in the future: {_ago(value - now)} from now.",
                "Set the clock right.",
            )
    if "exp" not in claims:
        log.note(
            "REQ-02",
            at,
            "The request has no exp: whoever kept it can show it again later.",
            "Add an exp of some minutes.",
        )


def _check_wallet_nonce(claims: Mapping[str, Any], at: str, channel: Channel, log: Findings) -> None:
    posted = channel.posted_wallet_nonce
    if posted is None:
        return
    if posted and claims.get("wallet_nonce") != posted:
        where = below(at, "wallet_nonce") if "wallet_nonce" in claims else at
        log.error(
            "V-19", where, "wallet_nonce is not the one that was posted.", "Copy it into the request object."
        )
    if not posted and "wallet_nonce" in claims:
        place = below(at, "wallet_nonce")
        log.error(
            "V-19",
            place,
            "There is a wallet_nonce, and none was sent.",
            "Leave it out when the wallet comes with GET.",
        )


def _ago(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} seconds"
