"""``verification_server.toml``: the keys of the NL Wallet's server, with its defaults (0.5 and 0.6)."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from nlwallet.crypto import Certificate
from nlwallet.errors import InvalidConfiguration, LimitExceeded
from nlwallet.verifier.nl_server.cross_origin import ANY, AllowedOrigins
from nlwallet.verifier.nl_server.ephemeral_id import MIN_SECRET_BYTES, Version
from nlwallet.verifier.nl_server.requester_session import Lifetimes
from nlwallet.verifier.nl_server.server import NL_WALLET, UNIVERSAL_LINK_BASE
from nlwallet.verifier.nl_server.settings_environment import with_environment
from nlwallet.verifier.nl_server.settings_table import Table
from nlwallet.verifier.nl_server.settings_use_case import read_use_case
from nlwallet.verifier.nl_server.use_case import UseCase

MAX_BYTES: Final = 1_048_576
MAX_USE_CASES: Final = 256

_WITHOUT_EFFECT: Final = ("log_requests", "structured_logging", "hsm")
_MEMORY: Final = "memory://"
_DATABASES: Final = {"postgres": "postgresql", "postgresql": "postgresql", "sqlite": "sqlite"}
"""The schemes of ``storage.url``, and what they are to us; the NL Wallet's server has no SQLite."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where a server listens."""

    ip: str
    port: int


@dataclass(frozen=True, slots=True)
class StatusCacheSettings:
    """``[status_list_token_cache_settings]``; times are seconds."""

    capacity: int = 100
    default_ttl: int = 0
    error_ttl: int = 0


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """All of them. ``warnings`` are sentences about what is there and does nothing."""

    version: Version
    public: Listener
    internal: Listener | None
    """``None``: the requester's interface is at the public one, and needs the key."""
    api_key: str | None = field(repr=False)
    public_url: str
    universal_link_base_url: str
    ephemeral_id_secret: bytes = field(repr=False)
    issuer_anchors: tuple[Certificate, ...]
    access_anchors: tuple[Certificate, ...]
    registration_anchors: tuple[Certificate, ...]
    use_cases: tuple[UseCase, ...]
    allow_origins: AllowedOrigins = ()
    extending: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wallet_client_ids: tuple[str, ...] = (NL_WALLET,)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    database: str | None = field(default=None, repr=False)
    """Where sessions are kept; ``None``: in memory."""
    status_cache: StatusCacheSettings = field(default_factory=StatusCacheSettings)
    insecure_return_urls: bool = False
    warnings: tuple[str, ...] = ()

    @classmethod
    def parse(
        cls, data: bytes, *, environment: Mapping[str, str] | None = None, insecure_return_urls: bool = False
    ) -> ServerSettings:
        """Read a file, and what the environment says in its place.

        Raises :class:`~nlwallet.errors.InvalidConfiguration` or :class:`~nlwallet.errors.LimitExceeded`.
        """
        members = read_toml(data)
        return cls.of(members, environment=environment, insecure_return_urls=insecure_return_urls)

    @classmethod
    def of(
        cls,
        members: Mapping[str, Any],
        *,
        environment: Mapping[str, str] | None = None,
        insecure_return_urls: bool = False,
    ) -> ServerSettings:
        """The settings that these members are. Raises :class:`~nlwallet.errors.InvalidConfiguration`."""
        top = Table(with_environment(members, environment or {}))
        version = _version(top)
        public, internal, api_key = read_listeners(top)
        access, registration = _anchors_of_parties(top, version)
        storage, cache = top.table("storage"), top.table("status_list_token_cache_settings")
        tables = list(top.tables("usecases"))
        if not 0 < len(tables) <= MAX_USE_CASES:
            raise top.wrong("usecases", f"there are 1 to {MAX_USE_CASES}", hint="[usecases.login]")
        settings = cls(
            version=version,
            public=public,
            internal=internal,
            api_key=api_key,
            public_url=read_url(top, "public_url", f"http://localhost:{public.port}/"),
            universal_link_base_url=read_url(top, "universal_link_base_url", UNIVERSAL_LINK_BASE),
            ephemeral_id_secret=_secret(top),
            issuer_anchors=top.certificates("issuer_trust_anchors"),
            access_anchors=access,
            registration_anchors=registration,
            use_cases=tuple(
                read_use_case(name, table, version=version, insecure=insecure_return_urls)
                for name, table in tables
            ),
            allow_origins=_origins(top),
            extending=read_extending(top),
            wallet_client_ids=top.texts("wallet_client_ids", (NL_WALLET,)),
            lifetimes=read_lifetimes(storage),
            database=read_database(storage),
            status_cache=read_status_cache(cache),
            insecure_return_urls=insecure_return_urls,
        )
        warnings: list[str] = []
        for table in (storage, cache, *(table for _, table in tables)):
            warnings += table.unknown()
        return replace(settings, warnings=(*warnings, *top.unknown(*_WITHOUT_EFFECT)))


