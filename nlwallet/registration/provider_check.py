"""The check of an issuer before anything is asked of it: may it issue this?

ARF ISSU_24 to ISSU_24b, ISSU_34 to ISSU_34b, RPRC_22a to RPRC_23. The metadata of an issuer is signed with its access
certificate, and has its registration certificate in it. The check is pure: what must be looked up is given by whoever
calls, as anchors are. No register is asked: the certificate comes by value so that nobody else learns what is issued
to whom (RPRC_22), and without one there is no issuance (RPRC_22a), unless the profile only warns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from nlwallet.crypto import CertificateChain
from nlwallet.errors import OutsideValidity, ProviderNotRegistered, RemoteError, UntrustedCertificate
from nlwallet.profiles import Profile
from nlwallet.registration.binding import why_unbound
from nlwallet.registration.entitlement import PROVIDER_ENTITLEMENTS, Entitlement, provider_entitlements
from nlwallet.registration.over_asking import Ancestors
from nlwallet.registration.registration_certificate import RegistrationCertificate
from nlwallet.registration.registration_certificate_verification import verify_wrprc
from nlwallet.registration.request_check import StatusLists, check_access
from nlwallet.report import Report
from nlwallet.status import Status
from nlwallet.trust import PID_TYPES, Anchors, Category

ProviderReason: TypeAlias = Literal[
    "no_access_certificate",
    "provider_not_verified",
    "not_registered",
    "malformed",
    "untrusted_registrar",
    "expired",
    "not_bound_to_provider",
    "wrong_entitlement",
    "attestation_type_not_registered",
    "revoked",
    "revocation_status_unknown",
]
"""Why an issuer does not count as registered; each has a text for citizens."""

DOUBTFUL: Final[frozenset[ProviderReason]] = frozenset(
    {"not_bound_to_provider", "wrong_entitlement", "attestation_type_not_registered", "revoked"}
)
"""Where the issuer does not only show too little: what it shows says that it may not issue this."""

UNSHOWN: Final[frozenset[ProviderReason]] = frozenset(
    {"no_access_certificate", "provider_not_verified", "not_registered", "untrusted_registrar"}
)
"""Where the issuer shows no registration that this wallet can know: it may have none, or one of another ecosystem."""

Offered: TypeAlias = tuple[str, str]
"""What is offered: the format, and the ``vct`` or docType."""

UNREVOCABLE: Final = 86_400
"""A registration certificate that lives no longer than this needs no status (RPRC_01a)."""

_SHOW: Final = "one registration certificate is in the issuer's metadata"
_VALID: Final = "the registration certificate is authentic and valid"
_BOUND: Final = "the registration belongs to the issuer"
_KIND: Final = "the issuer is registered as a provider of what it offers"
_TYPE: Final = "the issuer is registered for the types that it offers"
_STANDS: Final = "the registration was not withdrawn"

_HELP: Final = "its registrar can help it; the profile transitional only warns, and asks the holder"
_WAY_OUT: Final = (
    "only to test with an issuer that is registered nowhere: Wallet(insecure_unregistered_issuers=True), or on the "
    "command line --insecure-unregistered-issuer; the profile transitional warns too"
)


@dataclass(slots=True)
class ProviderCheck:
    """What came out. ``registration`` is there only when it is valid, of this issuer, and for what it offers."""

    registration: RegistrationCertificate | None = None
    entitlement: Entitlement | None = None
    """As what it is registered, for what it offers."""
    reasons: list[ProviderReason] = field(default_factory=list)
    """What the holder is warned of."""
    error: ProviderNotRegistered | None = None
    """The first of them, as an error."""
    report: Report = field(default_factory=Report)
    refusal: RemoteError | None = None
    """Why a wallet of this profile asks nothing of the issuer."""

    @property
    def doubtful(self) -> bool:
        """Whether nothing is to be asked of the issuer unless the holder says so, having read why."""
        return not DOUBTFUL.isdisjoint(self.reasons)


def check_provider(
    registration_certificates: Sequence[str],
    *,
    chain: CertificateChain | None,
    offered: Sequence[Offered],
    anchors: Anchors,
    status_lists: StatusLists,
    now: int,
    profile: Profile,
    ancestors: Ancestors,
) -> ProviderCheck:
    """Hold what an issuer offers against its registration. Never raises for what came from outside.

    ``chain`` is of whoever signed the metadata; ``None`` when nobody did. ``offered`` is everything of one offer.
    """
    run = _Run(profile, ProviderCheck())
    if not run.knows(chain, anchors, now):
        return run.check
    certificate = run.read(registration_certificates, anchors, now)
    if certificate is None or chain is None:
        return run.check
    if reason := _why_not_of(certificate, chain):
        run.wrong("not_bound_to_provider", "RPRC_22b", _BOUND, reason)
        return run.check
    run.right("RPRC_22b", _BOUND)
    kinds = _kinds(certificate, offered, ancestors)
    if not all(kinds):
        run.wrong("wrong_entitlement", "ISSU_34a", _KIND, "it is registered as a provider of something else")
        return run.check
    run.right("ISSU_34a", _KIND)
    registered = {(one.format, name) for one in certificate.provides_attestations for name in one.types}
    if not registered.issuperset(offered):
        what = next(name for format_, name in offered if (format_, name) not in registered)
        run.wrong("attestation_type_not_registered", "RPRC_23", _TYPE, f"{what} is not among them")
        return run.check
    run.right("RPRC_23", _TYPE)
    if run.stands(certificate, status_lists):
        run.check.registration = certificate
        run.check.entitlement = next((kind[0] for kind in kinds), None)
    return run.check


@dataclass(slots=True)
class _Run:
    """One check on its way: what is wrong ends the issuance where the profile requires a registration."""

    profile: Profile
    check: ProviderCheck

    def knows(self, chain: CertificateChain | None, anchors: Anchors, now: int) -> bool:
        """Whether it is known who the issuer is: its access certificate, and no other, says so (ISSU_23, ISSU_33)."""
        if chain is None:
            what = "the metadata is signed with an access certificate"
            self.wrong("no_access_certificate", "ISSU_34", what, "nobody signed it")
            return False
        report = Report()
        refused = check_access(chain, anchors, now, self.profile, report)
        if refused is None:
            self.check.report.checks += report.checks
            return True
        what = "the access certificate of the issuer can be relied upon"
        self.wrong("provider_not_verified", "ISSU_34", what, refused.message, refused)
        return False

    def read(self, certificates: Sequence[str], anchors: Anchors, now: int) -> RegistrationCertificate | None:
        """The one registration certificate, if it is authentic and valid (RPRC_22a)."""
        if len(certificates) != 1:
            reason: ProviderReason = "malformed" if certificates else "not_registered"
            self.wrong(reason, "RPRC_22", _SHOW, f"there are {len(certificates)}")
            return None
        self.right("RPRC_22", _SHOW)
        try:
            found = verify_wrprc(
                certificates[0],
                anchors=anchors.of(Category.REGISTRATION_CERTIFICATE_PROVIDER),
                now=now,
                algorithms=self.profile.signing_algorithms,
                anchor_in_x5c=self.profile.anchor_in_x5c,
                entitlements=PROVIDER_ENTITLEMENTS,
            )
        except RemoteError as error:
            self.wrong(_reason(error), "RPRC_22a", _VALID, error.message, error)
            return None
        self.right("RPRC_22a", _VALID)
        return found

    def stands(self, certificate: RegistrationCertificate, status_lists: StatusLists) -> bool:
        """Whether the registration was not withdrawn; one of which that cannot be learned is told to the holder."""
        reference, ends = certificate.status, certificate.expires_at
        if reference is None:
            if ends is not None and ends - certificate.issued_at <= UNREVOCABLE:
                self.right("RPRC_01a", _STANDS)
                return True
            return self._unknown("it names no status list")
        listed = status_lists(reference)
        if listed is None or listed.uri != reference.uri:
            return self._unknown("its status list could not be had")
        try:
            status = listed.statuses[reference.idx]
        except RemoteError as error:
            return self._unknown(error.message)
        if status != Status.VALID:
            self.wrong("revoked", "RPRC_01a", _STANDS, "the registrar has withdrawn it")
            return False
        self.right("RPRC_01a", _STANDS)
        return True

    def right(self, id_: str, what: str) -> None:
        self.check.report.passed(id_, f"ARF {id_}", what)

    def wrong(
        self, reason: ProviderReason, id_: str, what: str, why: str, error: RemoteError | None = None
    ) -> None:
        """Warn of it, or refuse where the profile says so."""
        self.check.reasons.append(reason)
        found = ProviderNotRegistered(
            f"the issuer does not show that it may issue this: {why}",
            code=reason,
            spec=f"ARF {id_}",
            pointer=error.pointer if error is not None else "/issuer_info",
            hint=_WAY_OUT if reason in UNSHOWN else _HELP,
        )
        self.check.error = self.check.error or found
        if _ends(reason, self.profile):
            self.check.report.failed(id_, what, found)
            self.check.refusal = self.check.refusal or found
        else:
            self.check.report.warned(id_, f"ARF {id_}", what, why, code=reason)

    def _unknown(self, why: str) -> bool:
        """Where revocation must be shown, not knowing is as bad as revoked."""
        self.wrong("revocation_status_unknown", "RPRC_01a", _STANDS, why)
        return self.check.refusal is None


def _ends(reason: ProviderReason, profile: Profile) -> bool:
    """Whether nothing is asked of the issuer for this; a network that is down is judged as for access certificates."""
    if profile.issuer_registration == "warn":
        return False
    if reason == "revocation_status_unknown":
        return profile.access_certificate_revocation == "required"
    return profile.issuer_registration == "required" or reason not in UNSHOWN


def _reason(error: RemoteError) -> ProviderReason:
    if error.code == "wrong_entitlement":
        return "wrong_entitlement"
    if isinstance(error, UntrustedCertificate):
        return "untrusted_registrar"
    return "expired" if isinstance(error, OutsideValidity) else "malformed"


def _why_not_of(certificate: RegistrationCertificate, chain: CertificateChain) -> str:
    """Nobody issues in the place of another: an intermediary of the registration does not count here."""
    if certificate.identifier != chain.leaf.subject.identifier:
        return "the access certificate names another party than the registration"
    return why_unbound(certificate, chain.leaf)


def _kinds(
    certificate: RegistrationCertificate, offered: Sequence[Offered], ancestors: Ancestors
) -> list[tuple[Entitlement, ...]]:
    """For each thing that is offered, as what its provider is registered; a PID comes of a PID provider only."""
    held = provider_entitlements(certificate.entitlements)
    return [
        tuple(one for one in held if (one == "PID_Provider") is _is_pid(name, ancestors))
        for _, name in offered
    ]


def _is_pid(type_: str, ancestors: Ancestors) -> bool:
    return any(one.startswith(PID_TYPES) for one in (type_, *ancestors(type_)))
