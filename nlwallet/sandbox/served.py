"""The sandbox on ports of this machine: pages for people over http, the parties' protocols over https.

A browser takes ``http://localhost`` for as safe as https and asks nothing; the protocols want https, with a
certificate that programs are told to trust. Each page of the sandbox has an origin of its own, as it would have in
real life: what the phone holds is out of reach of a shop's page.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, CertificateAuthority
from nlwallet.errors import LocalError
from nlwallet.issuer import card, card_names, persona_names
from nlwallet.profiles import HAIP_1_0, Profile
from nlwallet.sandbox.keeping import Keeping
from nlwallet.sandbox.loopback import Loopback, tls_authority
from nlwallet.sandbox.pages.desk_app import desk_app
from nlwallet.sandbox.pages.issuer_page import authorization_endpoint
from nlwallet.sandbox.pages.kept_phones import KeptPhones
from nlwallet.sandbox.pages.party_app import party_app
from nlwallet.sandbox.pages.start_page import start_app
from nlwallet.sandbox.pages.wallet_app import wallet_app
from nlwallet.sandbox.pilot_scenario import Pilot
from nlwallet.sandbox.pilots import PILOTS
from nlwallet.sandbox.port_range import FIRST_PORT, MAX_PORTS
from nlwallet.sandbox.sandbox import Sandbox
from nlwallet.sandbox.server_thread import ServerThread, listener
from nlwallet.trust import LIST_KINDS, Category
from nlwallet.verifier import VerifiedPresentation

PAGES: Final = ("start", "relying_parties", "wallet", "issuers", "register")
"""Each a web site of its own, at the first port and those after it."""
_NAMED: Final = ("family_name", "given_name")
PROTOCOLS_AFTER: Final = 10
"""How many ports after the first one the parties' endpoints begin."""
TLS_DAYS: Final = 3650

_NAMES: Final = ["localhost", "127.0.0.1"]
"""A page answers to no other name: one that another site lets its own name lead here is refused."""


