"""Wallets as clients: a wallet attestation and its proof of possession (OpenID4VCI 1.0 §E, HAIP 1.0 §4.4.1)."""

from __future__ import annotations

from dataclasses import dataclass

from nlwallet.encoding import b64url_encode
from nlwallet.errors import IssuanceRefused
from nlwallet.issuer.caller import Caller
from nlwallet.issuer.configuration import PROOF_ALGORITHMS
from nlwallet.issuer.issuer_store import IssuerStore
from nlwallet.issuer.nonces import Nonces
from nlwallet.issuer.seen_once import SeenOnce
from nlwallet.issuer.wallet_providers import WalletProviders
from nlwallet.openid4vci import (
    POP_MAX_AGE,
    POP_MAX_AHEAD,
    DpopProof,
    ErrorCode,
    WalletAttestation,
    verify_attestation_pop,
    verify_wallet_attestation,
)

CHALLENGE_LIFETIME = 300
_DRAFT = "attestation-based client authentication"


@dataclass(frozen=True, slots=True)
class Client:
    """A wallet that authenticated; ``instance`` is the thumbprint of the key of this very instance."""

    client_id: str
    instance: str


class ClientAuthentication:
    """Takes the attestations of wallet providers, for the server ``audience``. Thread safe."""

    def __init__(self, providers: WalletProviders, *, audience: str, store: IssuerStore) -> None:
        self._providers = providers
        self._audience = audience
        self._store = store
        self._challenges = Nonces(store, "challenge", lifetime=CHALLENGE_LIFETIME)
        self._seen = SeenOnce("pop_jti", POP_MAX_AGE + POP_MAX_AHEAD)

    @property
    def required(self) -> bool:
        """Whether wallets can, and therefore must, authenticate."""
        return self._providers.given

    def challenge(self, *, now: int) -> str:
        """A fresh challenge for one proof (attestation-based client authentication §6)."""
        return self._challenges.create(now=now)

    def authenticate(
        self, caller: Caller, *, client_id: str | None, now: int, dpop: DpopProof | None = None
    ) -> Client:
        """The wallet behind a request; ``client_id`` is the parameter of the request, if it has one.

        ``dpop`` is the verified DPoP proof of the request, which serves where there is no other (draft -10 §7.3).
        Raises :class:`~nlwallet.errors.IssuanceRefused` (``invalid_client``, ``use_attestation_challenge``,
        ``use_fresh_attestation``).
        """
        combined = dpop is not None and caller.is_combined
        if len(caller.attestation) != 1 or (len(caller.attestation_pop) != 1 and not combined):
            raise _refused(
                "one wallet attestation and one proof of possession come along",
                spec="OpenID4VCI 1.0 §E",
                hint="OAuth-Client-Attestation and OAuth-Client-Attestation-PoP, each once",
            )
        attestation = verify_wallet_attestation(
            caller.attestation[0],
            anchors=self._providers.certificates,
            now=now,
            algorithms=PROOF_ALGORITHMS,
            client_id=client_id,
        )
        if dpop is not None and combined:
            self._check_combined(dpop, attestation, now=now)
        else:
            self._check_pop(caller.attestation_pop[0], attestation, now=now)
        self._providers.check_wallet(attestation, now=now)
        return Client(attestation.client_id, b64url_encode(attestation.key.thumbprint()))

    def _check_pop(self, token: str, attestation: WalletAttestation, *, now: int) -> None:
        proof = verify_attestation_pop(
            token, attestation, audience=self._audience, now=now, algorithms=PROOF_ALGORITHMS
        )
        self._take_challenge(proof.challenge, now=now)
        with self._store.step(now=now) as step:
            new = self._seen.is_new(step, proof.jti)
        if not new:
            raise _refused("the proof of possession was used before", spec=f"{_DRAFT} §11.1")

    def _check_combined(self, proof: DpopProof, attestation: WalletAttestation, *, now: int) -> None:
        """The DPoP proof is by the key of the instance, and its nonce is a challenge; its jti was looked at."""
        if proof.key != attestation.key:
            raise _refused(
                "the DPoP proof is by another key than the attested one",
                spec=f"{_DRAFT} §7.3",
                hint="use the key of cnf for both, or send OAuth-Client-Attestation-PoP",
            )
        self._take_challenge(proof.nonce, now=now)

    def _take_challenge(self, challenge: str | None, *, now: int) -> None:
        with self._store.step(now=now) as step:
            fresh = challenge is not None and self._challenges.consume(step, {challenge})
        if not fresh:
            raise IssuanceRefused(
                "the proof of possession needs a fresh challenge of this server",
                code=ErrorCode.USE_ATTESTATION_CHALLENGE,
                spec=f"{_DRAFT} §7.4",
                hint="POST to the challenge_endpoint",
            )


def _refused(reason: str, *, spec: str, hint: str = "") -> IssuanceRefused:
    return IssuanceRefused(reason, code=ErrorCode.INVALID_CLIENT, spec=spec, hint=hint)
