"""The file of a wallet as somebody else would make it: any octets, with a hash that fits."""

from __future__ import annotations

import hashlib

from fuzz_bytes import mutated_bytes
from fuzz_tokens import Hostile

from nlwallet.crypto import DerivationCost, SealingKey
from nlwallet.holder.vault_content import EMPTY
from nlwallet.holder.vault_format import SealedVault, VaultHeader, sealed

_HASH = 32
_KEY = SealingKey.generate()
_HEADER = VaultHeader.locking(
    _KEY, bytes(16), "112233", cost=DerivationCost(memory_kib=8, iterations=1, lanes=1)
)
_FILE = sealed({**EMPTY, "keys": ""}, _KEY, _HEADER)


def vault_file() -> Hostile:
    """What stands before the hash."""
    return Hostile(_FILE[:-_HASH], mutated_bytes(_FILE[:-_HASH]))


def read_vault(octets: bytes) -> object:
    """Read the file, and open it with the key that it was made with."""
    return SealedVault.parse(octets + hashlib.sha256(octets).digest()).unseal(_KEY)
