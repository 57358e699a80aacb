"""The status list token in JWT (Token Status List §5.1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, parse_jws, sign_jws
from nlwallet.encoding import parse_signed_json
from nlwallet.errors import InvalidStatus, MalformedInput
from nlwallet.status.signer import StatusSigner
from nlwallet.status.status_list import StatusList
from nlwallet.status.token import MAX_TOKEN_BYTES, Claims, StatusListToken

STATUS_LIST_TYP = "statuslist+jwt"
STATUS_LIST_MEDIA_TYPE = "application/statuslist+jwt"

_WHAT = "the status list token"


def sign_status_list_token(
    statuses: StatusList,
    *,
    uri: str,
    key: PrivateKey,
    chain: CertificateChain,
    now: int,
    expires_at: int,
    ttl: int,
    aggregation_uri: str | None = None,
) -> str:
    """The compact status list token for the list at ``uri``, with ``chain`` (no anchor in it) as ``x5c``."""
    status_list: dict[str, Any] = {"bits": statuses.bits, "lst": statuses.encode()}
    if aggregation_uri is not None:
        status_list["aggregation_uri"] = aggregation_uri
    return sign_jws(
        {"sub": uri, "iat": now, "exp": expires_at, "ttl": ttl, "status_list": status_list},
        key,
        typ=STATUS_LIST_TYP,
        header={"x5c": chain.x5c()},
    )


def verify_status_list_jwt(text: str, *, uri: str, signer: StatusSigner, now: int) -> StatusListToken:
    """Verify a status list token that was fetched from ``uri`` (§8.3(3) to (5)).

    Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    jws = parse_jws(
        text, typ={STATUS_LIST_TYP}, algorithms=signer.algorithms, what=_WHAT, max_bytes=MAX_TOKEN_BYTES
    )
    x5c = jws.header.get("x5c")
    chain = None if x5c is None else CertificateChain.from_x5c(x5c, pointer="/header/x5c")
    jws.verify(signer.key_of(chain, now=now, pointer="/header/x5c"))
    payload = parse_signed_json(jws.payload, what=_WHAT, pointer="/payload", max_bytes=MAX_TOKEN_BYTES)
    if not isinstance(payload, dict):
        raise MalformedInput(f"{_WHAT} is not a JSON object", spec="RFC 7519 §7.2", pointer="/payload")
    claims = Claims(*(payload.get(name) for name in ("sub", "iat", "exp", "nbf", "ttl", "status_list")))
    issued_at, expires_at, ttl = claims.times(uri=uri, now=now)
    members = claims.members()
    if not isinstance(members.get("lst"), str):
        raise InvalidStatus("status_list has no lst", spec="TSL §4.2", pointer="/payload/status_list")
    return StatusListToken(
        uri,
        issued_at,
        StatusList.decode(members["lst"], bits=members.get("bits", 0)),
        expires_at,
        ttl,
        members.get("aggregation_uri"),
    )


def verify_status_list_token(
    text: str,
    *,
    uri: str,
    anchors: Sequence[Certificate],
    now: int,
    algorithms: Collection[str],
    anchor_in_x5c: Literal["refused", "accepted"] = "refused",
) -> StatusListToken:
    """:func:`verify_status_list_jwt` for a signer of whom nothing but its anchors is known."""
    signer = StatusSigner(anchors, algorithms, anchor_in_x5c)
    return verify_status_list_jwt(text, uri=uri, signer=signer, now=now)
