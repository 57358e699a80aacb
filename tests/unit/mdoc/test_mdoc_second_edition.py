"""What the second edition of ISO/IEC 18013-5 adds to a request: one signature over all, and what is wanted together."""

from __future__ import annotations

from typing import Any

import pytest
from mdoc_forge import DOCTYPE, ES256, IACA, NOW, TRANSCRIPT, YEAR, tagged

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.errors import InvalidRequest, InvalidSignature, LocalError, RemoteError, UntrustedCertificate
from nlwallet.mdoc import READER_AUTHENTICATION, DeviceRequest, ItemsRequest, UseCase, encode_device_request
from nlwallet.proximity import query_of

ROOT = CertificateAuthority.create("Reader root", now=NOW - YEAR)
READER, STRANGER = PrivateKey.generate(), PrivateKey.generate()
SUBJECT = Subject("Café de Vrije Val")
CHAIN = ROOT.issue(READER.public, SUBJECT, now=NOW, extended_key_usages=[READER_AUTHENTICATION])
STRANGE = IACA.issue(STRANGER.public, SUBJECT, now=NOW, extended_key_usages=[READER_AUTHENTICATION])
MDL = "org.iso.18013.5.1.mDL"
ASKED = (
    ItemsRequest(DOCTYPE, {DOCTYPE: {"age_over_18": False}}),
    ItemsRequest(MDL, {"org.iso.18013.5.1": {"portrait": True}}),
)
TOGETHER = (UseCase(((0, 1),)),)


def signed(use_cases: tuple[UseCase, ...] = TOGETHER, **changed: Any) -> dict[str, Any]:
    """A request, decoded."""
    given: dict[str, Any] = {"session_transcript": TRANSCRIPT, "key": READER, "chain": CHAIN, **changed}
    return dict(parse_cbor(encode_device_request(ASKED, use_cases=use_cases, **given), what="it"))


def readers(request: dict[str, Any], **changed: Any) -> list[str]:
    given: dict[str, Any] = {"session_transcript": TRANSCRIPT, "now": NOW, "algorithms": ES256, **changed}
    anchors = given.pop("anchors", [ROOT.certificate])
    chains = DeviceRequest.parse(dump_cbor(request)).verify_readers(anchors, **given)
    return [one.leaf.subject.common_name for one in chains]


def test_one_signature_over_all_says_who_asks() -> None:
    request = signed()
    assert request["version"] == "1.1"
    assert all("readerAuth" not in one for one in request["docRequests"])
    assert readers(request) == ["Café de Vrije Val"]


def test_it_covers_the_session_the_documents_their_order_and_the_rest() -> None:
    request = signed()
    first, second = request["docRequests"]
    for changed in (
        {"docRequests": [first], "deviceRequestInfo": tagged(b"\xa0")},
        {"docRequests": [second, first]},
        {"docRequests": [first, second, second]},
        {"deviceRequestInfo": tagged(dump_cbor({"useCases": [{"mandatory": False, "documentSets": [[0]]}]}))},
        {"deviceRequestInfo": tagged(b"\xa0")},
    ):
        with pytest.raises(InvalidSignature):
            readers({**request, **changed})
    del request["deviceRequestInfo"]
    with pytest.raises(InvalidSignature):
        readers(request)
    with pytest.raises(InvalidSignature):
        readers(signed(), session_transcript=dump_cbor([None, None, None]))


def test_of_several_readers_one_has_to_be_trusted() -> None:
    ours, theirs = signed(), signed(key=STRANGER, chain=STRANGE)
    both = {**ours, "readerAuthAll": [*theirs["readerAuthAll"], *ours["readerAuthAll"]]}
    assert readers(both) == ["Café de Vrije Val"]
    with pytest.raises(UntrustedCertificate):
        readers(theirs)
    with pytest.raises(InvalidSignature):  # not that the other is a stranger
        readers(both, session_transcript=dump_cbor([None, None, None]))


