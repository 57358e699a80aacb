"""A verifier that asks for others: what it sends, what it checks, and that it keeps nothing (ARF Topic 52)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateChain, PrivateKey, sign_jws
from nlwallet.encoding import b64url_decode, parse_json
from nlwallet.errors import InvalidResponse, LocalError
from nlwallet.http import FetchedStatusList, StatusChecker
from nlwallet.openid4vp import AuthorizationRequest, AuthorizationRequestLink, as_form, build_response
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.registrar import Registrar
from nlwallet.registration import RelyingPartyRecord, ServiceReference, acting_for, service_of, verify_wrprc
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.status import StatusList, sign_status_list_token
from nlwallet.trust import Category, TrustAnchors
from nlwallet.verifier import Intermediary, Status, Verifier

NOW = 1_790_000_000
PID = "urn:eudi:pid:nl:1"
URI = "https://pid-issuer.example/status/1"
GOOD = {"status_list": {"idx": 5, "uri": URI}}
CAFE, SHOP = "NTRNL-12345678", "NTRNL-12345679"
HERE = "https://makelaar.example"
USED = {"identifier": "NTRNL-87654321", "trade_name": "Makelaar", "evidence": "contract"}
ES256 = frozenset({"ES256"})

MEMBERS: dict[str, Any] = {
    "legal_name": "De Vrije Val B.V.",
    "trade_name": "Café De Vrije Val",
    "identifier": CAFE,
    "services": [{"nl": "Horeca", "en": "Catering"}],
    "website": "https://cafe.example",
    "support_uri": "https://cafe.example/privacy",
    "supervisory_authority": {"name": "Toezichthouder", "country": "NL", "phone": "+31000000000"},
    "uses_intermediary": USED,
    "intended_uses": [
        {
            "id": use,
            "purpose": {"nl": f"Doel van {use}", "en": f"Purpose of {use}"},
            "privacy_policy": "https://cafe.example/privacy",
            "retention": {"days": 0},
            "credentials": [{"types": [PID], "claims": [[claim]]}],
        }
        for use, claim in (("age", "age_over_18"), ("name", "family_name"))
    ],
}
BROKER = {
    **MEMBERS, "legal_name": "Makelaar B.V.", "trade_name": "Makelaar", "identifier": "NTRNL-87654321",
    "is_intermediary": True, "intended_uses": (), "uses_intermediary": None,
}  # fmt: skip


@dataclass
class Statuses:
    """Serves the status list of the PID issuer."""

    issuer: Any
    value: int = 0

    def __call__(self, uri: str, *, accept: str) -> FetchedStatusList:
        listed = StatusList(16, bits=4)
        listed[5] = self.value
        token = sign_status_list_token(
            listed,
            uri=URI,
            key=self.issuer.key,
            chain=self.issuer.chain,
            now=NOW,
            expires_at=NOW + 60,
            ttl=30,
        )
        return FetchedStatusList("application/statuslist+jwt", token.encode())


@dataclass
class Brokerage:
    registrar: Registrar
    intermediary: Intermediary
    statuses: Statuses
    pid_issuer: Any
    holder: PrivateKey
    call: Callable[..., Any]

    def serve(self, identifier: str = CAFE, **changes: Any) -> Verifier:
        self.registrar.enter(RelyingPartyRecord.of(**{**MEMBERS, "identifier": identifier, **changes}))
        return self.certified(identifier)

    def certified(self, identifier: str = CAFE) -> Verifier:
        key = PrivateKey.generate()
        got = self.registrar.certify_intermediary(identifier, key.public, dns_names=["makelaar.example"])
        return self.intermediary.serve(got, key)

    def fetch(self, verifier: Verifier, request: Any) -> Any:
        """The request object, as a wallet gets it from the broker."""
        uri = AuthorizationRequestLink.parse(request.uri).request_uri
        assert uri.startswith(f"{HERE}/")
        reply = self.call(self.intermediary.app, "GET", uri)
        assert reply.status_code == 200
        return reply.text

    def answer(
        self, asked: Any, *, issuer: Any = None, status: Any = GOOD, nonce: str = "", thief: Any = None
    ) -> Any:
        """Post a PID: a good one, unless told otherwise."""
        issuer = issuer or self.pid_issuer
        text = issuer.issue(self.holder.public, status=status)
        shown = issuer.present(
            text, ("age_over_18",),
            holder=self.holder, audience=asked.client_id, nonce=nonce or asked.nonce,
        )  # fmt: skip
        if thief is not None:
            card, _, binding = shown.rpartition("~")
            claims = parse_json(b64url_decode(binding.split(".")[1]))
            shown = f"{card}~{sign_jws(claims, thief, typ='kb+jwt')}"
        form = as_form(build_response(asked, vp_token={"pid": [shown]}))
        return self.call(self.intermediary.app, "POST", asked.response_uri, data=dict(form))

    def sessions(self, verifier: Verifier) -> list[Any]:
        return list(verifier._store._sessions.values())  # type: ignore[attr-defined]


@pytest.fixture
def brokerage(pid_issuer: Any, make_world: Callable[..., Any]) -> Brokerage:
    clock = TravellingClock(NOW)
    registrar = Registrar.create(clock=clock, base_url="https://registrar.example")
    broker = RelyingPartyRecord.of(**BROKER)
    registrar.enter(broker)
    statuses = Statuses(pid_issuer)
    intermediary = Intermediary(
        broker,
        anchors=TrustAnchors().adding(Category.PID_PROVIDER, pid_issuer.anchor),
        base_url=HERE,
        clock=clock,
        types=TypeMetadataRegistry(),
        status_lists=StatusChecker(statuses),
    )
    world = make_world()

    def call(app: Any, method: str, url: str, **more: Any) -> Any:
        return world.http.__func__(_With(app), method, url, **more)

    return Brokerage(registrar, intermediary, statuses, pid_issuer, PrivateKey.generate(), call)


@dataclass
class _With:
    """The verifier of a world, as far as its ``http`` looks."""

    app: Any

    @property
    def verifier(self) -> _With:
        return self


def parsed(text: str) -> tuple[dict[str, Any], Any]:
    header, payload = (parse_json(b64url_decode(part)) for part in text.split(".")[:2])
    return header, AuthorizationRequest.parse(payload, modes=OPENID4VP_1_0.response_modes, scopes={})


# What it sends ------------------------------------------------------------------------------------


@pytest.mark.req("RPI_05", "RPI_06")
@pytest.mark.parametrize("use", ["age", "name"])
def test_a_request_has_the_access_certificate_of_the_one_and_the_registration_of_the_other(
    brokerage: Brokerage, use: str
) -> None:
    verifier = brokerage.serve()
    header, asked = parsed(brokerage.fetch(verifier, verifier.request(intended_use=use)))
    leaf = CertificateChain.from_x5c(header["x5c"], pointer="").leaf
    assert (leaf.subject.identifier, service_of(leaf)) == ("NTRNL-87654321", "main")
    assert acting_for(leaf) == (CAFE, "main")
    [registered] = asked.registration_certificates
    read = verify_wrprc(
        registered, anchors=[brokerage.registrar.registration_anchor], now=NOW, algorithms=ES256
    )
    assert (read.identifier, read.intended_use_id) == (CAFE, use)
    assert read.intermediary is not None
    assert read.intermediary.identifier == leaf.subject.identifier


@pytest.mark.req("RPI_05")
def test_the_party_says_for_which_use_it_asks(brokerage: Brokerage) -> None:
    verifier = brokerage.serve()
    query = verifier.certificates.record.dcql_for("age")
    with pytest.raises(LocalError) as caught:
        verifier.request(query=query)
    assert caught.value.spec == "ARF RPI_05"
    for how in ({}, {"intended_use": "something else"}):
        with pytest.raises(LocalError):
            verifier.request(**how)
    assert verifier.request(query=query, intended_use="age").warnings == ()


@pytest.mark.req("RPI_06")
def test_it_never_asks_without_either(brokerage: Brokerage) -> None:
    brokerage.intermediary._profile = OPENID4VP_1_0
    verifier = brokerage.serve()
    with pytest.raises(LocalError) as caught:
        verifier.request(intended_use="age", passing="unsigned")
    assert caught.value.spec == "ARF RPI_06"


def test_each_party_has_an_access_certificate_of_its_own(brokerage: Brokerage) -> None:
    cafe, shop = brokerage.serve(), brokerage.serve(SHOP)
    assert cafe.client_id != shop.client_id
    assert brokerage.intermediary.acting_for(SHOP) is shop
    assert list(brokerage.intermediary) == [cafe, shop]
    with pytest.raises(LocalError, match="is not served here"):
        brokerage.intermediary.acting_for("NTRNL-11111111")
    again = brokerage.certified()
    assert brokerage.intermediary.acting_for(CAFE) is again
    assert brokerage.fetch(again, again.request(intended_use="age"))


# What it is given ---------------------------------------------------------------------------------


@pytest.mark.req("RPI_03")
def test_it_gets_nothing_for_a_party_that_did_not_register_it(brokerage: Brokerage) -> None:
    registrar, key = brokerage.registrar, PrivateKey.generate()
    alone = RelyingPartyRecord.of(**{**MEMBERS, "identifier": SHOP, "uses_intermediary": None})
    own = registrar.register(alone, key.public, dns_names=["shop.example"])
    with pytest.raises(LocalError, match="uses no intermediary"):
        registrar.certify_intermediary(SHOP, key.public, dns_names=["makelaar.example"])
    with pytest.raises(LocalError, match="do not let"):
        brokerage.intermediary.serve(own, key)
    brokerage.serve()
    for_cafe = registrar.certify(
        "NTRNL-87654321", key.public, dns_names=["makelaar.example"],
        acting_for=ServiceReference(identifier=CAFE),
    )  # fmt: skip
    with pytest.raises(LocalError, match="did not register"):
        for_cafe.asking_for(alone, own.registration_certificates)
    other = RelyingPartyRecord.of(**{**MEMBERS, "identifier": SHOP})
    with pytest.raises(LocalError, match="not one for asking for this party"):
        for_cafe.asking_for(other, own.registration_certificates)


@pytest.mark.req("RPI_01")
def test_only_who_registered_as_one_is_an_intermediary(brokerage: Brokerage) -> None:
    with pytest.raises(LocalError, match="is no intermediary"):
        Intermediary(
            RelyingPartyRecord.of(**MEMBERS),
            anchors=TrustAnchors(),
            base_url=HERE,
            clock=TravellingClock(NOW),
            types=TypeMetadataRegistry(),
            status_lists=StatusChecker(brokerage.statuses),
        )


# What comes in ------------------------------------------------------------------------------------


@pytest.mark.req("RPI_08")
def test_what_comes_in_for_one_party_is_had_by_no_other(brokerage: Brokerage) -> None:
    cafe, shop = brokerage.serve(), brokerage.serve(SHOP)
    request = cafe.request(intended_use="age")
    _, asked = parsed(brokerage.fetch(cafe, request))
    assert brokerage.answer(asked).status_code == 200
    with pytest.raises(LocalError, match="no such presentation request"):
        shop.result(request)
    assert cafe.result(request).claims("pid") == {"age_over_18": True}


@pytest.mark.req("RPI_08", "RPI_09", "RPI_10")
@pytest.mark.parametrize("wrong", ["issuer", "revoked", "device", "replayed"])
def test_nothing_is_passed_on_or_kept_when_a_check_fails(
    brokerage: Brokerage, eaa_issuer: Any, wrong: str
) -> None:
    cafe = brokerage.serve()
    request = cafe.request(intended_use="age")
    _, asked = parsed(brokerage.fetch(cafe, request))
    brokerage.statuses.value = int(wrong == "revoked")
    changes = {
        "issuer": {"issuer": eaa_issuer},
        "revoked": {},
        "device": {"thief": PrivateKey.generate()},
        "replayed": {"nonce": "x" * 43},
    }[wrong]
    assert brokerage.answer(asked, **changes).status_code == 400
    result = cafe.result(request)
    assert (result.status, result.presentations) == (Status.FAILED, ())
    [session] = brokerage.sessions(cafe)
    assert session.presentations == ()
    assert session.encryption_key is None


@pytest.mark.req("RPI_10")
def test_attributes_are_passed_on_once_and_then_gone(brokerage: Brokerage) -> None:
    cafe = brokerage.serve()
    request = cafe.request(intended_use="age")
    _, asked = parsed(brokerage.fetch(cafe, request))
    assert brokerage.answer(asked).status_code == 200
    got = cafe.result(request)
    assert got.claims("pid") == {"age_over_18": True}
    [session] = brokerage.sessions(cafe)
    assert session.presentations == ()
    assert session.encryption_key is None
    again = cafe.result(request)
    assert again.presentations == ()
    with pytest.raises(InvalidResponse) as caught:
        again.claims("pid")
    assert caught.value.code == "already_released"


@pytest.mark.req("RPI_10")
def test_of_many_who_ask_at_once_one_gets_them(brokerage: Brokerage) -> None:
    cafe, workers = brokerage.serve(), 8
    request = cafe.request(intended_use="age")
    _, asked = parsed(brokerage.fetch(cafe, request))
    assert brokerage.answer(asked).status_code == 200
    barrier, got = threading.Barrier(workers), []

    def collect() -> None:
        barrier.wait()
        got.append(len(cafe.result(request).presentations))

    threads = [threading.Thread(target=collect) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [0] * (workers - 1) + [1]


@pytest.mark.req("RPI_10")
def test_an_answer_through_the_browser_is_passed_on_once_too(brokerage: Brokerage) -> None:
    cafe, page = brokerage.serve(), "https://cafe.example"
    request = cafe.dc_api_request(origins=[page], intended_use="age")
    asked = _from_page(request)
    text = brokerage.pid_issuer.issue(brokerage.holder.public, status=GOOD)
    shown = brokerage.pid_issuer.present(
        text, ("age_over_18",), holder=brokerage.holder, audience=f"origin:{page}", nonce=asked.nonce
    )
    data = build_response(asked, vp_token={"pid": [shown]})
    assert cafe.receive_dc_api(request, data, origin=page).claims("pid") == {"age_over_18": True}
    assert cafe.result(request).presentations == ()


def _from_page(request: Any) -> AuthorizationRequest:
    claims = parse_json(b64url_decode(request.data["request"].split(".")[1]))
    return AuthorizationRequest.parse(claims, modes=OPENID4VP_1_0.response_modes, scopes={}, dc_api=True)


@pytest.mark.req("RPI_09")
def test_without_a_way_to_see_revocation_there_is_no_intermediary(brokerage: Brokerage) -> None:
    brokerage.serve()
    key = PrivateKey.generate()
    got = brokerage.registrar.certify_intermediary(CAFE, key.public, dns_names=["makelaar.example"])
    with pytest.raises(LocalError) as caught:
        brokerage.intermediary.serve(got, key, status_lists=None)
    assert caught.value.spec == "ARF RPI_09"


# What its registration is worth -------------------------------------------------------------------


def test_who_is_suspended_is_not_asked_for_either(brokerage: Brokerage) -> None:
    cafe = brokerage.serve()
    registrar, serial = brokerage.registrar, cafe.certificates.access_chain.leaf.serial
    registrar.suspend(CAFE)
    assert serial in registrar._office.revocations.revoked_serials
    with pytest.raises(LocalError):
        brokerage.certified()
    registrar.resume(CAFE)
    fresh = brokerage.certified().certificates.access_chain.leaf.serial
    assert fresh not in registrar._office.revocations.revoked_serials


def test_suspending_the_intermediary_stops_it_for_all(brokerage: Brokerage) -> None:
    serials = {
        one.certificates.access_chain.leaf.serial for one in (brokerage.serve(), brokerage.serve(SHOP))
    }
    brokerage.registrar.suspend("NTRNL-87654321")
    assert serials <= brokerage.registrar._office.revocations.revoked_serials
