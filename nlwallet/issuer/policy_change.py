"""A card is bound to the disclosure policy under which it was issued: with another one it is revoked (ARF EDP_11).

Wallets keep the policy that came with a card (EDP_10), so a card with the old one would go on being shown by it. An
issuer that starts with other policies than its store knows therefore revokes first; its holders get new cards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from nlwallet.errors import LocalError
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.issuer_store import IssuerStore
from nlwallet.issuer.lasting import lasting
from nlwallet.issuer.notifications import IssuedBatch
from nlwallet.issuer.status import StatusLists
from nlwallet.status import Status


def revoke_what_had_another_policy(
    configurations: Iterable[CredentialConfiguration],
    issued: Callable[[], Sequence[IssuedBatch]],
    *,
    store: IssuerStore,
    status_lists: StatusLists,
    now: int,
) -> None:
    """Revoke what was issued of each configuration whose policy was added, changed or taken away since.

    The new policy is kept only after that, so who is stopped half-way goes on at the next start. What has no status
    lives a day at most, and is left to expire. Raises :class:`~nlwallet.errors.LocalError` if a store fails.
    """
    for configuration in configurations:
        name, current = f"disclosure_policy:{configuration.id}", _as_kept(configuration)
        if lasting(store, name, current.copy) == current:
            continue
        ids = (batch.credential_id for batch in issued() if batch.configuration_id == configuration.id)
        for credential_id in dict.fromkeys(ids):
            if _stands(status_lists, credential_id):
                status_lists.revoke(credential_id)
        with store.step(now=now) as step:
            step.replace("lasting", name, current)


def _as_kept(configuration: CredentialConfiguration) -> dict[str, Any]:
    policy = configuration.disclosure_policy
    return {"policy": None if policy is None else policy.as_json()}


def _stands(status_lists: StatusLists, credential_id: str) -> bool:
    try:
        return status_lists.status_of(credential_id) is not Status.INVALID
    except LocalError:
        return False
