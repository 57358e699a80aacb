"""nlwallet: issue an mdoc, show four of its elements with a device signature, verify the response with every check."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from benchmarks.measure import Measured, Task, interleaved
from benchmarks.nlwallet_sd_jwt import HOLDERS, NOW, raw_parts
from benchmarks.pid import AUDIENCE, NONCE
from nlwallet.crypto import CertificateAuthority, PrivateKey, PublicKey, Subject
from nlwallet.mdoc import (
    DOCUMENT_SIGNER,
    EU_PID,
    EU_PID_DOCTYPE,
    DocumentSigners,
    Mdoc,
    MdocPresentation,
    issue_mdoc,
    issue_mdoc_batch,
    redirect_session_transcript,
    verify_mdoc,
    verify_mdoc_presentation,
)

GOALS = {"issue": 3.0, "device response": 2.0, "verify": 1.4}
"""In signatures, and for verify in pairs of verifications: the document signer's and the device's."""

COPIES = 10
"""In a batch, as an issuer's configurations have it by default."""

ALGORITHMS = frozenset({"ES256"})
SHOWN = tuple(
    (EU_PID_DOCTYPE, name) for name in ("family_name", "birth_date", "nationality", "place_of_birth")
)

PID = {
    "family_name": "Hofstra",
    "given_name": "Frouke",
    "birth_date": "2000-03-24",
    "place_of_birth": {"locality": "Amsterdam", "country": "NL"},
    "nationality": ["NL"],
    "resident_address": "Eerste Vriendschapsstraat 14, 1099AA Amsterdam",
    "resident_country": "NL",
    "resident_state": "Noord-Holland",
    "resident_city": "Amsterdam",
    "resident_postal_code": "1099AA",
    "resident_street": "Eerste Vriendschapsstraat 14",
    "personal_administrative_number": "999958379",
    "portrait": "_9j_4AAQ" * 200,
    "family_name_birth": "Hofstra",
    "given_name_birth": "Frouke",
    "sex": 2,
    "email_address": "frouke@example.nl",
    "mobile_phone_number": "+31612345678",
    "expiry_date": "2036-01-01",
    "issuing_authority": "Testuitgever van persoonsgegevens",
    "issuing_country": "NL",
    "document_number": "EU-2026-8379",
    "issuing_jurisdiction": "NL-NH",
    "issuance_date": "2026-01-01",
    "trust_anchor": "https://lists.example/pid.json",
    "attestation_legal_category": "PID",
}
"""All 26 elements of the PID rulebook, with a portrait of 1200 octets."""
ELEMENTS = EU_PID.typed(PID)


class Parties:
    """An issuer with a document signer's certificate, and a verifier that trusts its root."""

    def __init__(self) -> None:
        authority = CertificateAuthority.create("PID root", now=NOW)
        self.key = PrivateKey.generate()
        self.chain = authority.issue(
            self.key.public,
            Subject("PID issuer", country="NL"),
            now=NOW,
            extended_key_usages=(DOCUMENT_SIGNER,),
        )
        self.signers = DocumentSigners((authority.certificate,))
        self.transcript = redirect_session_transcript(
            client_id=AUDIENCE,
            nonce=NONCE,
            response_uri="https://rp.example/response",
            encryption_key=PrivateKey.generate().public,
        )

    def issue(self, holder: PrivateKey) -> bytes:
        """A PID for that holder."""
        return self.issue_typed(holder, ELEMENTS)

    def issue_typed(self, holder: PrivateKey, namespaces: dict[str, dict[str, Any]]) -> bytes:
        """A PID of these elements."""
        return issue_mdoc(
            doctype=EU_PID_DOCTYPE,
            namespaces=namespaces,
            key=self.key,
            chain=self.chain,
            holder_key=holder.public,
            signed_at=NOW,
            valid_until=NOW + 86_400,
        )

    def issue_batch(self, holders: list[PublicKey]) -> tuple[bytes, ...]:
        """A PID in copies, one for each key."""
        return issue_mdoc_batch(
            holders,
            doctype=EU_PID_DOCTYPE,
            namespaces=ELEMENTS,
            key=self.key,
            chain=self.chain,
            signed_at=NOW,
            valid_until=NOW + 2 * 86_400,
        )

    def card(self, holder: PrivateKey) -> Mdoc:
        """A PID as its wallet keeps it."""
        return verify_mdoc(self.issue(holder), issuer=self.signers, now=NOW, algorithms=ALGORITHMS)

    def shown(self, card: Mdoc, holder: PrivateKey) -> str:
        """Four elements, proven in this session."""
        return card.present(SHOWN, holder_key=holder, session_transcript=self.transcript)

    def verify(self, text: str) -> MdocPresentation:
        """As the verifier does."""
        return verify_mdoc_presentation(
            text,
            issuer=self.signers,
            session_transcript=self.transcript,
            now=NOW,
            algorithms=ALGORITHMS,
        )


def tasks() -> dict[str, Task]:
    """The raw operations of the same library underneath, and ours.

    ``verify`` gets the response of another holder each time, as a verifier does; ``verify again`` the same one.
    """
    parties, holder = Parties(), PrivateKey.generate()
    card = parties.card(holder)
    again = parties.shown(card, holder)
    holders = [PrivateKey.generate() for _ in range(HOLDERS)]
    responses = cycle([parties.shown(parties.card(each), each) for each in holders])
    keys = [each.public for each in holders[:COPIES]]
    data = bytes(2000)
    ecdsa, private = raw_parts(parties.key)
    public, signature = private.public_key(), private.sign(data, ecdsa)
    return {
        "raw sign": lambda: private.sign(data, ecdsa),
        "raw verify": lambda: public.verify(signature, data, ecdsa),
        "issue": lambda: parties.issue(holder),
        "issue batch": lambda: parties.issue_batch(keys),
        "issue from claims": lambda: parties.issue_typed(holder, EU_PID.typed(PID)),
        "device response": lambda: parties.shown(card, holder),
        "verify": lambda: parties.verify(next(responses)),
        "verify again": lambda: parties.verify(again),
    }


def ratios(measured: Measured) -> dict[str, float]:
    """To one raw signature, and for verify to two raw verifications."""
    sign, pair = measured["raw sign"], 2 * measured["raw verify"]
    return {
        "issue": measured["issue"] / sign,
        "each of a batch": measured["issue batch"] / COPIES / sign,
        "issue from claims": measured["issue from claims"] / sign,
        "device response": measured["device response"] / sign,
        "verify": measured["verify"] / pair,
        "verify again": measured["verify again"] / pair,
    }


def main() -> list[str]:
    """Measure and print; returns the goals that were missed in this run."""
    found = ratios(interleaved(tasks()))
    print("\nan mdoc PID with 26 elements, 4 shown  goal   nlwallet")
    for name, goal in GOALS.items():
        print(f"{name:35} ≤ {goal:.1f} × {found[name]:8.2f} ×")
    print(f"{f'issue, each of a batch of {COPIES}':43} {found['each of a batch']:8.2f} ×")
    print(f"{'issue, with each claim held against its type':43} {found['issue from claims']:8.2f} ×")
    print(f"{'the same response again':43} {found['verify again']:8.2f} ×")
    return [f"mdoc {name}" for name, goal in GOALS.items() if found[name] > goal]


if __name__ == "__main__":
    main()
