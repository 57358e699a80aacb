"""Lists of the identifiers of revoked mdocs, in CWT (ISO/IEC 18013-5 second edition §12.3.6, CIR 2024/2979 Annex 2).

The other of the two ways in which an mdoc may be revoked: where a status list has an entry for each, this list names
only those that are revoked. Not all of the standard is public; what is here agrees with the libraries that read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from nlwallet.crypto import CertificateChain, PrivateKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.crypto.cose import TYP, parse_cose_sign1, sign_cose_sign1
from nlwallet.errors import InvalidStatus, LimitExceeded, MalformedInput
from nlwallet.status.cwt_token import EXP, IAT, NBF, STATUS_LIST, SUB, TTL
from nlwallet.status.reference import StatusReference
from nlwallet.status.signer import StatusSigner
from nlwallet.status.status_list import Status
from nlwallet.status.token import MAX_TOKEN_BYTES, Claims, StatusListToken

IDENTIFIER_LIST_MEDIA_TYPE: Final = "application/identifierlist+cwt"
IDENTIFIER_LIST: Final = 65530
"""The claim key of the list."""
MAX_IDENTIFIERS: Final = 262_144
MAX_IDENTIFIER_BYTES: Final = 64

_WHAT: Final = "the identifier list"
_SPEC: Final = "ISO/IEC 18013-5 §12.3.6"


@dataclass(frozen=True, slots=True)
class IdentifierReference:
    """Where the status of an mdoc stands: whether the list at ``uri`` names ``id``."""

    id: bytes
    uri: str

    @property
    def entry(self) -> bytes:
        """What to look for in the list."""
        return self.id

    @classmethod
    def parse(cls, status: Any, *, pointer: str = "/status") -> IdentifierReference:
        """Read the decoded ``status`` of a mobile security object. Raises :class:`~nlwallet.errors.InvalidStatus`."""
        reference = status.get("identifier_list") if isinstance(status, dict) else None
        pointer = f"{pointer}/identifier_list"
        if not isinstance(reference, dict):
            raise InvalidStatus("status has no identifier_list", spec=_SPEC, pointer=pointer)
        id_ = reference.get("id")
        if not isinstance(id_, bytes) or not 0 < len(id_) <= MAX_IDENTIFIER_BYTES:
            raise InvalidStatus("id is no identifier", spec=_SPEC, pointer=f"{pointer}/id")
        uri = StatusReference.parse(
            {"status_list": {"idx": 0, "uri": reference.get("uri")}}, pointer=pointer
        ).uri
        return cls(id_, uri)

    def as_json(self) -> dict[str, Any]:
        """The ``status`` of a mobile security object."""
        return {"identifier_list": {"id": self.id, "uri": self.uri}}


@dataclass(frozen=True, slots=True)
class IdentifierList:
    """The identifiers of what was revoked."""

    identifiers: frozenset[bytes] = field(repr=False)

    def __len__(self) -> int:
        return len(self.identifiers)

    def __getitem__(self, entry: Any) -> int:
        """The status of an identifier. Raises :class:`~nlwallet.errors.InvalidStatus` for an index of another list."""
        if not isinstance(entry, bytes):
            raise InvalidStatus("a list of identifiers has no entry of that number", spec=_SPEC)
        return Status.INVALID if entry in self.identifiers else Status.VALID

    @property
    def size_in_bytes(self) -> int:
        """What it takes in memory, about."""
        return sum(map(len, self.identifiers)) + 64 * len(self.identifiers)


def sign_identifier_list(
    identifiers: Iterable[bytes],
    *,
    uri: str,
    key: PrivateKey,
    chain: CertificateChain,
    now: int,
    expires_at: int,
    ttl: int,
) -> bytes:
    """The signed list at ``uri`` of the identifiers that are revoked, with ``chain`` (no anchor in it)."""
    claims = {
        SUB: uri,
        IAT: now,
        EXP: expires_at,
        TTL: ttl,
        IDENTIFIER_LIST: {"identifiers": {one: {} for one in identifiers}},
    }
    return sign_cose_sign1(
        dump_cbor(claims),
        key,
        protected={TYP: IDENTIFIER_LIST_MEDIA_TYPE},
        chain=chain,
        tagged=True,
    )


def verify_identifier_list(data: bytes, *, uri: str, signer: StatusSigner, now: int) -> StatusListToken:
    """Verify a list that was fetched from ``uri``. Raises a :class:`~nlwallet.errors.RemoteError`."""
    message = parse_cose_sign1(
        data, algorithms=signer.algorithms, what=_WHAT, tagged=True, max_bytes=MAX_TOKEN_BYTES
    )
    if message.protected.get(TYP) != IDENTIFIER_LIST_MEDIA_TYPE:
        raise MalformedInput(
            f"{_WHAT} has another type than {IDENTIFIER_LIST_MEDIA_TYPE}",
            spec=_SPEC,
            pointer="/protected/typ",
        )
    message.verify(signer.key_of(message.chain, now=now, pointer="/x5chain"))
    assert message.payload is not None  # verify() refused a detached one
    claims_set = parse_cbor(message.payload, what=_WHAT, pointer="/payload", max_bytes=MAX_TOKEN_BYTES)
    if not isinstance(claims_set, dict):
        raise MalformedInput(f"{_WHAT} is not a map of claims", spec="RFC 8392 §7.2", pointer="/payload")
    if STATUS_LIST in claims_set:
        raise InvalidStatus("it is a status list as well", spec=_SPEC, pointer=f"/payload/{STATUS_LIST}")
    sub, iat, exp, nbf, ttl = (claims_set.get(label) for label in (SUB, IAT, EXP, NBF, TTL))
    claims = Claims(sub, iat, exp, nbf, ttl, None)
    issued_at, expires_at, lasts = claims.times(uri=uri, now=now)
    if expires_at is None:
        raise InvalidStatus("exp is missing", spec=_SPEC, pointer="/payload/exp")
    return StatusListToken(uri, issued_at, _identifiers(claims_set.get(IDENTIFIER_LIST)), expires_at, lasts)


def _identifiers(value: Any) -> IdentifierList:
    pointer = f"/payload/{IDENTIFIER_LIST}/identifiers"
    found = value.get("identifiers") if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise InvalidStatus("identifiers is missing", spec=_SPEC, pointer=pointer)
    if len(found) > MAX_IDENTIFIERS:
        raise LimitExceeded(f"{_WHAT} has more than {MAX_IDENTIFIERS} identifiers", pointer=pointer)
    if not all(isinstance(one, bytes) and len(one) <= MAX_IDENTIFIER_BYTES for one in found):
        raise InvalidStatus("an identifier is no short byte string", spec=_SPEC, pointer=pointer)
    return IdentifierList(frozenset(found))
