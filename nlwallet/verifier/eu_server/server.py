"""Transactions of the EU reference verifier over a :class:`~nlwallet.verifier.Verifier`, without HTTP.

The verifier's certificates ask, and its trust judges the answers. What was verified goes out as the wallet sent it: the
interface hands on the ``vp_token`` itself.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from nlwallet.clock import Clock
from nlwallet.errors import (
    AlgorithmNotAllowed,
    DecryptionFailed,
    InvalidResponse,
    LocalError,
    NlWalletError,
    RemoteError,
)
from nlwallet.openid4vp import AuthorizationRequestLink, RequestUriMethod, parse_response_form
from nlwallet.trust import Category, TrustAnchors
from nlwallet.verifier.answering import Answering
from nlwallet.verifier.eu_server.events import MAX_EVENTS, Event
from nlwallet.verifier.eu_server.refusal import EuRefusal
from nlwallet.verifier.eu_server.transaction_request import TransactionRequest
from nlwallet.verifier.lint import choose_intended_use
from nlwallet.verifier.new_session import NewSession
from nlwallet.verifier.redirect import with_response_code
from nlwallet.verifier.role import Verifier
from nlwallet.verifier.session import Session, State
from nlwallet.verifier.store import InMemorySessionStore
from nlwallet.verifier.trust_policy import IssuerByType, TrustPolicy

LIFETIME_SECONDS: Final = 600
MAX_TRANSACTIONS: Final = 10_000
REQUEST_PATH: Final = "/wallet/request.jwt/{id}"
RESPONSE_PATH: Final = "/wallet/direct_post/{id}"


@dataclass(slots=True, eq=False)
class _Transaction:
    """What is remembered of one, beside its session."""

    session_id: str
    request: TransactionRequest
    answering: Answering
    endpoint: str
    ends_at: int
    fetched: bool = False
    response_code: str = ""
    vp_token: Mapping[str, Any] | None = None
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Begun:
    """A transaction that waits. ``uri`` is the link for the wallet; ``members`` is the answer in JSON (v2)."""

    transaction_id: str
    uri: str
    members: Mapping[str, Any]


class EuServer:
    """The interface over ``verifier``, served at the verifier's ``base_url``. Everything is in memory; thread safe."""

    def __init__(self, verifier: Verifier, *, clock: Clock, lifetime: int = LIFETIME_SECONDS) -> None:
        self._verifier = verifier
        self._clock = clock
        self._lifetime = lifetime
        self._store = InMemorySessionStore()
        self._asking = replace(
            verifier.endpoints.asking, response_path=RESPONSE_PATH, fixed_response_uri=False
        )
        self._answering = replace(verifier.endpoints.answering, store=self._store, keep=self._keep)
        self._transactions: OrderedDict[str, _Transaction] = OrderedDict()
        self._lock = threading.RLock()

    @property
    def is_named_by_hash(self) -> bool:
        """Whether its client identifier is the hash of its certificate, as HAIP 1.0 wants."""
        return self._verifier.client_id.startswith("x509_hash:")

    # For the front end ----------------------------------------------------------------------------

    def begin(self, request: TransactionRequest) -> Begun:
        """Begin a transaction. Raises :class:`EuRefusal`."""
        now, asking = self._clock.now(), self._asking
        session = self._new_session(request, now)
        endpoint = request.wallet_endpoint or asking.wallet_endpoint
        transaction = _Transaction(
            session.id, request, self._answering_for(request), endpoint, now + self._lifetime
        )
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
        self._note(transaction, "Transaction initialized", response=members, profile="openid4vp")
        self._add(session, transaction, now)
        return Begun(session.id, link.uri(), members)

    def wallet_response(self, transaction_id: str, *, response_code: str | None = None) -> dict[str, Any]:
        """What the wallet answered: ``vp_token``, or ``error``. Raises :class:`EuRefusal`.

        As the reference does, without a ``response_code`` it is given too; only a wrong one is refused.
        """
        transaction, session = self._found(transaction_id)
        if session.state not in (State.VERIFIED, State.REFUSED):
            self._note(transaction, "Verifier failed to get wallet", cause="nothing was submitted")
            raise EuRefusal("nothing was submitted")
        given, expected = (response_code or "").encode("utf-8", "replace"), transaction.response_code.encode()
        if response_code is not None and not hmac.compare_digest(given, expected):
            self._note(transaction, "Verifier failed to get wallet", cause="Invalid response_code")
            raise EuRefusal("the response code is another one")
        response = self._response(transaction, session)
        self._note(transaction, "Verifier got wallet response", wallet_response=response)
        return response

    def events(self, transaction_id: str) -> dict[str, Any]:
        """What happened so far. Raises :class:`EuRefusal`."""
        transaction, _ = self._found(transaction_id)
        with self._lock:
            events = [one.as_json() for one in transaction.events]
        return {
            "transaction_id": transaction_id,
            "last_updated": max(one["timestamp"] for one in events),
            "events": events,
        }

    # For wallets ----------------------------------------------------------------------------------

    def request_object(self, request_id: str, *, posted: bool, wallet_nonce: str | None = None) -> str:
        """The signed request object, once, by the method that the link says. Raises :class:`EuRefusal`."""
        session = self._store.by_request_id(request_id)
        transaction = None if session is None else self._transactions.get(session.id)
        if session is None or transaction is None:
            raise EuRefusal("there is no such presentation", status=404)
        allowed = {"get": not posted, "post": posted, "post_get": True}[transaction.request.fetched_by]
        with self._lock:
            first, transaction.fetched = not transaction.fetched and allowed, transaction.fetched or allowed
        if not first or not session.is_open(self._clock.now()):
            self._note(transaction, "FailedToRetrieve request", cause="not in this state, or by this method")
            raise EuRefusal("the request cannot be fetched, or was fetched before")
        text = self._asking.request_object(session, wallet_nonce=wallet_nonce)
        self._note(transaction, "Request object retrieved", jwt=text)
        return text

    def receive(self, request_id: str, body: bytes, content_type: str) -> dict[str, str]:
        """Take a wallet's answer, and say where its user goes. Raises :class:`EuRefusal`."""
        session = self._store.by_request_id(request_id)
        transaction = None if session is None else self._transactions.get(session.id)
        if session is None or transaction is None:
            raise EuRefusal("there is no such presentation", code="PresentationNotFound")
        try:
            if not transaction.fetched or not session.is_open(self._clock.now()):
                raise EuRefusal("it takes no answer now", code="PresentationNotInExpectedState")
            self._take(transaction, session, body, content_type)
        except EuRefusal as error:
            self._note(transaction, "Wallet failed to post response", cause=error.name)
            raise
        settled = self._store.by_id(session.id) or session
        self._note(
            transaction, "Wallet response posted", wallet_response=self._response(transaction, settled)
        )
        template = transaction.request.redirect_uri_template
        return {"redirect_uri": with_response_code(template, transaction.response_code)} if template else {}

    # ----------------------------------------------------------------------------------------------

    def _take(self, transaction: _Transaction, session: Session, body: bytes, content_type: str) -> None:
        if transaction.request.redirect_uri_template is not None and not transaction.response_code:
            transaction.response_code = secrets.token_urlsafe(32)
        encrypted = transaction.request.encrypted
        try:
            failure = transaction.answering.take(
                session,
                lambda: parse_response_form(body, content_type, encrypted=encrypted),
                audience=session.audience,
                session_facts=self._asking.session_facts(session),
            )
        except RemoteError as error:
            failure = error
        if failure is not None:
            name = _name_of(failure)
            if name == "InvalidVpToken" and encrypted and self._is_undecided(session):
                name = "InvalidEncryptedResponse"
            raise EuRefusal(failure.message, code=name) from failure

    def _is_undecided(self, session: Session) -> bool:
        """Whether nothing came of an answer: it could not be read."""
        current = self._store.by_id(session.id)
        return current is not None and current.state is State.PENDING

    def _new_session(self, request: TransactionRequest, now: int) -> Session:
        certificates = self._verifier.certificates
        certificate = request.registration_certificate
        if certificate is None:
            use = request.intended_use or choose_intended_use(
                certificates, request.query, self._verifier.endpoints.answering.types
            )
            certificate = certificates.registration_certificates.get(use or "")
            if certificate is None and request.intended_use is not None:
                raise EuRefusal("nobody registered this intended use", code="UnknownIntendedUseId")
        made = NewSession(
            request_id=secrets.token_urlsafe(24),
            client_id=self._verifier.client_id,
            flow="cross_device",
            response_mode="direct_post.jwt" if request.encrypted else "direct_post",
            lifetime=self._lifetime,
        ).session(
            query=request.query,
            scope=None,
            transaction_data=request.transaction_data,
            registration_certificate=certificate if self._asking.shows_access_certificate else None,
            now=now,
        )
        return replace(made, nonce=request.nonce)

    def _answering_for(self, request: TransactionRequest) -> Answering:
        if not request.issuers:
            return self._answering
        issuer = IssuerByType(
            TrustAnchors(dict.fromkeys(Category, request.issuers)),
            policy=TrustPolicy(),
            types=self._answering.types,
            profile=self._answering.profile,
        )
        return replace(self._answering, issuer=issuer)

    def _add(self, session: Session, transaction: _Transaction, now: int) -> None:
        try:
            self._store.add(session, now=now)
        except LocalError as error:
            raise EuRefusal(error.message, status=503) from error
        with self._lock:
            while self._transactions and (
                len(self._transactions) >= MAX_TRANSACTIONS
                or next(iter(self._transactions.values())).ends_at + self._lifetime <= now
            ):
                self._transactions.popitem(last=False)
            self._transactions[session.id] = transaction

    def _found(self, transaction_id: str) -> tuple[_Transaction, Session]:
        transaction, session = self._transactions.get(transaction_id), self._store.by_id(transaction_id)
        if transaction is None or session is None:
            raise EuRefusal("there is no such presentation", status=404)
        expired = session.state is State.PENDING and self._clock.now() >= session.expires_at
        if expired and all(one.name != "Presentation expired" for one in transaction.events):
            self._note(transaction, "Presentation expired")
        return transaction, session

    def _keep(self, session: Session, vp_token: Any) -> None:
        self._transactions[session.id].vp_token = {
            query_id: items if isinstance(items, list) else [items] for query_id, items in vp_token.items()
        }

    @staticmethod
    def _response(transaction: _Transaction, session: Session) -> dict[str, Any]:
        if session.state is State.VERIFIED:
            return {"vp_token": transaction.vp_token}
        error = session.error
        described = {"error_description": error.message} if error is not None else {}
        return {"error": error.code if error is not None else "server_error", **described}

    def _note(self, transaction: _Transaction, name: str, **members: Any) -> None:
        with self._lock:
            if len(transaction.events) < MAX_EVENTS:
                transaction.events.append(Event(name, self._clock.now(), members))


def _name_of(error: NlWalletError) -> str:
    """The interface's name of what is wrong with an answer."""
    if error.code == "request_ended":
        return "PresentationNotInExpectedState"
    if error.pointer == "/state":
        return "IncorrectState"
    if isinstance(error, DecryptionFailed | AlgorithmNotAllowed):
        return "InvalidEncryptedResponse"
    if error.pointer == "/vp_token" and isinstance(error, InvalidResponse):
        return "UnexpectedResponseMode" if "encrypted" in error.message else "MissingVpToken"
    return "InvalidVpToken"
