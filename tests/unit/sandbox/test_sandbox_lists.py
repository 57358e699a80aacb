"""The sandbox publishes lists of trusted entities, and everybody in it trusts whom they name (ARF topics 7 and 31)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateChain, PrivateKey, parse_jws, verify_chain
from nlwallet.encoding import b64url_decode, parse_json_object
from nlwallet.errors import IssuanceRefused, TransportError, UntrustedCertificate
from nlwallet.http import HttpClient, ListLocation, PublishedAnchors
from nlwallet.issuer import Issuer, card
from nlwallet.registration import verify_wrprc
from nlwallet.sandbox import InProcess
from nlwallet.sandbox.wallet_provider import SandboxWalletProvider
from nlwallet.status import (
    STATUS_LIST_CWT_MEDIA_TYPE,
    StatusSigner,
    verify_status_list_cwt,
    verify_status_list_jwt,
)
from nlwallet.trust import (
    ACCESS_AUTHORITIES,
    LIST_KINDS,
    PID_PROVIDERS,
    PUB_EAA_PROVIDERS,
    REGISTRATION_CERTIFICATE_PROVIDERS,
    WALLET_PROVIDERS,
    Category,
    ListKind,
    ListOfTrustedEntities,
    TrustAnchors,
    TrustedEntity,
    verify_lote,
)

NOW = 1_790_000_000
DAY = 86_400
REGISTRAR = "https://registrar.example"
PIN = Sandbox.PIN
ALGORITHMS = frozenset({"ES256"})


@pytest.fixture
def clock() -> TravellingClock:
    return TravellingClock(NOW)


@pytest.fixture
def hosting() -> InProcess:
    return InProcess()


@pytest.fixture
def edi(clock: TravellingClock, hosting: InProcess) -> Iterator[Sandbox]:
    with Sandbox(clock=clock, hosting=hosting) as sandbox:
        yield sandbox


def published(edi: Sandbox, kind: ListKind) -> ListOfTrustedEntities:
    """A list as anybody gets it, who knows its signer and nothing else."""
    http = HttpClient()
    http.mount(REGISTRAR, edi.registrar.app)
    reply = http.get(edi.registrar.list_url(kind), accept="application/jwt", what="the list")
    return verify_lote(
        reply.body.decode(), kind=kind, signers=(edi.registrar.lists.signer,), now=edi.clock.now()
    )


def anchors(edi: Sandbox, kind: ListKind, category: Category) -> tuple[Any, ...]:
    return published(edi, kind).anchors(category, now=edi.clock.now())


def entity(edi: Sandbox, kind: ListKind, name: str) -> TrustedEntity:
    (found,) = [one for one in published(edi, kind).entities if one.name == name]
    return found


def points(one: TrustedEntity) -> list[tuple[str, ...]]:
    return [service.supply_points for service in one.services]


def breaks(hosting: InProcess) -> None:
    """The registrar's server gives no lists any more; the rest of it goes on."""
    whole = hosting._apps[REGISTRAR]
    gone = Route("/lists/{name}.jwt", lambda _: Response(status_code=503))
    hosting.serve("registrar.example", Starlette(routes=[gone, Mount("/", whole)]))


def show(edi: Sandbox, wallet: Wallet) -> Any:
    """The result of a login at the café."""
    bar = edi.relying_party("cafe-de-vrije-val")
    request = bar.request()
    with suppress(TransportError):  # so the wallet hears that its answer was refused
        wallet.open(request.uri).approve(pin=PIN, despite_warnings=True)
    return bar.result(request)


# Who is in them -----------------------------------------------------------------------------------


@pytest.mark.req("PPNot_02")
def test_a_pid_provider_is_notified_with_who_it_is_and_where_it_is_used(edi: Sandbox) -> None:
    one = entity(edi, PID_PROVIDERS, "Testuitgever")
    assert (one.country, one.identifier) == ("NL", "NTRNL-90000099")
    (issuance, revocation) = one.services
    assert issuance.service_type == PID_PROVIDERS.issuance
    assert issuance.supply_points == ("https://pid-issuer.example",)
    assert issuance.certificates
    assert revocation.certificates
    assert revocation.service_type == PID_PROVIDERS.revocation
    assert revocation.supply_points == ("https://pid-issuer.example/status/1",)


@pytest.mark.req("WPNot_02")
def test_a_wallet_provider_is_notified_with_its_wallet(edi: Sandbox) -> None:
    one = entity(edi, WALLET_PROVIDERS, "Testwallet")
    assert (one.country, one.identifier) == ("NL", "NTRNL-90000098")
    (issuance, revocation) = one.services
    assert "Testwallet, reference TEST-0001" in issuance.name
    assert issuance.certificates
    assert revocation.certificates


