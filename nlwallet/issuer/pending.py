"""What codes and request URIs stand for until they are used (OpenID4VCI 1.0 §4.1.1, §5; RFC 9126 §2.2)."""

from __future__ import annotations

import hmac
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nlwallet.encoding import b64url_encode
from nlwallet.issuer.client_authentication import Client
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.grant import Dataset
from nlwallet.openid4vci import AuthorizationRequest

TX_CODE_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, repr=False)
class Offered:
    """What a pre-authorized code stands for.

    ``tx_code`` is a MAC of the digits under the code, which is not kept: they cannot be found by trying.
    """

    datasets: tuple[Dataset, ...]
    tx_code: str | None = None
    attempts_left: int = TX_CODE_ATTEMPTS

    @classmethod
    def create(cls, datasets: Sequence[Dataset], *, code: str, tx_code: str | None) -> Offered:
        """What ``code`` will stand for."""
        return cls(tuple(datasets), None if tx_code is None else _mac(code, tx_code))

    def accepts(self, *, code: str, tx_code: str | None) -> bool:
        """Whether ``tx_code`` is that of the offer, or both have none."""
        if self.tx_code is None or tx_code is None:
            return self.tx_code is tx_code
        return hmac.compare_digest(self.tx_code, _mac(code, tx_code))

    def after_wrong_guess(self) -> Offered | None:
        """What is left of it; ``None`` after the last attempt (§13.6.3)."""
        return replace(self, attempts_left=self.attempts_left - 1) if self.attempts_left > 1 else None

    def as_json(self) -> dict[str, Any]:
        """What is kept."""
        return {
            "datasets": [one.as_json() for one in self.datasets],
            "tx_code": self.tx_code,
            "attempts_left": self.attempts_left,
        }

    @classmethod
    def from_json(
        cls, value: Mapping[str, Any], configurations: Mapping[str, CredentialConfiguration]
    ) -> Offered | None:
        """What was kept; ``None`` when one of its configurations is not issued any more."""
        datasets = [Dataset.from_json(one, configurations) for one in value["datasets"]]
        known = tuple(one for one in datasets if one is not None)
        return cls(known, value["tx_code"], value["attempts_left"]) if len(known) == len(datasets) else None


@dataclass(frozen=True, slots=True)
class PushedRequest:
    """An authorization request of a known client, waiting for its user."""

    request: AuthorizationRequest
    client: Client | None
    bound_to: str | None
    configuration_ids: tuple[str, ...]
    by_details: bool

    def as_json(self) -> dict[str, Any]:
        """What is kept."""
        asked, client = self.request, self.client
        return {
            "request": {
                "client_id": asked.client_id,
                "redirect_uri": asked.redirect_uri,
                "code_challenge": asked.code_challenge,
                "state": asked.state,
                "scope": asked.scope,
                "configuration_ids": asked.configuration_ids,
                "issuer_state": asked.issuer_state,
                "dpop_jkt": asked.dpop_jkt,
            },
            "client": None
            if client is None
            else {"client_id": client.client_id, "instance": client.instance},
            "bound_to": self.bound_to,
            "configuration_ids": self.configuration_ids,
            "by_details": self.by_details,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], configuration_ids: Container[str]) -> PushedRequest | None:
        """What was kept; ``None`` when one of its configurations is not issued any more."""
        asked, client = value["request"], value["client"]
        if not all(id_ in configuration_ids for id_ in value["configuration_ids"]):
            return None
        return cls(
            AuthorizationRequest(
                asked["client_id"],
                asked["redirect_uri"],
                asked["code_challenge"],
                asked["state"],
                tuple(asked["scope"]),
                tuple(asked["configuration_ids"]),
                asked["issuer_state"],
                asked["dpop_jkt"],
            ),
            None if client is None else Client(client["client_id"], client["instance"]),
            value["bound_to"],
            tuple(value["configuration_ids"]),
            value["by_details"],
        )


@dataclass(frozen=True, slots=True, repr=False)
class Authorized:
    """What an authorization code stands for: a request, and who agreed to it."""

    pushed: PushedRequest
    person: str

    def as_json(self) -> dict[str, Any]:
        """What is kept."""
        return {"pushed": self.pushed.as_json(), "person": self.person}

    @classmethod
    def from_json(cls, value: Mapping[str, Any], configuration_ids: Container[str]) -> Authorized | None:
        """What was kept; ``None`` when one of its configurations is not issued any more."""
        pushed = PushedRequest.from_json(value["pushed"], configuration_ids)
        return None if pushed is None else cls(pushed, value["person"])


def _mac(code: str, tx_code: str) -> str:
    return b64url_encode(
        hmac.digest(code.encode("utf-8", "surrogatepass"), tx_code.encode("utf-8", "surrogatepass"), "sha256")
    )
