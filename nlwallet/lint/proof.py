"""Whether the client itself signed: the rules of each prefix, without any trust anchor (OpenID4VP 1.0 §5.9.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.crypto import CertificateChain, PublicKey
from nlwallet.encoding import b64url_decode, parse_signed_json
from nlwallet.errors import RemoteError
from nlwallet.lint.client_id import X509_PREFIXES, prefix_of
from nlwallet.lint.finding import Findings
from nlwallet.lint.members import below
from nlwallet.lint.request_object import RequestObject
from nlwallet.openid4vp import resolve_did_jwk

_ATTESTATION_TYPE = "verifier-attestation+jwt"
_SIGN_AGAIN = "Sign again: the key has to be that of the proof, and nothing may change afterwards."


def check_proof(
    request_object: RequestObject,
    client_id: Any,
    chain: CertificateChain | None,
    at: str,
    *,
    now: int | None,
    log: Findings,
) -> None:
    """``at`` is the request object. What needs a trust anchor or the network is said to be left open."""
    prefix = prefix_of(client_id)
    value = client_id.partition(":")[2] if isinstance(client_id, str) else ""
    header = below(at, "header")
    if prefix == "decentralized_identifier":
        _check_did(request_object, value, header, log)
    elif prefix == "verifier_attestation":
        _check_attestation(request_object, value, header, now, log)
    elif chain is not None:
        check = "V-25" if prefix == "x509_san_dns" else "V-27"
        _check_signature(request_object, chain.leaf.public_key, at, check, "the certificate", log)
    elif prefix in X509_PREFIXES and "x5c" not in request_object.header:
        check = "V-27" if prefix == "x509_hash" else "V-25"
        log.error(
            check,
            header,
            "The header has no x5c: nobody can tell which certificate signed.",
            "Add x5c: the chain in standard base64, leaf first, without the anchor.",
        )
    elif not prefix:
        text = "Whether the client signed cannot be told here: only who knows its key in advance can."
        log.note("REQ-11", at, text)


def _check_signature(
    request_object: RequestObject, key: PublicKey, at: str, check: str, whose: str, log: Findings
) -> None:
    why = request_object.why_not_signed_by(key)
    if why and not _said_already(log):
        log.error(check, at, f"The key of {whose} did not sign this request: {why}.", _SIGN_AGAIN)


def _said_already(log: Findings) -> bool:
    """An algorithm that is not accepted, or a critical header, is why there is nothing to verify."""
    return any(one.check == "REQ-07" and one.severity == "error" for one in log.all)


def _check_did(request_object: RequestObject, did: str, header: str, log: Findings) -> None:
    kid = request_object.header.get("kid")
    if not isinstance(kid, str) or not kid:
        log.error(
            "V-29",
            header,
            "The header has no kid that names a key of the DID.",
            "Write the full id, such as did:web:rp.example#key-1.",
        )
        return
    if not kid.startswith((f"{did}#", "#")):
        log.error("V-29", below(header, "kid"), "kid names a key of another DID than the client_id.")
        return
    if not did.startswith("did:jwk:"):
        log.note(
            "REQ-11", below(header, "kid"), "The DID is not resolved here, so the signature was not verified."
        )
        return
    try:
        key = resolve_did_jwk(did).key(kid)
    except RemoteError as error:
        log.error(
            "V-29", below(header, "kid"), f"The key of the DID cannot be read: {error.message}.", error.hint
        )
        return
    _check_signature(request_object, key, header.rpartition("/")[0], "V-29", "the DID", log)


def _check_attestation(
    request_object: RequestObject, client: str, header: str, now: int | None, log: Findings
) -> None:
    place = below(header, "jwt")
    token = request_object.header.get("jwt")
    parts = token.split(".") if isinstance(token, str) else []
    if len(parts) != 3:
        log.error(
            "V-28",
            header,
            "The header jwt holds no verifier attestation.",
            "Add the attestation of your issuer as jwt.",
        )
        return
    try:
        own_header = parse_signed_json(b64url_decode(parts[0]))
        claims = parse_signed_json(b64url_decode(parts[1]))
    except RemoteError as error:
        log.error("V-28", place, f"The verifier attestation cannot be read: {error.message}.")
        return
    if not isinstance(own_header, Mapping) or not isinstance(claims, Mapping):
        log.error("V-28", place, "The verifier attestation is no JWT with an object inside.")
        return
    if own_header.get("typ") != _ATTESTATION_TYPE:
        log.error("V-28", place, f"typ of the verifier attestation is not {_ATTESTATION_TYPE}.")
    if claims.get("sub") != client:
        log.error("V-28", place, "sub of the verifier attestation is not the client_id without its prefix.")
    if "iss" not in claims:
        log.error("V-28", place, "The verifier attestation has no iss.")
    _check_attestation_time(claims, place, now, log)
    confirmation = claims.get("cnf")
    jwk = confirmation.get("jwk") if isinstance(confirmation, Mapping) else None
    try:
        key = PublicKey.from_jwk(jwk if isinstance(jwk, Mapping) else {})
    except RemoteError as error:
        log.error("V-28", place, f"The verifier attestation names no usable key in cnf.jwk: {error.message}.")
        return
    _check_signature(request_object, key, header.rpartition("/")[0], "V-28", "the verifier attestation", log)
    log.note(
        "REQ-11", place, "Whether wallets trust the issuer of the verifier attestation was not looked at."
    )


def _check_attestation_time(claims: Mapping[str, Any], place: str, now: int | None, log: Findings) -> None:
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        log.error("V-28", place, "The verifier attestation has no exp.")
    elif now is not None and now >= expires:
        log.error("V-28", place, "The verifier attestation has expired.", "Get a new one.")
