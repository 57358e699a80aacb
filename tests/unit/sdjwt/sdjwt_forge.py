"""SD-JWTs made by hand, right and wrong: everything that issuance refuses to write."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from nlwallet.crypto import PrivateKey, sign_jws
from nlwallet.errors import LimitExceeded, RemoteError
from nlwallet.sdjwt import ExpectedKeyBinding, SdJwt, verify_sd_jwt

NOW = 1_800_000_000
AUDIENCE = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk"
NONCE = "n-0S6_WzA2Mj"
TYP = "example+sd-jwt"
ES256 = frozenset({"ES256"})
ISSUER = PrivateKey.generate()
HOLDER = PrivateKey.generate()
STRANGER = PrivateKey.generate()
CNF = {"cnf": {"jwk": HOLDER.public.jwk()}}
BOUND = ExpectedKeyBinding(AUDIENCE, NONCE)


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def disclosure(*content: Any) -> str:
    return b64url(json.dumps(content).encode())


def digest_of(encoded: str, name: str = "sha256") -> str:
    return b64url(hashlib.new(name, encoded.encode()).digest())


def hidden(*encoded: str) -> dict[str, Any]:
    """An ``_sd`` member with the digests of these Disclosures."""
    return {"_sd": [digest_of(each) for each in encoded]}


def signed(
    payload: dict[str, Any] | bytes, *, key: PrivateKey = ISSUER, typ: str = TYP, **header: Any
) -> str:
    return sign_jws(payload, key, typ=typ, header=header)


def forged(payload: dict[str, Any] | bytes, *disclosures: str, **header: Any) -> str:
    return "~".join((signed(payload, **header), *disclosures, ""))


def bound(
    sd_jwt: str,
    claims: dict[str, Any] | None = None,
    *,
    key: PrivateKey = HOLDER,
    without: str = "",
    **header: Any,
) -> str:
    """With a KB-JWT that is right but for ``claims`` and ``header``."""
    right = {"iat": NOW, "aud": AUDIENCE, "nonce": NONCE, "sd_hash": digest_of(sd_jwt)}
    payload = {name: value for name, value in (right | (claims or {})).items() if name != without}
    return sd_jwt + signed(payload, key=key, **({"typ": "kb+jwt"} | header))


def verify(text: str, **terms: Any) -> SdJwt:
    return verify_sd_jwt(text, **({"issuer_key": ISSUER.public, "now": NOW, "algorithms": ES256} | terms))


def refused(
    text: str,
    kind: type[RemoteError],
    *,
    saying: str = "",
    spec: str = "",
    pointer: str | None = None,
    **terms: Any,
) -> RemoteError:
    """``text`` is refused with exactly this kind of error; it names a section, and shows nothing of the token."""
    with pytest.raises(RemoteError) as caught:
        verify(text, **terms)
    error = caught.value
    assert type(error) is kind, repr(error)
    assert saying in error.message
    assert error.spec.startswith(spec)
    assert error.spec or isinstance(error, LimitExceeded)
    if pointer is not None:
        assert error.pointer == pointer
    assert text.partition("~")[0] not in str(error.diagnostics())
    return error
