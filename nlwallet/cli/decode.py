"""What a text of the ecosystem holds, without verifying it: the data behind ``nlwallet decode``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from nlwallet.claim_path import show_path
from nlwallet.cli.decode_mdoc import decode_cbor_text
from nlwallet.cli.decoded import Decoded
from nlwallet.cli.decoded_certificate import certificate_parts, time_of
from nlwallet.crypto import Certificate, CertificateChain
from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import b64url_decode, parse_json, parse_json_object, parse_signed_json
from nlwallet.errors import MalformedInput, RemoteError
from nlwallet.sdjwt import Disclosure, UnverifiedSdJwt, digest

KINDS_BY_TYP: dict[str, str] = {
    "dc+sd-jwt": "SD-JWT VC",
    "vc+sd-jwt": "SD-JWT VC under its name of older drafts",
    "kb+jwt": "Key binding JWT (RFC 9901 §4.3)",
    "oauth-authz-req+jwt": "Request object (OpenID4VP 1.0 §5)",
    "rc-wrp+jwt": "Registration certificate, WRPRC (ETSI TS 119 475)",
    "statuslist+jwt": "Status list token",
    "openid4vci-proof+jwt": "Key proof (OpenID4VCI 1.0 §F.1)",
    "openidvci-issuer-metadata+jwt": "Signed issuer metadata (OpenID4VCI 1.0 §12.2.3)",
    "oauth-client-attestation+jwt": "Wallet attestation",
    "oauth-client-attestation-pop+jwt": "Proof of possession of a wallet attestation",
    "key-attestation+jwt": "Key attestation (OpenID4VCI 1.0 §D)",
}

PRESENTATION_SCHEMES = frozenset({"openid4vp", "haip-vp", "eu-eaap"})
OFFER_SCHEMES = frozenset({"openid-credential-offer", "haip-vci", "eu-eaa-offer"})

_TIMES = frozenset({"iat", "exp", "nbf"})


def decode(text: str) -> Decoded:
    """Recognise and take apart ``text``. Raises :class:`~nlwallet.errors.RemoteError` if nothing fits."""
    if text.startswith("-----BEGIN CERTIFICATE-----"):
        return Decoded(
            "X.509 certificate", {"certificate": certificate_parts(Certificate.from_pem(text.encode()))}
        )
    if text.startswith("{"):
        return _json_object(text)
    if "://" in text[:40]:
        return _link(text)
    if "~" in text:
        return _sd_jwt(UnverifiedSdJwt.parse(text))
    if text.count(".") == 2:
        return _jws(text)
    if text.count(".") == 4:
        return _jwe(text)
    if (decoded := decode_cbor_text(text)) is not None:
        return decoded
    raise MalformedInput(
        "this is no SD-JWT, JWT, JWE, mdoc, link, DCQL query or PEM certificate",
        hint="give the whole text; a compact JWT has two dots, an encrypted one four, an SD-JWT ends in '~', "
        "an mdoc is CBOR in base64url or hexadecimal",
    )


def _link(text: str) -> Decoded:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise MalformedInput("not a link", spec="RFC 3986") from None
    parameters: dict[str, Any] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name in parameters:
            raise MalformedInput(f"the link names {name} twice", spec="RFC 6749 §3.1", pointer=f"/{name}")
        parameters[name] = parse_json(value, what=name) if value.startswith(("{", "[")) else value
    if parts.scheme in OFFER_SCHEMES:
        return Decoded("Credential offer (OpenID4VCI 1.0 §4.1)", {"parameters": parameters})
    if "client_id" not in parameters:
        raise MalformedInput(
            "the link is neither a presentation request nor a credential offer",
            hint="a presentation request has client_id and request_uri (OpenID4VP 1.0 §5)",
        )
    notes = []
    if parts.scheme not in PRESENTATION_SCHEMES:
        notes.append(f"scheme {parts.scheme}: a universal link, or a wallet of your own")
    decoded = Decoded("Presentation request link (OpenID4VP 1.0 §5.7)", {"parameters": parameters}, notes)
    if "request" in parameters:
        inner = _jws(parameters["request"])
        return Decoded(decoded.kind, {**decoded.parts, "request_object": inner.parts}, notes + inner.notes)
    return decoded


def _json_object(text: str) -> Decoded:
    value = parse_json_object(text)
    if "credentials" in value:
        query = DcqlQuery.parse(value)
        summary = {
            asked.id: {
                "format": asked.format,
                "claims": [show_path(claim.path) for claim in asked.claims or ()]
                or "no selectively disclosable claim",
            }
            for asked in query.credentials
        }
        return Decoded("DCQL query (OpenID4VP 1.0 §6)", {"asks": summary, "query": value})
    if "payload" in value and ("signature" in value or "signatures" in value):
        return _sd_jwt(UnverifiedSdJwt.from_json(value))
    if "kty" in value:
        hidden = {
            name: "(hidden)" if name in {"d", "k", "p", "q"} else member for name, member in value.items()
        }
        return Decoded("JSON Web Key", {"key": hidden})
    return Decoded("JSON object", {"value": value}, ["no member that this command knows"])


def _sd_jwt(token: UnverifiedSdJwt) -> Decoded:
    issuer = _jws(token.issuer_jwt)
    algorithm = (
        issuer.parts["payload"].get("_sd_alg", "sha-256") if isinstance(issuer.parts["payload"], dict) else ""
    )
    parts = dict(issuer.parts)
    parts["disclosures"] = [
        _disclosure(text, index, algorithm) for index, text in enumerate(token.disclosures)
    ]
    if token.key_binding_jwt is not None:
        parts["key_binding"] = _jws(token.key_binding_jwt).parts
    kind = issuer.kind if issuer.kind in KINDS_BY_TYP.values() else "SD-JWT (RFC 9901)"
    return Decoded(
        kind + (" with key binding" if token.key_binding_jwt is not None else ""), parts, issuer.notes
    )


def _disclosure(encoded: str, index: int, algorithm: str) -> dict[str, Any]:
    disclosure = Disclosure.parse(encoded, pointer=f"/disclosures/{index}")
    named = {} if disclosure.name is None else {"name": disclosure.name}
    return {**named, "value": disclosure.value, "digest": digest(encoded, algorithm)}


def _jws(text: str) -> Decoded:
    header = _segment(text, 0, "header")
    payload = _segment(text, 1, "payload")
    if not isinstance(header, dict):
        raise MalformedInput("the header is no JSON object", spec="RFC 7515 §4", pointer="/header")
    parts: dict[str, Any] = {"header": _without_chain(header), "payload": _readable(payload)}
    if chain := _chain(header):
        parts["certificates"] = chain
    notes = (
        []
        if header.get("alg") not in {"none", None}
        else ["unsigned: alg is none or missing (RFC 8725 §3.2)"]
    )
    return Decoded(KINDS_BY_TYP.get(str(header.get("typ", "")), "JSON Web Signature"), parts, notes)


def _jwe(text: str) -> Decoded:
    header = _segment(text, 0, "header")
    sizes = dict(
        zip(
            ("encrypted_key", "iv", "ciphertext", "tag"),
            (len(part) for part in text.split(".")[1:]),
            strict=True,
        )
    )
    return Decoded(
        "Encrypted JWT (RFC 7516)",
        {"header": header, "characters": sizes},
        ["only its key can tell what is inside"],
    )


def _segment(text: str, index: int, name: str) -> Any:
    return parse_signed_json(
        b64url_decode(text.split(".")[index], pointer=f"/{name}"), what=name, pointer=f"/{name}"
    )


def _without_chain(header: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in header.items() if name != "x5c"}


def _chain(header: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "x5c" not in header:
        return []
    try:
        chain = CertificateChain.from_x5c(header["x5c"], pointer="/header/x5c")
    except RemoteError as error:
        return [{"unreadable": error.message}]
    return [certificate_parts(certificate) for certificate in (chain.leaf, *chain.intermediates)]


def _readable(payload: Any) -> Any:
    if not isinstance(payload, dict):
        return payload
    return {
        name: f"{value} ({time_of(value)})" if name in _TIMES and isinstance(value, int) else value
        for name, value in payload.items()
    }
