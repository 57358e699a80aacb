"""One answer to one request, once: sessions, state, nonce and the form that is posted (list of cases, 5.1)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from nlwallet.openid4vp import FORM_MEDIA_TYPE
from nlwallet.testing.hostile.answer import Answer, NotApplicable
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt, Engagement
from nlwallet.testing.hostile.cases.key_binding import binding
from nlwallet.testing.hostile.jws_draft import as_json

HOUR = 3600
SESSION = AttackGroup(
    "Sessions and answers",
    spec="OpenID4VP 1.0 §8.2, §14",
    mend="take one answer for each request, bound to it by nonce, state and encryption key, and no other",
)
_case = SESSION.answer

# state and nonce --------------------------------------------------------------------------------


def _members(**changes: Any) -> Callable[[Answer], None]:
    """Other parameters beside the VP Token; ``None`` leaves one out."""

    def spoil(answer: Answer) -> None:
        if answer.request.state is None:
            raise NotApplicable("its request has no state")
        changed = {**answer.members, **changes}
        answer.members = {name: value for name, value in changed.items() if value is not None}

    return spoil


_STATE = "compare state of the answer with state of the session"
_case("ADV-001", "state is that of no request.", spec="RFC 6749 §4.1.2", mend=_STATE)(
    _members(state="state-of-nobody")
)
_case(
    "ADV-002",
    "state is missing, though the request had one.",
    spec="OpenID4VP 1.0 §5.3",
    severity=Severity.MEDIUM,
    expects="observed",
    sound="refuses; it has to where a card is asked for without holder binding",
    mend=_STATE,
)(_members(state=None))

_NONCE = "compare nonce and aud of each presentation with those of this very request"


@SESSION.attempt(
    "ADV-003",
    "The attacker posts her own presentation, made for her own session, into that of the victim.",
    spec="OpenID4VP 1.0 §14.1.2",
    severity=Severity.CRITICAL,
    mend=_NONCE,
)
def _into_the_session_of_the_victim(attempt: Attempt) -> None:
    victim, attacker = attempt.begin(), attempt.begin()
    answer = victim.answer()
    binding(answer)
    answer.vp_token = attacker.answer().built_vp_token()
    victim.send(answer)


@SESSION.attempt(
    "ADV-006",
    "A presentation that was accepted in an earlier session is shown again.",
    spec="OpenID4VP 1.0 §14.1",
    severity=Severity.CRITICAL,
    mend=_NONCE,
)
def _captured_earlier(attempt: Attempt) -> None:
    earlier = attempt.begin()
    first = earlier.answer()
    binding(first)
    first.vp_token = first.built_vp_token()
    earlier.may_succeed = True
    earlier.send(first, "an honest answer")
    later = attempt.begin()
    again = later.answer()
    again.vp_token = first.vp_token
    later.send(again, "the same presentation in another session")


def _audience(change: Callable[[str], Any]) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        jwt, client_id = binding(answer), answer.request.client_id or ""
        changed = change(client_id)
        if changed == client_id:
            raise NotApplicable("its client_id has nothing to change")
        jwt.payload["aud"] = changed

    return spoil


_case(
    "ADV-007",
    "The presentation was made for another relying party.",
    spec="OpenID4VP 1.0 §14.1.2",
    severity=Severity.CRITICAL,
    mend=_NONCE,
)(_audience(lambda _: "x509_hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
_EXACT = "compare aud with the whole client_id, prefix included, character by character"
for _variant, _does, _change in (
    ("no-prefix", "The audience is the client_id without its prefix.", lambda it: it.partition(":")[2] or it),
    ("prefix", "The audience has another prefix.", lambda it: f"x509_san_dns:{it.partition(':')[2]}"),
    ("case", "The audience is in upper case.", str.upper),
    ("slash", "The audience has a slash at its end.", lambda it: f"{it}/"),
):
    _case(f"ADV-008/{_variant}", _does, spec="OpenID4VP 1.0 §B.3.6", severity=Severity.MEDIUM, mend=_EXACT)(
        _audience(_change)
    )
_case(
    "ADV-009",
    "The audience is an array with the client_id in it.",
    spec="RFC 9901 §4.3",
    severity=Severity.LOW,
    mend=_EXACT,
)(_audience(lambda client_id: [client_id]))

# once -------------------------------------------------------------------------------------------

_ONCE = "note in one atomic step that a request is answered, before anybody reads the answer"


@SESSION.attempt(
    "ADV-004",
    "An answer that was accepted is posted again, byte by byte.",
    spec="OpenID4VP 1.0 §14.1",
    mend=_ONCE,
)
def _replay(attempt: Attempt) -> None:
    engagement = attempt.begin()
    engagement.may_succeed = True
    body = engagement.answer().payload()
    engagement.post(body, what="an honest answer")
    before = engagement.outcome()
    reply = engagement.post(body, what="the same once more")
    if engagement.outcome() != before:
        attempt.unsound("the second answer changed the result")
    attempt.require_refusal(reply)


@SESSION.attempt(
    "ADV-005",
    "A good answer comes a day after the request.",
    severity=Severity.MEDIUM,
    mend="let a request end after some minutes",
)
def _expired(attempt: Attempt) -> None:
    engagement = attempt.begin()
    attempt.travel(24 * HOUR)
    engagement.send(engagement.answer())


@SESSION.attempt("ADV-029", "Two good answers of two people come at the same moment.", mend=_ONCE)
def _race(attempt: Attempt) -> None:
    engagement = attempt.begin()
    engagement.may_succeed = True
    forger = attempt.forger
    bodies = [engagement.answer(holder=key).payload() for key in (forger.holder, forger.other_holder)]
    with ThreadPoolExecutor(len(bodies)) as pool:
        replies = list(pool.map(lambda body: engagement.post(body, what="one of two answers"), bodies))
    if sum(reply.status == 200 for reply in replies) > 1:
        attempt.unsound("it took both of two answers to one request")


@SESSION.attempt(
    "ADV-015",
    "The answer to one request is posted to the response_uri of another.",
    spec="OpenID4VP 1.0 §14.3.2",
    severity=Severity.CRITICAL,
    mend=_NONCE,
)
def _mix_up(attempt: Attempt) -> None:
    one, other = attempt.begin(), attempt.begin()
    if one.request.response_uri == other.request.response_uri:
        raise NotApplicable("all its answers go to one address, where state tells them apart")
    other.post(one.answer().payload(), what="the answer to another request")


# errors -----------------------------------------------------------------------------------------


def _error(engagement: Engagement, **fields: str) -> dict[str, str]:
    state = {"state": engagement.request.state} if engagement.request.state else {}
    return {**state, **fields}


def form_of(fields: dict[str, str]) -> bytes:
    """A form; names are taken as they are."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items()).encode("ascii")


