"""A DCQL query, member by member (OpenID4VP 1.0 §6): all that is wrong, and what can be read of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import RemoteError
from nlwallet.lint.asked import MSO_MDOC, SD_JWT_VC, AskedCredential, AskedQuery
from nlwallet.lint.authorities import check_trusted_authorities
from nlwallet.lint.claims import read_claim_sets, read_claims
from nlwallet.lint.credential_sets import check_credential_sets
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

_MEMBERS = frozenset({"credentials", "credential_sets"})
_CREDENTIAL_MEMBERS = (
    "id",
    "format",
    "meta",
    "claims",
    "claim_sets",
    "multiple",
    "trusted_authorities",
    "require_cryptographic_holder_binding",
)
_OTHER_FORMATS = frozenset({"jwt_vc_json", "ldp_vc", "jwt_vc", "mso_mdoc_zk"})
_IDENTIFIER_HINT = "Use letters, digits, _ and -."


def read_query(value: Any, at: str, log: Findings) -> AskedQuery:
    """Note everything that breaks §6 in the query at ``at``, and give what can be read of it."""
    if not isinstance(value, Mapping):
        log.error("D-01", at, f"The DCQL query is {type_of(value)}, not an object.")
        return AskedQuery(at)
    tell_unknown(value, _MEMBERS | {"trusted_authorities"}, at, "A DCQL query", log)
    if "trusted_authorities" in value:
        log.warning(
            "D-29",
            below(at, "trusted_authorities"),
            "trusted_authorities stands at the query, where a wallet ignores it: it restricts nothing.",
            "Move it into each credential query.",
        )
    place = below(at, "credentials")
    if "credentials" not in value:
        log.error("D-01", at, "The query has no credentials.", "List at least one credential query.")
    listed = (
        non_empty_array(value["credentials"], place, "credentials", "D-01", log)
        if "credentials" in value
        else []
    )
    credentials = [
        credential
        for n, item in enumerate(listed)
        if (credential := _credential(item, below(place, n), log)) is not None
    ]
    _tell_repeated_ids(credentials, log)
    if "credential_sets" in value:
        check_credential_sets(value["credential_sets"], below(at, "credential_sets"), credentials, log)
    _ask_the_parser(value, at, log)
    return AskedQuery(at, tuple(credentials), tuple(one.id for one in credentials if one.id))


def _credential(value: Any, at: str, log: Findings) -> AskedCredential | None:
    if not isinstance(value, Mapping):
        log.error("D-01", at, f"A credential query is {type_of(value)}, not an object.")
        return None
    tell_unknown(value, _CREDENTIAL_MEMBERS, at, "A credential query", log)
    name = value.get("id")
    if "id" not in value:
        log.error("D-02", at, "The credential query has no id.", _IDENTIFIER_HINT)
    elif not is_identifier(name):
        log.error(
            "D-02", below(at, "id"), "The id of the credential query is no identifier.", _IDENTIFIER_HINT
        )
    format_ = _format(value, at, log)
    types, types_at = _types(value, format_, at, log)
    binding = boolean(value, "require_cryptographic_holder_binding", at, "D-04", log)
    boolean(value, "multiple", at, "D-04", log)
    if "trusted_authorities" in value:
        check_trusted_authorities(value["trusted_authorities"], below(at, "trusted_authorities"), log)
    claims = read_claims(value, format_, at, log)
    return AskedCredential(
        pointer=at,
        id=name if isinstance(name, str) else "",
        format=format_,
        types=types,
        types_pointer=types_at,
        claims=claims,
        claims_absent="claims" not in value,
        claim_sets=read_claim_sets(value, at, log),
        holder_binding=binding is not False,
    )


def _format(members: Mapping[str, Any], at: str, log: Findings) -> str:
    name = members.get("format")
    place = below(at, "format")
    if "format" not in members:
        log.error("D-03", at, "The credential query has no format.", "dc+sd-jwt or mso_mdoc.")
    elif not isinstance(name, str) or not name:
        log.error("D-03", place, "The format is not a non-empty string.", "dc+sd-jwt or mso_mdoc.")
    elif name == "vc+sd-jwt":
        log.error(
            "OLD-04",
            place,
            "vc+sd-jwt is the name of SD-JWT VC in older drafts: no wallet of version 1.0 has such a card.",
            Fix("Call it dc+sd-jwt.", ({"op": "replace", "path": place, "value": SD_JWT_VC},)),
        )
        return SD_JWT_VC
    elif name in (SD_JWT_VC, MSO_MDOC):
        return name
    elif log.rules.haip:
        log.error(
            "HV-16", place, f"The format {shown(name)} is none of this profile.", "dc+sd-jwt or mso_mdoc."
        )
    elif name not in _OTHER_FORMATS:
        log.warning(
            "D-03", place, f"The format {shown(name)} is known to no specification that is read here."
        )
    return name if isinstance(name, str) else ""


def _types(members: Mapping[str, Any], format_: str, at: str, log: Findings) -> tuple[tuple[str, ...], str]:
    meta = members.get("meta")
    place = below(at, "meta")
    if "meta" not in members:
        log.error(
            "D-03",
            at,
            "The credential query has no meta; drafts before 26 could do without, version 1.0 cannot.",
            _TYPE_HINTS.get(format_, "Say which types you accept."),
        )
        return (), place
    if not isinstance(meta, Mapping):
        log.error("D-03", place, f"meta is {type_of(meta)}, not an object.")
        return (), place
    if format_ == SD_JWT_VC:
        return _vct_values(meta, place, log), below(place, "vct_values")
    if format_ == MSO_MDOC:
        return _doctype(meta, place, log), below(place, "doctype_value")
    return (), place


_TYPE_HINTS = {
    SD_JWT_VC: 'Add meta, such as {"vct_values": ["urn:eudi:pid:1"]}.',
    MSO_MDOC: 'Add meta, such as {"doctype_value": "org.iso.18013.5.1.mDL"}.',
}


def _vct_values(meta: Mapping[str, Any], at: str, log: Findings) -> tuple[str, ...]:
    tell_unknown(meta, {"vct_values"}, at, "meta of an SD-JWT VC", log)
    place = below(at, "vct_values")
    if "vct_values" not in meta:
        log.error("D-20", at, "meta has no vct_values.", _TYPE_HINTS[SD_JWT_VC])
        return ()
    value = meta["vct_values"]
    if isinstance(value, str) and value:
        log.error(
            "D-20",
            place,
            "vct_values is a string, not an array.",
            Fix("Put it in an array.", ({"op": "replace", "path": place, "value": [value]},)),
        )
        return (value,)
    listed = non_empty_array(value, place, "vct_values", "D-20", log)
    for n, item in enumerate(listed):
        if not isinstance(item, str) or not item:
            log.error("D-20", below(place, n), "A type in vct_values is not a non-empty string.")
    return tuple(item for item in listed if isinstance(item, str) and item)


def _doctype(meta: Mapping[str, Any], at: str, log: Findings) -> tuple[str, ...]:
    tell_unknown(meta, {"doctype_value"}, at, "meta of an mdoc", log)
    place = below(at, "doctype_value")
    if "doctype_value" not in meta:
        log.error("D-26", at, "meta has no doctype_value.", _TYPE_HINTS[MSO_MDOC])
        return ()
    value = meta["doctype_value"]
    if not isinstance(value, str) or not value:
        only = value[0] if isinstance(value, list) and len(value) == 1 else None
        patch = ({"op": "replace", "path": place, "value": only},) if isinstance(only, str) and only else ()
        log.error(
            "D-26", place, "doctype_value is not a non-empty string.", Fix("It names one docType.", patch)
        )
        return (only,) if patch and isinstance(only, str) else ()
    return (value,)


def _tell_repeated_ids(credentials: list[AskedCredential], log: Findings) -> None:
    seen: set[str] = set()
    for credential in credentials:
        if credential.id and credential.id in seen:
            log.error(
                "D-02",
                below(credential.pointer, "id"),
                f"Two credential queries have the id {shown(credential.id)}: the answer cannot tell them apart.",
                "Give each its own id.",
            )
        seen.add(credential.id)


def _ask_the_parser(value: Mapping[str, Any], at: str, log: Findings) -> None:
    """What is refused by the reader that wallets have must not go unsaid here, whatever it is."""
    if log.has_error(at):
        return
    try:
        DcqlQuery.parse(value, pointer=at)
    except RemoteError as error:
        check = "W-39" if error.code == "limit_exceeded" else "REQ-08"
        log.error(
            check,
            error.pointer or at,
            f"{error.message[:1].upper()}{error.message[1:]}.",
            error.hint,
            spec=error.spec,
        )
