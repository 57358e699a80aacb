"""What two may want at once of an issuer, and of which one gets it: each a set of requests that are sent together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from issuer_world import Answered, Asked, Client, Send, World, identifier_of

from nlwallet.issuer import Issuer

RUNNERS = 4


@dataclass(frozen=True, slots=True)
class Race:
    """``requests`` makes what is sent at once; of the answers one has the status ``won``, the others ``lost``.

    ``looked_at`` is the kind of what all of them look at in the store before one of them uses it.
    """

    name: str
    requests: Callable[[World, Issuer, Send], Sequence[Asked]]
    won: int
    lost: tuple[int, str]
    looked_at: str | None = None

    def check(self, answers: Sequence[Answered]) -> None:
        """Exactly one has won, and the others were told why they have not."""
        told = [(one.status, one.error) for one in answers]
        assert len(told) == RUNNERS, told
        assert [status for status, _ in told].count(self.won) == 1, told
        assert sorted(one for one in told if one[0] != self.won) == [self.lost] * (RUNNERS - 1), told


def pre_authorized_code(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    code = issuer.offer("nl-pid", world.claims).offer.pre_authorized_code or ""
    return [Client(world, send).exchange_offer(code) for _ in range(RUNNERS)]


def pre_authorized_code_with_tx_code(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    made = issuer.offer("nl-pid", world.claims, tx_code=True)
    code = made.offer.pre_authorized_code or ""
    return [Client(world, send).exchange_offer(code, tx_code=made.tx_code) for _ in range(RUNNERS)]


def authorization_code(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    code = client.code()
    return [client.exchange_code(code) for _ in range(RUNNERS)]


def request_uri(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    pushed = send(client.push()).body["request_uri"]
    return [client.agree(pushed) for _ in range(RUNNERS)]


def access_token(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    code = issuer.offer("nl-pid", world.claims).offer.pre_authorized_code or ""
    token = send(client.exchange_offer(code)).body["access_token"]
    return [client.credential(token) for _ in range(RUNNERS)]


def credential_identifier(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    token = client.token()
    identifier = identifier_of(token)
    return [client.credential(token["access_token"], identifier=identifier) for _ in range(RUNNERS)]


def promised_identifier(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    token = client.token(scope="later")
    identifier = identifier_of(token)
    return [client.credential(token["access_token"], identifier=identifier) for _ in range(RUNNERS)]


def c_nonce(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    nonce = client.nonce()
    tokens = [client.token() for _ in range(RUNNERS)]
    return [
        client.credential(token["access_token"], identifier=identifier_of(token), nonce=nonce)
        for token in tokens
    ]


def transaction_id(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    token, transaction = client.transaction(issuer)
    return [client.deferred(token, transaction) for _ in range(RUNNERS)]


def dpop_proof(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    proof = client.dpop("/par")
    return [client.push(dpop=proof) for _ in range(RUNNERS)]


def dpop_proof_with_refresh_token(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    token = client.token()["refresh_token"]
    proof = client.dpop("/token")
    return [client.refresh(token, dpop=proof) for _ in range(RUNNERS)]


def dpop_proof_at_the_resource(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    token = client.token()
    access, identifier = token["access_token"], identifier_of(token)
    proof = client.dpop("/credential", token=access)
    return [client.credential(access, identifier=identifier, dpop=proof) for _ in range(RUNNERS)]


def challenge(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    challenge = client.challenge()
    return [client.push(pop=client.pop(challenge=challenge)) for _ in range(RUNNERS)]


def jti_of_attestation_pop(world: World, issuer: Issuer, send: Send) -> list[Asked]:
    client = Client(world, send)
    jti = secrets.token_urlsafe(16)
    return [client.push(pop=client.pop(jti=jti)) for _ in range(RUNNERS)]


INVALID_GRANT = (400, "invalid_grant")
INVALID_TOKEN = (401, "invalid_token")

RACES = (
    Race("pre-authorized_code", pre_authorized_code, 200, INVALID_GRANT, "pre_authorized_code"),
    Race("tx_code", pre_authorized_code_with_tx_code, 200, INVALID_GRANT, "pre_authorized_code"),
    Race("authorization_code", authorization_code, 200, INVALID_GRANT, "code"),
    Race("request_uri", request_uri, 303, (400, "invalid_request_uri"), "request_uri"),
    Race("access_token", access_token, 200, INVALID_TOKEN, "bound_token"),
    Race("credential_identifier", credential_identifier, 200, INVALID_TOKEN, "bound_token"),
    Race("promised_identifier", promised_identifier, 202, INVALID_TOKEN, "bound_token"),
    Race("c_nonce", c_nonce, 200, (400, "invalid_nonce"), "c_nonce"),
    Race("transaction_id", transaction_id, 200, (400, "invalid_transaction_id"), "transaction"),
    Race("dpop_jti", dpop_proof, 201, (400, "invalid_dpop_proof")),
    Race("dpop_jti-refresh_token", dpop_proof_with_refresh_token, 200, (400, "invalid_dpop_proof")),
    Race("dpop_jti-credential", dpop_proof_at_the_resource, 200, (401, "invalid_dpop_proof"), "bound_token"),
    Race("challenge", challenge, 201, (400, "use_attestation_challenge")),
    Race("pop_jti", jti_of_attestation_pop, 201, (400, "invalid_client")),
)
