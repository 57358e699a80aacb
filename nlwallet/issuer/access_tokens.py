"""Access and refresh tokens, and the grants that they stand for (OpenID4VCI 1.0 §6.2, §13.10)."""

from __future__ import annotations

from collections.abc import Mapping

from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.grant import Dataset, Grant
from nlwallet.issuer.issuer_store import IssuerStore, Step
from nlwallet.issuer.kept_secrets import Secrets
from nlwallet.openid4vci import AuthorizationDetail, TokenResponse

BEARER_TOKEN_LIFETIME = 300
"""A token that is not bound to a key must not live longer than five minutes (§13.10)."""
BOUND_TOKEN_LIFETIME = 3600
REFRESH_TOKEN_LIFETIME = 365 * 86_400
"""As long as a card, and no longer; bound to its wallet's keys."""
MAX_TOKENS = 100_000


class AccessTokens:
    """The tokens of one issuer, for its authorization server and its credential endpoint. Thread safe."""

    def __init__(self, store: IssuerStore, configurations: Mapping[str, CredentialConfiguration]) -> None:
        def grants(kind: str, lifetime: int, limit: int | None) -> Secrets[Grant]:
            return Secrets(
                store,
                kind,
                Grant.as_json,
                lambda name, value: Grant.from_json(name, value, configurations),
                lifetime,
                limit,
            )

        self._bearer = grants("bearer_token", BEARER_TOKEN_LIFETIME, MAX_TOKENS)
        self._bound = grants("bound_token", BOUND_TOKEN_LIFETIME, MAX_TOKENS)
        # No limit: to forget one is to take a card from somebody who did nothing.
        self.refresh = grants("refresh_token", REFRESH_TOKEN_LIFETIME, None)
        """What refresh tokens stand for."""

    def issue(self, step: Step, grant: Grant, *, refreshable: bool = False) -> TokenResponse:
        """A token for a grant, and one to refresh it where that may be."""
        bound = grant.bound_to is not None
        kept = self._kind(grant)
        # A bearer token that could be renewed would be a long-lived one (§13.10).
        refresh = self.refresh.create(step, grant.to_renew()) if refreshable and bound else None
        return TokenResponse(
            kept.create(step, grant),
            kept.lifetime,
            "DPoP" if bound else "Bearer",
            refresh,
            _details(grant) if grant.by_identifier else (),
        )

    def look(self, access_token: str, *, now: int) -> Grant | None:
        """What an access token is good for; ``None`` when it is unknown or expired."""
        return self._bearer.look(access_token, now=now) or self._bound.look(access_token, now=now)

    def take(self, step: Step, grant: Grant, identifier: str) -> Dataset | None:
        """Use a data set up; of two steps one gets it."""
        kept = self._kind(grant)
        current = kept.named(step, grant.name)
        if current is None or identifier in current.taken or identifier not in current.datasets:
            return None
        kept.replace(step, grant.name, current.without(identifier))
        return current.datasets[identifier]

    def _kind(self, grant: Grant) -> Secrets[Grant]:
        return self._bearer if grant.bound_to is None else self._bound


def _details(grant: Grant) -> tuple[AuthorizationDetail, ...]:
    names: dict[str, list[str]] = {}
    for name, dataset in grant.datasets.items():
        names.setdefault(dataset.configuration.id, []).append(name)
    return tuple(AuthorizationDetail(id_, tuple(identifiers)) for id_, identifiers in names.items())
