"""What an access token is good for: data sets, each issued once (OpenID4VCI 1.0 §3.3.4, §6.2)."""

from __future__ import annotations

import secrets
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

    def as_json(self) -> dict[str, Any]:
        """The data set as it is kept."""
        return {
            "configuration": self.configuration.id,
            "claims": dict(self.claims),
            "credential_id": self.credential_id,
        }

    @classmethod
    def from_json(
        cls, value: Mapping[str, Any], configurations: Mapping[str, CredentialConfiguration]
    ) -> Dataset | None:
        """The data set that was kept; ``None`` when its configuration is not issued any more."""
        configuration = configurations.get(value["configuration"])
        return None if configuration is None else cls(configuration, value["claims"], value["credential_id"])


@dataclass(frozen=True, slots=True, repr=False)
class Grant:
    """Data sets by their credential identifier, and for whom.

    ``client_id`` is ``None`` for an anonymous wallet; its key proofs then have no ``iss`` (§F.1). ``bound_to`` is
    the thumbprint of the DPoP key, ``instance`` that of the wallet instance, for refreshing. ``by_identifier``
    says that identifiers were handed out. A wallet must use them then (§8.2); one that names the configuration
    instead is answered where that can mean one data set only, since libraries that wallets are made of do so.
    ``person`` is who agreed at the authorization page. ``taken`` are the identifiers of which credentials were
    issued, or promised. ``name`` is what the grant is kept under, once it is.
    """

    datasets: Mapping[str, Dataset]
    client_id: str | None = None
    bound_to: str | None = None
    instance: str | None = None
    by_identifier: bool = False
    person: str = ""
    taken: frozenset[str] = frozenset()
    name: str = ""

    def identifier_for(self, configuration_id: str) -> str | None:
        """The data set of a configuration; ``None`` if the token is not good for it."""
        return next(
            (name for name, one in self.datasets.items() if one.configuration.id == configuration_id), None
        )

    def is_ambiguous(self, configuration_id: str) -> bool:
        """Whether several data sets are of that configuration, so that it says nothing which is meant."""
        return sum(one.configuration.id == configuration_id for one in self.datasets.values()) > 1

    def without(self, identifier: str) -> Grant:
        """The same after a data set was issued: its claims are not needed any more, and not kept."""
        issued = replace(self.datasets[identifier], claims={})
        return replace(self, datasets={**self.datasets, identifier: issued}, taken=self.taken | {identifier})

    def to_renew(self) -> Grant:
        """What a refresh token stands for: everything, and the claims are asked for when it is used."""
        return replace(
            self,
            datasets={name: replace(one, claims={}) for name, one in self.datasets.items()},
            taken=frozenset(),
        )

    def renewed(self, attributes: Callable[[str, str], Mapping[str, Any]], *, bound_to: str | None) -> Grant:
        """The same for a new access token: everything may be issued once more, as it is by now (§14.5)."""
        datasets = {
            name: replace(one, claims=attributes(self.person, one.configuration.id))
            for name, one in self.datasets.items()
        }
        return replace(self, datasets=datasets, bound_to=bound_to, taken=frozenset())

    def as_json(self) -> dict[str, Any]:
        """The grant as it is kept."""
        return {
            "datasets": {name: one.as_json() for name, one in self.datasets.items()},
            "client_id": self.client_id,
            "bound_to": self.bound_to,
            "instance": self.instance,
            "by_identifier": self.by_identifier,
            "person": self.person,
            "taken": sorted(self.taken),
        }

    @classmethod
    def from_json(
        cls, name: str, value: Mapping[str, Any], configurations: Mapping[str, CredentialConfiguration]
    ) -> Grant:
        """The grant that was kept, with what is still issued of it."""
        datasets = {id_: Dataset.from_json(one, configurations) for id_, one in value["datasets"].items()}
        return cls(
            {id_: one for id_, one in datasets.items() if one is not None},
            value["client_id"],
            value["bound_to"],
            value["instance"],
            value["by_identifier"],
            value["person"],
            frozenset(value["taken"]),
            name,
        )
