"""Every kind of transaction is logged, whole, and only its holder takes anything out of the log (ARF topic 19)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.crypto import PrivateKey
from nlwallet.errors import LocalError, PromptClosed, RemoteError, WrongPin
from nlwallet.holder import LoggedClaim, LoggedIntermediary, LogOutcome, Wallet
from nlwallet.holder.log_removal import RETENTION_DAYS
from nlwallet.registration import RelyingPartyRecord, ServiceReference, issue_wrpac, issue_wrprc
from nlwallet.status import StatusReference
from nlwallet.trust import TrustAnchors

NL_PID = "urn:eudi:pid:nl:1"
NOW = 1_790_000_000
DAY = 86_400
PIN = Sandbox.PIN
Register = Callable[..., Any]


@pytest.fixture
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW)) as sandbox:
        yield sandbox


def travel(edi: Sandbox, seconds: int) -> None:
    assert isinstance(edi.clock, TravellingClock)
    edi.clock.travel(seconds)


# Presentations ------------------------------------------------------------------------------------


@pytest.mark.req("DASH_03")
def test_a_presentation_is_logged_with_everything_that_the_registration_says(
    world: Any, register: Register, ask: Callable[..., Any]
) -> None:
    party = register(("age_over_18",), ("bsn",))
    wallet = party.mount(world.wallet())
    party.query = ask(
        claims=[{"id": one, "path": [one]} for one in ("age_over_18", "bsn", "family_name")],
        claim_sets=[["age_over_18", "bsn", "family_name"], ["age_over_18", "bsn"]],
    )
    wallet.over_asking = "registered_only"
    wallet.open(party.link()).approve(despite_warnings=True)
    (entry,) = wallet.log
    bsn, age, name = (LoggedClaim(NL_PID, (one,)) for one in ("bsn", "age_over_18", "family_name"))
    assert entry.time == NOW
    assert (entry.party.trade_name, entry.party.identifier) == ("Café De Vrije Val", "NTRNL-12345678")
    assert (entry.party.service_id, entry.party.country) == ("main", "NL")
    assert entry.party.intermediary is None
    assert (set(entry.requested), set(entry.shared)) == ({bsn, age, name}, {bsn, age})
    assert entry.types == (NL_PID,)
    assert entry.party.registry == "https://registrar.example/api"
    assert entry.party.deletion_contacts == ("https://rp.example/verwijderen",)
    assert entry.party.supervisory_authority == "Autoriteit Persoonsgegevens"
    assert entry.party.supervisory_country == "NL"
    assert entry.party.supervisory_contacts == ("https://ap.example/klacht",)
    assert (entry.purpose, entry.language) == ("Nagaan dat u 18 jaar of ouder bent", "nl")
    assert (entry.intended_use, entry.party.privacy_policy) == ("use-1", "https://rp.example/privacy")


@pytest.fixture
def through_broker(world: Any, register: Register) -> Any:
    """The café, that has a broker ask for it: the broker's access certificate, the café's registration (RPI_06)."""
    party = register()
    members = party.record.model_dump(mode="json", exclude_none=True)
    used = {"identifier": "NTRNL-87654321", "trade_name": "Makelaar", "evidence": "contract"}
    served = RelyingPartyRecord.of(**members, uses_intermediary=used)
    broker = RelyingPartyRecord.of(
        **members
        | {
            "legal_name": "Makelaar B.V.", "trade_name": "Makelaar", "identifier": "NTRNL-87654321", "country": "BE",
            "support_uri": "https://makelaar.example/hulp", "is_intermediary": True, "intended_uses": (),
            "services": [{"nl": "Vragen", "en": "Ask"}],
        }
    )  # fmt: skip
    party.key = PrivateKey.generate()
    party.chain = issue_wrpac(
        broker, party.key.public, authority=world.access, now=NOW, dns_names=["rp.example"],
        registrar_url="https://registrar.example", acting_for=ServiceReference(identifier="NTRNL-12345678"),
    )  # fmt: skip
    party.wrprc = issue_wrprc(
        served, "use-1", key=world.registrar_key, chain=world.registrar_chain, now=NOW, days=300,
        status=StatusReference(3, "https://registrar.example/status/1"), registry_uri="https://registrar.example/api",
    )  # fmt: skip
    return party


@pytest.mark.req("DASH_03")
def test_an_intermediary_is_logged_beside_the_party_that_it_asks_for(world: Any, through_broker: Any) -> None:
    wallet = through_broker.mount(world.wallet())
    wallet.open(through_broker.link()).approve(despite_warnings=True)
    party = wallet.log[-1].party
    assert (party.trade_name, party.legal_name) == ("Café De Vrije Val", "Vrije Val Horeca B.V.")
    assert (party.identifier, party.service_id, party.country) == ("NTRNL-12345678", "main", "NL")
    assert party.intermediary == LoggedIntermediary(
        "Makelaar", "NTRNL-87654321", "main", "BE", ("https://makelaar.example/hulp",)
    )
    # It is not the broker who must erase.
    assert party.deletion_contacts == ("https://rp.example/verwijderen",)
    report = wallet.report_to_authority(wallet.log[-1])
    assert report.subject.endswith("van Café De Vrije Val (rp.example), via Makelaar")
    assert "NTRNL-87654321" in report.body


@pytest.mark.req("RPI_07")
@pytest.mark.parametrize("language", ["nl", "en"])
def test_an_intermediary_is_not_shown_at_the_request(world: Any, through_broker: Any, language: Any) -> None:
    prompt = through_broker.mount(world.wallet(language=language)).open(through_broker.link())
    shown = str(prompt) + str(prompt.consent().as_dict())
    assert prompt.requester.trade_name == "Café De Vrije Val"
    assert prompt.requester.identifier == "NTRNL-12345678"
    for hidden in ("Makelaar", "NTRNL-87654321", "makelaar.example"):
        assert hidden not in shown


@pytest.mark.req("DASH_02", "DASH_03")
def test_what_was_not_completed_is_logged_with_its_reason(world: Any, register: Register) -> None:
    party = register(("diploma_number",))
    wallet = party.mount(world.wallet())
    wallet.open(party.link()).deny()
    party.changes = {"response_type": "code"}
    with pytest.raises(RemoteError):
        wallet.open(party.link())
    assert [(one.outcome, one.reason, one.shared) for one in wallet.log] == [
        (LogOutcome.UNANSWERABLE, "missing.claims", ()),
        (LogOutcome.FAILED, wallet.log[-1].reason, ()),
    ]
    assert wallet.log[-1].reason
    assert wallet.log[-1].party.identifier == "NTRNL-12345678"
    assert not any(one.completed for one in wallet.log)


# Cards --------------------------------------------------------------------------------------------


@pytest.mark.req("DASH_05")
def test_an_issuance_is_logged_with_who_and_what_and_how_many(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    wallet.receive(edi.pid_issuer.invite("nl-pid").uri, browser=edi.browser("frouke"))
    (entry,) = wallet.log
    assert (entry.time, entry.kind, entry.outcome) == (NOW, "issuance", LogOutcome.RECEIVED)
    issuer = wallet.cards[0].credential.chain
    assert issuer is not None
    assert entry.party.identifier == issuer.leaf.subject.identifier
    assert entry.party.trade_name == wallet.cards[0].issuer
    assert entry.party.contacts
    assert entry.party.host == "pid-issuer.example"
    assert entry.party.service_id
    assert entry.party.registry.startswith("https://registrar.example/")
    assert entry.party.identifier in entry.party.registry
    assert (entry.types, entry.issued) == ((NL_PID,), (NL_PID,))
    assert entry.copies_requested == entry.copies_issued == len(wallet.cards[0].copies)
    assert entry.copies_issued > 1
    assert entry.by_user


@pytest.mark.req("DASH_02", "DASH_05")
def test_an_issuance_that_failed_is_logged_with_why(edi: Sandbox) -> None:
    wallet = edi.empty_wallet(insecure_unregistered_issuers=True)
    made = edi.pid_issuer.invite("nl-pid").uri
    wallet._intake.anchors = TrustAnchors()
    with pytest.raises(RemoteError) as caught:
        wallet.receive(made, browser=edi.browser("frouke"))
    (entry,) = wallet.log
    assert (entry.kind, entry.outcome, entry.reason) == ("issuance", LogOutcome.FAILED, caught.value.code)
    assert (entry.types, entry.issued, entry.copies_issued) == ((NL_PID,), (), 0)
    assert entry.copies_requested > 0


@pytest.mark.req("DASH_05")
@pytest.mark.parametrize("by_user", [True, False])
def test_a_renewal_says_whether_anybody_asked_for_it(edi: Sandbox, by_user: bool) -> None:
    wallet = edi.empty_wallet()
    wallet.receive(edi.pid_issuer.invite("nl-pid").uri, browser=edi.browser("frouke"))
    travel(edi, DAY)
    wallet.renew(wallet.cards[0].id, by_user=by_user).keep(pin=PIN)
    entry = wallet.log[-1]
    assert (entry.kind, entry.by_user, entry.outcome) == ("reissuance", by_user, LogOutcome.RECEIVED)
    wallet.renew(wallet.cards[0].id, by_user=by_user).discard()
    assert (wallet.log[-1].kind, wallet.log[-1].outcome) == ("reissuance", LogOutcome.DENIED)


@pytest.mark.req("DASH_05a")
def test_a_card_that_is_deleted_is_logged_with_its_provider(edi: Sandbox) -> None:
    wallet = edi.wallet("frouke")
    (card,) = wallet.cards
    travel(edi, DAY)
    wallet.delete(card.id)
    entry = wallet.log[-1]
    assert (entry.time, entry.kind, entry.types) == (NOW + DAY, "deletion", (NL_PID,))
    assert card.credential.chain is not None
    assert (entry.party.trade_name, entry.party.identifier) == (
        card.issuer,
        card.credential.chain.leaf.subject.identifier,
    )
    assert entry.party.identifier


@pytest.mark.req("DASH_02", "DASH_02b", "DASH_12")
def test_every_kind_of_transaction_stands_in_one_list(edi: Sandbox) -> None:
    wallet = edi.empty_wallet()
    wallet.receive(edi.pid_issuer.invite("nl-pid").uri, browser=edi.browser("frouke"))
    wallet.renew(wallet.cards[0].id).keep(pin=PIN)
    bar = edi.relying_party("cafe-de-vrije-val")
    wallet.open(bar.request().uri).approve(pin=PIN, despite_warnings=True)
    wallet.open(bar.request().uri).deny()
    shared, refused = wallet.log[-2:]
    # From any entry of a presentation one call goes on.
    wallet.erasure_request(shared)
    for one in (shared, refused):
        wallet.report_to_authority(one)
    wallet.delete(wallet.cards[0].id)
    assert [one.kind for one in wallet.log] == [
        "issuance", "reissuance", "presentation", "presentation", "erasure_request", "authority_report",
        "authority_report", "deletion",
    ]  # fmt: skip
    assert [one.completed for one in wallet.log] == [True, True, True, False, True, True, True, True]
    assert len({one.id for one in wallet.log}) == 8


# Nobody changes it --------------------------------------------------------------------------------


@pytest.fixture
def used(edi: Sandbox) -> Wallet:
    wallet = edi.wallet("frouke")
    bar = edi.relying_party("cafe-de-vrije-val")
    for _ in range(2):
        wallet.open(bar.request().uri).approve(pin=PIN, despite_warnings=True)
    return wallet


@pytest.mark.req("DASH_06b")
def test_an_entry_cannot_be_changed_and_the_list_is_a_copy(used: Wallet) -> None:
    before = used.log
    with pytest.raises(dataclasses.FrozenInstanceError):
        before[0].time = 1  # type: ignore[misc]
    with pytest.raises((AttributeError, TypeError)):
        used.log = ()  # type: ignore[misc]
    assert isinstance(used.log, tuple)
    assert used.log == before


@pytest.mark.req("DASH_06a", "DASH_06b")
@pytest.mark.parametrize(
    ("language", "words"), [("nl", "wie welke gegevens kreeg"), ("en", "who got which data")]
)
def test_the_holder_deletes_after_reading_what_it_means_and_nobody_else(
    used: Wallet, language: Any, words: str
) -> None:
    removal = used.remove_from_log([used.log[-1]])
    text = " ".join(removal.text(language).split())
    assert words in text
    assert {"nl": "met een wachtwoord", "en": "with a password"}[language] in text
    assert "Café De Vrije Val" in text
    assert max(map(len, removal.text(language).splitlines())) <= 70
    before = used.log
    for wrong, code in ((None, "pin_required"), ("000000", "wrong_pin")):
        with pytest.raises(WrongPin) as caught:
            removal.delete(pin=wrong)
        assert caught.value.code == code
        assert used.log == before
    removal.delete(pin=PIN)
    assert used.log == before[:-1]
    with pytest.raises(PromptClosed):
        removal.delete(pin=PIN)
    with pytest.raises(LocalError):
        used.remove_from_log([before[-1]])


@pytest.mark.req("DASH_02a")
def test_old_entries_go_only_after_a_warning_that_says_how_to_keep_them(edi: Sandbox, used: Wallet) -> None:
    assert used.prune_log() is None
    with pytest.raises(LocalError) as caught:
        used.prune_log(older_than_days=RETENTION_DAYS - 1)
    assert caught.value.code == "retention"
    old = used.log
    travel(edi, RETENTION_DAYS * DAY)
    assert used.prune_log() is None  # to the second
    travel(edi, 1)
    used.erasure_request(used.log[-1])
    pruning = used.prune_log()
    assert pruning is not None
    assert pruning.entries == old
    text = " ".join(str(pruning).split())
    assert "Uw geschiedenis wordt opgeruimd. Het gaat om 3 regels van voor 21 september 2026." in text
    for words in ("wie welke gegevens kreeg", "Exporteer ze dan eerst naar een bestand met een wachtwoord."):
        assert words in text
    assert len(used.log) == 4  # nothing went by itself
    pruning.delete(pin=PIN)
    assert [one.kind for one in used.log] == ["erasure_request"]
