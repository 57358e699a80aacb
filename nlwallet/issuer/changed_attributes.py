"""A card whose attributes changed: the old one is taken back, and the new one offered (ARF VCR_09)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nlwallet.errors import LocalError
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.notifications import IssuedBatch

_DAY: Final = 86_400
SPARED: Final = _DAY
"""Seconds: what ends within this time need not be revoked."""


def last_issued(batches: Iterable[IssuedBatch], credential_id: str) -> IssuedBatch:
    """The latest batch of a card. Raises :class:`~nlwallet.errors.LocalError` if it was never issued."""
    found = [one for one in batches if one.credential_id == credential_id]
    if not found:
        raise LocalError("no credential of that id was issued", code="unknown_credential")
    return max(found, key=lambda one: one.issued_at)


def must_be_revoked(batch: IssuedBatch, configuration: CredentialConfiguration, *, now: int) -> bool:
    """Whether what was issued can be revoked, and is valid for another day."""
    return configuration.revocable and batch.issued_at + configuration.lifetime_days * _DAY - now >= SPARED
