"""Both sides of a session: states, counters, and what ends it."""

from __future__ import annotations

from collections.abc import Callable

import cbor2
import pytest

from nlwallet.crypto import PrivateKey, SessionCipher
from nlwallet.errors import (
    DecryptionFailed,
    InvalidSessionMessage,
    LimitExceeded,
    LocalError,
    RemoteError,
    SessionEnded,
)
from nlwallet.mdoc import NfcHandover
from nlwallet.proximity import (
    MAX_MESSAGE_BYTES,
    DeviceEngagement,
    DeviceSession,
    ReaderSession,
    SessionData,
    SessionEstablishment,
    SessionState,
    SessionStatus,
)

NOW, END = 1_790_000_000, 1_790_000_300
REQUEST, RESPONSE = b"\xa1\x67request\xf5", b"\xa1\x68response\xf5"
TERMINATION = SessionData(status=SessionStatus.SESSION_TERMINATION).encode()


def pair(*, requests: int = 1) -> tuple[DeviceSession, ReaderSession]:
    key = PrivateKey.generate()
    engagement = DeviceEngagement.create(key.public)
    read = DeviceEngagement.from_uri(engagement.uri)
    device = DeviceSession(engagement, key, expires_at=END, requests=requests)
    return device, ReaderSession(read, expires_at=END)


def asked() -> tuple[DeviceSession, ReaderSession, bytes]:
    device, reader = pair()
    return device, reader, reader.establish(REQUEST, now=NOW)


def test_a_question_and_its_answer() -> None:
    device, reader, message = asked()
    assert (device.state, reader.state) == (SessionState.ENGAGED, SessionState.REQUESTED)
    assert device.receive(message, now=NOW) == REQUEST
    assert device.transcript == reader.transcript
    assert device.reader_key == reader.key.public
    assert reader.receive(device.respond(RESPONSE, now=NOW), now=NOW) == RESPONSE
    assert {device.state, reader.state} == {SessionState.ENDED}
    assert device.farewell is reader.farewell is None  # the answer itself ended it
    assert REQUEST not in message


def test_every_session_has_keys_of_its_own() -> None:
    messages = {pair()[1].establish(REQUEST, now=NOW) for _ in range(8)}
    assert len({SessionEstablishment.parse(one).reader_key_bytes for one in messages}) == 8


def test_a_reader_for_another_device_is_not_understood() -> None:
    device, _ = pair()
    _, _, message = asked()
    with pytest.raises(DecryptionFailed):
        device.receive(message, now=NOW)
    assert device.farewell == SessionData(status=SessionStatus.SESSION_ENCRYPTION_ERROR).encode()
    assert device.state is SessionState.ENDED


def test_a_handover_that_only_one_side_saw_makes_other_keys() -> None:
    key = PrivateKey.generate()
    engagement = DeviceEngagement.create(key.public)
    device = DeviceSession(engagement, key, expires_at=END, handover=NfcHandover(b"select"))
    with pytest.raises(DecryptionFailed):
        device.receive(ReaderSession(engagement, expires_at=END).establish(REQUEST, now=NOW), now=NOW)


def flipped(message: bytes) -> bytes:
    place = message.index(b"data") + 8
    return message[:place] + bytes((message[place] ^ 1,)) + message[place + 1 :]


def with_other_key(message: bytes) -> bytes:
    other = SessionEstablishment.parse(pair()[1].establish(REQUEST, now=NOW))
    return SessionEstablishment(
        other.reader_key, other.reader_key_bytes, SessionEstablishment.parse(message).data
    ).encode()


WRONG: dict[str, tuple[Callable[[bytes], bytes], type[RemoteError], int]] = {
    "a bit flipped": (flipped, DecryptionFailed, 10),
    "the key of another": (with_other_key, DecryptionFailed, 10),
    "no data": (
        lambda m: SessionEstablishment(*_key(m), b"").encode(),
        DecryptionFailed,
        10,
    ),
    "cut off": (lambda m: m[:-1], InvalidSessionMessage, 11),
    "no CBOR": (lambda _: b"\xff\xff", InvalidSessionMessage, 11),
    "no key": (
        lambda m: cbor2.dumps({"data": SessionEstablishment.parse(m).data}),
        InvalidSessionMessage,
        11,
    ),
    "something behind": (lambda m: m + b"\x00", InvalidSessionMessage, 11),
    "huge": (lambda m: m + bytes(MAX_MESSAGE_BYTES), LimitExceeded, 11),
}


def _key(message: bytes) -> tuple[object, bytes]:
    one = SessionEstablishment.parse(message)
    return one.reader_key, one.reader_key_bytes


