"""The structures of ISO/IEC TS 18013-7 Annex C: what goes through the browser, and what both sides sign under."""

from __future__ import annotations

import hashlib
from typing import Any

import cbor2
import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cose_key import cose_key
from nlwallet.crypto.hpke import open_hpke, seal_hpke
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import AlgorithmNotAllowed, DecryptionFailed, InvalidMdoc, RemoteError
from nlwallet.mdoc import BrowserExchange

KEY = PrivateKey.generate()
NONCE = bytes(range(16))
ORIGIN = "https://loket.example"
MADE = BrowserExchange.create(NONCE, KEY.public, origin=ORIGIN)


def encoded(value: Any) -> str:
    return b64url_encode(cbor2.dumps(value))


@pytest.mark.req("OIA_08b")
def test_encryption_info_and_transcript_have_the_form_of_the_annex() -> None:
    kind, parameters = cbor2.loads(b64url_decode(MADE.encryption_info))
    assert kind == "dcapi"
    assert parameters == {"nonce": NONCE, "recipientPublicKey": cose_key(KEY.public)}
    # [null, null, ["dcapi", sha256([base64 EncryptionInfo, origin])]], put together by hand.
    info, origin = MADE.encryption_info.encode(), ORIGIN.encode()
    hashed = hashlib.sha256(
        b"\x82" + b"\x78" + bytes([len(info)]) + info + b"\x75" + origin
        if len(info) < 256
        else b"\x82" + b"\x79" + len(info).to_bytes(2, "big") + info + b"\x75" + origin
    ).digest()
    assert MADE.transcript == b"\x83\xf6\xf6\x82\x65dcapi\x58\x20" + hashed
    assert BrowserExchange.parse(MADE.encryption_info, origin=ORIGIN) == MADE


@pytest.mark.req("OIA_08b")
def test_a_response_opens_in_its_own_session_and_with_its_own_key_only() -> None:
    sealed = MADE.seal(b"a response")
    kind, parts = cbor2.loads(b64url_decode(sealed))
    assert (kind, set(parts), len(parts["enc"])) == ("dcapi", {"enc", "cipherText"}, 65)
    assert MADE.open(sealed, KEY) == b"a response"
    assert MADE.seal(b"a response") != sealed
    elsewhere = BrowserExchange.create(NONCE, KEY.public, origin="https://evil.example")
    another = BrowserExchange.create(bytes(16), KEY.public, origin=ORIGIN)
    for exchange, key in ((elsewhere, KEY), (another, KEY), (MADE, PrivateKey.generate())):
        with pytest.raises(DecryptionFailed):
            exchange.open(sealed, key)


@pytest.mark.parametrize(
    "info",
    [
        None, 7, "", "=", "AA", encoded("dcapi"), encoded(["dcapi"]), encoded(["other", {}]), encoded(["dcapi", []]),
        encoded(["dcapi", {}]), encoded(["dcapi", {"nonce": NONCE}]),
        encoded(["dcapi", {"nonce": bytes(15), "recipientPublicKey": cose_key(KEY.public)}]),
        encoded(["dcapi", {"nonce": "n" * 16, "recipientPublicKey": cose_key(KEY.public)}]),
        encoded(["dcapi", {"nonce": NONCE, "recipientPublicKey": {1: 2, -1: 1, -2: b"a", -3: b"b"}}]),
    ],
    ids=range(14),
)  # fmt: skip
def test_what_is_no_encryption_info_is_refused(info: Any) -> None:
    with pytest.raises(RemoteError):
        BrowserExchange.parse(info, origin=ORIGIN)


@pytest.mark.parametrize(
    "response",
    [
        None, "", "AA", encoded(["dcapi", {"enc": bytes(65)}]), encoded(["dcapi", {"enc": "a", "cipherText": b"b"}]),
        encoded(["openid", {"enc": bytes(65), "cipherText": bytes(20)}]), {"response": 1},
    ],
    ids=range(7),
)  # fmt: skip
def test_what_is_no_response_is_refused(response: Any) -> None:
    with pytest.raises(RemoteError) as caught:
        MADE.open(response, KEY)
    assert not isinstance(caught.value, DecryptionFailed)


def test_what_does_not_decrypt_is_refused() -> None:
    enc, text = seal_hpke(b"hello", KEY.public, info=b"i")
    assert open_hpke(enc, text, KEY, info=b"i") == b"hello"
    for parts in ((enc[:-1], text), (bytes(65), text), (b"\x04" * 65, text), (enc, text[:-1]), (enc, b"")):
        with pytest.raises(DecryptionFailed):
            open_hpke(*parts, KEY, info=b"i")
    for curve in ("P-384", "Ed25519"):
        with pytest.raises(AlgorithmNotAllowed):
            seal_hpke(b"hello", PrivateKey.generate(curve).public, info=b"i")
        with pytest.raises(DecryptionFailed):
            open_hpke(enc, text, PrivateKey.generate(curve), info=b"i")
    with pytest.raises(InvalidMdoc):
        BrowserExchange.parse(encoded(["dcapi", {"nonce": 1}]), origin=ORIGIN)