@pytest.mark.req("RPACANot_02")
def test_the_authorities_of_the_register_are_notified_with_their_revocation_lists(edi: Sandbox) -> None:
    (access,) = published(edi, ACCESS_AUTHORITIES).entities
    (registration,) = published(edi, REGISTRATION_CERTIFICATE_PROVIDERS).entities
    for one in (access, registration):
        assert one.country == "NL"
        assert one.identifier.startswith("NTRNL-")
        assert all(service.certificates for service in one.services)
    assert points(access)[1] == (f"{REGISTRAR}/access-ca.crl",)
    assert points(registration)[1] == (f"{REGISTRAR}/status-lists/1",)


def test_an_issuer_of_public_attestations_is_notified_when_it_opens(edi: Sandbox) -> None:
    before = {one.name for one in published(edi, PUB_EAA_PROVIDERS).entities}
    wallet = edi.wallet("frouke")
    edi.issuer("diploma")
    edi.issuer("driving-licence")
    since = {one.name for one in published(edi, PUB_EAA_PROVIDERS).entities} - before
    assert since == {card("diploma").organization, card("driving-licence").organization}
    assert edi.wallet("frouke", cards=("diploma",)).cards
    wallet.receive(
        edi.issuer("diploma").offer_to("frouke").uri
    )  # no hour later: the sandbox tells its readers


def test_other_issuers_are_in_no_list_of_the_union(edi: Sandbox) -> None:
    edi.issuer("library-card")
    names = {one.name for kind in LIST_KINDS.values() for one in published(edi, kind).entities}
    assert card("library-card").organization not in names
    assert edi.wallet("frouke", cards=("library-card",)).cards


# What they issue leads there ----------------------------------------------------------------------


def check_status_lists(edi: Sandbox, issuer: Issuer, kind: ListKind) -> None:
    lists = issuer.status_lists
    signer = StatusSigner(anchors(edi, kind, kind.revocation_category), ALGORITHMS)
    uri = lists.uri(1)
    as_jwt, as_cwt = lists.token(1), lists.token(1, STATUS_LIST_CWT_MEDIA_TYPE)
    assert as_jwt is not None
    assert as_cwt is not None
    assert verify_status_list_jwt(as_jwt.body.decode(), uri=uri, signer=signer, now=NOW).uri == uri
    assert verify_status_list_cwt(as_cwt.body, uri=uri, signer=signer, now=NOW).uri == uri


def check_cards(edi: Sandbox, wallet: Wallet, kind: ListKind) -> None:
    trusted = anchors(edi, kind, kind.issuance_category)
    for one in wallet.cards:
        chain = one.credential.chain
        assert chain is not None
        assert verify_chain(chain, trusted, now=NOW, what="the card")[-1] in trusted


