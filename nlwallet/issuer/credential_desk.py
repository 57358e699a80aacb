"""The credential, deferred credential and notification endpoints, without HTTP (OpenID4VCI 1.0 §8, §9, §11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from nlwallet.clock import Clock
from nlwallet.crypto import PublicKey
from nlwallet.errors import LocalError
from nlwallet.issuer.access_tokens import AccessTokens
from nlwallet.issuer.configuration import PROOF_ALGORITHMS, CredentialConfiguration
from nlwallet.issuer.deferral import INTERVAL, Deferral, Deferrals
from nlwallet.issuer.grant import Dataset, Grant
from nlwallet.issuer.issued_credential import CredentialSigner
from nlwallet.issuer.issuer_store import IssuerStore, Step
from nlwallet.issuer.nonces import Nonces
from nlwallet.issuer.notifications import IssuedBatch, Notifications
from nlwallet.issuer.status import StatusLists
from nlwallet.issuer.wallet_providers import WalletProviders
from nlwallet.openid4vci import (
    CredentialRequest,
    CredentialResponse,
    DeferredCredentialRequest,
    ErrorCode,
    Notification,
    VerifiedProof,
    refusal,
    verify_attestation_proof,
    verify_proof,
)
from nlwallet.status import StatusReference

NONCE_LIFETIME = 300


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request whose proofs were verified: for which data set, and for which keys."""

    identifier: str
    keys: tuple[PublicKey, ...]
    nonces: frozenset[str]


