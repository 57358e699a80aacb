"""DPoP at the endpoints of an issuer: proofs, each once, with a nonce of this server (RFC 9449 §4.3, §8, §9)."""

from __future__ import annotations

import hmac

from nlwallet.errors import IssuanceRefused
from nlwallet.issuer.caller import Caller
from nlwallet.issuer.configuration import PROOF_ALGORITHMS
from nlwallet.issuer.issuer_store import IssuerStore
from nlwallet.issuer.nonces import Nonces
from nlwallet.issuer.seen_once import SeenOnce
from nlwallet.openid4vci import DPOP_MAX_AGE, DPOP_MAX_AHEAD, DpopProof, ErrorCode, verify_dpop

DPOP_NONCE_LIFETIME = 300
"""Seconds; each answer brings a fresh nonce, so a wallet always has one that is newer."""


class DpopCheck:
    """The proofs of one issuer and its authorization server. Thread safe."""

    def __init__(self, store: IssuerStore, *, nonce_required: bool = True) -> None:
        """Without ``nonce_required`` a proof may have none; one that it has is of this server all the same."""
        self._store = store
        self._nonce_required = nonce_required
        self._nonces = Nonces(store, "dpop_nonce", lifetime=DPOP_NONCE_LIFETIME)
        self._seen = SeenOnce("dpop_jti", DPOP_MAX_AGE + DPOP_MAX_AHEAD)

    def nonce(self, *, now: int) -> str:
        """A fresh ``DPoP-Nonce`` for an answer."""
        return self._nonces.create(now=now)

    def proof(
        self, caller: Caller, *, now: int, access_token: str | None = None, nonce_elsewhere: bool = False
    ) -> DpopProof | None:
        """The proof that this request carries, if any.

        ``nonce_elsewhere``: its nonce is a challenge, which somebody else checks. Raises
        :class:`~nlwallet.errors.IssuanceRefused` (``invalid_dpop_proof``, ``use_dpop_nonce``).
        """
        if not caller.dpop:
            return None
        if len(caller.dpop) != 1:
            raise IssuanceRefused(
                "DPoP: there is more than one proof", code=ErrorCode.INVALID_DPOP_PROOF, spec="RFC 9449 §4.3"
            )
        proof = verify_dpop(
            caller.dpop[0],
            method=caller.method,
            url=caller.url,
            now=now,
            algorithms=PROOF_ALGORITHMS,
            access_token=access_token,
        )
        is_ours = (
            not self._nonce_required if proof.nonce is None else self._nonces.is_current(proof.nonce, now=now)
        )
        if not is_ours and not nonce_elsewhere:
            raise IssuanceRefused(
                "DPoP: the proof needs a nonce of this server",
                code=ErrorCode.USE_DPOP_NONCE,
                spec="RFC 9449 §8",
            )
        with self._store.step(now=now) as step:
            new = self._seen.is_new(step, proof.jti)
        if not new:
            raise IssuanceRefused(
                "DPoP: the proof was used before", code=ErrorCode.INVALID_DPOP_PROOF, spec="RFC 9449 §11.1"
            )
        return proof

    def check_bound(self, caller: Caller, *, bound_to: str, access_token: str, now: int) -> None:
        """The request proves the key that its token is bound to (§7).

        Raises :class:`~nlwallet.errors.IssuanceRefused`.
        """
        proof = self.proof(caller, now=now, access_token=access_token)
        if proof is None:
            raise IssuanceRefused(
                "DPoP: this token is used with a proof only",
                code=ErrorCode.INVALID_DPOP_PROOF,
                spec="RFC 9449 §7.1",
            )
        if not hmac.compare_digest(proof.thumbprint, bound_to):
            raise IssuanceRefused(
                "the access token is bound to another key", code=ErrorCode.INVALID_TOKEN, spec="RFC 9449 §7.1"
            )
