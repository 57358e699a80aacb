"""The register's API: signed answers for anybody, filters and pages, and writing for who has the key (TS5)."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey, PublicKey, parse_jws
from nlwallet.errors import InvalidRegistration
from nlwallet.registrar import Registrar, read_relying_party, relying_party_json
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox import pilot

BASE = "https://registrar.example"
ES256 = frozenset({"ES256"})
RECORD = pilot("cafe-de-vrije-val").record
LOGIN = pilot("gemeente-amsterdam").record
ME = RECORD.identifier
AGE_CLAIM = RECORD.intended_uses[0].credentials[0].claims[0]


def variant(**changes: Any) -> RelyingPartyRecord:
    return RelyingPartyRecord.of(**{**RECORD.model_dump(exclude_none=True), **changes})


class Http:
    """Requests to an app, without a server."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def sent() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url=BASE) as client:
                return await client.request(method, path, **options)

        return asyncio.run(sent())

    def get(self, path: str) -> httpx.Response:
        return self._send("GET", path)

    def put(self, path: str, **options: Any) -> httpx.Response:
        return self._send("PUT", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self._send("DELETE", path, **options)


class Api:
    """A register with the café and the municipality in it, and somebody who asks."""

    def __init__(self, write_key: str | None = None) -> None:
        clock = TravellingClock(1_790_000_000)
        self.registrar = Registrar.create(clock=clock, base_url=BASE, write_key=write_key)
        for record in (RECORD, LOGIN):
            self.registrar.register(record, PrivateKey.generate().public, dns_names=("rp.example",))
        self.http = Http(self.registrar.app)

    def read(self, path: str, **parameters: str) -> dict[str, Any]:
        """A verified answer."""
        reply = self.http.get(f"{path}?{urlencode(parameters)}")
        assert reply.status_code == 200, reply.text
        assert reply.headers["content-type"] == "application/jwt"
        [key] = self.http.get(reply.headers["x-jku-url"].removeprefix(BASE)).json()["keys"]
        jws = parse_jws(reply.text, typ={"JWT"}, algorithms=ES256, what="it")
        assert jws.header["kid"] == key["kid"]
        jws.verify(PublicKey.from_jwk({name: key[name] for name in ("kty", "crv", "x", "y")}))
        claims = jws.claims()
        assert (claims["iss"], claims["iat"]) == (BASE, 1_790_000_000)
        return claims

    def found(self, **parameters: str) -> list[str]:
        return [one["identifier"][0]["identifier"] for one in self.read("/wrp", **parameters)["data"]]


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.mark.req("Reg_03", "Reg_06")
def test_anybody_reads_signed_entries(api: Api) -> None:
    entry = api.read(f"/wrp/{ME}")["data"]
    assert entry["tradeName"] == "Café De Vrije Val"
    assert entry["legalPerson"]["legalName"] == [RECORD.legal_name]
    [service] = entry["services"]
    assert service == api.read(f"/wrp/{ME}/services/main")["data"]
    assert service["entitlements"] == ["https://uri.etsi.org/19475/Entitlement/Service_Provider"]
    [use] = service["intendedUses"]
    assert use["createdAt"] == "2026-09-21T14:13:20Z"
    assert use["credentials"][0]["claims"] == [{"path": list(AGE_CLAIM)}]


@pytest.mark.parametrize(
    "path",
    [
        "/wrp/NTRNL-00000000",
        f"/wrp/{ME}/services/kiosk",
        "/wrp/check-intended-use?identifier=NTRNL-00000000",
    ],
)
def test_what_is_not_there_is_told_in_json(api: Api, path: str) -> None:
    reply = api.http.get(path)
    assert (reply.status_code, reply.json()["error"]) == (404, "invalid_request")


@pytest.mark.req("Reg_06")
@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"identifier": ME}, [ME]),
        ({"legalname": RECORD.legal_name.upper()}, [ME]),
        ({"tradename": "vrije"}, [ME]),
        ({"tradename": "nobody"}, []),
        ({"serviceidentifier": "main", "intendeduseidentifier": "leeftijd"}, [ME]),
        ({"policy": LOGIN.intended_uses[0].privacy_policy}, [LOGIN.identifier]),
        ({"entitlement": "PID_Provider"}, []),
        (
            {"entitlement": "https://uri.etsi.org/19475/Entitlement/Service_Provider", "tradename": "vrije"},
            [ME],
        ),
        ({"credentialformat": "mso_mdoc"}, []),
        ({"credentialmeta": RECORD.intended_uses[0].credentials[0].types[0], "identifier": ME}, [ME]),
        ({"isintermediary": "true"}, []),
        ({"isintermediary": "false", "tradename": "vrije"}, [ME]),
        ({"usesintermediary": "NTRNL-87654321"}, []),
        ({"providesattestation": "urn:x"}, []),
    ],
)
def test_filters(api: Api, parameters: dict[str, str], found: list[str]) -> None:
    assert api.found(**parameters) == found


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "0"}, {"limit": "101"}, {"limit": "ten"}, {"limit": "\u0663"}, {"cursor": "\u00e9"}, {"cursor": "_w"},
        {"isintermediary": "perhaps"}, {"colour": "red"}, {"tradename": ""}, {"tradename": "x" * 2049},
    ],
)  # fmt: skip
def test_parameters_that_cannot_be(api: Api, parameters: dict[str, str]) -> None:
    reply = api.http.get(f"/wrp?{urlencode(parameters)}")
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


def test_a_parameter_is_there_once(api: Api) -> None:
    assert api.http.get("/wrp?limit=1&limit=2").status_code == 400


