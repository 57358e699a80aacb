"""Certificates of Annex B, status lists and lists of identifiers: made by the library Multipaz, and read by it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from interop_multipaz_parties import (
    ALGORITHMS,
    NAMESPACE,
    asking,
    chain_of,
    established,
    issued_by_peer,
    our_device,
)
from interop_proximity_parties import IACA, now, octets

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, Subject
from nlwallet.encoding import b64url_encode
from nlwallet.errors import RemoteError
from nlwallet.mdoc import DeviceRequest, DocumentSigners, verify_mdoc
from nlwallet.status import (
    StatusList,
    StatusSigner,
    sign_identifier_list,
    sign_status_list_cwt,
    sign_status_list_token,
    verify_identifier_list,
    verify_status_list_cwt,
    verify_status_list_jwt,
)

pytestmark = pytest.mark.jvm

URI = "https://status.example/1"
KEY = PrivateKey.generate()
CHAIN = IACA.issue(KEY.public, Subject("Status provider", country="NL"), now=now())
SIGNER = StatusSigner([IACA.certificate])
STATUSES = [random.Random(1).randrange(4) for _ in range(4096)]
REVOKED = [bytes((n,)) * 16 for n in range(40)]
OTHERS = [bytes((n,)) * 16 for n in range(40, 44)]
TIMES = {"now": now(), "expires_at": now() + 600, "ttl": 300}


# Certificates (ISO/IEC 18013-5 Annex B) ------------------------------------------------------------


@pytest.fixture(scope="module")
def theirs(multipaz: Any) -> tuple[dict[str, Certificate], dict[str, PrivateKey]]:
    """Authorities and certificates of the peer, and the keys that they are for."""
    keys = {name: PrivateKey.generate() for name in ("root", "signer", "reader")}
    given = {name: key.private_jwk() for name, key in keys.items()}
    made = multipaz("certificates", **given, **{"from": now() - 60, "until": now() + 86_400})
    return {name: Certificate.from_der(octets(der)) for name, der in made.items()}, keys


def test_we_take_a_document_of_their_authority(multipaz: Any, theirs: Any) -> None:
    certificates, keys = theirs
    chain = CertificateChain(certificates["signer"])
    held = issued_by_peer(multipaz, signer=(keys["signer"], chain))
    mdoc = verify_mdoc(
        held.issuer_signed,
        issuer=DocumentSigners([certificates["iaca"]]),
        now=now(),
        algorithms=ALGORITHMS,
    )
    assert mdoc.claims[NAMESPACE]["family_name"] == "De Vries"


def test_we_know_a_reader_of_their_authority(multipaz: Any, theirs: Any) -> None:
    certificates, keys = theirs
    chain = CertificateChain(certificates["reader"])
    signer = {"key": keys["reader"].private_jwk(), "chain": chain_of(chain)}
    device = our_device()
    _, message = established(multipaz, device, asking(), all=[signer])
    request = DeviceRequest.parse(device.receive(message, now=now()))
    given = {"session_transcript": device.transcript, "now": now(), "algorithms": ALGORITHMS}
    assert request.verify_readers([certificates["readers"]], **given) == (chain,)


# Status lists (Token Status List), and lists of identifiers (ISO/IEC 18013-5 second edition §12.3.6) -----


def ours(kind: str, bits: int = 2) -> str:
    """Our list, as the peer takes it."""
    given: dict[str, Any] = {"uri": URI, "key": KEY, "chain": CHAIN, **TIMES}
    if kind == "identifiers":
        return b64url_encode(sign_identifier_list(REVOKED, **given))
    statuses = StatusList(len(STATUSES), bits=bits)
    for index, status in enumerate(STATUSES):
        statuses[index] = status
    if kind == "jwt":
        return sign_status_list_token(statuses, **given)
    return b64url_encode(sign_status_list_cwt(statuses, **given))


def read(multipaz: Any, kind: str, token: str, at: list[Any]) -> dict[str, Any]:
    root = b64url_encode(IACA.certificate.der)
    return dict(multipaz("status.read", kind=kind, token=token, root=root, at=at))


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("kind", ["jwt", "cwt"])
def test_they_read_our_status_list(kind: str, bits: int, multipaz: Any) -> None:
    assert read(multipaz, kind, ours(kind, bits), list(range(len(STATUSES)))) == {"statuses": STATUSES}


def test_they_read_our_list_of_identifiers(multipaz: Any) -> None:
    at = [b64url_encode(one) for one in (*REVOKED, *OTHERS)]
    listed = [True] * len(REVOKED) + [False] * len(OTHERS)
    assert read(multipaz, "identifiers", ours("identifiers"), at) == {"listed": listed}


@pytest.mark.parametrize("kind", ["jwt", "cwt", "identifiers"])
def test_they_take_no_list_of_another_authority(
    kind: str, multipaz: Any, refusal: type[Exception], theirs: Any
) -> None:
    root = b64url_encode(theirs[0]["iaca"].der)
    with pytest.raises(refusal):
        multipaz("status.read", kind=kind, token=ours(kind), root=root, at=[])


def made(multipaz: Any, kind: str, bits: int = 2) -> Any:
    """The peer's list."""
    given = {"kind": kind, "uri": URI, "key": KEY.private_jwk(), "chain": chain_of(CHAIN)}
    if kind == "identifiers":
        identifiers = [b64url_encode(one) for one in REVOKED]
        return octets(multipaz("status.sign", identifiers=identifiers, **given))
    token = multipaz("status.sign", bits=bits, statuses=STATUSES, **given)
    return token if kind == "jwt" else octets(token)


VERIFY: dict[str, Any] = {
    "jwt": verify_status_list_jwt,
    "cwt": verify_status_list_cwt,
    "identifiers": verify_identifier_list,
}


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("kind", ["jwt", "cwt"])
def test_we_read_their_status_list(kind: str, bits: int, multipaz: Any) -> None:
    token = VERIFY[kind](made(multipaz, kind, bits), uri=URI, signer=SIGNER, now=now())
    assert [token.statuses[index] for index in range(len(STATUSES))] == STATUSES


def test_we_read_their_list_of_identifiers(multipaz: Any) -> None:
    token = verify_identifier_list(made(multipaz, "identifiers"), uri=URI, signer=SIGNER, now=now())
    assert [bool(token.statuses[one]) for one in (*REVOKED, *OTHERS)] == [True] * 40 + [False] * 4


@pytest.mark.parametrize("kind", VERIFY)
def test_we_take_no_list_of_theirs_from_elsewhere(kind: str, multipaz: Any) -> None:
    with pytest.raises(RemoteError):
        VERIFY[kind](made(multipaz, kind), uri="https://status.example/2", signer=SIGNER, now=now())
