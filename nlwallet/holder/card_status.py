"""Whether the issuer took a card back, as its status list tells (Token Status List §8.3).

The list is looked at when a card comes in, and when the wallet is told to: not when a card is shown, for then whoever
serves the list would know when its holder does so. That check is the relying party's (ARF VCR_13, VCR_15).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nlwallet.crypto import Certificate
from nlwallet.errors import InvalidStatus, RemoteError
from nlwallet.holder.copies import CardCopy, Credential
from nlwallet.http import StatusChecker
from nlwallet.http.status_checker import JWT_ONLY, JWT_OR_CWT
from nlwallet.mdoc import Mdoc
from nlwallet.profiles import Profile
from nlwallet.status import StatusOutcome, StatusSigner

CardStatus: TypeAlias = Literal["valid", "revoked", "suspended", "status_not_valid"]
"""``status_not_valid`` is any other value that an issuer gave a meaning of its own."""

_TAKEN_BACK: Final[frozenset[str]] = frozenset({"revoked", "suspended", "status_not_valid"})


@dataclass(frozen=True, slots=True)
class StatusWatch:
    """Looks cards up. ``signers`` gives the anchors that the status lists of a credential lead to at a time."""

    checker: StatusChecker
    profile: Profile
    signers: Callable[[Credential, int], Sequence[Certificate]]

    def check(self, credential: Credential, *, now: int) -> StatusOutcome:
        """Raises :class:`~nlwallet.errors.InvalidStatus` when the issuer took it back, or a RemoteError."""
        chain = credential.chain
        signer = StatusSigner(
            self.signers(credential, now),
            self.profile.signing_algorithms,
            self.profile.anchor_in_x5c,
            extended_key_usage=self.profile.status_signing_usage,
            of_issuer=chain.leaf if chain is not None and self.profile.status_signer_is_issuer else None,
        )
        accepted = JWT_OR_CWT if isinstance(credential, Mdoc) else JWT_ONLY
        return self.checker.check(credential.status, signer=signer, now=now, accepted=accepted).outcome

    def status_of(self, copies: Sequence[CardCopy], *, now: int) -> CardStatus | None:
        """What became of a card; ``None`` when it cannot be told. The copies share their fate."""
        for copy in copies:
            try:
                outcome = self.check(copy.credential, now=now)
            except InvalidStatus as error:
                return error.code if error.code in _TAKEN_BACK else None  # type: ignore[return-value]
            except RemoteError:
                return None
            if outcome in {StatusOutcome.UNDETERMINED, StatusOutcome.SKIPPED}:
                return None
        return "valid"
