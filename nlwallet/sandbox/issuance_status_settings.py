"""``[status_lists]`` and ``[credential_configurations.<id>.status_list]`` of an ``issuance_server.toml``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from nlwallet.crypto import CertificateChain, PrivateKey
from nlwallet.openid4vci import is_https_url
from nlwallet.verifier.nl_server.settings_table import Table
from nlwallet.verifier.nl_server.settings_use_case import read_key_pair

DEFAULT_SIZE: Final = 100_000
MAX_SIZE: Final = 1_048_576
_NO_TTL: Final = 300


@dataclass(frozen=True, slots=True)
class StatusListsSettings:
    """For all lists; times are seconds."""

    size: int
    lifetime: int
    ttl: int


@dataclass(frozen=True, slots=True)
class StatusListSettings:
    """Of one configuration: where its lists are, and who signs them. ``base_url`` is ``None`` for ``public_url``."""

    context_path: str
    base_url: str | None
    key: PrivateKey = field(repr=False)
    chain: CertificateChain = field(repr=False)


def read_status_lists(table: Table) -> StatusListsSettings:
    """``[status_lists]``. Raises :class:`~nlwallet.errors.InvalidConfiguration`."""
    hours = table.number("expiry_in_hours", 24, least=1, most=65_535)
    lifetime, ttl = 3600 * hours, _NO_TTL
    if table.get("ttl_in_minutes") is not None:
        ttl = 60 * table.number("ttl_in_minutes", 5, least=1, most=65_535)
    if ttl >= lifetime:
        raise table.wrong("ttl_in_minutes", "a list lives longer than that", hint="less than expiry_in_hours")
    return StatusListsSettings(
        size=table.number("list_size", DEFAULT_SIZE, least=1, most=MAX_SIZE),
        lifetime=lifetime,
        ttl=ttl,
    )


def read_status_list(table: Table) -> StatusListSettings:
    """``[credential_configurations.<id>.status_list]``. Raises :class:`~nlwallet.errors.InvalidConfiguration`."""
    certificate, key = read_key_pair(table)
    table.text("group_name")
    table.text("publish_dir")
    path = table.text("context_path")
    if not path.startswith("/") or len(path) < 2 or not path.isascii() or set(path) & set("{}?# %"):
        raise table.wrong("context_path", "it is no path", hint="/tsl")
    base_url = table.optional_text("base_url")
    if base_url is not None and not is_https_url(base_url):
        raise table.wrong("base_url", "it is no https URL")
    return StatusListSettings(path.rstrip("/"), base_url, key, CertificateChain(certificate))
