"""From a token to cards: keys, proofs, credential requests, and every check of what came (OpenID4VCI 1.0 §7 to §9).

What is wrong in any way is left alone as a whole, and its issuer hears that it failed (§11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

from nlwallet.clock import Clock
from nlwallet.crypto import SigningKey
from nlwallet.errors import InvalidCredential, InvalidOffer, IssuanceRefused, NlWalletError, RemoteError
from nlwallet.holder.card_check import CardCheck, types_with
from nlwallet.holder.copies import ReuseMethod, reuse_of
from nlwallet.holder.deliveries import Delivery, PromisedCard, Renewal
from nlwallet.holder.keys import KeyStore
from nlwallet.http import HttpClient, StatusChecker
from nlwallet.openid4vci import (
    CredentialRequest,
    CredentialResponse,
    DeferredCredentialRequest,
    OfferedConfiguration,
    ProofType,
    TokenResponse,
    sign_proof,
)
from nlwallet.openid4vci.nl_wallet_drafts import DraftRequest, batch_request, parse_batch_response
from nlwallet.profiles import Profile
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Anchors

BATCH_SIZE: Final = 4
"""Copies of a card that a wallet asks for where the issuer has no wish, so that each can be shown once (WI-15)."""

MAX_CARDS: Final = 64
"""Cards of one issuance; each takes exchanges with the issuer."""


@dataclass(frozen=True, slots=True)
class Got:
    """What came of one request: a card that passed every check, or a promise; and the types known by now."""

    deliveries: tuple[Delivery, ...]
    promised: tuple[PromisedCard, ...]
    types: TypeMetadataRegistry


@dataclass(slots=True)
class CredentialExchange:
    """Asks for credentials and checks them. ``batch_size`` is how many copies to ask for at most."""

    anchors: Anchors
    http: HttpClient
    clock: Clock
    profile: Profile
    status_lists: StatusChecker
    keys: KeyStore
    batch_size: int | None
    changes: Callable[[], AbstractContextManager[None]] = nullcontext
    """In it stands what must not be lost (:attr:`Belongings.changes`)."""
    asked: int = 0
    """How many copies it asked for so far (ARF DASH_05 d)."""

    def ask(self, renewal: Renewal, types: TypeMetadataRegistry) -> Got:
        """A card with fresh keys. Raises a :class:`~nlwallet.errors.RemoteError`."""
        keys = tuple(self.keys.generate() for _ in range(self._count(renewal)))
        self.asked += len(keys)
        try:
            try:
                response = self._request(renewal, keys)
            except IssuanceRefused as error:
                if error.code != "invalid_nonce":
                    raise
                response = self._request(renewal, keys)  # once more, with a fresh nonce (§8.3.1)
            return self._taken(response, renewal, keys, types)
        except NlWalletError:
            self.keys.forget(keys)
            raise

    def collect(self, promise: PromisedCard, types: TypeMetadataRegistry) -> Got:
        """A promised card, or the promise anew. Raises a RemoteError, also when the issuer decided against it."""
        self.asked += len(promise.keys)
        try:
            response = self._deferred(promise)
        except IssuanceRefused as error:
            if error.code != "invalid_token" or not promise.renewal.held.refreshable:
                raise
            promise.renewal.held.refresh(self.changes)  # the token was for minutes, the promise for days
            response = self._deferred(promise)
        if response.transaction_id not in (None, promise.transaction_id):
            raise InvalidCredential(
                "the issuer answered another transaction",
                spec="OpenID4VCI 1.0 §9.2",
                pointer="/transaction_id",
            )
        return self._taken(response, promise.renewal, promise.keys, types, replaces=promise.replaces)

    # ----------------------------------------------------------------------------------------------

    def _count(self, renewal: Renewal) -> int:
        """How many copies: as many as the issuer's policy says, else as this wallet likes (ARF ISSU_45, ISSU_48)."""
        if self._in_drafts(renewal):
            return renewal.session.issuer.batch_size  # such an issuer takes no other number
        method, policy = reuse_of(renewal.configuration)
        if method is ReuseMethod.LIMITED_TIME:
            return 1
        wanted = policy.batch_size or BATCH_SIZE
        at_most = wanted if self.batch_size is None else self.batch_size
        return max(1, min(wanted, at_most, renewal.session.issuer.batch_size))

    def _request(self, renewal: Renewal, keys: Sequence[SigningKey]) -> CredentialResponse:
        session = renewal.session
        nonce = session.nonce()
        proof_type, proofs = self._proofs(renewal, keys, nonce)
        if self._in_drafts(renewal):
            return self._request_in_drafts(renewal, proofs)
        encryption = session.encryption()
        request = CredentialRequest(
            renewal.configuration.id if renewal.identifier is None else None,
            proofs,
            renewal.identifier,
            proof_type,
            encryption[1] if encryption else None,
        )
        members = session.post(
            session.issuer.credential_endpoint,
            request.as_json(),
            renewal.token,
            what="the credential response",
            decrypt_with=encryption,
        )
        return self._read(members, renewal, keys)

    def _in_drafts(self, renewal: Renewal) -> bool:
        """Whether to ask as the NL Wallet does, of an issuer that is made for it."""
        has_endpoint = renewal.session.issuer.batch_credential_endpoint is not None
        return self.profile.nl_wallet_drafts and has_endpoint

    def _request_in_drafts(self, renewal: Renewal, proofs: Sequence[str]) -> CredentialResponse:
        session, wanted = renewal.session, renewal.configuration
        requests = [DraftRequest(wanted.format, wanted.vct, proof) for proof in proofs]
        what, alone = "the credential response", len(requests) == 1
        url = session.issuer.credential_endpoint if alone else session.issuer.batch_credential_endpoint or ""
        body = requests[0].as_json() if alone else batch_request(requests)
        members = session.post(url, body, renewal.token, what=what)
        if alone:
            return CredentialResponse.parse(members, proofs=1)
        return parse_batch_response(members, requests=len(requests))

    def _deferred(self, promise: PromisedCard) -> CredentialResponse:
        session = promise.renewal.session
        endpoint = _deferred_endpoint(promise.renewal)
        encryption = session.encryption()
        request = DeferredCredentialRequest(promise.transaction_id, encryption[1] if encryption else None)
        members = session.post(
            endpoint,
            request.as_json(),
            promise.renewal.token,
            what="the deferred credential response",
            decrypt_with=encryption,
        )
        return self._read(members, promise.renewal, promise.keys)

    def _read(
        self, members: Mapping[str, Any], renewal: Renewal, keys: Sequence[SigningKey]
    ) -> CredentialResponse:
        try:
            return CredentialResponse.parse(members, proofs=len(keys))
        except RemoteError as error:
            _tell_failure(renewal, members.get("notification_id"), error)
            raise

    def _proofs(
        self, renewal: Renewal, keys: Sequence[SigningKey], nonce: str
    ) -> tuple[ProofType, tuple[str, ...]]:
        session, configuration = renewal.session, renewal.configuration
        ours = self.profile.signing_algorithms & {"ES256"}
        attested = None
        if configuration.key_attestations_required is not None:
            if session.provider is None:
                raise InvalidOffer(
                    "the issuer wants the keys attested, and nobody attests those of this wallet",
                    spec="OpenID4VCI 1.0 §F.1",
                    hint="give the wallet a provider",
                )
            attested = session.provider.attest_keys([key.public for key in keys], nonce=nonce)
            if not ours & set(configuration.proof_algorithms):
                return "attestation", (attested,)
        if not ours & set(configuration.proof_algorithms):
            raise InvalidOffer(
                "the issuer takes no proof that this wallet can make",
                spec="OpenID4VCI 1.0 §12.2.4",
                hint="ES256 in proof_signing_alg_values_supported",
            )
        signing = keys[:1] if attested is not None else keys
        return "jwt", tuple(
            sign_proof(
                key,
                audience=session.issuer.credential_issuer,
                nonce=nonce,
                now=self.clock.now(),
                client_id=session.client_id if session.identified else None,
                key_attestation=attested,
            )
            for key in signing
        )

    def _taken(
        self,
        response: CredentialResponse,
        renewal: Renewal,
        keys: tuple[SigningKey, ...],
        types: TypeMetadataRegistry,
        *,
        replaces: str | None = None,
    ) -> Got:
        """The card of a response, all of its copies right or none; the issuer hears of a failure (§11)."""
        configuration, session, now = renewal.configuration, renewal.session, self.clock.now()
        if response.transaction_id is not None:
            _deferred_endpoint(renewal)
            ask_at = now + (response.interval or 0)
            promise = PromisedCard(response.transaction_id, ask_at, renewal, keys, replaces)
            return Got((), (promise,), types)
        try:
            known = types_with(configuration, session.issuer.credential_issuer, types, http=self.http)
            check = CardCheck(self.anchors, self.profile, known, self.status_lists)
            card = check.card(response.credentials, configuration, keys, now=now)
        except RemoteError as error:
            _tell_failure(renewal, response.notification_id, error)
            raise
        used = {copy.key.public for copy in card.copies.all}
        self.keys.forget([key for key in keys if key.public not in used])
        return Got((Delivery(card, renewal, response.notification_id),), (), known)


