"""The credential sets of a query: alternatives, and what may be left out (OpenID4VP 1.0 §6.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlwallet.lint.asked import AskedCredential
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below, boolean, non_empty_array, shown, tell_unknown, type_of


def check_credential_sets(value: Any, at: str, credentials: Sequence[AskedCredential], log: Findings) -> None:
    """Note what is wrong in ``credential_sets``, whose options name ``credentials``."""
    known = {credential.id for credential in credentials if credential.id}
    named: set[str] = set()
    sets = non_empty_array(value, at, "credential_sets", "D-01", log)
    for n, item in enumerate(sets):
        named |= _set(item, below(at, n), known, log)
    if not sets:
        return
    for credential in credentials:
        if credential.id and credential.id not in named:
            log.warning(
                "D-15",
                credential.pointer,
                f"No credential set names {shown(credential.id)}, so a wallet is never asked for it.",
                "Name it in an option, or leave it out.",
            )


def _set(value: Any, at: str, known: set[str], log: Findings) -> set[str]:
    if not isinstance(value, Mapping):
        log.error("D-35", at, f"A credential set is {type_of(value)}, not an object.")
        return set()
    tell_unknown(value, ("options", "required", "purpose"), at, "A credential set", log)
    if "purpose" in value:
        log.warning(
            "OLD-08",
            below(at, "purpose"),
            "purpose was taken out of credential sets in draft 26: no wallet shows it.",
            Fix(
                "Say the purpose on your page, and register it.",
                ({"op": "remove", "path": below(at, "purpose")},),
            ),
        )
    boolean(value, "required", at, "D-04", log)
    place = below(at, "options")
    if "options" not in value:
        log.error("D-35", at, "The credential set has no options.", "List the combinations that you accept.")
        return set()
    named: set[str] = set()
    for n, option in enumerate(non_empty_array(value["options"], place, "options", "D-35", log)):
        named |= _option(option, below(place, n), known, log)
    return named


def _option(value: Any, at: str, known: set[str], log: Findings) -> set[str]:
    if isinstance(value, str):
        fix = Fix("Put it in an array.", ({"op": "replace", "path": at, "value": [value]},))
        log.error("D-35", at, "An option is a string, not an array of ids.", fix)
        return {value}
    names = non_empty_array(value, at, "An option", "D-35", log)
    for m, name in enumerate(names):
        if not isinstance(name, str) or name not in known:
            what = shown(name) if isinstance(name, str) else type_of(name)
            log.error(
                "D-35", below(at, m), f"The option names {what}, which is the id of no credential query."
            )
    return {name for name in names if isinstance(name, str)}
