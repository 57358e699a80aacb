"""What a page gives to the browser's Digital Credentials API (OpenID4VP 1.0 Appendix A)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.encoding import b64url_decode, parse_signed_json
from nlwallet.errors import RemoteError
from nlwallet.lint.channel import Channel
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below, non_empty_array, shown, type_of
from nlwallet.lint.request_checks import Judgement, Outcome, check_claims, check_request_object
from nlwallet.lint.request_object import RequestObject, read_compact
from nlwallet.openid4vp import MULTISIGNED, SIGNED, UNSIGNED

_OLD_PROTOCOLS = frozenset({"openid4vp", "openid4vp1.0", "openid4vp-unsigned", "openid4vp-signed"})
_ONLY_IN_HEADERS = ("client_id", "verifier_info", "trust_chain")
MAX_SIGNATURES = 8


def check_dc_api(
    entry: Mapping[str, Any], at: str, judgement: Judgement, log: Findings
) -> tuple[Outcome, Any]:
    """One entry of ``requests`` at ``at``; also the entry as a document for pointers."""
    protocol, data = entry.get("protocol"), entry.get("data")
    _check_protocol(protocol, at, log)
    place = below(at, "data")
    if not isinstance(data, Mapping):
        log.error("A-02", place if "data" in entry else at, "The entry has no object data.")
        return Outcome(), entry
    request = data.get("request")
    if isinstance(request, str):
        if protocol == UNSIGNED:
            log.error(
                "A-01", below(at, "protocol"), "The protocol says unsigned, and data holds a request object."
            )
        signed = read_compact(request, below(place, "request"), log)
        if signed is None:
            return Outcome(), entry
        outcome = check_request_object(signed, below(place, "request"), Channel(dc_api=True), judgement, log)
        return outcome, {**entry, "data": {**data, "request": signed.document}}
    if isinstance(request, Mapping):
        return _check_multisigned(request, below(place, "request"), judgement, log), entry
    if protocol in (SIGNED, MULTISIGNED):
        log.error(
            "A-08" if protocol == SIGNED else "A-09",
            place,
            "data has no request.",
            "Put the signed request there.",
        )
        return Outcome(), entry
    return check_claims(data, place, Channel(signed=False, dc_api=True), judgement, log), entry


def _check_protocol(protocol: Any, at: str, log: Findings) -> None:
    place = below(at, "protocol")
    known = f"One of {UNSIGNED}, {SIGNED} and {MULTISIGNED}."
    if isinstance(protocol, str) and protocol in _OLD_PROTOCOLS:
        log.error("OLD-11", place, f"{shown(protocol)} is a protocol of drafts.", known)
    elif protocol not in (UNSIGNED, SIGNED, MULTISIGNED):
        what = shown(protocol) if isinstance(protocol, str) else type_of(protocol)
        log.error(
            "A-01",
            place if protocol is not None else at,
            f"protocol is {what}, which is none of version 1.0.",
            known,
        )


def _check_multisigned(request: Mapping[str, Any], at: str, judgement: Judgement, log: Findings) -> Outcome:
    payload = request.get("payload")
    listed = request.get("signatures")
    signatures = non_empty_array(listed, below(at, "signatures"), "signatures", "A-09", log)
    if not isinstance(payload, str):
        log.error("A-09", at, "The multi-signed request has no payload.")
        return Outcome()
    claims = _object_of(payload, below(at, "payload"), log)
    if claims is None:
        return Outcome()
    for name in _ONLY_IN_HEADERS:
        if name in claims:
            here = below(at, "payload", name)
            log.error(
                "A-09",
                here,
                f"{name} stands in the payload; it belongs into each protected header.",
                Fix("Move it."),
            )
    outcome = Outcome()
    for n, one in enumerate(signatures[:MAX_SIGNATURES]):
        place = below(at, "signatures", n)
        protected = one.get("protected") if isinstance(one, Mapping) else None
        signature = one.get("signature") if isinstance(one, Mapping) else None
        if not isinstance(protected, str) or not isinstance(signature, str):
            log.error("A-09", place, "A signature has no protected and signature.")
            continue
        header = _object_of(protected, below(place, "protected"), log)
        if header is None:
            continue
        own = {name: header[name] for name in _ONLY_IN_HEADERS if name in header}
        signed = RequestObject(header, {**claims, **own}, (protected, payload, signature))
        outcome = check_request_object(signed, place, Channel(dc_api=True), judgement, log)
    return outcome


def _object_of(encoded: str, at: str, log: Findings) -> dict[str, Any] | None:
    try:
        value = parse_signed_json(b64url_decode(encoded))
    except RemoteError as error:
        log.error("A-09", at, f"This cannot be read: {error.message}.", error.hint)
        return None
    if not isinstance(value, dict):
        log.error("A-09", at, f"This holds {type_of(value)}, not an object.")
        return None
    return value
