"""A reader of the second edition of ISO/IEC 18013-5 meets our wallet, and a device of it our reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidSignature
from nlwallet.link import InProcessLink, link_pair
from nlwallet.mdoc import (
    BrowserExchange,
    DeviceRequest,
    ItemsRequest,
    UseCase,
    encode_device_request,
    issuer_signed_of_each,
)
from nlwallet.proximity import (
    REGISTRATION_CERTIFICATE,
    DeviceEngagement,
    DeviceSession,
    ReaderSession,
)
from nlwallet.registration import octets_of
from nlwallet.verifier import Verifier

NOW = 1_790_000_000
PID = "urn:eudi:pid:nl:1"
OTHER = "org.example.other"
EITHER = (UseCase(((0,), (1,))),)


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW)) as sandbox:
        yield sandbox


@pytest.fixture
def frouke(edi: Sandbox) -> Wallet:
    return edi.wallet("frouke", cards=("pid-mdoc",))


@pytest.fixture(scope="module")
def bar(edi: Sandbox) -> Verifier:
    return edi.relying_party("strandbar-zonder-bereik")


def asked(bar: Verifier, transcript: bytes, *doctypes: str, **changed: Any) -> bytes:
    """A request of the bar, signed once."""
    (registration,) = bar.certificates.registration_certificates.values()
    info = {REGISTRATION_CERTIFICATE: octets_of(registration)}
    items = [ItemsRequest(one, {one: {"age_over_18": False}}, info) for one in doctypes]
    given = {"key": bar._key, "chain": bar.certificates.access_chain, "use_cases": EITHER, **changed}
    return encode_device_request(items, session_transcript=transcript, **given)


def shown(frouke: Wallet, make: Any) -> tuple[Any, ReaderSession, InProcessLink]:
    phone, link = link_pair()
    code = frouke.proximity(phone)
    reader = ReaderSession(DeviceEngagement.from_uri(code.engagement), expires_at=NOW + 60)
    link.send(reader.establish(make(reader.transcript), now=NOW))
    return code, reader, link


def test_our_wallet_answers_a_reader_that_signs_once(frouke: Wallet, bar: Verifier) -> None:
    """And of two documents that would do it shows the one that she has."""
    code, reader, link = shown(frouke, lambda transcript: asked(bar, transcript, OTHER, PID))
    prompt = code.prompt(0)
    assert "Strandbar Zonder Bereik" in str(prompt)
    prompt.approve(pin=Sandbox.PIN, despite_warnings=["over_asking"])
    response = reader.receive(link.receive(0), now=NOW)
    assert [doctype for doctype, _ in issuer_signed_of_each(response)] == [PID]


def test_our_wallet_answers_a_page_that_signs_once(frouke: Wallet, bar: Verifier) -> None:
    origin, key = "https://rp.example", PrivateKey.generate()
    exchange = BrowserExchange.create(bytes(range(16)), key.public, origin=origin)
    request = asked(bar, exchange.transcript, PID, use_cases=[UseCase(((0,),))])
    data = {"deviceRequest": b64url_encode(request), "encryptionInfo": exchange.encryption_info}
    prompt = frouke.open_dc_api([{"protocol": "org-iso-mdoc", "data": data}], origin=origin)
    outcome = prompt.approve(pin=Sandbox.PIN, despite_warnings=["other_website"])
    assert outcome.data is not None
    response = exchange.open(outcome.data["response"], key)
    assert [doctype for doctype, _ in issuer_signed_of_each(response)] == [PID]


def test_our_wallet_takes_no_signature_over_something_else(frouke: Wallet, bar: Verifier) -> None:
    code, _, _ = shown(frouke, lambda _: asked(bar, b"\x83\xf6\xf6\xf6", PID, use_cases=[UseCase(((0,),))]))
    with pytest.raises(InvalidSignature):
        code.prompt(0)


@pytest.mark.parametrize("announced", [True, False])
def test_our_reader_says_that_it_wants_all_where_the_device_knows_use_cases(
    announced: bool, bar: Verifier
) -> None:
    key = PrivateKey.generate()
    plain = parse_cbor(DeviceEngagement.create(key.public).encoded, what="it")
    engagement = DeviceEngagement.parse(dump_cbor({**plain, 0: "1.1", 5: [], 6: {3: True, 4: announced}}))
    device = DeviceSession(engagement, key, expires_at=NOW + 60)
    phone, link = link_pair()
    credentials = [
        {
            "id": each.replace(".", "-").replace(":", "-"),
            "format": "mso_mdoc",
            "meta": {"doctype_value": each},
            "claims": [{"path": [each, "age_over_18"]}],
        }
        for each in (PID, OTHER)
    ]
    bar.proximity(engagement, link, {"credentials": credentials}, intended_use="leeftijd")
    request = DeviceRequest.parse(device.receive(phone.receive(0), now=NOW))
    assert request.version == ("1.1" if announced else "1.0")
    assert request.use_cases == ((UseCase(((0, 1),)),) if announced else ())
    assert len(request.reader_auth_all) == int(announced)
    assert all((one.reader_auth is None) is announced for one in request.doc_requests)