@pytest.mark.parametrize("case", WRONG)
def test_a_first_message_that_is_wrong_ends_the_session(case: str) -> None:
    change, kind, status = WRONG[case]
    device, _, message = asked()
    with pytest.raises(kind):
        device.receive(change(message), now=NOW)
    assert device.farewell == SessionData(status=status).encode()
    with pytest.raises(SessionEnded) as late:  # also for the right message: the key is gone
        device.receive(message, now=NOW)
    assert late.value.code == "session_over"
    assert device.terminate() is None


def test_the_reader_asks_once() -> None:
    device, reader, message = asked()
    with pytest.raises(LocalError, match="established once"):
        reader.establish(REQUEST, now=NOW)
    device.receive(message, now=NOW)
    with pytest.raises(InvalidSessionMessage) as replayed:
        device.receive(message, now=NOW)
    assert replayed.value.code == "second_request"
    assert device.farewell == TERMINATION
    with pytest.raises(LocalError, match="nothing to answer"):
        device.respond(RESPONSE, now=NOW)


@pytest.mark.parametrize("change", [flipped, lambda m: m[:-1], lambda _: b""])
def test_an_answer_that_was_changed_is_refused(change: Callable[[bytes], bytes]) -> None:
    device, reader, message = asked()
    device.receive(message, now=NOW)
    answer = device.respond(RESPONSE, now=NOW)
    with pytest.raises(RemoteError):
        reader.receive(change(answer), now=NOW)
    with pytest.raises(SessionEnded):
        reader.receive(answer, now=NOW)


def test_an_answer_counts_once_and_only_from_the_device() -> None:
    device, reader, message = asked()
    device.receive(message, now=NOW)
    mirrored = SessionData(SessionEstablishment.parse(message).data).encode()
    with pytest.raises(DecryptionFailed):  # the reader's own words come back to it
        reader.receive(mirrored, now=NOW)
    device, reader, message = asked()
    device.receive(message, now=NOW)
    answer = device.respond(RESPONSE, now=NOW)
    reader.receive(answer, now=NOW)
    with pytest.raises(SessionEnded):
        reader.receive(answer, now=NOW)


def test_a_device_that_takes_several_requests_ends_with_its_last_answer() -> None:
    device, reader = pair(requests=3)
    message, sent = reader.establish(REQUEST, now=NOW), []
    for left in (2, 1, 0):
        sent.append(message)
        assert device.receive(message, now=NOW) == REQUEST
        answer = device.respond(RESPONSE, now=NOW)
        sent.append(answer)
        assert SessionData.parse(answer).status == (None if left else SessionStatus.SESSION_TERMINATION)
        assert reader.receive(answer, now=NOW) == RESPONSE
        expected = SessionState.ANSWERED if left else SessionState.ENDED
        assert (device.state, reader.state) == (expected, expected)
        if left:
            message = reader.ask(REQUEST, now=NOW)
    assert len({SessionData.parse(one).data for one in sent if one is not sent[0]}) == 5  # no IV comes twice
    with pytest.raises(SessionEnded, match="no further request"):
        reader.ask(REQUEST, now=NOW)
    with pytest.raises(SessionEnded):
        device.receive(message, now=NOW)


def open_session() -> tuple[DeviceSession, ReaderSession, bytes]:
    """Asked and answered once, and not over; with the first request."""
    device, reader = pair(requests=2)
    message = reader.establish(REQUEST, now=NOW)
    device.receive(message, now=NOW)
    reader.receive(device.respond(RESPONSE, now=NOW), now=NOW)
    return device, reader, message


def test_a_further_request_is_the_next_message_of_that_reader() -> None:
    wrong: list[tuple[Callable[[DeviceSession, ReaderSession, bytes], bytes], type[RemoteError], int]] = [
        (lambda _d, _r, first: first, InvalidSessionMessage, 11),  # established again
        (
            lambda _d, _r, first: SessionData(SessionEstablishment.parse(first).data).encode(),
            DecryptionFailed,
            10,
        ),
        (lambda _d, reader, _f: flipped(reader.ask(REQUEST, now=NOW)), DecryptionFailed, 10),
        (lambda _d, reader, _f: reader.ask(REQUEST, now=NOW)[:-1], InvalidSessionMessage, 11),
    ]
    for make, kind, status in wrong:
        device, reader, first = open_session()
        with pytest.raises(kind):
            device.receive(make(device, reader, first), now=NOW)
        assert device.farewell == SessionData(status=status).encode()
        assert device.state is SessionState.ENDED


def test_a_further_request_waits_for_the_answer_before_it() -> None:
    device, reader, _ = open_session()
    message = reader.ask(REQUEST, now=NOW)
    with pytest.raises(LocalError, match="before the next"):
        reader.ask(REQUEST, now=NOW)
    device.receive(message, now=NOW)
    with pytest.raises(InvalidSessionMessage, match="asks again"):
        device.receive(message, now=NOW)
    device, reader, _ = open_session()
    with pytest.raises(LocalError, match="nothing to answer"):
        device.respond(RESPONSE, now=NOW)
    with pytest.raises(InvalidSessionMessage, match="was not asked"):
        reader.receive(SessionData(b"again").encode(), now=NOW)
    assert reader.farewell == TERMINATION


