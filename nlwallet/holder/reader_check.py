"""Who the reader is, and whether it may ask this: the same questions as over the internet (ARF RPA_03, RPRC_19).

Offline nothing is fetched: lists that were fetched before count until they expire. What nobody has is told as not
checked, where the profile lets a wallet go on without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from nlwallet.crypto import CertificateChain
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidRequest, TransportError
from nlwallet.holder import registered
from nlwallet.holder.access_revocation import check_access_revocation
from nlwallet.holder.facts import Finding, Party
from nlwallet.holder.registrar_lists import RegistrarLists
from nlwallet.http import NOT_CHECKED, RevocationLists
from nlwallet.mdoc import DeviceRequest
from nlwallet.openid4vp import check
from nlwallet.profiles import Profile
from nlwallet.proximity import registrations_of
from nlwallet.registration import RegistrationCheck, RequestCheck, check_request
from nlwallet.report import Check, Outcome, Report
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Anchors, Category

_UNKNOWN: Final = "registration_status_unknown"


@dataclass(frozen=True, slots=True)
class ReaderCheck:
    """How a wallet checks a reader. ``offline``: its lists fetch nothing."""

    anchors: Anchors
    profile: Profile
    types: TypeMetadataRegistry
    registrar_lists: RegistrarLists
    revocation_lists: RevocationLists
    offline: bool = False

    def authenticate(
        self, request: DeviceRequest, session_transcript: bytes, *, now: int, report: Report
    ) -> CertificateChain:
        """Who asks: all of it, or every document, with a signature in this session, and all by one certificate.

        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        with check(
            report, "RPA_03", "ISO/IEC 18013-5 §9.1.4", "the reader signed its request in this session"
        ):
            chains = request.verify_readers(
                self.anchors.of(Category.ACCESS_CA),
                session_transcript=session_transcript,
                now=now,
                algorithms=self.profile.signing_algorithms,
                extended_key_usage=None,
                anchor_in_x5chain=self.profile.anchor_in_x5c,
            )
            if any(chain.leaf != chains[0].leaf for chain in chains):
                raise InvalidRequest(
                    "the documents are asked for by different parties",
                    spec="ISO/IEC 18013-5 §9.1.4",
                    pointer="/docRequests",
                )
        return chains[0]

    def check(
        self, request: DeviceRequest, query: DcqlQuery, chain: CertificateChain, *, now: int, report: Report
    ) -> RequestCheck:
        """What it may ask, and whether either certificate was withdrawn; all of it in ``report``."""
        lookup: dict[str, Any] = {"anchors": self.anchors, "now": now, "profile": self.profile}
        checked = check_request(
            registrations_of(request),
            chain=chain,
            query=query,
            status_lists=self.registrar_lists.known_to(**lookup),
            ancestors=self.types.ancestors,
            **lookup,
        )
        if self.offline and _UNKNOWN in checked.registration.warnings:
            if self.profile.offline_status == "told":
                _tell(checked)
            else:
                untold = TransportError(NOT_CHECKED, code="offline", spec="ARF RPRC_01a")
                checked.refusal = checked.refusal or untold
        report.checks.extend(checked.report.checks)
        if checked.refusal is None:
            checked.refusal = check_access_revocation(
                chain, lists=self.revocation_lists, report=report, **lookup
            )
        return checked

    def party(self, chain: CertificateChain, registration: RegistrationCheck) -> Party:
        """The party of the certificate, or the one that it asks for."""
        return registered.party_of_certificate(chain.leaf, "", registration.certificate)


def offline_finding(report: Report) -> tuple[Finding, ...]:
    """What the holder is told when something could not be looked up for want of a network."""
    return (Finding("offline"),) if any(one.reason == NOT_CHECKED for one in report) else ()


def _tell(checked: RequestCheck) -> None:
    """A list that cannot be had is no reason to warn of the party: there is no network, for anybody."""
    checked.registration.warnings.remove(_UNKNOWN)
    checked.report.checks = [_not_checked(one) for one in checked.report]


def _not_checked(one: Check) -> Check:
    if one.id != "RPRC_01a" or one.outcome is not Outcome.WARNED:
        return one
    return replace(one, outcome=Outcome.SKIPPED, reason=NOT_CHECKED, code="")
