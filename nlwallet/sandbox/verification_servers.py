"""The NL Wallet's ``verification_server`` in a sandbox: certificates from its registrar, settings by the same keys."""

from __future__ import annotations

import base64
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, PrivateKey
from nlwallet.errors import LocalError, RemoteError
from nlwallet.http import HttpStatusLists
from nlwallet.profiles import Profile
from nlwallet.registrar import Registrar
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox.hosting import Hosting
from nlwallet.sandbox.pilots import pilot
from nlwallet.sandbox.wallet_provider import CLIENT_ID
from nlwallet.trust import Anchors, Category
from nlwallet.verifier.nl_server import (
    NL_WALLET,
    OpenedServer,
    ServerSettings,
    VerificationServer,
    Version,
    open_verification_server,
)

HOST: Final = "verification-server.example"

_ISSUERS: Final = (
    Category.PID_PROVIDER,
    Category.PUB_EAA_PROVIDER,
    Category.QEAA_PROVIDER,
    Category.EAA_PROVIDER,
)


@dataclass(frozen=True, slots=True)
class SandboxVerificationServer:
    """An open one. ``public_url`` is for wallets and pages, ``requester_url`` for the relying party's back end.

    ``members`` are its settings as they would stand in ``verification_server.toml``, keys and all.
    """

    public_url: str
    requester_url: str
    settings: ServerSettings
    opened: OpenedServer
    members: Mapping[str, Any] = field(repr=False)

    @property
    def server(self) -> VerificationServer:
        """The sessions, without HTTP."""
        return self.opened.server


class OpensVerificationServers(ABC):
    """The part of a :class:`~nlwallet.sandbox.Sandbox` that runs the server of the NL Wallet for relying parties."""

    anchors: Anchors
    clock: Clock
    profile: Profile
    registrar: Registrar
    _hosting: Hosting
    _opened_servers: list[OpenedServer]

    def verification_server(
        self, use_cases: Mapping[str, str | Mapping[str, Any]], *, host: str = HOST, **members: Any
    ) -> SandboxVerificationServer:
        """The NL Wallet's ``verification_server``: a relying party that is made for that runs against this one.

        ``use_cases`` are pilots by their ids, or what stands in ``[usecases.<name>]`` of its file, with a ``record``
        in the place of certificate and key. ``members`` are further keys of that file. It behaves as 0.5 in a sandbox
        of the profile ``nl-wallet-0.5``, else as 0.6. Raises :class:`~nlwallet.errors.LocalError`.
        """
        opened = open_in_sandbox(
            verification_server_members(
                self.registrar,
                self.anchors,
                use_cases,
                public_url=self._hosting.origin(host),
                version="0.5" if self.profile.name == "nl-wallet-0.5" else "0.6",
                registered=not self.profile.name.startswith("nl-wallet"),
            )
            | members,
            hosting=self._hosting,
            host=host,
            clock=self.clock,
            profile=self.profile,
            anchors=self.anchors,
        )
        self._opened_servers.append(opened.opened)
        self._serve(host, opened.opened.public)
        if opened.opened.requester is not None:
            self._serve(f"requester.{host}", opened.opened.requester)
        return opened

    @abstractmethod
    def _serve(self, host: str, app: ASGIApp) -> None: ...


def verification_server_members(
    registrar: Registrar,
    anchors: Anchors,
    use_cases: Mapping[str, str | Mapping[str, Any]],
    *,
    public_url: str,
    version: Version = "0.6",
    registered: bool = False,
) -> dict[str, Any]:
    """Settings for ``use_cases``, each a pilot by its id, or the keys of ``[usecases.<name>]``.

    Of those, ``record`` is a registration (or ``pilot`` the id of a pilot), and certificate and key are made from it:
    it is registered if it is not yet. ``registered`` puts its registration certificate into requests, which the NL
    Wallet's servers do not do yet. What is asked, and the return URL, are those of the pilot unless they are given.
    Raises :class:`~nlwallet.errors.LocalError` or :class:`~nlwallet.errors.InvalidConfiguration`.
    """
    issuers = _certificates(anchors, _ISSUERS)
    parties = [_base64(registrar.access_anchor)]
    members: dict[str, Any] = {
        "ephemeral_id_secret": secrets.token_hex(64),
        "public_url": f"{public_url}/",
        "issuer_trust_anchors": issuers,
        "wallet_client_ids": [NL_WALLET, CLIENT_ID],
        "usecases": {
            name: _use_case(registrar, given, public_url, registered=registered)
            for name, given in use_cases.items()
        },
    }
    if version == "0.5":
        return {**members, "reader_trust_anchors": parties}
    registrations = [_base64(registrar.registration_anchor)]
    return {**members, "wrpac_trust_anchors": parties, "wrprc_trust_anchors": registrations}


def open_in_sandbox(
    members: Mapping[str, Any],
    *,
    hosting: Hosting,
    host: str,
    clock: Clock,
    profile: Profile,
    anchors: Anchors,
) -> SandboxVerificationServer:
    """Open the server of these settings, not yet served. Raises :class:`~nlwallet.errors.LocalError`."""
    try:
        settings = ServerSettings.of(members)
        opened = open_verification_server(
            settings,
            clock=clock,
            status_lists=HttpStatusLists(hosting.client()),
            profile=profile,
            reader_usage=False,
            anchors=anchors,  # also of issuers that are opened later
        )
    except RemoteError as error:
        raise LocalError(error.message, code=error.code, pointer=error.pointer, hint=error.hint) from error
    public_url = hosting.origin(host)
    requester_url = public_url if opened.requester is None else hosting.origin(f"requester.{host}")
    return SandboxVerificationServer(public_url, requester_url, settings, opened, members)


def _use_case(
    registrar: Registrar, given: str | Mapping[str, Any], public_url: str, *, registered: bool
) -> dict[str, Any]:
    asked: dict[str, Any] = {"pilot": given} if isinstance(given, str) else dict(given)
    record: RelyingPartyRecord | None = asked.pop("record", None)
    chosen = pilot(asked.pop("pilot")) if "pilot" in asked else None
    if chosen is not None:
        record = record or chosen.record
        asked.setdefault(
            "return_url_template", f"https://{chosen.host}/return?session_token={{session_token}}"
        )
    if record is None:
        raise LocalError("a use case is of somebody", hint="a pilot's id, or record=RelyingPartyRecord.of(…)")
    uses = [use.id for use in record.intended_uses]
    use = chosen.intended_use if chosen else next(iter(uses), "")
    if "dcql_query" not in asked and use:
        query = record.dcql_for(use)
        asked["dcql_query"] = dict(chosen.query if chosen and chosen.query else query)
    key = PrivateKey.generate()
    if registrar.record(record.identifier) is None:
        registrar.enter(record)
    host = urlsplit(public_url).hostname or ""
    certificates = registrar.certify(record.identifier, key.public, dns_names=(host,))
    if registered and use in certificates.registration_certificates:
        asked["registration_certificate"] = certificates.registration_certificates[use]
    return {
        **asked,
        "private_key_type": "software",
        "private_key": base64.b64encode(key.der()).decode(),
        "certificate": _base64(certificates.access_chain.leaf),
    }


def _certificates(anchors: Anchors, categories: Iterable[Category]) -> list[str]:
    found = dict.fromkeys(one for category in categories for one in anchors.of(category))
    return [_base64(one) for one in found]


def _base64(certificate: Certificate) -> str:
    return base64.b64encode(certificate.der).decode()
