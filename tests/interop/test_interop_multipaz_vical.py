"""Lists of authorities that issue documents (VICAL), signed and read by both sides, and whom Multipaz trusts by it."""

from __future__ import annotations

from typing import Any

import pytest
from interop_multipaz_parties import IACA, MDL, PID, chain_of, issued
from interop_proximity_parties import STRANGER, authority, certified, now, octets

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidTrustedList
from nlwallet.trust import Category, IssuingAuthority, Vical, sign_vical, verify_vical

pytestmark = pytest.mark.jvm

PROVIDER = authority("Provider of the list")
CATEGORIES = {MDL: Category.PID_PROVIDER, PID: Category.PID_PROVIDER}
KEY = PrivateKey.generate()
CHAIN = certified(PROVIDER, KEY, "list")
HOURS = 3600


def listed(*doctypes: str, **changed: Any) -> bytes:
    given: dict[str, Any] = {
        "provider": "Test provider",
        "issued_at": now(),
        "next_update": now() + HOURS,
        "authorities": (IssuingAuthority(IACA.certificate, doctypes),),
        "issue_id": 7,
        **changed,
    }
    return sign_vical(Vical(**given), key=KEY, chain=CHAIN)


def made(multipaz: Any, **more: Any) -> bytes:
    """The peer's list."""
    authority = {"certificate": b64url_encode(IACA.certificate.der), "docTypes": [MDL]}
    given = {"provider": "Test provider", "issue": 7, "authorities": [authority], "date": now(), **more}
    return octets(multipaz("vical.sign", key=KEY.private_jwk(), chain=chain_of(CHAIN), **given))


def read(data: bytes) -> Vical:
    return verify_vical(data, signers=[PROVIDER.certificate], categories=CATEGORIES, now=now())


def test_they_read_our_list(multipaz: Any) -> None:
    at = now()
    said = multipaz("vical.read", vical=b64url_encode(listed(MDL, PID, issued_at=at, next_update=at + HOURS)))
    assert said == {
        "provider": "Test provider",
        "date": at,
        "nextUpdate": at + HOURS,
        "issue": 7,
        "signer": chain_of(CHAIN),
        "authorities": [{"certificate": b64url_encode(IACA.certificate.der), "docTypes": [MDL, PID]}],
    }


def test_they_do_not_read_a_list_that_was_changed(multipaz: Any, refusal: type[Exception]) -> None:
    changed = listed(MDL).replace(b"Test provider", b"Best provider")
    with pytest.raises(refusal):
        multipaz("vical.read", vical=b64url_encode(changed))


@pytest.mark.parametrize(("doctype", "trusted"), [(MDL, True), (PID, False)])
def test_they_trust_an_issuer_by_our_list(doctype: str, trusted: bool, multipaz: Any) -> None:
    chain = chain_of(issued().mdoc().chain)
    said = multipaz("vical.trust", vical=b64url_encode(listed(MDL)), chain=chain, docType=doctype)
    assert said["trusted"] is trusted


def test_they_trust_no_issuer_that_is_not_in_our_list(multipaz: Any) -> None:
    vical = listed(MDL, authorities=(IssuingAuthority(STRANGER.certificate, (MDL,)),))
    chain = chain_of(issued().mdoc().chain)
    said = multipaz("vical.trust", vical=b64url_encode(vical), chain=chain, docType=MDL)
    assert said["trusted"] is False


@pytest.mark.parametrize(
    "more", [{}, {"nextUpdate": 1}, {"nextUpdate": 1, "notAfter": 1, "url": "https://lists.example/vical"}]
)
def test_we_read_their_list(more: dict[str, Any], multipaz: Any) -> None:
    """Of the second edition too: a last day, and where the newest is."""
    times = {name: now() + HOURS if value == 1 else value for name, value in more.items()}
    vical = read(made(multipaz, **times))
    assert (vical.provider, vical.issue_id) == ("Test provider", 7)
    assert vical.anchors_of_type(Category.PID_PROVIDER, MDL, now=now()) == (IACA.certificate,)
    assert vical.anchors_of_type(Category.PID_PROVIDER, PID, now=now()) == ()


def test_we_take_no_list_of_theirs_after_its_last_day(multipaz: Any) -> None:
    data = made(multipaz, date=now() - 2 * HOURS, nextUpdate=now() + HOURS, notAfter=now() - HOURS)
    with pytest.raises(InvalidTrustedList) as refused:
        read(data)
    assert (refused.value.code, refused.value.pointer) == ("list_out_of_date", "/nextUpdate")
