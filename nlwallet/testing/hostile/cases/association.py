"""Cards on several keys: the proof that all of them are in one wallet (the NL Wallet's proof of association)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from nlwallet.crypto import PrivateKey
from nlwallet.holder.proof_of_association import NL_WALLET, prove_association
from nlwallet.openid4vp import AuthorizationRequest
from nlwallet.testing.hostile.answer import Answer, NotApplicable
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt

ASSOCIATION: Final = AttackGroup(
    "Cards on several keys",
    spec="NL Wallet, proof of association",
    mend="take cards on several keys only with a proof by exactly these keys, for your client_id and nonce",
)
_Forge: TypeAlias = Callable[[Sequence[PrivateKey], AuthorizationRequest, int], Any]
"""A proof for an answer by these keys to this request, made now."""


def _required(answer: Answer) -> Answer:
    if len(answer.presentations) < 2:
        raise NotApplicable("it asks for one card")
    if answer.associate is None:
        raise NotApplicable("only a wallet of the NL Wallet's kind proves that its keys belong together")
    return answer


def _case(name: str, does: str, *, severity: Severity = Severity.HIGH) -> Callable[[_Forge], _Forge]:
    def add(forge: _Forge) -> _Forge:
        def run(attempt: Attempt) -> None:
            engagement, now = attempt.begin(), attempt.forger.now()
            answer = _required(engagement.answer())
            answer.associate = lambda keys: forge(keys, engagement.request, now)
            engagement.send(answer)

        ASSOCIATION.attempt(f"ADV-061/{name}", does, severity=severity)(run)
        return forge

    return add


def _proof(
    keys: Sequence[PrivateKey],
    request: AuthorizationRequest,
    now: int,
    *,
    issuer: str = NL_WALLET,
    audience: str = "",
) -> dict[str, Any]:
    audience = audience or request.client_id or ""
    proof = prove_association(keys, issuer=issuer, audience=audience, nonce=request.nonce, now=now)
    assert proof is not None  # the keys are two at least
    return proof


@_case("no-proof", "Two cards are on two keys, and nothing proves that both are in one wallet.")
def _none(*_: Any) -> None:
    return None


@_case("other-key", "The proof is by one of the keys, and by one that no card is bound to.")
def _other_key(keys: Sequence[PrivateKey], request: AuthorizationRequest, now: int) -> Any:
    return _proof([*keys[:-1], PrivateKey.generate()], request, now)


@_case("one-signature", "The proof names all keys, and one of them did not sign it.")
def _one_signature(keys: Sequence[PrivateKey], request: AuthorizationRequest, now: int) -> Any:
    proof = _proof(keys, request, now)
    return {**proof, "signatures": proof["signatures"][:-1]}


@_case("not-signed", "The proof names all keys, and for one of them another one signed it.")
def _not_signed(keys: Sequence[PrivateKey], request: AuthorizationRequest, now: int) -> Any:
    proof = _proof(keys, request, now)
    first = proof["signatures"][0]
    return {**proof, "signatures": [first for _ in proof["signatures"]]}


@_case("audience", "The proof was made for another relying party.")
def _audience(keys: Sequence[PrivateKey], request: AuthorizationRequest, now: int) -> Any:
    return _proof(keys, request, now, audience="x509_hash:of-another-relying-party")


@_case("wallet", "The proof is by a wallet that nobody knows.", severity=Severity.MEDIUM)
def _wallet(keys: Sequence[PrivateKey], request: AuthorizationRequest, now: int) -> Any:
    return _proof(keys, request, now, issuer="https://wallet.attacker.example")


@ASSOCIATION.attempt("ADV-061/replay", "The proof is that of an earlier session, by the same keys.")
def _replayed(attempt: Attempt) -> None:
    earlier, engagement = attempt.begin(), attempt.begin()
    answer, past = _required(engagement.answer()), _required(earlier.answer())
    answer.members["poa"] = past.built_members()["poa"]
    engagement.send(answer)
