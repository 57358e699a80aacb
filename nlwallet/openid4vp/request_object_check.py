"""The check of a request as it comes over the wire: every step that a wallet takes, in one report.

A wallet stops at the first thing that is wrong with who asks; a developer wants to see the rest too. So this goes on
as far as it can, with the same functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.crypto import CertificateChain
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import RemoteError
from nlwallet.openid4vp.authentic_request import WalletCapabilities
from nlwallet.openid4vp.client import KnownClients
from nlwallet.openid4vp.request import REGISTRATION_CERTIFICATE
from nlwallet.openid4vp.request_object import UnverifiedRequestObject
from nlwallet.profiles import Profile
from nlwallet.registration import RequestCheck, StatusLists, check_request
from nlwallet.registration.over_asking import Ancestors
from nlwallet.report import Report
from nlwallet.trust import Anchors, Category


@dataclass(frozen=True, slots=True)
class AskedParts:
    """What of a request concerns its registration; nothing in it is believed yet."""

    query: DcqlQuery | None
    registration_certificates: tuple[str, ...]

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> AskedParts:
        """Read as much as can be read. Raises a :class:`~nlwallet.errors.RemoteError` for a wrong query."""
        query = (
            DcqlQuery.parse(claims["dcql_query"], pointer="/dcql_query") if "dcql_query" in claims else None
        )
        infos = claims.get("verifier_info")
        return cls(
            query,
            tuple(
                info["data"]
                for info in (infos if isinstance(infos, list) else ())
                if isinstance(info, Mapping)
                and info.get("format") == REGISTRATION_CERTIFICATE
                and isinstance(info.get("data"), str)
            ),
        )


def check_request_object(
    text: str,
    *,
    expected_client_id: str | None,
    anchors: Anchors,
    status_lists: StatusLists,
    now: int,
    profile: Profile,
    ancestors: Ancestors,
    capabilities: WalletCapabilities,
    wallet_nonce: str | None = None,
) -> RequestCheck:
    """Every check that a wallet makes of a request object. Never raises for what came from outside."""
    report = Report()
    try:
        received = UnverifiedRequestObject.parse(text, profile=profile)
    except RemoteError as error:
        report.failed("W-24", "the request object can be read", error)
        return RequestCheck.unread(report, error)
    refusal = _authenticate(
        received,
        report,
        expected_client_id=expected_client_id,
        anchors=anchors,
        now=now,
        profile=profile,
        capabilities=capabilities,
        wallet_nonce=wallet_nonce,
    )
    try:
        parts = AskedParts.of(received.claims)
        chain = (
            CertificateChain.from_x5c(received.jws.header["x5c"]) if "x5c" in received.jws.header else None
        )
    except RemoteError as error:
        return RequestCheck.unread(report, refusal or error)
    checked = check_request(
        parts.registration_certificates,
        chain=chain,
        query=parts.query,
        anchors=anchors,
        status_lists=status_lists,
        now=now,
        profile=profile,
        ancestors=ancestors,
    )
    checked.report.checks[:0] = report.checks
    checked.refusal = refusal or checked.refusal
    return checked


def _authenticate(
    received: UnverifiedRequestObject,
    report: Report,
    *,
    expected_client_id: str | None,
    anchors: Anchors,
    now: int,
    profile: Profile,
    capabilities: WalletCapabilities,
    wallet_nonce: str | None,
) -> RemoteError | None:
    try:
        authentic = received.authenticate(
            expected_client_id=expected_client_id,
            anchors=anchors.of(Category.ACCESS_CA),
            now=now,
            profile=profile,
            report=report,
            known=KnownClients(),
        )
        authentic.read(
            now=now, profile=profile, report=report, wallet_nonce=wallet_nonce, capabilities=capabilities
        )
    except RemoteError as error:
        if report.ok:
            report.failed("W-24", "the request is one that a wallet can act on", error)
        return error
    return None