def wanted_of(
    token: TokenResponse, wanted: Sequence[OfferedConfiguration]
) -> list[tuple[OfferedConfiguration, str | None]]:
    """What to ask for with a token: data sets by identifier where the token names any, else configurations (§8.2).

    What the token leaves out was not granted: the holder may have chosen less at the issuer's page. Raises
    :class:`~nlwallet.errors.InvalidOffer` when nothing is left, or too much.
    """
    details = token.authorization_details
    if not details:
        return [(one, None) for one in wanted]
    found: list[tuple[OfferedConfiguration, str | None]] = [
        (one, identifier)
        for one in wanted
        for identifier in dict.fromkeys(
            name
            for detail in details
            if detail.configuration_id == one.id
            for name in detail.credential_identifiers
        )
    ]
    if not found or len(found) > MAX_CARDS:
        raise InvalidOffer(
            f"the token is good for more than {MAX_CARDS} cards"
            if found
            else "the token is good for none of the cards that were offered",
            spec="OpenID4VCI 1.0 §6.2",
            pointer="/authorization_details",
        )
    return found


def _deferred_endpoint(renewal: Renewal) -> str:
    endpoint = renewal.session.issuer.deferred_credential_endpoint
    if endpoint is None:
        raise InvalidCredential(
            "the issuer promises a card, and has no endpoint to fetch it from",
            spec="OpenID4VCI 1.0 §9",
            pointer="/transaction_id",
        )
    return endpoint


def _tell_failure(renewal: Renewal, notification_id: Any, error: RemoteError) -> None:
    """``error.code`` is ours, and short: nothing of what the credential says goes back."""
    if isinstance(notification_id, str) and notification_id:
        renewal.tell("credential_failure", notification_id, error.code)
