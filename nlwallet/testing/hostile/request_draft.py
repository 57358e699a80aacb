"""A request before it is signed and served, everything in it open to change; and what a wallet sent in return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import RemoteError
from nlwallet.openid4vp import AuthorizationResponse, decrypt_response
from nlwallet.testing.hostile.jws_draft import JwsDraft, as_json

ENCS = ("A128GCM", "A256GCM")
KID = "hostile-1"
_OWN = ("client_id", "verifier_info")
"""What each signer of a multi-signed request says by itself."""
_BY_LINK = ("response_uri", "state", "aud")
"""What a request through the browser does not have (OpenID4VP 1.0 §A.2)."""


@dataclass(slots=True)
class Reply:
    """What the response_uri answers."""

    status: int = 200
    body: bytes = b"{}"
    media_type: str = "application/json"
    location: str = ""


@dataclass(slots=True)
class RequestDraft:
    """An honest request in pieces: ``token`` is the request object, ``link`` the parameters in front of it.

    Everything is built when a wallet asks for it.
    """

    id: str
    token: JwsDraft
    link: dict[str, str]
    encryption_key: PrivateKey = field(repr=False)
    rewrite: Callable[[str], str] = field(default=lambda text: text, repr=False)
    """A last change, to the signed text."""
    repeat_nonce: Callable[[str], str | None] = field(default=lambda nonce: nonce, repr=False)
    """What becomes of the ``wallet_nonce`` that a wallet sends."""
    reply: Reply = field(default_factory=Reply)
    may_present: bool = False
    """Whether a presentation may leave the wallet: the attack is elsewhere."""
    nonces: list[str] = field(default_factory=list)
    received: list[Mapping[str, Any]] = field(default_factory=list, repr=False)
    """Each form that came to the response_uri, or what a page got."""

    @property
    def claims(self) -> dict[str, Any]:
        """The parameters of the request."""
        return self.token.payload

    @property
    def credential(self) -> dict[str, Any]:
        """The one credential query."""
        query: dict[str, Any] = self.claims["dcql_query"]["credentials"][0]
        return query

    @property
    def jwk(self) -> dict[str, Any]:
        """The key to encrypt to."""
        key: dict[str, Any] = self.claims["client_metadata"]["jwks"]["keys"][0]
        return key

    def called(self, client_id: str) -> None:
        """Give it another client identifier, in the link and in the object."""
        self.link["client_id"] = self.claims["client_id"] = client_id

    def uri(self) -> str:
        """The link."""
        return f"openid4vp://?{urlencode(self.link)}"

    def object(self, wallet_nonce: str | None = None) -> str:
        """The request object, signed as it stands."""
        if wallet_nonce is not None:
            self.nonces.append(wallet_nonce)
            said = self.repeat_nonce(wallet_nonce)
            if said is not None:
                self.claims["wallet_nonce"] = said
        return self.rewrite(self.token.compact())

    def for_browser(self, origin: str) -> None:
        """Make it a request of the page at ``origin`` (OpenID4VP 1.0 §A)."""
        for name in _BY_LINK:
            del self.claims[name]
        self.claims.update({"response_mode": "dc_api.jwt", "expected_origins": [origin]})

    def signed(self) -> dict[str, Any]:
        """What the page gives to the browser."""
        return {"protocol": "openid4vp-v1-signed", "data": {"request": self.object()}}

    def multisigned(self, **payload: Any) -> dict[str, Any]:
        """The same with the signatures beside the payload (§A.3.2.2); ``payload`` is what is wrongly in it."""
        common = {name: value for name, value in self.claims.items() if name not in _OWN} | payload
        protected = as_json(
            {**self.token.header, **{name: self.claims[name] for name in _OWN if name in self.claims}}
        )
        parts = [b64url_encode(octets) for octets in (protected, as_json(common))]
        text = self.rewrite(
            f"{'.'.join(parts)}.{b64url_encode(self.token.sign('.'.join(parts).encode('ascii')))}"
        )
        header, middle, signature = text.split(".")
        request = {"payload": middle, "signatures": [{"protected": header, "signature": signature}]}
        return {"protocol": "openid4vp-v1-multisigned", "data": {"request": request}}

    @property
    def said(self) -> list[dict[str, Any]]:
        """What came, without ``state``; of what is encrypted, which differs each time, what is in it."""
        return [self._said(one) for one in self.received]

    def _said(self, members: Mapping[str, Any]) -> dict[str, Any]:
        plain = {name: value for name, value in members.items() if name != "state"}
        response = plain.get("response")
        if not isinstance(response, str):
            return plain
        try:
            answer = decrypt_response(response, key=self.encryption_key, kid=KID, encs=ENCS)
        except RemoteError:
            return plain
        if isinstance(answer, AuthorizationResponse):
            return {**plain, "response": answer.vp_token}
        return {**plain, "response": [answer.code, answer.description]}

    @property
    def presented(self) -> bool:
        """Whether a presentation came. What cannot be decrypted is taken for one."""
        return any(self._is_presentation(one) for one in self.received)

    def _is_presentation(self, members: Mapping[str, Any]) -> bool:
        response = members.get("response")
        if not isinstance(response, str):
            return "vp_token" in members
        try:
            answer = decrypt_response(response, key=self.encryption_key, kid=KID, encs=ENCS)
        except RemoteError:
            return True
        return isinstance(answer, AuthorizationResponse)
