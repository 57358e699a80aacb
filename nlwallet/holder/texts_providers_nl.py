"""What the wallet says of whoever gives cards, in Dutch: what its registration says, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PROVIDERS_NL: Final[Mapping[str, str]] = {
    "provider.as.PID_Provider": "In het register staat dat {name} kaarten geeft met wie u bent.",
    "provider.as.QEAA_Provider": (
        "In het register staat dat {name} deze kaart geeft. De kaart telt zo zwaar als een stuk op papier."
    ),
    "provider.as.PUB_EAA_Provider": "In het register staat dat {name} deze kaart geeft voor de overheid.",
    "provider.as.Non_Q_EAA_Provider": (
        "In het register staat dat {name} deze kaart mag geven. Het is geen kaart van de overheid."
    ),
    "provider.no_access_certificate": (
        "Deze website laat niet zien van wie zij is. U weet dus niet wie u de kaart geeft."
    ),
    "provider.provider_not_verified": (
        "Uw wallet kan niet nagaan van wie deze website is. U weet dus niet wie u de kaart geeft."
    ),
    "provider.not_registered": (
        "Wie u de kaart geeft, laat niet zien dat hij dat mag. Hij staat misschien niet in het register."
    ),
    "provider.malformed": "Wie u de kaart geeft, laat een bewijs uit het register zien dat niet klopt.",
    "provider.untrusted_registrar": (
        "Wie u de kaart geeft, laat een bewijs zien van een register dat uw wallet niet kent."
    ),
    "provider.expired": "Het bewijs dat deze partij kaarten mag geven, is te oud.",
    "provider.not_bound_to_provider": (
        "Wie u de kaart geeft, laat het bewijs van een ander zien. Misschien is dit bedrog."
    ),
    "provider.wrong_entitlement": "Deze partij mag dit soort kaarten niet geven. Zo staat het in het register.",
    "provider.attestation_type_not_registered": (
        "Deze partij mag deze kaart niet geven. De kaart staat niet in het register."
    ),
    "provider.revoked": "Deze partij mag geen kaarten meer geven. Zij is uit het register gehaald.",
    "provider.revocation_status_unknown": "Uw wallet kan nu niet nagaan of deze partij nog in het register staat.",
    "provider.confirm": "Ik weet dat deze partij de kaart niet mag geven. Ik wil de kaart toch ophalen.",
    "provider.refused": "Uw wallet haalt deze kaart niet op. {reason}",
}
