"""Which octets count: those that the issuer signed, as they were sent, and each item the whole of its byte string."""

from __future__ import annotations

from typing import Any

import pytest
from cbor2 import CBORTag
from mdoc_forge import (
    DOCTYPE,
    ELEMENTS,
    ITEMS,
    OTHER_NAMESPACE,
    digests,
    issuer_signed,
    item,
    mso,
    received,
    response,
    shown,
    sign1,
    tagged,
    verified,
)

from nlwallet.crypto.cbor import dump_cbor
from nlwallet.errors import InvalidMdoc, MalformedInput, RemoteError


def refused(document: dict[str, Any], error: type[RemoteError], says: str | None = None) -> str:
    """The wallet refuses the document on receipt, the verifier when it is shown; returns where it says that it is."""
    with pytest.raises(error, match=says) as at_receipt:
        received(dump_cbor(document))
    with pytest.raises(error, match=says):
        verified(response(shown(document)))
    return at_receipt.value.pointer


def test_the_digest_is_over_the_octets_as_sent() -> None:
    """Also the length of the byte string around an element belongs to what the issuer signed."""
    content = ITEMS[0]
    longer = b"\xd8\x18\x59" + len(content).to_bytes(2) + content
    document = dump_cbor(issuer_signed({DOCTYPE: [tagged(content)]}))
    short = dump_cbor(tagged(content))
    assert document.count(short) == 1
    with pytest.raises(MalformedInput, match="shortest form"):
        received(document.replace(short, longer))


def test_an_element_is_the_whole_of_its_byte_string() -> None:
    """Though the issuer signed them: what one leaves open, the next does not fill in."""
    rest = item(1, "given_name", "Frouke")
    for first, second, position in (
        (ITEMS[0][:-1], ITEMS[0][-1:] + rest, 0),
        (ITEMS[0] + b"\x00", rest, 0),
        (ITEMS[0], rest + b"\x00", 1),
        (ITEMS[0], b"", 1),
        (ITEMS[0] + rest, b"", 0),
    ):
        signed = mso(valueDigests={DOCTYPE: digests(first, second)})
        document = issuer_signed({DOCTYPE: [tagged(first), tagged(second)]}, signed=signed)
        assert refused(document, MalformedInput) == f"/nameSpaces/{DOCTYPE}/{position}"


def test_the_octets_as_sent_are_looked_for_in_each_namespace() -> None:
    other = item(0, "bsn", "999999990")
    signed = mso(valueDigests={DOCTYPE: digests(*ITEMS), OTHER_NAMESPACE: digests(other)})
    listed = {DOCTYPE: [tagged(each) for each in ITEMS], OTHER_NAMESPACE: [tagged(other)]}
    document = dump_cbor(issuer_signed(listed, signed=signed))
    assert set(received(document).claims) == {DOCTYPE, OTHER_NAMESPACE}
    for content, namespace in ((ITEMS[1], DOCTYPE), (other, OTHER_NAMESPACE)):
        longer = b"\xd8\x18\x5a" + len(content).to_bytes(4) + content
        with pytest.raises(MalformedInput, match="shortest form") as caught:
            received(document.replace(dump_cbor(tagged(content)), longer))
        assert caught.value.pointer == f"/nameSpaces/{namespace}"


def with_payload(payload: bytes) -> dict[str, Any]:
    return {"nameSpaces": {DOCTYPE: [tagged(each) for each in ITEMS]}, "issuerAuth": sign1(payload)}


def test_the_mso_is_the_whole_of_its_byte_string_whatever_the_form_of_its_length() -> None:
    content = dump_cbor(mso())
    short = dump_cbor(tagged(content))
    assert short[:3] == b"\xd8\x18\x59"
    for head in (b"\xd8\x18\x5a" + len(content).to_bytes(4), b"\xd9\x00\x18\x59" + len(content).to_bytes(2)):
        assert received(dump_cbor(with_payload(head + content))).claims == {DOCTYPE: ELEMENTS}
    for wrong in (
        b"",
        b"\xd8\x18\x59",
        short[:-1],
        short + b"\x00",
        dump_cbor(tagged(content + b"\x00")),
        dump_cbor(tagged(content[:-1])),
        b"\xd8\x18\x59" + (len(content) - 1).to_bytes(2) + content,
    ):
        assert refused(with_payload(wrong), MalformedInput) == "/issuerAuth/payload"
    for untagged in (content, dump_cbor(content), dump_cbor(CBORTag(25, content)), b"\xd8\x19" + short[2:]):
        assert refused(with_payload(untagged), InvalidMdoc, "tag 24") == "/issuerAuth/payload"
