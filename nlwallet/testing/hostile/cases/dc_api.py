"""The browser's Digital Credentials API: which page an answer is for (list of cases, 5.6 and 5.9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from nlwallet.openid4vp import session_facts
from nlwallet.testing.hostile.answer import ENCS, Answer
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt
from nlwallet.testing.hostile.browser_engagement import BrowserEngagement
from nlwallet.testing.hostile.cases.key_binding import binding

DC_API = AttackGroup(
    "Digital Credentials API",
    spec="OpenID4VP 1.0 §A.4, §B.3.6",
    mend="compare aud with origin: and the origin of your own page, from your configuration, character by character",
)
_REDIRECT = "OpenID4VP 1.0 §B.2.6.1, §B.2.6.2"


@DC_API.attempt(
    "ADV-158/control",
    "The answer is for the page that asked.",
    sound="accepts",
    severity=Severity.LOW,
    expects="accepted",
    mend="the audience of an answer through the browser's API is origin: and the origin of the page",
)
def _honest(attempt: Attempt) -> None:
    engagement = BrowserEngagement.begin(attempt)
    engagement.send(engagement.answer(), "an honest answer")


def _audience(change: Callable[[BrowserEngagement], str]) -> Callable[[Attempt], None]:
    def run(attempt: Attempt) -> None:
        engagement = BrowserEngagement.begin(attempt)
        answer = engagement.answer()
        binding(answer).payload["aud"] = change(engagement)
        engagement.send(answer)

    return run


for _variant, _does, _change in (
    (
        "client-id",
        "The audience is the client_id, as over a link.",
        lambda it: it.request.client_id or f"web-origin:{it.session.origin}",
    ),
    ("bare", "The audience is the origin without its prefix.", lambda it: it.session.origin),
):
    DC_API.attempt(f"ADV-158/{_variant}", _does, severity=Severity.HIGH)(_audience(_change))


def _elsewhere(change: Callable[[str], str]) -> Callable[[Attempt], None]:
    def run(attempt: Attempt) -> None:
        engagement = BrowserEngagement.begin(attempt)
        engagement.send(engagement.answer(origin=change(engagement.session.origin)))

    return run


def _subdomain(origin: str) -> str:
    parts = urlsplit(origin)
    return f"{parts.scheme}://evil.{parts.netloc}"


for _variant, _does, _of in (
    ("attacker", "The answer is for a page of the attacker's.", lambda _: "https://attacker.example"),
    ("subdomain", "The answer is for a page at a host below that of the party.", _subdomain),
    ("port", "The answer is for a page at another port.", lambda origin: f"{origin.rstrip('/')}:8444"),
    ("slash", "The origin has a slash at its end.", lambda origin: f"{origin}/"),
    ("case", "The origin is in upper case.", str.upper),
):
    DC_API.attempt(
        f"ADV-159/{_variant}",
        _does,
        severity=Severity.LOW if _variant in ("slash", "case") else Severity.CRITICAL,
    )(_elsewhere(_of))


def _handover(change: Callable[[BrowserEngagement, Answer], bytes]) -> Callable[[Attempt], None]:
    def run(attempt: Attempt) -> None:
        engagement = BrowserEngagement.begin(attempt)
        answer = engagement.answer()
        answer.mdoc.transcript = change(engagement, answer)
        engagement.send(answer)

    return run


def _facts(engagement: BrowserEngagement, answer: Answer, **changes: Any) -> bytes:
    facts = session_facts(answer.request, origin=engagement.session.origin, encs=ENCS)
    return replace(facts, **changes).transcript()


for _variant, _does, _transcript in (
    (
        "redirect",
        "A document comes through the browser that was shown over a link.",
        lambda it, answer: _facts(it, answer, origin="", response_uri=f"{it.session.origin}/response"),
    ),
    (
        "prefix",
        "The origin in the transcript has the prefix that an audience has.",
        lambda it, answer: _facts(it, answer, origin=f"origin:{it.session.origin}"),
    ),
    (
        "origin",
        "The document was shown to a page of the attacker's.",
        lambda it, answer: _facts(it, answer, origin="https://attacker.example"),
    ),
):
    DC_API.attempt(
        f"ADV-117/{_variant}",
        _does,
        spec=_REDIRECT,
        severity=Severity.CRITICAL if _variant == "origin" else Severity.MEDIUM,
        mend="put the origin of your own page into the transcript, as the browser writes it",
    )(_handover(_transcript))

_ALONE = "with dc_api.jwt take response and nothing else"


@DC_API.attempt(
    "ADV-160/plain",
    "The answer comes without encryption, though encryption was asked for.",
    spec="OpenID4VP 1.0 §A.4, §8.3; HAIP 1.0 §5",
    mend=_ALONE,
)
def _plain(attempt: Attempt) -> None:
    engagement = BrowserEngagement.begin(attempt)
    answer = engagement.answer()
    answer.encrypted()
    answer.encryption_key = None
    engagement.send(answer)


@DC_API.attempt(
    "ADV-160/error",
    "The wallet refuses, with an error object.",
    sound="ends the session without success, and does not break",
    spec="OpenID4VP 1.0 §A.4, §8.5",
    severity=Severity.LOW,
    mend="take an error object like any answer",
)
def _error(attempt: Attempt) -> None:
    BrowserEngagement.begin(attempt).give({"error": "access_denied"}, "an error")


@DC_API.attempt(
    "ADV-160/both", "An error stands beside a good answer.", severity=Severity.MEDIUM, mend=_ALONE
)
def _both(attempt: Attempt) -> None:
    engagement = BrowserEngagement.begin(attempt)
    answer = engagement.answer()
    encrypted = answer.encryption_key is not None
    data = dict(answer.fields()) if encrypted else answer.built_members()
    engagement.give({**data, "error": "access_denied"}, "an error and an answer")


for _variant, _data in (("string", "x"), ("array", [1]), ("null", None), ("number", {"response": 1})):

    @DC_API.attempt(
        f"ADV-160/{_variant}",
        f"What comes from the browser is {_data!r}.",
        sound="refuses, and does not break",
        severity=Severity.LOW,
        mend="expect anything from a browser, not only an object with strings",
    )
    def _nonsense(attempt: Attempt, data: Any = _data) -> None:
        BrowserEngagement.begin(attempt).give(data, "something else")
