"""Transaction data: what the holder authorises, hash by hash (list of cases, 5.9)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.openid4vp import TransactionData
from nlwallet.testing.hostile.answer import Answer, NotApplicable
from nlwallet.testing.hostile.asked import authorised
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.jws_draft import JwsDraft
from nlwallet.testing.hostile.sd_jwt_draft import SdJwtDraft

TRANSACTION = AttackGroup(
    "Transaction data",
    spec="OpenID4VP 1.0 §8.4, §B.3.3.1",
    mend="hash each entry of transaction_data as you sent it, and compare with transaction_data_hashes, in order",
)
HASHES, ALG = "transaction_data_hashes", "transaction_data_hashes_alg"


def authorising(answer: Answer) -> tuple[JwsDraft, list[TransactionData]]:
    """The key binding that authorises something, and what. Raises :class:`NotApplicable`."""
    for query in answer.request.dcql_query.credentials:
        entries = authorised(query, answer.request)
        for draft in answer.presentations.get(query.id, ()):
            if entries and isinstance(draft, SdJwtDraft) and draft.key_binding is not None:
                return draft.key_binding, entries
    raise NotApplicable("its request has no transaction data")


def _hashes(change: Callable[[list[str]], list[str]]) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        binding, _ = authorising(answer)
        binding.payload[HASHES] = change(binding.payload[HASHES])

    return spoil


@TRANSACTION.answer(
    "ADV-163/missing", "The holder authorised nothing: there are no hashes.", severity=Severity.CRITICAL
)
def _missing(answer: Answer) -> None:
    binding, _ = authorising(answer)
    del binding.payload[HASHES]


for _variant, _does, _change, _severity in (
    (
        "wrong",
        "The holder authorised something else.",
        lambda hashes: [b64url_encode(bytes(32)), *hashes[1:]],
        Severity.CRITICAL,
    ),
    ("empty", "The array of hashes is empty.", lambda _: [], Severity.CRITICAL),
    ("too-many", "There is a hash too many.", lambda hashes: [*hashes, hashes[0]], Severity.MEDIUM),
):
    TRANSACTION.answer(f"ADV-163/{_variant}", _does, severity=_severity)(_hashes(_change))


@TRANSACTION.answer(
    "ADV-163/too-few", "One of several entries is not authorised.", severity=Severity.CRITICAL
)
def _too_few(answer: Answer) -> None:
    _several(answer)
    _hashes(lambda hashes: hashes[:-1])(answer)


@TRANSACTION.answer("ADV-163/order", "The hashes are in another order.", severity=Severity.LOW)
def _order(answer: Answer) -> None:
    _several(answer)
    _hashes(lambda hashes: hashes[::-1])(answer)


def _several(answer: Answer) -> None:
    if len({one.encoded for one in authorising(answer)[1]}) < 2:
        raise NotApplicable("one card authorises one entry")


@TRANSACTION.answer(
    "ADV-163/decoded", "The hashes are over the decoded JSON, not over the string.", severity=Severity.LOW
)
def _decoded(answer: Answer) -> None:
    binding, entries = authorising(answer)
    digests = (hashlib.sha256(b64url_decode(one.encoded)).digest() for one in entries)
    binding.payload[HASHES] = [b64url_encode(one) for one in digests]


@TRANSACTION.answer(
    "ADV-164/algorithm",
    "The hashes are made with an algorithm that was not offered.",
    severity=Severity.MEDIUM,
    mend="take the algorithms that you named in transaction_data_hashes_alg, or sha-256 if you named none",
)
def _other_algorithm(answer: Answer) -> None:
    binding, entries = authorising(answer)
    offered = {name for one in entries for name in one.hash_algorithms or ("sha-256",)}
    name = next((it for it in ("sha-512", "sha-384", "sha-256") if it not in offered), None)
    if name is None:
        raise NotApplicable("it offers every algorithm")
    made = [hashlib.new(name.replace("-", ""), one.encoded.encode("ascii")).digest() for one in entries]
    binding.payload |= {HASHES: [b64url_encode(one) for one in made], ALG: name}


@TRANSACTION.answer(
    "ADV-164/missing",
    "The key binding does not say how the hashes were made, though the request named algorithms.",
    severity=Severity.LOW,
    mend="where you named algorithms, require transaction_data_hashes_alg",
)
def _no_algorithm(answer: Answer) -> None:
    binding, entries = authorising(answer)
    if not any(one.hash_algorithms for one in entries):
        raise NotApplicable("its transaction data name no algorithms")
    del binding.payload[ALG]


@TRANSACTION.answer(
    "ADV-165",
    "A card that may not authorise it authorises the transaction.",
    spec="OpenID4VP 1.0 §5.1, §8.4",
    severity=Severity.CRITICAL,
    mend="look for the hashes in the cards that credential_ids name, and refuse them in any other",
)
def _by_another_card(answer: Answer) -> None:
    binding, entries = authorising(answer)
    allowed = {name for one in entries for name in one.credential_ids}
    other = next(
        (
            draft.key_binding
            for name, drafts in answer.presentations.items()
            for draft in drafts
            if name not in allowed and isinstance(draft, SdJwtDraft) and draft.key_binding is not None
        ),
        None,
    )
    if other is None:
        raise NotApplicable("every card of it may authorise the transaction")
    for name in (HASHES, ALG):
        other.payload[name] = binding.payload.pop(name)
