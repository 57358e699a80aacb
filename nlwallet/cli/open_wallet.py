"""The wallet of a command: its file, opened with the PIN, with the trust that it was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nlwallet.cli.anchors import read_anchors, read_pem
from nlwallet.cli.asking import Person
from nlwallet.cli.wallet_place import attempts_folder, default_wallet
from nlwallet.clock import SystemClock
from nlwallet.crypto import Certificate, CertificateAuthority
from nlwallet.errors import LocalError, WrongPin
from nlwallet.holder import Card, FileVault, Wallet
from nlwallet.holder.readable import plain
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.profiles import profile
from nlwallet.sandbox import read_anchor_folder
from nlwallet.sandbox.wallet_provider import SandboxWalletProvider
from nlwallet.trust import Category, TrustAnchors

_PROVIDER: Final = "wallet provider"


@dataclass(frozen=True, slots=True)
class WalletOptions:
    """Which wallet, and what it may do."""

    file: Path | None = None
    local: bool = False
    """Whether it may reach addresses of this machine and its network."""
    anchors: tuple[Path, ...] = ()
    category: Category | None = None
    tls_anchor: Path | None = None
    batch: int | None = None
    profile: str = "haip-1.0"
    anonymous: bool = False
    """Whether issuers are not told which wallet this is: nobody vouches for it then."""
    unregistered_issuers: bool = False
    """Whether cards are taken of issuers that show no registration too, with a warning."""
    record: Path | None = None
    """Where a cassette of what it does is written, if anywhere."""
    insecure_local: bool = False
    """Whether it may do what ``local`` lets it, and speak http with this machine too."""

    @property
    def path(self) -> Path:
        """Where the wallet is."""
        return self.file or default_wallet()


@dataclass(frozen=True, slots=True)
class OpenWallet:
    """A wallet at work. ``pin`` is the one that opened it."""

    wallet: Wallet
    vault: FileVault
    person: Person
    pin: str = field(repr=False)

    def confirmed(self) -> str:
        """The PIN for what must be confirmed: asked once more, of a person who is there."""
        return self.person.pin() if self.person.present and not self.person.agrees else self.pin

    def card(self, which: str) -> Card:
        """A card by its number in the list, by its id, or by how that begins. Raises LocalError."""
        cards = self.wallet.cards
        if which.isascii() and which.isdigit() and 0 < int(which[:9]) <= len(cards):
            return cards[int(which[:9]) - 1]
        found = [card for card in cards if which and card.id.startswith(which)]
        if len(found) != 1:
            raise LocalError(
                "there is no card with this number or id" if not found else "more cards have such an id",
                code="no_such_card",
                hint="nlwallet wallet cards shows them",
            )
        return found[0]


@contextmanager
def opened(options: WalletOptions, person: Person, *, make: bool = False) -> Iterator[OpenWallet]:
    """The wallet of ``options``, and the trust that came with them remembered.

    ``make``: a new one where there is none. Raises :class:`~nlwallet.errors.LocalError` or
    :class:`~nlwallet.errors.InvalidVault`.
    """
    rules = profile(options.profile)
    anchors = read_trusted(options.anchors, options.category)
    tls = read_pem(options.tls_anchor) if options.tls_anchor is not None else None
    vault, pin = _vault(options, person, make=make)
    with vault:
        remember(vault, person, anchors, tls)
        policy = HttpPolicy(
            insecure_allow_http=options.insecure_local,
            insecure_allow_private_addresses=options.local or options.insecure_local,
            tls_anchors_pem=vault.tls_anchors_pem,
        )
        clock = SystemClock()
        with HttpClient(policy) as http:
            recording = _Recording(options.record, clock)
            wallet = recording.wallet_class(
                anchors=vault.anchors,
                http=http,
                clock=clock,
                profile=rules,
                language=person.language,
                store=vault,
                provider=None if options.anonymous else wallet_provider(vault),
                batch_size=options.batch,
                insecure_unregistered_issuers=options.unregistered_issuers,
            )
            with recording.of(wallet, person):
                yield OpenWallet(wallet, vault, person, pin)


@dataclass(frozen=True, slots=True)
class _Recording:
    """What goes on a cassette, if one was asked for; what records is imported only then."""

    file: Path | None
    clock: SystemClock

    @property
    def wallet_class(self) -> type[Wallet]:
        if self.file is None:
            return Wallet
        from nlwallet.testing.ecosystem import WatchedWallet

        return WatchedWallet

    @contextmanager
    def of(self, wallet: Wallet, person: Person) -> Iterator[None]:
        """Record within the block, and write it whatever happens there."""
        if self.file is None:
            yield
            return
        from nlwallet.testing.cassette_recorder import record
        from nlwallet.testing.ecosystem import WatchedWallet

        assert isinstance(wallet, WatchedWallet)
        with record(wallet, clock=self.clock.now) as recorder:
            try:
                yield
            finally:
                recorder.cassette().write(self.file)
                person.say("recorded", path=plain(self.file))


def wallet_provider(vault: FileVault) -> SandboxWalletProvider:
    """Who vouches for this wallet towards issuers: the same one each time, of the wallet's own making."""
    clock, kept = SystemClock(), vault.notes.get(_PROVIDER)
    if kept is not None:
        return SandboxWalletProvider(clock, authority=CertificateAuthority.from_pem(kept.encode("ascii")))
    authority = CertificateAuthority.create(
        "Test Wallet Provider CA", organization="Testwallet", now=clock.now()
    )
    vault.remember(notes={**vault.notes, _PROVIDER: authority.pem().decode("ascii")})
    return SandboxWalletProvider(clock, authority=authority)


