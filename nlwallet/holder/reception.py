"""Receiving cards: an offer or a wish, authorization, keys, credentials, and every check before one is kept.

OpenID4VCI 1.0 with the pre-authorized code and the authorization code. A reception keeps what it got to itself: the
wallet stores its cards only when all of them are right, and their holder wants them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from nlwallet.clock import Clock
from nlwallet.crypto import SigningKey
from nlwallet.errors import (
    InvalidCredential,
    InvalidOffer,
    IssuanceRefused,
    LocalError,
    NlWalletError,
    RemoteError,
)
from nlwallet.holder.card_check import CardCheck, types_with
from nlwallet.holder.issuer_session import IssuerSession, fetch_json
from nlwallet.holder.keys import KeyStore, SoftwareKeys
from nlwallet.holder.log import Counterparty, LogEntry, LogOutcome
from nlwallet.holder.vault import Card
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.http import HttpClient, StatusChecker
from nlwallet.openid4vci import (
    AUTHORIZATION_CODE,
    PRE_AUTHORIZED_CODE,
    REFRESH_TOKEN,
    AuthorizationCodeResponse,
    AuthorizationRequest,
    CredentialOffer,
    CredentialRequest,
    CredentialResponse,
    DeferredCredentialRequest,
    Event,
    Notification,
    OfferedConfiguration,
    ProofType,
    TokenRequest,
    TokenResponse,
    code_challenge,
    offer_reference,
    sign_proof,
)
from nlwallet.profiles import Profile
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import TrustAnchors

MAX_CARDS: Final = 32
"""How many cards of one configuration an issuer may hand out at once."""

Browser: TypeAlias = Callable[[str], str]
"""Opens a page for the holder, and gives the URI at which she came back to the wallet."""


@dataclass(slots=True)
class PromisedCard:
    """A card that the issuer did not have ready: ask again not before ``ask_at`` (epoch seconds)."""

    configuration: OfferedConfiguration
    transaction_id: str = field(repr=False)
    ask_at: int
    token: TokenResponse = field(repr=False)
    session: IssuerSession = field(repr=False)
    keys: tuple[SigningKey, ...] = field(repr=False)


@dataclass(slots=True, eq=False)
class Renewal:
    """How to get a card anew without its holder at the issuer's page (§6, refresh token): use it one at a time."""

    configuration: OfferedConfiguration
    session: IssuerSession = field(repr=False)
    token: TokenResponse = field(repr=False)
    identifier: str | None = field(default=None, repr=False)
    """Which of several cards of the configuration it is."""

    def tell(self, event: Event, notification_id: str) -> None:
        """Tell the issuer what became of what came, if it wants to know (§11)."""
        endpoint = self.session.issuer.notification_endpoint
        if endpoint is not None:
            self.session.notify(endpoint, Notification(notification_id, event), self.token)


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """A card that passed every check, and what its issuer waits to hear. Nobody has kept it yet."""

    card: Card
    renewal: Renewal
    notification_id: str | None = field(repr=False)

    def tell(self, event: Event) -> None:
        """Tell the issuer what became of the card."""
        if self.notification_id is not None:
            self.renewal.tell(event, self.notification_id)


@dataclass(frozen=True, slots=True)
class Opened:
    """An offer, and who makes it, before anything was asked for."""

    offer: CredentialOffer
    session: IssuerSession = field(repr=False)
    wanted: tuple[OfferedConfiguration, ...]

    @property
    def host(self) -> str:
        """The host of the issuer."""
        return urlsplit(self.offer.credential_issuer).hostname or ""

    @property
    def page_needed(self) -> bool:
        """Whether the issuer wants to see the holder at its own page first."""
        return (
            self.offer.pre_authorized_code is None
            or PRE_AUTHORIZED_CODE not in self.session.server.grant_types
        )


