"""The one HTTP policy, and apps in process instead of servers."""

from nlwallet.http.client import HttpClient, HttpPolicy, HttpReply
from nlwallet.http.mount import AsgiApp, WsgiApp

__all__ = ["AsgiApp", "HttpClient", "HttpPolicy", "HttpReply", "WsgiApp"]