def test_pages_have_everybody_once_also_when_somebody_comes_in_between(api: Api) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        claims = api.read("/wrp", limit="1", **cursor)
        seen += [one["identifier"][0]["identifier"] for one in claims["data"]]
        if len(seen) == 1:
            api.registrar.enter(variant(identifier="NTRNL-00000001"))  # before the cursor
            api.registrar.enter(variant(identifier="NTRNL-99999999"))
        if not claims["pagination"]["has_next_page"]:
            break
        cursor = {"cursor": claims["pagination"]["next_cursor"]}
    assert seen == [*sorted((ME, LOGIN.identifier)), "NTRNL-99999999"]


@pytest.mark.parametrize(
    ("parameters", "registered"),
    [
        ({}, True),
        ({"intendeduseidentifier": "leeftijd", "serviceidentifier": "main"}, True),
        ({"intendeduseidentifier": "iets"}, False),
        ({"serviceidentifier": "kiosk"}, False),
        ({"claimpath": json.dumps(AGE_CLAIM)}, True),
        ({"claimpath": "bsn"}, False),
        ({"credentialformat": "mso_mdoc"}, False),
        ({"credentialmeta": "urn:example:other"}, False),
        ({"policyurl": RECORD.intended_uses[0].privacy_policy}, True),
        ({"policyurl": "https://other.example/"}, False),
    ],
)
@pytest.mark.parametrize("name", ["identifier", "rpidentifier"])
def test_is_this_use_registered(api: Api, name: str, parameters: dict[str, str], registered: bool) -> None:
    data = api.read("/wrp/check-intended-use", **{name: ME, **parameters})["data"]
    assert data["isRegistered"] is registered
    if registered:
        assert data["details"]["intendedUse"]["intendedUseIdentifier"] == "leeftijd"


def test_whose_use_it_is_must_be_said(api: Api) -> None:
    assert api.http.get("/wrp/check-intended-use").status_code == 400


@pytest.mark.req("RPACANot_07")
def test_the_register_of_a_cancelled_registrar_is_closed(api: Api) -> None:
    api.registrar.cancel_registration_authority()
    check = f"/wrp/check-intended-use?identifier={ME}"
    for path in ("/wrp", f"/wrp/{ME}", f"/wrp/{ME}/services/main", check, f"/register/{ME}"):
        assert api.http.get(path).status_code == 403, path


def test_who_is_suspended_is_not_shown(api: Api) -> None:
    api.registrar.suspend(ME)
    assert api.found() == [LOGIN.identifier]


# Writing ----------------------------------------------------------------------------------------


def body(record: RelyingPartyRecord, **changes: Any) -> dict[str, Any]:
    return {**relying_party_json(record, registered_at=0, registry_uri=BASE), **changes}


def test_nobody_writes_where_no_key_was_given(api: Api) -> None:
    headers = {"Authorization": "Bearer "}
    assert api.http.put("/wrp", json=body(RECORD), headers=headers).status_code == 405
    assert api.http.delete(f"/wrp/{ME}", headers=headers).status_code == 405


@pytest.mark.req("Reg_24", "Reg_07")
def test_who_has_the_key_registers_changes_and_cancels_from_afar() -> None:
    api = Api(write_key="a-long-key")
    mine, wrong = ({"Authorization": f"Bearer {key}"} for key in ("a-long-key", "another"))
    new = variant(identifier="NTRNL-90000077")
    for headers in ({}, wrong, {"Authorization": "Basic a-long-key"}):
        assert api.http.put("/wrp", json=body(new), headers=headers).status_code == 401
        assert api.http.delete(f"/wrp/{ME}", headers=headers).status_code == 401
    assert api.http.put("/wrp", json=body(new), headers=mine).status_code == 201
    assert api.registrar.record(new.identifier) == new
    assert api.http.put("/wrp", json=body(new, tradeName="Nieuw"), headers=mine).status_code == 200
    assert api.registrar.record(new.identifier).trade_name == "Nieuw"
    assert api.http.delete(f"/wrp/{quote(new.identifier)}", headers=mine).status_code == 204
    assert api.http.delete(f"/wrp/{new.identifier}", headers=mine).status_code == 404
    assert [one.what for one in api.registrar.changes][-3:] == ["registered", "updated", "cancelled"]


def test_what_cannot_be_registered_is_told_with_its_place() -> None:
    api = Api(write_key="k")
    mine = {"Authorization": "Bearer k"}
    reply = api.http.put("/wrp", json=body(RECORD, tradeName=""), headers=mine)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")
    assert "/trade_name" in reply.json()["error_description"]
    assert api.http.put("/wrp", content=b"[", headers=mine).status_code == 400
    assert api.http.put("/wrp", content=b" " * 262_145, headers=mine).status_code == 413


def test_what_is_written_is_what_is_read() -> None:
    used = {"identifier": "NTRNL-87654321", "trade_name": "Makelaar", "evidence": "a contract"}
    record = variant(uses_intermediary=used)
    value = body(record)
    assert "evidence" not in json.dumps(value)
    value["services"][0]["usesIntermediary"][0]["evidence"] = "a contract"
    assert read_relying_party(value) == record
    person = variant(identifier="IDCNL-SPECI2014", legal_name="", given_name="Frouke", family_name="Jansen")
    assert read_relying_party(body(person)) == person


@pytest.mark.parametrize(
    "changes",
    [
        {"services": []}, {"services": "main"}, {"services": [7]}, {"identifier": []}, {"identifier": [{}]},
        {"legalPerson": 7}, {"supervisoryAuthority": None}, {"infoURI": []}, {"isPSB": "perhaps"},
        {"services": [{"serviceIdentifier": "x"}]}, {"services": [{}] * 65},
    ],
)  # fmt: skip
def test_a_malformed_entry_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRegistration):
        read_relying_party(body(RECORD, **changes))
