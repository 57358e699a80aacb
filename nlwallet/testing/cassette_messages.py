"""The messages of an exchange taken apart for a cassette: structure as it was, every value and secret redacted.

What is shown is on a list for its kind of message; whatever is not on it becomes a placeholder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from nlwallet.crypto import CertificateChain
from nlwallet.crypto.cbor import parse_cbor
from nlwallet.encoding import b64url_decode, parse_json, parse_signed_json
from nlwallet.errors import RemoteError
from nlwallet.sdjwt import Disclosure, UnverifiedSdJwt
from nlwallet.testing.cassette_redaction import Public, Redaction

TIMES: Final = frozenset({"iat", "exp", "nbf", "ttl", "expires_in", "interval"})
ADDRESSES: Final = frozenset(
    {
        "response_uri",
        "redirect_uri",
        "request_uri",
        "expected_origins",
        "uri",
        "iss",
        "sub",
        "aud",
        "credential_issuer",
    }
)
PROTOCOL: Final = frozenset({
    "response_type", "response_mode", "request_uri_method", "grant_type", "token_type", "format", "typ", "alg", "enc",
    "use", "kty", "crv", "credential_configuration_ids", "credential_configuration_id", "proof_type", "zip", "bits",
    "encrypted_response_enc_values_supported", "sd-jwt_alg_values", "kb-jwt_alg_values", "issuerauth_alg_values",
    "deviceauth_alg_values", "_sd_alg", "vct", "docType", "code_challenge_method", "response_types_supported",
    "response_modes_supported", "client_id_prefixes_supported", "request_object_signing_alg_values_supported",
})  # fmt: skip
"""Members whose values are words of the specifications."""
QUERY: Final = frozenset({
    "id", "format", "multiple", "vct_values", "doctype_value", "path", "claim_sets", "options", "required", "type",
    "require_cryptographic_holder_binding", "intent_to_retain",
})  # fmt: skip
"""What a DCQL query may show; not the ``values`` that it looks for, which are a person's (OpenID4VP 1.0 §6.3)."""
ERRORS: Final = frozenset({
    "invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "access_denied", "unauthorized_client",
    "unsupported_grant_type", "unsupported_response_type", "server_error", "temporarily_unavailable",
    "vp_formats_not_supported", "invalid_request_uri_method", "invalid_transaction_data", "wallet_unavailable",
    "invalid_request_uri", "invalid_request_object", "request_uri_not_supported", "invalid_token", "invalid_proof",
    "invalid_nonce", "invalid_encryption_parameters", "credential_request_denied", "unknown_credential_configuration",
    "unknown_credential_identifier", "invalid_credential_request", "invalid_transaction_id", "authorization_pending",
    "slow_down", "use_dpop_nonce", "invalid_dpop_proof", "invalid_notification_id", "invalid_notification_request",
    "no_issuable_attestations", "not_found", "expired", "use_attestation_challenge", "invalid_client_attestation",
})  # fmt: skip
MAX_DEPTH: Final = 24
MAX_BODY: Final = 131_072
MAX_REQUESTS: Final = 16
_HEADER = PROTOCOL | {"cty"}
_CREDENTIAL = frozenset({"vct", "_sd_alg", "kty", "crv", "alg", "use"})


