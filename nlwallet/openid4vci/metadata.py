"""What a credential issuer says of itself (OpenID4VCI 1.0 §12.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidOffer
from nlwallet.openid4vci.claim_names import ClaimName, claim_names_in, names_in
from nlwallet.openid4vci.claims_description import fault_in_claims
from nlwallet.openid4vci.encryption import EncryptionTo, encryption_of_issuer, response_enc
from nlwallet.openid4vci.issuer_info import registration_certificates_in
from nlwallet.openid4vci.key_attestation import KeyAttestationsRequired
from nlwallet.openid4vci.reuse_policy import ReusePolicy
from nlwallet.openid4vci.url import is_endpoint_of, is_offering_issuer
from nlwallet.registration import DisclosurePolicy

MAX_BATCH_SIZE = 100
MAX_TYPE_LENGTH = 512

CredentialFormat: TypeAlias = Literal["dc+sd-jwt", "mso_mdoc"]

_TYPE_MEMBERS: Mapping[CredentialFormat, str] = {"dc+sd-jwt": "vct", "mso_mdoc": "doctype"}
"""Which member of a configuration names the type (§A.2.2, §A.3.2)."""


def well_known(identifier: str, suffix: str) -> str:
    """Where the metadata of ``identifier`` is: ``suffix`` goes between host and path (§12.2.2, RFC 8414 §3)."""
    parts = urlsplit(identifier)
    return f"{parts.scheme}://{parts.netloc}/.well-known/{suffix}{parts.path.removesuffix('/')}"


def issuer_metadata_url(credential_issuer: str) -> str:
    """The URL of the credential issuer metadata."""
    return well_known(credential_issuer, "openid-credential-issuer")


def authorization_server_metadata_url(issuer: str) -> str:
    """The URL of the authorization server metadata."""
    return well_known(issuer, "oauth-authorization-server")


@dataclass(frozen=True, slots=True)
class OfferedConfiguration:
    """What a wallet needs of one entry of ``credential_configurations_supported``.

    ``proof_algorithms`` are those of ``jwt`` proofs, ``attestation_algorithms`` those of ``attestation`` proofs;
    empty where the issuer takes no such proof.
    """

    id: str
    vct: str
    """The type: of an mdoc its docType (§A.2.2)."""
    type_metadata_uri: str | None
    proof_algorithms: tuple[str, ...]
    scope: str | None = None
    attestation_algorithms: tuple[str, ...] = ()
    key_attestations_required: KeyAttestationsRequired | None = None
    reuse_policies: tuple[ReusePolicy, ...] = ()
    """How the issuer wants copies to be used, first choice first."""
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What the issuer calls it, by language tag (§12.2.4, ``display``)."""
    format: CredentialFormat = "dc+sd-jwt"
    disclosure_policy: DisclosurePolicy | None = None
    """To whom the issuer wants the card shown (ARF EDP_09); ``None`` where it does not say."""
    claims: tuple[ClaimName, ...] = ()
    """What the issuer calls the claims, in the order in which it wants them shown (§12.2.4, §B.2)."""


