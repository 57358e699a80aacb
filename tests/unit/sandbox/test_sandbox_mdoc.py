"""A card as an mdoc, from its issuer through the wallet to the relying party, in every response mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nlwallet import RelyingPartyRecord, Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import InvalidDeviceAuth, InvalidStatus, RemoteError
from nlwallet.holder import Wallet
from nlwallet.issuer import persona, pid_claims
from nlwallet.openid4vp import session_transcript
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.sandbox import pilot
from nlwallet.verifier import Verifier

NOW = 1_790_000_000
PID = "urn:eudi:pid:nl:1"
ADULT = [PID, "age_over_18"]
CITY = [f"{PID}.address", "locality"]


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW), profile=OPENID4VP_1_0) as edi:
        yield edi


@pytest.fixture
def wallet(edi: Sandbox) -> Wallet:
    wallet = edi.empty_wallet()
    receive(edi, wallet)
    return wallet


def receive(edi: Sandbox, wallet: Wallet, configuration: str = "nl-pid-mdoc") -> str:
    offer = edi.pid_issuer.offer(configuration, pid_claims(persona("frouke"), now=NOW))
    wallet.receive(offer.uri)
    assert offer.credential_id is not None
    return offer.credential_id


@pytest.fixture
def bar(edi: Sandbox) -> Verifier:
    record = pilot("cafe-de-vrije-val").record
    use = record.intended_uses[0].model_dump()
    use["credentials"] = ({"format": "mso_mdoc", "types": [PID], "claims": [ADULT, CITY]},)
    use["query_ids"] = ()
    registered = RelyingPartyRecord.of(**{**record.model_dump(), "intended_uses": (use,)})
    return edi.register(registered, host="cafe.example")


def asking(*paths: list[Any], multiple: bool = False, **more: Any) -> dict[str, Any]:
    query = {"id": "pid", "format": "mso_mdoc", "meta": {"doctype_value": PID}, "multiple": multiple}
    return {"credentials": [{**query, "claims": [{"path": path} for path in paths]}], **more}


@pytest.mark.req("I-30", "WI-10")
def test_a_pid_comes_as_an_mdoc_and_reads_like_its_twin(edi: Sandbox, wallet: Wallet) -> None:
    receive(edi, wallet, "nl-pid")
    document, twin = wallet.in_every_format
    assert wallet.cards == (document,)
    assert (document.format, document.type) == ("mso_mdoc", PID)
    assert document.claims == twin.claims
    assert document.name("nl") == twin.name("nl")
    assert len({copy.key.public for copy in document.copies.all}) == len(document.copies) > 1
    assert set(parse_cbor(b64url_decode(document.credential.text), what="it")) == {"nameSpaces", "issuerAuth"}


@pytest.mark.req("I-03", "I-30")
def test_metadata_tell_an_mdoc_by_its_doctype_and_elements(edi: Sandbox) -> None:
    known = edi.pid_issuer.issuer_metadata()["credential_configurations_supported"]["nl-pid-mdoc"]
    assert (known["format"], known["doctype"]) == ("mso_mdoc", PID)
    assert "vct" not in known
    assert known["cryptographic_binding_methods_supported"] == ["cose_key"]
    assert known["credential_signing_alg_values_supported"] == [-7]
    paths = [claim["path"] for claim in known["credential_metadata"]["claims"]]
    assert ADULT in paths
    assert CITY in paths
    assert all(len(path) >= 2 for path in paths)


MODES: dict[str, dict[str, Any]] = {
    "direct_post.jwt": {},
    "direct_post": {"response_mode": "direct_post"},
    "by value": {"passing": "value"},
    "unsigned": {"passing": "unsigned", "response_mode": "direct_post"},
}


@pytest.mark.req("HV-15", "HV-16", "HV-19", "HV-20", "HW-04", "M-01", "M-05")
@pytest.mark.parametrize("mode", MODES)
def test_a_relying_party_sees_the_elements_that_it_asked_for(
    mode: str, edi: Sandbox, wallet: Wallet, bar: Verifier
) -> None:
    identity = "redirect_uri" if mode == "unsigned" else "x509_hash"
    if mode == "unsigned":
        bar = edi.register(pilot("cafe-de-vrije-val").record.model_copy(update={"identifier": "NTRNL-90000043"}),
                           host="other.example", identity=identity)  # fmt: skip
    request = bar.request(query=asking(ADULT, CITY), **MODES[mode])
    prompt = wallet.open(request.uri)
    assert {claim.path for card in prompt.cards for claim in card.claims} == {tuple(ADULT), tuple(CITY)}
    assert "18 jaar of ouder" in str(prompt)
    prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
    result = bar.result(request)
    assert result.claims("pid") == {PID: {"age_over_18": True}, f"{PID}.address": {"locality": "Amsterdam"}}
    checked = {check.id for check in result.report if check.outcome == "passed"}
    assert {"M-07", "M-08", "M-10", "V-48"} <= checked


@pytest.mark.req("M-06", "A-11")
def test_through_the_browser_the_page_s_origin_is_in_the_session(wallet: Wallet, bar: Verifier) -> None:
    origin = "https://cafe.example"
    for form in ("signed", "unsigned"):
        request = bar.dc_api_request(origins=[origin], form=form, query=asking(ADULT))
        outcome = wallet.open_dc_api([request.as_json()], origin=origin).approve(
            pin=Sandbox.PIN, despite_warnings=True
        )
        result = bar.receive_dc_api(request, outcome.data, origin=origin)
        assert result.claims("pid") == {PID: {"age_over_18": True}}


@pytest.mark.req("HV-15", "HW-04")
def test_two_documents_come_in_two_responses(edi: Sandbox, wallet: Wallet, bar: Verifier) -> None:
    receive(edi, wallet)
    request = bar.request(query=asking(ADULT, multiple=True))
    wallet.open(request.uri).approve(pin=Sandbox.PIN, despite_warnings=True)
    assert len(bar.result(request).presentations) == 2


def test_both_formats_in_one_request(edi: Sandbox, wallet: Wallet, bar: Verifier) -> None:
    receive(edi, wallet, "nl-pid")
    query = asking(ADULT)
    query["credentials"].append(
        {
            "id": "twin",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": [PID]},
            "claims": [{"path": ["age_over_18"]}],
        }
    )
    request = bar.request(query=query)
    wallet.open(request.uri).approve(pin=Sandbox.PIN, despite_warnings=True)
    result = bar.result(request)
    assert result.claims("pid") == {PID: {"age_over_18": True}}
    assert result.claims("twin") == {"age_over_18": True}


@pytest.mark.req("M-09", "M-10", "ADV-127")
def test_a_response_that_was_meddled_with_is_refused(
    wallet: Wallet, bar: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(change: Callable[[dict[str, Any]], Any]) -> RemoteError | None:
        request = bar.request(query=asking(ADULT))
        prompt = wallet.open(request.uri)
        answer = prompt._answer  # the wallet itself sends nothing of the kind
        build = answer.response

        def response(facts: Any) -> dict[str, Any]:
            from nlwallet.holder import session

            real = session.build_response

            def meddled(of: Any, *, vp_token: Any, **given: Any) -> Any:
                data = parse_cbor(b64url_decode(vp_token["pid"][0]), what="it")
                change(data)
                return real(of, vp_token={"pid": [b64url_encode(dump_cbor(data))]}, **given)

            monkeypatch.setattr(session, "build_response", meddled)
            try:
                return build(facts)
            finally:
                monkeypatch.setattr(session, "build_response", real)

        monkeypatch.setattr(type(answer), "response", lambda _, facts: response(facts))
        with pytest.raises(RemoteError):
            prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
        monkeypatch.undo()
        error = bar.result(request).error
        assert isinstance(error, RemoteError)
        return error

    twice = spoilt(lambda data: data["documents"].append(data["documents"][0]))
    assert "several documents" in str(twice)
    status = spoilt(lambda data: data.update(status=10))
    assert "something went wrong" in str(status)
    other = spoilt(lambda data: data["documents"][0].update(docType="org.example.other"))
    assert other is not None


@pytest.mark.req("M-08", "ADV-115")
def test_a_presentation_for_another_request_takes_the_response_with_it(
    wallet: Wallet, bar: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nlwallet.holder import session

    first = bar.request(query=asking(ADULT))
    second = bar.request(query=asking(ADULT))
    other = wallet.open(first.uri)._answer.examination.verified.request
    monkeypatch.setattr(
        session,
        "session_transcript",
        lambda _, origin, encs: session_transcript(other, origin=origin, encs=encs),
    )
    with pytest.raises(RemoteError):
        wallet.open(second.uri).approve(pin=Sandbox.PIN, despite_warnings=True)
    result = bar.result(second)
    assert isinstance(result.error, InvalidDeviceAuth)
    assert [check.id for check in result.report if check.outcome == "failed"] == ["M-08"]


def test_a_revoked_mdoc_is_refused(edi: Sandbox, bar: Verifier) -> None:
    wallet = edi.empty_wallet()
    credential_id = receive(edi, wallet)
    edi.pid_issuer.status_lists.revoke(credential_id)
    request = bar.request(query=asking(ADULT))
    with pytest.raises(RemoteError):
        wallet.open(request.uri).approve(pin=Sandbox.PIN, despite_warnings=True)
    assert isinstance(bar.result(request).error, InvalidStatus)
    edi.clock.travel(3600)  # type: ignore[attr-defined]  # until the wallet's copy of the list is old
    (changed,) = wallet.check_cards()
    assert changed.status == "revoked"


def test_an_issuer_of_mdocs_has_the_certificate_of_a_document_signer(edi: Sandbox) -> None:
    from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
    from nlwallet.errors import LocalError
    from nlwallet.issuer import Issuer
    from nlwallet.mdoc import DOCUMENT_SIGNER

    key, url = PrivateKey.generate(), "https://town.example"
    authority = CertificateAuthority.create("EAA root", now=NOW)
    plain = authority.issue(key.public, Subject("Town"), now=NOW, san_uris=(url,))
    configuration = edi.pid_issuer.configuration("nl-pid").as_mdoc()
    with pytest.raises(LocalError, match="document signer"):
        Issuer(key=key, chain=plain, credential_issuer=url, configurations=[configuration])
    opened = edi.issuer("town.example", configurations=[configuration], attributes=lambda _: None)
    assert opened._signer.of_documents.chain.leaf.extended_key_usages == (DOCUMENT_SIGNER,)