def read_toml(data: bytes) -> dict[str, Any]:
    """The members of a file.

    Raises :class:`~nlwallet.errors.InvalidConfiguration` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"the settings have more than {MAX_BYTES} bytes")
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is no TOML"
        raise InvalidConfiguration(f"the settings cannot be read: {reason}", spec="TOML 1.0") from None


def read_status_cache(cache: Table) -> StatusCacheSettings:
    """``[status_list_token_cache_settings]``."""
    return StatusCacheSettings(
        cache.number("capacity", 100),
        cache.number("default_ttl_in_sec", 0),
        cache.number("error_ttl_in_sec", 0),
    )


def _version(top: Table) -> Version:
    new, old = top.get("wrpac_trust_anchors") is not None, top.get("reader_trust_anchors") is not None
    if new and old:
        raise top.wrong(
            "reader_trust_anchors",
            "it is of the NL Wallet 0.5, and wrpac_trust_anchors of 0.6",
            hint="give one of the two",
        )
    return "0.5" if old else "0.6"


def _anchors_of_parties(
    top: Table, version: Version
) -> tuple[tuple[Certificate, ...], tuple[Certificate, ...]]:
    if version == "0.5":
        return top.certificates("reader_trust_anchors"), ()
    return top.certificates("wrpac_trust_anchors"), top.certificates("wrprc_trust_anchors")


def read_listeners(top: Table) -> tuple[Listener, Listener | None, str | None]:
    """Where it listens for wallets and for its owner, and the key that the latter needs; one place may be both."""
    table = top.table("internal_server")
    api_key = table.table("authentication").optional_text("api_key")
    if api_key == "":
        raise table.table("authentication").wrong("api_key", "it is empty")
    public = _listener(top.table("wallet_server"), 8001)
    internal = _listener(table, 8002)
    if internal != public or public.port == 0:
        return public, internal, api_key
    if api_key is None:
        raise table.wrong(
            "port",
            "it is that of wallet_server, where everybody comes",
            hint="another port, or an api_key in [internal_server.authentication]",
        )
    return public, None, api_key


def _listener(table: Table, port: int) -> Listener:
    ip = table.text("ip", "127.0.0.1")
    try:
        ipaddress.ip_address(ip)
    except ValueError:
        raise table.wrong("ip", "it is no IP address", hint="127.0.0.1") from None
    return Listener(ip, table.number("port", port, most=65_535))


def read_url(top: Table, key: str, default: str) -> str:
    """A URL that something can be added to."""
    text = top.text(key, default)
    try:
        parts = urlsplit(text)
        usable = bool(parts.scheme) and "://" in text and text.isascii() and text.isprintable()
    except ValueError:
        usable = False
    web = key != "public_url" or (usable and parts.scheme in ("http", "https") and bool(parts.netloc))
    if not usable or not web or parts.query or parts.fragment:
        raise top.wrong(key, "it is no URL that something can be added to", hint=default)
    return text


def _secret(top: Table) -> bytes:
    secret = top.hex("ephemeral_id_secret")
    if len(secret) < MIN_SECRET_BYTES:
        raise top.wrong(
            "ephemeral_id_secret", f"it has fewer than {MIN_SECRET_BYTES} bytes", hint="openssl rand -hex 64"
        )
    return secret


def _origins(top: Table) -> AllowedOrigins:
    given = top.get("allow_origins")
    if given == ANY:
        return ANY
    found = []
    for text in top.texts("allow_origins", ()):
        parts = urlsplit(text) if text.isascii() and "[" not in text else None
        if parts is None or parts.scheme not in ("http", "https") or not parts.netloc:
            raise top.wrong("allow_origins", "one is no origin", hint="https://shop.example")
        if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise top.wrong("allow_origins", "one is more than an origin", hint="https://shop.example")
        found.append(f"{parts.scheme}://{parts.netloc.lower()}")
    return tuple(found)


def read_extending(top: Table) -> Mapping[str, tuple[str, ...]]:
    """``[extending_vct_values]``."""
    table = top.table("extending_vct_values")
    found = {name: table.texts(name) for name in table.members}
    for name, types in found.items():
        if not types:
            raise table.wrong(name, "it names no type")
    return found


def read_database(storage: Table) -> str | None:
    """``url`` of ``[storage]``; ``None`` for memory."""
    url = storage.text("url", _MEMORY)
    if url.startswith("memory:"):
        return None
    scheme, separator, rest = url.partition("://")
    if scheme not in _DATABASES or not separator or not rest:
        raise storage.wrong(
            "url", "it is no place to keep sessions", hint=f"postgres://…, sqlite:///file, or {_MEMORY}"
        )
    return f"{_DATABASES[scheme]}://{rest}"


def read_lifetimes(storage: Table) -> Lifetimes:
    """The three times of ``[storage]``."""
    return Lifetimes(
        60 * storage.number("expiration_minutes", 30, least=1),
        60 * storage.number("successful_deletion_minutes", 5, least=1),
        60 * storage.number("failed_deletion_minutes", 240, least=1),
    )
