"""The lists of trusted entities that the framework has, as data (ETSI TS 119 602 V1.1.1, Annexes D to H)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nlwallet.trust.anchors import Category

_ETSI: Final = "http://uri.etsi.org/19602"

NOTIFIED: Final = f"{_ETSI}/PubEAAProvidersList/SvcStatus/notified"
WITHDRAWN: Final = f"{_ETSI}/PubEAAProvidersList/SvcStatus/withdrawn"


@dataclass(frozen=True, slots=True)
class ListKind:
    """One kind of list. ``issuance`` and ``revocation`` are the service types in it, each with its category."""

    name: str
    """Short, as in the address of a list: ``pid-providers``."""
    lote_type: str
    status_determination: str
    scheme_rules: str
    issuance: str
    revocation: str
    issuance_category: Category
    revocation_category: Category
    authorities_only: bool
    """Whether each certificate is that of an authority; else it may be the signer's own."""
    information_uri: str
    """What an address of an entity begins with; its country follows."""
    with_status: bool = False
    """Whether services have a status, and the list a history (Annex H)."""

    def category(self, service_type: str) -> Category | None:
        """What a service of that type may vouch for; ``None`` for a type that this kind of list does not have."""
        return {self.issuance: self.issuance_category, self.revocation: self.revocation_category}.get(
            service_type
        )


def _kind(
    name: str,
    list_type: str,
    service: str,
    categories: tuple[Category, Category],
    *,
    authorities_only: bool,
    folder: str = "",
    rules: str = "",
    with_status: bool = False,
) -> ListKind:
    folder = folder or f"{list_type.removeprefix('EU')}"
    return ListKind(
        name,
        f"{_ETSI}/LoTEType/{list_type}",
        f"{_ETSI}/{folder}/StatusDetn/EU",
        f"{_ETSI}/{rules or list_type.removeprefix('EU')}/schemerules/EU",
        f"{_ETSI}/SvcType/{service}/Issuance",
        f"{_ETSI}/SvcType/{service}/Revocation",
        *categories,
        authorities_only,
        f"{_ETSI}/ListOfTrustedEntities/{service if service != 'WalletSolution' else 'Wallet'}Provider/",
        with_status,
    )


PID_PROVIDERS: Final = _kind(
    "pid-providers",
    "EUPIDProvidersList",
    "PID",
    (Category.PID_PROVIDER, Category.PID_STATUS),
    authorities_only=False,
    rules="PIDProviders",
)
WALLET_PROVIDERS: Final = _kind(
    "wallet-providers",
    "EUWalletProvidersList",
    "WalletSolution",
    (Category.WALLET_PROVIDER, Category.WALLET_STATUS),
    authorities_only=False,
)
ACCESS_AUTHORITIES: Final = _kind(
    "access-authorities",
    "EUWRPACProvidersList",
    "WRPAC",
    (Category.ACCESS_CA, Category.ACCESS_STATUS),
    authorities_only=True,
)
REGISTRATION_CERTIFICATE_PROVIDERS: Final = _kind(
    "registration-certificate-providers",
    "EUWRPRCProvidersList",
    "WRPRC",
    (Category.REGISTRATION_CERTIFICATE_PROVIDER, Category.REGISTRATION_STATUS),
    authorities_only=True,
    folder="WRPRCrovidersList",  # the very spelling of the standard
)
PUB_EAA_PROVIDERS: Final = _kind(
    "pub-eaa-providers",
    "EUPubEAAProvidersList",
    "PubEAA",
    (Category.PUB_EAA_PROVIDER, Category.PUB_EAA_STATUS),
    authorities_only=False,
    with_status=True,
)

LIST_KINDS: Final[dict[str, ListKind]] = {
    kind.name: kind
    for kind in (
        PID_PROVIDERS,
        WALLET_PROVIDERS,
        ACCESS_AUTHORITIES,
        REGISTRATION_CERTIFICATE_PROVIDERS,
        PUB_EAA_PROVIDERS,
    )
}
"""By name."""
