"""A wallet, or a key store, that its provider revoked gets no cards (TS3, ARF VCR_12a)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from nlwallet.crypto import Certificate, CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import TransportError
from nlwallet.http import FetchedStatusList, StatusChecker
from nlwallet.status import STATUS_LIST_MEDIA_TYPE, Status, StatusList, StatusPolicy, sign_status_list_token
from nlwallet.trust import Category

Desk = Any
NOW = 1_790_000_000
URI = "https://wallet.example/status/1"
GONE, GOOD = 3, 4


class Provider:
    """Where the status list of the wallet provider is, and who may sign it."""

    def __init__(self) -> None:
        self.anchors: dict[Category, tuple[Certificate, ...]] = {}
        self.signer: tuple[PrivateKey, Any] | None = None
        self.down = False

    def of(self, category: Category) -> tuple[Certificate, ...]:
        return self.anchors.get(category, ())

    def signs_with(self, authority: CertificateAuthority) -> None:
        key = PrivateKey.generate()
        self.signer = key, authority.issue(key.public, Subject("Status"), now=NOW)

    def __call__(self, uri: str, *, accept: str) -> FetchedStatusList:
        if self.down or self.signer is None:
            raise TransportError("nobody is there")
        statuses = StatusList(16)
        statuses[GONE] = Status.INVALID
        key, chain = self.signer
        token = sign_status_list_token(
            statuses, uri=uri, key=key, chain=chain, now=NOW, expires_at=NOW + 600, ttl=60
        )
        return FetchedStatusList(STATUS_LIST_MEDIA_TYPE, token.encode())


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def desk(open_haip: Callable[..., Desk], provider: Provider) -> Desk:
    made = open_haip(wallet_anchors=provider, wallet_status=StatusChecker(provider), anonymous_access=True)
    provider.anchors[Category.WALLET_PROVIDER] = (made.provider.certificate,)
    provider.signs_with(made.provider)
    return made


def status(idx: int = GOOD, **changes: Any) -> dict[str, Any]:
    """What TS3 has in both kinds of attestation; ``...`` leaves a member out."""
    whole = {"status": {"status_list": {"idx": idx, "uri": URI}}, "exp": NOW + 31 * 86_400, **changes}
    return {name: value for name, value in whole.items() if value is not ...}


def as_wallet(desk: Desk, told: Any = ...) -> httpx.Response:
    """A request of a wallet whose provider says this of it; the code in it is made up."""
    claims = {
        "sub": desk.client_id,
        "iat": NOW,
        "exp": NOW + 3600,
        "cnf": {"jwk": desk.instance.public.jwk()},
        **({} if told is ... else {"client_status": told}),
    }
    attestation = desk.jwt(
        "oauth-client-attestation+jwt", desk.provider_key, {"x5c": desk.provider_chain.x5c()}, claims
    )
    return desk.exchanged("made-up", attestation=attestation)  # type: ignore[no-any-return]


def with_keys(desk: Desk, told: Any = ...) -> httpx.Response:
    """A credential request for keys of which the provider says this."""
    claims = {
        "iat": NOW,
        "exp": NOW + 600,
        "attested_keys": [PrivateKey.generate().public.jwk()],
        "key_storage": ["iso_18045_high"],
        "nonce": desk.nonce(),
        **({} if told is ... else {"key_storage_status": told}),
    }
    attestation = desk.jwt(
        "key-attestation+jwt", desk.provider_key, {"x5c": desk.provider_chain.x5c()}, claims
    )
    token = str(desk.token(desk.offer().offer.pre_authorized_code).json()["access_token"])
    body = {"credential_configuration_id": "nl-pid", "proofs": {"attestation": [attestation]}}
    return desk.http.post("/credential", json=body, headers={"Authorization": f"Bearer {token}"})  # type: ignore[no-any-return]


def taken(desk: Desk, told: Any = ...) -> None:
    assert as_wallet(desk, told).json()["error"] == "invalid_grant"  # beyond who asks: only the code is wrong
    assert with_keys(desk, told).status_code == 200


def refused(desk: Desk, told: Any) -> None:
    assert as_wallet(desk, told).json()["error"] == "invalid_client"
    reply = with_keys(desk, told)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_proof")


@pytest.mark.req("VCR_12a")
def test_a_wallet_that_was_revoked_is_refused_and_so_are_its_keys(desk: Desk) -> None:
    taken(desk)
    taken(desk, status(GOOD))
    refused(desk, status(GONE))


@pytest.mark.parametrize(
    "told",
    [
        status(exp=...),
        status(exp=NOW),
        status(exp="never"),
        status(exp=True),
        status(status=...),
        status(status={"status_list": {"idx": 99, "uri": URI}}),
        status(status={"status_list": {"idx": GOOD, "uri": "http://wallet.example/1"}}),
        [],
        "valid",
    ],
)
def test_a_status_that_tells_nothing_is_none(desk: Desk, told: Any) -> None:
    refused(desk, told)


@pytest.mark.req("VCR_12a")
def test_a_status_that_cannot_be_had_is_refused_unless_the_policy_lets_it_pass(
    desk: Desk, provider: Provider, open_haip: Callable[..., Desk]
) -> None:
    provider.down = True
    refused(desk, status())
    checker = StatusChecker(provider, policy=StatusPolicy.BEST_EFFORT)
    lenient = open_haip(wallet_anchors=provider, wallet_status=checker, anonymous_access=True)
    provider.anchors[Category.WALLET_PROVIDER] = (lenient.provider.certificate,)
    taken(lenient, status())


@pytest.mark.parametrize(
    "category",
    [one for one in Category if one not in (Category.WALLET_STATUS, Category.STATUS_PROVIDER)],
)
def test_the_status_of_a_wallet_is_told_by_nobody_else(
    desk: Desk, provider: Provider, category: Category
) -> None:
    other, status_ca = (CertificateAuthority.create(name, now=NOW) for name in ("Other", "Status"))
    provider.anchors[Category.WALLET_STATUS] = (status_ca.certificate,)
    provider.anchors[category] = (*provider.of(category), other.certificate)
    provider.signs_with(other)
    refused(desk, status(GOOD))
    provider.signs_with(status_ca)
    desk.clock.travel(10)  # a refusal is remembered for a moment
    taken(desk, status(GOOD))


def test_a_wallet_provider_that_is_no_longer_known_is_refused_at_once(desk: Desk, provider: Provider) -> None:
    taken(desk, status())
    provider.anchors[Category.WALLET_PROVIDER] = ()
    refused(desk, status())
