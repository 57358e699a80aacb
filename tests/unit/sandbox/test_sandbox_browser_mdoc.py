"""A page asks for an mdoc without OpenID4VP, through the browser (ISO/IEC TS 18013-7 Annex C, ARF OIA_08b)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nlwallet import Sandbox, Verifier, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import (
    InvalidRequest,
    InvalidResponse,
    InvalidSignature,
    LocalError,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.holder import LogOutcome
from nlwallet.mdoc import BrowserExchange, DeviceRequest, ItemsRequest, encode_device_request
from nlwallet.profiles import HAIP_1_0, NL_WALLET_0_6, STRICT
from nlwallet.testing import DigitalCredentials, DomException, approves, denies
from nlwallet.verifier import Status

NOW = 1_790_000_000
PIN = Sandbox.PIN
PID = "urn:eudi:pid:nl:1"
PAGE = "https://strandbar-zonder-bereik.example"
ADULT = {PID: {"age_over_18": True}}


@pytest.fixture(params=[HAIP_1_0, STRICT], ids=lambda one: one.name)
def edi(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW), profile=request.param) as one:
        yield one


@pytest.fixture
def bar(edi: Sandbox) -> Verifier:
    return edi.relying_party("strandbar-zonder-bereik")


@pytest.fixture
def frouke(edi: Sandbox) -> Wallet:
    return edi.wallet("frouke", cards=("pid-mdoc",))


def shown(result: Any) -> Any:
    [presented] = result.presentations
    return presented.claims


@pytest.mark.req("OIA_08b")
def test_a_page_gets_what_its_visitor_approves_and_nobody_else_can_read_it(
    bar: Verifier, frouke: Wallet
) -> None:
    request = bar.mdoc_api_request(origin=PAGE)
    assert request.as_json()["protocol"] == "org-iso-mdoc"
    assert set(request.data) == {"deviceRequest", "encryptionInfo"}
    prompt = frouke.open_dc_api([request.as_json()], origin=PAGE)
    assert prompt.warnings == ()
    assert prompt.requester.trade_name == bar.certificates.record.trade_name
    assert [claim.path for card in prompt.cards for claim in card.claims] == [(PID, "age_over_18")]
    assert prompt.purpose
    outcome = prompt.approve(pin=PIN)
    assert (outcome.protocol, list(outcome.data or {})) == ("org-iso-mdoc", ["response"])
    result = bar.receive_mdoc_api(request, outcome.data, origin=PAGE)
    assert shown(result) == ADULT
    assert {"M-07", "M-08", "V-48"} <= {check.id for check in result.report if check.outcome == "passed"}
    entry = frouke.log[-1]
    assert (entry.kind, entry.outcome, entry.party.host) == (
        "presentation", LogOutcome.SHARED, "strandbar-zonder-bereik.example",
    )  # fmt: skip
    with pytest.raises(RemoteError) as caught:
        bar.receive_mdoc_api(request, outcome.data, origin=PAGE)
    assert caught.value.code == "request_ended"


@pytest.mark.req("OIA_08b", "RPRC_20")
def test_the_registration_goes_along(bar: Verifier) -> None:
    request = DeviceRequest.parse(b64url_decode(bar.mdoc_api_request(origin=PAGE).data["deviceRequest"]))
    [registered] = bar.certificates.registration_certificates.values()
    assert [one.items.info["euWrprc"] for one in request.doc_requests] == [registered.encode()]


@pytest.mark.req("RPA_01", "OIA_08b")
def test_a_request_that_another_page_copied_is_refused(bar: Verifier, frouke: Wallet) -> None:
    request = bar.mdoc_api_request(origin=PAGE).as_json()
    with pytest.raises(InvalidSignature):
        frouke.open_dc_api([request], origin="https://evil.example")
    with pytest.raises(InvalidRequest):
        frouke.open_dc_api([request], origin="http://strandbar-zonder-bereik.example")
    # Nor may it put another key in the place of the bar's.
    own = BrowserExchange.create(bytes(16), PrivateKey.generate().public, origin=PAGE)
    swapped = {**request, "data": {**request["data"], "encryptionInfo": own.encryption_info}}
    with pytest.raises(InvalidSignature):
        frouke.open_dc_api([swapped], origin=PAGE)
    assert [entry.outcome for entry in frouke.log[-3:]] == [LogOutcome.FAILED] * 3
    assert {entry.kind for entry in frouke.log[-3:]} == {"presentation"}


@pytest.mark.req("RPA_01a", "RPA_04")
def test_who_asks_has_signed_with_an_access_certificate(frouke: Wallet) -> None:
    exchange = BrowserExchange.create(bytes(16), PrivateKey.generate().public, origin=PAGE)
    items = [ItemsRequest(PID, {PID: {"age_over_18": False}})]
    key = PrivateKey.generate()
    stranger = CertificateAuthority.create("Test Access CA", now=NOW).issue(
        key.public, Subject("Bar"), now=NOW
    )
    signed = encode_device_request(items, session_transcript=exchange.transcript, key=key, chain=stranger)
    for made, refusal in ((encode_device_request(items), InvalidRequest), (signed, UntrustedCertificate)):
        data = {"deviceRequest": b64url_encode(made), "encryptionInfo": exchange.encryption_info}
        with pytest.raises(refusal):
            frouke.open_dc_api([{"protocol": "org-iso-mdoc", "data": data}], origin=PAGE)


def test_an_answer_counts_on_the_page_that_asked_and_for_the_request_that_it_is_of(
    bar: Verifier, frouke: Wallet
) -> None:
    request, other = bar.mdoc_api_request(origin=PAGE), bar.mdoc_api_request(origin=PAGE)
    outcome = frouke.open_dc_api([request.as_json()], origin=PAGE).approve(pin=PIN)
    with pytest.raises(InvalidResponse):
        bar.receive_mdoc_api(request, outcome.data, origin="https://evil.example")
    for wrong in (outcome.data, {}, None, {"response": "AA"}):
        with pytest.raises(RemoteError):
            bar.receive_mdoc_api(other, wrong, origin=PAGE)
    assert bar.result(other).status is Status.PENDING
    assert len(bar.result(other).rejected) == 4
    assert shown(bar.receive_mdoc_api(request, outcome.data, origin=PAGE)) == ADULT


def test_a_revoked_document_is_refused(edi: Sandbox, bar: Verifier) -> None:
    wallet = edi.empty_wallet()
    offer = edi.pid_issuer.offer("nl-pid-mdoc", edi_claims())
    wallet.receive(offer.uri)
    edi.pid_issuer.status_lists.revoke(str(offer.credential_id))
    request = bar.mdoc_api_request(origin=PAGE)
    outcome = wallet.open_dc_api([request.as_json()], origin=PAGE).approve(pin=PIN)
    result = bar.receive_mdoc_api(request, outcome.data, origin=PAGE)
    assert (result.status, result.presentations) == (Status.FAILED, ())


def edi_claims() -> Any:
    from nlwallet.issuer import persona, pid_claims

    return pid_claims(persona("frouke"), now=NOW)


def test_a_refusal_tells_the_page_nothing_and_is_the_same_without_a_card(edi: Sandbox, bar: Verifier) -> None:
    heard = []
    for wallet in (edi.wallet("frouke", cards=("pid-mdoc",)), edi.empty_wallet()):
        platform = DigitalCredentials(wallet, citizen=denies)
        with pytest.raises(DomException) as caught:
            platform.get(PAGE, [bar.mdoc_api_request(origin=PAGE).as_json()])
        heard.append(caught.value.as_json())
    assert heard[0] == heard[1]


@pytest.mark.req("OIA_08b")
def test_the_browser_brings_it_there_and_back(edi: Sandbox, bar: Verifier, frouke: Wallet) -> None:
    request = bar.mdoc_api_request(origin=PAGE)
    platform = DigitalCredentials(frouke, citizen=approves())
    credential = platform.get(PAGE, [request.as_json()])
    assert credential["protocol"] == "org-iso-mdoc"
    assert shown(bar.receive_mdoc_api(request, credential["data"], origin=PAGE)) == ADULT
    # Beside a request of OpenID4VP it is that one which is answered.
    cafe = edi.relying_party("cafe-de-vrije-val")
    both = [
        bar.mdoc_api_request(origin=PAGE).as_json(),
        cafe.dc_api_request(origins=[PAGE]).as_json(),
    ]
    prompt = edi.wallet("frouke").open_dc_api(both, origin=PAGE)
    assert prompt.requester.trade_name == "Café De Vrije Val"


def test_what_cannot_be_asked_so_is_not(bar: Verifier) -> None:
    query = {
        "credentials": [
            {"id": "p", "format": "dc+sd-jwt", "meta": {"vct_values": [PID]}, "claims": [{"path": ["a"]}]}
        ]
    }
    with pytest.raises(LocalError):
        bar.mdoc_api_request(query, origin=PAGE)
    with pytest.raises(LocalError):
        bar.mdoc_api_request(origin="strandbar")
    assert len(bar._store) == 0  # type: ignore[arg-type]


def test_a_profile_without_the_browsers_api_answers_none() -> None:
    with Sandbox(clock=TravellingClock(NOW), profile=NL_WALLET_0_6) as edi:
        wallet = edi.wallet("frouke")
        with pytest.raises(RemoteError):
            wallet.open_dc_api([{"protocol": "org-iso-mdoc", "data": {}}], origin=PAGE)
        with pytest.raises(LocalError):
            edi.relying_party("strandbar-zonder-bereik").mdoc_api_request(origin=PAGE)


def test_an_intermediary_passes_on_once(edi: Sandbox, frouke: Wallet) -> None:
    bar = edi.relying_party("strandbar-zonder-bereik", through=edi.intermediary())
    page = f"https://{edi.intermediary().host}"
    request = bar.mdoc_api_request(origin=page)
    prompt = frouke.open_dc_api([request.as_json()], origin=page)
    assert "Doorgeefluik" not in str(prompt)
    outcome = prompt.approve(pin=PIN)
    assert shown(bar.receive_mdoc_api(request, outcome.data, origin=page)) == ADULT
    assert bar.result(request).presentations == ()
