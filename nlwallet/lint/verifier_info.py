"""What others say about the verifier: ``verifier_info``, and the registration certificate in it (§5.11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.errors import RemoteError
from nlwallet.lint.channel import Channel
from nlwallet.lint.finding import Findings
from nlwallet.lint.members import below, non_empty_array, type_of
from nlwallet.lint.registered import Registration
from nlwallet.openid4vp import REGISTRATION_CERTIFICATE
from nlwallet.registration import trade_name_of


def read_verifier_info(
    claims: Mapping[str, Any], at: str, channel: Channel, *, now: int | None, log: Findings
) -> Registration | None:
    """Note what is wrong in ``verifier_info`` of the request at ``at``; the registration that came along."""
    place = below(at, "verifier_info")
    value = claims.get("verifier_info")
    entries = non_empty_array(value, place, "verifier_info", "V-03", log) if "verifier_info" in claims else []
    found: list[tuple[str, str]] = []
    for n, entry in enumerate(entries):
        here = below(place, n)
        if not isinstance(entry, Mapping):
            log.error("V-03", here, f"An entry of verifier_info is {type_of(entry)}, not an object.")
            continue
        _check_entry(entry, here, claims, log)
        if entry.get("format") == REGISTRATION_CERTIFICATE and isinstance(entry.get("data"), str):
            found.append((below(here, "data"), entry["data"]))
    if not found:
        text = "No registration certificate comes along: wallets warn that you are not registered."
        log.warning(
            "RPRC_19", at, text, f"Put it into verifier_info with the format {REGISTRATION_CERTIFICATE}."
        )
        return None
    if len(found) > 1:
        log.warning(
            "RPRC_19",
            place,
            f"{len(found)} registration certificates come along, where one may.",
            "Send the one for this use.",
        )
        return None
    return _read(*found[0], channel, now, log)


def _check_entry(entry: Mapping[str, Any], at: str, claims: Mapping[str, Any], log: Findings) -> None:
    if not isinstance(entry.get("format"), str) or not entry["format"]:
        log.error("V-03", at, "The entry of verifier_info has no format.", spec="OpenID4VP 1.0 §5.1")
    if not isinstance(entry.get("data"), str | Mapping):
        log.error("V-03", at, "The entry of verifier_info has no data.", spec="OpenID4VP 1.0 §5.1")
    if "credential_ids" not in entry:
        return
    query = claims.get("dcql_query")
    listed = query.get("credentials") if isinstance(query, Mapping) else None
    known = {
        one["id"]
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, Mapping) and isinstance(one.get("id"), str)
    }
    ids = entry["credential_ids"]
    if not isinstance(ids, list) or not ids:
        log.error("V-03", below(at, "credential_ids"), "credential_ids is no array with an id in it.")
    elif query is not None and not all(isinstance(one, str) and one in known for one in ids):
        log.error("V-03", below(at, "credential_ids"), "credential_ids names no credential query.")


def _read(place: str, text: str, channel: Channel, now: int | None, log: Findings) -> Registration | None:
    try:
        registration = Registration.read(text).with_request()
    except RemoteError as error:
        log.warning(
            "RPRC_17", place, f"The registration certificate cannot be read: {error.message}.", error.hint
        )
        return None
    if now is not None and registration.expires_at is not None and now >= registration.expires_at:
        log.warning(
            "RPRC_17",
            place,
            "The registration certificate has expired.",
            "Get a new one from your registrar.",
        )
    subject = channel.chain.leaf.subject if channel.chain else None
    if subject and subject.identifier != registration.identifier:
        text = "The registration certificate is of another party than the access certificate."
        log.warning("RPRC_17a", place, text, "Get both from the same record.")
    elif channel.chain and trade_name_of(channel.chain.leaf) != registration.trade_name:
        text = "The trade name is another one than in the access certificate."
        log.warning("RPRC_17a", place, text, "Get both from the same record.", spec="ARF RPRC_07")
    return registration
