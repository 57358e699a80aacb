"""The file of a wallet: what is where in it, and what is checked before a word of it is believed.

All numbers are big-endian.

==========  =====================================================================================
8 bytes     ``nlwvault``
2 bytes     version of the format, 1
16 bytes    id of the wallet, random: what its count of wrong PINs is kept under
85 bytes    the key of the content, locked with the PIN (:meth:`~nlwallet.crypto.SealingKey.locked`)
the rest    the content, sealed with that key; all before it is bound to it
32 bytes    SHA-256 of everything before: tells damage from a wrong PIN, and needs no PIN
==========  =====================================================================================

The hash protects nobody who is meant to be kept out: it can be made anew. Then the seals do not open.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from typing import Any, Final

from nlwallet.crypto import LOCKED_KEY_BYTES, DerivationCost, SealingKey
from nlwallet.encoding import parse_json
from nlwallet.errors import DecryptionFailed, InvalidVault, LimitExceeded, LocalError, RemoteError

MAX_VAULT_BYTES: Final = 64 * 1_048_576
VERSION: Final = 1

_MAGIC: Final = b"nlwvault"
_NAME = struct.Struct(">8sH16s")
_HEADER: Final = _NAME.size + LOCKED_KEY_BYTES
_SEAL: Final = 12 + 16
_HASH: Final = 32


@dataclass(frozen=True, slots=True)
class VaultHeader:
    """What stands before the content, in the clear: which wallet this is, and how its key is locked."""

    wallet_id: bytes
    locked_key: bytes

    @property
    def octets(self) -> bytes:
        """As it stands in the file."""
        return _name(self.wallet_id) + self.locked_key

    @classmethod
    def locking(cls, key: SealingKey, wallet_id: bytes, pin: str, *, cost: DerivationCost) -> VaultHeader:
        """A header that gives ``key`` to whoever knows ``pin``."""
        return cls(wallet_id, key.locked(pin, cost=cost, bound_to=_name(wallet_id)))

    def unlock(self, pin: str) -> SealingKey | None:
        """The key; ``None`` for another PIN. Raises :class:`~nlwallet.errors.InvalidVault`."""
        try:
            return SealingKey.unlock(self.locked_key, pin, bound_to=_name(self.wallet_id))
        except DecryptionFailed:
            return None
        except LimitExceeded as error:
            raise InvalidVault(f"the file of the wallet: {error.message}", hint=error.hint) from None


@dataclass(frozen=True, slots=True)
class SealedVault:
    """The file, whole and of a version that can be read; who may read the content is not yet known."""

    header: VaultHeader
    content: bytes

    @classmethod
    def parse(cls, data: bytes) -> SealedVault:
        """Raises :class:`~nlwallet.errors.InvalidVault` for what is no whole file of a wallet."""
        if len(data) > MAX_VAULT_BYTES:
            raise InvalidVault(
                f"the file of a wallet has at most {MAX_VAULT_BYTES} bytes", code="vault_too_large"
            )
        if not data.startswith(_MAGIC):
            raise InvalidVault(
                "this is not the file of a wallet", code="no_vault", hint="is it the right file?"
            )
        if len(data) < _HEADER + _SEAL + _HASH:
            raise damaged()
        _, version, wallet_id = _NAME.unpack_from(data)
        if version > VERSION:
            raise InvalidVault(
                f"the file of the wallet is of version {version}; this nlwallet reads version {VERSION}",
                code="vault_newer",
                hint="use a newer nlwallet",
            )
        if version != VERSION or hashlib.sha256(data[:-_HASH]).digest() != data[-_HASH:]:
            raise damaged()
        return cls(VaultHeader(wallet_id, data[_NAME.size : _HEADER]), data[_HEADER:-_HASH])

    def unseal(self, key: SealingKey) -> dict[str, Any]:
        """The content. Raises :class:`~nlwallet.errors.InvalidVault` if it is not what was sealed."""
        try:
            text = key.unseal(self.content, bound_to=self.header.octets)
            content = parse_json(text, what="the content of the wallet", max_bytes=MAX_VAULT_BYTES)
        except RemoteError:
            raise damaged() from None
        if not isinstance(content, dict):
            raise damaged()
        return content


def sealed(content: dict[str, Any], key: SealingKey, header: VaultHeader) -> bytes:
    """The file. Raises :class:`~nlwallet.errors.LocalError` when there is too much to keep."""
    data = header.octets + key.seal(json.dumps(content).encode(), bound_to=header.octets)
    if len(data) + _HASH > MAX_VAULT_BYTES:
        raise LocalError(
            f"the wallet is full: its file would have more than {MAX_VAULT_BYTES} bytes", code="vault_full"
        )
    return data + hashlib.sha256(data).digest()


def damaged() -> InvalidVault:
    """The file was changed, or cut off."""
    return InvalidVault(
        "the file of the wallet is damaged: cut off, or changed by something else than a wallet",
        code="vault_damaged",
        hint="nothing of it was used; put a copy back",
    )


def _name(wallet_id: bytes) -> bytes:
    return _NAME.pack(_MAGIC, VERSION, wallet_id)
