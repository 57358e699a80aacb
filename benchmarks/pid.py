"""The credential that is measured: a PID with 28 claims, each selectively disclosable; four are shown."""

from __future__ import annotations

CLAIMS: dict[str, str] = {f"claim_{number:02}": f"value of the claim {number:02}" for number in range(28)}
SHOWN = ("claim_03", "claim_09", "claim_17", "claim_25")
AUDIENCE = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk"
NONCE = "KwBTGnvKqDXyAKYVXLOZ5w"
ISSUER = "https://pid-issuer.example"
VCT = "urn:eudi:pid:nl:1"
