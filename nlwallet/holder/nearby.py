"""What a wallet does where it is: show a code to a reader that is near (ISO/IEC 18013-5 §6.3.2)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from nlwallet.clock import Clock
from nlwallet.crypto import PrivateKey
from nlwallet.holder.examine import OverAsking
from nlwallet.holder.intake import Intake
from nlwallet.holder.log import TransactionLog
from nlwallet.holder.pin import Pin
from nlwallet.holder.prompting import Prompting
from nlwallet.holder.proximity import DeviceProof, ProximityPresentation
from nlwallet.holder.reader_check import ReaderCheck
from nlwallet.holder.registrar_lists import RegistrarLists
from nlwallet.holder.texts import Language
from nlwallet.holder.vault import Card
from nlwallet.http import RevocationLists
from nlwallet.openid4vp import WalletCapabilities
from nlwallet.profiles import Profile
from nlwallet.proximity import ENGAGEMENT_LIFETIME, DeviceEngagement, DeviceSession, Link, RetrievalMethod
from nlwallet.trust import Anchors


class Nearby(ABC):
    """A wallet's presentations in proximity, and how it puts any request to its holder."""

    anchors: Anchors
    profile: Profile
    language: Language
    over_asking: OverAsking
    _capabilities: WalletCapabilities
    _clock: Clock
    _intake: Intake
    _log: TransactionLog
    _pin: Pin | None
    _registrar_lists: RegistrarLists
    _revocation_lists: RevocationLists

    @property
    @abstractmethod
    def in_every_format(self) -> tuple[Card, ...]:
        """All cards."""

    def proximity(
        self,
        link: Link,
        *,
        offline: bool = False,
        methods: Sequence[RetrievalMethod] = (),
        extensions: Mapping[int, Any] | None = None,
        proof: DeviceProof = "signature",
        lifetime: int = ENGAGEMENT_LIFETIME,
        requests: int = 1,
    ) -> ProximityPresentation:
        """Let a reader nearby scan a code, over ``link`` ask for documents, and get what the holder approves.

        :attr:`ProximityPresentation.engagement` is the code, :meth:`ProximityPresentation.prompt` waits for the
        reader. ``offline``: nothing is fetched; what was fetched before counts until it expires, and what was not is
        told. ``methods`` and ``extensions`` stand in the engagement; ``lifetime`` is in seconds, and for all of it;
        ``proof`` says how the device proves its documents. A reader may ask so many ``requests``, at most 16, each
        with a prompt of its own (:meth:`ProximityPresentation.prompts`).
        """
        key = PrivateKey.generate()
        engagement = DeviceEngagement.create(key.public, methods=methods, extensions=extensions)
        return ProximityPresentation(
            link,
            DeviceSession(engagement, key, expires_at=self._clock.now() + lifetime, requests=requests),
            prompting=self._prompting(),
            readers=self._readers(offline=offline),
            proof=proof,
        )

    def _readers(self, *, offline: bool = False) -> ReaderCheck:
        lists, registrars = self._revocation_lists, self._registrar_lists
        if offline:
            lists, registrars = lists.offline(), registrars.offline()
        return ReaderCheck(self.anchors, self.profile, self._intake.types, registrars, lists, offline)

    def _prompting(self) -> Prompting:
        return Prompting(
            cards=self.in_every_format,
            types=self._intake.types,
            capabilities=self._capabilities,
            policy=self.over_asking,
            profile=self.profile,
            language=self.language,
            log=self._log,
            clock=self._clock,
            pin=self._pin,
        )
