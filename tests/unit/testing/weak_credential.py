"""What the deliberately weak verifier finds wrong with one presentation of an SD-JWT VC, every fault by name."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from weak_certificates import check_chain
from weak_disclosures import Broken, Disclosed, Found, decode, parse
from weak_metadata import Outings

WINDOW = 300


@dataclass(frozen=True)
class Presented:
    """What came out of a presentation: its claims, and the status that is still to be looked up."""

    vct: Any
    claims: dict[str, Any]
    status: Any
    signed_by_issuer: bool
    binding: Mapping[str, Any] = field(default_factory=dict)
    """The content of the key binding."""


@dataclass(frozen=True)
class Rules:
    """What a presentation is held against."""

    anchors: Mapping[str, list[x509.Certificate]]
    wanted: str
    audience: str
    nonce: str
    now: int
    outings: Outings

    @property
    def holes(self) -> frozenset[str]:
        return self.outings.holes


def read(text: Any, rules: Rules, found: Found) -> Presented:
    if isinstance(text, dict):
        raise Broken("a presentation in JSON serialization")
    if not isinstance(text, str) or "~" not in text:
        raise Broken(f"a presentation that is {type(text).__name__}")
    if text != text.strip() or "\n" in text:
        found("white space in a presentation")
    as_signed, text = text.strip(), "".join(text.split())
    jwt, *disclosures, binding = text.split("~")
    if jwt.count(".") > 2:
        found("a dot too many")
        jwt = jwt[:-1]
    header, payload, octets, signature = _jws(jwt, found, "the credential")
    before = len(getattr(found, "faults", []))
    _issuer_signature(header, str(payload.get("iss", "")), octets, signature, rules, found)
    trusted = len(getattr(found, "faults", [])) == before
    if header.get("typ") != "dc+sd-jwt":
        found(f"typ {header.get('typ')}")
    if "crit" in header:
        found(f"crit {header['crit']}")
    if "b64" in header:
        found("b64")
    claims = Disclosed(payload, disclosures, found, holes=rules.holes).claims
    _times(claims, rules.now, found, "the credential")
    bound = _key_binding(as_signed, binding, claims, rules, found)
    return Presented(claims.get("vct"), claims, claims.get("status"), trusted, bound)


def _jws(jwt: str, found: Found, what: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    parts = jwt.split(".")
    if len(parts) != 3:
        raise Broken(f"{what}: {len(parts)} parts")
    header = parse(decode(parts[0], found, what), found, what)
    payload = parse(decode(parts[1], found, what), found, what)
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise Broken(f"{what}: no object")
    signing_input = f"{parts[0]}.{parts[1]}".encode("ascii")
    return header, payload, signing_input, decode(parts[2], found, what)


def _issuer_signature(
    header: dict[str, Any], iss: str, octets: bytes, signature: bytes, rules: Rules, found: Found
) -> None:
    def vouched(keys: list[dict[str, Any]]) -> bool:
        return any(_verifies(_key(one), octets, signature) for one in keys)

    chain = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in header.get("x5c", ())]
    if not chain:
        if vouched(rules.outings.keys_of(iss)):
            return
        raise Broken("no x5c" if iss.startswith("https:") else f"no x5c, and iss is {iss}")
    later = [
        one for one in chain[1:] if len(signature) == 64 and _verifies(one.public_key(), octets, signature)
    ]
    if later:
        found("the first certificate is not that of the signer")
        chain = later
    faults: list[str] = []
    leaf = check_chain(chain, rules.anchors, rules.wanted, rules.now, faults.append)
    if "no anchor" in faults and vouched(rules.outings.stand_in(iss)):
        return
    for fault in faults:
        found(fault)
    key: Any = leaf.public_key()
    _verify("the credential", header, key, octets, signature, found)


def _verify(
    what: str, header: dict[str, Any], key: Any, octets: bytes, signature: bytes, found: Found
) -> None:
    alg = header.get("alg")
    if alg == "none":
        found(f"{what}: alg none")
        return
    if alg == "HS256":
        found(f"{what}: alg HS256")
        pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        if not hmac.compare_digest(hmac.new(pem, octets, hashlib.sha256).digest(), signature):
            found(f"{what}: signature")
        return
    if alg != "ES256":
        found(f"{what}: alg {alg}")
    if len(signature) != 64:
        found(f"{what}: a signature of {'DER' if signature[:1] == b'0' else len(signature)}")
        return
    if signature == bytes(64):
        found(f"{what}: a signature of zeros")
        return
    if _verifies(key, octets, signature):
        return
    for name in ("jku", "x5u"):
        if name in header:
            found(f"{what}: signed by a key behind {name}")
            return
    if "jwk" in header and _verifies(_key(header["jwk"]), octets, signature):
        found(f"{what}: signed by the key in its header")
        return
    found(f"{what}: signature")


def _verifies(key: Any, octets: bytes, signature: bytes) -> bool:
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _key(jwk: Mapping[str, Any]) -> Any:
    x, y = (int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "=="), "big") for name in ("x", "y"))
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise Broken("a key that is no point of its curve") from None


def _times(claims: dict[str, Any], now: int, found: Found, what: str) -> None:
    for name, over in (("exp", lambda value: value < now), ("nbf", lambda value: value > now)):
        if name not in claims:
            continue
        value = claims[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            found(f"{what}: {name} is {value!r:.12}")
        elif value != value or value in (float("inf"), float("-inf")) or value < 0:
            found(f"{what}: {name} is {value}")
        elif over(value):
            found(f"{what}: {name} is past" if name == "exp" else f"{what}: {name} is to come")


def _key_binding(
    text: str, binding: str, claims: dict[str, Any], rules: Rules, found: Found
) -> dict[str, Any]:
    if not binding:
        found("no key binding")
        return {}
    header, payload, octets, signature = _jws(binding, found, "the key binding")
    cnf = claims.get("cnf")
    jwk = cnf.get("jwk") if isinstance(cnf, dict) else None
    if cnf is None:
        found("no cnf")
    elif jwk is None:
        found("no key in cnf")
    else:
        if "d" in jwk:
            found("a private key in cnf")
        _verify("the key binding", header, _key(jwk), octets, signature, found)
    if header.get("typ") != "kb+jwt":
        found(f"the key binding: typ {header.get('typ')}")
    _same("aud", payload.get("aud"), rules.audience, found)
    _same("nonce", payload.get("nonce"), rules.nonce, found)
    shown = text[: text.rindex("~") + 1].encode("ascii")
    digest = hashlib.sha256(shown)
    right = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    if payload.get("sd_hash") == digest.hexdigest():
        found("sd_hash in hexadecimal")
    else:
        _same("sd_hash", payload.get("sd_hash"), right, found)
    iat = payload.get("iat")
    if isinstance(iat, bool) or not isinstance(iat, int | float):
        found(f"iat is {iat!r:.12}")
    elif iat < rules.now - WINDOW:
        found("the key binding is old")
    elif iat > rules.now + (0 if "hole: clocks have to agree" in rules.holes else WINDOW):
        found("the key binding is to come")
    _times(payload, rules.now, found, "the key binding")
    return payload


def _same(name: str, value: Any, right: str, found: Found) -> None:
    if value == right:
        return
    if not isinstance(value, str):
        found(f"{name} is {type(value).__name__}")
    elif not value:
        found(f"{name} is empty")
    elif name == "aud":
        prefix, _, bare = right.partition(":")
        how = {
            bare: "without its prefix",
            f"x509_san_dns:{bare}": "with another prefix",
            f"web-origin:{bare}": "that is a client_id",
            right.upper(): "in upper case",
            f"{prefix}:{bare.upper()}": "in upper case",
            f"{right}/": "with a slash",
            f"{right}:8444": "at another port",
            right.replace("//", "//evil."): "at a host below",
        }.get(value, "of another party")
        found(f"aud {how}")
    else:
        found(f"{name} is another")
