"""``issuance_server.toml``: its keys, defaults and checks, and the whole way through a server that was set up by it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.crypto import Certificate, CertificateAuthority, PrivateKey, Subject
from nlwallet.encoding import b64url_decode
from nlwallet.errors import InvalidConfiguration, LocalError, TransportError
from nlwallet.holder import session
from nlwallet.http import HttpStatusLists
from nlwallet.mdoc import Mdoc
from nlwallet.sandbox import Hierarchy
from nlwallet.sandbox.issuance_server_file import (
    METADATA_FILE,
    TYPE,
    USE_CASE,
    issuance_server_members,
    membership_metadata,
)
from nlwallet.sandbox.issuance_settings import IssuanceSettings
from nlwallet.sandbox.opened_issuance_server import (
    OpenedIssuanceServer,
    check_certificates,
    open_issuance_server,
)
from nlwallet.sandbox.verification_server_file import to_toml
from nlwallet.trust import Category

NOW = 1_790_000_000
PIN = Sandbox.PIN
PUBLIC = "https://issuance.example/"
ID = "00000000-0000-4000-8000-000000000001"


def pid_query(*more: dict[str, Any]) -> dict[str, Any]:
    pid = {
        "id": "pid",
        "format": "dc+sd-jwt",
        "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
        "claims": [{"path": ["family_name"]}],
    }
    return {"credentials": [pid, *more]}


DIPLOMA = {
    "id": "diploma",
    "format": "dc+sd-jwt",
    "meta": {"vct_values": ["urn:nlwallet:diploma:1"]},
    "claims": [{"path": ["institution"]}],
}


class World:
    """An organisation with a file of settings, its own attestation server, and wallets around."""

    def __init__(self, folder: Path) -> None:
        self.clock = TravellingClock(NOW)
        self.hierarchy = Hierarchy.create(now=NOW)
        self.edi = Sandbox(clock=self.clock, profile="nl-wallet-0.6", hierarchy=self.hierarchy)
        self.asked: list[Any] = []
        self.told: list[str] = []
        self.documents: Any = []
        (folder / METADATA_FILE).write_text(json.dumps(membership_metadata()))
        self.members = issuance_server_members(
            self.hierarchy,
            now=NOW,
            public_url=PUBLIC,
            attestation_url="https://back-office.example/members",
            attestation_anchors=[CertificateAuthority.create("TLS CA", now=NOW).certificate],
        )
        cases = self.members["disclosure_settings"]
        cases[USE_CASE]["dcql_query"] = pid_query()
        listed = self.members["credential_configurations"]
        listed["as-mdoc"] = {
            **listed[TYPE],
            "format": "mso_mdoc",
            "status_list": {**listed[TYPE]["status_list"], "group_name": "mdoc", "context_path": "/tsl-mdoc"},
        }
        cases["two"] = {**cases[USE_CASE], "dcql_query": pid_query(DIPLOMA)}
        self.folder = folder
        self.opened = self.open(self.members)
        self.edi.serve("issuance.example", self.opened.public)
        self.edi.serve("internal.example", self.opened.internal)
        back_office = Starlette(routes=[Route("/members", self._attestations, methods=["POST"])])
        self.edi.serve("back-office.example", back_office)

    def open(self, members: dict[str, Any]) -> OpenedIssuanceServer:
        return open_issuance_server(
            IssuanceSettings.parse(to_toml(members).encode()),
            clock=self.clock,
            status_lists=HttpStatusLists(self.edi.client()),
            folder=self.folder,
            attestation_client=lambda _: self.edi.client(),
            tell=lambda name, error: self.told.append(f"{name}: {error}"),
        )

    async def _attestations(self, request: Request) -> JSONResponse:
        self.asked.append(await request.json())
        return JSONResponse(self.documents)

    def document(self, **attributes: Any) -> dict[str, Any]:
        return {
            "id": ID,
            "format": "dc+sd-jwt",
            "attestation_type": TYPE,
            "attributes": {"name": "Frouke", "member_number": "12", **attributes},
        }

    def send(self, method: str, url: str, body: bytes = b"", media_type: str = "application/json") -> Any:
        headers = {"Content-Type": media_type} if body else {}
        return self.edi.client().send(method, url, body=body, headers=headers, what="test")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("settings"))
    with made.edi:
        yield made


def test_a_card_in_return_for_a_pid_and_its_revocation(world: World) -> None:
    frouke = world.edi.wallet("frouke", cards=["pid", "diploma"])
    world.documents, before = [world.document()], len(world.asked)
    outcome = frouke.open(world.opened.links(USE_CASE)["same_device"]).approve(pin=PIN, despite_warnings=True)
    (asked,) = world.asked[before:]
    assert asked[0]["attestations"][0]["attributes"] == {"family_name": "Hofstra"}
    (card,) = frouke.receive(outcome.offer or "")
    assert (card.type, card.claims["member_number"]) == (TYPE, "12")
    claims = card.candidate.claims
    assert (claims["attestation_qualification"], claims["iss"]) == ("EAA", PUBLIC)
    status_list = claims["status"]["status_list"]["uri"]
    assert status_list.startswith("https://issuance.example/tsl/")
    assert world.send("GET", status_list).status == 200
    number = status_list.rpartition("/")[2]
    for nowhere in (f"status/{number}", "status/1", "tsl/0", "tsl/1", "tsl/9000000000", "status/0"):
        assert world.send("GET", f"https://issuance.example/{nowhere}").status == 404
    assert world.send("POST", "https://issuance.example/revoke/", b"[]").status in (404, 405)
    assert world.send("POST", "https://internal.example/revoke/", json.dumps([ID]).encode()).status == 200
    world.clock.travel(world.opened.settings.status_lists.ttl)
    assert "revoked" in [one.status for one in frouke.check_cards()]


def test_the_same_card_in_both_formats(world: World) -> None:
    frouke = world.edi.wallet("frouke", cards=["pid", "diploma"])
    as_mdoc = {**world.document(), "format": "mso_mdoc", "id": ID.replace("1", "7")}
    world.documents = [{**world.document(), "id": ID.replace("1", "6")}, as_mdoc]
    link = world.opened.links(USE_CASE)["same_device"]
    outcome = frouke.open(link).approve(pin=PIN, despite_warnings=True)
    first, second = frouke.receive(outcome.offer or "")
    assert isinstance(second.credential, Mdoc)
    assert first.type == second.type == TYPE
    assert first.claims["member_number"] == second.claims["member_number"] == "12"
    assert second.credential.mso.further["issuerUri"] == PUBLIC
    world.documents = [{**as_mdoc, "attributes": {**as_mdoc["attributes"], "shoe_size": 44}}]
    with pytest.raises(TransportError, match="HTTP status 500"):
        frouke.open(link).approve(pin=PIN, despite_warnings=True)
    assert "/0/attributes/shoe_size" in world.told[-1]


def test_two_cards_prove_that_they_are_in_one_wallet(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    frouke, before = world.edi.wallet("frouke", cards=["pid", "diploma"]), len(world.asked)
    world.documents = []

    def answer() -> bool:
        prompt = frouke.open(world.opened.links("two")["cross_device"])
        return prompt.approve(pin=PIN, despite_warnings=True).nothing_to_issue

    assert answer()
    monkeypatch.setattr(session, "prove_association", lambda *_, **__: None)
    with pytest.raises(TransportError, match="HTTP status 400"):
        answer()
    assert "two: " in world.told[-1]
    assert "missing PoA" in world.told[-1]
    assert len(world.asked) == before + 1


def test_a_holder_who_says_no_and_an_organisation_that_says_nonsense(world: World) -> None:
    frouke, link = (
        world.edi.wallet("frouke", cards=["pid", "diploma"]),
        world.opened.links(USE_CASE)["same_device"],
    )
    before = len(world.asked)
    frouke.open(link).deny()
    assert len(world.asked) == before
    world.documents = [world.document(shoe_size=44)]
    with pytest.raises(TransportError, match="HTTP status 500"):
        frouke.open(link).approve(pin=PIN, despite_warnings=True)
    assert "/0/attributes/shoe_size" in world.told[-1]  # the organisation learns where it went wrong
    assert "44" not in world.told[-1]


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        (f"/disclosure/{USE_CASE}/request_uri", 400, "invalid_request"),
        ("/disclosure/other/request_uri?session_type=same_device", 500, "server_error"),
        ("/disclosure/nope/response_uri", 404, "unknown_session"),
    ],
)
def test_what_wallets_are_refused(world: World, path: str, status: int, error: str) -> None:
    method = "POST" if path.endswith("response_uri") else "GET"
    form = b"error=access_denied" if method == "POST" else b""
    reply = world.send(method, f"https://issuance.example{path}", form, "application/x-www-form-urlencoded")
    assert (reply.status, json.loads(reply.body)["error"]) == (status, error)


def test_its_certificates_are_good_since_the_day_began(world: World) -> None:
    """The NL Wallet's servers say of what they sign that it was at midnight, also with this file."""
    configuration = world.members["credential_configurations"]["com.example.membership"]
    for pair in (configuration, configuration["status_list"]):
        leaf = Certificate.from_der(base64.b64decode(pair["certificate"]))
        assert leaf.not_before == NOW - NOW % 86_400