@SESSION.attempt(
    "ADV-016",
    "The holder refuses: access_denied, with the right state.",
    sound="answers 200 with JSON, and ends the session without success",
    spec="OpenID4VP 1.0 §8.2, §8.5",
    severity=Severity.LOW,
    mend="take an error response like any answer: 200, application/json",
)
def _denied(attempt: Attempt) -> None:
    engagement = attempt.begin()
    reply = engagement.post(form_of(_error(engagement, error="access_denied")), what="access_denied")
    if reply.status != 200 or reply.content_type != "application/json":
        attempt.unsound(f"it answers {reply.status} {reply.content_type} to an error of the wallet")


@SESSION.attempt(
    "ADV-017/code",
    "The wallet sends an error code that nobody knows.",
    sound="answers anything but 5xx",
    spec="OpenID4VP 1.0 §8.5",
    severity=Severity.LOW,
)
def _unknown_error(attempt: Attempt) -> None:
    engagement = attempt.begin()
    engagement.post(form_of(_error(engagement, error="out_of_cheese")), what="an unknown error")


@SESSION.attempt(
    "ADV-017/state",
    "The wallet sends an error without state.",
    sound="answers anything but 5xx, and ends no session of somebody else",
    spec="OpenID4VP 1.0 §8.5",
    severity=Severity.LOW,
)
def _error_without_state(attempt: Attempt) -> None:
    attempt.begin().post(b"error=access_denied", what="an error without state")