@pytest.mark.req("PPNot_03", "PPNot_03a")
def test_pids_and_their_status_lists_lead_to_what_was_notified(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke")
    wallet.receive(edi.pid_issuer.offer_to("frouke", "nl-pid-mdoc").uri)
    assert {one.candidate.format for one in wallet.cards} == {"dc+sd-jwt", "mso_mdoc"}
    check_cards(edi, wallet, PID_PROVIDERS)
    check_status_lists(edi, edi.pid_issuer, PID_PROVIDERS)


@pytest.mark.req("PuBPNot_04", "PuBPNot_05")
@pytest.mark.parametrize("name", ["diploma", "driving-licence"])
def test_public_attestations_and_their_status_lists_lead_to_what_was_notified(
    edi: Sandbox, name: str
) -> None:
    wallet = edi.wallet("frouke", cards=(name,))
    check_cards(edi, wallet, PUB_EAA_PROVIDERS)
    check_status_lists(edi, edi.issuer(name), PUB_EAA_PROVIDERS)


@pytest.mark.req("PPNot_04", "RPACANot_03")
def test_the_access_certificate_of_a_pid_provider_leads_to_what_was_notified(edi: Sandbox) -> None:
    http = edi._hosting.client()
    url = "https://pid-issuer.example/.well-known/openid-credential-issuer"
    reply = http.get(url, accept="application/jwt", what="the metadata")
    jws = parse_jws(reply.body.decode(), typ=None, algorithms=ALGORITHMS, what="the metadata")
    chain = CertificateChain.from_x5c(jws.header["x5c"], pointer="")
    verify_chain(chain, anchors(edi, ACCESS_AUTHORITIES, Category.ACCESS_CA), now=NOW, what="it")
    jws.verify(chain.leaf.public_key)


@pytest.mark.req("WPNot_03")
def test_what_a_wallet_provider_attests_leads_to_what_was_notified(edi: Sandbox) -> None:
    provider, key = edi._wallet_provider, PrivateKey.generate().public
    trusted = anchors(edi, WALLET_PROVIDERS, Category.WALLET_PROVIDER)
    for token in (provider.attest_instance(key), provider.attest_keys((key,), nonce="n")):
        jws = parse_jws(token, typ=None, algorithms=ALGORITHMS, what="the attestation")
        chain = CertificateChain.from_x5c(jws.header["x5c"], pointer="")
        verify_chain(chain, trusted, now=NOW, what="it")
        jws.verify(chain.leaf.public_key)


def test_keys_are_attested_with_all_that_the_european_profile_wants() -> None:
    """TS3: the highest resistance, a certification, and a status that is kept as long as a PID is good for."""
    provider = SandboxWalletProvider(TravellingClock(NOW))
    provider.keep_statuses("https://wallet-statuses.example")
    token = provider.attest_keys((PrivateKey.generate().public,), nonce="n")
    claims = parse_json_object(b64url_decode(token.split(".")[1]))
    assert "iso_18045_high" in claims["key_storage"]
    assert "iso_18045_high" in claims["user_authentication"]
    assert claims["certification"].startswith("https://")
    assert claims["key_storage_status"]["exp"] > NOW + 365 * 86_400
    assert claims["key_storage_status"]["status"]["status_list"]["uri"].startswith("https://")


@pytest.mark.req("RPACANot_03a", "RPACANot_03b")
def test_registration_certificates_and_what_revokes_them_lead_to_what_was_notified(edi: Sandbox) -> None:
    bar = edi.relying_party("cafe-de-vrije-val")
    kind = REGISTRATION_CERTIFICATE_PROVIDERS
    (text,) = bar.certificates.registration_certificates.values()
    assert verify_wrprc(
        text, anchors=anchors(edi, kind, kind.issuance_category), now=NOW, algorithms=ALGORITHMS
    )
    signer = StatusSigner(anchors(edi, kind, kind.revocation_category), ALGORITHMS)
    uri = edi.registrar.status_list_uri
    assert (
        verify_status_list_jwt(edi.registrar.status_list_token(), uri=uri, signer=signer, now=NOW).uri == uri
    )


# Who is taken off -----------------------------------------------------------------------------------


def test_a_pid_provider_that_is_taken_off_is_trusted_by_nobody_after_the_next_reading(
    edi: Sandbox, clock: TravellingClock
) -> None:
    wallet = edi.wallet("frouke")
    assert show(edi, wallet).claims("pid") == {"age_over_18": True}
    edi.registrar.lists.cancel(PID_PROVIDERS, "Testuitgever")
    assert show(edi, wallet).claims("pid") == {"age_over_18": True}  # not read again yet
    clock.travel(3600)
    refused = show(edi, wallet)
    assert refused.presentations == ()
    assert isinstance(refused.error, UntrustedCertificate)
    with pytest.raises(UntrustedCertificate):
        edi.wallet("cor")


def test_of_two_public_providers_the_one_that_is_taken_off_is_trusted_no_more(edi: Sandbox) -> None:
    diploma, licence = edi.issuer("diploma"), edi.issuer("driving-licence")
    wallet = edi.empty_wallet()
    wallet.receive(diploma.offer_to("frouke").uri)
    edi.registrar.lists.cancel(PUB_EAA_PROVIDERS, card("diploma").organization)
    edi.anchors.refresh()
    with pytest.raises(UntrustedCertificate):
        wallet.receive(diploma.offer_to("frouke").uri)
    wallet.receive(licence.offer_to("frouke").uri)


def test_who_is_taken_off_says_nothing_of_what_was_revoked_either(
    edi: Sandbox, clock: TravellingClock
) -> None:
    wallet = edi.wallet("frouke")
    edi.registrar.lists.cancel(PID_PROVIDERS, "Testuitgever")
    for credential_id in edi.pid_issuer.status_lists.credentials():
        edi.pid_issuer.status_lists.revoke(credential_id)
    clock.travel(3600)
    assert wallet.check_cards() == ()


def test_wallets_of_a_provider_that_is_taken_off_get_no_cards(edi: Sandbox, clock: TravellingClock) -> None:
    wallet = edi.empty_wallet()
    edi.registrar.lists.cancel(WALLET_PROVIDERS, "Testwallet")
    clock.travel(3600)
    with pytest.raises(IssuanceRefused) as refused:
        wallet.receive(edi.pid_issuer.offer_to("frouke", "nl-pid").uri)
    assert refused.value.code == "invalid_client"


def test_a_register_whose_access_authority_is_taken_off_vouches_for_nobody(
    edi: Sandbox, clock: TravellingClock
) -> None:
    wallet, bar = edi.wallet("frouke"), edi.relying_party("cafe-de-vrije-val")
    wallet.open(bar.request().uri)
    edi.registrar.lists.cancel(ACCESS_AUTHORITIES, "Test access authority")
    clock.travel(3600)
    with pytest.raises(UntrustedCertificate):
        wallet.open(bar.request().uri)


# Lists that cannot be had -------------------------------------------------------------------------


def test_a_list_that_cannot_be_read_counts_until_its_next_update_and_no_longer(
    edi: Sandbox, hosting: InProcess, clock: TravellingClock
) -> None:
    wallet = edi.wallet("frouke")
    assert show(edi, wallet).error is None
    until = min(one.next_update for one in edi.anchors.lists.values())
    breaks(hosting)
    clock.travel(3600)
    assert show(edi, wallet).error is None
    assert {error.code for error in edi.anchors.problems.values()} == {"http_status"}
    bar = edi.relying_party("cafe-de-vrije-val")
    clock.travel(until - clock.now())
    with pytest.raises(UntrustedCertificate, match="no trust anchor"):
        wallet.open(bar.request().uri)
    with pytest.raises(UntrustedCertificate):
        edi.wallet("cor")


def test_who_has_never_read_a_list_trusts_nobody(edi: Sandbox, hosting: InProcess) -> None:
    bar = edi.relying_party("cafe-de-vrije-val")
    breaks(hosting)
    with pytest.raises(UntrustedCertificate):
        edi.empty_wallet().open(bar.request().uri)


@pytest.mark.req("TLPub_03")
def test_a_list_is_read_over_https_and_nothing_in_it_can_be_changed_underway(edi: Sandbox) -> None:
    kind, signers = PID_PROVIDERS, (edi.registrar.lists.signer,)
    url = edi.registrar.list_url(kind)
    assert url.startswith("https://")
    http = HttpClient()
    http.mount(REGISTRAR, edi.registrar.app)
    plain = url.replace("https://", "http://")
    bare = PublishedAnchors([ListLocation(plain, kind, signers)], http=http, clock=edi.clock)
    assert bare.of(Category.PID_PROVIDER) == ()
    assert isinstance(bare.problems[plain], TransportError)

    header, payload, signature = edi.registrar.lists.token(kind).split(".")
    stranger = Sandbox(clock=edi.clock).registrar.lists
    for token in (
        f"{header}.{payload}.{'A' * len(signature)}",
        f"{header}.{stranger.token(kind).split('.')[1]}.{signature}",
        stranger.token(kind),
        edi.registrar.lists.token(ACCESS_AUTHORITIES),
    ):
        underway = Starlette(routes=[Route("/lists/{name}.jwt", lambda _, token=token: Response(token))])
        tampered = HttpClient()
        tampered.mount(REGISTRAR, underway)
        read = PublishedAnchors([ListLocation(url, kind, signers)], http=tampered, clock=edi.clock)
        assert read.of(Category.PID_PROVIDER) == ()
        assert list(read.problems) == [url]


# The anchors as an object ---------------------------------------------------------------------------


def test_own_anchors_can_be_added_and_the_lists_stay_the_same(edi: Sandbox, clock: TravellingClock) -> None:
    other = Sandbox(clock=clock)
    (foreign,) = other.anchors.of(Category.PID_PROVIDER)
    grown = edi.anchors.adding(Category.PID_PROVIDER, foreign)
    assert grown.of(Category.PID_PROVIDER) == (foreign, *edi.anchors.of(Category.PID_PROVIDER))
    assert foreign not in edi.anchors.of(Category.PID_PROVIDER)
    edi.registrar.lists.cancel(PID_PROVIDERS, "Testuitgever")
    edi.anchors.refresh()
    assert grown.of(Category.PID_PROVIDER) == (foreign,)


def test_anchors_can_be_kept_as_they_are(edi: Sandbox) -> None:
    kept = TrustAnchors.fixed(edi.anchors)
    assert all(kept.of(category) == edi.anchors.of(category) for category in Category)
    edi.registrar.lists.cancel(PID_PROVIDERS, "Testuitgever")
    edi.anchors.refresh()
    assert kept.of(Category.PID_PROVIDER)
    assert not edi.anchors.of(Category.PID_PROVIDER)
