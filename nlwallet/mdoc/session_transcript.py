"""What binds an mdoc presentation to one request: the session transcript (OpenID4VP 1.0 §B.2.6).

The transcript is ``[DeviceEngagementBytes, EReaderKeyBytes, Handover]`` in CBOR (ISO/IEC 18013-5 §9.1.5.1), over the
internet ``[null, null, Handover]``. Wallet and verifier each make it from what they know
themselves, and the device signature covers it: one other character in one value, and the signature is for
another session. So a value goes in exactly as the request had it: the client identifier with its prefix, the
``response_uri`` with its query, nothing normalised.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import cbor2

from nlwallet.crypto import PublicKey
from nlwallet.crypto.encoded_cbor import NULL, array, byte_string, wrapped


@dataclass(frozen=True, slots=True)
class NfcHandover:
    """The messages of an NFC engagement, as they were exchanged (ISO/IEC 18013-5 §8.2.2.1)."""

    select: bytes
    """The Handover Select message."""
    request: bytes | None = None
    """The Handover Request message; ``None`` for a static handover."""


def redirect_session_transcript(
    *, client_id: str, nonce: str, response_uri: str, encryption_key: PublicKey | None
) -> bytes:
    """The transcript of a request by link or QR code, encoded CBOR (§B.2.6.1).

    The values are those of the signed request object. ``response_uri`` is the ``redirect_uri`` for the response
    mode ``fragment``. ``encryption_key`` is the key of the verifier that the response is encrypted to, and
    ``None`` only when it is not encrypted.
    """
    return _transcript(
        _hashed("OpenID4VPHandover", [client_id, nonce, _thumbprint(encryption_key), response_uri])
    )


def dc_api_session_transcript(*, origin: str, nonce: str, encryption_key: PublicKey | None) -> bytes:
    """The transcript of a request through the Digital Credentials API, encoded CBOR (§B.2.6.2).

    ``origin`` is what the browser asserts, as ``https://example.com``: without the prefix ``origin:`` that an
    audience has, also when the request is signed. ``encryption_key`` is ``None`` for the response mode ``dc_api``.
    """
    return _transcript(_hashed("OpenID4VPDCAPIHandover", [origin, nonce, _thumbprint(encryption_key)]))


def iso_18013_7_session_transcript(
    *, client_id: str, nonce: str, response_uri: str, mdoc_generated_nonce: str
) -> bytes:
    """The transcript of wallets from before OpenID4VP 1.0, encoded CBOR (ISO/IEC TS 18013-7:2024 §B.4.4).

    ``mdoc_generated_nonce`` is the wallet's own; it travels as ``apu`` in the header of the encrypted response.
    OpenID4VP 1.0 has no place for this transcript: accept it only by choice.
    """
    return _transcript(
        [_sha256([client_id, mdoc_generated_nonce]), _sha256([response_uri, mdoc_generated_nonce]), nonce]
    )


def proximity_session_transcript(
    *, device_engagement: bytes, reader_key: bytes, handover: NfcHandover | None = None
) -> bytes:
    """The transcript of a holder and a reader who meet, encoded CBOR (ISO/IEC 18013-5 §9.1.5.1).

    ``device_engagement`` and ``reader_key`` (a COSE_Key) are the encoded structures exactly as the other side sent
    them, without tag 24. ``handover`` is ``None`` when the engagement was a QR code.
    """
    engaged = NULL
    if handover is not None:
        request = handover.request
        engaged = array((byte_string(handover.select), NULL if request is None else byte_string(request)))
    return array((wrapped(device_engagement), wrapped(reader_key), engaged))


def _transcript(handover: list[Any]) -> bytes:
    return cbor2.dumps([None, None, handover])


def _hashed(kind: str, info: list[Any]) -> list[Any]:
    return [kind, _sha256(info)]


def _thumbprint(key: PublicKey | None) -> bytes | None:
    return None if key is None else key.thumbprint()


def _sha256(value: list[Any]) -> bytes:
    return hashlib.sha256(cbor2.dumps(value)).digest()
