"""From settings to a server that runs: its use cases are checked first, as the NL Wallet's server does at its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from starlette.types import ASGIApp

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, verify_chain
from nlwallet.errors import InvalidConfiguration, InvalidRegistration, LocalError, RemoteError
from nlwallet.http import StatusListFetcher
from nlwallet.profiles import Profile
from nlwallet.status import StatusListCache
from nlwallet.trust import Anchors, Category, TrustAnchors
from nlwallet.verifier.nl_server.public_face import public_app
from nlwallet.verifier.nl_server.reader_certificate import check_reader_registration
from nlwallet.verifier.nl_server.requester_face import requester_app
from nlwallet.verifier.nl_server.requester_session import Lifetimes
from nlwallet.verifier.nl_server.requester_sessions import RequesterSessionStore
from nlwallet.verifier.nl_server.server import VerificationServer
from nlwallet.verifier.nl_server.settings import ServerSettings
from nlwallet.verifier.store import SessionStore

if TYPE_CHECKING:
    from nlwallet.store import Database

READER_USAGE = "1.0.18013.5.1.6"
"""What a certificate of a use case is for, in the NL Wallet 0.5."""


@dataclass(frozen=True, slots=True)
class OpenedServer:
    """A server and its HTTP faces. ``requester`` is ``None`` where ``public`` has that too. Close it at the end."""

    server: VerificationServer
    public: ASGIApp
    requester: ASGIApp | None
    database: Database | None = None

    def close(self) -> None:
        """Let go of the database, if there is one."""
        if self.database is not None:
            self.database.close()


def open_verification_server(
    settings: ServerSettings,
    *,
    clock: Clock,
    status_lists: StatusListFetcher | None,
    profile: Profile | None = None,
    reader_usage: bool = True,
    anchors: Anchors | None = None,
) -> OpenedServer:
    """The server of these settings, once its use cases pass. See :class:`VerificationServer`.

    Of the NL Wallet 0.5 a certificate has to say that it is a reader's, and hold a registration that can be read,
    unless ``reader_usage`` is off: no registrar here issues those. ``anchors`` of issuers take the place of those in
    the settings.

    Raises :class:`~nlwallet.errors.InvalidConfiguration`.
    """
    check_use_cases(settings, now=clock.now(), reader_usage=reader_usage)
    database, stores = stores_in(
        settings.database, settings.lifetimes, owner=f"verification_server {settings.public_url}"
    )
    server = VerificationServer(
        use_cases=settings.use_cases,
        anchors=anchors or every_category(settings.issuer_anchors),
        public_url=settings.public_url,
        clock=clock,
        ephemeral_id_secret=settings.ephemeral_id_secret,
        version=settings.version,
        profile=profile,
        universal_link_base_url=settings.universal_link_base_url,
        status_lists=status_lists,
        status_cache=StatusListCache(max_lists=settings.status_cache.capacity),
        extending=settings.extending,
        lifetimes=settings.lifetimes,
        insecure_return_urls=settings.insecure_return_urls,
        wallet_client_ids=settings.wallet_client_ids,
        **stores,
    )
    alone = settings.internal is None
    return OpenedServer(
        server,
        public_app(
            server,
            allow_origins=settings.allow_origins,
            requester_api_key=settings.api_key if alone else None,
        ),
        None if alone else requester_app(server, api_key=settings.api_key),
        database,
    )


class Stores(TypedDict, total=False):
    """Where a :class:`VerificationServer` keeps its sessions."""

    sessions: RequesterSessionStore
    presentations: SessionStore


def stores_in(url: str | None, lifetimes: Lifetimes, *, owner: str) -> tuple[Database | None, Stores]:
    """What ``storage.url`` says; servers with the same ``owner`` are one. Raises InvalidConfiguration."""
    if url is None:
        return None, {}
    database: Database | None = None
    try:
        # Only who keeps things in a database needs SQLAlchemy; the first of these says so where it is missing.
        from nlwallet.store import Database
        from nlwallet.verifier import SqlSessionStore
        from nlwallet.verifier.nl_server.kept_requester_sessions import KeptRequesterSessions

        database = Database(url)
        return database, {
            "sessions": KeptRequesterSessions(database, lifetimes, owner=owner),
            "presentations": SqlSessionStore(database, owner=owner, retention_seconds=0),
        }
    except LocalError as error:
        if database is not None:
            database.close()
        raise InvalidConfiguration(error.message, pointer="/storage/url", hint=error.hint) from None


def check_use_cases(settings: ServerSettings, *, now: int, reader_usage: bool = True) -> None:
    """Each certificate is valid and leads to an anchor; in 0.5 it is a reader's, with a registration.

    Raises :class:`~nlwallet.errors.InvalidConfiguration`.
    """
    usage = READER_USAGE if settings.version == "0.5" and reader_usage else None
    for one in settings.use_cases:
        try:
            verify_chain(
                one.chain,
                settings.access_anchors,
                now=now,
                what=f"the use case {one.name[:64]}",
                extended_key_usage=usage,
            )
            if usage is not None:
                check_reader_registration(one.chain.leaf)
        except RemoteError as error:
            inside = f" ({error.pointer} in the extension)" if isinstance(error, InvalidRegistration) else ""
            raise InvalidConfiguration(
                f"{error.message}{inside if error.pointer else ''}",
                spec=error.spec,
                pointer=f"/usecases/{one.name}/certificate",
                hint=error.hint,
            ) from None


def every_category(anchors: tuple[Certificate, ...]) -> TrustAnchors:
    """The NL Wallet's servers have one set of anchors: each may vouch for every type, and its status."""
    return TrustAnchors(dict.fromkeys(Category, anchors))
