"""The issuer's half of a document: what a wallet refuses on receipt, and a verifier in a presentation (§9.3.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cbor2 import CBORTag
from mdoc_forge import (
    CHAIN,
    DOCTYPE,
    DS,
    ELEMENTS,
    ES256,
    HOLDER,
    IACA,
    ITEMS,
    NOW,
    OTHER_NAMESPACE,
    SIGNERS,
    STRANGER,
    YEAR,
    certified,
    digests,
    issued,
    issuer_signed,
    item,
    mso,
    received,
    response,
    shown,
    sign1,
    tagged,
    tdate,
    verified,
)

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.cose import parse_cose_sign1
from nlwallet.encoding import b64url_encode
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidMdoc,
    InvalidSignature,
    LimitExceeded,
    MalformedInput,
    OutsideValidity,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.mdoc import (
    MDL_NAMESPACE,
    READER_AUTHENTICATION,
    DocumentSigners,
    PermittedDocumentSigners,
    verify_mdoc,
)


def refused(
    document: dict[str, Any], error: type[RemoteError], says: str | None = None, **changed: Any
) -> RemoteError:
    """The wallet refuses the document on receipt, and the verifier when it is shown, for one reason."""
    with pytest.raises(error, match=says) as at_receipt:
        received(dump_cbor(document), **changed)
    with pytest.raises(error, match=says):
        verified(response(shown(document)), **changed)
    assert at_receipt.value.code
    assert at_receipt.value.spec or isinstance(at_receipt.value, LimitExceeded)
    return at_receipt.value


def test_what_is_made_by_hand_is_taken() -> None:
    """Otherwise the refusals below would prove nothing."""
    document = issuer_signed()
    assert received(dump_cbor(document)).claims == {DOCTYPE: ELEMENTS}
    assert verified(response(shown(document))).claims == {DOCTYPE: ELEMENTS}


@pytest.mark.req("M-07")
def test_a_document_is_read_as_what_was_issued() -> None:
    mdoc = received(issued(), doctype=DOCTYPE)
    assert mdoc.types == (DOCTYPE,)
    assert mdoc.holder_key == HOLDER.public
    assert mdoc.chain == CHAIN
    assert (mdoc.issued_at, mdoc.expires_at) == (NOW, NOW + YEAR // 2)
    assert received(mdoc.text).data == mdoc.data
    assert "Jansen" not in repr(mdoc) + repr(mdoc.issuer_signed) + repr(mdoc.mso)


# Digests ----------------------------------------------------------------------------------------


@pytest.mark.req("M-07", "ADV-119")
def test_a_changed_value_is_refused() -> None:
    changed = [item(0, "family_name", "de Vries"), *ITEMS[1:]]
    error = refused(
        issuer_signed({DOCTYPE: [tagged(each) for each in changed]}), InvalidMdoc, "not what the issuer"
    )
    assert error.pointer == f"/nameSpaces/{DOCTYPE}/0"
    assert "Vries" not in str(error)


@pytest.mark.req("M-07", "ADV-119")
def test_an_element_without_a_digest_is_refused() -> None:
    more = [*ITEMS, item(3, "age_over_65", True)]
    error = refused(issuer_signed({DOCTYPE: [tagged(each) for each in more]}), InvalidMdoc, "no digest")
    assert error.pointer == f"/nameSpaces/{DOCTYPE}/3"


@pytest.mark.req("ADV-119")
def test_a_changed_salt_or_number_is_refused() -> None:
    for changed in ({"random": b"x" * 16}, {"digestID": 1}):
        first = item(0, "family_name", "Jansen", **changed)
        refused(issuer_signed({DOCTYPE: [tagged(first)]}), InvalidMdoc, "not what the issuer")


@pytest.mark.req("M-07", "ADV-120")
def test_an_element_that_is_there_twice_is_refused() -> None:
    twice = [tagged(each) for each in (*ITEMS, ITEMS[0])]
    refused(issuer_signed({DOCTYPE: twice}), InvalidMdoc, "there twice")
    both = [item(0, "family_name", "Jansen"), item(1, "family_name", "de Vries")]
    signed = mso(valueDigests={DOCTYPE: digests(*both)})
    refused(
        issuer_signed({DOCTYPE: [tagged(each) for each in both]}, signed=signed), InvalidMdoc, "there twice"
    )


@pytest.mark.req("M-07", "ADV-120")
def test_an_element_in_another_namespace_is_refused() -> None:
    refused(issuer_signed({OTHER_NAMESPACE: [tagged(ITEMS[0])]}), InvalidMdoc, "no digest")
    signed = mso(valueDigests={DOCTYPE: digests(*ITEMS), OTHER_NAMESPACE: digests(item(0, "bsn", "1"))})
    moved = issuer_signed({OTHER_NAMESPACE: [tagged(ITEMS[0])]}, signed=signed)
    refused(moved, InvalidMdoc, "not what the issuer")


# The signature and its certificate --------------------------------------------------------------


@pytest.mark.req("M-07", "ADV-123")
def test_who_signs_leads_to_an_anchor() -> None:
    stranger = CertificateAuthority.create("Another IACA", now=NOW - YEAR)
    other = certified(authority=stranger).leaf.der
    refused(issuer_signed(unprotected={33: other}), UntrustedCertificate, "no anchor here")
    refused(issuer_signed(unprotected={}), InvalidMdoc, "no certificate")
    refused(issuer_signed(), UntrustedCertificate, "no trust anchor", issuer=DocumentSigners([]))
    own = [CHAIN.leaf.der, IACA.certificate.der]
    refused(issuer_signed(unprotected={33: own}), UntrustedCertificate, "its own anchor")
    tolerant = DocumentSigners([IACA.certificate], anchor_in_x5chain="accepted")
    received(dump_cbor(issuer_signed(unprotected={33: own})), issuer=tolerant)


@pytest.mark.req("M-07", "ADV-123")
def test_the_certificate_is_of_a_document_signer_and_valid() -> None:
    reader = certified(extended_key_usages=[READER_AUTHENTICATION]).leaf.der
    refused(issuer_signed(unprotected={33: reader}), UntrustedCertificate, "extended key usage")
    any_usage = DocumentSigners([IACA.certificate], extended_key_usage=None)
    received(dump_cbor(issuer_signed(unprotected={33: reader})), issuer=any_usage)
    expired = certified(not_before=NOW - 100, not_after=NOW - 1).leaf.der
    early = mso(
        validityInfo={"signed": tdate(NOW - 50), "validFrom": tdate(NOW), "validUntil": tdate(NOW + 9)}
    )
    refused(issuer_signed(signed=early, unprotected={33: expired}), OutsideValidity, "has expired")


@pytest.mark.req("M-07")
def test_an_intermediate_travels_along() -> None:
    middle = IACA.subordinate("Between", now=NOW - YEAR)
    chain = certified(authority=middle)
    assert len(list(chain)) == 2
    assert received(issued(chain=chain)).chain == chain


@pytest.mark.req("M-07", "ADV-125")
def test_a_signature_that_is_not_right_is_refused() -> None:
    refused(issuer_signed(key=STRANGER), InvalidSignature)
    refused(issuer_signed(protected={}, unprotected={1: -7, 33: CHAIN.leaf.der}), AlgorithmNotAllowed)
    refused(issuer_signed(protected={1: -35}), AlgorithmNotAllowed)
    refused(issuer_signed(protected={1: -35}), AlgorithmNotAllowed, "does not go with", algorithms={"ES384"})
    key = PrivateKey.generate("P-384")
    other_curve = issuer_signed(key=key, unprotected={33: certified(key.public).leaf.der})
    refused(other_curve, AlgorithmNotAllowed, "does not go with a P-384 key")
    detached = issuer_signed()
    detached["issuerAuth"][2] = None
    refused(detached, InvalidMdoc, "no payload")
    changed = issuer_signed()
    changed["issuerAuth"][2] = (
        issuer_signed(signed=mso(docType=DOCTYPE, version="1.0"))["issuerAuth"][2][:-1] + b"!"
    )
    refused(changed, RemoteError)


@pytest.mark.req("M-07")
def test_the_signature_is_over_this_mso() -> None:
    signed, other = issuer_signed(), mso()
    other["valueDigests"] = {DOCTYPE: digests(item(0, "age_over_18", True))}
    signed["nameSpaces"] = {DOCTYPE: [tagged(item(0, "age_over_18", True))]}
    signed["issuerAuth"][2] = dump_cbor(tagged(dump_cbor(other)))
    refused(signed, InvalidSignature)


def test_the_verifier_chooses_who_may_issue_which_type() -> None:
    document = issuer_signed()
    refused(document, InvalidMdoc, "nobody is known", issuer=PermittedDocumentSigners({"org.other": SIGNERS}))
    assert (
        received(dump_cbor(document), issuer=PermittedDocumentSigners({DOCTYPE: SIGNERS})).doctype == DOCTYPE
    )


# Type, time, country ----------------------------------------------------------------------------


@pytest.mark.req("M-07", "ADV-121")
def test_the_type_is_the_one_that_was_signed() -> None:
    with pytest.raises(InvalidMdoc, match="docType"):
        verified(response(shown(doctype="org.iso.18013.5.1.mDL")))
    with pytest.raises(InvalidMdoc, match="docType"):
        received(issued(), doctype="org.iso.18013.5.1.mDL")


def during(signed: int, begins: int, ends: int) -> dict[str, Any]:
    times = {"signed": tdate(signed), "validFrom": tdate(begins), "validUntil": tdate(ends)}
    return issuer_signed(signed=mso(validityInfo=times))


@pytest.mark.req("M-07", "ADV-122")
def test_it_is_valid_now() -> None:
    document = during(NOW, NOW + 10, NOW + 20)
    assert refused(document, OutsideValidity, now=NOW + 9).code == "not_yet_valid"
    assert refused(document, OutsideValidity, now=NOW + 21).code == "expired"
    for moment in (NOW + 10, NOW + 20):
        received(dump_cbor(document), now=moment)
    for moment in (NOW + 5, NOW + 25):
        received(dump_cbor(document), now=moment, leeway=5)


@pytest.mark.req("M-07", "ADV-122")
def test_it_was_signed_while_the_certificate_was_valid() -> None:
    for signed in (CHAIN.leaf.not_before - 1, CHAIN.leaf.not_after + 1):
        refused(during(signed, NOW, NOW + 20), InvalidMdoc, "outside the validity of the signer")


@pytest.mark.parametrize(
    "when",
    [
        "2027-01-15T08:00:00Z",
        CBORTag(0, "2027-01-15T08:00:00.5Z"),
        CBORTag(0, "2027-01-15T08:00:00+01:00"),
        CBORTag(0, "2027-13-15T08:00:00Z"),
        CBORTag(0, 1_800_000_000),
        CBORTag(1, 1_800_000_000),
        None,
    ],
)
def test_a_moment_is_a_tdate(when: Any) -> None:
    times = {"signed": tdate(NOW), "validFrom": when, "validUntil": tdate(NOW + 9)}
    refused(issuer_signed(signed=mso(validityInfo=times)), InvalidMdoc, "validFrom is no tdate")


@pytest.mark.req("M-07")
def test_the_country_of_a_driving_licence_is_that_of_its_signer() -> None:
    def licence(country: str, namespace: str = MDL_NAMESPACE) -> bytes:
        return issued(namespaces={namespace: {"issuing_country": country}})

    assert received(licence("NL")).claims == {MDL_NAMESPACE: {"issuing_country": "NL"}}
    with pytest.raises(InvalidMdoc, match="issuing_country"):
        received(licence("BE"))
    received(licence("BE"), country_namespaces=())
    received(licence("BE", DOCTYPE))
    with pytest.raises(InvalidMdoc, match="issuing_country"):
        received(licence("BE", DOCTYPE), country_namespaces=[DOCTYPE])


# Structure --------------------------------------------------------------------------------------

UNTAGGED: list[tuple[str, Any]] = [
    ("an element without tag 24", ITEMS[0]),
    ("an element under another tag", CBORTag(25, ITEMS[0])),
    ("an element that is not encoded", CBORTag(24, {"digestID": 0})),
    ("a text", CBORTag(24, "x")),
]


@pytest.mark.req("M-01", "ADV-129")
@pytest.mark.parametrize("one", [each for _, each in UNTAGGED], ids=[name for name, _ in UNTAGGED])
def test_an_element_is_encoded_cbor_with_tag_24(one: Any) -> None:
    refused(issuer_signed({DOCTYPE: [one]}), InvalidMdoc, "tag 24")


@pytest.mark.req("M-01", "ADV-129")
def test_base64url_has_no_padding_and_its_own_alphabet() -> None:
    document = issued(namespaces={DOCTYPE: {"portrait": b"\xfb\xff\xfe" * 30}})
    while len(document) % 3 == 0:
        document = issued(
            namespaces={DOCTYPE: {"portrait": b"\xfb\xff\xfe" * 30, "x": "y" * (len(document) % 7)}}
        )
    text = b64url_encode(document)
    assert received(text).data == document
    assert {"-", "_"} & set(text)
    for wrong in (text + "=" * (-len(text) % 4), text.replace("-", "+").replace("_", "/"), text + "\n"):
        with pytest.raises(MalformedInput, match="base64url"):
            received(wrong)


ITEM_MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"random": b"x" * 15}, "fewer than 16"),
    ({"random": "x" * 16}, "random is not a byte string"),
    ({"digestID": -1}, "out of range"),
    ({"digestID": 2**32}, "out of range"),
    ({"digestID": True}, "digestID is not an integer"),
    ({"elementIdentifier": 5}, "elementIdentifier is not a text"),
    ({"elementIdentifier": ""}, "1 to 256"),
    ({"elementIdentifier": "x" * 257}, "1 to 256"),
]


@pytest.mark.parametrize(("changed", "says"), ITEM_MISTAKES)
def test_an_element_has_its_four_members(changed: dict[str, Any], says: str) -> None:
    one = item(0, "family_name", "Jansen", **changed)
    signed = mso(valueDigests={DOCTYPE: digests(one)})
    refused(issuer_signed({DOCTYPE: [tagged(one)]}, signed=signed), RemoteError, says)


@pytest.mark.parametrize("number", [2**31, 2**32 - 1])
def test_a_digest_id_of_32_bits_is_read(number: int) -> None:
    """§9.1.2.4 wants it below 2^31, but half of those that ``@owf/mdoc`` 0.6 draws are not."""
    one = item(0, "family_name", "Jansen", digestID=number)
    (digest,) = digests(one).values()
    signed = issuer_signed({DOCTYPE: [tagged(one)]}, signed=mso(valueDigests={DOCTYPE: {number: digest}}))
    assert received(dump_cbor(signed)).issuer_signed.items[DOCTYPE]["family_name"].digest_id == number


def test_an_element_without_a_value_is_refused() -> None:
    one = dump_cbor({"digestID": 0, "random": b"x" * 16, "elementIdentifier": "family_name"})
    refused(issuer_signed({DOCTYPE: [tagged(one)]}), InvalidMdoc, "elementValue")


MSO_MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"version": "2.0"}, "another major version"),
    ({"version": None}, "version is missing"),
    ({"digestAlgorithm": "SHA-1"}, "not known"),
    ({"valueDigests": None}, "valueDigests is not a map"),
    ({"valueDigests": {}}, "valueDigests is empty"),
    ({"valueDigests": {DOCTYPE: {}}}, "is empty"),
    ({"valueDigests": {DOCTYPE: {"0": b"x"}}}, "by number"),
    ({"valueDigests": {DOCTYPE: {0: "x"}}}, "by number"),
    ({"valueDigests": {DOCTYPE: dict.fromkeys(range(4097), b"x")}}, "the limit is 4096"),
    ({"deviceKeyInfo": None}, "deviceKeyInfo is missing"),
    ({"deviceKeyInfo": {}}, "no COSE_Key"),
    ({"docType": None}, "docType is not a text"),
    ({"validityInfo": None}, "validityInfo is missing"),
    ({"status": {"crl": 1}}, "no mechanism"),
    ({"status": [1]}, "status is not a map"),
]


@pytest.mark.parametrize(("changed", "says"), MSO_MISTAKES)
def test_the_mso_has_its_members(changed: dict[str, Any], says: str) -> None:
    refused(issuer_signed(signed=mso(**changed)), RemoteError, says)


@pytest.mark.parametrize(
    "authorizations",
    [
        [],
        {"nameSpaces": []},
        {"nameSpaces": [1]},
        {"dataElements": {}},
        {"dataElements": {"x": []}},
        {"dataElements": {"x": [1]}},
        {"dataElements": {1: ["x"]}},
    ],
)
def test_key_authorizations_are_as_they_have_to_be(authorizations: Any) -> None:
    key_info = {**mso()["deviceKeyInfo"], "keyAuthorizations": authorizations}
    refused(issuer_signed(signed=mso(deviceKeyInfo=key_info)), InvalidMdoc)


SHAPES: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("issuerAuth missing", lambda d: d.pop("issuerAuth")),
    ("issuerAuth tagged", lambda d: d.update(issuerAuth=CBORTag(18, d["issuerAuth"]))),
    ("issuerAuth short", lambda d: d["issuerAuth"].pop()),
    ("nameSpaces an array", lambda d: d.update(nameSpaces=[])),
    ("nameSpaces empty", lambda d: d.update(nameSpaces={})),
    ("a namespace empty", lambda d: d.update(nameSpaces={DOCTYPE: []})),
    ("a namespace a map", lambda d: d.update(nameSpaces={DOCTYPE: {}})),
    ("a namespace of no name", lambda d: d.update(nameSpaces={5: [tagged(ITEMS[0])]})),
    ("too many namespaces", lambda d: d.update(nameSpaces={f"n{n}": [1] for n in range(65)})),
    ("too many elements", lambda d: d.update(nameSpaces={DOCTYPE: [tagged(ITEMS[0])] * 1025})),
    ("payload not tagged", lambda d: d.update(issuerAuth=sign1(dump_cbor(mso())))),
    ("payload no map", lambda d: d.update(issuerAuth=sign1(dump_cbor(tagged(b"\x01"))))),
]


@pytest.mark.parametrize("change", [each for _, each in SHAPES], ids=[name for name, _ in SHAPES])
def test_another_shape_is_refused(change: Callable[[dict[str, Any]], Any]) -> None:
    document = issuer_signed()
    change(document)
    refused(document, RemoteError)


HOSTILE: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("an indefinite map", b"\xbf\xff"),
    ("an indefinite byte string", b"\xa1\x6aissuerAuth\x5f\x41a\xff"),
    ("a key twice", b"\xa2\x61a\x01\x61a\x02"),
    ("tags in tags", b"\xd8\x18" * 200 + b"\x01"),
    ("an array of 2^62", b"\x9b\x40" + bytes(7)),
    ("a byte string of 2^62", b"\x5b\x40" + bytes(7)),
    ("depth 10 000", b"\x81" * 10_000 + b"\x01"),
    ("something behind the end", dump_cbor(issuer_signed()) + b"\x00"),
    ("cut off", dump_cbor(issuer_signed())[:-1]),
    ("larger than a document may be", bytes(1_048_577)),
]


@pytest.mark.req("ADV-128")
@pytest.mark.parametrize("data", [each for _, each in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_hostile_cbor_is_refused(data: bytes) -> None:
    with pytest.raises((MalformedInput, LimitExceeded)):
        received(data)
    with pytest.raises((MalformedInput, LimitExceeded)):
        verified(data)


@pytest.mark.req("ADV-128")
def test_hostile_cbor_inside_is_refused() -> None:
    for content in (b"\xbf\xff", b"\xa2\x61a\x01\x61a\x02", ITEMS[0] + b"\x00", b"\x81" * 10_000 + b"\x01"):
        refused(issuer_signed({DOCTYPE: [tagged(content)]}), MalformedInput)


def test_what_is_no_document_is_refused() -> None:
    for value in (1, [], {}, {"nameSpaces": {}}, tagged(b"\xa0")):
        with pytest.raises(InvalidMdoc):
            received(dump_cbor(value))


def test_the_resolver_gets_what_it_decides_on() -> None:
    seen: list[Any] = []

    def resolver(issuer_auth: Any, doctype: str, *, now: int) -> Any:
        seen.append((issuer_auth, doctype, now))
        return CHAIN

    verify_mdoc(issued(), issuer=resolver, now=NOW, algorithms=ES256)
    message = parse_cose_sign1(issuer_signed()["issuerAuth"], algorithms=ES256, what="it")
    assert [(one[0].chain, *one[1:]) for one in seen] == [(message.chain, DOCTYPE, NOW)]


def test_a_subject_without_a_country_vouches_for_none() -> None:
    chain = IACA.issue(DS.public, Subject("Nowhere"), now=NOW, extended_key_usages=["1.0.18013.5.1.2"])
    with pytest.raises(InvalidMdoc, match="issuing_country"):
        received(issued(chain=chain, namespaces={MDL_NAMESPACE: {"issuing_country": "NL"}}))
