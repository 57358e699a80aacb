"""What a reader asks for, and the signature that says who it is (ISO/IEC 18013-5 §8.3.2.1.2.1, §9.1.4)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mdoc_forge import DOCTYPE, ES256, IACA, NOW, STRANGER, TRANSCRIPT, YEAR, certified, tagged

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidMdoc,
    InvalidRequest,
    InvalidSignature,
    LocalError,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.mdoc import (
    DOCUMENT_SIGNER,
    READER_AUTHENTICATION,
    DeviceRequest,
    DocRequest,
    ItemsRequest,
    encode_device_request,
)

ROOT = CertificateAuthority.create("Reader root", now=NOW - YEAR)
READER = PrivateKey.generate()
CHAIN = ROOT.issue(
    READER.public, Subject("Café de Vrije Val"), now=NOW, extended_key_usages=[READER_AUTHENTICATION]
)
ASKED = ItemsRequest(DOCTYPE, {DOCTYPE: {"age_over_18": False, "family_name": True}})


def signed(*requests: ItemsRequest, **changed: Any) -> bytes:
    given: dict[str, Any] = {"session_transcript": TRANSCRIPT, "key": READER, "chain": CHAIN}
    return encode_device_request(requests or (ASKED,), **{**given, **changed})


def reader_of(request: DocRequest, **changed: Any) -> str:
    given: dict[str, Any] = {
        "anchors": [ROOT.certificate],
        "session_transcript": TRANSCRIPT,
        "now": NOW,
        "algorithms": ES256,
    }
    given.update(changed)
    (chain,) = DeviceRequest("1.0", (request,)).verify_readers(given.pop("anchors"), **given)
    return chain.leaf.subject.common_name


def test_a_request_comes_back_as_it_was_made() -> None:
    other = ItemsRequest("org.iso.18013.5.1.mDL", {"org.iso.18013.5.1": {"portrait": True}}, {"purpose": 1})
    data = encode_device_request([ASKED, other])
    request = DeviceRequest.parse(data)
    assert request.version == "1.0"
    assert [one.items for one in request.doc_requests] == [ASKED, other]
    assert dump_cbor(parse_cbor(data, what="it")) == data
    assert request.doc_requests[0].items.namespaces[DOCTYPE] == {"age_over_18": False, "family_name": True}


def test_a_signed_request_says_who_asks() -> None:
    for request in DeviceRequest.parse(signed(ASKED, ASKED)).doc_requests:
        assert reader_of(request) == "Café de Vrije Val"


def test_an_unsigned_request_says_nothing_of_who_asks() -> None:
    (request,) = DeviceRequest.parse(encode_device_request([ASKED])).doc_requests
    with pytest.raises(InvalidRequest, match="who it is"):
        reader_of(request)


def test_a_signature_counts_for_one_session_one_request_one_reader() -> None:
    (request,) = DeviceRequest.parse(signed()).doc_requests
    with pytest.raises(InvalidSignature):
        reader_of(request, session_transcript=dump_cbor([None, None, None]))
    changed = ItemsRequest(DOCTYPE, {DOCTYPE: {"age_over_18": True}}).encode()
    with pytest.raises(InvalidSignature):
        reader_of(DocRequest(ASKED, changed, request.reader_auth))
    with pytest.raises(UntrustedCertificate):
        reader_of(request, anchors=[IACA.certificate])
    with pytest.raises(AlgorithmNotAllowed):
        reader_of(request, algorithms={"ES384"})


def test_the_certificate_is_of_a_reader() -> None:
    chain = ROOT.issue(READER.public, Subject("x"), now=NOW, extended_key_usages=[DOCUMENT_SIGNER])
    (request,) = DeviceRequest.parse(signed(chain=chain)).doc_requests
    with pytest.raises(UntrustedCertificate, match="extended key usage"):
        reader_of(request)
    assert reader_of(request, extended_key_usage=None) == "x"


def test_a_signature_without_a_certificate_is_refused() -> None:
    (request,) = DeviceRequest.parse(signed()).doc_requests
    assert request.reader_auth is not None
    protected, _, payload, signature = request.reader_auth
    with pytest.raises(InvalidMdoc, match="no certificate"):
        reader_of(DocRequest(request.items, request.items_bytes, [protected, {}, payload, signature]))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"key": None}, "a key, its chain"),
        ({"session_transcript": None}, "a key, its chain"),
        ({"key": STRANGER}, "not that of the signing key"),
        ({"chain": certified()}, "not that of the signing key"),
    ],
)
def test_our_own_mistakes_are_local(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(LocalError, match=says):
        signed(**changed)
    with pytest.raises(LocalError, match="asks for a document"):
        encode_device_request([])


def doc(items: Any = None, **more: Any) -> dict[str, Any]:
    members = {"docType": DOCTYPE, "nameSpaces": {DOCTYPE: {"age_over_18": False}}}
    return {"itemsRequest": tagged(dump_cbor(members if items is None else items)), **more}


WRONG: list[Any] = [
    {},
    {"version": "1.0"},
    {"version": "1.0", "docRequests": []},
    {"version": "1.0", "docRequests": [doc()] * 17},
    {"version": "2.0", "docRequests": [doc()]},
    {"version": 1, "docRequests": [doc()]},
    {"version": "1.0", "docRequests": [{}]},
    {"version": "1.0", "docRequests": [1]},
    {"version": "1.0", "docRequests": [{"itemsRequest": dump_cbor({})}]},
    {"version": "1.0", "docRequests": [doc(readerAuth=tagged(b""))]},
    {"version": "1.0", "docRequests": [doc({"docType": DOCTYPE})]},
    {"version": "1.0", "docRequests": [doc({"docType": DOCTYPE, "nameSpaces": {}})]},
    {"version": "1.0", "docRequests": [doc({"docType": DOCTYPE, "nameSpaces": {"x": {}}})]},
    {"version": "1.0", "docRequests": [doc({"docType": DOCTYPE, "nameSpaces": {"x": {"y": 1}}})]},
    {"version": "1.0", "docRequests": [doc({"docType": DOCTYPE, "nameSpaces": {"x": {5: True}}})]},
    {"version": "1.0", "docRequests": [doc({"docType": 5, "nameSpaces": {"x": {"y": True}}})]},
    [],
]


@pytest.mark.parametrize("value", WRONG)
def test_a_request_of_another_shape_is_refused(value: Any) -> None:
    with pytest.raises(RemoteError):
        DeviceRequest.parse(dump_cbor(value))


def test_the_request_that_the_wrong_ones_differ_from_is_taken() -> None:
    assert DeviceRequest.parse(dump_cbor({"version": "1.0", "docRequests": [doc()] * 16}))


names = st.text(min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(
    doctype=names,
    namespaces=st.dictionaries(
        names, st.dictionaries(names, st.booleans(), min_size=1, max_size=4), min_size=1, max_size=3
    ),
)
def test_any_request_comes_back(doctype: str, namespaces: dict[str, dict[str, bool]]) -> None:
    asked = ItemsRequest(doctype, namespaces)
    (request,) = DeviceRequest.parse(signed(asked)).doc_requests
    assert request.items == asked
    assert reader_of(request)
