"""One attack on one relying party: the sessions that it begins, what it sends, and what it sees, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from starlette.types import ASGIApp

from nlwallet.encoding import b64url_decode, parse_json_object
from nlwallet.errors import NlWalletError, RemoteError
from nlwallet.http import HttpClient, HttpReply
from nlwallet.openid4vp import (
    REQUEST_OBJECT_MEDIA_TYPE,
    AuthorizationRequest,
    AuthorizationRequestLink,
    claims_of_parameters,
)
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.testing.hostile.answer import Answer, NotApplicable
from nlwallet.testing.hostile.canary import Canary
from nlwallet.testing.hostile.forger import Forger
from nlwallet.testing.hostile.inside import Inside
from nlwallet.testing.hostile.journey import Journey
from nlwallet.testing.hostile.outside import Outside
from nlwallet.testing.hostile.party import PartySession, RelyingPartyUnderTest, SessionOutcome

PATIENCE = 30.0
"""In seconds: a party that has not given up by then holds its connections for whoever likes to keep them."""
MAX_SHOWN = 4096
"""How much of a message is kept for the report, in characters."""


class Unsound(Exception):
    """The party did what a sound one does not; the text says what was seen."""


class Broke(Unsound):
    """It answered 5xx, or not in time: a fault, though nobody got in."""


class NotJudged(Exception):
    """The party does not say enough to judge it by."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, for people: what was done, what was sent, what came back."""

    what: str
    sent: str = ""
    received: str = ""


class Begun(Protocol):
    """A session that an attack began, for the verdict."""

    may_succeed: bool

    def outcome(self) -> SessionOutcome:
        """How it stands at the party."""
        ...


