"""The status list token in JWT, and the reference that a credential carries to it (Token Status List §5.1, §6.2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, parse_jws, sign_jws, verify_chain
from nlwallet.errors import InvalidStatus, OutsideValidity
from nlwallet.status.status_list import StatusList

STATUS_LIST_TYP = "statuslist+jwt"
STATUS_LIST_MEDIA_TYPE = "application/statuslist+jwt"


@dataclass(frozen=True, slots=True)
class StatusReference:
    """Where the status of a token stands: entry ``idx`` of the list at ``uri``."""

    idx: int
    uri: str

    @classmethod
    def parse(cls, status: Any, *, pointer: str = "/payload/status") -> StatusReference:
        """Read a ``status`` claim. Raises :class:`~nlwallet.errors.InvalidStatus`."""
        reference = status.get("status_list") if isinstance(status, dict) else None
        if not isinstance(reference, dict):
            raise InvalidStatus("status has no status_list", spec="TSL §6.2", pointer=pointer)
        idx, uri = reference.get("idx"), reference.get("uri")
        if isinstance(idx, bool) or not isinstance(idx, int) or idx < 0:
            raise InvalidStatus("idx is no index", spec="TSL §6.2", pointer=f"{pointer}/status_list/idx")
        if not isinstance(uri, str) or not uri.startswith("https://"):
            raise InvalidStatus("uri is no https URL", spec="TSL §6.2", pointer=f"{pointer}/status_list/uri")
        return cls(idx, uri)

    def as_json(self) -> dict[str, Any]:
        """The ``status`` claim."""
        return {"status_list": {"idx": self.idx, "uri": self.uri}}


@dataclass(frozen=True, slots=True)
class StatusListToken:
    """A verified status list token; times are seconds since the epoch, ``ttl`` is seconds."""

    uri: str
    issued_at: int
    statuses: StatusList
    expires_at: int | None = None
    ttl: int | None = None


def sign_status_list_token(
    statuses: StatusList,
    *,
    uri: str,
    key: PrivateKey,
    chain: CertificateChain,
    now: int,
    expires_at: int,
    ttl: int,
) -> str:
    """The compact status list token for the list at ``uri``."""
    return sign_jws(
        {
            "sub": uri,
            "iat": now,
            "exp": expires_at,
            "ttl": ttl,
            "status_list": {"bits": statuses.bits, "lst": statuses.encode()},
        },
        key,
        typ=STATUS_LIST_TYP,
        header={"x5c": chain.x5c()},
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
    """Verify a status list token that was fetched from ``uri`` (§8.3(4)); its key comes from ``x5c``.

    Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    jws = parse_jws(text, typ={STATUS_LIST_TYP}, algorithms=algorithms, what="the status list token")
    if "x5c" not in jws.header:
        raise InvalidStatus("the status list token has no x5c", spec="HAIP 1.0 §6.1", pointer="/header/x5c")
    chain = CertificateChain.from_x5c(jws.header["x5c"], pointer="/header/x5c")
    verify_chain(chain, anchors, now=now, what="the status list signer", anchor_in_x5c=anchor_in_x5c)
    jws.verify(chain.leaf.public_key)
    claims = jws.claims(what="the status list token")
    if claims.get("sub") != uri:
        raise InvalidStatus("the token is for another list", spec="TSL §8.3(4a)", pointer="/payload/sub")
    issued_at, expires_at, ttl = (_seconds(claims, name) for name in ("iat", "exp", "ttl"))
    if issued_at is None:
        raise InvalidStatus("iat is missing", spec="TSL §5.1", pointer="/payload/iat")
    if expires_at is not None and now >= expires_at:
        raise OutsideValidity(
            "the status list token has expired", spec="TSL §8.3(4c)", pointer="/payload/exp"
        )
    members = claims.get("status_list")
    if not isinstance(members, dict) or not isinstance(members.get("lst"), str):
        raise InvalidStatus("status_list has no lst", spec="TSL §4.2", pointer="/payload/status_list")
    return StatusListToken(
        uri, issued_at, StatusList.decode(members["lst"], bits=members.get("bits", 0)), expires_at, ttl
    )


def _seconds(claims: dict[str, Any], name: str) -> int | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise InvalidStatus(f"{name} is no positive number", spec="TSL §5.1", pointer=f"/payload/{name}")
    return value
