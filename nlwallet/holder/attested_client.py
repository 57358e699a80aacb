"""The wallet as a client that its provider attests: one attestation for one issuer, and a fresh proof each time.

OpenID4VCI 1.0 §E, HAIP 1.0 §4.4.1, attestation-based client authentication.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from nlwallet.clock import Clock
from nlwallet.crypto import SigningKey
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.openid4vci import ATTESTATION_HEADER, POP_HEADER, sign_attestation_pop

ATTESTATION_REUSE: Final = 300
"""Seconds after which a wallet attestation is asked for anew, for the same issuer and key."""


@dataclass(slots=True)
class AttestedClient:
    """The instance that one issuer knows. Its key is used there only: two issuers cannot tell that it is one wallet."""

    provider: WalletProvider
    clock: Clock
    key: SigningKey = field(repr=False)
    _attestation: str = field(default="", repr=False)
    _attested_at: int = 0

    def attestation(self) -> dict[str, str]:
        """The header with the attestation. A renewal may come long after the card, so it is made anew when old."""
        now = self.clock.now()
        if not self._attestation or now >= self._attested_at + ATTESTATION_REUSE:
            self._attestation = self.provider.attest_instance(self.key.public)
            self._attested_at = now
        return {ATTESTATION_HEADER: self._attestation}

    def proof(self, *, audience: str, challenge: str | None) -> dict[str, str]:
        """The header with a proof of the key, for one request to the authorization server ``audience``."""
        made = sign_attestation_pop(
            self.provider.client_id, self.key, audience=audience, now=self.clock.now(), challenge=challenge
        )
        return {POP_HEADER: made}

    def expire(self) -> None:
        """The server wants a fresher attestation (``use_fresh_attestation``)."""
        self._attestation = ""