@dataclass(frozen=True, slots=True)
class CredentialIssuerMetadata:
    """Issuer metadata as a wallet reads it: checked, and reduced to what is used."""

    credential_issuer: str
    credential_endpoint: str
    nonce_endpoint: str
    authorization_servers: tuple[str, ...]
    batch_size: int
    configurations_supported: Mapping[str, Any]
    """As received: one that this wallet cannot read must not stand in the way of another."""
    deferred_credential_endpoint: str | None = None
    notification_endpoint: str | None = None
    batch_credential_endpoint: str | None = None
    """Of the drafts before 1.0; where the NL Wallet asks for several credentials."""
    credential_preview_endpoint: str | None = None
    """Of the NL Wallet; where it looks at what a token is good for."""
    request_encryption: EncryptionTo | None = None
    request_encryption_required: bool = False
    response_encryption_required: bool = False
    response_enc: str | None = None
    """The content encryption for responses, if the issuer encrypts them in a way that this wallet can read."""
    shared_servers: bool = False
    """Whether the metadata names authorization servers, which may serve other issuers too (§5.1.1)."""
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What the issuer calls itself, by language tag; nobody vouches for it."""
    registration_certificates: tuple[str, ...] = field(default=(), repr=False)
    """Those in ``issuer_info``, unverified (ARF RPRC_22)."""

    @classmethod
    def parse(cls, value: dict[str, Any], *, expected_issuer: str) -> CredentialIssuerMetadata:
        """Read the metadata. Raises :class:`~nlwallet.errors.InvalidOffer` (§12.2.4)."""
        if not is_offering_issuer(expected_issuer) or value.get("credential_issuer") != expected_issuer:
            raise _invalid("the metadata is of another issuer", "/credential_issuer")
        servers = value.get("authorization_servers", [expected_issuer])
        if (
            not isinstance(servers, list)
            or not servers
            or not all(is_offering_issuer(one) and is_endpoint_of(one, expected_issuer) for one in servers)
        ):
            raise _invalid("authorization_servers is no array of https URLs", "/authorization_servers")
        batch = value.get("batch_credential_issuance")
        size = batch.get("batch_size") if isinstance(batch, dict) else 1
        if type(size) is not int or not (1 if batch is None else 2) <= size:
            raise _invalid("batch_size is at least 2", "/batch_credential_issuance/batch_size")
        supported = value.get("credential_configurations_supported")
        if not isinstance(supported, dict):
            raise _invalid("no credential configurations", "/credential_configurations_supported")
        of_requests = _encryption(value, "credential_request_encryption")
        of_responses = _encryption(value, "credential_response_encryption")
        if of_responses.get("encryption_required") and not of_requests:
            # Who asks for an encrypted response must encrypt the request too (§8.2).
            raise _invalid(
                "responses are encrypted, and requests cannot be", "/credential_response_encryption"
            )
        enc = response_enc(of_responses)
        if of_responses.get("encryption_required") and enc is None:
            raise _invalid(
                "responses are encrypted in a way that this wallet cannot read",
                "/credential_response_encryption",
            )
        return cls(
            credential_issuer=expected_issuer,
            credential_endpoint=_endpoint(value, "credential_endpoint"),
            nonce_endpoint=_endpoint(value, "nonce_endpoint"),
            authorization_servers=tuple(servers),
            batch_size=min(size, MAX_BATCH_SIZE),
            configurations_supported=supported,
            deferred_credential_endpoint=_optional_endpoint(value, "deferred_credential_endpoint"),
            notification_endpoint=_optional_endpoint(value, "notification_endpoint"),
            batch_credential_endpoint=_optional_endpoint(value, "batch_credential_endpoint"),
            credential_preview_endpoint=_optional_endpoint(value, "credential_preview_endpoint"),
            request_encryption=encryption_of_issuer(of_requests) if of_requests else None,
            request_encryption_required=bool(of_requests.get("encryption_required", False)),
            response_encryption_required=bool(of_responses.get("encryption_required", False)),
            response_enc=enc,
            shared_servers="authorization_servers" in value,
            names=names_in(value),
            registration_certificates=registration_certificates_in(value),
        )

    def authorization_server(self, chosen: str | None) -> str:
        """The server to ask: the one that an offer ``chose``, else the only or first one (§4.1.1).

        An offer should not name the only one, but then nothing else can be meant.

        Raises :class:`~nlwallet.errors.InvalidOffer` for one that the metadata does not name.
        """
        if chosen is not None and chosen not in self.authorization_servers:
            raise InvalidOffer(
                "the offer names an authorization server that the issuer does not let choose",
                spec="OpenID4VCI 1.0 §4.1.1",
                pointer="/grants",
            )
        return chosen or self.authorization_servers[0]

    def configuration(self, id_: str) -> OfferedConfiguration:
        """The configuration of that id. Raises InvalidOffer when this wallet cannot receive it."""
        entry = self.configurations_supported.get(id_)
        if not isinstance(entry, dict) or entry.get("format") not in _TYPE_MEMBERS:
            raise _invalid(
                "the offered credential is not among those that this wallet can receive",
                "/credential_configurations_supported",
                f"supported are {' and '.join(_TYPE_MEMBERS)}",
            )
        return _configuration(
            self.credential_issuer, id_, entry, "/credential_configurations_supported" + json_pointer([id_])
        )


def _endpoint(metadata: dict[str, Any], name: str) -> str:
    url = metadata.get(name)
    if not is_endpoint_of(url, metadata["credential_issuer"]):
        raise _invalid(f"{name} is no https URL", f"/{name}")
    return url


def _optional_endpoint(metadata: dict[str, Any], name: str) -> str | None:
    return _endpoint(metadata, name) if name in metadata else None


def _encryption(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    terms = value.get(name, {})
    if not isinstance(terms, dict) or not isinstance(terms.get("encryption_required", False), bool):
        raise _invalid("it is no object, or encryption_required is neither true nor false", f"/{name}")
    return terms


def _configuration(issuer: str, id_: str, entry: Mapping[str, Any], pointer: str) -> OfferedConfiguration:
    format_: CredentialFormat = entry["format"]
    named = _TYPE_MEMBERS[format_]
    vct, uri, scope = entry.get(named), entry.get("type_metadata_uri"), entry.get("scope")
    if not isinstance(vct, str) or not 0 < len(vct) <= MAX_TYPE_LENGTH or not vct.isprintable():
        raise _invalid(
            f"{named} is no name of 1 to {MAX_TYPE_LENGTH} visible characters", f"{pointer}/{named}"
        )
    if uri is not None and not is_endpoint_of(uri, issuer):
        raise _invalid("type_metadata_uri is no https URL", f"{pointer}/type_metadata_uri")
    if scope is not None and (not isinstance(scope, str) or not scope or " " in scope):
        raise _invalid("scope is no single scope value", f"{pointer}/scope")
    described = entry.get("credential_metadata")
    if isinstance(described, dict) and "claims" in described:
        fault = fault_in_claims(described["claims"])
        if fault is not None:
            raise _invalid(fault[0], f"{pointer}/credential_metadata/claims{fault[1]}")
    policy = DisclosurePolicy.of_configuration(entry, pointer=pointer)
    pointer = f"{pointer}/proof_types_supported"
    proofs = entry.get("proof_types_supported")
    if not isinstance(proofs, dict) or not {"jwt", "attestation"} & proofs.keys():
        raise _invalid("neither the jwt nor the attestation proof type is offered", pointer)
    return OfferedConfiguration(
        id_,
        vct,
        uri,
        _proof_algorithms(proofs, "jwt", pointer),
        scope,
        _proof_algorithms(proofs, "attestation", pointer),
        _key_attestations(proofs),
        ReusePolicy.all_in(described),
        names_in(described),
        format_,
        policy,
        claim_names_in(described),
    )


def _proof_algorithms(proofs: Mapping[str, Any], kind: str, pointer: str) -> tuple[str, ...]:
    if kind not in proofs:
        return ()
    terms = proofs[kind]
    algorithms = terms.get("proof_signing_alg_values_supported") if isinstance(terms, dict) else None
    if (
        not isinstance(algorithms, list)
        or not algorithms
        or not all(isinstance(name, str) for name in algorithms)
    ):
        raise _invalid("proof_signing_alg_values_supported is no array of names", f"{pointer}/{kind}")
    return tuple(algorithms)


def _key_attestations(proofs: Mapping[str, Any]) -> KeyAttestationsRequired | None:
    """What is required of keys, by either proof type: our attestations say the same in both."""
    for terms in proofs.values():
        wanted = terms.get("key_attestations_required") if isinstance(terms, dict) else None
        if isinstance(wanted, dict):
            names = (wanted.get(name, ()) for name in ("key_storage", "user_authentication"))
            storage, authentication = (
                tuple(filter(_is_text, one)) if isinstance(one, list) else () for one in names
            )
            return KeyAttestationsRequired(storage, authentication)
    return KeyAttestationsRequired() if "attestation" in proofs and "jwt" not in proofs else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _invalid(reason: str, pointer: str, hint: str = "") -> InvalidOffer:
    return InvalidOffer(
        f"issuer metadata: {reason}", spec="OpenID4VCI 1.0 §12.2.4", pointer=pointer, hint=hint
    )
