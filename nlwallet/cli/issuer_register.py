"""The register of an issuer of the command line: a registrar of its own, at the same address, that vouches for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from nlwallet.cli.issuer_identity import AUTHORITY, REGISTRAR, IssuerIdentity
from nlwallet.clock import SystemClock
from nlwallet.crypto import Certificate
from nlwallet.issuer import CredentialConfiguration, MetadataSigner
from nlwallet.registrar import Registrar
from nlwallet.sandbox.authority_files import serving_authorities
from nlwallet.sandbox.provider_registration import provider_record, registered_provider
from nlwallet.trust import Category


class IssuerRegister:
    """Who registered the issuer at ``url`` (ARF ISSU_34a): without it, no wallet asks it for anything.

    The registrar begins anew with each start, with the authorities of ``identity``: what a wallet trusts stays.
    """

    def __init__(self, identity: IssuerIdentity, url: str) -> None:
        self._identity = identity
        self._clock = SystemClock()
        self._registrar = Registrar(
            clock=self._clock,
            base_url=f"{url}{REGISTRAR}",
            access_authority=identity.access,
            registration_authority=identity.registration,
        )
        self._url = url

    def entered(
        self, organization: str, category: Category, configuration: CredentialConfiguration
    ) -> MetadataSigner:
        """Enter the issuer, and what it signs its metadata with."""
        record = provider_record(
            self._url, organization, category, [configuration], registrar=self._registrar
        )
        return registered_provider(self._registrar, record, self._url)

    def anchors(self, category: Category) -> Mapping[Category, Certificate]:
        """Whom a wallet has to trust for cards of this issuer, and for what."""
        return {
            category: self._identity.authority.certificate,
            Category.ACCESS_CA: self._registrar.access_anchor,
            Category.REGISTRATION_CERTIFICATE_PROVIDER: self._registrar.registration_anchor,
        }

    def serving(self, app: ASGIApp) -> ASGIApp:
        """``app``, with the register beside it, and the certificate and revocation list of the issuer's authority."""
        beside = serving_authorities(app, {AUTHORITY: self._identity.authority}, clock=self._clock)
        return Starlette(routes=[Mount(REGISTRAR, self._registrar.app), Mount("/", beside)])


def anchor_files(anchors: Mapping[Category, Certificate], folder: Path) -> dict[Path, str]:
    """Their PEM texts, by the files in ``folder`` that ``nlwallet wallet --anchor FOLDER`` reads."""
    return {folder / f"{category}.pem": one.pem() for category, one in anchors.items()}
