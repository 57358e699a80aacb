"""Status list tokens from the web (Token Status List §8.1, §8.2), for a :class:`~nlwallet.http.StatusChecker`."""

from __future__ import annotations

from nlwallet.errors import TransportError
from nlwallet.http.client import HttpClient
from nlwallet.http.status_checker import FetchedStatusList

MAX_REDIRECTS = 3


class HttpStatusLists:
    """Fetches with a role's client, under its policy; redirects are followed three times at most.

    A list takes at most ``max_response_bytes`` of that policy, a mebibyte unless it says otherwise: eight million
    entries of one bit however many are revoked, and a hundred million of which one in a thousand is.
    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def __call__(self, uri: str, *, accept: str) -> FetchedStatusList:
        """GET ``uri``. Raises :class:`~nlwallet.errors.TransportError` or LimitExceeded."""
        reply = self._http.get(uri, accept=accept, what="the status list", follow=MAX_REDIRECTS, gzip=True)
        if not 200 <= reply.status < 300:
            raise TransportError(
                f"the status list was answered with HTTP status {reply.status}",
                code="http_status",
                spec="TSL §8.2",
            )
        return FetchedStatusList(reply.content_type, reply.body)
