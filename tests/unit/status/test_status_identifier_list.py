"""Lists of the identifiers of revoked mdocs (ISO/IEC 18013-5 second edition §12.3.6)."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.cose import TYP, X5CHAIN, sign_cose_sign1, x5chain
from nlwallet.errors import InvalidStatus, LimitExceeded, RemoteError, TransportError, UntrustedCertificate
from nlwallet.http import FetchedStatusList, StatusChecker
from nlwallet.http.status_checker import JWT_ONLY, JWT_OR_CWT
from nlwallet.status import (
    IDENTIFIER_LIST_MEDIA_TYPE,
    IdentifierReference,
    StatusOutcome,
    StatusSigner,
    sign_identifier_list,
    verify_identifier_list,
)

NOW = 1_790_000_000
URI = "https://issuer.example/identifiers/1"
AUTHORITY = CertificateAuthority.create("Status CA", now=NOW)
KEY = PrivateKey.generate()
CHAIN = AUTHORITY.issue(KEY.public, Subject("Issuer"), now=NOW)
SIGNER = StatusSigner([AUTHORITY.certificate])
GONE, GOOD = b"\x01" * 16, b"\x02" * 16
MEMBERS: dict[int, Any] = {2: URI, 6: NOW, 4: NOW + 60, 65530: {"identifiers": {GONE: {}}}}


def made(claims: dict[int, Any] | None = None, *, typ: Any = IDENTIFIER_LIST_MEDIA_TYPE) -> bytes:
    """A list with any claims; ``...`` leaves one out."""
    held = {name: value for name, value in {**MEMBERS, **(claims or {})}.items() if value is not ...}
    return sign_cose_sign1(
        dump_cbor(held), KEY, protected={TYP: typ}, unprotected={X5CHAIN: x5chain(CHAIN)}, tagged=True
    )


def signed(*identifiers: bytes, now: int = NOW) -> bytes:
    return sign_identifier_list(
        identifiers, uri=URI, key=KEY, chain=CHAIN, now=now, expires_at=now + 600, ttl=60
    )


class Web:
    def __init__(self, body: bytes) -> None:
        self.body = body
        self.media_type = IDENTIFIER_LIST_MEDIA_TYPE
        self.asked: list[str] = []

    def __call__(self, uri: str, *, accept: str) -> FetchedStatusList:
        self.asked.append(accept)
        return FetchedStatusList(self.media_type, self.body)


def check(web: Web, id_: bytes = GOOD, *, now: int = NOW, **more: Any) -> Any:
    status = IdentifierReference(id_, URI).as_json()
    return (
        StatusChecker(web).check(status, signer=SIGNER, now=now, **{"accepted": JWT_OR_CWT, **more}).outcome
    )


@pytest.mark.req("VCR_10", "VCR_12")
def test_what_the_list_names_is_revoked_and_all_else_is_valid() -> None:
    web = Web(signed(GONE))
    assert check(web) is StatusOutcome.VALID
    with pytest.raises(InvalidStatus) as revoked:
        check(web, GONE)
    assert revoked.value.code == "revoked"
    assert web.asked == [IDENTIFIER_LIST_MEDIA_TYPE] * 2


def test_a_list_is_kept_for_its_ttl_and_an_older_one_is_not_taken() -> None:
    web = Web(signed(GONE))
    checker = StatusChecker(web)

    def look(now: int) -> None:
        status = IdentifierReference(GONE, URI).as_json()
        checker.check(status, signer=SIGNER, now=now, accepted=JWT_OR_CWT)

    for now in (NOW, NOW + 59, NOW + 60):
        with pytest.raises(InvalidStatus):
            look(now)
    assert len(web.asked) == 2
    web.body = signed(now=NOW - 10)
    with pytest.raises(InvalidStatus):
        look(NOW + 120)


def test_only_an_mdoc_is_looked_up_by_its_identifier() -> None:
    with pytest.raises(InvalidStatus, match="identifier_list, which is not read here"):
        check(Web(signed()), accepted=JWT_ONLY)


def test_a_status_list_comes_before_an_identifier() -> None:
    both = {**IdentifierReference(GOOD, URI).as_json(), "status_list": {"idx": 0, "uri": URI}}
    web = Web(signed())
    with pytest.raises(TransportError):
        StatusChecker(web).check(both, signer=SIGNER, now=NOW, accepted=JWT_OR_CWT)
    assert "statuslist" in web.asked[0]


@pytest.mark.parametrize(
    "reference",
    [
        {},
        {"id": b"", "uri": URI},
        {"id": b"1" * 65, "uri": URI},
        {"id": "1", "uri": URI},
        {"id": b"1"},
        {"id": b"1", "uri": "http://issuer.example/1"},
        {"id": b"1", "uri": f"{URI}#1"},
        [],
    ],
)
def test_a_reference_that_says_nothing(reference: Any) -> None:
    with pytest.raises(InvalidStatus):
        IdentifierReference.parse({"identifier_list": reference})


WRONG: dict[str, dict[int, Any]] = {
    "of another address": {2: "https://elsewhere.example/1"},
    "without an end": {4: ...},
    "past its end": {4: NOW},
    "of the future": {6: NOW + 3600},
    "without a time": {6: ...},
    "without a list": {65530: ...},
    "without identifiers": {65530: {}},
    "identifiers in an array": {65530: {"identifiers": [GONE]}},
    "identifiers of text": {65530: {"identifiers": {"a": {}}}},
    "identifiers that are too long": {65530: {"identifiers": {b"1" * 65: {}}}},
    "a status list too": {65533: {"bits": 1, "lst": b""}},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=list(WRONG))
def test_a_list_that_is_wrong_says_nothing_good(claims: dict[int, Any]) -> None:
    assert check(Web(made())) is StatusOutcome.VALID
    with pytest.raises(RemoteError):
        check(Web(made(claims)))


@pytest.mark.parametrize("typ", ["application/statuslist+cwt", "identifierlist+cwt", 16, None])
def test_a_token_of_another_type_is_no_identifier_list(typ: Any) -> None:
    with pytest.raises(RemoteError):
        verify_identifier_list(made(typ=typ), uri=URI, signer=SIGNER, now=NOW)


def test_too_many_identifiers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlwallet.status.identifier_list.MAX_IDENTIFIERS", 3)
    assert (
        len(verify_identifier_list(signed(b"1", b"2", b"3"), uri=URI, signer=SIGNER, now=NOW).statuses) == 3
    )
    with pytest.raises(LimitExceeded):
        verify_identifier_list(signed(b"1", b"2", b"3", b"4"), uri=URI, signer=SIGNER, now=NOW)


def test_a_list_of_a_stranger_is_refused() -> None:
    stranger = StatusSigner([CertificateAuthority.create("Status CA", now=NOW).certificate])
    with pytest.raises(UntrustedCertificate):
        verify_identifier_list(signed(), uri=URI, signer=stranger, now=NOW)


def test_an_index_is_no_identifier() -> None:
    with pytest.raises(InvalidStatus):
        _ = verify_identifier_list(signed(), uri=URI, signer=SIGNER, now=NOW).statuses[0]
