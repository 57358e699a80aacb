"""A wallet in a file: encrypted under its PIN, written whole or not at all, open in one process at a time."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from nlwallet.clock import Clock, SystemClock
from nlwallet.crypto import DerivationCost, SealingKey, SigningKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import LocalError
from nlwallet.holder.atomic_file import FileLock, make_folder, read_whole, remove_leftovers, write_atomically
from nlwallet.holder.attempts import attempt
from nlwallet.holder.attempts_file import AttemptsFile
from nlwallet.holder.belongings import Belongings
from nlwallet.holder.keys import KeyStore, SoftwareKeys
from nlwallet.holder.log import TransactionLog
from nlwallet.holder.pin import Pin, check_pin_form
from nlwallet.holder.vault import Card, unknown_card
from nlwallet.holder.vault_cards import Record, key_id
from nlwallet.holder.vault_content import (
    ADDED,
    EMPTY,
    cards_of,
    check_parts,
    content_of,
    keys_of,
    log_of,
    readable,
)
from nlwallet.holder.vault_format import MAX_VAULT_BYTES, SealedVault, VaultHeader, sealed
from nlwallet.holder.vault_records import Revival, anchors_of, anchors_record, told_of, types_of
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.http import HttpClient
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Anchors, TrustAnchors


class FileVault:
    """A :class:`~nlwallet.holder.CardStore` that keeps everything of a wallet; ``Wallet(store=vault)`` uses it all.

    Made by :meth:`create` and :meth:`open`. Every change is on disk when the method that made it returns; if it
    cannot be written, the method raises :class:`~nlwallet.errors.LocalError` and nothing has changed. Close it at
    the end, or use it in a ``with``. Thread safe.

    The content is encrypted with AES-256-GCM under a key that is locked with the PIN (Argon2id). Whoever has the file
    can guess the PIN on a machine of his own, slowed down by Argon2id and by nothing else; and whoever can put an
    older copy of the file back undoes what happened since.
    """

    def __init__(
        self,
        path: Path,
        lock: FileLock,
        key: SealingKey,
        header: VaultHeader,
        content: Record,
        *,
        pin: Pin,
        keys: KeyStore,
        known_keys: Sequence[SigningKey],
        cost: DerivationCost,
        clock: Clock,
    ) -> None:
        self.path = path
        self._file_lock = lock
        self._key, self._header, self._cost = key, header, cost
        self._pin = pin
        self._clock = clock
        self._key_store = keys
        self._known = {key_id(one): one for one in known_keys}
        self._lock = RLock()
        self._inside = False
        self._open = True
        check_parts(content)
        self._rest = {**ADDED, **content}
        self._base: TypeMetadataRegistry | None = None
        self._belongings: Belongings | None = None
        self._cards = {card.id: self._adopted(card) for card in cards_of(content, self._known)}
        self._log = TransactionLog(log_of(content), on_add=self._changed)
        self._anchors = anchors_of(content["anchors"])

    # Making and opening --------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        pin: str,
        attempts: str | Path,
        keys: KeyStore | None = None,
        clock: Clock | None = None,
        cost: DerivationCost | None = None,
    ) -> Self:
        """A new, empty wallet in the file at ``path``.

        ``attempts`` is a folder for the counts of wrong PINs. It is not that of the file: else a copy of the file
        would be one more try. Raises :class:`~nlwallet.errors.LocalError`, also when there is a file already.
        """
        check_pin_form(pin)
        place = Path(path).absolute()
        make_folder(place.parent)
        lock = _locked(place)
        try:
            if place.exists():
                raise LocalError(f"{place} is there already", code="vault_exists", hint="open it")
            remove_leftovers(place)
            key, wallet_id = SealingKey.generate(), secrets.token_bytes(16)
            cost = cost or DerivationCost()
            made = cls(
                place,
                lock,
                key,
                VaultHeader.locking(key, wallet_id, pin, cost=cost),
                EMPTY,
                pin=Pin(pin, attempts=_count(attempts, wallet_id)),
                keys=keys or SoftwareKeys(),
                known_keys=(),
                cost=cost,
                clock=clock or SystemClock(),
            )
            made._save()
        except BaseException:
            lock.free()
            raise
        return made

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        pin: str,
        attempts: str | Path,
        keys: KeyStore | None = None,
        clock: Clock | None = None,
        cost: DerivationCost | None = None,
    ) -> Self:
        """The wallet in the file at ``path``.

        ``cost`` is that of a new PIN. Raises :class:`~nlwallet.errors.InvalidVault` for a file that is damaged, no
        wallet or of a newer version (that is no attempt at the PIN), :class:`~nlwallet.errors.WrongPin`,
        :class:`~nlwallet.errors.WalletLocked`, or :class:`~nlwallet.errors.LocalError` when there is no file or
        another process has it open.
        """
        place = Path(path).absolute()
        if not place.exists():
            raise LocalError(f"there is no wallet at {place}", code="vault_missing", hint="create it first")
        clock = clock or SystemClock()
        lock = _locked(place)
        try:
            vault = SealedVault.parse(read_whole(place, max_bytes=MAX_VAULT_BYTES))
            record = _count(attempts, vault.header.wallet_id)
            opened: list[SealingKey] = []

            def right() -> bool:
                key = vault.header.unlock(pin)
                opened.extend([key] if key is not None else [])
                return key is not None

            attempt(record, right, now=clock.now())
            content = vault.unseal(opened[0])
            made = readable(
                lambda: cls(
                    place,
                    lock,
                    opened[0],
                    vault.header,
                    content,
                    pin=Pin(pin, attempts=record),
                    keys=keys or SoftwareKeys(),
                    known_keys=keys_of(content, keys or SoftwareKeys(), opened[0]),
                    cost=cost or DerivationCost(),
                    clock=clock,
                )
            )
            remove_leftovers(place)
        except BaseException:
            lock.free()
            raise
        return made

    def close(self) -> None:
        """Let others open the file; this vault keeps nothing any more."""
        with self._lock:
            self._open = False
            self._file_lock.free()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<FileVault with {len(self._cards)} cards>"

    # The cards -----------------------------------------------------------------------------------

    def add(self, cards: Sequence[Card]) -> None:
        """Keep ``cards``, all or none."""
        with self.changes():
            self._cards = self._cards | {card.id: self._adopted(card) for card in cards}

    def remove(self, card_id: str) -> Card:
        """Forget the card and its key. Raises :class:`~nlwallet.errors.LocalError` if there is none."""
        with self.changes():
            removed = self._cards.get(card_id)
            if removed is None:
                raise unknown_card()
            self._cards = {one: card for one, card in self._cards.items() if one != card_id}
            return removed

    def replace(self, card_id: str, card: Card) -> None:
        """Put ``card`` in the place of another one. Raises :class:`~nlwallet.errors.LocalError` if there is none."""
        with self.changes():
            if card_id not in self._cards:
                raise unknown_card()
            self._adopted(card)
            self._cards = {
                (card.id if one == card_id else one): (card if one == card_id else kept)
                for one, kept in self._cards.items()
            }

    def all(self) -> tuple[Card, ...]:
        """All cards, oldest first."""
        with self._lock:
            return tuple(self._cards.values())

    # All the rest --------------------------------------------------------------------------------

    @property
    def pin(self) -> Pin:
        """The PIN that opens it; it counts wrong attempts together with :meth:`open`."""
        return self._pin

    @property
    def keys(self) -> KeyStore:
        """Where the keys of new cards are made."""
        return self._key_store

    def change_pin(self, old: str, new: str) -> None:
        """Lock the file with another PIN, and a fresh key under it. Older copies of the file keep the old PIN.

        Raises :class:`~nlwallet.errors.WrongPin`, :class:`~nlwallet.errors.WalletLocked` or LocalError.
        """
        check_pin_form(new)
        self._pin.check(old, now=self._clock.now())
        with self._lock:
            before = self._key, self._header
            self._key = SealingKey.generate()
            self._header = VaultHeader.locking(self._key, self._header.wallet_id, new, cost=self._cost)
            try:
                self._save()
            except BaseException:
                self._key, self._header = before
                raise
            self._pin.change(new)

    @property
    def anchors(self) -> TrustAnchors:
        """Whom the holder of this wallet trusts, by category."""
        return self._anchors

    @property
    def tls_anchors_pem(self) -> str:
        """TLS anchors beside those of the system, in PEM."""
        return str(self._rest["tls_anchors"])

    @property
    def notes(self) -> Mapping[str, str]:
        """What whoever built this wallet wants to keep with it, by name."""
        return dict(self._rest["notes"])

    def remember(
        self,
        *,
        anchors: Anchors | None = None,
        tls_anchors_pem: str | None = None,
        notes: Mapping[str, str] | None = None,
    ) -> None:
        """Keep whom to trust, and :attr:`notes`."""
        with self._lock:
            before = self._anchors, self._rest
            self._anchors = self._anchors if anchors is None else TrustAnchors.fixed(anchors)
            if tls_anchors_pem is not None:
                self._rest = {**self._rest, "tls_anchors": tls_anchors_pem}
            if notes is not None:
                self._rest = {**self._rest, "notes": dict(notes)}
            try:
                self._save()
            except BaseException:
                self._anchors, self._rest = before
                raise

    def belongings(
        self, *, types: TypeMetadataRegistry, http: HttpClient, clock: Clock, provider: WalletProvider | None
    ) -> Belongings:
        """See :class:`~nlwallet.holder.belongings.Vault`. Raises LocalError when another wallet has them already."""
        with self._lock:
            if self._belongings is not None:
                raise LocalError("the vault is in a wallet already", hint="one wallet for each vault")
            revival = Revival(http, clock, provider, self._known)
            self._base = types
            self._belongings = readable(
                lambda: Belongings(
                    types_of(self._rest["types"], types),
                    self._key_store,
                    self._log,
                    revival.promises(self._rest["promised"]),
                    revival.renewals(self._rest["renewals"]),
                    told_of(self._rest["told_to_browser"]),
                    self.changes,
                )
            )
            return self._belongings

    @contextmanager
    def changes(self) -> Iterator[None]:
        """What is done inside is kept at its end, as a whole; if it cannot be, or something goes wrong, not at all."""
        with self._lock:
            if self._inside:
                yield
                return
            back = self._way_back()
            self._inside = True
            try:
                yield
                self._save()
            except BaseException:
                back()
                raise
            finally:
                self._inside = False

    # ---------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        with self._lock:
            if not self._inside:
                self._save()

    def _adopted(self, card: Card) -> Card:
        card.copies.on_use = self._changed
        return card

    def _way_back(self) -> Callable[[], None]:
        cards, entries, had = self._cards, self._log.entries, self._belongings
        if had is not None:
            types, promised, renewals = had.types, list(had.promised), dict(had.renewals)
            told = had.told_to_browser

        def back() -> None:
            self._cards = cards
            self._log.put_back(entries)
            if had is not None:
                had.types, had.promised[:], had.told_to_browser = types, promised, told
                had.renewals.clear()
                had.renewals.update(renewals)

        return back

    def _save(self) -> None:
        if not self._open:
            raise LocalError("the vault is closed", code="vault_closed")
        content, keys = content_of(
            {**self._rest, "anchors": anchors_record(self._anchors)},
            self.all(),
            self._log.entries,
            self._belongings,
            learned_beside=self._base,
        )
        if self._belongings is None:  # what nobody put to work yet needs the keys that it came with
            keys = self._known | keys
        content["keys"] = b64url_encode(self._key_store.sealed(list(keys.values()), under=self._key))
        write_atomically(self.path, sealed(content, self._key, self._header))
        self._known = keys


def _locked(path: Path) -> FileLock:
    lock = FileLock(path)
    if not lock.take(wait=False):
        raise LocalError(
            f"the wallet at {path} is open elsewhere",
            code="vault_in_use",
            hint="close the other command that uses it",
        )
    return lock


def _count(folder: str | Path, wallet_id: bytes) -> AttemptsFile:
    return AttemptsFile(Path(folder).absolute() / f"{wallet_id.hex()}.json")
