"""What an issuer offers, takes back and offers anew, and how each offer stands (OpenID4VCI 1.0 §4.1)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from nlwallet.clock import Clock
from nlwallet.crypto import PublicKey
from nlwallet.errors import IssuanceRefused, LocalError
from nlwallet.issuer.attributes import Attributes
from nlwallet.issuer.authorization_page import AuthorizationPage
from nlwallet.issuer.authorization_server import TX_CODE_LENGTH, AuthorizationServer
from nlwallet.issuer.changed_attributes import last_issued, must_be_revoked
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.grant import Dataset
from nlwallet.issuer.issued_credential import CredentialSigner
from nlwallet.issuer.issuer_store import IssuerStore
from nlwallet.issuer.notifications import IssuedBatch
from nlwallet.issuer.offers import (
    OFFER_LIFETIME,
    IssuableCredential,
    IssuedOffer,
    Offers,
    OfferStatus,
    new_offer_secrets,
)
from nlwallet.issuer.status import StatusLists
from nlwallet.issuer.status_store import no_longer_valid
from nlwallet.openid4vci import CredentialOffer, TxCode
from nlwallet.status import StatusReference


class OffersCredentials(ABC):
    """The part of an :class:`~nlwallet.issuer.Issuer` that makes offers, and takes them back."""

    credential_issuer: str
    status_lists: StatusLists
    _attributes: Attributes | None
    _base: str
    _clock: Clock
    _configurations: Mapping[str, CredentialConfiguration]
    _offers: Offers
    _page: AuthorizationPage | None
    _server: AuthorizationServer
    _signer: CredentialSigner
    _store: IssuerStore

    @property
    def configurations(self) -> tuple[CredentialConfiguration, ...]:
        """What it can issue."""
        return tuple(self._configurations.values())

    def configuration(self, configuration_id: str) -> CredentialConfiguration:
        """A credential configuration by its id. Raises :class:`~nlwallet.errors.LocalError`."""
        try:
            return self._configurations[configuration_id]
        except KeyError:
            raise LocalError(
                f"no credential configuration {configuration_id!r}",
                hint=f"one of {', '.join(self._configurations)}",
            ) from None

    def offer(
        self, configuration_id: str, claims: Mapping[str, Any], *, tx_code: bool = False
    ) -> IssuedOffer:
        """Offer a credential with these claims to whoever gets the link, once, for ten minutes.

        With ``tx_code`` the wallet also needs six digits, which the caller brings to the holder another way.
        Raises :class:`~nlwallet.errors.LocalError` when there is no such configuration, or no credential can be
        made of the claims: better here than before the wallet.
        """
        return self.offer_several(IssuableCredential(configuration_id, claims), tx_code=tx_code)

    def offer_to(
        self, person: str, *configuration_ids: str, tx_code: bool = False, or_page: bool = False
    ) -> IssuedOffer:
        """Offer what ``attributes`` gives for a person: these configurations, or the only card there is, in its first
        format.

        Raises :class:`~nlwallet.errors.LocalError` as :meth:`offer` does, with the code ``no_such_card`` when the
        person does not have one of them, and when nobody told this issuer of people.
        """
        if self._attributes is None:
            raise LocalError("this issuer knows no people", hint="Issuer(attributes=…)")
        ids = [self.configuration(one).id for one in configuration_ids or self._only_card()]
        try:
            credentials = [IssuableCredential(one, self._attributes(person, one)) for one in ids]
        except IssuanceRefused as error:
            raise LocalError(error.message, code="no_such_card") from None
        return self.offer_several(*credentials, tx_code=tx_code, or_page=or_page)

    def offer_several(
        self, *credentials: IssuableCredential, tx_code: bool = False, or_page: bool = False
    ) -> IssuedOffer:
        """:meth:`offer` of several credentials at once, also of one configuration (two diplomas).

        With ``or_page`` the wallet may get the same configurations at the authorization page instead, with what
        is known there of who agrees (both grants in one offer). Raises :class:`~nlwallet.errors.LocalError` as
        :meth:`offer` does.
        """
        if not credentials:
            raise LocalError("an offer names what is offered")
        if or_page:
            self._check_page()
        datasets = [self._dataset(one) for one in credentials]
        if len({one.credential_id for one in datasets}) < len(datasets):
            raise LocalError("two credentials of one offer have one credential_id")
        name, code = new_offer_secrets()
        offer = CredentialOffer(
            self.credential_issuer,
            tuple(dict.fromkeys(one.configuration.id for one in datasets)),
            code,
            TxCode(length=TX_CODE_LENGTH) if tx_code else None,
            authorization_code=or_page,
        )
        with self._store.step(now=self._clock.now()) as step:
            digits = self._server.pre_authorize(step, datasets, code=code, tx_code=tx_code)
            self._offers.keep(step, name, offer)
        return self._offered(name, offer, digits, tuple(one.credential_id for one in datasets))

    def invite(self, *configuration_ids: str, issuer_state: str | None = None) -> IssuedOffer:
        """Offer credentials to whoever agrees at the authorization page, and has what they are made of.

        Raises :class:`~nlwallet.errors.LocalError` without an authorization code grant.
        """
        self._check_page()
        ids = tuple(self.configuration(one).id for one in configuration_ids)
        if not ids:
            raise LocalError("an invitation names what is offered")
        offer = CredentialOffer(
            self.credential_issuer, ids, authorization_code=True, issuer_state=issuer_state
        )
        name, _ = new_offer_secrets()
        with self._store.step(now=self._clock.now()) as step:
            self._offers.keep(step, name, offer)
        return self._offered(name, offer)

    def replace(self, credential_id: str, claims: Mapping[str, Any]) -> IssuedOffer:
        """The attributes of a card changed: take it back, unless it ends within a day, and offer it anew (ARF VCR_09).

        The offer is for its holder, to whom you send it with the news. Raises :class:`~nlwallet.errors.LocalError` if
        the card was never issued, and as :meth:`offer` does: then nothing is revoked.
        """
        batch = last_issued(self.issued, credential_id)
        offer = self.offer(batch.configuration_id, claims)
        if must_be_revoked(batch, self.configuration(batch.configuration_id), now=self._clock.now()):
            self.status_lists.revoke(credential_id)
        return offer

    def withdraw(self, offer: IssuedOffer) -> bool:
        """Take an offer back. False when it is too late: a wallet has used its code, or it has expired.

        What was issued is taken back with ``status_lists.revoke``. An invitation has no code: it only cannot be
        fetched by its reference any more.
        """
        code = offer.offer.pre_authorized_code
        with self._store.step(now=self._clock.now()) as step:
            withdrawn = code is None or self._server.withdraw(step, code)
            self._offers.stop(step, offer.name, withdrawn=withdrawn)
        return withdrawn

    def offer_status(self, offer: IssuedOffer) -> OfferStatus:
        """How an offer stands: told by what the issuer sees of it, so a wallet that only reads it stays unseen."""
        now, code = self._clock.now(), offer.offer.pre_authorized_code
        issued = {batch.credential_id for batch in self.issued}
        if offer.credential_ids and issued.issuperset(offer.credential_ids):
            return OfferStatus.ISSUED
        if self._offers.was_withdrawn(offer.name, now=now):
            return OfferStatus.WITHDRAWN
        if now >= offer.expires_at:
            return OfferStatus.EXPIRED
        waiting = code is None or self._server.is_waiting(code)
        return OfferStatus.WAITING if waiting else OfferStatus.TAKEN

    def _dataset(self, credential: IssuableCredential) -> Dataset:
        """What is to be issued, tried out here. Raises :class:`~nlwallet.errors.LocalError`."""
        configuration, id_ = self.configuration(credential.configuration_id), credential.credential_id
        claims = deepcopy(dict(credential.claims))
        dataset = Dataset(configuration, claims, id_) if id_ else Dataset(configuration, claims)
        self._check(dataset.configuration.id, dataset.claims)
        self._issue(dataset, self._signer.key.public, None)
        if id_ and not self.status_lists.may_allocate(id_):
            raise no_longer_valid()
        return dataset

    def _only_card(self) -> tuple[str, ...]:
        first, *others = self.configurations
        if any(one.card != first.card for one in others):
            raise LocalError("say what to offer", hint=f"of {', '.join(self._configurations)}")
        return (first.id,)

    def _check_page(self) -> None:
        if self._page is None:
            raise LocalError(
                "this issuer has no authorization code grant", hint="Issuer(attributes=…, login=…)"
            )

    def _offered(
        self,
        name: str,
        offer: CredentialOffer,
        tx_code: str | None = None,
        credential_ids: tuple[str, ...] = (),
    ) -> IssuedOffer:
        expires_at = self._clock.now() + OFFER_LIFETIME
        return IssuedOffer(offer, tx_code, f"{self._base}/offer/{name}", credential_ids, expires_at)

    @property
    @abstractmethod
    def issued(self) -> Sequence[IssuedBatch]:
        """What was issued."""

    @abstractmethod
    def _issue(self, dataset: Dataset, holder_key: PublicKey, status: StatusReference | None) -> str: ...

    @abstractmethod
    def _check(self, configuration_id: str, claims: Mapping[str, Any]) -> None: ...