def test_between_two_requests_either_side_may_end_it_and_so_does_time() -> None:
    device, reader, _ = open_session()
    assert device.terminate() == reader.terminate() == TERMINATION
    device, reader, _ = open_session()
    for side in (device, reader):
        with pytest.raises(SessionEnded) as ended:
            side.receive(TERMINATION, now=NOW)
        assert (ended.value.code, side.farewell) == ("session_terminated", None)
    device, reader, _ = open_session()
    message = reader.ask(REQUEST, now=NOW)
    with pytest.raises(SessionEnded, match="too long"):
        device.receive(message, now=END)
    assert device.farewell == TERMINATION
    device, reader, _ = open_session()
    with pytest.raises(SessionEnded, match="too long"):
        reader.ask(REQUEST, now=END)
    assert (reader.state, reader.farewell) == (SessionState.ENDED, TERMINATION)


@pytest.mark.parametrize("requests", [0, -1, 17])
def test_the_number_of_requests_is_bounded(requests: int) -> None:
    with pytest.raises(LocalError, match="1 to 16 requests"):
        pair(requests=requests)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (10, "session_encryption_error"),
        (11, "cbor_decoding_error"),
        (20, "session_terminated"),
        (77, "session_terminated"),
    ],
)
def test_the_other_side_ends_it_with_a_status(status: int, code: str) -> None:
    device, reader, message = asked()
    end = SessionData(status=status).encode()
    for side in (device, reader):
        with pytest.raises(SessionEnded) as ended:
            side.receive(end, now=NOW)
        assert ended.value.code == code
        assert side.farewell is None
    device, reader, message = asked()
    device.receive(message, now=NOW)
    with pytest.raises(SessionEnded):
        device.receive(end, now=NOW)
    with pytest.raises(LocalError):
        device.respond(RESPONSE, now=NOW)


def test_time_ends_a_session_at_each_step() -> None:
    device, reader = pair()
    with pytest.raises(SessionEnded) as late:
        reader.establish(REQUEST, now=END)
    assert late.value.code == "session_expired"
    device, reader, message = asked()
    with pytest.raises(SessionEnded):
        device.receive(message, now=END)
    assert device.farewell == TERMINATION
    device, reader, message = asked()
    device.receive(message, now=END - 1)
    with pytest.raises(SessionEnded):
        device.respond(RESPONSE, now=END)
    assert device.farewell == TERMINATION
    device, reader, message = asked()
    device.receive(message, now=NOW)
    with pytest.raises(SessionEnded):
        reader.receive(device.respond(RESPONSE, now=NOW), now=END)


def test_who_walks_away_says_the_same_whatever_the_reason() -> None:
    before, _ = pair()
    device, reader, message = asked()
    device.receive(message, now=NOW)
    assert before.terminate() == device.terminate() == reader.terminate() == TERMINATION
    assert pair()[1].terminate() is None  # nobody heard of that reader


def test_what_was_not_asked_cannot_be_told() -> None:
    device, reader = pair()
    for wrong in (
        lambda: device.reader_key,
        lambda: device.transcript,
        lambda: reader.receive(TERMINATION, now=NOW),
    ):
        with pytest.raises(LocalError):
            wrong()
    with pytest.raises(LocalError):
        DeviceSession(device.engagement, PrivateKey.generate(), expires_at=END)


def test_session_data_of_another_form_is_refused() -> None:
    for members in (
        {},
        {"data": "text"},
        {"status": True},
        {"status": -1},
        {"status": 256},
        {"data": b"", "eReaderKey": b""},
    ):
        with pytest.raises(InvalidSessionMessage):
            SessionData.parse(cbor2.dumps(members))
    assert SessionData.parse(cbor2.dumps({"data": b"x", "later": 1})) == SessionData(b"x")


def test_messages_decrypt_in_their_order_only() -> None:
    key, name = bytes(32), bytes(8)
    sender = SessionCipher(key, identifier=name)
    first, second = sender.encrypt(b"a"), sender.encrypt(b"a")
    assert first != second
    receiver = SessionCipher(key, identifier=name)
    assert (receiver.decrypt(first), receiver.decrypt(second)) == (b"a", b"a")
    for order in ((second,), (first, first)):
        receiver = SessionCipher(key, identifier=name)
        with pytest.raises(DecryptionFailed):
            [receiver.decrypt(one) for one in order]
    with pytest.raises(DecryptionFailed):
        SessionCipher(key, identifier=b"\x01" * 8).decrypt(first)
    assert key.hex() not in repr(sender)
    with pytest.raises(LocalError):
        SessionCipher(b"short", identifier=name)