def test_what_describes_the_internal_interface(world: World) -> None:
    described = json.loads(world.send("GET", "https://internal.example/openapi.json").body)
    assert list(described["paths"]["/revoke/"]) == ["post"]
    assert world.send("GET", "https://internal.example/health").status == 200
    assert world.send("GET", "https://issuance.example/openapi.json").status == 404


def test_one_listener_for_both_wants_the_key(world: World) -> None:
    members = deepcopy(world.members)
    members["internal_server"] = {"port": 8001, "authentication": {"api_key": "sesame"}}
    alone = world.open(members)
    assert alone.settings.internal is None
    world.edi.serve("alone.example", alone.public)
    client, body = world.edi.client(), json.dumps([ID]).encode()

    def revoke(headers: dict[str, str]) -> int:
        url = "https://alone.example/revoke/"
        return client.send("POST", url, body=body, headers=headers, what="test").status

    assert revoke({}) == 401
    assert revoke({"Authorization": "Bearer sesame"}) == 200


def test_two_configurations_have_signers_and_lists_of_their_own(world: World) -> None:
    members = deepcopy(world.members)
    another = issuance_server_members(
        world.hierarchy,
        now=NOW,
        public_url="https://another-name.example/",
        attestation_url="https://back-office.example/members",
        attestation_anchors=[],
    )["credential_configurations"][TYPE]
    another["status_list"]["context_path"] = "/lists/other/"
    another["attestation_qualification"] = "QEAA"
    members["credential_configurations"]["other"] = another
    issuer = world.open(members).issuer
    found = {}
    for id_ in (TYPE, "other"):
        (reference,) = issuer.status_lists.allocate_batch(id_, 1, configuration_id=id_)
        number = int(reference.uri.rpartition("/")[2])
        assert reference.uri == issuer.status_lists.uri(number)
        token = issuer.status_lists.token(number)
        assert token is not None
        header = json.loads(b64url_decode(token.body.decode().split(".")[0]))
        certificate = members["credential_configurations"][id_]["status_list"]["certificate"]
        assert header["x5c"] == [certificate]
        found[reference.uri.rpartition("/")[0]] = reference
    assert list(found) == ["https://issuance.example/tsl", "https://issuance.example/lists/other"]
    metadata = issuer.issuer_metadata()["credential_configurations_supported"]
    assert list(metadata) == [TYPE, "as-mdoc", "other"]


