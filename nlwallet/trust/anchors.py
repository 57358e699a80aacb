"""Trust anchors by category, never one bag: who may vouch for a PID may not vouch for a relying party (OIA_12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from nlwallet.crypto import Certificate


class Category(StrEnum):
    """What an anchor may vouch for; one category for each list of trusted entities."""

    PID_PROVIDER = "pid_provider"
    PUB_EAA_PROVIDER = "pub_eaa_provider"
    QEAA_PROVIDER = "qeaa_provider"
    EAA_PROVIDER = "eaa_provider"
    ACCESS_CA = "access_ca"
    REGISTRATION_CERTIFICATE_PROVIDER = "registration_certificate_provider"
    STATUS_PROVIDER = "status_provider"
    """Status lists of whatever the one who configures it says so of; lists name the five below instead."""
    WALLET_PROVIDER = "wallet_provider"
    PID_STATUS = "pid_status"
    PUB_EAA_STATUS = "pub_eaa_status"
    ACCESS_STATUS = "access_status"
    REGISTRATION_STATUS = "registration_status"
    WALLET_STATUS = "wallet_status"


PID_TYPES: Final = ("urn:eudi:pid:", "eu.europa.ec.eudi.pid.")
"""What every PID type begins with, as a ``vct`` and as a docType: none but a PID provider may issue one (PID rulebook
1.7 §3, §4.1)."""


class Anchors(Protocol):
    """Whoever can tell the anchors of a category: a fixed set, or lists that are read now and then."""

    def of(self, category: Category) -> tuple[Certificate, ...]:
        """The anchors of one category."""
        ...


@runtime_checkable
class AnchorsByType(Protocol):
    """Anchors of which some vouch for single types only."""

    def of_type(self, category: Category, type_: str) -> tuple[Certificate, ...]:
        """The anchors of one category that may vouch for this very type."""
        ...


def anchors_for_type(anchors: Anchors, category: Category, type_: str) -> tuple[Certificate, ...]:
    """The anchors of a category that may vouch for ``type_``, a ``vct`` or docType."""
    return anchors.of_type(category, type_) if isinstance(anchors, AnchorsByType) else anchors.of(category)


@dataclass(frozen=True)
class TrustAnchors:
    """An immutable set of anchors for each category; empty categories trust nobody."""

    by_category: Mapping[Category, tuple[Certificate, ...]] = field(default_factory=dict)

    def of(self, category: Category) -> tuple[Certificate, ...]:
        """The anchors of one category."""
        return self.by_category.get(category, ())

    @classmethod
    def fixed(cls, anchors: Anchors) -> TrustAnchors:
        """What ``anchors`` are now, for who keeps them; later changes of lists are not seen."""
        return cls({category: found for category in Category if (found := anchors.of(category))})

    def adding(self, category: Category, *certificates: Certificate) -> TrustAnchors:
        """These anchors, and ``certificates`` in ``category``."""
        grown = tuple(dict.fromkeys((*self.of(category), *certificates)))
        return TrustAnchors({**self.by_category, category: grown})
