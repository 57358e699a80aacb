"""Malicious requests: what is asked (list of cases, 5.9 and 5.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_encode
from nlwallet.testing.hostile.attack import Severity, WalletAttackGroup
from nlwallet.testing.hostile.jws_draft import as_json
from nlwallet.testing.hostile.request_draft import RequestDraft
from nlwallet.testing.hostile.wallet_attempt import WalletAttempt

WALLET_QUERIES = WalletAttackGroup(
    "What a malicious request says",
    spec="OpenID4VP 1.0 §5",
    mend="refuse a request that is not as the specification has it, before anybody is asked anything",
)
_request, _course = WALLET_QUERIES.request, WALLET_QUERIES.course

# parameters -------------------------------------------------------------------------------------


@_request(
    "ADV-172",
    "A request has redirect_uri beside the response_uri of direct_post.",
    spec="OpenID4VP 1.0 §8.2",
    severity=Severity.MEDIUM,
    mend="answer invalid_request",
)
def _both_addresses(draft: RequestDraft) -> None:
    draft.claims["redirect_uri"] = "https://attacker.example/back"


def _nonce(id_: str, does: str, nonce: Any) -> None:
    @_request(
        f"ADV-174/{id_}",
        does,
        spec="OpenID4VP 1.0 §5.2",
        severity=Severity.HIGH,
        mend="require a nonce of unreserved URL characters",
    )
    def spoil(draft: RequestDraft) -> None:
        draft.claims["nonce"] = nonce
        if nonce is None:
            del draft.claims["nonce"]


_nonce("missing", "A request has no nonce.", None)
_nonce("characters", "The nonce has characters that it may not have.", "a nonce\u00e9 \u202e")
_nonce("number", "The nonce is a number.", 12345678901234567890)

# the query --------------------------------------------------------------------------------------


def _query(id_: str, does: str, change: Any, *, severity: Severity = Severity.MEDIUM) -> None:
    _request(
        f"ADV-175/{id_}",
        does,
        spec="OpenID4VP 1.0 §6",
        severity=severity,
        mend="check the whole query before you look for cards, and answer invalid_request",
    )(lambda draft: change(draft.claims["dcql_query"], draft.credential))


_query(
    "same-id", "Two credential queries have the same id.", lambda q, one: q["credentials"].append(dict(one))
)
_query("empty", "A query asks for nothing: credentials is empty.", lambda q, _: q.update(credentials=[]))
_query("no-claims", "claims is an empty array.", lambda _, one: one.update(claims=[]))
_query(
    "claim-sets",
    "A credential query has claim_sets, and no claims.",
    lambda _, one: (one.pop("claims"), one.update(claim_sets=[["a"]])),
)
_query(
    "unknown-option",
    "A credential set has an option that is no credential query.",
    lambda q, _: q.update(credential_sets=[{"options": [["nobody"]]}]),
)
_query(
    "negative-index",
    "A claims path has a negative index.",
    lambda _, one: one.update(claims=[{"path": ["nationalities", -1]}]),
)
_query("empty-path", "A claims path is empty.", lambda _, one: one.update(claims=[{"path": []}]))
_query(
    "mdoc-path",
    "A claims path of an mdoc has three elements.",
    lambda _, one: one.update(
        format="mso_mdoc",
        meta={"doctype_value": "eu.europa.ec.eudi.pid.1"},
        claims=[{"path": ["a", "b", "c"]}],
    ),
)


def _bomb(id_: str, does: str, change: Any) -> None:
    _request(
        f"ADV-176/{id_}",
        does,
        sound="refuses, and does not take long over it",
        spec="OpenID4VP 1.0 §14",
        severity=Severity.MEDIUM,
        mend="bound the size of a request object, its depth, and how much a query may ask",
    )(change)


def _wide(draft: RequestDraft) -> None:
    draft.credential["claims"] = [{"path": [f"c{number}"]} for number in range(100_000)]


def _sets(draft: RequestDraft) -> None:
    draft.credential["claims"] = [{"id": "a", "path": ["age_over_18"]}, {"id": "b", "path": ["given_name"]}]
    draft.credential["claim_sets"] = [["b", "a"]] * 100_000


def _deep(draft: RequestDraft) -> None:
    draft.token.octets = b'{"client_id":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


_bomb("claims", "A query asks a hundred thousand claims.", _wide)
_bomb("claim-sets", "A query has a hundred thousand claim sets.", _sets)
_bomb("depth", "The request object is a hundred thousand arrays deep.", _deep)


@_course(
    "ADV-178",
    "A series of requests guesses a value; the holder says no to each.",
    sound="asks its holder each time, and answers a right guess as a wrong one",
    spec="OpenID4VP 1.0 §15.5",
    mend="answer access_denied whether there is a card or not, and never without the holder",
)
def _probing(attempt: WalletAttempt) -> None:
    seen = []
    for guess in (True, False):
        draft = attempt.request()
        draft.credential["claims"] = [{"path": ["age_over_18"], "values": [guess]}]
        attempt.open(draft, agrees=False)
        seen.append(draft.said)
    if seen[0] != seen[1]:
        attempt.unsound("its answer to a right guess is not that to a wrong one")


# encryption -------------------------------------------------------------------------------------


def _encryption(id_: str, does: str, change: Any) -> None:
    _request(
        f"ADV-177/{id_}",
        does,
        spec="OpenID4VP 1.0 §8.3; HAIP 1.0 §5",
        mend="answer an error where there is no key to encrypt to; never send the card in the clear",
    )(change)


_encryption("use", "The only key is for signatures.", lambda draft: draft.jwk.update(use="sig"))
_encryption("no-alg", "The key says no algorithm.", lambda draft: draft.jwk.pop("alg"))
_encryption(
    "alg", "The key is for an algorithm that HAIP does not have.", lambda d: d.jwk.update(alg="RSA-OAEP")
)
_encryption("point", "The key is no point of its curve.", lambda draft: draft.jwk.update(x="AAAA", y="AAAA"))
_encryption(
    "curve",
    "The key is of another curve than it says.",
    lambda draft: draft.jwk.update(PrivateKey.generate("P-384").public.jwk() | {"crv": "P-256"}),
)
_encryption(
    "no-keys", "There is no key.", lambda draft: draft.claims["client_metadata"]["jwks"].update(keys=[])
)
_encryption(
    "enc",
    "No content encryption is named that is supported.",
    lambda draft: draft.claims["client_metadata"].update(encrypted_response_enc_values_supported=["A1"]),
)


@_request(
    "ADV-166/unknown",
    "The holder should authorise a transaction of an unknown type.",
    sound="answers invalid_transaction_data",
    spec="OpenID4VP 1.0 §8.4",
    severity=Severity.CRITICAL,
    mend="refuse transaction data of a type that you do not know",
)
def _unknown_transaction(draft: RequestDraft) -> None:
    _authorise(draft)


@_request(
    "ADV-166/unbound",
    "A transaction should be authorised by a credential without holder binding.",
    spec="OpenID4VP 1.0 §8.4",
    severity=Severity.CRITICAL,
    mend="refuse transaction data where no key of the holder signs",
)
def _unbound_transaction(draft: RequestDraft) -> None:
    draft.credential["require_cryptographic_holder_binding"] = False
    _authorise(draft)


def _authorise(draft: RequestDraft) -> None:
    data = {"type": "urn:attacker:everything", "credential_ids": [draft.credential["id"]]}
    draft.claims["transaction_data"] = [b64url_encode(as_json(data))]


_PAYMENT = {
    "transaction_id": "8D8AC610",
    "amount": 12.5,
    "currency": "EUR",
    "payee": {"name": "De Inbreker", "id": "NL00BANK0123456789"},
}


def _payment(id_: str, does: str, change: Callable[[dict[str, Any]], object]) -> None:
    @_request(
        f"ADV-166/{id_}",
        does,
        sound="answers invalid_transaction_data",
        spec="OpenID4VP 1.0 §5.1, §8.5",
        severity=Severity.HIGH,
        mend="refuse transaction data with anything in it that you do not know, and do not show to your user",
    )
    def spoil(draft: RequestDraft) -> None:
        data = good_payment(draft)
        change(data)
        draft.claims["transaction_data"] = [b64url_encode(as_json(data))]


def good_payment(draft: RequestDraft) -> dict[str, Any]:
    """What the holder is to authorise by what is asked for, as the type has it."""
    return {
        "type": "urn:eudi:sca:payment:1",
        "credential_ids": [draft.credential["id"]],
        "payload": {**_PAYMENT},
    }


_payment(
    "field",
    "A payment has a field that its type does not have.",
    lambda data: data["payload"].update(really_to="NL00BANK9876543210"),
)
_payment("parameter", "A payment has a parameter that nobody knows.", lambda data: data.update(really=True))
_payment("incomplete", "A payment does not say how much.", lambda data: data["payload"].pop("amount"))
_payment(
    "credential",
    "A payment should be authorised by a credential that is not asked for.",
    lambda data: data.update(credential_ids=["nobody-asked"]),
)
_payment(
    "algorithm",
    "A payment should be hashed by an algorithm that nobody knows.",
    lambda data: data.update(transaction_data_hashes_alg=["md5"]),
)
