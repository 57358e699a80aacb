"""The claims of a credential query and its claim sets (OpenID4VP 1.0 §6.3, §6.4.1, §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.claim_path import MAX_PATH_LENGTH, ClaimPath, show_path
from nlwallet.lint.asked import MSO_MDOC, AskedClaim
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import (
    below,
    boolean,
    is_identifier,
    non_empty_array,
    shown,
    tell_unknown,
    type_of,
)

_MEMBERS = ("id", "path", "values", "intent_to_retain", "namespace", "claim_name")


def read_claims(members: Mapping[str, Any], format_: str, at: str, log: Findings) -> tuple[AskedClaim, ...]:
    """The claims of the credential query at ``at`` whose paths can be read."""
    if "claims" not in members:
        return ()
    place = below(at, "claims")
    listed = non_empty_array(members["claims"], place, "claims", "D-01", log)
    claims = [
        claim for n, item in enumerate(listed) if (claim := _claim(item, format_, below(place, n), log))
    ]
    _tell_repeated(claims, log, named="claim_sets" in members)
    return tuple(claims)


def read_claim_sets(members: Mapping[str, Any], at: str, log: Findings) -> tuple[tuple[str, ...], ...]:
    """The claim sets of the credential query at ``at``; none when one of them cannot be read."""
    if "claim_sets" not in members:
        return ()
    place = below(at, "claim_sets")
    listed = non_empty_array(members["claim_sets"], place, "claim_sets", "D-06", log)
    claims = members.get("claims")
    if not isinstance(claims, list) or not claims:
        log.error("D-06", place, "claim_sets stands without claims.", "List the claims that its sets name.")
        return ()
    known: set[str] = set()
    for n, claim in enumerate(claims):
        name = claim.get("id") if isinstance(claim, Mapping) else None
        if isinstance(name, str):
            known.add(name)
        else:
            log.error(
                "D-06", below(at, "claims", n), "With claim_sets every claim needs an id.", "Add an id to it."
            )
    before = len(log.all)
    sets = [_claim_set(item, below(place, n), known, log) for n, item in enumerate(listed)]
    return tuple(sets) if len(log.all) == before else ()


def _claim_set(value: Any, at: str, known: set[str], log: Findings) -> tuple[str, ...]:
    names = non_empty_array(value, at, "A claim set", "D-06", log)
    for m, name in enumerate(names):
        if not isinstance(name, str) or name not in known:
            what = shown(name) if isinstance(name, str) else type_of(name)
            log.error("D-06", below(at, m), f"The claim set names {what}, which is the id of no claim.")
    return tuple(name for name in names if isinstance(name, str))


def _claim(value: Any, format_: str, at: str, log: Findings) -> AskedClaim | None:
    if not isinstance(value, Mapping):
        log.error("D-07", at, f"A claims query is {type_of(value)}, not an object.")
        return None
    tell_unknown(value, _MEMBERS, at, "A claims query", log)
    name = value.get("id")
    if "id" in value and not is_identifier(name):
        log.error(
            "D-07", below(at, "id"), "The id of the claim is no identifier.", "Use letters, digits, _ and -."
        )
    if "values" in value:
        _check_values(value["values"], below(at, "values"), log)
    retain = boolean(value, "intent_to_retain", at, "D-28", log) if format_ == MSO_MDOC else None
    if format_ != MSO_MDOC and "intent_to_retain" in value and not log.rules.nl_wallet:
        log.note(
            "D-28",
            below(at, "intent_to_retain"),
            "intent_to_retain is of mdocs; for this format a wallet ignores it.",
            Fix("Leave it out.", ({"op": "remove", "path": below(at, "intent_to_retain")},)),
        )
    path = _path(value, format_, at, log)
    if path is None:
        return None
    return AskedClaim(at, path, name if isinstance(name, str) else "", "values" in value, retain)


def _path(members: Mapping[str, Any], format_: str, at: str, log: Findings) -> ClaimPath | None:
    namespace, element = members.get("namespace"), members.get("claim_name")
    if "path" not in members:
        if isinstance(element, str):
            return _old_path(namespace, element, at, log)
        log.error("D-07", at, "The claim has no path.", 'Name it, such as {"path": ["given_name"]}.')
        return None
    value, place = members["path"], below(at, "path")
    if isinstance(value, str) and value:
        as_path = value.removeprefix("$.").split(".")
        fix = Fix("Write the path as an array.", ({"op": "replace", "path": place, "value": as_path},))
        log.error("D-07", place, "The path is a string, not an array.", fix)
        return tuple(as_path)
    listed = non_empty_array(value, place, "The path", "D-07", log)
    good = bool(listed)
    for n, item in enumerate(listed):
        if isinstance(item, bool) or not (
            item is None or (isinstance(item, str | int) and not _negative(item))
        ):
            what = "a negative number" if _negative(item) else type_of(item)
            log.error(
                "D-21",
                below(place, n),
                f"An element of the path is {what}; it is a string, null or a non-negative integer.",
            )
            good = False
    if (
        format_ == MSO_MDOC
        and good
        and not (len(listed) == 2 and all(isinstance(one, str) for one in listed))
    ):
        log.error(
            "D-27",
            place,
            "The path into an mdoc is not exactly two strings.",
            "Write the namespace and the data element identifier.",
        )
        good = False
    if len(listed) > MAX_PATH_LENGTH:
        log.error("W-39", place, f"The path has more than {MAX_PATH_LENGTH} elements.")
        good = False
    return tuple(listed) if good else None


def _old_path(namespace: Any, element: str, at: str, log: Findings) -> ClaimPath:
    path = [namespace, element] if isinstance(namespace, str) else [element]
    patch: list[dict[str, Any]] = [{"op": "add", "path": below(at, "path"), "value": path}]
    patch.append({"op": "remove", "path": below(at, "claim_name")})
    if namespace is not None:
        patch.append({"op": "remove", "path": below(at, "namespace")})
    log.error(
        "OLD-07",
        at,
        "namespace and claim_name are of drafts before 24; version 1.0 has a path.",
        Fix("Write the path as an array of both.", tuple(patch)),
    )
    return tuple(path)


def _check_values(value: Any, at: str, log: Findings) -> None:
    listed = non_empty_array(value, at, "values", "D-12", log)
    for n, item in enumerate(listed):
        if not isinstance(item, str | int):
            log.error(
                "D-12",
                below(at, n),
                f"An expected value is {type_of(item)}; it is a string, integer or boolean.",
            )
    if listed:
        log.note(
            "V-51",
            at,
            "values only makes a wallet choose: another wallet may answer with another value.",
            "Compare the value again when the answer is there.",
        )


def _tell_repeated(claims: list[AskedClaim], log: Findings, *, named: bool) -> None:
    """``named`` says that claim sets name claims by their id."""
    ids: set[str] = set()
    paths: dict[ClaimPath, AskedClaim] = {}
    for claim in claims:
        if claim.id and claim.id in ids:
            log.error(
                "D-07",
                below(claim.pointer, "id"),
                f"Two claims have the id {shown(claim.id)}.",
                "Make them differ.",
            )
        ids.add(claim.id)
        first = paths.setdefault(claim.path, claim)
        if first is not claim:
            # One that a claim set names, or that wants certain values, is not the same question twice.
            plain = not named and not claim.has_values
            patch = ({"op": "remove", "path": claim.pointer},) if plain else ()
            log.error(
                "D-05",
                claim.pointer,
                f"{show_path(claim.path)[:200]} is asked twice.",
                Fix("Ask it once.", patch),
            )


def _negative(item: Any) -> bool:
    return isinstance(item, int) and not isinstance(item, bool) and item < 0