@dataclass(frozen=True, slots=True, repr=False)
class Messages:
    """Takes messages apart; what cannot be read is shown by its length."""

    redaction: Redaction

    def link(self, uri: str) -> dict[str, Any]:
        """A link or the text of a QR code."""
        try:
            parts = urlsplit(uri)
            fields = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=64))
        except ValueError:
            return {"kind": "link", "text": self.redaction.secret(uri)}
        at = f"{parts.scheme}://" if not parts.hostname else self.redaction.url(uri.partition("?")[0])
        return {"kind": "link", "to": at, "parameters": self.form(fields)}

    def page(self, requests: Sequence[Any], origin: str) -> dict[str, Any]:
        """What a page asked through the browser's API (OpenID4VP 1.0 §A)."""
        asked = [
            {"protocol": str(one.get("protocol")), "data": self._tree(one.get("data"), PROTOCOL)}
            for one in requests[:MAX_REQUESTS]
            if isinstance(one, Mapping)
        ]
        return {"kind": "page", "origin": self.redaction.url(origin), "requests": asked}

    def returned(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What a page is given."""
        shown = data.get("vp_token")
        others = {name: self._leaf(name, one, PROTOCOL, 0) for name, one in data.items() if one is not shown}
        return others | ({"vp_token": self.vp_token(shown)} if isinstance(shown, Mapping) else {})

    def form(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """The fields of a form or query."""
        return {name: self._field(name, text) for name, text in fields.items()}

    def body(self, content_type: str, body: bytes) -> Any:
        """The body of a request or a reply."""
        if not body:
            return None
        if len(body) > MAX_BODY:
            return {"kind": "bytes", "length": len(body)}
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return {"kind": "bytes", "length": len(body)}
        if content_type.endswith("json"):
            try:
                return {"kind": "json", "members": self._tree(parse_json(text), PROTOCOL)}
            except RemoteError:
                return {"kind": "text", "length": len(text)}
        return self.token(text.strip()) or {"kind": "text", "length": len(text)}

    def vp_token(self, presentations: Mapping[str, Any]) -> dict[str, Any]:
        """The presentations, by the id of the query that each answers."""
        return {
            query_id: [
                self.token(one) or {"kind": "unreadable", "length": len(str(one))}
                for one in (shown if isinstance(shown, list) else [shown])
            ]
            for query_id, shown in presentations.items()
        }

    def token(self, text: Any) -> dict[str, Any] | None:
        """An SD-JWT, JWS, JWE or DeviceResponse; None if it is nothing of these."""
        if not isinstance(text, str):
            return None
        for read in (self._sd_jwt, self._jws, self._jwe, self._device_response):
            try:
                found = read(text)
            except (RemoteError, AttributeError, TypeError, ValueError, KeyError, RecursionError):
                continue
            if found is not None:
                return found
        return None

    # ----------------------------------------------------------------------------------------------

    def _field(self, name: str, text: str) -> Any:
        if name == "client_id":
            return self.redaction.client(text)
        if text.startswith(("{", "[")):
            try:
                parsed = parse_json(text)
            except RemoteError:
                return self.redaction.secret(text)
            if name == "vp_token" and isinstance(parsed, dict):
                return self.vp_token(parsed)
            return self._leaf(name, parsed, PROTOCOL, 0)
        return self._leaf(name, text, PROTOCOL, 0)

    def _tree(self, value: Any, kept: frozenset[str], name: str = "", depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            return "<deep>"
        if isinstance(value, dict):
            return {member: self._leaf(member, one, kept, depth + 1) for member, one in value.items()}
        if isinstance(value, list):
            return [self._leaf(name, one, kept, depth + 1) for one in value]
        return self._scalar(name, value, kept)

    def _leaf(self, name: str, value: Any, kept: frozenset[str], depth: int) -> Any:
        special = self._special(name, value)
        return self._tree(value, kept, name, depth) if special is None else special(value)

    def _special(self, name: str, value: Any) -> Callable[[Any], Any] | None:
        if name == "dcql_query" and isinstance(value, dict):
            return lambda query: self._tree(query, QUERY)
        if name == "values":
            return self.redaction.value
        if name == "x5c" and isinstance(value, list):
            return self._chain
        if name in {"jwk", "epk", "cnf", "keys"}:
            return self._key
        if name == "transaction_data" and isinstance(value, list):
            return lambda items: [self._transaction(one) for one in items]
        return None

    def _scalar(self, name: str, value: Any, kept: frozenset[str]) -> Any:
        if name in kept and (value is None or isinstance(value, str | int | bool)):
            return value
        if value is None or isinstance(value, bool):
            return self.redaction.value(value)
        if isinstance(value, int):
            return value if name in TIMES else self.redaction.value(value)
        if not isinstance(value, str):
            return self.redaction.value(value)
        if name == "client_id":
            return self.redaction.client(value)
        if name == "error":
            return Public(value) if value in ERRORS else self.redaction.secret(value, "code")
        if name in ADDRESSES and "://" in value:
            return (
                self.redaction.client(value)
                if ":" in value.partition("://")[0]
                else self.redaction.url(value)
            )
        if name == "aud":
            return self.redaction.client(value)
        return self.token(value) or self.redaction.secret(value, "string" if " " in value else "secret")

    def _key(self, value: Any) -> Any:
        return self._tree(value, frozenset({"kty", "crv", "alg", "use", "enc"}))

    def _chain(self, x5c: list[Any]) -> Any:
        try:
            chain = CertificateChain.from_x5c(x5c, pointer="/x5c")
        except RemoteError:
            return [{"kind": "unreadable"} for _ in x5c[:8]]
        return [
            {
                "subject": Public(one.subject.organization or one.subject.common_name or ""),
                "issuer": Public(one.issuer_name),
                "not_before": one.not_before,
                "not_after": one.not_after,
                "dns_names": [Public(name) for name in one.san_dns],
            }
            for one in (chain.leaf, *chain.intermediates)
        ]

    def _transaction(self, encoded: Any) -> Any:
        try:
            members = parse_signed_json(b64url_decode(str(encoded)))
        except RemoteError:
            return {"kind": "unreadable"}
        return self._tree(members, frozenset({"type", "credential_ids", "transaction_data_hashes_alg"}))

    def _sd_jwt(self, text: str) -> dict[str, Any] | None:
        if "~" not in text:
            return None
        token = UnverifiedSdJwt.parse(text)
        issuer = self._jws(token.issuer_jwt)
        if issuer is None:
            return None
        disclosures = []
        for encoded in token.disclosures:
            self.redaction.secret(encoded)
            one = Disclosure.parse(encoded)
            named = {} if one.name is None else {"name": one.name}
            disclosures.append({**named, "value": self.redaction.value(one.value)})
        binding = None if token.key_binding_jwt is None else self._jws(token.key_binding_jwt)
        return {**issuer, "kind": "sd-jwt", "disclosures": disclosures, "key_binding": binding}

    def _jws(self, text: str) -> dict[str, Any] | None:
        if text.count(".") != 2:
            return None
        head, body, signature = text.split(".")
        header = parse_signed_json(b64url_decode(head))
        payload = parse_signed_json(b64url_decode(body))
        if not isinstance(header, dict) or not isinstance(payload, dict):
            return None
        typ = header.get("typ")
        for part in (text, body, head):
            self.redaction.secret(part)
        if typ in {"dc+sd-jwt", "vc+sd-jwt"} or "_sd_alg" in payload or "vct" in payload:
            shown = self._credential(payload)
        elif typ == "rc-wrp+jwt":
            shown = _public({name: one for name, one in payload.items() if name not in {"cnf", "status"}})
        else:
            shown = self._tree(payload, PROTOCOL)
        return {
            "kind": "jws",
            "header": self._tree(header, _HEADER),
            "payload": shown,
            "signature": self.redaction.secret(signature, "signature"),
        }

    def _credential(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, one in payload.items():
            if name == "_sd" and isinstance(one, list):
                shown[name] = f"{len(one)} digests"
            elif name in _CREDENTIAL or name in TIMES or name in {"iss", "cnf"}:
                shown[name] = self._leaf(name, one, _CREDENTIAL, 0)
            else:
                shown[name] = self.redaction.value(one)
        return shown

    def _jwe(self, text: str) -> dict[str, Any] | None:
        if text.count(".") != 4:
            return None
        head, *parts = text.split(".")
        header = parse_signed_json(b64url_decode(head))
        if not isinstance(header, dict):
            return None
        names = ("encrypted_key", "iv", "ciphertext", "tag")
        lengths = {name: len(part) for name, part in zip(names, parts, strict=True)}
        self.redaction.secret(text)
        return {"kind": "jwe", "header": self._tree(header, _HEADER), "lengths": lengths}

    def _device_response(self, text: str) -> dict[str, Any] | None:
        if "." in text or len(text) < 64:
            return None
        response = parse_cbor(b64url_decode(text), what="the presentation")
        self.redaction.secret(text)
        return {
            "kind": "device_response",
            "documents": [
                {
                    "docType": one["docType"],
                    "elements": {
                        space: {
                            item["elementIdentifier"]: self.redaction.value(_untagged(item["elementValue"]))
                            for item in (parse_cbor(tagged.value, what="an element") for tagged in items)
                        }
                        for space, items in one["issuerSigned"]["nameSpaces"].items()
                    },
                    "device_auth": sorted(one["deviceSigned"]["deviceAuth"]),
                }
                for one in response["documents"]
            ],
        }


def _public(value: Any) -> Any:
    """A registration as everybody can look it up."""
    if isinstance(value, dict):
        return {name: _public(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_public(one) for one in value]
    return Public(value) if isinstance(value, str) else value


def _untagged(value: Any) -> Any:
    if hasattr(value, "tag") and hasattr(value, "value"):
        return _untagged(value.value)
    if isinstance(value, dict):
        return {str(name): _untagged(one) for name, one in value.items()}
    return [_untagged(one) for one in value] if isinstance(value, list) else value
