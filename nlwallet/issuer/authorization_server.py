"""The issuer's own authorization server: pushed requests, codes, tokens (OpenID4VCI 1.0 §5, §6, HAIP 1.0 §4)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nlwallet.clock import Clock
from nlwallet.errors import IssuanceRefused
from nlwallet.issuer.access_tokens import AccessTokens
from nlwallet.issuer.attributes import Attributes
from nlwallet.issuer.caller import Caller
from nlwallet.issuer.client_authentication import Client, ClientAuthentication
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.dpop_check import DpopCheck
from nlwallet.issuer.grant import Dataset, Grant
from nlwallet.issuer.issuer_store import IssuerStore, Step, name_of
from nlwallet.issuer.kept_secrets import Secrets
from nlwallet.issuer.pending import Authorized, Offered, PushedRequest
from nlwallet.openid4vci import (
    AUTHORIZATION_CODE,
    PRE_AUTHORIZED_CODE,
    REQUEST_URI_PREFIX,
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
MAX_REQUESTS = 10_000
"""Of requests that wait, and of codes: anybody may make them."""

TX_CODE_LENGTH = 6


class AuthorizationServer:
    """Codes, requests and tokens of one issuer; only hashes of them are kept. Thread safe.

    ``issuer`` is its own identifier (RFC 8414), often that of the ``credential_issuer`` that it serves.
    ``attributes`` gives the claims of a person; without it there is no authorization code grant.
    ``anonymous_access`` lets a wallet exchange a pre-authorized code without saying who it is.
    """

    def __init__(
        self,
        *,
        issuer: str,
        credential_issuer: str,
        clock: Clock,
        store: IssuerStore,
        configurations: Mapping[str, CredentialConfiguration],
        clients: ClientAuthentication,
        dpop: DpopCheck,
        tokens: AccessTokens,
        attributes: Attributes | None = None,
        anonymous_access: bool = True,
        codes_by_instance: bool = True,
    ) -> None:
        self.issuer = issuer
        self.credential_issuer = credential_issuer
        self.clock = clock
        self.store = store
        self.configurations = configurations
        self.clients = clients
        self.dpop = dpop
        self.tokens = tokens
        self.attributes = attributes
        self.anonymous_access = anonymous_access
        self.codes_by_instance = codes_by_instance
        """Whether a code is for the very instance that asked; the NL Wallet has another attested key each time."""
        self._offers: Secrets[Offered] = Secrets(
            store,
            "pre_authorized_code",
            Offered.as_json,
            lambda _, value: Offered.from_json(value, configurations),
            PRE_AUTHORIZED_CODE_LIFETIME,
        )
        self._requests: Secrets[PushedRequest] = Secrets(
            store,
            "request_uri",
            PushedRequest.as_json,
            lambda _, value: PushedRequest.from_json(value, configurations),
            REQUEST_LIFETIME,
            MAX_REQUESTS,
        )
        self._codes: Secrets[Authorized] = Secrets(
            store,
            "code",
            Authorized.as_json,
            lambda _, value: Authorized.from_json(value, configurations),
            CODE_LIFETIME,
            MAX_REQUESTS,
        )

    @property
    def is_separate(self) -> bool:
        """Whether the credential issuer has to be named to it: it has an identifier of its own (§5.1.1)."""
        return self.issuer != self.credential_issuer

    # Offers --------------------------------------------------------------------------------------

    def pre_authorize(
        self, step: Step, datasets: Sequence[Dataset], *, code: str, tx_code: bool
    ) -> str | None:
        """Let ``code``, a new secret, stand for all of these; the digits that go with it if it has any."""
        digits = f"{secrets.randbelow(10**TX_CODE_LENGTH):0{TX_CODE_LENGTH}}" if tx_code else None
        self._offers.keep(step, code, Offered.create(datasets, code=code, tx_code=digits))
        return digits

    def is_waiting(self, pre_authorized_code: str) -> bool:
        """Whether a wallet could still use this code."""
        return self._offers.look(pre_authorized_code, now=self.clock.now()) is not None

    def withdraw(self, step: Step, pre_authorized_code: str) -> bool:
        """Make a code useless; of a wallet that uses it and this, one wins. False when a wallet was first."""
        return self._offers.consume(step, pre_authorized_code) is not None

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
        with self.store.step(now=now) as step:
            secret = self._requests.create(step, pushed)
        return {"request_uri": REQUEST_URI_PREFIX + secret, "expires_in": REQUEST_LIFETIME}

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
        """Where the user agent goes once ``person`` agreed, or nobody did (``None``); the request is used up.

        Who agrees to a credential that she does not have gets none.
        """
        waiting = self.pending(request_uri, client_id)
        if person is not None and not self._has(person, waiting.configuration_ids):
            person = None
        code = None
        with self.store.step(now=self.clock.now()) as step:
            pushed = self._requests.consume(step, request_uri.removeprefix(REQUEST_URI_PREFIX))
            if pushed is not None and person is not None:
                code = self._codes.create(step, Authorized(pushed, person))
        if pushed is None:
            raise _refused(
                ErrorCode.INVALID_REQUEST_URI, "the request was used meanwhile", "§5", "RFC 9126 §4"
            )
        error = str(ErrorCode.ACCESS_DENIED) if code is None else None
        return authorization_redirect(
            pushed.request.redirect_uri,
            {"state": pushed.request.state, "iss": self.issuer, "error": error, "code": code},
        )

    def _has(self, person: str, configuration_ids: Sequence[str]) -> bool:
        assert self.attributes is not None  # push refused everything otherwise
        try:
            for id_ in configuration_ids:
                self.attributes(person, id_)
        except IssuanceRefused:
            return False
        return True

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
        found = self.tokens.look(access_token, now=self.clock.now())
        if found is None:
            raise _refused(ErrorCode.INVALID_TOKEN, "the access token is unknown or expired", "§8.3.1.1")
        return found

    def _by_offer(self, request: TokenRequest, client: Client | None, bound_to: str | None) -> TokenResponse:
        now, code = self.clock.now(), request.secret
        if client is None and not self.anonymous_access:
            raise _refused(ErrorCode.INVALID_CLIENT, "the wallet must say who it is", "§6.3")
        offered = self._offers.look(code, now=now)
        if offered is None:
            raise _refused(ErrorCode.INVALID_GRANT, "the code is unknown, used or expired")
        if (offered.tx_code is None) != (request.tx_code is None):
            reason = "tx_code is missing" if request.tx_code is None else "no tx_code is expected"
            raise _refused(ErrorCode.INVALID_REQUEST, reason)
        asked = self._check_details(request, {one.configuration.id for one in offered.datasets})
        response = None
        with self.store.step(now=now) as step:
            taken = self._exchanged(step, code, request.tx_code)
            if taken:
                datasets = [one for one in taken if not asked or one.configuration.id in asked]
                grant = Grant(
                    {_identifier(): one for one in datasets},
                    client.client_id if client else request.client_id,
                    bound_to,
                    client.instance if client else None,
                    # By its configuration a wallet could not say which of two cards of one kind it asks for.
                    by_identifier=request.authorization_details is not None
                    or len({one.configuration.id for one in datasets}) < len(datasets),
                )
                response = self.tokens.issue(step, grant)
        # Not before the step has ended: a wrong guess is kept.
        if response is None:
            raise _refused(ErrorCode.INVALID_GRANT, "the tx_code is wrong, or the code was used meanwhile")
        return response

    def _exchanged(self, step: Step, code: str, tx_code: str | None) -> tuple[Dataset, ...]:
        """What a code stands for; it is used up. A wrong ``tx_code`` costs an attempt, and the last one the code."""
        offered = self._offers.named(step, name_of(code))
        if offered is None:
            return ()
        if offered.accepts(code=code, tx_code=tx_code):
            self._offers.consume(step, code)
            return offered.datasets
        left = offered.after_wrong_guess()
        if left is None:
            self._offers.consume(step, code)
        else:
            self._offers.replace(step, name_of(code), left)
        return ()

    def _by_code(self, request: TokenRequest, client: Client | None, bound_to: str | None) -> TokenResponse:
        authorized = self._codes.look(request.secret, now=self.clock.now())
        if authorized is None:
            raise _refused(ErrorCode.INVALID_GRANT, "the code is unknown, used or expired")
        pushed = authorized.pushed
        asked = pushed.request
        another = request.client_id not in (None, asked.client_id) or (
            client != pushed.client if self.codes_by_instance else _name_of(client) != _name_of(pushed.client)
        )
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
        reason = next((reason for failed, reason in wrong if failed), None)
        datasets = {} if reason is not None else self._datasets(ids, authorized.person)
        response = None
        with self.store.step(now=self.clock.now()) as step:
            # Used up also by a wrong guess: whoever stole a code gets one try, and spoils it (RFC 9700 §2.1.1).
            taken = self._codes.consume(step, request.secret)
            if taken is not None and reason is None:
                grant = Grant(
                    datasets,
                    asked.client_id,
                    bound_to,
                    client.instance if client else None,
                    pushed.by_details or request.authorization_details is not None,
                    authorized.person,
                )
                response = self.tokens.issue(step, grant, refreshable=True)
        if response is None:
            raise _refused(ErrorCode.INVALID_GRANT, reason or "the code was used meanwhile")
        return response

    def _datasets(self, configuration_ids: Sequence[str], person: str) -> dict[str, Dataset]:
        assert self.attributes is not None  # push refused everything otherwise
        return {
            _identifier(): Dataset(self.configurations[id_], self.attributes(person, id_))
            for id_ in configuration_ids
        }

    def _by_refresh_token(
        self, request: TokenRequest, client: Client | None, bound_to: str | None
    ) -> TokenResponse:
        now = self.clock.now()
        found = self.tokens.refresh.look(request.secret, now=now)
        instance = client.instance if client else None
        if found is None or instance != found.instance or found.bound_to not in (None, bound_to):
            raise _refused(ErrorCode.INVALID_GRANT, "the refresh token is unknown, or of another instance")
        assert self.attributes is not None  # token refused everything otherwise
        renewed = found.renewed(self.attributes, bound_to=bound_to)
        with self.store.step(now=now) as step:
            response = self.tokens.issue(step, renewed)
        # The same one again: it is bound to a key, and a wallet that missed an answer must be able to ask again
        # (FAPI 2.0 Security Profile §5.3.2.1).
        return replace(response, refresh_token=request.secret)

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


def _name_of(client: Client | None) -> str | None:
    return None if client is None else client.client_id


def _identifier() -> str:
    return secrets.token_urlsafe(16)


def _refused(code: ErrorCode, reason: str, section: str = "§6.3", spec: str = "") -> IssuanceRefused:
    if spec:
        return IssuanceRefused(reason, code=str(code), spec=spec)
    return refusal(code, reason, section=section)
