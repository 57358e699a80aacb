"""A reader in a file: who it is, what it may ask, whom it trusts, and the status lists that it got while online."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, CertificateChain, PrivateKey
from nlwallet.encoding import b64url_decode, b64url_encode, dump_json, parse_json, parse_json_object
from nlwallet.errors import LocalError, NlWalletError, RemoteError, TransportError
from nlwallet.http import FetchedStatusList, HttpClient, HttpStatusLists, StatusChecker
from nlwallet.profiles import Profile
from nlwallet.registration import RelyingPartyCertificates, RelyingPartyRecord
from nlwallet.sdjwt import known_types
from nlwallet.status import StatusPolicy
from nlwallet.trust import Anchors, Category, TrustAnchors
from nlwallet.verifier import Verifier

MAX_READER_BYTES: Final = 8 * 1_048_576


def write_reader(
    path: Path,
    *,
    certificates: RelyingPartyCertificates,
    key: PrivateKey,
    anchors: Anchors,
    status_lists: Mapping[str, FetchedStatusList],
) -> None:
    """Keep a reader; only this user can read its key."""
    content = {
        "record": certificates.record.model_dump(mode="json"),
        "key": key.pem().decode("ascii"),
        "access_chain": [one.pem() for one in certificates.access_chain],
        "registration_certificates": dict(certificates.registration_certificates),
        "anchors": {
            str(kind): [one.pem() for one in several]
            for kind, several in TrustAnchors.fixed(anchors).by_category.items()
        },
        "status_lists": {
            uri: {"media_type": one.media_type, "body": b64url_encode(one.body)}
            for uri, one in status_lists.items()
        },
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(dump_json(content))


def read_reader(path: Path, *, clock: Clock, profile: Profile, online: HttpClient | None) -> Verifier:
    """The reader in ``path``; with ``online`` it looks statuses up, else it knows the lists that were kept.

    Raises :class:`~nlwallet.errors.LocalError` for a file that is none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_READER_BYTES + 1)
    except OSError as error:
        raise LocalError(f"{path} cannot be read: {os.strerror(error.errno or 0)}", code="file") from None
    try:
        content = parse_json_object(data, what="the reader", max_bytes=MAX_READER_BYTES)
        policy = StatusPolicy.REQUIRE if profile.offline_status == "required" else StatusPolicy.BEST_EFFORT
        fetch = KeptLists(_lists(content), clock) if online is None else HttpStatusLists(online)
        record = RelyingPartyRecord.of(**content["record"])
        return Verifier(
            certificates=RelyingPartyCertificates(
                record, _chain(content["access_chain"]), dict(content["registration_certificates"])
            ),
            key=PrivateKey.from_pem(content["key"].encode("ascii")),
            anchors=_anchors(content["anchors"]),
            base_url=record.website,
            clock=clock,
            types=known_types(),
            profile=profile,
            status_lists=StatusChecker(fetch, policy=policy),
        )
    except (KeyError, TypeError, ValueError, AttributeError, NlWalletError) as error:
        code = error.code if isinstance(error, NlWalletError) else type(error).__name__
        raise LocalError(
            f"{path.name} is no reader: {code}",
            code="invalid_reader",
            hint="docs/proximity.md says what is in one",
        ) from None


class KeptLists:
    """Status lists that were fetched before; what is not among them, or has expired, is not checked."""

    def __init__(self, lists: Mapping[str, FetchedStatusList], clock: Clock) -> None:
        self._lists, self._clock = lists, clock

    def __call__(self, uri: str, *, accept: str) -> FetchedStatusList:
        """The list of ``uri``. Raises :class:`~nlwallet.errors.TransportError`."""
        kept = self._lists.get(uri)
        if kept is None or self._clock.now() >= _expiry(kept):
            raise TransportError("not checked: offline", code="offline", spec="TSL §8.2")
        return kept


def _expiry(kept: FetchedStatusList) -> int:
    """When a JWT says that it expires; whether it says the truth is checked with its signature."""
    try:
        claims = parse_json(b64url_decode(kept.body.split(b".")[1].decode("ascii")), what="the status list")
        return int(claims["exp"])
    except (RemoteError, KeyError, TypeError, ValueError, IndexError):
        return 0


def _lists(content: Mapping[str, Any]) -> dict[str, FetchedStatusList]:
    return {
        uri: FetchedStatusList(one["media_type"], b64url_decode(one["body"]))
        for uri, one in content["status_lists"].items()
    }


def _chain(pems: list[str]) -> CertificateChain:
    leaf, *above = (Certificate.from_pem(one.encode("ascii")) for one in pems)
    return CertificateChain(leaf, tuple(above))


def _anchors(content: Mapping[str, list[str]]) -> TrustAnchors:
    return TrustAnchors(
        {
            Category(kind): tuple(Certificate.from_pem(one.encode("ascii")) for one in several)
            for kind, several in content.items()
        }
    )
