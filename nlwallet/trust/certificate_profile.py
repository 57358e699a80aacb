"""What a certificate of some kind must have, as data: rules that say what a wallet objects to, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from nlwallet.crypto import Certificate
from nlwallet.crypto.extensions import NO_REVOCATION_AVAILABLE, Extensions, extensions_of
from nlwallet.profiles import HAIP_1_0, Profile
from nlwallet.report import Check, Outcome

DAY: Final = 86_400


@dataclass(frozen=True)
class Examined:
    """A certificate under examination. ``issuer`` is ``None`` when the authority above it is not known."""

    certificate: Certificate
    issuer: Certificate | None
    now: int
    rules: Profile = HAIP_1_0

    @cached_property
    def has(self) -> Extensions:
        """Its extensions."""
        return extensions_of(self.certificate)

    @property
    def lifetime(self) -> int:
        """Seconds from its beginning to its end."""
        return self.certificate.not_after - self.certificate.not_before

    @property
    def is_short_lived(self) -> bool:
        """Whether it needs no revocation: it says so, and lives no longer than the profile allows for that."""
        return lives_short(self.certificate, self.rules)


def lives_short(certificate: Certificate, rules: Profile) -> bool:
    """Whether a certificate says that it is never revoked (RFC 9608), and lives short enough for that."""
    says = NO_REVOCATION_AVAILABLE in extensions_of(certificate).present
    return says and certificate.not_after - certificate.not_before <= rules.short_life


@dataclass(frozen=True, slots=True)
class CertificateRule:
    """One rule. ``holds`` answers ``None`` where it cannot be told, such as without the issuer's certificate.

    ``objection`` is what a wallet objects to, ``remedy`` what to do about it. What is ``advice`` a wallet may take.
    """

    id: str
    spec: str
    what: str
    objection: str
    remedy: str
    holds: Callable[[Examined], bool | None] = field(repr=False)
    advice: bool = False


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How a certificate stands to a rule."""

    rule: CertificateRule
    outcome: Outcome

    def as_check(self) -> Check:
        """The same as a line of a report; its reason says the objection and the remedy."""
        rule, told = self.rule, ""
        if self.outcome in (Outcome.FAILED, Outcome.WARNED):
            told = f"{rule.objection}; {rule.remedy}"
        elif self.outcome is Outcome.SKIPPED:
            told = "the certificate of its issuer is not there"
        return Check(rule.id, rule.spec, rule.what, self.outcome, told)


@dataclass(frozen=True, slots=True)
class CertificateProfile:
    """The rules for one kind of certificate. ``title`` says which, for people."""

    name: str
    title: str
    rules: tuple[CertificateRule, ...]

    def check(
        self, certificate: Certificate, *, issuer: Certificate | None, now: int, rules: Profile = HAIP_1_0
    ) -> tuple[RuleResult, ...]:
        """Each rule with its outcome; ``now`` is in seconds, and ``rules`` are those of the wallet."""
        return tuple(self._results(Examined(certificate, issuer, now, rules)))

    def _results(self, examined: Examined) -> Iterator[RuleResult]:
        for rule in self.rules:
            held = rule.holds(examined)
            if held is None:
                yield RuleResult(rule, Outcome.SKIPPED)
            elif held:
                yield RuleResult(rule, Outcome.PASSED)
            else:
                yield RuleResult(rule, Outcome.WARNED if rule.advice else Outcome.FAILED)
