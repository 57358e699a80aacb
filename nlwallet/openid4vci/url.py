"""Which URLs may stand in offers and metadata: absolute https, well-formed, without user information.

A wallet also reads those of an issuer under test that speaks http on this very machine: such an issuer, and no other,
may name endpoints like its own. Whether any of them is contacted is for the HTTP policy.
"""

from __future__ import annotations

import re
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from nlwallet.loopback import is_loopback

MAX_URL_LENGTH = 2048
MAX_IMAGE_LENGTH = 262_144

_URL_CHARACTERS = re.compile(r"[\x21-\x7e]+")
_NOT_IN_A_URL = frozenset('"<>\\^`{|}')
_LOOPBACK = frozenset({"127.0.0.1", "::1"})


def is_https_url(value: Any) -> TypeGuard[str]:
    """Whether ``value`` is an https URL with a host, and neither user information nor a fragment."""
    return _is_url(value, "https")


def is_offered_url(value: Any) -> TypeGuard[str]:
    """Whether ``value`` is where a wallet may look for an offer: https, or http to this machine."""
    return is_https_url(value) or (_is_url(value, "http") and is_loopback(urlsplit(value).hostname or ""))


def is_offering_issuer(value: Any) -> TypeGuard[str]:
    """Whether a wallet may ask ``value``: :func:`is_issuer_identifier`, or the same with http to this machine."""
    return is_offered_url(value) and "?" not in value


def is_endpoint_of(value: Any, issuer: str) -> TypeGuard[str]:
    """Whether an issuer or its authorization server may name ``value`` as an endpoint."""
    return is_https_url(value) if issuer.startswith("https:") else is_offered_url(value)


def is_loopback_redirect(value: Any) -> TypeGuard[str]:
    """Whether ``value`` leads back to an app on the same machine: http to a loopback address, at any port.

    RFC 8252 §7.3, which RFC 9700 §2.6 leaves as the only http. ``localhost`` is not taken: what it stands for is for
    the machine to say (§8.3).
    """
    return _is_url(value, "http") and urlsplit(value).hostname in _LOOPBACK


def is_localhost_redirect(value: Any) -> TypeGuard[str]:
    """Whether ``value`` is http to ``localhost``, for parties on one machine (not recommended: RFC 8252 §8.3)."""
    return _is_url(value, "http") and urlsplit(value).hostname == "localhost"


def _is_url(value: Any, scheme: str) -> TypeGuard[str]:
    if (
        not isinstance(value, str)
        or len(value) > MAX_URL_LENGTH
        or not _URL_CHARACTERS.fullmatch(value)
        or _NOT_IN_A_URL & set(value)
    ):
        return False
    try:
        parts = urlsplit(value)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return (
        parts.scheme == scheme
        and bool(parts.hostname)
        and port_is_valid
        and "@" not in parts.netloc
        and "#" not in value
    )


def is_image_uri(value: Any) -> bool:
    """Whether ``value`` is where an image may be: https, or a ``data:`` URI of an image; or ``None``."""
    if value is None or is_https_url(value):
        return True
    return isinstance(value, str) and len(value) <= MAX_IMAGE_LENGTH and value.startswith("data:image/")


def is_issuer_identifier(value: Any) -> TypeGuard[str]:
    """Whether ``value`` can identify a credential issuer or an authorization server: no query either.

    OpenID4VCI 1.0 §12.2.1, RFC 8414 §2. Identifiers are compared as they are, without normalisation.
    """
    return is_https_url(value) and "?" not in value
