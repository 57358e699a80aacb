"""The issuer's own authorization server: pushed requests, codes, tokens (OpenID4VCI 1.0 §5, §6, HAIP 1.0 §4)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from nlwallet.clock import Clock
from nlwallet.errors import IssuanceRefused
from nlwallet.issuer.caller import Caller
from nlwallet.issuer.client_authentication import Client, ClientAuthentication
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.dpop_check import DpopCheck
from nlwallet.issuer.grant import Dataset, Grant
from nlwallet.issuer.kept_secrets import Secrets
from nlwallet.openid4vci import (
    AUTHORIZATION_CODE,
    PRE_AUTHORIZED_CODE,
    REQUEST_URI_PREFIX,
    AuthorizationDetail,
    AuthorizationRequest,
    DpopProof,
    ErrorCode,
    TokenRequest,
    TokenResponse,
    authorization_redirect,
    check_resource,
    granted,
    parse_details_parameter,
    proves,
    refusal,
)

PRE_AUTHORIZED_CODE_LIFETIME = 600
REQUEST_LIFETIME = 90
CODE_LIFETIME = 60
"""FAPI 2.0 wants at most 60 s."""
BEARER_TOKEN_LIFETIME = 300
"""A token that is not bound to a key must not live longer than five minutes (§13.10)."""
BOUND_TOKEN_LIFETIME = 3600
REFRESH_TOKEN_LIFETIME = 365 * 86_400
"""As long as a card, and no longer; bound to its wallet's keys."""

TX_CODE_LENGTH = 6
TX_CODE_ATTEMPTS = 3

Attributes: TypeAlias = Callable[[str, str], Mapping[str, Any]]
"""The claims of a person, by her name at this issuer, for a credential configuration id."""


@dataclass(slots=True, repr=False)
class _Offered:
    datasets: tuple[Dataset, ...]
    tx_code: str | None
    attempts_left: int = TX_CODE_ATTEMPTS

    def refuses(self, tx_code: str | None) -> bool:
        """Whether ``tx_code`` is wrong; to be wrong costs an attempt, and without one left all are."""
        if self.tx_code is None or tx_code is None:
            return self.tx_code is not tx_code
        self.attempts_left -= 1
        return self.attempts_left < 0 or not hmac.compare_digest(self.tx_code.encode(), tx_code.encode())


@dataclass(frozen=True, slots=True)
class PushedRequest:
    """An authorization request of a known client, waiting for its user."""

    request: AuthorizationRequest
    client: Client | None
    bound_to: str | None
    configuration_ids: tuple[str, ...]
    by_details: bool


@dataclass(frozen=True, slots=True, repr=False)
class _Authorized:
    pushed: PushedRequest
    person: str


