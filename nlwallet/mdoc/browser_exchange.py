"""An mdoc request through the browser's Digital Credentials API, without OpenID4VP (ISO/IEC TS 18013-7 Annex C).

The page hands over a DeviceRequest and an EncryptionInfo, and gets back one encrypted DeviceResponse. What both sides
sign and encrypt under is a session transcript with the EncryptionInfo, as text, and the origin of the page in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import cbor2

from nlwallet.crypto import PrivateKey, PublicKey
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.cose_key import cose_key, parse_cose_key
from nlwallet.crypto.hpke import open_hpke, seal_hpke
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import InvalidMdoc
from nlwallet.mdoc.reading import decode, typed

MIN_NONCE_BYTES: Final = 16

_KIND: Final = "dcapi"
_SPEC: Final = "ISO/IEC TS 18013-7 Annex C"


@dataclass(frozen=True, slots=True)
class BrowserExchange:
    """What both sides know of one request: the key to answer to, and the session transcript."""

    encryption_info: str = field(repr=False)
    """The EncryptionInfo in base64url, exactly as it went through the browser."""
    recipient: PublicKey
    origin: str

    @classmethod
    def create(cls, nonce: bytes, recipient: PublicKey, *, origin: str) -> BrowserExchange:
        """For a request that is to be made: the same each time for the same ``nonce`` and key."""
        parameters = {"nonce": nonce, "recipientPublicKey": cose_key(recipient)}
        return cls(b64url_encode(dump_cbor([_KIND, parameters])), recipient, origin)

    @classmethod
    def parse(cls, encryption_info: Any, *, origin: str) -> BrowserExchange:
        """For a request that came from a page at ``origin``. Raises a :class:`~nlwallet.errors.RemoteError`."""
        parameters = _of_kind(encryption_info, "encryptionInfo")
        nonce = typed(parameters.get("nonce"), bytes, "nonce", "/encryptionInfo/nonce", _SPEC)
        if len(nonce) < MIN_NONCE_BYTES:
            raise InvalidMdoc(
                f"the nonce has {MIN_NONCE_BYTES} bytes or more", spec=_SPEC, pointer="/encryptionInfo/nonce"
            )
        pointer = "/encryptionInfo/recipientPublicKey"
        key = parse_cose_key(parameters.get("recipientPublicKey"), what="recipientPublicKey", pointer=pointer)
        return cls(encryption_info, key, origin)

    @property
    def transcript(self) -> bytes:
        """``[null, null, ["dcapi", hash]]``, encoded CBOR."""
        hashed = hashlib.sha256(cbor2.dumps([self.encryption_info, self.origin])).digest()
        return cbor2.dumps([None, None, [_KIND, hashed]])

    def seal(self, device_response: bytes) -> str:
        """The response for the page, in base64url. Raises :class:`~nlwallet.errors.AlgorithmNotAllowed`."""
        encapsulated, ciphertext = seal_hpke(device_response, self.recipient, info=self.transcript)
        return b64url_encode(dump_cbor([_KIND, {"enc": encapsulated, "cipherText": ciphertext}]))

    def open(self, response: Any, key: PrivateKey) -> bytes:
        """The DeviceResponse in what a page brought back. Raises a :class:`~nlwallet.errors.RemoteError`."""
        parts = _of_kind(response, "response")
        encapsulated, ciphertext = (
            typed(parts.get(name), bytes, name, f"/response/{name}", _SPEC) for name in ("enc", "cipherText")
        )
        return open_hpke(encapsulated, ciphertext, key, info=self.transcript)


def _of_kind(value: Any, name: str) -> Mapping[Any, Any]:
    """The map in ``["dcapi", map]``, encoded and in base64url."""
    pointer = f"/{name}"
    text = typed(value, str, name, pointer, _SPEC)
    found = typed(
        decode(b64url_decode(text, pointer=pointer), what=name, pointer=pointer), list, name, pointer, _SPEC
    )
    if len(found) != 2 or found[0] != _KIND:
        raise InvalidMdoc(f"{name} is not for the browser's API", spec=_SPEC, pointer=pointer)
    return typed(found[1], dict, name, pointer, _SPEC)