@dataclass(slots=True)
class Attempt:
    """What an attack is given. It begins sessions, answers them as it likes, and says what it sees."""

    forger: Forger
    party: RelyingPartyUnderTest
    http: HttpClient = field(repr=False)
    travels: bool = True
    """Whether the party notices when the clock of the sandbox does."""
    patience: float = PATIENCE
    """For how many seconds it is waited whether the party gives up."""
    outside: Outside | None = field(default=None, repr=False)
    """Where the party finds what the attacker serves, if it shares no process with it."""
    steps: list[Step] = field(default_factory=list)
    engagements: list[Begun] = field(default_factory=list)
    answers: list[HttpReply] = field(default_factory=list, repr=False)
    _journey: Journey | None = None
    _inside: list[Inside] = field(default_factory=list)

    def begin(self) -> Engagement:
        """Let the party begin a session, and fetch its request. Raises :class:`NotApplicable`."""
        return self._follow(self.party.begin())

    def begin_same_device(self) -> Engagement:
        """The same in the browser of the phone. Raises :class:`NotApplicable`."""
        session = self.party.begin_same_device()
        if session is None:
            raise NotApplicable("no way to begin on the same device was given")
        return self._follow(session)

    def _follow(self, session: PartySession) -> Engagement:
        engagement = Engagement.opened(self, session)
        self.engagements.append(engagement)
        return engagement

    def travel(self, seconds: int) -> None:
        """Let time pass for everybody; it is turned back afterwards. Raises :class:`NotApplicable`."""
        journey = self._journey = self._journey or Journey(self.forger.edi.clock, shared=self.travels)
        journey.check()
        # Who issues its cards is certified today, not when time has passed.
        for engagement in self.engagements:
            if isinstance(engagement, Engagement):
                self.forger.presentations(engagement.request)
        journey.forward(seconds)
        self.note(f"{seconds} seconds pass")

    def end(self) -> None:
        """Turn the clock back, and listen no more."""
        if self._journey is not None:
            self._journey.end()
        for one in self._inside:
            one.close()

    def send(
        self, what: str, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> HttpReply:
        """Send anything; what comes back counts for the verdict. A party that does not answer in time is a finding."""
        sent = f"{method} {url}\n\n{body.decode('utf-8', 'replace')}"
        try:
            reply = self.http.send(method, url, body=body, headers=headers, what=what)
        except NlWalletError as error:
            self.note(what, sent, str(error))
            if error.code == "timeout":
                raise Broke("it does not answer within the time limit") from None
            raise
        self.note(what, sent, f"{reply.status} {reply.content_type}\n\n{_shown(reply.body)}")
        self.answers.append(reply)
        if reply.status >= 500:
            raise Broke(f"it breaks: {reply.status}")
        return reply

    def canary(self, app: ASGIApp | None = None) -> Canary:
        """An address of the attacker's, where ``app`` answers."""
        return Canary(self.forger.edi, app, self.outside)

    def inside(self) -> Inside:
        """A port of this machine where a party on it has no business; one elsewhere is not seen there."""
        made = Inside()
        self._inside.append(made)
        return made

    def check_not_inside(self) -> None:
        """Raises :class:`Unsound` if somebody came to a port of :meth:`inside`."""
        if any(one.was_visited() for one in self._inside):
            raise Unsound("it goes to a port of its own machine because a stranger says so")

    def note(self, what: str, sent: str = "", received: str = "") -> None:
        """Keep something for the report."""
        self.steps.append(Step(what, sent[:MAX_SHOWN], received[:MAX_SHOWN]))

    def unsound(self, what: str) -> NoReturn:
        """The party does what a sound one does not."""
        raise Unsound(what)

    def require_refusal(self, reply: HttpReply) -> None:
        """A 4xx. Raises :class:`Unsound` for anything else."""
        if not 400 <= reply.status < 500:
            raise Unsound(f"it answers {reply.status} instead of refusing")


@dataclass(slots=True)
class Engagement:
    """One session of the party, with its request in hand."""

    attempt: Attempt = field(repr=False)
    session: PartySession
    link: AuthorizationRequestLink
    request: AuthorizationRequest
    raw: Mapping[str, Any] = field(repr=False)
    """The request's parameters as they came."""
    may_succeed: bool = False
    """Whether an honest answer of the attack stands behind it."""

    @classmethod
    def opened(cls, attempt: Attempt, session: PartySession) -> Engagement:
        """Follow the link of a session."""
        link = AuthorizationRequestLink.parse(session.link, by_value=True)
        claims = request_claims(attempt, link)
        signed = link.parameters is None
        request = AuthorizationRequest.parse(claims, signed=signed, modes=OPENID4VP_1_0.response_modes)
        if request.response_uri is None:
            raise NotApplicable("its request is not answered by direct_post")
        return cls(attempt, session, link, request, claims)

    def answer(self, **changes: Any) -> Answer:
        """An honest answer, not sent yet; ``changes`` as in :meth:`Forger.sd_jwt`, for each presentation."""
        forger, asked = self.attempt.forger, self.request
        if not changes:
            return Answer.honest(asked, forger.presentations(asked), associate=forger.associating(asked))
        made = {
            name: [forger.present(query, asked, **changes)]
            for name in forger.presentations(asked)
            if (query := asked.dcql_query.credential(name)) is not None
        }
        return Answer.honest(asked, made, associate=forger.associating(asked))

    def send(self, answer: Answer, what: str = "the answer") -> HttpReply:
        """Post an answer to the response_uri."""
        return self.post(answer.payload(), answer.media_type, method=answer.method, what=what)

    def send_honestly(self) -> HttpReply:
        """Post the honest answer: this session may succeed."""
        self.may_succeed = True
        return self.send(self.answer(), "an honest answer")

    def post(
        self,
        body: bytes,
        media_type: str = "application/x-www-form-urlencoded",
        *,
        method: str = "POST",
        what: str = "the answer",
    ) -> HttpReply:
        """Send any body to the response_uri."""
        assert self.request.response_uri is not None
        headers = {"Content-Type": media_type} if media_type else {}
        return self.attempt.send(what, method, self.request.response_uri, body, headers)

    def claims_of(self, reply: HttpReply) -> dict[str, Any]:
        """The parameters in a reply of the request_uri. Raises :class:`NotJudged`."""
        if reply.status != 200:
            raise NotJudged(f"its request_uri answers {reply.status}")
        return payload_of(reply.body.decode("ascii", "replace").strip())

    def outcome(self) -> SessionOutcome:
        """How the session stands at the party."""
        outcome = self.session.outcome()
        self.attempt.note(f"the session is {outcome.state}")
        return outcome

    def come_back(self, address: str, *, own_browser: bool = True) -> SessionOutcome:
        """Open the address that the party gave to the wallet, in the user's own browser or in another one."""
        outcome = self.session.come_back(address, own_browser=own_browser)
        where = "the browser that began" if own_browser else "another browser"
        self.attempt.note(f"{address} is opened in {where}: the session is {outcome.state}")
        return outcome


def request_claims(attempt: Attempt, link: AuthorizationRequestLink) -> dict[str, Any]:
    """The parameters of the request behind a link, its signature not looked at."""
    if link.parameters is not None:
        return claims_of_parameters(link.parameters)
    if link.request is not None:
        return payload_of(link.request)
    assert link.request_uri is not None
    method = "POST" if link.request_uri_method == "post" else "GET"
    form = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    headers = {"Accept": REQUEST_OBJECT_MEDIA_TYPE, **form}
    reply = attempt.send("the request object", method, link.request_uri, headers=headers)
    if reply.status != 200:
        raise NotJudged(f"its request_uri answers {reply.status}")
    return payload_of(reply.body.decode("ascii", "replace").strip())


def payload_of(jwt: str) -> dict[str, Any]:
    """The claims of a request object, unverified. Raises :class:`NotApplicable` or :class:`NotJudged`."""
    parts = jwt.split(".")
    if len(parts) == 5:
        raise NotApplicable("its request is encrypted to a wallet")
    if len(parts) != 3:
        raise NotJudged("its request object is no JWT")
    try:
        return parse_json_object(b64url_decode(parts[1]), what="the request object")
    except RemoteError as error:
        raise NotJudged(f"its request object cannot be read: {error.message}") from None


def _shown(body: bytes) -> str:
    return body[:MAX_SHOWN].decode("utf-8", "replace")
