"""How a wallet comes to a token for what was offered: by the code in the offer, or by the holder at the issuer's page.

OpenID4VCI 1.0 §5 and §6, HAIP 1.0 §4.2 to §4.4.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TypeAlias
from urllib.parse import urlsplit

from nlwallet.crypto import Certificate
from nlwallet.errors import InvalidOffer, LocalError
from nlwallet.holder.issuer_session import IssuerSession
from nlwallet.openid4vci import (
    AUTHORIZATION_CODE,
    PRE_AUTHORIZED_CODE,
    REFRESH_TOKEN,
    AuthorizationCodeResponse,
    AuthorizationRequest,
    CredentialOffer,
    OfferedConfiguration,
    TokenRequest,
    TokenResponse,
    code_challenge,
    details_parameter,
)
from nlwallet.profiles import Profile
from nlwallet.registration import ProviderCheck

Browser: TypeAlias = Callable[[str], str]
"""Opens a page for the holder, and gives the URI at which she came back to the wallet."""

GetToken: TypeAlias = Callable[[Profile], TokenResponse]
"""Comes to a token for an offer by the rules of a profile. Raises what :func:`authorize` raises."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An offer, and who makes it, before anything was asked for."""

    offer: CredentialOffer
    session: IssuerSession = field(repr=False)
    wanted: tuple[OfferedConfiguration, ...]
    provider: ProviderCheck = field(default_factory=ProviderCheck, repr=False)
    """What is registered of the issuer."""

    @property
    def host(self) -> str:
        """The host of the issuer."""
        return _host(self.offer.credential_issuer)

    @property
    def signer(self) -> Certificate | None:
        """Who signed the metadata, if its certificate is one of this very host."""
        signer = self.session.signer
        if signer is None or self.host not in (*signer.san_dns, *map(_host, signer.san_uris)):
            return None
        return signer

    @property
    def page_needed(self) -> bool:
        """Whether the issuer wants to see the holder at its own page first.

        An offer with a pre-authorized code and nothing else is taken up with that, also where the server's metadata
        forgot the grant, as that of the EU reference issuer does: the token request then tells.
        """
        if self.offer.pre_authorized_code is None:
            return True
        return self.offer.authorization_code and PRE_AUTHORIZED_CODE not in self.session.server.grant_types


@dataclass(frozen=True, slots=True)
class PushedAuthorization:
    """What an issuer was asked for, before its holder was there: she goes to ``url``, all else stays in the wallet."""

    url: str = field(repr=False)
    redirect_uri: str
    state: str = field(repr=False)
    code_verifier: str = field(repr=False)


