"""Offers that wait to be fetched: what a link or QR code refers to (OpenID4VCI 1.0 §4.1)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from nlwallet.encoding import b64url_encode
from nlwallet.issuer.issuer_store import IssuerStore, Step, name_of
from nlwallet.issuer.kept_secrets import Secrets, new_secret
from nlwallet.openid4vci import CredentialOffer, offer_link
from nlwallet.qr import QrCode

OFFER_LIFETIME = 600
_MAX_WITHDRAWN = 100_000
_CODE_IS_DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class IssuableCredential:
    """What :meth:`Issuer.offer_several` offers: claims for a configuration.

    ``credential_id`` is a name of yours for the status lists; without one it gets one by chance.
    """

    configuration_id: str
    claims: Mapping[str, Any] = field(repr=False)
    credential_id: str | None = None


class OfferStatus(StrEnum):
    """How an offer stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    """A wallet has used the code; it has not got everything yet."""
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class IssuedOffer:
    """An offer to show, and the code that goes to the holder another way, if there is one.

    ``reference`` is where a wallet can fetch it, for :meth:`link`. ``credential_ids`` are what the status lists know
    the credentials by; none while it is open who will agree. ``expires_at`` is in epoch seconds.
    """

    offer: CredentialOffer
    tx_code: str | None = field(default=None, repr=False)
    reference: str = field(default="", repr=False)
    credential_ids: tuple[str, ...] = ()
    expires_at: int = 0

    @property
    def name(self) -> str:
        """The secret in the reference."""
        return self.reference.rpartition("/")[2]

    @property
    def credential_id(self) -> str | None:
        """The id of the one credential that is offered; ``None`` if it is not exactly one."""
        return self.credential_ids[0] if len(self.credential_ids) == 1 else None

    @property
    def uri(self) -> str:
        """The link by value; ``openid-credential-offer://``."""
        return self.offer.uri()

    def link(self, scheme: str = "openid-credential-offer") -> str:
        """The link by reference: short. ``haip-vci`` and ``eu-eaa-offer`` are the other schemes."""
        return offer_link(self.reference, scheme)

    def qr(self, scheme: str = "openid-credential-offer") -> str:
        """The QR code of :meth:`link` in block characters for a terminal."""
        return QrCode(self.link(scheme)).terminal()

    def qr_svg(self, scheme: str = "openid-credential-offer") -> str:
        """The QR code as an SVG document."""
        return QrCode(self.link(scheme)).svg()

    def qr_png(self, scheme: str = "openid-credential-offer") -> bytes:
        """The QR code as a PNG image."""
        return QrCode(self.link(scheme)).png()

    def qr_data_url(self, scheme: str = "openid-credential-offer") -> str:
        """The PNG image as the address of an image in a page."""
        return QrCode(self.link(scheme)).data_url()


class Offers:
    """Offers by the secret name in their reference. Thread safe.

    A pre-authorized code is made of that name, one way: so it can be told to whoever knows the name, and neither of
    them is kept.
    """

    def __init__(self, store: IssuerStore) -> None:
        self._store = store
        self._offers: Secrets[CredentialOffer] = Secrets(store, "offer", _write, _read, OFFER_LIFETIME)

    def keep(self, step: Step, name: str, offer: CredentialOffer) -> None:
        """Let an offer be fetched under a name of :func:`new_offer_secrets`, which also made its code."""
        self._offers.keep(step, name, offer)

    def look(self, name: str, *, now: int) -> CredentialOffer | None:
        """The offer of that name; ``None`` when it is unknown or expired."""
        offer = self._offers.look(name, now=now)
        if offer is None or offer.pre_authorized_code is None:
            return offer
        return replace(offer, pre_authorized_code=_code_of(name))

    def stop(self, step: Step, name: str, *, withdrawn: bool) -> None:
        """Let an offer be fetched no more; ``withdrawn``: and remember that it was in time."""
        self._offers.consume(step, name)
        if withdrawn:
            step.use("withdrawn_offer", {name_of(name): step.now + OFFER_LIFETIME}, limit=_MAX_WITHDRAWN)

    def was_withdrawn(self, name: str, *, now: int) -> bool:
        """Whether an offer was withdrawn in time, for as long as it would have lasted."""
        return self._store.was_used("withdrawn_offer", name_of(name), now=now)


def new_offer_secrets() -> tuple[str, str]:
    """The name of a new offer, and its pre-authorized code if it is to have one."""
    name = new_secret()
    return name, _code_of(name)


def _code_of(name: str) -> str:
    return b64url_encode(hmac.digest(name.encode("utf-8", "surrogatepass"), b"pre-authorized_code", "sha256"))


def _write(offer: CredentialOffer) -> dict[str, Any]:
    by_code = offer.pre_authorized_code is not None
    return replace(offer, pre_authorized_code=_CODE_IS_DERIVED if by_code else None).as_json()


def _read(_: str, value: Mapping[str, Any]) -> CredentialOffer:
    return CredentialOffer.from_json(dict(value))
