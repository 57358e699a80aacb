"""Phones that outlive the sandbox: each wallet in an encrypted file, found again by the key that its browser has."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path
from threading import Lock
from typing import Final, TypedDict

from nlwallet.clock import Clock
from nlwallet.crypto import DerivationCost
from nlwallet.errors import NlWalletError
from nlwallet.holder import FileVault
from nlwallet.sandbox.sandbox import Sandbox

_WALLET: Final = "wallet"
_COST: Final = DerivationCost(memory_kib=1024, iterations=1, lanes=1)
"""Every phone of a sandbox has the same PIN, and the pages tell it: making it dear to guess would protect nothing."""


class _How(TypedDict):
    pin: str
    attempts: Path
    clock: Clock
    cost: DerivationCost


class KeptPhones:
    """A folder with a folder for each phone, named by the hash of its key. Thread safe.

    The folder is that of one sandbox, by who signs its lists: with another database, or at other addresses, what a
    wallet holds is worth nothing.
    """

    def __init__(self, beside: Path, edi: Sandbox) -> None:
        signer = edi.registrar.lists.signer.sha256().hex()
        self._folder = beside.with_name(f"{beside.name}-phones") / signer[:16]
        self._clock: Clock = edi.clock
        self._open: dict[str, FileVault] = {}
        self._lock = Lock()

    def new(self, key: str, *, most: int) -> FileVault | None:
        """An empty vault; of those that no browser has open the oldest go, if there are ``most``.

        ``None`` where it cannot be kept: then its phone is one for this time only.
        """
        name = _name(key)
        with self._lock:
            self._make_room(most)
            try:
                for folder in (self._folder.parent, self._folder):
                    folder.mkdir(mode=0o700, exist_ok=True)
                vault = FileVault.create(self._folder / name / _WALLET, **self._how(name))
            except (NlWalletError, OSError):
                return None
            self._open[name] = vault
            return vault

    def find(self, key: str) -> FileVault | None:
        """The vault of a browser, if there is one that can be read and nobody else has open."""
        name = _name(key)
        with self._lock:
            path = self._folder / name / _WALLET
            if name in self._open or not path.exists():
                return None
            try:
                vault = FileVault.open(path, **self._how(name))
            except NlWalletError:
                return None
            self._open[name] = vault
            return vault

    def forget(self, key: str) -> None:
        """Nothing of it is left."""
        name = _name(key)
        with self._lock:
            vault = self._open.pop(name, None)
            if vault is not None:
                vault.close()
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def close(self) -> None:
        """Let another start open them."""
        with self._lock:
            for vault in self._open.values():
                vault.close()
            self._open.clear()

    def _make_room(self, most: int) -> None:
        left = sorted(self._left(self._open.keys()), key=lambda one: one.stat().st_mtime)
        for one in left[: max(0, len(left) + len(self._open) - most + 1)]:
            shutil.rmtree(one.parent, ignore_errors=True)

    def _left(self, but: Collection[str]) -> list[Path]:
        return [one for one in self._folder.glob(f"*/{_WALLET}") if one.parent.name not in but]

    def _how(self, name: str) -> _How:
        attempts = self._folder / name / "attempts"
        return {"pin": Sandbox.PIN, "attempts": attempts, "clock": self._clock, "cost": _COST}


def _name(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
