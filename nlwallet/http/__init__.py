"""The one HTTP policy, apps in process instead of servers, status lists from the web, and what the faces share."""

from typing import TYPE_CHECKING

from nlwallet.front_door import front_door

if TYPE_CHECKING:
    from nlwallet.http.client import HttpClient, HttpExchange, HttpPolicy, HttpReply
    from nlwallet.http.mount import AsgiApp, WsgiApp
    from nlwallet.http.published_anchors import ListLocation, PublishedAnchors, VicalLocation, XmlListLocation
    from nlwallet.http.revocation_lists import NOT_CHECKED, RevocationAnswer, RevocationLists
    from nlwallet.http.status_checker import (
        FetchedStatusList,
        Prefetched,
        StatusChecker,
        StatusListFetcher,
    )
    from nlwallet.http.status_fetch import HttpStatusLists
else:
    __getattr__, __dir__ = front_door(
        __name__,
        {
            "nlwallet.http.client": ("HttpClient", "HttpExchange", "HttpPolicy", "HttpReply"),
            "nlwallet.http.mount": ("AsgiApp", "WsgiApp"),
            "nlwallet.http.published_anchors": (
                "ListLocation",
                "PublishedAnchors",
                "VicalLocation",
                "XmlListLocation",
            ),
            "nlwallet.http.revocation_lists": ("NOT_CHECKED", "RevocationAnswer", "RevocationLists"),
            "nlwallet.http.status_checker": (
                "FetchedStatusList",
                "Prefetched",
                "StatusChecker",
                "StatusListFetcher",
            ),
            "nlwallet.http.status_fetch": ("HttpStatusLists",),
        },
    )

__all__ = [
    "NOT_CHECKED",
    "AsgiApp",
    "FetchedStatusList",
    "HttpClient",
    "HttpExchange",
    "HttpPolicy",
    "HttpReply",
    "HttpStatusLists",
    "ListLocation",
    "Prefetched",
    "PublishedAnchors",
    "RevocationAnswer",
    "RevocationLists",
    "StatusChecker",
    "StatusListFetcher",
    "VicalLocation",
    "WsgiApp",
    "XmlListLocation",
]