def test_defaults(world: World) -> None:
    members = {name: value for name, value in world.members.items() if not name.endswith("_server")}
    del members["wallet_client_ids"]
    settings = IssuanceSettings.of(members)
    assert settings.internal is not None
    assert (settings.public.port, settings.internal.port) == (8001, 8002)
    assert settings.wallet_client_ids == ("https://wallet.edi.rijksoverheid.nl",)
    assert settings.universal_link_base_url == "walletdebuginteraction://wallet.edi.rijksoverheid.nl/"
    assert (settings.status_lists.size, settings.status_lists.lifetime) == (100_000, 24 * 3600)
    assert settings.lifetimes.expiration == 1800
    assert [one.qualification for one in settings.configurations] == ["EAA", "EAA"]


def test_the_environment_comes_in_its_place(world: World) -> None:
    environment = {
        "ISSUANCE_SERVER__WALLET_SERVER__PORT": "9001",
        "ISSUANCE_SERVER__TYPE_METADATA": "a.json,b.json",
        "ISSUANCE_SERVER__STATUS_LISTS__LIST_SIZE": "100",
        "VERIFICATION_SERVER__WALLET_SERVER__PORT": "1",
    }
    settings = IssuanceSettings.of(world.members, environment=environment)
    assert (settings.public.port, settings.type_metadata) == (9001, ("a.json", "b.json"))
    assert settings.status_lists.size == 100


def test_what_does_nothing_is_told(world: World) -> None:
    members = deepcopy(world.members)
    members |= {"metadata": ["a.json"], "log_requests": True}
    members["status_lists"] = {
        "serve": False,
        "create_threshold_ratio": 0.1,
        "storage_url": "postgres://db/y",
    }
    said = "\n".join(IssuanceSettings.of(members).warnings)
    for name in ("metadata is not known", "status_lists.storage_url", "serve", "publish_dir"):
        assert name in said
    assert "threshold" not in said
    assert "log_requests" not in said


