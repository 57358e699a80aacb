"""Too large, too deep, too many, too slow: what the list of cases has no number for."""

from __future__ import annotations

from nlwallet.testing.hostile.answer import Answer, NotApplicable
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt
from nlwallet.testing.hostile.jws_draft import as_json
from nlwallet.testing.hostile.slow_senders import SlowSenders

TOO_MUCH = AttackGroup(
    "Too large, too deep, too many, too slow",
    spec="OWASP ASVS 5.0 V4, V2.4; CWE-400, CWE-674",
    mend="bound an answer in octets, depth and count before you read it, and in time while it comes",
)
_DEEP = 50_000
_SLOW = 40


def _plain_text(answer: Answer, octets: bytes) -> None:
    """Answer with this JSON, encrypted where the party wants it so."""
    if answer.encryption_key is not None:
        answer.plaintext = octets
        return
    text = octets.decode("ascii")
    answer.change_fields = lambda fields: fields.__setitem__(
        slice(None), [("vp_token", text), *_state(answer)]
    )


def _state(answer: Answer) -> list[tuple[str, str]]:
    return [("state", answer.request.state)] if answer.request.state else []


for _variant, _does, _open, _close in (
    ("arrays", "The answer is within fifty thousand arrays.", b"[", b"]"),
    ("objects", "The answer is within fifty thousand objects.", b'{"a":', b"}"),
):

    @TOO_MUCH.answer(f"DEEP-01/{_variant}", _does, severity=Severity.MEDIUM)
    def _nested(answer: Answer, begin: bytes = _open, end: bytes = _close) -> None:
        _plain_text(answer, begin * _DEEP + b"1" + end * _DEEP)


@TOO_MUCH.answer(
    "DEEP-02", "A presentation is within fifty thousand arrays, in a VP Token.", severity=Severity.MEDIUM
)
def _nested_presentation(answer: Answer) -> None:
    nested = b"[" * _DEEP + b"]" * _DEEP
    token = b'{"' + answer.first_id.encode("ascii") + b'":' + nested + b"}"
    if answer.encryption_key is None:
        _plain_text(answer, token)
        return
    members = as_json({**answer.members, "vp_token": "@@"})
    answer.plaintext = members.replace(b'"@@"', token)


@TOO_MUCH.answer(
    "MANY-01", "There are ten thousand presentations where one was asked for.", severity=Severity.MEDIUM
)
def _many(answer: Answer) -> None:
    token = answer.built_vp_token()
    token[answer.first_id] = [*token[answer.first_id], *["x~"] * 9_999]
    answer.vp_token = token


@TOO_MUCH.answer("MANY-02", "The VP Token answers a hundred thousand queries.", severity=Severity.MEDIUM)
def _many_ids(answer: Answer) -> None:
    token = answer.built_vp_token()
    answer.vp_token = {**{f"nobody-asked-{number}": ["x~"] for number in range(100_000)}, **token}


@TOO_MUCH.answer("MANY-03", "The form has a hundred thousand fields.", severity=Severity.MEDIUM)
def _many_fields(answer: Answer) -> None:
    answer.change_fields = lambda fields: fields.extend((f"f{number}", "") for number in range(100_000))


@TOO_MUCH.answer("LARGE-01", "The form has thirty megabytes.", severity=Severity.MEDIUM)
def _large(answer: Answer) -> None:
    answer.change_fields = lambda fields: fields.append(("padding", "A" * 30_000_000))


@TOO_MUCH.answer(
    "LARGE-02", "The answer is encrypted, and has five megabytes inside.", severity=Severity.MEDIUM
)
def _large_inside(answer: Answer) -> None:
    answer.encrypted()
    answer.members["padding"] = "A" * 5_000_000


@TOO_MUCH.attempt(
    "SLOW-01",
    "Forty answers come a character at a time, while somebody else answers honestly.",
    sound="takes the honest answer meanwhile",
    spec="OWASP ASVS 5.0 V13.1; CWE-400",
    severity=Severity.MEDIUM,
    mend="serve connections apart from each other",
)
def _slow(attempt: Attempt) -> None:
    address = _over_a_socket(attempt)
    try:
        with SlowSenders(address, count=_SLOW) as slow:
            attempt.note(f"{_SLOW} connections, each with the beginning of an answer")
            slow.dribble()
            honest = attempt.begin()
            honest.send_honestly()
            state = honest.outcome().state
            attempt.note(f"{slow.dribble()} of them are still open")
    except OSError as error:
        raise NotApplicable(f"it does not let {_SLOW} connections in: {type(error).__name__}") from None
    if state != "succeeded":
        attempt.unsound("while others were slow, an honest answer was not taken")


@TOO_MUCH.attempt(
    "SLOW-02",
    "An answer comes a character at a time, without an end.",
    sound="answers 408 or hangs up, within the patience that was told (30 seconds, unless another)",
    spec="OWASP ASVS 5.0 V13.1; CWE-400",
    severity=Severity.LOW,
    mend="give up on who has not sent the whole of an answer after some seconds",
)
def _without_end(attempt: Attempt) -> None:
    address = _over_a_socket(attempt)
    try:
        with SlowSenders(address, count=1) as slow:
            attempt.note("one connection, with the beginning of an answer")
            patient = slow.outlast(attempt.patience)
    except OSError as error:
        raise NotApplicable(f"it does not let a slow sender in: {type(error).__name__}") from None
    if patient:
        attempt.unsound(f"after {attempt.patience:g} seconds it still waits for the rest of an answer")
    attempt.note("it gives up")


def _over_a_socket(attempt: Attempt) -> str:
    """Where answers to a new request go. Raises :class:`NotApplicable`."""
    address = attempt.begin().request.response_uri or ""
    if attempt.http.mounts(address):
        raise NotApplicable("it is not reached over a socket")
    return address
