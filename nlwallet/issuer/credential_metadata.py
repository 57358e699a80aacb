"""What issuer metadata tells of a card: its looks, its claims, how copies are to be used (OpenID4VCI 1.0 §12.2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlwallet.errors import LocalError
from nlwallet.openid4vci import is_image_uri
from nlwallet.sdjwt import ClaimMetadata, Display, TypeMetadata

ONCE_ONLY, LIMITED_TIME = "once_only", "limited_time"
ROTATING_BATCH, PER_RELYING_PARTY = "rotating-batch", "per-relying-party"
"""Methods A to D of the ARF (ISSU_37), as ETSI TS 119 472-3 §4.2.4.2 calls them."""

_BASIC = frozenset({ONCE_ONLY, LIMITED_TIME})
_IN_BATCHES = frozenset({ONCE_ONLY, ROTATING_BATCH, PER_RELYING_PARTY})
_BY_COUNT = frozenset({ONCE_ONLY, PER_RELYING_PARTY})
_BY_TIME = frozenset({LIMITED_TIME, ROTATING_BATCH, PER_RELYING_PARTY})
"""Of which methods an issuer tells when new copies are fetched: how many are left, or how long they last (ISSU_45,
ISSU_50, ISSU_54)."""

_DAY = 86_400
_WEEK = 7 * _DAY


def credential_metadata(known: TypeMetadata, reuse_policy: Mapping[str, Any]) -> dict[str, Any]:
    """``credential_metadata``, from what is known of the type; nothing in it is empty."""
    members: dict[str, Any] = {
        "display": [_display(one) for one in known.display],
        "claims": [_claim(one) for one in known.claims],
        **reuse_policy,
    }
    return {name: value for name, value in members.items() if value}


def reuse_policy(
    methods: Sequence[str],
    *,
    batch_size: int,
    unused_left: int | None,
    lifetime_left: int | None,
    lifetime_days: int,
) -> dict[str, Any]:
    """``credential_reuse_policy``; ``lifetime_left`` is in seconds.

    What a method cannot do without is there also when nobody said it: the library of the EU reference wallet reads no
    metadata in which it is missing.
    """
    if not methods:
        return {}
    if unused_left is None and _BY_COUNT & {*methods}:
        unused_left = 1
    if lifetime_left is None and _BY_TIME & {*methods}:
        lifetime_left = min(_WEEK, lifetime_days * _DAY // 2)
    members = {
        "details": list(methods),
        "batch_size": batch_size,
        "reissue_trigger_unused": unused_left,
        "reissue_trigger_lifetime_left": lifetime_left,
    }
    option = {name: value for name, value in members.items() if value is not None}
    return {"credential_reuse_policy": {"id": "arf_annex_ii", "options": [option]}}


def check_reuse(
    methods: Sequence[str], *, batch_size: int, unused_left: int | None, lifetime_left: int | None
) -> None:
    """Exactly one of the methods that every wallet has, and copies enough for it (ARF ISSU_40, ISSU_43).

    Raises :class:`~nlwallet.errors.LocalError`.
    """
    if not methods and unused_left is None and lifetime_left is None:
        return
    known = _BASIC | _IN_BATCHES
    if len(set(methods)) < len(methods) or not known.issuperset(methods) or len(_BASIC & {*methods}) != 1:
        raise LocalError(
            "the methods of reuse are either once_only or limited_time, and may have others besides",
            spec="ARF ISSU_40",
            hint=f"of {', '.join(sorted(known))}, the preferred one first",
        )
    if _IN_BATCHES & {*methods} and batch_size < 2:
        raise LocalError("these methods of reuse need a batch", spec="ARF ISSU_43", hint="batch_size=10")
    if unused_left is not None and not 0 < unused_left < batch_size:
        raise LocalError("there are that many unused copies at no time", spec="ARF ISSU_45")
    if lifetime_left is not None and lifetime_left < 1:
        raise LocalError("new copies are fetched before the old ones expire", spec="ARF ISSU_50")


def _claim(claim: ClaimMetadata) -> dict[str, Any]:
    labels = [{"name": label.name, "locale": label.locale} for label in claim.display]
    return {
        "path": list(claim.path),
        "mandatory": claim.mandatory,
        **({"display": labels} if labels else {}),
    }


def _display(display: Display) -> dict[str, Any]:
    """The type's own display in the words of OpenID4VCI."""
    members: dict[str, Any] = {"name": display.name, "locale": display.locale}
    if display.description:
        members["description"] = display.description
    rendering = (display.members or {}).get("rendering")
    simple = rendering.get("simple") if isinstance(rendering, dict) else None
    if isinstance(simple, dict):
        colours = ("background_color", "text_color")
        members |= {name: simple[name] for name in colours if isinstance(simple.get(name), str)}
        members |= {
            name: _image(simple[name]) for name in ("logo", "background_image") if _is_image(simple, name)
        }
    return members


def _is_image(simple: Mapping[str, Any], name: str) -> bool:
    image = simple.get(name)
    return isinstance(image, dict) and isinstance(image.get("uri"), str) and is_image_uri(image["uri"])


def _image(image: Mapping[str, Any]) -> dict[str, str]:
    return {name: image[name] for name in ("uri", "alt_text") if isinstance(image.get(name), str)}
