"""What an issuer and its authorization server say of themselves, fetched and checked (OpenID4VCI 1.0 §12.2, §12.3).

Metadata that its issuer signed goes before what only came over TLS: with its access certificate (ARF ISSU_22, ISSU_32),
or with the certificate for its credentials, if this wallet trusts that one anyway.
"""

from __future__ import annotations

from typing import Any, Final

from nlwallet.clock import Clock
from nlwallet.crypto import CertificateChain
from nlwallet.encoding import parse_json_object
from nlwallet.errors import InvalidOffer
from nlwallet.holder.card_check import ATTESTATION_PROVIDERS
from nlwallet.holder.issuer_replies import JSON, fetch_json, not_served
from nlwallet.holder.issuer_session import IssuerSession
from nlwallet.holder.keys import KeyStore
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.http import HttpClient
from nlwallet.openid4vci import (
    SIGNED_METADATA_MEDIA_TYPE,
    AuthorizationServerMetadata,
    CredentialIssuerMetadata,
    CredentialOffer,
    authorization_server_metadata_url,
    issuer_metadata_url,
    verify_issuer_metadata,
)
from nlwallet.profiles import Profile
from nlwallet.trust import Anchors, Category

SIGNERS: Final = (Category.ACCESS_CA, Category.PID_PROVIDER, *ATTESTATION_PROVIDERS)
"""Whose certificates may sign metadata. What its signer may issue is decided when a card has come."""

MAX_SERVERS: Final = 4
"""Authorization servers that are asked whether they know a grant of the offer."""


def begin_session(
    offer: CredentialOffer,
    *,
    http: HttpClient,
    clock: Clock,
    provider: WalletProvider | None,
    keys: KeyStore,
    anchors: Anchors,
    profile: Profile,
) -> IssuerSession:
    """A conversation with the issuer of an offer. Raises a :class:`~nlwallet.errors.RemoteError`."""
    document, chain = fetch_issuer(
        offer.credential_issuer, http=http, now=clock.now(), anchors=anchors, profile=profile
    )
    issuer = CredentialIssuerMetadata.parse(document, expected_issuer=offer.credential_issuer)
    for name in offer.credential_configuration_ids:
        issuer.configuration(name)  # what cannot be received is not begun
    of_server, server = _server(offer, issuer, http)
    key = keys.generate()
    dpop_key = key if server.combined_attestation_only else keys.generate()
    return IssuerSession(http, clock, issuer, server, provider, dpop_key, key, (document, of_server), chain)


def fetch_issuer(
    credential_issuer: str, *, http: HttpClient, now: int, anchors: Anchors, profile: Profile
) -> tuple[dict[str, Any], CertificateChain | None]:
    """The issuer metadata as it came, and the certificates of who signed it.

    What is signed wrongly is refused, not read as if nobody had signed it (§12.2.3).

    Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    what = "the issuer metadata"
    trusted = [anchor for category in SIGNERS for anchor in anchors.of(category)]
    accept = f"{SIGNED_METADATA_MEDIA_TYPE}, {JSON};q=0.9" if trusted else JSON
    reply = http.get(issuer_metadata_url(credential_issuer), accept=accept, what=what)
    if reply.status == 200 and reply.content_type == SIGNED_METADATA_MEDIA_TYPE:
        signed = verify_issuer_metadata(
            reply.body.decode("ascii", "replace"),
            expected_issuer=credential_issuer,
            anchors=trusted,
            now=now,
            algorithms=profile.signing_algorithms,
            anchor_in_x5c=profile.anchor_in_x5c,
        )
        return signed.metadata, signed.chain
    if reply.status != 200 or reply.content_type != JSON:
        raise not_served(reply, what)
    if profile.signed_issuer_metadata == "required":
        raise InvalidOffer(
            "nobody signed the issuer metadata",
            spec="HAIP 1.0 §4.1",
            hint=f"this wallet takes {SIGNED_METADATA_MEDIA_TYPE} only",
        )
    return parse_json_object(reply.body, what=what), None


def _server(
    offer: CredentialOffer, issuer: CredentialIssuerMetadata, http: HttpClient
) -> tuple[dict[str, Any], AuthorizationServerMetadata]:
    """The server that the offer chose, else the first that knows a grant of it (§4.1.1, §12.2.4)."""
    chosen = issuer.authorization_server(offer.authorization_server)
    names = (chosen,) if offer.authorization_server is not None else issuer.authorization_servers
    first: tuple[dict[str, Any], AuthorizationServerMetadata] | None = None
    for name in names[:MAX_SERVERS]:
        document = fetch_json(
            authorization_server_metadata_url(name), "the authorization server metadata", http=http
        )
        server = AuthorizationServerMetadata.parse(document, expected_issuer=name)
        if set(server.grant_types) & offer.grants:
            return document, server
        first = first or (document, server)
    assert first is not None  # metadata names at least one
    return first
