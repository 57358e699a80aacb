"""Transactions of the EU reference verifier over a :class:`~nlwallet.verifier.Verifier`, without HTTP.

The verifier's certificates ask, and its trust judges the answers. What was verified goes out as the wallet sent it: the
interface hands on the ``vp_token`` itself, without what did not pass.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from nlwallet.clock import Clock
from nlwallet.errors import LocalError, RemoteError
from nlwallet.openid4vp import (
    AuthorizationRequestLink,
    EncryptionTarget,
    RequestUriMethod,
    ResponseMode,
    UnreadResponse,
    WalletMetadata,
    encrypt_request_object,
    parse_form,
    parse_response_data,
    parse_response_form,
)
from nlwallet.verifier.allowed import check_allowed
from nlwallet.verifier.eu_server.answer_error import description_of_refusal, name_of_answer_error
from nlwallet.verifier.eu_server.issuer_chain import trusting_only
from nlwallet.verifier.eu_server.refusal import EuRefusal
from nlwallet.verifier.eu_server.transaction_request import TransactionRequest
from nlwallet.verifier.eu_server.transactions import Transaction, Transactions
from nlwallet.verifier.lint import choose_intended_use
from nlwallet.verifier.new_session import NewSession
from nlwallet.verifier.redirect import with_response_code
from nlwallet.verifier.role import Verifier
from nlwallet.verifier.session import Session, State
from nlwallet.verifier.store import InMemorySessionStore
from nlwallet.verifier.verification import AcceptedPresentation

LIFETIME_SECONDS: Final = 600
REQUEST_PATH: Final = "/wallet/request.jwt/{id}"
RESPONSE_PATH: Final = "/wallet/direct_post/{id}"


@dataclass(frozen=True, slots=True)
class Begun:
    """A transaction that waits. ``uri`` is the link for the wallet; ``members`` is the answer in JSON (v2)."""

    transaction_id: str
    uri: str
    members: Mapping[str, Any]


class EuServer:
    """The interface over ``verifier``, served at the verifier's ``base_url``. Everything is in memory; thread safe.

    ``lifetime`` is in seconds. With ``result_needs_code`` the result of a same-device transaction is given only with
    the response code that the wallet took along (HAIP 1.0 §5.1); the reference gives it without one too.
    """

    def __init__(
        self,
        verifier: Verifier,
        *,
        clock: Clock,
        lifetime: int = LIFETIME_SECONDS,
        result_needs_code: bool = False,
    ) -> None:
        self.verifier = verifier
        self.clock = clock
        self._lifetime = lifetime
        self._needs_code = result_needs_code
        self._store = InMemorySessionStore()
        self._asking = replace(
            verifier.endpoints.asking, response_path=RESPONSE_PATH, fixed_response_uri=False
        )
        self._answering = replace(verifier.endpoints.answering, store=self._store, keep=self._keep)
        self._transactions = Transactions(kept=lifetime)

    @property
    def is_named_by_hash(self) -> bool:
        """Whether its client identifier is the hash of its certificate, as HAIP 1.0 wants."""
        return self.verifier.client_id.startswith("x509_hash:")

    # For the front end ----------------------------------------------------------------------------

    def begin(self, request: TransactionRequest) -> Begun:
        """Begin a transaction that goes by a link. Raises :class:`EuRefusal`."""
        asking = self._asking
        session, transaction = self._begun(request, "direct_post.jwt" if request.encrypted else "direct_post")
        endpoint = request.wallet_endpoint or asking.wallet_endpoint
        members: dict[str, Any] = {"transaction_id": session.id, "client_id": session.client_id or ""}
        if request.by_value:
            members["request"] = asking.request_object(session)
            link = AuthorizationRequestLink(
                members["client_id"], wallet_endpoint=endpoint, request=members["request"]
            )
            transaction.fetched = True
        else:
            request_uri = asking.base_url + REQUEST_PATH.replace("{id}", session.request_id)
            method: RequestUriMethod = "get" if request.fetched_by == "get" else "post"
            members |= {"request_uri": request_uri, "request_uri_method": method}
            link = AuthorizationRequestLink(members["client_id"], request_uri, method, endpoint)
        members["authorization_request_uri"] = link.uri()
        self._note_begin(transaction, "Transaction initialized", members)
        self._add(session, transaction)
        return Begun(session.id, link.uri(), members)

    def begin_in_browser(self, request: TransactionRequest) -> dict[str, Any]:
        """Begin one through the browser's Digital Credentials API; what the page needs. Raises :class:`EuRefusal`."""
        try:
            check_allowed(self.verifier.profile, "dc_api.jwt")
        except LocalError as error:
            raise EuRefusal(error.message) from None
        session, transaction = self._begun(request, "dc_api.jwt")
        transaction.fetched = True
        transaction.browser_request = self._asking.dc_api_request(session, "signed").data["request"]
        self._note_begin(transaction, "DC Api Transaction initialized", transaction.browser_request)
        self._add(session, transaction)
        return _for_the_page(transaction)

    def browser_request(self, transaction_id: str) -> dict[str, Any]:
        """What :meth:`begin_in_browser` gave, again, as long as nobody has answered. Raises :class:`EuRefusal`."""
        transaction, session = self._found(transaction_id)
        if not transaction.browser_request or not session.is_open(self.clock.now()):
            raise EuRefusal("it is none for a browser, or was answered before")
        return _for_the_page(transaction)

    def receive_from_browser(self, transaction_id: str, body: bytes) -> None:
        """Take the form that a page made of what the browser gave it. Raises :class:`EuRefusal`."""
        session, transaction = self._store.by_id(transaction_id), self._transactions.get(transaction_id)
        if session is None or transaction is None:
            raise EuRefusal("there is no such presentation", code="PresentationNotFound")
        origin = transaction.request.origin
        if origin is None:
            raise EuRefusal("it does not go through a browser", code="UnexpectedResponseMode")

        def parse() -> UnreadResponse:
            return parse_response_data(parse_form(body, what="the response"), encrypted=True)

        self._receive(transaction, session, parse, audience=f"origin:{origin}", origin=origin)

    def wallet_response(self, transaction_id: str, *, response_code: str | None = None) -> dict[str, Any]:
        """What the wallet answered: ``vp_token``, or ``error``. Raises :class:`EuRefusal`."""
        transaction, session = self._found(transaction_id)
        if session.state not in (State.VERIFIED, State.REFUSED):
            self._note(transaction, "Verifier failed to get wallet", cause="nothing was submitted")
            raise EuRefusal("nothing was submitted")
        given, expected = (response_code or "").encode("utf-8", "replace"), transaction.response_code.encode()
        asked_for = response_code is not None or self._is_locked(transaction)
        if asked_for and not hmac.compare_digest(given, expected):
            self._note(transaction, "Verifier failed to get wallet", cause="Invalid response_code")
            raise EuRefusal("the response code is another one")
        response = _response(transaction, session)
        self._note(transaction, "Verifier got wallet response", **self._shown(transaction, response))
        return response

    def events(self, transaction_id: str) -> dict[str, Any]:
        """What happened so far. Raises :class:`EuRefusal`."""
        transaction, _ = self._found(transaction_id)
        events = [one.as_json() for one in transaction.noted()]
        return {
            "transaction_id": transaction_id,
            "last_updated": max(one["timestamp"] for one in events),
            "events": events,
        }

    # For wallets ----------------------------------------------------------------------------------

    def request_object(
        self,
        request_id: str,
        *,
        posted: bool,
        wallet_nonce: str | None = None,
        wallet_metadata: str | None = None,
    ) -> str:
        """The signed request object, once, by the method that the link says, or by GET: that is what a wallet
        does which does not know POST (OpenID4VP 1.0 §5.1). Raises :class:`EuRefusal`.

        It is encrypted if the wallet's metadata, JSON text, brings a key; nothing else in that is looked at.
        """
        session = self._store.by_request_id(request_id)
        transaction = None if session is None else self._transactions.get(session.id)
        if session is None or transaction is None or transaction.browser_request:
            raise EuRefusal("there is no such presentation", status=404)
        allowed = not posted or transaction.request.fetched_by != "get"
        target = self._target(transaction, wallet_metadata)
        if not transaction.take_request(allowed=allowed) or not session.is_open(self.clock.now()):
            self._note(transaction, "FailedToRetrieve request", cause="not in this state, or by this method")
            raise EuRefusal("the request cannot be fetched, or was fetched before")
        text = self._asking.request_object(session, wallet_nonce=wallet_nonce)
        if target is not None:
            text = encrypt_request_object(text, target)
        self._note(transaction, "Request object retrieved", jwt=text)
        return text

    def receive(self, request_id: str, body: bytes, content_type: str) -> dict[str, str]:
        """Take a wallet's answer, and say where its user goes. Raises :class:`EuRefusal`."""
        session = self._store.by_request_id(request_id)
        transaction = None if session is None else self._transactions.get(session.id)
        if session is None or transaction is None or transaction.browser_request:
            raise EuRefusal("there is no such presentation", code="PresentationNotFound")
        encrypted = transaction.request.encrypted
        self._receive(
            transaction,
            session,
            lambda: parse_response_form(body, content_type, encrypted=encrypted),
            audience=session.audience,
        )
        template = transaction.request.redirect_uri_template
        return {"redirect_uri": with_response_code(template, transaction.response_code)} if template else {}

    # ----------------------------------------------------------------------------------------------

    def _receive(
        self,
        transaction: Transaction,
        session: Session,
        parse: Callable[[], UnreadResponse],
        *,
        audience: str,
        origin: str | None = None,
    ) -> None:
        try:
            if not transaction.fetched or not session.is_open(self.clock.now()):
                raise EuRefusal("it takes no answer now", code="PresentationNotInExpectedState")
            self._take(transaction, session, parse, audience=audience, origin=origin)
        except EuRefusal as error:
            self._note(transaction, "Wallet failed to post response", cause=f"{error.name}: {error.message}")
            raise
        settled = self._store.by_id(session.id) or session
        response = _response(transaction, settled)
        self._note(transaction, "Wallet response posted", **self._shown(transaction, response))

    def _take(
        self,
        transaction: Transaction,
        session: Session,
        parse: Callable[[], UnreadResponse],
        *,
        audience: str,
        origin: str | None,
    ) -> None:
        facts = self._asking.session_facts(session, origin=origin)
        try:
            failure = transaction.answering.take(session, parse, audience=audience, session_facts=facts)
        except RemoteError as error:
            failure = error
        if failure is not None:
            name = name_of_answer_error(failure)
            if name == "InvalidVpToken" and transaction.request.encrypted and self._is_undecided(session):
                name = "InvalidEncryptedResponse"
            raise EuRefusal(failure.message, code=name) from failure

    def _is_undecided(self, session: Session) -> bool:
        """Whether nothing came of an answer: it could not be read."""
        current = self._store.by_id(session.id)
        return current is not None and current.state is State.PENDING

    def _is_locked(self, transaction: Transaction) -> bool:
        return self._needs_code and transaction.request.redirect_uri_template is not None

    def _shown(self, transaction: Transaction, response: Mapping[str, Any]) -> dict[str, Any]:
        """What the event feed says of the answer: nothing, where that needs a code."""
        return {} if self._is_locked(transaction) else {"wallet_response": response}

    def _target(self, transaction: Transaction, wallet_metadata: str | None) -> EncryptionTarget | None:
        if wallet_metadata is None:
            return None
        try:
            metadata = WalletMetadata.parse(wallet_metadata)
            return metadata.encryption_target(encs=self.verifier.profile.encryption_encs)
        except RemoteError as error:
            self._note(transaction, "FailedToRetrieve request", cause=error.message)
            raise EuRefusal(error.message) from None

    def _begun(self, request: TransactionRequest, mode: ResponseMode) -> tuple[Session, Transaction]:
        now = self.clock.now()
        made = NewSession(
            request_id=secrets.token_urlsafe(24),
            client_id=self.verifier.client_id,
            flow="cross_device",
            response_mode=mode,
            lifetime=self._lifetime,
            origins=request.expected_origins,
        ).session(
            query=request.query,
            scope=None,
            transaction_data=request.transaction_data,
            registration_certificate=self._registration_certificate(request),
            now=now,
        )
        session = replace(made, nonce=request.nonce)
        return session, Transaction(
            session.id,
            request,
            trusting_only(self._answering, request.issuers),
            now + self._lifetime,
            response_code=secrets.token_urlsafe(32) if request.redirect_uri_template is not None else "",
        )

    def _registration_certificate(self, request: TransactionRequest) -> str | None:
        certificates = self.verifier.certificates
        certificate = request.registration_certificate
        if certificate is None:
            use = request.intended_use or choose_intended_use(
                certificates, request.query, self.verifier.endpoints.answering.types
            )
            certificate = certificates.registration_certificates.get(use or "")
            if certificate is None and request.intended_use is not None:
                raise EuRefusal("nobody registered this intended use", code="UnknownIntendedUseId")
        return certificate if self._asking.shows_access_certificate else None

    def _add(self, session: Session, transaction: Transaction) -> None:
        try:
            self._store.add(session, now=session.created_at)
        except LocalError as error:
            raise EuRefusal(error.message, status=503) from error
        self._transactions.add(transaction, now=session.created_at)

    def _found(self, transaction_id: str) -> tuple[Transaction, Session]:
        transaction, session = self._transactions.get(transaction_id), self._store.by_id(transaction_id)
        if transaction is None or session is None:
            raise EuRefusal("there is no such presentation", status=404)
        if session.state is State.PENDING and self.clock.now() >= session.expires_at:
            transaction.note_once("Presentation expired", self.clock.now())
        return transaction, session

    def _keep(self, session: Session, passed: Sequence[AcceptedPresentation]) -> None:
        transaction = self._transactions.get(session.id)
        if transaction is not None:
            by_query: dict[str, list[str]] = {}
            for one in passed:  # and nothing else of the answer: the front end takes it for verified
                by_query.setdefault(one.verified.query_id, []).append(one.item)
            transaction.vp_token = by_query

    def _note_begin(self, transaction: Transaction, name: str, response: Any) -> None:
        profile = "haip" if transaction.request.haip else "openid4vp"
        transaction.note(name, self.clock.now(), response=response, profile=profile)

    def _note(self, transaction: Transaction, name: str, **members: Any) -> None:
        transaction.note(name, self.clock.now(), **members)


def _for_the_page(transaction: Transaction) -> dict[str, Any]:
    return {"request": transaction.browser_request, "transaction_id": transaction.session_id}


def _response(transaction: Transaction, session: Session) -> dict[str, Any]:
    if session.state is State.VERIFIED:
        return {"vp_token": transaction.vp_token}
    error = session.error
    if error is None:
        return {"error": "server_error"}
    description = description_of_refusal(error)
    return {"error": error.code, **({"error_description": description} if description else {})}
