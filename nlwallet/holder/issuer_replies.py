"""What an issuer or its authorization server answered: JSON, or a refusal with its code (OpenID4VCI 1.0 §6.3, §8.3)."""

from __future__ import annotations

import re
from typing import Any, Final

from nlwallet.encoding import parse_json_object
from nlwallet.errors import IssuanceRefused, RemoteError, TransportError
from nlwallet.holder.readable import plain
from nlwallet.http import HttpClient, HttpReply

JSON: Final = "application/json"

_CODE: Final = re.compile(r"[a-z_]{1,64}")
_CHALLENGED: Final = re.compile(r'\berror="([a-z_]{1,64})"')


def fetch_json(url: str, what: str, *, http: HttpClient) -> dict[str, Any]:
    """A JSON document by GET. Raises a :class:`~nlwallet.errors.RemoteError`."""
    reply = http.get(url, accept=JSON, what=what)
    if reply.status != 200 or reply.content_type != JSON:
        raise not_served(reply, what)
    return parse_json_object(reply.body, what=what)


def not_served(reply: HttpReply, what: str) -> TransportError:
    """The error for a document that did not come as it should (§12.2.2)."""
    return TransportError(
        f"{what} was answered with HTTP status {reply.status} and type {plain(reply.content_type, 80) or 'none'}",
        spec="OpenID4VCI 1.0 §12.2.2",
        hint="200 and application/json",
    )


def read_json(reply: HttpReply, what: str, *, spec: str) -> dict[str, Any]:
    """The JSON of a reply; an error response becomes :class:`~nlwallet.errors.IssuanceRefused`."""
    if reply.status in (200, 201, 202) and reply.content_type == JSON:
        return parse_json_object(reply.body, what=what)
    description = _of_the_error(reply).get("error_description")
    said = f"the issuer says: {plain(description, 200)}" if isinstance(description, str) else ""
    raise IssuanceRefused(
        f"{what} was answered with HTTP status {reply.status}",
        code=error_code(reply) or "unexpected_reply",
        spec=spec,
        hint=said,
    )


def error_code(reply: HttpReply) -> str:
    """The code of an error response: in its body, or where a resource puts it, in ``WWW-Authenticate``.

    RFC 6750 §3 and RFC 9449 §7.1 know the header only. Empty when there is no code.
    """
    code = _of_the_error(reply).get("error")
    if isinstance(code, str) and _CODE.fullmatch(code):
        return code
    challenged = _CHALLENGED.search(reply.headers.get("www-authenticate", ""))
    return challenged[1] if challenged is not None else ""


def _of_the_error(reply: HttpReply) -> dict[str, Any]:
    """The members of an error response (RFC 6749 §5.2).

    Servers on NestJS are met that wrap them in a ``message``; what went wrong is to be told there too.
    """
    try:
        members = parse_json_object(reply.body, what="the reply")
    except RemoteError:
        return {}
    wrapped = members.get("message")
    return wrapped if isinstance(wrapped, dict) and not isinstance(members.get("error"), str) else members
