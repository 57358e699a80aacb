"""The check of a request against its registration: one pure function, one report (ARF Topic 44)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from nlwallet.crypto import Certificate
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidRegistration, RemoteError
from nlwallet.profiles import Profile
from nlwallet.registration.binding import why_unbound
from nlwallet.registration.over_asking import Ancestors, OverAsked, over_asked
from nlwallet.registration.registration_certificate import RegistrationCertificate
from nlwallet.registration.registration_certificate_verification import verify_wrprc
from nlwallet.report import Report
from nlwallet.status import Status, StatusListToken
from nlwallet.trust import Anchors, Category

WarningCode = Literal[
    "not_registered",
    "registration_invalid",
    "registration_expired",
    "registration_mismatch",
    "registration_revoked",
    "registration_status_unknown",
    "over_asking",
]


@dataclass(slots=True)
class RegistrationCheck:
    """What came out. ``certificate`` is there only when it is valid and belongs to the party that asks."""

    certificate: RegistrationCertificate | None = None
    over_asked: tuple[OverAsked, ...] = ()
    warnings: list[WarningCode] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    error: RemoteError | None = None
    """Why the registration certificate could not be taken, if it was that."""

    def warn(self, id_: str, spec: str, what: str, code: WarningCode, reason: str) -> None:
        """Note a warning, in the report too."""
        self.warnings.append(code)
        self.report.warned(id_, spec, what, reason, code=code)


def check_registration(
    certificates: Sequence[str | bytes],
    *,
    access_certificate: Certificate | None,
    query: DcqlQuery,
    anchors: Anchors,
    now: int,
    profile: Profile,
    ancestors: Ancestors,
) -> RegistrationCheck:
    """Hold a request against the registration certificates that came with it (there must be exactly one).

    ``access_certificate`` is ``None`` for a party that is known in another way: no registration is of it then.
    It never raises for what came from outside: a registration that is absent or wrong is a warning, and what a
    warning leads to is the wallet's policy (RPRC_17). Its revocation is looked at by :func:`check_revocation`.
    """
    check = RegistrationCheck()
    if len(certificates) != 1:
        code: WarningCode = "registration_invalid" if certificates else "not_registered"
        reason = (
            f"{len(certificates)} registration certificates came along, where one may"
            if certificates
            else "no registration certificate came along"
        )
        check.warn(
            "RPRC_19", "ARF RPRC_19", "one registration certificate comes with the request", code, reason
        )
        return check
    check.report.passed("RPRC_19", "ARF RPRC_19", "one registration certificate comes with the request")
    try:
        certificate = verify_wrprc(
            certificates[0],
            anchors=anchors.of(Category.REGISTRATION_CERTIFICATE_PROVIDER),
            now=now,
            algorithms=profile.signing_algorithms,
            anchor_in_x5c=profile.anchor_in_x5c,
        )
    except RemoteError as error:
        check.error = error
        expired = error.code == "registration_expired"
        check.warn(
            "RPRC_17",
            error.spec,
            "the registration certificate is authentic and valid",
            "registration_expired" if expired else "registration_invalid",
            error.message,
        )
        return check
    check.report.passed("RPRC_17", "ARF RPRC_17", "the registration certificate is authentic and valid")
    what = "the registration belongs to the party that asks"
    if access_certificate is None:
        reason = "the party did not prove who it is with an access certificate"
        check.warn("RPRC_17a", "ARF RPRC_17a", what, "registration_mismatch", reason)
        return check
    if reason := why_unbound(certificate, access_certificate):
        check.warn("RPRC_17a", "ARF RPRC_17a", what, "registration_mismatch", reason)
        return check
    check.report.passed("RPRC_17a", "ARF RPRC_17a", what)
    check.certificate = certificate
    check.over_asked = over_asked(query, certificate.credentials, ancestors=ancestors)
    what = "nothing is asked beyond the registration"
    if check.over_asked:
        reason = "; ".join(dict.fromkeys(found.reason for found in check.over_asked))
        check.warn("RPRC_21", "ARF RPRC_21", what, "over_asking", reason)
    else:
        check.report.passed("RPRC_21", "ARF RPRC_21", what)
    return check


def check_revocation(check: RegistrationCheck, status_list: StatusListToken | None) -> None:
    """Look the registration up in its status list; ``None`` says that the list could not be had or verified.

    A revoked registration is none: ``check.certificate`` becomes ``None``.
    """
    if check.certificate is None:
        return
    what = "the registration was not withdrawn"
    reference = check.certificate.status
    if reference is None or status_list is None:
        reason = "it names no status list" if reference is None else "its status list could not be had"
        check.warn("RPRC_01a", "ARF RPRC_01a", what, "registration_status_unknown", reason)
        return
    try:
        if status_list.uri != reference.uri:
            raise InvalidRegistration("the status list is another one")
        status = status_list.statuses[reference.idx]
    except RemoteError as error:
        check.warn("RPRC_01a", error.spec, what, "registration_status_unknown", error.message)
        return
    if status == Status.VALID:
        check.report.passed("RPRC_01a", "ARF RPRC_01a", what)
    else:
        check.certificate = None
        check.warn("RPRC_01a", "ARF RPRC_01a", what, "registration_revoked", "the registrar has withdrawn it")
