"""The story that a cassette tells: numbered steps, where it went wrong, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from nlwallet.encoding import date_time
from nlwallet.testing.cassette import (
    Cassette,
    Checked,
    Ended,
    Exchanged,
    Opened,
    Presented,
    Problem,
    Prompted,
    RecordedCheck,
    Refused,
    Returned,
    Step,
)

Side: TypeAlias = Literal["the other party", "the wallet or its holder", "either side"]

MAX_SHOWN: Final = 300
WELL: Final = frozenset({"shared", "received", "deleted", "initiated"})
_MEANT: Final = frozenset({"use_dpop_nonce", "authorization_pending", "slow_down", "issuance_pending"})
"""Error codes after which the wallet is expected to try again."""
_OF_ISSUER: Final = {
    "untrusted_certificate": "Let the wallet trust the issuer's CA, or get a certificate of one that it trusts.",
    "invalid_grant": "An offer is good for one use and some minutes, and a code for a few attempts: offer anew.",
    "invalid_client": "The issuer wants to know the wallet: let it trust the wallet's provider.",
}
"""What to do next about an issuer, by code."""
_ISSUER: Final = "Mend what the issuer says or signs; nlwallet decode shows what is in a credential."


@dataclass(frozen=True, slots=True)
class Fault:
    """Where it went wrong: the number of the step, what was wrong, and what to do next."""

    step: int
    what: str
    side: Side
    code: str = ""
    spec: str = ""
    pointer: str = ""
    hint: str = ""
    next: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As JSON; empty members are left out."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return {name: one for name, one in members.items() if one}


@dataclass(frozen=True, slots=True)
class Story:
    """What happened; ``fault`` is None when nothing went wrong."""

    title: str
    steps: tuple[tuple[str, ...], ...]
    """Of each step the line, and lines of detail."""
    fault: Fault | None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "title": self.title,
            "steps": [
                {"number": number, "line": lines[0], "details": list(lines[1:])}
                for number, lines in enumerate(self.steps, 1)
            ],
            "went_wrong": None if self.fault is None else self.fault.as_dict(),
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.title
        yield ""
        for number, (first, *others) in enumerate(self.steps, 1):
            here = "→" if self.fault is not None and self.fault.step == number else " "
            yield f"{here}{number:>3}. {first}"
            yield from (f"      {other}" for other in others)
        yield ""
        if (fault := self.fault) is None:
            yield "Nothing went wrong."
            return
        yield f"It went wrong at step {fault.step}: {fault.what}"
        told = (
            ("code", fault.code),
            ("section", fault.spec),
            ("where", fault.pointer),
            ("whose", fault.side),
            ("hint", fault.hint),
            ("next", fault.next),
        )
        yield from (f"  {name:<8} {text}" for name, text in told if text)


def explain_cassette(cassette: Cassette) -> Story:
    """Tell what is on a cassette. Nothing in it was verified: it is what whoever made it wrote."""
    who = next((one.requester for one in cassette.steps if isinstance(one, Prompted)), "")
    about = f" with {_shown(who)}" if who else ""
    of = f", in {_shown(cassette.test)}" if cassette.test else ""
    try:
        when = date_time(cassette.recorded_at)
    except (ValueError, OverflowError, OSError):
        when = "at an unknown time"
    title = f"An exchange of a wallet that behaves as {_shown(cassette.profile)}{about}, recorded {when}{of}"
    steps = [tuple(_shown(line) for line in _told(step)) for step in cassette.steps]
    if cassette.left_out > 0:
        steps.append((f"… and {cassette.left_out} steps more that were not kept",))
    return Story(title, tuple(steps), _fault(cassette.steps))


# The steps ----------------------------------------------------------------------------------------


def _told(step: Step) -> Iterator[str]:
    match step:
        case Opened() if step.link.get("kind") == "page":
            asked = [one for one in step.link.get("requests", []) if isinstance(one, dict)]
            protocols = ", ".join(str(one.get("protocol")) for one in asked)
            yield f"The page at {step.link.get('origin')} asked through the browser, by {protocols or 'nothing'}"
        case Opened():
            parameters = step.link.get("parameters")
            names = ", ".join(sorted(map(str, parameters))) if isinstance(parameters, dict) else ""
            yield f"The wallet was given {step.link.get('to', 'a request of a page')}" + (
                f" with {names}" if names else ""
            )
        case Exchanged():
            yield f"It {_sent(step)} and got {_got(step)}"
            if step.status >= 400 and (code := _answered_error(step)):
                yield f"error {code}"
        case Checked():
            passed = sum(one.outcome == "passed" for one in step.checks)
            yield f"It checked the request: {passed} of {len(step.checks)} checks passed"
            for one in step.checks:
                if one.outcome != "passed":
                    yield f"{one.outcome} {one.id} {one.what} ({one.spec})" + (
                        f": {one.reason}" if one.reason else ""
                    )
        case Refused():
            told = "" if step.what == "card" else ", and asked its holder nothing"
            yield f"It refused the {step.what}{told}: {step.error.message}"
        case Prompted() if step.about == "fetch":
            unknown = "" if step.verified else ", who is not verified"
            yield f"It asked its holder whether to fetch cards of {step.requester or 'somebody'}{unknown}"
            yield f"cards: {', '.join(card.type for card in step.cards)}"
            yield from (f"warning {warning.code}" for warning in step.warnings)
        case Prompted():
            unknown = "" if step.verified else ", who is not verified"
            yield f"It asked its holder whether to share with {step.requester or 'somebody'}{unknown}"
            if step.purpose:
                yield f"purpose: {step.purpose}"
            for card in step.cards:
                yield f"{card.query_id}: of {card.type} {', '.join(card.claims) or 'no claim'}"
            for warning in step.warnings:
                yield f"warning {warning.code}{' (to be confirmed)' if warning.explicit else ''}"
            yield from (f"cannot answer: {reason}" for reason in step.missing)
            if step.blocked:
                yield f"may not answer: {step.blocked}"
        case Presented():
            yield f"The holder agreed; the wallet made presentations for {', '.join(step.vp_token) or 'nothing'}"
            for query_id, shown in step.vp_token.items():
                for one in shown if isinstance(shown, list) else []:
                    yield f"{query_id}: {_presentation(one)}"
        case Returned():
            told = (
                "an error"
                if "error" in step.data
                else "an encrypted answer"
                if "response" in step.data
                else "an answer"
            )
            yield f"It gave the page {told}: {', '.join(sorted(step.data))}"
        case Ended():
            yield f"In its log: {step.kind}, {step.outcome}" + (f" ({step.reason})" if step.reason else "")


def _sent(step: Exchanged) -> str:
    what = step.what or "something"
    verb = "sent" if what in {"the response", "the notification"} else "asked for"
    return f"{verb} {what} ({step.method} {step.url})"


def _got(step: Exchanged) -> str:
    if step.error is not None:
        return f"an error: {step.error.message}"
    if step.status == 0:
        return "nothing"
    return f"{step.status} {step.content_type}".rstrip()


def _presentation(one: Any) -> str:
    if not isinstance(one, dict):
        return "something unreadable"
    disclosures = one.get("disclosures")
    bound = " with key binding" if one.get("key_binding") else ""
    if isinstance(disclosures, list):
        names = [str(each.get("name", "an element")) for each in disclosures if isinstance(each, dict)]
        return f"an SD-JWT{bound} that discloses {', '.join(names) or 'nothing'}"
    return f"a {one.get('kind', 'thing')}".replace("_", " ")


# The fault ----------------------------------------------------------------------------------------


def _fault(steps: list[Step]) -> Fault | None:
    """The first thing that went wrong, and was not made good by what came after it."""
    for place, step in enumerate(steps):
        found = None
        match step:
            case Exchanged() if not _made_good(steps, place):
                found = _of_exchange(place, step, _refusal_after(steps, place))
            case Checked():
                failed = next((one for one in step.checks if one.outcome == "failed"), None)
                found = None if failed is None else _of_check(place, failed, _refusal_after(steps, place))
            case Refused():
                found = _of_refusal(place, step.error, step.what)
            case Prompted() if step.missing or step.blocked:
                found = _of_prompt(place, step)
            case Ended() if step.outcome not in WELL:
                found = _of_end(place, step)
        if found is not None:
            return found
    return None


def _made_good(steps: list[Step], place: int) -> bool:
    """Whether an exchange went well, or did not matter: tried again with success, or no reason to end."""
    step = steps[place]
    assert isinstance(step, Exchanged)
    if step.error is None and 200 <= step.status < 400:
        return True
    if _answered_error(step) in _MEANT:
        return True
    for later in steps[place + 1 :]:
        if isinstance(later, Checked | Refused | Ended | Opened):
            if isinstance(later, Checked):
                return all(one.outcome != "failed" for one in later.checks) and not _refusal_after(
                    steps, place
                )
            return isinstance(later, Ended) and later.outcome in WELL
        if isinstance(later, Exchanged) and (later.method, later.url) == (step.method, step.url):
            return later.error is None and 200 <= later.status < 400
    return False


def _refusal_after(steps: list[Step], place: int) -> Problem | None:
    for later in steps[place + 1 :]:
        if isinstance(later, Refused):
            return later.error
        if isinstance(later, Prompted | Opened | Ended):
            return None
    return None


def _of_exchange(place: int, step: Exchanged, refusal: Problem | None) -> Fault:
    problem = step.error or refusal or Problem()
    to_whom = "answered" if step.status else "did not answer"
    what = problem.message or f"{step.what or 'a message'} was {to_whom} with HTTP status {step.status}"
    code = problem.code or _answered_error(step)
    if step.what == "the response" and step.status >= 400:
        code = _answered_error(step) or code
        what = f"the relying party did not take the answer: HTTP status {step.status}"
        next_ = (
            "Look in the log of the relying party why it refused what step "
            f"{place} shows: nonce, audience, query ids and encryption key are there."
        )
        hint = problem.hint or "the response_uri answers 200 with a JSON object"
        return Fault(
            place + 1,
            what,
            "either side",
            code,
            problem.spec or "OpenID4VP 1.0 §8.2",
            problem.pointer,
            hint,
            next_,
        )
    next_ = _OF_ISSUER.get(code) or (
        "Ask the address once more by hand, and look in its log; a request may be used up or expired."
    )
    return Fault(
        place + 1, _shown(what), "the other party", code, problem.spec, problem.pointer, problem.hint, next_
    )


def _of_check(place: int, check: RecordedCheck, refusal: Problem | None) -> Fault:
    hint = refusal.hint if refusal is not None else ""
    return Fault(
        place + 1,
        _shown(f"check {check.id} failed, {check.what}: {check.reason}"),
        "the other party",
        check.code,
        check.spec,
        check.pointer,
        hint,
        _mend(check.code),
    )


def _of_refusal(place: int, error: Problem, what: str) -> Fault:
    side: Side = "the other party"
    return Fault(
        place + 1,
        _shown(error.message),
        side,
        error.code,
        error.spec,
        error.pointer,
        error.hint,
        _mend(error.code) if what == "request" else _OF_ISSUER.get(error.code, _ISSUER),
    )


def _of_prompt(place: int, step: Prompted) -> Fault:
    if step.missing:
        what = f"the wallet cannot answer: {step.missing[0]}"
        next_ = "nlwallet match compares the query with the cards; ask only what the cards of people hold."
        return Fault(place + 1, _shown(what), "either side", "unanswerable", "OpenID4VP 1.0 §6.4", next=next_)
    what = f"the wallet's policy does not allow to answer: {step.blocked}"
    next_ = "Ask what is registered, or register what is asked."
    return Fault(place + 1, _shown(what), "the other party", "blocked", "ARF RPRC_21", next=next_)


def _of_end(place: int, step: Ended) -> Fault:
    side: Side = (
        "the wallet or its holder" if step.outcome in {"denied", "locked", "expired"} else "either side"
    )
    next_ = {
        "denied": "The holder said no; a refusal is an outcome that a relying party has to handle.",
        "expired": "The prompt was answered too late, or not at all: start again.",
        "locked": "Too many wrong PINs; wait, and try again.",
    }.get(step.outcome, "See the steps before it.")
    return Fault(
        place + 1, _shown(f"it ended as {step.outcome}"), side, step.reason or step.outcome, next=next_
    )


def _mend(code: str) -> str:
    return {
        "untrusted_certificate": "Get an access certificate from a CA that the wallet trusts (docs/pki.md).",
        "invalid_signature": "Sign with the key of the first certificate in x5c.",
        "outside_validity": "Look at the clocks of both sides, and at iat and exp.",
    }.get(code, "Mend the request there; nlwallet lint checks it without a wallet.")


def _answered_error(step: Exchanged) -> str:
    members = step.received.get("members") if step.received is not None else None
    error = members.get("error") if isinstance(members, dict) else None
    return _shown(error) if isinstance(error, str) else ""


def _shown(text: str) -> str:
    cut = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return "".join(each if each.isprintable() else "?" for each in cut)
