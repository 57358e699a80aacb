"""One question in two languages, and how messages go over a link in pieces."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidRequest, InvalidSessionMessage, LimitExceeded, LocalError
from nlwallet.mdoc import DeviceRequest, ItemsRequest, encode_device_request
from nlwallet.proximity import (
    MAX_MESSAGE_BYTES,
    REGISTRATION_CERTIFICATE,
    BleMessage,
    Frames,
    ble_chunks,
    frame,
    items_requests,
    query_of,
    registrations_of,
)

PID, MDL = "eu.europa.ec.eudi.pid.1", "org.iso.18013.5.1.mDL"


def query(*credentials: dict[str, Any], **more: Any) -> DcqlQuery:
    return DcqlQuery.parse({"credentials": list(credentials), **more})


def document(doctype: str, *names: str, id_: str = "a", **more: Any) -> dict[str, Any]:
    claims = [{"path": [doctype, name], "intent_to_retain": name == "kept"} for name in names]
    return {"id": id_, "format": "mso_mdoc", "meta": {"doctype_value": doctype}, "claims": claims, **more}


def request(*items: ItemsRequest) -> DeviceRequest:
    return DeviceRequest.parse(encode_device_request(items))


def test_a_query_becomes_items_and_a_query_again() -> None:
    asked = query(document(PID, "age_over_18", "kept"), document(MDL, "portrait", id_="b"))
    items = items_requests(asked, info={"x": 1})
    assert items[0] == ItemsRequest(PID, {PID: {"age_over_18": False, "kept": True}}, {"x": 1})
    again = query_of(request(*items))
    assert [one.types for one in again.credentials] == [(PID,), (MDL,)]
    assert {claim.path: claim.intent_to_retain for one in again.credentials for claim in one.claims} == {
        claim.path: claim.intent_to_retain for one in asked.credentials for claim in one.claims
    }


CANNOT: dict[str, DcqlQuery] = {
    "another format": query(
        {"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["x"]}, "claims": [{"path": ["x"]}]}
    ),
    "no elements": query({"id": "a", "format": "mso_mdoc", "meta": {"doctype_value": PID}}),
    "one document twice": query(document(PID, "a"), document(PID, "b", id_="b")),
    "options": query(document(PID, "a"), credential_sets=[{"options": [["a"]]}]),
    "several": query(document(PID, "a", multiple=True)),
    "values": query(
        {**document(PID), "claims": [{"path": [PID, "age_over_18"], "values": [True]}]},
    ),
}


@pytest.mark.parametrize("case", CANNOT)
def test_what_has_no_words_in_proximity_is_not_asked(case: str) -> None:
    with pytest.raises(LocalError):
        items_requests(CANNOT[case])


def test_a_request_is_bounded_and_asks_for_a_document_once() -> None:
    many = [ItemsRequest(f"t{n}", {"ns": {f"e{m}": False for m in range(100)}}) for n in range(3)]
    assert len(query_of(request(*many[:2])).credentials) == 2
    with pytest.raises(LimitExceeded):
        query_of(request(*many))
    with pytest.raises(InvalidRequest):
        query_of(request(many[0], many[0]))


@pytest.mark.req("RPRC_19")
def test_the_registration_certificate_is_one_copy_in_each_document() -> None:
    def with_(*values: Any) -> DeviceRequest:
        infos = [{} if one is None else {REGISTRATION_CERTIFICATE: one} for one in values]
        return request(*(ItemsRequest(f"t{n}", {"ns": {"e": False}}, info) for n, info in enumerate(infos)))

    assert registrations_of(with_(b"a.b.c", b"a.b.c")) == (b"a.b.c",)
    assert registrations_of(with_(b"a.b.c", b"d.e.f")) == (b"a.b.c", b"d.e.f")  # and two are one too many
    assert registrations_of(with_(None)) == ()
    for wrong in ("text", 5):
        with pytest.raises(InvalidRequest):
            registrations_of(with_(wrong))


# Links ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mtu", [23, 185, 517])
@pytest.mark.parametrize("size", [1, 18, 19, 20, 3562])
def test_a_message_in_pieces_of_an_mtu_is_whole_again(mtu: int, size: int) -> None:
    message = bytes(n % 251 for n in range(size))
    pieces = list(ble_chunks(message, mtu=mtu))
    assert max(map(len, pieces)) <= mtu - 3
    assert [one[0] for one in pieces] == [1] * (len(pieces) - 1) + [0]
    received = BleMessage()
    assert [received.receive(one) for one in pieces] == [None] * (len(pieces) - 1) + [message]
    assert received.receive(b"\x00x") == b"x"  # the next begins anew


def test_pieces_are_bounded_and_have_a_beginning() -> None:
    for wrong in (b"", b"\x00", b"\x02x", b"\x01" + bytes(600)):
        with pytest.raises(InvalidSessionMessage):
            BleMessage().receive(wrong)
    endless = BleMessage()
    for _ in range(MAX_MESSAGE_BYTES // 500):
        endless.receive(b"\x01" + bytes(500))
    with pytest.raises(LimitExceeded):
        endless.receive(b"\x01" + bytes(500))
    for message, mtu in ((b"", 23), (b"x", 22), (b"x", 518)):
        with pytest.raises(LocalError):
            list(ble_chunks(message, mtu=mtu))


def test_messages_come_out_of_a_stream_however_it_is_cut() -> None:
    stream = frame(b"one") + frame(b"two")
    for size in (1, 3, 5, len(stream)):
        frames = Frames()
        found = [m for at in range(0, len(stream), size) for m in frames.parse(stream[at : at + size])]
        assert found == [b"one", b"two"]
    for length in (0, MAX_MESSAGE_BYTES + 1, 0x47455420):  # "GET "
        with pytest.raises(LimitExceeded):
            Frames().parse(length.to_bytes(4))
    for wrong in (b"", bytes(MAX_MESSAGE_BYTES + 1)):
        with pytest.raises(LocalError):
            frame(wrong)
