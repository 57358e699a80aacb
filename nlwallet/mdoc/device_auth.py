"""The device's proof that this document is shown in this session (ISO/IEC 18013-5 §9.1.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from nlwallet.crypto import PrivateKey, PublicKey, SigningKey, SoftwareKey
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.cose import parse_cose_sign1, sign_cose_sign1
from nlwallet.crypto.cose_mac0 import make_cose_mac0, read_cose_mac0
from nlwallet.crypto.encoded_cbor import EMPTY_MAP, PLACE, array, text, text_map_template, wrapped
from nlwallet.crypto.key_agreement import agree, hkdf_sha256
from nlwallet.errors import AlgorithmNotAllowed, InvalidDeviceAuth, InvalidSignature, MalformedInput
from nlwallet.mdoc.reading import typed

_SIGNATURE = text_map_template({"deviceSignature": PLACE})
_MAC = text_map_template({"deviceMac": PLACE})

DeviceAuthKind = Literal["signature", "mac"]


@dataclass(frozen=True, slots=True)
class DeviceSignature:
    """A signature with the device key (§9.1.3.6)."""

    key: SigningKey

    def over(self, authentication: bytes, session_transcript: bytes) -> bytes:
        """The encoded ``DeviceAuth``."""
        return _SIGNATURE % sign_cose_sign1(authentication, self.key, detached=True)


@dataclass(frozen=True, slots=True)
class DeviceMac:
    """A MAC with a key that the device and the reader have in common (§9.1.3.5): the reader could make it too."""

    key: PrivateKey | SoftwareKey
    reader_key: PublicKey
    """The reader's ephemeral key, on the curve of the device key."""

    def over(self, authentication: bytes, session_transcript: bytes) -> bytes:
        """The encoded ``DeviceAuth``. Raises :class:`~nlwallet.errors.AlgorithmNotAllowed` for another curve."""
        key = mac_key(self.key, self.reader_key, session_transcript)
        return _MAC % dump_cbor(make_cose_mac0(authentication, key))


def device_authentication(
    session_transcript: bytes, doctype: str, device_namespaces: bytes = EMPTY_MAP
) -> bytes:
    """``DeviceAuthenticationBytes``: the detached payload of the proof (§9.1.3.4).

    ``session_transcript`` and ``device_namespaces`` are encoded CBOR, the latter without its tag 24.
    """
    return wrapped(unwrapped_device_authentication(session_transcript, doctype, device_namespaces))


def unwrapped_device_authentication(
    session_transcript: bytes, doctype: str, device_namespaces: bytes = EMPTY_MAP
) -> bytes:
    """``DeviceAuthentication``, which nobody should sign without its tag 24."""
    parts = (text("DeviceAuthentication"), session_transcript, text(doctype), wrapped(device_namespaces))
    return array(parts)


def mac_key(private_key: PrivateKey | SoftwareKey, public_key: PublicKey, session_transcript: bytes) -> bytes:
    """EMacKey, 32 bytes, a secret: from the device's key and the reader's, whichever is private here (§9.1.3.5)."""
    salt = hashlib.sha256(wrapped(session_transcript)).digest()
    return hkdf_sha256(agree(private_key, public_key), salt=salt, info=b"EMacKey")


def verify_device_auth(
    value: Any,
    *,
    device_key: PublicKey,
    authentication: bytes,
    session_transcript: bytes,
    algorithms: Collection[str],
    reader_key: PrivateKey | None = None,
    pointer: str = "",
) -> DeviceAuthKind:
    """Verify a decoded ``DeviceAuth``; returns which of the two it was.

    A MAC is accepted only with the reader's ephemeral ``reader_key``. Raises
    :class:`~nlwallet.errors.InvalidDeviceAuth`, :class:`~nlwallet.errors.AlgorithmNotAllowed` or
    :class:`~nlwallet.errors.MalformedInput`.
    """
    members = typed(value, dict, "deviceAuth", pointer, "ISO/IEC 18013-5 §8.3.2.1.2.2")
    if len(members) != 1 or members.keys().isdisjoint({"deviceSignature", "deviceMac"}):
        raise InvalidDeviceAuth(
            "deviceAuth is one of deviceSignature and deviceMac",
            spec="ISO/IEC 18013-5 §8.3.2.1.2.2",
            pointer=pointer,
        )
    try:
        if "deviceSignature" in members:
            signature = parse_cose_sign1(
                typed(members["deviceSignature"], list, "deviceSignature", pointer),
                algorithms=algorithms,
                what="the device signature",
            )
            signature.verify(device_key, payload=authentication)
            return "signature"
        mac = read_cose_mac0(members["deviceMac"], what="the device MAC")
        if reader_key is None:
            raise AlgorithmNotAllowed(
                "the device made a MAC, and no key was agreed on",
                spec="ISO/IEC 18013-5 §9.1.3.5",
                pointer=f"{pointer}/deviceMac",
                hint="present with deviceSignature",
            )
        mac.verify(mac_key(reader_key, device_key, session_transcript), payload=authentication)
        return "mac"
    except InvalidSignature:
        raise InvalidDeviceAuth(
            "the device did not prove this document in this session",
            pointer=pointer,
            hint="another client_id, nonce, response_uri or encryption key in the session transcript, or another key?",
        ) from None
    except MalformedInput as error:
        raise InvalidDeviceAuth(error.message, spec=error.spec, pointer=pointer, hint=error.hint) from None
