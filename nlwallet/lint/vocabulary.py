"""Which claims tell what, across the PID of the Netherlands, that of the EU in both formats, and the mDL."""

from __future__ import annotations

import re
from typing import Final

from nlwallet.claim_path import ClaimPath
from nlwallet.errors import RemoteError
from nlwallet.lint.asked import MSO_MDOC, AskedClaim, AskedCredential
from nlwallet.sdjwt import TypeMetadataRegistry

BIRTHDATE: Final = frozenset(
    {"birthdate", "birth_date", "date_of_birth", "birthday", "birth_year", "age_birth_year", "age_in_years"}
)
BSN: Final = frozenset({"bsn", "burgerservicenummer"})
UNIQUE_NUMBER: Final = BSN | {"personal_administrative_number", "document_number"}
PORTRAIT: Final = frozenset({"picture", "portrait"})
RECOVERY_CODE: Final = "recovery_code"
ADDRESS: Final = frozenset({"address", "resident_address", "place_of_residence"})

_AGE_LIMIT: Final = re.compile(r"age_over_\d\d|age_equal_or_over")
_MDOC_WITH_AGE_LIMITS: Final = frozenset({"org.iso.18013.5.1.mDL", "org.iso.23220.photoid.1"})
_MDOC_WITH_RESIDENCE: Final = _MDOC_WITH_AGE_LIMITS | {"eu.europa.ec.eudi.pid.1"}
"""The PID has no age limits since version 1.1 of its rulebook."""
_MDOC_ADDRESS_PARTS: Final = {"postal_code": "resident_postal_code", "locality": "resident_city"}
_DUTCH_PID: Final = "urn:eudi:pid:nl:1"


def tells_age_limit(claim: AskedClaim) -> bool:
    """Whether the claim says that somebody is older than a limit, and nothing else."""
    return any(_AGE_LIMIT.fullmatch(name) for name in claim.names)


def tells_birthdate(claim: AskedClaim) -> bool:
    """Whether the claim is a date of birth, or an age to the year."""
    return claim.names[-1:] != () and claim.names[-1] in BIRTHDATE


def is_whole_address(claim: AskedClaim) -> bool:
    """Whether the claim is an address with all its parts."""
    return claim.path[-1] in ADDRESS


def is_in_address(claim: AskedClaim) -> bool:
    """Whether the claim is an address or a part of one."""
    return any(name in ADDRESS or name.startswith("resident_") for name in claim.names) or (
        isinstance(claim.path[0], str) and claim.path[0].endswith(".address")
    )


def known_claims(credential: AskedCredential, types: TypeMetadataRegistry) -> frozenset[ClaimPath] | None:
    """The paths that every asked type has; ``None`` when a type is not known, or is of an mdoc."""
    found: list[frozenset[ClaimPath]] = []
    for name in credential.types if credential.format != MSO_MDOC else ():
        if name not in types:
            return None
        try:
            found.append(frozenset(claim.path for claim in types.effective(name).claims))
        except RemoteError:
            return None
    return frozenset.intersection(*found) if found else None


def age_limit_path(
    credential: AskedCredential, claim: AskedClaim, limit: int, known: frozenset[ClaimPath]
) -> ClaimPath | None:
    """The path that says "older than ``limit``" in this credential, if it is known to have one."""
    if credential.format == MSO_MDOC:
        has_limits = set(credential.types) <= _MDOC_WITH_AGE_LIMITS or (
            credential.types == (_DUTCH_PID,) and limit == 18
        )
        return (claim.path[0], f"age_over_{limit}") if has_limits and credential.types else None
    choices: tuple[ClaimPath, ...] = ((f"age_over_{limit}",), ("age_equal_or_over", str(limit)))
    return next((path for path in choices if path in known), None)


def address_part_path(
    credential: AskedCredential, claim: AskedClaim, part: str, known: frozenset[ClaimPath]
) -> ClaimPath | None:
    """The path of one part (``postal_code``, ``locality``) of the address that ``claim`` is, if it is known."""
    if credential.format == MSO_MDOC:
        if set(credential.types) <= _MDOC_WITH_RESIDENCE and credential.types:
            return (claim.path[0], _MDOC_ADDRESS_PARTS[part])
        return (f"{_DUTCH_PID}.address", part) if credential.types == (_DUTCH_PID,) else None
    path = (*claim.path, part)
    return path if path in known else None


def parts_of(path: ClaimPath, known: frozenset[ClaimPath]) -> list[ClaimPath]:
    """Those of ``known`` directly below ``path``."""
    return sorted((one for one in known if len(one) == len(path) + 1 and one[:-1] == path), key=str)
