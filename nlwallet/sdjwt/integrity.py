"""Integrity of referenced documents: ``vct#integrity`` and ``extends#integrity`` (SD-JWT VC §6, W3C SRI §3)."""

from __future__ import annotations

import base64
import binascii
import hashlib

from nlwallet.errors import InvalidTypeMetadata

_STRONGEST_FIRST = {"sha512": hashlib.sha512, "sha384": hashlib.sha384, "sha256": hashlib.sha256}


def integrity_of(document: bytes) -> str:
    """The integrity metadata of a document: ``sha256-`` and standard base64."""
    return "sha256-" + base64.b64encode(hashlib.sha256(document).digest()).decode("ascii")


def check_integrity(document: bytes, integrity: str, *, pointer: str = "") -> None:
    """Compare the octets of a document with integrity metadata; the strongest known hash counts.

    ``integrity`` is a list of ``<hash>-<standard base64>`` separated by white space; of several values with the
    strongest hash one must fit. Raises :class:`~nlwallet.errors.InvalidTypeMetadata`.
    """
    offered: dict[str, list[str]] = {}
    for expression in integrity.split():
        name, _, value = expression.partition("?")[0].partition(
            "-"
        )  # "?" begins options, which mean nothing here
        offered.setdefault(name, []).append(value)
    for name, hash_ in _STRONGEST_FIRST.items():
        if name in offered:
            actual = hash_(document).digest()
            if any(_base64(value) == actual for value in offered[name]):
                return
            raise InvalidTypeMetadata(
                "the document has another hash",
                spec="SD-JWT VC §6",
                pointer=pointer,
                hint="hash the octets as served, not a reformatted copy",
            )
    raise InvalidTypeMetadata(
        "the integrity has no hash that is known",
        spec="SD-JWT VC §6",
        pointer=pointer,
        hint="sha256-, sha384- or sha512- and standard base64",
    )


def _base64(value: str) -> bytes | None:
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError:
        return None
