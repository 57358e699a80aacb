"""Forms that only the page itself can send: same origin, and a token that another site cannot know."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from nlwallet.errors import MalformedInput
from nlwallet.http.face import body, form_pairs
from nlwallet.http.html import Html, tag
from nlwallet.sandbox.pages.upload import is_upload, parse_upload

FIELD: Final = "form_token"
MAX_FORM_BYTES: Final = 65_536


class FormGuard:
    """Makes and checks the tokens of one app's forms; they end with the process.

    ``session`` is what tells this browser from another, such as the value of its session cookie: a token is good for
    that one only.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def token(self, session: str) -> str:
        """The token for the forms of a session."""
        return hmac.new(self._secret, session.encode("utf-8", "surrogatepass"), sha256).hexdigest()

    def field(self, session: str) -> Html:
        """The token as a hidden field."""
        return tag("input", type="hidden", name=FIELD, value=self.token(session))

    async def read(self, request: Request, session: str) -> Mapping[str, str]:
        """The fields of a form that this app's own page sent.

        Ends in 403 for another origin or a wrong token, in 413 or 415 for a body that is no such form. Raises
        :class:`~nlwallet.errors.MalformedInput` for a field that is there twice.
        """
        pairs = await self.read_all(request, session)
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise MalformedInput("the form has a field twice", spec="RFC 6749 §3.1")
        return fields

    async def read_all(self, request: Request, session: str) -> tuple[tuple[str, str], ...]:
        """The same in the order in which they came, for a form in which several boxes have one name."""
        check_origin(request)
        pairs = await form_pairs(request, what="the form", max_bytes=MAX_FORM_BYTES)
        self._check(
            [value.encode("utf-8", "surrogatepass") for name, value in pairs if name == FIELD], session
        )
        return tuple(pair for pair in pairs if pair[0] != FIELD)

    async def read_file(self, request: Request, session: str, *, max_bytes: int) -> bytes:
        """The one file of a form of this app's own page; the rest of the form is its token.

        Ends as :meth:`read` does, also in :class:`~nlwallet.errors.LimitExceeded`.
        """
        check_origin(request)
        content_type = request.headers.get("content-type", "")
        if not is_upload(content_type):
            raise HTTPException(415, "the body is multipart/form-data")
        parts = parse_upload(content_type, await body(request, max_bytes=max_bytes + MAX_FORM_BYTES))
        self._check([content for name, content in parts if name == FIELD], session)
        files = [content for name, content in parts if name != FIELD]
        if len(files) != 1:
            raise MalformedInput("the form brings one file", spec="RFC 7578 §4.3")
        return files[0]

    def _check(self, given: Sequence[bytes], session: str) -> None:
        if len(given) != 1 or not hmac.compare_digest(given[0], self.token(session).encode()):
            raise HTTPException(403, "this form was not made for this session: load the page again")


def check_navigation(request: Request) -> None:
    """Refuse to be read by anything but a person who opens a page: no script, frame or picture of another origin.

    Ends in 403. A link on another site's page may be followed: that is what a link to a wallet is for.
    """
    site = request.headers.get("sec-fetch-site", "none")
    opens = request.headers.get("sec-fetch-mode", "navigate") == "navigate"
    whole = request.headers.get("sec-fetch-dest", "document") == "document"
    if site not in ("same-origin", "none") and not (opens and whole):
        raise HTTPException(403, "a page of another origin asked for this")


def check_origin(request: Request) -> None:
    """Refuse what a page of another origin sent: by ``Sec-Fetch-Site``, and ``Origin`` where a browser gives it.

    Ends in 403. A browser always sends one of the two with a form; a program that sends neither is not what
    this is about.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc != host):
        raise HTTPException(403, "a page of another origin sent this")
