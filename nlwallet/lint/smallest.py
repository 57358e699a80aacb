"""The query that asks least: every patch of every finding made, until none is left."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import RemoteError
from nlwallet.lint.finding import Finding, Operation
from nlwallet.lint.patch import CannotPatch, apply, tokens_of

MAX_ROUNDS = 16

LintQuery = Callable[[Any], Sequence[Finding]]
"""The findings about a query that stands at the pointer ``""``."""


def smallest_query(query: Any, lint_query: LintQuery) -> dict[str, Any] | None:
    """``query`` with all patches made. ``None`` when what is left of it asks nothing, or cannot be read."""
    current = query
    for _ in range(MAX_ROUNDS):
        operations = _operations(lint_query(current))
        following = _tidied(_all_made(current, operations), current) if operations else current
        if following == current:
            break
        current = following
    else:
        return None  # so much is wrong that it was not worth mending
    try:
        DcqlQuery.parse(current)
    except RemoteError:
        return None
    return current if isinstance(current, dict) else None


def _operations(findings: Sequence[Finding]) -> list[tuple[Operation, ...]]:
    """Patches from the end of the document to its beginning, so that none moves the place of another."""
    patches = [finding.fix.patch for finding in findings if finding.fix is not None and finding.fix.patch]
    return sorted(patches, key=lambda patch: _place(patch[0]), reverse=True)


def _place(operation: Operation) -> list[tuple[int, int | str]]:
    return [
        (0, int(token)) if token.isascii() and token.isdigit() else (1, token)
        for token in tokens_of(operation["path"])
    ]


def _all_made(document: Any, patches: Sequence[tuple[Operation, ...]]) -> Any:
    document, done = copy.deepcopy(document), set[str]()
    for patch in patches:
        places = {operation["path"] for operation in patch}
        # Two findings about one place, or one around what was just mended: the next round sees what is left.
        if any(_is_within(one, other) or _is_within(other, one) for one in places for other in done):
            continue
        done |= places
        try:
            document = apply(document, patch)
        except CannotPatch:
            continue
    return document


def _is_within(place: str, other: str) -> bool:
    return place == other or place.startswith(f"{other}/")


def _tidied(query: Any, before: Any) -> Any:
    """Take away what names a claim or credential that was there ``before`` and is gone."""
    if not isinstance(query, dict) or not isinstance(query.get("credentials"), list):
        return query
    former = _by_id(before)
    query["credentials"] = [
        credential
        for credential in query["credentials"]
        if not isinstance(credential, dict) or _still_asks(credential, former)
    ]
    gone = former.keys() - _by_id(query).keys()
    sets = query.get("credential_sets")
    if gone and isinstance(sets, list):
        for entry in sets:
            if isinstance(entry, dict):
                _without_options(entry, gone)
        left = [entry for entry in sets if not isinstance(entry, dict) or entry.get("options") != []]
        if left:
            query["credential_sets"] = left
        else:
            del query["credential_sets"]
    return query


def _still_asks(credential: dict[str, Any], former: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether anything is left to ask of ``credential``, whose claim sets lose the ids that are gone."""
    name = credential.get("id")
    earlier = former.get(name, {}) if isinstance(name, str) else {}
    if credential.get("claims") == []:
        return earlier.get("claims") == []
    gone = _claim_ids(earlier) - _claim_ids(credential)
    sets = credential.get("claim_sets")
    if not gone or not isinstance(sets, list):
        return True
    left = [
        [one for one in entry if not _is_one_of(one, gone)] if isinstance(entry, list) else entry
        for entry in sets
    ]
    credential["claim_sets"] = [entry for n, entry in enumerate(left) if entry and entry not in left[:n]]
    return bool(credential["claim_sets"])


def _by_id(query: Any) -> dict[str, Mapping[str, Any]]:
    credentials = query.get("credentials") if isinstance(query, Mapping) else None
    return {
        one["id"]: one
        for one in (credentials if isinstance(credentials, list) else ())
        if isinstance(one, Mapping) and isinstance(one.get("id"), str)
    }


def _claim_ids(credential: Mapping[str, Any]) -> set[str]:
    claims = credential.get("claims")
    return {
        one["id"]
        for one in (claims if isinstance(claims, list) else ())
        if isinstance(one, Mapping) and isinstance(one.get("id"), str)
    }


def _without_options(entry: dict[str, Any], gone: set[str]) -> None:
    """An option that names a credential which may not be asked is none any more."""
    options = entry.get("options")
    if isinstance(options, list):
        entry["options"] = [
            option
            for option in options
            if not isinstance(option, list) or not any(_is_one_of(one, gone) for one in option)
        ]


def _is_one_of(value: Any, names: set[str]) -> bool:
    return isinstance(value, str) and value in names
