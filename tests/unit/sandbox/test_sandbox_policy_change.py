"""A disclosure policy that changes: the issuer revokes the cards with the old one, and a renewal brings the new one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nlwallet import Issuer, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import InvalidOffer, LocalError
from nlwallet.issuer import CredentialConfiguration, InMemoryIssuerStore, StatusLists
from nlwallet.registration import AuthorizedParty, DisclosurePolicy
from nlwallet.sandbox import InProcess
from nlwallet.sandbox.browser import PersonaBrowser
from nlwallet.sandbox.wallet_provider import SandboxWalletProvider
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.status import Status
from nlwallet.trust import Category, TrustAnchors

NOW = 1_790_000_000
HOST = "school.example"
URL = f"https://{HOST}"
PASS, BUS = "urn:example:school-pass:1", "urn:example:bus-pass:1"
LINK = f"{URL}/uitleg-over-de-pas"


def policy(*identifiers: str, link: str = "") -> DisclosurePolicy:
    parties = tuple(AuthorizedParty(one, "main") for one in identifiers)
    return DisclosurePolicy("authorized_rp_only", authorized_parties=parties, policy_info_url=link)


CANTEEN, LIBRARY = policy("NTRNL-00000001"), policy("NTRNL-00000001", "NTRNL-00000002", link=LINK)


class School:
    """An issuer that starts again and again on one store."""

    def __init__(self) -> None:
        self.clock, self.hosting = TravellingClock(NOW), InProcess()
        self.authority = CertificateAuthority.create("School CA", now=NOW)
        self.key, self.store = PrivateKey.generate(), InMemoryIssuerStore()
        subject = Subject("De School", country="NL", organization="De School")
        self.chain = self.authority.issue(self.key.public, subject, now=NOW, san_uris=(URL,))
        self.provider = SandboxWalletProvider(self.clock)

    def start(self, of_the_pass: DisclosurePolicy | None) -> Issuer:
        """The issuer, with this policy for the school pass."""
        configurations = [
            CredentialConfiguration.from_type_metadata(
                {"vct": type_, "claims": [{"path": ["number"], "sd": "always"}]},
                disclosure_policy=of_the_pass if type_ == PASS else None,
                batch_size=2,
            )
            for type_ in (PASS, BUS)
        ]
        issuer = Issuer(
            key=self.key,
            chain=self.chain,
            credential_issuer=URL,
            configurations=configurations,
            clock=self.clock,
            types=TypeMetadataRegistry(),
            attributes=lambda _person, _configuration: {"number": "7"},
            login={"frouke": "Frouke"},
            wallet_anchors=(self.provider.anchor,),
            store=self.store,
        )
        self.hosting.serve(HOST, issuer.app)
        return issuer

    def wallet(self, issuer: Issuer) -> Wallet:
        """A wallet with a pass for school and one for the bus."""
        wallet = Wallet(
            anchors=TrustAnchors().adding(Category.EAA_PROVIDER, self.authority.certificate),
            http=self.hosting.client(),
            clock=self.clock,
            provider=self.provider,
            types=TypeMetadataRegistry(),
            insecure_unregistered_issuers=True,
        )
        browser = PersonaBrowser(self.hosting.client(), "frouke", agrees=True)
        for type_ in (PASS, BUS):
            wallet.receive(issuer.invite(type_).uri, browser=browser)
        return wallet


@pytest.fixture
def school() -> Iterator[School]:
    one = School()
    yield one
    one.hosting.close()


def taken_back(school: School, wallet: Wallet) -> list[str]:
    school.clock.travel(3600)
    return [card.type for card in wallet.check_cards() if card.status == "revoked"]


@pytest.mark.req("EDP_11")
@pytest.mark.parametrize(
    ("before", "after"),
    [(None, CANTEEN), (CANTEEN, LIBRARY), (CANTEEN, None)],
    ids=["added", "changed", "deleted"],
)
def test_cards_with_another_policy_are_revoked_and_no_others(
    school: School, before: DisclosurePolicy | None, after: DisclosurePolicy | None
) -> None:
    wallet = school.wallet(school.start(before))
    school.start(before)
    assert taken_back(school, wallet) == []
    issuer = school.start(after)
    assert taken_back(school, wallet) == [PASS]
    assert wallet.cards[1].status == "valid"
    # What is issued from now on has the new policy, and stays at the next start.
    again = school.wallet(issuer)
    assert again.cards[0].disclosure_policy == (after and after.identified())
    school.start(after)
    assert taken_back(school, again) == []


@pytest.mark.req("EDP_11")
def test_who_is_stopped_half_way_goes_on_at_the_next_start(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = school.start(CANTEEN)
    wallets = [school.wallet(issuer) for _ in range(3)]
    revoke, done = StatusLists.revoke, []

    def stopping(self: StatusLists, credential_id: str) -> None:
        if done:
            raise LocalError("no more room", code="store")
        done.append(credential_id)
        revoke(self, credential_id)

    with monkeypatch.context() as patch:
        patch.setattr(StatusLists, "revoke", stopping)
        with pytest.raises(LocalError, match="no more room"):
            school.start(LIBRARY)
    issuer = school.start(LIBRARY)
    assert [taken_back(school, one) for one in wallets] == [[PASS]] * 3
    statuses = list(issuer.status_lists.credentials().values())
    assert (statuses.count(Status.INVALID), statuses.count(Status.VALID)) == (3, 3)


def without_revoking(school: School, monkeypatch: pytest.MonkeyPatch, after: DisclosurePolicy | None) -> None:
    """An issuer that changes its policy, and leaves the cards alone: others may do so."""
    with monkeypatch.context() as patch:
        patch.setattr("nlwallet.issuer.role.revoke_what_had_another_policy", lambda *_, **__: None)
        school.start(after)


@pytest.mark.req("EDP_10")
def test_a_renewed_card_comes_with_the_policy_of_now(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = school.wallet(school.start(CANTEEN))
    without_revoking(school, monkeypatch, LIBRARY)
    assert wallet.cards[0].disclosure_policy == CANTEEN.identified()
    wallet.renew(wallet.cards[0].id).keep_unasked()
    (renewed,) = (card for card in wallet.cards if card.type == PASS)
    assert renewed.disclosure_policy == LIBRARY.identified()


def test_under_the_same_name_no_other_card_comes(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = school.wallet(school.start(None))
    real = CredentialConfiguration.metadata

    def other(self: CredentialConfiguration, types: Any, *, type_metadata_uri: str) -> dict[str, Any]:
        return {**real(self, types, type_metadata_uri=type_metadata_uri), "vct": BUS}

    with monkeypatch.context() as patch:
        patch.setattr(CredentialConfiguration, "metadata", other)
        school.start(None)
        with pytest.raises(InvalidOffer, match="another card"):
            wallet.renew(wallet.cards[0].id)
    assert [card.type for card in wallet.cards] == [PASS, BUS]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_holder_reads_it_when_the_card_comes_and_afterwards(school: School, language: Any) -> None:
    issuer = school.start(LIBRARY)
    wallet = school.wallet(issuer)
    with_policy, without = (wallet.describe(card, language) for card in wallet.cards)
    assert with_policy.policy
    assert with_policy.policy_link == LINK
    assert (without.policy, without.policy_link) == ("", "")
    received = wallet.open_offer(issuer.offer(PASS, {"number": "7"}).uri).fetch()
    assert f'href="{LINK}"' in received.html(language)
    assert with_policy.policy in received.html(language)
    assert f"  {LINK}" in str(received).splitlines()
    received.discard()
