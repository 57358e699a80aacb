"""npm @sd-jwt/jwt-status-list reads our status lists and we read its own; npm @sd-jwt/sd-jwt-vc asks our issuer."""

from __future__ import annotations

import random
from typing import Any

import pytest
from interop_web import Web
from starlette.applications import Starlette

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import RemoteError
from nlwallet.issuer import StatusLists
from nlwallet.sdjwt import issue_sd_jwt_vc
from nlwallet.status import (
    StatusList,
    StatusReference,
    StatusSigner,
    sign_status_list_token,
    verify_status_list_jwt,
)

pytestmark = pytest.mark.node

NOW = 1_700_000_000
URI = "https://status.example/1"
AUTHORITY = CertificateAuthority.create("Test status root", now=NOW)
KEY = PrivateKey.generate()
CHAIN = AUTHORITY.issue(KEY.public, Subject("Test status provider"), now=NOW)
SIGNER = StatusSigner([AUTHORITY.certificate])


def some_statuses(bits: int) -> list[int]:
    generator = random.Random(bits)
    return [generator.randrange(1 << bits) if generator.random() < 0.2 else 0 for _ in range(4096)]


def packed(statuses: list[int], bits: int) -> StatusList:
    packed_list = StatusList(len(statuses), bits=bits)
    for index, status in enumerate(statuses):
        packed_list[index] = status
    return packed_list


@pytest.mark.req("T-01", "T-02", "T-03")
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_list_both_ways(bits: int, peers: Any) -> None:
    statuses = some_statuses(bits)
    assert peers("status.decode", lst=packed(statuses, bits).encode(), bits=bits) == statuses
    theirs = StatusList.decode(peers("status.encode", statuses=statuses, bits=bits), bits=bits)
    assert [theirs[index] for index in range(len(theirs))] == statuses


@pytest.mark.req("T-02")
@pytest.mark.parametrize("bits", [1, 2])
def test_a_large_list_both_ways(bits: int, peers: Any) -> None:
    # Beyond a million entries we compress in another way; it is DEFLATE all the same.
    size, generator = 1 << 21, random.Random(bits)
    set_ = [
        [index, generator.randrange(1, 1 << bits)] for index in sorted(generator.sample(range(size), 2000))
    ]
    ours = StatusList(size, bits=bits)
    for index, status in set_:
        ours[index] = status
    assert peers("status.exceptions", lst=ours.encode(), bits=bits) == {"size": size, "set": set_}
    theirs = StatusList.decode(peers("status.encodeSparse", size=size, set=set_, bits=bits), bits=bits)
    assert len(theirs) == size
    assert theirs.compress() == ours.compress()


@pytest.mark.req("T-05")
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_our_token_is_read(bits: int, peers: Any) -> None:
    statuses = some_statuses(bits)
    token = sign_status_list_token(
        packed(statuses, bits), uri=URI, key=KEY, chain=CHAIN, now=NOW, expires_at=NOW + 3600, ttl=60
    )
    assert peers("status.fromToken", token=token) == {"bits": bits, "statuses": statuses}
    assert (
        peers("jose.verify", token=token, jwk=KEY.public.jwk(), alg="ES256")["header"]["typ"]
        == "statuslist+jwt"
    )


@pytest.mark.req("T-05")
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_their_token_is_read(bits: int, peers: Any) -> None:
    statuses = some_statuses(bits)
    claims = {"iss": "https://status.example", "sub": URI, "iat": NOW, "exp": NOW + 3600, "ttl": 60}
    token = peers(
        "status.token", statuses=statuses, bits=bits, claims=claims, header={"x5c": CHAIN.x5c()},
        jwk=KEY.private_jwk(),
    )  # fmt: skip
    read = verify_status_list_jwt(token, uri=URI, signer=SIGNER, now=NOW)
    assert [read.statuses[index] for index in range(len(read.statuses))] == statuses
    assert (read.issued_at, read.expires_at, read.ttl) == (NOW, NOW + 3600, 60)


@pytest.mark.req("T-08")
def test_our_reference_is_read(peers: Any) -> None:
    text = credential(StatusReference(4711, URI))
    assert peers("status.reference", jwt=text.partition("~")[0]) == {"idx": 4711, "uri": URI}


def credential(reference: StatusReference) -> str:
    return issue_sd_jwt_vc(
        vct="urn:example:card", claims={"name": "Frouke"}, disclosable=[("name",)], key=KEY, chain=CHAIN,
        holder_key=None, issued_at=NOW, expires_at=NOW + 3600, issuer="https://issuer.example",
        status=reference.as_json(),
    )  # fmt: skip


@pytest.mark.req("T-10", "T-17")
def test_a_relying_party_of_theirs_asks_our_issuer(peers: Any, refusal: type[Exception]) -> None:
    lists = StatusLists(base_url="https://issuer.example", key=KEY, chain=CHAIN, clock=TravellingClock(NOW))
    web = Web({"https://issuer.example": Starlette(routes=lists.routes())})
    text, other = credential(lists.allocate("a")), credential(lists.allocate("b"))
    jwk = KEY.public.jwk()

    def check(card: str) -> Any:
        return peers("status.check", web=web, text=card, issuer=jwk, signer=jwk, now=NOW)["status_list"][
            "uri"
        ]

    assert check(text) == "https://issuer.example/status/1"
    for step in (lists.suspend, lists.revoke):
        step("a")
        with pytest.raises(refusal, match="Status is not valid"):
            check(text)
        if step == lists.suspend:
            lists.restore("a")
            check(text)
    check(other)


def test_both_refuse_what_is_no_list(peers: Any, refusal: type[Exception]) -> None:
    for lst in ("AAAA", "eNrb", "not base64url!"):
        with pytest.raises(RemoteError):
            StatusList.decode(lst, bits=1)
        with pytest.raises(refusal):
            peers("status.decode", lst=lst, bits=1)


@pytest.mark.req("T-07")
def test_both_refuse_a_list_of_somebody_else(peers: Any, refusal: type[Exception]) -> None:
    lists = StatusLists(base_url="https://issuer.example", key=KEY, chain=CHAIN, clock=TravellingClock(NOW))
    web = Web({"https://issuer.example": Starlette(routes=lists.routes())})
    reference = lists.allocate("a")
    stranger, jwk = PrivateKey.generate(), KEY.public.jwk()
    with pytest.raises(refusal, match="Status List JWT verification failed"):
        peers(
            "status.check",
            web=web,
            text=credential(reference),
            issuer=jwk,
            signer=stranger.public.jwk(),
            now=NOW,
        )
    token = lists.token(1)
    assert token is not None
    with pytest.raises(RemoteError):
        verify_status_list_jwt(
            token.body.decode(), uri=reference.uri, signer=StatusSigner(key=stranger.public), now=NOW
        )