class ServedSandbox:
    """A :class:`Sandbox` with everything open, on ports from ``port`` on; port 0 takes free ones.

    ``pilots`` are the relying parties that there are. ``database`` is where it keeps what another start goes on with
    and ``wallet_anchors`` are those of other wallets: see :class:`Sandbox`. With a database give a
    ``port``, so that the addresses stay the same. Raises :class:`~nlwallet.errors.LocalError` for a port that is
    taken; nothing is left open then.
    """

    def __init__(
        self,
        *,
        port: int = FIRST_PORT,
        pilots: Sequence[Pilot] = PILOTS,
        profile: Profile | str = HAIP_1_0,
        clock: Clock | None = None,
        database: str | None = None,
        wallet_anchors: Sequence[Certificate] = (),
    ) -> None:
        if port and port + MAX_PORTS > 65_536:
            raise LocalError(
                f"there are not enough ports after {port}", code="no_port", hint="a lower one, or 0"
            )
        self.pilots = tuple(pilots)
        self._stack = ExitStack()
        with ExitStack() as stack:
            listening = {
                name: self._listener(stack, port + number if port else 0) for number, name in enumerate(PAGES)
            }
            self._hosting = Loopback(
                port=port + PROTOCOLS_AFTER if port else 0,
                in_sequence=True,
                authority=_tls_authority(database),
            )
            self.edi = stack.enter_context(
                Sandbox(
                    hosting=self._hosting,
                    profile=profile,
                    clock=clock,
                    database=database,
                    wallet_anchors=wallet_anchors,
                )
            )
            self.pages: Mapping[str, str] = {
                name: f"http://{_host(name)}:{one.getsockname()[1]}/" for name, one in listening.items()
            }
            """The address of each web site."""
            for pilot in self.pilots:
                self.edi.relying_party(pilot)
            for name in card_names():
                self.edi.issuer(name)
            path = self.edi.database_path
            self._kept_phones = None if path is None else KeptPhones(path, self.edi)
            if self._kept_phones is not None:
                stack.callback(self._kept_phones.close)
            for name, app in self._apps().items():
                server = ServerThread(name, TrustedHostMiddleware(app, allowed_hosts=_NAMES), listening[name])
                stack.callback(server.stop)
            self._stack = stack.pop_all()

    def _apps(self) -> dict[str, ASGIApp]:
        return {
            "start": start_app(self.pages, self.pilots, addresses=self.addresses),
            "relying_parties": party_app(
                self.pilots,
                party_of=self.edi.relying_party,
                offer_of=self._offer_of,
                types=self.edi.types,
                clock=self.edi.clock,
                site=self.pages["relying_parties"],
                wallet=self.pages["wallet"],
                issuer_names=self._issuer_names(),
            ),
            "wallet": wallet_app(
                self.edi,
                cards=self._cards(),
                in_browser=self._in_browser,
                site=self.pages["wallet"],
                kept=self._kept_phones,
            ),
            "issuers": desk_app(
                offer=self.edi.offer,
                invite=self.edi.invite,
                issuer_of=self.edi.issuer,
                types=self.edi.types,
                clock=self.edi.clock,
                wallet=self.pages["wallet"],
            ),
            "register": self.edi.registrar.app,
        }

    def _cards(self) -> tuple[str, ...]:
        """What a phone begins with: what the pilots ask for."""
        return tuple(dict.fromkeys(name for pilot in self.pilots for name in pilot.cards))

    def _offer_of(self, pilot: Pilot, presented: Sequence[VerifiedPresentation]) -> str:
        """The card that a pilot gives, for whom the presented names belong to."""
        if pilot.gives is None:
            return ""
        shown = {name: value for one in presented for name, value in one.claims.items() if name in _NAMED}
        for person in persona_names():
            claims = card(pilot.gives).attributes(person, self.edi.clock.now())
            if claims is not None and shown and shown.items() <= claims.items():
                return self.edi.offer(pilot.gives, person).link()
        return ""

    def _in_browser(self, url: str) -> str:
        """The page of a party or issuer for an address that the wallet knows of it; any other as it is."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        for pilot in self.pilots:
            if origin in (f"https://{pilot.host}", self.edi.relying_party(pilot).base_url):
                return f"{self.pages['relying_parties']}{pilot.id}"
        address, _, query = url.partition("?")
        for name in card_names():
            if address == authorization_endpoint(self.edi.issuer(name)):
                return f"{self.pages['issuers']}{name}/authorize?{query}"
            if f"{self.edi.issuer(name).credential_issuer}/".startswith(f"{origin}/"):
                return f"{self.pages['issuers']}{name}"
        return url

    def _issuer_names(self) -> dict[str, str]:
        return {self.edi.issuer(name).credential_issuer: card(name).organization for name in card_names()}

    @staticmethod
    def _listener(stack: ExitStack, port: int) -> socket.socket:
        made = listener("127.0.0.1", port)
        stack.callback(made.close)
        return made

    def addresses(self) -> dict[str, Any]:
        """Every address and anchor, as JSON for programs; certificates in PEM, keys as a JWK set."""
        edi = self.edi
        parties = [(pilot, edi.relying_party(pilot)) for pilot in self.pilots]
        issuers = [(name, edi.issuer(name).credential_issuer) for name in card_names()]
        registrar = edi.registrar.base_url
        return {
            "pages": dict(self.pages),
            "relying_parties": [
                {
                    "pilot": pilot.id,
                    "name": party.certificates.record.trade_name,
                    "identifier": party.certificates.record.identifier,
                    "client_id": party.client_id,
                    "base_url": party.base_url,
                }
                for pilot, party in parties
            ],
            "issuers": [
                {
                    "card": name,
                    "credential_issuer": url,
                    "metadata": f"{url}/.well-known/openid-credential-issuer",
                }
                for name, url in issuers
            ],
            "registrar": {"base_url": registrar, "register": f"{registrar}/register"},
            "lists": {kind.name: edi.registrar.list_url(kind) for kind in LIST_KINDS.values()},
            "list_signer": _anchors((edi.registrar.lists.signer,)),
            "anchors": {str(category): _anchors(edi.anchors.of(category)) for category in Category},
            "tls_anchor": self._hosting.tls_anchor_pem,
            "personas": list(persona_names()),
            "pin": Sandbox.PIN,
        }

    def close(self) -> None:
        """Stop everything; nothing is left."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _host(page: str) -> str:
    """The phone has a name of its own: issuers may send a browser back to the address alone (RFC 8252 §8.3).

    And a browser tells nobody at ``localhost`` the key of the phone.
    """
    return "127.0.0.1" if page == "wallet" else "localhost"


def _tls_authority(database: str | None) -> CertificateAuthority:
    """The same one at the next start with that database, so that programs need not be told of another."""
    keeping = Keeping(database)
    try:
        return keeping.authority("tls", lambda: tls_authority(days=TLS_DAYS))
    finally:
        keeping.close()


def _anchors(certificates: Sequence[Certificate]) -> dict[str, Any]:
    return {
        "pem": [one.pem() for one in certificates],
        "jwks": {"keys": [one.public_key.jwk() for one in certificates]},
    }
