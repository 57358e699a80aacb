"""The request object as a JWS: whether it can be read, and what its header says (RFC 9101, OpenID4VP 1.0 §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import PublicKey, jws_from_parts
from nlwallet.encoding import b64url_decode, parse_signed_json
from nlwallet.errors import RemoteError
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below, shown, type_of

ASYMMETRIC = frozenset({"ES256", "ES384", "ES512", "EdDSA", "Ed25519"})
_READABLE = ASYMMETRIC | {"ES256K", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512", "ESP256"}


@dataclass(frozen=True, slots=True)
class RequestObject:
    """A request object in parts. Nothing in it was believed or verified."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)
    encoded: tuple[str, str, str] = field(repr=False)
    """Protected header, payload and signature in base64url."""

    @property
    def document(self) -> dict[str, Any]:
        """What pointers into the request object point into."""
        return {"header": dict(self.header), "payload": dict(self.claims)}

    def why_not_signed_by(self, key: PublicKey) -> str:
        """Why ``key`` did not sign this; empty when it did."""
        protected, payload, signature = self.encoded
        try:
            jws_from_parts(
                protected, payload, signature, typ=None, algorithms=ASYMMETRIC, what="the request object"
            ).verify(key)
        except RemoteError as error:
            return error.message
        return ""


def read_compact(text: str, at: str, log: Findings) -> RequestObject | None:
    """Take a compact JWS apart; ``None``, with the reason among the findings, when that cannot be done."""
    parts = text.strip().split(".")
    if len(parts) != 3:
        log.error(
            "REQ-01",
            at,
            f"The request object has {len(parts)} parts, a compact JWS has 3.",
            "Was it cut off?",
        )
        return None
    header = _json_object(parts[0], below(at, "header"), "header", log)
    claims = _json_object(parts[1], below(at, "payload"), "payload", log)
    if header is None or claims is None:
        return None
    return RequestObject(header, claims, (parts[0], parts[1], parts[2]))


def check_header(header: Mapping[str, Any], at: str, log: Findings, *, typ_optional: bool = False) -> None:
    """``typ``, ``alg`` and what may not stand in the header at ``at``."""
    typ, place = header.get("typ"), below(at, "typ")
    wanted = log.rules.profile.request_object_type
    if "typ" not in header:
        if not typ_optional:
            fix = Fix(
                f"Add typ {wanted}.",
                ({"op": "add", "path": place, "value": wanted},),
            )
            log.error("V-01", at, "The header has no typ: a wallet will not process this.", fix)
    elif typ != wanted:
        since = " (drafts before 24 had JWT, or none)" if typ == "JWT" else ""
        fix = Fix(
            f"Write {wanted}{since}.",
            ({"op": "replace", "path": place, "value": wanted},),
        )
        what = shown(typ) if isinstance(typ, str) else type_of(typ)
        log.error("V-01", place, f"typ is {what}, not '{wanted}'.", fix)
    _check_algorithm(header, at, log)
    for name, section in (("crit", "RFC 7515 §4.1.11"), ("b64", "RFC 7797 §6")):
        if name in header:
            log.error(
                "REQ-07",
                below(at, name),
                f"{name} asks for a processing that wallets do not know.",
                Fix("Leave it out.", ({"op": "remove", "path": below(at, name)},)),
                spec=section,
            )


def _check_algorithm(header: Mapping[str, Any], at: str, log: Findings) -> None:
    accepted = ", ".join(sorted(log.rules.profile.signing_algorithms))
    alg, place = header.get("alg"), below(at, "alg")
    if not isinstance(alg, str):
        log.error("REQ-07", at, "The header has no alg.", f"Sign with {accepted}.")
    elif alg == "none":
        log.error("REQ-07", place, "alg is none: the request object is not signed.", f"Sign with {accepted}.")
    elif alg.startswith("HS"):
        log.error(
            "REQ-07",
            place,
            "alg is that of a shared secret; a wallet shares none with you.",
            f"Sign with {accepted}.",
        )
    elif alg not in log.rules.profile.signing_algorithms:
        what = (
            "an algorithm that this profile does not have"
            if alg in _READABLE
            else "no known signature algorithm"
        )
        log.error("REQ-07", place, f"alg {shown(alg)} is {what}.", f"Sign with {accepted}.")


def _json_object(encoded: str, at: str, what: str, log: Findings) -> Mapping[str, Any] | None:
    try:
        value = parse_signed_json(b64url_decode(encoded), what=f"the {what}")
    except RemoteError as error:
        log.error(
            "REQ-01", at, f"The {what} of the request object cannot be read: {error.message}.", error.hint
        )
        return None
    if not isinstance(value, dict):
        log.error("REQ-01", at, f"The {what} of the request object is {type_of(value)}, not an object.")
        return None
    return value
