"""From a token to cards: keys, proofs, credential requests, and every check of what came (OpenID4VCI 1.0 §7 to §9).

What is wrong in any way is left alone as a whole, and its issuer hears that it failed (§11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
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
    """What came of one request: cards that passed every check, or promises; and the types known by now."""

    deliveries: tuple[Delivery, ...]
    promised: tuple[PromisedCard, ...]
    types: TypeMetadataRegistry

    def and_(self, later: Got) -> Got:
        """Both; ``later`` knows the types of this one too."""
        return Got((*self.deliveries, *later.deliveries), (*self.promised, *later.promised), later.types)


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

    def requests(self, wanted: Sequence[Renewal]) -> list[tuple[Renewal, ...]]:
        """What to ask for in one request: each card alone; of an issuer for the NL Wallet, all that it previews.

        Such an issuer issues once for a token, in the order of its previews, where one configuration may stand twice.
        What it does not preview is asked for after that. Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        by_id = {one.configuration.id: one for one in wanted}
        first = wanted[0]
        url = first.session.issuer.credential_preview_endpoint
        if not self._in_drafts(first) or url is None:
            return [(one,) for one in wanted]
        previewed = first.session.previews(url, first.token)
        if not by_id.keys() >= set(previewed):
            raise InvalidOffer(
                "the issuer has another card for this token than was offered",
                pointer="/credential_previews",
            )
        alone = [(one,) for id_, one in by_id.items() if id_ not in previewed]
        return [tuple(by_id[id_] for id_ in previewed), *alone]

    def ask(self, wanted: Sequence[Renewal], types: TypeMetadataRegistry) -> Got:
        """Cards with fresh keys, by one request. Raises a :class:`~nlwallet.errors.RemoteError`."""
        keys = [tuple(self.keys.generate() for _ in range(self._count(each))) for each in wanted]
        self.asked += sum(map(len, keys))
        try:
            try:
                responses = self._requested(wanted, keys)
            except IssuanceRefused as error:
                if error.code != "invalid_nonce":
                    raise
                responses = self._requested(wanted, keys)  # once more, with a fresh nonce (§8.3.1)
            got = Got((), (), types)
            for response, renewal, own in zip(responses, wanted, keys, strict=True):
                got = got.and_(self._taken(response, renewal, own, got.types))
            return got
        except NlWalletError:
            self.keys.forget([key for own in keys for key in own])
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

    def _requested(
        self, wanted: Sequence[Renewal], keys: Sequence[Sequence[SigningKey]]
    ) -> list[CredentialResponse]:
        """A response for each card. The proofs of one request share a nonce."""
        nonce = wanted[0].session.nonce()
        proofs = [self._proofs(renewal, own, nonce) for renewal, own in zip(wanted, keys, strict=True)]
        if self._in_drafts(wanted[0]):
            return self._request_in_drafts(wanted, [each for _, each in proofs])
        return [
            self._request(renewal, own, *proven)
            for renewal, own, proven in zip(wanted, keys, proofs, strict=True)
        ]

    def _request(
        self, renewal: Renewal, keys: Sequence[SigningKey], proof_type: ProofType, proofs: tuple[str, ...]
    ) -> CredentialResponse:
        session = renewal.session
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

    def _request_in_drafts(
        self, wanted: Sequence[Renewal], proofs: Sequence[Sequence[str]]
    ) -> list[CredentialResponse]:
        session, token = wanted[0].session, wanted[0].token
        requests = [
            DraftRequest(one.configuration.format, one.configuration.vct, proof)
            for one, own in zip(wanted, proofs, strict=True)
            for proof in own
        ]
        what, url = "the credential response", session.issuer.batch_credential_endpoint
        if len(requests) == 1 or url is None:
            members = session.post(
                session.issuer.credential_endpoint, requests[0].as_json(), token, what=what
            )
            return [CredentialResponse.parse(members, proofs=1)]
        members = session.post(url, batch_request(requests), token, what=what)
        texts = iter(parse_batch_response(members, requests=len(requests)).credentials)
        return [CredentialResponse(tuple(islice(texts, len(own)))) for own in proofs]

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
