"""The relying party: makes requests, receives answers, releases what is verified (OpenID4VP 1.0 §13.3)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from starlette.applications import Starlette

from nlwallet.clock import Clock
from nlwallet.crypto import PrivateKey
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import (
    InvalidRequest,
    InvalidResponse,
    LocalError,
    NlWalletError,
    RefusedByWallet,
    RemoteError,
)
from nlwallet.openid4vp import (
    REGISTRATION_CERTIFICATE,
    SD_JWT_VC,
    AuthorizationErrorResponse,
    AuthorizationRequest,
    AuthorizationRequestLink,
    AuthorizationResponse,
    ClientMetadata,
    RequestUriMethod,
    VerifierInfo,
    check,
    decrypt_response,
    parse_response_form,
    sign_request_object,
    x509_hash_client_id,
)
from nlwallet.profiles import HAIP_1_0, Profile
from nlwallet.registration import RelyingPartyCertificates
from nlwallet.report import Report
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import TrustAnchors
from nlwallet.verifier.face import face
from nlwallet.verifier.lint import choose_intended_use, lint_request
from nlwallet.verifier.redirect import check_flow, with_response_code
from nlwallet.verifier.release import release, result_of
from nlwallet.verifier.request import PresentationRequest
from nlwallet.verifier.result import PresentationResult
from nlwallet.verifier.session import Flow, Session
from nlwallet.verifier.status_check import StatusLists
from nlwallet.verifier.store import InMemorySessionStore, SessionStore, advance
from nlwallet.verifier.trust_policy import IssuerByType, TrustPolicy
from nlwallet.verifier.verification import Expectations, UnverifiedResponse

REQUEST_LIFETIME_SECONDS = 600


class Verifier:
    """A relying party with its certificates, at ``base_url``.

    ``anchors`` are those of credential issuers, by category; ``trust`` says which category counts for
    which type. ``status_lists`` fetches a status list token by its URI (``None``: status is not checked,
    and the report says so). ``wallet_endpoint`` is the start of the links: ``openid4vp://``,
    ``haip-vp://`` or a universal link. ``request_lifetime`` is in seconds.
    """

    def __init__(
        self,
        *,
        certificates: RelyingPartyCertificates,
        key: PrivateKey,
        anchors: TrustAnchors,
        base_url: str,
        clock: Clock,
        types: TypeMetadataRegistry,
        profile: Profile = HAIP_1_0,
        store: SessionStore | None = None,
        trust: TrustPolicy | None = None,
        status_lists: StatusLists | None = None,
        request_lifetime: int = REQUEST_LIFETIME_SECONDS,
        wallet_endpoint: str = "openid4vp://",
        request_uri_method: RequestUriMethod | None = None,
    ) -> None:
        if key.public != certificates.access_chain.leaf.public_key:
            raise LocalError("the key is not that of the access certificate")
        self.certificates = certificates
        self.base_url = base_url.rstrip("/")
        self.profile = profile
        self.client_id = x509_hash_client_id(certificates.access_chain.leaf)
        self._key = key
        self._clock = clock
        self._types = types
        self._store = InMemorySessionStore() if store is None else store
        self._status_lists = status_lists
        self._lifetime = request_lifetime
        self._wallet_endpoint = wallet_endpoint
        self._request_uri_method = request_uri_method
        self._issuer = IssuerByType(anchors, policy=trust or TrustPolicy(), types=types, profile=profile)

    @cached_property
    def app(self) -> Starlette:
        """The HTTP face for wallets: ``/request/{id}`` and ``/response/{id}`` below ``base_url``."""
        return face(self)

    # For the relying party ------------------------------------------------------------------------

    def request(
        self,
        query: DcqlQuery | Mapping[str, Any] | None = None,
        *,
        intended_use: str | None = None,
        flow: Flow = "cross_device",
        redirect_uri: str | None = None,
    ) -> PresentationRequest:
        """Ask for a presentation.

        Without ``query`` the registered one of ``intended_use`` (or of the only one). ``redirect_uri`` is
        where a same-device wallet sends the user afterwards: ``{RESPONSE_CODE}`` in it is filled in, else
        ``response_code`` becomes a query parameter. Asking more than is registered is not refused here;
        see :attr:`PresentationRequest.warnings`.

        Raises :class:`~nlwallet.errors.LocalError` or, for a malformed query,
        :class:`~nlwallet.errors.InvalidQuery`.
        """
        check_flow(flow, redirect_uri)
        asked, use = self._what_to_ask(query, intended_use)
        now = self._clock.now()
        session = Session(
            id=secrets.token_urlsafe(32),
            request_id=secrets.token_urlsafe(24),
            flow=flow,
            query=asked,
            nonce=secrets.token_urlsafe(32),
            state_parameter=secrets.token_urlsafe(32),
            encryption_key=PrivateKey.generate("P-256"),
            encryption_kid=secrets.token_urlsafe(16),
            registration_certificate=self.certificates.registration_certificates.get(use or ""),
            created_at=now,
            expires_at=now + self._lifetime,
            redirect_uri=redirect_uri,
        )
        self._store.add(session, now=now)
        link = AuthorizationRequestLink(
            self.client_id,
            f"{self.base_url}/request/{session.request_id}",
            self._request_uri_method,
            self._wallet_endpoint,
        )
        return PresentationRequest(
            id=session.id,
            uri=link.uri(),
            flow=flow,
            expires_at=session.expires_at,
            warnings=lint_request(self.certificates, use, asked, self._types),
        )

    def result(
        self, request: PresentationRequest | str, *, response_code: str | None = None
    ) -> PresentationResult:
        """How the request stands. ``request`` is the object or its ``id``.

        A verified same-device presentation stays ``pending`` until the ``response_code`` comes that the
        wallet took along to ``redirect_uri``; it is released once (§14.2, HAIP 1.0 §5.1). Raises
        :class:`~nlwallet.errors.InvalidResponse` for a wrong or used response code, and
        :class:`~nlwallet.errors.LocalError` for a request that is not known (any more).
        """
        transaction_id = request if isinstance(request, str) else request.id
        now = self._clock.now()
        session = self._store.by_id(transaction_id)
        if session is None:
            raise LocalError("no such presentation request, or it is long over", code="unknown_request")
        if response_code is not None and session.flow == "same_device":
            return release(self._store, transaction_id, response_code, now=now)
        return result_of(session, now=now)

    # For wallets: what the HTTP face calls --------------------------------------------------------

    def request_object(self, request_id: str, *, wallet_nonce: str | None = None) -> str:
        """The signed request object, the same at each fetch until the transaction ends (§5.10).

        Raises :class:`~nlwallet.errors.InvalidRequest` with the code ``unknown_request`` or
        ``request_ended``.
        """
        session = self._open_session(request_id)
        assert session.encryption_key is not None  # is_open
        data = session.registration_certificate
        request = AuthorizationRequest(
            client_id=self.client_id,
            response_uri=f"{self.base_url}/response/{session.request_id}",
            nonce=session.nonce,
            state=session.state_parameter,
            dcql_query=session.query,
            client_metadata=ClientMetadata.for_request(
                session.encryption_key.public,
                session.encryption_kid,
                encs=self.profile.encryption_encs,
                algorithms=self.profile.signing_algorithms,
            ),
            verifier_info=(VerifierInfo(format=REGISTRATION_CERTIFICATE, data=data),) if data else None,
            iat=session.created_at,
            exp=session.expires_at,
            wallet_nonce=wallet_nonce,
        )
        return sign_request_object(request, key=self._key, chain=self.certificates.access_chain)

    def receive(self, request_id: str, body: bytes, content_type: str) -> dict[str, str]:
        """Take what a wallet posted to response_uri; returns the JSON members of the answer (§8.2).

        A response that cannot be decrypted or has another ``state`` leaves the session as it is. The first
        one that belongs to the session decides it. Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        session, now = self._open_session(request_id), self._clock.now()
        report = Report()
        try:
            answer = self._read(session, body, content_type, report)
        except RemoteError:
            advance(self._store, session.id, lambda current: current.with_rejected(report), open_at=now)
            raise
        taken = advance(self._store, session.id, lambda current: current.taken(), open_at=now)
        if taken is None:
            raise _ended()
        response_code = secrets.token_urlsafe(32) if session.flow == "same_device" else None
        if isinstance(answer, AuthorizationErrorResponse):
            refusal = RefusedByWallet(
                f"the wallet refused: {answer.description[:200]}"
                if answer.description
                else "the wallet refused",
                code=answer.code[:64],
            )
            report.passed("V-58", "OpenID4VP 1.0 §8.5", "the error response of the wallet is accepted")
            advance(
                self._store,
                taken.id,
                lambda current: current.refused(refusal, report, response_code=response_code),
            )
        else:
            self._verify(taken, answer, report, response_code)
        if session.redirect_uri is None or response_code is None:
            return {}
        return {"redirect_uri": with_response_code(session.redirect_uri, response_code)}

    # ----------------------------------------------------------------------------------------------

    def _what_to_ask(
        self, query: DcqlQuery | Mapping[str, Any] | None, intended_use: str | None
    ) -> tuple[DcqlQuery, str | None]:
        uses = [use.id for use in self.certificates.record.intended_uses]
        if intended_use is not None and intended_use not in uses:
            raise LocalError(f"no intended use {intended_use!r}", hint=f"registered are: {', '.join(uses)}")
        if query is None:
            if intended_use is None and len(uses) != 1:
                raise LocalError(
                    "say which intended use, or what to ask", hint=f"registered are: {', '.join(uses)}"
                )
            intended_use = intended_use or uses[0]
            query = self.certificates.record.dcql_for(intended_use)
        asked = query if isinstance(query, DcqlQuery) else DcqlQuery.parse(query, pointer="/dcql_query")
        if any(credential.format != SD_JWT_VC for credential in asked.credentials):
            raise LocalError(f"this verifier reads {SD_JWT_VC} only")
        return asked, intended_use or choose_intended_use(self.certificates, asked, self._types)

    def _read(
        self, session: Session, body: bytes, content_type: str, report: Report
    ) -> AuthorizationResponse | AuthorizationErrorResponse:
        answer: AuthorizationResponse | AuthorizationErrorResponse
        with check(report, "V-59", "OpenID4VP 1.0 §8.3.1", "the message is a form with one response"):
            form = parse_response_form(body, content_type)
        if isinstance(form, AuthorizationErrorResponse):
            answer = form
        else:
            assert session.encryption_key is not None  # is_open
            with check(
                report, "E-01", "OpenID4VP 1.0 §8.3", "the response decrypts with the key of the request"
            ):
                answer = decrypt_response(
                    form.jwe,
                    key=session.encryption_key,
                    kid=session.encryption_kid,
                    encs=self.profile.encryption_encs,
                )
        with check(report, "V-37", "OpenID4VP 1.0 §14.3.2", "state is that of the request"):
            received = (answer.state or "").encode("utf-8", "surrogatepass")
            if not hmac.compare_digest(received, session.state_parameter.encode()):
                raise InvalidResponse("state is not that of the request", pointer="/state")
        return answer

    def _verify(
        self, session: Session, answer: AuthorizationResponse, report: Report, response_code: str | None
    ) -> None:
        expected = Expectations(
            client_id=self.client_id,
            nonce=session.nonce,
            issuer=self._issuer,
            types=self._types,
            profile=self.profile,
            status_lists=self._status_lists,
        )
        response = UnverifiedResponse(session.query, answer.vp_token)
        try:
            presentations = response.verify(expected, now=self._clock.now(), report=report)
        except NlWalletError as error:
            failure = error
            advance(self._store, session.id, lambda current: current.failed(failure, report))
            if isinstance(error, RemoteError):
                raise
            # What was given to us (a status source, say) is set up wrongly; the wallet cannot mend that.
            raise InvalidResponse("the response cannot be verified here") from error
        advance(
            self._store,
            session.id,
            lambda current: current.verified(presentations, report, response_code=response_code),
        )

    def _open_session(self, request_id: str) -> Session:
        session = self._store.by_request_id(request_id)
        if session is None:
            raise InvalidRequest(
                "there is no such request", code="unknown_request", spec="OpenID4VP 1.0 §5.10.2"
            )
        if not session.is_open(self._clock.now()):
            raise _ended()
        return session


def _ended() -> InvalidRequest:
    return InvalidRequest(
        "the request has expired, or was answered before", code="request_ended", spec="OpenID4VP 1.0 §14.3.2"
    )
