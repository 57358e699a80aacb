"""The way back on the same device: whether the one who gets in is the one who showed the card (list of cases, 5.1)."""

from __future__ import annotations

from nlwallet.encoding import parse_json
from nlwallet.errors import RemoteError
from nlwallet.testing.hostile.answer import NotApplicable
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt, Engagement

SAME_DEVICE = AttackGroup(
    "The way back on the same device",
    spec="OpenID4VP 1.0 §14.2; HAIP 1.0 §5.1",
    mend="release the result only to the browser session that began, and only with the fresh code of redirect_uri",
)


def _answered(attempt: Attempt) -> tuple[Engagement, str]:
    """A session with an honest answer, and where the wallet is to send its user."""
    engagement = attempt.begin_same_device()
    reply = engagement.send(engagement.answer(), "an honest answer")
    return engagement, redirect_uri_of(reply.body)


@SAME_DEVICE.attempt(
    "ADV-010",
    "The attacker began the session, the victim's wallet answered; the attacker looks, without the code.",
    severity=Severity.CRITICAL,
)
def _fixation(attempt: Attempt) -> None:
    _answered(attempt)


def _waiting(attempt: Attempt) -> tuple[Engagement, str]:
    """The same, at a party that waits for the user to come back. Raises :class:`NotApplicable`."""
    engagement, address = _answered(attempt)
    if engagement.outcome().state == "succeeded":
        raise NotApplicable("it does not wait for the user to come back; see ADV-010")
    return engagement, address


@SAME_DEVICE.attempt("ADV-011", "The code is guessed, in the right browser.")
def _guessed(attempt: Attempt) -> None:
    engagement, address = _waiting(attempt)
    for guess in (f"{address[:-4]}AAAA", f"{address[:-4]}BBBB", address[:-4]):
        if engagement.come_back(guess).state == "succeeded":
            attempt.unsound("a guessed code opens the session")


@SAME_DEVICE.attempt("ADV-012", "The code is used twice.", severity=Severity.MEDIUM)
def _twice(attempt: Attempt) -> None:
    engagement, address = _waiting(attempt)
    engagement.may_succeed = True
    if engagement.come_back(address).state != "succeeded":
        attempt.unsound("the right code in the right browser does not open the session")
    if engagement.come_back(address, own_browser=False).state == "succeeded":
        attempt.unsound("a used code opens the session once more")


@SAME_DEVICE.attempt(
    "ADV-013",
    "The right code arrives in a browser that did not begin the session.",
    severity=Severity.CRITICAL,
)
def _another_browser(attempt: Attempt) -> None:
    engagement, address = _waiting(attempt)
    if engagement.come_back(address, own_browser=False).state == "succeeded":
        attempt.unsound("the session opens in another browser")


@SAME_DEVICE.attempt(
    "ADV-014", "The wallet answers, and nobody ever opens the address.", severity=Severity.MEDIUM
)
def _never_opened(attempt: Attempt) -> None:
    _answered(attempt)
    attempt.note("the address is not opened")


def redirect_uri_of(body: bytes) -> str:
    """Where the party sends the user, from its answer to the wallet. Raises :class:`NotApplicable`."""
    try:
        value = parse_json(body)
    except RemoteError:
        value = None
    uri = value.get("redirect_uri") if isinstance(value, dict) else None
    if not isinstance(uri, str):
        raise NotApplicable("it gives the wallet no redirect_uri")
    return uri
