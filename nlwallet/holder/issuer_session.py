"""The exchange with one issuer over HTTP: metadata, authorization, tokens, credentials (OpenID4VCI 1.0).

Every session has keys of its own, for DPoP and for the wallet attestation, so that two issuers cannot tell that they
speak with the same wallet.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from nlwallet.clock import Clock
from nlwallet.crypto import PrivateKey, SigningKey
from nlwallet.encoding import parse_json_object
from nlwallet.errors import InvalidOffer, IssuanceRefused, RemoteError, TransportError
from nlwallet.holder.keys import KeyStore, SoftwareKeys
from nlwallet.holder.readable import plain
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.http import HttpClient, HttpReply
from nlwallet.openid4vci import (
    ATTESTATION_HEADER,
    CHALLENGE_HEADER,
    ENCS,
    MESSAGE_MEDIA_TYPE,
    POP_HEADER,
    AuthorizationRequest,
    AuthorizationServerMetadata,
    CredentialIssuerMetadata,
    EncryptionTo,
    Notification,
    TokenRequest,
    TokenResponse,
    authorization_server_metadata_url,
    decrypt_message,
    issuer_metadata_url,
    parameters_of,
    parse_nonce_response,
    sign_attestation_pop,
    sign_dpop,
)

ATTESTATION_REUSE: Final = 300
"""Seconds after which a wallet attestation is asked for anew, within one session."""

_JSON: Final = "application/json"
_CODE: Final = re.compile(r"[a-z_]{1,64}")
_TRY_AGAIN: Final = frozenset({"use_dpop_nonce", "use_attestation_challenge"})


@dataclass(slots=True)
class IssuerSession:
    """One conversation; use it once. ``provider`` vouches for the wallet where the issuer wants it.

    ``dpop_key`` is what its tokens are bound to, ``instance_key`` what the provider attests.
    """

    http: HttpClient
    clock: Clock
    issuer: CredentialIssuerMetadata
    server: AuthorizationServerMetadata
    provider: WalletProvider | None
    dpop_key: SigningKey = field(repr=False)
    instance_key: SigningKey = field(repr=False)
    documents: tuple[Mapping[str, Any], Mapping[str, Any]] = field(repr=False)
    """What the issuer and its authorization server said of themselves, as it was read: to resume from."""
    identified: bool = False
    """Whether the server knows which wallet its last token is for; a key proof then says so too (§F.1)."""
    _attestation: str = field(default="", repr=False)
    _attested_at: int = 0
    _dpop_nonce: str | None = field(default=None, repr=False)
    _challenge: str | None = field(default=None, repr=False)

    @classmethod
    def begin(
        cls,
        credential_issuer: str,
        *,
        http: HttpClient,
        clock: Clock,
        provider: WalletProvider | None,
        keys: KeyStore | None = None,
        authorization_server: str | None = None,
    ) -> IssuerSession:
        """Fetch what the issuer and its authorization server say of themselves.

        ``authorization_server`` is the one that an offer chose. Raises a
        :class:`~nlwallet.errors.RemoteError`.
        """
        of_issuer = fetch_json(issuer_metadata_url(credential_issuer), "the issuer metadata", http=http)
        issuer = CredentialIssuerMetadata.parse(of_issuer, expected_issuer=credential_issuer)
        chosen = issuer.authorization_server(authorization_server)
        of_server = fetch_json(
            authorization_server_metadata_url(chosen), "the authorization server metadata", http=http
        )
        server = AuthorizationServerMetadata.parse(of_server, expected_issuer=chosen)
        keys = keys or SoftwareKeys()
        return cls(
            http, clock, issuer, server, provider, keys.generate(), keys.generate(), (of_issuer, of_server)
        )

    @classmethod
    def resume(
        cls,
        documents: tuple[dict[str, Any], dict[str, Any]],
        *,
        dpop_key: SigningKey,
        instance_key: SigningKey,
        http: HttpClient,
        clock: Clock,
        provider: WalletProvider | None,
    ) -> IssuerSession:
        """Go on where an earlier one ended, from its :attr:`documents` and keys. Raises a RemoteError."""
        of_issuer, of_server = documents
        issuer = CredentialIssuerMetadata.parse(
            of_issuer, expected_issuer=str(of_issuer.get("credential_issuer"))
        )
        server = AuthorizationServerMetadata.parse(of_server, expected_issuer=str(of_server.get("issuer")))
        return cls(http, clock, issuer, server, provider, dpop_key, instance_key, documents)

    @property
    def client_id(self) -> str | None:
        """How the wallet calls itself; ``None`` for an anonymous one."""
        return self.provider.client_id if self.provider is not None else None

    # Authorization server ------------------------------------------------------------------------

    def push(self, request: AuthorizationRequest, *, authorization_details: str | None = None) -> str:
        """Push an authorization request; where the user agent goes with it. Raises a RemoteError (RFC 9126)."""
        par, page = self.server.pushed_authorization_request_endpoint, self.server.authorization_endpoint
        if par is None or page is None:
            raise InvalidOffer(
                "the issuer takes no pushed authorization requests",
                spec="HAIP 1.0 §4",
                hint="PAR is required",
            )
        form = parameters_of(request, authorization_details=authorization_details)
        reply = self._post_form(par, form, "the pushed authorization request", bound=self.server.dpop)
        request_uri = reply.get("request_uri")
        if not isinstance(request_uri, str) or not request_uri:
            raise InvalidOffer("there is no request_uri", spec="RFC 9126 §2.2", pointer="/request_uri")
        return f"{page}?{urlencode({'client_id': request.client_id, 'request_uri': request_uri})}"

    def token(self, request: TokenRequest) -> TokenResponse:
        """Get a token, bound to this session's key if the server knows DPoP. Raises a RemoteError."""
        members = self._post_form(
            self.server.token_endpoint, request.fields(), "the token response", bound=self.server.dpop
        )
        attested = self.server.client_attestation and self.provider is not None
        self.identified = attested or request.client_id is not None
        return TokenResponse.parse(members, dpop=self.server.dpop)

    # Credential issuer ---------------------------------------------------------------------------

    def nonce(self) -> str:
        """A fresh ``c_nonce``. Raises a RemoteError."""
        what = "the nonce response"
        reply = self.http.post_form(self.issuer.nonce_endpoint, {}, accept=_JSON, what=what)
        self._remember(reply)
        return parse_nonce_response(read_json(reply, what, spec="OpenID4VCI 1.0 §7.2"))

    def encryption(self) -> tuple[PrivateKey, EncryptionTo] | None:
        """A key of the wallet for one response, if the issuer wants responses encrypted."""
        if not self.issuer.response_encryption_required:
            return None
        key = PrivateKey.generate("P-256")
        return key, EncryptionTo(key.public, ENCS[0], secrets.token_urlsafe(8))

    def post(
        self,
        url: str,
        message: Mapping[str, Any],
        token: TokenResponse,
        *,
        what: str,
        decrypt_with: tuple[PrivateKey, EncryptionTo] | None = None,
    ) -> dict[str, Any]:
        """Post to a protected endpoint, encrypted where that is required. Raises a RemoteError."""
        to = self.issuer.request_encryption
        encrypted = (
            to if to is not None and (self.issuer.request_encryption_required or decrypt_with) else None
        )
        reply = self._again(lambda: self._post_protected(url, message, token, encrypted, what))
        if decrypt_with is not None and reply.content_type == MESSAGE_MEDIA_TYPE:
            key, own = decrypt_with
            return decrypt_message(reply.body.decode("ascii", "replace"), key=key, kid=own.kid or "")
        if decrypt_with is not None and reply.status in (200, 202):
            raise InvalidOffer("the response was to be encrypted", spec="OpenID4VCI 1.0 §10")
        return read_json(reply, what, spec="OpenID4VCI 1.0 §8.3")

    def notify(self, url: str, notification: Notification, token: TokenResponse) -> None:
        """Tell the issuer what became of its credentials; whether it hears so changes nothing here (§11)."""
        with suppress(RemoteError):
            self._again(
                lambda: self._post_protected(url, notification.as_json(), token, None, "the notification")
            )

    # ---------------------------------------------------------------------------------------------

    def _post_form(self, url: str, form: Mapping[str, str], what: str, *, bound: bool) -> dict[str, Any]:
        def post() -> HttpReply:
            headers = self._authentication()
            if bound:
                headers["DPoP"] = self._proof("POST", url)
            return self.http.post_form(url, form, accept=_JSON, what=what, headers=headers)

        return read_json(self._again(post), what, spec="OpenID4VCI 1.0 §6.3")

    def _post_protected(
        self,
        url: str,
        message: Mapping[str, Any],
        token: TokenResponse,
        encrypted: EncryptionTo | None,
        what: str,
    ) -> HttpReply:
        headers = {"Authorization": f"{token.token_type} {token.access_token}"}
        if token.token_type == "DPoP":  # noqa: S105 - a kind, not a secret
            headers["DPoP"] = self._proof("POST", url, access_token=token.access_token)
        if encrypted is None:
            return self.http.post_json(url, dict(message), accept=_JSON, what=what, headers=headers)
        return self.http.post_text(
            url,
            encrypted.encrypt(message),
            media_type=MESSAGE_MEDIA_TYPE,
            accept=f"{MESSAGE_MEDIA_TYPE}, {_JSON}",
            what=what,
            headers=headers,
        )

    def _again(self, post: Any) -> HttpReply:
        """Once more when the server asks for its own nonce or challenge, which came with the refusal."""
        reply: HttpReply = post()
        self._remember(reply)
        if reply.status in (400, 401) and _error_code(reply) in _TRY_AGAIN:
            reply = post()
            self._remember(reply)
        return reply

    def _remember(self, reply: HttpReply) -> None:
        self._dpop_nonce = reply.headers.get("dpop-nonce", self._dpop_nonce)
        self._challenge = reply.headers.get(CHALLENGE_HEADER.lower(), self._challenge)

    def _proof(self, method: str, url: str, *, access_token: str | None = None) -> str:
        return sign_dpop(
            self.dpop_key,
            method=method,
            url=url,
            now=self.clock.now(),
            nonce=self._dpop_nonce,
            access_token=access_token,
        )

    def _authentication(self) -> dict[str, str]:
        """The wallet attestation and a fresh proof of its key; nothing for a server that does not ask."""
        if not self.server.client_attestation or (self.provider is None and self.server.anonymous_access):
            return {}
        if self.provider is None:
            raise InvalidOffer(
                "the issuer wants to know which wallet this is",
                spec="HAIP 1.0 §4.4.1",
                hint="give the wallet a provider that attests it",
            )
        now = self.clock.now()
        if not self._attestation or now >= self._attested_at + ATTESTATION_REUSE:
            # A renewal may come long after the card.
            self._attestation = self.provider.attest_instance(self.instance_key.public)
            self._attested_at = now
        proof = sign_attestation_pop(
            self.provider.client_id,
            self.instance_key,
            audience=self.server.issuer,
            now=self.clock.now(),
            challenge=self._take_challenge(),
        )
        return {ATTESTATION_HEADER: self._attestation, POP_HEADER: proof}

    def _take_challenge(self) -> str | None:
        """Each challenge is used once: that of the last answer, else a fresh one."""
        challenge, self._challenge = self._challenge, None
        if challenge is not None or self.server.challenge_endpoint is None:
            return challenge
        what = "the challenge"
        reply = self.http.post_form(self.server.challenge_endpoint, {}, accept=_JSON, what=what)
        found = read_json(reply, what, spec="OpenID4VCI 1.0 §E").get("attestation_challenge")
        if not isinstance(found, str) or not found:
            raise InvalidOffer(
                "there is no attestation_challenge", spec="attestation-based client authentication §6.1"
            )
        return found


