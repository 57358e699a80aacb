"""Which wallet providers an issuer believes, and whether one took back what it attested (TS3, ARF VCR_12a)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlwallet.crypto import Certificate
from nlwallet.errors import IssuanceRefused, RemoteError, TransportError
from nlwallet.http import StatusChecker
from nlwallet.issuer.configuration import PROOF_ALGORITHMS
from nlwallet.openid4vci import ErrorCode, KeyAttestation, WalletAttestation
from nlwallet.status import StatusSigner
from nlwallet.trust import Anchors, Category, TrustAnchors, status_anchors

_SPEC = "TS3, ARF VCR_12a"


@dataclass(frozen=True, slots=True)
class WalletProviders:
    """The providers under the anchors of ``WALLET_PROVIDER``.

    ``given``: whether the issuer was told of any. ``status`` looks up what they say of a wallet and of its keys;
    without it that is not looked at.
    """

    anchors: Anchors
    given: bool
    status: StatusChecker | None = None

    @classmethod
    def of(
        cls, anchors: Sequence[Certificate] | Anchors, status: StatusChecker | None = None
    ) -> WalletProviders:
        """From the certificates themselves, or from where they are found."""
        if isinstance(anchors, Sequence):
            fixed = TrustAnchors({Category.WALLET_PROVIDER: tuple(anchors)})
            return cls(fixed, bool(anchors), status)
        return cls(anchors, True, status)

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The anchors of today."""
        return self.anchors.of(Category.WALLET_PROVIDER)

    def check_wallet(self, attestation: WalletAttestation, *, now: int) -> None:
        """Raises :class:`~nlwallet.errors.IssuanceRefused` (``invalid_client``) for a wallet that was revoked."""
        self._check(attestation.claims.get("client_status"), "the wallet", ErrorCode.INVALID_CLIENT, now=now)

    def check_keys(self, attestation: KeyAttestation, *, now: int, pointer: str) -> None:
        """Raises IssuanceRefused (``invalid_proof``) where the place in which the keys are kept was revoked."""
        self._check(
            attestation.key_storage_status, "the key store", ErrorCode.INVALID_PROOF, now=now, pointer=pointer
        )

    def _check(self, told: Any, what: str, code: ErrorCode, *, now: int, pointer: str = "") -> None:
        """``told``: an object with the ``status`` of a credential, and ``exp``: until when it is kept."""
        if self.status is None or told is None:
            return
        try:
            kept_until = told.get("exp") if isinstance(told, Mapping) else None
            if isinstance(kept_until, bool) or not isinstance(kept_until, int | float) or now >= kept_until:
                raise IssuanceRefused("nobody keeps its status any more", code=code, spec=_SPEC)
            signer = StatusSigner(status_anchors(self.anchors, Category.WALLET_PROVIDER), PROOF_ALGORITHMS)
            self.status.check(told.get("status") or {}, signer=signer, now=now)
        except RemoteError as error:
            untold = isinstance(error, TransportError)
            raise IssuanceRefused(
                f"{what}: {error.message}",
                code=code,
                spec=_SPEC,
                pointer=pointer,
                hint="try again later" if untold else "the wallet provider can tell why",
            ) from None
