"""What a party was registered as, by the names of ETSI TS 119 475 Annex A."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

Entitlement = Literal[
    "Service_Provider", "PID_Provider", "PUB_EAA_Provider", "QEAA_Provider", "Non_Q_EAA_Provider"
]

_PREFIX: Final = "https://uri.etsi.org/19475/Entitlement/"

PROVIDERS: Final[tuple[Entitlement, ...]] = (
    "PID_Provider",
    "PUB_EAA_Provider",
    "QEAA_Provider",
    "Non_Q_EAA_Provider",
)
"""Those that issue attestations."""


def entitlement_uri(name: Entitlement) -> str:
    """The form of a registration certificate."""
    return _PREFIX + name


def provider_entitlements(uris: Iterable[str]) -> tuple[Entitlement, ...]:
    """As what kinds of provider somebody with these entitlements is registered, in the order of :data:`PROVIDERS`."""
    given = frozenset(uris)
    return tuple(name for name in PROVIDERS if entitlement_uri(name) in given)


SERVICE_PROVIDER: Final = entitlement_uri("Service_Provider")
"""May ask a wallet for attestations."""
PROVIDER_ENTITLEMENTS: Final = frozenset(map(entitlement_uri, PROVIDERS))
"""May issue them."""
