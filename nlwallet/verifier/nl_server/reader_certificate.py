"""What the NL Wallet 0.5 wants in the certificate of a use case: a registration that its server and wallets can read.

The members are those of the NL Wallet's ``ReaderRegistration`` (v0.5.0). A wallet of ours does with fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from nlwallet.crypto import Certificate
from nlwallet.crypto.extensions import utf8_extension
from nlwallet.encoding import parse_json_object
from nlwallet.errors import InvalidRegistration
from nlwallet.registration import ReaderRegistration
from nlwallet.registration.reader_registration import READER_REGISTRATION

_SPEC: Final = f"NL Wallet 0.5, extension {READER_REGISTRATION}"
_IMAGES: Final = ("image/svg+xml", "image/png", "image/jpeg")


def check_reader_registration(certificate: Certificate) -> None:
    """Raises :class:`~nlwallet.errors.InvalidRegistration`, or another RemoteError, with the place in the extension."""
    text = utf8_extension(certificate, READER_REGISTRATION)
    if text is None:
        raise _wrong("there is no registration in the certificate")
    ReaderRegistration.parse(text)
    members = parse_json_object(text, what="the registration in the certificate")
    organization = members["organization"]
    for name, reads, what in _REQUIRED:
        if not reads(organization.get(name)):
            raise _wrong(f"{name} is no {what}", f"/organization/{name}")
    for name, reads, what in _OPTIONAL:
        if organization.get(name) is not None and not reads(organization[name]):
            raise _wrong(f"{name} is no {what}", f"/organization/{name}")
    if not _is_url(members.get("requestOriginBaseUrl")):
        raise _wrong("requestOriginBaseUrl is no URL", "/requestOriginBaseUrl")


def _is_text_by_language(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(text, str) for text in value.values())


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_url(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(urlsplit(value).scheme)
    except ValueError:
        return False


def _is_image(value: Any) -> bool:
    return (
        isinstance(value, Mapping) and value.get("mimeType") in _IMAGES and _is_text(value.get("imageData"))
    )


_Member = tuple[str, Callable[[Any], bool], str]

_REQUIRED: Final[tuple[_Member, ...]] = tuple(
    (name, _is_text_by_language, "text by language")
    for name in ("displayName", "legalName", "description", "category")
)
_OPTIONAL: Final[tuple[_Member, ...]] = (
    ("logo", _is_image, "image"),
    ("webUrl", _is_url, "URL"),
    ("privacyPolicyUrl", _is_url, "URL"),
    ("kvk", _is_text, "text"),
    ("countryCode", _is_text, "text"),
    ("city", _is_text_by_language, "text by language"),
    ("department", _is_text_by_language, "text by language"),
)


def _wrong(message: str, pointer: str = "") -> InvalidRegistration:
    return InvalidRegistration(
        message,
        spec=_SPEC,
        pointer=pointer,
        hint="the certificate that came with the registration at the NL Wallet, or settings of 0.6",
    )
