"""An SD-JWT as it arrives: taken apart, nothing believed yet (RFC 9901 §4, §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.encoding import MAX_MESSAGE_BYTES
from nlwallet.errors import InvalidSdJwt, LimitExceeded
from nlwallet.sdjwt.disclosure import MAX_DISCLOSURES

MAX_SIGNATURES = 8


@dataclass(frozen=True, slots=True, repr=False)
class UnverifiedSdJwt:
    """The parts of an SD-JWT; ``disclosures`` are still encoded. Only :mod:`verification` makes more of it."""

    issuer_jwt: str
    disclosures: tuple[str, ...] = ()
    key_binding_jwt: str | None = None

    @classmethod
    def parse(cls, text: str) -> UnverifiedSdJwt:
        """Take a compact SD-JWT or SD-JWT+KB apart.

        Raises :class:`~nlwallet.errors.InvalidSdJwt` or :class:`~nlwallet.errors.LimitExceeded`.
        """
        if len(text) > MAX_MESSAGE_BYTES:
            raise LimitExceeded(f"the SD-JWT has {len(text)} characters, the limit is {MAX_MESSAGE_BYTES}")
        if text.count("~") > MAX_DISCLOSURES + 1:
            raise LimitExceeded(f"the SD-JWT has more than {MAX_DISCLOSURES} Disclosures", spec="RFC 9901 §4")
        issuer_jwt, *rest = text.split("~")
        if not rest:
            raise InvalidSdJwt(
                "there is no '~': this is no SD-JWT",
                spec="RFC 9901 §4",
                hint="without key binding the text ends in '~'; was it cut off?",
            )
        last = rest.pop()
        if "" in rest:
            raise InvalidSdJwt(
                "there is an empty Disclosure", spec="RFC 9901 §4", pointer=f"/disclosures/{rest.index('')}"
            )
        return cls(issuer_jwt, tuple(rest), last or None)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> UnverifiedSdJwt:
        """Read the JWS JSON serialization, flattened or general (§8).

        Of several signatures the first is the one that counts here: it carries the Disclosures. Raises
        :class:`~nlwallet.errors.InvalidSdJwt` or :class:`~nlwallet.errors.LimitExceeded`.
        """
        signature: Any = value
        if "signatures" in value:
            signatures = value["signatures"]
            if "signature" in value or not isinstance(signatures, list) or not signatures:
                raise _malformed(
                    "signatures is a non-empty array, and there is no signature beside it", "/signatures"
                )
            if len(signatures) > MAX_SIGNATURES:
                raise LimitExceeded(f"there are more than {MAX_SIGNATURES} signatures", pointer="/signatures")
            if any(_has_sd_jwt_members(other) for other in signatures[1:]):
                raise _malformed("only the first signature carries disclosures and kb_jwt", "/signatures")
            signature = signatures[0]
        if not isinstance(signature, Mapping):
            raise _malformed("a signature is an object", "/signatures/0")
        parts = (signature.get("protected"), value.get("payload"), signature.get("signature"))
        if not all(isinstance(part, str) for part in parts):
            raise _malformed("protected, payload and signature are strings", "")
        header = signature.get("header", {})
        disclosures = header.get("disclosures", []) if isinstance(header, Mapping) else None
        if not isinstance(disclosures, list) or not all(
            isinstance(item, str) and item for item in disclosures
        ):
            raise _malformed("disclosures is an array of strings", "/header/disclosures")
        key_binding_jwt = header.get("kb_jwt")
        if not (key_binding_jwt is None or (isinstance(key_binding_jwt, str) and key_binding_jwt)):
            raise _malformed("kb_jwt is a string", "/header/kb_jwt")
        # Through the compact form, so that every limit is checked in one place.
        return cls.parse("~".join((".".join(map(str, parts)), *disclosures, key_binding_jwt or "")))

    @property
    def presentation(self) -> str:
        """Everything up to and including the last ``~``: what ``sd_hash`` covers (§4.3.1)."""
        return "~".join((self.issuer_jwt, *self.disclosures, ""))

    def compact(self) -> str:
        """The compact serialization."""
        return self.presentation + (self.key_binding_jwt or "")

    def json_flattened(self) -> dict[str, Any]:
        """The flattened JWS JSON serialization (§8.1)."""
        protected, payload, signature = self._parts()
        return {"payload": payload, "protected": protected, "signature": signature, "header": self._header()}

    def json_general(self) -> dict[str, Any]:
        """The general JWS JSON serialization with this one signature (§8.1)."""
        protected, payload, signature = self._parts()
        entry = {"protected": protected, "signature": signature, "header": self._header()}
        return {"payload": payload, "signatures": [entry]}

    def _parts(self) -> list[str]:
        parts = self.issuer_jwt.split(".")
        if len(parts) != 3:
            raise InvalidSdJwt("the issuer-signed JWT has no three parts", spec="RFC 9901 §4.1")
        return parts

    def _header(self) -> dict[str, Any]:
        header: dict[str, Any] = {"disclosures": list(self.disclosures)}
        if self.key_binding_jwt is not None:
            header["kb_jwt"] = self.key_binding_jwt
        return header

    def __repr__(self) -> str:
        return f"<UnverifiedSdJwt with {len(self.disclosures)} Disclosures>"


def _has_sd_jwt_members(signature: Any) -> bool:
    header = signature.get("header") if isinstance(signature, Mapping) else None
    return isinstance(header, Mapping) and not {"disclosures", "kb_jwt"}.isdisjoint(header)


def _malformed(reason: str, pointer: str) -> InvalidSdJwt:
    return InvalidSdJwt(f"not an SD-JWT in JSON: {reason}", spec="RFC 9901 §8", pointer=pointer)
