"""The status list token in CWT: a COSE_Sign1 with tag 18, without the tag of a CWT (Token Status List §5.2).

A token that is protected by a MAC (tag 17) is refused: who can check it can also make it (§11.6).
"""

from __future__ import annotations

from typing import Any

from nlwallet.crypto import CertificateChain, PrivateKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.crypto.cose import TYP, parse_cose_sign1, sign_cose_sign1
from nlwallet.errors import InvalidStatus, MalformedInput
from nlwallet.status.signer import StatusSigner
from nlwallet.status.status_list import StatusList
from nlwallet.status.token import MAX_TOKEN_BYTES, Claims, StatusListToken

STATUS_LIST_CWT_MEDIA_TYPE = "application/statuslist+cwt"

SUB, EXP, NBF, IAT, STATUS_LIST, TTL = 2, 4, 5, 6, 65533, 65534
"""Claim keys (RFC 8392 §4; the last two as the draft asks for them)."""

_WHAT = "the status list token"


def sign_status_list_cwt(
    statuses: StatusList,
    *,
    uri: str,
    key: PrivateKey,
    chain: CertificateChain,
    now: int,
    expires_at: int,
    ttl: int,
    aggregation_uri: str | None = None,
) -> bytes:
    """The status list token for the list at ``uri``, with ``chain`` (no anchor in it) as ``x5chain``."""
    status_list: dict[str, Any] = {"bits": statuses.bits, "lst": statuses.compress()}
    if aggregation_uri is not None:
        status_list["aggregation_uri"] = aggregation_uri
    claims = {SUB: uri, IAT: now, EXP: expires_at, TTL: ttl, STATUS_LIST: status_list}
    return sign_cose_sign1(
        dump_cbor(claims),
        key,
        protected={TYP: STATUS_LIST_CWT_MEDIA_TYPE},
        chain=chain,
        tagged=True,
    )


def verify_status_list_cwt(data: bytes, *, uri: str, signer: StatusSigner, now: int) -> StatusListToken:
    """Verify a status list token that was fetched from ``uri`` (§8.3(3) to (5)).

    Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    message = parse_cose_sign1(
        data, algorithms=signer.algorithms, what=_WHAT, tagged=True, max_bytes=MAX_TOKEN_BYTES
    )
    if message.protected.get(TYP) != STATUS_LIST_CWT_MEDIA_TYPE:
        raise MalformedInput(
            f"{_WHAT} has another type than {STATUS_LIST_CWT_MEDIA_TYPE}",
            spec="TSL §5.2",
            pointer="/protected/typ",
        )
    message.verify(signer.key_of(message.chain, now=now, pointer="/x5chain"))
    assert message.payload is not None  # verify() refused a detached one
    claims_set = parse_cbor(message.payload, what=_WHAT, pointer="/payload", max_bytes=MAX_TOKEN_BYTES)
    if not isinstance(claims_set, dict):
        raise MalformedInput(f"{_WHAT} is not a map of claims", spec="RFC 8392 §7.2", pointer="/payload")
    claims = Claims(*(claims_set.get(label) for label in (SUB, IAT, EXP, NBF, TTL, STATUS_LIST)))
    issued_at, expires_at, ttl = claims.times(uri=uri, now=now)
    if isinstance(claims.ttl, float):
        raise InvalidStatus("ttl is no unsigned integer", spec="TSL §5.2", pointer="/payload/ttl")
    members = claims.members()
    if not isinstance(members.get("lst"), bytes):
        raise InvalidStatus("status_list has no lst", spec="TSL §4.3", pointer="/payload/status_list")
    return StatusListToken(
        uri,
        issued_at,
        StatusList.decompress(members["lst"], bits=members.get("bits", 0)),
        expires_at,
        ttl,
        members.get("aggregation_uri"),
    )