def made(options: WalletOptions, person: Person) -> tuple[FileVault, str]:
    """A new wallet, with a PIN that its holder chooses. Raises :class:`~nlwallet.errors.LocalError`."""
    if options.path.exists():
        raise LocalError(f"{options.path} is there already", code="vault_exists", hint="open it")
    pin = new_pin(person)
    vault = FileVault.create(options.path, pin=pin, attempts=attempts_folder())
    person.say("created", path=plain(options.path))
    return vault, pin


def new_pin(person: Person) -> str:
    """A PIN that was typed twice, or came from a pipe."""
    while True:
        pin = person.pin("ask.pin.new")
        if not person.present or person.pin("ask.pin.again") == pin:
            return pin
        person.say("pins.differ")


def read_trusted(paths: Sequence[Path], category: Category | None) -> TrustAnchors:
    """The anchors in PEM files, for ``category``, and those of folders, whose files are named after theirs.

    Raises :class:`~nlwallet.errors.LocalError` or MalformedInput.
    """
    found = TrustAnchors()
    for path in paths:
        if path.is_dir():
            for kind, several in read_anchor_folder(path).by_category.items():
                found = found.adding(kind, *several)
            continue
        anchors = read_anchors(path)
        if category is None:
            raise LocalError("say what the anchor may vouch for", hint="--category")
        found = found.adding(category, *anchors)
    return found


def _vault(options: WalletOptions, person: Person, *, make: bool) -> tuple[FileVault, str]:
    path = options.path
    if not path.exists():
        if not make:
            raise LocalError(
                f"there is no wallet at {path}", code="vault_missing", hint="nlwallet wallet create"
            )
        person.say("first.time")
        return made(options, person)
    while True:
        pin = person.pin()
        try:
            return FileVault.open(path, pin=pin, attempts=attempts_folder()), pin
        except WrongPin as error:
            if not person.present:
                raise
            person.wrong(error)


def remember(vault: FileVault, person: Person, anchors: TrustAnchors, tls_pem: str | None = None) -> None:
    """Let the wallet trust these from now on."""
    grown, tls = vault.anchors, vault.tls_anchors_pem
    for category, one in ((kind, one) for kind, several in anchors.by_category.items() for one in several):
        if one not in grown.of(category):
            grown = grown.adding(category, one)
            name = plain(one.subject.common_name or one.subject.organization, 80)
            person.say("trusted", name=name, category=str(category))
    if tls_pem is not None and tls_pem.strip() not in tls:
        tls = f"{tls.rstrip()}\n{tls_pem.strip()}\n".lstrip()
        name = plain(Certificate.from_pem(tls_pem.encode("ascii", "replace")).subject.common_name, 80)
        person.say("trusted.tls", name=name)
    if grown is not vault.anchors or tls != vault.tls_anchors_pem:
        vault.remember(anchors=grown, tls_anchors_pem=tls)
