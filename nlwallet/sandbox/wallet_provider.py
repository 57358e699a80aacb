"""The maker of the sandbox's wallets: attests whatever instance or key it is shown (OpenID4VCI 1.0 §D, §E)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nlwallet.clock import Clock
from nlwallet.crypto import (
    Certificate,
    CertificateAuthority,
    CertificateChain,
    PrivateKey,
    PublicKey,
    Subject,
)
from nlwallet.openid4vci import RESISTANCES, issue_key_attestation, issue_wallet_attestation
from nlwallet.sandbox.keeping import Keeping
from nlwallet.trust import Category, create_authority, issue_signer

if TYPE_CHECKING:
    from nlwallet.issuer import StatusLists
    from nlwallet.sandbox.scheme import Scheme

IDENTIFIER = "NTRNL-90000098"
SOLUTION = "Testwallet, reference TEST-0001"
"""The name and the reference number of the wallet."""
CLIENT_ID = "https://wallet.example"
"""What the wallet calls itself."""
ATTESTATION_LIFETIME = 23 * 3600
"""Seconds; a wallet attestation lasts less than a day (TS3)."""
STATUS_KEPT = 400 * 86_400
"""Seconds that it keeps the status of a wallet or key store: longer than a PID is good for (ARF ISSU_12c)."""
_SUBJECT = Subject("Testwallet", country="NL", organization="Testwallet", organization_identifier=IDENTIFIER)


@dataclass(slots=True)
class SandboxWalletProvider:
    """Knows no phone, so its word is worth nothing outside the sandbox."""

    clock: Clock
    client_id: str = CLIENT_ID
    redirect_uri: str = "https://wallet.example/back"
    authority: CertificateAuthority | None = None
    """Who vouches for it; else one of the moment."""
    url: str = "https://wallet.example/authority"
    """Where the certificate (``.cer``) and the revocation list (``.crl``) of that authority are."""
    keeping: Keeping = field(default_factory=Keeping)
    status_lists: StatusLists | None = None
    """Where what it attests has its status, once there is a place; the NL Wallet's servers take no wallet without."""
    _authority: CertificateAuthority = field(init=False)
    _key: PrivateKey = field(init=False)
    _chain: CertificateChain = field(init=False)

    def __post_init__(self) -> None:
        now = self.clock.now()
        self._key = self.keeping.key(f"wallet provider {self.url}")
        self._authority = self.authority or self.keeping.authority(
            self.url,
            lambda: create_authority(
                "Test Wallet Provider CA",
                url=self.url,
                organization="Testwallet",
                organization_identifier=IDENTIFIER,
                now=now,
            ),
        )
        self._chain = issue_signer(
            "wallet", self._key.public, _SUBJECT, authority=self._authority, url=self.url, now=now
        )

    @property
    def vouching(self) -> CertificateAuthority:
        """The authority above it."""
        return self._authority

    @property
    def anchor(self) -> Certificate:
        """What issuers trust for it."""
        return self._authority.certificate

    def notify(self, scheme: Scheme) -> None:
        """Have it entered in the list of wallet providers, with the wallet that it makes."""
        scheme.notify(
            Category.WALLET_PROVIDER,
            "Testwallet",
            self.anchor,
            url=self.client_id,
            identifier=IDENTIFIER,
            service=SOLUTION,
        )

    def keep_statuses(self, base_url: str) -> StatusLists:
        """Lists at ``base_url`` from now on; serve their routes there."""
        key = self.keeping.key(f"statuses of wallets {self.url}")
        chain = issue_signer(
            "status", key.public, _SUBJECT, authority=self._authority, url=self.url, now=self.clock.now()
        )
        from nlwallet.issuer import StatusLists  # the wallet command comes by here, and needs no issuer

        self.status_lists = StatusLists(base_url=base_url, key=key, chain=chain, clock=self.clock)
        return self.status_lists

    def attest_instance(self, instance_key: PublicKey) -> str:
        """A wallet attestation for less than a day."""
        return issue_wallet_attestation(
            self.client_id,
            instance_key,
            issuer=self.client_id,
            key=self._key,
            chain=self._chain,
            now=self.clock.now(),
            lifetime=ATTESTATION_LIFETIME,
            wallet_name="Testwallet",
            further={
                "wallet_version": "1",
                "wallet_solution_certification_information": "none: it is for tests",
                **self._status("client_status"),
            },
        )

    def _status(self, member: str) -> Mapping[str, Any]:
        """The status that TS3 wants, where there is a place for it."""
        if self.status_lists is None:
            return {}
        status = self.status_lists.allocate(secrets.token_urlsafe(16))
        return {member: {"status": status.as_json(), "exp": self.clock.now() + STATUS_KEPT}}

    def attest_keys(self, keys: Sequence[PublicKey], *, nonce: str) -> str:
        """A key attestation: that every resistance is met, which is not so, and what else TS3 wants."""
        return issue_key_attestation(
            keys,
            key=self._key,
            chain=self._chain,
            now=self.clock.now(),
            lifetime=ATTESTATION_LIFETIME,
            nonce=nonce,
            key_storage=RESISTANCES,
            user_authentication=RESISTANCES,
            further={
                "certification": f"{self.client_id}/not-certified",
                **self._status("key_storage_status"),
            },
        )
