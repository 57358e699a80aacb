"""What is looked for in the register: the filters of ``GET /wrp``, paging, and ``check-intended-use`` (TS5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from nlwallet.claim_path import ClaimPath, covers, parse_claim_path
from nlwallet.encoding import b64url_decode, b64url_encode, parse_json
from nlwallet.errors import MalformedInput, RemoteError
from nlwallet.registration import (
    CredentialType,
    IntendedUse,
    RelyingPartyRecord,
    Service,
    entitlement_uri,
)

Entries: TypeAlias = Sequence[tuple[RelyingPartyRecord, int]]
"""Records and since when they stand, by identifier."""

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100
MAX_VALUE: Final = 2048

_BOOLEANS: Final = {"true": True, "false": False}


def _services(record: RelyingPartyRecord, test: Callable[[Service], bool]) -> bool:
    return any(test(service) for service in record.services)


def _asked(record: RelyingPartyRecord) -> list[CredentialType]:
    return [one for use in record.intended_uses for one in use.credentials]


_TESTS: Final[Mapping[str, Callable[[RelyingPartyRecord, str], bool]]] = {
    "identifier": lambda record, value: record.identifier == value,
    "legalname": lambda record, value: value.lower() in record.official_name.lower(),
    "tradename": lambda record, value: (
        value.lower() in record.trade_name.lower()
        or _services(record, lambda service: value.lower() in service.trade_name.lower())
    ),
    "serviceidentifier": lambda record, value: _services(record, lambda service: service.id == value),
    "policy": lambda record, value: any(use.privacy_policy == value for use in record.intended_uses),
    "entitlement": lambda record, value: any(
        value in (name, entitlement_uri(name)) for name in record.entitlements
    ),
    "credentialmeta": lambda record, value: any(value in one.types for one in _asked(record)),
    "credentialformat": lambda record, value: any(value == one.format for one in _asked(record)),
    "providesattestation": lambda record, value: any(
        value in one.types for one in record.provides_attestations
    ),
    "usesintermediary": lambda record, value: (
        record.uses_intermediary is not None and record.uses_intermediary.identifier == value
    ),
    "isintermediary": lambda record, value: record.is_intermediary == _BOOLEANS[value],
    "intendeduseidentifier": lambda record, value: any(use.id == value for use in record.intended_uses),
}
_PAGING: Final = frozenset({"limit", "cursor", "isolateservice"})
_OF_A_USE: Final = frozenset(
    {
        "identifier",
        "rpidentifier",
        "serviceidentifier",
        "intendeduseidentifier",
        "credentialformat",
        "credentialmeta",
        "claimpath",
        "policyurl",
    }
)


@dataclass(frozen=True, slots=True)
class Page:
    """What was found: ``entries``, and the cursor for those that follow. With ``service_id`` only that service."""

    entries: Entries
    next_cursor: str | None = None
    service_id: str | None = None

    def pagination(self) -> dict[str, Any]:
        """The member of an answer."""
        return {"next_cursor": self.next_cursor, "has_next_page": self.next_cursor is not None}


def search(entries: Entries, parameters: Mapping[str, str]) -> Page:
    """Those that pass every filter, from the cursor on. Raises :class:`~nlwallet.errors.MalformedInput`."""
    _check(parameters, _TESTS.keys() | _PAGING)
    after, limit = _cursor(parameters.get("cursor")), _limit(parameters.get("limit"))
    tests = [(_TESTS[name], value) for name, value in parameters.items() if name in _TESTS]
    found = [
        entry
        for entry in entries
        if entry[0].identifier > after and all(test(entry[0], value) for test, value in tests)
    ]
    page = found[:limit]
    cursor = b64url_encode(page[-1][0].identifier.encode()) if len(found) > limit else None
    isolated = _BOOLEANS[parameters.get("isolateservice", "false")]
    return Page(page, cursor, parameters.get("serviceidentifier") if isolated else None)


def identifier_asked(parameters: Mapping[str, str]) -> str:
    """Whose use it is about: ``identifier`` (TS5 1.4) or ``rpidentifier`` (1.3). Raises MalformedInput."""
    _check(parameters, _OF_A_USE)
    value = parameters.get("identifier", parameters.get("rpidentifier"))
    if value is None:
        raise _wrong("identifier", "it is missing: whose intended use is it?")
    return value


def registered_use(
    record: RelyingPartyRecord, parameters: Mapping[str, str]
) -> tuple[Service, IntendedUse] | None:
    """The first intended use of a party that all of ``parameters`` are true of. Raises MalformedInput."""
    path = _path(parameters.get("claimpath"))
    for service in record.services:
        for use in map(record.intended_use, service.intended_uses):
            own = {
                "serviceidentifier": service.id,
                "intendeduseidentifier": use.id,
                "policyurl": use.privacy_policy,
            }
            plain = all(parameters.get(name, value) == value for name, value in own.items())
            if plain and _covered(use, path, parameters):
                return service, use
    return None


def _covered(use: IntendedUse, path: ClaimPath | None, parameters: Mapping[str, str]) -> bool:
    """Whether one of its credentials is of that format and type, and has the claim."""
    format_, type_ = parameters.get("credentialformat"), parameters.get("credentialmeta")
    return any(
        (format_ is None or one.format == format_)
        and (type_ is None or type_ in one.types)
        and (path is None or any(covers(claim, path) for claim in one.claims))
        for one in use.credentials
    )


def _check(parameters: Mapping[str, str], known: AbstractSet[str]) -> None:
    for name, value in parameters.items():
        if name not in known:
            raise _wrong(name[:64], f"there is no such parameter; there are {', '.join(sorted(known))}")
        if not value or len(value) > MAX_VALUE:
            raise _wrong(name, f"it is empty, or has more than {MAX_VALUE} characters")
        if name in ("isintermediary", "isolateservice") and value not in _BOOLEANS:
            raise _wrong(name, "it is true or false")


def _limit(value: str | None) -> int:
    if value is None:
        return DEFAULT_LIMIT
    if not (value.isascii() and value.isdigit()) or len(value) > 3 or not 1 <= int(value) <= MAX_LIMIT:
        raise _wrong("limit", f"it is a number from 1 to {MAX_LIMIT}")
    return int(value)


def _cursor(value: str | None) -> str:
    try:
        return "" if value is None else b64url_decode(value).decode("utf-8")
    except (RemoteError, UnicodeDecodeError):
        raise _wrong("cursor", "it is none that this register gave out") from None


def _path(value: str | None) -> ClaimPath | None:
    """A claim path as JSON (``["address", "city"]``), or the name of one claim."""
    if value is None:
        return None
    try:
        return parse_claim_path(
            parse_json(value.encode(), what="claimpath") if value.startswith("[") else [value]
        )
    except RemoteError as error:
        raise _wrong("claimpath", error.message) from None


def _wrong(name: str, reason: str) -> MalformedInput:
    return MalformedInput(f"{name}: {reason}", code="invalid_request", spec="TS5", pointer=f"/{name}")
