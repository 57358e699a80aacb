"""What the holder shall authorise: ``transaction_data`` (OpenID4VP 1.0 §5.1, §8.4, §B.3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.encoding import b64url_decode, parse_json
from nlwallet.errors import RemoteError
from nlwallet.lint.asked import MSO_MDOC, AskedQuery
from nlwallet.lint.finding import Findings
from nlwallet.lint.members import below, non_empty_array, shown, type_of
from nlwallet.openid4vp import KNOWN_TRANSACTION_DATA

_HASHES = frozenset({"sha-256", "sha-384", "sha-512"})
_OF_THE_FRAMEWORK = frozenset({"type", "credential_ids", "transaction_data_hashes_alg"})


def check_transaction_data(value: Any, at: str, asked: AskedQuery | None, log: Findings) -> None:
    """Every entry of ``transaction_data`` at ``at``."""
    for n, entry in enumerate(non_empty_array(value, at, "transaction_data", "X-01", log)):
        _check_entry(entry, below(at, n), asked, log)


def _check_entry(entry: Any, at: str, asked: AskedQuery | None, log: Findings) -> None:
    if not isinstance(entry, str):
        hint = "Encode its JSON in base64url." if isinstance(entry, Mapping) else ""
        log.error("X-01", at, f"An entry is {type_of(entry)}, not a base64url string.", hint)
        return
    try:
        content = parse_json(b64url_decode(entry), what="its content")
    except RemoteError as error:
        log.error("X-01", at, f"The entry is not base64url of JSON: {error.message}.", error.hint)
        return
    if not isinstance(content, Mapping):
        log.error("X-01", at, f"The entry holds {type_of(content)}, not an object.")
        return
    _check_type(content, at, log)
    _check_ids(content.get("credential_ids"), at, asked, log)
    if "transaction_data_hashes_alg" in content:
        _check_hashes(content["transaction_data_hashes_alg"], at, log)


def _check_type(content: Mapping[str, Any], at: str, log: Findings) -> None:
    kind = content.get("type")
    if not isinstance(kind, str) or not kind:
        log.error("X-01", at, "The entry has no type.")
        return
    known = KNOWN_TRANSACTION_DATA.get(kind)
    if known is None:
        text = f"Wallets refuse transaction data of a type that they do not know; nlwallet does not know {shown(kind)}."
        log.warning("X-03", at, text, "Make sure that the wallets you serve know it.")
    elif problem := known.problem({n: v for n, v in content.items() if n not in _OF_THE_FRAMEWORK}):
        log.error("X-03", at, f"The entry breaks its type: {problem.text} at {problem.pointer[:200]}.")


def _check_ids(value: Any, at: str, asked: AskedQuery | None, log: Findings) -> None:
    if not isinstance(value, list) or not value:
        log.error(
            "X-01",
            at,
            "The entry has no credential_ids.",
            "Name the credential queries that may authorise it.",
        )
        return
    credentials = {one.id: one for one in (asked.credentials if asked else ())}
    for name in value:
        credential = credentials.get(name) if isinstance(name, str) else None
        if asked is not None and credential is None:
            what = shown(name) if isinstance(name, str) else type_of(name)
            log.error("X-01", at, f"credential_ids names {what}, which is the id of no credential query.")
        elif credential and not credential.holder_binding:
            text = f"{shown(name)} comes without a proof of the holder's key, so it can authorise nothing."
            log.error("X-05", at, text, "Leave require_cryptographic_holder_binding out.")
        elif credential and credential.format == MSO_MDOC:
            text = "An mdoc authorises only through elements that its issuer allowed; few wallets can."
            log.warning("X-09", at, text, "Let an SD-JWT VC authorise it.")


def _check_hashes(value: Any, at: str, log: Findings) -> None:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        log.error("X-07", at, "transaction_data_hashes_alg is not a non-empty array of strings.")
    elif _HASHES.isdisjoint(value):
        log.error("X-07", at, "No hash algorithm is one that wallets have.", "List sha-256, or leave it out.")
