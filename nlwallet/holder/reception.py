"""Receiving cards: offer, metadata, token, nonce, key proof, credential, and every check before it is kept.

OpenID4VCI 1.0 with the pre-authorized code. A reception keeps what it got so far to itself: the wallet
stores its cards only when all of them are right.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, PrivateKey
from nlwallet.dcql import CandidateCredential
from nlwallet.encoding import b64url_decode, parse_json, parse_json_object
from nlwallet.errors import (
    InvalidCredential,
    InvalidOffer,
    IssuanceRefused,
    LocalError,
    RemoteError,
    TransportError,
)
from nlwallet.holder.examine import PID
from nlwallet.holder.labels import Labels
from nlwallet.holder.log import Counterparty, LogEntry, LogOutcome
from nlwallet.holder.readable import plain
from nlwallet.holder.vault import Card
from nlwallet.http import HttpClient, HttpReply
from nlwallet.openid4vci import (
    PRE_AUTHORIZED_CODE,
    CredentialIssuerMetadata,
    CredentialOffer,
    OfferedConfiguration,
    authorization_server_metadata_url,
    endpoint,
    issuer_metadata_url,
    sign_proof,
)
from nlwallet.profiles import Profile
from nlwallet.sdjwt import (
    SdJwtVc,
    TypeMetadataRegistry,
    X5cIssuer,
    check_against_type_metadata,
    verify_sd_jwt_vc,
)
from nlwallet.trust import Category, TrustAnchors

PID_TYPES: Final = "urn:eudi:pid:"
"""What every PID type begins with (PID rulebook 1.7 §4.1): none but a PID provider may issue one."""

ATTESTATION_PROVIDERS: Final = (Category.QEAA_PROVIDER, Category.PUB_EAA_PROVIDER, Category.EAA_PROVIDER)
MAX_TYPE_DOCUMENTS: Final = 8

_JSON: Final = "application/json"
_CODE: Final = re.compile(r"[a-z_]{1,64}")


@dataclass(slots=True)
class Reception:
    """One run through an offer; use it once. ``types`` may have grown when it is done."""

    anchors: TrustAnchors
    http: HttpClient
    clock: Clock
    profile: Profile
    types: TypeMetadataRegistry
    party: Counterparty = field(default_factory=Counterparty)
    requested: tuple[str, ...] = ()

    def receive(self, offer_uri: str, *, tx_code: str | None) -> tuple[Card, ...]:
        """The cards of an offer, each verified.

        Raises a :class:`~nlwallet.errors.RemoteError`, or :class:`~nlwallet.errors.LocalError` when the
        offer needs a ``tx_code`` and none was given.
        """
        offer = CredentialOffer.parse(offer_uri)
        self.party = Counterparty(host=urlsplit(offer.credential_issuer).hostname or "")
        if offer.tx_code is not None and not tx_code:
            raise LocalError(
                "this offer needs the code that the issuer gave you another way",
                code="tx_code_required",
                spec="OpenID4VCI 1.0 §6.1",
                hint="receive(offer, tx_code=...)",
            )
        metadata = CredentialIssuerMetadata.parse(
            self._fetch(issuer_metadata_url(offer.credential_issuer), "the issuer metadata"),
            expected_issuer=offer.credential_issuer,
        )
        wanted = [metadata.configuration(name) for name in offer.credential_configuration_ids]
        self.requested = tuple(configuration.vct for configuration in wanted)
        token = self._token(metadata, offer, tx_code if offer.tx_code is not None else None)
        return tuple(self._card(configuration, metadata, token) for configuration in wanted)

    def entry(self, outcome: LogOutcome, *, cards: Sequence[Card] = (), reason: str = "") -> LogEntry:
        """The log entry of this reception (DASH_05)."""
        party = self.party
        if cards:
            party = Counterparty(trade_name=cards[0].issuer, host=party.host, verified=True)
        types = tuple(card.type for card in cards) or self.requested
        return LogEntry(self.clock.now(), "issuance", outcome, party, types=types, reason=reason)

    # The exchange ----------------------------------------------------------------------------

    def _token(self, metadata: CredentialIssuerMetadata, offer: CredentialOffer, tx_code: str | None) -> str:
        server = self._fetch(
            authorization_server_metadata_url(metadata.authorization_server),
            "the authorization server metadata",
        )
        if server.get("issuer") != metadata.authorization_server:
            raise InvalidOffer(
                "the authorization server metadata is of another server",
                spec="RFC 8414 §3.3",
                pointer="/issuer",
            )
        form = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": offer.pre_authorized_code}
        if tx_code is not None:
            form["tx_code"] = tx_code
        what = "the token response"
        reply = self.http.post_form(endpoint(server, "token_endpoint"), form, accept=_JSON, what=what)
        members = _read(reply, what, spec="OpenID4VCI 1.0 §6.3")
        token = members.get("access_token")
        if not isinstance(token, str) or not token or str(members.get("token_type")).lower() != "bearer":
            raise InvalidOffer(
                "the token response has no bearer token", spec="RFC 6749 §5.1", pointer="/access_token"
            )
        return token

    def _card(
        self, configuration: OfferedConfiguration, metadata: CredentialIssuerMetadata, token: str
    ) -> Card:
        if not self.profile.signing_algorithms & set(configuration.proof_algorithms) & {"ES256"}:
            raise InvalidOffer(
                "the issuer takes no proof that this wallet can make",
                spec="OpenID4VCI 1.0 §12.2.4",
                hint="ES256 in proof_signing_alg_values_supported",
            )
        key = PrivateKey.generate()
        try:
            text = self._credential(configuration, metadata, token, key)
        except IssuanceRefused as error:
            if error.code != "invalid_nonce":
                raise
            text = self._credential(
                configuration, metadata, token, key
            )  # once more, with a fresh nonce (§8.3.1)
        return self._verified(text, configuration, metadata, key)

    def _credential(
        self,
        configuration: OfferedConfiguration,
        metadata: CredentialIssuerMetadata,
        token: str,
        key: PrivateKey,
    ) -> str:
        what = "the nonce response"
        reply = self.http.post_form(metadata.nonce_endpoint, {}, accept=_JSON, what=what)
        nonce = _read(reply, what, spec="OpenID4VCI 1.0 §7.2").get("c_nonce")
        if not isinstance(nonce, str) or not nonce:
            raise InvalidOffer(
                "the nonce response has no c_nonce", spec="OpenID4VCI 1.0 §7.2", pointer="/c_nonce"
            )
        proof = sign_proof(key, audience=metadata.credential_issuer, nonce=nonce, now=self.clock.now())
        what = "the credential response"
        reply = self.http.post_json(
            metadata.credential_endpoint,
            {"credential_configuration_id": configuration.id, "proofs": {"jwt": [proof]}},
            accept=_JSON,
            what=what,
            headers={"Authorization": f"Bearer {token}"},
        )
        credentials = _read(reply, what, spec="OpenID4VCI 1.0 §8.3").get("credentials")
        # One proof was sent, so one credential comes (§8.3); a deferred one is not supported yet.
        if not isinstance(credentials, list) or len(credentials) != 1 or not isinstance(credentials[0], dict):
            raise InvalidCredential(
                "the credential response has not exactly one credential",
                spec="OpenID4VCI 1.0 §8.3",
                pointer="/credentials",
                hint="deferred issuance is not supported yet" if reply.status == 202 else "",
            )
        text = credentials[0].get("credential")
        if not isinstance(text, str):
            raise InvalidCredential(
                "the credential is not a string", spec="OpenID4VCI 1.0 §A.3.4", pointer="/credentials/0"
            )
        return text

    # The checks ------------------------------------------------------------------------------

    def _verified(
        self,
        text: str,
        configuration: OfferedConfiguration,
        metadata: CredentialIssuerMetadata,
        key: PrivateKey,
    ) -> Card:
        """Signature, chain, form (RFC 9901 §7.2), then key, type and type metadata (HAIP 1.0 §6.1.1)."""
        now = self.clock.now()
        types = self._types_for(configuration, metadata)
        credential = verify_sd_jwt_vc(
            text,
            issuer_key=X5cIssuer(
                self._issuers(configuration.vct, types), anchor_in_x5c=self.profile.anchor_in_x5c
            ),
            now=now,
            profile=self.profile,
        )
        if credential.vct != configuration.vct:
            raise InvalidCredential(
                "the credential is of another type than was offered",
                spec="OpenID4VCI 1.0 §A.3.2",
                pointer="/payload/vct",
            )
        if credential.holder_key != key.public:
            raise InvalidCredential(
                "the credential is not bound to the key that was proven",
                spec="OpenID4VCI 1.0 §8.2",
                pointer="/payload/cnf",
            )
        if credential.vct in types:
            integrity = credential.claims.get("vct#integrity")
            effective = types.effective(
                credential.vct, integrity=integrity if isinstance(integrity, str) else None
            )
            check_against_type_metadata(
                credential.claims, credential.disclosable_paths(), effective, complete=True
            )
        self.types = types
        return _as_card(credential, key, types, now=now)

    def _issuers(self, vct: str, types: TypeMetadataRegistry) -> tuple[Certificate, ...]:
        if vct.startswith(PID_TYPES) or PID in types.ancestors(vct):
            return self.anchors.of(Category.PID_PROVIDER)
        return tuple(anchor for category in ATTESTATION_PROVIDERS for anchor in self.anchors.of(category))

    def _types_for(
        self, configuration: OfferedConfiguration, metadata: CredentialIssuerMetadata
    ) -> TypeMetadataRegistry:
        """The type metadata with that of the offered type: known already, or from the issuer itself.

        No other address is asked: a URL in a credential may lead anywhere (SD-JWT VC §7.1).
        """
        uri = configuration.type_metadata_uri
        if configuration.vct in self.types or uri is None:
            return self.types
        if _origin(uri) != _origin(metadata.credential_issuer):
            return self.types
        what = "the type metadata"
        reply = self.http.get(uri, accept=_JSON, what=what)
        if reply.status != 200:
            raise TransportError(f"{what} was answered with HTTP status {reply.status}")
        documents = parse_json(reply.body, what=what)
        if (
            not isinstance(documents, list)
            or not 0 < len(documents) <= MAX_TYPE_DOCUMENTS
            or not all(isinstance(document, str) for document in documents)
        ):
            raise InvalidOffer(f"{what} is no array of documents", spec="SD-JWT VC §5.3.2")
        return self.types.adding([b64url_decode(document) for document in documents])

    def _fetch(self, url: str, what: str) -> dict[str, Any]:
        reply = self.http.get(url, accept=_JSON, what=what)
        if reply.status != 200 or reply.content_type != _JSON:
            raise TransportError(
                f"{what} was answered with HTTP status {reply.status} and type {reply.content_type or 'none'}",
                spec="OpenID4VCI 1.0 §12.2.2",
                hint="200 and application/json",
            )
        return parse_json_object(reply.body, what=what)


def _as_card(credential: SdJwtVc, key: PrivateKey, types: TypeMetadataRegistry, *, now: int) -> Card:
    assert credential.chain is not None  # X5cIssuer has no other way
    subject = credential.chain.leaf.subject
    return Card(
        candidate=CandidateCredential(
            id=secrets.token_urlsafe(16),
            format="dc+sd-jwt",
            types=types.ancestors(credential.vct),
            claims=credential.claims,
            authority_key_ids=credential.chain.authority_key_ids,
            disclosable=credential.disclosable_paths(),
        ),
        issuer=subject.organization or subject.common_name,
        names=Labels(types).names(credential.vct),
        received_at=now,
        expires_at=credential.expires_at,
        credential=credential,
        key=key,
    )


def _read(reply: HttpReply, what: str, *, spec: str) -> dict[str, Any]:
    """The JSON of a reply; an error response becomes :class:`~nlwallet.errors.IssuanceRefused`."""
    if reply.status in (200, 202) and reply.content_type == _JSON:
        return parse_json_object(reply.body, what=what)
    code, said = "", ""
    try:
        members = parse_json_object(reply.body, what=what)
    except RemoteError:
        members = {}
    if isinstance(members.get("error"), str) and _CODE.fullmatch(members["error"]):
        code = members["error"]
    if isinstance(members.get("error_description"), str):
        said = f"the issuer says: {plain(members['error_description'], 200)}"
    raise IssuanceRefused(
        f"{what} was answered with HTTP status {reply.status}",
        code=code or "unexpected_reply",
        spec=spec,
        hint=said,
    )


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
