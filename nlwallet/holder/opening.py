"""From a link to a verified request: fetched, authenticated, read (OpenID4VP 1.0 §5.10, HAIP 1.0 §5.1)."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass

from nlwallet.errors import MalformedInput, RemoteError, TransportError
from nlwallet.holder.session import send_error
from nlwallet.http import HttpClient
from nlwallet.openid4vp import (
    REQUEST_OBJECT_MEDIA_TYPE,
    AuthenticRequestObject,
    AuthorizationRequestLink,
    UnverifiedRequestObject,
    VerifiedRequest,
    error_code_for,
)
from nlwallet.profiles import Profile
from nlwallet.report import Report
from nlwallet.trust import Category, TrustAnchors


@dataclass(frozen=True, slots=True)
class Fetched:
    """A request object as it came, and the ``wallet_nonce`` that was sent for it."""

    text: str
    wallet_nonce: str | None


def fetch(link: AuthorizationRequestLink, *, http: HttpClient) -> Fetched:
    """Get the request object that ``link`` points to; with POST a fresh ``wallet_nonce`` goes along.

    Raises :class:`~nlwallet.errors.TransportError` at any status but 200 (§5.10.2), or
    :class:`~nlwallet.errors.MalformedInput`.
    """
    what, nonce = "the request object", None
    if link.request_uri_method == "post":
        nonce = secrets.token_urlsafe(32)
        reply = http.post_form(
            link.request_uri, {"wallet_nonce": nonce}, accept=REQUEST_OBJECT_MEDIA_TYPE, what=what
        )
    else:
        reply = http.get(link.request_uri, accept=REQUEST_OBJECT_MEDIA_TYPE, what=what)
    if reply.status != 200:
        raise TransportError(
            f"{what} was answered with HTTP status {reply.status}",
            spec="OpenID4VP 1.0 §5.10.2",
            hint="the request may be used up or expired; ask the website for a new one",
        )
    if reply.content_type != REQUEST_OBJECT_MEDIA_TYPE:
        raise MalformedInput(
            f"{what} has another Content-Type",
            spec="OpenID4VP 1.0 §5.10.1",
            hint=f"Content-Type: {REQUEST_OBJECT_MEDIA_TYPE}",
        )
    try:
        return Fetched(reply.body.decode("ascii"), nonce)
    except UnicodeDecodeError:
        raise MalformedInput(f"{what} is not a compact JWS", spec="RFC 7515 §7.1") from None


def authenticate(
    fetched: Fetched,
    link: AuthorizationRequestLink,
    *,
    anchors: TrustAnchors,
    now: int,
    profile: Profile,
    report: Report,
) -> AuthenticRequestObject:
    """Check who signed the request. On error nothing is sent: nobody knows whose address it names."""
    return UnverifiedRequestObject.parse(fetched.text, profile=profile).authenticate(
        expected_client_id=link.client_id,
        anchors=anchors.of(Category.ACCESS_CA),
        now=now,
        profile=profile,
        report=report,
    )


def read(
    authentic: AuthenticRequestObject,
    fetched: Fetched,
    *,
    http: HttpClient,
    now: int,
    profile: Profile,
    report: Report,
) -> VerifiedRequest:
    """Check what the request says. A mistake in it is reported to the requester, who signed it (§8.5).

    The report tells nothing about the holder: it is the same for every wallet. A request that was made
    for another fetch ends in silence (§5.10.1).
    """
    try:
        return authentic.read(now=now, profile=profile, report=report, wallet_nonce=fetched.wallet_nonce)
    except RemoteError as error:
        to = authentic.reply_address
        if to is not None and error.pointer != "/wallet_nonce":
            # The holder hears about the request; a second failure while reporting it adds nothing.
            with suppress(RemoteError):
                send_error(error_code_for(error), to, description=_described(error), http=http)
        raise


def _described(error: RemoteError) -> str:
    where = f" at {error.pointer}" if error.pointer else ""
    section = error.spec.replace("§", "section ")  # the description may hold ASCII only (RFC 6749 §5.2)
    return f"{error.message}{where} ({section})"
