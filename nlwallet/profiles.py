"""Named rule sets, as data. HAIP 1.0 is the default; what a deployed ecosystem does otherwise is a member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nlwallet.errors import LocalError


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one ecosystem. Times are seconds."""

    name: str
    signing_algorithms: frozenset[str]
    """JOSE algorithms accepted on credentials, key binding, requests and registration certificates."""
    sd_jwt_vc_types: frozenset[str] = frozenset({"dc+sd-jwt"})
    """Accepted ``typ`` of an SD-JWT VC; ``vc+sd-jwt`` is the name of drafts before -06."""
    client_id_prefixes: frozenset[str] = frozenset({"x509_hash"})
    """As OpenID4VP §10.1 names them; ``pre-registered`` stands for an identifier without a prefix."""
    response_modes: frozenset[str] = frozenset({"direct_post.jwt", "dc_api.jwt"})
    request_object_type: str = "oauth-authz-req+jwt"
    """The ``typ`` of request objects that a verifier makes (OpenID4VP §5); the NL Wallet 0.5 has another one."""
    request_by_value: bool = False
    """Whether a link may hold the whole request, signed or as parameters, instead of a ``request_uri``."""
    request_uri_as_audience: bool = False
    """Whether a request object may name its own request_uri in ``aud``, as some verifiers do (§5.8 forbids)."""
    encrypted_request_objects: bool = False
    """Whether a wallet that fetches with POST requires the request object to be encrypted to it."""
    reject_silently: bool = True
    """Whether a request that cannot be trusted is only told to the holder, and nothing is sent to the
    address that it names. Otherwise it gets the error response of OpenID4VP §8.5."""
    encryption_encs: tuple[str, ...] = ("A128GCM", "A256GCM")
    key_binding_max_age: int = 900
    """How long before ``now`` a key binding JWT may be made (NL Wallet: 15 minutes)."""
    key_binding_max_ahead: int = 60
    """How far a holder's clock may run ahead."""
    clock_leeway: int = 0
    """Leeway on ``exp`` and ``nbf`` of credentials."""
    registration_certificate: Literal["required", "warn"] = "warn"
    """What a missing or invalid WRPRC of who asks does: end the request, or warn at the prompt (RPRC_17)."""
    issuer_registration: Literal["required", "if_shown", "warn"] = "required"
    """What an issuer without a valid registration for what it offers does: end the issuance before anything is asked
    (ISSU_24a, ISSU_34a, RPRC_22a to RPRC_23); the same, but for one that shows none that this wallet knows; or warn at
    the prompt, as the law allows until the duty starts."""
    access_certificate: Literal["required", "warn", "subject"] = "warn"
    """What an access certificate outside ETSI TS 119 411-8 does: end the request, or stand in the report (RPA_02).
    ``subject``: only who asks must be in it, as the NL Wallet has it."""
    access_certificate_revocation: Literal["required", "best_effort"] = "best_effort"
    """What a list of revoked access certificates, or of issuers' registrations, that cannot be had does: end it, or
    nothing. Who is on the list of access certificates is refused in every profile."""
    short_life: int = 7 * 86_400
    """How many seconds a certificate may live that says it is never revoked (ETSI EN 319 412-1 §5.2.2)."""
    offline_status: Literal["required", "told"] = "told"
    """What a status that cannot be looked up for want of a network does in proximity: end the transaction, or stand in
    the report as not checked (VCR_14 leaves it to who relies on it)."""
    registration_in_certificate: bool = False
    """Whether a registration inside the access certificate counts, as in the NL Wallet 0.5 (extension 2.1.123.1)."""
    anchor_in_x5c: Literal["refused", "accepted"] = "refused"
    issuer_signing_usage: str | None = None
    """The extended key usage, as a dotted number, that the signer of an SD-JWT VC must have."""
    status_signing_usage: str | None = None
    """The extended key usage, as a dotted number, that the signer of a status list must have."""
    status_signer_is_issuer: bool = False
    """Whether the certificate of that signer has the very subject of the credential's issuer."""
    signed_issuer_metadata: Literal["required", "preferred"] = "preferred"
    """Whether a wallet takes an issuer that did not sign its metadata (HAIP 1.0 §4.1 leaves it to the ecosystem)."""
    refuses: tuple[str, ...] = ()
    """What ends a request though OpenID4VP allows it: errors of the linter, by how their id begins (``NL-02``)."""
    proof_of_association: bool = False
    """Whether an answer with cards on several keys proves that one wallet has them all, as the NL Wallet does."""
    nl_wallet_drafts: bool = False
    """Whether cards are asked for and given as the NL Wallet 0.6 does it, in drafts from before OpenID4VCI 1.0, where
    an issuer is made for that; and wallets have a status in their attestation."""
    issuer_and_qualification: bool = False
    """Whether the NL Wallet's server refuses a card that does not say who issued it, or what kind it is."""
    iso_18013_7: bool = False
    """Whether a verifier asks wallets from before OpenID4VP 1.0, as ISO/IEC TS 18013-7:2024 Annex B has it, and only
    those: their requests, answers and session transcripts are other ones."""
    key_attestations_required: bool = False
    """Whether issuers bind cards only to keys that a wallet provider attests, and say so, as TS3 §2.2.2.2 has it."""
    credential_scope_required: bool = True
    """Whether every credential configuration has a scope (HAIP 1.0 §4.1), else ``authorization_details`` will do."""


NL_WALLET_ISSUER_SIGNING = "1.0.18013.5.1.2"
"""The extended key usage of document signers, which the NL Wallet wants of the signer of any card."""
NL_WALLET_STATUS_SIGNING = "1.3.6.1.5.5.7.3.127"
"""What the NL Wallet takes for ``id-kp-oauthStatusSigning``, which has no number yet (Token Status List §10)."""

