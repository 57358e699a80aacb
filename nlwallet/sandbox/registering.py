"""Registering the parties of a sandbox, also those that a register knows from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nlwallet.crypto import PublicKey
from nlwallet.registrar import Registrar
from nlwallet.registration import RelyingPartyCertificates, RelyingPartyRecord

_LAST_DAYS: Final = 7 * 86_400
"""Seconds before their end in which certificates are renewed at a start."""


def registered(
    registrar: Registrar, record: RelyingPartyRecord, public_key: PublicKey, *, dns_names: Sequence[str]
) -> RelyingPartyCertificates:
    """The certificates of a party over its key: those that an earlier start or another process got, else new ones.

    One whose registration was stopped keeps what it had, and that is revoked. Raises
    :class:`~nlwallet.errors.LocalError` for an identifier that this process registered already.
    """
    with registrar.one_change():
        if not registrar.known_from_elsewhere(record.identifier):
            return registrar.register(record, public_key, dns_names=dns_names)
        entered(registrar, record)
        known = registrar.issued_to(record.identifier, public_key)
        if known is None:
            return registrar.certify(record.identifier, public_key, dns_names=dns_names)
        stands = registrar.record(record.identifier) is not None
        if stands and ends_soon(known, registrar):
            registrar.renew(record.identifier)
        return registrar.issued_to(record.identifier, public_key) or known


def ends_soon(certificates: RelyingPartyCertificates, registrar: Registrar) -> bool:
    """Whether certificates are to be renewed."""
    return certificates.access_chain.leaf.not_after <= registrar.now() + _LAST_DAYS


def entered(registrar: Registrar, record: RelyingPartyRecord) -> None:
    """Enter a party; one that an earlier start or another process entered may say something else by now.

    Raises :class:`~nlwallet.errors.LocalError` for an identifier that this process registered already.
    """
    with registrar.one_change():
        if not registrar.known_from_elsewhere(record.identifier):
            registrar.enter(record)
            return
        registrar.take_over(record.identifier)
        if registrar.record(record.identifier) is not None:
            registrar.update(record)
