"""A relying party that asks for others and passes on what it gets (ARF Topic 52)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette

from nlwallet.clock import Clock
from nlwallet.crypto import PrivateKey
from nlwallet.errors import LocalError
from nlwallet.http import StatusChecker
from nlwallet.profiles import HAIP_1_0, Profile
from nlwallet.registration import RelyingPartyCertificates, RelyingPartyRecord
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Anchors
from nlwallet.verifier.role import Verifier
from nlwallet.verifier.status_check import StatusLists


class Intermediary:
    """Asks wallets in the place of the parties that it serves, at ``base_url``.

    Each party that it serves has a :class:`Verifier` of its own (:meth:`serve`), because it has an access certificate
    of its own (Reg_34a). Sessions are kept apart too: what came in for one party can be had through its verifier
    alone (RPI_08). A result has the attributes only once, and only if every check passed; after that nothing of them
    is kept (RPI_10). That is why ``status_lists`` must be there (RPI_09).

    The other arguments are those of :class:`Verifier`.
    """

    def __init__(
        self,
        record: RelyingPartyRecord,
        *,
        anchors: Anchors,
        base_url: str,
        clock: Clock,
        types: TypeMetadataRegistry,
        status_lists: StatusChecker | StatusLists,
        profile: Profile = HAIP_1_0,
    ) -> None:
        if not record.is_intermediary:
            raise LocalError(f"{record.identifier} is no intermediary", spec="ARF RPI_01")
        self.record = record
        self.base_url = base_url.rstrip("/")
        self.app = Starlette()
        """The HTTP face for wallets, of all parties together; mount it at the root of ``base_url``."""
        self._anchors = anchors
        self._clock = clock
        self._types = types
        self._status_lists = status_lists
        self._profile = profile
        self._parties: dict[tuple[str, str], Verifier] = {}

    def serve(self, certificates: RelyingPartyCertificates, key: PrivateKey, **options: Any) -> Verifier:
        """Take on a party, with the certificates to ask for it and the key of the access certificate.

        What comes back asks in its place. ``options`` are further arguments of :class:`Verifier`, such as ``trust``.
        Serving a party again, with new certificates, ends the sessions that it has here. Raises
        :class:`~nlwallet.errors.LocalError` for certificates that are not for asking for somebody else.
        """
        by = certificates.intermediary
        if by is None or by.identifier != self.record.identifier:
            raise LocalError(
                f"these certificates do not let {self.record.identifier} ask for somebody",
                spec="ARF RPI_06",
                hint="Registrar.certify_intermediary()",
            )
        name = (certificates.record.identifier, certificates.service.id)
        path = f"/{name[0]}/{name[1]}"
        verifier = Verifier(
            **{
                "certificates": certificates,
                "key": key,
                "anchors": self._anchors,
                "base_url": self.base_url + path,
                "clock": self._clock,
                "types": self._types,
                "profile": self._profile,
                "status_lists": self._status_lists,
                **options,
            }
        )
        self.app.router.routes[:] = [
            route for route in self.app.router.routes if getattr(route, "path", "") != path
        ]
        self.app.mount(path, verifier.app)
        self._parties[name] = verifier
        return verifier

    def acting_for(self, identifier: str, service_id: str | None = None) -> Verifier:
        """What asks for the party with this identifier, for its only service here or for the one of that id.

        Raises :class:`~nlwallet.errors.LocalError` for a party that is not served.
        """
        found = [
            verifier
            for (party, service), verifier in self._parties.items()
            if party == identifier and service_id in (None, service)
        ]
        if len(found) == 1:
            return found[0]
        if found:
            raise LocalError(f"{identifier} is served for several services", hint="say service_id")
        raise LocalError(
            f"{identifier} is not served here", hint=f"served: {', '.join(one for one, _ in self._parties)}"
        )

    def __iter__(self) -> Iterator[Verifier]:
        return iter(tuple(self._parties.values()))

    @property
    def host(self) -> str:
        """The host of :attr:`base_url`."""
        return urlsplit(self.base_url).hostname or ""
