"""The relying party: makes requests, receives answers, releases what is verified (OpenID4VP 1.0 §13.3)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from starlette.applications import Starlette

from nlwallet.clock import Clock
from nlwallet.crypto import PrivateKey
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import LocalError
from nlwallet.http import StatusChecker
from nlwallet.openid4vp import (
    DC_API_MODES,
    RequestSigner,
    RequestUriMethod,
    ResponseMode,
    encode_transaction_data,
)
from nlwallet.profiles import HAIP_1_0, Profile
from nlwallet.registration import RelyingPartyCertificates
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Anchors, TrustedLists
from nlwallet.verifier.allowed import check_allowed, check_iso_18013_7, check_origins
from nlwallet.verifier.answering import Answering
from nlwallet.verifier.answers import TakesAnswers
from nlwallet.verifier.asking import Asking, DcApiForm, Passing
from nlwallet.verifier.browser_mdoc import AsksForMdocs
from nlwallet.verifier.endpoints import WalletEndpoints
from nlwallet.verifier.face import face
from nlwallet.verifier.identity import check_signers, default_signer
from nlwallet.verifier.lint import lint_request
from nlwallet.verifier.new_session import NewSession
from nlwallet.verifier.proximity import ReadsNearby
from nlwallet.verifier.redirect import check_flow
from nlwallet.verifier.request import BrowserRequest, PresentationRequest
from nlwallet.verifier.session import Flow, Session
from nlwallet.verifier.status_check import StatusLists
from nlwallet.verifier.store import InMemorySessionStore, SessionStore
from nlwallet.verifier.trust_policy import IssuerByType, TrustPolicy
from nlwallet.verifier.what_to_ask import Asked, registration_for, what_to_ask

REQUEST_LIFETIME_SECONDS = 600
CROSS_DEVICE_LIFETIME_SECONDS = 300
"""A QR code can be photographed and passed on, so it lives shorter."""


class Verifier(TakesAnswers, ReadsNearby, AsksForMdocs):
    """A relying party with its certificates, at ``base_url``.

    With certificates of an intermediary it asks for the party in :attr:`certificates`: see
    :class:`~nlwallet.verifier.Intermediary`.

    ``anchors`` are those of credential issuers, by category; ``trust`` says which category counts for
    which type. ``status_lists`` checks statuses under a policy and with a cache, or is only a function that
    fetches a status list token by its URI (``None``: status is not checked, and the report says so).
    ``wallet_endpoint`` is the start of the links: ``openid4vp://``, ``haip-vp://``, ``eu-eaap://`` or a universal
    link. ``request_lifetime`` and ``cross_device_lifetime`` are in seconds.

    ``signer`` is the identity in requests: the hash of the access certificate unless another is given; a
    multi-signed request is signed by ``cosigners`` too. ``scopes`` are queries that wallets know by name.
    ``trusted_lists`` are those that its queries name as ``etsi_tl``.
    ``one_time_request_uri`` serves a request object once: a photographed QR code is then of no use, and a
    wallet that loses the reply has to start again (OpenID4VP itself lets a wallet fetch twice).
    ``fixed_response_uri`` takes all answers at ``/response``, for wallets that know the address in advance.
    With ``wallet_client_ids``, cards on several keys come with the NL Wallet's proof of association, by one of these.

    Raises :class:`~nlwallet.errors.LocalError` if an identity cannot be used under the profile.
    """

    def __init__(
        self,
        *,
        certificates: RelyingPartyCertificates,
        key: PrivateKey,
        anchors: Anchors,
        base_url: str,
        clock: Clock,
        types: TypeMetadataRegistry,
        profile: Profile = HAIP_1_0,
        store: SessionStore | None = None,
        trust: TrustPolicy | None = None,
        status_lists: StatusChecker | StatusLists | None = None,
        request_lifetime: int = REQUEST_LIFETIME_SECONDS,
        cross_device_lifetime: int = CROSS_DEVICE_LIFETIME_SECONDS,
        wallet_endpoint: str = "openid4vp://",
        request_uri_method: RequestUriMethod | None = None,
        signer: RequestSigner | None = None,
        cosigners: Sequence[RequestSigner] = (),
        scopes: Mapping[str, DcqlQuery] | None = None,
        trusted_lists: TrustedLists | None = None,
        one_time_request_uri: bool = False,
        fixed_response_uri: bool = False,
        wallet_client_ids: Collection[str] | None = None,
    ) -> None:
        signer = replace(
            signer or default_signer(certificates.access_chain, key, profile), typ=profile.request_object_type
        )
        check_signers((signer, *cosigners), certificates.access_chain, profile)
        if certificates.intermediary is not None and status_lists is None:
            raise LocalError(
                "an intermediary checks whether what it passes on was revoked",
                spec="ARF RPI_09",
                hint="status_lists=StatusChecker(…)",
            )
        self.certificates = certificates
        self.base_url = base_url.rstrip("/")
        self.profile = profile
        self.client_id = signer.client_id
        self._key = key
        self._clock = clock
        self._types = types
        self._scopes = scopes or {}
        self._store = InMemorySessionStore() if store is None else store
        self._lifetime = request_lifetime
        self._cross_device_lifetime = min(request_lifetime, cross_device_lifetime)
        self._asking = Asking(
            self.base_url, profile, signer, cosigners, wallet_endpoint, request_uri_method, fixed_response_uri
        )
        self._answering = Answering(
            self._store,
            clock,
            profile,
            IssuerByType(anchors, policy=trust or TrustPolicy(), types=types, profile=profile),
            types,
            status_lists,
            trusted_lists or TrustedLists(),
            wallet_client_ids=wallet_client_ids,
        )
        self.endpoints = WalletEndpoints(
            self._store, clock, profile, self._asking, self._answering, one_time_request_uri
        )
        """What wallets call, for a relying party that has an HTTP face of its own."""

    @cached_property
    def app(self) -> Starlette:
        """The HTTP face for wallets: ``/request/{id}`` and ``/response/{id}`` below ``base_url``."""
        return face(self.endpoints, fixed_response_uri=self._asking.fixed_response_uri)

    # For the relying party ------------------------------------------------------------------------

    def request(
        self,
        query: DcqlQuery | Mapping[str, Any] | None = None,
        *,
        intended_use: str | None = None,
        scope: str | None = None,
        flow: Flow = "cross_device",
        redirect_uri: str | None = None,
        response_mode: ResponseMode = "direct_post.jwt",
        passing: Passing = "reference",
        transaction_data: Sequence[Mapping[str, Any]] = (),
        browser_session: str | None = None,
        confirm: bool = False,
    ) -> PresentationRequest:
        """Ask for a presentation.

        Without ``query`` the registered one of ``intended_use`` (or of the only one), or the one that
        ``scope`` names. ``redirect_uri`` is where a same-device wallet sends the user afterwards:
        ``{RESPONSE_CODE}`` in it is filled in, else ``response_code`` becomes a query parameter; with the
        response mode ``fragment`` the answer itself comes there. Asking more than is registered is not
        refused here; see :attr:`PresentationRequest.warnings`.

        ``transaction_data`` are objects with ``type``, ``credential_ids`` and what the type defines: the
        holder authorises them with the presentation. ``browser_session`` names the user's session at the
        relying party; the result is then given only to that session (§14.2). With ``confirm`` a cross-device
        result waits until the page that shows the QR code calls :meth:`confirm`.

        Other response modes and ways of ``passing`` need a profile that has them, such as ``openid4vp-1.0``.
        Raises :class:`~nlwallet.errors.LocalError` or, for a malformed query,
        :class:`~nlwallet.errors.InvalidQuery`.
        """
        if response_mode in DC_API_MODES:
            raise LocalError(f"{response_mode} goes through the browser", hint="use dc_api_request()")
        check_allowed(self.profile, response_mode, passing)
        check_flow(flow, redirect_uri, response_mode)
        if confirm and flow == "same_device":
            raise LocalError("the response code confirms a same-device request already")
        request_id = secrets.token_urlsafe(24)
        client_id = self.client_id
        if passing == "unsigned":
            uri = redirect_uri if response_mode == "fragment" else self._asking.response_uri(request_id)
            client_id = f"redirect_uri:{uri}"
        asked = self._what_to_ask(query, intended_use, scope)
        made = NewSession(
            request_id=request_id,
            client_id=client_id,
            flow=flow,
            response_mode=response_mode,
            lifetime=self._lifetime if flow == "same_device" else self._cross_device_lifetime,
            redirect_uri=redirect_uri,
            browser_session=browser_session,
            needs_confirmation=confirm,
            found_by_answer=self._asking.fixed_response_uri,
        )
        session = self._open(asked, transaction_data, made)
        return PresentationRequest(
            id=session.id,
            uri=self._asking.link(session, passing),
            flow=flow,
            expires_at=session.expires_at,
            purpose=asked.purpose,
            warnings=lint_request(self.certificates, asked.intended_use, asked.query, self._types),
        )

    def dc_api_request(
        self,
        query: DcqlQuery | Mapping[str, Any] | None = None,
        *,
        origins: Sequence[str],
        form: DcApiForm = "signed",
        intended_use: str | None = None,
        encrypted: bool = True,
        transaction_data: Sequence[Mapping[str, Any]] = (),
        browser_session: str | None = None,
    ) -> BrowserRequest:
        """Ask through the browser's Digital Credentials API (OpenID4VP 1.0 Appendix A).

        ``origins`` are the pages that may send it (``https://rp.example``, exactly as the browser writes
        it). ``form``: one signature, the signatures of all identities, or none. Give the result's
        :meth:`~BrowserRequest.as_json` to ``navigator.credentials.get`` and what comes back to
        :meth:`receive_dc_api`. Raises :class:`~nlwallet.errors.LocalError`.
        """
        response_mode: ResponseMode = "dc_api.jwt" if encrypted else "dc_api"
        check_allowed(self.profile, response_mode)
        check_origins(origins)
        asked = self._what_to_ask(query, intended_use, None)
        opened = NewSession(
            request_id=secrets.token_urlsafe(24),
            client_id=None if form == "unsigned" else self.client_id,
            flow="same_device",
            response_mode=response_mode,
            lifetime=self._lifetime,
            browser_session=browser_session,
            origins=tuple(origins),
        )
        session = self._open(asked, transaction_data, opened)
        made = self._asking.dc_api_request(session, form)
        return BrowserRequest(
            id=session.id,
            protocol=made.protocol,
            data=made.data,
            expires_at=session.expires_at,
            purpose=asked.purpose,
            warnings=lint_request(self.certificates, asked.intended_use, asked.query, self._types),
        )

    # ----------------------------------------------------------------------------------------------

    def _what_to_ask(
        self, query: DcqlQuery | Mapping[str, Any] | None, intended_use: str | None, scope: str | None
    ) -> Asked:
        return what_to_ask(
            self.certificates,
            self._types,
            query=query,
            intended_use=intended_use,
            scope=scope,
            scopes=self._scopes,
        )

    def _open(self, asked: Asked, transaction_data: Sequence[Mapping[str, Any]], made: NewSession) -> Session:
        check_iso_18013_7(self.profile, asked.query, transaction_data)
        proven = made.client_id == self.client_id and self._asking.shows_access_certificate
        session = made.session(
            query=asked.query,
            scope=asked.scope,
            transaction_data=tuple(
                encode_transaction_data(one, query=asked.query) for one in transaction_data
            ),
            registration_certificate=registration_for(self.certificates, asked.intended_use, proven=proven),
            now=self._clock.now(),
        )
        self._store.add(session, now=session.created_at)
        return session
