"""The issuers of a sandbox: the ready-made ones, those of your own, and what they offer the personas."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Unpack

from starlette.types import ASGIApp

from nlwallet.clock import Clock
from nlwallet.errors import LocalError
from nlwallet.issuer import (
    AttributesFunction,
    CredentialConfiguration,
    IssuableCredential,
    IssuedOffer,
    Issuer,
    Login,
    card,
    card_names,
    persona,
    persona_names,
    pid_claims,
)
from nlwallet.sandbox.hosting import Hosting
from nlwallet.sandbox.issuer_authorities import IssuerAuthorities, IssuerOptions
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Category

REGISTRAR = "registrar.example"
PID_ISSUER = "pid-issuer.example"

PERSONAS = {name: name.capitalize() for name in persona_names()}
"""Who may log in at an issuer, with the names on its page."""


class OpensIssuers(ABC):
    """The part of a :class:`~nlwallet.sandbox.Sandbox` that opens issuers and offers their cards."""

    clock: Clock
    pid_issuer: Issuer
    types: TypeMetadataRegistry
    _authorities: IssuerAuthorities
    _hosting: Hosting
    _issuers: dict[str, Issuer]

    def issuer(
        self,
        name: str,
        *,
        configurations: Sequence[CredentialConfiguration] = (),
        attributes: AttributesFunction | None = None,
        login: Login | None = None,
        category: Category = Category.EAA_PROVIDER,
        organization: str = "",
        **options: Unpack[IssuerOptions],
    ) -> Issuer:
        """The issuer of a ready-made card (``diploma``), or one of your own at a host (``university.example``).

        Every wallet and relying party here trusts it for its ``category``: ``EAA_PROVIDER``, ``PUB_EAA_PROVIDER`` or
        ``QEAA_PROVIDER``. With ``attributes``, what it knows of a person, the personas may log in, or who ``login``
        says. ``organization`` is its name in the certificate; the host when left out. Open it before you register
        relying parties that are to know its types. By its name alone you get an issuer that is open already.

        Raises :class:`~nlwallet.errors.LocalError` when there is no such card, or something at that host already.
        """
        if not configurations:
            if attributes is not None or login is not None:
                raise LocalError("an issuer of your own has configurations", hint="configurations=[…]")
            return self._issuers.get(name) or self._ready_made(name)
        if name in self._issuers or name in (REGISTRAR, PID_ISSUER):
            raise LocalError(f"there is something at {name} already", hint="another host")
        types = self.types.adding(document for one in configurations for document in one.type_documents)
        opened = self._authorities.open_issuer(
            self._hosting.origin(name),
            organization or name,
            category,
            configurations=configurations,
            types=types,
            attributes=attributes,
            login=PERSONAS if login is None and attributes is not None else login,
            **options,
        )
        self.types = types
        self._serve(name, opened.app)
        self._issuers[name] = opened
        return opened

    def offer(self, card_: str | Issuer, person: str, *, tx_code: bool = False) -> IssuedOffer:
        """Offer a persona a card: a ready-made one by name, or that of an issuer of your own as in :meth:`wallet`.

        With ``tx_code`` the wallet also asks for a code. Raises :class:`~nlwallet.errors.LocalError` for an unknown
        persona or card, and with the code ``no_such_card`` for one who does not have it.
        """
        if isinstance(card_, Issuer) or card_ in self._issuers:
            own = card_ if isinstance(card_, Issuer) else self._issuers[card_]
            return own.offer_to(person, tx_code=tx_code)
        now, name = self.clock.now(), card_.removesuffix("-mdoc")
        id_ = card(name).configuration.id
        issuer = self.issuer(name)
        if name != "pid":
            return issuer.offer(id_ + card_[len(name) :], card(name).claims(person, now=now), tx_code=tx_code)
        # The register says why somebody cannot have a PID. One is issued in both formats (ARF PID_02).
        claims = pid_claims(persona(person), now=now)
        if card_ != name:
            return issuer.offer(f"{id_}-mdoc", claims, tx_code=tx_code)
        both = (IssuableCredential(each.id, claims) for each in card(name).configurations)
        return issuer.offer_several(*both, tx_code=tx_code)

    def invite(self, card_: str) -> IssuedOffer:
        """Offer a ready-made card to whoever logs in at the own page of its issuer, and has it.

        Raises :class:`~nlwallet.errors.LocalError` for an unknown card.
        """
        ids = [one.id for one in card(card_).configurations]
        return self.issuer(card_).invite(*(ids if card_ == "pid" else ids[:1]))

    def _ready_made(self, name: str) -> Issuer:
        if name not in card_names() and "." in name:
            raise LocalError(f"there is no issuer at {name}", hint="open it with configurations=[…]")
        one = card(name)
        if one.name == "pid":
            return self.pid_issuer
        return self._issuers.get(one.host) or self.issuer(
            one.host,
            configurations=one.configurations,
            attributes=lambda person: one.attributes(person, self.clock.now()),
            category=one.category,
            organization=one.organization,
        )

    @abstractmethod
    def _serve(self, host: str, app: ASGIApp) -> None: ...
