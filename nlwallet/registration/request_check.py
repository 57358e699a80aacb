"""The check: a request, its certificates, the lists, a profile and a moment go in; one report comes out.

It composes who asks (ARF Topic 6) and what they may ask (Topic 44). It is pure: what must be looked up is given by
whoever calls, as anchors are. A wallet acts on the outcome, ``nlwallet check-rp`` prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from nlwallet.crypto import Certificate, CertificateChain, verify_chain
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidRegistration, RemoteError, UntrustedCertificate
from nlwallet.profiles import Profile
from nlwallet.registration.access_certificate_check import access_certificate_rules, names_the_party
from nlwallet.registration.check import (
    RegistrationCheck,
    WarningCode,
    check_registration,
    check_revocation,
)
from nlwallet.registration.over_asking import Ancestors
from nlwallet.registration.reader_registration import ReaderRegistration
from nlwallet.registration.told import TOLD
from nlwallet.report import Check, Outcome, Report
from nlwallet.status import StatusListToken, StatusReference
from nlwallet.trust import Anchors, Category

StatusLists = Callable[[StatusReference], StatusListToken | None]
"""A reference → its verified list, or ``None`` when that cannot be had."""

Verdict = Literal["accept", "warn", "refuse"]
"""What a wallet does: ask the citizen as usual, ask with warnings, or stop."""

_REASONS: Final[Mapping[WarningCode, str]] = {
    "not_registered": "NOT_REGISTERED",
    "registration_invalid": "MALFORMED",
    "registration_expired": "EXPIRED",
    "registration_mismatch": "NOT_BOUND_TO_REQUESTER",
    "registration_revoked": "REVOKED",
    "registration_status_unknown": "REVOCATION_STATUS_UNKNOWN",
    "over_asking": "OVERASKING_DETECTED",
}
_PROFILE_SPEC: Final = "ETSI TS 119 411-8"


@dataclass(slots=True)
class RequestCheck:
    """What came out. ``registration`` is what the request was held against, and what was found there."""

    registration: RegistrationCheck
    report: Report = field(default_factory=Report)
    refusal: RemoteError | None = None
    """Why a wallet of this profile does not put the request to the citizen at all, because of who asks."""
    registration_required: bool = False

    @property
    def verdict(self) -> Verdict:
        """What a wallet of this profile does with it."""
        unregistered = self.registration_required and self.registration.certificate is None
        if self.refusal is not None or unregistered or not self.report.ok:
            return "refuse"
        return "warn" if any(check.outcome is Outcome.WARNED for check in self.report) else "accept"

    @classmethod
    def unread(cls, report: Report, refusal: RemoteError | None = None) -> RequestCheck:
        """Of what could not be held against a registration."""
        return cls(RegistrationCheck(), report, refusal)

    def skip(self, id_: str, reason: str) -> None:
        """Take the check of that id as not made, because what it needs was not there to be checked."""
        self.report.checks = [
            Check(one.id, one.spec, one.what, Outcome.SKIPPED, reason) if one.id == id_ else one
            for one in self.report
        ]
        self.registration_required = False

    def as_dict(self) -> dict[str, Any]:
        """The verdict and every check as JSON, with what a citizen reads in both languages."""
        return {"verdict": self.verdict, "checks": [_as_dict(check) for check in self.report]}


def reason_code(check: Check) -> str:
    """The reason code of a check that did not pass (ETSI and EU names); empty for one that did.

    What concerns a record in the register has none: no citizen hears of it.
    """
    if check.outcome not in (Outcome.WARNED, Outcome.FAILED) or check.id.startswith("Reg_"):
        return ""
    if check.code in TOLD:
        return check.code
    if check.id == "RPA_02":
        return "ACCESS_CERTIFICATE_PROFILE"
    for warning, reason in _REASONS.items():
        if check.code == warning:
            return reason
    return "REQUESTER_NOT_VERIFIED" if check.id in _IDENTITY else "REQUEST_INVALID"


def told(check: Check, language: str) -> str:
    """What a citizen reads about a check that did not pass, in ``nl`` or ``en``; empty for one that did."""
    return TOLD[code][language] if (code := reason_code(check)) else ""


_IDENTITY: Final = frozenset({"RPA_04", "W-13", "W-14", "W-17", "W-18", "W-19", "V-27", "HW-05"})


def check_request(
    registration_certificates: Sequence[str | bytes],
    *,
    chain: CertificateChain | None,
    query: DcqlQuery | None,
    anchors: Anchors,
    status_lists: StatusLists,
    now: int,
    profile: Profile,
    ancestors: Ancestors,
) -> RequestCheck:
    """Hold what is asked against who asks. Never raises for what came from outside.

    ``chain`` is the access certificate that signed the request; ``None`` for a party that is known in another way.
    ``query`` is ``None`` when there is no request yet: then the certificates alone are judged.
    """
    report = Report()
    refusal = None if chain is None else check_access(chain, anchors, now, profile, report)
    leaf = None if chain is None else chain.leaf
    asked = query or DcqlQuery(credentials=())
    inside = None if leaf is None or not profile.registration_in_certificate else _inside(leaf, report)
    if inside is not None and leaf is not None:
        registration = _by_certificate(inside, leaf, asked, report)
        if registration.over_asked:
            refusal = refusal or InvalidRegistration(
                "more is asked than is registered in the certificate",
                code="invalid_request",
                spec="NL Wallet 0.5, authorizedAttributes",
                pointer="/dcql_query",
            )
    else:
        registration = check_registration(
            registration_certificates,
            access_certificate=leaf,
            query=asked,
            anchors=anchors,
            now=now,
            profile=profile,
            ancestors=ancestors,
        )
        if registration.certificate is not None:
            reference = registration.certificate.status
            check_revocation(registration, None if reference is None else status_lists(reference))
        report.checks += [_finer(check, registration.error) for check in registration.report]
    return RequestCheck(
        registration,
        report,
        refusal,
        registration_required=profile.registration_certificate == "required",
    )


def check_access(
    chain: CertificateChain, anchors: Anchors, now: int, profile: Profile, report: Report
) -> RemoteError | None:
    """Hold an access certificate against its anchors and its profile; why a wallet stops here, if it does."""
    what = "the access certificate leads to an anchor for access certificates"
    refusal: RemoteError | None = None
    try:
        verify_chain(
            chain,
            anchors.of(Category.ACCESS_CA),
            now=now,
            what="access certificate",
            anchor_in_x5c=profile.anchor_in_x5c,
        )
        report.passed("RPA_04", "ARF RPA_04", what)
    except RemoteError as error:
        report.failed("RPA_04", what, error)
        refusal = error
    if profile.access_certificate == "subject":
        rule = "the subject of the access certificate says who asks"
        if names_the_party(chain.leaf):
            report.passed("NL-18", "NL Wallet 0.6, access certificates", rule)
        else:
            report.warned("NL-18", "NL Wallet 0.6, access certificates", rule, "it says too little")
        return refusal
    return refusal or _check_profile(chain.leaf, now, profile, report)


def _check_profile(leaf: Certificate, now: int, profile: Profile, report: Report) -> RemoteError | None:
    refusal: RemoteError | None = None
    for rule in access_certificate_rules(leaf, now=now, rules=profile):
        what = f"access certificate: {rule.what}"
        if rule.held:
            report.passed("RPA_02", _PROFILE_SPEC, what)
        elif profile.access_certificate == "warn":
            report.warned("RPA_02", _PROFILE_SPEC, what, rule.remedy, code=rule.code)
        else:
            error = UntrustedCertificate(
                f"the access certificate is outside its profile: {rule.remedy}",
                code=rule.code,
                spec=_PROFILE_SPEC,
                pointer="/x5c/0",
                hint=rule.remedy,
            )
            report.failed("RPA_02", what, error)
            refusal = refusal or error
    return refusal


def _inside(leaf: Certificate, report: Report) -> ReaderRegistration | None:
    what = "the registration inside the access certificate can be read"
    try:
        found = ReaderRegistration.of(leaf)
    except RemoteError as error:
        report.failed("NL-20", what, error)
        return None
    if found is None:
        reason = "there is none; a registration certificate counts instead"
        report.skipped("NL-20", "NL Wallet 0.5, extension 2.1.123.1", what, reason)
    else:
        report.passed("NL-20", "NL Wallet 0.5, extension 2.1.123.1", what)
    return found


def _by_certificate(
    inside: ReaderRegistration, leaf: Certificate, query: DcqlQuery, report: Report
) -> RegistrationCheck:
    over = inside.over_asked(query)
    found = RegistrationCheck(certificate=inside.as_certificate(leaf), over_asked=over)
    what = "nothing is asked beyond the registration in the certificate"
    if over:
        found.warnings.append("over_asking")
        reason = "; ".join(dict.fromkeys(one.reason for one in over))
        report.failed(
            "RPRC_21",
            what,
            InvalidRegistration(reason, code="over_asking", spec="NL Wallet 0.5, authorizedAttributes"),
        )
    else:
        report.passed("RPRC_21", "NL Wallet 0.5, authorizedAttributes", what)
    return found


def _finer(check: Check, error: RemoteError | None) -> Check:
    """``check`` with the reason code that its own code does not tell apart from others."""
    if check.code == "registration_status_unknown" and check.reason == "it names no status list":
        return replace(check, code="STATUS_MISSING")
    if check.code != "registration_invalid" or error is None:
        return check
    if isinstance(error, UntrustedCertificate):
        return replace(check, code="UNTRUSTED_PROVIDER")
    return replace(check, code="WRONG_ENTITLEMENT") if error.code == "wrong_entitlement" else check


def _as_dict(check: Check) -> dict[str, Any]:
    members: dict[str, Any] = check.as_dict()
    if code := reason_code(check):
        members["reason_code"] = code
        members["told"] = dict(TOLD[code])
    return members
