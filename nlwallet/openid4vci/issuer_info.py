"""Who vouches for an issuer, in its own metadata: ``issuer_info``, made as ``verifier_info`` is.

ETSI TS 119 472-3 §4.2.3. The registration certificate of the issuer stands there by value (ARF RPRC_22); other kinds
of entries are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nlwallet.errors import InvalidOffer

REGISTRATION_CERTIFICATE: Final = "registration_cert"
"""The ``format`` of a registration certificate."""

MAX_ISSUER_INFO: Final = 16

_SPEC: Final = "ETSI TS 119 472-3 §4.2.3"


def issuer_info(registration_certificate: str) -> list[dict[str, str]]:
    """The member of the metadata, for one compact registration certificate."""
    return [{"format": REGISTRATION_CERTIFICATE, "data": registration_certificate}]


def registration_certificates_in(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The registration certificates in issuer metadata, unverified; one is the rule.

    Raises :class:`~nlwallet.errors.InvalidOffer` for entries that cannot be read.
    """
    entries = metadata.get("issuer_info", [])
    if not isinstance(entries, list) or len(entries) > MAX_ISSUER_INFO:
        raise _wrong(f"issuer_info is no array of up to {MAX_ISSUER_INFO} entries", "/issuer_info")
    found: list[str] = []
    for number, entry in enumerate(entries):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("format"), str):
            raise _wrong("an entry is an object with a format", f"/issuer_info/{number}")
        if entry["format"] == REGISTRATION_CERTIFICATE:
            if not isinstance(entry.get("data"), str):
                raise _wrong("a registration certificate is a text", f"/issuer_info/{number}/data")
            found.append(entry["data"])
    return tuple(found)


def _wrong(reason: str, pointer: str) -> InvalidOffer:
    return InvalidOffer(f"issuer metadata: {reason}", spec=_SPEC, pointer=pointer)
