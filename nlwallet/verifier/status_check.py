"""Whether the issuer has revoked or suspended a credential (Token Status List, OpenID4VP 1.0 §8.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nlwallet.crypto import Certificate, CertificateChain
from nlwallet.http import FetchedStatusList, StatusChecker
from nlwallet.http.status_checker import JWT_ONLY
from nlwallet.profiles import Profile
from nlwallet.status import STATUS_LIST_MEDIA_TYPE, StatusListCache, StatusResult, StatusSigner


class StatusLists(Protocol):
    """Where status list tokens come from: who owns a transport supplies it, and caches if it likes."""

    def __call__(self, uri: str) -> str:
        """The status list token at ``uri``, a JWT. Raises :class:`~nlwallet.errors.TransportError`."""
        ...


def check_status(
    status: Any,
    *,
    lists: StatusChecker | StatusLists,
    anchors: Sequence[Certificate],
    issuer: CertificateChain | None,
    now: int,
    profile: Profile,
    accepted: Sequence[str] = JWT_ONLY,
) -> StatusResult:
    """Check the ``status`` of a credential that was verified before (Token Status List §8.3).

    ``lists`` checks under its own policy, or only fetches: then every list is required. ``anchors`` are those of
    who may sign its status lists, ``accepted`` the media types of a list, ``issuer`` is the chain of the
    credential. Raises a :class:`~nlwallet.errors.RemoteError` for a credential that is not to be accepted.
    """
    checker = lists if isinstance(lists, StatusChecker) else _required(lists)
    signer = StatusSigner(
        anchors,
        profile.signing_algorithms,
        profile.anchor_in_x5c,
        extended_key_usage=profile.status_signing_usage,
        of_issuer=issuer.leaf if issuer is not None and profile.status_signer_is_issuer else None,
    )
    return checker.check(status, signer=signer, now=now, accepted=accepted)


def _required(lists: StatusLists) -> StatusChecker:
    """A checker that keeps nothing: whether to do so is for ``lists`` to say."""
    return StatusChecker(_JwtOnly(lists), cache=StatusListCache(max_lists=0), error_lifetime=0)


@dataclass(frozen=True, slots=True)
class _JwtOnly:
    lists: StatusLists

    def __call__(self, uri: str, *, accept: str) -> FetchedStatusList:
        return FetchedStatusList(STATUS_LIST_MEDIA_TYPE, self.lists(uri).encode("utf-8", "surrogatepass"))
