"""What wallets call: the request object, and the place where they post their answer (OpenID4VP 1.0 §5.10, §8.2)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from nlwallet.clock import Clock
from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp import (
    DIRECT_POST_MODES,
    WalletMetadata,
    encrypt_request_object,
    parse_response_form,
    request_of_response,
)
from nlwallet.profiles import Profile
from nlwallet.verifier.answering import Answering, ended
from nlwallet.verifier.asking import Asking
from nlwallet.verifier.redirect import with_response_code
from nlwallet.verifier.session import Session
from nlwallet.verifier.store import SessionStore


@dataclass(frozen=True, slots=True)
class WalletEndpoints:
    """The request_uri and the response_uri of one verifier, without HTTP."""

    store: SessionStore
    clock: Clock
    profile: Profile
    asking: Asking
    answering: Answering
    one_time_request_uri: bool

    def request_object(
        self,
        request_id: str,
        *,
        wallet_nonce: str | None = None,
        wallet_metadata: WalletMetadata | None = None,
    ) -> str:
        """The signed request object, the same at each fetch until the transaction ends (§5.10).

        It is encrypted if ``wallet_metadata`` brings a key; nothing else in it is looked at. Raises
        :class:`~nlwallet.errors.InvalidRequest` with the code ``unknown_request`` or ``request_ended``.
        """
        session = self._open_session(request_id)
        if session.client_id != self.asking.signer.client_id:
            raise _unknown()  # it went out as parameters, and nobody signs those
        target = (
            wallet_metadata.encryption_target(encs=self.profile.encryption_encs) if wallet_metadata else None
        )
        first = not session.fetched and self.store.replace(session, session.with_fetch())
        if self.one_time_request_uri and not first:
            raise ended()
        text = self.asking.request_object(session, wallet_nonce=wallet_nonce)
        return encrypt_request_object(text, target) if target else text

    def receive(self, request_id: str, body: bytes, content_type: str) -> dict[str, str]:
        """Take what a wallet posted to response_uri; returns the JSON members of the answer (§8.2).

        A response that cannot be decrypted or has another ``state`` leaves the session as it is. The first
        one that belongs to the session decides it. Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        session = self._open_session(request_id)
        if session.response_mode not in DIRECT_POST_MODES:
            raise _unknown()
        response_code = secrets.token_urlsafe(32) if session.flow == "same_device" else None
        failure = self.answering.take(
            session,
            lambda: parse_response_form(body, content_type, encrypted=session.encryption_key is not None),
            audience=session.audience,
            session_facts=self.asking.session_facts(session),
            response_code=response_code,
        )
        if failure is not None:
            raise failure
        if session.redirect_uri is None or response_code is None:
            return {}
        return {"redirect_uri": with_response_code(session.redirect_uri, response_code)}

    def receive_at_fixed_uri(self, body: bytes, content_type: str) -> dict[str, str]:
        """:meth:`receive` where one response_uri serves all requests: ``state`` or the JWE's ``kid`` tells which.

        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        return self.receive(request_of_response(body, content_type), body, content_type)

    def _open_session(self, request_id: str) -> Session:
        session = self.store.by_request_id(request_id)
        if session is None or session.origins:  # what goes through the browser is not fetched
            raise _unknown()
        if not session.is_open(self.clock.now()):
            raise ended()
        return session


def _unknown() -> InvalidRequest:
    return InvalidRequest("there is no such request", code="unknown_request", spec="OpenID4VP 1.0 §5.10.2")
