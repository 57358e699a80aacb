"""From what a wallet sent to the next step of its session: read, held against the request, verified (§8.6)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from nlwallet.clock import Clock
from nlwallet.crypto import PrivateKey
from nlwallet.errors import (
    InvalidRequest,
    InvalidResponse,
    NlWalletError,
    RefusedByWallet,
    RemoteError,
)
from nlwallet.http import StatusChecker
from nlwallet.mdoc import SessionFacts
from nlwallet.openid4vp import (
    DC_API_MODES,
    AuthorizationErrorResponse,
    AuthorizationResponse,
    EncryptedAuthorizationResponse,
    UnreadResponse,
    check,
    decrypt_response,
    iso_18013_7_vp_token,
)
from nlwallet.profiles import Profile
from nlwallet.report import Report
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import TrustedLists
from nlwallet.verifier.explaining import explained
from nlwallet.verifier.met_device import MetDevice
from nlwallet.verifier.proof_of_association import Association
from nlwallet.verifier.session import Session, State
from nlwallet.verifier.status_check import StatusLists
from nlwallet.verifier.store import SessionStore, advance
from nlwallet.verifier.trust_policy import IssuerByType
from nlwallet.verifier.verification import AcceptedPresentation, Expectations, UnverifiedResponse

REFUSED_BECAUSE = "the wallet refused: "
"""How the message begins of a wallet that said why it refuses; its own words follow."""


@dataclass(frozen=True, slots=True)
class Answering:
    """How one verifier takes answers."""

    store: SessionStore
    clock: Clock
    profile: Profile
    issuer: IssuerByType
    types: TypeMetadataRegistry
    status_lists: StatusChecker | StatusLists | None
    trusted_lists: TrustedLists
    keep: Callable[[Session, Sequence[AcceptedPresentation]], None] | None = None
    """Gets the presentations that were verified, as they came: for interfaces that hand those on."""
    wallet_client_ids: Collection[str] | None = None
    """Whose proof of association counts where presentations are by several keys; ``None``: none is asked for."""

    def take(
        self,
        session: Session,
        parse: Callable[[], UnreadResponse],
        *,
        audience: str,
        session_facts: SessionFacts | None = None,
        met: MetDevice | None = None,
        response_code: str | None = None,
    ) -> RemoteError | None:
        """Let the answer that ``parse`` gives decide the session.

        The first answer that belongs to the session decides it; returned is what was wrong with that one, if
        anything. Raises a :class:`~nlwallet.errors.RemoteError` for one that decides nothing: it cannot be
        decrypted, has another ``state``, or came too late.
        """
        now, report = self.clock.now(), Report()
        try:
            answer = self._read(session, parse, report)
        except RemoteError:
            advance(self.store, session.id, lambda current: current.with_rejected(report), open_at=now)
            raise
        taken = advance(self.store, session.id, lambda current: current.taken(now=now), open_at=now)
        if taken is None:
            raise ended()
        if isinstance(answer, AuthorizationErrorResponse):
            refusal = RefusedByWallet(
                f"{REFUSED_BECAUSE}{answer.description[:200]}"
                if answer.description
                else "the wallet refused",
                code=answer.code[:64],
            )
            report.passed("V-58", "OpenID4VP 1.0 §8.5", "the error response of the wallet is accepted")
            advance(
                self.store,
                taken.id,
                lambda current: current.refused(refusal, report, response_code=response_code),
                only_from=State.VERIFYING,
            )
            return None
        # Annex B: the key that answers are encrypted to is the reader's for a MAC too; 1.0 has no such key.
        reader_key = session.encryption_key if self.profile.iso_18013_7 else None
        return self._verify(taken, answer, report, audience, session_facts, met, response_code, reader_key)

    def _read(
        self, session: Session, parse: Callable[[], UnreadResponse], report: Report
    ) -> AuthorizationResponse | AuthorizationErrorResponse:
        with check(report, "V-59", "OpenID4VP 1.0 §8.3.1", "the message holds one response"):
            unread = parse()
        if isinstance(unread, EncryptedAuthorizationResponse):
            assert session.encryption_key is not None  # the session is open, and its mode is encrypted
            with check(
                report, "E-01", "OpenID4VP 1.0 §8.3", "the response decrypts with the key of the request"
            ):
                answer = decrypt_response(
                    unread.jwe,
                    key=session.encryption_key,
                    kid=session.encryption_kid,
                    encs=self.profile.encryption_encs,
                )
        else:
            answer = unread
        if session.response_mode not in DC_API_MODES:  # §A.2: state is not defined there
            with check(report, "V-37", "OpenID4VP 1.0 §14.3.2", "state is that of the request"):
                received = (answer.state or "").encode("utf-8", "surrogatepass")
                if not hmac.compare_digest(received, session.state_parameter.encode()):
                    raise InvalidResponse("state is not that of the request", pointer="/state")
        return answer

    def _vp_token(self, session: Session, answer: AuthorizationResponse, report: Report) -> Any:
        if not self.profile.iso_18013_7:
            return answer.vp_token
        with check(
            report, "V-42", "ISO/IEC TS 18013-7:2024 Annex B", "vp_token is the mdoc that was asked for"
        ):
            return iso_18013_7_vp_token(answer, session.query)

    def _verify(
        self,
        session: Session,
        answer: AuthorizationResponse,
        report: Report,
        audience: str,
        session_facts: SessionFacts | None,
        met: MetDevice | None,
        response_code: str | None,
        reader_key: PrivateKey | None,
    ) -> RemoteError | None:
        expected = Expectations(
            audience=audience,
            nonce=session.nonce,
            session_facts=session_facts.answered_with(answer.apu) if session_facts else None,
            reader_key=reader_key,
            issuer=self.issuer,
            types=self.types,
            profile=self.profile,
            status_lists=self.status_lists,
            transaction_data=session.transaction_data,
            trusted_lists=self.trusted_lists,
            met=met,
            association=None
            if self.wallet_client_ids is None
            else Association(answer.poa, self.wallet_client_ids),
        )
        try:
            response = UnverifiedResponse(session.query, self._vp_token(session, answer, report))
            passed = response.verify_each(expected, now=self.clock.now(), report=report)
        except NlWalletError as error:
            failure = explained(error, report)
            advance(
                self.store,
                session.id,
                lambda current: current.failed(failure, report),
                only_from=State.VERIFYING,
            )
            if isinstance(error, RemoteError):
                return error
            # What was given to us (a status source, say) is set up wrongly; the wallet cannot mend that.
            problem = InvalidResponse("the response cannot be verified here")
            problem.__cause__ = error
            return problem
        if self.keep is not None:
            self.keep(session, passed)
        presentations = tuple(one.verified for one in passed)
        verified = advance(
            self.store,
            session.id,
            lambda current: current.verified(presentations, report, response_code=response_code),
            only_from=State.VERIFYING,
        )
        if verified is None:  # it took so long that the session was given up
            raise ended()
        return None


def ended() -> InvalidRequest:
    """The refusal of whoever comes too late, or second."""
    return InvalidRequest(
        "the request has expired, or was answered before", code="request_ended", spec="OpenID4VP 1.0 §14.3.2"
    )
