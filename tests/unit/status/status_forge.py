"""A signer of status lists, and tokens of both forms with anything wrong that a test wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject, sign_jws
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.cose import TYP, X5CHAIN, sign_cose_sign1, x5chain
from nlwallet.status import (
    StatusList,
    StatusListToken,
    StatusSigner,
    verify_status_list_cwt,
    verify_status_list_jwt,
)

NOW = 1_790_000_000
URI = "https://issuer.example/status/1"

LONG_AGO = NOW - 30 * 86_400

ROOT = CertificateAuthority.create("Status root", now=LONG_AGO)
KEY = PrivateKey.generate()
CHAIN = ROOT.issue(KEY.public, Subject("Status signer"), now=LONG_AGO)
SIGNER = StatusSigner([ROOT.certificate])

CLAIM_KEYS = {"sub": 2, "exp": 4, "nbf": 5, "iat": 6, "status_list": 65533, "ttl": 65534}


def some_list() -> StatusList:
    """64 entries; the one numbered 7 is revoked."""
    statuses = StatusList(64)
    statuses[7] = 1
    return statuses


def claims_with(form: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Good claims with ``changes``; what is ``None`` is left out. ``lst`` is as the form has it."""
    lst: Any = some_list().encode() if form == "jwt" else some_list().compress()
    good = {"sub": URI, "iat": NOW, "exp": NOW + 60, "ttl": 30, "status_list": {"bits": 1, "lst": lst}}
    members = {**good, **changes}
    if isinstance(members["status_list"], dict):
        status_list = {**good["status_list"], **members["status_list"]}  # type: ignore[dict-item]
        members["status_list"] = {name: value for name, value in status_list.items() if value is not None}
    return {name: value for name, value in members.items() if value is not None}


def jwt(
    *, key: PrivateKey = KEY, chain: CertificateChain = CHAIN, typ: str = "statuslist+jwt", **changes: Any
) -> str:
    return sign_jws(claims_with("jwt", changes), key, typ=typ, header={"x5c": chain.x5c()})


def cwt(
    *,
    key: PrivateKey = KEY,
    chain: CertificateChain = CHAIN,
    typ: Any = "application/statuslist+cwt",
    tagged: bool = True,
    **changes: Any,
) -> bytes:
    return sign_cose_sign1(
        dump_cbor({CLAIM_KEYS[name]: value for name, value in claims_with("cwt", changes).items()}),
        key,
        protected={} if typ is None else {TYP: typ},
        unprotected={X5CHAIN: x5chain(chain)},
        tagged=tagged,
    )


def forge(form: str, **changes: Any) -> str | bytes:
    return jwt(**changes) if form == "jwt" else cwt(**changes)


def verify(
    token: str | bytes, *, uri: str = URI, signer: StatusSigner = SIGNER, now: int = NOW
) -> StatusListToken:
    if isinstance(token, str):
        return verify_status_list_jwt(token, uri=uri, signer=signer, now=now)
    return verify_status_list_cwt(token, uri=uri, signer=signer, now=now)
