"""The registration of the requester: checked, looked up in its status list, and put as facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import Certificate
from nlwallet.holder.facts import Finding, Party, Registered
from nlwallet.holder.log import LoggedIntermediary
from nlwallet.holder.logged_request import contacts_of
from nlwallet.holder.registrar_lists import RegistrarLists
from nlwallet.openid4vp import VerifiedRequest
from nlwallet.profiles import Profile
from nlwallet.registration import (
    RegistrationCertificate,
    RegistrationCheck,
    RequestCheck,
    by_intermediary,
    check_request,
    service_of,
    trade_name_of,
)
from nlwallet.trust import Anchors


def check(
    verified: VerifiedRequest,
    *,
    anchors: Anchors,
    lists: RegistrarLists,
    now: int,
    profile: Profile,
    ancestors: Callable[[str], Sequence[str]],
) -> RequestCheck:
    """Check who asks and the registration that came along, and whether it was withdrawn.

    The status list is the only thing fetched: it concerns the requester, lies with the registrar, and
    its address is signed by the registrar. Never raises for what came from outside.
    """
    return check_request(
        verified.request.registration_certificates,
        chain=verified.chain,
        query=verified.request.dcql_query,
        anchors=anchors,
        status_lists=lists.known_to(anchors=anchors, now=now, profile=profile),
        now=now,
        profile=profile,
        ancestors=ancestors,
    )


def findings(result: RegistrationCheck) -> tuple[Finding, ...]:
    """The warnings about the registration itself; over-asking has its own, with the claims."""
    return tuple(Finding(code) for code in dict.fromkeys(result.warnings) if code != "over_asking")


def unregistered(result: RegistrationCheck) -> Mapping[str, frozenset[ClaimPath]]:
    """Per credential query id what was asked and not registered."""
    if result.certificate is None:
        return {}
    paths: dict[str, set[ClaimPath]] = {}
    for one in result.over_asked:
        paths.setdefault(one.query_id, set()).add(one.path)
    return {query_id: frozenset(found) for query_id, found in paths.items()}


def party(verified: VerifiedRequest, host: str, registration: RegistrationCertificate | None) -> Party:
    """The requester: by its access certificate (RPA_06), or what little is known of it otherwise.

    Where an intermediary asks, it is the party that the valid ``registration`` is of (RPI_06, RPI_07).
    """
    if verified.chain is None:
        return _party_without_certificate(verified, host)
    return party_of_certificate(verified.chain.leaf, host, registration)


def party_of_certificate(leaf: Certificate, host: str, registration: RegistrationCertificate | None) -> Party:
    """The party of a verified access certificate, or the one that it asks for."""
    if registration is not None and by_intermediary(registration, leaf):
        return _party_served(registration, leaf, host)
    subject = leaf.subject
    person = " ".join(part for part in (subject.given_name, subject.surname) if part)
    legal_name = subject.organization or person or subject.common_name
    own_name = trade_name_of(leaf)
    service_name = subject.common_name if subject.common_name != own_name else ""
    return Party(
        trade_name=subject.common_name or legal_name,
        legal_name=legal_name,
        identifier=subject.identifier,
        country=subject.country,
        verified_by=_common_name(leaf.issuer_name),
        host=host,
        verified=True,
        contacts=contacts_of(leaf),
        own_name=own_name,
        service_id=service_of(leaf),
        service_name=(registration.service_name if registration else "") or service_name,
    )


def _party_served(registration: RegistrationCertificate, leaf: Certificate, host: str) -> Party:
    """By its registration certificate; of the access certificate only the intermediary is taken (DASH_03 b, c)."""
    return Party(
        trade_name=registration.service_name or registration.trade_name,
        legal_name=registration.legal_name,
        identifier=registration.identifier,
        country=registration.country,
        verified_by=registration.registrar,
        host=host,
        verified=True,
        own_name=registration.trade_name,
        service_id=registration.service_id,
        service_name=registration.service_name,
        intermediary=LoggedIntermediary(
            trade_name=trade_name_of(leaf),
            identifier=leaf.subject.identifier,
            service_id=service_of(leaf),
            country=leaf.subject.country,
            contacts=contacts_of(leaf),
        ),
    )


def _party_without_certificate(verified: VerifiedRequest, host: str) -> Party:
    """Somebody whom a verifier attestation or the wallet's own list names; or only an address."""
    client = verified.client
    vouched = client.signed and (client.attestation is not None or client.registered is not None)
    issuer = (client.attestation or {}).get("iss", "")
    return Party(
        trade_name=client.name if vouched else host or client.name,
        legal_name="",
        identifier=client.identifier.full,
        country="",
        verified_by=str(issuer),
        host=host,
        verified=vouched,
    )


def promises(certificate: RegistrationCertificate | None) -> Registered | None:
    """What a valid registration says; ``None`` without one."""
    if certificate is None:
        return None
    keeping = certificate.retention
    authority = certificate.supervisory_authority
    return Registered(
        purpose=certificate.purpose,
        public_body=bool(certificate.public_body),
        intended_use=certificate.intended_use_id,
        privacy_policy=certificate.privacy_policy,
        retention_days=keeping.days if keeping else None,
        shared_with_third_parties=keeping.shared_with_third_parties if keeping else None,
        deletable=keeping.deletable if keeping else None,
        deletion_contacts=(certificate.support_uri,) if certificate.support_uri else (),
        supervisory_authority=authority.get("name", ""),
        supervisory_country=authority.get("country", ""),
        supervisory_contacts=tuple(
            authority[name] for name in ("uri", "email", "phone") if authority.get(name)
        ),
        registrar=certificate.registrar,
        registry=certificate.registry_uri,
    )


def _common_name(distinguished_name: str) -> str:
    """The CN of a name as RFC 4514 writes it, else the whole name."""
    found = re.search(r"(?:^|,)CN=((?:\\.|[^,+\\])+)", distinguished_name)
    return re.sub(r"\\(.)", r"\1", found.group(1)) if found else distinguished_name
