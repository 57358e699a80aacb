"""The NL Wallet's ``verification_server``: sessions that a relying party begins, without HTTP.

The state machine and the errors are those of the NL Wallet 0.5 or 0.6; a wallet's answer is verified by the same code
as everywhere here.
"""

from __future__ import annotations

import hmac
import secrets
import string
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from nlwallet.clock import Clock
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import LocalError, NlWalletError, RemoteError
from nlwallet.http import StatusChecker, StatusListFetcher
from nlwallet.openid4vp import AuthorizationRequestLink, parse_response_form
from nlwallet.profiles import NL_WALLET_0_5, NL_WALLET_0_6, Profile
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.status import StatusListCache, StatusPolicy
from nlwallet.trust import Anchors, TrustedLists
from nlwallet.verifier.answering import Answering
from nlwallet.verifier.asking import Asking
from nlwallet.verifier.disclosed import disclosed_attestations
from nlwallet.verifier.identity import check_signers, default_signer
from nlwallet.verifier.new_session import NewSession
from nlwallet.verifier.nl_server.accountable import check_accountable
from nlwallet.verifier.nl_server.ephemeral_id import EphemeralIds, Version
from nlwallet.verifier.nl_server.refusal import Refusal
from nlwallet.verifier.nl_server.requester_session import Lifetimes, RequesterSession, SessionState
from nlwallet.verifier.nl_server.requester_sessions import RequesterSessions, RequesterSessionStore
from nlwallet.verifier.nl_server.return_url import ReturnUrlUse, SessionType, return_url
from nlwallet.verifier.nl_server.use_case import UseCase
from nlwallet.verifier.session import VERIFYING_SECONDS, Session, State
from nlwallet.verifier.store import InMemorySessionStore, SessionStore, advance
from nlwallet.verifier.trust_policy import IssuerByType, TrustPolicy

UNIVERSAL_LINK_BASE: Final = "walletdebuginteraction://wallet.edi.rijksoverheid.nl/"
NL_WALLET: Final = "https://wallet.edi.rijksoverheid.nl"
"""What the NL Wallet calls itself."""
SESSIONS_PATH: Final = "/disclosure/sessions"

_ALPHABET: Final = string.ascii_letters + string.digits
_TOKEN_LENGTH: Final = 32


