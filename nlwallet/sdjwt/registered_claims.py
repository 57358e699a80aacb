"""The claims that SD-JWT VC itself gives a meaning: their form, and that they are in the clear (§2.2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidCredential

ALWAYS_IN_THE_CLEAR = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", "aka_vcts"})
"""Claims that may not come as Disclosures, nor any claim inside them (SD-JWT VC §2.2.2.3)."""

_TYPE = "SD-JWT VC §2.2.2.1"
_OTHER_TYPES = "SD-JWT VC §2.2.2.2"
_REGISTERED = "SD-JWT VC §2.2.2.3"


def check_registered_claims(claims: Mapping[str, Any]) -> None:
    """The form of ``vct``, ``vct#integrity``, ``aka_vcts``, ``iss`` and ``status``.

    Raises :class:`~nlwallet.errors.InvalidCredential`.
    """
    vct = claims.get("vct")
    if not _is_name(vct):
        raise InvalidCredential(
            "vct is missing or no name of a type",
            spec=_TYPE,
            pointer="/payload/vct",
            hint="a non-empty string without white space and control characters",
        )
    if "aka_vcts" in claims:
        others = claims["aka_vcts"]
        if (
            not isinstance(others, list | tuple)
            or not others
            or not all(map(_is_name, others))
            or vct in others
        ):
            raise InvalidCredential(
                "aka_vcts is a non-empty array of names other than vct",
                spec=_OTHER_TYPES,
                pointer="/payload/aka_vcts",
            )
    for name in ("iss", "vct#integrity"):
        if name in claims and not isinstance(claims[name], str):
            raise InvalidCredential(f"{name} is no string", spec=_REGISTERED, pointer=f"/payload/{name}")
    if "status" in claims and not isinstance(claims["status"], Mapping):
        raise InvalidCredential("status is no object", spec=_REGISTERED, pointer="/payload/status")


def check_in_the_clear(disclosed: Iterable[ClaimPath]) -> None:
    """None of ``disclosed`` is a claim that may not be disclosed. Raises InvalidCredential."""
    for path in disclosed:
        if path[0] in ALWAYS_IN_THE_CLEAR:
            raise InvalidCredential(
                f"{path[0]}, or something in it, came as a Disclosure",
                spec=_REGISTERED,
                pointer=json_pointer(path),
                hint="the issuer must put it in the clear",
            )


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != "" and value.isprintable() and " " not in value
