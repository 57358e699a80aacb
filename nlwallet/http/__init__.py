"""The one HTTP policy, apps in process instead of servers, status lists from the web, and what the faces share."""

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
