"""Distinguished names as LDAP writes them (RFC 4514), compared as names."""

from __future__ import annotations

import re
from typing import Final

_PART: Final = re.compile(r"(?:\\.|[^,\\])+", re.DOTALL)
_ESCAPED: Final = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\(.)", re.DOTALL)
_TYPES: Final = {
    "orgid": "2.5.4.97",
    "organizationidentifier": "2.5.4.97",
    "sn": "2.5.4.5",
    "serialnumber": "2.5.4.5",
    "surname": "2.5.4.4",
    "gn": "2.5.4.42",
    "givenname": "2.5.4.42",
    "commonname": "cn",
    "organizationname": "o",
    "organizationalunitname": "ou",
    "countryname": "c",
}
"""Other names of attributes: ``ORGID`` and ``SN`` are those of ETSI TS 119 472-3 (ISS-MDATA-EBD-4.2.5.2-07, notes)."""


def same_name(one: str, other: str) -> bool:
    """Whether two distinguished names are the same, but for blanks, case, escapes, and other names of attributes."""
    return _parts(one) == _parts(other)


def _parts(name: str) -> list[tuple[str, str]]:
    return [_part(part) for part in _PART.findall(name)]


def _part(text: str) -> tuple[str, str]:
    kind, _, value = text.partition("=")
    kind = kind.strip().casefold().removeprefix("oid.")
    return _TYPES.get(kind, kind), _ESCAPED.sub(_plain, value.strip()).strip().casefold()


def _plain(escaped: re.Match[str]) -> str:
    pairs, single = escaped.groups()
    if pairs is None:
        return str(single)
    return bytes.fromhex(pairs.replace("\\", "")).decode("utf-8", "replace")
