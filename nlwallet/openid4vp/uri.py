"""Which URIs may stand in a request: absolute https, plain http only on the loopback interface."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from nlwallet.errors import InvalidRequest
from nlwallet.loopback import is_loopback

MAX_URI_LENGTH = 4096

_URI_CHARACTERS = re.compile(r"[\x21-\x7e]+")
_NOT_IN_A_URI = frozenset('"<>\\^`{|}')


def check_https_uri(uri: str, *, pointer: str) -> None:
    """``uri`` is absolute, has a host, no user information and no fragment.

    ``http`` passes on a loopback host only, so that both sides can run on one machine; whether it is
    contacted is for the HTTP policy. Raises :class:`~nlwallet.errors.InvalidRequest`.
    """
    name = pointer.rpartition("/")[2] or "the URI"
    if len(uri) > MAX_URI_LENGTH or not _URI_CHARACTERS.fullmatch(uri) or _NOT_IN_A_URI & set(uri):
        raise InvalidRequest(f"{name} is not a URI", spec="RFC 3986 §2", pointer=pointer)
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        raise InvalidRequest(f"{name} is not a URI", spec="RFC 3986 §3", pointer=pointer) from None
    if not host or not port_is_valid or "@" in parts.netloc or "#" in uri:
        raise InvalidRequest(
            f"{name} needs a host, and has neither user information nor a fragment",
            spec="RFC 3986 §3",
            pointer=pointer,
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise InvalidRequest(
            f"{name} is not an https URI", spec="OpenID4VP 1.0 §14.6", pointer=pointer, hint="use https"
        )
