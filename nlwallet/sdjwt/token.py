"""An SD-JWT as it arrives: taken apart, nothing believed yet (RFC 9901 §4, §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.encoding import MAX_MESSAGE_BYTES, b64url_decode
from nlwallet.errors import InvalidSdJwt, LimitExceeded
from nlwallet.sdjwt.disclosure import MAX_DISCLOSURE_LENGTH, MAX_DISCLOSURES

MAX_SIGNATURES = 8

_OURS = frozenset({"disclosures", "kb_jwt"})


@dataclass(frozen=True, slots=True)
class FurtherSignature:
    """Another issuer's signature over the same payload, in the general JSON serialization (§8.1).

    ``header`` is unprotected: nobody signed it.
    """

    protected: str
    signature: str
    header: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, repr=False)
class UnverifiedSdJwt:
    """The parts of an SD-JWT; ``disclosures`` are still encoded.

    Only :func:`~nlwallet.sdjwt.verify_sd_jwt` and what stands on it make more of it. ``further_signatures``
    are those after the first in the general JSON serialization; the compact one has no place for them.
    """

    issuer_jwt: str
    disclosures: tuple[str, ...] = ()
    key_binding_jwt: str | None = None
    further_signatures: tuple[FurtherSignature, ...] = ()
    unprotected: Mapping[str, Any] | None = None
    """What stands in the unprotected header beside ``disclosures`` and ``kb_jwt``; nobody signed it."""

    @classmethod
    def parse(cls, text: str) -> UnverifiedSdJwt:
        """Take a compact SD-JWT or SD-JWT+KB apart.

        Raises :class:`~nlwallet.errors.InvalidSdJwt` or :class:`~nlwallet.errors.LimitExceeded`.
        """
        if len(text) > MAX_MESSAGE_BYTES:
            raise LimitExceeded(
                f"the SD-JWT has {len(text)} characters, the limit is {MAX_MESSAGE_BYTES}", spec="RFC 9901 §4"
            )
        issuer_jwt, *rest = text.split("~", MAX_DISCLOSURES + 2)
        if len(rest) > MAX_DISCLOSURES + 1:
            raise LimitExceeded(f"the SD-JWT has more than {MAX_DISCLOSURES} Disclosures", spec="RFC 9901 §4")
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
        if len(text) > MAX_DISCLOSURE_LENGTH and max(map(len, rest), default=0) > MAX_DISCLOSURE_LENGTH:
            raise LimitExceeded(
                f"a Disclosure has more than {MAX_DISCLOSURE_LENGTH} characters",
                spec="RFC 9901 §4.2",
                pointer="/disclosures",
            )
        return cls(issuer_jwt, tuple(rest), last or None)

    @classmethod
    def from_json(cls, value: Any) -> UnverifiedSdJwt:
        """Read the JWS JSON serialization, flattened or general (§8), from the parsed JSON.

        Of several signatures the first is the one that counts here: it carries the Disclosures, and
        ``sd_hash`` covers it. Raises :class:`~nlwallet.errors.InvalidSdJwt` or
        :class:`~nlwallet.errors.LimitExceeded`.
        """
        if not isinstance(value, Mapping):
            raise _malformed("it is an object", "")
        entries: list[tuple[Any, str]] = [(value, "")]
        if "signatures" in value:
            signatures = value["signatures"]
            if not isinstance(signatures, list) or not signatures or not value.keys().isdisjoint(_FLATTENED):
                raise _malformed(
                    "signatures is a non-empty array, with no signature beside it", "/signatures"
                )
            if len(signatures) > MAX_SIGNATURES:
                raise LimitExceeded(
                    f"there are more than {MAX_SIGNATURES} signatures",
                    spec="RFC 9901 §8.1",
                    pointer="/signatures",
                )
            entries = [(entry, f"/signatures/{index}") for index, entry in enumerate(signatures)]
        payload = value.get("payload")
        if not isinstance(payload, str):
            raise _malformed("payload is a string", "/payload")
        first, *further = [_signature(entry, pointer) for entry, pointer in entries]
        for index, signature in enumerate(further, 1):
            if not _OURS.isdisjoint(signature.header or {}):
                raise _malformed(
                    "only the first signature carries disclosures and kb_jwt", f"/signatures/{index}/header"
                )
        header = dict(first.header or {})
        at = f"{entries[0][1]}/header"
        disclosures = header.pop("disclosures", [])
        if not isinstance(disclosures, list) or not all(
            isinstance(each, str) and each for each in disclosures
        ):
            raise _malformed("disclosures is an array of strings", f"{at}/disclosures")
        key_binding_jwt = header.pop("kb_jwt", "")
        if not isinstance(key_binding_jwt, str):
            raise _malformed("kb_jwt is a string", f"{at}/kb_jwt")
        parts = (f"{first.protected}.{payload}.{first.signature}", *disclosures, key_binding_jwt)
        if any("~" in part for part in parts):
            raise _malformed("a part holds '~'", "")
        # Through the compact form, so that every limit is checked in one place.
        parsed = cls.parse("~".join(parts))
        return cls(
            parsed.issuer_jwt, parsed.disclosures, parsed.key_binding_jwt, tuple(further), header or None
        )

    @property
    def presentation(self) -> str:
        """Everything up to and including the last ``~``: what ``sd_hash`` covers (§4.3.1)."""
        return "~".join((self.issuer_jwt, *self.disclosures, ""))

    def compact(self) -> str:
        """The compact serialization, with the first signature."""
        return self.presentation + (self.key_binding_jwt or "")

    def json_flattened(self) -> dict[str, Any]:
        """The flattened JWS JSON serialization (§8.1), with the first signature."""
        payload, entry = self._first()
        return {"payload": payload, **entry}

    def json_general(self) -> dict[str, Any]:
        """The general JWS JSON serialization with all signatures (§8.1)."""
        payload, entry = self._first()
        further = [
            {"protected": each.protected, "signature": each.signature}
            | ({"header": dict(each.header)} if each.header else {})
            for each in self.further_signatures
        ]
        return {"payload": payload, "signatures": [entry, *further]}

    def further_issuer_jwts(self) -> tuple[str, ...]:
        """The issuer-signed JWT under each further signature, as a compact JWS."""
        payload, _ = self._first()
        return tuple(f"{each.protected}.{payload}.{each.signature}" for each in self.further_signatures)

    def payload_octets(self) -> bytes:
        """The octets that the issuer signed, **not verified**."""
        return b64url_decode(self._first()[0], pointer="/payload")

    def _first(self) -> tuple[str, dict[str, Any]]:
        parts = self.issuer_jwt.split(".")
        if len(parts) != 3:
            raise InvalidSdJwt("the issuer-signed JWT has no three parts", spec="RFC 9901 §4.1")
        header: dict[str, Any] = {"disclosures": list(self.disclosures), **(self.unprotected or {})}
        if self.key_binding_jwt is not None:
            header["kb_jwt"] = self.key_binding_jwt
        return parts[1], {"protected": parts[0], "signature": parts[2], "header": header}

    def __repr__(self) -> str:
        return f"<UnverifiedSdJwt with {len(self.disclosures)} Disclosures>"


_FLATTENED = frozenset({"protected", "signature", "header"})


def _signature(entry: Any, pointer: str) -> FurtherSignature:
    if not isinstance(entry, Mapping):
        raise _malformed("a signature is an object", pointer)
    protected, signature, header = entry.get("protected"), entry.get("signature"), entry.get("header")
    if not isinstance(protected, str) or not isinstance(signature, str):
        raise _malformed("protected and signature are strings", pointer)
    if header is not None and not isinstance(header, Mapping):
        raise _malformed("header is an object", f"{pointer}/header")
    return FurtherSignature(protected, signature, header)


def _malformed(reason: str, pointer: str) -> InvalidSdJwt:
    return InvalidSdJwt(f"not an SD-JWT in JSON: {reason}", spec="RFC 9901 §8", pointer=pointer)
