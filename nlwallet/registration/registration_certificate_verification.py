"""Verification of a registration certificate: form, signature, chain, times (ARF RPRC_17, RPRC_22a)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from nlwallet.crypto import Certificate, verify_chain
from nlwallet.errors import OutsideValidity
from nlwallet.registration.entitlement import SERVICE_PROVIDER
from nlwallet.registration.registration_certificate import RegistrationCertificate
from nlwallet.registration.registration_certificate_claims import read_wrprc_claims
from nlwallet.registration.registration_certificate_envelope import read_envelope

_AHEAD = 60
"""Seconds that the registrar's clock may run ahead."""


def verify_wrprc(
    certificate: str | bytes,
    *,
    anchors: Sequence[Certificate],
    now: int,
    algorithms: Collection[str],
    anchor_in_x5c: Literal["refused", "accepted"] = "refused",
    entitlements: Collection[str] = frozenset({SERVICE_PROVIDER}),
) -> RegistrationCertificate:
    """Verify a registration certificate: form, signature, chain to the category's anchors, times, entitlement.

    It may be a JWT or a CWT, in any form of :func:`.registration_certificate_envelope.read_envelope`; either is held to
    the same rules. The party must have one of ``entitlements``: that of who asks, unless you say otherwise. Raises
    :class:`~nlwallet.errors.OutsideValidity` (code ``registration_expired``) or another
    :class:`~nlwallet.errors.RemoteError`.
    """
    envelope = read_envelope(certificate, algorithms=algorithms)
    chain = envelope.chain
    path = verify_chain(
        chain, anchors, now=now, what="the registration certificate's signer", anchor_in_x5c=anchor_in_x5c
    )
    read = read_wrprc_claims(
        envelope.open(), registrar=chain.leaf.subject.common_name, entitlements=entitlements
    )
    if read.expires_at is not None and now >= read.expires_at:
        raise OutsideValidity(
            "the registration has expired",
            code="registration_expired",
            spec="ETSI TS 119 475 GEN-5.2.4-08",
            pointer="/payload/exp",
            hint="renew the registration",
        )
    if now < read.issued_at - _AHEAD:
        raise OutsideValidity(
            "the registration is not valid yet", spec="ETSI TS 119 475 §5.2.4", pointer="/payload/iat"
        )
    return replace(read, signed_under=path[1:])
