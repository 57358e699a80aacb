"""What a wallet of a profile does not take, though the specification allows it: its behaviour in the field.

The linter knows what deployed wallets refuse. Here the same findings end a request, so that a party learns from a
wallet under test what it would learn from the real one.
"""

from __future__ import annotations

from collections.abc import Iterable

from nlwallet.encoding import dump_json
from nlwallet.errors import RefusedByProfile, RemoteError
from nlwallet.lint import FetchedRequest, Finding, Severity, lint
from nlwallet.openid4vp import DcApiRequest, ErrorCode
from nlwallet.profiles import Profile

_CODES = {"NL-01": ErrorCode.ACCESS_DENIED}
"""The NL Wallet ends a request for two formats as if its holder had said no."""
_PAYLOAD = "/payload"


def refusals_of_link(uri: str, profile: Profile) -> list[RefusedByProfile]:
    """Why a wallet of ``profile`` does not follow a link."""
    if not profile.refuses:
        return []
    try:
        findings = lint(uri, profile=profile).findings
    except RemoteError:
        return []  # no link at all, as whoever reads it next says better
    return _refusals(findings, profile)


def refusals_of_request(
    request_object: str, profile: Profile, *, now: int, wallet_nonce: str | None
) -> list[RefusedByProfile]:
    """Why a wallet of ``profile`` does not take what it fetched; ``wallet_nonce`` is what it posted."""
    if not profile.refuses:
        return []
    fetched = FetchedRequest(request_object.encode("utf-8", "replace"), wallet_nonce=wallet_nonce or "")
    try:
        # As if from an address, for that is how it came.
        findings = lint("https://rp.example/request", profile=profile, now=now, fetched=fetched).findings
    except RemoteError:
        return []
    return _refusals(findings, profile)


def refusals_of_page(request: DcApiRequest, profile: Profile, *, now: int) -> list[RefusedByProfile]:
    """Why a wallet of ``profile`` does not take what a page asks through the browser."""
    if not profile.refuses:
        return []
    try:
        findings = lint(dump_json(request.as_json()), profile=profile, now=now).findings
    except RemoteError:
        return []
    return _refusals(findings, profile)


def _refusals(findings: Iterable[Finding], profile: Profile) -> list[RefusedByProfile]:
    return [
        RefusedByProfile(
            f"a wallet that behaves as {profile.name} refuses this: {one.text.rstrip('.')}",
            code=_CODES.get(one.check, ErrorCode.INVALID_REQUEST),
            spec=f"{one.spec}, {one.check}",
            pointer=_within(one.pointer),
            hint="" if one.fix is None else one.fix.text,
        )
        for one in findings
        if one.severity is Severity.ERROR and one.check.startswith(profile.refuses)
    ]


def _within(pointer: str) -> str:
    """A pointer into the request itself, where the linter has one into what it came in."""
    return pointer.partition(_PAYLOAD)[2] if _PAYLOAD in pointer else pointer.removeprefix("/data")
