"""The issuer of an offer: is it registered, and as what? It is looked up before anything is asked of it.

ARF ISSU_24, ISSU_34. Only its registrar's lists are fetched: which certificates are revoked. They concern everybody,
so nobody learns from that what the holder is about to get.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from nlwallet.crypto import CertificateChain
from nlwallet.errors import ProviderNotRegistered, RemoteError
from nlwallet.holder.access_revocation import check_access_revocation
from nlwallet.holder.log import Counterparty
from nlwallet.holder.registrar_lists import RegistrarLists
from nlwallet.http import RevocationLists
from nlwallet.openid4vci import CredentialIssuerMetadata, OfferedConfiguration
from nlwallet.profiles import Profile
from nlwallet.registration import ProviderCheck, ProviderReason, check_provider
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Anchors


@dataclass(frozen=True, slots=True)
class ProviderDesk:
    """What a wallet looks issuers up with."""

    anchors: Anchors
    registrar_lists: RegistrarLists
    lists: RevocationLists
    profile: Profile

    def check(
        self,
        issuer: CredentialIssuerMetadata,
        chain: CertificateChain | None,
        wanted: Sequence[OfferedConfiguration],
        *,
        types: TypeMetadataRegistry,
        now: int,
    ) -> ProviderCheck:
        """Who the issuer is registered as; ``chain`` is of whoever signed its metadata. Never raises for it.

        A revoked access certificate ends the issuance under every profile, as it ends a request (Reg_12).
        """
        lookup: dict[str, Any] = {"anchors": self.anchors, "now": now, "profile": self.profile}
        found = check_provider(
            issuer.registration_certificates,
            chain=chain,
            offered=[(one.format, one.vct) for one in wanted],
            status_lists=self.registrar_lists.known_to(**lookup),
            ancestors=types.ancestors,
            **lookup,
        )
        if chain is not None and "provider_not_verified" not in found.reasons:
            revoked = check_access_revocation(chain, lists=self.lists, report=found.report, **lookup)
            if revoked is not None:
                _end(found, revoked)
        return found


def _end(found: ProviderCheck, error: RemoteError) -> None:
    gone = error.code == "certificate_revoked"
    reason: ProviderReason = "revoked" if gone else "revocation_status_unknown"
    found.registration = found.entitlement = None
    found.reasons.append(reason)
    ended = ProviderNotRegistered(error.message, code=reason, spec=error.spec, hint=error.hint)
    found.error, found.refusal = found.error or ended, found.refusal or ended


def telling_of_unregistered(profile: Profile) -> Profile:
    """``profile``, that tells its holder of an issuer that shows no registration, and refuses whom one says no of."""
    lenient = profile.issuer_registration == "warn"
    return profile if lenient else replace(profile, issuer_registration="if_shown")


def as_registered(party: Counterparty, check: ProviderCheck) -> Counterparty:
    """``party`` with what its registration says, if it has one that holds (DASH_05 b, g)."""
    registration = check.registration
    if registration is None:
        return party
    return replace(
        party,
        registrar=registration.registrar,
        registry=party.registry or registration.registry_uri,
        service_name=registration.service_name,
        entitlement=check.entitlement or "",
    )