@dataclass(slots=True)
class Reception:
    """One run through an offer; use it once. ``types`` may have grown when it is done."""

    anchors: TrustAnchors
    http: HttpClient
    clock: Clock
    profile: Profile
    types: TypeMetadataRegistry
    status_lists: StatusChecker
    provider: WalletProvider | None = None
    batch_size: int = 1
    """How many copies of a card to ask for, where the issuer makes that many."""
    keys: KeyStore = field(default_factory=SoftwareKeys)
    changes: Callable[[], AbstractContextManager[None]] = nullcontext
    """In it stands what must not be lost (:attr:`Belongings.changes`)."""
    party: Counterparty = field(default_factory=Counterparty)
    requested: tuple[str, ...] = ()
    promised: list[PromisedCard] = field(default_factory=list)

    def read_offer(self, offer_uri: str) -> CredentialOffer:
        """The offer in a link, or behind it. Raises a :class:`~nlwallet.errors.RemoteError`."""
        reference = offer_reference(offer_uri)
        if reference is None:
            return CredentialOffer.parse(offer_uri)
        return CredentialOffer.from_json(fetch_json(reference, "the credential offer", http=self.http))

    def begin(self, offer: CredentialOffer) -> Opened:
        """What the issuer of an offer says of itself and of what it offers; nothing of the holder goes there.

        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        self.party = Counterparty(host=urlsplit(offer.credential_issuer).hostname or "")
        session = IssuerSession.begin(
            offer.credential_issuer,
            http=self.http,
            clock=self.clock,
            provider=self.provider,
            keys=self.keys,
            authorization_server=offer.authorization_server,
        )
        wanted = tuple(session.issuer.configuration(name) for name in offer.credential_configuration_ids)
        self.requested = tuple(configuration.vct for configuration in wanted)
        return Opened(offer, session, wanted)

    def fetch(
        self, opened: Opened, *, tx_code: str | None = None, browser: Browser | None = None
    ) -> tuple[Delivery, ...]:
        """The cards of an offer, each verified; those that come later are in :attr:`promised`.

        If one is wrong the issuer hears that all failed. Raises a :class:`~nlwallet.errors.RemoteError`, or
        :class:`~nlwallet.errors.LocalError` when the offer needs a ``tx_code`` or a ``browser`` and none was given.
        """
        if opened.offer.tx_code is not None and not tx_code:
            raise LocalError(
                "this offer needs the code that the issuer gave you another way",
                code="tx_code_required",
                spec="OpenID4VCI 1.0 §6.1",
                hint="receive(offer, tx_code=...)",
            )
        token = self._token(opened, tx_code, browser)
        deliveries: list[Delivery] = []
        try:
            for one in opened.wanted:
                deliveries += self._deliveries(opened.session, one, token)
        except NlWalletError:
            for delivery in deliveries:
                delivery.tell("credential_failure")
            raise
        return tuple(deliveries)

    def collect(self, promise: PromisedCard) -> tuple[Delivery, ...]:
        """Ask for a promised card again; nothing if it still is not ready, and then :attr:`promised` has it anew.

        Raises a :class:`~nlwallet.errors.RemoteError`: the issuer may also have decided against it.
        """
        session = promise.session
        self._is_about(session, promise.configuration)
        endpoint = session.issuer.deferred_credential_endpoint
        if endpoint is None:
            raise InvalidOffer(
                "the issuer promised a card, and has no endpoint for it", spec="OpenID4VCI 1.0 §9"
            )
        encryption = session.encryption()
        request = DeferredCredentialRequest(promise.transaction_id, encryption[1] if encryption else None)
        members = session.post(
            endpoint,
            request.as_json(),
            promise.token,
            what="the deferred credential response",
            decrypt_with=encryption,
        )
        response = CredentialResponse.parse(members, proofs=len(promise.keys))
        return self._taken(response, Renewal(promise.configuration, session, promise.token), promise.keys)

    def renew(self, renewal: Renewal) -> tuple[Delivery, ...]:
        """A card anew, with fresh copies. Raises a :class:`~nlwallet.errors.RemoteError`."""
        session = renewal.session
        self._is_about(session, renewal.configuration)
        if renewal.token.refresh_token is None:
            raise LocalError("the issuer gave nothing to renew this card with", hint="fetch_cards()")
        token = session.token(
            TokenRequest(REFRESH_TOKEN, renewal.token.refresh_token, client_id=session.client_id)
        )
        if token.refresh_token is None:  # the old one stays good (RFC 6749 §6)
            token = replace(token, refresh_token=renewal.token.refresh_token)
        # Also when the holder does not want the new card, the next renewal begins with what came last: the issuer
        # may take the old token no more.
        with self.changes():
            renewal.token = token
        return self._deliveries(session, renewal.configuration, token, only=renewal.identifier)

    def entry(self, outcome: LogOutcome, *, cards: Sequence[Card] = (), reason: str = "") -> LogEntry:
        """The log entry of this reception (DASH_05)."""
        party = self.party
        if cards:
            party = Counterparty(trade_name=cards[0].issuer, host=party.host, verified=True)
        types = tuple(card.type for card in cards) or self.requested
        return LogEntry(self.clock.now(), "issuance", outcome, party, types=types, reason=reason)

    def _is_about(self, session: IssuerSession, configuration: OfferedConfiguration) -> None:
        self.party = Counterparty(host=urlsplit(session.issuer.credential_issuer).hostname or "")
        self.requested = (configuration.vct,)

    # The exchange ----------------------------------------------------------------------------

    def _token(self, opened: Opened, tx_code: str | None, browser: Browser | None) -> TokenResponse:
        offer, session = opened.offer, opened.session
        if offer.pre_authorized_code is not None and not opened.page_needed:
            return session.token(
                TokenRequest(
                    PRE_AUTHORIZED_CODE,
                    offer.pre_authorized_code,
                    tx_code=tx_code if offer.tx_code is not None else None,
                    client_id=None if session.server.anonymous_access else session.client_id,
                )
            )
        if AUTHORIZATION_CODE not in session.server.grant_types:
            raise InvalidOffer(
                "the issuer has no grant that this wallet knows",
                spec="OpenID4VCI 1.0 §4.1.1",
                pointer="/grants",
            )
        return self._token_by_browser(opened, browser)

    def _token_by_browser(self, opened: Opened, browser: Browser | None) -> TokenResponse:
        session, offer = opened.session, opened.offer
        if browser is None or self.provider is None:
            raise LocalError(
                "the issuer wants to see the holder at its own page first",
                code="browser_required",
                spec="OpenID4VCI 1.0 §5",
                hint="receive(offer, browser=...), with a wallet that has a provider",
            )
        scopes = [one.scope for one in opened.wanted]
        if not all(scopes):
            raise InvalidOffer("a credential configuration has no scope", spec="HAIP 1.0 §4.1")
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        request = AuthorizationRequest(
            client_id=self.provider.client_id,
            redirect_uri=self.provider.redirect_uri,
            code_challenge=code_challenge(verifier),
            state=state,
            scope=tuple(scope for scope in scopes if scope),
            issuer_state=offer.issuer_state,
        )
        back = browser(session.push(request))
        response = AuthorizationCodeResponse.parse(
            back,
            redirect_uri=request.redirect_uri,
            state=state,
            issuer=session.server.issuer,
            iss_required=session.server.iss_in_response,
        )
        return session.token(
            TokenRequest(
                AUTHORIZATION_CODE,
                response.code,
                client_id=request.client_id,
                redirect_uri=request.redirect_uri,
                code_verifier=verifier,
            )
        )

    def _deliveries(
        self,
        session: IssuerSession,
        configuration: OfferedConfiguration,
        token: TokenResponse,
        *,
        only: str | None = None,
    ) -> tuple[Delivery, ...]:
        count = min(self.batch_size, session.issuer.batch_size)
        # Of one configuration there may be several cards, each with its identifier (§6.2).
        identifiers: list[str | None] = list(
            dict.fromkeys(
                identifier
                for detail in token.authorization_details
                if detail.configuration_id == configuration.id
                for identifier in detail.credential_identifiers
            )
        )
        if len(identifiers) > MAX_CARDS:
            raise InvalidOffer(
                f"the issuer hands out more than {MAX_CARDS} cards of one kind",
                spec="OpenID4VCI 1.0 §6.2",
                pointer="/authorization_details",
            )
        if only is not None:  # of a renewal comes one card, the same one if its issuer still knows it
            identifiers = [only] if only in identifiers else identifiers[:1]
        deliveries: list[Delivery] = []
        try:
            for identifier in identifiers or [None]:
                deliveries += self._delivery(session, configuration, token, count, identifier)
        except NlWalletError:
            for delivery in deliveries:
                delivery.tell("credential_failure")
            raise
        return tuple(deliveries)

    def _delivery(
        self,
        session: IssuerSession,
        configuration: OfferedConfiguration,
        token: TokenResponse,
        count: int,
        identifier: str | None,
    ) -> tuple[Delivery, ...]:
        keys = tuple(self.keys.generate() for _ in range(count))
        try:
            response = self._request(session, configuration, token, keys, identifier)
        except IssuanceRefused as error:
            if error.code != "invalid_nonce":
                raise
            # Once more, with a fresh nonce (§8.3.1).
            response = self._request(session, configuration, token, keys, identifier)
        renewal = Renewal(configuration, session, token, identifier)
        return self._taken(response, renewal, keys)

    def _request(
        self,
        session: IssuerSession,
        configuration: OfferedConfiguration,
        token: TokenResponse,
        keys: Sequence[SigningKey],
        identifier: str | None,
    ) -> CredentialResponse:
        nonce = session.nonce()
        proof_type, proofs = self._proofs(session, configuration, keys, nonce)
        encryption = session.encryption()
        request = CredentialRequest(
            configuration.id if identifier is None else None,
            proofs,
            identifier,
            proof_type,
            encryption[1] if encryption else None,
        )
        members = session.post(
            session.issuer.credential_endpoint,
            request.as_json(),
            token,
            what="the credential response",
            decrypt_with=encryption,
        )
        return CredentialResponse.parse(members, proofs=len(keys))

    def _proofs(
        self,
        session: IssuerSession,
        configuration: OfferedConfiguration,
        keys: Sequence[SigningKey],
        nonce: str,
    ) -> tuple[ProofType, tuple[str, ...]]:
        ours = self.profile.signing_algorithms & {"ES256"}
        attested = None
        if configuration.key_attestations_required is not None:
            if self.provider is None:
                raise InvalidOffer(
                    "the issuer wants the keys attested, and nobody attests those of this wallet",
                    spec="OpenID4VCI 1.0 §F.1",
                    hint="give the wallet a provider",
                )
            attested = self.provider.attest_keys([key.public for key in keys], nonce=nonce)
            if not ours & set(configuration.proof_algorithms):
                return "attestation", (attested,)
        if not ours & set(configuration.proof_algorithms):
            raise InvalidOffer(
                "the issuer takes no proof that this wallet can make",
                spec="OpenID4VCI 1.0 §12.2.4",
                hint="ES256 in proof_signing_alg_values_supported",
            )
        signing = keys[:1] if attested is not None else keys
        return "jwt", tuple(
            sign_proof(
                key,
                audience=session.issuer.credential_issuer,
                nonce=nonce,
                now=self.clock.now(),
                client_id=session.client_id if session.identified else None,
                key_attestation=attested,
            )
            for key in signing
        )

    def _taken(
        self,
        response: CredentialResponse,
        renewal: Renewal,
        keys: tuple[SigningKey, ...],
    ) -> tuple[Delivery, ...]:
        """The card of a response, all of its copies right or none; the issuer hears of a failure (§11)."""
        configuration, session = renewal.configuration, renewal.session
        if response.transaction_id is not None:
            if session.issuer.deferred_credential_endpoint is None:
                raise InvalidCredential(
                    "the issuer promises a card, and has no endpoint to fetch it from",
                    spec="OpenID4VCI 1.0 §9",
                    pointer="/transaction_id",
                )
            ask_at = self.clock.now() + (response.interval or 0)
            self.promised.append(
                PromisedCard(configuration, response.transaction_id, ask_at, renewal.token, session, keys)
            )
            return ()
        try:
            self.types = types_with(
                configuration, session.issuer.credential_issuer, self.types, http=self.http
            )
            check = CardCheck(self.anchors, self.profile, self.types, self.status_lists)
            card = check.card(response.credentials, configuration, keys, now=self.clock.now())
        except RemoteError:
            if response.notification_id is not None:
                renewal.tell("credential_failure", response.notification_id)
            raise
        return (Delivery(card, renewal, response.notification_id),)
