"""Malicious requests of web pages, through the Digital Credentials API (list of cases, 5.9)."""

from __future__ import annotations

from typing import Any

from nlwallet.crypto import PrivateKey
from nlwallet.testing.hostile.attack import Severity, WalletAttackGroup
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
