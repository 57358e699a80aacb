"""npm @sd-jwt/jwt-status-list reads our status lists and we read its own."""

from __future__ import annotations

import random
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import RemoteError
from nlwallet.status import StatusList, sign_status_list_token, verify_status_list_token

pytestmark = pytest.mark.node

NOW = 1_700_000_000
URI = "https://status.example/1"


def some_statuses(bits: int) -> list[int]:
    generator = random.Random(bits)
    return [generator.randrange(1 << bits) if generator.random() < 0.2 else 0 for _ in range(4096)]


def packed(statuses: list[int], bits: int) -> StatusList:
    packed_list = StatusList(len(statuses), bits=bits)
    for index, status in enumerate(statuses):
        packed_list[index] = status
    return packed_list


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_list_both_ways(bits: int, peers: Any) -> None:
    statuses = some_statuses(bits)
    assert peers("status.decode", lst=packed(statuses, bits).encode(), bits=bits) == statuses
    theirs = StatusList.decode(peers("status.encode", statuses=statuses, bits=bits), bits=bits)
    assert [theirs[index] for index in range(len(theirs))] == statuses


def test_a_token(peers: Any) -> None:
    authority = CertificateAuthority.create("Test status root", now=NOW)
    key = PrivateKey.generate()
    chain = authority.issue(key.public, Subject("Test status provider"), now=NOW)
    token = sign_status_list_token(
        packed(some_statuses(2), 2), uri=URI, key=key, chain=chain, now=NOW, expires_at=NOW + 3600, ttl=60
    )
    assert peers("status.fromToken", token=token) == {"bits": 2, "statuses": some_statuses(2)}
    verified = verify_status_list_token(
        token, uri=URI, anchors=[authority.certificate], now=NOW, algorithms={"ES256"}
    )
    assert verified.statuses[4095] == some_statuses(2)[4095]


def test_both_refuse_what_is_no_list(peers: Any, refusal: type[Exception]) -> None:
    for lst in ("AAAA", "eNrb", "not base64url!"):
        with pytest.raises(RemoteError):
            StatusList.decode(lst, bits=1)
        with pytest.raises(refusal):
            peers("status.decode", lst=lst, bits=1)
