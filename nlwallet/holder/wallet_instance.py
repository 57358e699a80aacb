"""A wallet towards issuers: whom it belongs to, and who vouches for it and its keys (OpenID4VCI 1.0 §D, §E)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nlwallet.crypto import PublicKey


class WalletProvider(Protocol):
    """Who made this wallet, and attests its instances and their keys.

    A real provider looks at the phone first; that of the sandbox attests whatever it is asked.
    """

    @property
    def client_id(self) -> str:
        """The client identifier of the wallet solution: the same for every instance."""
        ...

    @property
    def redirect_uri(self) -> str:
        """Where an authorization server sends the user back to."""
        ...

    def attest_instance(self, instance_key: PublicKey) -> str:
        """A wallet attestation for a key that is used with one issuer only (HAIP 1.0 §4.4.1)."""
        ...

    def attest_keys(self, keys: Sequence[PublicKey], *, nonce: str) -> str:
        """A key attestation for the keys of new cards, with the issuer's ``c_nonce``."""
        ...
