"""The EU reference verifier's utilities: cards that did not come through a transaction, and known types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import TransportError
from nlwallet.http import FetchedStatusList, HttpClient, HttpStatusLists, StatusChecker
from nlwallet.issuer import eu_pid_claims, persona
from nlwallet.mdoc import EU_PID_DOCTYPE
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.sandbox import pilot
from nlwallet.sdjwt import issue_sd_jwt_vc
from nlwallet.trust import Category
from nlwallet.verifier import Verifier
from nlwallet.verifier.eu_server import EuRefusal, EuServer, eu_app
from nlwallet.verifier.eu_server.device_response_validation import validate_device_response
from nlwallet.verifier.eu_server.sd_jwt_vc_validation import validate_sd_jwt_vc

NOW = 1_790_000_000
PIN = Sandbox.PIN
BASE = "https://eu-verifier.example"
PID = "urn:eudi:pid:1"
BORN = "2000-03-24"
NONCE = "n-0S6_WzA2Mj"
SD_JWT, MDOC = "/utilities/validations/sdJwtVc", "/utilities/validations/msoMdoc/deviceResponse"
PROCESS = "/utilities/process/sdJwtVc"


@dataclass
class World:
    """The interface, and two presentations that a wallet made for it."""

    edi: Sandbox
    clock: TravellingClock
    party: Verifier
    client: HttpClient
    wallet: Wallet
    sd_jwt_vc: str = ""
    device_response: str = ""

    def post(self, path: str, **fields: str) -> tuple[int, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(fields).encode()
        reply = self.client.send("POST", BASE + path, body=body, headers=headers, what="test")
        return reply.status, json.loads(reply.body) if reply.body else None

    def presented(self, format_: str, meta: dict[str, Any], path: list[str], wallet: Wallet) -> str:
        credential = {"id": "pid", "format": format_, "meta": meta, "claims": [{"path": path}]}
        asked = {"dcql_query": {"credentials": [credential]}, "nonce": NONCE}
        start = self.client.post_json(f"{BASE}/ui/presentations/v2", asked, accept="*/*", what="test")
        begun = json.loads(start.body)
        wallet.open(begun["authorization_request_uri"]).approve(pin=PIN, despite_warnings=True)
        url = f"{BASE}/ui/presentations/{begun['transaction_id']}"
        (item,) = json.loads(self.client.send("GET", url, what="test").body)["vp_token"]["pid"]
        return str(item)

    def error(self, text: str, **more: str) -> str:
        status, errors = self.post(SD_JWT, **{"sd_jwt_vc": text, "nonce": NONCE, **more})
        assert status == 400
        assert all(one["description"] for one in errors)
        return str(errors[0]["error"])

    def document_error(self, text: str, **more: str) -> list[str]:
        status, error = self.post(MDOC, device_response=text, **more)
        assert (status, error["type"]) == (400, "InvalidDocuments")
        (document,) = error["invalidDocuments"]
        assert document["index"] == 0
        return list(document["errors"])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    clock = TravellingClock(NOW)
    with Sandbox(clock=clock, profile=OPENID4VP_1_0) as edi:

        def app(party: Verifier) -> Any:
            return eu_app(EuServer(party, clock=clock))

        party = edi.register(
            pilot("cafe-de-vrije-val").record, host="eu-verifier.example", identity="x509_hash", app=app
        )
        world = World(edi, clock, party, edi.client(), edi.empty_wallet())
        for kind in ("eu-pid", "eu-pid-mdoc"):
            offer = edi.pid_issuer.offer(kind, eu_pid_claims(persona("frouke"), now=NOW))
            world.wallet.receive(offer.uri)
        world.sd_jwt_vc = world.presented("dc+sd-jwt", {"vct_values": [PID]}, ["birthdate"], world.wallet)
        world.device_response = world.presented(
            "mso_mdoc", {"doctype_value": EU_PID_DOCTYPE}, [EU_PID_DOCTYPE, "birth_date"], world.wallet
        )
        yield world


def other_anchor() -> str:
    return CertificateAuthority.create("Somebody else", now=NOW).certificate.pem()


def test_an_sd_jwt_vc_is_verified_and_shown(world: World) -> None:
    status, claims = world.post(SD_JWT, sd_jwt_vc=world.sd_jwt_vc, nonce=NONCE)
    assert (status, claims["vct"], claims["birthdate"]) == (200, PID, BORN)
    assert "_sd" not in claims
    assert "given_name" not in claims
    ours = "\n".join(one.pem() for one in world.edi.anchors.of(Category.PID_PROVIDER))
    assert world.post(SD_JWT, sd_jwt_vc=world.sd_jwt_vc, nonce=NONCE, issuer_chain=ours)[0] == 200
    assert world.post(PROCESS, sd_jwt_vc=world.sd_jwt_vc) == (200, claims)


def test_what_is_wrong_with_an_sd_jwt_vc(world: World) -> None:
    good = world.sd_jwt_vc
    credential, disclosure, binding = good.split("~")
    head, payload, signature = credential.split(".")
    forged = f"{head}.{payload}.{'A' * len(signature)}"
    assert world.error("nothing") == "IsUnparsable"
    assert world.error("a.b.c~") == "IsUnparsable"
    assert world.error(f"{forged}~{disclosure}~{binding}") == "ContainsInvalidJwt"
    assert world.error(f"{credential}~{disclosure}~") == "IsMissingKeyBindingJwt"
    assert world.error(good, nonce="another") == "ContainsInvalidKeyBindingJwt"
    assert world.error(good, audience="x509_hash:another") == "ContainsInvalidKeyBindingJwt"
    assert world.error(f"{credential}~{binding}") == "ContainsInvalidKeyBindingJwt"
    assert world.error(good, issuer_chain=other_anchor()) == "IssuerCertificateIsNotTrusted"
    assert world.error(good, issuer_chain="-----BEGIN") == "InvalidIssuerChain"
    twice = f"{credential}~{disclosure}~{disclosure}~{binding}"
    assert world.error(twice) == "ContainsNonUniqueDisclosures"
    strange = f"{credential}~{b64url_encode(b'[1]')}~{binding}"
    assert world.error(strange) == "ContainsDisclosuresWithNoDigests"


def test_a_card_of_nobody(world: World) -> None:
    key = PrivateKey.generate()
    made = issue_sd_jwt_vc(vct=PID, claims={"a": 1}, disclosable=[("a",)], key=key, issued_at=NOW)
    assert world.error(made) == "UnableToDetermineVerificationMethod"
    assert world.post(PROCESS, sd_jwt_vc=made) == (200, {"vct": PID, "a": 1, "iat": NOW})


def test_a_device_response_is_verified_and_shown(world: World) -> None:
    expected = [{"docType": EU_PID_DOCTYPE, "attributes": {EU_PID_DOCTYPE: {"birth_date": 953_856_000_000}}}]
    assert world.post(MDOC, device_response=world.device_response) == (200, expected)
    assert world.post(MDOC, device_response=world.device_response + "==") == (200, expected)
    nothing = b64url_encode(dump_cbor({"version": "1.0", "status": 0}))
    assert world.post(MDOC, device_response=nothing) == (200, [])


def test_what_is_wrong_with_a_device_response(world: World) -> None:
    good = world.device_response
    assert world.document_error(good, issuer_chain=other_anchor()) == ["X5CNotTrusted"]
    assert world.post(MDOC, device_response=good, issuer_chain="x") == (400, {"type": "InvalidIssuerChain"})
    for text in ("x", "AA", b64url_encode(dump_cbor({"version": "1.0", "status": 0, "documents": [{}]}))):
        assert world.post(MDOC, device_response=text) == (400, {"type": "CannotBeDecoded"})
    status = b64url_encode(dump_cbor({"version": "1.0", "status": 10}))
    expected = {"type": "NotOkDeviceResponseStatus", "deviceResponseStatus": 10}
    assert world.post(MDOC, device_response=status) == (400, expected)

    def changed(change: Any) -> str:
        response = parse_cbor(b64url_decode(good), what="it")
        change(response["documents"][0])
        return b64url_encode(dump_cbor(response))

    def other_type(document: Any) -> None:
        document["docType"] = "other"

    def other_signature(document: Any) -> None:
        document["issuerSigned"]["issuerAuth"][3] = bytes(64)

    def other_namespace(document: Any) -> None:
        spaces = document["issuerSigned"]["nameSpaces"]
        spaces["other"] = spaces.pop(EU_PID_DOCTYPE)

    assert world.document_error(changed(other_type)) == ["DocumentTypeNotMatching"]
    assert world.document_error(changed(other_signature)) == ["InvalidIssuerSignature"]
    assert world.document_error(changed(other_namespace)) == ["InvalidIssuerSignedItems"]


def test_a_card_that_was_revoked_or_may_have_been(world: World) -> None:
    wallet, lists = world.edi.empty_wallet(), world.edi.pid_issuer.status_lists
    ids = []
    for kind in ("eu-pid", "eu-pid-mdoc"):
        offer = world.edi.pid_issuer.offer(kind, eu_pid_claims(persona("frouke"), now=NOW))
        wallet.receive(offer.uri)
        ids.append(str(offer.credential_id))
    card = world.presented("dc+sd-jwt", {"vct_values": [PID]}, ["birthdate"], wallet)
    meta, path = {"doctype_value": EU_PID_DOCTYPE}, [EU_PID_DOCTYPE, "birth_date"]
    document = world.presented("mso_mdoc", meta, path, wallet)
    for id_ in ids:
        lists.revoke(id_)

    def found(checker: StatusChecker) -> tuple[str, str]:
        rules = replace(world.party.endpoints.answering, status_lists=checker)
        with pytest.raises(EuRefusal) as of_card:
            validate_sd_jwt_vc(card, nonce=NONCE, audience=world.party.client_id, answering=rules)
        with pytest.raises(EuRefusal) as of_document:
            validate_device_response(document, answering=rules)
        (wrong,) = of_document.value.body["invalidDocuments"]
        return of_card.value.body[0]["error"], wrong["errors"][0]

    def unreachable(uri: str, *, accept: str) -> FetchedStatusList:
        raise TransportError("nobody answers")

    told = found(StatusChecker(HttpStatusLists(world.client)))
    assert told == ("StatusNotValid", "DocumentHasBeenRevoked")
    assert found(StatusChecker(unreachable)) == ("StatusCheckFailed", "DocumentStatusCheckFailed")


def test_a_card_that_has_expired(world: World) -> None:
    later = 365 * 86_400 - 400  # cards last for whole hours, the certificates of their issuer to the second
    world.clock.travel(later)
    try:
        assert world.document_error(world.device_response) == ["ExpiredValidityInfo"]
        assert world.error(world.sd_jwt_vc) == "ContainsInvalidJwt"
    finally:
        world.clock.travel(-later)


def test_a_form_without_what_is_asked_for(world: World) -> None:
    for path, fields in (
        (SD_JWT, {"nonce": NONCE}),
        (SD_JWT, {"sd_jwt_vc": "a~"}),
        (MDOC, {"device_response": " "}),
        (PROCESS, {}),
        (PROCESS, {"sd_jwt_vc": "a~"}),
    ):
        assert world.post(path, **fields) == (400, None)
    assert world.client.send("POST", BASE + SD_JWT, body=b"{}", what="test").status == 415


def test_the_types_by_who_may_issue_them(world: World) -> None:
    reply = world.client.send("GET", f"{BASE}/utilities/attestationClassifications", what="test")
    found = json.loads(reply.body)
    assert list(found) == ["pid", "qeaa", "pubeaa", "eaa"]
    assert PID in found["pid"]["vcts"]
    assert EU_PID_DOCTYPE in found["pid"]["docTypes"]
    for other in (found["qeaa"], found["pubeaa"], *found["eaa"]):
        assert PID not in other["vcts"]
        assert "org.iso.18013.5.1.mDL" in other["docTypes"]
    assert list(found["eaa"][0]) == ["useCase", "vcts", "docTypes"]