@dataclass(slots=True, eq=False)
class HeldToken:
    """The token of one authorization. Several cards may hang on it, and a refresh token is often good for once."""

    session: IssuerSession = field(repr=False)
    response: TokenResponse = field(repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def refreshable(self) -> bool:
        """Whether a new token can be had without the holder."""
        return self.response.refresh_token is not None

    def refresh(self, changes: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        """Get a new token (RFC 6749 §6), and keep it before anything else: the issuer may take the old one no more.

        Raises a RemoteError, or LocalError where there is nothing to do it with.
        """
        with self._lock:
            old = self.response.refresh_token
            if old is None:
                raise LocalError("the issuer gave nothing to renew this card with", hint="fetch_cards()")
            fresh = self.session.token(TokenRequest(REFRESH_TOKEN, old, client_id=self.session.client_id))
            # Where no other came, the old one stays good.
            with changes():
                self.response = replace(fresh, refresh_token=fresh.refresh_token or old)


def authorize(
    opened: Opened, *, tx_code: str | None, browser: Browser | None, profile: Profile
) -> TokenResponse:
    """A token for what was offered. Raises a :class:`~nlwallet.errors.RemoteError` or LocalError."""
    offer, session = opened.offer, opened.session
    if offer.pre_authorized_code is not None and not opened.page_needed:
        if offer.tx_code is not None and not tx_code:
            raise LocalError(
                "this offer needs the code that the issuer gave you another way",
                code="tx_code_required",
                spec="OpenID4VCI 1.0 §6.1",
                hint="receive(offer, tx_code=...)",
            )
        return session.token(
            TokenRequest(
                PRE_AUTHORIZED_CODE,
                offer.pre_authorized_code,
                tx_code=tx_code if offer.tx_code is not None else None,
                client_id=None if session.server.anonymous_access else session.client_id,
            )
        )
    _check_has_page(session)
    if browser is None or session.provider is None:
        raise LocalError(
            "the issuer wants to see the holder at its own page first",
            code="browser_required",
            spec="OpenID4VCI 1.0 §5",
            hint="receive(offer, browser=...), with a wallet that has a provider",
        )
    pushed = push_authorization(opened, profile=profile)
    return redeem(opened, pushed, browser(pushed.url))


def push_authorization(
    opened: Opened, *, profile: Profile, redirect_uri: str | None = None
) -> PushedAuthorization:
    """Ask for what was offered, at the issuer's page (OpenID4VCI 1.0 §5, RFC 9126).

    ``redirect_uri`` is where she comes back to; that of the wallet's provider when left out. Raises a RemoteError or
    LocalError.
    """
    session, offer = opened.session, opened.offer
    _check_has_page(session)
    if session.provider is None:
        raise LocalError(
            "the issuer wants to know which wallet it is",
            code="provider_required",
            spec="HAIP 1.0 §4.4.1",
            hint="a wallet that has a provider",
        )
    verifier = secrets.token_urlsafe(48)
    request = AuthorizationRequest(
        client_id=session.provider.client_id,
        redirect_uri=session.provider.redirect_uri if redirect_uri is None else redirect_uri,
        code_challenge=code_challenge(verifier),
        state=secrets.token_urlsafe(24),
        scope=tuple(dict.fromkeys(one.scope for one in opened.wanted if one.scope is not None)),
        issuer_state=offer.issuer_state,
    )
    url = session.push(request, authorization_details=_details(opened, profile))
    return PushedAuthorization(url, request.redirect_uri, request.state or "", verifier)


def redeem(opened: Opened, pushed: PushedAuthorization, redirected_to: str) -> TokenResponse:
    """A token for the code with which the holder came back. Raises a :class:`~nlwallet.errors.RemoteError`."""
    session = opened.session
    response = AuthorizationCodeResponse.parse(
        redirected_to,
        redirect_uri=pushed.redirect_uri,
        state=pushed.state,
        issuer=session.server.issuer,
        iss_required=session.server.iss_in_response,
    )
    return session.token(
        TokenRequest(
            AUTHORIZATION_CODE,
            response.code,
            client_id=session.client_id,
            redirect_uri=pushed.redirect_uri,
            code_verifier=pushed.code_verifier,
        )
    )


def _check_has_page(session: IssuerSession) -> None:
    if AUTHORIZATION_CODE not in session.server.grant_types:
        raise InvalidOffer(
            "the issuer has no grant that this wallet knows",
            spec="OpenID4VCI 1.0 §4.1.1",
            pointer="/grants",
        )


def _details(opened: Opened, profile: Profile) -> str | None:
    """``authorization_details`` for what has no scope; ``None`` where scopes say it all, as HAIP 1.0 §4.3 wants."""
    without = [one.id for one in opened.wanted if one.scope is None]
    if not without:
        return None
    issuer, server = opened.session.issuer, opened.session.server
    if profile.credential_scope_required or not server.authorization_details:
        raise InvalidOffer(
            "a credential configuration has no scope, so there is no way to ask for it",
            spec="HAIP 1.0 §4.1" if profile.credential_scope_required else "OpenID4VCI 1.0 §12.2.4",
            pointer="/credential_configurations_supported",
        )
    locations = (issuer.credential_issuer,) if issuer.shared_servers else ()
    return details_parameter(without, locations=locations)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
