"""What the verifier says about itself: keys, content encryptions, formats (OpenID4VP 1.0 §5.1, §8.3, HAIP 1.0 §5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.crypto import PublicKey
from nlwallet.errors import RemoteError
from nlwallet.lint.asked import AskedQuery
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.formats import check_formats
from nlwallet.lint.members import below, non_empty_array, shown, type_of

ENCS = ("A128GCM", "A256GCM")
_KNOWN_ENCS = frozenset({*ENCS, "A192GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"})
_MEMBERS = frozenset({"jwks", "encrypted_response_enc_values_supported", "vp_formats_supported"})
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_OLD_MEMBERS = {
    "authorization_encrypted_response_alg": "The alg of the key says it now.",
    "authorization_encrypted_response_enc": "List the values in encrypted_response_enc_values_supported.",
    "authorization_signed_response_alg": "Responses are never signed now; leave it out.",
}


def check_client_metadata(
    claims: Mapping[str, Any], at: str, asked: AskedQuery | None, log: Findings
) -> None:
    """``client_metadata`` of the request at ``at``; ``asked`` is its query, if there is one."""
    mode = claims.get("response_mode")
    encrypted = log.rules.haip or (isinstance(mode, str) and mode.endswith(".jwt"))
    place = below(at, "client_metadata")
    if "client_metadata" not in claims:
        _tell_missing(at, encrypted, log)
        return
    metadata = claims["client_metadata"]
    if not isinstance(metadata, Mapping):
        log.error("V-03", place, f"client_metadata is {type_of(metadata)}, not an object.")
        return
    for name in metadata:
        if name in _OLD_MEMBERS:
            gone = ({"op": "remove", "path": below(place, name)},)
            text = f"{name} is of JARM, which is gone since draft 26; wallets ignore it."
            log.error("OLD-05", below(place, name), text, Fix(_OLD_MEMBERS[name], gone))
        elif name not in _MEMBERS and name != "vp_formats":
            log.note(
                "V-15",
                below(place, name),
                f"{shown(name)} is no member of client_metadata: a wallet ignores it.",
            )
    if encrypted or "jwks" in metadata:
        _check_keys(metadata, place, log)
    if encrypted:
        _check_encs(metadata, place, log)
    check_formats(metadata, place, asked, log)


def _tell_missing(at: str, encrypted: bool, log: Findings) -> None:  # noqa: FBT001
    check = "NL-16" if log.rules.nl_wallet else "HV-05" if log.rules.haip else "E-04"
    if encrypted:
        log.error(check, at, "There is no client_metadata, so no key to encrypt the answer to.", _KEY_HINT)
    else:
        log.warning(
            "V-12",
            at,
            "There is no client_metadata that says which formats are read.",
            "Add vp_formats_supported.",
        )


_KEY_HINT = "Send jwks with a fresh P-256 key that has kid, alg ECDH-ES and use enc."


def _check_keys(metadata: Mapping[str, Any], at: str, log: Findings) -> None:
    check = "HV-05" if log.rules.haip else "E-04"
    place = below(at, "jwks")
    jwks = metadata.get("jwks")
    if "jwks" not in metadata:
        why = " jwks_uri is not looked at." if "jwks_uri" in metadata else ""
        log.error(
            check, at, f"client_metadata has no jwks, so no key to encrypt the answer to.{why}", _KEY_HINT
        )
        return
    if not isinstance(jwks, Mapping) or not isinstance(jwks.get("keys"), list) or not jwks["keys"]:
        log.error(check, place, "jwks has no array keys with a key in it.", _KEY_HINT)
        return
    kids: set[str] = set()
    keys = below(place, "keys")
    listed = non_empty_array(jwks["keys"], keys, "keys", "E-04", log)
    usable = [n for n, jwk in enumerate(listed) if _check_key(jwk, below(keys, n), kids, log)]
    if not usable and not log.has_error(keys):
        log.error(check, keys, "No key is one that wallets encrypt to.", _KEY_HINT)


def _check_key(jwk: Any, at: str, kids: set[str], log: Findings) -> bool:
    """Note what is wrong with a key; whether a wallet may encrypt to it."""
    if not isinstance(jwk, Mapping):
        log.error("E-04", at, f"A key is {type_of(jwk)}, not an object.")
        return False
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not kid:
        log.error("E-04", at, "The key has no kid.", "Give each key its own kid.")
    elif kid in kids:
        log.error("E-04", below(at, "kid"), "Two keys have the same kid.", "Give each key its own kid.")
    else:
        kids.add(kid)
    if secret := sorted(_PRIVATE.intersection(jwk)):
        log.error(
            "E-03",
            below(at, secret[0]),
            "The key holds secret members: everybody who sees the request can read the answer.",
            "Send the public key, and throw this key away.",
            spec="RFC 7517 §9.2",
        )
        return False
    if jwk.get("use", "enc") != "enc":
        log.note("E-07", below(at, "use"), "This key is not for encryption: a wallet passes it over.")
        return False
    return _check_agreement(jwk, at, log)


def _check_agreement(jwk: Mapping[str, Any], at: str, log: Findings) -> bool:
    alg = jwk.get("alg")
    if "alg" not in jwk:
        fix = Fix("Add alg ECDH-ES.", ({"op": "add", "path": below(at, "alg"), "value": "ECDH-ES"},))
        log.error("E-03", at, "The key has no alg, which is where a wallet reads how to encrypt.", fix)
        return False
    if alg != "ECDH-ES" or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        if log.rules.haip:
            what = shown(alg) if alg != "ECDH-ES" else shown(jwk.get("crv"))
            log.warning(
                "HV-05",
                at,
                f"The key is not one of P-256 for ECDH-ES ({what}): wallets may not use it.",
                _KEY_HINT,
            )
        else:
            log.note("E-03", at, "The key is not one of P-256 for ECDH-ES: few wallets have more.")
        return False
    try:
        PublicKey.from_jwk(jwk)
    except RemoteError as error:
        log.error("E-03", at, f"The key cannot be read: {error.message}.", error.hint, spec=error.spec)
        return False
    return True


def _check_encs(metadata: Mapping[str, Any], at: str, log: Findings) -> None:
    name = "encrypted_response_enc_values_supported"
    place = below(at, name)
    fix = Fix("List both.", ({"op": "add", "path": place, "value": list(ENCS)},))
    if name not in metadata:
        log.error("HV-06", at, f"{name} is missing, which means A128GCM alone.", fix)
        return
    listed = non_empty_array(metadata[name], place, name, "E-06", log)
    for n, value in enumerate(listed):
        if not isinstance(value, str):
            log.error("E-06", below(place, n), f"A content encryption is {type_of(value)}, not a string.")
        elif value not in _KNOWN_ENCS:
            log.warning("E-06", below(place, n), f"{shown(value)} is no content encryption of RFC 7518.")
    missing = [enc for enc in ENCS if enc not in listed]
    if listed and missing:
        log.error("HV-06", place, f"{' and '.join(missing)} is not listed; HAIP wants both.", fix)
        if len(missing) == len(ENCS):
            log.error("E-06", place, "No content encryption is listed that wallets have.", fix)