@_case("ADV-018", "The form has an error and an answer.", severity=Severity.MEDIUM)
def _both(answer: Answer) -> None:
    answer.change_fields = lambda fields: fields.append(("error", "access_denied"))


@SESSION.attempt(
    "ADV-024",
    "error_description is a megabyte of HTML, line breaks and escape sequences.",
    sound="answers anything but 5xx, and shows the text escaped",
    spec="OpenID4VP 1.0 §8.5",
    severity=Severity.MEDIUM,
    mend="bound and escape what a wallet writes",
)
def _long_description(attempt: Attempt) -> None:
    engagement = attempt.begin()
    text = "<script>alert(1)</script>\r\nSet-Cookie: a=b\x1b[31m" * 20_000
    engagement.post(
        form_of(_error(engagement, error="access_denied", error_description=text)), what="a long error"
    )


# the form ---------------------------------------------------------------------------------------


@_case(
    "ADV-019",
    "The answer comes without encryption, though encryption was asked for.",
    spec="HAIP 1.0 §5; OpenID4VP 1.0 §8.3.1",
    mend="with direct_post.jwt, take nothing but response",
)
def _downgrade(answer: Answer) -> None:
    answer.encrypted()
    answer.encryption_key = None


@_case(
    "ADV-020",
    "Beside the encrypted answer stands one that is not.",
    spec="HAIP 1.0 §5",
    severity=Severity.MEDIUM,
    expects="observed",
    sound="refuses, or reads the encrypted one alone",
    mend="with direct_post.jwt, take nothing but response",
)
def _mixed(answer: Answer) -> None:
    answer.encrypted()
    plain = as_json(answer.built_vp_token()).decode("utf-8")
    answer.change_fields = lambda fields: fields.append(("vp_token", plain))


def _as(media_type: str, *, method: str = "POST") -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        if media_type == "application/json":
            answer.body = as_json(dict(answer.fields()))
        answer.media_type, answer.method = media_type, method

    return spoil


for _variant, _does, _spoil in (
    ("json", "The answer is posted as JSON.", _as("application/json")),
    ("text", "The answer is posted as text/plain.", _as("text/plain")),
    ("multipart", "The answer is posted as multipart/form-data.", _as("multipart/form-data; boundary=x")),
    ("put", "The answer comes by PUT.", _as(FORM_MEDIA_TYPE, method="PUT")),
):
    _case(
        f"ADV-021/{_variant}",
        _does,
        severity=Severity.LOW,
        mend="take POST of application/x-www-form-urlencoded, and answer 405 or 415 to anything else",
    )(_spoil)


def _repeat(name: str) -> Callable[[Answer], None]:
    def change(fields: list[tuple[str, str]]) -> None:
        twice = [field for field in fields if field[0] == name]
        if not twice:
            raise NotApplicable(f"its form has no {name}")
        fields += twice

    def spoil(answer: Answer) -> None:
        answer.change_fields = change

    return spoil


for _name in ("response", "vp_token", "state"):
    _case(
        f"ADV-022/{_name}",
        f"{_name} stands in the form twice.",
        spec="RFC 6749 §3.1",
        severity=Severity.LOW,
        mend="refuse a form in which a parameter comes twice",
    )(_repeat(_name))


@_case(
    "ADV-023",
    "The form has a field that nobody knows.",
    sound="accepts",
    spec="RFC 6749 §3.1",
    severity=Severity.LOW,
    mend="ignore parameters that you do not know",
    expects="accepted",
)
def _extra_field(answer: Answer) -> None:
    answer.change_fields = lambda fields: fields.append(("nobody_knows", "1"))
