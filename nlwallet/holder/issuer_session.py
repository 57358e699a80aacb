"""The exchange with one issuer over HTTP: authorization, tokens, nonces, credentials (OpenID4VCI 1.0).

Every session has keys of its own, for DPoP and for the wallet attestation, so that two issuers cannot tell that they
speak with the same wallet.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlencode, urlsplit, urlunsplit

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, SigningKey
from nlwallet.errors import InvalidOffer, RemoteError
from nlwallet.holder.attested_client import AttestedClient
from nlwallet.holder.issuer_replies import JSON, error_code, read_json
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.http import HttpClient, HttpReply
from nlwallet.openid4vci import (
    CHALLENGE_HEADER,
    MESSAGE_MEDIA_TYPE,
    AuthorizationRequest,
    AuthorizationServerMetadata,
    CredentialIssuerMetadata,
    EncryptionTo,
    Notification,
    TokenRequest,
    TokenResponse,
    decrypt_message,
    parameters_of,
    parse_nonce_response,
    sign_dpop,
)
from nlwallet.openid4vci.nl_wallet_drafts import parse_previews

MAX_NONCE_LENGTH: Final = 2048

_TRY_AGAIN: Final = frozenset({"use_dpop_nonce", "use_attestation_challenge", "use_fresh_attestation"})

_Side: TypeAlias = Literal["server", "issuer"]
"""The authorization server or the credential issuer: each has DPoP nonces of its own (RFC 9449 §8, §9)."""


@dataclass(slots=True)
class IssuerSession:
    """One conversation; use it once. ``provider`` vouches for the wallet where the issuer wants it.

    ``dpop_key`` is what its tokens are bound to, ``instance_key`` what the provider attests. ``chain`` is of whoever
    signed the metadata of the issuer, if somebody did whom this wallet trusts for it.
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
    chain: CertificateChain | None = field(default=None, repr=False)
    identified: bool = False
    """Whether the server knows which wallet its last token is for; a key proof then says so too (§F.1)."""
    _client: AttestedClient | None = field(default=None, init=False, repr=False)
    _dpop_nonces: dict[_Side, str] = field(default_factory=dict, repr=False)
    _challenge: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.provider is not None:
            self._client = AttestedClient(self.provider, self.clock, self.instance_key)

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
    def signer(self) -> Certificate | None:
        """Who signed the metadata of the issuer."""
        return self.chain.leaf if self.chain is not None else None

    @property
    def client_id(self) -> str | None:
        """How the wallet calls itself; ``None`` for an anonymous one."""
        return self.provider.client_id if self.provider is not None else None

    @property
    def authenticates(self) -> bool:
        """Whether the server knows wallets by their attestation."""
        return self.server.client_attestation or self.combined

    @property
    def combined(self) -> bool:
        """Whether one DPoP proof stands for both proofs, because the server takes nothing else.

        Then, and only then, ``dpop_key`` is ``instance_key`` (attestation-based client authentication §5.2).
        """
        return self.server.combined_attestation_only

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
        return _with_query(page, {"client_id": request.client_id, "request_uri": request_uri})

    def token(self, request: TokenRequest) -> TokenResponse:
        """Get a token, bound to this session's key if the server knows DPoP. Raises a RemoteError."""
        # Issuers for the NL Wallet want DPoP, and do not say so in their metadata.
        bound = self.server.dpop or self.combined or self.issuer.batch_credential_endpoint is not None
        members = self._post_form(
            self.server.token_endpoint, request.fields(), "the token response", bound=bound
        )
        attested = self.authenticates and self.provider is not None
        self.identified = attested or request.client_id is not None
        return TokenResponse.parse(members, dpop=bound)

    # Credential issuer ---------------------------------------------------------------------------

    def nonce(self) -> str:
        """A fresh ``c_nonce``. Raises a RemoteError."""
        what = "the nonce response"
        reply = self.http.post_form(self.issuer.nonce_endpoint, {}, accept=JSON, what=what)
        self._remember(reply, "issuer")
        return parse_nonce_response(read_json(reply, what, spec="OpenID4VCI 1.0 §7.2"))

    def previews(self, url: str, token: TokenResponse) -> tuple[str, ...]:
        """The configurations of what a token is good for, as the NL Wallet looks: with the token alone.

        Raises a RemoteError.
        """
        what, headers = "the credential previews", {"Authorization": f"Bearer {token.access_token}"}
        reply = self.http.post_form(url, {}, accept=JSON, what=what, headers=headers)
        self._remember(reply, "issuer")
        return parse_previews(read_json(reply, what, spec="NL Wallet 0.6, credential preview"))

    def encryption(self) -> tuple[PrivateKey, EncryptionTo] | None:
        """A key of the wallet for one response, if the issuer wants responses encrypted."""
        if not self.issuer.response_encryption_required or self.issuer.response_enc is None:
            return None
        key = PrivateKey.generate("P-256")
        return key, EncryptionTo(key.public, self.issuer.response_enc, secrets.token_urlsafe(8))

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
        reply = self._again(lambda: self._post_protected(url, message, token, encrypted, what), "issuer")
        if decrypt_with is not None and 200 <= reply.status < 300:
            if reply.content_type != MESSAGE_MEDIA_TYPE:
                raise InvalidOffer("the response was to be encrypted", spec="OpenID4VCI 1.0 §10")
            key, own = decrypt_with
            return decrypt_message(
                reply.body.decode("ascii", "replace"), key=key, kid=own.kid or "", encs=(own.enc,)
            )
        return read_json(reply, what, spec="OpenID4VCI 1.0 §8.3")

    def notify(self, url: str, notification: Notification, token: TokenResponse) -> None:
        """Tell the issuer what became of its credentials; whether it hears so changes nothing here (§11)."""
        what = "the notification"
        with suppress(RemoteError):
            self._again(
                lambda: self._post_protected(url, notification.as_json(), token, None, what), "issuer"
            )

    # ---------------------------------------------------------------------------------------------

    def _post_form(self, url: str, form: Mapping[str, str], what: str, *, bound: bool) -> dict[str, Any]:
        def post() -> HttpReply:
            headers, challenge = self._authentication()
            if bound or self.combined:
                headers["DPoP"] = self._proof(url, "server", challenge=challenge)
            return self.http.post_form(url, form, accept=JSON, what=what, headers=headers)

        return read_json(self._again(post, "server"), what, spec="OpenID4VCI 1.0 §6.3")

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
            headers["DPoP"] = self._proof(url, "issuer", access_token=token.access_token)
        if encrypted is None:
            return self.http.post_json(url, dict(message), accept=JSON, what=what, headers=headers)
        return self.http.post_text(
            url,
            encrypted.encrypt(message),
            media_type=MESSAGE_MEDIA_TYPE,
            accept=f"{MESSAGE_MEDIA_TYPE}, {JSON}",
            what=what,
            headers=headers,
        )

    def _again(self, post: Callable[[], HttpReply], side: _Side) -> HttpReply:
        """Once more for each thing that the server misses: its own nonce or challenge, or a fresher attestation."""
        reply = post()
        self._remember(reply, side)
        tried: set[str] = set()
        while reply.status in (400, 401) and (code := error_code(reply)) in _TRY_AGAIN - tried:
            tried.add(code)
            if code == "use_fresh_attestation" and self._client is not None:
                self._client.expire()
            reply = post()
            self._remember(reply, side)
        return reply

    def _remember(self, reply: HttpReply, side: _Side) -> None:
        """The nonce and the challenge for the next request; any answer may bring them (RFC 9449 §8.2)."""
        nonce, challenge = (
            reply.headers.get("dpop-nonce", ""),
            reply.headers.get(CHALLENGE_HEADER.lower(), ""),
        )
        if 0 < len(nonce) <= MAX_NONCE_LENGTH:
            self._dpop_nonces[side] = nonce
        if 0 < len(challenge) <= MAX_NONCE_LENGTH:
            self._challenge = challenge

    def _proof(
        self, url: str, side: _Side, *, access_token: str | None = None, challenge: str | None = None
    ) -> str:
        return sign_dpop(
            self.dpop_key,
            method="POST",
            url=url,
            now=self.clock.now(),
            nonce=challenge or self._dpop_nonces.get(side) or self._nonce_of_the_same_server(side),
            access_token=access_token,
        )

    def _nonce_of_the_same_server(self, side: _Side) -> str | None:
        """An issuer that is its own authorization server has one kind of nonce (RFC 9449 §9)."""
        if side == "server" or self.issuer.credential_issuer != self.server.issuer:
            return None
        return self._dpop_nonces.get("server")

    def _authentication(self) -> tuple[dict[str, str], str | None]:
        """The headers of the wallet attestation, and the challenge that goes into the DPoP proof instead.

        Nothing for a server that does not ask.
        """
        if not self.authenticates or (self._client is None and self.server.anonymous_access):
            return {}, None
        if self._client is None:
            raise InvalidOffer(
                "the issuer wants to know which wallet this is",
                spec="HAIP 1.0 §4.4.1",
                hint="give the wallet a provider that attests it",
            )
        attestation, challenge = self._client.attestation(), self._take_challenge()
        if self.combined:
            return attestation, challenge
        return attestation | self._client.proof(audience=self.server.issuer, challenge=challenge), None

    def _take_challenge(self) -> str | None:
        """Each challenge is used once: that of the last answer, else a fresh one."""
        challenge, self._challenge = self._challenge, None
        if challenge is not None or self.server.challenge_endpoint is None:
            return challenge
        what = "the challenge"
        reply = self.http.post_form(self.server.challenge_endpoint, {}, accept=JSON, what=what)
        self._remember(reply, "server")
        found = read_json(reply, what, spec="OpenID4VCI 1.0 §E").get("attestation_challenge")
        self._challenge = None  # that of the header, if any, is as good; this one was asked for
        if not isinstance(found, str) or not 0 < len(found) <= MAX_NONCE_LENGTH:
            raise InvalidOffer(
                "there is no attestation_challenge", spec="attestation-based client authentication §6.1"
            )
        return found


def _with_query(url: str, fields: Mapping[str, str]) -> str:
    """``url``, which may have a query of its own, with ``fields`` (RFC 6749 §3.1)."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(fields))))))
