"""What an access token is good for: data sets, each issued once (OpenID4VCI 1.0 §3.3.4, §6.2)."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nlwallet.issuer.configuration import CredentialConfiguration


@dataclass(frozen=True, slots=True)
class Dataset:
    """The claims of one person for one configuration.

    All that is issued of it has one ``credential_id``: it is revoked together.
    """

    configuration: CredentialConfiguration
    claims: Mapping[str, Any] = field(repr=False)
    credential_id: str = field(default_factory=lambda: secrets.token_urlsafe(16))


@dataclass(slots=True, repr=False)
class Grant:
    """Data sets by their credential identifier, and for whom. Thread safe.

    ``client_id`` is ``None`` for an anonymous wallet; its key proofs then have no ``iss`` (§F.1). ``bound_to`` is
    the thumbprint of the DPoP key, ``instance`` that of the wallet instance, for refreshing. ``by_identifier``
    says that identifiers were handed out, and must be used (§8.2). ``person`` is who agreed at the authorization page.
    """

    datasets: Mapping[str, Dataset]
    client_id: str | None = None
    bound_to: str | None = None
    instance: str | None = None
    by_identifier: bool = False
    person: str = ""
    _taken: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def identifier_for(self, configuration_id: str) -> str | None:
        """The data set of a configuration; ``None`` if the token is not good for it."""
        return next(
            (name for name, one in self.datasets.items() if one.configuration.id == configuration_id), None
        )

    def take(self, identifier: str) -> bool:
        """Use a data set up; of two requests one does."""
        with self._lock:
            if identifier in self._taken:
                return False
            self._taken.add(identifier)
            return True

    def is_taken(self, identifier: str) -> bool:
        """Whether credentials of it were issued, or promised, with this token."""
        with self._lock:
            return identifier in self._taken

    def renewed(self, attributes: Callable[[str, str], Mapping[str, Any]], *, bound_to: str | None) -> Grant:
        """The same for a new access token: everything may be issued once more, as it is by now (§14.5)."""
        datasets = {
            name: replace(one, claims=attributes(self.person, one.configuration.id))
            for name, one in self.datasets.items()
        }
        return Grant(datasets, self.client_id, bound_to, self.instance, self.by_identifier, self.person)
