"""The status list: published encodings, bounds, and tokens (Token Status List)."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject, sign_jws
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import InvalidStatus, LimitExceeded, LocalError, OutsideValidity, RemoteError
from nlwallet.status import StatusList, StatusReference, sign_status_list_token, verify_status_list_token
from nlwallet.status.status_list import MAX_LIST_BYTES

NOW = 1_790_000_000
URI = "https://registrar.example/status-lists/1"
ALGORITHMS = frozenset({"ES256"})

ROOT = CertificateAuthority.create("Status root", now=NOW)
KEY = PrivateKey.generate()
CHAIN = ROOT.issue(KEY.public, Subject("Status signer"), now=NOW)
ANCHORS = (ROOT.certificate,)

# Token Status List draft-20 §4.1: the two worked examples, statuses and the bytes they give.
ONE_BIT = ([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], "b9a3", "eNrbuRgAAhcBXQ")
TWO_BITS = ([1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3], "c944f9", "eNo76fITAAPfAgc")


@pytest.mark.req("T-01", "T-02", "T-03")
@pytest.mark.parametrize(("bits", "example"), [(1, ONE_BIT), (2, TWO_BITS)])
def test_the_published_lists(bits: int, example: tuple[list[int], str, str]) -> None:
    statuses, packed, lst = example
    made = StatusList(len(statuses), bits=bits)
    for index, status in enumerate(statuses):
        made[index] = status
    assert zlib.decompress(b64url_decode(made.encode())).hex() == packed
    read = StatusList.decode(lst, bits=bits)
    assert [read[index] for index in range(len(statuses))] == statuses


@pytest.mark.req("T-02")
def test_other_compressions_are_refused() -> None:
    raw = zlib.compressobj(wbits=-15)
    gzip = zlib.compressobj(wbits=31)
    for data in (raw.compress(b"\0" * 9) + raw.flush(), gzip.compress(b"\0" * 9) + gzip.flush(), b"nothing"):
        with pytest.raises(InvalidStatus):
            StatusList.decode(b64url_encode(data), bits=1)


def test_a_decompression_bomb_is_not_inflated() -> None:
    bomb = b64url_encode(zlib.compress(bytes(MAX_LIST_BYTES + 1), level=9))
    with pytest.raises(LimitExceeded):
        StatusList.decode(bomb, bits=8)


@pytest.mark.parametrize("bits", [0, 3, 16, -1, 1.0, True, "1", None, [], {}])
def test_bits_is_one_of_four_integers(bits: Any) -> None:
    with pytest.raises(InvalidStatus):
        StatusList.decode(StatusList(64).encode(), bits=bits)


@pytest.mark.parametrize("damage", [lambda t: t[:-4], lambda t: t + "AAAA", lambda t: ""])
def test_a_cut_or_lengthened_list_is_refused(damage) -> None:
    with pytest.raises(RemoteError):
        StatusList.decode(damage(StatusList(64).encode()), bits=1)


@pytest.mark.req("T-15")
def test_an_index_outside_the_list_is_refused() -> None:
    with pytest.raises(InvalidStatus):
        StatusList(16)[16]
    with pytest.raises(LocalError):
        StatusList(16)[16] = 1


def token(**changes: object) -> str:
    statuses = StatusList(64)
    statuses[7] = 1
    lst = statuses.encode()
    claims = {"sub": URI, "iat": NOW, "exp": NOW + 60, "ttl": 30, "status_list": {"bits": 1, "lst": lst}}
    return sign_jws({**claims, **changes}, KEY, typ="statuslist+jwt", header={"x5c": CHAIN.x5c()})


def verify(text: str, *, now: int = NOW):
    return verify_status_list_token(text, uri=URI, anchors=ANCHORS, now=now, algorithms=ALGORITHMS)


@pytest.mark.req("T-05")
def test_a_token_there_and_back() -> None:
    statuses = StatusList(64)
    statuses[7] = 1
    text = sign_status_list_token(
        statuses, uri=URI, key=KEY, chain=CHAIN, now=NOW, expires_at=NOW + 60, ttl=30
    )
    read = verify(text)
    assert (read.statuses[7], read.statuses[8], read.ttl, read.expires_at) == (1, 0, 30, NOW + 60)


@pytest.mark.req("T-12")
def test_a_token_for_another_list_is_refused() -> None:
    with pytest.raises(InvalidStatus, match="another list"):
        verify(token(sub=URI + "2"))


@pytest.mark.req("T-13")
def test_an_expired_token_is_refused() -> None:
    with pytest.raises(OutsideValidity):
        verify(token(), now=NOW + 60)


@pytest.mark.req("T-07")
def test_a_token_of_somebody_else_is_refused() -> None:
    other = CertificateAuthority.create("Status root", now=NOW)
    with pytest.raises(RemoteError):
        verify_status_list_token(
            token(), uri=URI, anchors=(other.certificate,), now=NOW, algorithms=ALGORITHMS
        )
    text = token()
    with pytest.raises(RemoteError):
        verify(text[:-8] + ("AAAAAAAA" if not text.endswith("AAAAAAAA") else "BBBBBBBB"))


@pytest.mark.parametrize(
    "changes",
    [{"iat": None}, {"iat": "now"}, {"exp": True}, {"ttl": 0}, {"status_list": None},
     {"status_list": {"bits": 3, "lst": ""}}, {"status_list": {"bits": 1}}],
)  # fmt: skip
def test_a_malformed_token_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(RemoteError):
        verify(token(**changes))


@pytest.mark.req("T-08")
@pytest.mark.parametrize(
    "status",
    [None, {}, {"status_list": {}}, {"status_list": {"idx": -1, "uri": URI}},
     {"status_list": {"idx": True, "uri": URI}}, {"status_list": {"idx": 1, "uri": "http://a.example"}}],
)  # fmt: skip
def test_a_malformed_reference_is_refused(status: object) -> None:
    with pytest.raises(InvalidStatus):
        StatusReference.parse(status)


@pytest.mark.req("T-08")
def test_a_reference_there_and_back() -> None:
    reference = StatusReference(4711, URI)
    assert StatusReference.parse(reference.as_json()) == reference
