"""The published lists and tokens of Token Status List draft -20, carried over as facts in status_list.json."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.crypto.cose import parse_cose_sign1
from nlwallet.encoding import b64url_decode, parse_json
from nlwallet.errors import InvalidSignature, InvalidStatus, OutsideValidity
from nlwallet.status import (
    CWT_STATUS,
    StatusList,
    StatusReference,
    StatusSigner,
    verify_status_list_cwt,
    verify_status_list_jwt,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "status_list.json").read_text())
ENCODINGS = {one["id"]: one for one in VECTORS["encodings"]}
TOKENS = {one["id"]: one for one in VECTORS["tokens"]}
KEY = PrivateKey.from_jwk(
    {name: value for name, value in VECTORS["keys"]["status_issuer"].items() if name != "kid"}
)
SIGNER = StatusSigner(key=KEY.public)
URI = "https://example.com/statuslists/1"
NOW = 1_700_000_000  # between iat and exp of the examples
STATUSES = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]


@pytest.mark.req("T-01", "T-02", "T-04")
@pytest.mark.parametrize("name", ["small-1bit", "small-2bit"])
def test_a_small_list_is_compressed_to_the_published_bytes(name: str) -> None:
    case = ENCODINGS[name]
    bits, packed = case["given"]["bits"], bytes.fromhex(case["given"]["bytes_hex"])
    read = StatusList.decompress(bytes.fromhex(case["expected"]["compressed_hex"]), bits=bits)
    made = StatusList(len(packed) * 8 // bits, bits=bits)
    for index in range(len(made)):
        made[index] = read[index]
    assert zlib.decompress(made.compress()) == packed
    assert made.compress().hex() == case["expected"]["compressed_hex"]
    assert made.encode() == case["expected"]["lst"]


@pytest.mark.req("T-01", "T-02", "ADV-140")
@pytest.mark.parametrize("name", ["long-1bit", "long-2bit", "long-4bit", "long-8bit"])
def test_a_long_list_has_the_published_values_and_no_others(name: str) -> None:
    case = ENCODINGS[name]
    bits, entries = case["given"]["bits"], case["given"]["entries"]
    values = {int(index): value for index, value in case["given"]["values"].items()}
    read = StatusList.decode(case["expected"]["lst"], bits=bits)
    assert len(read) == entries
    assert {index: read[index] for index in values} == values
    made = StatusList(entries, bits=bits)
    for index, value in values.items():
        made[index] = value
    assert zlib.decompress(made.compress()) == zlib.decompress(b64url_decode(case["expected"]["lst"]))


@pytest.mark.req("T-05")
def test_the_published_jwt() -> None:
    case = TOKENS["status-list-jwt"]
    read = verify_status_list_jwt(case["given"]["jwt"], uri=URI, signer=SIGNER, now=NOW)
    payload = case["expected"]["payload"]
    assert (read.uri, read.issued_at, read.expires_at, read.ttl) == (
        payload["sub"], payload["iat"], payload["exp"], payload["ttl"],
    )  # fmt: skip
    assert [read.statuses[index] for index in range(len(read.statuses))] == STATUSES
    header = parse_json(b64url_decode(case["given"]["jwt"].partition(".")[0]))
    assert header == case["expected"]["header"]


@pytest.mark.req("T-06")
def test_the_published_cwt() -> None:
    data = bytes.fromhex(TOKENS["status-list-cwt"]["given"]["cose_hex"])
    read = verify_status_list_cwt(data, uri=URI, signer=SIGNER, now=NOW)
    assert (read.uri, read.issued_at, read.expires_at, read.ttl) == (URI, 1686920170, 2291720170, 43200)
    assert [read.statuses[index] for index in range(len(read.statuses))] == STATUSES


@pytest.mark.req("T-09")
def test_the_published_referenced_token() -> None:
    data = bytes.fromhex(TOKENS["referenced-token-cwt"]["given"]["cose_hex"])
    message = parse_cose_sign1(data, algorithms={"ES256"}, what="the token", tagged=True)
    message.verify(KEY.public)
    assert message.payload is not None
    status = parse_cbor(message.payload, what="the token")[CWT_STATUS]
    assert StatusReference.parse(status) == StatusReference(0, URI)
    assert dump_cbor(StatusReference(0, URI).as_json()) == dump_cbor(status)


@pytest.mark.req("T-07", "T-12", "T-13")
@pytest.mark.parametrize("form", ["jwt", "cwt"])
def test_the_published_tokens_hold_for_nothing_else(form: str) -> None:
    given = TOKENS[f"status-list-{form}"]["given"]
    token: Any = given["jwt"] if form == "jwt" else bytes.fromhex(given["cose_hex"])
    verify: Any = verify_status_list_jwt if form == "jwt" else verify_status_list_cwt
    with pytest.raises(InvalidSignature):
        verify(token, uri=URI, signer=StatusSigner(key=PrivateKey.generate().public), now=NOW)
    with pytest.raises(InvalidStatus):
        verify(token, uri=URI, signer=StatusSigner(), now=NOW)  # they bring no chain, as HAIP wants it
    with pytest.raises(InvalidStatus):
        verify(token, uri="https://example.com/statuslists/2", signer=SIGNER, now=NOW)
    with pytest.raises(OutsideValidity):
        verify(token, uri=URI, signer=SIGNER, now=2291720170)
