"""VICAL: a provider's list of issuing authorities by document type (ISO/IEC 18013-5:2021 Annex C)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cbor2 import CBORTag

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.crypto.cose import X5CHAIN, parse_cose_sign1, sign_cose_sign1
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidSignature,
    InvalidTrustedList,
    LocalError,
    OutsideValidity,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.trust import Category, IssuingAuthority, Vical, sign_vical, verify_vical

NOW = 1_790_000_000
DAY = 86_400
MDL, PHOTO_ID = "org.iso.18013.5.1.mDL", "org.iso.23220.photoid.1"
CATEGORIES = {MDL: Category.PUB_EAA_PROVIDER, "org.example.badge": Category.EAA_PROVIDER}

NL = CertificateAuthority.create("RDW IACA", country="NL", now=NOW)
BE = CertificateAuthority.create("Mobiliteit IACA", country="BE", now=NOW)
PROVIDER = CertificateAuthority.create("VICAL provider root", now=NOW)
KEY = PrivateKey.generate()
CHAIN = PROVIDER.issue(KEY.public, Subject("VICAL signer"), now=NOW)
LIST = Vical(
    provider="Test VICAL provider",
    issued_at=NOW - 60,
    next_update=NOW + 30 * DAY,
    issue_id=7,
    authorities=(
        IssuingAuthority(NL.certificate, (MDL, PHOTO_ID)),
        IssuingAuthority(BE.certificate, (PHOTO_ID,)),
    ),
)


def signed(vical: Vical = LIST, *, key: PrivateKey = KEY, chain: CertificateChain = CHAIN) -> bytes:
    return sign_vical(vical, key=key, chain=chain)


def read(data: bytes | None = None, **changed: Any) -> Vical:
    given: dict[str, Any] = {"signers": [CHAIN.leaf], "categories": CATEGORIES, "now": NOW}
    return verify_vical(signed() if data is None else data, **{**given, **changed})


def test_a_list_comes_back_as_it_was_signed() -> None:
    vical = read()
    assert (vical.provider, vical.issue_id, vical.issued_at, vical.next_update) == (
        "Test VICAL provider",
        7,
        NOW - 60,
        NOW + 30 * DAY,
    )
    assert vical.authorities == LIST.authorities


def test_an_authority_is_an_anchor_for_its_document_types_only() -> None:
    vical = read()
    assert vical.anchors(Category.PUB_EAA_PROVIDER, now=NOW) == (NL.certificate,)
    assert vical.anchors_of_type(Category.PUB_EAA_PROVIDER, MDL, now=NOW) == (NL.certificate,)
    # Neither of a type that nobody gave a category, nor of another category, nor for a type that is not listed.
    assert vical.anchors_of_type(Category.PUB_EAA_PROVIDER, PHOTO_ID, now=NOW) == ()
    assert vical.anchors_of_type(Category.EAA_PROVIDER, MDL, now=NOW) == ()
    assert vical.anchors_of_type(Category.EAA_PROVIDER, "org.example.badge", now=NOW) == ()
    for category in set(Category) - {Category.PUB_EAA_PROVIDER}:
        assert vical.anchors(category, now=NOW) == ()
    both = read(categories={PHOTO_ID: Category.QEAA_PROVIDER})
    assert both.anchors(Category.QEAA_PROVIDER, now=NOW) == (NL.certificate, BE.certificate)


def test_who_is_no_authority_or_expired_is_no_anchor() -> None:
    leaf = NL.issue(PrivateKey.generate().public, Subject("DS", "NL"), now=NOW).leaf
    vical = read(signed(replace(LIST, authorities=(IssuingAuthority(leaf, (MDL,)),))))
    assert vical.anchors(Category.PUB_EAA_PROVIDER, now=NOW) == ()
    assert read().anchors(Category.PUB_EAA_PROVIDER, now=NL.certificate.not_after + 1) == ()


def test_the_signer_is_pinned_itself_or_by_its_authority() -> None:
    assert read(signers=[PROVIDER.certificate]).issue_id == 7
    for signers in ([], [NL.certificate]):
        with pytest.raises(UntrustedCertificate):
            read(signers=signers)
    with pytest.raises(OutsideValidity):
        read(now=CHAIN.leaf.not_after + 1)
    with pytest.raises(LocalError):
        signed(key=PrivateKey.generate())


def test_another_key_or_a_changed_octet_is_refused() -> None:
    stranger = PrivateKey.generate()
    message = parse_cose_sign1(signed(), algorithms={"ES256"}, what="it")
    assert message.payload is not None
    forged = sign_cose_sign1(message.payload, stranger, unprotected={X5CHAIN: CHAIN.leaf.der})
    with pytest.raises(InvalidSignature):
        read(forged)
    with pytest.raises(InvalidSignature):
        read(signed().replace(b"Test VICAL", b"Best VICAL"))
    with pytest.raises(InvalidTrustedList, match="no certificate"):
        read(sign_cose_sign1(message.payload, KEY))
    with pytest.raises(AlgorithmNotAllowed):
        read(signed().replace(b"\x43\xa1\x01\x26", b"\x43\xa1\x01\x05"))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"issued_at": NOW + 301}, "of the future"),
        ({"next_update": NOW}, "out of date"),
        ({"next_update": NOW - DAY}, "out of date"),
    ],
)
def test_a_list_counts_for_its_time(changed: dict[str, int], says: str) -> None:
    assert read(signed(replace(LIST, issued_at=NOW + 300, next_update=NOW + 1)))
    with pytest.raises(InvalidTrustedList, match=says):
        read(signed(replace(LIST, **changed)))


def test_a_list_does_not_count_after_its_last_day() -> None:
    """``notAfter``, of the second edition: it ends what ``nextUpdate`` leaves open, and never lengthens it."""
    last = CBORTag(0, "2026-09-21T14:20:00Z")  # 400 seconds after NOW
    both = [CHAIN.leaf, CHAIN_OF_JUNE.leaf]
    for changed in ({"notAfter": last}, {"notAfter": last, "nextUpdate": None}):
        assert read(made(changed), signers=both).next_update == NOW + 401
    later = {"notAfter": CBORTag(0, "2030-01-01T00:00:00Z")}
    assert read(made(later)).next_update == read(made({})).next_update
    assert read(made({"notAfter": last}), now=NOW + 400)
    with pytest.raises(InvalidTrustedList, match="last day is over") as refused:
        read(made({"notAfter": last}), now=NOW + 401)
    assert refused.value.code == "list_out_of_date"


def test_a_list_without_next_update_counts_for_ninety_days() -> None:
    old = made({"date": CBORTag(0, "2026-06-01T00:00:00Z"), "nextUpdate": None})
    begins = 1_780_272_000
    assert read(old, now=begins, signers=[CHAIN_OF_JUNE.leaf]).next_update == begins + 90 * DAY
    with pytest.raises(InvalidTrustedList, match="out of date"):
        read(old, now=begins + 90 * DAY, signers=[CHAIN_OF_JUNE.leaf])


PROVIDER_OF_JUNE = CertificateAuthority.create("VICAL provider root", now=1_780_000_000)
CHAIN_OF_JUNE = PROVIDER_OF_JUNE.issue(KEY.public, Subject("VICAL signer"), now=1_780_000_000)


@pytest.mark.parametrize(
    ("later", "ok"),
    [
        ({"issue_id": 8, "issued_at": NOW - 30}, True),
        ({"issue_id": 8}, True),
        ({}, True),
        ({"issue_id": 6, "issued_at": NOW - 30}, False),
        ({"issue_id": 8, "issued_at": NOW - 90}, False),
        ({"issue_id": 7, "issued_at": NOW - 30}, False),
        ({"issue_id": 7, "next_update": NOW + 60 * DAY}, False),
        ({"issue_id": None, "issued_at": NOW - 30}, False),
    ],
)
def test_nothing_older_is_taken_after_a_list(later: dict[str, Any], ok: bool) -> None:
    known = read()
    data = signed(replace(LIST, **later))
    if ok:
        assert read(data, previous=known)
        return
    with pytest.raises(InvalidTrustedList) as caught:
        read(data, previous=known)
    assert caught.value.code == "list_rolled_back"


def test_lists_without_numbers_go_by_their_dates() -> None:
    plain = replace(LIST, issue_id=None)
    known = read(signed(plain))
    assert read(signed(replace(plain, issued_at=NOW - 30)), previous=known)
    assert read(signed(plain), previous=known)
    for changed in ({"issued_at": NOW - 90}, {"next_update": NOW + DAY}):
        with pytest.raises(InvalidTrustedList):
            read(signed(replace(plain, **changed)), previous=known)


# Made by hand ------------------------------------------------------------------------------------------------


def info(**changed: Any) -> dict[str, Any]:
    members = {**IssuingAuthority(NL.certificate, (MDL,)).as_cbor(), **changed}
    return {name: value for name, value in members.items() if value is not None}


def made(changed: dict[str, Any], *, chain: CertificateChain | None = None) -> bytes:
    members = {
        "version": "1.0",
        "vicalProvider": "Test",
        "date": CBORTag(0, "2026-09-21T14:00:00Z"),
        "nextUpdate": CBORTag(0, "2026-10-21T14:00:00Z"),
        "certificateInfos": [info()],
        **changed,
    }
    present = {name: value for name, value in members.items() if value is not None}
    leaf = (
        chain or (CHAIN_OF_JUNE if "nextUpdate" in changed and changed["nextUpdate"] is None else CHAIN)
    ).leaf
    return sign_cose_sign1(dump_cbor(present), KEY, unprotected={X5CHAIN: leaf.der})


def test_what_the_wrong_ones_differ_from_is_taken() -> None:
    vical = read(made({"vicalIssueID": 3, "extensions": {"x": 1}, "unknown": None}))
    assert (vical.issue_id, vical.next_update) == (3, 1_792_591_200)
    serial = NL.certificate.serial.to_bytes((NL.certificate.serial.bit_length() + 7) // 8)
    padded = info(serialNumber=CBORTag(2, b"\0" + serial), issuingCountry="NL", certificateProfile=["urn:x"])
    assert read(made({"certificateInfos": [padded]})).authorities[0].doctypes == (MDL,)
    assert read(made({"certificateInfos": []})).authorities == ()


WRONG: dict[str, Callable[[], dict[str, Any]]] = {
    "version": lambda: {"version": "2.0"},
    "no version": lambda: {"version": None},
    "no provider": lambda: {"vicalProvider": None},
    "an empty provider": lambda: {"vicalProvider": ""},
    "a long provider": lambda: {"vicalProvider": "x" * 257},
    "date without tag": lambda: {"date": "2026-09-21T14:00:00Z"},
    "date without zone": lambda: {"date": CBORTag(0, "2026-09-21T14:00:00")},
    "date of another world": lambda: {"date": CBORTag(0, "today")},
    "date as a number": lambda: {"date": CBORTag(1, 1_790_000_000)},
    "next update": lambda: {"nextUpdate": 5},
    "negative number": lambda: {"vicalIssueID": -1},
    "number as text": lambda: {"vicalIssueID": "1"},
    "no authorities": lambda: {"certificateInfos": None},
    "authorities by name": lambda: {"certificateInfos": {"a": info()}},
    "too many": lambda: {"certificateInfos": [{}] * 4097},
    "an authority that is none": lambda: {"certificateInfos": [5]},
    "no certificate": lambda: {"certificateInfos": [info(certificate=None)]},
    "no X.509": lambda: {"certificateInfos": [info(certificate=b"0")]},
    "another serial": lambda: {"certificateInfos": [info(serialNumber=5)]},
    "no serial": lambda: {"certificateInfos": [info(serialNumber=None)]},
    "an endless serial": lambda: {"certificateInfos": [info(serialNumber=CBORTag(2, b"1" * 65))]},
    "another ski": lambda: {"certificateInfos": [info(ski=b"x")]},
    "no document type": lambda: {"certificateInfos": [info(docType=[])]},
    "many document types": lambda: {"certificateInfos": [info(docType=["x"] * 65)]},
    "a document type that is none": lambda: {"certificateInfos": [info(docType=[5])]},
    "one document type, no array": lambda: {"certificateInfos": [info(docType=MDL)]},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_list_of_another_shape_is_refused(name: str) -> None:
    with pytest.raises(InvalidTrustedList):
        read(made(WRONG[name]()))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xf6", b"\xd2" + b"\x84", b"\x84" * 40])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(RemoteError):
        read(data)


def test_an_authority_with_an_rsa_key_is_left_out_and_the_list_holds(rsa_certificate: bytes) -> None:
    payload = parse_cose_sign1(signed(), algorithms={"ES256"}, what="it").payload
    members = parse_cbor(payload or b"", what="it")
    members["certificateInfos"].insert(0, {**members["certificateInfos"][0], "certificate": rsa_certificate})
    vical = read(sign_cose_sign1(dump_cbor(members), KEY, unprotected={X5CHAIN: CHAIN.leaf.der}))
    assert vical.authorities == LIST.authorities
    assert (vical.unreadable, read().unreadable) == (1, 0)
