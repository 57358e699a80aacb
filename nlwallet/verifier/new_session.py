"""A session at its beginning: fresh ids, nonce, state and keys (OpenID4VP 1.0 §5.2, §13.3, HAIP 1.0 §5)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from nlwallet.crypto import PrivateKey
from nlwallet.dcql import DcqlQuery
from nlwallet.openid4vp import ResponseMode, TransactionData
from nlwallet.verifier.session import Flow, Session, hash_of


@dataclass(frozen=True, slots=True)
class NewSession:
    """How the caller wants it. ``lifetime`` is in seconds; the others are those of :class:`Session`."""

    request_id: str
    client_id: str | None
    flow: Flow
    response_mode: ResponseMode
    lifetime: int
    redirect_uri: str | None = None
    browser_session: str | None = None
    needs_confirmation: bool = False
    origins: tuple[str, ...] = ()
    found_by_answer: bool = False
    """Whether the answer itself must tell its request, by ``state`` or ``kid``: the address does not."""

    def session(
        self,
        *,
        query: DcqlQuery,
        scope: str | None,
        transaction_data: tuple[TransactionData, ...],
        registration_certificate: str | None,
        now: int,
    ) -> Session:
        """The session, with 256 bits of chance in each secret and a key of its own if it is encrypted."""
        return Session(
            id=secrets.token_urlsafe(32),
            request_id=self.request_id,
            flow=self.flow,
            query=query,
            client_id=self.client_id,
            response_mode=self.response_mode,
            nonce=secrets.token_urlsafe(32),
            state_parameter=self.request_id if self.found_by_answer else secrets.token_urlsafe(32),
            encryption_key=PrivateKey.generate("P-256") if self.response_mode.endswith(".jwt") else None,
            encryption_kid=self.request_id if self.found_by_answer else secrets.token_urlsafe(16),
            registration_certificate=registration_certificate,
            created_at=now,
            expires_at=now + self.lifetime,
            redirect_uri=self.redirect_uri,
            scope=scope,
            transaction_data=transaction_data,
            origins=self.origins,
            browser_session_hash=hash_of(self.browser_session) if self.browser_session is not None else b"",
            needs_confirmation=self.needs_confirmation,
        )
