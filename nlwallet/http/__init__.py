"""The one HTTP policy, apps in process instead of servers, and what the roles' HTTP faces share (``face``)."""

from nlwallet.http.client import HttpClient, HttpPolicy, HttpReply
from nlwallet.http.mount import AsgiApp, WsgiApp

__all__ = ["AsgiApp", "HttpClient", "HttpPolicy", "HttpReply", "WsgiApp"]
