"""Encrypted credential requests and responses (OpenID4VCI 1.0 §10, §12.2.4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import PrivateKey, PublicKey, encrypt_jwe, parse_jwe
from nlwallet.encoding import dump_json, parse_json_object
from nlwallet.errors import InvalidOffer, IssuanceRefused, RemoteError
from nlwallet.openid4vci.codes import ErrorCode, refusal

MESSAGE_MEDIA_TYPE = "application/jwt"
KEY_AGREEMENT = "ECDH-ES"
ENCS = ("A256GCM", "A128GCM")
MAX_KEYS = 16
_METADATA = "/credential_request_encryption"


@dataclass(frozen=True, slots=True)
class EncryptionTo:
    """Whom a message is encrypted to. ``kid`` is copied if the key has one; there is no compression."""

    key: PublicKey
    enc: str
    kid: str | None = None

    @classmethod
    def of_response(cls, value: Any) -> EncryptionTo:
        """Read ``credential_response_encryption`` of a request (§8.2).

        Raises :class:`~nlwallet.errors.IssuanceRefused` with the code ``invalid_encryption_parameters``.
        """
        jwk = value.get("jwk") if isinstance(value, dict) else None
        if not isinstance(jwk, dict) or "d" in jwk or jwk.get("alg") != KEY_AGREEMENT:
            raise _refused(
                f"jwk is no public key with alg {KEY_AGREEMENT}", "/credential_response_encryption/jwk"
            )
        if jwk.get("use", "enc") != "enc":
            raise _refused("jwk is not for encryption", "/credential_response_encryption/jwk/use")
        if value.get("enc") not in ENCS:
            raise _refused(f"enc is not {' or '.join(ENCS)}", "/credential_response_encryption/enc")
        if "zip" in value:
            raise _refused("compression is not supported", "/credential_response_encryption/zip")
        try:
            key = PublicKey.from_jwk(jwk)
        except RemoteError as error:
            raise _refused(error.message, "/credential_response_encryption/jwk") from None
        if key.alg == "EdDSA":
            raise _refused("no key can be agreed on with Ed25519", "/credential_response_encryption/jwk")
        kid = jwk.get("kid")
        return cls(key, value["enc"], kid if isinstance(kid, str) else None)

    def as_json(self) -> dict[str, Any]:
        """The member ``credential_response_encryption``."""
        kid = {} if self.kid is None else {"kid": self.kid}
        return {"jwk": {**self.key.jwk(), "alg": KEY_AGREEMENT, "use": "enc", **kid}, "enc": self.enc}

    def encrypt(self, value: Mapping[str, Any]) -> str:
        """The message as a compact JWE whose payload is the JSON object (§10)."""
        return encrypt_jwe(dump_json(value), self.key, enc=self.enc, kid=self.kid, header={"typ": "JWT"})


@dataclass(frozen=True, slots=True)
class RequestEncryption:
    """The issuer's own key for requests, as its metadata says (``credential_request_encryption``)."""

    key: PrivateKey = field(repr=False)
    kid: str
    required: bool = False

    def as_json(self) -> dict[str, Any]:
        """The metadata member."""
        jwk = {**self.key.public.jwk(), "kid": self.kid, "alg": KEY_AGREEMENT, "use": "enc"}
        return {
            "jwks": {"keys": [jwk]},
            "enc_values_supported": list(ENCS),
            "encryption_required": self.required,
        }

    def decrypt(self, text: str) -> dict[str, Any]:
        """The request inside. Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        try:
            jwe = parse_jwe(text, encs=ENCS, what="the credential request")
            if jwe.kid != self.kid:
                raise _refused("kid is not that of the issuer's key", "/kid")
            return parse_json_object(jwe.decrypt(self.key), what="the credential request")
        except IssuanceRefused:
            raise
        except RemoteError as error:
            raise _refused(error.message, error.pointer) from None


def response_encryption_metadata(*, required: bool) -> dict[str, Any]:
    """The metadata member ``credential_response_encryption``."""
    return {
        "alg_values_supported": [KEY_AGREEMENT],
        "enc_values_supported": list(ENCS),
        "encryption_required": required,
    }


def encryption_of_issuer(value: Mapping[str, Any]) -> EncryptionTo:
    """Whom a wallet encrypts requests to, from ``credential_request_encryption`` of the metadata.

    Raises :class:`~nlwallet.errors.InvalidOffer`.
    """
    jwks = value.get("jwks")
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    offered = value.get("enc_values_supported")
    enc = next((one for one in ENCS if isinstance(offered, list) and one in offered), None)
    if not isinstance(keys, list) or len(keys) > MAX_KEYS or enc is None:
        raise _unusable("no keys, or no content encryption that this wallet has", _METADATA)
    for jwk in keys:
        if not isinstance(jwk, dict) or jwk.get("kty") != "EC":
            continue
        if jwk.get("alg") == KEY_AGREEMENT and jwk.get("use", "enc") == "enc":
            kid = jwk.get("kid")
            return EncryptionTo(PublicKey.from_jwk(jwk), enc, kid if isinstance(kid, str) else None)
    raise _unusable(f"no key for {KEY_AGREEMENT}", _METADATA)


def response_enc(value: Mapping[str, Any]) -> str | None:
    """The content encryption to ask for, from ``credential_response_encryption``; ``None`` if there is none."""
    algorithms, encs = value.get("alg_values_supported"), value.get("enc_values_supported")
    if not isinstance(algorithms, list) or not isinstance(encs, list) or KEY_AGREEMENT not in algorithms:
        return None
    return next((one for one in ENCS if one in encs), None)


def decrypt_message(text: str, *, key: PrivateKey, kid: str, encs: Collection[str] = ENCS) -> dict[str, Any]:
    """A response that was encrypted to the wallet. Raises a :class:`~nlwallet.errors.RemoteError`."""
    jwe = parse_jwe(text, encs=encs, what="the credential response")
    if jwe.kid not in (None, kid):
        raise _unusable("kid is not that of the key in the request")
    return parse_json_object(jwe.decrypt(key), what="the credential response")


def _refused(reason: str, pointer: str) -> IssuanceRefused:
    return refusal(ErrorCode.INVALID_ENCRYPTION_PARAMETERS, reason, section="§10", pointer=pointer)


def _unusable(reason: str, pointer: str = "") -> InvalidOffer:
    return InvalidOffer(f"encryption: {reason}", spec="OpenID4VCI 1.0 §10", pointer=pointer)
