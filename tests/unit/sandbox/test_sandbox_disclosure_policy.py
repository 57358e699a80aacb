"""A card whose issuer wants it shown to some only: published, kept with the card, put to the holder, who decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlwallet import RelyingPartyRecord, Sandbox, Verifier
from nlwallet.clock import TravellingClock
from nlwallet.crypto import DerivationCost
from nlwallet.errors import InvalidOffer, LocalError
from nlwallet.holder import FileVault, Wallet
from nlwallet.issuer import NL_PID, CredentialConfiguration
from nlwallet.registration import (
    AuthorizedParty,
    DisclosurePolicy,
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    Retention,
    SupervisoryAuthority,
    TrustedRoot,
)

NOW = 1_790_000_000
PASS = "urn:example:school-pass:1"
EXPLAINED = "https://school.example/uitleg/" + "waarom-wij-dit-doen-" * 6
DOCUMENT: dict[str, Any] = {
    "vct": PASS,
    "display": [{"locale": "nl-NL", "name": "Schoolpas"}, {"locale": "en-GB", "name": "School pass"}],
    "claims": [{"path": ["number"], "sd": "always"}],
}
ONLY_THE_CANTEEN = DisclosurePolicy(
    "authorized_rp_only", authorized_parties=(AuthorizedParty("NTRNL-00000001", "main"),)
)
COST = DerivationCost(memory_kib=64, iterations=1, lanes=1)


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW)) as sandbox:
        yield sandbox


def issued(edi: Sandbox, policy: DisclosurePolicy | None, wallet: Wallet) -> None:
    configuration = CredentialConfiguration.from_type_metadata(DOCUMENT, disclosure_policy=policy)
    issuer = edi.issuer("school.example", configurations=[configuration], organization="De School")
    wallet.receive(issuer.offer(PASS, {"number": "7"}).uri)


def party(edi: Sandbox, number: int) -> Verifier:
    return edi.register(
        RelyingPartyRecord(
            legal_name=f"Partij {number} B.V.",
            trade_name=f"Partij {number}",
            identifier=f"NTRNL-{number:08}",
            services=(LocalizedText(nl="Eten", en="Food"),),
            website=f"https://party-{number}.example/",
            support_uri=f"https://party-{number}.example/help",
            supervisory_authority=SupervisoryAuthority(
                name="Toezicht", country="NL", email="a@toezicht.example"
            ),
            intended_uses=(
                IntendedUse(
                    id="eten",
                    purpose=LocalizedText(nl="Korting geven", en="Give a discount"),
                    privacy_policy=f"https://party-{number}.example/privacy",
                    retention=Retention(days=0),
                    credentials=(RegisteredCredential(types=(PASS,), claims=(("number",),)),),
                ),
            ),
        ),
        host=f"party-{number}.example",
    )


def objections(wallet: Wallet, relying_party: Verifier) -> list[str]:
    consent = wallet.open(relying_party.request().uri).consent()
    return [one.code for one in consent.warnings if one.code.startswith("issuer_")]


@pytest.mark.req("EDP_02", "EDP_06")
def test_only_who_is_not_on_the_list_brings_a_warning(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    issued(edi, ONLY_THE_CANTEEN, wallet)
    assert objections(wallet, party(edi, 1)) == []
    assert objections(wallet, party(edi, 2)) == ["issuer_objects"]


@pytest.mark.req("EDP_03")
@pytest.mark.parametrize("own", [True, False])
def test_a_registrar_that_the_issuer_does_not_name_brings_a_warning(edi: Sandbox, own: bool) -> None:
    root = edi.registrar.registration_anchor if own else edi.registrar.access_anchor
    policy = DisclosurePolicy(
        "specific_root_of_trust", trusted_roots=(TrustedRoot(sha256=root.sha256().hex()),)
    )
    wallet = edi.empty_wallet()
    issued(edi, policy, wallet)
    assert objections(wallet, party(edi, 1)) == ([] if own else ["issuer_objects"])


@pytest.mark.req("EDP_07")
@pytest.mark.parametrize("allow", [True, False])
def test_the_holder_allows_or_denies_all_the_same(edi: Sandbox, allow: bool) -> None:
    wallet = edi.empty_wallet()
    issued(edi, ONLY_THE_CANTEEN, wallet)
    shop = party(edi, 2)
    request = shop.request()
    prompt = wallet.open(request.uri)
    if allow:
        prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
        assert shop.result(request).claims("credential_0") == {"number": "7"}
    else:
        prompt.deny()
        assert shop.result(request).status == "refused"


@pytest.mark.req("EDP_05")
@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_link_that_explains_it_is_shown_whole(edi: Sandbox, language: Any) -> None:
    wallet = edi.empty_wallet()
    policy = DisclosurePolicy(
        "authorized_rp_only",
        authorized_parties=ONLY_THE_CANTEEN.authorized_parties,
        policy_info_url=EXPLAINED,
    )
    issued(edi, policy, wallet)
    prompt = wallet.open(party(edi, 2).request().uri)
    consent = prompt.consent(language)
    (warning,) = (one for one in consent.warnings if one.code == "issuer_objects")
    assert warning.link == EXPLAINED
    assert "De School" in warning.title
    assert f'href="{EXPLAINED}"' in prompt.html(language)
    assert EXPLAINED in str(prompt)


@pytest.mark.req("EDP_01", "EDP_09")
def test_the_policy_stands_in_the_metadata_by_value(edi: Sandbox) -> None:
    issued(edi, ONLY_THE_CANTEEN, edi.empty_wallet())
    reply = edi._hosting.client().get(
        "https://school.example/.well-known/openid-credential-issuer", accept="application/json", what="it"
    )
    assert (
        b'"authorized_parties":[{"identifier":"NTRNL-00000001","service_id":"main"}]'
        in reply.body.replace(b" ", b"")
    )
    assert b'"policy_uri":"ni:///sha-256;' in reply.body.replace(b" ", b"")


@pytest.mark.req("EDP_10")
def test_the_policy_is_kept_with_the_card_also_in_the_vault(edi: Sandbox, tmp_path: Path) -> None:
    path, state = tmp_path / "wallet", tmp_path / "state"
    with FileVault.create(path, pin="112233", attempts=state, clock=edi.clock, cost=COST) as vault:
        wallet = edi.empty_wallet(pin=None, store=vault)
        issued(edi, ONLY_THE_CANTEEN, wallet)
        assert wallet.cards[0].disclosure_policy == ONLY_THE_CANTEEN.identified()
    with FileVault.open(path, pin="112233", attempts=state, clock=edi.clock, cost=COST) as vault:
        reopened = edi.empty_wallet(pin=None, store=vault)
        assert reopened.cards[0].disclosure_policy == ONLY_THE_CANTEEN.identified()
        assert objections(reopened, party(edi, 2)) == ["issuer_objects"]


def test_without_a_policy_nobody_objects(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    issued(edi, None, wallet)
    assert objections(wallet, party(edi, 2)) == []
    assert wallet.cards[0].disclosure_policy is None


def test_a_policy_that_cannot_be_read_keeps_the_card_away(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    unreadable = DisclosurePolicy("authorized_rp_only")  # names nobody
    with pytest.raises(InvalidOffer) as refused:
        issued(edi, unreadable, wallet)
    assert refused.value.pointer.endswith("/disclosure_policy/authorized_parties")
    assert wallet.cards == ()


@pytest.mark.req("EDP_01")
def test_a_pid_has_no_policy() -> None:
    with pytest.raises(LocalError, match="PID"):
        CredentialConfiguration(
            id="pid", vct=NL_PID, scope="pid", disclosable=(), disclosure_policy=ONLY_THE_CANTEEN
        )
