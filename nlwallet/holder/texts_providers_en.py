"""What the wallet says of whoever gives cards, in English: what its registration says, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PROVIDERS_EN: Final[Mapping[str, str]] = {
    "provider.as.PID_Provider": "The register says that {name} gives cards that show who you are.",
    "provider.as.QEAA_Provider": (
        "The register says that {name} gives this card. The card counts as much as one on paper."
    ),
    "provider.as.PUB_EAA_Provider": "The register says that {name} gives this card for the state.",
    "provider.as.Non_Q_EAA_Provider": (
        "The register says that {name} may give this card. It is not a card of the state."
    ),
    "provider.no_access_certificate": (
        "This website does not show whose it is. So you do not know who gives you the card."
    ),
    "provider.provider_not_verified": (
        "Your wallet cannot find out whose website this is. So you do not know who gives you the card."
    ),
    "provider.not_registered": (
        "Whoever gives you the card does not show that they may. They may not be in the register."
    ),
    "provider.malformed": "Whoever gives you the card shows a proof from the register that is not right.",
    "provider.untrusted_registrar": (
        "Whoever gives you the card shows a proof from a register that your wallet does not know."
    ),
    "provider.expired": "The proof that this party may give cards is too old.",
    "provider.not_bound_to_provider": (
        "Whoever gives you the card shows the proof of somebody else. This may be fraud."
    ),
    "provider.wrong_entitlement": "This party may not give this kind of card. The register says so.",
    "provider.attestation_type_not_registered": "This party may not give this card. The card is not in the register.",
    "provider.revoked": "This party may not give cards any more. It was taken out of the register.",
    "provider.revocation_status_unknown": "Your wallet cannot find out now if this party is still in the register.",
    "provider.confirm": "I know that this party may not give the card. I want to get the card all the same.",
    "provider.refused": "Your wallet does not get this card. {reason}",
}