HAIP_1_0 = Profile(name="haip-1.0", signing_algorithms=frozenset({"ES256"}))

OPENID4VP_1_0 = Profile(
    name="openid4vp-1.0",
    signing_algorithms=frozenset({"ES256", "ES384", "ES512", "EdDSA"}),
    client_id_prefixes=frozenset(
        {
            "pre-registered",
            "redirect_uri",
            "verifier_attestation",
            "decentralized_identifier",
            "x509_san_dns",
            "x509_hash",
        }
    ),
    response_modes=frozenset({"fragment", "direct_post", "direct_post.jwt", "dc_api", "dc_api.jwt"}),
    request_by_value=True,
    reject_silently=False,
    credential_scope_required=False,
    issuer_registration="warn",
)
"""All that the specification itself allows, also requests that nobody signed. Not for real data."""

TRANSITIONAL = Profile(
    name="transitional",
    signing_algorithms=frozenset({"ES256", "ES384", "ES512"}),
    sd_jwt_vc_types=frozenset({"dc+sd-jwt", "vc+sd-jwt"}),
    client_id_prefixes=frozenset({"x509_hash", "x509_san_dns"}),
    request_uri_as_audience=True,
    anchor_in_x5c="accepted",
    credential_scope_required=False,
    issuer_registration="warn",
)
"""Reads what wallets and issuers on their way to 1.0 still send, and only warns of who is not registered."""

STRICT = Profile(
    name="strict",
    signing_algorithms=frozenset({"ES256"}),
    registration_certificate="required",
    access_certificate="required",
    access_certificate_revocation="required",
    short_life=86_400,
    offline_status="required",
)
"""HAIP 1.0, and no request without valid certificates of both kinds, shown not to be revoked (CIR 2024/2982 once the
duty starts)."""

HAIP_STRICT = Profile(
    name="haip-strict",
    signing_algorithms=frozenset({"ES256"}),
    refuses=("A-", "D-", "E-", "HV-", "OLD-", "REQ-", "V-", "W-", "X-"),
)
"""HAIP 1.0 by a wallet that ends a request at each MUST which the verifier breaks, harmless or not."""

EUDI_REFERENCE = Profile(
    name="eudi-reference",
    signing_algorithms=frozenset({"ES256"}),
    client_id_prefixes=frozenset({"x509_hash", "x509_san_dns"}),
    response_modes=frozenset({"direct_post", "direct_post.jwt", "dc_api", "dc_api.jwt"}),
    request_by_value=True,
    credential_scope_required=False,
    issuer_registration="warn",
    key_attestations_required=True,
)
"""The EU reference wallet, as its demonstration app of September 2026 is configured. Its library reads no metadata of
an issuer that has a card without key attestations."""

_NL_WALLET_REFUSES = ("NL-0", "NL-10", "NL-13", "NL-14", "NL-15", "NL-16", "NL-17")

NL_WALLET_0_6 = Profile(
    name="nl-wallet-0.6",
    signing_algorithms=frozenset({"ES256"}),
    response_modes=frozenset({"direct_post.jwt"}),
    access_certificate="subject",
    issuer_registration="warn",
    key_binding_max_ahead=5,
    refuses=_NL_WALLET_REFUSES,
    proof_of_association=True,
    nl_wallet_drafts=True,
    issuer_and_qualification=True,
    issuer_signing_usage=NL_WALLET_ISSUER_SIGNING,
    status_signing_usage=NL_WALLET_STATUS_SIGNING,
    status_signer_is_issuer=True,
)
"""The NL Wallet's development line of August 2026."""

NL_WALLET_0_5 = Profile(
    name="nl-wallet-0.5",
    signing_algorithms=frozenset({"ES256"}),
    request_object_type="jwt",
    client_id_prefixes=frozenset({"x509_san_dns"}),
    response_modes=frozenset({"direct_post.jwt"}),
    access_certificate="subject",
    issuer_registration="warn",
    registration_in_certificate=True,
    key_binding_max_ahead=5,
    refuses=_NL_WALLET_REFUSES,
    proof_of_association=True,
    issuer_and_qualification=True,
    issuer_signing_usage=NL_WALLET_ISSUER_SIGNING,
    status_signing_usage=NL_WALLET_STATUS_SIGNING,
    status_signer_is_issuer=True,
)
"""The NL Wallet's release of March 2026: a relying party is named by a host of its certificate."""

ISO_18013_7 = Profile(
    name="iso-18013-7",
    signing_algorithms=frozenset({"ES256", "ES384", "ES512"}),
    client_id_prefixes=frozenset({"x509_san_dns"}),
    response_modes=frozenset({"direct_post.jwt"}),
    iso_18013_7=True,
)
"""Older wallets, for a verifier that asks for mdocs: ISO/IEC TS 18013-7:2024 Annex B over draft 18 of OpenID4VP."""

PROFILES: dict[str, Profile] = {
    p.name: p
    for p in (
        HAIP_1_0,
        HAIP_STRICT,
        STRICT,
        TRANSITIONAL,
        OPENID4VP_1_0,
        EUDI_REFERENCE,
        NL_WALLET_0_6,
        NL_WALLET_0_5,
        ISO_18013_7,
    )
}


def profile(name: str) -> Profile:
    """The profile of that name. Raises :class:`~nlwallet.errors.LocalError`."""
    try:
        return PROFILES[name]
    except KeyError:
        raise LocalError(f"no profile {name!r}", hint=f"one of {', '.join(PROFILES)}") from None


def named(chosen: Profile | str) -> Profile:
    """``chosen`` itself, or the profile of that name. Raises :class:`~nlwallet.errors.LocalError`."""
    return profile(chosen) if isinstance(chosen, str) else chosen
