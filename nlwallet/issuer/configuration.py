"""What an issuer can issue: one credential configuration for each type (OpenID4VCI 1.0 §12.2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.errors import LocalError
from nlwallet.openid4vci import KeyAttestationsRequired
from nlwallet.sdjwt import Display, TypeMetadataRegistry

PROOF_ALGORITHMS = ("ES256",)
"""JOSE algorithms of key proofs that an issuer takes (HAIP 1.0 §7)."""


@dataclass(frozen=True, slots=True)
class CredentialConfiguration:
    """An SD-JWT VC of type ``vct``. ``disclosable`` are the claim paths that its holder may withhold."""

    id: str
    vct: str
    scope: str
    disclosable: tuple[ClaimPath, ...]
    lifetime_days: int = 365
    batch_size: int = 1
    """How many credentials a wallet may get at once; each has its own salts and its own key."""
    attestation_qualification: str | None = None
    """A claim that the NL Wallet wants of attestations: ``QEAA``, ``PuB-EAA`` or ``EAA``; left out when ``None``."""
    reuse_methods: tuple[str, ...] = ()
    """How wallets are to use copies, by preference (ARF ISSU_40): ``per-relying-party``, ``once_only``, …"""
    key_attestations_required: KeyAttestationsRequired | None = None
    """What a wallet provider must attest of the keys; ``None`` takes keys that nobody vouches for."""
    revocable: bool = True
    """Whether each copy has an entry in a status list (HAIP 1.0 §6.1); what lives a day or less can do without."""
    deferred: bool = False
    """Whether somebody at the issuer decides on each request first (:attr:`Issuer.waiting`)."""

    def __post_init__(self) -> None:
        if not self.id or not self.vct or self.lifetime_days < 1 or self.batch_size < 1:
            raise LocalError(
                "a credential configuration has an id and a type, lasts a day or more, and its batch has at least one"
            )

    def metadata(self, types: TypeMetadataRegistry, *, type_metadata_uri: str) -> dict[str, Any]:
        """The entry of ``credential_configurations_supported``."""
        known = types.effective(self.vct)
        return {
            "format": "dc+sd-jwt",
            "vct": self.vct,
            "scope": self.scope,
            "cryptographic_binding_methods_supported": ["jwk"],
            "credential_signing_alg_values_supported": ["ES256"],
            "proof_types_supported": self._proof_types(),
            "credential_metadata": {
                "display": [_display(display) for display in known.display],
                "claims": [
                    {
                        "path": list(claim.path),
                        "mandatory": claim.mandatory,
                        "display": [{"name": label.name, "locale": label.locale} for label in claim.display],
                    }
                    for claim in known.claims
                ],
                **self._reuse_policy(),
            },
            # Not in OpenID4VCI: how the NL Wallet gets the documents behind vct#integrity.
            "type_metadata_uri": type_metadata_uri,
        }

    def _reuse_policy(self) -> dict[str, Any]:
        if not self.reuse_methods:
            return {}
        option = {"details": list(self.reuse_methods), "batch_size": self.batch_size}
        return {"credential_reuse_policy": {"id": "arf_annex_ii", "options": [option]}}

    def _proof_types(self) -> dict[str, Any]:
        terms: dict[str, Any] = {"proof_signing_alg_values_supported": list(PROOF_ALGORITHMS)}
        if self.key_attestations_required is None:
            return {"jwt": terms}
        terms["key_attestations_required"] = self.key_attestations_required.as_json()
        return {"jwt": terms, "attestation": terms}


def _display(display: Display) -> dict[str, Any]:
    """The type's own display in the words of OpenID4VCI 1.0 §12.2.4."""
    members: dict[str, Any] = {"name": display.name, "locale": display.locale}
    if display.description:
        members["description"] = display.description
    rendering = (display.members or {}).get("rendering")
    simple = rendering.get("simple") if isinstance(rendering, dict) else None
    if isinstance(simple, dict):
        colours = ("background_color", "text_color")
        members |= {name: simple[name] for name in colours if isinstance(simple.get(name), str)}
    return members
