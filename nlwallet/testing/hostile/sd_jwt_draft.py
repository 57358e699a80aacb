"""A presentation of an SD-JWT VC before it is signed, everything in it open to change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_decode, b64url_encode, parse_json
from nlwallet.testing.hostile.jws_draft import JwsDraft, as_json


@dataclass(slots=True)
class SdJwtDraft:
    """Issuer-signed JWT, disclosures, key binding: ``<jwt>~<disclosure>~…~<kb-jwt>`` (RFC 9901 §4).

    Both JWTs are signed when :meth:`text` is called: what was changed until then is signed with good keys, so
    that only a check of *that* can find it.
    """

    issuer: JwsDraft
    disclosures: list[str] = field(repr=False)
    """What is shown, encoded."""
    key_binding: JwsDraft | None
    issuer_key: PrivateKey = field(repr=False)
    holder_key: PrivateKey = field(repr=False)
    hash_of: Callable[[str], str] | None = field(default=lambda shown: sha256_of(shown), repr=False)
    """Makes ``sd_hash`` of what is shown; ``None`` leaves it as it is."""
    shape: Callable[[str], str] = field(default=lambda shown: shown, repr=False)
    """Changes what is shown before the holder signs it."""
    rewrite: Callable[[str], Any] = field(default=lambda text: text, repr=False)
    """A last change, to the whole text, after she signed."""

    @classmethod
    def of(cls, text: str, *, issuer_key: PrivateKey, holder_key: PrivateKey) -> SdJwtDraft:
        """A good presentation taken apart."""
        jwt, *disclosures, key_binding = text.split("~")
        bound = JwsDraft.of(key_binding, holder_key) if key_binding else None
        if bound is not None:
            del bound.payload["sd_hash"]
        return cls(JwsDraft.of(jwt, issuer_key), disclosures, bound, issuer_key, holder_key)

    def text(self) -> Any:
        """The presentation, signed as it stands."""
        shown = self.shape("~".join((self.issuer.compact(), *self.disclosures, "")))
        if self.key_binding is None:
            return self.rewrite(shown)
        if self.hash_of is not None:
            self.key_binding.payload["sd_hash"] = self.hash_of(shown)
        return self.rewrite(shown + self.key_binding.compact())

    def disclose(self, *content: Any) -> str:
        """Write a disclosure of any content, sign its digest at the top level, and show it."""
        encoded = encode_disclosure(content)
        self.issuer.payload.setdefault("_sd", []).append(sha256_of(encoded))
        self.disclosures.append(encoded)
        return encoded

    def signed_by(self, key: PrivateKey, x5c: list[str] | None = None) -> None:
        """Let ``key`` sign the credential, with this chain in its header, or the one that is there."""
        self.issuer_key, self.issuer.sign = key, key.sign
        if x5c is not None:
            self.issuer.header["x5c"] = x5c

    def disclosed(self, position: int) -> list[Any]:
        """The content of the disclosure at ``position``: salt, (name,) value."""
        content = parse_json(b64url_decode(self.disclosures[position]))
        assert isinstance(content, list)
        return content


def encode_disclosure(content: Any) -> str:
    """base64url of the JSON (RFC 9901 §4.2)."""
    return b64url_encode(as_json(content))


def sha256_of(text: str) -> str:
    """The digest of an encoded disclosure, or of what a key binding is over: base64url of SHA-256."""
    return b64url_encode(hashlib.sha256(text.encode("utf-8")).digest())