@dataclass(frozen=True, slots=True)
class CredentialDesk:
    """Hands out credentials for grants. ``signer`` makes one for a data set, a key and a status. Thread safe.

    The order is that of an issuer that may be killed at any moment: first the entries in the status lists, then,
    in one step, that the nonce and the data set are used and what is issued for them; then it is signed, and leaves.
    Until that step nothing was used, and the wallet may ask again; after it nobody gets a second one.
    """

    credential_issuer: str
    clock: Clock
    store: IssuerStore
    tokens: AccessTokens
    configurations: Mapping[str, CredentialConfiguration]
    signer: CredentialSigner
    status_lists: StatusLists
    nonces: Nonces
    deferrals: Deferrals
    notifications: Notifications
    providers: WalletProviders

    def credential(self, grant: Grant, request: CredentialRequest) -> CredentialResponse:
        """Answer a credential request. Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        asked = self._asked(grant, request)
        if grant.datasets[asked.identifier].configuration.deferred:
            return self._promised(grant, asked.identifier, asked.keys, asked.nonces)
        (response,) = self._issued(grant, [asked])
        return response

    def credentials(self, grant: Grant, requests: Sequence[CredentialRequest]) -> list[CredentialResponse]:
        """Answer several requests, all or none; their proofs may share a nonce. Nothing of it is deferred.

        Raises :class:`~nlwallet.errors.IssuanceRefused`.
        """
        asked = [self._asked(grant, request) for request in requests]
        if any(grant.datasets[one.identifier].configuration.deferred for one in asked):
            raise refusal(ErrorCode.CREDENTIAL_REQUEST_DENIED, "somebody decides on this credential first")
        return self._issued(grant, asked)

    def decline(self, grant: Grant) -> None:
        """Issue nothing of what is left of a grant, now or later."""
        with self.store.step(now=self.clock.now()) as step:
            for identifier in grant.datasets.keys() - grant.taken:
                self.tokens.take(step, grant, identifier)

    def _asked(self, grant: Grant, request: CredentialRequest) -> _Asked:
        identifier = self._dataset(grant, request)
        configuration = grant.datasets[identifier].configuration
        return _Asked(identifier, *self._proven_keys(request, configuration, grant.client_id))

    def _issued(self, grant: Grant, asked: Sequence[_Asked]) -> list[CredentialResponse]:
        references = [self._allocated(grant.datasets[one.identifier], len(one.keys)) for one in asked]
        nonces = frozenset(nonce for one in asked for nonce in one.nonces)
        with self.store.step(now=self.clock.now()) as step:
            self._use_up(step, nonces)
            datasets = [self._take(step, grant, one.identifier) for one in asked]
            notes = [self._note(step, dataset, grant.client_id) for dataset in datasets]
        return [
            CredentialResponse(self._signed(dataset, one.keys, listed), note)
            for dataset, one, listed, note in zip(datasets, asked, references, notes, strict=True)
        ]

    def _promised(
        self, grant: Grant, identifier: str, keys: tuple[PublicKey, ...], nonces: Collection[str]
    ) -> CredentialResponse:
        with self.store.step(now=self.clock.now()) as step:
            self._use_up(step, nonces)
            dataset = self._take(step, grant, identifier)
            promise = Deferral(dataset, keys, grant.client_id, grant.bound_to)
            transaction_id = self.deferrals.add(step, promise)
        return CredentialResponse(transaction_id=transaction_id, interval=INTERVAL)

    def _use_up(self, step: Step, nonces: Collection[str]) -> None:
        """The nonces of the proofs: one request may use one for all of them, another request not again (§13.8)."""
        if not self.nonces.consume(step, nonces):
            raise _invalid_nonce()

    def _take(self, step: Step, grant: Grant, identifier: str) -> Dataset:
        """Use up the data set; of two requests one does."""
        dataset = self.tokens.take(step, grant, identifier)
        if dataset is None:
            raise _token_used()
        return dataset

    def deferred(self, grant: Grant, request: DeferredCredentialRequest) -> CredentialResponse:
        """Answer a deferred credential request. Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        now = self.clock.now()
        promise = self.deferrals.find(request.transaction_id, now=now)
        if (
            promise is None
            or (promise.client_id, promise.bound_to) != (grant.client_id, grant.bound_to)
            or promise.dataset.credential_id not in {one.credential_id for one in grant.datasets.values()}
        ):
            raise _no_transaction("the transaction is unknown, ended, or of another wallet")
        if promise.decision == "pending":
            return CredentialResponse(transaction_id=request.transaction_id, interval=INTERVAL)
        approved, dataset = promise.decision == "approved", promise.dataset
        references = self._allocated(dataset, len(promise.keys)) if approved else ()
        notification_id = None
        with self.store.step(now=now) as step:
            ended = self.deferrals.end(step, request.transaction_id)
            if ended and approved:
                notification_id = self._note(step, dataset, promise.client_id)
        if not ended:
            raise _no_transaction("the transaction was ended meanwhile")
        if not approved:
            raise refusal(
                ErrorCode.CREDENTIAL_REQUEST_DENIED, "the issuer decided against it", section="§9.3"
            )
        return CredentialResponse(self._signed(dataset, promise.keys, references), notification_id)

    def notify(self, grant: Grant, notification: Notification) -> None:
        """Take an event. Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        if not self.notifications.take(notification, client_id=grant.client_id):
            raise refusal(
                ErrorCode.INVALID_NOTIFICATION_ID, "there is no such notification_id", section="§11.3"
            )

    def _note(self, step: Step, dataset: Dataset, client_id: str | None) -> str:
        """That it is issued; the notification id."""
        batch = IssuedBatch(dataset.configuration.id, client_id, dataset.credential_id, step.now)
        return self.notifications.add(step, batch)

    def _signed(
        self, dataset: Dataset, keys: Sequence[PublicKey], references: Sequence[StatusReference | None]
    ) -> tuple[str, ...]:
        # One moment for all: copies that end at different hours could be told apart (ISSU_11a).
        return self.signer.sign(dataset, keys, references, now=self.clock.now())

    def _allocated(self, dataset: Dataset, count: int) -> Sequence[StatusReference | None]:
        if not dataset.configuration.revocable:
            return (None,) * count
        try:
            return self.status_lists.allocate_batch(
                dataset.credential_id, count, configuration_id=dataset.configuration.id
            )
        except LocalError as error:
            if error.code != "credential_not_valid":
                raise
            raise refusal(
                ErrorCode.CREDENTIAL_REQUEST_DENIED, "the issuer revoked this credential", section="§8.3.1.2"
            ) from None

    def _dataset(self, grant: Grant, request: CredentialRequest) -> str:
        if request.credential_identifier is not None:
            if not grant.by_identifier or request.credential_identifier not in grant.datasets:
                raise refusal(
                    ErrorCode.UNKNOWN_CREDENTIAL_IDENTIFIER,
                    "this credential identifier was not handed out",
                    pointer="/credential_identifier",
                )
            identifier: str | None = request.credential_identifier
        else:
            assert request.configuration_id is not None  # the request has one of the two
            if request.configuration_id not in self.configurations:
                raise refusal(
                    ErrorCode.UNKNOWN_CREDENTIAL_CONFIGURATION,
                    "there is no such credential configuration",
                    pointer="/credential_configuration_id",
                )
            if grant.is_ambiguous(request.configuration_id):
                raise refusal(
                    ErrorCode.INVALID_CREDENTIAL_REQUEST,
                    "several data sets of it may be issued, so one of the credential identifiers is asked for",
                    pointer="/credential_configuration_id",
                )
            identifier = grant.identifier_for(request.configuration_id)
        if identifier is None:
            raise refusal(
                ErrorCode.INSUFFICIENT_SCOPE,
                "the access token is for another credential",
                section="§8.3.1.1",
                pointer="/credential_configuration_id",
            )
        if identifier in grant.taken:
            raise _token_used()
        return identifier

    def _proven_keys(
        self, request: CredentialRequest, configuration: CredentialConfiguration, client_id: str | None
    ) -> tuple[tuple[PublicKey, ...], frozenset[str]]:
        """The keys, and the nonces of their proofs, which are good until now."""
        now, at_most = self.clock.now(), configuration.batch_size
        pointer = f"/proofs/{request.proof_type}"
        if len(request.proofs) > at_most:
            raise refusal(ErrorCode.INVALID_PROOF, f"there are at most {at_most} proofs", pointer=pointer)
        proven = [
            self._verified(proof, request, client_id, now, f"{pointer}/{n}")
            for n, proof in enumerate(request.proofs)
        ]
        self._check_attestations(configuration, proven, pointer)
        for one in proven:
            if one.attestation is not None:
                self.providers.check_keys(one.attestation, now=now, pointer=pointer)
        keys = tuple(key for one in proven for key in one.keys)
        if len(set(keys)) != len(keys):
            raise refusal(
                ErrorCode.INVALID_PROOF, "one key gets one credential", section="§8.3", pointer=pointer
            )
        nonces = frozenset(nonce for one in proven for nonce in one.nonces)
        if not all(self.nonces.is_unused(nonce, now=now) for nonce in nonces):
            raise _invalid_nonce()
        return keys[:at_most], nonces

    def _verified(
        self, proof: str, request: CredentialRequest, client_id: str | None, now: int, pointer: str
    ) -> VerifiedProof:
        if request.proof_type == "attestation":
            return verify_attestation_proof(
                proof,
                now=now,
                algorithms=PROOF_ALGORITHMS,
                attestation_anchors=self.providers.certificates,
                pointer=pointer,
            )
        return verify_proof(
            proof,
            audience=self.credential_issuer,
            now=now,
            algorithms=PROOF_ALGORITHMS,
            client_id=client_id,
            attestation_anchors=self.providers.certificates,
            pointer=pointer,
        )

    def _check_attestations(
        self, configuration: CredentialConfiguration, proven: Sequence[VerifiedProof], pointer: str
    ) -> None:
        wanted = configuration.key_attestations_required
        if wanted is None:
            return
        for one in proven:
            if one.attestation is None or not wanted.are_met_by(one.attestation):
                raise refusal(
                    ErrorCode.INVALID_PROOF,
                    "the keys are not attested to be kept as this credential needs",
                    section="§F.1",
                    pointer=pointer,
                    hint="see key_attestations_required in the metadata",
                )


def _no_transaction(reason: str) -> Exception:
    return refusal(ErrorCode.INVALID_TRANSACTION_ID, reason, section="§9.3", pointer="/transaction_id")


def _token_used() -> Exception:
    return refusal(
        ErrorCode.INVALID_TOKEN, "the access token was used for this credential", section="§8.3.1.1"
    )


def _invalid_nonce() -> Exception:
    return refusal(
        ErrorCode.INVALID_NONCE,
        "the nonce is unknown, used or expired",
        pointer="/proofs",
        hint="fetch a fresh c_nonce",
    )
