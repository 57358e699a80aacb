"""What the deliberately weak verifier finds wrong with an answer before it looks at a presentation."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from weak_disclosures import Broken, Found, parse

from nlwallet.crypto import PrivateKey

FORM = "application/x-www-form-urlencoded"
ENCS = ("A256GCM", "A128GCM")
MEGABYTES, TENS = 4_000_000, 20_000_000
HUNDREDS = 100


@dataclass(frozen=True)
class Members:
    """The parameters of an answer, and ``apu`` of its JWE."""

    of: Mapping[str, Any]
    apu: str = ""


@dataclass(frozen=True)
class Reader:
    """Reads the answers of one session. ``kid`` is that of ``key``."""

    key: PrivateKey
    kid: str
    encrypted: bool
    holes: frozenset[str]

    def fields(self, method: str, media_type: str, body: bytes, found: Found) -> dict[str, str]:
        if method != "POST":
            found(f"method {method}")
        if media_type != FORM:
            found(f"media type {media_type}")
        if len(body) > MEGABYTES:
            found("a body of tens of megabytes" if len(body) > TENS else "a body of megabytes")
        if media_type == "application/json":
            return dict(parse(body, found, "the body"))
        pairs = parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True)
        names: dict[str, int] = {}
        for name, _ in pairs:
            names[name] = names.get(name, 0) + 1
        for name, times in names.items():
            if times > 1:
                found(f"{name} twice")
        if len(names) > HUNDREDS:
            found("hundreds of fields")
        elif names.keys() - {"response", "vp_token", "state", "error", "error_description", "padding"} and (
            "hole: fields that nobody knows are refused" in self.holes
        ):
            found("a field that nobody knows")
        return dict(pairs)

    def _plain(self, value: Any, found: Found) -> Any:
        if isinstance(value, str) and value.startswith("{"):
            return parse(value.encode(), found, "the answer")
        return value

    def members(self, fields: Mapping[str, Any], found: Found) -> Members:
        if "response" not in fields:
            if self.encrypted:
                found("an answer without encryption")
            return Members({name: self._plain(value, found) for name, value in fields.items()})
        response, apu = fields["response"], ""
        if response.count(".") == 2:
            found("a JWS for an answer")
            plaintext = base64.urlsafe_b64decode(response.split(".")[1] + "==")
        else:
            plaintext, apu = self._decrypted(response, found)
        members = parse(plaintext, found, "the answer")
        if isinstance(members, list):
            found("an answer that is an array")
            members = members[0]
        if not isinstance(members, dict):
            raise Broken("an answer that is no object")
        return Members(members, apu)

    def _decrypted(self, response: str, found: Found) -> tuple[bytes, str]:
        if response.startswith("{"):
            found("a JWE in JSON serialization")
            parts = json.loads(response)
            names = ("protected", "encrypted_key", "iv", "ciphertext", "tag")
            response = ".".join(parts.get(name, "") for name in names)
        header = parse(base64.urlsafe_b64decode(response.split(".")[0] + "=="), found, "the header")
        if header.get("alg") not in ("ECDH-ES", "ECDH-ES+A256KW"):
            raise Broken(f"alg {header.get('alg')}")
        if header["alg"] != "ECDH-ES":
            found(f"alg {header['alg']}")
        if header.get("enc") not in ENCS:
            found(f"enc {header.get('enc')}")
        if "crit" in header:
            found("a critical header")
        if "apu" in header and "hole: apu is refused" in self.holes:
            found("apu")
        epk = header.get("epk", {})
        if epk.get("crv") != "P-256":
            raise Broken("an ephemeral key on another curve")
        if len(response.rpartition(".")[2]) < 20:
            raise Broken("a short tag")
        plaintext = self._opened(response)
        if header.get("kid") != self.kid:
            found("another kid" if "kid" in header else "no kid")
        if "zip" in header:
            found("a bomb" if len(plaintext) > MEGABYTES else "a compressed answer")
        return plaintext, str(header.get("apu", ""))

    def _opened(self, response: str) -> bytes:
        names = ["ECDH-ES", "ECDH-ES+A256KW", "A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "DEF"]
        registry = _Lenient(algorithms=names, strict_check_header=False)
        try:
            key = ECKey.import_key(dict(self.key.private_jwk()))
            return bytes(jwe.decrypt_compact(response, key, registry=registry).plaintext or b"")
        except (JoseError, ValueError, zlib.error) as error:
            raise Broken(f"it does not decrypt: {type(error).__name__}") from None


class _Lenient(jwe.JWERegistry):
    max_protected_header_length = 1_000_000
    max_ciphertext_length = 100_000_000

    def check_header(self, header: Any, check_more: bool = False) -> None:
        """Looks at nothing: what the header says was noted."""
