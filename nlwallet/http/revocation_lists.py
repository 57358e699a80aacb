"""Whether the certificate of somebody was revoked by its authority: CRLs, fetched and kept (RFC 5280 §6.3)."""

from __future__ import annotations

import threading
from copy import copy
from dataclasses import dataclass, field
from typing import Final, Literal, NoReturn, TypeAlias

from nlwallet.crypto import Certificate, CertificateRevocationList
from nlwallet.errors import InvalidStatus, RemoteError, TransportError, UntrustedCertificate
from nlwallet.http.client import HttpClient

CRL_MEDIA_TYPE: Final = "application/pkix-crl"
REFRESH_AFTER: Final = 300
"""Seconds that a list is used without looking for a newer one."""
ERROR_LIFETIME: Final = 5
NOT_CHECKED: Final = "not checked: offline"
MAX_LISTS: Final = 64
MAX_POINTS: Final = 4
"""Distribution points of one certificate that are tried."""

RevocationAnswer: TypeAlias = Literal["good", "revoked", "no_list"]

_Key: TypeAlias = tuple[str, bytes]


@dataclass(slots=True)
class _Kept:
    list: CertificateRevocationList | None = None
    newest: tuple[int, int] = (0, 0)
    """Time and number of the newest that was seen: an older one would have it that nothing was revoked since."""
    look_at: int = 0
    error: RemoteError | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while it is fetched: who needs another list does not wait for a host that does not answer."""


class RevocationLists:
    """Looks certificates up in the CRLs that they name. Safe to use from several threads."""

    def __init__(self, http: HttpClient, *, refresh_after: int = REFRESH_AFTER) -> None:
        self.refresh_after = refresh_after
        self._http = http
        self._kept: dict[_Key, _Kept] = {}
        self._lock = threading.Lock()
        self._fetches = True

    def offline(self) -> RevocationLists:
        """The same lists, where there is no network: none is fetched, and the known ones count until they expire."""
        known = RevocationLists(self._http, refresh_after=self.refresh_after)
        known._kept, known._lock, known._fetches = self._kept, self._lock, False
        return known

    def look_up(self, certificate: Certificate, *signers: Certificate, now: int) -> RevocationAnswer:
        """Whether ``certificate`` was revoked, by a list that one of ``signers`` signed; ``no_list`` if it names none.

        The signers have the name of its issuer: that one itself, or its other keys. Raises the
        :class:`~nlwallet.errors.RemoteError` of the last distribution point when none gives a list.
        """
        if not certificate.crl_uris:
            return "no_list"
        failed: RemoteError = UntrustedCertificate(
            "nobody is known whose lists of revoked certificates count here",
            spec="ARF RPACANot_03b",
            hint="configure the anchor of such lists, or of the authority itself",
        )
        for url in certificate.crl_uris[:MAX_POINTS]:
            for signer in signers:
                try:
                    found = self._list((url, signer.sha256()), signer, now)
                except RemoteError as error:
                    failed = error
                    continue
                if not found.covers(certificate):
                    failed = InvalidStatus(
                        "the certificate revocation list is of another distribution point",
                        spec="RFC 5280 §6.3.3",
                    )
                    continue
                return "revoked" if found.revokes(certificate) else "good"
        raise copy(failed).with_traceback(None)

    def _list(self, key: _Key, issuer: Certificate, now: int) -> CertificateRevocationList:
        with self._lock:
            kept = self._kept.get(key)
            if not self._fetches:
                return _unexpired(kept, now) or _not_checked()
            if kept is None:
                while len(self._kept) >= MAX_LISTS:
                    del self._kept[next(iter(self._kept))]
                kept = self._kept[key] = _Kept()
        with kept.lock:
            if now >= kept.look_at or now < kept.look_at - self.refresh_after:
                self._renew(kept, key[0], issuer, now)
            found = _unexpired(kept, now)
            if found is not None:
                return found
            raise kept.error or InvalidStatus(
                "the certificate revocation list has expired",
                code="revocation_list_expired",
                spec="RFC 5280 §6.3.3",
            )

    def _renew(self, kept: _Kept, url: str, issuer: Certificate, now: int) -> None:
        try:
            found = self._fetched(url)
            found.verify(issuer, now=now)
            seen = (found.this_update, found.number)
            if seen < kept.newest:
                raise InvalidStatus(
                    "the certificate revocation list is older than the one that was seen before",
                    code="revocation_list_rolled_back",
                    spec="RFC 5280 §5.2.3",
                )
        except RemoteError as error:
            kept.error = error
            kept.look_at = now + ERROR_LIFETIME
            return
        kept.list, kept.newest, kept.error = found, seen, None
        kept.look_at = now + self.refresh_after

    def _fetched(self, url: str) -> CertificateRevocationList:
        what = "the certificate revocation list"
        reply = self._http.get(url, accept=CRL_MEDIA_TYPE, what=what)
        if reply.status != 200:
            raise TransportError(f"{what} was answered with HTTP status {reply.status}", code="http_status")
        return CertificateRevocationList.from_der(reply.body)


def _unexpired(kept: _Kept | None, now: int) -> CertificateRevocationList | None:
    if kept is None or kept.list is None or kept.list.next_update is None or now >= kept.list.next_update:
        return None
    return kept.list


def _not_checked() -> NoReturn:
    raise TransportError(NOT_CHECKED, code="offline", spec="ARF §6.6.3.2")