def replaced(members: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = deepcopy(members)
    *steps, last = path.split("/")
    at = changed
    for step in steps:
        at = at[step]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return changed


CONFIGURATION, CASE = f"credential_configurations/{TYPE}", f"disclosure_settings/{USE_CASE}"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("public_url", "http://localhost:8001/"),
        ("storage", {"url": "mysql://db/x"}),
        ("batch_size", None),
        ("batch_size", 256),
        ("type_metadata", None),
        ("wia_trust_anchors", None),
        ("wrprc_trust_anchors", None),
        ("credential_metadata_keypair/private_key", "aGFsbG8="),
        ("disclosure_settings", {}),
        (f"{CASE}/dcql_query", None),
        (f"{CASE}/private_key_type", "hsm"),
        (f"{CASE}/attestation_url_config/base_url", "http://localhost/"),
        (f"{CASE}/attestation_url_config/trust_anchors", []),
        ("credential_configurations", {}),
        (f"{CONFIGURATION}/format", "jwt_vc_json"),
        (f"{CONFIGURATION}/valid_days", None),
        (f"{CONFIGURATION}/attestation_qualification", "PID"),
        (f"{CONFIGURATION}/certificate_san", "https://other.example/"),
        (f"{CONFIGURATION}/status_list/context_path", "tsl"),
        (f"{CONFIGURATION}/status_list/group_name", None),
        (f"{CONFIGURATION}/status_list/base_url", "http://lists.example/"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(world: World, path: str, value: Any) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        IssuanceSettings.of(replaced(world.members, path, value))
    assert caught.value.pointer == ("/storage/url" if path == "storage" else f"/{path}")


def test_what_was_revoked_stays_so_over_a_restart(world: World, tmp_path: Path) -> None:
    members = world.members | {"storage": {"url": f"sqlite:///{tmp_path}/kept.sqlite"}}
    before = world.open(members)
    (reference,) = before.issuer.status_lists.allocate_batch(ID, 1, configuration_id=TYPE)
    before.issuer.status_lists.revoke(ID)
    before.close()
    after = world.open(members)
    assert after.issuer.status_lists.status_of(ID) == 1
    assert after.issuer.status_lists.references_of(ID) == (reference,)
    after.close()


def swapped(world: World, path: str, of: str) -> dict[str, Any]:
    """The key pair at ``path`` in the place of that at ``of``."""
    source, members = world.members, deepcopy(world.members)
    target: Any = members
    for step in path.split("/"):
        source = source[step]
    for step in of.split("/"):
        target = target[step]
    target |= {name: source[name] for name in ("certificate", "private_key")}
    target.pop("certificate_san", None)
    return members


@pytest.mark.parametrize(
    ("path", "of"),
    [
        (f"{CONFIGURATION}/status_list", CONFIGURATION),  # it is not for attestations
        (CONFIGURATION, f"{CONFIGURATION}/status_list"),  # nor that for status lists
        (CONFIGURATION, CASE),  # who issues asks by another authority
        (CONFIGURATION, "credential_metadata_keypair"),
    ],
)
def test_a_certificate_is_for_its_use_and_leads_to_its_anchor(world: World, path: str, of: str) -> None:
    settings = IssuanceSettings.of(swapped(world, path, of))
    with pytest.raises(InvalidConfiguration) as caught:
        check_certificates(settings, now=NOW)
    assert caught.value.pointer == f"/{of}/certificate"


def test_a_certificate_holds_today_and_the_status_is_signed_in_the_same_name(world: World) -> None:
    settings = IssuanceSettings.of(world.members)
    with pytest.raises(InvalidConfiguration, match="expired"):
        check_certificates(settings, now=NOW + 20 * 365 * 86_400)
    key, of = PrivateKey.generate(), f"{CONFIGURATION}/status_list"
    chain = world.hierarchy.authorities[Category.EAA_PROVIDER].issue(
        key.public, Subject("Somebody else"), now=NOW, extended_key_usages=("1.3.6.1.5.5.7.3.127",)
    )
    pair = {"private_key": key.der(), "certificate": chain.leaf.der}
    members = world.members
    for name, octets in pair.items():
        members = replaced(members, f"{of}/{name}", base64.b64encode(octets).decode())
    with pytest.raises(InvalidConfiguration, match="subject") as caught:
        check_certificates(IssuanceSettings.of(members), now=NOW)
    assert caught.value.pointer == f"/{of}/certificate"


def test_a_type_needs_its_file(world: World) -> None:
    with pytest.raises(LocalError, match="cannot be read"):
        world.open(replaced(world.members, "type_metadata", ["missing.json"]))
    with pytest.raises(InvalidConfiguration) as caught:
        world.open(replaced(world.members, f"{CONFIGURATION}/attestation_type", "com.example.other"))
    assert caught.value.pointer == f"/{CONFIGURATION}/attestation_type"
