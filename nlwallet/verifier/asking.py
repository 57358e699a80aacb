"""From a session to the request that goes out: signed by reference or by value, unsigned, or for the browser's API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from nlwallet.mdoc import SessionFacts
from nlwallet.openid4vp import (
    DC_API_MODES,
    ISO_18013_7_ENDPOINT,
    MSO_MDOC,
    MULTISIGNED,
    REGISTRATION_CERTIFICATE,
    SELF_ISSUED_V2,
    SIGNED,
    UNSIGNED,
    AuthorizationRequest,
    AuthorizationRequestLink,
    ClientMetadata,
    DcApiRequest,
    RequestSigner,
    RequestUriMethod,
    VerifierInfo,
    as_form,
    iso_18013_7_claims,
    session_facts,
    sign_multisigned,
)
from nlwallet.profiles import Profile
from nlwallet.verifier.session import Session

Passing: TypeAlias = Literal["reference", "value", "unsigned"]
"""By ``request_uri``; the signed request object in the link itself; or parameters that nobody signed."""

DcApiForm: TypeAlias = Literal["signed", "unsigned", "multisigned"]


@dataclass(frozen=True, slots=True)
class Asking:
    """How one verifier asks. ``cosigners`` are its further identities, for multi-signed requests."""

    base_url: str
    profile: Profile
    signer: RequestSigner
    cosigners: Sequence[RequestSigner]
    wallet_endpoint: str
    request_uri_method: RequestUriMethod | None
    fixed_response_uri: bool = False
    response_path: str = "/response/{id}"
    """Below ``base_url``; ``{id}`` stands for the request."""

    @property
    def endpoint(self) -> str:
        """The start of links; older wallets have one of their own."""
        standard = self.wallet_endpoint == "openid4vp://"
        return ISO_18013_7_ENDPOINT if self.profile.iso_18013_7 and standard else self.wallet_endpoint

    @property
    def shows_access_certificate(self) -> bool:
        """Whether signed requests prove the party of the registration; only then does its certificate go along."""
        return "x5c" in self.signer.header

    def response_uri(self, request_id: str) -> str:
        """Where wallets post their answer to this request."""
        if self.fixed_response_uri:
            return f"{self.base_url}/response"
        return self.base_url + self.response_path.replace("{id}", request_id)

    def link(self, session: Session, passing: Passing) -> str:
        """The link for an anchor or a QR code."""
        client_id = session.client_id or ""
        if passing == "reference":
            link = AuthorizationRequestLink(
                client_id,
                f"{self.base_url}/request/{session.request_id}",
                self.request_uri_method,
                self.endpoint,
            )
        elif passing == "value":
            link = AuthorizationRequestLink(
                client_id, wallet_endpoint=self.endpoint, request=self.request_object(session)
            )
        else:
            members = self.request(session).as_json()
            for name in ("aud", "iat", "exp"):  # claims of a JWT, which this is not
                members.pop(name, None)
            link = AuthorizationRequestLink(
                client_id, wallet_endpoint=self.endpoint, parameters=as_form(members)
            )
        return link.uri()

    def request_object(self, session: Session, *, wallet_nonce: str | None = None) -> str:
        """The signed request object, the same at each fetch but for the ``wallet_nonce``."""
        request = self.request(session, wallet_nonce=wallet_nonce)
        if self.profile.iso_18013_7:
            return self.signer.sign(iso_18013_7_claims(request, algorithms=self.profile.signing_algorithms))
        return self.signer.sign(request)

    def dc_api_request(self, session: Session, form: DcApiForm) -> DcApiRequest:
        """What the page gives to ``navigator.credentials.get`` (§A.3)."""
        request = self.request(session)
        if form == "unsigned":
            return DcApiRequest(UNSIGNED, request.as_json())
        if form == "signed":
            return DcApiRequest(SIGNED, {"request": self.signer.sign(request)})
        return DcApiRequest(
            MULTISIGNED, {"request": sign_multisigned(request, (self.signer, *self.cosigners))}
        )

    def request(self, session: Session, *, wallet_nonce: str | None = None) -> AuthorizationRequest:
        """The parameters of the request."""
        in_browser = session.response_mode in DC_API_MODES
        by_redirect = session.response_mode == "fragment"
        data = session.registration_certificate
        key = session.encryption_key
        return AuthorizationRequest(
            client_id=session.client_id,
            response_mode=session.response_mode,
            response_uri=None if in_browser or by_redirect else self.response_uri(session.request_id),
            redirect_uri=session.redirect_uri if by_redirect else None,
            expected_origins=session.origins if in_browser and session.client_id else None,
            nonce=session.nonce,
            state=None if in_browser else session.state_parameter or None,
            scope=session.scope,
            dcql_query=session.query,
            client_metadata=ClientMetadata.for_request(
                key.public if key else None,
                session.encryption_kid,
                encs=self.profile.encryption_encs,
                algorithms=self.profile.signing_algorithms,
                formats={one.format for one in session.query.credentials},
            ),
            transaction_data=tuple(one.encoded for one in session.transaction_data) or None,
            verifier_info=(VerifierInfo(format=REGISTRATION_CERTIFICATE, data=data),) if data else None,
            aud=None if in_browser else (SELF_ISSUED_V2,),
            iat=session.created_at,
            exp=session.expires_at,
            wallet_nonce=wallet_nonce,
        )

    def session_facts(self, session: Session, *, origin: str | None = None) -> SessionFacts | None:
        """What an mdoc in the answer is bound to; ``None`` where the query asks for none (§B.2.6)."""
        if all(one.format != MSO_MDOC for one in session.query.credentials):
            return None
        facts = session_facts(self.request(session), origin=origin, encs=self.profile.encryption_encs)
        request_uri = f"{self.base_url}/request/{session.request_id}"
        return replace(
            facts,
            iso_18013_7=self.profile.iso_18013_7,
            further_uris=tuple(filter(None, (request_uri, session.redirect_uri))),
        )
