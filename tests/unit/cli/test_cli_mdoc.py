"""``nlwallet decode`` and ``nlwallet verify`` of everything that ISO/IEC 18013-5 writes in CBOR."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.cli.app import run
from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.issuer import card, eu_pid_claims, persona
from nlwallet.mdoc import (
    EU_PID_DOCTYPE,
    MDL_DOCTYPE,
    MDL_NAMESPACE,
    ItemsRequest,
    Mdoc,
    encode_device_request,
)
from nlwallet.openid4vp import AuthorizationRequest, session_transcript
from nlwallet.sandbox import pilot
from nlwallet.trust import Category

NOW = 1_790_000_000
AT = ["--at", str(NOW)]


@dataclass(frozen=True)
class World:
    mdoc: Mdoc
    key: Any
    request: str
    transcript: bytes
    pid: str
    pid_anchor: Path
    anchor: Path
    stranger: Path

    def response(self, *elements: str) -> str:
        paths = [(MDL_NAMESPACE, one) for one in elements]
        return self.mdoc.present(paths, holder_key=self.key, session_transcript=self.transcript)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A driving licence in a wallet, a PID, and a request."""
    folder = tmp_path_factory.mktemp("anchors")
    with Sandbox(clock=TravellingClock(NOW)) as edi:
        wallet, ready = edi.empty_wallet(), card("driving-licence")
        issuer = edi.issuer("driving-licence")
        wallet.receive(issuer.offer("driving-licence-mdoc", ready.claims("frouke", now=NOW)).uri)
        bar = edi.register(pilot("cafe-de-vrije-val").record, host="cafe.example")
        query = {"id": "mdl", "format": "mso_mdoc", "meta": {"doctype_value": MDL_DOCTYPE},
                 "claims": [{"path": [MDL_NAMESPACE, "age_over_18"]}]}  # fmt: skip
        asked = bar.request(query={"credentials": [query]})
        token = bar.endpoints.request_object(asked.uri.rpartition("%2F")[2])
        parsed = AuthorizationRequest.parse(json.loads(b64url_decode(token.split(".")[1])))
        copy = wallet.cards[0].copies.first
        claims = eu_pid_claims(persona("frouke"), now=NOW)
        pid = edi.pid_issuer.issue("eu-pid-mdoc", claims, PrivateKey.generate().public)
        paths = []
        for category in (Category.PID_PROVIDER, Category.PUB_EAA_PROVIDER, Category.EAA_PROVIDER):
            path = folder / f"{category}.pem"
            path.write_text("".join(one.pem() for one in edi.anchors.of(category)))
            paths.append(path)
        transcript = session_transcript(parsed, origin=None, encs=("A256GCM",))
        yield World(copy.credential, copy.key, token, transcript, pid, *paths)


