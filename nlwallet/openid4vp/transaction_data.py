"""Transaction data: what a holder authorises with a presentation (OpenID4VP 1.0 §5.1, §8.4, §B.3.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import b64url_decode, b64url_encode, dump_json, parse_json_object
from nlwallet.errors import InvalidRequest, InvalidResponse, LimitExceeded, LocalError, RemoteError
from nlwallet.openid4vp.codes import ErrorCode
from nlwallet.openid4vp.transaction_type import TransactionDataType

HASHES = "transaction_data_hashes"
HASHES_ALG = "transaction_data_hashes_alg"
DEFAULT_HASH = "sha-256"

MAX_TRANSACTION_DATA = 16
MAX_TRANSACTION_DATA_BYTES = 65_536

_HASH_FUNCTIONS = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
_SPEC = "OpenID4VP 1.0 §5.1"
_OURS = frozenset({"type", "credential_ids", HASHES_ALG})


@dataclass(frozen=True, slots=True)
class TransactionData:
    """One entry of ``transaction_data``. ``encoded`` is the string as it came: that is what is hashed."""

    encoded: str = field(repr=False)
    type: str
    credential_ids: tuple[str, ...]
    hash_algorithms: tuple[str, ...]
    """What the entry names in ``transaction_data_hashes_alg``; empty if it names nothing: then sha-256."""
    members: Mapping[str, Any] = field(repr=False)
    """What the type defines, without the three members of the framework."""

    @classmethod
    def parse(cls, encoded: str, *, query: DcqlQuery, pointer: str = "") -> TransactionData:
        """Read base64url of a JSON object. Raises :class:`~nlwallet.errors.InvalidRequest`.

        Every violation has the code ``invalid_transaction_data`` (§8.5).
        """
        if len(encoded) > MAX_TRANSACTION_DATA_BYTES:
            raise LimitExceeded(
                f"transaction data has more than {MAX_TRANSACTION_DATA_BYTES} characters",
                code=ErrorCode.INVALID_TRANSACTION_DATA,
                pointer=pointer,
            )
        try:
            content = parse_json_object(b64url_decode(encoded), what="transaction data")
        except RemoteError as error:
            raise invalid(f"not base64url of a JSON object: {error.message}", pointer) from None
        kind = content.get("type")
        if not isinstance(kind, str) or not kind:
            raise invalid("there is no type", f"{pointer}/type")
        ids = _strings(content.get("credential_ids"), f"{pointer}/credential_ids")
        for name in ids:
            credential = query.credential(name)
            if credential is None:
                raise invalid("credential_ids names no credential query", f"{pointer}/credential_ids")
            if not credential.require_cryptographic_holder_binding:
                raise invalid(
                    "nobody can authorise anything without a proof of the holder's key",
                    f"{pointer}/credential_ids",
                    spec="OpenID4VP 1.0 §B.3.3",
                    hint="leave require_cryptographic_holder_binding out",
                )
        algorithms = _strings(content[HASHES_ALG], f"{pointer}/{HASHES_ALG}") if HASHES_ALG in content else ()
        members = {name: value for name, value in content.items() if name not in _OURS}
        return cls(encoded, kind, ids, algorithms, members)

    def check_type(self, types: Mapping[str, TransactionDataType], *, pointer: str = "") -> None:
        """The type is one that the wallet knows, and the content is what it defines (§5.1, §8.5).

        Raises :class:`~nlwallet.errors.InvalidRequest`.
        """
        known = types.get(self.type)
        if known is None:
            raise invalid("this type of transaction data is unknown here", f"{pointer}/type")
        if (problem := known.problem(self.members)) is not None:
            raise invalid(problem.text, pointer + problem.pointer)
        if self.hash_algorithms and not set(self.hash_algorithms) & _HASH_FUNCTIONS.keys():
            raise invalid(
                "no hash algorithm is supported",
                f"{pointer}/{HASHES_ALG}",
                hint=f"one of {', '.join(_HASH_FUNCTIONS)}",
            )


def parse_transaction_data(
    encoded: Sequence[str], *, query: DcqlQuery, types: Mapping[str, TransactionDataType]
) -> tuple[TransactionData, ...]:
    """All entries of a request, each of a type that the wallet knows. Raises ``invalid_transaction_data``."""
    found = []
    for position, entry in enumerate(encoded):
        pointer = f"/transaction_data/{position}"
        one = TransactionData.parse(entry, query=query, pointer=pointer)
        one.check_type(types, pointer=pointer)
        if any(
            (asked := query.credential(name)) and asked.format == "mso_mdoc" for name in one.credential_ids
        ):
            # An mdoc authorises through device-signed elements that its MSO allows (§B.2.1); no such type is known.
            raise invalid("this type cannot be authorised with an mdoc", f"{pointer}/credential_ids")
        found.append(one)
    return tuple(found)


def encode_transaction_data(value: Mapping[str, Any], *, query: DcqlQuery) -> TransactionData:
    """An entry for a request. Raises :class:`~nlwallet.errors.LocalError` if it cannot be one."""
    try:
        return TransactionData.parse(b64url_encode(dump_json(value)), query=query)
    except RemoteError as error:
        raise LocalError(f"transaction data: {error.message}", spec=_SPEC, pointer=error.pointer) from None


def key_binding_claims(authorised: Sequence[TransactionData]) -> dict[str, Any]:
    """The claims of the key binding JWT that authorise these entries (§B.3.3.1); empty without entries.

    Raises :class:`~nlwallet.errors.InvalidRequest` if they share no hash algorithm.
    """
    if not authorised:
        return {}
    algorithm = common_hash(authorised)
    # The algorithm is named always: §B.3.3.1 wants it where the request named one, and some verifiers everywhere.
    return {HASHES: [_hash(one.encoded, algorithm) for one in authorised], HASHES_ALG: algorithm}


def common_hash(authorised: Sequence[TransactionData]) -> str:
    """A hash algorithm that all entries allow; one key binding JWT can name only one."""
    for algorithm in _HASH_FUNCTIONS:
        if all(algorithm in (one.hash_algorithms or (DEFAULT_HASH,)) for one in authorised):
            return algorithm
    raise invalid("entries for one credential share no hash algorithm", f"/transaction_data/0/{HASHES_ALG}")


def check_authorisation(
    asked: Sequence[TransactionData], given: Sequence[tuple[str, Mapping[str, Any]]]
) -> None:
    """Every entry was authorised, once, by a credential that its ``credential_ids`` name (§8.4, §B.3.3.1).

    ``given`` holds, per presentation, its query id and the claims of its verified key binding JWT. Raises
    :class:`~nlwallet.errors.InvalidResponse`.
    """
    authorised: set[int] = set()
    for query_id, claims in given:
        pointer = f"/vp_token/{query_id}/0/key_binding/payload/{HASHES}"
        if HASHES not in claims:
            continue
        hashes = claims[HASHES]
        if not isinstance(hashes, list) or not hashes or not all(isinstance(one, str) for one in hashes):
            raise _refused("the hashes are not a non-empty array of strings", pointer)
        algorithm = claims.get(HASHES_ALG)
        last = -1
        for received in hashes:
            position = _position(asked, received, query_id, algorithm, pointer, authorised)
            if position <= last:
                raise _refused("transaction data is authorised out of order", pointer)
            authorised.add(position)
            last = position
    missing = [position for position in range(len(asked)) if position not in authorised]
    if missing:
        raise _refused(f"transaction data {', '.join(map(str, missing))} was not authorised", "/vp_token")


def _position(
    asked: Sequence[TransactionData],
    received: str,
    query_id: str,
    algorithm: Any,
    pointer: str,
    authorised: Collection[int],
) -> int:
    for position, one in enumerate(asked):
        if position in authorised:  # a verifier may ask for the same thing twice
            continue
        if one.hash_algorithms and algorithm not in one.hash_algorithms:
            continue
        if not one.hash_algorithms and algorithm not in (None, DEFAULT_HASH):
            continue
        name = algorithm or DEFAULT_HASH
        if name in _HASH_FUNCTIONS and received == _hash(one.encoded, name):
            if query_id not in one.credential_ids:
                raise _refused("this credential may not authorise that transaction data", pointer)
            return position
    raise _refused(
        "a hash is of no transaction data that is still open, or made with another algorithm than it names",
        pointer,
        hint="hash the base64url string as it came, with an algorithm of transaction_data_hashes_alg",
    )


def _hash(encoded: str, algorithm: str) -> str:
    return b64url_encode(_HASH_FUNCTIONS[algorithm](encoded.encode("ascii")).digest())


def _strings(value: Any, pointer: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise invalid("not a non-empty array of strings", pointer)
    return tuple(value)


def invalid(message: str, pointer: str, *, spec: str = _SPEC, hint: str = "") -> InvalidRequest:
    """An error with the code ``invalid_transaction_data``."""
    return InvalidRequest(
        f"transaction data: {message}",
        code=ErrorCode.INVALID_TRANSACTION_DATA,
        spec=spec,
        pointer=pointer,
        hint=hint,
    )


def _refused(message: str, pointer: str, *, hint: str = "") -> InvalidResponse:
    return InvalidResponse(
        f"transaction data: {message}", spec="OpenID4VP 1.0 §B.3.3.1", pointer=pointer, hint=hint
    )