def fetch_json(url: str, what: str, *, http: HttpClient) -> dict[str, Any]:
    """A JSON document by GET. Raises a :class:`~nlwallet.errors.RemoteError`."""
    reply = http.get(url, accept=_JSON, what=what)
    if reply.status != 200 or reply.content_type != _JSON:
        raise TransportError(
            f"{what} was answered with HTTP status {reply.status} and type {reply.content_type or 'none'}",
            spec="OpenID4VCI 1.0 §12.2.2",
            hint="200 and application/json",
        )
    return parse_json_object(reply.body, what=what)


def read_json(reply: HttpReply, what: str, *, spec: str) -> dict[str, Any]:
    """The JSON of a reply; an error response becomes :class:`~nlwallet.errors.IssuanceRefused`."""
    if reply.status in (200, 201, 202) and reply.content_type == _JSON:
        return parse_json_object(reply.body, what=what)
    said = ""
    try:
        members = parse_json_object(reply.body, what=what)
    except RemoteError:
        members = {}
    if isinstance(members.get("error_description"), str):
        said = f"the issuer says: {plain(members['error_description'], 200)}"
    raise IssuanceRefused(
        f"{what} was answered with HTTP status {reply.status}",
        code=_error_code(reply) or "unexpected_reply",
        spec=spec,
        hint=said,
    )


def _error_code(reply: HttpReply) -> str:
    try:
        code = parse_json_object(reply.body, what="the reply").get("error")
    except RemoteError:
        return ""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""