def out(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert run([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("form", ["base64url", "hex", "spaced hex", "base64", "file"])
def test_an_issued_mdoc_is_read_in_any_form(
    form: str, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = b64url_decode(world.pid)
    path = tmp_path / "pid.mdoc"
    path.write_bytes(data)
    import base64

    source = {
        "base64url": world.pid,
        "hex": data.hex().upper(),
        "spaced hex": data.hex(" "),
        "base64": base64.b64encode(data).decode(),
        "file": str(path),
    }[form]
    said = out(capsys, "decode", source)
    assert said["kind"].startswith("IssuerSigned")
    elements = {name: value for one in said["elements"][EU_PID_DOCTYPE] for name, value in one.items()}
    assert elements["birth_date"] == "2000-03-24 (full-date)"
    assert elements["portrait"].startswith("h'ffd8")
    assert elements["portrait"].endswith("(1305 bytes)")
    mso = said["issuer_auth"]["mobile_security_object"]
    assert mso["docType"] == EU_PID_DOCTYPE
    assert mso["validityInfo"]["signed"].endswith("Z (tdate)")
    assert said["issuer_auth"]["headers"] == {"protected alg": "-7 (ES256)"}
    assert said["issuer_auth"]["certificates"][0]["country"] == "NL"
    checked = out(capsys, "verify", source, "--anchor", str(world.pid_anchor), *AT)
    assert checked["verified"]
    assert checked["claims"]["docType"] == EU_PID_DOCTYPE


def test_a_device_response_and_its_parts(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    response = world.response("age_over_18")
    said = out(capsys, "decode", response)
    assert said["kind"].startswith("DeviceResponse")
    (document,) = said["documents"]
    assert document["docType"] == MDL_DOCTYPE
    assert document["device_signed"]["deviceSignature"]["payload"] == "detached"
    decoded = parse_cbor(b64url_decode(response), what="it")["documents"][0]
    for part, kind in (
        (decoded, "Document"),
        (decoded["issuerSigned"]["issuerAuth"], "COSE_Sign1"),
        (decoded["issuerSigned"], "IssuerSigned"),
    ):
        assert out(capsys, "decode", dump_cbor(part).hex())["kind"].startswith(kind)
    mso = parse_cbor(decoded["issuerSigned"]["issuerAuth"][2], what="it")
    assert out(capsys, "decode", dump_cbor(mso).hex())["kind"].startswith("MobileSecurityObject")
    told = out(capsys, "decode", world.transcript.hex())
    assert told["kind"].startswith("SessionTranscript")
    assert "§B.2.6.1" in told["handover"]


def test_a_device_request(capsys: pytest.CaptureFixture[str]) -> None:
    items = ItemsRequest(MDL_DOCTYPE, {MDL_NAMESPACE: {"age_over_18": False, "portrait": True}})
    said = out(capsys, "decode", b64url_encode(encode_device_request([items])))
    (asked,) = said["requests"]
    assert asked["docType"] == MDL_DOCTYPE
    assert asked["asks"][MDL_NAMESPACE] == {
        "age_over_18": "not to be kept",
        "portrait": "may be kept (intent to retain)",
    }
    assert "nobody says who asks" in said["notes"][0]
    assert out(capsys, "decode", items.encode().hex())["kind"].startswith("ItemsRequest")


def test_other_cbor_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    said = out(capsys, "decode", dump_cbor({"a": [1, b"\x01", None], 2: True}).hex())
    assert (said["kind"], said["value"]) == ("CBOR (RFC 8949)", {"a": [1, "h'01'", None], "2": True})


@pytest.mark.parametrize("text", ["a1", "9fff", "a2616101616102", "d818", "83f6f6"])
def test_broken_cbor_is_one_line(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["decode", text * (2 if len(text) < 3 else 1)]) in (0, 1)
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    assert len(told.err.splitlines()) <= 1


def test_every_check_of_a_response_is_listed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    anchor = ["--anchor", str(world.anchor)]
    said = out(capsys, "verify", world.response("age_over_18"), *anchor, *AT, "--request", world.request)
    assert said["verified"]
    assert said["kind"] == "device response"
    assert said["claims"][MDL_NAMESPACE] == {"age_over_18": True}
    outcomes = [(one["id"], one["outcome"]) for one in said["checks"]]
    assert outcomes == [("M-01", "passed"), *[("M-07", "passed")] * 5, ("M-08", "passed"), ("M-09", "passed"),
                        ("M-07", "passed"), ("M-01", "passed"), ("M-11", "skipped")]  # fmt: skip


def test_a_digest_id_that_some_readers_cannot_hold_is_told(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is moved and not the document, whose digests are signed."""
    monkeypatch.setattr("nlwallet.cli.verify_mdoc.MAX_DIGEST_ID", 0)
    said = out(capsys, "verify", world.mdoc.data.hex(), "--anchor", str(world.anchor), *AT)
    (check,) = [one for one in said["checks"] if "digestID" in one["what"]]
    assert said["verified"]
    assert (check["outcome"], check["spec"]) == ("warned", "ISO/IEC 18013-5 §9.1.2.4")


def test_what_fails_is_told_and_the_rest_is_skipped(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    response, anchor = world.response("age_over_18"), ["--anchor", str(world.anchor)]

    def failed(*arguments: str) -> Any:
        said = out(capsys, "verify", *arguments, code=1)
        (check,) = [one for one in said["checks"] if one["outcome"] == "failed"]
        assert not said["verified"]
        assert "claims" not in said
        return check

    assert failed(response, "--anchor", str(world.stranger), *AT, "--request", world.request)["id"] == "M-07"
    late = ["--at", str(NOW + 400 * 86_400)]
    assert failed(response, *anchor, *late, "--request", world.request)["id"] == "M-07"
    claims = json.loads(b64url_decode(world.request.split(".")[1]))
    other = json.dumps({**claims, "nonce": "another-nonce-of-enough-length"})
    assert failed(response, *anchor, *AT, "--request", other)["id"] == "M-08"
    data = parse_cbor(b64url_decode(response), what="it")
    data["documents"][0]["docType"] = "org.example.other"
    check = failed(dump_cbor(data).hex(), *anchor, *AT, "--request", world.request)
    assert "digest" in check["what"]


def test_a_response_without_its_request_is_wrong_usage(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", world.response("age_over_18"), "--anchor", str(world.anchor), *AT]) == 1
    assert "--request" in capsys.readouterr().err
