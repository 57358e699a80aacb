"""Writing registration certificates, in the names of ETSI TS 119 475 V1.2.1 §5.2.

One certificate is one intended use of one service (RPRC_09), or what one service issues (RPRC_13). Beyond ETSI are
``srv_id`` and ``srv_name`` (RPRC_07a; the former as Italy calls it), ``srv_id`` of the intermediary (RPRC_04), name
and country of the supervisory authority (RPRC_12), and ``nl_agreement``: how long data are kept, whether they are
shared, and whether they can be deleted, which a citizen wants to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nlwallet.crypto import CertificateChain, PrivateKey, sign_jws
from nlwallet.errors import LocalError
from nlwallet.registration.entitlement import PROVIDERS, SERVICE_PROVIDER, entitlement_uri
from nlwallet.registration.record import RelyingPartyRecord
from nlwallet.registration.service import Service
from nlwallet.status import StatusReference

WRPRC_TYP: Final = "rc-wrp+jwt"
WRPRC_POLICY: Final = "0.4.0.19475.3.1"

MAX_DAYS: Final = 365
"""A registration certificate is valid for 12 months at the most (GEN-5.2.4-08)."""

_DAY = 86_400


def issue_wrprc(
    record: RelyingPartyRecord,
    intended_use_id: str,
    *,
    key: PrivateKey,
    chain: CertificateChain,
    now: int,
    days: int,
    status: StatusReference,
    registry_uri: str,
    service_id: str | None = None,
) -> str:
    """The compact registration certificate for one intended use of one service.

    ``service_id`` is needed where the use goes with several. ``iat`` stands in the header too (JAdES B-B).
    Raises :class:`~nlwallet.errors.LocalError`.
    """
    use = record.intended_use(intended_use_id)
    service = record.service(service_id) if service_id else record.service_of(use.id)
    if use.id not in service.intended_uses:
        raise LocalError(f"the intended use {use.id!r} does not go with {service.id!r}", spec="ARF Reg_10d")
    claims: dict[str, Any] = {
        "entitlements": [SERVICE_PROVIDER],
        "privacy_policy": use.privacy_policy,
        "intended_use_id": use.id,
        "purpose": use.purpose.as_wire(),
        "credentials": [credential.as_wire() for credential in use.credentials],
        "nl_agreement": {
            "retention_days": use.retention.days,
            "shared_with_third_parties": use.retention.shared_with_third_parties,
            "deletable": use.retention.deletable,
        },
    }
    if record.uses_intermediary is not None:
        intermediary = record.uses_intermediary
        claims["intermediary"] = {
            "sub": intermediary.identifier,
            "sname": intermediary.trade_name,
            "srv_id": intermediary.service_id,
        }
    shared = _shared(record, service, now=now, days=days, status=status, registry_uri=registry_uri)
    return _signed({**shared, **claims}, key, chain)


def issue_provider_wrprc(
    record: RelyingPartyRecord,
    service_id: str | None = None,
    *,
    key: PrivateKey,
    chain: CertificateChain,
    now: int,
    days: int,
    status: StatusReference,
    registry_uri: str,
) -> str:
    """The compact registration certificate of a service that issues: what it issues, and no intended use (RPRC_05)."""
    service = record.service(service_id)
    if not service.provides_attestations:
        raise LocalError(f"the service {service.id!r} issues nothing", spec="ARF RPRC_15")
    claims = {
        "entitlements": [entitlement_uri(name) for name in record.entitlements if name in PROVIDERS],
        "provides_attestations": [one.as_wire() for one in service.provides_attestations],
    }
    shared = _shared(record, service, now=now, days=days, status=status, registry_uri=registry_uri)
    return _signed({**shared, **claims}, key, chain)


def _shared(
    record: RelyingPartyRecord,
    service: Service,
    *,
    now: int,
    days: int,
    status: StatusReference,
    registry_uri: str,
) -> dict[str, Any]:
    if not 0 < days <= MAX_DAYS:
        raise LocalError(
            f"a registration certificate is valid for 1 to {MAX_DAYS} days",
            spec="ETSI TS 119 475 GEN-5.2.4-08",
        )
    name = (
        {"sub_gn": record.given_name, "sub_fn": record.family_name}
        if record.is_person
        else {"sub_ln": record.legal_name}
    )
    return {
        "name": record.trade_name,
        "sub": record.identifier,
        **name,
        "country": record.country,
        "registry_uri": registry_uri,
        "srv_id": service.id,
        "srv_name": service.trade_name,
        "srv_description": [text.as_wire() for text in service.descriptions],
        "info_uri": record.website,
        "support_uri": record.support_uri,
        "supervisory_authority": record.supervisory_authority.as_wire(),
        "policy_id": [WRPRC_POLICY],
        "certificate_policy": f"{registry_uri}/policy/wrprc",
        "iat": now,
        "exp": now + days * _DAY,
        "status": status.as_json(),
        "public_body": record.public_body,
    }


def _signed(claims: Mapping[str, Any], key: PrivateKey, chain: CertificateChain) -> str:
    return sign_jws(claims, key, typ=WRPRC_TYP, header={"x5c": chain.x5c(), "iat": claims["iat"]})
