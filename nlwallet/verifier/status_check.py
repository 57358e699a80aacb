"""Whether the issuer has revoked or suspended a credential (Token Status List, OpenID4VP 1.0 §8.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from nlwallet.crypto import Certificate
from nlwallet.errors import InvalidStatus
from nlwallet.profiles import Profile
from nlwallet.status import Status, StatusReference, verify_status_list_token

_NAMES: dict[int, str] = {Status.INVALID: "revoked", Status.SUSPENDED: "suspended"}


class StatusLists(Protocol):
    """Where status list tokens come from: who owns a transport supplies it, and caches if it likes."""

    def __call__(self, uri: str) -> str:
        """The status list token at ``uri``. Raises :class:`~nlwallet.errors.TransportError`."""
        ...


def check_status(
    status: Any, *, lists: StatusLists, anchors: Sequence[Certificate], now: int, profile: Profile
) -> None:
    """The ``status`` claim of a credential points to an entry that says valid; anything else fails.

    ``anchors`` are those of the issuer and of status providers. Raises a
    :class:`~nlwallet.errors.RemoteError`.
    """
    reference = StatusReference.parse(status, pointer="/status")
    token = verify_status_list_token(
        lists(reference.uri),
        uri=reference.uri,
        anchors=anchors,
        now=now,
        algorithms=profile.signing_algorithms,
        anchor_in_x5c=profile.anchor_in_x5c,
    )
    value = token.statuses[reference.idx]
    if value != Status.VALID:
        name = _NAMES.get(value, "not valid")
        raise InvalidStatus(f"the credential is {name}", spec="Token Status List §7.1", pointer="/status")
