"""A wallet in a file: everything of it comes back, and only with its PIN."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nlwallet import Category, Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import (
    CertificateAuthority,
    DerivationCost,
    PrivateKey,
    SealingKey,
    SigningKey,
    SoftwareKey,
)
from nlwallet.encoding import dump_json, parse_json_object
from nlwallet.errors import DecryptionFailed, InvalidVault, LocalError, WrongPin
from nlwallet.holder import (
    Card,
    Counterparty,
    FileVault,
    LogEntry,
    LoggedIntermediary,
    LogOutcome,
    SoftwareKeys,
    issuer_metadata,
)
from nlwallet.holder import file_vault as file_vault_module
from nlwallet.holder.authorization import HeldToken
from nlwallet.holder.belongings import Belongings, Vault
from nlwallet.holder.copies import CardCopy, Copies, ReuseMethod
from nlwallet.holder.deliveries import PromisedCard, Renewal
from nlwallet.holder.vault_format import SealedVault
from nlwallet.http import HttpClient
from nlwallet.issuer import Issuer, persona, pid_claims, pid_configuration
from nlwallet.openid4vci import ReusePolicy
from nlwallet.sdjwt import known_types
from nlwallet.trust import TrustAnchors

NOW = 1_790_000_000
PIN = "112233"
CHEAP = DerivationCost(memory_kib=8, iterations=1, lanes=1)
NL_PID = "urn:eudi:pid:nl:1"


class Home:
    """A place for the file of a wallet, and the sandbox that it lives in."""

    def __init__(self, folder: Path) -> None:
        self.clock = TravellingClock(NOW)
        self.edi = Sandbox(clock=self.clock)
        self.path = folder / "wallets" / "frouke.vault"
        self.attempts = folder / "state"
        self._open: list[FileVault] = []

    def create(self, **options: Any) -> FileVault:
        return self._kept(
            FileVault.create(
                self.path, pin=PIN, attempts=self.attempts, clock=self.clock, cost=CHEAP, **options
            )
        )

    def open(self, pin: str = PIN, **options: Any) -> FileVault:
        return self._kept(
            FileVault.open(
                self.path, pin=pin, attempts=self.attempts, clock=self.clock, cost=CHEAP, **options
            )
        )

    def wallet(self, vault: FileVault) -> Wallet:
        return self.edi.empty_wallet(pin=None, store=vault)

    def offer(self) -> str:
        return self.edi.pid_issuer.offer("nl-pid", pid_claims(persona("frouke"), now=NOW)).uri

    def close(self) -> None:
        for vault in self._open:
            vault.close()
        self.edi.close()

    def _kept(self, vault: FileVault) -> FileVault:
        self._open.append(vault)
        return vault


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    one = Home(tmp_path)
    yield one
    one.close()


def told(card: Card) -> dict[str, Any]:
    """All that a card is, in a form that can be compared."""
    members = {field.name: getattr(card, field.name) for field in dataclasses.fields(card)}
    copies = members.pop("copies")
    return members | {
        "method": copies.method,
        "usage": copies.usage,
        "copies": [(one.credential.text, one.key.public) for one in copies.all],
    }


# Everything comes back ----------------------------------------------------------------------------


def test_a_card_comes_back_as_it_was(home: Home) -> None:
    with home.create() as vault:
        (card,) = home.wallet(vault).receive(home.offer())
        assert len(card.copies) > 1
    with home.open() as vault:
        (again,) = vault.all()
        assert told(again) == told(card)


def test_a_card_that_came_back_is_shown_and_believed(home: Home) -> None:
    bar = home.edi.relying_party("cafe-de-vrije-val")
    with home.create() as vault:
        home.wallet(vault).receive(home.offer())
    with home.open() as vault:
        request = bar.request()
        home.wallet(vault).open(request.uri).approve(pin=PIN)
        assert bar.result(request).claims("pid") == {"age_over_18": True}


def test_an_expired_card_comes_back_expired(home: Home) -> None:
    with home.create() as vault:
        home.wallet(vault).receive(home.offer())
    home.clock.travel(400 * 86_400)
    with home.open() as vault:
        (card,) = home.wallet(vault).cards
        assert card.expired(home.clock.now())


def test_what_an_issuer_took_back_comes_back_as_taken_back(home: Home) -> None:
    with home.create() as vault:
        wallet = home.wallet(vault)
        offer = home.edi.pid_issuer.offer("nl-pid", pid_claims(persona("frouke"), now=NOW))
        wallet.receive(offer.uri)
        assert offer.credential_id is not None
        home.edi.pid_issuer.status_lists.revoke(offer.credential_id)
        home.clock.travel(86_400)
        assert wallet.check_cards()
    with home.open() as vault:
        assert [card.status for card in vault.all()] == ["revoked"]


def test_the_log_comes_back_entry_for_entry(home: Home) -> None:
    bar = home.edi.relying_party("cafe-de-vrije-val")
    with home.create() as vault:
        wallet = home.wallet(vault)
        wallet.receive(home.offer())
        wallet.open(bar.request().uri).approve(pin=PIN)
        wallet.open(bar.request().uri).deny()
        wallet.delete(wallet.cards[0].id)
        log = wallet.log
    with home.open() as vault:
        assert home.wallet(vault).log == log
    assert [entry.outcome for entry in log] == [
        LogOutcome.RECEIVED, LogOutcome.SHARED, LogOutcome.DENIED, LogOutcome.DELETED,
    ]  # fmt: skip


def test_a_deleted_card_stays_deleted(home: Home) -> None:
    with home.create() as vault:
        wallet = home.wallet(vault)
        (card,) = wallet.receive(home.offer())
        wallet.delete(card.id)
    with home.open() as vault:
        assert vault.all() == ()
        with pytest.raises(LocalError, match="no card with this id"):
            vault.remove(card.id)
        with pytest.raises(LocalError, match="no card with this id"):
            vault.replace(card.id, card)


def test_how_copies_were_used_comes_back(home: Home) -> None:
    with home.create() as vault:
        (card,) = home.wallet(vault).receive(home.offer())
        first = card.copies.for_party("x509_hash:a")
        left = card.copies.unused
    with home.open() as vault:
        (again,) = vault.all()
        assert again.copies.unused == left == len(card.copies) - 1
        shown = {first.credential.text}
        for party in ("x509_hash:b", "x509_hash:c", "x509_hash:d"):
            shown.add(again.copies.for_party(party).credential.text)
        assert len(shown) == 4


def test_the_copy_of_a_relying_party_comes_back(home: Home) -> None:
    with home.create() as vault:
        (card,) = home.wallet(vault).receive(home.offer())
        assigned = dataclasses.replace(card, copies=Copies(card.copies.all, ReuseMethod.PER_RELYING_PARTY))
        vault.replace(card.id, assigned)
        chosen = {party: assigned.copies.for_party(party).credential.text for party in ("a", "b", "c")}
        assert len(set(chosen.values())) == 3
    with home.open() as vault:
        (again,) = vault.all()
        assert {party: again.copies.for_party(party).credential.text for party in "abc"} == chosen


def test_a_type_that_was_learned_comes_back(home: Home) -> None:
    vct = "urn:example:test:1"
    document = json.dumps({"vct": vct, "display": [{"locale": "nl", "name": "Testkaart"}]}).encode()
    with home.create() as vault:
        home.wallet(vault)
        with vault.changes():
            kept = belongings(vault)
            kept.types = kept.types.adding([document])
    with home.open() as vault:
        wallet = home.wallet(vault)
        assert belongings(vault).types.raw(vct) == document
        wallet.receive(home.offer())
    with home.open() as vault:
        home.wallet(vault)
        learned = [one for one in belongings(vault).types.types if one not in known_types()]
        assert learned == [vct]


def belongings(vault: FileVault) -> Belongings:
    assert vault._belongings is not None
    return vault._belongings


def deferring(home: Home) -> Issuer:
    """An issuer whose cards somebody decides on first, and come by an authorization code: with a refresh token."""
    return home.edi.issuer(
        "late.example",
        configurations=(dataclasses.replace(pid_configuration(), deferred=True),),
        attributes=lambda person: pid_claims(persona(person), now=NOW),
        login=lambda _: "frouke",
        category=Category.PID_PROVIDER,
        organization="Trage uitgever",
    )


def test_a_promised_card_comes_after_the_wallet_was_closed(home: Home) -> None:
    issuer = deferring(home)
    offer = issuer.offer("nl-pid", pid_claims(persona("frouke"), now=NOW)).uri
    with home.create() as vault:
        wallet = home.wallet(vault)
        assert wallet.receive(offer) == ()
        assert len(wallet.promised) == 1
    (decision,) = issuer.waiting
    decision.approve()
    home.clock.travel(300)
    with home.open() as vault:
        wallet = home.wallet(vault)
        assert [one.configuration.vct for one in wallet.promised] == [NL_PID]
        (card,) = wallet.collect()
        assert card.claims["given_name"] == "Frouke"
    with home.open() as vault:
        wallet = home.wallet(vault)
        assert wallet.promised == ()
        assert [told(card) for card in wallet.cards] == [told(card)]


def test_a_card_is_renewed_after_the_wallet_was_closed(home: Home) -> None:
    with home.create() as vault:
        wallet = home.wallet(vault)
        offer = home.edi.pid_issuer.invite("nl-pid").uri
        (card,) = wallet.receive(offer, browser=home.edi.browser("frouke"))
    for _ in range(2):  # what came with the renewal renews the next time
        with home.open() as vault:
            wallet = home.wallet(vault)
            (renewed,) = wallet.renew(card.id).keep(pin=PIN)
            assert renewed.id != card.id
            card = renewed
    with home.open() as vault:
        assert [one.id for one in vault.all()] == [card.id]


def test_two_cards_of_one_offer_are_written_again_and_renewed_after_the_wallet_was_closed(home: Home) -> None:
    """They hang on one token, and each is of another configuration of the issuer."""
    with home.create() as vault:
        offer = home.edi.pid_issuer.invite("nl-pid", "nl-pid-mdoc").uri
        cards = home.wallet(vault).receive(offer, browser=home.edi.browser("frouke"))
        assert {card.format for card in cards} == {"dc+sd-jwt", "mso_mdoc"}
    for format_ in ("mso_mdoc", "dc+sd-jwt"):
        with home.open() as vault:
            wallet = home.wallet(vault)
            (old,) = (card for card in vault.all() if card.format == format_)
            (renewed,) = wallet.renew(old.id).keep(pin=PIN)
            assert renewed.format == format_
    with home.open() as vault:
        assert len(vault.all()) == 2


@pytest.mark.parametrize(
    "odd", ['"' + "é" * 500_000 + '"', "[1e15" + ",1e15" * 150_000 + "]"], ids=["letters", "numbers"]
)
def test_an_issuer_that_says_a_lot_of_itself_does_not_lock_its_holder_out(
    home: Home, odd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Written down again it is longer than any message may be: a wallet must be able to read what it wrote itself.
    fetch = issuer_metadata.fetch_json

    def fetch_much(url: str, what: str, *, http: HttpClient) -> dict[str, Any]:
        document = dump_json(fetch(url, what, http=http)).decode()
        return parse_json_object(f'{document[:-1]},"odd":{odd}}}', what=what)

    monkeypatch.setattr(issuer_metadata, "fetch_json", fetch_much)
    with home.create() as vault:
        offer = home.edi.pid_issuer.invite("nl-pid").uri
        (card,) = home.wallet(vault).receive(offer, browser=home.edi.browser("frouke"))
    with home.open() as vault:
        assert [one.id for one in home.wallet(vault).renew(card.id).keep(pin=PIN)]


def test_the_newest_refresh_token_is_on_disk_before_it_is_used_for_anything(home: Home) -> None:
    with home.create() as vault:
        wallet = home.wallet(vault)
        offer = home.edi.pid_issuer.invite("nl-pid").uri
        (card,) = wallet.receive(offer, browser=home.edi.browser("frouke"))
        wallet.renew(card.id)  # and then nothing: neither kept nor discarded
        newest = belongings(vault).renewals[card.id].token.refresh_token
    with home.open() as vault:
        home.wallet(vault)
        assert belongings(vault).renewals[card.id].token.refresh_token == newest


def test_whom_to_trust_comes_back(home: Home) -> None:
    with home.create() as vault:
        vault.remember(anchors=home.edi.anchors, tls_anchors_pem="PEM")
    with home.open() as vault:
        assert vault.anchors == TrustAnchors.fixed(home.edi.anchors)
        assert vault.tls_anchors_pem == "PEM"


def test_nobody_put_to_work_is_kept_all_the_same(home: Home) -> None:
    """A change by a caller who uses the vault as a store of cards only does not cost the wallet its rest."""
    issuer = deferring(home)
    with home.create() as vault:
        wallet = home.wallet(vault)
        wallet.receive(home.offer())
        wallet.receive(issuer.offer("nl-pid", pid_claims(persona("frouke"), now=NOW)).uri)
    with home.open() as vault:
        vault.remove(vault.all()[0].id)
    issuer.waiting[0].approve()
    home.clock.travel(300)
    with home.open() as vault:
        assert home.wallet(vault).collect()


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Card, "candidate issuer names received_at expires_at copies status disclosure_policy words"),
        (CardCopy, "credential key"),
        (PromisedCard, "transaction_id ask_at renewal keys replaces doubted"),
        (Renewal, "configuration held identifier"),
        (HeldToken, "session response _lock"),
        (ReusePolicy, "methods batch_size unused_left lifetime_left"),
        (
            LogEntry,
            "time kind outcome party purpose intended_use requested shared types transactions terms warnings reason "
            "language issued copies_requested copies_issued by_user about contact id",
        ),
        (
            Counterparty,
            "trade_name legal_name identifier country verified host registrar registry service_id service_name "
            "entitlement contacts deletion_contacts supervisory_authority supervisory_country supervisory_contacts "
            "privacy_policy intermediary",
        ),
        (LoggedIntermediary, "trade_name identifier service_id country contacts"),
        (Belongings, "types keys log promised renewals told_to_browser changes"),
    ],
)
def test_nothing_new_is_forgotten(kind: type, names: str) -> None:
    """Whoever gives one of these another member decides here whether the file keeps it: vault_cards, vault_records."""
    assert {field.name for field in dataclasses.fields(kind)} == set(names.split())


def test_a_card_of_a_format_that_cannot_be_read_back_is_not_taken(home: Home) -> None:
    with home.create() as vault:
        (card,) = home.wallet(vault).receive(home.offer())
        other = dataclasses.replace(
            card, candidate=dataclasses.replace(card.candidate, id="other", format="another")
        )
        with pytest.raises(LocalError, match="'another'"):
            vault.add([other])
        assert [one.id for one in vault.all()] == [card.id]


# Who may see it -----------------------------------------------------------------------------------


def test_the_file_is_for_its_owner_and_says_nothing(home: Home) -> None:
    with home.create() as vault:
        wallet = home.wallet(vault)
        (card,) = wallet.receive(home.offer())
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.path.parent.stat().st_mode) == 0o700
    data = home.path.read_bytes()
    for secret in (b"Frouke", b"999958379", b"urn:eudi", PIN.encode(), card.credential.text.encode()[:40]):
        assert secret not in data


def test_an_open_file_of_others_is_theirs_no_more_after_the_next_change(home: Home) -> None:
    with home.create() as vault:
        home.path.chmod(0o644)
        vault.remember(tls_anchors_pem="PEM")
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o600


def test_another_pin_opens_nothing(home: Home) -> None:
    home.create().close()
    with pytest.raises(WrongPin) as caught:
        home.open("445566")
    assert "445566" not in str(caught.value)
    home.open(PIN).close()


@pytest.mark.parametrize("pin", ["", "123", "abcdef", "1" * 13])
def test_what_is_no_pin_makes_no_wallet(home: Home, pin: str, tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="4 to 12 digits"):
        FileVault.create(home.path, pin=pin, attempts=home.attempts, cost=CHEAP)
    assert not home.path.exists()


def test_one_process_at_a_time(home: Home) -> None:
    with home.create():
        with pytest.raises(LocalError) as caught:
            home.open()
        assert caught.value.code == "vault_in_use"
    home.open().close()


def test_a_closed_vault_keeps_nothing_more(home: Home) -> None:
    vault = home.create()
    wallet = home.wallet(vault)
    vault.close()
    with pytest.raises(LocalError) as caught:
        wallet.receive(home.offer())
    assert caught.value.code == "vault_closed"
    assert vault.all() == ()


def test_a_wallet_is_not_made_over_another(home: Home) -> None:
    home.create().close()
    with pytest.raises(LocalError) as caught:
        home.create()
    assert caught.value.code == "vault_exists"


def test_no_wallet_and_no_folder(home: Home, tmp_path: Path) -> None:
    with pytest.raises(LocalError) as caught:
        home.open()
    assert caught.value.code == "vault_missing"
    assert not home.path.parent.exists()
    with pytest.raises(LocalError) as caught:
        FileVault.open(tmp_path, pin=PIN, attempts=home.attempts, cost=CHEAP)
    assert caught.value.code == "file"


def test_the_pin_is_changed(home: Home) -> None:
    with home.create() as vault:
        wallet = home.wallet(vault)
        wallet.receive(home.offer())
        before = SealedVault.parse(home.path.read_bytes())
        with pytest.raises(WrongPin):
            vault.change_pin("000000", "445566")
        with pytest.raises(LocalError, match="4 to 12 digits"):
            vault.change_pin(PIN, "x")
        vault.change_pin(PIN, "445566")
        bar = home.edi.relying_party("cafe-de-vrije-val")
        prompt = wallet.open(bar.request().uri)
        with pytest.raises(WrongPin):
            prompt.approve(pin=PIN)
        prompt.approve(pin="445566")
    with pytest.raises(WrongPin):
        home.open(PIN)
    with home.open("445566") as vault:
        assert len(vault.all()) == 1
    # What the old PIN opens in an old copy does not open the new file.
    old = before.header.unlock(PIN)
    assert old is not None
    with pytest.raises(InvalidVault):
        SealedVault.parse(home.path.read_bytes()).unseal(old)


def test_a_vault_brings_its_own_pin(home: Home) -> None:
    vault = home.create()
    with pytest.raises(LocalError, match="has a PIN already"):
        home.edi.empty_wallet(pin=PIN, store=vault)
    assert isinstance(vault, Vault)


def test_one_wallet_for_each_vault(home: Home) -> None:
    vault = home.create()
    home.wallet(vault)
    with pytest.raises(LocalError, match="in a wallet already"):
        home.wallet(vault)


# Keys ---------------------------------------------------------------------------------------------


def test_a_private_key_has_no_way_out(home: Home) -> None:
    with home.create() as vault:
        (card,) = home.wallet(vault).receive(home.offer())
    key = card.copies.first.key
    assert isinstance(key, SoftwareKey)
    public = {name for name in dir(key) if not name.startswith("_")}
    assert public == {"alg", "public", "sign"}
    for escape in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            escape(key)  # type: ignore[operator]
    assert not hasattr(key, "__dict__")


def test_sealed_keys_open_with_their_own_seal_only() -> None:
    store, under = SoftwareKeys(), SealingKey.generate()
    key = store.generate()
    sealed = store.sealed([key], under=under)
    (again,) = store.unsealed(sealed, under=under)
    again.public.verify(again.sign(b"data"), b"data")
    key.public.verify(again.sign(b"data"), b"data")
    with pytest.raises(DecryptionFailed):
        store.unsealed(sealed, under=SealingKey.generate())
    with pytest.raises(TypeError):
        pickle.dumps(under)


def test_a_key_of_another_store_is_not_taken_for_one_of_these(home: Home) -> None:
    with pytest.raises(LocalError, match="made elsewhere"):
        SoftwareKeys().sealed([PrivateKey.generate()], under=SealingKey.generate())


class Element:
    """Stands in for a secure element: keys stay in it, and the file has only their numbers."""

    def __init__(self) -> None:
        self.within: dict[bytes, PrivateKey] = {}
        self.signed = 0

    def generate(self) -> SigningKey:
        key = PrivateKey.generate()
        self.within[key.public.thumbprint()] = key
        return Handle(self, key.public.thumbprint())

    def sealed(self, keys: Any, *, under: SealingKey) -> bytes:
        return b"".join(key.public.thumbprint() for key in keys)

    def unsealed(self, sealed: bytes, *, under: SealingKey) -> list[SigningKey]:
        return [Handle(self, sealed[at : at + 32]) for at in range(0, len(sealed), 32)]

    def forget(self, keys: Any) -> None:
        for key in keys:
            del self.within[key.public.thumbprint()]


class Handle:
    alg = "ES256"

    def __init__(self, element: Element, number: bytes) -> None:
        self._element, self._number = element, number

    @property
    def public(self) -> Any:
        return self._element.within[self._number].public

    def sign(self, data: bytes) -> bytes:
        self._element.signed += 1
        return self._element.within[self._number].sign(data)


def test_every_signature_goes_through_the_key_store(home: Home) -> None:
    element = Element()
    bar = home.edi.relying_party("cafe-de-vrije-val")
    with home.create(keys=element) as vault:
        (card,) = home.wallet(vault).receive(home.offer())
        made = len(element.within)
        assert made >= len(card.copies)
        assert element.signed >= len(card.copies)
    with home.open(keys=element) as vault:
        wallet = home.wallet(vault)
        request, before = bar.request(), element.signed
        wallet.open(request.uri).approve(pin=PIN)
        assert bar.result(request).claims("pid") == {"age_over_18": True}
        assert element.signed == before + 1
        wallet.delete(card.id)
        assert len(element.within) == made - len(card.copies)


# Whatever goes wrong, nothing has changed ----------------------------------------------------------


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def do() -> None:
        def write(path: Path, data: bytes) -> None:
            raise LocalError(f"{path}: No space left on device", code="file")

        monkeypatch.setattr(file_vault_module, "write_atomically", write)

    return do


def test_a_copy_is_not_shown_when_that_cannot_be_written_down(
    home: Home, full_disk: Callable[[], None]
) -> None:
    bar = home.edi.relying_party("cafe-de-vrije-val")
    vault = home.create()
    wallet = home.wallet(vault)
    wallet.receive(home.offer())
    request = bar.request()
    prompt = wallet.open(request.uri)
    full_disk()
    with pytest.raises(LocalError, match="No space left"):
        prompt.approve(pin=PIN)
    assert bar.result(request).status == "pending"
    assert wallet.cards[0].copies.unused < len(wallet.cards[0].copies)  # rather lost than shown twice


def test_cards_that_cannot_be_written_are_not_kept_and_can_be_kept_later(
    home: Home, full_disk: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = home.create()
    wallet = home.wallet(vault)
    received = wallet.open_offer(home.offer()).fetch()
    full_disk()
    with pytest.raises(LocalError, match="No space left"):
        received.keep(pin=PIN)
    assert wallet.cards == ()
    assert wallet.log == ()
    monkeypatch.undo()
    received.keep(pin=PIN)
    assert len(wallet.cards) == len(wallet.log) == 1


def test_the_file_is_written_before_the_copy_leaves(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = home.create()
    (card,) = home.wallet(vault).receive(home.offer())
    before = home.path.read_bytes()
    kept: list[bytes] = []
    monkeypatch.setattr(file_vault_module, "write_atomically", lambda _, data: kept.append(data))
    card.copies.for_party("x509_hash:a")
    assert len(kept) == 1
    assert kept[0] != before


def test_a_copy_is_given_once_also_to_many_at_a_time(home: Home) -> None:
    vault = home.create()
    (card,) = home.wallet(vault).receive(home.offer())
    copies, together = card.copies, threading.Barrier(len(card.copies))
    shown: list[str] = []

    def show(party: str) -> None:
        together.wait()
        shown.append(copies.for_party(party).credential.text)

    threads = [threading.Thread(target=show, args=(f"p{n}",)) for n in range(len(copies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(shown)) == len(copies)
    vault.close()
    with home.open() as vault:
        assert vault.all()[0].copies.unused == 0


def test_the_anchor_of_the_wallet_may_be_gone(home: Home) -> None:
    """A card was checked when it came in; that its issuer is trusted no more does not make it unreadable."""
    with home.create() as vault:
        home.wallet(vault).receive(home.offer())
        other = CertificateAuthority.create("Another", now=NOW)
        assert other.certificate != home.edi.anchors
        vault.remember(anchors=None)
    with home.open() as vault:
        assert len(vault.all()) == 1