@dataclass(slots=True)
class AuthorizationServer:
    """Codes, requests and tokens of one issuer; only hashes of them are kept. Thread safe.

    ``issuer`` is its own identifier (RFC 8414), often that of the ``credential_issuer`` that it serves.
    ``attributes`` gives the claims of a person; without it there is no authorization code grant.
    ``anonymous_access`` lets a wallet exchange a pre-authorized code without saying who it is.
    """

    issuer: str
    credential_issuer: str
    clock: Clock
    configurations: Mapping[str, CredentialConfiguration]
    clients: ClientAuthentication
    dpop: DpopCheck
    attributes: Attributes | None = None
    anonymous_access: bool = True
    _offers: Secrets[_Offered] = field(default_factory=lambda: Secrets(lifetime=PRE_AUTHORIZED_CODE_LIFETIME))
    _requests: Secrets[PushedRequest] = field(default_factory=lambda: Secrets(lifetime=REQUEST_LIFETIME))
    _codes: Secrets[_Authorized] = field(default_factory=lambda: Secrets(lifetime=CODE_LIFETIME))
    _bearer: Secrets[Grant] = field(default_factory=lambda: Secrets(lifetime=BEARER_TOKEN_LIFETIME))
    _bound: Secrets[Grant] = field(default_factory=lambda: Secrets(lifetime=BOUND_TOKEN_LIFETIME))
    _refresh: Secrets[Grant] = field(default_factory=lambda: Secrets(lifetime=REFRESH_TOKEN_LIFETIME))

    @property
    def is_separate(self) -> bool:
        """Whether the credential issuer has to be named to it: it has an identifier of its own (§5.1.1)."""
        return self.issuer != self.credential_issuer

    # Offers --------------------------------------------------------------------------------------

    def pre_authorize(self, datasets: Sequence[Dataset], *, tx_code: bool) -> tuple[str, str | None]:
        """A pre-authorized code for all of these, and the digits that go with it if it has any."""
        digits = f"{secrets.randbelow(10**TX_CODE_LENGTH):0{TX_CODE_LENGTH}}" if tx_code else None
        return self._offers.create(_Offered(tuple(datasets), digits), now=self.clock.now()), digits

    def is_waiting(self, pre_authorized_code: str) -> bool:
        """Whether a wallet could still use this code."""
        return self._offers.look(pre_authorized_code, now=self.clock.now()) is not None

    def withdraw(self, pre_authorized_code: str) -> bool:
        """Make a code useless; of a wallet that uses it and this, one wins. False when a wallet was first."""
        return self._offers.consume(pre_authorized_code, now=self.clock.now()) is not None

    # Authorization (§5) --------------------------------------------------------------------------

    def push(self, fields: Mapping[str, str], caller: Caller) -> dict[str, Any]:
        """Take a pushed authorization request (RFC 9126). Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        if self.attributes is None:
            raise _refused(ErrorCode.UNAUTHORIZED_CLIENT, "this issuer has no authorization code grant", "§5")
        now = self.clock.now()
        request = AuthorizationRequest.parse(
            fields,
            credential_issuer=self.credential_issuer,
            locations_required=self.is_separate,
        )
        proof = self._dpop(caller)
        client = self._client(caller, request.client_id, proof)
        if proof is not None and request.dpop_jkt not in (None, proof.thumbprint):
            raise _refused(
                ErrorCode.INVALID_DPOP_PROOF,
                "DPoP: dpop_jkt is not the key of the proof",
                "",
                "RFC 9449 §10.1",
            )
        scopes: dict[str, list[str]] = {}
        for one in self.configurations.values():
            scopes.setdefault(one.scope, []).append(one.id)
        pushed = PushedRequest(
            request,
            client,
            proof.thumbprint if proof is not None else request.dpop_jkt,
            granted(request, scopes, self.configurations),
            by_details=bool(request.configuration_ids),
        )
        return {
            "request_uri": REQUEST_URI_PREFIX + self._requests.create(pushed, now=now),
            "expires_in": REQUEST_LIFETIME,
        }

    def pending(self, request_uri: str, client_id: str) -> PushedRequest:
        """The request that a user agent brings to the authorization endpoint; it stays pending.

        Raises :class:`~nlwallet.errors.IssuanceRefused`: nobody is redirected then (RFC 6749 §4.1.2.1).
        """
        pushed = self._requests.look(request_uri.removeprefix(REQUEST_URI_PREFIX), now=self.clock.now())
        if pushed is None or pushed.request.client_id != client_id:
            raise _refused(
                ErrorCode.INVALID_REQUEST_URI, "the request is unknown, used or expired", "§5", "RFC 9126 §4"
            )
        return pushed

    def decide(self, request_uri: str, client_id: str, person: str | None) -> str:
        """Where the user agent goes once ``person`` agreed, or nobody did (``None``); the request is used up."""
        self.pending(request_uri, client_id)
        now = self.clock.now()
        pushed = self._requests.consume(request_uri.removeprefix(REQUEST_URI_PREFIX), now=now)
        if pushed is None:
            raise _refused(
                ErrorCode.INVALID_REQUEST_URI, "the request was used meanwhile", "§5", "RFC 9126 §4"
            )
        fields: dict[str, str | None] = {"state": pushed.request.state, "iss": self.issuer}
        if person is None:
            fields["error"] = str(ErrorCode.ACCESS_DENIED)
        else:
            fields["code"] = self._codes.create(_Authorized(pushed, person), now=now)
        return authorization_redirect(pushed.request.redirect_uri, fields)

    # Tokens (§6) ---------------------------------------------------------------------------------

    def token(self, fields: Mapping[str, str], caller: Caller) -> TokenResponse:
        """Answer a token request. Raises :class:`~nlwallet.errors.IssuanceRefused` (§6.3)."""
        request = TokenRequest.parse(fields)
        check_resource(fields, credential_issuer=self.credential_issuer)
        proof = self._dpop(caller)
        bound_to = proof.thumbprint if proof is not None else None
        if request.grant_type == PRE_AUTHORIZED_CODE:
            client = self._client(caller, request.client_id, proof) if caller.attestation else None
            return self._by_offer(request, client, bound_to)
        if self.attributes is None:
            raise _refused(
                ErrorCode.UNSUPPORTED_GRANT_TYPE, "only pre-authorized codes are taken here", "§6.1"
            )
        client = self._client(caller, request.client_id, proof)
        if bound_to is None:
            # Whom the page or a refresh token is for gets tokens that nobody else can use (FAPI 2.0, HAIP 1.0 §4).
            raise _refused(ErrorCode.INVALID_DPOP_PROOF, "DPoP: a proof comes along", "", "RFC 9449 §5")
        if request.grant_type == AUTHORIZATION_CODE:
            return self._by_code(request, client, bound_to)
        return self._by_refresh_token(request, client, bound_to)

    def grant(self, access_token: str) -> Grant:
        """What an access token is good for. Raises :class:`~nlwallet.errors.IssuanceRefused` (``invalid_token``)."""
        now = self.clock.now()
        found = self._bearer.look(access_token, now=now) or self._bound.look(access_token, now=now)
        if found is None:
            raise _refused(ErrorCode.INVALID_TOKEN, "the access token is unknown or expired", "§8.3.1.1")
        return found

    def _by_offer(self, request: TokenRequest, client: Client | None, bound_to: str | None) -> TokenResponse:
        now, code, tx_code = self.clock.now(), request.secret, request.tx_code
        if client is None and not self.anonymous_access:
            raise _refused(ErrorCode.INVALID_CLIENT, "the wallet must say who it is", "§6.3")
        offered = self._offers.look(code, now=now)
        if offered is None:
            raise _refused(ErrorCode.INVALID_GRANT, "the code is unknown, used or expired")
        if (offered.tx_code is None) != (tx_code is None):
            reason = "tx_code is missing" if tx_code is None else "no tx_code is expected"
            raise _refused(ErrorCode.INVALID_REQUEST, reason)
        asked = self._check_details(request, {one.configuration.id for one in offered.datasets})
        taken = self._offers.consume(code, now=now, unless=lambda found: found.refuses(tx_code))
        if taken is None:
            if offered.attempts_left <= 0:
                self._offers.revoke(code)
            raise _refused(ErrorCode.INVALID_GRANT, "the tx_code is wrong, or the code was used meanwhile")
        datasets = [one for one in taken.datasets if not asked or one.configuration.id in asked]
        grant = Grant(
            {_identifier(): one for one in datasets},
            client.client_id if client else request.client_id,
            bound_to,
            client.instance if client else None,
            # By its configuration a wallet could not say which of two cards of one kind it asks for.
            by_identifier=request.authorization_details is not None
            or len({one.configuration.id for one in datasets}) < len(datasets),
        )
        return self._issue(grant)

    def _by_code(self, request: TokenRequest, client: Client | None, bound_to: str | None) -> TokenResponse:
        authorized = self._codes.look(request.secret, now=self.clock.now())
        if authorized is None:
            raise _refused(ErrorCode.INVALID_GRANT, "the code is unknown, used or expired")
        pushed = authorized.pushed
        asked = pushed.request
        another = client != pushed.client or request.client_id not in (None, asked.client_id)
        wrong = (
            (another, "another client got the code"),
            (
                request.redirect_uri not in (None, asked.redirect_uri),
                "redirect_uri is not that of the request",
            ),
            (pushed.bound_to not in (None, bound_to), "the DPoP key is not that of the request"),
            (
                not proves(request.code_verifier, asked.code_challenge),
                "code_verifier does not prove the challenge",
            ),
        )
        # A wallet may ask for less than it was authorized for, and gets a token for that (§6.1.1).
        ids = self._check_details(request, set(pushed.configuration_ids)) or pushed.configuration_ids
        # Used up also by a wrong guess: whoever stole a code gets one try, and spoils it (RFC 9700 §2.1.1).
        taken = self._codes.consume(request.secret, now=self.clock.now())
        reason = next((reason for failed, reason in wrong if failed), None)
        if taken is None or reason is not None:
            raise _refused(ErrorCode.INVALID_GRANT, reason or "the code was used meanwhile")
        assert self.attributes is not None  # push refused everything otherwise
        datasets = {
            _identifier(): Dataset(self.configurations[id_], self.attributes(authorized.person, id_))
            for id_ in ids
        }
        by_identifier = pushed.by_details or request.authorization_details is not None
        instance = client.instance if client else None
        return self._issue(
            Grant(datasets, asked.client_id, bound_to, instance, by_identifier, authorized.person),
            refreshable=True,
        )

    def _by_refresh_token(
        self, request: TokenRequest, client: Client | None, bound_to: str | None
    ) -> TokenResponse:
        found = self._refresh.look(request.secret, now=self.clock.now())
        instance = client.instance if client else None
        if found is None or instance != found.instance or found.bound_to not in (None, bound_to):
            raise _refused(ErrorCode.INVALID_GRANT, "the refresh token is unknown, or of another instance")
        assert self.attributes is not None  # there is no such token otherwise
        renewed = self._issue(found.renewed(self.attributes, bound_to=bound_to))
        # The same one again: it is bound to a key, and a wallet that missed an answer must be able to ask again
        # (FAPI 2.0 Security Profile §5.3.2.1).
        return replace(renewed, refresh_token=request.secret)

    def _issue(self, grant: Grant, *, refreshable: bool = False) -> TokenResponse:
        now, bound = self.clock.now(), grant.bound_to is not None
        kept = self._bound if bound else self._bearer
        # A bearer token that could be renewed would be a long-lived one (§13.10).
        refresh = self._refresh.create(grant, now=now) if refreshable and bound else None
        return TokenResponse(
            kept.create(grant, now=now),
            kept.lifetime,
            "DPoP" if bound else "Bearer",
            refresh,
            _details(grant) if grant.by_identifier else (),
        )

    def _check_details(self, request: TokenRequest, allowed: set[str]) -> tuple[str, ...]:
        """The configurations that the wallet asks for, of those that are allowed; none if it does not say."""
        if request.authorization_details is None:
            return ()
        asked = parse_details_parameter(
            request.authorization_details,
            credential_issuer=self.credential_issuer,
            locations_required=self.is_separate,
        )
        if not allowed.issuperset(asked):
            raise _refused(
                ErrorCode.INVALID_AUTHORIZATION_DETAILS, "the code is not good for that credential", "§6.2"
            )
        return asked

    def _dpop(self, caller: Caller) -> DpopProof | None:
        combined = caller.is_combined and self.clients.required
        return self.dpop.proof(caller, now=self.clock.now(), nonce_elsewhere=combined)

    def _client(self, caller: Caller, client_id: str | None, proof: DpopProof | None) -> Client | None:
        if not self.clients.required:
            return None
        return self.clients.authenticate(caller, client_id=client_id, now=self.clock.now(), dpop=proof)


def _details(grant: Grant) -> tuple[AuthorizationDetail, ...]:
    names: dict[str, list[str]] = {}
    for name, dataset in grant.datasets.items():
        names.setdefault(dataset.configuration.id, []).append(name)
    return tuple(AuthorizationDetail(id_, tuple(identifiers)) for id_, identifiers in names.items())


def _identifier() -> str:
    return secrets.token_urlsafe(16)


def _refused(code: ErrorCode, reason: str, section: str = "§6.3", spec: str = "") -> IssuanceRefused:
    if spec:
        return IssuanceRefused(reason, code=str(code), spec=spec)
    return refusal(code, reason, section=section)
