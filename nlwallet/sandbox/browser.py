"""A person's browser at the authorization page of an issuer: logs in as a test person, and agrees or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit, urlunsplit

from nlwallet.errors import InvalidOffer
from nlwallet.http import HttpClient

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@dataclass(frozen=True, slots=True)
class PersonaBrowser:
    """Give it as ``browser`` to :meth:`Wallet.receive`: the person opens the page and answers it.

    It knows the page of this library's issuer only; any other issuer's page is opened and, unless it redirects
    at once, not understood.
    """

    http: HttpClient
    person: str
    agrees: bool = True

    def __call__(self, url: str) -> str:
        """The URI at which the person comes back to the wallet.

        Raises :class:`~nlwallet.errors.InvalidOffer` for a page that she cannot use.
        """
        what = "the authorization page"
        reply = self.http.visit(url, what=what)
        if reply.status == 200:
            hidden = {
                unescape(n): unescape(v) for n, v in _HIDDEN.findall(reply.body.decode("utf-8", "replace"))
            }
            form = {**hidden, "person": self.person, "decision": "agree" if self.agrees else "refuse"}
            reply = self.http.visit(urlunsplit(urlsplit(url)._replace(query="")), what=what, form=form)
        location = reply.headers.get("location", "")
        if not 300 <= reply.status < 400 or not location:
            raise InvalidOffer(
                f"{what} was answered with HTTP status {reply.status}", spec="OpenID4VCI 1.0 §5.2"
            )
        return location
