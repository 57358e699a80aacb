"""Which part of DCQL the NL Wallet reads: its limits on a query; but for ``values`` the same in 0.5 and 0.6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.lint.asked import MSO_MDOC, SD_JWT_VC, AskedCredential, AskedQuery
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below, shown

NL_PID = "urn:eudi:pid:nl:1"
_PID_TYPES = frozenset({NL_PID, "urn:eudi:pid:1"})


def check_nl_query(value: Any, asked: AskedQuery, log: Findings) -> None:
    """Note what the NL Wallet refuses in a query that other wallets may answer."""
    if not isinstance(value, Mapping):
        return
    if value.get("credential_sets"):
        log.error(
            "NL-02",
            below(asked.pointer, "credential_sets"),
            "The NL Wallet refuses credential_sets.",
            "Send a request for each alternative.",
        )
    formats = {credential.format for credential in asked.credentials} & {SD_JWT_VC, MSO_MDOC}
    if len(formats) > 1:
        log.error(
            "NL-01",
            below(asked.pointer, "credentials"),
            "The NL Wallet stops at a request that mixes dc+sd-jwt and mso_mdoc.",
            "Ask one format at a time.",
        )
    listed = value.get("credentials")
    for n, members in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(members, Mapping):
            _check_credential(members, below(asked.pointer, "credentials", n), log)
    for credential in asked.credentials:
        _check_type(credential, log)
    _tell_login(asked, log)


def _check_credential(members: Mapping[str, Any], at: str, log: Findings) -> None:
    if members.get("claim_sets"):
        log.error(
            "NL-03", below(at, "claim_sets"), "The NL Wallet refuses claim_sets.", "Ask one combination."
        )
    if members.get("multiple") is True:
        place = below(at, "multiple")
        fix = Fix("Leave it out.", ({"op": "remove", "path": place},))
        log.error("NL-05", place, "The NL Wallet refuses multiple: true.", fix)
    if members.get("require_cryptographic_holder_binding") is False:
        place = below(at, "require_cryptographic_holder_binding")
        fix = Fix("Leave it out.", ({"op": "remove", "path": place},))
        log.error("NL-06", place, "The NL Wallet always proves the holder's key, and refuses not to.", fix)
    claims = members.get("claims")
    if not isinstance(claims, list) or not claims:
        log.error("NL-08", at, "The NL Wallet refuses a credential query without claims.", "Name the claims.")
        return
    for n, claim in enumerate(claims):
        if isinstance(claim, Mapping):
            _check_claim(claim, members.get("format"), below(at, "claims", n), log)


def _check_claim(members: Mapping[str, Any], format_: Any, at: str, log: Findings) -> None:
    if "values" in members:
        refused = log.rules.nl_wallet == "0.5"
        (log.error if refused else log.warning)(
            "NL-04",
            below(at, "values"),
            "The NL Wallet 0.5 refuses values." if refused else "The NL Wallet does not look at values.",
            "Leave values out, and compare the value in the answer.",
        )
    if "intent_to_retain" in members and format_ != MSO_MDOC:
        place = below(at, "intent_to_retain")
        fix = Fix("Leave it out.", ({"op": "remove", "path": place},))
        log.error("NL-09", place, "The NL Wallet refuses intent_to_retain for dc+sd-jwt.", fix)
    path = members.get("path")
    for n, element in enumerate(path if isinstance(path, list) else ()):
        if element is None or (isinstance(element, int) and not isinstance(element, bool)):
            log.error(
                "NL-07",
                below(at, "path", n),
                "The NL Wallet refuses null and numbers in a path.",
                "Ask the whole array.",
            )


def _check_type(credential: AskedCredential, log: Findings) -> None:
    if any(name.startswith("eu.europa.ec.eudi.pid") for name in credential.types):
        log.warning(
            "NL-11",
            credential.types_pointer,
            "The PID of the NL Wallet has another type than that of the EU rulebook for mdocs.",
            f"Ask {NL_PID}.",
        )
    if credential.format != MSO_MDOC or not _PID_TYPES.intersection(credential.types):
        return
    doctype = credential.types[0]
    for claim in credential.claims:
        namespace = claim.path[0]
        if isinstance(namespace, str) and namespace != doctype and not namespace.startswith(f"{doctype}."):
            log.warning(
                "NL-11",
                below(claim.pointer, "path", 0),
                f"The NL Wallet has no namespace {shown(namespace)} in this document.",
                f"It is {doctype}, and {doctype}.address for parts of the address.",
            )


def _tell_login(asked: AskedQuery, log: Findings) -> None:
    claims = asked.claims()
    if len(asked.credentials) != 1 or len(claims) != 1 or claims[0][1].names[-1:] != ("bsn",):
        return
    credential, claim = claims[0]
    if NL_PID not in credential.types:
        return
    if credential.format == MSO_MDOC and claim.intent_to_retain is not False:
        log.note(
            "NL-12",
            claim.pointer,
            "The NL Wallet calls this no login: of an mdoc that needs intent_to_retain false.",
            "Say intent_to_retain false if you do not keep the BSN.",
        )
