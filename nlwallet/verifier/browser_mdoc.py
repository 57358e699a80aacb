"""A relying party asks a page's visitor for mdocs without OpenID4VP (ISO/IEC TS 18013-7 Annex C)."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from nlwallet.clock import Clock
from nlwallet.crypto import PrivateKey
from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidResponse, LocalError
from nlwallet.mdoc import BrowserExchange, encode_device_request
from nlwallet.openid4vp import ISO_MDOC, AuthorizationResponse
from nlwallet.profiles import Profile
from nlwallet.proximity import REGISTRATION_CERTIFICATE, items_requests
from nlwallet.registration import RelyingPartyCertificates, octets_of
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.verifier.allowed import check_allowed, check_origins
from nlwallet.verifier.answering import Answering, ended
from nlwallet.verifier.lint import lint_request
from nlwallet.verifier.met_device import MetDevice
from nlwallet.verifier.new_session import NewSession
from nlwallet.verifier.proximity import by_query
from nlwallet.verifier.request import BrowserRequest
from nlwallet.verifier.result import PresentationResult
from nlwallet.verifier.session import Session
from nlwallet.verifier.what_to_ask import Asked


class AsksForMdocs(ABC):
    """The part of a :class:`~nlwallet.verifier.Verifier` that asks for mdocs through the browser."""

    certificates: RelyingPartyCertificates
    client_id: str
    profile: Profile
    _answering: Answering
    _clock: Clock
    _key: PrivateKey
    _lifetime: int
    _types: TypeMetadataRegistry

    def mdoc_api_request(
        self,
        query: DcqlQuery | Mapping[str, Any] | None = None,
        *,
        origin: str,
        intended_use: str | None = None,
        browser_session: str | None = None,
    ) -> BrowserRequest:
        """Ask for mdocs through the browser's Digital Credentials API, with the protocol ``org-iso-mdoc``.

        ``origin`` is the one page that may send it. ``query`` asks for mdocs, all of them at once; without one that
        which is registered for ``intended_use``. Give :meth:`~BrowserRequest.as_json` to the page, beside that of
        :meth:`Verifier.dc_api_request` if you like, and what comes back under this protocol to
        :meth:`receive_mdoc_api`. Raises :class:`~nlwallet.errors.LocalError`.
        """
        check_allowed(self.profile, "dc_api.jwt")
        check_origins([origin])
        asked = self._what_to_ask(query, intended_use, None)
        items_requests(asked.query)  # before anything is kept of it
        made = NewSession(
            request_id=secrets.token_urlsafe(24),
            client_id=self.client_id,
            flow="same_device",
            response_mode="dc_api.jwt",
            lifetime=self._lifetime,
            browser_session=browser_session,
            origins=(origin,),
        )
        session = self._open(asked, (), made)
        exchange, registration = _exchange(session, origin), session.registration_certificate
        info = {REGISTRATION_CERTIFICATE: octets_of(registration)} if registration else {}
        request = encode_device_request(
            items_requests(asked.query, info=info),
            session_transcript=exchange.transcript,
            key=self._key,
            chain=self.certificates.access_chain,
        )
        return BrowserRequest(
            id=session.id,
            protocol=ISO_MDOC,
            data={"deviceRequest": b64url_encode(request), "encryptionInfo": exchange.encryption_info},
            expires_at=session.expires_at,
            purpose=asked.purpose,
            warnings=lint_request(self.certificates, asked.intended_use, asked.query, self._types),
        )

    def receive_mdoc_api(
        self,
        request: BrowserRequest | str,
        data: Any,
        *,
        origin: str,
        browser_session: str | None = None,
    ) -> PresentationResult:
        """Take ``data`` of the credential that the page at ``origin`` got under ``org-iso-mdoc``.

        Raises like :meth:`Verifier.receive_dc_api`.
        """
        session = self._session(request, browser_session)
        if session.origins != (origin,):
            raise InvalidResponse(
                "the request was not made for a page of this origin",
                code="wrong_origin",
                spec="ISO/IEC TS 18013-7 Annex C",
            )
        key = session.encryption_key
        if key is None or not session.is_open(self._clock.now()):
            raise ended()
        exchange = _exchange(session, origin)

        def read() -> AuthorizationResponse:
            response = data.get("response") if isinstance(data, Mapping) else None
            return AuthorizationResponse(by_query(exchange.open(response, key), session.query), None)

        self._answering.take(session, read, audience="", met=MetDevice(exchange.transcript, None))
        return self._result(session.id)

    @abstractmethod
    def _what_to_ask(
        self, query: DcqlQuery | Mapping[str, Any] | None, intended_use: str | None, scope: str | None
    ) -> Asked: ...

    @abstractmethod
    def _open(
        self, asked: Asked, transaction_data: Sequence[Mapping[str, Any]], made: NewSession
    ) -> Session: ...

    @abstractmethod
    def _session(self, request: Any, browser_session: str | None) -> Session: ...

    @abstractmethod
    def _result(self, transaction_id: str) -> PresentationResult: ...


def _exchange(session: Session, origin: str) -> BrowserExchange:
    if session.encryption_key is None:
        raise LocalError("this session was answered")
    return BrowserExchange.create(session.nonce.encode("ascii"), session.encryption_key.public, origin=origin)
