"""The main job, end to end, on real messages: register, issue, ask, consent, present, verify."""

from __future__ import annotations

import pytest

from nlwallet import RelyingPartyRecord, Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority
from nlwallet.errors import (
    InvalidResponse,
    LocalError,
    PromptClosed,
    RefusedByWallet,
    UntrustedCertificate,
    WarningsNotAcknowledged,
)
from nlwallet.sandbox import PILOTS, pilot
from nlwallet.trust import Category, TrustAnchors
from nlwallet.verifier import Status

PIN = Sandbox.PIN


@pytest.fixture
def clock() -> TravellingClock:
    return TravellingClock(1_790_000_000)


@pytest.fixture
def edi(clock: TravellingClock) -> Sandbox:
    return Sandbox(clock=clock, record_wire=True)


def everything_that_reached(edi: Sandbox, host: str) -> str:
    assert edi.wire is not None
    return "\n".join(
        exchange.target + exchange.request_body.decode()
        for exchange in edi.wire.take()
        if exchange.to == host
    )


@pytest.mark.req("D-11", "RPA_07")
def test_only_the_age_leaves_the_wallet(edi: Sandbox) -> None:
    frouke, bar = edi.wallet("frouke"), edi.relying_party("cafe-de-vrije-val")
    request = bar.request()
    prompt = frouke.open(request.uri)
    assert [(claim.path, claim.value) for card in prompt.cards for claim in card.claims] == [
        (("age_over_18",), "ja")
    ]
    assert not prompt.warnings
    prompt.approve(pin=PIN)
    result = bar.result(request)
    assert result.status is Status.VERIFIED
    assert result.claims("pid") == {"age_over_18": True}
    # What the café's verifier itself received, decrypted, holds one Disclosure and no other value.
    assert len(result.presentations) == 1


@pytest.mark.req("RPA_07", "W-34")
def test_nothing_reaches_the_relying_party_before_approval_but_the_fetch(edi: Sandbox) -> None:
    frouke, bar = edi.wallet("frouke"), edi.relying_party("cafe-de-vrije-val")
    everything_that_reached(edi, "cafe-de-vrije-val.example")
    request = bar.request()
    prompt = frouke.open(request.uri)
    before = everything_that_reached(edi, "cafe-de-vrije-val.example")
    assert before.startswith("/request/")
    assert before.count("\n") == 0
    assert bar.result(request).status is Status.PENDING
    prompt.approve(pin=PIN)
    assert everything_that_reached(edi, "cafe-de-vrije-val.example").startswith("/response/")


def test_the_municipality_logs_in_with_the_bsn_on_the_same_device(edi: Sandbox) -> None:
    frouke, city = edi.wallet("frouke", language="en"), edi.relying_party("gemeente-amsterdam")
    request = city.request(flow="same_device", redirect_uri="https://mijn.amsterdam.example/in")
    prompt = frouke.open(request.uri)
    assert prompt.kind == "login"
    outcome = prompt.approve(pin=PIN)
    assert outcome.redirect_uri is not None
    assert city.result(request).status is Status.PENDING, "the result waits for the user's own browser"
    code = outcome.redirect_uri.partition("response_code=")[2]
    assert city.result(request, response_code=code).claims("pid") == {"bsn": frouke.pid["bsn"]}
    with pytest.raises(InvalidResponse):
        city.result(request, response_code=code)


@pytest.mark.req("RPRC_21")
def test_the_shop_that_asks_for_the_bsn_is_found_out(edi: Sandbox) -> None:
    frouke, shop = edi.wallet("frouke"), edi.relying_party("over-asking")
    request = shop.request(pilot("over-asking").query)
    assert [warning.code for warning in request.warnings] == ["over_asking"]
    prompt = frouke.open(request.uri)
    over = next(warning for warning in prompt.warnings if warning.code == "over_asking")
    assert [item.path for item in over.items] == [("bsn",)]
    with pytest.raises(WarningsNotAcknowledged):
        prompt.approve(pin=PIN)
    assert shop.result(request).status is Status.PENDING
    prompt.deny()
    with pytest.raises(RefusedByWallet) as refused:
        shop.result(request).claims("pid")
    assert refused.value.code == "access_denied"


@pytest.mark.req("RPRC_21")
def test_a_wallet_may_share_the_registered_part_only(edi: Sandbox) -> None:
    shop = edi.relying_party("over-asking")
    strict = edi.wallet("frouke", over_asking="reject")
    prompt = strict.open(shop.request(pilot("over-asking").query).uri)
    assert prompt.blocked
    with pytest.raises(LocalError):
        prompt.approve(pin=PIN, despite_warnings=True)


def test_a_withdrawn_registration_is_noticed(edi: Sandbox) -> None:
    frouke, bar = edi.wallet("frouke"), edi.relying_party("cafe-de-vrije-val")
    edi.registrar.cancel_registration_authority()
    prompt = frouke.open(bar.request().uri)
    assert "registration_revoked" in {warning.code for warning in prompt.warnings}
    assert not prompt.requester.registered


def test_a_cancelled_party_is_refused(edi: Sandbox) -> None:
    frouke, bar = edi.wallet("frouke"), edi.relying_party("cafe-de-vrije-val")
    edi.registrar.cancel("NTRNL-90000002")
    with pytest.raises(UntrustedCertificate) as refused:
        frouke.open(bar.request().uri)
    assert refused.value.code == "certificate_revoked"


def test_an_expired_registration_is_noticed(edi: Sandbox, clock: TravellingClock) -> None:
    bar = edi.relying_party("cafe-de-vrije-val")
    clock.travel(365 * 86_400 + 1)
    # The access certificate ends with it: the request is not even looked at.
    with pytest.raises(Exception, match="expired"):
        edi.wallet("frouke").open(bar.request().uri)