class VerificationServer:
    """Asks for the ``use_cases``, at ``public_url``.

    ``anchors`` are those of the issuers; there is no metadata of types, so ``extending`` says which types count for
    which. ``ephemeral_id_secret`` has 32 bytes or more. ``universal_link_base_url`` is the start of links.
    ``status_lists`` fetches status lists; a card without a status, or whose status cannot be had, is refused, unless
    the use case does without the latter. Without it, nothing is looked up: for tests alone. ``profile`` is by which
    answers are judged; that of the NL Wallet in ``version`` unless another is given. Where it has a proof of
    association, the wallets of ``wallet_client_ids`` may make one. Sessions are kept in memory unless there are
    ``sessions`` and ``presentations``, two stores in one database.
    ``sessions_path`` is below which path answers come.

    Raises :class:`~nlwallet.errors.LocalError` for a use case that may not ask under the profile.
    """

    def __init__(
        self,
        *,
        use_cases: Iterable[UseCase],
        anchors: Anchors,
        public_url: str,
        clock: Clock,
        ephemeral_id_secret: bytes,
        version: Version = "0.6",
        profile: Profile | None = None,
        universal_link_base_url: str = UNIVERSAL_LINK_BASE,
        status_lists: StatusListFetcher | None = None,
        status_cache: StatusListCache | None = None,
        extending: Mapping[str, Sequence[str]] | None = None,
        lifetimes: Lifetimes | None = None,
        insecure_return_urls: bool = False,
        wallet_client_ids: Collection[str] = (NL_WALLET,),
        sessions: RequesterSessionStore | None = None,
        presentations: SessionStore | None = None,
        sessions_path: str = SESSIONS_PATH,
    ) -> None:
        self.use_cases: Mapping[str, UseCase] = {one.name: one for one in use_cases}
        self.public_url = public_url.rstrip("/")
        self.version: Version = version
        self.insecure_return_urls = insecure_return_urls
        self._profile = profile or (NL_WALLET_0_6 if version == "0.6" else NL_WALLET_0_5)
        self._sessions_path = sessions_path
        self._clock = clock
        self._links = universal_link_base_url
        self._extending = extending or {}
        self._lifetimes = lifetimes or Lifetimes()
        # Not "or": an empty store is false.
        self._sessions = RequesterSessions(self._lifetimes) if sessions is None else sessions
        self._presentations = (
            InMemorySessionStore(retention_seconds=0) if presentations is None else presentations
        )
        self._ids = EphemeralIds(ephemeral_id_secret, version)
        self._asking = {one.name: self._asking_for(one) for one in self.use_cases.values()}
        answering = Answering(
            self._presentations,
            clock,
            self._profile,
            IssuerByType(anchors, policy=TrustPolicy(), types=_NO_TYPES, profile=self._profile),
            _NO_TYPES,
            None,
            TrustedLists(),
            wallet_client_ids=wallet_client_ids if self._profile.proof_of_association else None,
        )
        cache = status_cache or StatusListCache()
        self._answering = {
            one.name: replace(answering, status_lists=_checker(one, status_lists, cache))
            for one in self.use_cases.values()
        }

    # For the requester ----------------------------------------------------------------------------

    def start(
        self, use_case: str, *, query: DcqlQuery | None = None, return_url_template: str | None = None
    ) -> str:
        """Begin a session; its token. Raises :class:`Refusal`."""
        found = self.use_cases.get(use_case)
        if found is None:
            raise Refusal("unknown use case", hint=f"there are: {', '.join(self.use_cases)}")
        template = return_url_template or found.return_url_template
        if (template is None) is not (found.return_url_use is ReturnUrlUse.NEITHER):
            raise Refusal(
                "presence or absence of return url template does not match configuration for the required use case"
            )
        asked = query or found.query
        if asked is None:
            raise Refusal("no CredentialRequests: can't request a disclosure of 0 attributes")
        now = self._clock.now()
        session = RequesterSession(_random_text(), use_case, asked, template, now)
        try:
            self._sessions.add(session, now=now)
        except LocalError as error:
            raise Refusal(error.message, code="server_error") from error
        return session.token

    def disclosed_attributes(self, token: str, *, nonce: str | None = None) -> list[Mapping[str, Any]]:
        """What was disclosed, to who has the nonce of the return URL if there was one. Raises :class:`Refusal`."""
        session = self._known(token)
        if session.state is not SessionState.DONE:
            raise Refusal(
                f"session not in expected state, found: {session.state}",
                code="session_state",
                session_status=session.state,
                session_error=session.error,
            )
        if session.nonce and nonce is None:
            raise Refusal("missing nonce in redirect URI", code="nonce")
        given = (nonce or "").encode("utf-8", "surrogatepass")
        if session.nonce and not hmac.compare_digest(given, session.nonce.encode()):
            raise Refusal("the redirect URI nonce does not equal the expected nonce", code="nonce")
        return list(session.disclosed)

    def use_case_of(self, token: str) -> str:
        """The name of the use case of a session. Raises :class:`Refusal`."""
        return self._known(token).use_case

    # For the browser ------------------------------------------------------------------------------

    def status(self, token: str, *, session_type: SessionType | None = None) -> dict[str, str]:
        """How a session stands; for one that nobody has opened, and a ``session_type``, a fresh link.

        Raises :class:`Refusal`.
        """
        session = self._known(token)
        members = {"status": str(session.state)}
        if session.state is SessionState.CREATED and session_type is not None:
            members["ul"] = self._link(session, session_type)
        return members

    def cancel(self, token: str) -> None:
        """End an open session. Raises :class:`Refusal`."""
        while True:
            session = self._known(token)
            if not session.state.is_active:
                raise Refusal(f"session not in expected state, found: {session.state}", code="session_state")
            if self._sessions.replace(session, session.cancelled(self._clock.now())):
                self._forget(session.presentation)
                return

    # For wallets ----------------------------------------------------------------------------------

    def request_object(
        self, token: str, parameters: Mapping[str, str], *, wallet_nonce: str | None = None
    ) -> str:
        """The signed request object, once. ``parameters`` are those of the request_uri. Raises :class:`Refusal`."""
        session_type = self._ids.check(token, parameters, now=self._clock.now())
        return self._hand_out(token, session_type, wallet_nonce)

    def request_object_of_new(self, use_case: str, *, wallet_nonce: str | None = None) -> str:
        """That of a session which a wallet begins, at a link that is the same for everybody (``issuance_server``).

        Its use case has no return URL. Raises :class:`Refusal`.
        """
        return self._hand_out(self.start(use_case), "cross_device", wallet_nonce)

    def _hand_out(self, token: str, session_type: SessionType, wallet_nonce: str | None) -> str:
        now = self._clock.now()
        session = self._open(token, SessionState.CREATED)
        use_case, asking = self.use_cases[session.use_case], self._asking[session.use_case]
        nonce = _random_text() if session.return_url_template and use_case.returns(session_type) else ""
        url = return_url(session.return_url_template or "", session_token=token, nonce=nonce) if nonce else ""
        presentation = self._new_presentation(session, asking, now)
        following = session.waiting(now, presentation=presentation.id, return_url=url, nonce=nonce)
        if not self._sessions.replace(session, following):
            raise self._wrong_state(self._known(token))
        try:
            self._presentations.add(presentation, now=now)
        except LocalError as error:
            reason = "the request cannot be kept now"
            self._sessions.replace(following, following.failed(now, reason))
            raise Refusal(reason, code="server_error", redirect_uri=url) from error
        asked = replace(presentation, query=session.query)
        return asking.request_object(asked, wallet_nonce=wallet_nonce)

    def receive(self, token: str, body: bytes, content_type: str) -> dict[str, str]:
        """Take the wallet's answer, whatever it is: the first one ends the session. Raises :class:`Refusal`."""
        session = self._open(token, SessionState.WAITING_FOR_RESPONSE)
        presentation = self._presentations.by_id(session.presentation)
        if presentation is None or not presentation.is_open(self._clock.now()):
            # a second answer, while the first one is on its way out
            raise self._wrong_state(session)
        failure = self._take(session, presentation, body, content_type)
        settled = self._presentations.by_id(session.presentation)
        failure = failure or self._unaccountable(settled)
        following = self._after(session, settled, failure)
        is_kept = self._sessions.replace(session, following)
        self._forget(session.presentation)
        if not is_kept:
            raise self._wrong_state(self._known(token))
        if following.state is SessionState.FAILED and failure is not None:
            raise Refusal(failure.message, redirect_uri=session.return_url) from failure
        return {"redirect_uri": session.return_url} if session.return_url else {}

    # ----------------------------------------------------------------------------------------------

    def _asking_for(self, use_case: UseCase) -> Asking:
        signer = default_signer(use_case.chain, use_case.key, self._profile)
        check_signers((signer,), use_case.chain, self._profile)
        return Asking(
            self.public_url,
            self._profile,
            signer,
            (),
            _link_base(use_case.deep_link or self._links),
            "post",
            response_path=f"{self._sessions_path}/{{id}}/response_uri",
        )

    def _link(self, session: RequesterSession, session_type: SessionType) -> str:
        use_case, asking = self.use_cases[session.use_case], self._asking[session.use_case]
        parameters = self._ids.parameters(
            session.token,
            session_type,
            goes_stale=not use_case.returns(session_type),
            now=self._clock.now(),
        )
        request_uri = f"{self.public_url}{SESSIONS_PATH}/{session.token}/request_uri?{urlencode(parameters)}"
        return AuthorizationRequestLink(
            asking.signer.client_id, request_uri, "post", asking.wallet_endpoint
        ).uri()

    def _new_presentation(self, session: RequesterSession, asking: Asking, now: int) -> Session:
        made = NewSession(
            request_id=session.token,
            client_id=asking.signer.client_id,
            flow="cross_device",
            response_mode="direct_post.jwt",
            lifetime=self._lifetimes.expiration,
        ).session(
            query=self._with_extending(session.query),
            scope=None,
            transaction_data=(),
            registration_certificate=self.use_cases[session.use_case].registration_certificate,
            now=now,
        )
        # The wallet finds its session by the key; there is no state, as the NL Wallet's servers have none.
        return replace(made, encryption_kid=session.token, state_parameter="")

    def _with_extending(self, query: DcqlQuery) -> DcqlQuery:
        """The query by which an answer is judged: types that extend one that is asked count too."""
        return replace(
            query,
            credentials=tuple(
                replace(one, types=tuple(dict.fromkeys((*one.types, *self._types_below(one.types)))))
                for one in query.credentials
            ),
        )

    def _types_below(self, types: Iterable[str]) -> list[str]:
        return [below for one in types for below in self._extending.get(one, ())]

    def _take(
        self, session: RequesterSession, presentation: Session, body: bytes, content_type: str
    ) -> RemoteError | None:
        asking = self._asking[session.use_case]
        try:
            return self._answering[session.use_case].take(
                presentation,
                lambda: parse_response_form(body, content_type),
                audience=presentation.audience,
                session_facts=asking.session_facts(presentation),
            )
        except RemoteError as error:
            if error.code == "request_ended":
                raise self._wrong_state(session) from error
            return error

    def _unaccountable(self, settled: Session | None) -> RemoteError | None:
        if settled is not None and self._profile.issuer_and_qualification:
            try:
                check_accountable(settled.presentations)
            except RemoteError as error:
                return error
        return None

    def _after(
        self, session: RequesterSession, settled: Session | None, failure: NlWalletError | None
    ) -> RequesterSession:
        now = self._clock.now()
        if settled is not None and settled.state is State.VERIFIED and failure is None:
            return session.done(now, self._disclosed(session, settled))
        error = failure or (settled.error if settled else None)
        if settled is not None and settled.state is State.REFUSED and error is not None:
            if error.code == "access_denied":
                return session.cancelled(now)
            return session.failed(now, f"user aborted with error: {error.code}")
        return session.failed(now, error.message if error else "the answer is gone")

    def _disclosed(self, session: RequesterSession, settled: Session) -> tuple[Mapping[str, Any], ...]:
        place = {one.id: number for number, one in enumerate(session.query.credentials)}
        in_order = sorted(settled.presentations, key=lambda one: place[one.query_id])
        disclosed = disclosed_attestations(in_order)
        if self.version == "0.5":
            for one in disclosed:
                for attestation in one["attestations"]:
                    attestation.pop("aki", None)
        return tuple(disclosed)

    def _forget(self, presentation: str) -> None:
        """Nothing of the answer stays but what the requester may fetch."""
        now = self._clock.now()
        if presentation:
            advance(self._presentations, presentation, lambda current: current.released().withdrawn(now))

    def _known(self, token: str) -> RequesterSession:
        now = self._clock.now()
        session = self._sessions.find(token, now=now)
        if session is None or (session.state.is_active and session.use_case not in self.use_cases):
            raise Refusal("unknown session", code="unknown_session")
        if session.state is not SessionState.WAITING_FOR_RESPONSE or not self._was_left(session, now):
            return session
        following = session.failed(now, "the server stopped while it verified the answer")
        if not self._sessions.replace(session, following):
            return self._known(token)
        self._forget(session.presentation)
        return following

    def _was_left(self, session: RequesterSession, now: int) -> bool:
        """Whether the process that took its answer ended before it was done with that."""
        presentation = self._presentations.by_id(session.presentation)
        taken_at = presentation.taken_at if presentation is not None else 0
        return bool(taken_at) and now >= taken_at + VERIFYING_SECONDS

    def _open(self, token: str, state: SessionState) -> RequesterSession:
        session = self._known(token)
        if session.state is not state:
            raise self._wrong_state(session)
        return session

    @staticmethod
    def _wrong_state(session: RequesterSession) -> Refusal:
        code = {
            SessionState.CANCELLED: "cancelled_session",
            SessionState.EXPIRED: "expired_session",
        }.get(session.state, "invalid_request")
        return Refusal(f"session not in expected state, found: {session.state}", code=code)


_NO_TYPES: Final = TypeMetadataRegistry()


def _checker(
    use_case: UseCase, fetch: StatusListFetcher | None, cache: StatusListCache
) -> StatusChecker | None:
    if fetch is None:
        return None
    policy = StatusPolicy.BEST_EFFORT if use_case.accept_undetermined_status else StatusPolicy.REQUIRE
    missing: Literal["accepted", "refused"] = "accepted" if use_case.accept_missing_status else "refused"
    return StatusChecker(fetch, policy=policy, missing=missing, cache=cache)


def _link_base(base: str) -> str:
    parts = urlsplit(base)
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    return urlunsplit(parts._replace(path=f"{path}disclosure")) if parts.netloc else f"{base}{path}disclosure"


def _random_text() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_TOKEN_LENGTH))
