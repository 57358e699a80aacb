"""The certificate of conduct: nothing stands in the way of a kind of work. Who asked for it is invented."""

from __future__ import annotations

from typing import Any

from nlwallet.issuer.cards.person import born_of, names_of

_CERTIFICATES: dict[str, dict[str, Any]] = {
    "frouke": {
        "document_number": "G-2026-000118",
        "issue_date": "2026-02-10",
        "requested_by": "Bank De Spaarpot",
        "purpose": "Werken met geld",
        "screening_areas": ["Geld", "Gegevens van anderen"],
    },
    "yusuf": {
        "document_number": "G-2025-004702",
        "issue_date": "2025-11-03",
        "requested_by": "Zorgcentrum De Linde",
        "purpose": "Zorgen voor anderen",
        "screening_areas": ["Mensen", "Gegevens van anderen"],
    },
    "amara": {
        "document_number": "G-2025-003155",
        "issue_date": "2025-08-19",
        "requested_by": "Softwarehuis Helder",
        "purpose": "Beheer van computers",
        "screening_areas": ["Gegevens van anderen"],
    },
    "liv": {
        "document_number": "G-2024-007290",
        "issue_date": "2024-12-02",
        "requested_by": "Reddingsbrigade Zeeweg",
        "purpose": "Vrijwilligerswerk met kinderen",
        "screening_areas": ["Mensen"],
    },
    "noor": {
        "document_number": "G-2026-001433",
        "issue_date": "2026-04-21",
        "requested_by": "Scheepswerf Het Anker",
        "purpose": "Werken met gevaarlijke stoffen",
        "screening_areas": ["Veiligheid"],
    },
    "eline": {
        "document_number": "G-2026-002260",
        "issue_date": "2026-05-28",
        "requested_by": "Transportbedrijf De Wissel",
        "purpose": "Vervoer van goederen",
        "screening_areas": ["Goederen"],
    },
}
"""Nobody asked Jip, Cor or Suryani for one."""


def certificate_of_conduct_claims(person: str, *, now: int) -> dict[str, Any] | None:
    """The claims of a persona's certificate of conduct; ``None`` for one who has none."""
    about = names_of(person) | {"birthdate": born_of(person).isoformat()}
    return about | _CERTIFICATES[person] | {"no_objection": True} if person in _CERTIFICATES else None
