"""Malicious requests of web pages, through the Digital Credentials API (list of cases, 5.9)."""

from __future__ import annotations

from typing import Any

from nlwallet.crypto import PrivateKey
from nlwallet.testing.hostile.attack import Severity, WalletAttackGroup
from nlwallet.testing.hostile.cases.wallet_requests import certified_by, stranger_to
from nlwallet.testing.hostile.hostile_relying_party import HostileRelyingParty
from nlwallet.testing.hostile.wallet_attempt import WalletAttempt

WALLET_IN_BROWSER = WalletAttackGroup(
    "A malicious page",
    spec="OpenID4VP 1.0 §A",
    mend="believe the browser about the origin, and a request only as far as its signature goes",
)
_course = WALLET_IN_BROWSER.course


def _origin(id_: str, does: str, expected: Any) -> None:
    @_course(
        f"ADV-161/{id_}",
        does,
        spec="OpenID4VP 1.0 §A.2",
        severity=Severity.CRITICAL,
        mend="compare the origin that the browser tells with expected_origins, character by character",
    )
    def run(attempt: WalletAttempt) -> None:
        draft = attempt.request()
        draft.for_browser(attempt.party.origin)
        draft.claims["expected_origins"] = expected(attempt.party.origin)
        attempt.open_in_browser(draft, draft.signed())


_origin("another", "A page passes on the signed request of another one.", lambda _: ["https://bank.example"])
_origin("slash", "expected_origins has a slash at its end.", lambda origin: [f"{origin}/"])
_origin("case", "expected_origins is in capitals.", lambda origin: [origin.upper()])
_origin(
    "below", "expected_origins is a host below that of the page.", lambda origin: [f"{origin}.bank.example"]
)
_origin("none", "expected_origins is empty.", lambda _: [])


@_course(
    "ADV-162/name",
    "A multi-signed request has a client_id in the common payload.",
    spec="OpenID4VP 1.0 §A.3.2.2",
    mend="take client_id from the protected header of the signature that counts, and from nowhere else",
)
def _common_name(attempt: WalletAttempt) -> None:
    draft = attempt.request()
    draft.for_browser(attempt.party.origin)
    attempt.open_in_browser(draft, draft.multisigned(client_id=draft.claims["client_id"]))


@_course(
    "ADV-162/signature",
    "The only signature of a multi-signed request is wrong.",
    spec="OpenID4VP 1.0 §A.3.2.2",
    severity=Severity.CRITICAL,
    mend="use no signer whose signature is wrong",
)
def _wrong_signature(attempt: WalletAttempt) -> None:
    draft = attempt.request()
    draft.for_browser(attempt.party.origin)
    draft.token.sign = PrivateKey.generate().sign
    attempt.open_in_browser(draft, draft.multisigned())


def _signed_by_two(attempt: WalletAttempt, *, stranger: bool) -> None:
    """The signature of somebody who is trusted is wrong; beside it stands one that is right, first or second."""
    for first in (True, False):
        beside = HostileRelyingParty(attempt.edi)
        draft, other = attempt.request(), beside.draft()
        if stranger:
            certified_by(other, beside, stranger_to(attempt.edi))
        draft.for_browser(attempt.party.origin)
        other.for_browser(attempt.party.origin)
        own = {name: other.claims[name] for name in ("client_id", "verifier_info")}
        other.token.payload = {**draft.claims, **own}
        draft.token.sign = PrivateKey.generate().sign
        wrong, right = (one.multisigned()["data"]["request"]["signatures"] for one in (draft, other))
        request = draft.multisigned()
        request["data"]["request"]["signatures"] = [*right, *wrong] if first else [*wrong, *right]
        attempt.open_in_browser(draft, request)


@_course(
    "ADV-162/one",
    "One of two signatures of a multi-signed request is wrong; the other is that of somebody who is trusted.",
    sound="refuses, or believes the one whose signature is right, and says so to its holder",
    spec="OpenID4VP 1.0 §A.3.2.2",
    severity=Severity.CRITICAL,
    expects="observed",
    mend="use no signer whose signature is wrong",
)
def _one_of_two(attempt: WalletAttempt) -> None:
    _signed_by_two(attempt, stranger=False)


@_course(
    "ADV-162/mixed",
    "Of two signatures one is by somebody who is trusted, and wrong; the other is right, by somebody who is not.",
    spec="OpenID4VP 1.0 §A.3.2.2",
    severity=Severity.CRITICAL,
    mend="believe one signer only, whose signature is right and whose certificate is trusted",
)
def _mixed(attempt: WalletAttempt) -> None:
    _signed_by_two(attempt, stranger=True)
