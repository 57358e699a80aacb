"""What a register says over HTTP, signed (TS5: ``application/jwt``, with the key behind ``x-jku-url``; Reg_03)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nlwallet.crypto import PrivateKey, sign_jws
from nlwallet.encoding import b64url_encode

ANSWER_MEDIA_TYPE: Final = "application/jwt"
JKU_HEADER: Final = "x-jku-url"


class AnswerSigner:
    """Signs answers with a key of the register; ``None`` for a new one."""

    def __init__(self, base_url: str, key: PrivateKey | None = None) -> None:
        self.jwks_url = f"{base_url}/jwks"
        self._issuer = base_url
        self._key = key or PrivateKey.generate()
        self._kid = b64url_encode(self._key.public.thumbprint())

    def jwks(self) -> dict[str, Any]:
        """The public key that answers verify with."""
        return {"keys": [{**self._key.public.jwk(), "kid": self._kid, "use": "sig", "alg": self._key.alg}]}

    def sign(self, data: Any, *, now: int, pagination: Mapping[str, Any] | None = None) -> str:
        """``data`` as a compact JWS with ``iss`` and ``iat``."""
        page = {} if pagination is None else {"pagination": dict(pagination)}
        claims = {"iss": self._issuer, "iat": now, "data": data, **page}
        return sign_jws(claims, self._key, typ="JWT", header={"kid": self._kid})
