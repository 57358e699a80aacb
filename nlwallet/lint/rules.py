"""Which rules a profile adds to OpenID4VP, and how much each of them matters there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlwallet.lint.severity import Severity
from nlwallet.profiles import Profile, profile

_NL_WALLET: Mapping[str, Severity | None] = {
    # It takes one of the two content encryptions, and reads no registration certificate yet.
    "HV-03": None,
    "HV-06": Severity.WARNING,
    "RPRC_": Severity.NOTE,
    "RPRC_21": Severity.ERROR,
}

_BY_PROFILE: Mapping[str, Mapping[str, Severity | None]] = {
    "openid4vp-1.0": {"HV-": None, "RPRC_19": None},
    "transitional": {"HV-03": None, "HV-04": Severity.WARNING, "HV-06": Severity.WARNING},
    "strict": {"RPRC_17": Severity.ERROR, "RPRC_19": Severity.ERROR},
    "eudi-reference": {"HV-03": None, "HV-06": Severity.WARNING, "HV-09": Severity.NOTE},
    "nl-wallet-0.6": _NL_WALLET,
    "nl-wallet-0.5": _NL_WALLET,
}
"""Check id, or the beginning of it, to what a broken rule is there; the longest that fits counts.

``None``: it is no rule there. A note stays a note."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one profile."""

    profile: Profile
    nl_wallet: str = ""
    """The version of the NL Wallet whose limits count: ``0.6`` or ``0.5``; empty for none."""

    @classmethod
    def of(cls, chosen: Profile | str) -> Rules:
        """The rules of a profile, or of its name. Raises :class:`~nlwallet.errors.LocalError`."""
        known = profile(chosen) if isinstance(chosen, str) else chosen
        prefix, _, version = known.name.rpartition("-")
        return cls(known, version if prefix == "nl-wallet" else "")

    @property
    def haip(self) -> bool:
        """Whether HAIP 1.0 counts; it does in every profile but that of the plain specification."""
        return self.profile.name != "openid4vp-1.0"

    def severity(self, check: str, severity: Severity) -> Severity | None:
        """What a finding of ``check`` is here; ``None`` when it is none."""
        table = _BY_PROFILE.get(self.profile.name, {})
        fitting = [start for start in table if check.startswith(start)]
        chosen = table[max(fitting, key=len)] if fitting else severity
        return severity if chosen is not None and severity is Severity.NOTE else chosen
