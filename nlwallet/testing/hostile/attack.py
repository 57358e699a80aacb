"""An attack: what it does, which section it breaks, what a sound party does, and how to mend one that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from nlwallet.errors import LocalError

if TYPE_CHECKING:
    from nlwallet.testing.hostile.answer import Answer
    from nlwallet.testing.hostile.attempt import Attempt
    from nlwallet.testing.hostile.offer_draft import OfferDraft
    from nlwallet.testing.hostile.request_draft import RequestDraft
    from nlwallet.testing.hostile.wallet_attempt import WalletAttempt

Role: TypeAlias = Literal["rp", "issuer", "wallet"]
"""Who is under test."""


class Severity(StrEnum):
    """What a hole means, worst first."""

    CRITICAL = "critical"
    """Somebody gets in as somebody else, or with what nobody issued."""
    HIGH = "high"
    """A protection that others rely on is not there: replay, downgrade, revocation, linking."""
    MEDIUM = "medium"
    """It can be brought down or confused, or a rule that protects in depth is not kept."""
    LOW = "low"
    """A good wallet is turned away, or a bad one gets no clear answer."""


Expects: TypeAlias = Literal["refused", "accepted", "observed"]
"""A sound party refuses; accepts (an honest case at the edge); or may do either: that is only reported."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One case. Its id is that of the list of hostile cases, with a variant: ``ADV-100/missing``."""

    id: str
    group: str
    does: str
    """What the attacker sends, in a few words."""
    sound: str
    """What a sound party does."""
    spec: str
    severity: Severity
    mend: str
    """How to mend a party that does not."""
    run: Callable[[Any], None] = field(repr=False)
    """Given an :class:`Attempt`, or a :class:`WalletAttempt` where a wallet is under test."""
    expects: Expects = "refused"
    role: Role = "rp"

    @property
    def __name__(self) -> str:
        """What pytest calls the case when it is a parameter: its id, and the section that it breaks."""
        return f"{self.id}, {self.spec}"


@dataclass(slots=True)
class AttackGroup:
    """Attacks that aim at one thing. ``title`` stands over them in reports, ``mend`` is for those with none."""

    title: str
    spec: str
    mend: str
    role: Role = "rp"
    attacks: list[Attack] = field(default_factory=list)

    def attempt(
        self,
        id: str,  # noqa: A002 - the case's id
        does: str,
        *,
        sound: str = "refuses",
        spec: str = "",
        severity: Severity = Severity.HIGH,
        mend: str = "",
        expects: Expects = "refused",
    ) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
        """Add an attack that is a whole course of events."""

        def add(run: Callable[[Any], None]) -> Callable[[Any], None]:
            if any(known.id == id for known in self.attacks):
                raise LocalError(f"two attacks are called {id}")
            self.attacks.append(
                Attack(
                    id,
                    self.title,
                    does,
                    sound,
                    spec or self.spec,
                    severity,
                    mend or self.mend,
                    run,
                    expects,
                    self.role,
                )
            )
            return run

        return add

    def answer(
        self,
        id: str,  # noqa: A002 - the case's id
        does: str,
        *,
        sound: str = "refuses",
        spec: str = "",
        severity: Severity = Severity.HIGH,
        mend: str = "",
        expects: Expects = "refused",
    ) -> Callable[[Callable[[Answer], object]], Callable[[Answer], object]]:
        """Add an attack that spoils one thing in an honest answer, in a session of its own."""

        def add(spoil: Callable[[Answer], object]) -> Callable[[Answer], object]:
            def run(attempt: Attempt) -> None:
                engagement = attempt.begin()
                answer = engagement.answer()
                spoil(answer)
                engagement.send(answer)

            self.attempt(id, does, sound=sound, spec=spec, severity=severity, mend=mend, expects=expects)(run)
            return spoil

        return add


@dataclass(slots=True)
class WalletAttackGroup(AttackGroup):
    """Attacks on a wallet, by who asks it or by who offers to it."""

    role: Role = "wallet"

    def course(
        self,
        id: str,  # noqa: A002 - the case's id
        does: str,
        *,
        sound: str = "refuses",
        spec: str = "",
        severity: Severity = Severity.HIGH,
        mend: str = "",
        expects: Expects = "refused",
    ) -> Callable[[Callable[[WalletAttempt], None]], Callable[[WalletAttempt], None]]:
        """Add an attack that is a whole course of events."""

        def add(run: Callable[[WalletAttempt], None]) -> Callable[[WalletAttempt], None]:
            self.attempt(id, does, sound=sound, spec=spec, severity=severity, mend=mend, expects=expects)(run)
            return run

        return add

    def request(
        self,
        id: str,  # noqa: A002 - the case's id
        does: str,
        *,
        sound: str = "refuses",
        spec: str = "",
        severity: Severity = Severity.HIGH,
        mend: str = "",
        expects: Expects = "refused",
    ) -> Callable[[Callable[[RequestDraft], object]], Callable[[RequestDraft], object]]:
        """Add an attack that spoils one thing in an honest request."""

        def add(spoil: Callable[[RequestDraft], object]) -> Callable[[RequestDraft], object]:
            def run(attempt: WalletAttempt) -> None:
                draft = attempt.request()
                spoil(draft)
                attempt.open(draft)

            self.course(id, does, sound=sound, spec=spec, severity=severity, mend=mend, expects=expects)(run)
            return spoil

        return add

    def offer(
        self,
        id: str,  # noqa: A002 - the case's id
        does: str,
        *,
        sound: str = "keeps no card",
        spec: str = "",
        severity: Severity = Severity.HIGH,
        mend: str = "",
        expects: Expects = "refused",
    ) -> Callable[[Callable[[OfferDraft], object]], Callable[[OfferDraft], object]]:
        """Add an attack that spoils one thing in an honest offer, or in what comes of it."""

        def add(spoil: Callable[[OfferDraft], object]) -> Callable[[OfferDraft], object]:
            def run(attempt: WalletAttempt) -> None:
                draft = attempt.offer()
                spoil(draft)
                attempt.receive(draft)

            self.course(id, does, sound=sound, spec=spec, severity=severity, mend=mend, expects=expects)(run)
            return spoil

        return add
