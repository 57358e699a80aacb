"""Who sent a request, and how a wallet knows it: the outcome of the rules of a prefix (OpenID4VP 1.0 §5.9.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from nlwallet.crypto import CertificateChain, PublicKey
from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp.client_id import (
    PRE_REGISTERED,
    REDIRECT_URI,
    X509_SAN_DNS,
    ClientIdentifier,
)
from nlwallet.openid4vp.did import DidDocument
from nlwallet.openid4vp.metadata import ClientMetadata


@dataclass(frozen=True, slots=True)
class PreRegisteredClient:
    """A verifier that the wallet knows in advance (§5.9.2).

    ``keys`` verify its signed requests; one without keys sends unsigned ones. ``uris`` are the redirect and
    response URIs that it may use, compared character by character. ``client_metadata`` is what the wallet
    holds of it: a request that brings its own is refused with ``invalid_client`` (§8.5).
    """

    client_id: str
    uris: frozenset[str]
    keys: tuple[PublicKey, ...] = ()
    name: str = ""
    client_metadata: ClientMetadata | None = None


@dataclass(frozen=True, slots=True)
class KnownClients:
    """What a wallet knows about verifiers beside its anchors; empty unless somebody fills it.

    ``pre_registered`` maps client identifiers to clients. ``attestation_issuers`` maps the ``iss`` of a
    verifier attestation to the keys of an issuer that the wallet trusts (§12). ``dids`` maps a DID to the
    document that was resolved for this request.
    """

    pre_registered: Mapping[str, PreRegisteredClient] = field(default_factory=dict)
    attestation_issuers: Mapping[str, tuple[PublicKey, ...]] = field(default_factory=dict)
    dids: Mapping[str, DidDocument] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuthenticatedClient:
    """The client of a request, as far as its prefix lets a wallet know it.

    ``signed`` says whether a key of the client vouches for the request; without a signature the only thing
    known is where the answer goes. ``chain`` is the access certificate, for the ``x509_`` prefixes.
    """

    identifier: ClientIdentifier
    signed: bool
    chain: CertificateChain | None = None
    attestation: Mapping[str, Any] | None = field(default=None, repr=False)
    """The claims of the verifier attestation, verified."""
    registered: PreRegisteredClient | None = None

    @property
    def name(self) -> str:
        """What a person may be shown: the name that is vouched for, else the identifier's value."""
        if self.chain is not None:
            return self.chain.leaf.subject.common_name or self.identifier.value
        if self.registered is not None and self.registered.name:
            return self.registered.name
        return self.identifier.value

    def check_response_uri(self, uri: str, *, pointer: str) -> None:
        """``uri`` (response_uri or redirect_uri) is one that this client may use (§5.9.3, §8.2).

        With ``x509_hash`` and ``decentralized_identifier`` the signature over it is the binding. Raises
        :class:`~nlwallet.errors.InvalidRequest`.
        """
        prefix, value = self.identifier.prefix, self.identifier.value
        if prefix == X509_SAN_DNS:
            allowed = urlsplit(uri).hostname == value.lower()
            what = "is on another host than the client identifier names"
        elif prefix == REDIRECT_URI:
            allowed, what = uri == value, "is not the URI that the client identifier names"
        elif prefix == PRE_REGISTERED:
            allowed = self.registered is not None and uri in self.registered.uris
            what = "is not registered for this client"
        elif self.attestation is not None and "redirect_uris" in self.attestation:
            allowed = uri in self.attestation["redirect_uris"]
            what = "is not among the redirect_uris of the verifier attestation"
        else:
            return
        if not allowed:
            raise InvalidRequest(
                f"{pointer.removeprefix('/')} {what}", spec="OpenID4VP 1.0 §5.9.3", pointer=pointer
            )