def test_a_minor_is_told_that_she_is_one(edi: Sandbox) -> None:
    jip, bar = edi.wallet("jip"), edi.relying_party("cafe-de-vrije-val")
    request = bar.request()
    jip.open(request.uri).approve(pin=PIN)
    assert bar.result(request).claims("pid") == {"age_over_18": False}


def test_a_request_is_answered_once(edi: Sandbox) -> None:
    bar = edi.relying_party("cafe-de-vrije-val")
    request = bar.request()
    first, second = edi.wallet("frouke").open(request.uri), edi.wallet("yusuf").open(request.uri)
    first.approve(pin=PIN)
    with pytest.raises(Exception, match=r"."):
        second.approve(pin=PIN)
    assert bar.result(request).claims("pid") == {"age_over_18": True}
    with pytest.raises(PromptClosed):
        first.approve(pin=PIN)


def test_a_wallet_of_another_ecosystem_is_not_believed(edi: Sandbox, clock: TravellingClock) -> None:
    """Same protocol, same names, other keys: the relying party refuses the PID, the wallet the request."""
    elsewhere = Sandbox(clock=clock)
    stranger = elsewhere.wallet("frouke")
    bar = edi.relying_party("cafe-de-vrije-val")
    stranger.mount("https://cafe-de-vrije-val.example", bar.app)
    with pytest.raises(UntrustedCertificate):
        stranger.open(bar.request().uri)

    gullible = elsewhere.wallet("frouke")
    gullible.anchors = (
        TrustAnchors()
        .adding(Category.ACCESS_CA, edi.registrar.access_anchor)
        .adding(Category.REGISTRATION_CERTIFICATE_PROVIDER, edi.registrar.registration_anchor)
    )
    gullible.mount("https://cafe-de-vrije-val.example", bar.app)
    gullible.mount("https://registrar.example", edi.registrar.app)
    request = bar.request()
    with pytest.raises(Exception, match=r"."):
        gullible.open(request.uri).approve(pin=PIN, despite_warnings=True)
    assert bar.result(request).status is Status.FAILED


def test_one_category_of_anchors_does_not_stand_in_for_another(edi: Sandbox) -> None:
    """A PID provider's CA vouches for nobody's website (OIA_12, RPA_04)."""
    wallet = edi.wallet("frouke")
    wallet.anchors = TrustAnchors().adding(Category.PID_PROVIDER, edi.registrar.access_anchor)
    with pytest.raises(UntrustedCertificate):
        wallet.open(edi.relying_party("cafe-de-vrije-val").request().uri)


@pytest.mark.req("Reg_12")
def test_a_suspended_party_is_refused_until_it_has_new_certificates(
    edi: Sandbox, clock: TravellingClock
) -> None:
    frouke, bar = edi.wallet("frouke"), edi.relying_party("cafe-de-vrije-val")
    assert not frouke.open(bar.request().uri).warnings
    edi.registrar.suspend(bar.certificates.record.identifier)
    clock.travel(300)  # the wallet looks for a newer list now
    with pytest.raises(UntrustedCertificate) as refused:
        frouke.open(bar.request().uri)
    assert refused.value.code == "certificate_revoked"
    edi.registrar.resume(bar.certificates.record.identifier)
    with pytest.raises(UntrustedCertificate):
        frouke.open(bar.request().uri)  # the old certificates stay revoked


def test_a_party_of_your_own(edi: Sandbox) -> None:
    record = RelyingPartyRecord.of(
        legal_name="Fietsenmaker Bel B.V.",
        trade_name="Fietsenmaker Bel",
        identifier="NTRNL-90000042",
        services=({"nl": "Fietsen lenen", "en": "Borrow a bicycle"},),
        website="https://bel.example/",
        support_uri="https://bel.example/weg",
        supervisory_authority={"name": "Toezicht", "country": "NL", "email": "t@toezicht.example"},
        intended_uses=(
            {
                "id": "lenen",
                "purpose": {"nl": "Een fiets uitlenen", "en": "Lend a bicycle"},
                "privacy_policy": "https://bel.example/privacy",
                "retention": {"days": 14},
                "credentials": (
                    {"types": ["urn:eudi:pid:1"], "claims": [["given_name"], ["address", "locality"]]},
                ),
            },
        ),
    )
    bel = edi.register(record, host="bel.example")
    assert edi.register(record, host="bel.example") is bel
    frouke, request = edi.wallet("frouke"), bel.request()
    prompt = frouke.open(request.uri)
    assert not prompt.warnings
    prompt.approve(pin=PIN)
    # Asked as the European type, answered with the Dutch PID that extends it.
    assert bel.result(request).claims("pid") == {"given_name": "Frouke", "address": {"locality": "Amsterdam"}}


def test_unknown_names_are_named(edi: Sandbox) -> None:
    with pytest.raises(LocalError, match="frouke"):
        edi.wallet("nobody")
    with pytest.raises(LocalError, match="cafe-de-vrije-val"):
        edi.relying_party("nowhere")
    with pytest.raises(LocalError, match="not a Dutch address"):
        edi.wallet("eline")


def test_every_pilot_speaks_both_languages() -> None:
    for each in PILOTS:
        assert set(each.title) == set(each.story) == {"nl", "en"}
        assert each.record.intended_use(each.intended_use)


def test_the_sandbox_keeps_roots_of_its_own(edi: Sandbox, clock: TravellingClock) -> None:
    assert edi.anchors.of(Category.PID_PROVIDER) != Sandbox(clock=clock).anchors.of(Category.PID_PROVIDER)
    assert CertificateAuthority.create("x", now=clock.now()).certificate not in edi.anchors.of(
        Category.ACCESS_CA
    )