def test_a_signature_of_one_document_counts_beside_it() -> None:
    whole, each = signed(), signed(use_cases=(), key=STRANGER, chain=STRANGE)
    docs = [each["docRequests"][0], whole["docRequests"][1]]
    anchors = [ROOT.certificate, IACA.certificate]
    assert len(readers({**whole, "docRequests": docs}, anchors=anchors)) == 2
    with pytest.raises(UntrustedCertificate):
        readers({**whole, "docRequests": docs})


def test_the_first_edition_does_not_know_it() -> None:
    request = {**signed(), "version": "1.0"}
    with pytest.raises(InvalidRequest, match="who it is"):
        readers(request)
    assert DeviceRequest.parse(dump_cbor(request)).use_cases == ()


def test_use_cases_are_credential_sets() -> None:
    cases = (UseCase(((0,), (1,))), UseCase(((0, 1),), mandatory=False))
    request = DeviceRequest.parse(dump_cbor(signed(cases)))
    assert request.use_cases == cases
    first, second = query_of(request).credential_sets
    assert (first.options, first.required) == ((("doc_0",), ("doc_1",)), True)
    assert (second.options, second.required) == ((("doc_0", "doc_1"),), False)


def use_case(**changed: Any) -> dict[str, Any]:
    return {"mandatory": True, "documentSets": [[0]], **changed}


@pytest.mark.parametrize(
    "info",
    [
        5,
        {"useCases": []},
        {"useCases": [5]},
        {"useCases": [use_case(mandatory=1)]},
        {"useCases": [use_case(documentSets=[])]},
        {"useCases": [use_case(documentSets=[[]])]},
        {"useCases": [use_case(documentSets=[[2]])]},
        {"useCases": [use_case(documentSets=[[-1]])]},
        {"useCases": [use_case(documentSets=[[True]])]},
        {"useCases": [use_case(documentSets=[[0, 0]])]},
        {"useCases": [use_case()] * 17},
        {"useCases": [use_case(documentSets=[[0]] * 17)]},
    ],
)
def test_use_cases_that_cannot_be_read_are_refused(info: Any) -> None:
    request = {**signed(), "deviceRequestInfo": tagged(dump_cbor(info))}
    with pytest.raises(RemoteError) as refused:
        DeviceRequest.parse(dump_cbor(request))
    assert refused.value.pointer.startswith("/deviceRequestInfo")


@pytest.mark.parametrize("given", [5, [], [5], [[]] * 9])
def test_signatures_that_cannot_be_read_are_refused(given: Any) -> None:
    with pytest.raises(RemoteError):
        readers({**signed(), "readerAuthAll": given})


def test_what_is_not_known_is_passed_over() -> None:
    info = {"useCases": [use_case(purposeHints={"org.example": 1})], "other": 1}
    request = {**signed(), "deviceRequestInfo": tagged(dump_cbor(info)), "more": 1}
    assert DeviceRequest.parse(dump_cbor(request)).use_cases == (UseCase(((0,),)),)


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ({"zkRequest": {"systemSpecs": [], "zkRequired": True}}, "zkRequest"),
        ({"docResponseEncryption": tagged(b"\xa0")}, "docResponseEncryption"),
    ],
)
def test_who_must_not_read_the_document_does_not_get_it(info: dict[str, Any], name: str) -> None:
    asked = ItemsRequest(DOCTYPE, {DOCTYPE: {"age_over_18": False}}, info)
    with pytest.raises(InvalidRequest) as refused:
        query_of(DeviceRequest.parse(encode_device_request([asked])))
    assert refused.value.code == "unsupported_request"
    assert refused.value.pointer == f"/docRequests/0/itemsRequest/requestInfo/{name}"


def test_a_proof_that_is_only_preferred_leaves_the_document() -> None:
    asked = ItemsRequest(DOCTYPE, {DOCTYPE: {"age_over_18": False}}, {"zkRequest": {"zkRequired": False}})
    assert query_of(DeviceRequest.parse(encode_device_request([asked]))).credentials


def test_our_own_mistakes_are_local() -> None:
    with pytest.raises(LocalError, match="not that of the signing key"):
        signed(key=STRANGER)
    with pytest.raises(LocalError, match="a key, its chain"):
        signed(chain=None)
