"""The place where a status list is, and what comes from there (list of cases, 5.7)."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from nlwallet.status import STATUS_LIST_CWT_MEDIA_TYPE, StatusList, sign_status_list_cwt
from nlwallet.testing.hostile.answer import NotApplicable
from nlwallet.testing.hostile.attack import Severity
from nlwallet.testing.hostile.attempt import Attempt
from nlwallet.testing.hostile.cases.status import (
    STATUS,
    check_asked,
    claims_changed,
    show,
    unchanged,
    unreliable,
)
from nlwallet.testing.hostile.forging_issuer import category_of
from nlwallet.testing.hostile.status_draft import ENTRIES, INDEX, StatusDraft
from nlwallet.trust import Category

__all__ = ["STATUS"]


def _replies(status: int) -> Callable[[StatusDraft], None]:
    def change(draft: StatusDraft) -> None:
        draft.status = status

    return change


def _oversize(draft: StatusDraft) -> None:
    draft.rewrite = lambda text: text + "A" * 30_000_000


for _status in (404, 500):
    unreliable(
        f"ADV-141/{_status}",
        f"Where the list is, the answer is {_status}.",
        _replies(_status),
        spec="Token Status List §8.1",
    )
unreliable("ADV-141/oversize", "The list has thirty megabytes.", _oversize, severity=Severity.MEDIUM)


@STATUS.attempt(
    "ADV-142",
    "Where the list is, there is a redirect to a port of this machine.",
    sound="does not follow it, and refuses",
    severity=Severity.MEDIUM,
)
def _redirected(attempt: Attempt) -> None:
    location = f"http://{attempt.inside().place}/status"

    def redirect(draft: StatusDraft) -> None:
        draft.status = 302
        draft.headers.append((b"location", location.encode("ascii")))

    canary = show(attempt, redirect)
    attempt.check_not_inside()
    check_asked(attempt, canary)


for _variant, _uri in (
    ("metadata", "http://169.254.169.254/latest/meta-data"),
    ("localhost", "https://localhost/status"),
    ("file", "file:///etc/passwd"),
    ("mapped", "https://[::ffff:127.0.0.1]/status"),
):

    @STATUS.attempt(
        f"ADV-143/{_variant}",
        f"The list is at {_uri}.",
        spec="Token Status List §12; SSRF",
        severity=Severity.MEDIUM,
        mend="fetch https only, and from no private address",
        expects="observed",
        sound="refuses the card, or does not look at its status; sends no request there",
    )
    def _internal(attempt: Attempt, uri: str = _uri) -> None:
        show(attempt, unchanged, entry={"uri": uri})


def _ttl(value: int) -> Callable[[StatusDraft], None]:
    return claims_changed(ttl=value)


unreliable(
    "ADV-144/negative",
    "ttl of the list is negative.",
    _ttl(-1),
    spec="Token Status List §5.1",
    severity=Severity.LOW,
)


@STATUS.attempt(
    "ADV-145",
    "After a list that says revoked comes an older one, which has not expired and says valid.",
    spec="Token Status List §13.7",
    expects="observed",
    sound="may notice that a list is older than one that it has seen",
    mend="keep iat of the last list of each address, and take none that is older",
)
def _rolled_back(attempt: Attempt) -> None:
    canary = attempt.canary()
    uri, now = f"{canary.url}/status/1", attempt.forger.now()
    engagements = []
    for value, age in ((1, 0), (0, 600)):
        engagement = attempt.begin()
        answer = engagement.answer()
        issuer = attempt.forger.issuer(category_of(str(answer.sd_jwt.issuer.payload["vct"])))
        canary.app = StatusDraft.good(issuer, uri, now=now - age, value=value).app()
        answer.sd_jwt.issuer.payload["status"] = {"status_list": {"idx": INDEX, "uri": uri}}
        engagement.send(answer, "a card with a status")
        engagements.append(engagement)
        attempt.travel(60)
    if engagements[0].outcome().state == "succeeded":
        raise NotApplicable("it takes a card that is revoked; see ADV-130")


@STATUS.attempt(
    "ADV-146",
    "A card with a wrong signature names a status list of the attacker.",
    sound="fetches nothing for a card that nobody signed",
    severity=Severity.MEDIUM,
    mend="look the status up last, when everything else holds",
)
def _canary(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer, canary = engagement.answer(), attempt.canary()
    answer.sd_jwt.signed_by(attempt.forger.other_holder)
    answer.sd_jwt.issuer.payload["status"] = {"status_list": {"idx": 1, "uri": f"{canary.url}/status/1"}}
    engagement.send(answer)
    if canary.hits():
        attempt.unsound("it fetched an address from a card that nobody signed")


def _html(draft: StatusDraft) -> None:
    draft.media_type = "text/html"


def _encoded(draft: StatusDraft) -> None:
    draft.headers.append((b"content-encoding", b"gzip"))
    draft.rewrite = lambda text: gzip.compress(text.encode("ascii") + b"A" * 100_000_000)


@STATUS.attempt(
    "ADV-149",
    "The list is a good one in CWT, and the card an SD-JWT VC.",
    spec="SD-JWT VC §2.2.2.2; HAIP 1.0 §6.1",
    severity=Severity.LOW,
    mend="the status list of an SD-JWT VC is a JWT of type application/statuslist+jwt",
)
def _in_cwt(attempt: Attempt) -> None:
    issuer = attempt.forger.issuer(Category.PID_PROVIDER)

    def change(draft: StatusDraft) -> None:
        claims = draft.token.payload
        octets = sign_status_list_cwt(
            StatusList(ENTRIES),
            uri=claims["sub"],
            key=issuer.key,
            chain=issuer.chain,
            now=claims["iat"],
            expires_at=claims["exp"],
            ttl=claims["ttl"],
        )
        draft.media_type, draft.rewrite = STATUS_LIST_CWT_MEDIA_TYPE, lambda _: octets

    check_asked(attempt, show(attempt, change))


unreliable(
    "ADV-147/type",
    "The list comes as text/html.",
    _html,
    spec="Token Status List §8.1",
    severity=Severity.LOW,
)
unreliable(
    "ADV-147/bomb",
    "The answer is a gzip bomb.",
    _encoded,
    spec="Token Status List §13",
    severity=Severity.MEDIUM,
)
